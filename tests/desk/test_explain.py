"""Why a case is where it is: what is printed is what somebody with a calendar and the policy would write by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from onestop import Actor, Desk, OnestopError, Policy, load_policy, open_store
from onestop.core.contact import Urn
from onestop.core.enquiry import Enquiry
from onestop.core.events import TargetsChanged
from onestop.core.rules import Outvoted, RuleUse
from onestop.core.targets import CaseTarget
from onestop.desk.explain import Explanation, explain
from onestop.desk.explain_data import Leg, Taken
from onestop.desk.explain_words import held_words, unmet_words, use_words
from onestop.desk.past import KeptPolicies
from onestop.policy import compile_policy
from onestop.replay import load_day, replay
from onestop.stores import Store
from onestop.testing.stores.bench import Bench
from onestop.testing.strategies import enquiries, policies

from .mermaid import decoded, read
from .payloads import Clock, Payloads

NORTHPORT = Path(__file__).parents[2] / "examples" / "northport"
PEOPLE = st.sampled_from([None, Urn("tel:+447700900101"), Urn("mailto:Jo@example.org")])
LATE = datetime(2026, 4, 20, tzinfo=UTC)  # when timers are run again
SECRET = "Xylophone"


class Northport:
    """Northport before anything was overdue, and the references of its cases by the payloads that opened them."""

    def __init__(self, store: Store) -> None:
        self.policy = load_policy(NORTHPORT / "policy")
        day = load_day(NORTHPORT / "day")
        early = replace(day, steps=tuple(step for step in day.steps if step.at < LATE))
        done = replay(early, store=store, policy=self.policy)
        self.opened = {
            Path(played.step.file or "").stem: receipt.reference
            for played in done.steps
            for receipt in played.receipts[:1]
            if receipt.outcome == "opened"
        }
        self.desk = Desk(store, self.policy, clock=lambda: datetime(2026, 4, 4, 12, 0, tzinfo=UTC))

    def explain(self, payload: str) -> Explanation:
        """Give why the case that a payload opened is where it is."""
        return self.desk.explain(self.opened[payload] or "")


@pytest.fixture(scope="module")
def northport() -> Iterator[Northport]:
    store = open_store("sqlite://")
    yield Northport(store)
    store.close()


def section(text: str, title: str) -> list[str]:
    """Give the lines below a title, as far as they stand further in."""
    lines = text.split("\n")
    below = lines[lines.index(f"{title}:") + 1 :]
    return [line.removeprefix("  ") for line in below[: below.index("") if "" in below else None]]


def answer(text: str) -> dict[str, str]:
    """Give the answer's lines by their names; of several of one name the last."""
    block = text.split("\n\n")[1]
    return {line[2:12].strip(): line[12:] for line in block.split("\n")}


# -- the three of the example council ----------------------------------------------------------------------------------


def test_the_pothole_outside_the_docks_is_the_countys(northport: Northport) -> None:
    explanation = northport.explain("170-pothole-outside-the-docks")

    text = explanation.text()
    assert text.startswith(f"{explanation.case.reference} is at potholes, new, priority ")
    assert answer(text)["service"] == "Potholes, named by the rule chosen-potholes"
    assert answer(text)["provider"] == "Rivershire Highways"
    # 3 March is day 0. Wed to Fri are 3, then three weeks of 5 make 18, Mon and Tue 20; the clocks went on on 29 March.
    assert section(text, "deadlines") == [
        "inspect: within 2 working days in the calendar office",
        "  received: Tue 3 Mar 2026 11:42",
        "  Wed 4 Mar 2026 to Thu 5 Mar 2026: 2 working days",
        "  deadline: Thu 5 Mar 2026 17:00",
        "  missed",
        "resolve: within 20 working days in the calendar office",
        "  received: Tue 3 Mar 2026 11:42",
        "  Wed 4 Mar 2026 to Fri 6 Mar 2026: 3 working days",
        "  Sat 7 Mar 2026 to Sun 8 Mar 2026: not counted, weekend",
        "  Mon 9 Mar 2026 to Fri 13 Mar 2026: 5 working days",
        "  Sat 14 Mar 2026 to Sun 15 Mar 2026: not counted, weekend",
        "  Mon 16 Mar 2026 to Fri 20 Mar 2026: 5 working days",
        "  Sat 21 Mar 2026 to Sun 22 Mar 2026: not counted, weekend",
        "  Mon 23 Mar 2026 to Fri 27 Mar 2026: 5 working days",
        "  Sat 28 Mar 2026 to Sun 29 Mar 2026: not counted, weekend",
        "  Mon 30 Mar 2026 to Tue 31 Mar 2026: 2 working days",
        "  deadline: Tue 31 Mar 2026 17:00",
        "  missed",
    ]
    assert section(text, "what the citizen was promised") == [
        "Tue 3 Mar 2026 11:42 GMT: by Tue 31 Mar 2026 17:00 BST (16:00 UTC), when the case was opened"
    ]


