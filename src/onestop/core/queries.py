"""
Queries: what the core may ask of the store before it decides.

The set is closed. Each query says what its answer is; `plan` has the answers themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

__all__ = [
    "Ask",
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
    "Query",
]


@dataclass(frozen=True, slots=True)
class FindIntake:
    """Was this taken in before? → `IntakeFacts`."""

    id: str  # the identity of the intake
    adapter: str
    source_id: str | None
    digest: str
    since: datetime  # without a source id only what came from this moment …
    until: datetime  # … to this one counts: a backlog may come after what was written later


@dataclass(frozen=True, slots=True)
class FindContact:
    """What is known of a contact point? → `ContactFacts`."""

    LIMIT: ClassVar[int] = 20

    key: str
    channel: str  # the last message is looked for on this channel
    limit: int = LIMIT  # cases, the last changed first
    recent: bool = False  # which cases they had lately, too
    needs: datetime | None = None  # what they need at this moment, too


@dataclass(frozen=True, slots=True)
class FindReferences:
    """Which cases have these references? → tuple of `CaseFacts`, in no order."""

    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindMessageIds:
    """
    Which cases do these Message-IDs belong to? → dict of Message-ID → `CaseFacts`.

    Our own messages come first, then the first enquiry that had the id: others can copy it. One that very many had is
    left out.
    """

    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindCases:
    """What are the cases with these ids, and those they were merged into, to the end? → tuple of `CaseFacts`."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindMessage:
    """Which of our messages is meant by this id? → `MessageFacts` or None."""

    message_id: str  # our id, the Message-ID we gave it, or the gateway's id of it
    recipient_key: str | None  # where the gateway says for whom it was


@dataclass(frozen=True, slots=True)
class FindEnquiry:
    """What does an enquiry of a case say? → `EnquiryFacts`, or None when its words were erased."""

    case: str
    enquiry: str


@dataclass(frozen=True, slots=True)
class FindProfile:
    """How does somebody want to be reached? By the citizen's id, or by the key of a contact point → `ProfileFacts`."""

    citizen: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class FindCitizen:
    """What was stated of a citizen themselves, whoever stands for them? → `CitizenFacts` or None."""

    id: str


@dataclass(frozen=True, slots=True)
class FindQuestions:
    """What was a contact point asked? → tuple of `QuestionRow`, the newest first, whatever became of them."""

    LIMIT: ClassVar[int] = 20

    key: str
    limit: int = LIMIT


@dataclass(frozen=True, slots=True)
class FindAuthorities:
    """
    Who may act for these citizens? → tuple of `Authority`, with the ids that were asked for, whoever was merged since.

    Those of a holder alone; without one, everybody's.
    """

    holder: str | None
    subjects: tuple[str, ...]


Query = (
    FindAuthorities
    | FindEnquiry
    | FindIntake
    | FindContact
    | FindReferences
    | FindMessageIds
    | FindCases
    | FindCitizen
    | FindMessage
    | FindProfile
    | FindQuestions
)


@dataclass(frozen=True, slots=True)
class Ask:
    """What the core must know before it can decide."""

    queries: tuple[Query, ...]
