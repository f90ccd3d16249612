"""
The tables: the present of every case, its history, and everything personal in rows of their own.

Times are whole microseconds since 1970 in UTC. Everything that can identify somebody (names, addresses, words, files,
payloads, salts) stands in `party`, `citizen`, `citizen_event`, `citizen_need`, `contact_point`, `consent`, `authority`,
`question`, `restriction`, `enquiry.message_id`, `content`, `message.urn` and the whole of `intake` (its digests would
confirm a guess), which can be erased; `case` and `event` hold nothing personal and are never erased.

Ids begin with a time, so that new rows stand side by side, and tables whose rows are small are kept in the order of
their key (WITHOUT ROWID): a commit writes whole pages, and its cost is the number of trees it touches. For the same
reason there is no index that a listing can do without.

There are no foreign keys: rows are written together in one transaction, erased in an order of their own, and
`onestop verify` looks for what would be missing.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = [
    "HEAD",
    "MESSAGE_IS_URGENT",
    "MESSAGE_WAITS",
    "PREFIX",
    "TIMER_WAITS",
    "AuthorityTable",
    "Base",
    "CaseTable",
    "CitizenEventTable",
    "CitizenNeedTable",
    "CitizenTable",
    "ConsentTable",
    "ContactPointTable",
    "ContentTable",
    "EnquiryTable",
    "EventTable",
    "ExternalRefTable",
    "IntakeTable",
    "MessageTable",
    "MetaTable",
    "PartyTable",
    "PolicyTable",
    "QuestionTable",
    "RejectedTable",
    "RestrictionTable",
    "TimerTable",
]

PREFIX = "onestop_"  # so that a host can keep our tables in its own database
HEAD = "0004"  # the newest migration
# Conditions of partial indices, word by word: a statement that is to be served by one has the same words.
MESSAGE_WAITS = "state IN ('queued', 'sending', 'task', 'in_doubt')"
MESSAGE_IS_URGENT = "state = 'queued' AND purpose = 'urgent'"
TIMER_WAITS = "done = 0"


class Base(DeclarativeBase):
    """All tables of onestop."""

    type_annotation_map = {int: BigInteger, bytes: LargeBinary}  # noqa: RUF012 — SQLAlchemy reads it as it is


_BY_KEY = {"sqlite_with_rowid": False}


class MetaTable(Base):
    """What belongs to the store itself, such as the secret that ids are minted with."""

    __tablename__ = f"{PREFIX}meta"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[bytes]


class PolicyTable(Base):
    """Every policy that made a decision, whole, by its hash."""

    __tablename__ = f"{PREFIX}policy"

    hash: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[bytes]
    first_used_at: Mapped[int]


class CaseTable(Base):
    """The present of a case; `document` is the whole of it, the columns are for looking it up."""

    __tablename__ = f"{PREFIX}case"

    id: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    service: Mapped[str]
    provider: Mapped[str | None]
    state: Mapped[str]
    state_type: Mapped[str]
    priority: Mapped[int]  # 0 low … 3 urgent
    flags: Mapped[str] = mapped_column(server_default=text("''"))  # each between blanks; empty for none
    assignee: Mapped[str | None]
    opened_at: Mapped[int]
    updated_at: Mapped[int]
    target_at: Mapped[int | None]
    version: Mapped[int]
    head: Mapped[bytes]  # the hash of its last event
    document: Mapped[str]

    __table_args__ = (
        Index(f"ix_{PREFIX}case_service", "service", "opened_at"),
        Index(f"ix_{PREFIX}case_opened", "opened_at"),
        Index(
            f"ix_{PREFIX}case_flagged",
            "opened_at",
            sqlite_where=text("flags <> ''"),
            postgresql_where=text("flags <> ''"),
        ),
        Index(
            f"ix_{PREFIX}case_target",
            "target_at",
            sqlite_where=text("target_at IS NOT NULL"),
            postgresql_where=text("target_at IS NOT NULL"),
        ),
        _BY_KEY,
    )


class EventTable(Base):
    """The history: `data` is what the hash covers; `position` orders the events of all cases."""

    __tablename__ = f"{PREFIX}event"

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    case_id: Mapped[str]
    seq: Mapped[int]
    type: Mapped[str]
    at: Mapped[int]
    data: Mapped[bytes]
    hash: Mapped[bytes]

    __table_args__ = (UniqueConstraint("case_id", "seq", name=f"uq_{PREFIX}event_seq"),)


class PartyTable(Base):
    """Who an alias of a case is."""

    __tablename__ = f"{PREFIX}party"

    case_id: Mapped[str] = mapped_column(primary_key=True)
    alias: Mapped[str] = mapped_column(primary_key=True)
    citizen_id: Mapped[str | None]
    key: Mapped[str | None]
    urn: Mapped[str | None]
    name: Mapped[str | None]
    acts_for: Mapped[str | None]  # the citizen for whom they speak

    __table_args__ = (Index(f"ix_{PREFIX}party_key", "key"), _BY_KEY)


class CitizenTable(Base):
    """A person, household or organisation."""

    __tablename__ = f"{PREFIX}citizen"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    language: Mapped[str | None]
    created_at: Mapped[int]
    version: Mapped[int] = mapped_column(server_default=text("0"))  # how many events there are
    head: Mapped[bytes | None]  # the hash of the last one
    document: Mapped[str | None]  # what was stated; None: nothing yet
    merged_into: Mapped[str | None]  # the citizen who stands for this one

    __table_args__ = (_BY_KEY,)


class CitizenEventTable(Base):
    """The history of what was stated of a citizen; all of it is personal, and goes when the citizen is erased."""

    __tablename__ = f"{PREFIX}citizen_event"

    citizen_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]
    at: Mapped[int]
    data: Mapped[bytes]
    hash: Mapped[bytes]

    __table_args__ = (_BY_KEY,)


class ConsentTable(Base):
    """The ledger of consents: rows are written and never changed, the newest of its kind holds."""

    __tablename__ = f"{PREFIX}consent"

    key: Mapped[str] = mapped_column(primary_key=True)  # of the contact point
    id: Mapped[str] = mapped_column(primary_key=True)  # begins with the time: they stand in order
    at: Mapped[int]
    document: Mapped[str]

    __table_args__ = (_BY_KEY,)


class AuthorityTable(Base):
    """Who may act for whom."""

    __tablename__ = f"{PREFIX}authority"

    id: Mapped[str] = mapped_column(primary_key=True)
    holder_id: Mapped[str]
    subject_id: Mapped[str]
    document: Mapped[str]

    __table_args__ = (
        Index(f"ix_{PREFIX}authority_holder", "holder_id"),
        Index(f"ix_{PREFIX}authority_subject", "subject_id"),
        _BY_KEY,
    )


class QuestionTable(Base):
    """A question that was put to a contact point, until it is answered or nobody waits for it any more."""

    __tablename__ = f"{PREFIX}question"

    key: Mapped[str] = mapped_column(primary_key=True)  # of the contact point
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str]
    party: Mapped[str]
    asked_at: Mapped[int]
    until: Mapped[int]
    state: Mapped[str]  # open | answered | lapsed | withdrawn
    document: Mapped[str]

    __table_args__ = (Index(f"ix_{PREFIX}question_case", "case_id"), _BY_KEY)


class OneTimeCodeTable(Base):
    """A code that was sent to a contact point, without its digits: those are made from the salt and the secret."""

    __tablename__ = f"{PREFIX}one_time_code"

    key: Mapped[str] = mapped_column(primary_key=True)  # of the contact point
    id: Mapped[str] = mapped_column(primary_key=True)
    citizen_id: Mapped[str]  # who held the contact point
    salt: Mapped[bytes]
    issued_at: Mapped[int]
    until: Mapped[int]
    attempts: Mapped[int]
    state: Mapped[str]  # open | used | void

    __table_args__ = (_BY_KEY,)


class CitizenNeedTable(Base):
    """What a citizen needs; a row of it says something of somebody's health."""

    __tablename__ = f"{PREFIX}citizen_need"

    citizen_id: Mapped[str] = mapped_column(primary_key=True)
    need: Mapped[str] = mapped_column(primary_key=True)
    recorded_by: Mapped[str]
    recorded_at: Mapped[int]
    until: Mapped[int | None]  # it is none any more from then on

    __table_args__ = (_BY_KEY,)


