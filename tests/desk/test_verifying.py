"""A one-time code, or our own reply token, shows that a contact point is its holder's; a code stands nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from onestop import Actor, Desk
from onestop.core.one_time import MARK, MOST_ATTEMPTS, MOST_HOURLY
from onestop.core.reference import reply_token
from onestop.errors import NotFoundError, RequestError, SendError
from onestop.gateways import CollectingSender
from onestop.gateways.base import Sent
from onestop.stores import Store

from .payloads import MARY_URN, TOM, TOM_URN, Clock, Payloads

ALICE = Actor(kind="worker", id="alice")
SECOND = "tel:+447700900155"


@pytest.fixture
def case(desk: Desk, payloads: Payloads) -> str:
    """Mary's case, and a second number that she says is hers."""
    receipt = desk.receive(*payloads.text("Graffiti on the bridge"))[0]
    desk.citizens.add_contact_point(MARY_URN, SECOND, by=ALICE)
    desk.run_due()
    assert receipt.reference is not None
    return receipt.reference


def code_in(sender: CollectingSender) -> str:
    """Give the code that was sent last."""
    found = re.search(r"\b\d{3} \d{3}\b", sender.sent[-1][0].text)
    assert found is not None
    return found[0]


def how(desk: Desk, urn: str) -> str | None:
    point = next(each for each in desk.citizens.profile(urn).contact_points if each.urn == urn)
    return point.verified.how if point.verified else None


def wrong(code: str) -> str:
    return f"{(int(code.replace(' ', '')) + 1) % 1_000_000:06d}"


@pytest.mark.parametrize("urn", [MARY_URN, SECOND])
def test_who_says_the_code_back_is_verified(desk: Desk, sender: CollectingSender, case: str, urn: str) -> None:
    sent = desk.citizens.send_code(urn, case=case, by=ALICE)
    desk.run_due()
    code = code_in(sender)

    right = desk.citizens.check_code(urn, code, by=ALICE)

    assert right
    assert sender.sent[-1][0].recipient == urn
    assert sender.sent[-1][0].id == sent.message
    assert how(desk, urn) == "one_time_code"
    assert desk.citizens.history(MARY_URN)[-1].type == "contact_point_verified"
    assert not desk.citizens.check_code(urn, code, by=ALICE)
    assert list(desk.verify()) == []


def test_a_code_stands_nowhere_but_in_what_the_gateway_was_given(
    desk: Desk, sender: CollectingSender, store: Store, case: str
) -> None:
    with capture_logs() as logged:
        sent = desk.citizens.send_code(MARY_URN, case=case, by=ALICE)
        waiting = desk.outbox.message(sent.message)
        desk.run_due()
        code = code_in(sender)
        desk.citizens.check_code(MARY_URN, code, by=ALICE)

    forms = (code.encode(), code.replace(" ", "").encode())
    assert MARK in waiting.text
    assert not any(form.decode() in repr(logged) for form in forms)
    with store.engine.connect() as connection:  # type: ignore[attr-defined]  # of the store in SQL
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        kept = b"".join(
            value if isinstance(value, bytes) else str(value).encode()
            for name in names
            for row in connection.exec_driver_sql(f"SELECT * FROM {name}")
            for value in row
            if not isinstance(value, int)
        )
    assert not any(form in kept for form in forms)


def test_after_five_tries_the_right_code_is_none(desk: Desk, sender: CollectingSender, case: str) -> None:
    desk.citizens.send_code(MARY_URN, case=case, by=ALICE)
    desk.run_due()
    code = code_in(sender)

    answers = [desk.citizens.check_code(MARY_URN, wrong(code), by=ALICE) for _ in range(MOST_ATTEMPTS)]

    assert answers == [False] * MOST_ATTEMPTS
    assert not desk.citizens.check_code(MARY_URN, code, by=ALICE)
    assert how(desk, MARY_URN) is None


def test_a_code_holds_for_ten_minutes(desk: Desk, sender: CollectingSender, clock: Clock, case: str) -> None:
    desk.citizens.send_code(MARY_URN, case=case, by=ALICE)
    desk.run_due()

    clock.pass_time(minutes=10)

    assert not desk.citizens.check_code(MARY_URN, code_in(sender), by=ALICE)


def test_a_new_code_voids_the_one_before_and_a_fourth_in_the_hour_is_refused(
    desk: Desk, sender: CollectingSender, clock: Clock, case: str
) -> None:
    codes = []
    for _ in range(MOST_HOURLY):
        clock.pass_time(minutes=1)
        desk.citizens.send_code(MARY_URN, case=case, by=ALICE)
        desk.run_due()
        codes.append(code_in(sender))

    with pytest.raises(RequestError, match="an hour"):
        desk.citizens.send_code(MARY_URN, case=case, by=ALICE)

    assert not desk.citizens.check_code(MARY_URN, codes[0], by=ALICE)
    assert desk.citizens.check_code(MARY_URN, codes[-1], by=ALICE)
    clock.pass_time(hours=1)
    desk.citizens.send_code(MARY_URN, case=case, by=ALICE)


