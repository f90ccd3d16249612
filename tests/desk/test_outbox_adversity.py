"""The outbox on hard days: gateways that hold, give up, lie or break, clocks that jump, several who send at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import create_engine, text

from onestop import Actor, Desk, Policy, open_store
from onestop.core.events import MessageQueued, MessageUpdated
from onestop.core.gateway import GatewayRequest, Message
from onestop.errors import RateLimitedError, RequestError, SendError, UnsureError
from onestop.gateways import Sent

from .conftest import ADAPTERS
from .payloads import MARY, MARY_URN, TOM_URN, Clock, Payloads
from .test_outbox import Gateway, Statements, queued, updates

UNREACHABLE = "30003"  # Twilio's: the handset is switched off; it has given up


class Reports:
    """Delivery reports of Twilio's, as they come in."""

    def __init__(self, desk: Desk, payloads: Payloads) -> None:
        self._desk, self._payloads = desk, payloads

    def __call__(self, message: str, status: str, *, error: str | None = None, to: str = MARY) -> str:
        form = {"MessageSid": f"gw-{message}", "MessageStatus": status, "To": to}
        form |= {"ErrorCode": error} if error else {}
        return self._desk.receive("twilio_sms", self._payloads.raw(urlencode(form).encode()))[0].outcome


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def desk(make_desk: Callable[..., Desk], gateway: Gateway) -> Desk:
    return make_desk(sender=gateway)


@pytest.fixture
def report(desk: Desk, payloads: Payloads) -> Reports:
    return Reports(desk, payloads)


@pytest.fixture
def statements(make_desk: Callable[..., Desk], alice: Actor) -> Statements:
    return Statements(make_desk(), alice)


@pytest.fixture
def case(desk: Desk, payloads: Payloads, alice: Actor) -> str:
    """A case of Mary's, whose acknowledgement and reply were sent."""
    reference = str(desk.receive(*payloads.text("Graffiti"))[0].reference)
    desk.run_due()
    desk.reply(reference, text="Cleaned today.", by=alice)
    desk.run_due()
    return reference


def states(desk: Desk, reference: str) -> list[str]:
    return [state for _, state in desk.case(reference).messages()]


# -- gateways that give up ---------------------------------------------------------------------------------------------


def test_what_its_gateway_gave_up_for_now_is_sent_once_more_the_same_way(
    desk: Desk, case: str, gateway: Gateway, report: Reports, clock: Clock
) -> None:
    given_up = gateway.took[-1]

    report(given_up.id, "undelivered", error=UNREACHABLE)

    event = queued(desk, case)[-1]
    assert states(desk, case)[1:] == ["temporary_failure", "queued"]
    assert (event.channel, event.replaces) == ("sms", given_up.id)
    assert event.not_before == clock.now + timedelta(minutes=15)
    assert desk.run_due().total == 0
    clock.pass_time(minutes=15)
    assert desk.run_due().sent == 1
    assert (gateway.took[-1].text, gateway.took[-1].id) == (given_up.text, event.message)
    assert "message_failed" not in desk.case(case).flags


def test_what_is_given_up_again_and_again_is_shown_to_a_person_in_the_end(
    desk: Desk, case: str, gateway: Gateway, report: Reports, clock: Clock
) -> None:
    waits = []
    for _ in range(4):
        report(gateway.took[-1].id, "undelivered", error=UNREACHABLE)
        waits.append((queued(desk, case)[-1].not_before or clock.now) - clock.now)
        clock.pass_time(hours=5)
        desk.run_due()

    assert waits[:3] == [timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4)]
    assert len(gateway.took) == 5
    assert states(desk, case)[1:] == ["temporary_failure"] * 4
    assert "message_failed" in desk.case(case).flags


def test_after_the_same_way_comes_the_next_one_that_they_allow(
    desk: Desk, case: str, gateway: Gateway, report: Reports, clock: Clock, statements: Statements
) -> None:
    statements.also_at(MARY_URN, TOM_URN)
    statements.prefer(MARY_URN, "sms", "email")

    for _ in range(4):
        report(gateway.took[-1].id, "undelivered", error=UNREACHABLE)
        clock.pass_time(hours=5)
        desk.run_due()

    assert [message.channel for message in gateway.took] == ["sms"] * 5 + ["email"]
    assert "message_failed" not in desk.case(case).flags
    assert all(not point.failures for point in desk.citizens.profile(MARY_URN).contact_points)


