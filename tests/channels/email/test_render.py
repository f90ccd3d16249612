"""Our own mail: what every server takes, the same bytes every time, and no field that a text breaks out of."""

import email
import email.policy
import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.channels.email import Email
from onestop.channels.email.sizes import in_print
from onestop.channels.web import Unsubscribe
from onestop.core.enquiry import DeliveryReport, Enquiry
from onestop.core.gateway import Message, Raw
from onestop.core.reference import make_reference
from onestop.core.unsubscribing import read_stop_token
from onestop.errors import PayloadError

from .mails import KEY, OURS, message, raw

ADAPTER = Email(reply_key=[KEY, "an-older-key"], from_address=OURS)
REFERENCE = "NP-049N-3021"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def rendered(given: Message) -> email.message.EmailMessage:
    """Give our mail as the standard library reads it."""
    body = ADAPTER.render(given).body
    return email.message_from_bytes(body, policy=email.policy.default)  # type: ignore[return-value]  # by the policy


def test_a_message_is_addressed_threaded_and_marked() -> None:
    answer = message(in_reply_to="m2@example.org", references=("m1@example.org",), automatic=True, language="cy")

    mail = rendered(answer)

    assert mail["From"] == OURS
    assert mail["To"] == "jo@example.org"
    assert mail["Subject"] == "Your report [NP-049N-3021]"
    assert mail["Date"] == "Mon, 02 Mar 2026 09:30:00 +0000"
    assert mail["Message-ID"] == "<message-1@northport.example>"
    assert mail["In-Reply-To"] == "<m2@example.org>"
    assert mail["References"] == "<m1@example.org> <m2@example.org>"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["Content-Language"] == "cy"


def test_the_envelope_goes_to_the_recipient() -> None:
    assert ADAPTER.render(message()).url == "mailto:jo@example.org"


def test_a_person_s_message_is_not_marked_automatic() -> None:
    mail = rendered(message())

    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == (None, None)


def test_exchange_is_asked_not_to_answer_an_automatic_message_and_to_bounce_it_all_the_same() -> None:
    suppressed = rendered(message(automatic=True))["X-Auto-Response-Suppress"]

    assert suppressed == "OOF, AutoReply"


def test_an_automatic_message_that_answers_nothing_is_generated() -> None:
    assert rendered(message(automatic=True))["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("number", [0, 123_456_789, 27_512_614_110])
def test_an_answer_to_our_message_proves_its_case(number: int) -> None:
    reference = make_reference("NP", number)
    reply_to = rendered(message(reference=reference))["Reply-To"]
    answer = f"From: jo@example.org\nTo: {reply_to}\nSubject: Re: Your report\n\nThank you.\n"

    (enquiry,) = ADAPTER.parse(raw(answer.encode()))

    assert isinstance(enquiry, Enquiry)
    assert enquiry.thread.token == reference


def test_where_the_address_would_be_too_long_the_subject_proves_the_case() -> None:
    adapter = Email(reply_key=KEY, from_address=f"{'contact-centre-' * 3}@northport.example")
    mail = email.message_from_bytes(adapter.render(message()).body, policy=email.policy.default)
    answer = f"From: jo@example.org\nTo: contact@northport.example\nSubject: Re: {mail['Subject']}\n\nThank you.\n"

    (enquiry,) = adapter.parse(raw(answer.encode()))

    assert mail["Reply-To"] is None
    assert isinstance(enquiry, Enquiry)
    assert enquiry.thread.token == REFERENCE


def test_without_a_key_answers_come_back_unproved() -> None:
    body = Email(from_address=OURS).render(message()).body

    assert b"Reply-To" not in body


@pytest.mark.parametrize(
    "fields",
    [{"recipient": "tel:+447700900123"}, {"text": " \n"}, {"recipient": "mailto:siân@example.org"}],
)
def test_what_cannot_go_by_mail_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(PayloadError):
        ADAPTER.render(message(**fields))


def test_without_an_address_of_ours_nothing_is_sent() -> None:
    with pytest.raises(PayloadError, match="from_address"):
        Email().render(message())


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        Email(reply_key="")


@given(subject=TEXT, identifier=TEXT, answered=TEXT, language=TEXT, text=TEXT.filter(str.strip))
def test_no_text_adds_a_field_or_changes_an_address(
    subject: str, identifier: str, answered: str, language: str, text: str
) -> None:
    hostile = message(subject=subject, id=identifier, in_reply_to=answered, references=[answered], language=language)

    mail = rendered(hostile.model_copy(update={"text": text}))

    allowed = {"from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to", "references"}
    allowed |= {"content-language", "x-loop", "mime-version", "content-type", "content-transfer-encoding"}
    names = [name.lower() for name in mail]
    assert set(names) <= allowed
    assert len(names) == len(set(names))
    assert (mail["From"], mail["To"]) == (OURS, "jo@example.org")


@given(TEXT)
def test_every_line_is_ascii_and_within_what_servers_take(text: str) -> None:
    body = ADAPTER.render(message(subject=text, text=f"x{text * 5}")).body

    lines = body.split(b"\r\n")
    assert body.isascii()
    assert max(map(len, lines)) <= 998
    assert not any(b"\n" in line or b"\r" in line for line in lines)


@given(st.lists(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=90), min_size=1))
def test_a_rendered_text_comes_back_as_it_was(words: list[str]) -> None:
    text = "\n".join(words)

    (enquiry,) = ADAPTER.parse(raw(ADAPTER.render(message(text=text)).body))

    assert isinstance(enquiry, Enquiry)
    assert (enquiry.full_text or enquiry.text) == text


