"""Authority to act, all the way: granted at the desk, asked when they write, asked when we answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop import Actor, Desk, load_policy, open_store
from onestop.channels.email import Email
from onestop.core.acting import AUTHORITY_REVIEW
from onestop.core.citizen_events import AuthorityEnded, AuthorityGranted
from onestop.desk.receipt import Receipt
from onestop.errors import NotFoundError, RequestError
from onestop.gateways import CollectingSender

from .conftest import ADAPTERS
from .payloads import MARY_URN, START, TOM_URN, Clock, Payloads
from .test_forged import FORGED

DAY = timedelta(days=1)
POLICY = load_policy(Path(__file__).parent / "policy")
SEEN = "LPA register, seen 2 March"
CAROL, CAROL_URN = "carol@example.org", "mailto:carol@example.org"


@pytest.fixture
def paint(desk: Desk, payloads: Payloads, clock: Clock) -> Receipt:
    """Mary's case, and Tom, whom the desk knows by a matter of his own."""
    (receipt,) = desk.receive(*payloads.text("Graffiti on the library wall"))
    desk.receive(*payloads.mail("A pothole in Elm Road"))
    clock.pass_time(days=2)
    return receipt


@pytest.fixture
def tom_writes(desk: Desk, payloads: Payloads, paint: Receipt) -> Callable[..., Receipt]:
    """Let Tom write about Mary's case."""

    def write(words: str = "Any news", **headers: str) -> Receipt:
        (receipt,) = desk.receive(*payloads.mail(f"{words} of {paint.reference}?", **headers))
        return receipt

    return write


def grant(desk: Desk, alice: Actor, **fields: Any) -> str:
    given: dict[str, Any] = {"role": "carer", "by": alice} | fields
    return desk.citizens.grant(TOM_URN, MARY_URN, **given).id


def roles(desk: Desk, reference: str | None) -> list[str]:
    assert reference is not None
    return [party.role for party in desk.case(reference).parties()]


def told(sender: CollectingSender) -> list[str]:
    return [str(message.recipient) for message, _ in sender.sent]


# -- when they write ---------------------------------------------------------------------------------------------------


def test_a_carer_joins_the_case_of_whom_they_care_for(
    desk: Desk, alice: Actor, paint: Receipt, tom_writes: Callable[..., Receipt]
) -> None:
    grant(desk, alice)

    receipt = tom_writes()

    assert (receipt.outcome, receipt.reference, receipt.how) == ("joined", paint.reference, "authority")
    assert roles(desk, paint.reference) == ["sender", "representative"]
    assert AUTHORITY_REVIEW not in desk.case(str(receipt.reference)).flags


def test_a_stranger_who_quotes_the_reference_joins_nothing(
    desk: Desk, paint: Receipt, tom_writes: Callable[..., Receipt]
) -> None:
    receipt = tom_writes()

    assert (receipt.outcome, receipt.how) == ("asked", "reference_unclear")
    assert receipt.reference != paint.reference


def test_a_carer_whose_authority_ended_yesterday_is_for_a_person_and_told_nothing(
    desk: Desk,
    alice: Actor,
    clock: Clock,
    paint: Receipt,
    tom_writes: Callable[..., Receipt],
    sender: CollectingSender,
) -> None:
    authority = grant(desk, alice)
    desk.citizens.end_authority(authority, by=alice)
    clock.pass_time(days=1)
    desk.run_due()
    before = len(sender.sent)

    receipt = tom_writes()
    desk.run_due()

    case = desk.case(str(receipt.reference))
    assert (receipt.outcome, receipt.how) == ("asked", "authority_lacking")
    assert AUTHORITY_REVIEW in case.flags
    assert [(each.reference, each.because) for each in case.record.candidates] == [
        (paint.reference, "authority_expired")
    ]
    assert all(str(paint.reference) not in message.text for message, _ in sender.sent[before:])


