"""Flags fail toward people: they are raised all the same, noted, never dropped, and start the clocks of the law."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.channels.test_linearity import AT_MOST, instructions

from onestop.core.context import Context, Mint
from onestop.core.enquiry import Enquiry
from onestop.core.flags import Flag, Flags, quotes
from onestop.core.notices import notice_of
from onestop.core.policy import Policy
from onestop.core.standards import legal_targets, targets_of
from onestop.policy import compile_policy
from onestop.policy.flags import default_flags, default_words

from .world import START, World

DATA = Path(__file__).parent / "data"
GROUPS: list[dict[str, Any]] = tomllib.loads((DATA / "noted.toml").read_text("utf-8"))["sentences"]
NOTED = [
    pytest.param(group["list"], note, sentence, id=sentence[:50])
    for group in GROUPS
    for note in ("negated", "past", "asked", "plain")
    for sentence in group[note]
]
LONDON = ZoneInfo("Europe/London")


def document(**changes: Any) -> dict[str, Any]:
    """Give the small council's policy with an office calendar, and what a test changes."""
    read = tomllib.loads((DATA / "policy.toml").read_text("utf-8"))
    office = {"nation": "england-and-wales", "hours": {"mon-fri": ["09:00-17:00"]}}
    read["council"]["calendar"] = "office"
    return read | {"calendars": {"calendars": {"office": office}}} | changes


@pytest.fixture(scope="module")
def council() -> Policy:
    return compile_policy(document())


def said(text: str, **fields: Any) -> Enquiry:
    return Enquiry(**{"channel": "sms", "adapter": "a", "text": text, "received_at": START, **fields})


# -- what is noted -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "note", "sentence"), NOTED)
def test_a_flag_is_raised_whatever_stands_beside_its_words_and_the_trace_says_what(
    council: Policy, name: str, note: str, sentence: str
) -> None:
    decision = council.decide(said(sentence))

    (use,) = (use for use in decision.used if use.rule == f"flag:{name}")
    assert "emergency" in decision.flags
    assert decision.priority == "urgent"
    assert use.noted == (() if note == "plain" else (f"{note}:@{name}",))


def test_the_table_of_sentences_has_both_languages_and_is_long_enough_to_trust() -> None:
    welsh = [case for case in NOTED if {"arogl", "nwy", "gollyngiad", "eisiau"} & set(str(case.values[2]).split())]

    assert len(NOTED) >= 60
    assert len(welsh) >= 20


def test_each_word_list_of_a_rule_is_noted_by_itself(council: Policy) -> None:
    decision = council.decide(said("The child has no bruises."))

    (use,) = (use for use in decision.used if use.rule == "flag:child-harm")
    assert use.noted == ("negated:@harm",)


def test_words_are_not_negated_across_the_end_of_subject_and_sentence(council: Policy) -> None:
    decision = council.decide(said("Gas leak", subject="There is no"))

    assert all(not use.noted for use in decision.used)


@given(
    st.lists(st.sampled_from(["no", "not", "smell of gas", "last year", "again", "?", ".", ",", "the", "dim", "yn ôl"]))
)
def test_what_is_noted_changes_neither_flags_nor_priority(parts: list[str]) -> None:
    text = " ".join(parts)

    noting, silent = NOTING.decide(said(text)), SILENT.decide(said(text))

    assert (noting.flags, noting.priority, noting.service) == (silent.flags, silent.priority, silent.service)
    assert all(not use.noted for use in silent.used)


NOTING = compile_policy(document())
SILENT = compile_policy(document(words={"lists": {name: {"en": ["xyzzy"]} for name in ("negation", "history")}}))


# -- what a flag does --------------------------------------------------------------------------------------------------


def test_a_flag_raises_the_priority_whichever_rule_raises_it() -> None:
    given_rules = document()["rules"]
    given_rules["rules"].append(
        {"id": "leaflet", "band": given_rules["bands"][0], "when": {"channel": ["web"]}, "then": {"flags": ["press"]}}
    )
    policy = compile_policy(document(rules=given_rules))

    decision = policy.decide(said("Hello", channel="web"))

    assert (decision.flags, decision.priority) == (("press",), "normal")
    assert policy.decide(said("A letter before claim")).priority == "high"


def test_several_flags_are_raised_by_one_enquiry_and_none_hides_another(council: Policy) -> None:
    decision = council.decide(
        said("Smell of gas! I want a copy of my file, under freedom of information, for my solicitor. The BBC knows.")
    )

    assert set(decision.flags) >= {"emergency", "subject_access", "information_request", "legal_claim", "press"}


