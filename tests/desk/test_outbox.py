"""What waits in the outbox, why and until when; what people say of it; what follows when somebody is not reached."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import get_args

import pytest

from onestop import Actor, Desk
from onestop.core.enquiry import Channel
from onestop.core.events import MessageQueued, MessageUpdated
from onestop.core.gateway import GatewayRequest, Message
from onestop.core.profile import Weekday
from onestop.errors import NotFoundError, RateLimitedError, RequestError, SendError, UnsureError
from onestop.gateways import CollectingSender, Sent

from .payloads import MARY, MARY_URN, TOM_URN, Clock, Payloads

SIAN, SIAN_URN = "07700 900102", "tel:+447700900102"


class Gateway:
    """A sender that answers each message as the test says; it takes what nothing is said of."""

    idempotent = False

    def __init__(self, *answers: BaseException | None) -> None:
        self.answers = list(answers)
        self.took: list[Message] = []

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.took.append(message)
        return Sent(f"gw-{message.id}")


class Statements:
    """States things of the citizen who holds a contact point."""

    def __init__(self, desk: Desk, by: Actor) -> None:
        self._citizens, self._by = desk.citizens, by

    def prefer(self, urn: str, *channels: Channel) -> None:
        self._citizens.prefer(urn, channels, by=self._by)

    def need(self, urn: str, code: str) -> None:
        self._citizens.record_need(urn, code, by=self._by)

    def quiet(self, urn: str, start: str, end: str) -> None:
        self._citizens.quiet_hours(urn, {day: [(start, end)] for day in get_args(Weekday)}, by=self._by, zone="UTC")

    def withdraw(self, urn: str) -> None:
        self._citizens.consent(urn, given=False, by=self._by)

    def also_at(self, urn: str, other: str) -> None:
        self._citizens.add_contact_point(urn, other, by=self._by)
        self._citizens.verify(other, by=self._by)


@pytest.fixture
def statements(make_desk: Callable[..., Desk], alice: Actor) -> Statements:
    return Statements(make_desk(), alice)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def desk(make_desk: Callable[..., Desk], gateway: Gateway) -> Desk:
    return make_desk(sender=gateway)


@pytest.fixture
def texted(desk: Desk, payloads: Payloads) -> str:
    """A case of Mary's, whose acknowledgement was sent."""
    reference = str(desk.receive(*payloads.text("Graffiti"))[0].reference)
    desk.run_due()
    return reference


def last(desk: Desk, reference: str) -> tuple[Message, str]:
    message, state = desk.case(reference).messages()[-1]
    assert message is not None
    return message, state


def updates(desk: Desk, reference: str, message: str) -> list[tuple[str, str | None]]:
    events = desk.case(reference).events()
    return [(each.state, each.code) for each in events if isinstance(each, MessageUpdated) and each.message == message]


def queued(desk: Desk, reference: str) -> list[MessageQueued]:
    return [each for each in desk.case(reference).events() if isinstance(each, MessageQueued)]


# -- how it is queued --------------------------------------------------------------------------------------------------


def test_a_reply_waits_for_the_end_of_quiet_hours_and_says_so(
    desk: Desk, texted: str, statements: Statements, alice: Actor, clock: Clock, gateway: Gateway
) -> None:
    statements.quiet(MARY_URN, "08:00", "12:00")
    desk.reply(texted, text="Cleaned today.", by=alice)
    taken = len(gateway.took)

    (waiting,) = desk.outbox.waiting()
    early = desk.run_due()

    noon = datetime.fromisoformat("2026-03-02T12:00+00:00")
    assert (waiting.why, waiting.until, waiting.reference, waiting.words) == ("quiet_hours", noon, texted, None)
    assert (early.total, len(gateway.took)) == (0, taken)
    clock.now = noon
    assert desk.run_due().sent == 1
    assert last(desk, texted)[1] == "sent"


def test_a_contact_point_that_was_found_to_be_a_phone_box_meanwhile_gets_nothing(
    desk: Desk, texted: str, alice: Actor, gateway: Gateway
) -> None:
    desk.reply(texted, text="Cleaned today.", by=alice)
    taken = len(gateway.took)

    desk.citizens.mark_shared(MARY_URN, "phone_box", by=alice)
    due = desk.run_due()

    assert (due.denied, len(gateway.took)) == (1, taken)