def test_the_pothole_inside_them_is_the_port_authoritys_and_it_says_why(northport: Northport) -> None:
    text = northport.explain("133-form-photo-with-place").text()

    assert (
        answer(text)["provider"]
        == "Northport Port Authority, not Rivershire Highways: the place is in docks/north-dock"
    )
    assert "docks/north-dock" in answer(text)["place"]
    assert "    chosen-potholes (band chosen): the citizen chose potholes" in text.split("\n")


def test_an_offensive_slogan_on_easter_saturday_is_due_on_the_monday_that_is_a_working_day_of_the_crew(
    northport: Northport,
) -> None:
    explanation = northport.explain("190-slogan-at-easter")

    text = explanation.text()
    assert answer(text)["service"] == "Graffiti, named by the rule offensive-graffiti-chosen"
    assert answer(text)["due"] == "resolve: Mon 6 Apr 2026 18:00 BST (17:00 UTC)"
    assert answer(text)["flags"] == "offensive"
    # The depot's calendar has no bank holidays: it is open on Easter Monday until 18:00, and closed on Sundays.
    assert section(text, "deadlines") == [
        "resolve: within 1 working day in the calendar depot, since it is flagged offensive",
        "  received: Sat 4 Apr 2026 09:40",
        "  Sun 5 Apr 2026: not counted, weekend",
        "  Mon 6 Apr 2026: 1 working day",
        "  deadline: Mon 6 Apr 2026 18:00",
        "  not met yet",
    ]
    assert section(text, "priority") == [
        "high: by the rule offensive-graffiti-chosen, Sat 4 Apr 2026 09:40 BST (08:40 UTC)"
    ]
    assert section(text, "flags") == [
        "offensive: by the rule offensive-graffiti-chosen, Sat 4 Apr 2026 09:40 BST (08:40 UTC)"
    ]


def test_a_message_about_two_things_says_what_the_other_is_and_skips_the_bank_holidays(northport: Northport) -> None:
    explanation = northport.explain("150-two-things")

    text = explanation.text()
    (tie,) = explanation.links
    assert answer(text)["linked"] == f"beside {tie.reference}, at missed-bin, new"
    assert section(text, "linked cases") == [
        f"related {tie.reference}, at missed-bin, new, since Wed 11 Mar 2026 09:00 GMT, opened from the same enquiry"
        " by the rule bin-words: a word of the list bin-words is there"
    ]
    assert (
        "  about missed-bin, too, which its writer told apart, since bin-words (band topic):"
        " a word of the list bin-words is there"
    ) in text.split("\n")
    # 2 + 5 + 5 + 4 working days to Maundy Thursday, then Good Friday and Easter Monday are none, and 4 are left.
    assert section(text, "deadlines")[-7:] == [
        "  Mon 30 Mar 2026 to Thu 2 Apr 2026: 4 working days",
        "  Fri 3 Apr 2026: not counted, bank holiday: Good Friday",
        "  Sat 4 Apr 2026 to Sun 5 Apr 2026: not counted, weekend",
        "  Mon 6 Apr 2026: not counted, bank holiday: Easter Monday",
        "  Tue 7 Apr 2026 to Fri 10 Apr 2026: 4 working days",
        "  deadline: Fri 10 Apr 2026 16:30",
        "  not met yet",
    ]


