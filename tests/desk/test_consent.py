"""After a STOP nothing leaves to that contact point, whoever queued it, until a START."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from onestop import Actor, Desk, Raw
from onestop.channels.web import Unsubscribe
from onestop.core.unsubscribing import stop_token
from onestop.gateways import CollectingSender

from .conftest import ADAPTERS
from .payloads import MARY_URN, TOM, TOM_URN, Clock, Payloads

KEY = "a key of the council"


def went_out(sender: CollectingSender) -> list[str]:
    """Give what left since it was last asked, by purpose."""
    purposes = [message.purpose for message, _ in sender.sent]
    sender.sent.clear()
    return purposes


@pytest.fixture
def reported(desk: Desk, payloads: Payloads, sender: CollectingSender) -> str:
    """Give a case whose citizen was texted that it had come."""
    (receipt,) = desk.receive(*payloads.text("A pothole on the bridge"))
    desk.run_due()
    sender.sent.clear()
    return str(receipt.reference)


def test_a_message_that_waits_when_a_stop_comes_does_not_leave(
    desk: Desk, payloads: Payloads, reported: str, sender: CollectingSender, alice: Actor
) -> None:
    desk.reply(reported, text="We are on our way.", by=alice)
    desk.receive(*payloads.text("STOP"))

    desk.run_due()

    assert went_out(sender) == ["confirmation"]
    states = [
        state for message, state in desk.case(reported).messages() if message and message.purpose == "service_update"
    ]
    assert "sent" not in states


def test_what_is_queued_after_a_stop_does_not_leave_until_a_start(
    desk: Desk, payloads: Payloads, clock: Clock, reported: str, sender: CollectingSender, alice: Actor
) -> None:
    desk.receive(*payloads.text("Stop. Thank you"))
    desk.run_due()
    confirmed = went_out(sender)
    clock.pass_time(minutes=5)

    desk.reply(reported, text="It is filled.", by=alice)
    desk.receive(*payloads.text("atal"))
    desk.run_due()
    silent = went_out(sender)
    clock.pass_time(minutes=5)
    desk.receive(*payloads.text("DECHRAU"))
    desk.reply(reported, text="It is filled, once more.", by=alice)
    desk.run_due()

    assert (confirmed, silent) == (["confirmation"], [])
    assert sorted(went_out(sender)) == ["confirmation", "service_update"]


def test_the_ledger_has_what_was_said_with_the_enquiry_as_proof(desk: Desk, payloads: Payloads, reported: str) -> None:
    (stopped,) = desk.receive(*payloads.text("STOP"))

    (entry,) = desk.citizens.consents(MARY_URN)
    assert (entry.channel, entry.purpose, entry.given) == ("sms", None, False)
    assert entry.source.proof.enquiry == stopped.enquiry


def test_a_gateway_that_was_told_stop_is_believed(
    desk: Desk, payloads: Payloads, clock: Clock, sender: CollectingSender, alice: Actor
) -> None:
    (receipt,) = desk.receive(*payloads.text("A pothole on the bridge"))
    desk.run_due()
    ((message, _),) = desk.case(str(receipt.reference)).messages()
    assert message is not None
    sender.sent.clear()
    form = f"MessageSid={message.id}&MessageStatus=undelivered&ErrorCode=21610&To=%2B447700900101"
    desk.receive("twilio_sms", payloads.raw(form.encode()))
    clock.pass_time(minutes=5)

    desk.reply(str(receipt.reference), text="It is filled.", by=alice)
    desk.run_due()

    assert went_out(sender) == []


def test_a_stop_that_came_before_anybody_was_known_holds_for_who_then_writes_from_there(
    desk: Desk, payloads: Payloads, sender: CollectingSender, alice: Actor
) -> None:
    desk.citizens.consent(MARY_URN, given=False, by=alice)

    (receipt,) = desk.receive(*payloads.text("A pothole on the bridge"))
    desk.reply(str(receipt.reference), text="We are on our way.", by=alice)
    desk.run_due()

    assert went_out(sender) == []


def test_one_click_stops_the_purpose_of_its_message_and_a_look_stops_nothing(
    make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock, alice: Actor
) -> None:
    desk = make_desk(adapters=ADAPTERS | {"unsubscribe": Unsubscribe(key=KEY)})
    (receipt,) = desk.receive(*payloads.mail("A pothole on the bridge"))
    ((message, _),) = desk.case(str(receipt.reference)).messages()
    assert message is not None
    url = f"https://saltmarsh.example/unsubscribe?t={stop_token(message.id, KEY.encode())}"
    looked = desk.handle("unsubscribe", Raw(body=b"", method="GET", url=url, received_at=clock()))
    before = desk.citizens.consents(f"mailto:{TOM}")

    done = desk.handle("unsubscribe", Raw(body=b"List-Unsubscribe=One-Click", url=url, received_at=clock()))

    (entry,) = desk.citizens.consents(f"mailto:{TOM}")
    assert (looked.status, done.status, before) == (200, 200, ())
    assert (entry.channel, entry.purpose, entry.given) == ("email", "acknowledgement", False)


def test_a_link_of_nobody_s_is_refused_at_the_door(make_desk: Callable[..., Desk], clock: Clock) -> None:
    desk = make_desk(adapters=ADAPTERS | {"unsubscribe": Unsubscribe(key=KEY)})
    url = f"https://saltmarsh.example/unsubscribe?t={stop_token('019c1f4a5b60a1b2c3d4e5f6m', b'another')}"

    handled = desk.handle("unsubscribe", Raw(body=b"List-Unsubscribe=One-Click", url=url, received_at=clock()))

    assert handled.status == 403
    assert desk.rejected() == []


@pytest.mark.parametrize(("text", "language"), [("CYMRAEG", "cy"), ("in English", "en")])
def test_a_preference_is_kept_in_the_citizens_history(
    desk: Desk, payloads: Payloads, reported: str, text: str, language: str
) -> None:
    desk.receive(*payloads.text(text))

    assert desk.citizens.get(MARY_URN).language == language


def test_who_asks_for_texts_by_text_gets_texts_whatever_they_wrote_on_since(
    desk: Desk, payloads: Payloads, alice: Actor, reported: str
) -> None:
    desk.citizens.add_contact_point(MARY_URN, TOM_URN, by=alice)
    desk.citizens.verify(TOM_URN, by=alice)
    desk.receive(*payloads.text("TEXT ME"))

    (receipt,) = desk.receive(*payloads.mail("A pothole on the bridge"))
    desk.reply(str(receipt.reference), text="Filled.", by=alice)

    message, _ = desk.case(str(receipt.reference)).messages()[-1]
    assert message is not None
    assert (message.channel, message.recipient) == ("sms", MARY_URN)


def test_a_language_is_confirmed_in_itself_and_kept_by_what_is_confirmed_later(
    desk: Desk, payloads: Payloads, clock: Clock, reported: str
) -> None:
    desk.receive(*payloads.text("CYMRAEG"))
    clock.pass_time(minutes=5)

    desk.receive(*payloads.text("STOP"))

    *_, noted, stopped = (message for message, _ in desk.case(reported).messages() if message)
    assert [(each.purpose, each.language) for each in (noted, stopped)] == [("confirmation", "cy")] * 2
    assert "diolch, rydym wedi nodi" in noted.text
    assert "you will get no more" not in stopped.text


def test_one_click_after_a_start_stops_once_more(
    make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock
) -> None:
    desk = make_desk(adapters=ADAPTERS | {"unsubscribe": Unsubscribe(key=KEY)})
    (receipt,) = desk.receive(*payloads.mail("A pothole on the bridge"))
    ((message, _),) = desk.case(str(receipt.reference)).messages()
    assert message is not None
    url = f"https://saltmarsh.example/unsubscribe?t={stop_token(message.id, KEY.encode())}"

    def click() -> None:
        desk.handle("unsubscribe", Raw(body=b"List-Unsubscribe=One-Click", url=url, received_at=clock()))

    click()
    clock.pass_time(minutes=2)
    click()
    clock.pass_time(minutes=3)
    desk.receive(*payloads.mail("START", Date="Mon, 2 Mar 2026 09:05:00 +0000"))
    clock.pass_time(days=20)
    click()

    assert [entry.given for entry in desk.citizens.consents(f"mailto:{TOM}")] == [False, True, False]
