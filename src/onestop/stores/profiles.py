"""
Profiles in SQL: what was stated of a citizen, their contact points, the ledger of these, authorities and questions.

A citizen who was merged into another keeps rows of their own; whoever reads a profile follows the reference, and gets
what all of them state. Only who has something to say is looked up further than their contact points.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import bindparam, or_, select

from onestop.core.citizen import Citizen
from onestop.core.contact import Urn
from onestop.core.one_time import OneTimeCode
from onestop.core.plan import CitizenFacts, FindAuthorities, FindProfile, ProfileFacts, QuestionRow
from onestop.core.profile import Authority, Consent, ContactPoint, Failure, Need, Profile, Source, Verification
from onestop.core.profiles import united
from onestop.errors import StoreError
from onestop.stores.prepared import Driver, Prepared
from onestop.stores.rows import from_us, to_us
from onestop.stores.tables import (
    AuthorityTable,
    CitizenEventTable,
    CitizenNeedTable,
    CitizenTable,
    ConsentTable,
    ContactPointTable,
    OneTimeCodeTable,
    QuestionTable,
)

__all__ = ["Profiles", "load_citizen"]

_MOST_MERGED = 1000  # citizens who are one: more are a mistake, and cost no more than this

_CITIZEN = Prepared(
    select(
        CitizenTable.id,
        CitizenTable.name,
        CitizenTable.language,
        CitizenTable.version,
        CitizenTable.head,
        CitizenTable.document,
    ).where(CitizenTable.id == bindparam("citizen"))
)
_POINT = select(
    ContactPointTable.key,
    ContactPointTable.urn,
    ContactPointTable.citizen_id,
    ContactPointTable.shared,
    ContactPointTable.shared_kind,
    ContactPointTable.verified_by,
    ContactPointTable.verified_at,
    ContactPointTable.verified_how,
    ContactPointTable.failures,
    ContactPointTable.stated,
    ContactPointTable.created_at,
)
_POINT_BY_KEY = Prepared(_POINT.where(ContactPointTable.key == bindparam("key")))
_POINTS_OF = Prepared(
    _POINT.where(ContactPointTable.citizen_id == bindparam("citizen")).order_by(
        ContactPointTable.created_at, ContactPointTable.key
    )
)
_NEEDS_OF = Prepared(
    select(CitizenNeedTable.need, CitizenNeedTable.until, CitizenNeedTable.recorded_by, CitizenNeedTable.recorded_at)
    .where(CitizenNeedTable.citizen_id == bindparam("citizen"))
    .order_by(CitizenNeedTable.recorded_at, CitizenNeedTable.need)
)
_NEEDED = Prepared(
    select(CitizenNeedTable.need).where(
        CitizenNeedTable.citizen_id == bindparam("citizen"),
        or_(CitizenNeedTable.until.is_(None), CitizenNeedTable.until > bindparam("at")),
    )
)
_CONSENTS = Prepared(
    select(ConsentTable.document, ConsentTable.at, ConsentTable.id)
    .where(ConsentTable.key == bindparam("key"))
    .order_by(ConsentTable.at, ConsentTable.id)
)
_AUTHORITIES = Prepared(
    select(AuthorityTable.document)
    .where(or_(AuthorityTable.holder_id == bindparam("citizen"), AuthorityTable.subject_id == bindparam("citizen")))
    .order_by(AuthorityTable.id)
)
_OVER = Prepared(
    select(AuthorityTable.document).where(AuthorityTable.subject_id == bindparam("citizen")).order_by(AuthorityTable.id)
)
_AUTHORITY = Prepared(select(AuthorityTable.document).where(AuthorityTable.id == bindparam("id")))
_QUESTION = select(
    QuestionTable.key,
    QuestionTable.id,
    QuestionTable.case_id,
    QuestionTable.party,
    QuestionTable.asked_at,
    QuestionTable.until,
    QuestionTable.state,
    QuestionTable.document,
)
_QUESTIONS = Prepared(
    _QUESTION.where(QuestionTable.key == bindparam("key"))
    .order_by(QuestionTable.asked_at.desc(), QuestionTable.id.desc())
    .limit(bindparam("most"))
)
_QUESTIONS_OF_CASE = Prepared(
    _QUESTION.where(QuestionTable.case_id == bindparam("case")).order_by(QuestionTable.asked_at, QuestionTable.id)
)
_EVENTS = Prepared(
    select(CitizenEventTable.seq, CitizenEventTable.data, CitizenEventTable.hash)
    .where(CitizenEventTable.citizen_id == bindparam("citizen"))
    .order_by(CitizenEventTable.seq)
)
_CODES = Prepared(
    select(
        OneTimeCodeTable.id,
        OneTimeCodeTable.citizen_id,
        OneTimeCodeTable.salt,
        OneTimeCodeTable.issued_at,
        OneTimeCodeTable.until,
        OneTimeCodeTable.attempts,
        OneTimeCodeTable.state,
    )
    .where(OneTimeCodeTable.key == bindparam("key"))
    .order_by(OneTimeCodeTable.issued_at.desc(), OneTimeCodeTable.id.desc())
)
_FAILURES: TypeAdapter[tuple[Failure, ...]] = TypeAdapter(tuple[Failure, ...])

AnyRow = tuple[Any, ...]


class Profiles:
    """Reads what is kept of citizens within one connection's transaction."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def facts(self, query: FindProfile) -> ProfileFacts:
        """Give a profile; of a contact point that nobody is known by, or several are, that contact point's alone."""
        if query.citizen is not None:
            return self._of_citizen(query.citizen) or ProfileFacts(None, b"", Profile())
        row = self._driver.first(_POINT_BY_KEY, {"key": query.key})
        if row is not None and not row[3]:
            found = self._of_citizen(row[2])
            if found is not None:
                return found
        points = (_contact_point(row),) if row is not None else ()
        ledger = self.consents([query.key]) if query.key else ()
        holders = {row[0]: row[2]} if row is not None else {}
        return ProfileFacts(None, b"", Profile(contact_points=points, consents=ledger), holders=holders)

    def _of_citizen(self, identifier: str) -> ProfileFacts | None:
        found = self.survivor(identifier)
        if found is None:
            return None
        merged = list(self._merged(found.citizen))
        rows = [row for each in (found.citizen, *merged) for row in self._driver.all(_POINTS_OF, {"citizen": each.id})]
        rows.sort(key=lambda row: (row[10], row[0]))
        profile = united(found.citizen, merged)
        consents: tuple[Consent, ...] = ()
        authorities: tuple[Authority, ...] = ()
        if not rows or any(row[9] for row in rows):
            consents = self.consents([row[0] for row in rows])
            authorities = self._authorities_of(found.citizen, merged)
        profile = profile.model_copy(
            update={"contact_points": tuple(_contact_point(row) for row in rows), "consents": consents}
        )
        return ProfileFacts(found.citizen, found.head, profile, authorities, {row[0]: row[2] for row in rows})

    def citizen(self, identifier: str) -> CitizenFacts | None:
        """Give what is kept of a citizen themselves, whoever stands for them."""
        row = self._driver.first(_CITIZEN, {"citizen": identifier})
        if row is None:
            return None
        key, name, language, version, head, document = row
        if document is not None:
            return CitizenFacts(load_citizen(document), head or b"")
        needs = tuple(_need(row) for row in self._driver.all(_NEEDS_OF, {"citizen": key}))
        return CitizenFacts(Citizen(id=key, name=name, language=language, version=version, needs=needs), head or b"")

    def survivor(self, identifier: str) -> CitizenFacts | None:
        """Give the citizen who stands for one: themselves, unless they were merged."""
        seen: set[str] = set()
        found = self.citizen(identifier)
        while found is not None and found.citizen.merged_into and found.citizen.merged_into not in seen:
            seen.add(found.citizen.id)
            found = self.citizen(found.citizen.merged_into)
        return found

    def _merged(self, citizen: Citizen) -> Iterator[Citizen]:
        """Give those whom a citizen stands for, and those whom these stand for, in the order they were merged."""
        waiting, seen = list(citizen.stands_for), {citizen.id}
        while waiting and len(seen) <= _MOST_MERGED:
            identifier = waiting.pop(0)
            found = self.citizen(identifier) if identifier not in seen else None
            seen.add(identifier)
            if found is not None:
                yield found.citizen
                waiting.extend(found.citizen.stands_for)

    def one_with(self, citizen: str) -> tuple[str, ...]:
        """Give the ids of all who are one with a citizen: whoever stands for them first, then who was merged."""
        found = self.survivor(citizen)
        if found is None:
            return (citizen,)
        return (found.citizen.id, *(each.id for each in self._merged(found.citizen)))

    def needs(self, citizen: str, at: datetime) -> frozenset[str]:
        """Give what a citizen, or one of those whom they stand for, needs at a moment."""
        moment = to_us(at)
        return frozenset(
            need
            for one in self.one_with(citizen)
            for (need,) in self._driver.all(_NEEDED, {"citizen": one, "at": moment})
        )

    def consents(self, keys: Iterable[str]) -> tuple[Consent, ...]:
        """Give the ledger of contact points, in the order it was written."""
        rows = [row for key in keys for row in self._driver.all(_CONSENTS, {"key": key})]
        return tuple(_consent(row[0]) for row in sorted(rows, key=lambda row: (row[1], row[2])))

    def _authorities_of(self, citizen: Citizen, merged: Sequence[Citizen]) -> tuple[Authority, ...]:
        """Give authorities of and over a citizen, by the ids of those who stand for whom they name."""
        stands = dict.fromkeys((citizen.id, *(each.id for each in merged)), citizen.id)
        found: dict[str, Authority] = {}
        for each in list(stands):
            for (document,) in self._driver.all(_AUTHORITIES, {"citizen": each}):
                authority = _authority(document)
                for one in (authority.holder, authority.subject):
                    stands.setdefault(one, self._standing_for(one))
                names = {"holder": stands[authority.holder], "subject": stands[authority.subject]}
                found[authority.id] = authority.model_copy(update=names)
        return tuple(found[key] for key in sorted(found))

    def _standing_for(self, citizen: str) -> str:
        found = self.survivor(citizen)
        return found.citizen.id if found is not None else citizen

    def authorities(self, query: FindAuthorities) -> tuple[Authority, ...]:
        """Give who may act for citizens, by the ids that were asked for, whoever was merged since."""
        holders = set(self.one_with(query.holder)) if query.holder is not None else None
        found: dict[str, Authority] = {}
        for subject in query.subjects:
            for one in self.one_with(subject):
                for (document,) in self._driver.all(_OVER, {"citizen": one}):
                    authority = _authority(document)
                    if holders is None or authority.holder in holders:
                        holder = query.holder or self._standing_for(authority.holder)
                        names = {"holder": holder, "subject": subject}
                        found[authority.id] = authority.model_copy(update=names)
        return tuple(found[key] for key in sorted(found))

    def authority(self, identifier: str) -> Authority | None:
        """Give one authority as it was granted, with the ids of those whom it named."""
        row = self._driver.first(_AUTHORITY, {"id": identifier})
        return _authority(row[0]) if row else None

    def authorities_of(self, citizen: str) -> tuple[Authority, ...]:
        """Give authorities of and over a citizen."""
        found = self.survivor(citizen)
        return self._authorities_of(found.citizen, list(self._merged(found.citizen))) if found else ()

    def questions(self, key: str, limit: int) -> tuple[QuestionRow, ...]:
        """Give what a contact point was asked, the newest first."""
        return tuple(_question(row) for row in self._driver.all(_QUESTIONS, {"key": key, "most": limit}))

    def questions_of(self, case: str) -> tuple[QuestionRow, ...]:
        """Give what the parties of a case were asked about it, the oldest first."""
        return tuple(_question(row) for row in self._driver.all(_QUESTIONS_OF_CASE, {"case": case}))

    def codes(self, key: str) -> tuple[OneTimeCode, ...]:
        """Give the one-time codes that were sent to a contact point lately, the newest first."""
        return tuple(
            OneTimeCode(key, identifier, citizen, bytes(salt), from_us(issued_at), from_us(until), attempts, state)
            for identifier, citizen, salt, issued_at, until, attempts, state in self._driver.all(_CODES, {"key": key})
        )

    def events(self, citizen: str) -> list[AnyRow]:
        """Give number, data and hash of a citizen's own events, in order."""
        return self._driver.all(_EVENTS, {"citizen": citizen})


