"""Reports that are faster than we are, adapters under names of the host's choosing, senders that break."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from onestop import Desk
from onestop.channels.sms import TwilioSms
from onestop.core.events import EnquiryReceived
from onestop.core.gateway import GatewayRequest, Message
from onestop.gateways import CollectingSender, Sent
from onestop.stores import Store
from onestop.stores.answers import _CASES_OF_KEY, _MOST_OF_KEY
from onestop.stores.prepared import _parameters

from .payloads import Clock, Payloads

SMS = TwilioSms(auth_token="token", account_sid="AC1", from_number="+441632960100")


class Fast:
    """A gateway whose report arrives while we still wait for its answer."""

    def __init__(self) -> None:
        self.report: Callable[[Message], object] = lambda message: None

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        self.report(message)
        return Sent(f"gw{message.id}")


class Broken:
    """A sender with a mistake of its own that shows for one recipient."""

    def __init__(self) -> None:
        self.took: list[Message] = []

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        self.took.append(message)
        if len(self.took) == 1:
            raise ZeroDivisionError
        return Sent(f"gw{message.id}")


@pytest.fixture
def texts(make_desk: Callable[..., Desk]) -> Callable[..., Desk]:
    """Make a desk that has its text messages by the name `sms`."""
    return lambda **changes: make_desk(adapters={"sms": SMS}, **changes)


def states(desk: Desk, reference: str | None) -> list[str]:
    return [state for _, state in desk.case(reference).messages()]


def test_a_repeat_is_told_by_the_hosts_name_of_the_adapter(texts: Callable[..., Desk], payloads: Payloads) -> None:
    desk, (_, raw) = texts(), payloads.text("A pothole")

    outcomes = [desk.receive("sms", raw)[0].outcome for _ in range(2)]

    assert outcomes == ["opened", "repeat"]
    (event,) = [change.event for change in desk.changes() if isinstance(change.event, EnquiryReceived)]
    assert event.adapter == "sms"


def test_a_rejected_payload_is_retried_by_the_hosts_name_of_the_adapter(
    texts: Callable[..., Desk], payloads: Payloads
) -> None:
    desk = texts()
    desk.receive("sms", payloads.raw(b"\xff"))

    (record,) = desk.rejected()

    assert record.adapter == "sms"
    assert desk.retry(record)[0].outcome == "rejected"


def test_a_report_that_came_before_we_knew_its_message_is_taken_in_by_the_next_run(
    texts: Callable[..., Desk], payloads: Payloads
) -> None:
    gateway = Fast()
    desk = texts(sender=gateway)
    reference = desk.receive("sms", payloads.text("A pothole")[1])[0].reference
    early = []
    gateway.report = lambda message: early.extend(
        desk.receive("sms", payloads.report(f"gw{message.id}", "delivered")[1])
    )

    desk.run_due()

    assert [receipt.outcome for receipt in early] == ["rejected"]
    assert states(desk, reference) == ["delivered"]
    assert desk.rejected() == []
    assert list(desk.verify()) == []


def test_a_report_that_fits_nothing_is_tried_five_times_and_stays_rejected(
    texts: Callable[..., Desk], payloads: Payloads
) -> None:
    desk = texts()
    desk.receive("sms", payloads.report("SM-of-nobody", "delivered")[1])

    for _ in range(10):
        desk.run_due()

    (record,) = desk.rejected()
    assert record.attempts == 5


def test_old_reports_that_fit_nothing_do_not_stand_before_a_new_one(
    texts: Callable[..., Desk], payloads: Payloads, clock: Clock, sender: CollectingSender
) -> None:
    desk = texts()
    for number in range(3):
        desk.receive("sms", payloads.report(f"SM-old-{number}", "delivered")[1])
    clock.pass_time(hours=2)
    desk.receive("sms", payloads.report("SM-new", "delivered")[1])

    desk.run_due(limit=2)

    assert [record.attempts for record in desk.rejected()] == [1, 1, 1, 2]


def test_a_report_of_an_adapter_that_is_gone_keeps_nothing_from_running(
    texts: Callable[..., Desk], make_desk: Callable[..., Desk], payloads: Payloads
) -> None:
    texts().receive("sms", payloads.report("SM-of-nobody", "delivered")[1])
    desk = make_desk(adapters={})

    desk.run_due()

    assert [record.attempts for record in desk.rejected()] == [1]


def test_a_report_whose_payload_was_erased_keeps_nothing_from_running(
    texts: Callable[..., Desk], payloads: Payloads, store: Store
) -> None:
    desk = texts()
    desk.receive("sms", payloads.report("SM-of-nobody", "delivered")[1])
    with store.write() as tx:
        tx.connection.execute(text("DELETE FROM onestop_content"))  # type: ignore[attr-defined]  # the SQL store's

    due = desk.run_due()

    assert due.total == 0


def test_a_sender_that_breaks_leaves_its_message_in_doubt_and_the_others_go_out(
    texts: Callable[..., Desk], payloads: Payloads, clock: Clock
) -> None:
    broken = Broken()
    desk = texts(sender=broken)
    receipts = [
        desk.receive("sms", payloads.text(f"Pothole {number}", sender=f"07700 90010{number}")[1])[0]
        for number in range(3)
    ]

    due = desk.run_due()

    assert (due.sent, due.in_doubt) == (2, 1)
    told = sorted(states(desk, receipt.reference)[0] for receipt in receipts)
    assert told == ["in_doubt", "sent", "sent"]
    assert len(list(desk.cases(flag="message_failed"))) == 1
    clock.pass_time(hours=1)
    assert desk.run_due().total == 0


def test_a_report_of_our_own_id_before_the_sending_is_recorded_counts_as_having_written(
    texts: Callable[..., Desk], payloads: Payloads, clock: Clock
) -> None:
    gateway = Fast()
    desk = texts(sender=gateway)
    reference = desk.receive("sms", payloads.text("A pothole")[1])[0].reference
    gateway.report = lambda message: desk.receive("sms", payloads.report(message.id, "delivered")[1])
    desk.run_due()
    clock.pass_time(hours=5)

    answer = desk.receive("sms", payloads.text("Thank you, it is the one by the school")[1])[0]

    assert states(desk, reference) == ["delivered"]
    assert (answer.outcome, answer.how, answer.reference) == ("joined", "answer", reference)


def test_the_newest_cases_of_a_contact_point_are_read_from_an_index_and_no_others(store: Store) -> None:
    with store.read() as reader:
        connection = reader.connection  # type: ignore[attr-defined]  # the SQL store's
        asked = _CASES_OF_KEY.on(connection.dialect)
        values = _parameters(asked, {"key": "tel:+447700900101", "most": 20})

        cursor = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {asked.text}", values)
        plan = [row[3] for row in cursor.fetchall()]

    looked = [line for line in plan if "onestop_" in line]
    assert _MOST_OF_KEY in (values.values() if isinstance(values, dict) else values)
    assert any("SEARCH onestop_party USING" in line and "ix_onestop_party_key (key=?)" in line for line in looked)
    assert not any(line.startswith("SCAN onestop_") for line in looked)
    newest = plan.index(next(line for line in plan if "onestop_party" in line))
    assert not any("TEMP B-TREE" in line for line in plan[: newest + 1])