def test_the_same_message_gives_the_same_bytes() -> None:
    assert ADAPTER.render(message()) == ADAPTER.render(message())


# -- HTML beside the text ----------------------------------------------------------------------------------------------

PAGE = '<!DOCTYPE html>\n<html lang="cy">\n<body>\n<p style="color: #000">Diolch – Tŷ Gŵyl</p>\n</body>\n</html>\n'


def test_html_stands_behind_the_text_that_says_the_same() -> None:
    mail = rendered(message(text="Diolch – Tŷ Gŵyl", html=PAGE))

    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    plain, page = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    assert (plain.rstrip("\n"), page.rstrip("\n")) == ("Diolch – Tŷ Gŵyl", PAGE.rstrip("\n"))
    assert mail.defects == []


@pytest.mark.parametrize("html", [None, "", " \n"])
def test_without_html_a_mail_is_one_part_of_text(html: str | None) -> None:
    assert rendered(message(html=html)).get_content_type() == "text/plain"


def test_html_alone_is_no_mail() -> None:
    with pytest.raises(PayloadError):
        ADAPTER.render(message(text=" ", html=PAGE))


BOUNDARIES = st.lists(
    st.sampled_from(["--", "=_", "\n", "\r\n", "Content-Type: text/html\n\n", ".", "From ", "=", "ŵ"])
)


@settings(max_examples=80, deadline=None)
@given(TEXT | BOUNDARIES.map("".join), TEXT | BOUNDARIES.map("".join))
def test_no_text_ends_its_part_or_begins_another(text: str, html: str) -> None:
    mail = rendered(message(text=f"x{text}x", html=f"x{html}x"))

    said = [part.get_content() for part in mail.iter_parts()]

    assert mail.defects == []
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content_charset() for part in mail.iter_parts()] == ["utf-8", "utf-8"]
    assert ["".join(each.split()) for each in said] == ["".join(f"x{each}x".split()) for each in (text, html)]


@given(TEXT)
@settings(max_examples=60, deadline=None)
def test_every_line_of_alternatives_is_ascii_and_within_what_servers_take(text: str) -> None:
    body = ADAPTER.render(message(text=f"x{text}", html=f"<p>{text}</p>" * 20)).body

    assert body.isascii()
    assert all(len(line) <= 998 and b"\r" not in line and b"\n" not in line for line in body.split(b"\r\n"))


def test_what_comes_back_of_our_own_alternatives_is_read_once() -> None:
    [back] = ADAPTER.parse(raw(ADAPTER.render(message(text="Cleaned today.", html="<p>Cleaned today.</p>")).body))

    assert isinstance(back, Enquiry)
    assert back.text == "Cleaned today."


# -- in large print ----------------------------------------------------------------------------------------------------


def page_of(given: Message) -> str:
    mail = rendered(given)
    page = next(part for part in mail.iter_parts() if part.get_content_type() == "text/html")
    return "\n".join(str(page.get_content()).splitlines())


