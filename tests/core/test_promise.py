"""Targets, the promise and their clocks: what a case owes, whatever happens to it, and what comes of it by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.actions import plan_action, plan_flags, plan_reroute
from onestop.core.actor import Actor
from onestop.core.case import REASSIGNED, UNTOLD, Case, rebuild
from onestop.core.durations import Duration
from onestop.core.escalating import plan_escalation, plan_promise
from onestop.core.events import Escalated, Event, PromiseChanged, TargetBreached, TargetsChanged
from onestop.core.messages import Addressee, plan_reply
from onestop.core.plan import CaseFacts, Plan, TimerRow
from onestop.core.policy import Policy
from onestop.errors import NotFoundError, OnestopError, RequestError
from onestop.policy import compile_policy

from .world import ALICE, World, events_of

MONDAY = datetime(2026, 3, 30, 9, 0, tzinfo=UTC)  # 10:00 in London; Good Friday is 3 April, Easter Monday the 6th
CITIZEN = Actor(kind="citizen", id="p1", roles=frozenset({"system"}))


def document(**standard: Any) -> dict[str, Any]:
    """Give a small council's policy: two services with standards, and the steps that are asked for."""
    resolve = {"calendar": "office", "targets": {"resolve": "2 working days", "acknowledge": "4 working hours"}}
    return {
        "council": {"schema": 1, "name": "Saltmarsh", "reference_prefix": "SM", "fallback_service": "street"},
        "calendars": {"calendars": {"office": {"nation": "england-and-wales", "hours": {"mon-fri": ["09:00-17:00"]}}}},
        "providers": {"providers": {"crew": {"name": "Crew", "kind": "team"}}},
        "services": {
            "services": {
                "street": {
                    "name": "Street",
                    "provider": "crew",
                    "acknowledge": False,
                    "standard": {**resolve, **standard},
                },
                "depot": {"name": "Depot", "provider": "crew", "standard": {**resolve, **standard}},
            }
        },
        "rules": {"bands": ["topic"], "rules": []},
        "templates": {
            "acknowledgement": {"subject": "We have it", "text": "Thank you"},
            "delayed": {"subject": "Late", "text": "{% if expected %}By {{ expected }}.{% endif %} {{ text }}"},
        },
    }


def policy(**standard: Any) -> Policy:
    return compile_policy(document(**standard))


class Days(World):
    """A world that keeps timers, and fires them."""

    def __init__(self, rules: Policy) -> None:
        super().__init__(rules)
        self.now = MONDAY
        self.timers: list[TimerRow] = []

    def save(self, plan: Plan) -> Plan:
        self.timers += plan.timers
        return super().save(plan)

    def open(self) -> Plan:
        return self.receive("Something is wrong")

    def case(self, of: CaseFacts | Plan) -> Case:
        return self.again(of).case

    def fire(self, timer: TimerRow, to: Addressee | None = None) -> Plan:
        plan = plan_escalation(self.facts[timer.case], timer.kind, timer.generation, self.policy, self.context(), to=to)
        return self.save(plan)

    def run(self, to: Addressee | None = None) -> list[Event]:
        """Fire what is due until nothing is; give the events that came of it."""
        happened: list[Event] = []
        while due := [timer for timer in self.timers if timer.due_at <= self.now]:
            first = min(due, key=lambda timer: timer.due_at)
            self.timers.remove(first)
            happened += events_of(self.fire(first, to))
        return happened

    def reroute(self, case: Plan, service: str) -> Plan:
        plan = plan_reroute(self.again(case), service, None, ALICE, self.policy, self.context())
        return self.save(plan)

    def addressee(self, case: Plan) -> Addressee:
        party = next(row for row in self.rows.values() if row.case == self.case(case).id)
        return Addressee(party, "sms", "en")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}:00+01:00")


def due(case: Case, name: str = "resolve") -> datetime | None:
    target = case.target(name)
    return target.due_at if target else None


def test_a_case_opens_with_its_targets_and_what_is_promised() -> None:
    days = Days(policy())

    case = days.case(days.open())

    assert {target.name: target.due_at for target in case.targets} == {
        "acknowledge": at("03-30T14:00"),
        "resolve": at("04-01T17:00"),
    }
    assert (case.expected_at, case.target_at) == (at("04-01T17:00"), at("03-30T14:00"))