@pytest.mark.parametrize(
    ("fields", "because"),
    [
        ({"services": ("potholes",)}, "no_authority"),
        ({"since": START + 9 * DAY}, "no_authority"),
        ({"until": START + 2 * DAY + timedelta(hours=1)}, "authority_expired"),
    ],
)
def test_authority_for_something_else_or_another_time_lets_nobody_in(
    desk: Desk,
    alice: Actor,
    clock: Clock,
    tom_writes: Callable[..., Receipt],
    fields: dict[str, Any],
    because: str,
) -> None:
    grant(desk, alice, **fields)
    clock.pass_time(hours=1)

    receipt = tom_writes()

    assert receipt.how == "authority_lacking"
    assert [each.because for each in desk.case(str(receipt.reference)).record.candidates] == [because]


def test_who_was_let_in_once_is_asked_again_each_time_they_write(
    desk: Desk, alice: Actor, clock: Clock, paint: Receipt, tom_writes: Callable[..., Receipt]
) -> None:
    authority = grant(desk, alice)
    tom_writes(message_id="first@mail.example")
    clock.pass_time(hours=1)
    desk.citizens.end_authority(authority, by=alice)
    clock.pass_time(hours=1)

    by_thread = tom_writes("And now", In_Reply_To="<first@mail.example>")
    by_reference = tom_writes("What")

    assert {by_thread.how, by_reference.how} == {"authority_lacking"}
    assert desk.case(str(paint.reference)).record.enquiries == 2


def test_a_carer_who_writes_under_another_name_is_a_stranger(
    desk: Desk, alice: Actor, tom_writes: Callable[..., Receipt]
) -> None:
    grant(desk, alice)

    receipt = tom_writes(name="Basil Underhill")

    assert receipt.how == "reference_unclear"


def test_a_forged_carer_is_a_stranger(
    make_desk: Callable[..., Desk], payloads: Payloads, alice: Actor, paint: Receipt
) -> None:
    email = Email(reply_key="key", from_address="contact@saltmarsh.example", authserv_id="mx.saltmarsh.example")
    desk = make_desk(adapters={"email": email})
    grant(desk, alice)

    (receipt,) = desk.receive(*payloads.mail(f"About {paint.reference}", **FORGED))

    assert receipt.how == "reference_unclear"


def test_an_enquiry_on_behalf_of_a_known_contact_point_opens_a_case_that_is_theirs(
    desk: Desk, alice: Actor, payloads: Payloads, paint: Receipt
) -> None:
    grant(desk, alice)

    (receipt,) = desk.receive(*payloads.form("A pothole in Oak Lane", name="Tom Price", on_behalf_of=MARY_URN))

    assert roles(desk, receipt.reference) == ["representative"]
    assert AUTHORITY_REVIEW not in desk.case(str(receipt.reference)).flags


HOSTILE = [
    "my mother",
    MARY_URN + "9",
    "tel:07700 900999",
    "mailto:",
    "tel:" + "9" * 50_000,
    "ext:crm:" + "x" * 300,
    "mailto:a@b\x00.example",
    "\ufffd",
    "' OR 1=1 --",
    "urn:uuid:1",
    MARY_URN,
]


@pytest.mark.parametrize("named", HOSTILE, ids=range(len(HOSTILE)))
def test_whoever_is_named_without_authority_is_for_a_person_and_never_a_representative(
    desk: Desk, payloads: Payloads, paint: Receipt, named: str
) -> None:
    (receipt,) = desk.receive(*payloads.form("A pothole", on_behalf_of=named))

    assert roles(desk, receipt.reference) == ["sender"]
    assert AUTHORITY_REVIEW in desk.case(str(receipt.reference)).flags


def test_a_name_that_a_worker_wrote_down_has_been_looked_at(desk: Desk, payloads: Payloads, paint: Receipt) -> None:
    (receipt,) = desk.receive(*payloads.call("A pothole", on_behalf_of="her mother"))

    assert AUTHORITY_REVIEW not in desk.case(str(receipt.reference)).flags


def test_who_writes_on_behalf_of_themselves_needs_no_authority(desk: Desk, payloads: Payloads) -> None:
    (receipt,) = desk.receive(*payloads.form("A pothole", on_behalf_of=TOM_URN))

    assert AUTHORITY_REVIEW not in desk.case(str(receipt.reference)).flags


# -- when we answer ----------------------------------------------------------------------------------------------------


