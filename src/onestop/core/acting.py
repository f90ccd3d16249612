"""
Acting for somebody: for whom the sender of an enquiry speaks, and whether they may.

Nothing is asked of the store for who writes about their own matter. Authorities are looked up when the enquiry says for
whom it is, or names a case whose citizen is somebody else. Only a contact point says who that is: a name that somebody
wrote identifies nobody, and is for a person to look at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from onestop.core.authority import Allowed, Denial, Refused, authority_for, denial_of
from onestop.core.contact import Urn
from onestop.core.enquiry import Enquiry
from onestop.core.events import Candidate
from onestop.core.plan import CaseFacts, ContactFacts, FindAuthorities, FindContact, PartyFacts
from onestop.core.profile import Authority
from onestop.errors import ContactPointError

__all__ = [
    "AUTHORITY_REVIEW",
    "NOBODY_ELSE",
    "REPRESENTATIVE",
    "Acting",
    "MaySpeak",
    "lacking",
    "named_by",
    "subjects_of",
]

AUTHORITY_REVIEW = "authority_review"  # flag: a person looks whether somebody may speak for the citizen
REPRESENTATIVE = "representative"  # the role of a party who speaks for another citizen
_MOST_SUBJECTS = 20  # citizens whose authorities one enquiry has looked up
_LONGEST_URN = 400
_LACKING = frozenset({"authority_expired", "no_authority"})  # why a case is only a candidate


@dataclass(frozen=True, slots=True)
class MaySpeak:
    """Whether somebody may speak for a citizen."""

    subject: str  # the citizen's id
    verdict: Allowed | Refused

    @property
    def authority(self) -> str | None:
        """The id of the authority by which they may."""
        return self.verdict.authority if isinstance(self.verdict, Allowed) else None

    @property
    def denial(self) -> Denial | None:
        """Why they may not, in the word of candidates and messages; None: they may."""
        return denial_of(self.verdict) if isinstance(self.verdict, Refused) else None


def named_by(enquiry: Enquiry) -> FindContact | None:
    """Give what asks who it is that an enquiry is on behalf of; None where it names nobody by a contact point."""
    named = enquiry.on_behalf_of
    if not named or len(named) > _LONGEST_URN or enquiry.kind == "auto_reply":
        return None
    try:
        urn = Urn.parse(named)
    except ContactPointError:
        return None
    if enquiry.sender is not None and urn.key == enquiry.sender.key:
        return None  # their own
    return FindContact(urn.key, enquiry.channel, 0)


def lacking(candidates: Iterable[Candidate]) -> bool:
    """Say whether one of some cases was not joined since the sender may not speak for its citizen."""
    return any(candidate.because in _LACKING for candidate in candidates)


def subjects_of(facts: CaseFacts, key: str | None) -> tuple[str, ...]:
    """
    Give the citizens whose matter a case is, as far as they are known, for whom a contact point's holder would speak.

    There are none where the contact point is of somebody whose own matter it is.
    """
    own = facts.parties_of(key)
    if any(party.acts_for is None and facts.case.parties.get(party.alias) != "copied" for party in own):
        return ()
    found = (_subject(facts, party) for party in facts.parties)
    return tuple(dict.fromkeys(subject for subject in found if subject is not None))


def _subject(facts: CaseFacts, party: PartyFacts) -> str | None:
    if party.acts_for is not None:
        return party.acts_for
    return party.citizen if facts.case.parties.get(party.alias) == "sender" else None


@dataclass(frozen=True, slots=True)
class Acting:
    """Who writes, for whom they say they do, and what authority they have."""

    holder: str | None = None  # the sender, as far as they are known; None: nobody who could have authority
    key: str | None = None  # of the sender's contact point
    subject: str | None = None  # who is named as the one for whom
    said: bool = False  # it says that it is for somebody else
    authorities: tuple[Authority, ...] = ()
    now: datetime | None = None

    @classmethod
    def of(cls, enquiry: Enquiry, contact: ContactFacts, named: ContactFacts | None, now: datetime) -> Acting:
        """Give who acts, before their authorities are known; where several people write from, it is nobody known."""
        known = enquiry.proved and enquiry.sender is not None and not contact.shared
        key = enquiry.sender.key if enquiry.sender is not None and enquiry.proved else None
        subject = named.holder if named is not None and not named.shared else None
        return cls(contact.citizen if known else None, key, subject, _says_so(enquiry), (), now)

    def asks(self, cases: Iterable[CaseFacts]) -> FindAuthorities | None:
        """Give what must be known of their authority over those whose matters the cases are; None: nothing."""
        if self.holder is None:
            return None
        named = [self.subject] if self.subject is not None else []
        subjects = [*named, *(subject for facts in cases for subject in subjects_of(facts, self.key))]
        wanted = tuple(sorted(set(subjects) - {self.holder}))[:_MOST_SUBJECTS]
        return FindAuthorities(self.holder, wanted) if wanted else None

    def in_case(self, facts: CaseFacts) -> MaySpeak | None:
        """
        Say whether the sender may speak for the citizen of a case; None where it is their own, or nothing says so.

        A party who spoke for the citizen before is asked each time: what they were allowed may have ended.
        """
        subjects = subjects_of(facts, self.key)
        if not subjects:
            return None
        standings = [self._over(subject, facts.case.service) for subject in subjects]
        allowed = next((each for each in standings if each.denial is None), None)
        if allowed is not None:
            return allowed
        spoke = [party.acts_for for party in facts.parties_of(self.key) if party.acts_for is not None]
        known = [each for each in standings if each.subject in spoke or each.verdict != Refused("none")]
        return next(iter(known), None)

    def of_new(self, service: str) -> MaySpeak | None:
        """Say whether the sender may speak for whom they named, in a case of its own at a service."""
        return self._over(self.subject, service) if self.subject is not None else None

    def in_doubt(self, service: str, *, by_worker: bool) -> bool:
        """Say whether a person must look for whom it is: a name is enough where a worker wrote it down."""
        if not self.said:
            return False
        standing = self.of_new(service)
        return not by_worker if standing is None else standing.denial is not None

    def doubted(
        self, looked_at: Iterable[Candidate], joined: CaseFacts | None, service: str, *, by_worker: bool
    ) -> bool:
        """Say whether a person must look if the sender may speak for whom they do; `looked_at` are cases not joined."""
        standing = self.in_case(joined) if joined else None
        if standing is not None:  # a worker chose the case of somebody for whom they may not speak
            return standing.denial is not None
        return lacking(looked_at) or self.in_doubt(service, by_worker=by_worker)

    def _over(self, subject: str, service: str) -> MaySpeak:
        assert self.now is not None
        return MaySpeak(subject, authority_for(self.authorities, self.holder, subject, service, self.now))


NOBODY_ELSE = Acting()
"""Who speaks for themselves."""


def _says_so(enquiry: Enquiry) -> bool:
    return bool(enquiry.on_behalf_of) and enquiry.kind != "auto_reply" and not _is_themselves(enquiry)


def _is_themselves(enquiry: Enquiry) -> bool:
    """Say whether somebody wrote on behalf of their own contact point."""
    try:
        urn = Urn.parse((enquiry.on_behalf_of or "")[:_LONGEST_URN])
    except ContactPointError:
        return False
    return urn.same(enquiry.sender)