def test_who_is_in_danger_is_told_the_next_way_at_once(
    desk: Desk, case: str, gateway: Gateway, report: Reports, statements: Statements, alice: Actor
) -> None:
    statements.also_at(MARY_URN, TOM_URN)
    statements.prefer(MARY_URN, "sms", "email")
    desk.reply(case, text="Leave the house.", purpose="urgent", by=alice)
    desk.run_due()

    report(gateway.took[-1].id, "undelivered", error=UNREACHABLE)
    desk.run_due()

    assert gateway.took[-1].channel == "email"


def test_a_second_report_of_it_sends_nothing_further(
    desk: Desk, case: str, gateway: Gateway, report: Reports, clock: Clock
) -> None:
    given_up = gateway.took[-1].id
    report(given_up, "undelivered", error=UNREACHABLE)
    clock.pass_time(minutes=1)
    report(given_up, "undelivered", error="30001")
    clock.pass_time(minutes=1)

    report(given_up, "undelivered", error="30005")  # now for good: the number is unknown

    assert states(desk, case)[1:] == ["permanent_failure", "queued"]
    assert "message_failed" not in desk.case(case).flags  # what took its place has yet to be looked at


def test_a_mail_that_is_only_late_is_no_failure(
    desk: Desk, payloads: Payloads, gateway: Gateway, alice: Actor, clock: Clock
) -> None:
    reference = str(desk.receive(*payloads.mail("Graffiti"))[0].reference)
    desk.run_due()
    body = (
        "From: MAILER-DAEMON@mail.example\r\nTo: contact@saltmarsh.example\r\nMessage-ID: <late@mail.example>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n'
        "Content-Type: text/plain\r\n\r\nDelayed.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mail.example\r\n\r\nFinal-Recipient: rfc822; tom.price@example.org\r\n"
        "Action: delayed\r\nStatus: 4.4.1\r\n\r\n--b\r\nContent-Type: message/rfc822-headers\r\n\r\n"
        f"Message-ID: <{gateway.took[-1].id}@saltmarsh.example>\r\n\r\n--b--\r\n"
    )

    (receipt,) = desk.receive("email", payloads.raw(body.encode()))

    assert (receipt.outcome, states(desk, reference)) == ("recorded", ["sent"])


def test_what_arrives_after_all_clears_what_took_its_place(
    desk: Desk, case: str, gateway: Gateway, report: Reports, clock: Clock
) -> None:
    given_up = gateway.took[-1].id
    report(given_up, "undelivered", error=UNREACHABLE)
    clock.pass_time(minutes=20)

    report(given_up, "delivered")

    assert states(desk, case)[1:] == ["delivered", "cleared"]
    assert updates(desk, case, queued(desk, case)[-1].message) == [("cleared", "delivered_after_all")]
    assert desk.run_due().total == 0
    assert list(desk.verify()) == []


def test_a_call_that_took_its_place_is_not_made_when_it_arrives_after_all(
    desk: Desk, case: str, gateway: Gateway, report: Reports, clock: Clock, statements: Statements
) -> None:
    statements.prefer(MARY_URN, "sms", "phone")
    failed = gateway.took[-1].id
    report(failed, "undelivered", error="30005")
    assert "call_back" in desk.case(case).flags
    clock.pass_time(minutes=1)

    report(failed, "delivered")

    assert states(desk, case)[1:] == ["delivered", "cleared"]
    assert not {"call_back", "message_failed"} & set(desk.case(case).flags)


