"""Rows as they are inserted: the values of the core's plans, column by column."""

from __future__ import annotations

from typing import Any

from onestop.core.events import EnquiryReceived, MessageQueued
from onestop.core.plan import CaseChange, Claim, EnquiryRow, IntakeRow, MessageRow, PartyRow, Plan, TimerRow
from onestop.core.postcode import postcode_of
from onestop.stores.rows import to_us

__all__ = [
    "claim_values",
    "enquiry_values",
    "event_places",
    "event_values",
    "intake_values",
    "known_values",
    "message_values",
    "party_values",
    "timer_values",
]


def event_values(change: CaseChange) -> list[dict[str, Any]]:
    """Give the rows of a case's new events."""
    return [
        {
            "case_id": change.case.id,
            "seq": sealed.seq,
            "type": sealed.event.type,
            "at": to_us(sealed.event.at),
            "data": sealed.data,
            "hash": sealed.hash,
        }
        for sealed in change.events
    ]


def claim_values(claim: Claim, at: int) -> dict[str, Any]:
    """Give the row of a contact point that somebody holds from now on."""
    return {
        "key": claim.urn.key,
        "urn": str(claim.urn),
        "citizen_id": claim.citizen,
        "shared": 0,
        "verified_by": None,
        "verified_at": None,
        "created_at": at,
        "postcode": postcode_of(claim.urn),
    }


def party_values(row: PartyRow) -> dict[str, Any]:
    """Give the row of a party."""
    return {
        "case_id": row.case,
        "alias": row.alias,
        "citizen_id": row.citizen,
        "key": row.urn.key if row.urn and row.proved else None,
        "urn": str(row.urn) if row.urn else None,
        "name": row.name,
        "acts_for": row.acts_for,
    }


def known_values(row: PartyRow) -> dict[str, Any]:
    """Give what an alias that is there turned out to be, as the statement that changes it takes it."""
    values = party_values(row)
    return {
        "case": row.case,
        "party": row.alias,
        **{f"known_{name}": values[name] for name in ("key", "urn", "name")},
        "known_citizen": row.citizen,
    }


def event_places(plan: Plan) -> dict[str, int]:
    """Give the number of the event that brought each enquiry and message, by their ids."""
    found: dict[str, int] = {}
    for change in plan.changes:
        for sealed in change.events:
            match sealed.event:
                case EnquiryReceived(enquiry=identifier) | MessageQueued(message=identifier):
                    found[identifier] = sealed.seq
    return found


def enquiry_values(row: EnquiryRow, seq: int) -> dict[str, Any]:
    """Give the row of an enquiry; `seq` is the number of its event."""
    return {
        "id": row.id,
        "case_id": row.case,
        "party": row.party,
        "channel": row.channel,
        "received_at": to_us(row.received_at),
        "seq": seq,
        "content_id": row.content,
        "message_id": row.message_id,
    }


def message_values(row: MessageRow, seq: int) -> dict[str, Any]:
    """Give the row of a message; `seq` is the number of its event."""
    return {
        "id": row.id,
        "case_id": row.case,
        "party": row.party,
        "channel": row.channel,
        "key": row.recipient.key,
        "urn": str(row.recipient),
        "purpose": row.purpose,
        "seq": seq,
        "content_id": row.content,
        "state": row.state,
        "due_at": to_us(row.due_at),
        "leased_until": None,
        "attempts": 0,
        "sent_at": None,
        "gateway_id": None,
        "code": row.code,
    }


def timer_values(row: TimerRow) -> dict[str, Any]:
    """Give the row of a timer."""
    return {
        "id": row.id,
        "case_id": row.case,
        "kind": row.kind,
        "due_at": to_us(row.due_at),
        "generation": row.generation,
        "leased_until": None,
        "done": 0,
    }


def intake_values(row: IntakeRow) -> dict[str, Any]:
    """Give the row of what was taken in."""
    return {
        "known_by": row.digest if row.source_id is None else row.source_id,
        "id": row.id,
        "adapter": row.adapter,
        "source_id": row.source_id,
        "digest": row.digest,
        "received_at": to_us(row.received_at),
        "outcome": row.outcome,
        "case_id": row.case,
        "enquiry_id": row.enquiry,
        "raw_id": row.raw,
    }