def test_an_elected_member_is_known_by_the_name_they_write_under(council: Policy) -> None:
    decision = council.decide(said("Please look at this.", sender_name="Cllr Moira Watts"))

    assert decision.flags == ("elected_member",)


def test_a_flag_without_a_queue_is_looked_at_by_those_of_the_fallback_service() -> None:
    flags = Flags([Flag(code="press", queue="media"), Flag(code="fire")], unnamed_queue="desk")

    assert flags.queues(["fire", "press", "offensive"]) == ("desk", "media")
    assert (flags.of_queue("media"), flags.of_queue("desk"), flags.of_queue("nobody")) == (("press",), ("fire",), ())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["smell of gas", "no smell of gas", "thank you", "STOP", "FOI please", "SM1", "all well now"]),
        min_size=1,
        max_size=6,
    )
)
def test_a_later_enquiry_takes_no_flag_away_and_a_flag_closes_nothing(texts: list[str]) -> None:
    world, before = World(NOTING), dict[str, frozenset[str]]()

    for text in texts:
        plan = world.later(minutes=1).receive(text)
        for change in plan.changes:
            flags = frozenset(change.case.flags)
            assert flags >= before.get(change.case.id, frozenset())
            assert not flags & set(NOTING.flags.by_code) or change.case.state_type != "closed"
            before[change.case.id] = flags


# -- clocks of the law -------------------------------------------------------------------------------------------------

DEADLINES = [
    # flag, received, the last day; month by month as the Information Commissioner counts, working days as the Act does
    ("subject_access", "2026-01-31", "2026-03-02"),  # February has no 31st, and its last is a Saturday
    ("subject_access", "2028-01-30", "2028-02-29"),  # a leap year
    ("subject_access", "2026-11-25", "2026-12-29"),  # Christmas Day, Boxing Day's substitute on Monday the 28th
    ("subject_access", "2026-03-06", "2026-04-07"),  # Easter Monday
    ("subject_access", "2026-05-05", "2026-06-05"),
    ("information_request", "2026-12-14", "2027-01-14"),  # three bank holidays over Christmas
    ("information_request", "2026-03-02", "2026-03-30"),
    ("information_request", "2026-04-03", "2026-05-05"),  # received on Good Friday; Easter Monday, early May
]


@pytest.mark.parametrize(("flag", "received", "last_day"), DEADLINES)
def test_the_clock_of_the_law_ends_on_the_day_that_the_law_says(
    council: Policy, flag: str, received: str, last_day: str
) -> None:
    start = datetime.fromisoformat(f"{received}T10:00:00").replace(tzinfo=LONDON).astimezone(UTC)

    (target,) = legal_targets([flag, "emergency"], start, council)

    assert target.name == "legal"
    assert target.flag == flag
    assert target.due_at.astimezone(LONDON).date() == date.fromisoformat(last_day)


def test_of_two_clocks_the_earlier_counts_whatever_the_services_standard_says(council: Policy) -> None:
    service = council.service("bins")

    targets = {
        target.name: target for target in targets_of(service, ["subject_access", "information_request"], START, council)
    }

    assert targets["legal"].flag == "information_request"
    assert targets["resolve"].flag == ""


def test_a_service_without_a_standard_has_the_clock_of_the_law_all_the_same(council: Policy) -> None:
    targets = targets_of(council.service("triage"), ["subject_access"], START, council)

    assert [target.name for target in targets] == ["legal"]


# -- the words that raised it ------------------------------------------------------------------------------------------


def test_the_words_are_quoted_as_they_were_written_with_those_around_them(council: Policy) -> None:
    enquiry = said("Hello there, we had a GAS-LEAK last year.\nThank you")
    decision = council.decide(enquiry)

    found = [quote for quote in quotes(decision, council.rules, enquiry) if quote.rule == "flag:smell-of-gas"]

    assert [(quote.words, quote.noted) for quote in found] == [("GAS-LEAK", ("past",))]
    assert found[0].around == "Hello there, we had a GAS-LEAK last year. Thank you"


def test_without_the_enquiry_lists_are_named_and_no_words(council: Policy) -> None:
    decision = council.decide(said("A bruised child, and a smell of gas"))

    found = quotes(decision, council.rules, None)

    assert {quote.sought for quote in found if quote.rule.startswith("flag:")} == {"@harm", "@child", "@smell-of-gas"}
    assert all(quote.words is None and quote.around is None for quote in found)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["smell of gas", "arogl nwy", "want to die"]), st.text(max_size=300))