def test_the_first_message_acknowledges_and_a_later_one_changes_nothing() -> None:
    days = Days(policy())
    opened = days.open()
    party = days.addressee(opened).party

    for text in ("We have it", "Still at it"):
        days.save(reply(days, opened, party, text))
        days.later(hours=1)

    case = days.case(opened)
    assert (case.met["acknowledge"], case.target_at) == (MONDAY, at("04-01T17:00"))


def reply(days: Days, opened: Plan, party: Any, text: str) -> Plan:
    given: Mapping[str, Any] = {"template": None, "purpose": "service_update"}
    return plan_reply(days.again(opened), Addressee(party), ALICE, days.policy, days.context(), text=text, **given)


def test_a_case_that_waits_for_the_citizen_over_easter_has_the_days_it_had_left() -> None:
    days = Days(policy())
    opened = days.open()
    days.later(days=1)  # Tuesday: one working day is left
    days.act(opened, "wait_for_citizen")
    paused = days.case(opened)
    days.now = at("04-07T11:00")  # the Tuesday after Easter

    days.act(opened, "resume")

    case = days.case(opened)
    assert (paused.target("resolve").paused_at, paused.expected_at) == (MONDAY + timedelta(days=1), None)  # type: ignore[union-attr]  # it has one
    assert (due(case), case.expected_at) == (at("04-08T17:00"), at("04-08T17:00"))
    assert [event.because for event in days.events(opened) if isinstance(event, TargetsChanged)] == [
        "paused",
        "resumed",
    ]


def test_what_the_standard_does_not_pause_for_goes_on() -> None:
    days = Days(policy())
    opened = days.open()

    days.act(opened, "wait_for_partner")

    assert days.case(opened).expected_at == at("04-01T17:00")


def test_what_is_late_already_stays_late_when_it_is_paused() -> None:
    days = Days(policy())
    opened = days.open()
    days.now = at("04-02T09:00")

    days.act(opened, "wait_for_citizen")
    days.later(days=10)
    days.act(opened, "resume")

    assert due(days.case(opened)) == at("04-01T17:00")


def test_a_clock_that_was_set_back_makes_no_deadline_earlier() -> None:
    days = Days(policy())
    opened = days.open()
    days.later(hours=5)
    days.act(opened, "wait_for_citizen")
    days.later(hours=-30)

    days.act(opened, "resume")

    case = days.case(opened)
    assert due(case) == at("04-01T17:00")
    assert all(wait.until is None or wait.until >= wait.since for wait in case.waits)


def test_a_case_that_is_done_has_no_deadline_and_one_that_is_reopened_a_new_one() -> None:
    days = Days(policy())
    opened = days.open()
    days.later(days=1)
    days.act(opened, "resolve")
    done = days.case(opened)
    days.now = at("04-13T12:00")

    days.act(opened, "reopen")

    case = days.case(opened)
    assert (done.target_at, done.met["resolve"]) == (None, MONDAY + timedelta(days=1))
    assert (due(case), case.expected_at) == (at("04-15T17:00"), at("04-15T17:00"))
    assert [event.because for event in days.events(opened) if isinstance(event, PromiseChanged)] == ["reopened"]


def test_an_action_meets_what_its_lifecycle_says() -> None:
    given_document = document(targets={"inspect": "1 working day"})
    given_document["lifecycles"] = {
        "lifecycles": {
            "crew": {
                "initial": "new",
                "states": {"new": {"type": "new"}, "seen": {"type": "open"}, "done": {"type": "closed"}},
                "actions": {
                    "look": {"from": ["new"], "to": "seen", "meets": ["inspect"]},
                    "close": {"from": ["*"], "to": "done", "closing_reason": "done"},
                },
            }
        }
    }
    given_document["services"]["services"]["street"]["lifecycle"] = "crew"
    days = Days(compile_policy(given_document))
    opened = days.open()

    days.act(opened, "look")

    case = days.case(opened)
    assert case.target("inspect").met_at == MONDAY  # type: ignore[union-attr]  # it has one
    assert case.target_at is None


