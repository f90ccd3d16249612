"""Backtests: past enquiries under a policy that may be, beside the one that is."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop import Desk, Raw
from onestop.core.actor import Actor
from onestop.core.call_events import is_call_event
from onestop.core.conditions import NOBODY, Circumstances
from onestop.core.enquiry import Enquiry, Location
from onestop.core.events import CaseOpened, EnquiryReceived, Event, read_event
from onestop.core.policy import Policy
from onestop.errors import ReplayError
from onestop.policy import compile_policy, load_policy
from onestop.replay import load_day, replay
from onestop.replay.backtest import Backtest, Change, backtest
from onestop.replay.backtest_page import page
from onestop.replay.past import Past, past_of_lines, past_of_store
from onestop.stores import open_store

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TOPICS = ("bin", "graffiti", "pothole", "gas", "noise")
SERVICES = ("triage", "waste", "streets", "roads")


def document(rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "council": {"schema": 1, "name": "Northport", "reference_prefix": "NP", "fallback_service": "triage"},
        "providers": {"providers": {"team": {"name": "The team", "kind": "team"}}},
        "services": {"services": {code: {"name": code, "provider": "team", "acknowledge": False} for code in SERVICES}},
        "rules": {"bands": ["danger", "topic"], "rules": rules},
    }


def rule(word: str, **then: Any) -> dict[str, Any]:
    band = "topic" if "service" in then else "danger"
    return {"id": f"{band}-{word}", "band": band, "when": {"words": {"any": [word]}}, "then": then}


def policy(*rules: dict[str, Any]) -> Policy:
    return compile_policy(document(list(rules)))


def past(*texts: str) -> Iterator[Past]:
    for number, text in enumerate(texts):
        enquiry = Enquiry(channel="web", adapter="form", received_at=NOON + timedelta(minutes=number), text=text)
        yield Past(f"NP-{number}", enquiry, opened=True)


@pytest.fixture
def northport(northport: Path) -> Policy:
    return load_policy(northport / "policy")


def test_the_same_policy_changes_nothing(northport: Policy) -> None:
    found = backtest(northport, northport, past("my bin", "smell of gas"))

    assert (found.enquiries, found.opened, found.changed, found.shifts) == (2, 2, 0, {})


def test_what_moves_is_counted_with_from_and_to_and_examples() -> None:
    was = policy(rule("bin", service="waste"), rule("pothole", service="roads"))
    becomes = policy(rule("bin", service="streets"), rule("pothole", service="roads"))

    found = backtest(was, becomes, past("a bin", "a pothole", "another bin", "nothing"), examples=1)

    assert found.changed == 2
    [(change, shift)] = found.by_kind("service")
    assert (change, shift.count, shift.examples) == (Change("service", "waste", "streets"), 2, ["NP-0"])
    assert shift.rules == {("topic-bin", "topic-bin"): 2}


def test_a_flag_that_would_no_longer_be_raised_is_named_apart() -> None:
    was, becomes = policy(rule("gas", flags=["emergency"], priority="urgent")), policy(rule("gas", flags=["leak"]))

    found = backtest(was, becomes, past("gas"))

    assert [change.was for change, _ in found.lost] == ["emergency"]
    assert {change for change, _ in found.by_kind("flag")} == {
        Change("flag", "emergency", ""),
        Change("flag", "", "leak"),
    }
    assert [change for change, _ in found.by_kind("priority")] == [Change("priority", "urgent", "normal")]


def test_an_enquiry_that_joined_a_case_moves_none() -> None:
    was, becomes = policy(rule("bin", service="waste")), policy(rule("bin", service="streets"))
    joined = (one._replace(opened=False) for one in past("the bin again"))

    found = backtest(was, becomes, joined)

    assert (found.enquiries, found.opened, found.changed) == (1, 0, 0)


words = st.lists(st.sampled_from(TOPICS), max_size=3).map(" ".join)
rules = st.dictionaries(st.sampled_from(TOPICS), st.sampled_from(SERVICES), max_size=5).map(
    lambda chosen: [rule(word, service=service) for word, service in chosen.items()]
)


@settings(max_examples=40, deadline=None)
@given(was=rules, becomes=rules, texts=st.lists(words, max_size=12))
def test_every_enquiry_is_counted_once_and_as_deciding_it_twice_tells(
    was: list[dict[str, Any]], becomes: list[dict[str, Any]], texts: list[str]
) -> None:
    one, other = policy(*was), policy(*becomes)

    found = backtest(one, other, past(*texts))

    decided = [(one.decide(each.enquiry).service, other.decide(each.enquiry).service) for each in past(*texts)]
    assert found.enquiries == len(texts)
    assert found.changed == sum(before != after for before, after in decided)
    assert {(change.was, change.becomes): shift.count for change, shift in found.by_kind("service")} == {
        pair: decided.count(pair) for pair in decided if pair[0] != pair[1]
    }


def test_enquiries_are_taken_one_at_a_time_and_none_is_kept() -> None:
    was, becomes = policy(rule("bin", service="waste")), policy(rule("bin", service="streets"))
    [one] = past("a bin")
    taken: list[int] = []

    def many() -> Iterator[Past]:
        for number in range(5_000):
            taken.append(number)
            yield one._replace(label=f"NP-{number}")

    seen: list[int] = []
    found = backtest(was, becomes, many(), on_step=seen.append)

    assert (found.changed, len(taken), seen[:2], seen[-1]) == (5_000, 5_000, [1_000, 2_000], 5_000)
    assert size_of(found) < 20  # labels and rules, not five thousand


def size_of(found: Backtest) -> int:
    return sum(1 + len(shift.examples) + len(shift.rules) for shift in found.shifts.values())


def test_a_store_gives_every_enquiry_and_which_of_them_opened_its_case(northport_store: Any) -> None:
    found = list(past_of_store(northport_store))

    with northport_store.read() as reader:
        counts = reader.counts()
        copied = [event for event in every_event(reader) if isinstance(event, EnquiryReceived) and event.copy_of]
    assert len(copied) > 3
    assert len(found) == counts["enquiries"] - len(copied)
    assert sum(one.opened for one in found) == counts["cases"] - len(copied)
    assert len({one.label for one in found}) == counts["cases"] - len(copied)


def every_event(reader: Any) -> list[Event]:
    return [read_event(stored.data) for stored in reader.changes(0, 100_000)]


def test_under_the_policy_that_was_every_enquiry_of_a_day_is_decided_as_it_was(
    northport: Policy, northport_store: Any
) -> None:
    with northport_store.read() as reader:
        opened = [event for event in every_event(reader) if isinstance(event, CaseOpened)]
    decided = {event.reference: event.decision for event in opened}

    found = [one for one in past_of_store(northport_store, northport) if one.opened and not is_call_event(one.enquiry)]

    assert len(found) > 80
    assert any(one.circumstances.recent for one in found)
    for one in found:
        known = (one.circumstances, without_statements(one.circumstances))
        assert decided[one.label] in [northport.decide(one.enquiry, each) for each in known]


def without_statements(known: Circumstances) -> Circumstances:
    """Needs and languages are those of today: somebody may have recorded them later."""
    return replace(known, needs=frozenset(), language=None)


@pytest.fixture
def northport_store(northport_day: Path) -> Iterator[Any]:
    store = open_store("sqlite://")
    replay(load_day(northport_day), store=store)
    yield store
    store.close()


@pytest.fixture
def northport_day() -> Path:
    return Path(__file__).parents[2] / "examples" / "northport" / "day"


def test_a_store_is_read_page_by_page(northport_store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(past_of_store(northport_store))
    monkeypatch.setattr("onestop.replay.past._PAGE", 7)

    assert list(past_of_store(northport_store)) == whole


# -- what was known of a sender ----------------------------------------------------------------------------------------


MARY = "mailto:mary@mail.example"
ALICE = Actor(kind="worker", id="alice")
PLAIN = [rule("bin", service="waste"), rule("graffiti", service="streets")]


def asking(**when: Any) -> Policy:
    """Give the plain rules, and one that asks for what is known of the sender."""
    return policy({"id": "known", "band": "danger", "when": when, "then": {"flags": ["known"]}}, *PLAIN)


class Office:
    """A desk that takes one mail a day."""

    def __init__(self) -> None:
        self.now = NOON
        self.store = open_store("sqlite://")
        self.desk = Desk(self.store, policy(*PLAIN), clock=lambda: self.now)
        self.count = 0

    def mail(self, words: str, sender: str = "Mary <mary@mail.example>") -> str:
        self.now += timedelta(days=1)
        self.count += 1
        body = f"From: {sender}\nMessage-ID: <{self.count}@mail.example>\nSubject: {words}\n\n{words} {self.count}\n"
        receipt = self.desk.receive("email", Raw(body=body.encode(), received_at=self.now))[0]
        assert receipt.outcome in ("opened", "asked")
        assert receipt.reference is not None
        return receipt.reference

    def flagged(self, **when: Any) -> list[str]:
        """Give the references of what a rule that asks this would have flagged."""
        was, becomes = policy(*PLAIN), asking(**when)
        found = backtest(was, becomes, past_of_store(self.store, was, becomes))
        return [reference for _, shift in found.by_kind("flag") for reference in shift.examples]


@pytest.fixture
def office() -> Iterator[Office]:
    made = Office()
    yield made
    made.store.close()


def test_a_rule_on_repeats_counts_the_cases_that_were_opened_before_each_enquiry(office: Office) -> None:
    opened = [office.mail("The bin") for _ in range(4)]

    assert office.flagged(repeat={"within_days": 14, "at_least": 2}) == opened[2:]
    assert office.flagged(repeat={"within_days": 2, "at_least": 2}) == opened[2:]
    assert office.flagged(repeat={"within_days": 1, "at_least": 2}) == []


def test_a_case_that_is_closed_by_now_was_open_to_what_came_before_that(office: Office) -> None:
    first = office.mail("The bin")
    second = office.mail("Graffiti")
    office.desk.act(first, "not_ours", by=ALICE)
    office.mail("Graffiti, and more of it")

    assert office.flagged(open_case=["waste"]) == [second]


def test_a_case_counts_at_the_service_that_it_was_at_then(office: Office) -> None:
    first = office.mail("The bin")
    second = office.mail("Graffiti")
    office.desk.reroute(first, service="roads", by=ALICE)
    third = office.mail("Graffiti, and more of it")

    assert office.flagged(open_case=["waste"]) == [second]
    assert office.flagged(open_case=["roads"]) == [third]


def test_what_others_opened_is_known_of_nobody_else(office: Office) -> None:
    office.mail("The bin")
    office.mail("The bin", sender="Tom <tom@mail.example>")

    assert office.flagged(open_case=["*"]) == []


def test_a_contact_point_of_several_people_tells_of_nobody(office: Office) -> None:
    office.mail("The bin")
    office.mail("The bin", sender="Tom <mary@mail.example>")
    office.mail("The bin")

    assert office.flagged(open_case=["*"], language=["*"]) == []


def test_needs_are_those_that_are_recorded_today(office: Office) -> None:
    opened = [office.mail("The bin") for _ in range(2)]
    office.desk.citizens.record_need(MARY, "bsl", by=ALICE)

    assert office.flagged(needs=["bsl"]) == opened


def test_a_case_that_was_split_off_is_no_enquiry_of_its_own(office: Office) -> None:
    first = office.mail("The bin")
    office.desk.split(first, service="roads", by=ALICE)
    was, becomes = policy(*PLAIN), policy(rule("bin", service="triage"))

    found = backtest(was, becomes, past_of_store(office.store))

    assert (found.enquiries, found.opened) == (1, 1)
    assert [(change.was, shift.count) for change, shift in found.by_kind("service")] == [("waste", 1)]


def test_a_case_that_came_of_the_enquiry_itself_is_none_that_its_sender_had(office: Office) -> None:
    first = office.mail("The bin")
    office.desk.split(first, service="roads", by=ALICE)

    assert office.flagged(open_case=["*"]) == []


def test_what_no_policy_asks_is_not_looked_up(office: Office) -> None:
    office.mail("The bin")
    office.mail("The bin")

    assert {one.circumstances for one in past_of_store(office.store, policy(*PLAIN))} == {NOBODY}
    assert {one.circumstances for one in past_of_store(office.store, asking(needs=["bsl"]))} == {NOBODY}


def test_of_many_cases_the_past_is_kept_of_some(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = [office.mail("The bin") for _ in range(6)]
    monkeypatch.setattr("onestop.replay.known._MOST_KEPT", 2)

    assert office.flagged(repeat={"within_days": 14, "at_least": 2}) == opened[2:]


# -- what `onestop parse` printed --------------------------------------------------------------------------------------


def test_lines_that_parse_printed_are_read_and_reports_passed_over() -> None:
    enquiry = Enquiry(channel="sms", adapter="sms", received_at=NOON, text="a bin")
    report = {"channel": "sms", "adapter": "sms", "received_at": NOON.isoformat(), "kind": "delivered"}
    lines = [enquiry.model_dump_json(), "", json.dumps(report)]

    [one] = past_of_lines(lines, "texts.jsonl")

    assert (one.label, one.enquiry) == ("texts.jsonl:1", enquiry)


def test_an_enquiry_of_a_file_has_the_place_that_its_intake_would_find() -> None:
    enquiry = Enquiry(channel="sms", adapter="sms", received_at=NOON, text="a bin at L1 8JQ")

    [one] = past_of_lines([enquiry.model_dump_json()], "texts.jsonl")

    assert one.enquiry.location == Location(postcode="L1 8JQ", source="text")


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"error": "payload"}', '{"text": "07700 900123 is secret"}', "x" * 5_000_000]
)
def test_a_line_that_holds_no_enquiry_is_named_by_its_number_and_never_quoted(line: str) -> None:
    with pytest.raises(ReplayError) as caught:
        list(past_of_lines(["", line], "texts.jsonl"))

    assert "texts.jsonl, line 2" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_page_stands_alone_and_shows_every_change() -> None:
    was = policy(rule("bin", service="waste"), rule("gas", flags=["emergency"]))
    becomes = policy(rule("bin", service="streets"))

    shown = page(backtest(was, becomes, past("a bin", "gas")), "What <if>")

    assert "<title>What &lt;if&gt;</title>" in shown
    assert all(word in shown for word in ("waste", "streets", "emergency", "no longer be raised", "NP-0"))
    assert "http" not in shown
    assert "<script" not in shown