def test_who_answers_at_a_shared_contact_point_is_answered_there(
    desk: Desk, texted: str, alice: Actor, gateway: Gateway
) -> None:
    desk.reply(texted, text="Cleaned today.", by=alice)

    desk.citizens.mark_shared(MARY_URN, "hostel", by=alice)

    assert desk.run_due().sent == 1


def test_what_is_urgent_does_not_wait_for_the_morning(
    desk: Desk, texted: str, statements: Statements, alice: Actor
) -> None:
    statements.quiet(MARY_URN, "00:00", "23:59")
    desk.reply(texted, text="Leave the house.", purpose="urgent", by=alice)

    assert desk.run_due().sent == 1


def test_a_need_that_no_gateway_meets_is_a_task_with_its_words_that_no_run_sends(
    desk: Desk, texted: str, statements: Statements, alice: Actor, gateway: Gateway, clock: Clock
) -> None:
    statements.need(MARY_URN, "by_phone")
    taken = len(gateway.took)

    case = desk.reply(texted, text="Cleaned today.", by=alice)

    clock.pass_time(days=3)
    desk.run_due()
    (task,) = desk.outbox.waiting(words=True)
    assert (task.why, task.channel, task.state) == ("task", "phone", "task")
    assert task.words is not None
    assert "Cleaned today." in task.words.text
    assert task.words.recipient == MARY_URN
    assert "call_back" in case.flags
    assert len(gateway.took) == taken


def test_what_somebody_does_not_want_to_hear_is_kept_and_not_sent(
    desk: Desk, texted: str, statements: Statements, alice: Actor, gateway: Gateway
) -> None:
    statements.prefer(MARY_URN)
    taken = len(gateway.took)

    case = desk.reply(texted, text="Cleaned today.", by=alice)
    desk.run_due()

    message, state = last(desk, texted)
    assert (state, message.text) == ("muted", "Cleaned today.")
    assert updates(desk, texted, message.id) == [("muted", "muted")]
    assert (case.flags, len(gateway.took)) == (("photo_wanted",), taken)


def test_marketing_without_consent_is_denied_and_shown(desk: Desk, texted: str, alice: Actor) -> None:
    case = desk.reply(texted, text="Come to the fair!", purpose="marketing", by=alice)

    message, state = last(desk, texted)
    assert (state, updates(desk, texted, message.id)) == ("denied", [("denied", "no_consent")])
    assert "citizen_untold" in case.flags


def test_a_purpose_is_one_of_those_that_the_law_is_known_for(desk: Desk, texted: str, alice: Actor) -> None:
    with pytest.raises(RequestError, match="a purpose is one of"):
        desk.reply(texted, text="x", purpose="greeting", by=alice)


def test_an_acknowledgement_goes_as_its_citizen_stated(
    desk: Desk, payloads: Payloads, texted: str, statements: Statements, clock: Clock
) -> None:
    statements.quiet(MARY_URN, "08:00", "12:00")
    clock.pass_time(hours=1)

    (receipt,) = desk.receive(*payloads.text("A pothole"))

    event = queued(desk, str(receipt.reference))[-1]
    assert event.not_before == datetime.fromisoformat("2026-03-02T12:00+00:00")
    assert next(each.channel for each in event.weighed) == "sms"


# -- what is about to leave --------------------------------------------------------------------------------------------


def test_what_was_withdrawn_while_it_waited_does_not_leave(
    desk: Desk, texted: str, statements: Statements, alice: Actor, gateway: Gateway
) -> None:
    desk.reply(texted, text="Cleaned today.", by=alice)
    statements.withdraw(MARY_URN)
    taken = len(gateway.took)

    due = desk.run_due()

    message, _ = desk.case(texted).messages()[1]
    assert message is not None
    assert (due.denied, len(gateway.took)) == (1, taken)
    assert updates(desk, texted, message.id)[0] == ("denied", "opted_out")
    assert {"citizen_untold", "call_back", "letter_wanted", "meeting_wanted"} & set(desk.case(texted).flags)


