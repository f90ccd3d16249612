"""Whom a message of a case goes to, how they wrote last, and how they want to be reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from onestop.core.authority import needs_carer
from onestop.core.lifecycle import Asking
from onestop.core.plan import (
    Ask,
    CaseFacts,
    FindAuthorities,
    FindProfile,
    MessageRow,
    PartyRow,
    ProfileFacts,
    QuestionRow,
)
from onestop.core.profile import Authority
from onestop.core.reaching import Addressee, Reach
from onestop.desk.log import log
from onestop.desk.session import Session
from onestop.desk.views import last_writing
from onestop.errors import NotFoundError
from onestop.stores.base import Reader

__all__ = [
    "asked_by",
    "authorities_of",
    "log_queued",
    "party_of",
    "profile_of",
    "questions_of",
    "reached",
    "told_by_itself",
]


def party_of(reader: Reader, facts: CaseFacts, alias: str | None) -> PartyRow:
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


def profile_of(reader: Reader, party: PartyRow) -> ProfileFacts | None:
    """
    Give what is kept of a party: by their contact point, so that one which several people use tells of nobody.

    Of a contact point that is theirs no longer it is theirs, never that of who has it now.
    """
    if party.urn is None:
        return None
    facts = _found(reader, FindProfile(key=party.urn.key))
    known = (None, facts.holders.get(party.urn.key), facts.citizen.id if facts.citizen else None)
    return facts if party.citizen in known else _found(reader, FindProfile(citizen=party.citizen))


def _found(reader: Reader, query: FindProfile) -> ProfileFacts:
    facts = reader.answer(Ask((query,)))[query]
    assert isinstance(facts, ProfileFacts)
    return facts


def reached(reader: Reader, facts: CaseFacts, party: PartyRow, session: Session, *, only: bool = False) -> Addressee:
    """
    Give a party with how they wrote last, how they want to be reached, and who else may be told in their stead.

    With `only` nobody stands in for a representative.
    """
    known = profile_of(reader, party)
    to = _reached(reader, facts, party, known, session)
    if party.acts_for is not None:
        found = authorities_of(reader, to.party)
        known_here = [] if only else reader.parties(facts.case.id)
        ids = _one_with(reader, party.acts_for) if known_here else ()
        rows = [row for row in known_here if row.citizen in ids and row.acts_for is None]
    elif known is not None and needs_carer(known.profile, session.clock()):
        found = known.authorities
        ids = _one_with(reader, known.profile.citizen)
        rows = [row for row in reader.parties(facts.case.id) if row.acts_for is not None and row.acts_for in ids]
    else:
        return to
    roles = facts.case.parties
    beside = tuple(
        replace(_reached(reader, facts, row, profile_of(reader, row), session), authorities=found)
        for row in rows
        if row.urn is not None and row.proved and roles.get(row.alias) != "copied"
    )
    return replace(to, authorities=found, beside=beside)


def _one_with(reader: Reader, citizen: str | None) -> tuple[str, ...]:
    """Give the ids of all who are one with a citizen: a party is whose the contact point itself was."""
    return reader.one_with(citizen) if citizen is not None else ()


def authorities_of(reader: Reader, party: PartyRow) -> tuple[Authority, ...]:
    """Give the authorities of a representative over whom they speak for; of anybody else none."""
    if party.citizen is None or party.acts_for is None:
        return ()
    query = FindAuthorities(party.citizen, (party.acts_for,))
    found = reader.answer(Ask((query,)))[query]
    assert isinstance(found, tuple)
    return found


def _reached(
    reader: Reader, facts: CaseFacts, party: PartyRow, known: ProfileFacts | None, session: Session
) -> Addressee:
    lost = (
        known is not None and party.citizen is not None and party.urn is not None and party.urn.key not in known.holders
    )
    reach = Reach(known.profile, session.capabilities, lost=lost) if known else None
    if known is not None and known.profile.citizen is not None and party.citizen is not None:
        party = replace(party, citizen=known.profile.citizen)  # who stands for them, as authorities name them
    wrote = last_writing(reader, facts.case.id, party.alias)
    if wrote is None:
        return Addressee(party, reach=reach)
    message_id = wrote.thread.message_id
    return Addressee(
        party,
        wrote.channel,
        wrote.language,
        message_id,
        (*wrote.thread.references[-20:], message_id) if message_id else (),
        wrote.received_at,
        reach,
    )


def asked_by(action: str, reader: Reader, facts: CaseFacts, session: Session) -> Addressee | None:
    """Give whom an action would ask; None where it asks nothing: nobody has to be looked up."""
    declared = session.policy.lifecycle(facts.case.service).data.actions.get(action)
    to = told_by_itself(reader, facts, session) if declared and declared.effects.ask else None
    closed = declared is not None and isinstance(declared.effects.ask, Asking)
    return replace(to, questions=questions_of(reader, to)) if to is not None and closed else to


def questions_of(reader: Reader, to: Addressee) -> tuple[QuestionRow, ...]:
    """Give what was asked at any contact point that a party may be asked at."""
    keys = {to.party.urn.key} if to.party.urn else set()
    keys |= {point.urn.key for point in to.reach.profile.contact_points} if to.reach else set()
    return tuple(row for key in sorted(keys) for row in reader.questions(key))


def log_queued(reference: str, rows: Iterable[MessageRow], *, by: str) -> None:
    """Log messages that were put into the outbox, and those that are not sent."""
    for row in rows:
        event = "message.queued" if row.state in ("queued", "task") else "message.withheld"
        log(event, case=reference, message=row.id, channel=row.channel, purpose=row.purpose, code=row.code, by=by)


def told_by_itself(reader: Reader, facts: CaseFacts, session: Session) -> Addressee | None:
    """Give whom a message without a person's looking would go to; None when nobody is known any more."""
    try:
        party = party_of(reader, facts, None)
    except NotFoundError:
        return None
    return reached(reader, facts, party, session)
