"""What people and timers do to a case, what each is refused, and that a refusal changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.core.actions import (
    plan_action,
    plan_external_ref,
    plan_note,
    plan_reroute,
    plan_timer,
)
from onestop.core.actor import Actor
from onestop.core.case import MESSAGE_FAILED
from onestop.core.delivery import plan_message_result
from onestop.core.events import MessageUpdated, Rerouted, StateChanged, TimerSet
from onestop.core.gateway import Message
from onestop.core.linking import plan_link
from onestop.core.messages import Addressee, plan_reply
from onestop.core.plan import CaseFacts, PartyRow, Plan
from onestop.core.policy import Policy
from onestop.errors import ActionError, ContactPointError, FieldsError, NotFoundError, OnestopError, RequestError

from .world import ALICE, START, World, content_of, events_of

CITIZEN, PROVIDER = Actor(kind="citizen", id="p1"), Actor(kind="provider", id="paint-ltd")
TOMORROW = (START + timedelta(days=1)).isoformat()


@pytest.fixture
def bin_(world: World) -> CaseFacts:
    return world.again(world.receive("a bin"))


@pytest.fixture
def hole(world: World) -> CaseFacts:
    return world.again(world.receive("a hole", sender="tel:07700900002"))


def changed(plan: Plan) -> StateChanged:
    return next(event for event in events_of(plan) if isinstance(event, StateChanged))


def after(plan: Plan) -> Any:
    assert plan.case is not None
    return plan.case


# -- lifecycle actions -------------------------------------------------------------------------------------------------


def test_an_action_changes_the_state_and_says_who_took_it(world: World, bin_: CaseFacts) -> None:
    plan = world.act(bin_, "assign", assignee="bob", why="holidays")

    event = changed(plan)
    assert (event.action, event.state, event.state_type, event.by, event.assignee) == (
        "assign", "assigned", "open", "worker:alice", "bob",
    )  # fmt: skip
    assert [json.loads(body) for body in content_of(plan, "fields")] == [{"why": "holidays"}]
    assert event.fields == plan.contents[0].ref
    assert (after(plan).assignee, after(plan).state_version) == ("bob", bin_.case.version + 1)


def test_who_works_on_a_case_stays_when_an_action_names_nobody(world: World, bin_: CaseFacts) -> None:
    world.act(bin_, "assign", assignee="bob")

    plan = world.act(bin_, "start_work")

    assert after(plan).assignee == "bob"
    assert changed(plan).fields is None


def test_closing_and_reopening_keep_their_reason_and_time_no_longer_than_it_lasts(
    world: World, bin_: CaseFacts
) -> None:
    closed = after(world.later(hours=1).act(bin_, "withdraw", CITIZEN))
    opened = after(world.later(hours=1).act(bin_, "reopen"))

    assert (closed.state_type, closed.closing_reason, closed.closed_at) == (
        "closed",
        "withdrawn",
        START + timedelta(hours=1),
    )
    assert (opened.state_type, opened.closing_reason, opened.closed_at) == ("open", None, None)


@pytest.mark.parametrize(
    ("action", "by", "fields", "error"),
    [
        ("fly", ALICE, {}, ActionError),
        ("", ALICE, {}, ActionError),
        ("close", ALICE, {}, ActionError),
        ("start_work", CITIZEN, {}, ActionError),
        ("assign", ALICE, {}, FieldsError),
        ("assign", ALICE, {"assignee": ""}, FieldsError),
        ("assign", ALICE, {"assignee": " \n"}, FieldsError),
        ("assign", ALICE, {"assignee": "\ud800"}, FieldsError),
        ("assign", ALICE, {"assignee": "x" * 201}, FieldsError),
        ("assign", ALICE, {"assignee": "bob\u202e"}, FieldsError),
        ("wait_until", ALICE, {}, FieldsError),
        ("wait_until", ALICE, {"until": ""}, FieldsError),
        ("wait_until", ALICE, {"until": "tomorrow"}, FieldsError),
        ("wait_until", ALICE, {"until": "\ud800"}, FieldsError),
        ("wait_until", ALICE, {"until": "2026-03-03T09:30:00"}, FieldsError),
        ("wait_until", ALICE, {"until": START.isoformat()}, FieldsError),
        ("wait_until", ALICE, {"until": "0001-01-01T00:00:00+14:00"}, FieldsError),
        ("wait_until", ALICE, {"until": "9999-12-31T23:59:59-14:00"}, FieldsError),
        ("wait_until", ALICE, {"until": "9" * 100_000}, FieldsError),
        ("merge", ALICE, {}, FieldsError),
        ("merge", ALICE, {"into": "SM-0000-0000"}, FieldsError),
        ("duplicate", ALICE, {"into": "SM-0000-0000"}, FieldsError),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_refused(
    world: World, bin_: CaseFacts, action: str, by: Actor, fields: dict[str, str], error: type[OnestopError]
) -> None:
    with pytest.raises(error) as caught:
        plan_action(bin_, action, fields, by, world.policy, world.context())

    assert not fields.get("assignee", "").strip() or fields["assignee"] not in str(caught.value)


def test_a_refused_action_lists_those_that_are_allowed(world: World, bin_: CaseFacts) -> None:
    with pytest.raises(ActionError) as caught:
        world.act(bin_, "close")

    assert set(caught.value.allowed) >= {"assign", "start_work", "resolve", "merge"}
    assert "close" not in caught.value.allowed
    assert "assign" in str(caught.value)


@pytest.mark.parametrize(
    "until",
    [
        "2026-03-03T09:30:00+00:00",
        "2026-03-03T09:30:00Z",
        "2026-03-03T11:30+02:00",
        " 2026-03-03T09:30:00Z ",
        "20260303T093000Z",
    ],
)
def test_a_wait_until_a_moment_sets_a_timer_for_it(world: World, bin_: CaseFacts, until: str) -> None:
    plan = world.act(bin_, "wait_until", until=until)

    (timer,) = plan.timers
    set_ = next(event for event in events_of(plan) if isinstance(event, TimerSet))
    assert timer.due_at == set_.due_at == after(plan).waiting_until == START + timedelta(days=1)
    assert (timer.case, timer.kind, timer.generation) == (bin_.case.id, "resume", after(plan).state_version)
    assert timer.id == set_.timer


def test_a_state_that_waits_until_a_moment_needs_one_though_its_action_does_not_say_so(
    world: World, hole: CaseFacts
) -> None:
    with pytest.raises(FieldsError, match="until"):
        world.act(hole, "hold")


# -- merging -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "link", "inverse"), [("merge", "merged_into", "merged_from"), ("duplicate", "duplicate", "duplicate")]
)
def test_both_cases_say_how_they_are_tied(
    world: World, bin_: CaseFacts, hole: CaseFacts, action: str, link: str, inverse: str
) -> None:
    plan = world.act(bin_, action, other=hole, into=hole.case.reference)

    assert after(plan).state_type == "closed"
    assert [(each.kind, each.case) for each in after(plan).links] == [(link, hole.case.id)]
    assert [(each.kind, each.case) for each in world.again(hole).case.links] == [(inverse, bin_.case.id)]
    assert content_of(plan, "fields") == []


def test_a_case_is_merged_neither_into_itself_nor_back_nor_round(
    world: World, bin_: CaseFacts, hole: CaseFacts
) -> None:
    third = world.again(world.receive("a bin", sender="tel:07700900003"))
    world.merge(bin_, hole)
    world.merge(hole, third)

    for one, other in ((third, third), (third, bin_), (third, hole)):
        with pytest.raises(RequestError):
            world.merge(one, other)


def test_two_cases_may_be_merged_again_after_the_first_merge_was_undone(
    world: World, bin_: CaseFacts, hole: CaseFacts
) -> None:
    world.merge(bin_, hole)
    world.act(bin_, "reopen")

    plan = world.act(hole, "merge", other=bin_)

    assert after(plan).merged_into == bin_.case.id
    assert world.again(bin_).case.merged_into is None


# -- timers ------------------------------------------------------------------------------------------------------------


def test_a_timer_ends_the_wait_it_was_set_for(world: World, bin_: CaseFacts) -> None:
    (timer,) = world.act(bin_, "wait_until", until=TOMORROW).timers

    plan = plan_timer(world.again(bin_), timer.kind, timer.generation, world.policy, world.later(days=1).context())

    assert (after(plan).state, after(plan).waiting_until, changed(plan).by) == ("in_progress", None, "system:onestop")


@pytest.mark.parametrize(
    "between",
    [
        lambda world, case: world.act(case, "resume"),
        lambda world, case: (world.act(case, "resume"), world.act(case, "wait_until", until=TOMORROW)),
        lambda world, case: world.act(case, "no_action"),
        lambda world, case: world.save(
            plan_reroute(world.again(case), "triage", None, ALICE, world.policy, world.context())
        ),
    ],
    ids=["resumed", "waits again", "closed", "rerouted"],
)
def test_a_timer_of_an_earlier_state_does_nothing(
    world: World, bin_: CaseFacts, between: Callable[[World, CaseFacts], object]
) -> None:
    (timer,) = world.act(bin_, "wait_until", until=TOMORROW).timers
    between(world, bin_)

    plan = plan_timer(world.again(bin_), timer.kind, timer.generation, world.policy, world.context())

    assert plan == Plan("recorded", case=world.again(bin_).case)


def test_what_happens_beside_the_state_leaves_its_timer_alone(world: World, bin_: CaseFacts) -> None:
    (timer,) = world.act(bin_, "wait_until", until=TOMORROW).timers
    world.save(plan_note(world.again(bin_), "a note", ALICE, world.context()))

    plan = plan_timer(world.again(bin_), timer.kind, timer.generation, world.policy, world.context())

    assert after(plan).state == "in_progress"


def test_a_timer_of_a_kind_that_this_release_does_not_know_does_nothing(world: World, bin_: CaseFacts) -> None:
    (timer,) = world.act(bin_, "wait_until", until=TOMORROW).timers

    plan = plan_timer(world.again(bin_), "alarm", timer.generation, world.policy, world.context())

    assert plan == Plan("recorded", case=world.again(bin_).case)


def test_a_timer_that_its_lifecycle_does_not_let_act_never_raises_and_a_person_sees_the_case(
    world: World, hole: CaseFacts
) -> None:
    (timer,) = world.act(hole, "hold", until=TOMORROW).timers

    plan = plan_timer(world.again(hole), timer.kind, timer.generation, world.policy, world.context())

    assert (after(plan).state, after(plan).flags) == ("on_hold", ("road", "timer_refused"))


# -- rerouting ---------------------------------------------------------------------------------------------------------


def reroute(world: World, case: CaseFacts, service: str, by: Actor = ALICE, reason: str | None = None) -> Plan:
    return world.save(plan_reroute(world.again(case), service, reason, by, world.policy, world.context()))


@pytest.mark.parametrize(
    ("action", "fields", "state", "waiting_on"),
    [
        (None, {}, "reported", None),  # the roads lifecycle has no `new`
        ("start_work", {}, "reported", None),  # its `in_progress` is of another type
        ("wait_for_citizen", {}, "waiting_on_citizen", "citizen"),
        ("wait_for_partner", {}, "reported", None),
        ("wait_until", {"until": TOMORROW}, "reported", None),
        ("resolve", {}, "reported", None),
    ],
)
def test_a_state_is_kept_where_the_other_lifecycle_has_one_of_its_name_and_type(
    world: World, bin_: CaseFacts, action: str | None, fields: dict[str, str], state: str, waiting_on: str | None
) -> None:
    if action:
        world.act(bin_, action, **fields)
    before = world.again(bin_).case.version

    plan = reroute(world, bin_, "holes", reason="county road")

    event = events_of(plan)[0]
    assert isinstance(event, Rerouted)
    assert (event.service, event.was, event.state, event.policy) == ("holes", "bins", state, world.policy.hash)
    case = after(plan)
    assert (case.service, case.rule, case.state, case.waiting_on) == ("holes", "rerouted", state, waiting_on)
    assert (case.waiting_until, case.target_at, case.state_version) == (None, None, before + 1)
    assert content_of(plan, "reason") == [b"county road"]


def test_a_wait_until_a_date_ends_even_where_the_lifecycle_stays_the_same(world: World, bin_: CaseFacts) -> None:
    world.act(bin_, "wait_until", until=TOMORROW)

    plan = reroute(world, bin_, "triage")

    assert (after(plan).state, after(plan).waiting_on, after(plan).waiting_until) == ("new", None, None)


def test_a_new_service_promises_from_when_the_case_opened(world: World, hole: CaseFacts) -> None:
    plan = reroute(world.later(hours=5), hole, "bins")

    assert after(plan).target_at == START + timedelta(hours=48)


@pytest.mark.parametrize(
    ("service", "by", "error"),
    [
        ("parking", ALICE, NotFoundError),
        ("\ud800", ALICE, NotFoundError),
        ("bins", ALICE, RequestError),
        ("holes", CITIZEN, RequestError),
        ("holes", PROVIDER, RequestError),
    ],
)
def test_a_reroute_that_makes_no_sense_is_refused(
    world: World, bin_: CaseFacts, service: str, by: Actor, error: type[OnestopError]
) -> None:
    with pytest.raises(error):
        reroute(world, bin_, service, by)


def test_a_closed_case_is_not_rerouted(world: World, bin_: CaseFacts) -> None:
    world.act(bin_, "no_action")

    with pytest.raises(RequestError, match="reopen"):
        reroute(world, bin_, "holes")


# -- notes, links, other systems ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["A note.", "\ud800", "\x00", "x" * 1_000_000])
def test_a_note_is_kept_as_content(world: World, bin_: CaseFacts, text: str) -> None:
    plan = plan_note(bin_, text, ALICE, world.context())

    assert content_of(plan, "note") == [text.encode("utf-8", "replace")]
    assert after(plan).version == bin_.case.version + 1


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_a_note_has_words(world: World, bin_: CaseFacts, text: str) -> None:
    with pytest.raises(RequestError):
        plan_note(bin_, text, ALICE, world.context())


@pytest.mark.parametrize(
    ("kind", "inverse"),
    [
        ("related", "related"),
        ("separate", "separate"),
        ("duplicate", "duplicate"),
        ("parent", "child"),
        ("child", "parent"),
    ],
)
def test_a_link_is_seen_from_both_sides(
    world: World, bin_: CaseFacts, hole: CaseFacts, kind: Any, inverse: str
) -> None:
    plan = world.save(plan_link(bin_, hole, kind, ALICE, world.context()))

    assert [link.kind for link in after(plan).links] == [kind]
    assert [link.kind for link in world.again(hole).case.links] == [inverse]
    assert world.again(hole).case.state == hole.case.state


@pytest.mark.parametrize("kind", ["merged_into", "merged_from", "follows", "followed_by", "friend", ""])
def test_a_link_that_only_an_action_or_intake_makes_is_refused(
    world: World, bin_: CaseFacts, hole: CaseFacts, kind: Any
) -> None:
    with pytest.raises(RequestError):
        plan_link(bin_, hole, kind, ALICE, world.context())


def test_a_case_is_not_tied_to_itself(world: World, bin_: CaseFacts) -> None:
    with pytest.raises(RequestError):
        plan_link(bin_, bin_, "related", ALICE, world.context())


def test_another_system_s_id_replaces_its_earlier_one(world: World, bin_: CaseFacts) -> None:
    world.save(plan_external_ref(bin_, "crm", "A-1", ALICE, world.context()))

    plan = world.save(plan_external_ref(world.again(bin_), "crm", "A-2", ALICE, world.context()))

    assert after(plan).external == {"crm": "A-2"}
    assert [(row.system, row.ref, row.case) for row in plan.external_refs] == [("crm", "A-2", bin_.case.id)]


@pytest.mark.parametrize(
    ("system", "ref"),
    [("", "1"), ("crm", ""), ("crm", " "), ("x" * 201, "1"), ("crm", "x" * 201), ("crm", "\ud800"), ("c\nrm", "1")],
)
def test_an_id_that_cannot_be_shown_is_refused(world: World, bin_: CaseFacts, system: str, ref: str) -> None:
    with pytest.raises(RequestError):
        plan_external_ref(bin_, system, ref, ALICE, world.context())


# -- replies -----------------------------------------------------------------------------------------------------------

JO = "mailto:jo@example.org"


def reply(world: World, urn: str | None, **fields: Any) -> Plan:
    """Reply to the party of a case that came from a contact point."""
    case = world.again(world.receive("something", channel="web", sender=urn))
    party: PartyRow = world.rows[case.parties[0].alias]
    words = {"text": "Cleaned today.", "template": None, "purpose": "service_update"}
    words |= {name: fields.pop(name) for name in tuple(words) if name in fields}
    to = Addressee(party, in_reply_to="m1", references=("m0", "m1"), **fields)
    return world.save(plan_reply(case, to, ALICE, world.policy, world.context(), **words))


def written(plan: Plan) -> Message:
    (body,) = content_of(plan, "message")
    return Message.model_validate_json(body)


@pytest.mark.parametrize(
    ("urn", "channel"),
    [(JO, "email"), ("tel:07700900123", "sms"), ("tel:01632960123", "sms"), ("tel:+12025550123", "sms")],
)
def test_a_reply_goes_the_way_that_its_contact_point_is_written_to(world: World, urn: str, channel: str) -> None:
    plan = reply(world, urn)

    message, (row,) = written(plan), plan.messages
    assert (message.channel, row.channel, message.text, message.subject) == (channel, channel, "Cleaned today.", None)
    assert (row.id, row.purpose, row.due_at) == (message.id, "service_update", world.now)
    assert (message.in_reply_to, message.references, message.automatic) == ("m1", ("m0", "m1"), False)
    assert message.reference == after(plan).reference
    assert row.recipient == message.recipient


@pytest.mark.parametrize(("language", "spoken"), [("cy", "cy"), ("en", "en"), (None, "en"), ("pl", "en")])
def test_a_worker_s_words_are_in_the_language_of_who_gets_them(world: World, language: str | None, spoken: str) -> None:
    assert written(reply(world, JO, language=language)).language == spoken


def test_a_template_has_a_subject_and_the_language_it_is_written_in(world: World) -> None:
    message = written(reply(world, JO, text=None, template="fixed", language="cy"))

    assert message.text == "It is done."
    assert message.subject == f"About {message.reference}"
    assert message.language == "en"


@pytest.mark.parametrize(
    ("urn", "fields", "error"),
    [
        (JO, {"text": None}, RequestError),
        (JO, {"text": " \n"}, RequestError),
        (JO, {"template": "fixed"}, RequestError),
        (JO, {"text": None, "template": "nothing"}, NotFoundError),
        (JO, {"text": None, "template": "\ud800"}, NotFoundError),
        (None, {}, RequestError),
        ("ext:app:1", {}, RequestError),
        ("tel:0909 879 0123", {}, ContactPointError),
        ("tel:118118", {}, ContactPointError),
        ("tel:999", {}, ContactPointError),
        ("tel:18000", {}, ContactPointError),
    ],
    ids=str,
)
def test_a_reply_that_cannot_be_sent_is_refused(
    world: World, urn: str | None, fields: dict[str, Any], error: type[OnestopError]
) -> None:
    with pytest.raises(error):
        reply(world, urn, **fields)


def test_half_a_surrogate_pair_in_a_reply_is_a_question_mark(world: World) -> None:
    assert written(reply(world, JO, text="Done \ud800.")).text == "Done ?."


@pytest.mark.parametrize(
    ("state", "attention"),
    [("sent", False), ("temporary_failure", False), ("permanent_failure", True), ("in_doubt", True)],
)
def test_what_became_of_a_message_is_noted(world: World, bin_: CaseFacts, state: Any, attention: bool) -> None:
    (message,) = world.messages

    plan = plan_message_result(bin_, message, state, "timeout", world.context())

    (event,) = events_of(plan)
    assert isinstance(event, MessageUpdated)
    assert (event.message, event.state, event.code, event.attention) == (message, state, "timeout", attention)
    assert (MESSAGE_FAILED in after(plan).flags) is attention
    assert [(change.id, change.state, change.code) for change in plan.message_changes] == [(message, state, "timeout")]


# -- anything ----------------------------------------------------------------------------------------------------------

WORDS = st.one_of(
    st.text(max_size=10),
    st.sampled_from(["assign", "wait_until", "merge", "resolve", "until", "assignee", "into", TOMORROW]),
)


@given(WORDS, st.dictionaries(WORDS, WORDS, max_size=4), st.sampled_from([ALICE, CITIZEN, PROVIDER]))
def test_any_action_is_taken_or_refused_and_a_refusal_changes_nothing(
    policy: Policy, action: str, fields: dict[str, str], by: Actor
) -> None:
    world = World(policy)
    case = world.again(world.receive("a bin"))
    other = world.again(world.receive("a hole"))
    before = case.case.model_dump_json()

    try:
        plan: Plan | None = plan_action(case, action, fields, by, policy, world.context(), into=other)
    except RequestError:
        plan = None

    assert case.case.model_dump_json() == before
    assert plan is None or after(plan).version > case.case.version


@given(st.text(max_size=40))
def test_any_moment_is_one_in_the_future_or_refused(policy: Policy, until: str) -> None:
    world = World(policy)
    case = world.again(world.receive("a bin"))

    with pytest.raises(FieldsError):
        plan_action(case, "wait_until", {"until": until}, ALICE, policy, world.context())
