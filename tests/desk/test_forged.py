"""A forged sender: the receiving server says that the address is not theirs who wrote."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from onestop import Actor, Desk
from onestop.channels.email import Email
from onestop.core.reference import reply_token
from onestop.errors import NotFoundError
from onestop.gateways import CollectingSender

from .conftest import ADAPTERS
from .payloads import TOM_URN, Clock, Payloads

FORGED = {"Authentication_Results": "mx.saltmarsh.example; dmarc=fail header.from=example.org"}
PROVED = {"Authentication_Results": "mx.saltmarsh.example; dmarc=pass header.from=example.org"}


@pytest.fixture
def guarded(make_desk: Callable[..., Desk]) -> Desk:
    """A desk whose mail server says who may have sent what."""
    email = Email(
        reply_key="a key of the council", from_address="contact@saltmarsh.example", authserv_id="mx.saltmarsh.example"
    )
    return make_desk(adapters={**ADAPTERS, "email": email})


def test_a_forged_sender_opens_a_case_that_is_nobodys(guarded: Desk, payloads: Payloads) -> None:
    receipt = guarded.receive(*payloads.mail("A pothole", **FORGED))[0]

    assert (receipt.outcome, receipt.service) == ("opened", "potholes")
    assert "sender_unproved" in receipt.defects
    with pytest.raises(NotFoundError):
        guarded.citizen(TOM_URN)
    assert list(guarded.cases(contact_point=TOM_URN)) == []
    assert list(guarded.verify()) == []


def test_a_forged_sender_is_not_acknowledged(guarded: Desk, payloads: Payloads, sender: CollectingSender) -> None:
    guarded.receive(*payloads.mail("A pothole", **FORGED))
    guarded.receive(*payloads.mail("A pothole on Hill Road", **PROVED))

    guarded.run_due()

    assert len(sender.sent) == 1


def test_the_true_holder_is_not_shown_what_was_written_in_their_name(guarded: Desk, payloads: Payloads) -> None:
    forged = guarded.receive(*payloads.mail("A pothole", message_id="f@mail.example", **FORGED))[0]

    own = guarded.receive(*payloads.mail("A pothole", **PROVED))[0]
    answer = guarded.receive(*payloads.mail("Not mine", In_Reply_To="<f@mail.example>", **PROVED))[0]

    assert (own.outcome, own.candidates) == ("opened", ())
    assert (answer.outcome, answer.how, answer.candidates) == ("asked", "thread_stranger", (forged.reference,))


@pytest.mark.parametrize("evidence", ["thread", "reference", "contact point"])
def test_a_forged_sender_finds_nothing_that_is_the_true_holders(
    guarded: Desk, payloads: Payloads, evidence: str
) -> None:
    own = guarded.receive(*payloads.mail("A pothole", message_id="own@mail.example", **PROVED))[0]
    headers = {"In_Reply_To": "<own@mail.example>"} if evidence == "thread" else {}
    words = f"About {own.reference}: close it" if evidence == "reference" else "A pothole"

    forged = guarded.receive(*payloads.mail(words, **headers, **FORGED))[0]

    assert forged.outcome == ("opened" if evidence == "contact point" else "asked")
    assert forged.reference != own.reference
    assert len(guarded.case(own.reference).enquiries()) == 1


def test_a_signed_token_joins_whoever_wrote(guarded: Desk, payloads: Payloads, sender: CollectingSender) -> None:
    own = guarded.receive(*payloads.mail("A pothole", **PROVED))[0]
    guarded.run_due()
    address = next(
        line.removeprefix(b"Reply-To: ").strip(b"<> \r").decode()
        for line in sender.sent[0][1].body.split(b"\n")
        if line.startswith(b"Reply-To: ")
    )

    answer = guarded.receive(*payloads.mail("It is deeper now", To=address, **FORGED))[0]

    assert (answer.outcome, answer.how, answer.reference) == ("joined", "token", own.reference)
    assert len(guarded.case(own.reference).parties()) == 2


def test_whom_a_forger_names_as_copied_has_no_part_in_the_case(guarded: Desk, payloads: Payloads) -> None:
    receipt = guarded.receive(*payloads.mail("A pothole", Cc="vera@example.org", **FORGED))[0]

    case = guarded.case(receipt.reference)

    assert len(case.parties()) == 1
    assert list(guarded.cases(contact_point="mailto:vera@example.org")) == []


def test_a_forger_does_not_use_up_what_the_true_holder_may_send(guarded: Desk, payloads: Payloads) -> None:
    for number in range(21):
        guarded.receive(*payloads.mail(f"Pothole {number}", **FORGED))

    own = guarded.receive(*payloads.mail("A pothole of mine", **PROVED))[0]

    assert "set_aside" not in own.flags


def test_who_is_restricted_does_not_come_through_by_seeming_forged(
    guarded: Desk, payloads: Payloads, alice: Actor, clock: Clock
) -> None:
    guarded.restrict(TOM_URN, until=clock.now.replace(year=2027), reason="Threats", by=alice)

    receipt = guarded.receive(*payloads.mail("A pothole", **FORGED))[0]

    assert "set_aside" in receipt.flags


def test_the_message_id_of_our_answer_on_a_strangers_mail_takes_no_reply_away(
    desk: Desk, payloads: Payloads, sender: CollectingSender, clock: Clock
) -> None:
    case = desk.receive(*payloads.mail("There is graffiti on the bridge"))[0]
    desk.run_due()
    ours = f"{sender.sent[0][0].id}@saltmarsh.example"
    clock.pass_time(hours=1)
    desk.receive(
        *payloads.mail("Noise", sender="eve@mail.example", name="Eve", message_id=ours, Cc="tom.price@example.org")
    )

    reply = desk.receive(*payloads.mail("It is on the arch", In_Reply_To=f"<{ours}>"))[0]

    assert (reply.outcome, reply.reference) == ("joined", case.reference)


def test_an_answer_goes_to_who_wrote_last_under_an_address_that_is_theirs(
    guarded: Desk, payloads: Payloads, alice: Actor
) -> None:
    reference = str(guarded.receive(*payloads.mail("A pothole", **PROVED))[0].reference)
    token = reply_token(reference, b"a key of the council")
    mallory = {"sender": "mallory@example.net", "name": "Mallory", "Subject": f"[{token}]"}
    (joined,) = guarded.receive(*payloads.mail("Send it to me", **mallory))

    answered = guarded.reply(reference, text="Filled.", by=alice)

    (message, _) = answered.messages()[-1]
    assert joined.how == "token"
    assert message is not None
    assert str(message.recipient) == TOM_URN