def test_a_code_that_holds_no_longer_does_not_leave(
    desk: Desk, sender: CollectingSender, clock: Clock, case: str
) -> None:
    before = len(sender.sent)
    first = desk.citizens.send_code(MARY_URN, case=case, by=ALICE)
    desk.citizens.send_code(MARY_URN, case=case, by=ALICE)

    desk.run_due()

    assert len(sender.sent) == before + 1
    assert [each.message for each in desk.outbox.waiting(state="cleared")] == [first.message]


def test_a_code_goes_to_its_contact_point_or_nowhere(make_desk: Callable[..., Desk], case: str) -> None:
    class Refusing:
        def __init__(self) -> None:
            self.asked: list[str] = []

        def send(self, message: Any, request: Any) -> Sent:
            self.asked.append(message.recipient)
            raise SendError("no such subscriber", permanent=True, status="30005")

    refusing = Refusing()
    desk = make_desk(sender=refusing)
    desk.citizens.add_contact_point(MARY_URN, "mailto:mary@example.org", by=ALICE)
    desk.citizens.verify("mailto:mary@example.org", by=ALICE)
    desk.citizens.prefer(MARY_URN, ["sms", "email"], by=ALICE)
    desk.citizens.send_code(MARY_URN, case=case, by=ALICE)

    desk.run_due()
    desk.run_due()

    assert refusing.asked == [MARY_URN]


def test_after_a_stop_no_code_goes_there(desk: Desk, payloads: Payloads, case: str) -> None:
    desk.receive(*payloads.text("STOP"))

    with pytest.raises(RequestError, match="no code may go there"):
        desk.citizens.send_code(MARY_URN, case=case, by=ALICE)


def test_what_cannot_be_verified_so_is_refused(desk: Desk, payloads: Payloads, case: str) -> None:
    other = desk.receive(*payloads.mail("My bin was not emptied"))[0].reference
    desk.citizens.add_contact_point(MARY_URN, "post:2 Dock Road, L1 8JQ", by=ALICE)
    refused = (
        (TOM_URN, case, ALICE, RequestError),  # he has no part in it
        ("tel:+447700900199", case, ALICE, NotFoundError),
        ("post:2 Dock Road, L1 8JQ", case, ALICE, RequestError),
        (MARY_URN, "SM-0000-0000", ALICE, NotFoundError),
        (MARY_URN, case, Actor(kind="citizen", id="mary"), RequestError),
    )

    for urn, reference, by, error in refused:
        with pytest.raises(error):
            desk.citizens.send_code(urn, case=reference, by=by)
    desk.citizens.mark_shared(TOM_URN, "office", by=ALICE)
    with pytest.raises(RequestError, match="several people"):
        desk.citizens.send_code(TOM_URN, case=str(other), by=ALICE)
    assert not desk.citizens.check_code(MARY_URN, "000000", by=ALICE)


def test_a_mark_in_somebodys_own_words_is_never_filled_in(desk: Desk, sender: CollectingSender, case: str) -> None:
    desk.citizens.send_code(SECOND, case=case, by=ALICE)
    desk.reply(case, text=f"Your code is {MARK}", by=ALICE)

    desk.run_due()

    assert any(message.text == f"Your code is {MARK}" for message, _ in sender.sent)


# -- a reply token -----------------------------------------------------------------------------------------------------


def answered(payloads: Payloads, reference: str, sender: str = TOM, **headers: str) -> tuple[str, Any]:
    token = reply_token(reference, b"a key of the council")
    return payloads.mail("Thank you", sender=sender, To=f"contact+{token}@saltmarsh.example", **headers)


def test_who_answers_with_our_token_reads_what_is_sent_there(desk: Desk, payloads: Payloads) -> None:
    reference = desk.receive(*payloads.mail("My bin was not emptied"))[0].reference
    desk.run_due()
    before = how(desk, TOM_URN)

    desk.receive(*answered(payloads, str(reference)))

    event = desk.citizens.history(TOM_URN)[-1]
    assert (before, how(desk, TOM_URN)) == (None, "reply_token")
    assert (event.type, event.channel) == ("contact_point_verified", "email")
    assert event.proof.enquiry is not None
    assert list(desk.verify()) == []


def test_a_token_shows_it_once(desk: Desk, payloads: Payloads) -> None:
    reference = str(desk.receive(*payloads.mail("My bin was not emptied"))[0].reference)
    desk.run_due()

    for _ in range(3):
        desk.receive(*answered(payloads, reference))

    assert [event.type for event in desk.citizens.history(TOM_URN)] == ["citizen_known", "contact_point_verified"]


@pytest.mark.parametrize("sender", ["eve@example.org", TOM])
def test_a_token_from_where_no_message_of_the_case_went_shows_nothing(
    desk: Desk, payloads: Payloads, sender: str
) -> None:
    reference = str(desk.receive(*payloads.mail("My bin was not emptied"))[0].reference)  # and nothing was sent yet

    desk.receive(*answered(payloads, reference, sender=sender))

    assert how(desk, f"mailto:{sender}") is None


def test_a_token_from_a_shared_address_shows_nothing(desk: Desk, payloads: Payloads) -> None:
    reference = str(desk.receive(*payloads.mail("My bin was not emptied"))[0].reference)
    desk.run_due()
    desk.citizens.mark_shared(TOM_URN, "office", by=ALICE)

    desk.receive(*answered(payloads, reference))

    assert how(desk, TOM_URN) is None
