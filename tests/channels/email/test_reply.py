"""What is left out of a mail is history, never what its writer says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.channels.email.reply import visible

WROTE = "On Mon, 2 Mar 2026 at 08:00, Northport <contact@northport.example> wrote:"
LINES = st.lists(
    st.sampled_from(
        [
            "",
            "The bin is full.",
            "From: Leeds",
            "To: York",
            "Subject: buses",
            "Date: 3 May",
            "> quoted",
            ">> quoted twice",
            WROTE,
            "On 3 May",
            "he wrote:",
            "--",
            "________________",
            "-----Original Message-----",
            "Begin forwarded message:",
            "Sent from my iPhone",
        ]
    ),
    max_size=25,
)


@given(LINES)
def test_every_line_is_one_of_the_mail_in_its_order(lines: list[str]) -> None:
    left = iter([line.lstrip("> ") for line in lines])

    shown = visible("\n".join(lines)).split("\n")

    # An empty line may stand where a quote was taken out; all others come from the mail, none of them twice, some
    # without the quote mark that stood before what was sent on.
    assert all(line.lstrip("> ") in left for line in shown if line.strip("> "))


@given(LINES)
def test_something_is_left_of_a_mail_that_says_something(lines: list[str]) -> None:
    assert bool(visible("\n".join(lines)).strip()) == any(lines)


@given(LINES)
def test_what_stands_above_the_first_mark_is_kept(lines: list[str]) -> None:
    mail = "\n".join(["My own words.", "", WROTE, "> We come today.", *lines])

    assert visible(mail).startswith("My own words.")


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone",
        "Sent from my Verizon Wireless BlackBerry",
        "Sent from Yahoo Mail on Android",
        "Get Outlook for iOS<https://mail.example/ios>",
        "Anfonwyd o fy iPhone",
        "Envoyé de mon iPhone",
        "Von meinem iPad gesendet",
        "Enviado desde mi iPhone",
        "Wysłane z iPhone'a",
        "Trimis de pe iPhone-ul meu",
    ],
)
def test_the_mark_of_a_telephone_is_left_out(line: str) -> None:
    assert visible(f"The bin is full.\n\n{line}") == "The bin is full."


@pytest.mark.parametrize(
    "text",
    [
        "Sent from my desk, which is easier than a phone.",
        "The parcel was\n\nSent from the depot in Leeds",
        "On 3 May 2026 your officer wrote:\nNo passes.\n\nI want to appeal.",
        "Please answer:\n- which day\n- which bin",
        "From: Leeds\nTo: York\nDate: 3 May\nHow many buses?",
        "One more: the driver writes:\nno stop.",
    ],
)
def test_a_person_s_own_words_stay_whatever_they_look_like(text: str) -> None:
    assert visible(text) == text


def test_a_closing_with_a_name_stays() -> None:
    assert visible("The bin is full.\n\nKind regards,\nJo") == "The bin is full.\n\nKind regards,\nJo"
