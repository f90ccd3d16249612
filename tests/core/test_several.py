"""One enquiry for several services: cases of their own, tied together, answered once, and taken in as one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from onestop.core.case import Case
from onestop.core.events import CaseOpened, EnquiryReceived, MessageQueued
from onestop.core.gateway import Message
from onestop.core.nuisance import SET_ASIDE
from onestop.core.plan import CaseFacts, Plan
from onestop.core.policy import Policy
from onestop.core.rules import SEVERAL
from onestop.policy import compile_policy

from .world import World, content_of, events_of, reply

POLICY = Path(__file__).parent / "data" / "several.toml"
TWO = "There is a hole in Mill Lane. Also, my bin was missed."
DEATH = "My mother has died."


@pytest.fixture(scope="module")
def policy() -> Policy:
    return compile_policy(tomllib.loads(POLICY.read_text("utf-8")))


@pytest.fixture
def world(policy: Policy) -> World:
    return World(policy)


def cases(plan: Plan) -> list[Case]:
    return [change.case for change in plan.changes if change.before == 0]


def told(plan: Plan) -> list[Message]:
    return [Message.model_validate_json(body) for body in content_of(plan, "message")]


def siblings(world: World, plan: Plan) -> tuple[CaseFacts, CaseFacts]:
    main, other = cases(plan)
    return world.facts[main.id], world.facts[other.id]


def test_a_message_about_two_things_opens_two_cases_that_know_each_other(world: World) -> None:
    plan = world.receive(TWO)

    main, other = cases(plan)
    assert (plan.outcome, main.service, other.service) == ("opened", "holes", "bins")
    assert [(link.kind, link.case) for link in main.links] == [("related", other.id)]
    assert [(link.kind, link.case) for link in other.links] == [("related", main.id)]
    assert (main.origin, other.origin) == (None, main.id)
    assert (main.priority, main.flags) == ("high", ("road",))
    assert (other.priority, other.flags) == ("normal", ())


def test_a_life_event_opens_children_of_its_case(world: World) -> None:
    plan = world.receive(DEATH)

    parent, *children = cases(plan)
    assert (parent.service, [child.service for child in children]) == ("deaths", ["tax", "badges"])
    assert [link.kind for link in parent.links] == ["child", "child"]
    assert all([link.kind for link in child.links] == ["parent"] for child in children)


def test_each_case_has_words_files_party_and_clocks_of_its_own(world: World) -> None:
    photo = {"filename": "hole.jpg", "media_type": "image/jpeg", "content": b"picture"}
    plan = world.receive(TWO, sender_name="Mary Jones", attachments=[photo])

    main, other = cases(plan)
    (party, copy), (enquiry, copied) = plan.parties, plan.enquiries
    assert (party.case, copy.case) == (main.id, other.id) == (enquiry.case, copied.case)
    assert (copy.citizen, copy.urn, copy.name) == (party.citizen, party.urn, "Mary Jones")
    assert copy.alias != party.alias
    assert len({enquiry.content, copied.content}) == 2
    assert sorted(content.case or "" for content in plan.contents if content.kind == "file") == sorted(
        [main.id, other.id]
    )
    received = [event for event in events_of(plan) if isinstance(event, EnquiryReceived)]
    assert [event.copy_of for event in received] == [None, enquiry.id]
    assert (main.target_at, other.target_at is not None) == (None, True)


def test_the_trace_alone_says_by_which_rule_each_case_was_opened(world: World) -> None:
    plan = world.receive("Mae twll yn y ffordd a hole. Hefyd my bin.", language="cy")

    opened = [event.decision for event in events_of(plan) if isinstance(event, CaseOpened)]
    main, other = opened
    (also,) = main.opens
    assert other == main.alone(also)
    assert ([use.rule for use in other.used], other.flags) == (["welsh", "bin-words"], ("welsh",))
    assert other.policy == main.policy == world.policy.hash


def test_the_citizen_is_told_once_of_all_of_it(world: World) -> None:
    plan = world.receive(TWO, channel="email", sender="mailto:mary@mail.example", language="en")

    (message,) = told(plan)
    main = cases(plan)[0]
    assert message.reference == main.reference
    assert message.text.startswith(f"{main.reference}: Potholes and Missed bins.")
    assert sum(isinstance(event, MessageQueued) for event in events_of(plan)) == 1


def test_the_date_that_is_told_is_the_latest_and_none_where_one_of_them_has_none(world: World) -> None:
    bins = world.receive("My bin was missed", channel="email", sender="mailto:a@mail.example", language="en")
    both = world.receive(TWO, channel="email", sender="mailto:b@mail.example", language="en")
    death = world.receive(DEATH, channel="email", sender="mailto:c@mail.example", language="en")

    parent, *children = cases(death)
    latest = max(case.expected_at for case in (parent, *children) if case.expected_at)
    assert "By Wednesday 4 March 2026" in told(bins)[0].text
    assert "By" not in told(both)[0].text
    assert f"By {latest:%A} {latest.day} {latest:%B %Y}" in told(death)[0].text


def test_a_service_that_answers_nobody_by_itself_is_not_named(world: World) -> None:
    plan = world.receive(
        "My bin was missed. Also my neighbour hits her.", channel="email", sender="mailto:d@mail.example", language="en"
    )

    assert sorted(case.service for case in cases(plan)) == ["bins", "harm"]
    assert all("Harm" not in message.text for message in told(plan))


def test_a_repeat_is_a_repeat_of_the_whole_and_one_row_of_intake_names_the_first_case(world: World) -> None:
    first = world.receive(TWO, source_id="S1")

    again = world.receive(TWO, source_id="S1")

    assert (again.outcome, again.changes) == ("repeat", ())
    assert [row.case for row in world.intakes] == [cases(first)[0].id]
    assert len(world.facts) == 2


@pytest.mark.parametrize(
    "how",
    [
        {"gateway_meta": {"spam": "yes"}, "channel": "email", "sender": "mailto:spam@mail.example"},
        {"channel": "email", "sender": "mailto:forged@mail.example", "defects": ["sender_unproved"]},
        {"channel": "phone", "source_id": "c1", "gateway_meta": {"call_event": "transcript"}, "kind": "voicemail"},
    ],
    ids=["set aside", "forged", "a piece of a call"],
)
def test_what_a_person_looks_at_first_opens_one_case_and_says_so(world: World, how: dict[str, Any]) -> None:
    plan = world.receive(TWO, **how)

    (only,) = cases(plan)
    assert SEVERAL in only.flags
    assert (SET_ASIDE in only.flags) == ("spam" in how["gateway_meta"] if "gateway_meta" in how else False)


def test_what_may_belong_to_a_case_opens_no_further_ones(world: World) -> None:
    world.receive("a hole in Elm Close")

    plan = world.later(hours=1).receive(TWO)

    (only,) = cases(plan)
    assert plan.outcome == "asked"
    assert SEVERAL in only.flags


def test_a_further_matter_in_an_answer_joins_the_case_and_is_for_a_person(world: World) -> None:
    first = world.receive("a hole in Elm Close")
    assert first.case is not None

    plan = world.receive(TWO, thread=reply(token=first.case.reference))

    assert (plan.outcome, cases(plan)) == ("joined", [])
    assert SEVERAL in world.again(first).case.flags


def test_a_life_event_that_is_told_of_again_is_no_further_matter(world: World) -> None:
    first = world.receive(DEATH)
    assert first.case is not None

    world.receive(DEATH, thread=reply(token=first.case.reference), received_at=world.later(hours=1).now)

    assert SEVERAL not in world.again(first).case.flags


def test_a_further_enquiry_with_the_reference_that_was_given_joins_the_first_case(world: World) -> None:
    main, _ = siblings(world, world.receive(TWO))

    plan = world.later(hours=2).receive(f"About {main.case.reference}: it is worse")

    assert (plan.outcome, plan.case and plan.case.id) == ("joined", main.case.id)


def test_an_answer_to_the_citizens_own_mail_belongs_to_the_first_case(world: World) -> None:
    mail = {"channel": "email", "sender": "mailto:mary@mail.example"}
    main, _ = siblings(world, world.receive(TWO, **mail, thread={"message_id": "m1@mail.example"}))

    plan = world.receive("And it is deep", **mail, thread=reply(to="m1@mail.example"))

    assert (plan.outcome, plan.case and plan.case.id) == ("joined", main.case.id)


def test_a_text_that_goes_on_goes_on_with_the_first_case(world: World) -> None:
    main, _ = siblings(world, world.receive(TWO))

    plan = world.send().later(minutes=5).receive("Thank you")

    assert (plan.outcome, plan.case and plan.case.id) == ("joined", main.case.id)


def test_a_text_after_a_message_of_ours_about_the_second_case_is_asked_about(world: World) -> None:
    _, other = siblings(world, world.send().receive(TWO))
    world.sent["tel:+447700900123", "sms"] = (other.case.id, world.now)

    plan = world.later(minutes=5).receive("Thank you")

    assert plan.outcome == "asked"


@pytest.mark.parametrize("closes_first", [True, False], ids=["the first", "the second"])
def test_closing_one_case_leaves_the_other_open(world: World, closes_first: bool) -> None:
    closed, other = siblings(world, world.receive(TWO))[:: 1 if closes_first else -1]

    world.act(closed, "no_action")

    assert world.again(closed).case.state_type == "closed"
    assert world.again(other).case == other.case


def test_the_same_enquiry_opens_the_same_cases_byte_for_byte(world: World, policy: Policy) -> None:
    other = World(policy)

    for each in (world, other):
        each.receive(DEATH, source_id="S1")

    assert list(world.stored.values()) == list(other.stored.values())


def test_a_call_whose_transcript_tells_of_two_things_is_one_case_for_a_person(world: World) -> None:
    call = {"channel": "phone", "source_id": "c1", "sender": "tel:07700900009"}
    world.receive(**call, kind="missed_call", gateway_meta={"call_event": "rang"})

    plan = world.receive(TWO, **call, kind="voicemail", gateway_meta={"call_event": "transcript"})

    assert plan.case is not None
    assert (plan.outcome, cases(plan)) == ("joined", [])
    assert SEVERAL in plan.case.flags