def test_severity_that_comes_later_shortens_the_deadline() -> None:
    days = Days(policy(severity={"offensive": {"resolve": "4 working hours"}}))
    opened = days.open()

    days.save(plan_flags(days.again(opened), ["offensive"], [], ALICE, days.policy, days.context()))

    (changed,) = [event for event in days.events(opened) if isinstance(event, TargetsChanged)]
    assert (changed.because, due(days.case(opened))) == ("flags", at("03-30T14:00"))


def test_another_policy_moves_an_open_case_when_it_is_next_touched() -> None:
    days = Days(policy())
    opened = days.open()
    days.policy = policy(targets={"resolve": "10 working days"})

    days.act(opened, "start_work")

    (changed,) = [event for event in days.events(opened) if isinstance(event, TargetsChanged)]
    assert (changed.because, due(days.case(opened))) == ("policy", at("04-15T17:00"))


def test_a_date_given_by_hand_holds_through_pauses_and_rerouting() -> None:
    days = Days(policy())
    opened = days.open()
    days.save(promised(days, opened, at("04-20T12:00")))

    days.act(opened, "wait_for_citizen")
    days.later(days=9)
    days.act(opened, "resume")
    days.reroute(opened, "depot")

    assert days.case(opened).expected_at == at("04-20T12:00")


def promised(days: Days, opened: Plan, when: datetime, *, telling: bool = False, to: Addressee | None = None) -> Plan:
    return plan_promise(
        days.again(opened), when, "No paint", ALICE, days.policy, days.context(), to=to, telling=telling
    )


def test_a_citizen_is_told_of_a_new_date_with_its_reason() -> None:
    days = Days(policy())
    opened = days.open()
    days.reroute(opened, "depot")

    plan = promised(days, opened, at("04-20T12:00"), telling=True, to=days.addressee(opened))

    (words,) = [content.body for content in plan.contents if content.kind == "message"]
    assert b"By Monday 20 April 2026, 12pm. No paint" in words
    assert [event.told for event in events_of(plan) if isinstance(event, PromiseChanged)] == [True]


def test_where_nothing_goes_out_by_itself_a_person_is_asked_to_tell() -> None:
    days = Days(policy())
    opened = days.open()  # of a service that answers nobody by itself

    plan = promised(days, opened, at("04-20T12:00"), telling=True, to=days.addressee(opened))

    assert plan.messages == ()
    assert plan.case is not None
    assert UNTOLD in plan.case.flags


@pytest.mark.parametrize(
    ("when", "reason", "by", "error"),
    [
        (MONDAY, "No paint", ALICE, RequestError),
        (datetime(2026, 4, 20, 12, 0), "No paint", ALICE, RequestError),  # noqa: DTZ001 — without a zone on purpose
        (MONDAY + timedelta(days=9), " ", ALICE, RequestError),
        (MONDAY + timedelta(days=9), "No paint", Actor(kind="citizen", id="p1"), RequestError),
    ],
)
def test_a_promise_needs_a_future_a_reason_and_a_worker(
    when: datetime, reason: str, by: Actor, error: type[OnestopError]
) -> None:
    days = Days(policy())
    opened = days.open()

    with pytest.raises(error):
        plan_promise(days.again(opened), when, reason, by, days.policy, days.context(), to=None, telling=False)


def test_telling_without_a_template_is_refused() -> None:
    without = document()
    del without["templates"]["delayed"]
    days = Days(compile_policy(without))
    opened = days.open()

    with pytest.raises(NotFoundError):
        promised(days, opened, at("04-20T12:00"), telling=True)


# -- whatever happens --------------------------------------------------------------------------------------------------

STEPS = [
    {"target": "resolve", "at": "80%", "flag": "due_soon"},
    {"target": "resolve", "at": "breach", "priority": "high", "reassign": "depot"},
    {"target": "resolve", "at": "after 1 working day", "reassign": "street", "flag": "very_late"},
    {"target": "promise", "at": "breach", "tell": "delayed"},
]
POLICY = policy(escalate=STEPS)
MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("start_work", "wait_for_citizen", "wait_for_partner", "resume", "resolve", "reopen", "close"),
                *("reroute", "flag", "promise", "run", "old timer"),
            ]
        ),
        st.integers(min_value=-3, max_value=60),
    ),
    max_size=14,
)