def load_citizen(document: str | bytes) -> Citizen:
    """
    Read a citizen's document.

    Raises:
        StoreError: the document is damaged.
    """
    try:
        return Citizen.model_validate_json(document)
    except ValidationError as exc:
        raise StoreError("a citizen's row cannot be read: its document is damaged; onestop verify says which") from exc


def _consent(document: str) -> Consent:
    try:
        return Consent.model_validate_json(document)
    except ValidationError as exc:
        raise StoreError("an entry of the ledger of consents cannot be read: its document is damaged") from exc


def _authority(document: str) -> Authority:
    try:
        return Authority.model_validate_json(document)
    except ValidationError as exc:
        raise StoreError("an authority to act cannot be read: its document is damaged") from exc


def _need(row: AnyRow) -> Need:
    code, until, by, at = row
    source = Source(by=by, at=from_us(at))
    return Need(code=code, until=from_us(until) if until is not None else None, source=source)


def _contact_point(row: AnyRow) -> ContactPoint:
    _, urn, _, shared, kind, verified_by, verified_at, how, failures, *_ = row
    verification = None
    if verified_by is not None and verified_at is not None:
        verification = Verification(how=how or "agent", by=verified_by, at=from_us(verified_at))
    return ContactPoint(
        urn=Urn(urn),
        shared=(kind or "unknown") if shared else None,
        verified=verification,
        failures=_failures(failures) if failures else (),
    )


def _failures(document: str) -> tuple[Failure, ...]:
    try:
        return _FAILURES.validate_python(
            [{"channel": channel, **rest} for channel, rest in json.loads(document).items()]
        )
    except (ValueError, TypeError, AttributeError, RecursionError) as exc:
        raise StoreError("the failures of a contact point cannot be read: its row is damaged") from exc


def _question(row: AnyRow) -> QuestionRow:
    key, identifier, case, party, asked_at, until, state, document = row
    return QuestionRow(key, identifier, case, party, from_us(asked_at), from_us(until), state, document)