def test_a_doubt_that_a_report_ends_is_shown_to_nobody_any_more(
    make_desk: Callable[..., Desk], payloads: Payloads
) -> None:
    class Breaks(Gateway):
        def send(self, message: Message, request: GatewayRequest, /) -> Sent:
            self.took.append(message)
            raise UnsureError("it broke off")

    gateway = Breaks()
    desk = make_desk(sender=gateway)
    reference = str(desk.receive(*payloads.mail("Graffiti"))[0].reference)
    desk.run_due()
    assert "message_failed" in desk.case(reference).flags
    body = (
        "From: MAILER-DAEMON@mail.example\r\nTo: contact@saltmarsh.example\r\nMessage-ID: <ok@mail.example>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n'
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n"
        "Final-Recipient: rfc822; tom.price@example.org\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n--b\r\n"
        "Content-Type: message/rfc822-headers\r\n\r\n"
        f"Message-ID: <{gateway.took[-1].id}@saltmarsh.example>\r\n\r\n--b--\r\n"
    )

    desk.receive("email", payloads.raw(body.encode()))

    assert states(desk, reference) == ["delivered"]
    assert "message_failed" not in desk.case(reference).flags


# -- gateways that hold ------------------------------------------------------------------------------------------------


class Holding(Gateway):
    """Holds a message for minutes; meanwhile others run."""

    def __init__(self, clock: Clock, meanwhile: Callable[[Message], object], minutes: float = 6) -> None:
        super().__init__()
        self._clock, self._meanwhile, self._minutes = clock, meanwhile, minutes

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        self._clock.pass_time(minutes=self._minutes)
        self._meanwhile(message)
        return super().send(message, request)


@pytest.mark.parametrize("answer", [None, SendError("busy", permanent=False), SendError("no", permanent=True)])
def test_who_was_taken_for_lost_and_comes_back_ends_the_doubt(
    make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock, answer: SendError | None
) -> None:
    other = make_desk()
    slow = Holding(clock, lambda message: other.run_due())
    slow.answers = [answer]
    desk = make_desk(sender=slow)
    reference = str(desk.receive(*payloads.text("Graffiti"))[0].reference)

    desk.run_due(limit=1)

    doubt = [state for state, _ in updates(desk, reference, queued(desk, reference)[0].message)]
    expected = "sent" if answer is None else "permanent_failure" if answer.permanent else "queued"
    assert (doubt[0], states(desk, reference)) == ("in_doubt", [expected])
    assert ("message_failed" in desk.case(reference).flags) == (expected == "permanent_failure")
    assert list(desk.verify()) == []


@pytest.mark.parametrize(("said", "becomes"), [("sent", "sent"), ("cleared", "sent"), ("send_again", "sent")])
def test_a_doubt_that_a_person_resolved_while_the_gateway_held_it_sends_nothing_twice(
    make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock, alice: Actor, said: Any, becomes: str
) -> None:
    other = make_desk()

    def meanwhile(message: Message) -> None:
        other.run_due()
        other.outbox.resolve(message.id, said, by=alice)

    slow = Holding(clock, meanwhile)
    desk = make_desk(sender=slow)
    reference = str(desk.receive(*payloads.text("Graffiti"))[0].reference)

    desk.run_due(limit=1)
    desk.run_due()

    assert (states(desk, reference), len(slow.took)) == ([becomes], 1)


def test_what_is_taken_back_while_the_batch_is_under_way_is_not_sent(
    make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock, alice: Actor
) -> None:
    other = make_desk()

    def meanwhile(message: Message) -> None:
        for waiting in other.outbox.waiting(state="queued"):
            other.outbox.cancel(waiting.message, by=alice)

    gateway = Holding(clock, meanwhile, minutes=0)
    desk = make_desk(sender=gateway)
    cases = [str(desk.receive(*payloads.text("Graffiti", sender=f"07700 90010{n}"))[0].reference) for n in range(3)]

    desk.run_due()

    assert len(gateway.took) == 1
    assert sorted(states(desk, each)[0] for each in cases) == ["cleared", "cleared", "sent"]


def test_a_message_that_a_gateway_has_cannot_be_taken_back(
    make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock, alice: Actor
) -> None:
    refused = []

    def meanwhile(message: Message) -> None:
        with pytest.raises(RequestError, match="only what waits"):
            make_desk().outbox.cancel(message.id, by=alice)
        refused.append(message.id)

    desk = make_desk(sender=Holding(clock, meanwhile, minutes=0))
    desk.receive(*payloads.text("Graffiti"))

    desk.run_due()

    assert len(refused) == 1