def test_quiet_hours_that_began_meanwhile_hold_it_back_and_cost_no_try(
    desk: Desk, texted: str, statements: Statements, alice: Actor, clock: Clock
) -> None:
    desk.reply(texted, text="Cleaned today.", by=alice)
    statements.quiet(MARY_URN, "08:00", "12:00")

    due = desk.run_due()

    (waiting,) = desk.outbox.waiting()
    assert (due.held, waiting.why, waiting.attempts) == (1, "quiet_hours", 0)
    clock.pass_time(hours=3)
    assert desk.run_due().sent == 1


def test_a_withdrawal_during_the_batch_holds_for_those_behind_it(
    make_desk: Callable[..., Desk], payloads: Payloads, statements: Statements
) -> None:
    class Late(Gateway):
        def send(self, message: Message, request: GatewayRequest, /) -> Sent:
            other = {MARY_URN: SIAN_URN, SIAN_URN: MARY_URN}
            statements.withdraw(other[str(message.recipient)])
            return super().send(message, request)

    late = Late()
    desk = make_desk(sender=late)
    cases = [str(desk.receive(*payloads.text("Graffiti", sender=citizen))[0].reference) for citizen in (MARY, SIAN)]

    desk.run_due()

    assert len(late.took) == 1
    assert sorted(desk.case(case).messages()[0][1] for case in cases) == ["denied", "sent"]


# -- the gateway's answers ---------------------------------------------------------------------------------------------


def test_a_gateway_that_says_how_long_to_leave_it_alone_is_left_alone(
    make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock
) -> None:
    desk = make_desk(sender=Gateway(SendError("429", permanent=False, status="429", retry_after_s=3600)))
    desk.receive(*payloads.text("Graffiti"))
    desk.run_due()

    (waiting,) = desk.outbox.waiting()

    assert (waiting.why, waiting.code, waiting.attempts) == ("retry", "429", 1)
    assert waiting.until is not None
    assert timedelta(hours=1) <= waiting.until - clock.now <= timedelta(hours=1, minutes=15)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -5.0, 1e300])
def test_a_gateway_that_says_nonsense_of_it_is_tried_again_within_a_day_and_a_quarter(
    make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock, seconds: float
) -> None:
    desk = make_desk(sender=Gateway(SendError("503", permanent=False, retry_after_s=seconds)))
    desk.receive(*payloads.text("Graffiti"))
    desk.run_due()

    (waiting,) = desk.outbox.waiting()

    assert waiting.until is not None
    assert timedelta(seconds=30) <= waiting.until - clock.now <= timedelta(hours=30)


def test_a_limit_costs_no_try_and_holds_back_its_channel_alone(
    make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock
) -> None:
    gateway = Gateway(RateLimitedError("slowly", retry_after_s=60))
    desk = make_desk(sender=gateway)
    for number in range(3):
        desk.receive(*payloads.text("Graffiti", sender=f"07700 90010{number}"))
    clock.pass_time(seconds=1)  # what is due in one moment goes in any order
    desk.receive(*payloads.mail("Graffiti"))

    due, again = desk.run_due(), desk.run_due()

    waiting = list(desk.outbox.waiting())
    assert (due.held, due.sent, again.total) == (1, 1, 0)
    assert {(each.why, each.attempts, each.until) for each in waiting} == {
        ("rate_limited", 0, clock.now + timedelta(seconds=60)),  # the one that was asked for
        ("due", 0, None),  # those behind it keep their place
    }
    clock.pass_time(seconds=60)
    assert desk.run_due().sent == 3


def test_nobody_knows_is_no_reason_to_send_twice(make_desk: Callable[..., Desk], payloads: Payloads) -> None:
    gateway = Gateway(UnsureError("it broke off", status="connection_lost"))
    desk = make_desk(sender=gateway)
    reference = str(desk.receive(*payloads.text("Graffiti"))[0].reference)

    due = desk.run_due()

    (waiting,) = desk.outbox.waiting()
    assert (due.in_doubt, waiting.why, waiting.until, waiting.code) == (1, "in_doubt", None, "connection_lost")
    assert "message_failed" in desk.case(reference).flags


