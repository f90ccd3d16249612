"""Links, merges and splits: what each does to both cases, what it refuses, and that undoing it gives the case back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.actions import plan_flags, plan_note
from onestop.core.actor import Actor
from onestop.core.case import MATCH_REVIEW, Case, rebuild
from onestop.core.events import BY_HAND, GENESIS, CaseLinked, EnquiryReceived, StateRestored, chain
from onestop.core.linking import History, open_children, plan_link, plan_unlink
from onestop.core.merging import WRITTEN_ELSEWHERE, closed_for, plan_unmerge, plan_unsplit
from onestop.core.nuisance import SET_ASIDE
from onestop.core.plan import CaseFacts, Plan
from onestop.core.policy import Policy
from onestop.core.splitting import Source, plan_split
from onestop.errors import ActionError, NotFoundError, RequestError

from .world import ALICE, World, reply

PAINTER = Actor(kind="provider", id="paint-ltd")
CITIZEN = Actor(kind="citizen", id="p1")
KINDS = ("related", "duplicate", "separate", "parent", "child")
# What tells how often a case was changed, and when: the only parts of its row that an undone change may leave.
TRACES = {"version", "updated_at", "state_version", "escalation", "promise", "targets"}


@pytest.fixture
def bin_(world: World) -> CaseFacts:
    return world.again(world.receive("My bin was missed"))


@pytest.fixture
def hole(world: World) -> CaseFacts:
    return world.again(world.receive("A hole in the road", sender="tel:07700900002"))


def history(world: World, case: CaseFacts | Plan) -> History:
    return History(world.again(case), world.events(case))


def row(case: Case) -> dict[str, Any]:
    return case.model_dump(exclude=TRACES)


def link(world: World, one: CaseFacts, other: CaseFacts, kind: Any = "related", by: Actor = ALICE) -> Plan:
    return world.save(plan_link(world.again(one), world.again(other), kind, by, world.context()))


def unlink(world: World, one: CaseFacts, other: CaseFacts, kind: Any = None, by: Actor = ALICE) -> Plan:
    plan = plan_unlink(history(world, one), history(world, other), kind, by, world.context())
    return world.save(plan)


def unmerge(world: World, case: CaseFacts, by: Actor = ALICE) -> Plan:
    survivor = world.facts[closed_for(world.again(case).case)]
    plan = plan_unmerge(history(world, case), history(world, survivor), by, world.policy, world.context())
    return world.save(plan)


def source(world: World, case: CaseFacts) -> Source:
    """Give the last enquiry of a case, with who sent it."""
    received = [event for event in world.events(case) if isinstance(event, EnquiryReceived)][-1]
    alias, body = world.enquiries[case.case.id, received.enquiry]
    enquiry = world.enquiry().model_validate_json(body)
    return Source(received.enquiry, enquiry, world.rows[alias])


def split(world: World, case: CaseFacts, service: str = "holes", by: Actor = ALICE, **how: Any) -> CaseFacts:
    plan = plan_split(world.again(case), source(world, case), service, by, world.policy, world.context(), **how)
    return world.again(world.save(plan))


def unsplit(world: World, case: CaseFacts, by: Actor = ALICE) -> Plan:
    origin = world.facts[case.case.origin or ""]
    return world.save(plan_unsplit(history(world, case), history(world, origin), by, world.policy, world.context()))


def everything_holds(world: World) -> None:
    """Every chain verifies, and every case is what its events make of it."""
    for facts in world.facts.values():
        head = GENESIS
        for data in world.stored[facts.case.id]:
            head = chain(head, data)
        assert head == facts.head
        assert rebuild(world.events(facts)) == facts.case


# -- links -------------------------------------------------------------------------------------------------------------


def test_linking_what_is_linked_like_this_changes_nothing(world: World, bin_: CaseFacts, hole: CaseFacts) -> None:
    link(world, bin_, hole)

    plan = plan_link(world.again(bin_), world.again(hole), "related", ALICE, world.context())

    assert plan.changes == ()


@pytest.mark.parametrize("kind", KINDS)
def test_unlinking_gives_both_cases_back(world: World, bin_: CaseFacts, hole: CaseFacts, kind: str) -> None:
    link(world, bin_, hole, kind)

    unlink(world.later(hours=1), bin_, hole)

    assert row(world.again(bin_).case) == row(bin_.case)
    assert row(world.again(hole).case) == row(hole.case)
    everything_holds(world)


def test_an_unlinked_case_is_a_candidate_again_and_a_person_looks(world: World, hole: CaseFacts) -> None:
    second = world.again(world.later(hours=1).receive("Another hole", sender="tel:07700900002"))
    assert [candidate.case for candidate in second.case.candidates] == [hole.case.id]
    link(world, second, hole, "separate")
    assert MATCH_REVIEW not in world.again(second).case.flags

    unlink(world, second, hole)

    assert row(world.again(second).case) == row(second.case)


def test_of_several_links_the_one_that_is_meant_is_named(world: World, bin_: CaseFacts, hole: CaseFacts) -> None:
    link(world, bin_, hole, "related")
    link(world, bin_, hole, "parent")

    with pytest.raises(RequestError, match="related, parent"):
        unlink(world, bin_, hole)
    unlink(world, bin_, hole, "related")

    assert [each.kind for each in world.again(bin_).case.links] == ["parent"]
    assert [each.kind for each in world.again(hole).case.links] == ["child"]


def test_a_link_that_is_not_there_and_one_in_force_cannot_be_undone(
    world: World, bin_: CaseFacts, hole: CaseFacts
) -> None:
    with pytest.raises(RequestError, match="not linked"):
        unlink(world, bin_, hole)
    world.merge(bin_, hole)

    for one, other in ((bin_, hole), (hole, bin_)):
        with pytest.raises(RequestError, match="closed in favour"):
            unlink(world, one, other)


@pytest.mark.parametrize("by", [PAINTER, CITIZEN], ids=str)
@pytest.mark.parametrize("do", [link, unlink])
def test_only_workers_and_the_system_link_and_unlink(
    world: World, bin_: CaseFacts, hole: CaseFacts, do: Callable[..., Plan], by: Actor
) -> None:
    with pytest.raises(RequestError, match="only a worker"):
        do(world, bin_, hole, by=by)


# -- merging -----------------------------------------------------------------------------------------------------------


def test_an_emergency_does_not_end_behind_a_merge(world: World, bin_: CaseFacts) -> None:
    gas = world.again(world.receive("A smell of gas", sender="tel:07700900003"))

    world.merge(gas, bin_)

    survivor = world.again(bin_).case
    assert ("emergency" in survivor.flags, survivor.priority) == (True, "urgent")


@pytest.mark.parametrize("action", ["merge", "duplicate"])
def test_what_a_merge_brought_goes_with_it_and_nothing_else_does(world: World, bin_: CaseFacts, action: str) -> None:
    gas = world.again(world.receive("Missed bin", sender="tel:07700900003"))
    world.save(plan_flags(gas, ["emergency", "road"], [], ALICE, world.policy, world.context()))
    world.act(gas, action, other=bin_, into=bin_.case.reference)
    survivor = world.again(bin_)
    assert {"emergency", "road"} <= set(survivor.case.flags)
    world.receive(
        "And a hole", thread=reply(token=survivor.case.reference), received_at=world.later(hours=2).now
    )  # it raises `road` by itself

    unmerge(world, gas)

    assert "emergency" not in world.again(bin_).case.flags
    assert "road" in world.again(bin_).case.flags
    assert {"emergency", "road"} <= set(world.again(gas).case.flags)
    everything_holds(world)


def test_flags_that_say_something_of_one_case_alone_stay_with_it(
    world: World, bin_: CaseFacts, hole: CaseFacts
) -> None:
    world.save(plan_flags(bin_, [SET_ASIDE, "spam", MATCH_REVIEW, "late"], [], ALICE, world.policy, world.context()))

    world.merge(bin_, hole)

    assert set(world.again(hole).case.flags) == {*hole.case.flags, "late"}


def test_a_case_that_was_set_aside_is_shown_again_when_one_that_was_not_is_merged_into_it(
    world: World, bin_: CaseFacts, hole: CaseFacts
) -> None:
    world.save(plan_flags(hole, [SET_ASIDE], [], ALICE, world.policy, world.context()))

    world.merge(bin_, hole)

    assert SET_ASIDE not in world.again(hole).case.flags


def test_what_may_not_wait_does_not_end_at_a_closed_case(world: World, bin_: CaseFacts, hole: CaseFacts) -> None:
    world.act(hole, "mend")
    world.save(plan_flags(bin_, ["emergency"], [], ALICE, world.policy, world.context()))

    with pytest.raises(RequestError, match="may not wait"):
        world.merge(bin_, hole)


@pytest.mark.parametrize("action", ["merge", "duplicate"])
@pytest.mark.parametrize("before", [(), ("start_work",), ("start_work", "wait_for_citizen"), ("resolve",)])
def test_undoing_a_merge_puts_both_cases_back_as_they_stood(
    world: World, bin_: CaseFacts, hole: CaseFacts, before: tuple[str, ...], action: str
) -> None:
    for step in before:
        world.later(minutes=5).act(bin_, step)
    was = world.again(bin_).case
    world.later(hours=1).act(bin_, action, other=hole, into=hole.case.reference)

    unmerge(world.later(days=3), bin_)

    assert row(world.again(bin_).case) == row(was)
    assert row(world.again(hole).case) == row(hole.case)
    assert world.again(bin_).case.expected_at == was.expected_at
    assert world.again(bin_).case.target_at == was.target_at
    everything_holds(world)


def test_a_wait_that_a_merge_cut_short_goes_on(world: World, bin_: CaseFacts, hole: CaseFacts) -> None:
    until = "2026-03-09T09:00:00+00:00"
    (first, *_) = world.act(bin_, "wait_until", until=until).timers
    world.merge(bin_, hole)

    plan = unmerge(world, bin_)

    case = world.again(bin_).case
    again = next(timer for timer in plan.timers if timer.kind == first.kind)
    assert (case.state, again.due_at, again.generation) == ("waiting_until", first.due_at, case.state_version)
    assert again.generation != first.generation


def test_what_was_written_to_the_survivor_meanwhile_stays_there_and_is_named(
    world: World, bin_: CaseFacts, hole: CaseFacts
) -> None:
    world.merge(bin_, hole)
    joined = world.receive("Still not emptied", thread=reply(token=bin_.case.reference))
    assert joined.case is not None
    assert joined.case.id == hole.case.id

    unmerge(world, bin_)

    case = world.again(bin_).case
    assert WRITTEN_ELSEWHERE in case.flags
    assert world.events(bin_)[-1].model_dump()["enquiries"] == 1
    assert (case.enquiries, world.again(hole).case.enquiries) == (1, 2)


def test_a_state_that_is_no_longer_there_is_the_first_one(world: World, bin_: CaseFacts, hole: CaseFacts) -> None:
    world.act(bin_, "start_work")
    world.merge(bin_, hole)
    moved = History(world.again(bin_), world.events(bin_))
    lifecycles = {**world.policy.lifecycles, "default": world.policy.lifecycles["roads"]}
    policy = Policy(**{name: getattr(world.policy, name) for name in Policy.__slots__} | {"lifecycles": lifecycles})

    plan = plan_unmerge(moved, history(world, hole), ALICE, policy, world.context())

    restored = next(s.event for s in plan.changes[0].events if isinstance(s.event, StateRestored))
    assert (restored.standing.state, restored.standing.state_type) == ("reported", "new")


def test_a_chain_of_merges_is_undone_from_either_end_and_makes_no_ring(
    world: World, bin_: CaseFacts, hole: CaseFacts
) -> None:
    third = world.again(world.receive("a bin", sender="tel:07700900003"))
    world.merge(bin_, hole)
    world.merge(hole, third)
    with pytest.raises(RequestError, match="merged itself"):
        world.merge(third, bin_)

    unmerge(world, bin_)
    with pytest.raises(RequestError, match="merged itself"):
        world.merge(bin_, hole)
    world.merge(third, bin_)

    assert world.again(hole).case.merged_into == third.case.id
    assert world.again(third).case.merged_into == bin_.case.id
    assert world.again(bin_).case.merged_into is None


@pytest.mark.parametrize("by", [PAINTER, CITIZEN], ids=str)
def test_only_workers_and_the_system_undo_a_merge(world: World, bin_: CaseFacts, hole: CaseFacts, by: Actor) -> None:
    world.merge(bin_, hole)

    with pytest.raises(RequestError, match="only a worker"):
        unmerge(world, bin_, by)


def test_a_case_that_is_not_merged_has_nothing_to_undo(world: World, bin_: CaseFacts, hole: CaseFacts) -> None:
    world.merge(bin_, hole)
    world.act(bin_, "reopen")

    with pytest.raises(RequestError, match="not merged"):
        unmerge(world, bin_)


def test_no_citizen_is_merged_with_a_case(world: World, bin_: CaseFacts, hole: CaseFacts) -> None:
    contacts, parties = dict(world.contacts), dict(world.rows)

    world.merge(bin_, hole)

    assert (world.contacts, world.rows) == (contacts, parties)


# -- splitting ---------------------------------------------------------------------------------------------------------

BOTH = "My bin was missed. Also the hole in Mill Lane is back."


@pytest.fixture
def both(world: World) -> CaseFacts:
    return world.again(world.receive(BOTH, sender_name="Mary Jones"))


def test_a_case_that_is_split_off_has_the_words_the_citizen_and_its_own_service(world: World, both: CaseFacts) -> None:
    told = set(world.messages)

    made = split(world, both, text="the hole in Mill Lane is back.")

    assert (made.case.service, made.case.rule, made.case.origin) == ("holes", BY_HAND, both.case.id)
    assert (made.case.state, made.case.flags, made.case.priority) == ("reported", ("road",), "high")
    (theirs,), (ours,) = made.parties, both.parties
    assert (theirs.citizen, theirs.key, theirs.name) == (ours.citizen, ours.key, ours.name)
    assert theirs.alias != ours.alias
    said = source(world, made).enquiry
    assert (said.text, said.full_text) == ("the hole in Mill Lane is back.", BOTH)
    assert set(world.messages) == told
    everything_holds(world)


@pytest.mark.parametrize(("kind", "inverse"), [("related", "related"), ("child", "parent")])
def test_both_cases_say_that_one_was_split_off(world: World, both: CaseFacts, kind: str, inverse: str) -> None:
    made = split(world, both, kind=kind)

    assert [(each.kind, each.case) for each in world.again(both).case.links] == [(kind, made.case.id)]
    assert [(each.kind, each.case) for each in made.case.links] == [(inverse, both.case.id)]


def test_putting_a_split_off_back_gives_its_origin_back(world: World, both: CaseFacts) -> None:
    made = split(world, both)

    unsplit(world.later(hours=1), made)

    assert row(world.again(both).case) == row(both.case)
    closed = world.again(made).case
    assert (closed.state_type, closed.closing_reason, closed.merged_into) == ("closed", "merged", both.case.id)
    everything_holds(world)


def test_what_was_added_to_a_split_off_is_found_from_its_origin(world: World, both: CaseFacts) -> None:
    made = split(world, both)
    world.save(plan_note(world.again(made), "The crew was there.", ALICE, world.context()))

    unsplit(world, made)

    assert [each.kind for each in world.again(both).case.links] == ["merged_from"]


def test_an_emergency_does_not_end_with_a_split_that_is_undone(world: World, both: CaseFacts) -> None:
    made = split(world, both)
    world.save(plan_flags(world.again(made), ["emergency"], [], ALICE, world.policy, world.context()))

    unsplit(world, made)

    assert "emergency" in world.again(both).case.flags


def test_what_is_written_to_a_split_off_that_was_put_back_reaches_its_origin(world: World, both: CaseFacts) -> None:
    made = split(world, both)
    unsplit(world, made)

    plan = world.receive("It is worse now", thread=reply(token=made.case.reference))

    assert plan.case is not None
    assert (plan.outcome, plan.case.id) == ("joined", both.case.id)


def test_putting_back_is_undone_as_a_merge_is(world: World, both: CaseFacts) -> None:
    made = split(world, both)
    unsplit(world, made)

    unmerge(world, made)

    again = world.again(made).case
    assert (again.state, again.state_type, again.closing_reason) == ("reported", "new", None)
    assert row(world.again(both).case) == row(both.case)
    everything_holds(world)


def test_what_cannot_be_split_is_refused(world: World, both: CaseFacts, bin_: CaseFacts) -> None:
    with pytest.raises(NotFoundError):
        split(world, both, "no-such-service")
    with pytest.raises(RequestError, match="word for word"):
        split(world, both, text="the hole in Elm Street")
    with pytest.raises(RequestError, match="word for word"):
        split(world, both, text=" \n ")
    with pytest.raises(RequestError, match="related to the other, or its child"):
        split(world, both, kind="parent")
    with pytest.raises(RequestError, match="only a worker"):
        split(world, both, by=PAINTER)
    with pytest.raises(RequestError, match="not split off"):
        world.save(plan_unsplit(history(world, bin_), history(world, both), ALICE, world.policy, world.context()))


def test_a_closed_split_off_is_reopened_before_it_is_put_back(world: World, both: CaseFacts) -> None:
    made = split(world, both)
    world.act(made, "mend")

    with pytest.raises(RequestError, match="reopen"):
        unsplit(world, made)


def test_a_lifecycle_without_a_merge_closes_what_is_put_back_in_its_first_closed_state(
    world: World, both: CaseFacts
) -> None:
    made = split(world, both, "mailroom")
    unsplit(world, made)

    assert world.again(made).case.state == "shut"


# -- children ----------------------------------------------------------------------------------------------------------


def test_a_parent_says_which_of_its_children_are_open(world: World, both: CaseFacts, bin_: CaseFacts) -> None:
    first, second = split(world, both, kind="child"), split(world, both, "bins", kind="child")
    world.act(first, "mend")
    parent = world.again(both).case

    def left() -> tuple[str, ...]:
        return open_children(parent, {facts.case.id: facts.case for facts in world.facts.values()})

    assert left() == (second.case.reference,)
    world.merge(second, bin_)
    assert left() == (second.case.reference,)
    world.act(bin_, "no_action")
    assert left() == ()
    assert open_children(parent, {}) == (first.case.reference, second.case.reference)


# -- properties --------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_whatever_is_done_and_undone_leaves_no_trace_but_history(policy: Policy, data: st.DataObject) -> None:
    world = World(policy)
    cases = [
        world.again(world.receive(text, sender=f"tel:0770090000{n}"))
        for n, text in enumerate(["a bin", "a hole", "gas", "what"])
    ]
    done: list[Callable[[], object]] = []
    before = [row(facts.case) for facts in cases]
    for _ in range(data.draw(st.integers(1, 5), label="steps")):
        one, other = data.draw(st.permutations(cases), label="cases")[:2]
        what = data.draw(st.sampled_from([*KINDS, "merge", "split"]), label="what")
        world.later(minutes=1)
        try:
            if what == "merge":
                world.merge(one, other)
                done.append(lambda one=one: unmerge(world, one))
            elif what == "split":
                made = split(world, one, "bins")
                done.append(lambda made=made: unsplit(world, made))
            elif link(world, one, other, what).changes:
                done.append(lambda one=one, other=other, what=what: unlink(world, one, other, what))
        except (RequestError, ActionError):
            continue

    for undo in reversed(done):
        world.later(minutes=1)
        undo()

    assert [row(world.again(facts).case) for facts in cases] == before
    everything_holds(world)


@settings(max_examples=40, deadline=None)
@given(order=st.permutations(range(4)))
def test_links_are_undone_in_any_order(policy: Policy, order: list[int]) -> None:
    world = World(policy)
    first, second = world.again(world.receive("a hole")), world.again(world.later(hours=1).receive("Another hole"))
    others = [world.again(world.receive("gas", sender=f"tel:0770090001{n}")) for n in range(2)]
    before = [row(facts.case) for facts in (first, second)]
    world.merge(others[0], second)
    link(world, second, first, "separate")
    world.merge(others[1], second)
    link(world, first, second, "child")
    undos = (
        lambda: unmerge(world, others[0]),
        lambda: unlink(world, second, first, "separate"),
        lambda: unmerge(world, others[1]),
        lambda: unlink(world, second, first, "parent"),
    )

    for number in order:
        undos[number]()

    assert [row(world.again(facts).case) for facts in (first, second)] == before
    assert not any(isinstance(event, CaseLinked) and event.case not in world.facts for event in world.events(second))
    everything_holds(world)