# -- clocks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [{"days": 1}, {"days": -1}, {"minutes": -10}])
def test_a_clock_that_jumps_while_a_message_is_under_way_loses_and_doubles_nothing(
    make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock, jump: dict[str, float]
) -> None:
    gateway = Holding(clock, lambda message: clock.pass_time(**jump), minutes=0)
    desk = make_desk(sender=gateway)
    cases = [str(desk.receive(*payloads.text("Graffiti", sender=f"07700 90010{n}"))[0].reference) for n in range(3)]

    for _ in range(5):
        desk.run_due()
        clock.pass_time(days=2)

    assert [states(desk, each) for each in cases] == [["sent"]] * 3
    assert max(Counter(message.id for message in gateway.took).values()) == 1


def test_a_limit_of_a_clock_that_was_ahead_holds_no_longer(
    make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock
) -> None:
    desk = make_desk(sender=Gateway(RateLimitedError("slowly", retry_after_s=60)))
    desk.receive(*payloads.text("Graffiti"))
    desk.receive(*payloads.text("Graffiti", sender="07700 900102"))
    desk.run_due()

    clock.pass_time(days=-1)
    desk.receive(*payloads.text("Graffiti", sender="07700 900103"))

    assert desk.run_due().sent == 1


# -- several at once ---------------------------------------------------------------------------------------------------


def test_several_desks_and_threads_on_one_file_send_each_message_once(
    tmp_path: Path, policy: Policy, clock: Clock, payloads: Payloads, alice: Actor
) -> None:
    url, taken, lock = f"sqlite:///{tmp_path / 'onestop.db'}", Counter[str](), threading.Lock()

    class Shared(Gateway):
        def send(self, message: Message, request: GatewayRequest, /) -> Sent:
            with lock:
                taken[message.id] += 1
            if taken[message.id] == 1 and int(message.id[-2:], 36) % 7 == 0:
                raise RateLimitedError("slowly", retry_after_s=1)
            return Sent(f"gw-{message.id}")

    stores = [open_store(url) for _ in range(2)]
    desks = [Desk(store, policy, ADAPTERS, sender=Shared(), clock=clock) for store in stores]
    for number in range(40):
        desks[0].receive(*payloads.text("Graffiti", sender=f"07700 9001{number:02}"))
    threads = [threading.Thread(target=desk.run_due) for desk in desks for _ in range(3)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(30):
        clock.pass_time(minutes=6)
        desks[0].run_due()

    sent = [states(desks[0], each.reference) for each in desks[0].cases()]
    assert sent == [["sent"]] * 40
    recorded = Counter(
        event.message
        for each in desks[0].cases()
        for event in desks[0].case(each.reference).events()
        if isinstance(event, MessageUpdated) and event.state == "sent"
    )
    assert set(recorded.values()) == {1}
    assert list(desks[0].verify()) == []
    for store in stores:
        store.close()


# -- reports -----------------------------------------------------------------------------------------------------------


def test_a_report_that_is_faster_than_the_record_of_the_sending_stands(
    make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock
) -> None:
    other = make_desk()

    def meanwhile(message: Message) -> None:
        body = (
            "From: MAILER-DAEMON@mail.example\r\nTo: contact@saltmarsh.example\r\nMessage-ID: <f@mail.example>\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n'
            "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n"
            "Final-Recipient: rfc822; tom.price@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\n"
            f"Content-Type: message/rfc822-headers\r\n\r\nMessage-ID: <{message.id}@saltmarsh.example>\r\n\r\n--b--\r\n"
        )
        other.receive("email", payloads.raw(body.encode()))

    desk = make_desk(sender=Holding(clock, meanwhile, minutes=0))
    reference = str(desk.receive(*payloads.mail("Graffiti"))[0].reference)

    desk.run_due()

    assert states(desk, reference) == ["permanent_failure"]
    assert list(desk.verify()) == []


def test_reports_for_nobody_for_others_and_out_of_order_change_nothing_that_is_known(
    desk: Desk, case: str, gateway: Gateway, report: Reports, clock: Clock
) -> None:
    own = gateway.took[-1].id

    outcomes = [report("m0", "delivered"), report(own, "undelivered", to="07700 900199"), report(own, "delivered")]
    clock.pass_time(minutes=1)
    report(own, "sent")
    report(own, "undelivered", error=UNREACHABLE)

    assert outcomes == ["rejected", "rejected", "recorded"]
    assert states(desk, case)[1:] == ["delivered"]


# -- what changed meanwhile --------------------------------------------------------------------------------------------


def test_a_message_whose_words_were_erased_is_shown_and_keeps_nobody_waiting(
    tmp_path: Path, policy: Policy, clock: Clock, payloads: Payloads
) -> None:
    url, gateway = f"sqlite:///{tmp_path / 'onestop.db'}", Gateway()
    store = open_store(url)
    desk = Desk(store, policy, ADAPTERS, sender=gateway, clock=clock)
    erased, other = (
        str(desk.receive(*payloads.text("Graffiti", sender=sender))[0].reference) for sender in (MARY, "07700 900102")
    )
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "DELETE FROM onestop_content WHERE id IN (SELECT content_id FROM onestop_message m"
                " JOIN onestop_case c ON c.id = m.case_id WHERE c.reference = :reference)"
            ),
            {"reference": erased},
        )
    engine.dispose()

    due = desk.run_due()

    assert (due.failed, due.sent) == (1, 1)
    assert (states(desk, erased), states(desk, other)) == (["permanent_failure"], ["sent"])
    assert "message_failed" in desk.case(erased).flags
    store.close()


