"""What becomes of an enquiry: a case, a joined one, a repeat or a rejection; and all that is written with it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.core.enquiry import TEXT_LIMIT, UNPROVED, Attachment, Enquiry
from onestop.core.events import CaseOpened, EnquiryReceived, Event, MessageQueued, StateChanged
from onestop.core.gateway import Message
from onestop.core.intake import plan_intake
from onestop.core.plan import Answers, Ask, FindContact, FindIntake, Plan
from onestop.core.policy import Policy
from onestop.core.repeats import intake_identity

from .world import START, World, content_of, events_of, reply

JO, NUMBER = "mailto:jo@example.org", "tel:07700 900123"


def received(plan: Plan) -> EnquiryReceived:
    return next(event for event in events_of(plan) if isinstance(event, EnquiryReceived))


def kept(plan: Plan) -> Enquiry:
    """Give the enquiry as its content has it."""
    return Enquiry.model_validate_json(content_of(plan, "enquiry")[0])


def message(plan: Plan) -> Message:
    (body,) = content_of(plan, "message")
    return Message.model_validate_json(body)


# -- a case of its own -------------------------------------------------------------------------------------------------


def test_an_enquiry_that_belongs_nowhere_opens_a_case_at_the_service_the_rules_name(world: World) -> None:
    plan = world.receive("There is a hole", source_id="1", thread={"message_id": "m1"})

    opened, arrived, queued = events_of(plan)
    assert isinstance(opened, CaseOpened)
    assert isinstance(arrived, EnquiryReceived)
    assert isinstance(queued, MessageQueued)
    assert (opened.decision.service, opened.decision.rule, opened.state) == ("holes", "hole-words", "reported")
    assert opened.decision.policy == world.policy.hash
    assert {opened.by, arrived.by, queued.by} == {"system:onestop"}
    assert {opened.at, arrived.at, queued.at} == {START}
    assert plan.intake is not None
    assert (plan.intake.outcome, plan.intake.case, plan.intake.enquiry) == ("opened", opened.id, arrived.enquiry)
    assert plan.intake.raw == "r1"
    (row,) = plan.enquiries
    assert (row.id, row.case, row.party, row.message_id) == (arrived.enquiry, opened.id, arrived.party, "m1")
    (party,) = plan.parties
    assert (party.alias, party.urn, party.citizen) == (arrived.party, "tel:+447700900123", plan.claims[0].citizen)


@pytest.mark.parametrize(("text", "hours"), [("a bin", 48), ("a hole", None)])
def test_a_service_promises_from_when_the_enquiry_came(world: World, text: str, hours: int | None) -> None:
    item = world.enquiry(text)
    world.later(hours=3)

    plan = world.take(item)

    assert plan.case is not None
    promised = plan.case.target_at
    assert (None if promised is None else (promised - item.received_at).total_seconds() / 3600) == hours


def test_whoever_wrote_it_down_is_who_did_it(world: World) -> None:
    plan = world.receive("a bin", channel="phone", kind="call", entered_by="dilys", sender=None)

    assert {event.by for event in events_of(plan)} == {"worker:dilys"}
    assert plan.parties[0].urn is None
    assert plan.parties[0].citizen is None
    assert not plan.claims


def test_what_is_written_down_can_be_read_again_and_its_bytes_are_files(world: World) -> None:
    photo, elsewhere = (
        Attachment.of("a.jpg", "image/jpeg", b"\xff\xd8"),
        Attachment(filename="b", media_type="x", url="https://x.example"),
    )
    item = world.enquiry("a bin", attachments=[photo, elsewhere], answers={"colour": "green"})

    plan = world.take(item)

    assert kept(plan).digest == item.digest
    (file,) = [content for content in plan.contents if content.kind == "file"]
    assert (file.body, file.media_type) == (b"\xff\xd8", "image/jpeg")
    assert received(plan).files == (file.ref,)
    assert {content.case for content in plan.contents} == {events_of(plan)[0].id}


# -- repeats -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "changes", "outcome"),
    [
        (0, {}, "repeat"),
        (60 * 24 * 400, {}, "repeat"),
        (0, {"recipients": ["mailto:bins@saltmarsh.example"]}, "repeat"),
        (0, {"text": "a hole"}, "opened"),
        (0, {"adapter": "other"}, "asked"),
        (0, {"source_id": "2"}, "asked"),
    ],
)
def test_a_repeat_has_the_same_adapter_source_id_and_content(
    world: World, minutes: int, changes: dict[str, Any], outcome: str
) -> None:
    base: dict[str, Any] = {"text": "a bin", "source_id": "1", "channel": "email", "sender": JO}
    first = world.receive(**base)

    again = world.later(minutes=minutes).receive(**base | changes)

    assert again.outcome == outcome
    assert (again.intake == first.intake) is (outcome == "repeat")
    assert bool(again.changes) is (outcome != "repeat")


def test_a_source_id_that_comes_with_other_content_is_a_new_enquiry_with_a_defect(world: World) -> None:
    world.receive("a bin", source_id="1", channel="email", sender=JO)

    other = world.receive("a hole", source_id="1", channel="email", sender=JO)
    again = world.receive("a hole", source_id="1", channel="email", sender=JO)

    assert other.outcome == "opened"
    assert received(other).defects == kept(other).defects == ("source_id_reused",)
    assert again.outcome == "repeat"


@pytest.mark.parametrize(
    ("seconds", "repeat"), [(0, True), (3, True), (60, True), (61, False), (-60, True), (-61, False)]
)
def test_without_a_source_id_the_same_words_are_a_repeat_within_the_window(
    world: World, seconds: int, repeat: bool
) -> None:
    world.receive("a bin", channel="web", sender=JO)

    again = world.later(seconds=seconds).receive("a bin", channel="web", sender=JO)

    assert (again.outcome == "repeat") is repeat


def test_the_same_words_about_two_places_are_two_reports(world: World) -> None:
    here = world.receive("a hole", channel="web", sender=JO, location={"lat": 53.1, "lon": -3.1})

    there = world.receive("a hole", channel="web", sender=JO, location={"lat": 53.2, "lon": -3.2})

    assert there.outcome == "asked"
    assert here.case != there.case


def test_the_same_words_for_two_people_who_withheld_their_numbers_are_two_reports(world: World) -> None:
    world.receive("a bin", channel="phone", sender=None, on_behalf_of="Edith")

    other = world.receive("a bin", channel="phone", sender=None, on_behalf_of="Agnes")

    assert other.outcome == "opened"


@pytest.mark.parametrize("sender", ["mailto:Contact@saltmarsh.example", "tel:+44 1632 960100"])
def test_mail_of_our_own_is_rejected(world: World, sender: str) -> None:
    plan = world.receive("a bin", sender=sender)

    assert plan == Plan("rejected", code="own_mail")


# -- answers and defects -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "defects"),
    [
        ({"service_code": "graffiti", "answers": {"surface": "brick"}}, ()),
        ({"service_code": "graffiti"}, ("answer_missing",)),
        ({"service_code": "graffiti", "answers": {"surface": "wood"}}, ("answer_invalid",)),
        ({"service_code": "graffiti", "answers": {"surface": "brick", "x": "y"}}, ("answer_unknown",)),
        ({"service_code": "graffiti", "answers": {"x": "y"}}, ("answer_missing", "answer_unknown")),
        ({"service_code": "parking"}, ("service_unknown",)),
        ({"answers": {"x": "y"}}, ("answer_unknown",)),
        ({"defects": ["date_missing"], "service_code": "graffiti"}, ("date_missing", "answer_missing")),
        ({}, ()),
    ],
)
def test_answers_are_checked_and_nothing_is_refused(
    world: World, fields: dict[str, Any], defects: tuple[str, ...]
) -> None:
    plan = world.receive("hello", channel="web", sender=JO, **fields)

    assert plan.outcome == "opened"
    assert received(plan).defects == kept(plan).defects == defects


def test_a_text_longer_than_the_limit_is_kept_whole_beside(world: World) -> None:
    text = "bin " + "ŷ" * TEXT_LIMIT

    plan = world.receive(text, full_text=f"{text}\n> quoted")

    (whole,) = [content for content in plan.contents if content.kind == "text"]
    assert whole.body.decode() == f"{text}\n> quoted"
    assert received(plan).whole == whole.ref
    assert kept(plan).text == text[:TEXT_LIMIT]
    assert kept(plan).full_text is None
    assert received(plan).defects == ("text_truncated",)


def test_a_text_of_just_the_limit_stays_where_it_is(world: World) -> None:
    plan = world.receive("x" * TEXT_LIMIT)

    assert content_of(plan, "text") == []
    assert received(plan).whole is None
    assert received(plan).defects == ()


# -- who is who --------------------------------------------------------------------------------------------------------


def test_a_contact_point_is_claimed_once_and_then_known(world: World) -> None:
    first = world.receive("a bin", sender_name="Mary Price", language="cy")
    second = world.receive("a hole", sender_name="M. Price")

    (claim,) = first.claims
    assert (claim.urn, claim.name, claim.language) == ("tel:+447700900123", "Mary Price", "cy")
    assert second.claims == second.shared == ()
    assert second.parties[0].citizen == claim.citizen


def test_another_name_makes_a_contact_point_shared_and_then_it_is_nobody_s(world: World) -> None:
    world.receive("a bin", channel="phone", sender_name="Mary Price")

    tom = world.receive("a hole", channel="phone", sender_name="Tom Price")
    mary = world.receive("something", channel="phone", sender_name="Mary Price")

    assert tom.shared == ("tel:+447700900123",)
    assert [plan.parties[0].citizen for plan in (tom, mary)] == [None, None]
    assert mary.claims == mary.shared == ()


def test_who_writes_again_keeps_their_alias(world: World) -> None:
    first = world.receive("a bin")

    again = world.receive("number 5")

    assert received(again).party == received(first).party
    assert again.parties == ()


def test_copies_become_parties_each_once_and_never_we_the_sender_or_who_it_was_written_to(world: World) -> None:
    cc = ["boss@example.org", "BOSS@example.org", "contact@saltmarsh.example", "Jo@example.org", "to@saltmarsh.example"]
    item = world.enquiry(
        "a bin", channel="email", sender=JO, recipients=["mailto:to@saltmarsh.example"],
        cc=[*(f"mailto:{address}" for address in cc), "tel:999"],
    )  # fmt: skip

    plan = world.take(item)

    assert [str(party.urn) for party in plan.parties] == [JO, "mailto:BOSS@example.org", "tel:999;phone-context=+44"]
    assert plan.case is not None
    assert list(plan.case.parties.values()) == ["sender", "copied", "copied"]
    assert [party.citizen is None for party in plan.parties] == [False, True, True]


def test_who_is_of_the_case_already_is_not_copied_into_it_again(world: World) -> None:
    first = world.receive("a bin", channel="email", sender=JO, cc=["mailto:boss@example.org"])
    assert first.case is not None

    again = world.receive("x", channel="email", sender="mailto:boss@example.org", cc=[JO, "mailto:new@example.org"],
                          thread=reply(token=first.case.reference))  # fmt: skip

    assert [str(party.urn) for party in again.parties] == ["mailto:new@example.org"]


def test_of_five_thousand_copies_a_hundred_become_parties_and_all_are_kept(world: World) -> None:
    cc = [f"mailto:p{number}@example.org" for number in range(5_000)]

    plan = world.receive("a bin", channel="email", sender=JO, cc=cc)

    assert len(plan.parties) == 101
    assert received(plan).defects == ("copied_cut",)
    assert len(kept(plan).cc) == 5_000


def test_a_case_takes_a_thousand_parties_and_then_only_those_who_write(world: World) -> None:
    first = world.receive("a bin", channel="email", sender=JO, thread={"message_id": "m0"})

    def mail(number: int, sender: str = JO) -> Plan:
        cc = [f"mailto:p{number}.{each}@example.org" for each in range(90)]
        assert first.case is not None
        return world.receive(
            f"{number}", channel="email", sender=sender, cc=cc, thread=reply(token=first.case.reference)
        )

    filled = [mail(number) for number in range(12)]
    late = mail(12, "mailto:late@example.org")

    assert filled[-1].case is not None
    assert len(filled[-1].case.parties) == 1_000
    assert received(filled[-1]).defects == ("copied_cut",)
    assert [str(party.urn) for party in late.parties] == ["mailto:late@example.org"]


# -- acknowledgements --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "channel"),
    [
        ({"channel": "sms", "sender": NUMBER}, "sms"),
        ({"channel": "email", "sender": JO}, "email"),
        ({"channel": "web", "sender": JO}, "email"),
        ({"channel": "web", "sender": NUMBER}, "sms"),
        ({"channel": "phone", "sender": NUMBER, "kind": "call"}, None),
        ({"channel": "phone", "sender": NUMBER}, None),
        ({"channel": "chat", "sender": NUMBER}, "chat"),
        ({"channel": "email", "sender": NUMBER}, None),
        ({"channel": "sms", "sender": None}, None),
        ({"channel": "sms", "sender": "ext:app:1"}, None),
        ({"channel": "email", "sender": JO, "kind": "auto_reply"}, None),
        ({"channel": "sms", "sender": NUMBER, "kind": "unknown"}, None),
        ({"channel": "sms", "sender": NUMBER, "text": "STOP."}, "sms"),
        ({"channel": "sms", "sender": NUMBER, "text": "please stop the dumping"}, "sms"),
        ({"channel": "email", "sender": JO, "text": "stop"}, "email"),
        ({"channel": "web", "sender": JO, "service_code": "graffiti"}, None),
        ({"channel": "email", "sender": JO, "defects": (UNPROVED,), "gateway_meta": {"auth": "fail"}}, None),
        ({"channel": "email", "sender": JO, "defects": (UNPROVED,), "gateway_meta": {"auth": "none"}}, "email"),
        ({"channel": "sms", "sender": "tel:0909 879 0123"}, None),
        ({"channel": "web", "sender": "tel:0909 879 0123"}, None),
        ({"channel": "web", "sender": "tel:999"}, None),
        ({"channel": "web", "sender": "tel:18000"}, None),
        ({"channel": "sms", "sender": "tel:118118"}, None),
        ({"channel": "sms", "sender": "tel:60777"}, None),
    ],
    ids=str,
)
def test_who_wrote_is_answered_the_way_they_came_and_no_machine_or_premium_number_is(
    world: World, fields: dict[str, Any], channel: str | None
) -> None:
    plan = world.receive(**{"text": "hello"} | fields)

    assert plan.outcome == "opened"
    assert [row.channel for row in plan.messages] == ([channel] if channel else [])
    assert [event.channel for event in events_of(plan) if isinstance(event, MessageQueued)] == [
        row.channel for row in plan.messages
    ]


@pytest.mark.parametrize(
    ("language", "words", "spoken"),
    [
        ("en", "Thank you. Missed bin", "en"),
        ("cy", "Diolch. Bin heb ei gasglu", "cy"),
        ("cy-GB", "Diolch. Bin heb ei gasglu", "cy"),
        ("pl", "Thank you. Missed bin", "en"),
        (None, "Thank you. Missed bin", "en"),
    ],
)
def test_an_answer_is_in_the_citizen_s_language_or_in_all_of_the_council_s(
    world: World, language: str | None, words: str, spoken: str
) -> None:
    plan = world.receive(
        "bin", channel="email", sender=JO, language=language, thread={"message_id": "m1", "references": ["m0"]}
    )

    answer = message(plan)
    assert plan.case is not None
    assert answer.text.startswith(f"{words}: {plan.case.reference}.")
    assert ("Diolch" in answer.text) is (spoken == "cy" or language in (None, "pl"))
    assert (answer.language, answer.automatic, answer.purpose) == (spoken, True, "acknowledgement")
    assert (answer.in_reply_to, answer.references) == ("m1", ("m0", "m1"))
    assert answer.created_at == START


def test_what_joins_is_not_acknowledged_and_what_is_asked_about_is(world: World) -> None:
    world.receive("a bin")

    joined, asked = world.receive("number 5"), world.receive("a bin again")

    assert (joined.outcome, len(joined.messages)) == ("joined", 0)
    assert (asked.outcome, len(asked.messages)) == ("asked", 1)


def test_two_machines_that_answer_each_other_are_answered_ten_times_an_hour(world: World) -> None:
    answered = [len(world.receive(f"ticket {number}", channel="email", sender=JO).messages) for number in range(30)]
    later = world.later(minutes=61).receive("a person", channel="email", sender=JO)

    assert answered == [1] * 10 + [0] * 20
    assert len(later.messages) == 1


# -- what a further enquiry does ---------------------------------------------------------------------------------------


def wakes(plan: Plan) -> list[str]:
    return [event.action for event in events_of(plan) if isinstance(event, StateChanged)]


@pytest.mark.parametrize(
    ("action", "woken"),
    [("wait_for_citizen", ["resume"]), ("resolve", ["reopen"]), ("no_action", ["reopen"]), ("wait_for_partner", [])],
)
def test_a_further_enquiry_takes_the_action_that_the_lifecycle_has_for_it(
    world: World, action: str, woken: list[str]
) -> None:
    first = world.receive("a bin")
    world.act(first, action)
    assert first.case is not None

    plan = world.receive("here it is", thread=reply(token=first.case.reference))

    assert wakes(plan) == woken
    assert {event.by for event in events_of(plan) if isinstance(event, StateChanged)} <= {
        f"citizen:{received(plan).party}"
    }


def test_a_lifecycle_that_asks_too_much_of_an_enquiry_loses_none(world: World) -> None:
    first = world.receive("away", channel="email", sender=JO, kind="auto_reply")
    assert first.case is not None

    plan = world.receive("I am back", channel="email", sender=JO, thread=reply(token=first.case.reference))

    assert (plan.outcome, wakes(plan)) == ("joined", [])
    assert plan.case is not None
    assert plan.case.state == "kept"


# -- the questions, and any enquiry ------------------------------------------------------------------------------------


def test_all_that_can_be_asked_at_once_is_asked_at_once(world: World) -> None:
    item = world.enquiry("about SM-049N-3021", thread=reply(token="SM-0000-0000", to="m1"))
    context = world.context(intake_identity(item))

    step = plan_intake(item, Answers(), world.policy, context)

    assert isinstance(step, Ask)
    assert len(step.queries) == 5
    assert {FindIntake, FindContact} <= {type(query) for query in step.queries}


@pytest.mark.parametrize(("attempt", "same"), [(0, True), (1, False)])
def test_a_replay_mints_the_same_ids_and_another_try_others(policy: Policy, attempt: int, same: bool) -> None:
    one, other = World(policy), World(policy)
    item = one.enquiry("a bin", channel="email", sender=JO, cc=["mailto:b@example.org"], source_id="1")

    first, second = one.take(item), other.take(item, attempt=attempt)

    assert (first == second) is same
    assert first.intake is not None
    assert second.intake is not None
    assert first.intake.id == second.intake.id
    assert set(ids_of(first)).isdisjoint(ids_of(second)) is not same


def ids_of(plan: Plan) -> list[str]:
    assert plan.case is not None
    contents = [content.id for content in plan.contents]
    return [plan.case.id, plan.case.reference, *plan.case.parties, *contents, *(row.id for row in plan.messages)]


@pytest.mark.parametrize(("source_id", "same"), [("1", True), (None, False)])
def test_when_it_came_is_part_of_an_intake_only_where_the_gateway_gave_no_id(
    world: World, source_id: str | None, same: bool
) -> None:
    one = world.enquiry("x", source_id=source_id)
    other = world.later(seconds=1).enquiry("x", source_id=source_id)

    assert (intake_identity(one) == intake_identity(other)) is same


def test_the_zone_a_time_is_given_in_makes_no_other_intake(world: World) -> None:
    one, other = (
        world.enquiry("x", received_at="2026-03-02T09:30:00Z"),
        world.enquiry("x", received_at="2026-03-02T10:30:00+01:00"),
    )

    assert intake_identity(one) == intake_identity(other)


HOSTILE = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["STOP", "a bin", "\ud800", "\x00", "\u202ebin", "SM-049N-3021", "SM-\u212a49N-3021 bin", "bin " * 5_000]
    ),
)
URNS = st.sampled_from([JO, NUMBER, "tel:999", "ext:app:1", "mailto:contact@saltmarsh.example", None])
DAYS = st.sampled_from(["0001-01-01T00:00:00Z", "2026-03-02T09:30:00Z", "9999-12-31T23:59:59Z"])
ENQUIRIES = st.fixed_dictionaries(
    {
        "text": HOSTILE,
        "sender": URNS,
        "received_at": DAYS,
        "channel": st.sampled_from(["sms", "email", "phone", "web", "social"]),
    },
    optional={
        "sender_name": HOSTILE,
        "subject": HOSTILE,
        "full_text": HOSTILE,
        "source_id": st.sampled_from(["", "1"]),
        "kind": st.sampled_from(["auto_reply", "call", "missed_call", "voicemail", "unknown"]),
        "recipients": st.lists(URNS.filter(bool), max_size=2),
        "cc": st.lists(URNS.filter(bool), max_size=3),
        "language": HOSTILE,
        "service_code": st.sampled_from(["graffiti", "bins", "nonsense", ""]),
        "answers": st.dictionaries(st.sampled_from(["surface", "x"]), HOSTILE | st.lists(HOSTILE, max_size=2)),
        "entered_by": HOSTILE,
        "on_behalf_of": HOSTILE,
        "thread": st.fixed_dictionaries({}, optional={"message_id": HOSTILE, "in_reply_to": HOSTILE, "token": HOSTILE}),
        "attachments": st.lists(st.builds(Attachment.of, HOSTILE, HOSTILE, st.binary(max_size=3)), max_size=2),
    },
)  # fmt: skip


@given(st.lists(ENQUIRIES, min_size=1, max_size=5))
def test_any_enquiry_ends_in_exactly_one_place_within_three_rounds(
    policy: Policy, enquiries: list[dict[str, Any]]
) -> None:
    world = World(policy)
    for fields in enquiries:
        plan = world.receive(**fields)

        if plan.outcome == "rejected":
            assert plan == Plan("rejected", code="own_mail")
        elif plan.outcome == "repeat":
            assert plan == Plan("repeat", intake=plan.intake)
            assert plan.intake in world.intakes
        else:
            assert plan.intake is not None
            assert plan.case is not None
            assert plan.outcome in ("opened", "joined", "asked")
            assert (plan.intake.outcome, plan.intake.case) == (plan.outcome, plan.case.id)
            assert [type(event) for event in events_of(plan)].count(EnquiryReceived) == 1
            assert all(json.loads(sealed.data) for change in plan.changes for sealed in change.events)
            assert kept(plan).channel == fields["channel"]
            assert is_sound(plan)
    assert len({row.id for row in world.intakes}) == len(world.intakes)


def is_sound(plan: Plan) -> bool:
    """Say whether every content, party and message of the events is written with them."""
    contents = {content.id: content.ref for content in plan.contents}
    events: list[Event] = events_of(plan)
    refs = [event.content for event in events if isinstance(event, (EnquiryReceived, MessageQueued))]
    return all(contents[ref.id] == ref for ref in refs) and len(contents) == len(plan.contents)