def test_a_carer_with_authority_is_answered(
    desk: Desk, alice: Actor, paint: Receipt, tom_writes: Callable[..., Receipt], sender: CollectingSender
) -> None:
    grant(desk, alice)
    tom_writes()
    desk.run_due()
    sender.sent.clear()

    desk.reply(str(paint.reference), text="It is painted over on Friday.", by=alice)
    desk.run_due()

    assert told(sender) == [TOM_URN]


def test_who_may_only_write_is_not_told_and_the_citizen_is(
    desk: Desk, alice: Actor, paint: Receipt, tom_writes: Callable[..., Receipt], sender: CollectingSender
) -> None:
    grant(desk, alice, role="interpreter")
    tom_writes()
    desk.run_due()
    sender.sent.clear()

    desk.reply(str(paint.reference), text="It is painted over on Friday.", by=alice)
    desk.run_due()

    assert told(sender) == [MARY_URN]


def test_a_representative_who_was_named_and_may_not_be_told_leaves_it_to_a_person(
    desk: Desk,
    alice: Actor,
    paint: Receipt,
    tom_writes: Callable[..., Receipt],
    sender: CollectingSender,
    logs: list[Any],
) -> None:
    grant(desk, alice, role="interpreter")
    tom_writes()
    desk.run_due()
    sender.sent.clear()
    (tom,) = (party for party in desk.case(str(paint.reference)).parties() if party.role == "representative")

    case = desk.reply(str(paint.reference), text="It is painted over on Friday.", to=tom.alias, by=alice)
    desk.run_due()

    assert told(sender) == []
    assert {"citizen_untold", AUTHORITY_REVIEW} <= set(case.flags)
    assert [state for _, state in case.messages()][-1] == "denied"
    assert [each["code"] for each in logs if each["event"] == "message.withheld"] == ["no_authority"]


def test_what_waits_by_itself_when_authority_ends_goes_to_the_citizen(
    desk: Desk,
    alice: Actor,
    clock: Clock,
    paint: Receipt,
    tom_writes: Callable[..., Receipt],
    sender: CollectingSender,
    logs: list[Any],
) -> None:
    authority = grant(desk, alice)
    tom_writes()
    desk.run_due()
    sender.sent.clear()
    desk.promise(str(paint.reference), expected_at=clock.now + 9 * DAY, reason="We wait for paint.", by=alice)
    desk.citizens.end_authority(authority, by=alice)
    clock.pass_time(minutes=1)

    desk.run_due()
    desk.run_due()

    states = {str(message.recipient): state for message, state in desk.case(str(paint.reference)).messages() if message}
    assert told(sender) == [MARY_URN]
    assert states[TOM_URN] == "denied"
    assert [each["code"] for each in logs if each["event"] == "message.denied"] == ["authority_expired"]


def test_a_worker_s_words_that_wait_when_authority_ends_are_for_a_person(
    desk: Desk,
    alice: Actor,
    clock: Clock,
    paint: Receipt,
    tom_writes: Callable[..., Receipt],
    sender: CollectingSender,
    logs: list[Any],
) -> None:
    authority = grant(desk, alice)
    tom_writes()
    desk.run_due()
    sender.sent.clear()
    desk.reply(str(paint.reference), text="It is painted over on Friday.", by=alice)
    desk.citizens.end_authority(authority, by=alice)
    clock.pass_time(minutes=1)

    desk.run_due()
    desk.run_due()

    states = {str(message.recipient): state for message, state in desk.case(str(paint.reference)).messages() if message}
    assert told(sender) == []  # they were written for his eyes: "tell your mother"
    assert states == {MARY_URN: "sent", TOM_URN: "denied"}
    assert {"citizen_untold", AUTHORITY_REVIEW} <= set(desk.case(str(paint.reference)).flags)
    assert [each["code"] for each in logs if each["event"] == "message.denied"] == ["authority_expired"]