class ContactPointTable(Base):
    """An address of a citizen; its key is unique, so that two intakes cannot claim it for two citizens."""

    __tablename__ = f"{PREFIX}contact_point"

    key: Mapped[str] = mapped_column(primary_key=True)
    urn: Mapped[str]
    citizen_id: Mapped[str]
    shared: Mapped[int]  # 1: several people use it
    verified_by: Mapped[str | None]
    verified_at: Mapped[int | None]
    created_at: Mapped[int]
    shared_kind: Mapped[str | None]  # of a shared one: a household's, a hostel's …
    verified_how: Mapped[str | None]
    failures: Mapped[str | None]  # by channel, as JSON
    stated: Mapped[int] = mapped_column(server_default=text("0"))  # 1: its holder, or the ledger, has something to say
    asked: Mapped[int] = mapped_column(server_default=text("0"))  # 1: a question was put to it, open or not
    postcode: Mapped[str | None]  # of a postal address, where it has one

    __table_args__ = (
        Index(f"ix_{PREFIX}contact_point_citizen", "citizen_id"),
        Index(
            f"ix_{PREFIX}contact_point_postcode",
            "postcode",
            sqlite_where=text("postcode IS NOT NULL"),
            postgresql_where=text("postcode IS NOT NULL"),
        ),
        _BY_KEY,
    )