def move(days: Days, opened: Plan, what: str, old: list[TimerRow]) -> None:
    case = days.again(opened)
    if what == "run":
        days.run(days.addressee(opened))
    elif what == "old timer":
        for timer in old:
            days.fire(timer)
    elif what == "reroute":
        days.reroute(opened, "street" if case.case.service == "depot" else "depot")
    elif what == "flag":
        days.save(plan_flags(case, [f"n{case.case.version}"], [], ALICE, days.policy, days.context()))
    elif what == "promise":
        days.save(promised(days, opened, days.now + timedelta(days=2)))
    else:
        days.save(plan_action(case, what, {}, ALICE, days.policy, days.context()))


@settings(max_examples=60, deadline=None)
@given(MOVES)
def test_whatever_happens_the_events_make_the_row_and_every_clock_is_right(moves: list[tuple[str, int]]) -> None:
    days = Days(POLICY)
    opened = days.open()
    old = list(days.timers)
    for what, hours in moves:
        days.later(hours=hours)
        try:
            move(days, opened, what, old)
        except OnestopError:
            continue
        old = [*old, *days.timers][-20:]

        case = days.case(opened)
        assert rebuild(days.events(opened)) == case
        for target in case.targets:
            assert target.due_at >= target.started_at
            assert target.met_at is None or target.paused_at is None
            assert len(set(target.escalated)) == len(target.escalated)
        met = {target.name for target in case.targets if target.met_at}
        running = [t.due_at for t in case.targets if t.name not in met and t.paused_at is None]
        ended = case.state_type in ("resolved", "closed")
        assert case.target_at == (None if ended else min(running, default=None))
    assert_once(days.events(opened))


def assert_once(events: list[Event]) -> None:
    """A step is taken at most once for each set of targets, and nothing that was met is breached."""
    taken: set[tuple[str, str]] = set()
    reassigned: list[str] = []
    for event in events:
        if event.type == "rerouted" or (
            isinstance(event, TargetsChanged) and event.because not in ("paused", "resumed")
        ):
            taken = {each for each in taken if each[0] == "promise"}
        if isinstance(event, PromiseChanged) and event.because not in ("paused", "resumed"):
            taken = {each for each in taken if each[0] != "promise"}
        if event.type == "rerouted" and event.rule == "escalated":
            reassigned.append(event.service)
        if isinstance(event, Escalated):
            assert (event.target, event.step) not in taken
            taken.add((event.target, event.step))
    assert len(reassigned) == len(set(reassigned))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 200)), max_size=6),
    st.sampled_from(["6 working hours", "30 working hours", "40 hours", "90 minutes"]),
)
def test_the_time_that_was_not_paused_until_the_deadline_is_what_the_standard_gives(
    pauses: list[tuple[int, int]], within: str
) -> None:
    days = Days(policy(targets={"resolve": within}))
    opened = days.open()
    for before, lasting in pauses:
        days.later(hours=before)
        try:
            days.act(opened, "wait_for_citizen")
            days.later(hours=lasting)
            days.act(opened, "resume")
        except OnestopError:
            continue

    case = days.case(opened)
    target, office = case.target("resolve"), days.policy.calendars["office"]
    assert target is not None
    duration = Duration.parse(within)

    def worked(start: datetime, end: datetime) -> timedelta:
        if end <= start:
            return timedelta()
        return office.working_time(start, end) if "working" in within else end - start

    paused = sum((worked(wait.since, min(wait.until, target.due_at)) for wait in case.waits if wait.until), timedelta())
    unit = timedelta(minutes=1) if "minutes" in within else timedelta(hours=1)
    assert worked(target.started_at, target.due_at) - paused == duration.amount * unit


def test_a_breach_is_noted_once_and_never_of_what_was_met() -> None:
    days = Days(policy(escalate=[{"target": "resolve", "at": "breach"}, {"target": "acknowledge", "at": "breach"}]))
    opened = days.open()
    days.save(reply(days, opened, days.addressee(opened).party, "We have it"))
    days.now = at("04-02T09:00")

    happened = days.run()

    assert [event.name for event in happened if isinstance(event, TargetBreached)] == ["resolve"]
    assert days.case(opened).target("resolve").breached_at == at("04-02T09:00")  # type: ignore[union-attr]  # it has one
    assert REASSIGNED not in days.case(opened).flags