@pytest.mark.parametrize(
    ("size", "points"),
    [("large_print", 18), ("large_print_20", 20), ("large_print_28", 28), ("electronic+large_print_24", 24)],
)
def test_large_print_is_as_large_as_it_was_asked_for(size: str, points: int) -> None:
    own, made = page_of(message(text="Diolch", html=PAGE, format=size)), page_of(message(text="Diolch", format=size))

    assert own == PAGE.strip().replace(
        "<body>", f'<body style="font-size:{points}pt;line-height:1.5;max-width:40em;text-align:left">'
    )
    assert f"font-size:{points}pt" in made
    assert "<p>Diolch</p>" in made


def test_no_size_of_a_template_s_own_makes_large_print_small() -> None:
    styled = '<p style="color: #000; FONT-SIZE: 9px; line-height:1">a</p><p style="font: 8px x">b</p>'

    page = page_of(message(text="a b", html=styled, format="large_print_24"))

    assert page.count("font-size") == 1
    assert not {"FONT-SIZE", "9px", "8px", "line-height:1;"} & set(re.split(r"[\s:]+", page))
    assert "color: #000" in page


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).filter(str.strip))
def test_any_text_in_large_print_says_the_same_and_is_no_markup(text: str) -> None:
    page = in_print(text, None, 24)

    said = html.unescape(re.sub(r"</?(?:body|p|br)(?: style=\"[^\"]*\")?>", "", page))
    assert "".join(said.split()) == "".join(text.split())
    assert set(re.findall(r"<(/?\w+)", page)) <= {"body", "/body", "p", "/p", "br"}


@pytest.mark.parametrize("given", [None, "braille_grade_2", "electronic"])
def test_what_is_not_in_large_print_is_left_as_it_is(given: str | None) -> None:
    assert page_of(message(html=PAGE, format=given)) == PAGE.strip()


# -- how it is stopped -------------------------------------------------------------------------------------------------

STOP_PAGE = "https://northport.example/unsubscribe"
STOPPABLE = Email(from_address=OURS, unsubscribe_url=STOP_PAGE, unsubscribe_key=["a key", "an older one"])


def stop_fields(adapter: Email, given: Message) -> tuple[str | None, str | None]:
    mail = email.message_from_bytes(adapter.render(given).body, policy=email.policy.default)
    return mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]


def test_a_message_that_may_be_stopped_names_the_page_where_one_click_does_it() -> None:
    link, post = stop_fields(STOPPABLE, message(stoppable=True))

    assert post == "List-Unsubscribe=One-Click"
    assert link is not None
    assert link.startswith(f"<{STOP_PAGE}?t=")
    token = read_stop_token(link.rpartition("t=")[2].rstrip(">"), [b"a key"])
    assert (token and token.message, token and token.proved) == (message().id, True)


@pytest.mark.parametrize(
    ("adapter", "stoppable"), [(STOPPABLE, False), (Email(from_address=OURS), True)], ids=["not stoppable", "no page"]
)
def test_no_other_message_says_so(adapter: Email, stoppable: bool) -> None:
    assert stop_fields(adapter, message(stoppable=stoppable)) == (None, None)


def test_a_page_with_a_query_of_its_own_keeps_it() -> None:
    adapter = Email(from_address=OURS, unsubscribe_url=f"{STOP_PAGE}?council=np", unsubscribe_key="a key")

    link, _ = stop_fields(adapter, message(stoppable=True))

    assert str(link).startswith(f"<{STOP_PAGE}?council=np&t=")


@pytest.mark.parametrize(
    "settings",
    [
        {"unsubscribe_url": STOP_PAGE},
        {"unsubscribe_key": "a key"},
        {"unsubscribe_url": "http://northport.example/x", "unsubscribe_key": "a key"},
        {"unsubscribe_url": "https://northport.example/x>\r\nBcc: eve@example.org", "unsubscribe_key": "a key"},
        {"unsubscribe_url": "javascript:x", "unsubscribe_key": "a key"},
        {"unsubscribe_url": STOP_PAGE, "unsubscribe_key": ""},
    ],
)
def test_a_page_is_over_https_and_has_a_key(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"unsubscrib|key"):
        Email(from_address=OURS, **settings)  # type: ignore[arg-type]  # settings as a file has them


def test_the_page_of_unsubscribing_knows_the_link_of_the_mail() -> None:
    link, _ = stop_fields(STOPPABLE, message(stoppable=True))
    clicked = Raw(
        body=b"List-Unsubscribe=One-Click",
        received_at=message().created_at,
        url=str(link).strip("<>"),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    [report] = Unsubscribe(key="a key").parse(clicked)

    assert isinstance(report, DeliveryReport)
    assert (report.kind, report.message_id) == ("opt_out", message().id)
