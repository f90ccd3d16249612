"""Which case an enquiry belongs to: docs/explanation/matching.md, rule by rule, and what never happens."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.core.case import MATCH_REVIEW, Case
from onestop.core.events import EnquiryReceived, Match
from onestop.core.linking import plan_link
from onestop.core.matching import BECAUSE, HOW, names_differ
from onestop.core.plan import CaseFacts, Plan
from onestop.core.policy import Policy
from onestop.errors import OnestopError

from .world import ALICE, World, events_of, reply

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "matching.md"
JO, BO = "mailto:jo@example.org", "mailto:bo@example.org"
MAIL: dict[str, Any] = {"channel": "email", "sender": JO}


def match(plan: Plan) -> Match:
    """Give how an enquiry came to its case."""
    return next(event.match for event in events_of(plan) if isinstance(event, EnquiryReceived))


def case(plan: Plan) -> Case:
    assert plan.case is not None
    return plan.case


def candidates(plan: Plan) -> set[str]:
    return {candidate.case for candidate in match(plan).candidates}


def rejected(plan: Plan) -> dict[str, str]:
    return {candidate.case: candidate.because for candidate in match(plan).rejected}


def joins(plan: Plan, to: Plan, how: str) -> bool:
    return (plan.outcome, case(plan).id, match(plan).how) == ("joined", case(to).id, how)


def asks(plan: Plan, how: str, *about: Plan) -> bool:
    """Say whether it opened a case of its own that a person looks at, with these as candidates."""
    other = {case(each).id for each in about}
    own = case(plan).id not in other and MATCH_REVIEW in case(plan).flags
    return own and (plan.outcome, match(plan).how, candidates(plan)) == ("asked", how, other)


def opens(plan: Plan) -> bool:
    return (plan.outcome, match(plan).how, match(plan).candidates) == ("opened", "new", ())


# -- by token ----------------------------------------------------------------------------------------------------------


def test_whoever_answers_with_our_signed_token_joins_its_case(world: World) -> None:
    first = world.receive("a bin", **MAIL)

    answer = world.receive("and a hole", channel="email", sender=BO, thread=reply(token=case(first).reference))

    assert joins(answer, first, "token")
    assert len(case(answer).parties) == 2


def test_a_case_that_a_worker_chose_is_meant_whoever_rings(world: World) -> None:
    first = world.receive("a bin", **MAIL)

    call = world.receive(
        "a hole",
        channel="phone",
        sender=None,
        kind="call",
        entered_by="dilys",
        thread=reply(token=case(first).reference),
    )

    assert joins(call, first, "chosen")


def test_the_token_of_a_case_that_is_not_there_is_passed_over(world: World) -> None:
    first = world.receive("a bin", **MAIL, thread={"message_id": "m1@example.org"})

    answer = world.receive("x", **MAIL, thread=reply(token="SM-0000-0000", to="m1@example.org"))

    assert joins(answer, first, "thread")


# -- by thread ---------------------------------------------------------------------------------------------------------


def test_an_answer_to_our_message_joins_its_case_whatever_its_subject_says(world: World) -> None:
    first = world.receive("a bin", **MAIL)
    (ours,) = world.messages

    answer = world.receive("and a hole", **MAIL, subject="Something else", thread=reply(to=ours))

    assert joins(answer, first, "thread")


def test_two_mails_of_one_thread_before_anybody_answered_are_one_case(world: World) -> None:
    first = world.receive("a bin", **MAIL, thread={"message_id": "m1"})

    second = world.receive("sorry, the green one", **MAIL, thread={"message_id": "m2", "in_reply_to": "m1"})
    third = world.receive("at the back", **MAIL, thread={"message_id": "m3", "references": ("m1", "m2")})

    assert joins(second, first, "thread")
    assert joins(third, first, "thread")


def test_the_nearest_message_counts_where_a_thread_went_through_two_cases(world: World) -> None:
    world.receive("a bin", **MAIL, thread={"message_id": "m1"})
    second = world.receive("a hole", **MAIL, thread={"message_id": "m2"})

    by_references = world.receive("x", **MAIL, thread=reply(references=("m1", "m2")))
    by_reply = world.receive("y", **MAIL, thread=reply(to="m2", references=("m2", "m1")))

    assert joins(by_references, second, "thread")
    assert joins(by_reply, second, "thread")


def test_strangers_who_answer_one_newsletter_do_not_get_into_one_case(world: World) -> None:
    first = world.receive("a bin", **MAIL, thread={"message_id": "m1", "in_reply_to": "newsletter"})

    second = world.receive("what is this?", channel="email", sender=BO, thread=reply(to="newsletter"))
    forwarded = world.receive(
        "what is that?", channel="email", sender=BO, thread=reply(to="m1", references=("newsletter",))
    )

    assert opens(first)
    assert opens(second)
    assert asks(forwarded, "thread_stranger", first)
    assert {world.rows[alias].urn for alias in world.again(first).case.parties} == {JO}


def test_who_had_a_copy_is_of_the_case_and_who_had_a_blind_copy_is_not(world: World) -> None:
    first = world.receive("a bin", **MAIL, cc=["mailto:boss@example.org"], thread={"message_id": "m1"})

    boss = world.receive("I agree", channel="email", sender="mailto:Boss@example.org", thread=reply(to="m1"))
    blind = world.receive("so do I", channel="email", sender="mailto:blind@example.org", thread=reply(to="m1"))

    assert joins(boss, first, "thread")
    assert list(case(boss).parties.values()) == ["sender", "sender"]
    assert asks(blind, "thread_stranger", first)


def test_an_answer_to_a_message_that_we_never_saw_is_asked_about_at_the_same_service(world: World) -> None:
    first = world.receive("a bin", **MAIL)

    same = world.receive("the bin again", **MAIL, thread=reply(to="outlook@officer.example"))
    another = world.receive("a hole", **MAIL, thread=reply(to="outlook@officer.example"))

    assert asks(same, "same_or_another", first)
    assert opens(another)


def test_a_withheld_sender_is_of_no_case(world: World) -> None:
    first = world.receive("a bin", channel="email", sender=None, thread={"message_id": "m1"})

    answer = world.receive("x", channel="email", sender=None, thread=reply(to="m1"))
    again = world.receive(f"{case(first).reference}", sender=None)

    assert asks(answer, "thread_stranger", first)
    assert asks(again, "reference_unclear", first)


# -- by a reference in the words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["subject", "text"])
@pytest.mark.parametrize("channel", ["sms", "email", "phone", "web"])
def test_a_party_that_quotes_its_reference_joins(world: World, where: str, channel: str) -> None:
    first = world.receive("a bin", channel=channel)
    world.receive("a hole")

    answer = world.receive(**{"channel": channel, where: f"about {case(first).reference.lower()}, any news?"})

    assert joins(answer, first, "reference")


def test_a_stranger_who_quotes_a_reference_is_asked_about(world: World) -> None:
    first = world.receive("a bin", **MAIL)

    stranger = world.receive(f"{case(first).reference} please", channel="email", sender=BO)

    assert asks(stranger, "reference_unclear", first)


def test_whoever_quotes_two_references_is_asked_about_though_one_is_their_own(world: World) -> None:
    first = world.receive("a bin", **MAIL)
    second = world.receive("a bin", channel="email", sender=BO)

    both = world.receive(f"{case(first).reference} {case(second).reference}", **MAIL)

    assert asks(both, "reference_unclear", first, second)


def test_another_name_at_the_same_contact_point_is_another_person(world: World) -> None:
    first = world.receive("a bin", channel="phone", sender_name="Mary Price")

    other = world.receive(f"{case(first).reference}", channel="phone", sender_name="Tom Owen")
    same = world.receive(f"{case(first).reference}!", channel="phone", sender_name="Mrs M. Price")

    assert asks(other, "reference_unclear", first)
    assert joins(same, first, "reference")


def test_a_reference_quoted_ten_thousand_times_is_quoted_once(world: World) -> None:
    first = world.receive("a bin")

    answer = world.receive(f"{case(first).reference} " * 10_000)

    assert joins(answer, first, "reference")


def test_another_council_s_reference_says_nothing(world: World) -> None:
    answer = world.receive("your XY-049N-3021 and SM-0000-0000")

    assert opens(answer)


# -- a text ------------------------------------------------------------------------------------------------------------


def test_an_unclear_text_answers_the_one_case_that_we_last_wrote_about(world: World) -> None:
    first = world.receive("a bin")
    world.send()

    answer = world.later(days=6).receive("number 5")

    assert joins(answer, first, "answer")


def test_a_text_about_the_same_service_answers_what_we_last_wrote_about(world: World) -> None:
    first = world.receive("a bin")
    world.send()

    answer = world.later(days=6).receive("the bin is still here")

    assert joins(answer, first, "answer")


def test_a_text_about_another_service_answers_nothing(world: World) -> None:
    first = world.receive("a bin")
    world.send()

    other = world.receive("a hole")

    assert opens(other)
    assert rejected(other) == {case(first).id: "another_matter"}


def test_a_text_shortly_after_the_last_continues_it(world: World) -> None:
    first = world.receive("a bin")

    more = world.later(minutes=30).receive("at number 5")
    again = world.later(minutes=30).receive("the green one")

    assert joins(more, first, "continued")
    assert joins(again, first, "continued")


def test_an_unclear_text_that_comes_too_late_to_continue_is_asked_about(world: World) -> None:
    first = world.receive("a bin")

    late = world.later(minutes=31).receive("any news?")

    assert asks(late, "open_or_another", first)


def test_an_unclear_text_with_two_open_cases_is_asked_about_at_once(world: World) -> None:
    first, second = world.receive("a bin"), world.receive("a hole")
    world.send()

    text = world.receive("any news?")

    assert asks(text, "several_open", first, second)


def test_a_text_about_the_service_of_a_case_of_today_is_asked_about(world: World) -> None:
    first = world.receive("a hole")
    world.receive("a bin")

    again = world.later(hours=23).receive("another hole, or the same")
    tomorrow = world.later(hours=25).receive("a hole")

    assert asks(again, "same_or_another", first)
    assert opens(tomorrow)


def test_a_text_about_the_service_that_we_wrote_about_this_week_is_asked_about(world: World) -> None:
    world.receive("a bin")
    first = world.receive("a hole")
    world.send()

    again = world.later(days=3).receive("the hole is still there")

    assert asks(again, "same_or_another", first)


def test_an_answer_after_its_case_closed_reopens_it(world: World) -> None:
    first = world.receive("a bin")
    world.send()
    world.act(first, "resolve")
    world.act(first, "close")

    answer = world.later(days=2).receive("2")

    assert joins(answer, first, "answer")
    assert case(answer).state_type == "open"


@pytest.mark.parametrize(("seconds", "answers"), [(0, True), (1, False)])
def test_after_a_week_an_answer_answers_nothing(world: World, seconds: int, answers: bool) -> None:
    first = world.receive("a bin")
    world.send()
    world.act(first, "no_action")

    answer = world.later(days=7, seconds=seconds).receive("2")

    assert joins(answer, first, "answer") is answers
    assert opens(answer) is not answers


def test_a_text_about_another_service_reopens_nothing(world: World) -> None:
    first = world.receive("a bin")
    world.send()
    world.act(first, "no_action")

    other = world.receive("a hole")

    assert opens(other)


def test_a_closed_state_that_no_enquiry_leads_out_of_is_never_reopened(world: World) -> None:
    first = world.receive("away", **MACHINE)
    world.act(first, "shut")

    answer = world.receive("I am back", **MAIL, thread=reply(token=case(first).reference))

    assert (answer.outcome, match(answer).how) == ("opened", "token_late")


def test_whatsapp_and_sms_of_one_number_are_one_contact_point_and_two_channels(world: World) -> None:
    first = world.receive("a bin", channel="sms")
    world.send()

    chat = world.later(days=2).receive("any news?", channel="chat")

    assert asks(chat, "open_or_another", first)


# -- e-mails, forms and calls ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["email", "web", "phone", "post", "in_person"])
def test_nothing_but_a_text_joins_by_its_contact_point_alone(world: World, channel: str) -> None:
    first = world.receive("a bin", channel=channel, sender=JO)
    world.send()

    at_once = world.receive("a hole", channel=channel, sender=JO)
    same = world.receive("a bin, again", channel=channel, sender=JO)

    assert opens(at_once)
    assert rejected(at_once) == {case(first).id: "another_service"}
    assert asks(same, "same_or_another", first)


def test_a_text_and_an_e_mail_of_one_person_are_two_contact_points(world: World) -> None:
    world.receive("a bin", channel="sms")

    mail = world.receive("a bin", **MAIL)

    assert opens(mail)


# -- one contact point, several people ---------------------------------------------------------------------------------


def test_two_people_on_one_handset_are_two_people(world: World) -> None:
    mary = world.receive("a bin", channel="phone", sender_name="Mary Price")

    tom = world.receive("a bin", channel="phone", sender_name="Tom Owen")
    text = world.receive("any news?")

    assert opens(tom)
    assert rejected(tom) == {case(mary).id: "another_person"}
    assert opens(text)
    assert set(rejected(text).values()) == {"shared_contact_point"}
    assert {world.rows[alias].citizen is None for alias in case(tom).parties} == {True}


def test_who_shares_a_contact_point_still_finds_their_own_case_by_its_token(world: World) -> None:
    world.receive("a bin", channel="phone", sender_name="Mary Price")
    tom = world.receive("a bin", channel="phone", sender_name="Tom Owen")
    token = reply(token=case(tom).reference)

    answers = [
        world.receive(f"{n}", thread=token, sender_name=name) for n, name in enumerate(["Mary Price", "Tom Owen"] * 2)
    ]

    assert all(joins(answer, tom, "token") for answer in answers)
    assert len(world.again(tom).parties) == 2


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("Mary Jones", "Tom Price", True),
        ("Mary Jones", "Mary Jones", False),
        ("Mary Jones", "MARY  jones", False),
        ("Siân Prŷs", "Sian Prys", False),
        ("Mary Jones", "M. Jones", False),
        ("Mary Jones", "Jones, Mary", False),
        ("Mary Jones", "Mary Ann Jones", False),
        ("Ann Mary Jones", "Mary Jones", False),
        ("Mary Jones", "Mary", False),
        ("Mary Jones", "Jones", False),
        ("Mary Jones", "Mary Smith", False),
        ("Jo Jones", "Joanna Jones", False),
        ("Mary Jones", "Tom Jones", True),
        ("Mr Tom Jones", "Mrs Mary Jones", True),
        ("Mr Jones", "Mr Price", True),
        ("Mr Jones", "Mrs Jones", False),
        ("Cllr A. Price", "Alun Price", False),
        ("Dr Mary", "Dr", False),
        ("mary@example.org", "Mary", False),
        ("M", "T", False),
        ("🙂", "Mary", False),
        ("李明", "王芳", True),
        ("", "Mary", False),
        (None, "Mary", False),
        (None, None, False),
    ],
)
def test_names_are_two_people_s_when_they_share_nothing_or_only_the_family(
    one: str | None, other: str | None, differ: bool
) -> None:
    assert names_differ(one, other) is differ
    assert names_differ(other, one) is differ


@given(st.text(), st.text())
def test_any_two_names_can_be_compared_either_way_round(one: str, other: str) -> None:
    assert names_differ(one, other) is names_differ(other, one)
    assert not names_differ(one, one)


def test_giant_names_are_compared_as_fast_as_any() -> None:
    assert not names_differ("a b " * 1_000_000, "a b " * 1_000_000)


# -- automatic answers -------------------------------------------------------------------------------------------------

MACHINE: dict[str, Any] = {"channel": "email", "sender": JO, "kind": "auto_reply"}


def test_an_automatic_answer_stays_with_its_case_and_wakes_nothing(world: World) -> None:
    first = world.receive("a bin", **MAIL)
    (ours,) = world.messages
    world.act(first, "wait_for_citizen")

    away = world.receive("I am away", **MACHINE, thread=reply(to=ours))

    assert joins(away, first, "thread")
    assert case(away).state == "waiting_on_citizen"
    assert case(away).priority == "normal"


@pytest.mark.parametrize("days", [1, 400])
def test_an_automatic_answer_reopens_nothing_and_opens_nothing_behind_it(world: World, days: int) -> None:
    first = world.receive("a bin", **MAIL)
    (ours,) = world.messages
    world.act(first, "no_action")

    away = world.later(days=days).receive("I am away", **MACHINE, thread=reply(to=ours))

    assert joins(away, first, "thread")
    assert case(away).state_type == "closed"


def test_what_a_machine_quotes_is_no_evidence(world: World) -> None:
    first = world.receive("a bin", **MAIL)

    away = world.receive("away", **MACHINE, subject=f"Out of office: {case(first).reference}")

    assert opens(away)
    assert not away.messages
    assert rejected(away) == {case(first).id: "automatic"}


def test_two_automatic_answers_of_one_machine_are_never_asked_about(world: World) -> None:
    world.receive("away", **MACHINE)

    again = world.receive("still away", **MACHINE)

    assert opens(again)


def test_what_an_automatic_answer_says_decides_nothing_about_its_case(world: World) -> None:
    world.receive("a bin", **MAIL)
    (ours,) = world.messages

    away = world.receive("a hole", **MACHINE, thread=reply(to=ours))

    assert [event.decision for event in events_of(away) if isinstance(event, EnquiryReceived)] == [None]


# -- closed and merged cases -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "days", "outcome", "how"),
    [
        ("a hole", 2, "joined", "thread"),
        ("a hole", 3, "opened", "thread_late"),
        ("a bin", 28, "joined", "thread"),
        ("a bin", 29, "opened", "thread_late"),
    ],
)
def test_each_service_says_how_long_an_answer_reopens(
    world: World, text: str, days: int, outcome: str, how: str
) -> None:
    first = world.receive(text, **MAIL, thread={"message_id": "m1"})
    world.act(first, "mend" if text == "a hole" else "no_action")

    answer = world.later(days=days).receive("still there", **MAIL, thread=reply(to="m1"))

    assert (answer.outcome, match(answer).how) == (outcome, how)
    assert world.again(first).case.state_type == (
        "closed" if outcome == "opened" else world.again(answer).case.state_type
    )


def test_a_case_that_comes_too_late_follows_the_old_one_and_both_say_so(world: World) -> None:
    first = world.receive("a bin", **MAIL)
    world.act(first, "no_action")

    late = world.later(days=30).receive("x", **MAIL, thread=reply(token=case(first).reference))

    assert (late.outcome, match(late).how) == ("opened", "token_late")
    assert [(link.kind, link.case) for link in case(late).links] == [("follows", case(first).id)]
    assert [(link.kind, link.case) for link in world.again(first).case.links] == [("followed_by", case(late).id)]
    assert world.again(first).case.state_type == "closed"


def test_a_merged_case_passes_everything_on_however_long_the_chain(world: World) -> None:
    chain = [world.receive(f"a bin, {n}", **MAIL, thread={"message_id": f"m{n}"}) for n in range(6)]
    for one, other in pairwise(chain):
        world.merge(one, other)

    thread = world.receive("x", **MAIL, thread=reply(to="m0"))
    token = world.receive("y", **MAIL, thread=reply(token=case(chain[0]).reference))
    quoted = world.receive(f"{case(chain[2]).reference}", **MAIL)

    assert joins(thread, chain[-1], "thread")
    assert joins(token, chain[-1], "token")
    assert joins(quoted, chain[-1], "reference")


def test_two_references_of_what_is_now_one_case_are_one(world: World) -> None:
    one, other = world.receive("a bin"), world.receive("a hole")
    world.merge(one, other)

    answer = world.receive(f"{case(one).reference} and {case(other).reference}")

    assert joins(answer, other, "reference")


def test_nobody_joins_a_stranger_s_case_because_their_own_was_merged_into_it(world: World) -> None:
    mine = world.receive("a bin", sender="tel:07700900001", thread={"message_id": "m1"})
    world.send()
    other = world.receive("a bin", sender="tel:07700900002")
    world.merge(mine, other)

    text = world.receive("any news?", sender="tel:07700900001")
    thread = world.receive("any news??", sender="tel:07700900001", channel="email", thread=reply(to="m1"))

    assert asks(text, "answer_stranger", other)
    assert asks(thread, "thread_stranger", other)


def test_a_text_about_my_case_that_was_merged_into_my_other_one_joins_that(world: World) -> None:
    one, other = world.receive("a bin"), world.receive("a hole")
    world.send()
    world.merge(other, one)

    text = world.receive("any news?")

    assert case(text).id == case(one).id


def test_cases_that_were_merged_in_a_circle_do_not_hang_anything(world: World) -> None:
    one, other = world.receive("a bin", **MAIL), world.receive("a hole", **MAIL)
    world.merge(one, other)
    merge_back(world, other, one)

    answer = world.receive("x", **MAIL, thread=reply(token=case(one).reference))

    assert case(answer).id == case(other).id


def merge_back(world: World, one: Plan, other: Plan) -> None:
    """Merge a case into one that was merged into it, as no action allows and a damaged store may have."""
    facts = world.again(one)
    closed = facts.case.model_copy(update={"state": "mended", "state_type": "closed", "closing_reason": "merged",
                                           "closed_at": world.now})  # fmt: skip
    link = {"case": case(other).id, "reference": case(other).reference, "kind": "merged_into"}
    closed = Case.model_validate(closed.model_dump() | {"links": [link]})
    world.facts[closed.id] = CaseFacts(closed, facts.head, facts.parties)


# -- the page, and what never happens ----------------------------------------------------------------------------------


def test_the_page_explains_every_code() -> None:
    page = PAGE.read_text("utf-8")

    codes = set(re.findall(r"`([a-z_]+)`", page))

    assert set(HOW) <= codes
    assert all(says and not says.endswith(".") for says in [*HOW.values(), *BECAUSE.values()])


SENDERS = st.sampled_from(["tel:07700900001", "tel:07700900002", JO, BO, None])
ENQUIRIES = st.fixed_dictionaries(
    {
        "text": st.sampled_from(["a bin", "a hole", "any news?", "STOP", "{quoted}", "{quoted} {other}"]),
        "sender": SENDERS,
        "sender_name": st.sampled_from(["Mary Price", "Tom Owen", "Tom Price", None]),
        "channel": st.sampled_from(["sms", "chat", "email", "phone", "web"]),
        "kind": st.sampled_from(["message", "message", "auto_reply"]),
        "cc": st.lists(SENDERS.filter(bool), max_size=1),
        "reply": st.sampled_from([None, "to", "references", "token"]),
        "entered_by": st.sampled_from([None, None, "dilys"]),
    }
)


@given(st.lists(st.tuples(ENQUIRIES, st.integers(0, 10_000)), min_size=2, max_size=12))
def test_an_enquiry_joins_only_a_case_of_which_its_sender_is_unless_by_token_or_choice(
    policy: Policy, steps: list[tuple[dict[str, Any], int]]
) -> None:
    world = World(policy)
    for fields, place in steps:
        cases = list(world.facts.values())
        given_fields = dict(fields)
        answers = given_fields.pop("reply")
        thread: dict[str, Any] = {"message_id": f"m{place}.{len(world.intakes)}"}
        if cases:
            meant, other = cases[place % len(cases)], cases[place // 7 % len(cases)]
            given_fields["text"] = fields["text"].format(quoted=meant.case.reference, other=other.case.reference)
            ids = [message_id for message_id, of in world.message_ids.items() if of == meant.case.id]
            clues = {"to": ids[0], "references": ids, "token": meant.case.reference}
            thread |= {"in_reply_to" if answers == "to" else answers: clues[answers]} if answers else {}
            interfere(world, meant, other, place)
        before = dict(world.facts)
        item = world.enquiry(**given_fields, thread=thread)
        plan = world.take(item)

        if plan.outcome in ("repeat", "rejected"):
            continue
        how = match(plan)
        key = item.sender.key if item.sender else None
        if plan.outcome == "joined" and how.how not in ("token", "chosen"):
            assert before[case(plan).id].party_of(key), how
        assert (
            (plan.outcome == "asked")
            is bool(how.candidates)
            is (MATCH_REVIEW in case(plan).flags and bool(how.candidates))
        )
        assert how.how.removesuffix("_late") in HOW
        assert {each.because for each in (*how.candidates, *how.rejected)} <= set(BECAUSE)
        if item.kind == "auto_reply" and plan.outcome == "joined":
            assert case(plan).state == before[case(plan).id].case.state
        world.later(minutes=place % 90)


def interfere(world: World, one: CaseFacts, other: CaseFacts, place: int) -> None:
    """Let a worker do something to the cases in between; what is not allowed is not done."""
    try:
        if place % 5 == 0:
            world.merge(one, other)
        elif place % 5 == 1:
            world.act(one, "no_action" if one.case.service != "holes" else "mend")
        elif place % 5 == 2:
            world.send()
        elif place % 5 == 3:
            world.save(plan_link(one, other, "separate", ALICE, world.context()))
        else:
            world.act(one, "reopen")
    except OnestopError:
        pass