def test_a_councillor_is_told_of_what_they_raised_and_not_of_what_they_joined(
    desk: Desk,
    alice: Actor,
    payloads: Payloads,
    paint: Receipt,
    tom_writes: Callable[..., Receipt],
    sender: CollectingSender,
) -> None:
    grant(desk, alice, role="councillor", proof="Mary's letter of 1 March")
    (raised,) = desk.receive(*payloads.form("A pothole in Oak Lane", name="Tom Price", on_behalf_of=MARY_URN))
    tom_writes()
    desk.run_due()
    sender.sent.clear()

    desk.reply(str(raised.reference), text="It is filled.", by=alice)
    desk.reply(str(paint.reference), text="It is painted over.", by=alice)
    desk.run_due()

    assert {(str(message.recipient), message.text) for message, _ in sender.sent} == {
        (TOM_URN, "It is filled."),
        (MARY_URN, "It is painted over."),
    }


def test_two_carers_are_each_answered_by_their_own_authority(
    desk: Desk,
    alice: Actor,
    payloads: Payloads,
    paint: Receipt,
    tom_writes: Callable[..., Receipt],
    sender: CollectingSender,
) -> None:
    desk.receive(*payloads.mail("A pothole in Oak Lane", sender=CAROL, name="Carol Hughes"))
    grant(desk, alice)
    hers = desk.citizens.grant(CAROL_URN, MARY_URN, role="carer", by=alice)
    tom_writes()
    desk.receive(*payloads.mail(f"About {paint.reference}", sender=CAROL, name="Carol Hughes"))
    desk.citizens.end_authority(hers.id, by=alice)
    desk.run_due()
    sender.sent.clear()
    parties = {str(party.urn): party.alias for party in desk.case(str(paint.reference)).parties()}

    for urn in (TOM_URN, CAROL_URN):
        desk.reply(str(paint.reference), text="It is painted over.", to=parties[urn], by=alice)
    desk.run_due()

    assert told(sender) == [TOM_URN]


def test_who_needs_messages_to_go_to_their_carer_is_told_through_them_until_that_ends(
    desk: Desk,
    alice: Actor,
    clock: Clock,
    payloads: Payloads,
    paint: Receipt,
    tom_writes: Callable[..., Receipt],
    sender: CollectingSender,
) -> None:
    authority = grant(desk, alice)
    desk.citizens.record_need(MARY_URN, "via_carer", by=alice)
    tom_writes()
    mary = next(party.alias for party in desk.case(str(paint.reference)).parties() if party.role == "sender")
    desk.run_due()
    sender.sent.clear()

    desk.reply(str(paint.reference), text="While it holds.", to=mary, by=alice)
    desk.run_due()
    desk.citizens.end_authority(authority, by=alice)
    clock.pass_time(minutes=1)
    case = desk.reply(str(paint.reference), text="When it has ended.", to=mary, by=alice)
    desk.run_due()

    assert [(str(message.recipient), message.text) for message, _ in sender.sent] == [(TOM_URN, "While it holds.")]
    assert {"citizen_untold", AUTHORITY_REVIEW} <= set(case.flags)


@settings(deadline=None, max_examples=25)
@given(
    since=st.integers(-3, 3),
    length=st.none() | st.integers(1, 4),
    written=st.integers(0, 3),
    waits=st.integers(0, 4),
    role=st.sampled_from(["carer", "interpreter", "advocate"]),
    services=st.sampled_from([(), ("graffiti",), ("potholes",)]),
)
def test_nothing_leaves_to_a_representative_but_while_they_may_be_told(
    since: int, length: int | None, written: int, waits: int, role: str, services: tuple[str, ...]
) -> None:
    clock, sender, alice = Clock(), CollectingSender(), Actor(kind="worker", id="alice")
    payloads = Payloads(clock)
    desk = Desk(open_store("sqlite://"), POLICY, ADAPTERS, sender=sender, clock=clock)
    (paint,) = desk.receive(*payloads.text("Graffiti on the library wall"))
    desk.receive(*payloads.mail("A pothole in Elm Road"))
    begins = START + since * DAY
    ends = None if length is None else max(begins, START) + length * DAY
    fields: dict[str, Any] = {"role": role, "services": services, "since": begins, "until": ends, "proof": SEEN}
    desk.citizens.grant(TOM_URN, MARY_URN, by=alice, **fields)
    clock.pass_time(days=written)
    desk.receive(*payloads.mail(f"About {paint.reference}"))
    desk.run_due()
    sender.sent.clear()

    desk.reply(str(paint.reference), text="It is painted over.", by=alice)
    clock.pass_time(days=waits)
    desk.run_due()
    desk.run_due()

    holds = begins <= clock.now and (ends is None or clock.now < ends) and services in ((), ("graffiti",))
    to_tom = [message for message, _ in sender.sent if str(message.recipient) == TOM_URN]
    assert not to_tom or (holds and role != "interpreter")
    assert len(sender.sent) == 1, "somebody was told, and once"


