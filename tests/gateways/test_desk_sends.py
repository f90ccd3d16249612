"""A desk whose messages leave over real sockets: what arrives is what the case says, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import pytest

from onestop import Actor, Desk, Raw, load_policy, open_store
from onestop.channels.email import Email
from onestop.channels.sms import TwilioSms
from onestop.core.events import MessageUpdated
from onestop.gateways import Routes, SafeSender, Sender, SmtpSender, TwilioSender

from .api_server import ApiServer, answer
from .mail_servers import MailServer

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ALICE = Actor.parse("worker:alice")

MakeDesk = Callable[[Sender], Desk]


@pytest.fixture
def make_desk() -> Iterator[MakeDesk]:
    store = open_store("sqlite://")
    adapters = {
        "email": Email("email", from_address="contact@northport.example", reply_key="a key of the council"),
        "texts": TwilioSms("texts", auth_token="token", account_sid="AC1", from_number="+441632960100"),
    }
    policy = load_policy("examples/northport/policy")
    yield lambda sender: Desk(store, policy, adapters, sender=sender, clock=lambda: NOW)
    store.close()


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sender(mail_server: MailServer, api: ApiServer) -> Iterator[Routes]:
    smtp = SmtpSender(
        "127.0.0.1", mail_server.port, envelope_from="bounces@northport.example", security="none", timeout_s=5
    )
    yield Routes({"email": smtp, "sms": TwilioSender(base_url=api.url, timeout_s=5)})
    smtp.close()


def by_mail(desk: Desk) -> str:
    mail = b"From: jo@example.org\nTo: us@northport.example\nSubject: Graffiti\nMessage-ID: <1@example.org>\n\nAgain.\n"
    return str(desk.receive("email", Raw(body=mail, received_at=NOW))[0].reference)


def by_text(desk: Desk) -> str:
    form = {"From": "07700 900123", "To": "01632 960100", "Body": "Graffiti in Mill Lane", "MessageSid": "SM1"}
    return str(desk.receive("texts", Raw(body=urlencode(form).encode(), received_at=NOW))[0].reference)


def history(desk: Desk, reference: str) -> list[tuple[str, str | None]]:
    events = desk.case(reference).events()
    return [(event.state, event.code) for event in events if isinstance(event, MessageUpdated)]


def test_an_acknowledgement_arrives_with_no_way_to_answer_it_and_a_reply_with_one(
    make_desk: MakeDesk, sender: Routes, mail_server: MailServer
) -> None:
    desk = make_desk(sender)
    reference = by_mail(desk)
    desk.reply(reference, text="Cleaned today. Diolch, Siân", by=ALICE)

    due = desk.run_due()

    acknowledged, replied = sorted(mail_server.kept, key=lambda kept: kept.mail_from != "<>")  # queued in one moment
    assert (due.sent, due.total) == (2, 2)
    assert (acknowledged.mail_from, replied.mail_from) == ("<>", "bounces@northport.example")
    assert b"\r\nAuto-Submitted: auto-replied\r\n" in (acknowledged.content or b"")
    assert b"\r\nAuto-Submitted:" not in (replied.content or b"")
    assert reference.encode() in (replied.content or b"")


def test_a_text_is_found_again_by_the_gateway_s_own_name_of_it(
    make_desk: MakeDesk, sender: Routes, api: ApiServer
) -> None:
    desk = make_desk(sender)
    reference = by_text(desk)
    api.answers(answer(201, {"sid": "SM42"}))
    desk.run_due()
    status = {"MessageSid": "SM42", "MessageStatus": "delivered", "To": "+447700900123"}

    desk.receive("texts", Raw(body=urlencode(status).encode(), received_at=NOW))

    assert dict(parse_qsl(api.asked[0].body.decode()))["To"] == "+447700900123"
    assert [state for _, state in desk.case(reference).messages()] == ["delivered"]


def test_a_gateway_that_takes_a_text_and_breaks_off_leaves_it_in_doubt(
    make_desk: MakeDesk, sender: Routes, api: ApiServer
) -> None:
    desk = make_desk(sender)
    reference = by_text(desk)
    api.answers(b"")

    first, second = desk.run_due(), desk.run_due()

    assert (first.in_doubt, second.total) == (1, 0)
    assert [state for _, state in desk.case(reference).messages()] == ["in_doubt"]
    assert len(api.asked) == 1


def test_in_test_mode_the_history_says_that_nothing_left(make_desk: MakeDesk, sender: Routes, api: ApiServer) -> None:
    desk = make_desk(SafeSender(sender, safe=()))
    reference = by_text(desk)

    due = desk.run_due()

    assert due.sent == 1
    assert history(desk, reference) == [("sent", "simulated")]
    assert api.asked == []


def test_one_whom_the_gateway_knows_to_have_opted_out_fails_by_its_code(
    make_desk: MakeDesk, sender: Routes, api: ApiServer
) -> None:
    desk = make_desk(sender)
    reference = by_text(desk)
    api.answers(answer(400, {"code": 21610, "message": "Attempt to send to unsubscribed recipient"}))

    due = desk.run_due()

    assert due.failed == 1
    assert history(desk, reference) == [("permanent_failure", "21610")]


def test_what_the_gateway_was_told_stands_in_the_ledger_so_that_it_is_not_asked_again(
    make_desk: MakeDesk, sender: Routes, api: ApiServer
) -> None:
    desk = make_desk(sender)
    reference = by_text(desk)
    api.answers(answer(400, {"code": 21610, "message": "Attempt to send to unsubscribed recipient"}))
    desk.run_due()
    asked = len(api.asked)

    desk.reply(reference, text="Cleaned today.", by=ALICE)
    desk.run_due()

    (entry,) = desk.citizens.consents("tel:+447700900123")
    assert (entry.channel, entry.purpose, entry.given) == ("sms", None, False)
    assert (entry.source.channel, entry.source.proof.document) == ("sms", "sms refused on sending")
    assert len(api.asked) == asked
    assert "citizen_untold" in desk.case(reference).flags
