"""
Plans and questions: how the pure core and the store work together.

The core is asked for a plan. What it must know it asks for: an `Ask` holds queries of a closed set; the store answers
them and the core is asked again, with all answers so far. When it knows enough it gives a `Plan`: everything that is to
be written, all or nothing, in one transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from onestop.core.case import Case, Draft
from onestop.core.citizen import Citizen, CitizenDraft
from onestop.core.citizen_events import SealedFact
from onestop.core.contact import Urn
from onestop.core.context import Context
from onestop.core.enquiry import Enquiry
from onestop.core.events import ContentRef, Sealed
from onestop.core.gateway import Message
from onestop.core.one_time import OneTimeCode
from onestop.core.profile import Authority, Consent, ContactPoint, Profile
from onestop.core.queries import (
    Ask,
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
    Query,
)

__all__ = [
    "Answers",
    "Ask",
    "CaseChange",
    "CaseFacts",
    "CitizenChange",
    "CitizenFacts",
    "Claim",
    "ContactFacts",
    "Content",
    "EnquiryChange",
    "EnquiryFacts",
    "EnquiryRow",
    "ExternalRefRow",
    "FindAuthorities",
    "FindCases",
    "FindCitizen",
    "FindContact",
    "FindEnquiry",
    "FindIntake",
    "FindMessage",
    "FindMessageIds",
    "FindProfile",
    "FindQuestions",
    "FindReferences",
    "Gatherer",
    "IntakeFacts",
    "IntakeRow",
    "MessageChange",
    "MessageFacts",
    "MessageRow",
    "Outcome",
    "PartyFacts",
    "PartyRow",
    "Plan",
    "ProfileFacts",
    "Query",
    "QuestionRow",
    "RecentCase",
    "TimerRow",
]

Outcome = Literal["opened", "joined", "asked", "repeat", "recorded", "rejected"]


# -- what the store answers --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IntakeFacts:
    """Earlier intakes that may be the same."""

    same: IntakeRow | None = None  # same adapter, source id and digest; without a source id: within the window
    same_source_id: bool = False  # the source id was used before, with other content …
    other: IntakeRow | None = None  # … by this one, or another like it


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """One party of a case."""

    alias: str
    key: str | None  # of the contact point; None when withheld or erased
    name: str | None
    citizen: str | None
    acts_for: str | None = None  # the id of the citizen for whom they speak


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case, the hash of its last event, and who its parties are."""

    case: Case
    head: bytes
    parties: tuple[PartyFacts, ...]

    def party_of(self, key: str | None) -> PartyFacts | None:
        """Give the first party with this contact point."""
        return next(iter(self.parties_of(key)), None)

    def parties_of(self, key: str | None) -> tuple[PartyFacts, ...]:
        """Give the parties with this contact point: several when several people use it."""
        return tuple(party for party in self.parties if party.key == key) if key else ()

    def opened_by(self, key: str) -> bool:
        """Say whether the case was opened from this contact point, which is not so for those who got a copy."""
        opener = next(iter(self.case.parties), None)
        return any(party.alias == opener for party in self.parties_of(key))


