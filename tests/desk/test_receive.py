"""Taking payloads in: once, whole, or kept with the reason why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from onestop import Desk, Raw
from onestop.channels.email import Email
from onestop.channels.phone import CallNote
from onestop.channels.sms import TwilioSms
from onestop.desk.intake import unpack
from onestop.errors import NotFoundError, RequestError
from onestop.stores import Store
from onestop.stores.tables import ContentTable

from .conftest import ADAPTERS
from .payloads import TOM, Clock, Payloads


def kept_raws(desk: Desk, store: Store) -> list[Raw]:
    """Give every payload that the store keeps, the first one first."""
    with store.engine.connect() as connection:  # type: ignore[attr-defined]  # of the shipped store
        bodies = connection.scalars(
            select(ContentTable.body).where(ContentTable.kind == "raw").order_by(ContentTable.id)
        )
        return [unpack(body) for body in bodies]


# -- what becomes of an enquiry ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "words", "service", "rule"),
    [
        ("text", "Graffiti on the bridge", "graffiti", "graffiti"),
        ("mail", "There is a pothole", "potholes", "potholes"),
        ("call", "She asks about a lamp", "triage", "fallback"),
        ("form", "Graffiti again", "graffiti", "graffiti"),
    ],
)
def test_an_enquiry_of_any_channel_opens_a_case_at_the_service_of_its_words(
    desk: Desk, payloads: Payloads, kind: str, words: str, service: str, rule: str
) -> None:
    (receipt,) = desk.receive(*getattr(payloads, kind)(words))

    assert (receipt.outcome, receipt.service, receipt.rule) == ("opened", service, rule)
    assert receipt.reference is not None
    case = desk.case(receipt.reference)
    assert (case.service, case.state, case.state_type) == (service, "new", "new")
    assert [enquiry.text for enquiry in case.enquiries()] == [words]


def test_a_payload_that_comes_again_is_a_repeat(desk: Desk, payloads: Payloads, clock: Clock) -> None:
    text = payloads.text("Graffiti")
    (first,) = desk.receive(*text)
    clock.pass_time(days=30)

    (again,) = desk.receive(*text)

    assert again.outcome == "repeat"
    assert (again.reference, again.enquiry, again.service) == (first.reference, first.enquiry, "graffiti")
    assert desk.counts()["enquiries"] == 1


def test_the_same_id_with_other_content_is_another_enquiry_with_a_defect(desk: Desk, payloads: Payloads) -> None:
    desk.receive(*payloads.mail("Graffiti", message_id="reused@mail.example"))

    (other,) = desk.receive(*payloads.mail("A pothole", message_id="reused@mail.example"))

    assert (other.outcome, other.service) == ("opened", "potholes")
    assert "source_id_reused" in other.defects


def test_words_without_an_id_are_a_repeat_within_the_window_only(desk: Desk, payloads: Payloads, clock: Clock) -> None:
    outcomes = []
    for seconds in (0, 60, 61):
        clock.pass_time(seconds=seconds)
        outcomes.append(desk.receive(*payloads.form("Graffiti"))[0].outcome)

    assert outcomes[:2] == ["opened", "repeat"]
    assert outcomes[2] != "repeat"


def test_a_backlog_that_comes_late_is_no_repeat_of_what_was_written_after_it(
    desk: Desk, payloads: Payloads, clock: Clock
) -> None:
    backlog = payloads.form("Graffiti")
    clock.pass_time(days=5)
    desk.receive(*payloads.form("Graffiti"))

    (late,) = desk.receive(*backlog)

    assert late.outcome != "repeat"


def test_a_batch_is_taken_in_in_order_and_later_ones_see_earlier_ones(desk: Desk, payloads: Payloads) -> None:
    texts = [payloads.text(words)[1] for words in ("Graffiti on the bridge", "It is blue")]

    received = desk.receive_many("twilio_sms", [*texts, texts[0], Raw(body=b"", received_at=texts[0].received_at)])

    assert [receipt.outcome for receipts in received for receipt in receipts] == [
        "opened",
        "joined",
        "repeat",
        "rejected",
    ]
    assert received[0][0].reference == received[1][0].reference


def test_an_adapter_that_is_not_configured_is_named_with_those_that_are(desk: Desk, payloads: Payloads) -> None:
    _, raw = payloads.text("Graffiti")

    for call in (desk.receive, desk.handle):
        with pytest.raises(NotFoundError, match="call_note, email, twilio_sms, web_form"):
            call("fax", raw)
    with pytest.raises(NotFoundError):
        desk.receive_many("fax", [raw])


def test_a_desk_without_adapters_given_has_all_that_are_installed(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(adapters=None)

    assert {"email", "twilio_sms", "call_note", "web_form"} <= set(desk.adapters)


# -- the payload itself ------------------------------------------------------------------------------------------------


def test_the_payload_is_kept_byte_for_byte(desk: Desk, payloads: Payloads, store: Store) -> None:
    name, raw = payloads.mail("Graffiti")
    raw = raw.model_copy(update={"body": raw.body + b"\xff\x00\r\n\n", "headers": {"X-Gateway": "a\tb"}})

    desk.receive(name, raw)
    desk.receive(name, raw)

    assert [(kept.body, kept.url, dict(kept.headers), kept.received_at) for kept in kept_raws(desk, store)] == [
        (raw.body, raw.url, {"X-Gateway": "a\tb"}, raw.received_at)
    ]


def test_a_payload_of_which_one_part_is_a_repeat_is_kept_too(desk: Desk, payloads: Payloads, store: Store) -> None:
    reference = desk.receive(*payloads.mail("Graffiti"))[0].reference
    assert reference is not None
    (message, _), *_ = desk.case(reference).messages()
    assert message is not None
    desk.receive("email", bounce(payloads, message.id, "5.1.1"))
    before = len(kept_raws(desk, store))

    receipts = desk.receive("email", bounce(payloads, message.id, "5.1.1", "5.2.2"))

    assert [receipt.outcome for receipt in receipts] == ["repeat", "recorded"]
    assert len(kept_raws(desk, store)) == before + 1


def bounce(payloads: Payloads, message: str, *statuses: str) -> Raw:
    """Give a bounce (RFC 3464) of one of our messages to Tom, with the statuses of several tries."""
    tries = (f"\r\nFinal-Recipient: rfc822; {TOM}\r\nAction: failed\r\nStatus: {each}\r\n" for each in statuses)
    body = (
        "From: MAILER-DAEMON@mail.example\r\nTo: contact@saltmarsh.example\r\nMessage-ID: <bounce@mail.example>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNot delivered.\r\n--b\r\n"
        f"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n{''.join(tries)}\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: <{message}@saltmarsh.example>\r\n\r\n--b--\r\n"
    )
    return payloads.raw(body.encode())


# -- rejected intakes --------------------------------------------------------------------------------------------------


def test_a_payload_that_cannot_be_read_is_kept_with_its_reason(desk: Desk, payloads: Payloads) -> None:
    raw = payloads.raw(b"{broken")

    (receipt,) = desk.receive("call_note", raw)
    (again,) = desk.receive("call_note", raw)

    (record,) = desk.rejected()
    assert (receipt.outcome, receipt.rejected, receipt.code) == ("rejected", record.id, "payload")
    assert (record.adapter, record.code, record.attempts, record.state) == ("call_note", "payload", 1, "open")
    assert record.reason == receipt.reason
    assert (again.outcome, again.rejected) == ("repeat", record.id)


def test_a_rejected_intake_is_taken_in_once_its_adapter_can_read_it(
    desk: Desk, make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock, logs: list[Any]
) -> None:
    class Strict(TwilioSms):
        def parse(self, raw: Raw, /) -> Any:
            return CallNote().parse(raw)  # which reads no form, as an adapter with a mistake does

    name, raw = payloads.text("Graffiti")
    broken = make_desk(adapters=ADAPTERS | {name: Strict()})
    (rejected,) = broken.receive(name, raw)
    received_at = clock.now
    clock.pass_time(days=1)

    still_broken = broken.retry(str(rejected.rejected))
    (receipt,) = desk.retry(str(rejected.rejected))

    assert still_broken[0].outcome == "rejected"
    assert receipt.outcome == "opened"
    assert receipt.reference is not None
    assert desk.case(receipt.reference).enquiries()[0].received_at == received_at
    assert desk.rejected() == []
    (record,) = desk.rejected(state="taken_in")
    assert record.attempts == 3
    assert {"rejected.taken_in"} <= {entry["event"] for entry in logs}
    assert desk.receive(name, raw)[0].outcome == "repeat"


class Broken(TwilioSms):
    """An adapter with a mistake of its own."""

    def __init__(self, gives: Any) -> None:
        super().__init__("twilio_sms")
        self._gives = gives

    def parse(self, raw: Raw, /) -> Any:
        return self._gives(raw)


def no_such_key(raw: Raw) -> Any:
    return {}[raw.body]


@pytest.mark.parametrize("gives", [no_such_key, lambda raw: None, lambda raw: ["Mary Jones"]])
def test_a_payload_that_its_adapter_fails_at_is_kept_until_that_is_mended(
    make_desk: Callable[..., Desk], payloads: Payloads, desk: Desk, gives: Any
) -> None:
    broken = make_desk(adapters={**ADAPTERS, "twilio_sms": Broken(gives)})

    receipt = broken.receive(*payloads.text("A pothole"))[0]
    mended = desk.retry(str(receipt.rejected))[0]

    assert (receipt.outcome, receipt.code) == ("rejected", "adapter_failed")
    assert (mended.outcome, mended.service) == ("opened", "potholes")


def test_a_rejected_intake_is_not_taken_in_twice(
    desk: Desk, make_desk: Callable[..., Desk], payloads: Payloads
) -> None:
    broken = make_desk(adapters={"twilio_sms": CallNote()})
    name, raw = payloads.text("Graffiti")
    rejected = broken.receive(name, raw)[0].rejected
    record = desk.rejected()[0]
    desk.retry(record)

    with pytest.raises(RequestError, match="taken in already"):
        desk.retry(str(rejected))


def test_a_rejected_intake_that_is_not_there_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        desk.retry("j0")


def test_a_rejected_intake_whose_adapter_is_gone_waits_for_it(
    desk: Desk, make_desk: Callable[..., Desk], payloads: Payloads
) -> None:
    desk.receive("call_note", payloads.raw(b"{broken"))
    without = make_desk(adapters={"email": Email()})

    with pytest.raises(NotFoundError, match="call_note"):
        without.retry(without.rejected()[0])

    assert len(desk.rejected()) == 1


@pytest.mark.parametrize("limit", [0, -1])
def test_a_list_of_nothing_is_refused(desk: Desk, limit: int) -> None:
    for call in (desk.rejected, desk.changes, desk.run_due):
        with pytest.raises(RequestError, match="at least"):
            call(limit=limit)


@pytest.mark.parametrize("address", ["contact@saltmarsh.example", "Contact@Saltmarsh.example"])
def test_our_own_mail_is_rejected_since_answering_it_would_never_end(
    desk: Desk, payloads: Payloads, address: str
) -> None:
    (receipt,) = desk.receive(*payloads.mail("Graffiti", sender=address))

    assert (receipt.outcome, receipt.code) == ("rejected", "own_mail")
    assert desk.counts()["cases"] == 0


def test_a_report_about_no_message_of_ours_is_kept(desk: Desk, payloads: Payloads) -> None:
    (receipt,) = desk.receive(*payloads.report("SM404", "delivered"))

    assert (receipt.outcome, receipt.code, receipt.kind) == ("rejected", "unmatched_report", None)


# -- who asks again ----------------------------------------------------------------------------------------------------


def test_an_answer_from_the_address_we_signed_joins_its_case(desk: Desk, payloads: Payloads, clock: Clock) -> None:
    reference = desk.receive(*payloads.mail("Graffiti"))[0].reference
    assert reference is not None
    desk.run_due()
    clock.pass_time(hours=1)
    (message, _), *_ = desk.case(reference).messages()
    assert message is not None

    (receipt,) = desk.receive(*payloads.mail("It is blue", In_Reply_To=f"<{message.id}@saltmarsh.example>"))

    assert (receipt.outcome, receipt.reference, receipt.how) == ("joined", reference, "thread")


def test_a_reply_to_a_closed_case_reopens_it_within_the_window_and_follows_it_later(
    desk: Desk, payloads: Payloads, clock: Clock, alice: Any
) -> None:
    reference = desk.receive(*payloads.mail("A pothole", message_id="first@mail.example"))[0].reference
    assert reference is not None
    desk.act(reference, "withdraw", by=alice)
    clock.pass_time(days=6)

    (within,) = desk.receive(*payloads.mail("Still there", In_Reply_To="<first@mail.example>"))
    desk.act(reference, "withdraw", by=alice)
    clock.pass_time(days=8)
    (later,) = desk.receive(*payloads.mail("There again", In_Reply_To="<first@mail.example>"))

    assert (within.outcome, within.reference) == ("joined", reference)
    assert (later.outcome, later.how) == ("opened", "thread_late")
    assert later.reference != reference
    assert desk.case(reference).record.links[-1].kind == "followed_by"
    assert desk.case(str(later.reference)).record.links[-1].kind == "follows"


def test_two_copies_of_one_mail_by_way_of_two_mailboxes_are_one_enquiry(desk: Desk, payloads: Payloads) -> None:
    first = payloads.mail("Graffiti", message_id="one@mail.example", To="contact@saltmarsh.example")
    second = payloads.mail("Graffiti", message_id="one@mail.example", To="clean@saltmarsh.example")

    outcomes = [desk.receive(*mail)[0].outcome for mail in (first, second)]

    assert outcomes == ["opened", "repeat"]
    assert desk.citizen(f"mailto:{TOM}").cases == (desk.case(next(iter(desk.cases())).reference).reference,)