def test_the_other_case_of_it_says_which_case_it_was_opened_beside(northport: Northport) -> None:
    (tie,) = northport.explain("150-two-things").links

    other = northport.desk.explain(tie.reference).text()

    assert "  case: it came to another case, and this is another matter that it is about [split]" in other.split("\n")
    (line,) = section(other, "linked cases")
    assert line.endswith("since Wed 11 Mar 2026 09:00 GMT, opened from the same enquiry")


def test_a_flag_says_what_was_noted_beside_its_words_and_who_sees_it(
    northport: Northport, make_desk: Callable[..., Desk], payloads: Payloads
) -> None:
    desk = make_desk(policy=northport.policy)
    reference = desk.receive(*payloads.text("There was a smell of gas in our street last year"))[0].reference

    text = desk.explain(str(reference)).text()

    words = "a word of the list smell-of-gas is there (smell-of-gas: of the past)"
    assert section(text, "flags") == [
        "emergency (Danger to life or property): by the rules flag:smell-of-gas, gas, Mon 2 Mar 2026 09:00 GMT",
        f"  flag:smell-of-gas: {words}",
        f"  gas: {words}",
        "  seen by Duty officer",
    ]
    assert answer(text)["seen by"] == "Duty officer"
    assert "  told at once: the words of the template gas-advice" in text.split("\n")


def test_every_case_of_the_day_has_its_arithmetic_and_a_diagram(northport: Northport) -> None:
    for case in northport.desk.cases(set_aside=None):
        explanation = northport.desk.explain(case.reference)
        ends = [target.steps[-1].at for target in explanation.targets]

        assert ends == [target.due_at for target in explanation.targets]
        assert read(explanation.mermaid()).names
        assert Explanation.model_validate_json(explanation.model_dump_json()) == explanation


# -- how it stands, and how that came ----------------------------------------------------------------------------------


@pytest.fixture
def waiting(desk: Desk, payloads: Payloads, clock: Clock, alice: Actor) -> str:
    """A pothole, 120 hours from Monday at nine; it waits from Tuesday at nine until Wednesday at noon."""
    reference = desk.receive(*payloads.text("A pothole"))[0].reference
    assert reference is not None
    clock.pass_time(hours=24)
    desk.act(reference, "wait_for_citizen", by=alice)
    clock.pass_time(hours=27)
    desk.act(reference, "resume", by=alice)
    return reference


def test_a_wait_is_counted_out_step_by_step(desk: Desk, waiting: str) -> None:
    text = desk.explain(waiting).text()

    # 120 hours from Monday at 09:00 are Saturday at 09:00; 27 hours later is Sunday at noon.
    assert section(text, "deadlines") == [
        "resolve: within 120 hours in the calendar always",
        "  received: Mon 2 Mar 2026 09:00",
        "  deadline: Sat 7 Mar 2026 09:00",
        "  paused: Tue 3 Mar 2026 09:00",
        "  resumed: Wed 4 Mar 2026 12:00",
        "  left: 96 h",
        "  deadline: Sun 8 Mar 2026 12:00",
        "  waited on the citizen from Tue 3 Mar 2026 09:00 GMT until Wed 4 Mar 2026 12:00 GMT",
        "  not met yet",
    ]
    assert section(text, "how the deadlines changed") == [
        "Tue 3 Mar 2026 09:00 GMT: resolve: its clock stands still, since we wait — worker:alice",
        "Wed 4 Mar 2026 12:00 GMT: resolve: Sun 8 Mar 2026 12:00 GMT, was Sat 7 Mar 2026 09:00 GMT,"
        " since the wait is over — worker:alice",
    ]
    assert section(text, "what the citizen was promised") == [
        "Mon 2 Mar 2026 09:00 GMT: by Sat 7 Mar 2026 09:00 GMT, when the case was opened",
        "Tue 3 Mar 2026 09:00 GMT: no date any more, since we wait; no message of its own told them — worker:alice",
        "Wed 4 Mar 2026 12:00 GMT: by Sun 8 Mar 2026 12:00 GMT, since the wait is over;"
        " no message of its own told them — worker:alice",
    ]


def test_what_was_met_says_when_and_by_what(desk: Desk, waiting: str, clock: Clock, alice: Actor) -> None:
    clock.pass_time(hours=1)
    desk.act(waiting, "resolve", by=alice)

    (target,) = desk.explain(waiting).targets

    assert (target.state, target.met_by, target.met_at) == ("met", "resolve", clock.now)
    assert "met Wed 4 Mar 2026 13:00 GMT by resolve" in desk.explain(waiting).text()