def test_a_policy_that_lost_its_templates_meanwhile_still_has_a_person_told_of_what_failed(
    make_desk: Callable[..., Desk], desk: Desk, payloads: Payloads, policy: Policy
) -> None:
    reference = str(desk.receive(*payloads.text("Graffiti"))[0].reference)
    gateway = Gateway(SendError("no such number", permanent=True, status="21614", address_fails=True))
    poorer = replace(policy, templates={})

    due = make_desk(sender=gateway, policy=poorer).run_due()

    assert due.failed == 1
    assert "message_failed" in desk.case(reference).flags


def test_a_message_waits_for_its_recipient_whoever_stands_for_them_now(
    desk: Desk, payloads: Payloads, statements: Statements, alice: Actor, gateway: Gateway
) -> None:
    reference = str(desk.receive(*payloads.text("Graffiti"))[0].reference)
    desk.receive(*payloads.mail("A pothole"))
    desk.run_due()
    desk.reply(reference, text="Cleaned today.", by=alice)
    desk.citizens.merge(TOM_URN, into=MARY_URN, by=alice)

    desk.run_due()
    desk.citizens.unmerge(TOM_URN, by=alice)
    desk.reply(reference, text="And again.", by=alice)
    desk.run_due()

    assert [(str(each.recipient), each.text) for each in gateway.took[-2:]] == [
        (MARY_URN, "Cleaned today."),
        (MARY_URN, "And again."),
    ]


# -- senders that misbehave --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "07700900101",
        "+447700900101",
        "jo@example.org",
        "x" * 10_000,
        "5.1.1\n",
        "\ud800",
        "",
        "Mrs Jones",
        42,
        b"5.1.1",
    ],
)
@pytest.mark.parametrize("permanent", [True, False])
def test_a_code_that_may_be_anything_leaves_no_trace_and_stops_nobody(
    make_desk: Callable[..., Desk], payloads: Payloads, code: Any, permanent: bool
) -> None:
    desk = make_desk(sender=Gateway(SendError("no", permanent=permanent, status=code)))
    cases = [str(desk.receive(*payloads.text("Graffiti", sender=f"07700 90010{n}"))[0].reference) for n in range(2)]

    due = desk.run_due()

    codes = {event.code for each in cases for event in desk.case(each).events() if isinstance(event, MessageUpdated)}
    waiting = {each.code for each in desk.outbox.waiting()}
    assert due.sent == 1
    assert (codes - {None}, waiting - {None}) == (({"send"}, set()) if permanent else (set(), {"send"}))


@pytest.mark.parametrize("asked", ["soon", float("nan"), -1, 1e300, True, None, 10**400])
def test_a_limit_that_may_be_anything_holds_for_a_second_to_a_day(
    make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock, asked: Any
) -> None:
    desk = make_desk(sender=Gateway(RateLimitedError("slowly", retry_after_s=asked)))
    desk.receive(*payloads.text("Graffiti"))

    desk.run_due()

    (waiting,) = desk.outbox.waiting()
    assert waiting.until is not None
    assert timedelta(seconds=1) <= waiting.until - clock.now <= timedelta(days=1)