def test_where_the_gateway_knows_a_repeat_a_doubt_is_sent_again_and_stays_told(
    make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock
) -> None:
    gateway = Gateway(UnsureError("it broke off", status="connection_lost"))
    gateway.idempotent = True
    desk = make_desk(sender=gateway)
    reference = str(desk.receive(*payloads.text("Graffiti"))[0].reference)
    desk.run_due()

    (waiting,) = desk.outbox.waiting()
    clock.pass_time(minutes=2)
    desk.run_due()

    message, state = last(desk, reference)
    assert waiting.why == "sent_again"
    assert state == "sent"
    assert updates(desk, reference, message.id) == [
        ("in_doubt", "connection_lost"),
        ("queued", "sent_again"),
        ("sent", None),
    ]
    assert "message_failed" not in desk.case(reference).flags


# -- who is not reached ------------------------------------------------------------------------------------------------


@pytest.fixture
def both(texted: str, statements: Statements) -> str:
    """Mary's case; she has a proved e-mail address, too, and would rather have texts."""
    statements.also_at(MARY_URN, TOM_URN)
    statements.prefer(MARY_URN, "sms", "email")
    return texted


def test_a_number_that_does_not_exist_is_noted_and_the_next_way_tried(
    desk: Desk, both: str, gateway: Gateway, alice: Actor
) -> None:
    gateway.answers = [SendError("no such number", permanent=True, status="21614", address_fails=True)]
    desk.reply(both, text="Cleaned today.", by=alice)

    first, second = desk.run_due(), desk.run_due()

    failed, instead = queued(desk, both)[-2:]
    assert first.failed == 1
    assert first.sent + second.sent == 1
    assert (failed.channel, instead.channel, instead.replaces) == ("sms", "email", failed.message)
    assert (gateway.took[-1].recipient, gateway.took[-1].text) == (TOM_URN, "Cleaned today.")
    assert "message_failed" not in desk.case(both).flags
    later = desk.reply(both, text="And again.", by=alice)
    assert last(desk, both)[0].channel == "email"
    assert later.reference == both
    assert list(desk.verify()) == []


def test_a_report_that_it_never_arrived_does_the_same(
    desk: Desk, both: str, alice: Actor, payloads: Payloads, gateway: Gateway
) -> None:
    desk.reply(both, text="Cleaned today.", by=alice)
    desk.run_due()
    (receipt,) = desk.receive(*payloads.report(f"gw-{gateway.took[-1].id}", "undelivered"))

    due = desk.run_due()

    failed, instead = queued(desk, both)[-2:]
    assert (receipt.outcome, due.sent) == ("recorded", 1)
    assert (instead.channel, instead.replaces) == ("email", failed.message)
    assert list(desk.verify()) == []


def test_a_second_report_of_it_starts_nothing_further(
    desk: Desk, both: str, alice: Actor, payloads: Payloads, gateway: Gateway, clock: Clock
) -> None:
    desk.reply(both, text="Cleaned today.", by=alice)
    desk.run_due()
    name = f"gw-{gateway.took[-1].id}"
    for status in ("undelivered", "failed", "undelivered"):
        desk.receive(*payloads.report(name, status))
        clock.pass_time(minutes=5)
    count = len(queued(desk, both))

    desk.run_due()

    assert len(queued(desk, both)) == count == 3  # the acknowledgement, the reply, and what took its place


def test_a_gateway_that_is_down_says_nothing_of_the_address(
    desk: Desk, both: str, alice: Actor, gateway: Gateway
) -> None:
    gateway.answers = [SendError("filtered", permanent=True, status="30007")]
    desk.reply(both, text="Cleaned today.", by=alice)
    desk.run_due()

    points = desk.citizens.profile(MARY_URN).contact_points

    assert all(point.failures == () for point in points)


@pytest.mark.parametrize(("code", "fails"), [("30005", True), ("30007", False), ("30008", False), ("99999", False)])
def test_a_report_marks_a_number_only_where_its_gateway_speaks_of_the_number(
    desk: Desk, both: str, alice: Actor, payloads: Payloads, gateway: Gateway, code: str, fails: bool
) -> None:
    desk.reply(both, text="Cleaned today.", by=alice)
    desk.run_due()

    desk.receive(*payloads.report(f"gw-{gateway.took[-1].id}", "undelivered", ErrorCode=code))

    points = desk.citizens.profile(MARY_URN).contact_points
    assert any(point.failures for point in points) is fails
    assert queued(desk, both)[-1].channel == "email"  # another way is tried all the same


