"""Acknowledgements, replies, the outbox and the timers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from onestop import Actor, Desk, Policy
from onestop.core.gateway import GatewayRequest, Message
from onestop.desk import Due
from onestop.errors import NotFoundError, RequestError, SendError
from onestop.gateways import CollectingSender, Sent
from onestop.policy import read_policy
from onestop.stores import Store

from .payloads import MARY_URN, TOM, TOM_URN, Clock, Payloads


@dataclass
class Gateway:
    """A sender that fails as a gateway does: with an error, or by ending the process in the middle."""

    error: BaseException | None = None
    took: list[Message] = field(default_factory=list)

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        self.took.append(message)
        if self.error is not None:
            raise self.error
        return Sent(f"gw-{message.id}")


class ProcessKilledError(BaseException):
    """Stands for the end of the process: nothing that comes after it runs."""


def only_message(desk: Desk, reference: str | None) -> Message:
    ((message, _),) = desk.case(str(reference)).messages()
    assert message is not None
    return message


def states(desk: Desk, reference: str | None) -> list[str]:
    return [state for _, state in desk.case(str(reference)).messages()]


# -- acknowledgements --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "channel", "recipient"),
    [("text", "sms", MARY_URN), ("mail", "email", TOM_URN), ("form", "email", TOM_URN)],
)
def test_a_new_case_is_acknowledged_the_way_it_came(
    desk: Desk, payloads: Payloads, kind: str, channel: str, recipient: str
) -> None:
    (receipt,) = desk.receive(*getattr(payloads, kind)("Graffiti"))

    message = only_message(desk, receipt.reference)
    assert (message.channel, message.recipient, message.purpose) == (channel, recipient, "acknowledgement")
    assert str(receipt.reference) in message.text
    assert message.automatic


@pytest.mark.parametrize(
    "payload",
    [
        lambda payloads: payloads.call("Graffiti"),
        lambda payloads: payloads.call("Graffiti", number=None, withheld=True),
        lambda payloads: payloads.text("Graffiti", sender="anonymous"),
        lambda payloads: payloads.text("Graffiti", sender="0909 879 0123"),
        lambda payloads: payloads.mail("I am away", Auto_Submitted="auto-replied"),
    ],
    ids=["a call", "a withheld call", "a withheld number", "a premium number", "an automatic answer"],
)
def test_nobody_is_written_to_who_did_not_write_or_does_not_want_it(
    desk: Desk, payloads: Payloads, payload: Callable[[Payloads], Any]
) -> None:
    (receipt,) = desk.receive(*payload(payloads))

    assert receipt.outcome == "opened"
    assert desk.case(str(receipt.reference)).messages() == ()


@pytest.mark.parametrize(
    ("text", "purpose"),
    [("Stop.", "confirmation"), ("atal", "confirmation"), ("Please stop the graffiti", "acknowledgement")],
)
def test_a_word_is_no_opt_out_among_others(desk: Desk, payloads: Payloads, text: str, purpose: str) -> None:
    (receipt,) = desk.receive(*payloads.text(text))

    assert only_message(desk, receipt.reference).purpose == purpose


@pytest.mark.parametrize(
    ("language", "words", "first"),
    [("cy", ["Diolch"], "cy"), ("en", ["Thank"], "en"), (None, ["Thank", "Diolch"], "en")],
)
def test_an_acknowledgement_is_in_the_citizens_language_or_in_both(
    desk: Desk, payloads: Payloads, language: str | None, words: list[str], first: str
) -> None:
    headers = {"Content_Language": language} if language else {}

    (receipt,) = desk.receive(*payloads.mail("Graffiti", **headers))

    message = only_message(desk, receipt.reference)
    assert [word for word in ("Thank", "Diolch") if word in message.text] == words
    assert message.language == first


def test_a_further_enquiry_is_not_acknowledged_again(desk: Desk, payloads: Payloads) -> None:
    (first,) = desk.receive(*payloads.text("Graffiti"))

    desk.receive(*payloads.text("It is blue"))

    assert len(desk.case(str(first.reference)).messages()) == 1


# -- replies -----------------------------------------------------------------------------------------------------------


def test_a_reply_goes_to_who_wrote_last_and_into_their_thread(desk: Desk, payloads: Payloads, alice: Actor) -> None:
    reference = desk.receive(*payloads.mail("Graffiti", message_id="1@mail.example", Cc="sian@example.org"))[
        0
    ].reference
    desk.receive(
        *payloads.mail(
            "It is blue",
            sender="sian@example.org",
            name="Sian Rees",
            message_id="2@mail.example",
            In_Reply_To="<1@mail.example>",
            References="<1@mail.example>",
        )
    )

    changed = desk.reply(str(reference), text="Cleaned today.", by=alice)

    message, state = changed.messages()[-1]
    assert message is not None
    assert (message.recipient, message.text, message.purpose) == (
        "mailto:sian@example.org",
        "Cleaned today.",
        "service_update",
    )
    assert (message.in_reply_to, message.references) == ("2@mail.example", ("1@mail.example", "2@mail.example"))
    assert (state, message.automatic) == ("queued", False)


def test_a_reply_goes_to_the_party_that_is_named(desk: Desk, payloads: Payloads, alice: Actor) -> None:
    reference = str(desk.receive(*payloads.mail("Graffiti", Cc="sian@example.org"))[0].reference)
    copied = next(party for party in desk.case(reference).parties() if party.role == "copied")

    changed = desk.reply(reference, text="Cleaned today.", to=copied.alias, by=alice)

    message, _ = changed.messages()[-1]
    assert message is not None
    assert message.recipient == copied.urn == "mailto:sian@example.org"
    with pytest.raises(NotFoundError):
        desk.reply(reference, text="x", to="p0", by=alice)


def test_a_templates_words_are_those_of_the_citizens_language(desk: Desk, payloads: Payloads, alice: Actor) -> None:
    reference = str(desk.receive(*payloads.mail("Graffiti", Content_Language="cy"))[0].reference)

    changed = desk.reply(reference, template="update", by=alice)

    message, _ = changed.messages()[-1]
    assert message is not None
    assert (message.subject, message.language) == (f"Ynglŷn â {reference}", "cy")


def test_a_reply_has_words_or_a_template_and_somebody_to_go_to(desk: Desk, payloads: Payloads, alice: Actor) -> None:
    reference = str(desk.receive(*payloads.mail("Graffiti"))[0].reference)
    withheld = str(desk.receive(*payloads.call("A pothole", number=None, withheld=True))[0].reference)

    for arguments in ({}, {"text": " "}, {"text": "x", "template": "update"}):
        with pytest.raises(RequestError):
            desk.reply(reference, by=alice, **arguments)
    with pytest.raises(NotFoundError):
        desk.reply(reference, template="unicorn", by=alice)
    with pytest.raises(RequestError, match="no contact point"):
        desk.reply(withheld, text="x", by=alice)


def test_the_log_names_the_message_that_was_queued_though_an_earlier_one_waits_for_another_try(
    desk: Desk, make_desk: Callable[..., Desk], payloads: Payloads, alice: Actor, logs: list[Any]
) -> None:
    failing = make_desk(sender=Gateway(SendError("the gateway is down", permanent=False)))
    reference = str(desk.receive(*payloads.text("Graffiti"))[0].reference)
    failing.run_due()

    changed = desk.reply(reference, text="Cleaned today.", by=alice)

    (_, (reply, _)) = changed.messages()
    assert reply is not None
    (queued,) = [entry for entry in logs if entry["event"] == "message.queued"]
    assert (queued["message"], reply.text) == (reply.id, "Cleaned today.")


# -- the outbox --------------------------------------------------------------------------------------------------------


def test_what_is_due_is_sent_once_and_recorded(desk: Desk, payloads: Payloads, sender: CollectingSender) -> None:
    reference = desk.receive(*payloads.mail("Graffiti"))[0].reference

    first, second = desk.run_due(), desk.run_due()

    assert (first, second) == (Due(sent=1), Due())
    ((message, request),) = sender.sent
    assert message.recipient == TOM_URN
    assert request.url == f"mailto:{TOM}"
    assert states(desk, reference) == ["sent"]


def test_messages_wait_where_there_is_no_sender(make_desk: Callable[..., Desk], payloads: Payloads) -> None:
    desk = make_desk(sender=None)
    reference = desk.receive(*payloads.mail("Graffiti"))[0].reference

    assert desk.run_due() == Due()
    assert states(desk, reference) == ["queued"]


def test_a_gateway_that_is_down_is_tried_again_and_less_and_less_often(
    make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock
) -> None:
    gateway = Gateway(SendError("the gateway is down", permanent=False))
    desk = make_desk(sender=gateway)
    reference = desk.receive(*payloads.text("Graffiti"))[0].reference
    moments = []
    while states(desk, reference) == ["queued"]:
        if desk.run_due().total:
            moments.append(clock.now)
        clock.pass_time(seconds=15)

    waits = [later - earlier for earlier, later in pairwise(moments)]
    assert waits == sorted(waits)
    assert timedelta(seconds=30) <= waits[0] <= timedelta(minutes=1)
    assert len(moments) == 8
    assert {message.id for message in gateway.took} == {gateway.took[0].id}
    assert states(desk, reference) == ["permanent_failure"]
    assert "message_failed" in desk.case(str(reference)).flags


def test_a_message_that_no_gateway_will_take_is_shown_to_a_person(
    make_desk: Callable[..., Desk], payloads: Payloads
) -> None:
    desk = make_desk(sender=Gateway(SendError("no such number", permanent=True)))
    reference = desk.receive(*payloads.text("Graffiti"))[0].reference

    due = desk.run_due()

    assert due == Due(failed=1)
    assert "message_failed" in desk.case(str(reference)).flags


class Confused(Gateway):
    """A sender with a mistake of its own: it sends, and gives anything back."""

    def __init__(self, gives: Any) -> None:
        super().__init__()
        self._gives = gives

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        super().send(message, request)
        answer: Sent = self._gives
        return answer


@pytest.mark.parametrize("gives", [None, "gw-1", Sent("\ud800")])
def test_a_sender_that_gives_what_is_no_answer_leaves_its_messages_in_doubt_and_stops_nothing(
    make_desk: Callable[..., Desk], payloads: Payloads, gives: Any
) -> None:
    confused = Confused(gives)
    desk = make_desk(sender=confused)
    for number in range(2):
        desk.receive(*payloads.text("Graffiti", sender=f"07700 90010{number}"))

    due = desk.run_due()

    assert (due, len(confused.took)) == (Due(in_doubt=2), 2)


def test_what_a_gateway_had_when_the_process_was_told_to_stop_is_in_doubt_at_once(
    desk: Desk, make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock, sender: CollectingSender
) -> None:
    killed = Gateway(ProcessKilledError())
    reference = desk.receive(*payloads.text("Graffiti"))[0].reference
    with pytest.raises(ProcessKilledError):
        make_desk(sender=killed).run_due()

    early = states(desk, reference)
    clock.pass_time(minutes=5)
    due = desk.run_due()

    assert (early, due) == (["in_doubt"], Due())
    assert len(killed.took) == 1
    assert sender.sent == []
    assert states(desk, reference) == ["in_doubt"]
    assert "message_failed" in desk.case(str(reference)).flags
    assert desk.explain(str(reference)).tellings[0].state == "in_doubt"


def test_a_batch_that_takes_longer_than_its_lease_is_not_sent_on(
    desk: Desk, make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock, sender: CollectingSender
) -> None:
    @dataclass
    class Slow(Gateway):
        def send(self, message: Message, request: GatewayRequest, /) -> Sent:
            clock.pass_time(minutes=4)
            desk.run_due()  # somebody else's
            return super().send(message, request)

    slow = Slow()
    for number in range(4):
        desk.receive(*payloads.text("Graffiti", sender=f"07700 90010{number}"))

    due = make_desk(sender=slow).run_due()

    assert (due.sent, len(slow.took)) == (2, 2)
    assert {message.id for message in slow.took}.isdisjoint(message.id for message, _ in sender.sent)


def test_a_report_of_the_gateway_is_recorded_with_its_message(
    make_desk: Callable[..., Desk], payloads: Payloads
) -> None:
    desk = make_desk(sender=Gateway())
    reference = desk.receive(*payloads.text("Graffiti"))[0].reference
    desk.run_due()
    gateway_id = f"gw-{only_message(desk, reference).id}"

    (delivered,) = desk.receive(*payloads.report(gateway_id, "delivered"))
    (again,) = desk.receive(*payloads.report(gateway_id, "delivered"))
    (failed,) = desk.receive(*payloads.report(gateway_id, "undelivered"))

    assert (delivered.outcome, delivered.reference, delivered.kind) == ("recorded", reference, "delivered")
    assert (again.outcome, failed.outcome) == ("repeat", "recorded")
    assert states(desk, reference) == ["permanent_failure"]
    assert "message_failed" in desk.case(str(reference)).flags
    assert list(desk.verify()) == []


def test_no_more_is_done_at_once_than_was_asked_for(desk: Desk, payloads: Payloads) -> None:
    for number in range(3):
        desk.receive(*payloads.text("Graffiti", sender=f"07700 90010{number}"))

    assert [desk.run_due(limit=2).sent, desk.run_due(limit=2).sent] == [2, 1]


# -- timers ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(desk: Desk, payloads: Payloads, clock: Clock, alice: Actor) -> str:
    reference = str(desk.receive(*payloads.call("A pothole"))[0].reference)
    desk.act(reference, "wait_until", by=alice, until=clock.now + timedelta(days=1))
    return reference


def test_a_case_that_waits_until_a_time_goes_on_by_itself(
    desk: Desk, waiting: str, clock: Clock, logs: list[Any]
) -> None:
    early = desk.run_due()
    clock.pass_time(days=1)

    due, later = desk.run_due(), desk.run_due()

    assert (early.timers, due.timers, later.timers) == (0, 1, 0)
    case = desk.case(waiting)
    assert (case.state, case.events()[-1].by) == ("in_progress", "system:onestop")
    assert logs[-1]["event"] == "timer.fired"


def test_a_timer_of_an_earlier_state_does_nothing(
    desk: Desk, waiting: str, clock: Clock, alice: Actor, logs: list[Any]
) -> None:
    desk.act(waiting, "resume", by=alice)
    desk.act(waiting, "wait_until", by=alice, until=clock.now + timedelta(days=2))
    version = desk.case(waiting).version
    clock.pass_time(days=1)

    due = desk.run_due()

    assert due.timers == 1
    assert (desk.case(waiting).state, desk.case(waiting).version) == ("waiting_until", version)
    assert logs[-1]["event"] == "timer.void"
    clock.pass_time(days=1)
    desk.run_due()
    assert desk.case(waiting).state == "in_progress"


def test_a_timer_that_the_lifecycle_of_today_cannot_fire_holds_up_no_other_work(
    desk: Desk, make_desk: Callable[..., Desk], policy: Policy, waiting: str, payloads: Payloads, clock: Clock
) -> None:
    changed = read_policy(policy.source.replace(b'"resume"', b'"go_on"'))
    today = make_desk(policy=changed)
    today.receive(*payloads.text("Graffiti", sender="07700 900102"))
    clock.pass_time(days=1)

    due, later = today.run_due(), today.run_due()

    assert (due.timers, due.sent, later.total) == (1, 1, 0)
    assert desk.case(waiting).state == "waiting_until"


def test_the_store_has_nothing_wrong_after_all_of_it(desk: Desk, waiting: str, clock: Clock, store: Store) -> None:
    clock.pass_time(days=1)
    desk.run_due()

    with store.read() as reader:
        assert list(reader.verify()) == []