def test_what_is_over_is_missed_though_nobody_noted_it(desk: Desk, waiting: str, clock: Clock) -> None:
    before = desk.explain(waiting).targets[0].state
    clock.pass_time(days=30)

    assert (before, desk.explain(waiting).targets[0].state) == ("runs", "missed")


def test_a_date_that_a_person_promised_says_who_and_that_the_citizen_was_told(
    desk: Desk, waiting: str, clock: Clock, alice: Actor
) -> None:
    desk.promise(waiting, expected_at=datetime(2026, 3, 13, 17, 0, tzinfo=UTC), reason="Rain", by=alice, tell=False)

    text = desk.explain(waiting).text()

    assert answer(text)["promised"] == "Fri 13 Mar 2026 17:00 GMT, by a person"
    assert section(text, "what the citizen was promised")[-1] == (
        "Wed 4 Mar 2026 12:00 GMT: by Fri 13 Mar 2026 17:00 GMT, since a person said so;"
        " no message of its own told them — worker:alice"
    )
    assert "Rain" not in text


# -- under another policy ----------------------------------------------------------------------------------------------


def other_policy(**changes: Any) -> Policy:
    """Give a policy with services of the same names, and another standard."""
    return compile_policy(
        {
            "council": {"schema": 1, "name": "Saltmarsh", "reference_prefix": "SM", "fallback_service": "triage"},
            "providers": {"providers": {"team": {"name": "Team", "kind": "team"}}},
            "services": {
                "services": {
                    name: {"name": name, "provider": "team"} for name in ("triage", "graffiti", "potholes", "mail-room")
                }
            },
            "rules": {"bands": ["topic"], "rules": []},
            "templates": {"acknowledgement": {"subject": "Yours", "text": "Thank you. {{ reference }}"}},
            **changes,
        }
    )


def test_arithmetic_is_shown_as_the_policy_counted_that_set_the_deadline(
    make_desk: Callable[..., Desk], desk: Desk, waiting: str, policy: Policy
) -> None:
    later = make_desk(policy=other_policy())

    (target,) = later.explain(waiting).targets

    assert (target.policy, target.policy_state) == (policy.hash, "kept")
    assert [step.said for step in target.steps] == [step.said for step in desk.explain(waiting).targets[0].steps]
    assert "which the desk no longer uses" in later.explain(waiting).text()


@pytest.mark.parametrize(
    ("source", "state", "said"),
    [
        (None, "missing", "is not in this store"),
        (b'{"council": 7}', "unreadable", "no longer understands"),
    ],
)
def test_a_policy_that_is_gone_is_said_to_be_gone(
    desk: Desk, waiting: str, policy: Policy, clock: Clock, source: bytes | None, state: str, said: str
) -> None:
    events = desk.case(waiting).events()
    elsewhere = open_store("sqlite://")
    if source is not None:
        with elsewhere.write() as tx:
            tx.remember_policy(policy.hash, source, clock())

    with elsewhere.read() as reader:
        explanation = explain(events, KeptPolicies(other_policy(), reader), reader, clock())

    elsewhere.close()
    (target,) = explanation.targets
    assert (target.policy_state, target.steps, target.due_at) == (state, (), datetime(2026, 3, 8, 12, tzinfo=UTC))
    assert said in explanation.text()


def later(target: CaseTarget) -> CaseTarget:
    """Give a target that is due an hour later than anybody counted."""
    return target.model_copy(update={"due_at": target.due_at + timedelta(hours=1)})


def test_steps_that_would_lead_elsewhere_are_left_out(desk: Desk, waiting: str, clock: Clock, store: Store) -> None:
    events = list(desk.case(waiting).events())
    moved = [
        event.model_copy(update={"targets": tuple(map(later, event.targets))})
        if isinstance(event, TargetsChanged)
        else event
        for event in events
    ]

    with store.read() as reader:
        explanation = explain(moved, KeptPolicies(desk.policy, reader), reader, clock())

    (target,) = explanation.targets
    assert (target.differs, target.steps) == (True, ())
    assert "counted again it would be another" in explanation.text()