@pytest.mark.parametrize("given", [None, "SM1", Sent(42), Sent("\ud800")])  # type: ignore[arg-type]  # no id at all
def test_a_sender_that_gives_nonsense_leaves_a_doubt(
    make_desk: Callable[..., Desk], payloads: Payloads, given: Any
) -> None:
    class Odd(Gateway):
        def send(self, message: Message, request: GatewayRequest, /) -> Sent:
            return given  # type: ignore[no-any-return]  # what a sender without types gives

    desk = make_desk(sender=Odd())
    reference = str(desk.receive(*payloads.text("Graffiti"))[0].reference)

    desk.run_due()

    assert states(desk, reference) == ["in_doubt"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_who_is_told_to_stop_gives_back_what_was_not_begun(
    make_desk: Callable[..., Desk], desk: Desk, payloads: Payloads, stop: type[BaseException]
) -> None:
    cases = [str(desk.receive(*payloads.text("Graffiti", sender=f"07700 90010{n}"))[0].reference) for n in range(3)]

    with pytest.raises(stop):
        make_desk(sender=Gateway(None, stop())).run_due()

    due = desk.run_due()
    assert due.sent == 1
    assert sorted(states(desk, each)[0] for each in cases) == ["in_doubt", "sent", "sent"]


def test_many_messages_to_one_handset_go_in_their_order_and_a_stop_ends_them(
    desk: Desk, payloads: Payloads, statements: Statements, alice: Actor, gateway: Gateway, clock: Clock
) -> None:
    reference = str(desk.receive(*payloads.text("Graffiti"))[0].reference)
    desk.run_due()
    for number in range(120):
        clock.pass_time(seconds=1)
        desk.reply(reference, text=f"News {number}.", by=alice)

    first = desk.run_due(limit=60)
    statements.withdraw(MARY_URN)
    second = desk.run_due(limit=200)

    assert (first.sent, second.sent, second.denied) == (60, 0, 60)
    assert [each.text for each in gateway.took[1:]] == [f"News {number}." for number in range(60)]


# -- no end ------------------------------------------------------------------------------------------------------------


def test_when_every_way_fails_a_person_is_shown_it_once_and_nothing_goes_round(
    make_desk: Callable[..., Desk], payloads: Payloads, statements: Statements, alice: Actor, clock: Clock
) -> None:
    gateway = Gateway()
    desk = make_desk(sender=gateway)
    reference = str(desk.receive(*payloads.text("Graffiti"))[0].reference)
    desk.run_due()
    statements.also_at(MARY_URN, TOM_URN)
    statements.also_at(MARY_URN, "mailto:mary@example.org")
    statements.prefer(MARY_URN, "sms", "email")
    gateway.answers = [
        SendError("no", permanent=True, status="21614", address_fails=True),
        *[SendError("no", permanent=True, status="5.1.1", address_fails=True)] * 9,
    ]
    desk.reply(reference, text="Cleaned today.", by=alice)

    for _ in range(10):
        desk.run_due()
        clock.pass_time(days=1)

    replaced = [event.replaces for event in desk.case(reference).events() if isinstance(event, MessageQueued)]
    assert len(gateway.answers) >= 6
    assert len(replaced) <= 5
    waiting = list(desk.outbox.waiting())
    assert len(waiting) <= 1
    assert waiting or "message_failed" in desk.case(reference).flags


def test_a_bounce_of_what_went_by_itself_is_answered_by_nothing(
    desk: Desk, payloads: Payloads, gateway: Gateway
) -> None:
    desk.receive(*payloads.mail("Graffiti"))
    desk.run_due()
    ours = gateway.took[-1].id
    for number in range(3):
        desk.receive(
            *payloads.mail(
                f"Your mail <{ours}@saltmarsh.example> could not be delivered: 550 5.1.1 no such user",
                sender="mailer-daemon@mail.example",
                name="Mail Delivery System",
                message_id=f"b{number}@mail.example",
                Auto_Submitted="auto-replied",
                In_Reply_To=f"<{ours}@saltmarsh.example>",
            )
        )

    due = desk.run_due()

    assert due.sent == 0
    assert len(gateway.took) == 1