class EnquiryTable(Base):
    """An enquiry of a case; its words are content."""

    __tablename__ = f"{PREFIX}enquiry"

    case_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    party: Mapped[str]
    channel: Mapped[str]
    received_at: Mapped[int]
    seq: Mapped[int]  # of its event in the case: several may be received in one moment
    content_id: Mapped[str]
    message_id: Mapped[str | None]

    __table_args__ = (
        Index(
            f"ix_{PREFIX}enquiry_message",
            "message_id",
            sqlite_where=text("message_id IS NOT NULL"),
            postgresql_where=text("message_id IS NOT NULL"),
        ),
        _BY_KEY,
    )


class ContentTable(Base):
    """Words, files and payloads; without the row the digest in the event tells nothing."""

    __tablename__ = f"{PREFIX}content"

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str | None]
    kind: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    salt: Mapped[bytes]
    body: Mapped[bytes | None]  # None: the content store keeps it elsewhere


class MessageTable(Base):
    """The outbox, and what became of each message."""

    __tablename__ = f"{PREFIX}message"

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str]
    party: Mapped[str]
    channel: Mapped[str]
    key: Mapped[str | None]
    urn: Mapped[str | None]
    purpose: Mapped[str]
    seq: Mapped[int]  # of the event that queued it: when it is due changes with every try
    content_id: Mapped[str]
    state: Mapped[str]
    due_at: Mapped[int]
    leased_until: Mapped[int | None]
    attempts: Mapped[int]
    sent_at: Mapped[int | None]
    gateway_id: Mapped[str | None]
    code: Mapped[str | None]

    __table_args__ = (
        Index(f"ix_{PREFIX}message_case", "case_id"),
        Index(
            f"ix_{PREFIX}message_sent",
            "key",
            "channel",
            "sent_at",
            sqlite_where=text("sent_at IS NOT NULL"),
            postgresql_where=text("sent_at IS NOT NULL"),
        ),
        Index(
            f"ix_{PREFIX}message_waiting",
            "channel",
            "state",
            "due_at",
            sqlite_where=text(MESSAGE_WAITS),
            postgresql_where=text(MESSAGE_WAITS),
        ),
        Index(  # what comes first is found without a look at what it overtakes, and costs the others nothing
            f"ix_{PREFIX}message_urgent",
            "channel",
            "due_at",
            sqlite_where=text(MESSAGE_IS_URGENT),
            postgresql_where=text(MESSAGE_IS_URGENT),
        ),
        Index(
            f"ix_{PREFIX}message_gateway",
            "gateway_id",
            sqlite_where=text("gateway_id IS NOT NULL"),
            postgresql_where=text("gateway_id IS NOT NULL"),
        ),
        _BY_KEY,
    )


class TimerTable(Base):
    """Deadlines; `done` is 0 until the timer has fired or turned out to be void."""

    __tablename__ = f"{PREFIX}timer"

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str]
    kind: Mapped[str]
    due_at: Mapped[int]
    generation: Mapped[int]
    leased_until: Mapped[int | None]
    done: Mapped[int]

    __table_args__ = (
        Index(f"ix_{PREFIX}timer_due", "due_at", sqlite_where=text(TIMER_WAITS), postgresql_where=text(TIMER_WAITS)),
    )


class IntakeTable(Base):
    """What was taken in; `known_by` is the source id, or the digest where the gateway gave none."""

    __tablename__ = f"{PREFIX}intake"

    known_by: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)  # the identity that tells a repeat
    adapter: Mapped[str]
    source_id: Mapped[str | None]
    digest: Mapped[str]
    received_at: Mapped[int]
    outcome: Mapped[str]
    case_id: Mapped[str | None]
    enquiry_id: Mapped[str | None]
    raw_id: Mapped[str | None]

    __table_args__ = (_BY_KEY,)


class RestrictionTable(Base):
    """A person's decision to set aside what comes from a contact point, until a date."""

    __tablename__ = f"{PREFIX}restriction"

    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]
    urn: Mapped[str]
    set_at: Mapped[int]
    set_by: Mapped[str]
    until: Mapped[int]
    reason_id: Mapped[str]  # content
    lifted_at: Mapped[int | None]
    lifted_by: Mapped[str | None]

    __table_args__ = (Index(f"ix_{PREFIX}restriction_key", "key"), _BY_KEY)


class RejectedTable(Base):
    """Payloads that could not be taken in, kept until somebody has dealt with them."""

    __tablename__ = f"{PREFIX}rejected"

    id: Mapped[str] = mapped_column(primary_key=True)
    adapter: Mapped[str]
    received_at: Mapped[int]
    code: Mapped[str]
    reason: Mapped[str]
    raw_id: Mapped[str]
    attempts: Mapped[int]
    state: Mapped[str]  # open | taken_in

    __table_args__ = (Index(f"ix_{PREFIX}rejected_state", "state", "received_at"),)


class ExternalRefTable(Base):
    """Another system's id of a case."""

    __tablename__ = f"{PREFIX}external_ref"

    system: Mapped[str] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str]