# -- words for codes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("words.any", "none of its words is there"),
        ("area:unknown", "nobody knows whether the place is in its areas"),
        ("place.owner:unknown", "no map says what the owner is"),
        ("place.road_class", "the maps say that the road class is another"),
        ("answers.size", "the question size was not answered so"),
        ("after gas", "gas came first"),
        ("of_a_later_release", "of_a_later_release"),
    ],
)
def test_why_a_rule_was_not_used_is_said_in_words(code: str, said: str) -> None:
    assert unmet_words(code) == said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("words.phrase[0]", "its phrase number 1 is there"),
        ("area=wards/E1 also wards/E2 wards/E3", "the place is in wards/E1, on its border with wards/E2, wards/E3"),
        ("postcode=NP1 2", "the postcode begins with NP1 2"),
        ("recorded_language=cy", "the language recorded of its sender is cy"),
        ("of_a_later_release", "of_a_later_release"),
    ],
)
def test_what_held_is_said_in_words(code: str, said: str) -> None:
    assert held_words(code) == said


def test_every_reason_that_the_day_gave_has_words(northport: Northport) -> None:
    decisions = [
        arrival.decision
        for case in northport.desk.cases(set_aside=None)
        for arrival in northport.desk.explain(case.reference).arrivals
        if arrival.decision
    ]
    outvoted: set[Outvoted] = {each for decision in decisions for each in decision.outvoted}
    used: set[RuleUse] = {each for decision in decisions for each in decision.used}

    assert [each.because for each in outvoted if unmet_words(each.because) == each.because] == []
    assert [fact for each in used for fact in each.facts if held_words(fact) == fact] == []
    assert all(use_words(each) for each in used)


# -- lines, for people -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 120])
def test_lines_fit_a_width_and_say_the_same(northport: Northport, width: int) -> None:
    explanation = northport.explain("150-two-things")

    lines = explanation.text(width).split("\n")

    assert max(map(len, lines)) <= width
    assert explanation.text(width).split() == explanation.text().split()


# -- the way through the lifecycle -------------------------------------------------------------------------------------


def test_the_way_is_numbered_with_time_and_kind_of_actor(desk: Desk, waiting: str) -> None:
    diagram = read(desk.explain(waiting).mermaid())

    taken = [arrow for arrow in diagram.named() if arrow[2][:1].isdigit()]
    assert taken == [
        ("[*]", "new", "1. opened, 2 Mar 2026 09.00, system"),
        ("new", "waiting_on_citizen", "2. wait_for_citizen, 3 Mar 2026 09.00, worker"),
        ("waiting_on_citizen", "in_progress", "3. resume, 4 Mar 2026 12.00, worker"),
    ]
    assert [diagram.names[state] for state, style in diagram.styled.items() if style == "now"] == ["in_progress"]
    assert set(diagram.names.values()) == set(desk.policy.lifecycle("potholes").data.states)
    assert "alice" not in desk.explain(waiting).mermaid()


def test_a_case_that_was_sent_on_has_a_composite_for_each_lifecycle(
    desk: Desk, waiting: str, alice: Actor, clock: Clock
) -> None:
    clock.pass_time(hours=1)
    desk.reroute(waiting, service="graffiti", by=alice, reason="Paint")

    diagram = read(desk.explain(waiting).mermaid())

    assert [diagram.names[composite] for composite in diagram.composites] == [
        "potholes (lifecycle default)",
        "graffiti (lifecycle cleaning)",
    ]
    assert diagram.arrows[-1][:2] == ("leg1", "leg2")
    assert diagram.arrows[-1][2] == "4. sent on from potholes to graffiti, 4 Mar 2026 13.00, worker"


HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(lambda text: text.strip())


@settings(max_examples=60, deadline=None)
@given(states=st.lists(HOSTILE, min_size=2, max_size=4, unique_by=str.strip), action=HOSTILE)
def test_whatever_states_and_actions_are_called_the_diagram_is_one(states: list[str], action: str) -> None:
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    steps = [
        Taken(number=1, at=at, by="system", action="opened", state=states[0]),
        Taken(number=2, at=at, by="worker", action=action, source=states[0], state=states[1]),
    ]
    leg = Leg(
        lifecycle="x",
        service="y",
        states={name: "closed" if name == states[-1] else "open" for name in states},
        edges=((states[0], states[1], action), (states[1], states[0], action)),
        taken=tuple(steps),
    )

    diagram = read(drawn(leg, states[1]))

    assert list(diagram.names.values()) == [state.strip() for state in states]
    assert diagram.arrows[1][2] == f"2. {action.strip()}, 2 Mar 2026 09.00, worker"


