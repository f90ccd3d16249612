"""Whom a message of a case goes to, and how they wrote last."""

from __future__ import annotations

from collections.abc import Iterable

from onestop.core.messages import Addressee
from onestop.core.plan import CaseFacts, MessageRow, PartyRow
from onestop.core.policy import Policy
from onestop.desk.log import log
from onestop.desk.views import last_writing
from onestop.errors import NotFoundError
from onestop.stores.base import Reader

__all__ = ["addressee", "asked_by", "log_queued", "told_by_itself"]


def addressee(reader: Reader, facts: CaseFacts, alias: str | None) -> PartyRow:
    """
    Give whom an answer goes to: the party named, or who wrote last, and rather one whose address is not forged.

    Raises:
        NotFoundError: the case has no such party, or who it was has been erased.
    """
    rows = {row.alias: row for row in reader.parties(facts.case.id)}
    wrote = [record.party for record in reversed(reader.enquiries(facts.case.id)) if record.party in rows]
    proved = (party for party in wrote if rows[party].proved)
    wanted = alias or next(proved, wrote[0] if wrote else None)
    if wanted is None or wanted not in rows:
        raise NotFoundError("the case has no such party, or who it was has been erased")
    return rows[wanted]


def asked_by(action: str, reader: Reader, facts: CaseFacts, policy: Policy) -> Addressee | None:
    """Give whom an action would ask; None where it asks nothing: nobody has to be looked up."""
    declared = policy.lifecycle(facts.case.service).data.actions.get(action)
    return told_by_itself(reader, facts) if declared and declared.effects.ask else None


def log_queued(reference: str, rows: Iterable[MessageRow], *, by: str) -> None:
    """Log messages that were put into the outbox."""
    for row in rows:
        log("message.queued", case=reference, message=row.id, channel=row.channel, purpose=row.purpose, by=by)


def told_by_itself(reader: Reader, facts: CaseFacts) -> Addressee | None:
    """Give whom a message without a person's looking would go to; None when nobody is known any more."""
    try:
        party = addressee(reader, facts, None)
    except NotFoundError:
        return None
    wrote = last_writing(reader, facts.case.id, party.alias)
    if wrote is None:
        return Addressee(party)
    message_id = wrote.thread.message_id
    references = (*wrote.thread.references[-20:], message_id) if message_id else ()
    return Addressee(party, wrote.channel, wrote.language, message_id, references)
