"""What did not reach somebody: what is known of it is looked up, so that the core can choose anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, cast

from pydantic import ValidationError

from onestop.core.after_all import GIVEN_UP, plan_after_all, taking_its_place
from onestop.core.context import Context
from onestop.core.delivery import Undelivered, plan_undelivered, undelivered
from onestop.core.enquiry import Channel
from onestop.core.events import read_event
from onestop.core.gateway import Message
from onestop.core.opting import stopped_on_sending
from onestop.core.plan import Ask, CaseFacts, FindProfile, MessageFacts, Plan, ProfileFacts
from onestop.core.purposes import PURPOSES, Purpose
from onestop.core.reaching import Addressee
from onestop.core.tasks import OutboxMessage
from onestop.desk.addressing import profile_of, reached
from onestop.desk.session import Session, must_find
from onestop.stores.base import MessageRecord, Reader, Transaction

__all__ = ["addressed", "outbox_message", "read_message", "said_purpose", "stopped_at", "told_anew", "without_reach"]

_FAILURES = frozenset({"permanent_failure", "temporary_failure"})
_REACHED = frozenset({"delivered", "read"})
_FELL_BACK = frozenset({"permanent_failure", "denied", "cleared", "muted"})  # another way was looked for already


def said_purpose(record: MessageRecord) -> Purpose:
    """Give a message's purpose; a word of an earlier release is that of a service's update."""
    return next((purpose for purpose in PURPOSES if purpose == record.purpose), "service_update")


def read_message(reader: Reader, record: MessageRecord) -> Message | None:
    """Give a message's words; None where they were erased, or cannot be read."""
    body = reader.content(record.content)
    try:
        return Message.model_validate_json(body) if body is not None else None
    except ValidationError:
        return None


def outbox_message(reader: Reader, record: MessageRecord) -> OutboxMessage:
    """Give a message as the core is told of it, among the others of its case."""
    others = tuple((each.channel, each.state) for each in reader.messages(record.case) if each.id != record.id)
    return OutboxMessage(record.id, record.channel, record.state, others)


def addressed(reader: Reader, facts: CaseFacts, record: MessageRecord, session: Session) -> Addressee | None:
    """Give whom a message is for, as they are known now; None where they were erased."""
    party = next((row for row in reader.parties(facts.case.id) if row.alias == record.party), None)
    return reached(reader, facts, party, session) if party is not None and party.urn is not None else None


def without_reach(
    reader: Reader,
    facts: CaseFacts,
    record: MessageRecord,
    state: Literal["permanent_failure", "temporary_failure", "denied"],
    code: str | None,
    session: Session,
    context: Context,
    *,
    by: str | None = None,
    note: str | None = None,
    shown_by: tuple[str, ...] = (),
    address_fails: bool = False,
) -> Plan:
    """Give what follows from a message that failed for good, or must not go: another way, or a person who looks."""
    to = addressed(reader, facts, record, session)
    known = profile_of(reader, to.party) if to else None
    words = read_message(reader, record)
    found = Undelivered(
        message=record.id,
        state=state,
        code=code,
        channel=cast(Channel, record.channel),
        recipient=record.recipient,
        purpose=said_purpose(record),
        words=words if words and words.one_time_code is None else None,  # no other address would prove this one
        to=to,
        known=known,
        address_fails=address_fails,
    )
    found = replace(found, by=by or found.by, note=note if note and note.strip() else None, shown_by=shown_by)
    events = (read_event(stored.data) for stored in reader.events(facts.case.id))
    return plan_undelivered(facts, undelivered(found, events), session.policy, context)


def stopped_at(reader: Reader, facts: CaseFacts, record: MessageRecord, plan: Plan, context: Context) -> Plan:
    """Give a plan with what is written into the ledger: a gateway said on sending that its recipient wants no more."""
    key = record.recipient.key if record.recipient else None
    if key is None:
        return plan
    query = FindProfile(key=key)
    known = reader.answer(Ask((query,)))[query]
    assert isinstance(known, ProfileFacts)
    message = MessageFacts(record.id, record.state, facts, record.channel, said_purpose(record), key)
    said = stopped_on_sending(message, known.profile.consents, context)
    return replace(plan, consents=(*plan.consents, *said))


def told_anew(tx: Transaction, plan: Plan, session: Session, context: Context) -> Plan:
    """
    Give what a delivery report comes to: with what follows where it says that a message failed, or that one which was
    given up has arrived.
    """
    told = next(iter(plan.message_changes), None)
    record = tx.message(told.id) if told is not None else None
    if told is None or record is None or plan.intake is None:
        return plan
    facts = must_find(tx, record.case)
    if told.state in _FAILURES and record.state not in _FELL_BACK:
        state: Literal["permanent_failure", "temporary_failure"] = (
            "permanent_failure" if told.state == "permanent_failure" else "temporary_failure"
        )
        fails = told.address_fails
        follows = without_reach(tx, facts, record, state, told.code, session, context, address_fails=fails)
    elif told.state in _REACHED and record.state in GIVEN_UP:
        events = (read_event(stored.data) for stored in tx.events(facts.case.id))
        known = {each.id: each for each in tx.messages(facts.case.id)}
        instead = [outbox_message(tx, known[each]) for each in taking_its_place(record.id, events) if each in known]
        state_told: Literal["read", "delivered"] = "read" if told.state == "read" else "delivered"
        follows = plan_after_all(facts, outbox_message(tx, record), state_told, told.code, instead, context)
    else:
        return plan
    return replace(follows, consents=plan.consents, intake=plan.intake)
