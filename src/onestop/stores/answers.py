"""The answers to the core's questions, in SQL: a few look-ups by key, whatever the store holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, literal, or_, select, true

from onestop.core.plan import (
    Ask,
    CaseFacts,
    ContactFacts,
    EnquiryFacts,
    FindAuthorities,
    FindCases,
    FindCitizen,
    FindContact,
    FindEnquiry,
    FindIntake,
    FindMessage,
    FindMessageIds,
    FindProfile,
    FindQuestions,
    FindReferences,
    IntakeFacts,
    IntakeRow,
    MessageFacts,
    PartyFacts,
    Query,
    RecentCase,
)
from onestop.core.sender_conditions import MOST_RECENT
from onestop.stores.contents import ContentStore
from onestop.stores.prepared import Driver, Prepared
from onestop.stores.profiles import Profiles
from onestop.stores.rows import from_us, load_case, load_enquiry, to_us
from onestop.stores.tables import (
    CaseTable,
    CitizenTable,
    ContactPointTable,
    ContentTable,
    EnquiryTable,
    IntakeTable,
    MessageTable,
    PartyTable,
    RestrictionTable,
)

__all__ = ["Answering"]

_MOST_OF_KEY = 200  # cases of one contact point that are looked at, the newest

_INTAKE = select(
    IntakeTable.id,
    IntakeTable.adapter,
    IntakeTable.source_id,
    IntakeTable.digest,
    IntakeTable.received_at,
    IntakeTable.outcome,
    IntakeTable.case_id,
    IntakeTable.enquiry_id,
    IntakeTable.raw_id,
)
_INTAKE_KNOWN = Prepared(  # the same one first, if it is there
    _INTAKE.where(
        IntakeTable.known_by == bindparam("known_by"),
        or_(IntakeTable.id == bindparam("id"), IntakeTable.adapter == bindparam("adapter")),
    )
    .order_by((IntakeTable.id == bindparam("id")).desc())
    .limit(1)
)
_INTAKE_WITHIN = Prepared(
    _INTAKE.where(
        IntakeTable.known_by == bindparam("known_by"),
        IntakeTable.adapter == bindparam("adapter"),
        IntakeTable.source_id.is_(None),
        IntakeTable.received_at.between(bindparam("since"), bindparam("until")),
    )
    .order_by(IntakeTable.received_at)
    .limit(1)
)
_LAST_SENT = (
    select(MessageTable.case_id, MessageTable.sent_at)
    .where(
        MessageTable.key == bindparam("key"),
        MessageTable.channel == bindparam("channel"),
        MessageTable.sent_at.is_not(None),
    )
    .order_by(MessageTable.sent_at.desc())
    .limit(1)
    .subquery()
)
_RESTRICTED = (
    select(func.max(RestrictionTable.until))
    .where(RestrictionTable.key == bindparam("key"), RestrictionTable.lifted_at.is_(None))
    .scalar_subquery()
)
# One row, whatever is known: each statement costs an enquiry as much as three look-ups by key within one.
_ANYBODY = select(literal(1).label("one")).subquery()
_CONTACT = Prepared(
    select(ContactPointTable.citizen_id, CitizenTable.name, ContactPointTable.shared, CitizenTable.language)
    .add_columns(CitizenTable.merged_into, ContactPointTable.stated, ContactPointTable.asked)
    .add_columns(ContactPointTable.verified_at)
    .add_columns(_LAST_SENT.c.case_id, _LAST_SENT.c.sent_at, _RESTRICTED.label("restricted"))
    .select_from(_ANYBODY)
    .join(ContactPointTable, ContactPointTable.key == bindparam("key"), isouter=True)
    .join(CitizenTable, CitizenTable.id == ContactPointTable.citizen_id, isouter=True)
    .join(_LAST_SENT, true(), isouter=True)
)
_CASE = select(CaseTable.document, CaseTable.head)
# Of one contact point's cases only the newest are looked at: ids begin with a time, so that the index has them in
# order, and the cost stays the same for somebody with thousands.
_NEWEST = (
    select(PartyTable.case_id)
    .where(PartyTable.key == bindparam("key"))
    .order_by(PartyTable.case_id.desc())
    .limit(_MOST_OF_KEY)
    .subquery()
)
_CASES_OF_KEY = Prepared(
    _CASE.join(_NEWEST, _NEWEST.c.case_id == CaseTable.id)
    .where(CaseTable.state_type != "closed")
    .order_by(CaseTable.updated_at.desc(), CaseTable.id)
    .limit(bindparam("most"))
)
_RECENT = (
    select(PartyTable.case_id, PartyTable.citizen_id)
    .where(PartyTable.key == bindparam("key"))
    .order_by(PartyTable.case_id.desc())
    .limit(MOST_RECENT)
    .subquery()
)
_RECENT_OF_KEY = Prepared(  # those who only got a copy of a case are no citizen there
    select(CaseTable.id, CaseTable.service, CaseTable.opened_at)
    .distinct()
    .join(_RECENT, _RECENT.c.case_id == CaseTable.id)
    .where(or_(_RECENT.c.citizen_id == bindparam("citizen"), _RECENT.c.citizen_id == bindparam("other")))
    .order_by(CaseTable.id.desc())
)
_CASE_BY_ID = Prepared(_CASE.where(CaseTable.id == bindparam("id")))
_CASE_BY_REFERENCE = Prepared(_CASE.where(CaseTable.reference == bindparam("reference")))
_PARTIES = Prepared(
    select(PartyTable.alias, PartyTable.key, PartyTable.name, PartyTable.citizen_id, PartyTable.acts_for)
    .where(PartyTable.case_id == bindparam("case"))
    .order_by(PartyTable.alias)
)
_OUR_MESSAGE = Prepared(select(MessageTable.case_id).where(MessageTable.id == bindparam("id")))
_MOST_OF_MESSAGE_ID = 20
_THEIR_MESSAGES = Prepared(
    select(EnquiryTable.id, EnquiryTable.case_id)
    .where(EnquiryTable.message_id == bindparam("message_id"))
    .limit(_MOST_OF_MESSAGE_ID + 1)
)
_ENQUIRY = Prepared(
    select(ContentTable.id, ContentTable.body, EnquiryTable.party)
    .join(EnquiryTable, EnquiryTable.content_id == ContentTable.id)
    .where(EnquiryTable.case_id == bindparam("case"), EnquiryTable.id == bindparam("enquiry"))
)
_MESSAGE = Prepared(
    select(
        MessageTable.id,
        MessageTable.state,
        MessageTable.case_id,
        MessageTable.key,
        MessageTable.channel,
        MessageTable.purpose,
    )
    .where(or_(MessageTable.id == bindparam("local"), MessageTable.gateway_id == bindparam("message_id")))
    .limit(1)
)


class Answering:
    """Answers the core's questions within one connection's transaction."""

    def __init__(self, connection: Connection, contents: ContentStore) -> None:
        self._driver = Driver(connection)
        self._contents = contents
        self._profiles = Profiles(self._driver)

    def answer(self, ask: Ask) -> Mapping[Query, object]:
        """Answer the core's questions."""
        return {query: self._answer(query) for query in ask.queries}

    def _answer(self, query: Query) -> object:
        match query:
            case FindIntake():
                return self._intake(query)
            case FindContact():
                return self._contact(query)
            case FindReferences(references):
                return self._facts(self._rows(_CASE_BY_REFERENCE, "reference", references))
            case FindMessageIds(message_ids):
                return self._by_message_id(message_ids)
            case FindCases(ids):
                return self._with_survivors(ids)
            case FindMessage():
                return self._message_facts(query)
            case FindEnquiry():
                return self._enquiry(query)
            case FindProfile():
                return self._profiles.facts(query)
            case FindCitizen(identifier):
                return self._profiles.citizen(identifier)
            case FindQuestions(key, limit):
                return self._profiles.questions(key, limit)
            case FindAuthorities():
                return self._profiles.authorities(query)

    def _intake(self, query: FindIntake) -> IntakeFacts:
        if query.source_id is None:
            window = {"since": to_us(query.since), "until": to_us(query.until)}
            found = self._driver.first(_INTAKE_WITHIN, {"known_by": query.digest, "adapter": query.adapter, **window})
            return IntakeFacts(same=_intake_row(found) if found else None)
        known_by = query.source_id
        row = self._driver.first(_INTAKE_KNOWN, {"known_by": known_by, "id": query.id, "adapter": query.adapter})
        known = _intake_row(row) if row is not None else None
        if known is not None and known.id == query.id:
            return IntakeFacts(same=known)
        return IntakeFacts(same_source_id=known is not None, other=known)

    def _contact(self, query: FindContact) -> ContactFacts:
        held = self._driver.first(_CONTACT, {"key": query.key, "channel": query.channel})
        assert held is not None
        citizen, name, shared, language, into, stated, asked, verified_at, last, last_at, restricted = held
        facts = self._facts(self._driver.all(_CASES_OF_KEY, {"key": query.key, "most": query.limit}))
        if last is not None and all(found.case.id != last for found in facts):
            facts += self.by_id([last])
        standing = self._profiles.survivor(into) if into else None
        stands = standing.citizen if standing else None
        return ContactFacts(
            citizen=stands.id if stands else citizen,
            name=name,
            other_name=stands.name if stands else None,
            merged=citizen if stands else None,
            shared=bool(shared),
            cases=facts,
            last_message_case=last,
            last_message_at=from_us(last_at) if last is not None else None,
            restricted_until=from_us(restricted) if restricted is not None else None,
            language=(stands.language if stands else None) or language,
            recent=self._recent(query.key, citizen, stands.id if stands else citizen)
            if query.recent and citizen
            else (),
            needs=self._profiles.needs(citizen, query.needs) if query.needs and stated and citizen else frozenset(),
            stated=bool(stated),
            asked=bool(asked),
            verified=verified_at is not None,
        )

    def _recent(self, key: str, citizen: str, other: str) -> tuple[RecentCase, ...]:
        rows = self._driver.all(_RECENT_OF_KEY, {"key": key, "citizen": citizen, "other": other})
        return tuple(RecentCase(case, service, from_us(at)) for case, service, at in rows)

    def _by_message_id(self, message_ids: Sequence[str]) -> dict[str, CaseFacts]:
        cases: dict[str, str] = {}
        for message_id in message_ids:
            if (case := self._case_of_message(message_id)) is not None:
                cases[message_id] = case
        facts = {found.case.id: found for found in self.by_id(sorted(set(cases.values())))}
        return {message_id: facts[case] for message_id, case in cases.items() if case in facts}

    def _case_of_message(self, message_id: str) -> str | None:
        """
        Give the case of a message: of ours, else of the first enquiry that had this id.

        Whoever was sent a message knows its id, and can put it on a mail of their own; that is never the first. An id
        that many mails have says nothing of any.
        """
        ours = self._driver.first(_OUR_MESSAGE, {"id": message_id.partition("@")[0]})
        if ours is not None:
            return str(ours[0])
        theirs = self._driver.all(_THEIR_MESSAGES, {"message_id": message_id})
        # Ids begin with the time at which they were minted.
        return str(min(theirs)[1]) if 0 < len(theirs) <= _MOST_OF_MESSAGE_ID else None

    def _with_survivors(self, ids: Sequence[str]) -> tuple[CaseFacts, ...]:
        found: dict[str, CaseFacts] = {}
        wanted = set(ids)
        while wanted:
            new = self.by_id(sorted(wanted))
            found |= {facts.case.id: facts for facts in new}
            wanted = {facts.case.merged_into for facts in new if facts.case.merged_into} - found.keys()
        return tuple(found.values())

    def _message_facts(self, query: FindMessage) -> MessageFacts | None:
        if not query.message_id:
            return None
        local = query.message_id.partition("@")[0]
        row = self._driver.first(_MESSAGE, {"local": local, "message_id": query.message_id})
        if row is None or (query.recipient_key and row[3] not in (None, query.recipient_key)):
            return None
        cases = self.by_id([row[2]])
        return MessageFacts(row[0], row[1], cases[0], channel=row[4], purpose=row[5], key=row[3]) if cases else None

    def _enquiry(self, query: FindEnquiry) -> EnquiryFacts | None:
        row = self._driver.first(_ENQUIRY, {"case": query.case, "enquiry": query.enquiry})
        body = self._contents.get(row[0], row[1]) if row else None
        if row is None or body is None:
            return None
        cases = {facts.case.id: facts for facts in self._with_survivors([query.case])}
        if query.case not in cases:
            return None
        own = last = cases[query.case]
        while (into := last.case.merged_into) and into in cases and into != query.case:
            last = cases[into]
        return EnquiryFacts(load_enquiry(body), own, row[2], last if last is not own else None)

    def by_id(self, ids: Sequence[str]) -> tuple[CaseFacts, ...]:
        """Give the cases with these ids; those that are not there are left out."""
        return self._facts(self._rows(_CASE_BY_ID, "id", ids))

    def by_reference(self, reference: str) -> CaseFacts | None:
        """Give the case with this reference."""
        return next(iter(self._facts(self._rows(_CASE_BY_REFERENCE, "reference", [reference]))), None)

    def _rows(self, statement: Prepared, name: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
        rows = (self._driver.first(statement, {name: value}) for value in values)
        return [row for row in rows if row is not None]

    def _facts(self, rows: Sequence[tuple[Any, ...]]) -> tuple[CaseFacts, ...]:
        return tuple(self._case_facts(rows))

    def _case_facts(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[CaseFacts]:
        seen: set[str] = set()
        for document, head in rows:
            case = load_case(document)
            if case.id not in seen:  # a contact point can be of two parties of one case
                seen.add(case.id)
                parties = self._driver.all(_PARTIES, {"case": case.id})
                yield CaseFacts(case, head, tuple(PartyFacts(*party) for party in parties))


def _intake_row(row: tuple[Any, ...]) -> IntakeRow:
    identifier, adapter, source_id, digest, received_at, outcome, case, enquiry, raw = row
    return IntakeRow(
        id=identifier,
        adapter=adapter,
        source_id=source_id,
        digest=digest,
        received_at=from_us(received_at),
        outcome=outcome,
        case=case,
        enquiry=enquiry,
        raw=raw,
    )
