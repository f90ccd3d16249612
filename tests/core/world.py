"""A world in memory: what a store would know, made from nothing but the plans so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from onestop.core.actions import plan_action
from onestop.core.actor import Actor
from onestop.core.citizen import Citizen
from onestop.core.context import Context, Mint
from onestop.core.enquiry import DeliveryReport, Enquiry, Thread
from onestop.core.events import Event, read_event
from onestop.core.intake import plan_intake
from onestop.core.plan import (
    Answers,
    Ask,
    CaseFacts,
    ContactFacts,
    EnquiryFacts,
    FindAuthorities,
    FindCases,
    FindContact,
    FindEnquiry,
    FindIntake,
    FindMessage,
    FindMessageIds,
    FindProfile,
    FindReferences,
    IntakeFacts,
    IntakeRow,
    MessageFacts,
    MessageRow,
    PartyFacts,
    PartyRow,
    Plan,
    ProfileFacts,
    Query,
)
from onestop.core.policy import Policy
from onestop.core.profile import Authority, Consent, ContactPoint, Profile
from onestop.core.repeats import intake_identity
from onestop.core.reports import plan_report

ALICE = Actor(kind="worker", id="alice")
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ROUNDS = 3


class World:
    """Takes enquiries in and acts on cases, with a clock that stands still unless it is moved."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.now = START
        self.facts: dict[str, CaseFacts] = {}
        self.stored: dict[str, list[bytes]] = {}  # case → the bytes of its events
        self.rows: dict[str, PartyRow] = {}  # alias → who it is
        self.contacts: dict[str, ContactFacts] = {}
        self.intakes: list[IntakeRow] = []
        self.message_ids: dict[str, str] = {}  # Message-ID, or our id of a message → case
        self.messages: dict[str, MessageRow] = {}
        self.sent: dict[tuple[str, str], tuple[str, datetime]] = {}  # key, channel → case, when
        self.states: dict[str, str] = {}  # message → state
        self.enquiries: dict[tuple[str, str], tuple[str, bytes]] = {}  # case, enquiry → alias, what it says
        self.restricted: dict[str, datetime] = {}  # key → until
        self.ledger: list[Consent] = []
        self.profiles: dict[str, tuple[Citizen, bytes, tuple[ContactPoint, ...]]] = {}  # key → whose, and where else
        self.authorities: list[Authority] = []
        self._calls = 0

    # -- doing --

    def later(self, **time: float) -> World:
        """Move the clock."""
        self.now += timedelta(**time)
        return self

    def receive(self, text: str = "", /, **fields: Any) -> Plan:
        """Take an enquiry in: by default a text message from one number, now."""
        return self.take(self.enquiry(text, **fields))

    def enquiry(self, text: str = "", /, **fields: Any) -> Enquiry:
        given = {
            "channel": "sms",
            "adapter": "test",
            "sender": "tel:07700900123",
            "received_at": self.now,
            "text": text,
        }
        return Enquiry.model_validate(given | fields)

    def take(self, item: Enquiry | DeliveryReport, *, attempt: int = 0) -> Plan:
        plan = self.plan(item, attempt=attempt)
        if plan.outcome not in ("repeat", "rejected"):
            self.save(plan)
        return plan

    def plan(self, item: Enquiry | DeliveryReport, *, attempt: int = 0) -> Plan:
        """Give what becomes of an enquiry or report; more than three rounds of questions are a mistake."""
        answers = Answers()
        for _ in range(ROUNDS + 1):
            context = self.context(intake_identity(item), at=item.received_at, attempt=attempt)
            if isinstance(item, Enquiry):
                step = plan_intake(item, answers, self.policy, context, raw="r1")
            else:
                step = plan_report(item, answers, self.policy, context, raw="r1")
            if isinstance(step, Plan):
                return step
            answers = answers.plus(self.answer(step))
        raise AssertionError("the core asks and asks")

    def act(
        self,
        case: CaseFacts | Plan,
        action: str,
        by: Actor = ALICE,
        *,
        other: CaseFacts | Plan | None = None,
        **fields: str,
    ) -> Plan:
        """Take an action; `other` is the case that its field `into` names."""
        facts, into = self.again(case), self.again(other) if other else None
        return self.save(plan_action(facts, action, fields, by, self.policy, self.context(), into=into))

    def merge(self, case: CaseFacts | Plan, other: CaseFacts | Plan) -> Plan:
        return self.act(case, "merge", other=other, into=self.again(other).case.reference)

    def context(self, identity: str | None = None, *, at: datetime | None = None, attempt: int = 0) -> Context:
        if identity is None:
            self._calls += 1
            identity = f"call {self._calls}"
        return Context(self.now, Mint(key=b"key", identity=identity, at=at or self.now, entropy=bytes, attempt=attempt))

    # -- keeping --

    def save(self, plan: Plan) -> Plan:
        for row in plan.parties:
            self.rows[row.alias] = row
        for change in plan.changes:
            known = self.facts.get(change.case.id)
            assert change.before == (known.case.version if known else 0), "planned on a case that is no longer so"
            self.stored.setdefault(change.case.id, []).extend(event.data for event in change.events)
            new = [_facts_of(row) for row in plan.parties if row.case == change.case.id]
            parties = (*(known.parties if known else ()), *new)
            self.facts[change.case.id] = CaseFacts(change.case, change.head, parties)
        for row in plan.party_changes:
            self._known(row)
        for claim in plan.claims:
            assert claim.urn.key not in self.contacts, "claimed twice"
            self.contacts[claim.urn.key] = ContactFacts(citizen=claim.citizen, name=claim.name)
        for key in plan.shared:
            self.contacts[key] = ContactFacts(shared=True)
        for enquiry in plan.enquiries:
            self.enquiries[enquiry.case, enquiry.id] = (enquiry.party, _body(plan, enquiry.content))
            if enquiry.message_id:
                self.message_ids.setdefault(enquiry.message_id, enquiry.case)
        for rewrite in plan.enquiry_changes:
            alias, _ = self.enquiries[rewrite.case, rewrite.id]
            self.enquiries[rewrite.case, rewrite.id] = (alias, _body(plan, rewrite.content))
        for message in plan.messages:
            self.messages[message.id] = message
            self.message_ids[message.id] = message.case
            self.states[message.id] = "queued"
        for told in plan.message_changes:
            self.states[told.id] = told.state
        self.ledger += plan.consents
        for told_of in plan.citizens:
            for key, (known_as, _, points) in list(self.profiles.items()):
                if known_as.id == told_of.citizen.id:
                    self.profiles[key] = (told_of.citizen, told_of.head, points)
        if plan.intake is not None:
            self.intakes.append(plan.intake)
        return plan

    def _known(self, row: PartyRow) -> None:
        self.rows[row.alias] = row
        facts = self.facts[row.case]
        parties = tuple(_facts_of(row) if party.alias == row.alias else party for party in facts.parties)
        self.facts[row.case] = CaseFacts(facts.case, facts.head, parties)

    def send(self) -> World:
        """Send what is queued."""
        for message in self.messages.values():
            if self.states[message.id] == "queued":
                self.states[message.id] = "sent"
                self.sent[message.recipient.key, message.channel] = (message.case, self.now)
        return self

    # -- asking --

    def again(self, case: CaseFacts | Plan) -> CaseFacts:
        """Give a case as it is now."""
        found = case.case
        assert found is not None
        return self.facts[found.id]

    def events(self, case: CaseFacts | Plan) -> list[Event]:
        return [read_event(data) for data in self.stored[self.again(case).case.id]]

    def answer(self, ask: Ask) -> dict[Query, object]:
        return {query: self._answer(query) for query in ask.queries}

    def _answer(self, query: Query) -> object:
        match query:
            case FindIntake():
                return self._intake(query)
            case FindContact():
                return self._contact(query)
            case FindReferences():
                return tuple(f for f in self.facts.values() if f.case.reference in query.references)
            case FindMessageIds():
                found = {i: self.message_ids[i] for i in query.message_ids if i in self.message_ids}
                return {message_id: self.facts[case] for message_id, case in found.items()}
            case FindCases():
                return tuple(self._with_survivors(query.ids))
            case FindMessage():
                return self._message(query)
            case FindEnquiry():
                return self._enquiry(query)
            case FindAuthorities(holder, subjects):
                over = (each for each in self.authorities if each.subject in subjects)
                return tuple(each for each in over if holder is None or each.holder == holder)
            case FindProfile():
                said = tuple(entry for entry in self.ledger if entry.key == query.key)
                citizen, head, points = self.profiles.get(query.key or "", (None, b"", ()))
                return ProfileFacts(citizen, head, Profile(consents=said, contact_points=points))

    def _message(self, query: FindMessage) -> MessageFacts | None:
        message = self.messages.get(query.message_id)
        if message is None:
            return None
        return MessageFacts(
            message.id,
            self.states[message.id],
            self.facts[message.case],
            channel=message.channel,
            purpose=message.purpose,
            key=message.recipient.key,
        )

    def _enquiry(self, query: FindEnquiry) -> EnquiryFacts | None:
        if (query.case, query.enquiry) not in self.enquiries:
            return None
        alias, body = self.enquiries[query.case, query.enquiry]
        own = self.facts[query.case]
        last = list(self._with_survivors((query.case,)))[-1]
        return EnquiryFacts(Enquiry.model_validate_json(body), own, alias, last if last is not own else None)

    def _intake(self, query: FindIntake) -> IntakeFacts:
        mine = [row for row in self.intakes if row.adapter == query.adapter]
        if query.source_id is None:
            alike = (row for row in mine if row.source_id is None and row.digest == query.digest)
            return IntakeFacts(same=next((row for row in alike if query.since <= row.received_at <= query.until), None))
        used = [row for row in mine if row.source_id == query.source_id]
        return IntakeFacts(
            same=next((row for row in used if row.id == query.id), None),
            same_source_id=any(row.id != query.id for row in used),
            other=next((row for row in used if row.id != query.id), None),
        )

    def _contact(self, query: FindContact) -> ContactFacts:
        known = self.contacts.get(query.key, ContactFacts())
        about, at = self.sent.get((query.key, query.channel), (None, None))
        cases = [f for f in self.facts.values() if f.party_of(query.key) and f.case.state_type != "closed"]
        cases.sort(key=lambda facts: facts.case.updated_at, reverse=True)
        cases = cases[: query.limit]
        if about and all(facts.case.id != about for facts in cases):
            cases.append(self.facts[about])
        until = self.restricted.get(query.key)
        return ContactFacts(
            citizen=known.citizen,
            name=known.name,
            shared=known.shared,
            cases=tuple(cases),
            last_message_case=about,
            last_message_at=at,
            restricted_until=until,
        )

    def _with_survivors(self, ids: tuple[str, ...]) -> Iterator[CaseFacts]:
        seen: set[str] = set()
        wanted = list(ids)
        while wanted:
            case = wanted.pop()
            if case in self.facts and case not in seen:
                seen.add(case)
                yield self.facts[case]
                wanted += [into] if (into := self.facts[case].case.merged_into) else []


def _facts_of(row: PartyRow) -> PartyFacts:
    return PartyFacts(row.alias, row.urn.key if row.urn and row.proved else None, row.name, row.citizen, row.acts_for)


def _body(plan: Plan, content: str) -> bytes:
    return next(each.body for each in plan.contents if each.id == content)


def reply(*, to: str | None = None, token: str | None = None, references: tuple[str, ...] = ()) -> Thread:
    """Give the thread of an answer."""
    return Thread(in_reply_to=to, token=token, references=references)


def content_of(plan: Plan, kind: str) -> list[bytes]:
    """Give what a plan keeps of a kind."""
    return [content.body for content in plan.contents if content.kind == kind]


def events_of(plan: Plan) -> list[Event]:
    """Give the events of a plan, case by case."""
    return [sealed.event for change in plan.changes for sealed in change.events]


Fields = Mapping[str, Any]
