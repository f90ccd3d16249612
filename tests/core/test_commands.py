"""A command is a text that is nothing but a keyword, a scope and politeness; everything else is an enquiry."""

import tomllib
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.commands import Command, CommandKind, Vocabulary, VocabularyData, read_command

DATA = VocabularyData.model_validate(
    tomllib.loads((Path(__file__).parents[2] / "src/onestop/policy/commands.toml").read_text("utf-8"))
)
SHIPPED = Vocabulary(DATA)
TOPIC = {"words": {"en": ["bin reminders"], "cy": ["negeseuon bin"]}, "purpose": "alert"}
WORDS = Vocabulary(VocabularyData.model_validate({**DATA.model_dump(), "topics": {"bin-reminders": TOPIC}}))

OPT_OUTS = [
    ("STOP", None),
    ("stop", None),
    ("Stop!!!", None),
    (" stop \n", None),
    ("Stop. Thank you", None),
    ("Please stop", None),
    ("Hi, please stop, thanks x", None),
    ("stop stop STOP", None),
    ("STOP 🛑😡", None),
    ('"STOP"', None),
    ("ＳＴＯＰ", None),
    ("STOPALL", None),
    ("STOP ALL", "all"),
    ("Stop everything please", "all"),
    ("stop stop all", "all"),
    ("STOP 12345", "12345"),
    ("stop ab1234", "ab1234"),
    ("stop NP-049N-3021", "NP-049N-3021"),
    ("Stop np049n3021, thanks", "NP-049N-3021"),
    ("stop NP 049N 3021", "NP-049N-3021"),
    ("stop bin reminders", "bin-reminders"),
    ("STOPIO negeseuon bin", "bin-reminders"),
    ("Stop texting me", None),
    ("OPTOUT", None),
    ("opt-out", None),
    ("REVOKE", None),
    ("Unsubscribe", None),
    ("cancel", None),
    ("END", None),
    ("Quit, thank you very much", None),
    ("ATAL", None),
    ("Atal, diolch", None),
    ("ATAL POPETH", "all"),
    ("STOPIO os gwelwch yn dda", None),
    ("dad-danysgrifio", None),
]

OPT_INS = [
    ("start", None),
    ("START please", None),
    ("UNSTOP", None),
    ("start all", "all"),
    ("Start NP-049N-3021", "NP-049N-3021"),
    ("opt in", None),
    ("Dechrau os gwelwch yn dda", None),
    ("ailddechrau popeth", "all"),
]

ENQUIRIES = [
    "",
    "?",
    "please",
    "thank you",
    "Count me in! We have got to STOP this",
    "please stop the dumping on Elm Road",
    "Please stop the graffiti",
    "stop it happening again",
    "I can't cancel",
    "don't stop",
    "nonstop",
    "STOP 5G",
    "stop HS2",
    "Stop ULEZ",
    "stop the M25 works",
    "stop 12 Elm Road",
    "cancel 12345",
    "cancel NP-049N-3021",
    "end of the road",
    "the bus stop",
    "bus stop 12345",
    "stop start",
    "start stop",
    "12345 stop",
    "stop 12345 67890",
    "Stop. Thank you. My bin was missed",
    "yes",
    "help me",
    "help the homeless man on High Street",
    "start of term",
    "peidiwch â stopio'r gwasanaeth",
    "stop " * 100,
]


@pytest.mark.parametrize(("text", "scope"), OPT_OUTS)
def test_a_keyword_with_a_scope_and_politeness_is_an_opt_out(text: str, scope: str | None) -> None:
    assert read_command(text, WORDS) == Command("opt_out", scope)


@pytest.mark.parametrize(("text", "scope"), OPT_INS)
def test_who_wants_messages_again_says_so_the_same_way(text: str, scope: str | None) -> None:
    assert read_command(text, WORDS) == Command("opt_in", scope)


@pytest.mark.parametrize("text", ["help", "HELP!", "info please", "Cymorth"])
def test_a_call_for_help_is_one_of_its_own(text: str) -> None:
    command = read_command(text, WORDS)

    assert command == Command("help")
    assert command.flag == "help_wanted"


