"""A clock that is wrong: at either end of the calendar, and going back between one action and the next."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop import Actor, Desk, Policy, Raw, load_policy, open_store
from onestop.errors import OnestopError, RequestError
from onestop.gateways import CollectingSender

from .conftest import ADAPTERS
from .payloads import START, Clock, Payloads

NORTHPORT = load_policy(Path(__file__).parents[2] / "examples" / "northport" / "policy")
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)
ALICE = Actor(kind="worker", id="alice")
EMERGENCY = "Strong smell of gas in my house"
NEGATIVE = re.compile(r"(?<![\w-])-\d+ ?(?:h|min|s|days?|working)\b")


@pytest.fixture
def policy() -> Policy:
    return NORTHPORT


def _promise(desk: Desk, reference: str) -> None:
    desk.promise(reference, expected_at=LAST, reason="The street is closed.", by=ALICE)


ACTIONS: dict[str, Callable[[Desk, str], object]] = {
    "promise": _promise,
    "start": lambda desk, reference: desk.act(reference, "start_work", by=ALICE),
    "wait": lambda desk, reference: desk.act(reference, "wait_for_citizen", by=ALICE),
    "wait until": lambda desk, reference: desk.act(reference, "wait_until", by=ALICE, until="9999-12-31T00:00:00Z"),
    "resume": lambda desk, reference: desk.act(reference, "resume", by=ALICE),
    "resolve": lambda desk, reference: desk.act(reference, "resolve", by=ALICE),
    "reopen": lambda desk, reference: desk.act(reference, "reopen", by=ALICE),
    "reply": lambda desk, reference: desk.reply(reference, text="We are on our way.", by=ALICE),
    "split": lambda desk, reference: desk.split(reference, service="graffiti", by=ALICE),
    "flag": lambda desk, reference: desk.flag(reference, add=["foi"], by=ALICE),
    "reroute": lambda desk, reference: desk.reroute(reference, service="potholes", reason="road", by=ALICE),
    "run": lambda desk, _: desk.run_due(),
}


def _opened(desk: Desk, payload: tuple[str, Raw]) -> str:
    [receipt] = desk.receive(*payload)
    assert receipt.outcome == "opened"
    assert receipt.reference is not None
    return receipt.reference


def _is_whole(desk: Desk, reference: str) -> None:
    """The rows are what the events say, and the explanation can be read and tells of no negative time."""
    assert list(desk.verify()) == []
    told = desk.explain(reference)
    assert not NEGATIVE.search(told.text())
    assert told.mermaid()
    assert told.model_dump_json()


def _tried(desk: Desk, action: str, reference: str) -> OnestopError | None:
    try:
        ACTIONS[action](desk, reference)
    except OnestopError as error:
        return error
    return None


@pytest.mark.parametrize("words", [EMERGENCY, "Graffiti on the bridge", "My bin was not emptied"])
@pytest.mark.parametrize("moment", [FIRST, LAST], ids=["first", "last"])
def test_a_whole_run_at_an_end_of_the_calendar_is_as_any_other(
    desk: Desk, payloads: Payloads, clock: Clock, sender: CollectingSender, moment: datetime, words: str
) -> None:
    clock.now = moment

    reference = _opened(desk, payloads.mail(words))
    desk.reply(reference, text="We are on our way.", by=ALICE)
    desk.run_due()

    assert desk.case(reference).opened_at == moment
    _is_whole(desk, reference)


def test_a_promise_at_the_beginning_of_the_calendar_may_be_for_its_end(
    desk: Desk, payloads: Payloads, clock: Clock
) -> None:
    clock.now = FIRST
    reference = _opened(desk, payloads.mail(EMERGENCY))

    _promise(desk, reference)
    desk.run_due()

    assert desk.case(reference).expected_at == LAST
    _is_whole(desk, reference)


def test_there_is_no_promise_after_the_end_of_the_calendar(desk: Desk, payloads: Payloads, clock: Clock) -> None:
    clock.now = LAST
    reference = _opened(desk, payloads.mail(EMERGENCY))

    with pytest.raises(RequestError, match="a promise lies in the future"):
        _promise(desk, reference)

    _is_whole(desk, reference)


def test_a_timer_that_is_due_later_again_waits_for_its_time(desk: Desk, payloads: Payloads, clock: Clock) -> None:
    reference = _opened(desk, payloads.mail("The street light is broken"))
    desk.act(reference, "start_work", by=ALICE)
    desk.act(reference, "wait_until", by=ALICE, until="2026-03-03T09:00:00Z")

    clock.now = FIRST
    early = desk.run_due()
    clock.now = START + timedelta(days=1, seconds=1)
    late = desk.run_due()

    assert early.timers == 0
    assert late.timers >= 1
    assert desk.case(reference).state == "in_progress"
    _is_whole(desk, reference)


def test_a_message_that_was_queued_by_a_clock_ahead_leaves_when_its_time_has_come(
    desk: Desk, payloads: Payloads, clock: Clock, sender: CollectingSender
) -> None:
    clock.now = START + timedelta(hours=1)
    reference = _opened(desk, payloads.mail("Graffiti on the bridge"))
    desk.reply(reference, text="Cleaned today.", by=ALICE)

    clock.now = START
    desk.run_due()
    clock.now = START + timedelta(hours=1)
    desk.run_due()

    assert [message.text.count("Cleaned today.") for message, _ in sender.sent if "Cleaned" in message.text] == [1]


MOMENTS = st.sampled_from((FIRST, FIRST + timedelta(days=3), START, START + timedelta(days=40), LAST)) | st.datetimes(
    timezones=st.just(UTC)
)


@settings(max_examples=40, deadline=None)
@given(
    first=MOMENTS,
    words=st.sampled_from(
        (EMERGENCY, "Graffiti on the bridge", "My bin was not emptied, and a freedom of information")
    ),
    steps=st.lists(st.tuples(MOMENTS, st.sampled_from(sorted(ACTIONS))), max_size=6),
)
def test_a_clock_that_goes_anywhere_loses_nothing(
    first: datetime, words: str, steps: Sequence[tuple[datetime, str]]
) -> None:
    clock, store = Clock(), open_store("sqlite://")
    clock.now = first
    desk = Desk(store=store, policy=NORTHPORT, adapters=ADAPTERS, sender=CollectingSender(), clock=clock)
    reference = _opened(desk, Payloads(clock).mail(words))

    refused = []
    for clock.now, action in steps:
        refused.append(_tried(desk, action, reference))
        _is_whole(desk, reference)

    assert not [error for error in refused if error and "no database can hold" in str(error)]
    assert desk.case(reference).events()[0].type == "case_opened"
    store.close()
