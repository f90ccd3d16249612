"""Reading citizens: who they are, what was stated, the ledger, authorities and questions, in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from onestop.core.contact import Urn
from onestop.core.one_time import OneTimeCode
from onestop.core.plan import QuestionRow
from onestop.core.profile import Authority, Consent
from onestop.stores.answers import Answering
from onestop.stores.base import CitizenEvent, CitizenRecord
from onestop.stores.contents import ContentStore
from onestop.stores.tables import CaseTable, CitizenNeedTable, CitizenTable, ContactPointTable, PartyTable

__all__ = ["CitizenReading"]

_CONTACT = (
    select(ContactPointTable.citizen_id, CitizenTable.name, CitizenTable.language)
    .join(CitizenTable, CitizenTable.id == ContactPointTable.citizen_id, isouter=True)
    .where(ContactPointTable.key == bindparam("key"))
)
_NEEDS = (
    select(CitizenNeedTable.need)
    .where(CitizenNeedTable.citizen_id == bindparam("citizen"))
    .order_by(CitizenNeedTable.need)
)


class CitizenReading(Answering):
    """Reads what is kept of citizens within one connection's transaction."""

    def __init__(self, connection: Connection, contents: ContentStore) -> None:
        super().__init__(connection, contents)
        self._db = connection

    def citizen(self, key: str) -> CitizenRecord | None:
        """Give the citizen who holds a contact point, by its key."""
        points, held = ContactPointTable, self._db.execute(_CONTACT, {"key": key}).first()
        if held is None:
            return None
        rows = self._db.execute(
            select(points.key, points.urn, points.shared).where(points.citizen_id == held.citizen_id)
        ).all()
        references = self._db.execute(
            select(CaseTable.reference)
            .join(PartyTable, PartyTable.case_id == CaseTable.id)
            .where(PartyTable.key.in_([row.key for row in rows]), PartyTable.citizen_id == held.citizen_id)
            .order_by(CaseTable.opened_at.desc(), CaseTable.id)
        ).scalars()
        return CitizenRecord(
            id=held.citizen_id,
            name=held.name,
            language=held.language,
            contact_points=tuple(Urn(row.urn) for row in rows),
            shared=tuple(Urn(row.urn) for row in rows if row.shared),
            cases=tuple(dict.fromkeys(references)),
            needs=tuple(self._db.execute(_NEEDS, {"citizen": held.citizen_id}).scalars()),
        )

    def citizen_events(self, citizen: str) -> Sequence[CitizenEvent]:
        """Give the history of what was stated of a citizen themselves, in order."""
        return [CitizenEvent(citizen, *row) for row in self._profiles.events(citizen)]

    def one_with(self, citizen: str) -> tuple[str, ...]:
        """Give the ids of all who are one with a citizen: whoever stands for them first, then who was merged."""
        return self._profiles.one_with(citizen)

    def consents(self, key: str) -> Sequence[Consent]:
        """Give the ledger of a contact point, in the order it was written."""
        return self._profiles.consents([key])

    def authorities(self, citizen: str) -> Sequence[Authority]:
        """Give authorities of and over a citizen, by the ids of those who stand for whom they name."""
        return self._profiles.authorities_of(citizen)

    def authority(self, authority: str) -> Authority | None:
        """Give one authority as it was granted."""
        return self._profiles.authority(authority)

    def questions(self, key: str, *, limit: int = 20) -> Sequence[QuestionRow]:
        """Give what a contact point was asked, the newest first, whatever became of it."""
        return self._profiles.questions(key, limit)

    def questions_of(self, case: str) -> Sequence[QuestionRow]:
        """Give what the parties of a case were asked about it, the oldest first."""
        return self._profiles.questions_of(case)

    def codes(self, key: str) -> Sequence[OneTimeCode]:
        """Give the one-time codes that were sent to a contact point lately, the newest first."""
        return self._profiles.codes(key)
