"""The case is what its events have made it, and its events hold nothing personal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.core.actions import plan_external_ref, plan_note, plan_reroute
from onestop.core.actor import Actor
from onestop.core.case import MATCH_REVIEW, MESSAGE_FAILED, Case, Draft, rebuild
from onestop.core.delivery import plan_message_result
from onestop.core.events import (
    GENESIS,
    CaseLinked,
    CaseOpened,
    Event,
    NoteAdded,
    UnknownEvent,
    chain,
    read_event,
)
from onestop.core.linking import plan_link
from onestop.core.messages import Addressee, plan_reply
from onestop.core.plan import CaseFacts
from onestop.core.policy import Policy
from onestop.errors import OnestopError, StoreError

from .world import ALICE, START, World

PROVIDER = Actor(kind="provider", id="paint-ltd")


@pytest.fixture
def opened(world: World) -> CaseFacts:
    return world.again(world.receive("There is a hole in the road"))


def unknown(version: int = 9) -> UnknownEvent:
    return UnknownEvent(type="parcel_sent", version=version, at=START, by="system:x", data="{}")


def test_a_case_begins_with_what_its_first_event_says(world: World, opened: CaseFacts) -> None:
    (first, *_) = world.events(opened)
    assert isinstance(first, CaseOpened)

    case = Case.begin(first)

    assert (case.version, case.service, case.rule, case.state) == (1, "holes", "hole-words", "reported")
    assert (case.priority, case.flags, case.policy) == ("high", ("road",), world.policy.hash)
    assert case.enquiries == 0
    assert case.opened_at == case.updated_at == START


@pytest.mark.parametrize("history", [[], [unknown()]])
def test_no_case_begins_without_case_opened(history: list[Event]) -> None:
    with pytest.raises(StoreError):
        rebuild(history)


def test_an_event_of_an_unknown_type_changes_version_and_time_alone(world: World, opened: CaseFacts) -> None:
    event = unknown().model_copy(update={"at": world.later(hours=1).now})

    after = opened.case.apply(event)

    assert after == opened.case.model_copy(update={"version": opened.case.version + 1, "updated_at": world.now})


def test_applying_changes_nothing_but_what_it_gives(world: World, opened: CaseFacts) -> None:
    events = world.events(opened)
    before = opened.case.model_dump_json()

    once, again = opened.case.apply(events[1]), opened.case.apply(events[1])

    assert once == again != opened.case
    assert opened.case.model_dump_json() == before


def test_a_further_enquiry_raises_priority_and_flags_and_lowers_nothing(world: World) -> None:
    low = world.receive("Hello")
    world.receive("Hello again")

    raised = world.receive(f"{world.again(low).case.reference}: there is a hole", kind="message")
    world.receive(f"{world.again(low).case.reference}: thank you")

    case = world.again(raised).case
    assert world.again(low).case == case
    assert (case.priority, case.flags, case.service, case.enquiries) == ("high", ("road",), "triage", 4)


def test_a_case_that_was_reopened_is_merged_no_longer(world: World) -> None:
    one = world.again(world.receive("a bin", sender="tel:07700900001"))
    other = world.again(world.receive("a bin", sender="tel:07700900002"))
    third = world.again(world.receive("a bin", sender="tel:07700900003"))

    world.merge(one, other)
    merged = world.again(one).case.merged_into
    world.act(one, "reopen")
    reopened = world.again(one).case.merged_into
    world.merge(one, third)
    again = world.again(one).case.merged_into

    assert (merged, reopened, again) == (other.case.id, None, third.case.id)


def test_the_last_candidate_that_a_person_decides_on_takes_the_flag_away(world: World) -> None:
    world.receive("a bin")
    world.receive("a hole")
    asked = world.again(world.later(hours=2).receive("any news?"))
    first, second = (world.facts[candidate.case] for candidate in asked.case.candidates)

    flags = []
    for other in (first, second):
        world.save(plan_link(world.again(asked), world.again(other), "separate", ALICE, world.context()))
        flags.append(MATCH_REVIEW in world.again(asked).case.flags)

    assert flags == [True, False]
    assert world.again(asked).case.candidates == ()
    assert world.again(first).case.links[-1].kind == "separate"


def test_the_same_link_made_twice_stands_once(world: World, opened: CaseFacts) -> None:
    link = CaseLinked(at=START, by="worker:alice", case="c2", reference="SM-0000-0000", kind="related")

    case = opened.case.apply(link).apply(link)

    assert len(case.links) == 1
    assert case.version == opened.case.version + 2


def test_a_message_that_failed_raises_a_flag(world: World, opened: CaseFacts) -> None:
    (message,) = world.messages

    world.save(plan_message_result(opened, message, "sent", None, world.context()))
    fine = world.again(opened).case.flags
    world.save(plan_message_result(world.again(opened), message, "in_doubt", "timeout", world.context()))

    assert MESSAGE_FAILED not in fine
    assert MESSAGE_FAILED in world.again(opened).case.flags


def test_a_draft_chains_what_is_added_to_the_history_it_was_given(world: World, opened: CaseFacts) -> None:
    note = NoteAdded.model_validate(
        {"at": START, "by": "worker:alice", "content": {"id": "d", "digest": "d", "size_bytes": 1}}
    )
    draft = Draft(opened.case, opened.head)

    draft.add(note)
    draft.add(note)

    assert draft.before == opened.case.version
    assert [sealed.seq for sealed in draft.events] == [draft.before + 1, draft.before + 2]
    assert draft.events[0].hash == chain(opened.head, draft.events[0].data)
    assert draft.head == draft.events[1].hash == chain(draft.events[0].hash, draft.events[1].data)


# -- any history -------------------------------------------------------------------------------------------------------

NAMES = ["Zebedee Quillfeather", "Ottoline Quillfeather", None]
SENDERS = ["tel:07700900901", "tel:07700900902", "mailto:zebedee.quillfeather@example.org", None]
WORDS = ["quagmire bin", "quagmire hole", "quagmire", "STOP", "quagmire \ud800 \x00 \u202e"]
PERSONAL = ["zebedee", "quillfeather", "ottoline", "7700900", "quagmire", "example.org", "marmalade"]
ACTIONS = ["triage", "assign", "start_work", "wait_for_citizen", "wait_until", "resume", "resolve", "close", "reopen",
           "withdraw", "merge", "duplicate", "not_ours", "order", "hold", "mend"]  # fmt: skip
ENQUIRE = st.fixed_dictionaries(
    {
        "text": st.sampled_from(WORDS),
        "sender": st.sampled_from(SENDERS),
        "sender_name": st.sampled_from(NAMES),
        "channel": st.sampled_from(["sms", "email", "phone", "web"]),
        "kind": st.sampled_from(["message", "auto_reply", "call"]),
        "subject": st.sampled_from(["quagmire", None]),
        "on_behalf_of": st.sampled_from(NAMES),
        "cc": st.lists(st.sampled_from([sender for sender in SENDERS if sender]), max_size=2),
        "answers": st.just({"marmalade": "quagmire"}),
        "location": st.just({"address": "1 Quillfeather Road"}),
    }
)
STEPS = st.one_of(
    ENQUIRE.map(lambda fields: ("enquire", fields)),
    st.tuples(st.just("token"), ENQUIRE),
    st.tuples(st.sampled_from(["act"]), st.sampled_from(ACTIONS)),
    st.tuples(st.just("reroute"), st.sampled_from(["bins", "holes", "graffiti", "mailroom", "triage"])),
    st.sampled_from([("note", None), ("link", "related"), ("link", "separate"), ("reply", None), ("result", None),
                     ("external", None), ("later", 1), ("later", 3_000)]),
)  # fmt: skip


def take_step(world: World, kind: str, what: Any, place: int) -> None:
    """Take one step; what is refused changes nothing."""
    cases = list(world.facts.values())
    if kind == "enquire":
        world.receive(**what)
    elif kind == "later":
        world.later(minutes=what)
    if not cases:
        return
    case, other = cases[place % len(cases)], cases[(place // 7) % len(cases)]
    context = world.context()
    if kind == "token":
        world.receive(**what, thread={"token": case.case.reference})
    elif kind == "act":
        fields = {"assignee": "bob", "into": "x", "until": world.now.replace(year=2030).isoformat(), "why": "quagmire"}
        world.act(case, what, PROVIDER if place % 3 == 0 else ALICE, other=other, **fields)
    elif kind == "reroute":
        world.save(plan_reroute(case, what, "quagmire \ud800", ALICE, world.policy, context))
    elif kind == "note":
        world.save(plan_note(case, "quagmire, says Zebedee \ud800", ALICE, context))
    elif kind == "link":
        world.save(plan_link(case, other, what, ALICE, context))
    elif kind == "external":
        world.save(plan_external_ref(case, "crm", str(place), ALICE, context))
    elif kind == "result" and world.messages:
        message = list(world.messages.values())[place % len(world.messages)]
        world.save(plan_message_result(world.facts[message.case], message.id, "permanent_failure", "5.1.1", context))
    elif kind == "reply":
        world.save(reply(world, case, place))


def reply(world: World, case: CaseFacts, place: int) -> Any:
    party = world.rows[case.parties[place % len(case.parties)].alias]
    return plan_reply(
        case,
        Addressee(party, language="en"),
        ALICE,
        world.policy,
        world.context(),
        text="Dear Zebedee, quagmire \ud800",
        template=None,
        purpose="service_update",
    )


@given(steps=st.lists(st.tuples(STEPS, st.integers(0, 1_000)), min_size=3, max_size=14))
def test_any_history_rebuilds_its_case_and_says_nothing_personal(
    policy: Policy, steps: list[tuple[tuple[str, Any], int]]
) -> None:
    world = World(policy)

    for (kind, what), place in steps:
        refused = ""
        try:
            take_step(world, kind, what, place)
        except OnestopError as error:
            refused = str(error).lower()

        assert not any(word in refused for word in PERSONAL)
        for identifier, facts in world.facts.items():
            stored = world.stored[identifier]
            assert rebuild([read_event(data) for data in stored]) == facts.case
            assert Case.model_validate_json(facts.case.model_dump_json()) == facts.case
            head = GENESIS
            for data in stored:
                head = chain(head, data)
                assert not any(word in data.decode().lower() for word in PERSONAL)
            assert head == facts.head
            assert facts.case.version == len(stored)
            assert set(facts.case.parties) == {party.alias for party in facts.parties}