def test_whatever_stands_around_them_the_words_are_found_again(before: str, words: str, after: str) -> None:
    enquiry = said(f"{before} {words} {after}")
    decision = NOTING.decide(enquiry)

    found = [quote.words for quote in quotes(decision, NOTING.rules, enquiry)]

    assert any(words in (quoted or "") for quoted in found)


# -- notices -----------------------------------------------------------------------------------------------------------


def context() -> Context:
    return Context(START, Mint(b"key", "notice", START, bytes))


@pytest.fixture(scope="module")
def telling() -> Policy:
    changed = document()
    changed["templates"] = {
        **changed["templates"],
        "ring": {
            "subject": "Ring",
            "text": "Ring 0800 111 999. {{ reference }}{{ expected }}",
            "sms": {"en": "Ring now", "cy": "Ffoniwch nawr"},
        },
    }
    changed["flags"] = {
        "rules": {
            "smell-of-gas": {
                "when": {"words": {"any": ["@smell-of-gas"]}},
                "then": {"flags": ["emergency"], "tell": "ring", "stop": True},
            }
        }
    }
    return compile_policy(changed)


@pytest.mark.parametrize(
    ("channel", "language", "text"),
    [
        ("sms", "en", "Ring now"),
        ("sms", "cy", "Ffoniwch nawr"),
        ("sms", None, "Ring now\n\nFfoniwch nawr"),
        ("chat", "en", "Ring now"),
        ("web", "en", "Ring 0800 111 999."),
        ("phone", "cy", "Ring 0800 111 999."),
        ("email", "en", "Ring 0800 111 999."),
    ],
)
def test_a_notice_is_in_the_words_of_its_channel_and_language(
    telling: Policy, channel: str, language: str | None, text: str
) -> None:
    decision = telling.decide(said("smell of gas"))

    notice = notice_of(decision, telling, context(), channel=channel, language=language)

    assert notice is not None
    assert (notice.text.strip(), notice.stop, notice.template) == (text, True, "ring")
    assert notice.subject == ("Ring" if channel == "email" else "")


def test_what_tells_nothing_has_no_notice(telling: Policy) -> None:
    decision = telling.decide(said("a pothole"))

    assert notice_of(decision, telling, context(), channel="sms", language=None) is None


def _messages(world: World) -> Iterator[tuple[str, str]]:
    for row in world.messages.values():
        yield row.purpose, row.channel


def test_the_notice_takes_the_place_of_the_acknowledgement_and_is_sent_where_a_service_gives_none(
    telling: Policy,
) -> None:
    world = World(telling)

    world.receive("Graffiti, and a smell of gas", channel="web", service_code="graffiti")
    world.receive("The bin was not collected", sender="tel:07700900124")

    assert sorted(_messages(world)) == [("acknowledgement", "sms"), ("urgent", "sms")]


def test_who_writes_of_danger_in_a_case_that_is_open_is_told_too_and_no_machine_for_ever(telling: Policy) -> None:
    world = World(telling)
    world.receive("A pothole")

    for _ in range(20):
        world.later(minutes=1).receive("and there is a smell of gas", source_id=None)

    purposes = [purpose for purpose, _ in _messages(world)]
    assert purposes[:2] == ["acknowledgement", "urgent"]
    assert purposes.count("urgent") <= 10


def test_the_shipped_rules_look_for_shipped_lists_and_raise_shipped_flags() -> None:
    flags, lists = default_flags(), default_words()["lists"]

    sought = {
        entry[1:]
        for rule in flags["rules"].values()
        for entries in rule["when"]["words"].values()
        for entry in entries
        if entry.startswith("@")
    }
    raised = {flag for rule in flags["rules"].values() for flag in rule["then"]["flags"]}

    assert sought <= lists.keys()
    assert raised == flags["flags"].keys()
    assert all({"en", "cy"} <= words.keys() for words in lists.values())


# -- what noting costs -------------------------------------------------------------------------------------------------

# What stands between one entry and the next: a clause, a sentence, a question, a negation, the past, nothing.
BETWEEN = [", ", ". ", "? ", " not ", " no a any ", " last year ", " again ", "\n", " - ", " "]


@pytest.mark.parametrize("between", BETWEEN)
def test_noting_is_linear_however_often_the_words_of_every_flag_stand_in_a_text(council: Policy, between: str) -> None:
    entries = [
        entry for languages in default_words()["lists"].values() for each in languages.values() for entry in each
    ]
    words = between.join(entries[::8]) + between
    compared = [said("x"), said(words * 2), said(words * 4)]

    work = [instructions(lambda enquiry=enquiry: council.decide(enquiry)) for enquiry in compared]

    assert work[1] > 10 * work[0]  # the words were looked at
    assert work[2] <= AT_MOST * work[1]