# -- what people say ---------------------------------------------------------------------------------------------------


@pytest.fixture
def task(desk: Desk, texted: str, statements: Statements, alice: Actor) -> str:
    statements.need(MARY_URN, "by_phone")
    desk.reply(texted, text="Cleaned today.", by=alice)
    return next(iter(desk.outbox.waiting())).message


def test_a_task_that_is_done_leaves_the_outbox_and_its_flag_goes(
    desk: Desk, texted: str, task: str, alice: Actor
) -> None:
    done = desk.outbox.done(task, "told", by=alice, note="Spoke to her sister first.")

    assert (done.state, done.why) == ("delivered", "done")
    assert list(desk.outbox.waiting()) == []
    assert "call_back" not in desk.case(texted).flags
    assert any(entry.text == "Spoke to her sister first." for entry in desk.case(texted).timeline())


def test_who_does_not_answer_is_rung_again_later_and_at_last_reached_another_way_or_by_a_person(
    desk: Desk, texted: str, task: str, alice: Actor, clock: Clock
) -> None:
    waits = []
    for _ in range(2):
        again = desk.outbox.done(task, "no_answer", by=alice)
        assert again.until is not None
        waits.append(again.until - clock.now)
        clock.now = again.until
    desk.outbox.done(task, "no_answer", by=alice, note="Nobody there.")

    assert waits == [timedelta(hours=2), timedelta(hours=4)]
    assert ("permanent_failure", "no_answer") in updates(desk, texted, task)
    assert any(entry.text == "Nobody there." for entry in desk.case(texted).timeline())
    following = [each for each in desk.outbox.waiting() if each.message != task]
    assert following or "message_failed" in desk.case(texted).flags


def test_a_doubt_is_resolved_as_a_person_says(make_desk: Callable[..., Desk], payloads: Payloads, alice: Actor) -> None:
    gateway = Gateway(*[UnsureError("it broke off") for _ in range(3)])
    desk = make_desk(sender=gateway)
    cases = [str(desk.receive(*payloads.text("Graffiti", sender=f"07700 90010{n}"))[0].reference) for n in range(3)]
    desk.run_due()
    doubts = {each.reference: each.message for each in desk.outbox.waiting()}

    resolved = [
        desk.outbox.resolve(doubts[case], how, by=alice).state
        for case, how in zip(cases, ("sent", "send_again", "cleared"), strict=True)
    ]
    due = desk.run_due()

    assert resolved == ["sent", "queued", "cleared"]
    assert (due.sent, [last(desk, case)[1] for case in cases]) == (1, ["sent", "sent", "cleared"])
    assert all("message_failed" not in desk.case(case).flags for case in cases)


def test_what_waits_can_be_taken_back_and_what_has_left_cannot(
    desk: Desk, texted: str, alice: Actor, gateway: Gateway
) -> None:
    desk.reply(texted, text="Cleaned today.", by=alice)
    (waiting,) = desk.outbox.waiting()
    taken = len(gateway.took)

    cleared = desk.outbox.cancel(waiting.message, by=alice)
    desk.run_due()

    assert (cleared.state, len(gateway.took)) == ("cleared", taken)
    with pytest.raises(RequestError, match="only what waits"):
        desk.outbox.cancel(gateway.took[0].id, by=alice)
    with pytest.raises(NotFoundError):
        desk.outbox.cancel("m0", by=alice)


def test_nobody_but_a_worker_says_what_became_of_a_message(desk: Desk, task: str, painter: Actor) -> None:
    with pytest.raises(RequestError, match="only a worker"):
        desk.outbox.done(task, "told", by=painter)


def test_what_no_adapter_carries_waits_and_says_so(make_desk: Callable[..., Desk], payloads: Payloads) -> None:
    make_desk().receive(*payloads.text("Graffiti"))

    desk = make_desk(adapters={}, sender=CollectingSender())

    (waiting,) = desk.outbox.waiting()
    assert (waiting.why, desk.run_due().total) == ("no_sender", 0)
    assert list(desk.outbox.waiting(channel="email")) == []
    with pytest.raises(RequestError, match="a state is one of"):
        desk.outbox.waiting(state="lost")  # type: ignore[arg-type]  # what a caller without types may give
