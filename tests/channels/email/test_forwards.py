"""Who really wrote what somebody sends on is told, and never taken for the sender."""

import pytest

from onestop.channels.email.forwards import author
from onestop.channels.email.reply import read_reply

from .mails import HEAD, parse

FIELDS = "From: Ann Example <ann@example.org>\nDate: Mon, 2 Mar 2026 08:00\nSubject: Rats\nTo: Jo"
MARKS = {
    "Gmail": f"---------- Forwarded message ---------\n{FIELDS}",
    "Apple": f"Begin forwarded message:\n\n{FIELDS}",
    "Thunderbird": "-------- Forwarded Message --------\nSubject: \tRats\nDate: \tMon, 2 Mar 2026 08:00\n"
    "From: \tAnn Example <ann@example.org>\nTo: \tJo <jo@example.org>",
    "Yahoo": f"----- Forwarded message -----\n{FIELDS}",
    "Proton": f"------- Forwarded Message -------\n{FIELDS}",
    "Outlook in French": "________________________________\nDe : Ann Example <ann@example.org>\n"
    "Envoyé : lundi 2 mars 2026 08:00\nÀ : Jo\nObjet : Rats",
    "bold": "*From:* Ann Example <ann@example.org>\n*Sent:* 02 March 2026 08:00\n*To:* Jo\n*Subject:* Rats",
    "with the address in brackets": "From: Ann Example [mailto:ann@example.org]\nSent: 2 March "
    "2026\nTo: Jo\nSubject: Rats",
    "as an attribution": "On Mon, 2 Mar 2026 at 08:00, Ann Example <ann@example.org> wrote:",
}


@pytest.mark.parametrize("program", MARKS)
def test_the_words_of_both_are_text_and_the_author_is_told(program: str) -> None:
    body = (
        f"From: Jo <jo@example.org>\nSubject: Fwd: Rats\n\nPlease help her.\n\n{MARKS[program]}\n\nRats in the yard.\n"
    )

    enquiry = parse(body.encode())

    assert enquiry.text == "Please help her.\n\nRats in the yard."
    assert enquiry.sender == "mailto:jo@example.org"
    assert enquiry.gateway_meta["forwarded_from"] == "mailto:ann@example.org"
    assert enquiry.full_text is not None
    assert "Ann Example" in enquiry.full_text


def test_what_was_only_passed_on_leads_to_who_wrote_it() -> None:
    chain = (
        f"{MARKS['Gmail']}\n\n---------- Forwarded message ---------\nFrom: Bob "
        "<bob@example.org>\nSubject: Rats!\n\nHelp."
    )

    reply = read_reply(chain, "Fwd: Rats")

    assert reply.text == "Help."
    assert reply.forwarded is not None
    assert (reply.forwarded.sender, reply.forwarded.subject) == ("Bob <bob@example.org>", "Rats!")


def test_a_quoted_forward_is_read_without_its_marks_and_what_stands_below_stays() -> None:
    quoted = "\n".join(f"> {line}" for line in [*FIELDS.split("\n"), "", "Rats in the yard."])

    reply = read_reply(f"Above.\n\nBegin forwarded message:\n\n{quoted}\n\nBelow.")

    assert reply.text == "Above.\n\nRats in the yard.\n\nBelow."


def test_a_signature_above_what_is_sent_on_is_left_out() -> None:
    reply = read_reply(f"See below.\n\n-- \nJo\nParish clerk\n\n{MARKS['Gmail']}\n\nRats.".replace("-- \n", "--\n"))

    assert reply.text == "See below.\n\nRats."


def enclosing(subject: str, words: str, inside: str) -> bytes:
    frame = f"Subject: {subject}\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n{words}\n"
    return HEAD + f"{frame}--b\nContent-Type: message/rfc822\n\n{inside}\n--b--\n".encode()


INSIDE = (
    "From: Ann Example <ann@example.org>\nSubject: =?utf-8?q?Rats?=\nContent-Type: "
    "text/html\n\n<p>Rats in the yard.</p>"
)


@pytest.mark.parametrize(("subject", "words"), [("Fw: it", "See."), ("RE: Rats", "See."), ("Hello", "")])
def test_an_enclosed_mail_is_read_and_stays_a_file(subject: str, words: str) -> None:
    enquiry = parse(enclosing(subject, words, INSIDE))

    assert enquiry.text == "\n\n".join(filter(None, [words, "Rats in the yard."]))
    assert enquiry.gateway_meta["forwarded_name"] == "Ann Example"
    assert enquiry.gateway_meta["forwarded_subject"] == "Rats"
    assert [each.media_type for each in enquiry.attachments] == ["message/rfc822"]


def test_a_mail_that_is_enclosed_as_evidence_stays_a_file_alone() -> None:
    enquiry = parse(enclosing("My complaint", "As I wrote to you before.", INSIDE))

    assert enquiry.text == "As I wrote to you before."
    assert "forwarded_from" not in enquiry.gateway_meta


@pytest.mark.parametrize("inside", ["", "no header at all", "\x00\x01"])
def test_what_is_enclosed_and_no_mail_is_a_file(inside: str) -> None:
    enquiry = parse(enclosing("Fw: it", "See.", inside))

    assert enquiry.text == "See."


@pytest.mark.parametrize(
    ("written", "name", "urn"),
    [
        ("Ann <ann@example.org>", "Ann", "mailto:ann@example.org"),
        ("ann@example.org", "", "mailto:ann@example.org"),
        ('"Example, Ann" <mailto:ann@example.org>', "Example, Ann", "mailto:ann@example.org"),
        ("Ann Example", "Ann Example", None),
        ("", "", None),
    ],
)
def test_who_wrote_is_read_as_far_as_it_is_said(written: str, name: str, urn: str | None) -> None:
    assert author(written) == (name, urn)
