"""Several events of one call become one enquiry, whatever their order."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from onestop.core.actions import plan_flags, plan_reroute
from onestop.core.calls import merge_calls
from onestop.core.case import rebuild
from onestop.core.enquiry import TEXT_LIMIT, Enquiry, Location
from onestop.core.events import EnquiryUpdated, Rerouted
from onestop.core.plan import PartyRow, Plan
from onestop.core.policy import Policy

from .world import ALICE, START, World, events_of

CALLER = "tel:07700900123"


def event(world: World, word: str, /, *, call: dict[str, Any] | None = None, **fields: Any) -> Enquiry:
    """Give one event of the call `c1`."""
    given = {"channel": "phone", "source_id": "c1", "kind": "unknown", "sender": CALLER, "call": call or {}}
    meta = {"call_event": word} | fields.pop("meta", {})
    return world.enquiry(**(given | {"gateway_meta": meta} | fields))


def told(world: World, transcript: str, **fields: Any) -> Enquiry:
    call = {"disposition": "voicemail", "transcript": transcript}
    return event(world, "transcription", call=call, text=transcript, kind="voicemail", **fields)


def a_call(world: World) -> list[Enquiry]:
    """Give the events of one call that reached an answering machine, as a telephone system may tell them."""
    return [
        event(world, "newCall", meta={"queue": "bins"}),
        event(world, "ringing", meta={"user": "alice"}),
        event(world, "hangup", call={"duration_s": 40.0, "disposition": "no-answer"}),
        event(world, "recording", sender=None, call={"recording_url": "https://example.org/r1", "duration_s": 31.0}),
        told(world, "My bin was missed", sender=None),
    ]


def content(world: World) -> Enquiry:
    """Give the one enquiry there is, as it is kept."""
    (kept,) = world.enquiries.values()
    return Enquiry.model_validate_json(kept[1])


def party(world: World) -> PartyRow:
    (row,) = world.rows.values()
    return row


def updated(plan: Plan) -> EnquiryUpdated:
    return next(each for each in events_of(plan) if isinstance(each, EnquiryUpdated))


def test_a_further_event_makes_the_enquiry_fuller_and_opens_nothing(world: World) -> None:
    first = world.take(event(world, "newCall"))

    second = world.take(event(world, "hangup", call={"duration_s": 40.0, "disposition": "no-answer"}))

    assert (first.outcome, second.outcome) == ("opened", "joined")
    assert len(world.facts) == len(world.enquiries) == 1
    assert content(world).kind == updated(second).kind == "missed_call"
    assert world.again(second).case.enquiries == 1


@pytest.mark.parametrize("order", list(permutations(range(5))))
def test_every_order_of_a_calls_events_gives_one_case_one_enquiry_and_one_content(
    policy: Policy, order: tuple[int, ...]
) -> None:
    world, straight = World(policy), World(policy)
    for each in a_call(straight):
        straight.take(each)

    for place in order:
        world.take(a_call(world)[place])

    assert len(world.facts) == len(world.enquiries) == 1
    assert content(world) == content(straight)
    assert (party(world).urn, party(world).name) == (party(straight).urn, party(straight).name)
    (facts,) = world.facts.values()
    assert facts.case.service == "bins"
    assert rebuild(world.events(facts)) == facts.case


_PLACES = st.lists(st.integers(0, 4), min_size=1, max_size=12)


@given(places=_PLACES)
@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate])
def test_repeats_in_any_order_add_nothing(policy: Policy, places: list[int]) -> None:
    world = World(policy)
    outcomes = [world.take(a_call(world)[place]).outcome for place in places]
    expected = [a_call(world)[place] for place in sorted(set(places))]

    kept = content(world)

    assert outcomes.count("opened") == 1
    assert outcomes.count("repeat") == len(places) - len(set(places))
    whole = expected[0]
    for each in expected[1:]:
        whole = merge_calls(whole, each)
    assert kept == whole


def test_events_that_differ_in_the_gateways_words_alone_are_two(world: World) -> None:
    world.take(event(world, "newCall"))

    plan = world.take(event(world, "queued", meta={"queue": "bins"}))

    assert plan.outcome == "joined"
    assert content(world).gateway_meta == {"call_event": "newCall | queued", "queue": "bins"}


def test_the_same_event_is_a_repeat_when_it_comes_later(world: World) -> None:
    world.take(event(world, "newCall"))

    plan = world.later(minutes=5).take(event(world, "newCall"))

    assert plan.outcome == "repeat"


def test_calls_of_two_ids_and_of_two_adapters_are_several(world: World) -> None:
    world.take(event(world, "newCall"))

    world.take(event(world, "newCall", source_id="c2"))
    world.take(event(world, "newCall", adapter="another"))

    assert len(world.facts) == 3


def test_an_id_that_was_used_by_something_else_is_no_call(world: World) -> None:
    world.receive("Bin", source_id="c1", channel="sms")

    plan = world.take(event(world, "newCall"))

    assert plan.outcome == "opened"
    assert "source_id_reused" in content_defects(world, plan)


def content_defects(world: World, plan: Plan) -> tuple[str, ...]:
    (row,) = plan.enquiries
    return Enquiry.model_validate_json(world.enquiries[row.case, row.id][1]).defects


def test_a_case_that_no_rule_claimed_goes_where_the_fuller_enquiry_belongs(world: World) -> None:
    first = world.take(event(world, "newCall"))

    second = world.take(told(world, "There is a smell of gas"))

    assert world.again(first).case.service == "holes"
    assert (world.again(first).case.flags, world.again(first).case.priority) == (("emergency",), "urgent")
    assert [type(each) for each in events_of(second)] == [EnquiryUpdated, Rerouted]
    assert updated(second).decision.rule == "gas-words"


def test_a_case_that_only_rules_have_seen_goes_on_with_what_becomes_known(world: World) -> None:
    first = world.take(told(world, "My bin was missed"))

    world.take(told(world, "My bin was missed, and I smell gas"))

    case = world.again(first).case
    assert (case.service, case.rule) == ("holes", "gas-words")
    assert (case.flags, case.priority) == (("emergency",), "urgent")


@pytest.mark.parametrize("action", [("triage", {}), ("assign", {"assignee": "bob"}), ("start_work", {})])
def test_a_case_that_somebody_has_taken_up_is_not_rerouted(world: World, action: tuple[str, dict[str, str]]) -> None:
    first = world.take(event(world, "newCall"))
    world.act(first, action[0], ALICE, **action[1])

    world.take(told(world, "There is a hole in the road"))

    assert world.again(first).case.service == "triage"


def test_a_case_that_somebody_rerouted_stays_there(world: World) -> None:
    first = world.take(event(world, "newCall"))
    world.save(plan_reroute(world.again(first), "bins", None, ALICE, world.policy, world.context()))

    world.take(told(world, "There is a hole in the road"))

    assert world.again(first).case.service == "bins"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_place_in_the_words_is_that_of_all_of_them(policy: Policy, order: tuple[int, int]) -> None:
    words = ["My bin at L1 8JQ was missed", "My bin at L1 8JQ was missed, and that of SW1A 1AA"]
    world = World(policy)

    places = []
    for number in order:
        world.take(told(world, words[number]))
        places.append(content(world).location)

    assert places == [[Location(postcode="L1 8JQ", source="text"), None][order[0]], None]


def test_an_event_for_a_closed_case_flags_it_and_leaves_it_closed(world: World) -> None:
    first = world.take(event(world, "newCall"))
    world.act(first, "no_action")

    world.take(told(world, "There is a smell of gas"))

    case = world.again(first).case
    assert (case.service, case.state_type, case.flags, case.priority) == ("triage", "closed", ("emergency",), "urgent")


def test_flags_that_an_event_raises_reach_the_case_that_took_a_merged_ones_place(world: World) -> None:
    first = world.take(event(world, "newCall"))
    other = world.receive("My bin", sender="tel:07700900456")
    world.merge(first, other)

    plan = world.take(told(world, "There is a smell of gas"))

    assert world.again(first).case.flags == world.again(other).case.flags == ("emergency",)
    assert [change.case.id for change in plan.changes] == [world.again(each).case.id for each in (first, other)]
    assert rebuild(world.events(other)) == world.again(other).case


def test_flags_that_were_raised_before_the_merger_are_not_raised_again(world: World) -> None:
    first = world.take(told(world, "Gas"))
    other = world.receive("My bin", sender="tel:07700900456")
    world.merge(first, other)
    facts = world.again(other)
    world.save(plan_flags(facts, (), facts.case.flags, ALICE, world.policy, world.context()))

    world.take(told(world, "Gas, and come quickly"))

    assert facts.case.flags == ("emergency",)
    assert world.again(other).case.flags == ()


def test_the_caller_is_known_when_only_a_later_event_names_them(world: World) -> None:
    world.take(event(world, "recording", sender=None))

    plan = world.take(event(world, "newCall"))

    assert str(party(world).urn) == "tel:+447700900123"
    (claim,) = plan.claims
    assert party(world).citizen == claim.citizen
    assert world.again(plan).party_of(claim.urn.key)


def test_a_caller_who_is_known_already_is_the_same_citizen(world: World) -> None:
    known = world.receive("My bin")
    world.take(event(world, "recording", sender=None))

    plan = world.take(event(world, "newCall"))

    assert not plan.claims
    (row,) = plan.party_changes
    assert row.citizen == known.claims[0].citizen


def test_an_event_that_names_nobody_leaves_the_caller(world: World) -> None:
    world.take(event(world, "newCall"))

    plan = world.take(event(world, "recording", sender=None))

    assert plan.party_changes == ()
    assert str(party(world).urn) == "tel:+447700900123"


def test_an_event_of_a_call_that_was_erased_opens_a_case(world: World) -> None:
    world.take(event(world, "newCall"))
    world.enquiries.clear()

    plan = world.take(told(world, "My bin was missed"))

    assert plan.outcome == "opened"
    assert "source_id_reused" in content_defects(world, plan)


def test_a_very_long_transcript_is_kept_whole_and_the_cut_is_noted(world: World) -> None:
    long = "bin " * (TEXT_LIMIT // 4 + 1)
    world.take(event(world, "newCall"))

    world.take(told(world, long))

    kept = content(world)
    assert (len(kept.text), kept.full_text, "text_truncated" in kept.defects) == (TEXT_LIMIT, long, True)


def test_bytes_that_come_with_an_event_are_kept(world: World) -> None:
    world.take(event(world, "newCall"))
    sound = [{"filename": "voicemail.wav", "media_type": "audio/wav", "content": b"RIFF"}]

    plan = world.take(event(world, "recording", attachments=sound))

    (file,) = updated(plan).files
    assert next(each.body for each in plan.contents if each.id == file.id) == b"RIFF"


def test_a_call_from_a_restricted_sender_comes_back_when_its_transcript_may_not_wait(world: World) -> None:
    new = event(world, "newCall")
    assert new.sender is not None
    world.restricted[new.sender.key] = START.replace(year=START.year + 1)
    first = world.take(new)
    assert world.again(first).case.flags == ("restricted_sender", "set_aside")

    world.take(told(world, "There is a smell of gas"))

    assert world.again(first).case.flags == ("emergency",)


def test_a_call_from_a_restricted_sender_stays_set_aside_whatever_else_is_said(world: World) -> None:
    new = event(world, "newCall")
    assert new.sender is not None
    world.restricted[new.sender.key] = START.replace(year=START.year + 1)
    first = world.take(new)

    world.take(told(world, "There is a hole in the road"))

    assert set(world.again(first).case.flags) == {"restricted_sender", "road", "set_aside"}
