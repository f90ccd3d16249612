"""Commands to stop and to start: what stands in the ledger afterwards, what is answered, and what a person must see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.enquiry import UNPROVED, Attachment
from onestop.core.events import EnquiryReceived, MessageQueued, StateChanged
from onestop.core.gateway import Message
from onestop.core.ledger import About, agreed, withdrawn
from onestop.core.opting import Kind
from onestop.core.plan import ContactFacts, Plan
from onestop.core.policy import Policy
from onestop.core.purposes import PURPOSES, law_of

from .world import START, World, content_of, events_of

JO, NUMBER = "mailto:jo@example.org", "tel:+447700900123"
UPDATE = About("sms", "service_update", "bins", "c1")


def mail(world: World, text: str = "", **fields: Any) -> Plan:
    return world.receive(text, channel="email", sender=JO, **fields)


def answers(plan: Plan) -> list[str | None]:
    """Give the templates of what is answered."""
    return [event.template for event in events_of(plan) if isinstance(event, MessageQueued)]


def written(plan: Plan) -> list[tuple[bool, Kind]]:
    return [(entry.given, Kind.of(entry)) for entry in plan.consents]


def case_flags(plan: Plan) -> tuple[str, ...]:
    assert plan.case is not None
    return plan.case.flags


def stopped(world: World, about: About = UPDATE, key: str = NUMBER) -> bool:
    return withdrawn(world.ledger, key, about)


# -- what a scope closes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("STOP", Kind("sms")),
        ("Stop. Thank you", Kind("sms")),
        ("ATAL", Kind("sms")),
        ("stopio os gwelwch yn dda", Kind("sms")),
        ("STOP ALL", Kind()),
        ("atal popeth", Kind()),
        ("stop bin reminders", Kind("sms", "alert")),
        ("ATAL negeseuon bin", Kind("sms", "alert")),
        ("stop roads", Kind("sms", service="holes")),
        ("stop newsletter", Kind("sms", "marketing")),
    ],
)
def test_an_opt_out_closes_what_its_scope_stands_for(world: World, text: str, kind: Kind) -> None:
    plan = world.receive(text)

    assert written(plan) == [(False, kind)]
    assert answers(plan) == ["opted_out"]
    assert case_flags(plan) == ()


@pytest.mark.parametrize(
    ("fields", "channel"),
    [
        ({"channel": "chat"}, "chat"),
        ({"channel": "email", "sender": JO}, "email"),
        ({"channel": "email", "sender": JO, "text": "", "subject": "Unsubscribe"}, "email"),
        ({"channel": "email", "sender": JO, "text": "stop\n", "subject": "Re: Your enquiry [SM-0000-0000]"}, "email"),
    ],
    ids=str,
)
def test_it_can_be_said_where_whoever_writes_holds_the_contact_point(
    world: World, fields: dict[str, Any], channel: str
) -> None:
    plan = world.receive(**{"text": "unsubscribe"} | fields)

    assert [kind.channel for _, kind in written(plan)] == [channel]


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "please stop the dumping on Elm Road"},
        {"text": "We have got to STOP this"},
        {"channel": "web", "sender": JO, "text": "unsubscribe"},
        {"channel": "phone", "kind": "call", "text": "stop"},
        {"channel": "email", "sender": JO, "text": "cancel"},
        {"channel": "email", "sender": JO, "text": "", "subject": "End"},
        {"channel": "email", "sender": JO, "text": "My bin was missed", "subject": "unsubscribe"},
        {"channel": "email", "sender": JO, "text": "unsubscribe", "kind": "auto_reply"},
    ],
    ids=str,
)
def test_anything_else_is_an_enquiry_that_a_person_reads(world: World, fields: dict[str, Any]) -> None:
    plan = world.receive(**fields)

    assert plan.consents == ()
    assert plan.case is not None
    assert plan.case.state_type != "closed"
    assert "opted_out" not in answers(plan)


def test_the_proof_of_an_entry_is_the_enquiry_that_said_it(world: World) -> None:
    plan = world.receive("STOP")

    (entry,) = plan.consents
    received = next(event for event in events_of(plan) if isinstance(event, EnquiryReceived))
    assert plan.case is not None
    assert (entry.source.proof.case, entry.source.proof.enquiry) == (plan.case.id, received.enquiry)
    assert (entry.source.by, entry.source.at, entry.source.channel) == (f"citizen:{received.party}", START, "sms")
    assert entry.key == NUMBER


def test_a_worker_who_wrote_it_down_is_who_said_so(world: World) -> None:
    plan = world.receive("STOP", entered_by="dilys")

    assert plan.consents[0].source.by == "worker:dilys"


# -- one case only -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written_as", ["{}", "np {}", " {} thanks"])
def test_a_case_is_stopped_by_its_reference_however_it_is_written(world: World, written_as: str) -> None:
    case = world.receive("a bin").case
    assert case is not None
    reference = case.reference if written_as == "{}" else case.reference.replace("-", " ").lower()

    plan = world.receive("stop " + written_as.format(reference).replace("np ", ""))

    assert written(plan) == [(False, Kind("sms", case=case.id))]
    assert (plan.outcome, answers(plan)) == ("joined", ["opted_out"])
    assert stopped(world, UPDATE._replace(case=case.id))
    assert not stopped(world)


def test_a_case_that_was_merged_stands_for_the_one_that_took_its_place(world: World) -> None:
    first, other = world.receive("a bin"), world.receive("a hole")
    world.merge(first, other)
    assert first.case is not None
    assert other.case is not None

    plan = world.receive(f"stop {first.case.reference}")

    assert {kind.case for _, kind in written(plan)} == {first.case.id, other.case.id}


@pytest.mark.parametrize("scope", ["12345", "SM-049N-3021", "of a neighbour"])
def test_what_nobody_knows_closes_nothing_and_a_person_looks(world: World, scope: str) -> None:
    if scope == "of a neighbour":
        theirs = world.receive("a bin", sender="tel:07700900999").case
        assert theirs is not None
        scope = theirs.reference

    plan = world.receive(f"STOP {scope}")

    assert plan.consents == ()
    assert answers(plan) == ["not_understood"]
    assert "opt_out" in case_flags(plan)
    assert plan.case is not None
    assert plan.case.state_type == "new"
    (message,) = [Message.model_validate_json(body) for body in content_of(plan, "message")]
    assert "STOP ALL" in message.text


def test_that_nothing_was_understood_is_said_once(world: World) -> None:
    world.receive("STOP 12345")

    plan = world.later(minutes=2).receive("STOP 12345")

    assert answers(plan) == []
    assert "opt_out" in case_flags(plan)


# -- again, and back ---------------------------------------------------------------------------------------------------


def test_a_second_stop_writes_nothing_and_is_not_confirmed_again(world: World) -> None:
    world.receive("STOP")

    again = world.later(minutes=2).receive("stop!!")

    assert (again.consents, answers(again), case_flags(again)) == ((), [], ())


@pytest.mark.parametrize("narrower", ["STOP", "stop bin reminders", "stop roads"])
def test_what_is_closed_by_more_is_closed_already(world: World, narrower: str) -> None:
    world.receive("STOP ALL")

    plan = world.later(minutes=2).receive(narrower)

    assert (plan.consents, answers(plan)) == ((), [])


def test_start_gives_back_and_is_confirmed_once(world: World) -> None:
    world.receive("STOP")

    back = world.later(minutes=2).receive("START")
    again = world.later(minutes=2).receive("dechrau")

    assert (written(back), answers(back)) == ([(True, Kind("sms"))], ["opted_in"])
    assert (again.consents, answers(again)) == ((), [])
    assert not stopped(world)


def test_stop_after_start_stops_and_is_confirmed_once_more(world: World) -> None:
    for text in ("STOP", "START"):
        world.later(minutes=2).receive(text)

    plan = world.later(minutes=2).receive("STOP")

    assert (written(plan), answers(plan)) == ([(False, Kind("sms"))], ["opted_out"])
    assert stopped(world)


def test_start_of_one_thing_leaves_the_rest_closed(world: World) -> None:
    world.receive("STOP ALL")

    world.later(minutes=2).receive("start bin reminders")

    assert not stopped(world, About("sms", "alert"))
    assert stopped(world)
    assert stopped(world, About("phone", "alert"))


def test_a_general_start_is_no_consent_to_marketing(world: World) -> None:
    news = About("sms", "marketing")
    world.receive("start news")
    before = agreed(world.ledger, NUMBER, news)
    world.later(minutes=2).receive("STOP")

    world.later(minutes=2).receive("START")

    assert before
    assert not agreed(world.ledger, NUMBER, news)


def test_a_start_that_was_long_on_its_way_undoes_no_later_stop(world: World) -> None:
    late = world.enquiry("start", channel="email", sender=JO, sent_at=START)
    mail(world.later(minutes=5), "stop")

    plan = world.take(late.model_copy(update={"received_at": world.later(minutes=5).now}))

    assert stopped(world, About("email", "service_update"), JO)
    assert (answers(plan), case_flags(plan)) == ([], ("opt_in",))


@pytest.mark.parametrize("sent_at", [START - timedelta(days=20_000), START + timedelta(days=400)], ids=str)
def test_a_stop_counts_whatever_the_sender_s_clock_says(world: World, sent_at: Any) -> None:
    mail(world, "start")

    mail(world.later(minutes=5), "stop", sent_at=sent_at)

    assert stopped(world, About("email", "service_update"), JO)


# -- who may not be whom they seem -------------------------------------------------------------------------------------


def test_a_stop_from_a_shared_telephone_closes_it_for_all(world: World) -> None:
    world.receive("a bin", sender_name="Mary Jones")
    world.receive("a hole", sender_name="Tom Price")
    world.send()

    plan = world.later(minutes=2).receive("STOP")

    assert world.contacts[NUMBER] == ContactFacts(shared=True)
    assert stopped(world)
    assert plan.outcome == "opened"  # in neither one's case


def test_a_forger_stops_nothing_that_anybody_depends_on(world: World) -> None:
    forged = mail(world, "unsubscribe", defects=(UNPROVED,), gateway_meta={"auth": "fail"})

    closed = {purpose for purpose in PURPOSES if stopped(world, About("email", purpose), JO)}
    assert closed == {purpose for purpose in PURPOSES if law_of(purpose).stoppable or law_of(purpose).needs_consent}
    assert "service_update" not in closed
    assert (answers(forged), case_flags(forged)) == ([], ("opt_out",))


def test_a_forger_starts_nothing(world: World) -> None:
    mail(world, "stop")

    plan = mail(world.later(minutes=2), "start", defects=(UNPROVED,), gateway_meta={"auth": "fail"})

    assert (plan.consents, answers(plan), case_flags(plan)) == ((), [], ("opt_in",))


def test_a_sender_without_a_contact_point_has_no_ledger(world: World) -> None:
    plan = world.receive("STOP", sender=None)

    assert (plan.consents, answers(plan), case_flags(plan)) == ((), [], ("opt_out",))


# -- where it is kept --------------------------------------------------------------------------------------------------


def test_a_command_that_was_done_is_kept_in_a_case_that_is_closed_at_once(world: World) -> None:
    plan = world.receive("STOP")

    assert plan.case is not None
    assert (plan.outcome, plan.case.state_type, plan.case.closing_reason) == ("opened", "closed", "done")
    assert [event.action for event in events_of(plan) if isinstance(event, StateChanged)] == ["command"]


def test_it_is_kept_where_we_last_wrote_to_them_and_wakes_nothing(world: World) -> None:
    first = world.receive("a bin")
    world.receive("a hole")
    world.send()
    case = world.act(first, "resolve").case
    assert case is not None
    world.sent[NUMBER, "sms"] = (case.id, world.now)

    plan = world.later(days=20).receive("STOP")

    assert plan.case is not None
    assert (plan.outcome, plan.case.id, plan.case.state_type) == ("joined", case.id, "resolved")
    assert plan.case.candidates == ()


def test_a_stop_with_a_photo_may_say_more_than_stop(world: World) -> None:
    photo = Attachment.of("a.jpg", "image/jpeg", b"\xff\xd8")

    plan = world.receive("stop", attachments=[photo])

    assert written(plan) == [(False, Kind("sms"))]
    assert case_flags(plan) == ("opt_out",)


def test_the_logo_of_a_signature_says_nothing(world: World) -> None:
    logo = Attachment.of("logo.png", "image/png", b"\x89PNG", inline=True)

    plan = mail(world, "stop", attachments=[logo])

    assert case_flags(plan) == ()


def test_a_call_for_help_is_answered_and_a_person_looks(world: World) -> None:
    plan = world.receive("HELP")

    assert (plan.consents, answers(plan), case_flags(plan)) == ((), ["help"], ("help_wanted",))
    assert plan.case is not None
    assert plan.case.state_type == "new"


# -- gateways that answer themselves -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "kind"), [("STOP", "opt_out"), ("START", "opt_in"), ("HELP", "help")])
def test_what_the_gateway_answered_is_not_answered_again(world: World, text: str, kind: str) -> None:
    plan = world.receive(text, gateway_meta={"answered": kind})

    assert answers(plan) == []
    assert len(plan.consents) == (kind != "help")


def test_what_the_gateway_took_for_an_opt_out_is_one(world: World) -> None:
    plan = world.receive("arret", gateway_meta={"answered": "opt_out"})

    assert written(plan) == [(False, Kind("sms"))]
    assert answers(plan) == []


def test_what_the_gateway_took_for_an_opt_in_is_none_of_ours(world: World) -> None:
    plan = world.receive("yes", gateway_meta={"answered": "opt_in"})

    assert plan.consents == ()


# -- any commands ------------------------------------------------------------------------------------------------------

_COMMANDS = st.sampled_from(
    ["STOP", "ATAL", "stop all", "stop news", "stop roads", "start", "START ALL", "start roads", "start news", "help"]
)
_ABOUTS = st.builds(
    About,
    channel=st.sampled_from(["sms", "phone", "chat"]),
    purpose=st.sampled_from(PURPOSES),
    service=st.sampled_from(["bins", "holes", None]),
    case=st.sampled_from(["c1", None]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_COMMANDS, max_size=5), st.sampled_from(["STOP", "ATAL", "Stop all"]), _ABOUTS)
def test_after_a_stop_everything_is_closed_until_a_start(
    policy: Policy, before: list[str], stop: str, about: About
) -> None:
    world = World(policy)
    for text in before:
        world.later(minutes=2).receive(text)

    world.later(minutes=2).receive(stop)

    assert stopped(world, about._replace(channel="sms"))
    assert not agreed(world.ledger, NUMBER, about._replace(channel="sms"))


@settings(max_examples=60, deadline=None)
@given(st.lists(_COMMANDS, min_size=1, max_size=6), st.randoms(use_true_random=False), _ABOUTS)
def test_the_ledger_says_the_same_in_whatever_order_it_was_written(
    policy: Policy, texts: list[str], order: Any, about: About
) -> None:
    world = World(policy)
    for text in texts:
        world.later(minutes=2).receive(text)
    shuffled = list(world.ledger)

    order.shuffle(shuffled)

    assert withdrawn(shuffled, NUMBER, about) == stopped(world, about)
    assert agreed(shuffled, NUMBER, about) == agreed(world.ledger, NUMBER, about)


@settings(max_examples=60, deadline=None)
@given(st.lists(_COMMANDS, max_size=6))
def test_the_same_command_twice_writes_and_answers_once(policy: Policy, texts: list[str]) -> None:
    world = World(policy)
    for text in texts:
        world.later(minutes=2).receive(text)

        again = world.later(minutes=2).receive(text)

        assert again.consents == ()
        assert set(answers(again)) <= {"help"}