# -- at the desk -------------------------------------------------------------------------------------------------------


def test_a_grant_and_its_end_stand_in_both_histories_with_their_source(
    desk: Desk, alice: Actor, paint: Receipt, clock: Clock
) -> None:
    authority = desk.citizens.grant(TOM_URN, MARY_URN, role="attorney", proof=SEEN, by=alice)
    ended = desk.citizens.end_authority(authority.id, by=alice)

    for who in (TOM_URN, MARY_URN):
        given, taken = desk.citizens.history(who)[-2:]
        assert isinstance(given, AuthorityGranted)
        assert isinstance(taken, AuthorityEnded)
        assert (given.authority, given.proof.document, given.by) == (authority.id, SEEN, "worker:alice")
        assert desk.citizens.authorities(who) == (ended,)
    assert ended.ended_at == clock.now


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "boss"},
        {"role": "attorney"},
        {"role": "appointee", "proof": SEEN},
        {"services": ("castles",)},
        {"until": START},
        {"since": datetime(2026, 3, 2)},  # noqa: DTZ001 — it has no zone, which is refused
        {"since": START + 9 * DAY, "until": START + 8 * DAY},
        {"proof": "x" * 201},
        {"by": Actor(kind="citizen", id="tom")},
    ],
)
def test_what_cannot_be_granted_is_refused(desk: Desk, alice: Actor, paint: Receipt, fields: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        grant(desk, alice, **fields)

    assert desk.citizens.authorities(MARY_URN) == ()


def test_nobody_is_granted_authority_over_themselves_or_who_is_not_known(
    desk: Desk, alice: Actor, paint: Receipt
) -> None:
    with pytest.raises(RequestError):
        desk.citizens.grant(MARY_URN, MARY_URN, role="carer", by=alice)
    with pytest.raises(NotFoundError):
        desk.citizens.grant("tel:07700 900998", MARY_URN, role="carer", by=alice)


def test_an_authority_ends_once(desk: Desk, alice: Actor, paint: Receipt) -> None:
    authority = grant(desk, alice)
    desk.citizens.end_authority(authority, by=alice)

    with pytest.raises(RequestError):
        desk.citizens.end_authority(authority, by=alice)
    with pytest.raises(NotFoundError):
        desk.citizens.end_authority("nothing", by=alice)


def test_whoever_is_merged_keeps_what_they_may(desk: Desk, alice: Actor, payloads: Payloads, paint: Receipt) -> None:
    grant(desk, alice)
    desk.receive(*payloads.mail("A pothole in Oak Lane", sender=CAROL, name="Tom Price"))
    desk.citizens.merge(TOM_URN, into=CAROL_URN, by=alice)

    (receipt,) = desk.receive(*payloads.mail(f"About {paint.reference}", sender=CAROL, name="Tom Price"))

    assert receipt.how == "authority"


def test_the_explanation_says_by_which_authority_and_never_by_whom(
    desk: Desk, alice: Actor, paint: Receipt, tom_writes: Callable[..., Receipt]
) -> None:
    authority = grant(desk, alice)
    tom_writes()

    said = desk.explain(str(paint.reference)).text()

    assert f"a representative, who speaks for the citizen by the authority {authority}" in said
    assert "Tom" not in said
    assert TOM_URN.partition(":")[2] not in said


def test_the_store_verifies_with_representatives(desk: Desk, alice: Actor, tom_writes: Callable[..., Receipt]) -> None:
    grant(desk, alice)
    tom_writes()

    assert list(desk.verify()) == []
