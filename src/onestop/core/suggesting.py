"""
Suggesting: may two citizens be one? For a person to decide; nothing is merged by itself.

Each fact that speaks for it is named. How sure we are is a word of three, made of the facts and of nothing learned:
`strong` needs something that only one person has, shown to be theirs; a name and an address are never more than
`likely`, since families share both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from onestop.core.matching import names_differ
from onestop.core.plan import ProfileFacts
from onestop.core.profile import ContactPoint

__all__ = ["Claims", "Confidence", "Fact", "Suggestion", "suggest"]

Confidence = Literal["weak", "likely", "strong"]
Fact = Literal["reply_token", "verified_contact_point", "same_mailbox", "same_postcode", "same_name"]

_WEIGHTS: dict[Fact, int] = {
    "reply_token": 3,  # one answered, from their own address, what only the other was sent
    "verified_contact_point": 2,  # one says that a contact point is theirs which was verified as the other's
    "same_mailbox": 2,  # both verified, and the same but for a tag behind a plus
    "same_postcode": 1,
    "same_name": 1,
}
_STRONG, _LIKELY = 3, 2


class Claims(NamedTuple):
    """What is known beside two profiles, by keys of contact points."""

    said: frozenset[str] = frozenset()  # that one of them said are theirs
    answered: frozenset[str] = frozenset()  # from which one of them used a reply token of a message to the other


_NONE = Claims()


class Suggestion(NamedTuple):
    """Two citizens who may be one, and what speaks for it."""

    one: str
    other: str
    facts: tuple[Fact, ...]
    confidence: Confidence


def suggest(one: ProfileFacts, other: ProfileFacts, claims: Claims = _NONE) -> Suggestion | None:
    """
    Give what speaks for two citizens being one; None where nothing does, or something stands against it.

    A contact point that several people use speaks for nothing. Two names that cannot be one person's stand against it,
    and so do two kinds of citizen, and that one acts for the other.
    """
    first, second = one.citizen, other.citizen
    if first is None or second is None or first.id == second.id or first.kind != second.kind:
        return None
    if names_differ(first.name, second.name) or _acts_for(one, {first.id, second.id}):
        return None
    facts = tuple(_facts(_own(one), _own(other), claims))
    if first.name and second.name:
        facts = (*facts, "same_name")
    if not facts:
        return None
    weight = sum(_WEIGHTS[fact] for fact in facts)
    confidence: Confidence = "strong" if weight >= _STRONG else "likely" if weight >= _LIKELY else "weak"
    return Suggestion(first.id, second.id, facts, confidence)


def _acts_for(one: ProfileFacts, two: set[str]) -> bool:
    """Say whether one of two acts for the other, or did until the time was up: whoever does is somebody else."""
    return any({each.holder, each.subject} == two and each.ended_at is None for each in one.authorities)


def _facts(ours: list[ContactPoint], theirs: list[ContactPoint], claims: Claims) -> Iterator[Fact]:
    if any(point.urn.key in claims.answered for point in (*ours, *theirs)):
        yield "reply_token"
    if any(point.urn.key in claims.said and point.verified for point in (*ours, *theirs)):
        yield "verified_contact_point"
    if _mailboxes(ours) & _mailboxes(theirs):
        yield "same_mailbox"
    if _postcodes(ours) & _postcodes(theirs):
        yield "same_postcode"


def _own(known: ProfileFacts) -> list[ContactPoint]:
    return [point for point in known.profile.contact_points if point.shared is None]


def _mailboxes(points: Iterable[ContactPoint]) -> set[str]:
    verified = (point.urn.key for point in points if point.urn.scheme == "mailto" and point.verified)
    return {f"{local.partition('+')[0]}@{domain}" for local, _, domain in (key.rpartition("@") for key in verified)}


def _postcodes(points: Iterable[ContactPoint]) -> set[str]:
    return {point.postcode for point in points if point.postcode is not None}
