"""
The profile: how a citizen wants and needs to be reached, as it was stated, and by whom.

Everything here is a statement with its source. What is only learned (the channel they last used) is no statement, is
not kept here, and decides only where nothing was stated. Which statement wins is `choice`'s to say;
docs/explanation/preference.md has the order and the reasons.
"""

from __future__ import annotations

from datetime import time
from typing import Literal

from pydantic import Field

from onestop.core.contact import Urn
from onestop.core.enquiry import Channel
from onestop.core.model import Frozen, FrozenMap, UtcDatetime
from onestop.core.postcode import postcode_of
from onestop.core.purposes import Purpose

__all__ = [
    "Authority",
    "AuthorityRole",
    "CitizenKind",
    "Consent",
    "ContactPoint",
    "Failure",
    "Need",
    "Preference",
    "Profile",
    "Proof",
    "QuietHours",
    "QuietSpan",
    "SharedKind",
    "Source",
    "Verification",
    "VerifiedHow",
    "Weekday",
]

CitizenKind = Literal["person", "household", "organisation", "group"]
SharedKind = Literal["household", "hostel", "phone_box", "office", "unknown"]
VerifiedHow = Literal["reply_token", "one_time_code", "agent", "gateway"]
AuthorityRole = Literal["carer", "councillor", "interpreter", "appointee", "attorney", "advocate", "other"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Word = Field(default=None, max_length=100)


class Proof(Frozen):
    """What shows that something was said: the enquiry that said it, or a document that a person saw."""

    case: str | None = None  # its id
    enquiry: str | None = None  # its id
    document: str | None = Field(default=None, max_length=200)  # such as "LPA register, seen 2 March"


class Source(Frozen):
    """Who stated a thing, when, and how it reached us."""

    by: str  # the actor: kind:id
    at: UtcDatetime
    channel: Channel | None = None  # None: in the host's own system
    proof: Proof = Proof()


class Verification(Frozen):
    """What shows that a contact point is its holder's."""

    how: VerifiedHow
    by: str  # the actor
    at: UtcDatetime


class Failure(Frozen):
    """A gateway said for good that a contact point cannot be reached."""

    channel: Channel
    at: UtcDatetime
    code: str | None = None  # the gateway's, such as 5.1.1


class ContactPoint(Frozen):
    """One address of a citizen, and what is known of the address itself."""

    urn: Urn
    shared: SharedKind | None = None  # several people use it: it identifies nobody
    verified: Verification | None = None
    failures: tuple[Failure, ...] = ()  # by channel: a number that takes no texts may be rung

    @property
    def postcode(self) -> str | None:
        """The UK postcode of a postal address; None: it has none that can be one, or this is no postal address."""
        return postcode_of(self.urn)


class Preference(Frozen):
    """
    Channels by which somebody wants to hear from us, in their order; none at all means: not.

    Of one case, or of one service, or of everything; for one purpose, or for all.
    """

    channels: tuple[Channel, ...] = Field(max_length=8)
    purpose: Purpose | None = None  # None: for all
    service: str | None = Word
    case: str | None = Word  # its id
    contact_point: Urn | None = None  # this address, where a channel could reach several
    until: UtcDatetime | None = None  # it holds before this moment; it then comes before what has no end
    source: Source


class QuietSpan(Frozen):
    """A part of a day in local time; one that ends before it begins goes on into the next day."""

    start: time
    end: time  # exclusive; the same as `start`: the whole day


class QuietHours(Frozen):
    """When somebody does not want to hear from us, by the weekday on which the span begins."""

    spans: FrozenMap[Weekday, tuple[QuietSpan, ...]]
    zone: str | None = Field(default=None, max_length=60)  # IANA; None: the council's
    until: UtcDatetime | None = None
    source: Source


class Need(Frozen):
    """What somebody needs of us, never why: `needs` has what each code asks for."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")
    until: UtcDatetime | None = None
    source: Source


class Consent(Frozen):
    """One entry of the ledger: given or withdrawn, for what, by which channel, and what shows it. Never changed."""

    id: str
    key: str  # of the contact point that it is about
    channel: Channel | None = None  # None: all that reach the contact point
    purpose: Purpose | None = None  # None: for all
    service: str | None = Word
    case: str | None = Word  # its id
    given: bool
    wording: str | None = Word  # the version of the words that were agreed to
    source: Source


class Authority(Frozen):
    """That one citizen may act for another."""

    id: str
    holder: str  # the id of the citizen who acts
    subject: str  # the id of the citizen for whom
    role: AuthorityRole
    services: tuple[str, ...] = Field(default=(), max_length=200)  # only these; empty: all
    answers: bool = True  # they may be told about the matter, too, and not only write
    since: UtcDatetime
    until: UtcDatetime | None = None
    ended_at: UtcDatetime | None = None  # before its time, by a person
    source: Source


class Profile(Frozen):
    """
    All that a choice of channel needs to know of one citizen, theirs and that of those who were merged into them.

    Of a contact point that nobody is known by, or that several people use, there is no more than that one.
    """

    citizen: str | None = None
    kind: CitizenKind = "person"
    language: str | None = None  # BCP 47, as stated
    zone: str | None = None  # IANA; None: the council's
    contact_points: tuple[ContactPoint, ...] = ()  # in the order they became known
    preferences: tuple[Preference, ...] = ()  # in the order stated: of two alike the later holds
    quiet_hours: tuple[QuietHours, ...] = ()
    needs: tuple[Need, ...] = ()
    consents: tuple[Consent, ...] = ()  # the ledger of these contact points, in the order written