@dataclass(frozen=True, slots=True)
class RecentCase:
    """A case of somebody, closed or not."""

    case: str
    service: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What is known of a contact point."""

    citizen: str | None = None  # who holds it, or stands for who does; None: never seen
    name: str | None = None
    merged: str | None = None  # its holder themselves, where another citizen stands for them …
    other_name: str | None = None  # … and that one's name
    shared: bool = False  # several people use it: it identifies nobody
    cases: tuple[CaseFacts, ...] = ()  # not closed, the last changed first; and the one last written about
    last_message_case: str | None = None  # the case of the last message we sent there on the channel asked about
    last_message_at: datetime | None = None
    restricted_until: datetime | None = None  # a person decided to set aside what comes from there until then
    language: str | None = None  # that its holder is recorded with
    recent: tuple[RecentCase, ...] = ()  # its holder's from there, the newest first; only where it was asked
    needs: frozenset[str] = frozenset()  # its holder's; only where it was asked
    stated: bool = False  # there is a profile to ask for
    asked: bool = False  # questions were put to it, open or not
    verified: bool = False  # something showed that it is its holder's

    @property
    def holder(self) -> str | None:
        """The id of its holder themselves, whoever stands for them."""
        return self.merged or self.citizen

    @property
    def names(self) -> tuple[str | None, ...]:
        """The names under which its holder may write."""
        return (self.name,) if self.merged is None else (self.name, self.other_name)

    def is_citizen(self, citizen: str | None) -> bool:
        """Say whether its holder has this id, or had it before they were merged."""
        return citizen is not None and citizen in (self.citizen, self.merged)


@dataclass(frozen=True, slots=True)
class EnquiryFacts:
    """An enquiry as it is kept, and the case it is part of."""

    enquiry: Enquiry
    case: CaseFacts
    party: str  # its sender's alias
    survivor: CaseFacts | None = None  # the case that took the place of its own, when that was merged


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """One of our messages, and its case."""

    id: str
    state: str
    case: CaseFacts
    channel: str
    purpose: str
    key: str | None  # of the contact point that it went to; None: it was erased


@dataclass(frozen=True, slots=True)
class CitizenFacts:
    """What is kept of one citizen, and the hash of their last event; empty: there is none."""

    citizen: Citizen
    head: bytes


@dataclass(frozen=True, slots=True)
class ProfileFacts:
    """What is kept of a citizen, and how they want to be reached."""

    citizen: Citizen | None  # the one who stands for all that were merged; None: nobody is known by the contact point
    head: bytes  # the hash of the citizen's last event; empty: there is none
    profile: Profile  # theirs and that of those who were merged into them
    authorities: tuple[Authority, ...] = ()  # theirs over others, and others' over them
    holders: Mapping[str, str] = field(default_factory=dict, hash=False)  # key → whose the contact point itself is


class Answers:
    """The answers so far; immutable."""

    __slots__ = ("_answers",)

    def __init__(self, answers: Mapping[Query, object] | None = None) -> None:
        self._answers: dict[Query, object] = dict(answers or {})

    def __contains__(self, query: object) -> bool:
        return query in self._answers

    def plus(self, answers: Mapping[Query, object]) -> Answers:
        """Give these answers and further ones."""
        return Answers({**self._answers, **answers})

    def asked_intake(self) -> FindIntake | None:
        """Give the `FindIntake` that was answered: making it again costs a digest of all that the citizen sent."""
        return next((query for query in self._answers if isinstance(query, FindIntake)), None)

    def intake(self, query: FindIntake) -> IntakeFacts:
        """Give the answer to a `FindIntake`."""
        answer = self._answers[query]
        assert isinstance(answer, IntakeFacts)
        return answer

    def contact(self, query: FindContact) -> ContactFacts:
        """Give the answer to a `FindContact`."""
        answer = self._answers[query]
        assert isinstance(answer, ContactFacts)
        return answer

    def cases(self, query: FindReferences | FindCases) -> tuple[CaseFacts, ...]:
        """Give the answer to a `FindReferences` or `FindCases`."""
        answer = self._answers[query]
        assert isinstance(answer, tuple)
        return answer

    def by_message_id(self, query: FindMessageIds) -> Mapping[str, CaseFacts]:
        """Give the answer to a `FindMessageIds`."""
        answer = self._answers[query]
        assert isinstance(answer, dict)
        return answer

    def enquiry(self, query: FindEnquiry) -> EnquiryFacts | None:
        """Give the answer to a `FindEnquiry`."""
        answer = self._answers[query]
        assert answer is None or isinstance(answer, EnquiryFacts)
        return answer

    def authorities(self, query: FindAuthorities) -> tuple[Authority, ...]:
        """Give the answer to a `FindAuthorities`."""
        answer = self._answers[query]
        assert isinstance(answer, tuple)
        return answer

    def profile(self, query: FindProfile) -> ProfileFacts:
        """Give the answer to a `FindProfile`."""
        answer = self._answers[query]
        assert isinstance(answer, ProfileFacts)
        return answer

    def citizen(self, query: FindCitizen) -> CitizenFacts | None:
        """Give the answer to a `FindCitizen`."""
        answer = self._answers[query]
        assert answer is None or isinstance(answer, CitizenFacts)
        return answer

    def questions(self, query: FindQuestions) -> tuple[QuestionRow, ...]:
        """Give the answer to a `FindQuestions`."""
        answer = self._answers[query]
        assert isinstance(answer, tuple)
        return answer

    def message(self, query: FindMessage) -> MessageFacts | None:
        """Give the answer to a `FindMessage`."""
        answer = self._answers[query]
        assert answer is None or isinstance(answer, MessageFacts)
        return answer


# -- what is to be written ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Content:
    """Words or a file, which can be erased; what events say of it is its `ref`."""

    id: str
    kind: Literal["raw", "enquiry", "file", "text", "message", "note", "reason", "fields"]
    media_type: str
    body: bytes
    salt: bytes
    case: str | None

    @property
    def ref(self) -> ContentRef:
        """What an event says of this content."""
        return ContentRef(
            id=self.id, digest=hashlib.sha256(self.salt + self.body).hexdigest(), size_bytes=len(self.body)
        )


@dataclass(frozen=True, slots=True)
class CaseChange:
    """The case as it will be, what it must be before (its version; 0: new), and the events between."""

    before: int
    case: Case
    head: bytes
    events: tuple[Sealed, ...]

    @classmethod
    def of(cls, draft: Draft) -> CaseChange:
        """Give what a draft has to be written."""
        assert draft.case is not None
        return cls(draft.before, draft.case, draft.head, tuple(draft.events))


@dataclass(frozen=True, slots=True)
class PartyRow:
    """Who an alias of a case is; erasable."""

    case: str
    alias: str
    citizen: str | None
    urn: Urn | None
    name: str | None
    proved: bool = True  # False: whoever wrote may not hold the contact point: nothing is found by it
    acts_for: str | None = None  # the id of the citizen for whom they speak


@dataclass(frozen=True, slots=True)
class Claim:
    """A contact point that nobody held is now a citizen's; fails with a conflict when somebody else was first."""

    urn: Urn
    citizen: str
    name: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class CitizenChange:
    """The citizen as they will be, the version they must have before (0: nothing was stated), the events between."""

    before: int
    citizen: Citizen
    head: bytes
    events: tuple[SealedFact, ...]

    @classmethod
    def of(cls, draft: CitizenDraft) -> CitizenChange:
        """Give what a draft has to be written."""
        return cls(draft.before, draft.citizen, draft.head, tuple(draft.events))


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question to a contact point; written again when it was answered or nobody waits for it any more."""

    key: str
    id: str
    case: str
    party: str
    asked_at: datetime
    until: datetime
    state: Literal["open", "answered", "lapsed", "withdrawn"]
    document: str


@dataclass(frozen=True, slots=True)
class EnquiryRow:
    """An enquiry of a case, and what later messages may be threaded by."""

    id: str
    case: str
    party: str
    channel: str
    received_at: datetime
    content: str
    message_id: str | None


@dataclass(frozen=True, slots=True)
class EnquiryChange:
    """The content that holds an enquiry from now on."""

    case: str
    id: str
    content: str


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message for the outbox."""

    id: str
    case: str
    party: str
    channel: str
    recipient: Urn
    purpose: str
    content: str
    due_at: datetime  # not before
    state: str = "queued"  # or task, muted, denied
    code: str | None = None  # why it is not for a gateway