@pytest.mark.parametrize("text", ENQUIRIES)
def test_what_says_one_word_more_is_an_enquiry(text: str) -> None:
    assert read_command(text, WORDS) is None


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("EMAIL ME", "prefer", "email"),
        ("Please e-mail me", "prefer", "email"),
        ("e-bostiwch fi os gwelwch yn dda", "prefer", "email"),
        ("Text me, thanks", "prefer", "sms"),
        ("tecstiwch fi", "prefer", "sms"),
        ("ring me", "prefer", "phone"),
        ("Ffoniwch fi", "prefer", "phone"),
        ("write to me", "prefer", "post"),
        ("Ysgrifennwch ataf, diolch", "prefer", "post"),
        ("QUIET 21-8", "quiet", "21:00-08:00"),
        ("quiet 21:30 - 07:05 please", "quiet", "21:30-07:05"),
        ("Tawel 22-24", "quiet", "22:00-00:00"),
        ("QUIET OFF", "quiet", "off"),
        ("tawel i ffwrdd", "quiet", "off"),
        ("CYMRAEG", "language", "cy"),
        ("Welsh please", "language", "cy"),
        ("English", "language", "en"),
        ("yn Saesneg", "language", "en"),
    ],
)
def test_how_somebody_wants_to_be_reached_is_said_in_few_words(text: str, kind: CommandKind, value: str) -> None:
    assert read_command(text, WORDS) == Command(kind, value)


@pytest.mark.parametrize(
    "text",
    ["call me", "ring me about the bins", "email me the form", "text me when it is done", "write to me in Welsh",
     "quiet", "quiet please", "quiet 21", "quiet 25-8", "quiet 21:60-8:00", "quiet 8-8", "quiet 0-24",
     "quiet 24:30-08:00", "quiet 21-8 3", "quiet 9pm-8am", "quiet 021-008", "it is not quiet", "Welsh dragon",
     "English Road", "I speak Welsh", "tecstiwch", "off"],
)  # fmt: skip
def test_what_is_nearly_a_preference_is_an_enquiry(text: str) -> None:
    assert read_command(text, WORDS) is None


def test_a_topic_that_the_council_did_not_declare_is_no_scope() -> None:
    assert read_command("stop bin reminders", SHIPPED) is None


def test_a_reference_with_a_wrong_check_character_is_no_scope() -> None:
    assert read_command("stop NP-049N-3022", WORDS) is None


def test_the_longest_keyword_counts() -> None:
    words = Vocabulary(VocabularyData.model_validate({"opt_out": {"en": ["no"]}, "opt_in": {"en": ["no longer no"]}}))

    assert read_command("No longer no", words) == Command("opt_in")


def test_without_words_nothing_is_a_command() -> None:
    assert read_command("stop", Vocabulary(VocabularyData())) is None


def _entries(*tables: str) -> list[str]:
    return [entry for table in tables for entries in getattr(DATA, table).values() for entry in entries]


@pytest.mark.parametrize(
    ("table", "kind"),
    [("opt_out", "opt_out"), ("opt_out_alone", "opt_out"), ("opt_in", "opt_in"), ("help", "help")],
)
def test_every_shipped_keyword_stands_for_itself_with_any_politeness(table: str, kind: str) -> None:
    polite = ["", *_entries("polite")]

    for keyword, around in product(_entries(table), polite):
        for text in (f"{keyword} {around}", f"{around} {keyword}"):
            assert read_command(text.title(), SHIPPED) == Command(kind), text


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    command = read_command(text, WORDS)

    assert command is None or command.kind in get_args(CommandKind)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["stop", "start", "atal", "unsubscribe"]),
    st.sampled_from(["the", "dumping", "bins", "it", "happening", "dogs", "road", "again", "my"]),
    st.lists(st.sampled_from(["please", "the", "stop", "noise", "12345", "all"]), max_size=5),
    st.randoms(use_true_random=False),
)
def test_one_word_that_is_none_of_ours_makes_it_an_enquiry(keyword: str, word: str, more: list[str], order) -> None:
    words = [keyword, word, *more]
    order.shuffle(words)

    assert read_command(" ".join(words), WORDS) is None