@pytest.mark.parametrize(
    "name", ["end note", 'a"b', "x: y; z", "#59;", "stateDiagram-v2", "[*]", "a --> b", "<b>", "%%"]
)
def test_what_mermaid_would_read_as_its_own_is_written_as_an_entity(name: str) -> None:
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    taken = (Taken(number=1, at=at, by="system", action=name, state=name),)

    diagram = read(drawn(Leg(lifecycle="x", service="y", states={name: "new"}, taken=taken), name))

    assert diagram.names == {"s1_1": name}
    assert decoded("#35;59#59;") == "#59;"


def drawn(leg: Leg, state: str) -> str:
    """Give the diagram of a case whose way was this leg."""
    bench = Bench(open_store("sqlite://"))
    case = bench.open("A pothole").model_copy(update={"state": state})
    desk = Desk(bench.store, bench.policy, {})
    explanation = desk.explain(case.reference).model_copy(update={"case": case, "way": (leg,)})
    bench.store.close()
    return explanation.mermaid()


# -- anything that can happen ------------------------------------------------------------------------------------------

DOINGS = st.lists(
    st.tuples(st.sampled_from(["act", "reroute", "flag", "link", "merge"]), st.integers(0, 9), st.integers(0, 9)),
    max_size=6,
)


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(policy=policies(), later=policies(), day=st.lists(enquiries(PEOPLE), min_size=1, max_size=4), doings=DOINGS)
def test_any_case_of_any_day_is_explained_without_a_word_of_the_citizens(
    policy: Policy, later: Policy, day: list[Enquiry], doings: list[tuple[str, int, int]]
) -> None:
    bench = Bench(open_store("sqlite://"))
    bench.policy = policy
    for enquiry in day:
        bench.now = max(bench.now, enquiry.received_at)
        with bench.store.write() as tx:
            secret = {"text": f"{enquiry.text} {SECRET}", "subject": SECRET, "sender_name": SECRET}
            if (plan := bench.plan(tx, enquiry.model_copy(update=secret))).outcome != "repeat":
                tx.save(plan)
    desk = Desk(bench.store, policy, {}, clock=lambda: bench.pass_time(minutes=1))
    for what, one, other in doings:
        with suppress(OnestopError):
            do(desk, what, one, other)

    for current in (policy, later):
        desk = Desk(bench.store, current, {}, clock=lambda: bench.pass_time(minutes=1))
        for case in desk.cases(set_aside=None):
            explanation = desk.explain(case.reference)
            everything = explanation.text(80) + explanation.mermaid() + explanation.model_dump_json()
            read(explanation.mermaid())

            assert (explanation.case.id, explanation.case.version) == (case.id, case.version)
            assert SECRET not in everything
            assert "7700900" not in everything
            assert "example.org" not in everything
    bench.store.close()


def do(desk: Desk, what: str, one: int, other: int) -> None:
    """Do one of the things that people do to cases."""
    cases = list(desk.cases(set_aside=None))
    case, second = cases[one % len(cases)].reference, cases[other % len(cases)].reference
    by = Actor(kind="worker", id="alice")
    match what:
        case "act":
            if actions := desk.case(case).actions(by=by):
                desk.act(case, actions[other % len(actions)], by=by, assignee="bob", until=desk_time(desk))
        case "reroute":
            services = list(desk.policy.directory.services)
            desk.reroute(case, service=services[other % len(services)], by=by, reason=SECRET)
        case "flag":
            desk.flag(case, add=["rude"], by=by)
        case "link":
            desk.link(case, second, kind="related", by=by)
        case "merge":
            desk.merge(case, into=second, by=by)


def desk_time(desk: Desk) -> datetime:
    """Give a moment that lies ahead."""
    return max(case.updated_at for case in desk.cases(set_aside=None)) + timedelta(days=9)