@dataclass(frozen=True, slots=True)
class MessageChange:
    """What became of a message, or until when it waits."""

    id: str
    state: str
    code: str | None = None
    due_at: datetime | None = None
    address_fails: bool = False  # its contact point cannot be reached on its channel


@dataclass(frozen=True, slots=True)
class TimerRow:
    """A deadline of a case: void as soon as the case's `state_version` is another than `generation`."""

    id: str
    case: str
    kind: str
    due_at: datetime
    generation: int


@dataclass(frozen=True, slots=True)
class ExternalRefRow:
    """Another system's id of a case."""

    case: str
    system: str
    ref: str


@dataclass(frozen=True, slots=True)
class IntakeRow:
    """What was taken in, how a repeat is told, and what became of it."""

    id: str
    adapter: str
    source_id: str | None
    digest: str
    received_at: datetime
    outcome: Outcome
    case: str | None
    enquiry: str | None
    raw: str | None  # the content id of the payload


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is to be written, all or nothing."""

    outcome: Outcome
    case: Case | None = None  # the one it is about
    changes: tuple[CaseChange, ...] = ()
    contents: tuple[Content, ...] = ()
    parties: tuple[PartyRow, ...] = ()
    party_changes: tuple[PartyRow, ...] = ()  # who an alias that is there turned out to be
    claims: tuple[Claim, ...] = ()
    shared: tuple[str, ...] = ()  # keys of contact points that turned out to be several people's
    enquiries: tuple[EnquiryRow, ...] = ()
    enquiry_changes: tuple[EnquiryChange, ...] = ()
    messages: tuple[MessageRow, ...] = ()
    message_changes: tuple[MessageChange, ...] = ()
    timers: tuple[TimerRow, ...] = ()
    external_refs: tuple[ExternalRefRow, ...] = ()
    citizens: tuple[CitizenChange, ...] = ()
    contact_points: tuple[tuple[str, ContactPoint], ...] = ()  # the citizen's id, and the address as it is from now on
    released: tuple[str, ...] = ()  # keys of contact points that nobody holds any more
    consents: tuple[Consent, ...] = ()
    authorities: tuple[Authority, ...] = ()  # new ones, and those that were ended
    questions: tuple[QuestionRow, ...] = ()
    codes: tuple[OneTimeCode, ...] = ()  # new ones
    code_changes: tuple[tuple[OneTimeCode, OneTimeCode], ...] = ()  # as it was, and as it is from now on
    intake: IntakeRow | None = None
    code: str | None = None  # why it was rejected

    @property
    def of_citizens(self) -> bool:
        """Whether it writes anything of citizens and their contact points, beyond who claims one."""
        known = self.citizens or self.contact_points or self.released or self.consents or self.authorities
        return bool(known or self.questions or self.codes or self.code_changes)


class Gatherer:
    """Collects what a plan writes while its events are being made."""

    __slots__ = ("_context", "contents", "messages", "questions")

    def __init__(self, context: Context) -> None:
        self._context = context
        self.contents: list[Content] = []
        self.messages: list[MessageRow] = []
        self.questions: list[QuestionRow] = []

    def content(
        self,
        kind: Literal["enquiry", "file", "text", "message", "note", "reason", "fields"],
        body: bytes,
        *,
        case: str,
        media_type: str = "application/json",
    ) -> Content:
        """Put words or a file aside; give what holds it."""
        mint = self._context.mint
        content = Content(mint.id("d"), kind, media_type, body, mint.salt(), case)
        self.contents.append(content)
        return content

    def message(
        self,
        message: Message,
        *,
        case: str,
        party: str,
        due_at: datetime | None = None,
        state: str = "queued",
        code: str | None = None,
    ) -> Content:
        """Put a message into the outbox, for a gateway unless the state says otherwise; give what holds its words."""
        content = self.content("message", message.model_dump_json().encode(), case=case)
        self.messages.append(
            MessageRow(
                id=message.id,
                case=case,
                party=party,
                channel=message.channel,
                recipient=message.recipient,
                purpose=message.purpose,
                content=content.id,
                due_at=due_at or message.created_at,
                state=state,
                code=code,
            )
        )
        return content
