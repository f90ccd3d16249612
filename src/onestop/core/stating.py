"""
Stating: what becomes of a citizen's history and rows when something is stated of them, and when two turn out to be one.

A merge is by reference. The merged citizen keeps everything that was stated of them, and names who stands for them; so
a wrong merge is undone by taking the reference away, and both are as they were. What is stated while they are one is
stated of who stands for both, and stays with them; what is taken back is taken back of each who stated it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from onestop.core.authority import ends_at
from onestop.core.citizen import Citizen, CitizenDraft
from onestop.core.citizen_events import (
    CitizenFact,
    ContactPointAdded,
    ContactPointRemoved,
    ContactPointShared,
    ContactPointVerified,
    ContactPointWorking,
    MemberJoined,
    Merged,
    StoodFor,
    StoodForNoLonger,
    Unmerged,
)
from onestop.core.contact import Urn
from onestop.core.plan import CitizenChange, CitizenFacts, Plan, ProfileFacts
from onestop.core.profile import Authority, Consent, ContactPoint, SharedKind, Source, Verification, VerifiedHow
from onestop.errors import NotFoundError, RequestError

__all__ = [
    "plan_added",
    "plan_merge",
    "plan_removed",
    "plan_shared",
    "plan_statements",
    "plan_taken_back",
    "plan_unmerge",
    "plan_verified",
    "plan_works_again",
]

_MOST_CONTACT_POINTS = 100
_MOST_MEMBERS = 1000
_MOST_AS_ONE = 100  # who are one: each of them is looked up when one of them writes, or is written to
_LONGEST_REASON = 1000  # characters


def plan_statements(
    known: ProfileFacts | CitizenFacts,
    events: Iterable[CitizenFact],
    *,
    points: Sequence[tuple[str, ContactPoint]] = (),
    released: Sequence[str] = (),
    consents: Sequence[Consent] = (),
) -> Plan:
    """
    Write events into a citizen's history, and what they say into their rows.

    Raises:
        NotFoundError: nobody is known there.
        RequestError: a household, organisation or group would have too many members.
    """
    if known.citizen is None:
        raise NotFoundError("no citizen is known by this")
    draft = CitizenDraft(known.citizen, known.head)
    for event in events:
        if isinstance(event, MemberJoined) and len(draft.citizen.members) >= _MOST_MEMBERS:
            raise RequestError(f"a household, organisation or group has at most {_MOST_MEMBERS} members")
        draft.add(event)
    return Plan(
        "recorded",
        citizens=(CitizenChange.of(draft),),
        contact_points=tuple(points),
        released=tuple(released),
        consents=tuple(consents),
    )


def plan_taken_back(
    everyone: Iterable[CitizenFacts], events: Callable[[Citizen], Sequence[CitizenFact]], what: str
) -> Plan:
    """
    Write that something holds no longer, for each of those who are one and stated it; `what` says what it is.

    Raises:
        NotFoundError: none of them stated it.
    """
    told = [(each, events(each.citizen)) for each in everyone]
    plans = [plan_statements(each, said) for each, said in told if said]
    if not plans:
        raise NotFoundError(what)
    return Plan("recorded", citizens=tuple(change for plan in plans for change in plan.citizens))


def plan_added(known: ProfileFacts, urn: Urn, held: ProfileFacts, source: Source) -> Plan:
    """
    Let a citizen have another contact point; `held` is what is known of that one.

    Raises:
        NotFoundError: nobody is known there.
        RequestError: somebody holds the contact point, or the citizen has too many.
    """
    if held.citizen is not None or held.holders:
        raise RequestError("this contact point is known already: two citizens who are one are merged")
    if len(known.profile.contact_points) >= _MOST_CONTACT_POINTS:
        raise RequestError(f"a citizen has at most {_MOST_CONTACT_POINTS} contact points")
    assert known.citizen is not None
    event = ContactPointAdded(urn=urn, **_said(source))
    return plan_statements(known, [event], points=[(known.citizen.id, ContactPoint(urn=urn))])


def plan_removed(known: ProfileFacts, urn: Urn, source: Source) -> Plan:
    """
    Let a contact point be a citizen's no longer; its ledger stays, since it is about the address.

    Raises:
        NotFoundError: it is none of theirs.
    """
    point, _ = _theirs(known, urn)
    return plan_statements(known, [ContactPointRemoved(urn=point.urn, **_said(source))], released=[urn.key])


def plan_verified(known: ProfileFacts, urn: Urn, how: VerifiedHow, source: Source) -> Plan:
    """
    Note what showed that a contact point is a citizen's.

    Raises:
        NotFoundError: it is none of theirs.
        RequestError: several people use it.
    """
    point, holder = _theirs(known, urn)
    if point.shared:
        raise RequestError("several people use this contact point: nothing shows that it is one's own")
    verified = point.model_copy(update={"verified": Verification(how=how, by=source.by, at=source.at)})
    event = ContactPointVerified(urn=point.urn, how=how, **_said(source))
    return plan_statements(known, [event], points=[(holder, verified)])


def plan_shared(known: ProfileFacts, urn: Urn, kind: SharedKind | None, source: Source) -> Plan:
    """
    Note that several people use a contact point, so that it identifies nobody; or (None) one alone after all.

    Raises:
        NotFoundError: it is none of theirs.
    """
    point, holder = _theirs(known, urn)
    changed = point.model_copy(update={"shared": kind, "verified": None if kind else point.verified})
    event = ContactPointShared(urn=point.urn, kind=kind, **_said(source))
    return plan_statements(known, [event], points=[(holder, changed)])


def plan_works_again(known: ProfileFacts, urn: Urn, source: Source) -> Plan:
    """
    Note that a contact point can be reached again.

    Raises:
        NotFoundError: it is none of theirs.
    """
    point, holder = _theirs(known, urn)
    event = ContactPointWorking(urn=point.urn, **_said(source))
    return plan_statements(known, [event], points=[(holder, point.model_copy(update={"failures": ()}))])


def _theirs(known: ProfileFacts, urn: Urn) -> tuple[ContactPoint, str]:
    """Give a contact point of a citizen, and who of those they stand for holds it."""
    point = next((each for each in known.profile.contact_points if each.urn.key == urn.key), None)
    if point is None:
        raise NotFoundError("this is no contact point of the citizen")
    return point, known.holders[urn.key]


def plan_merge(
    merging: Sequence[CitizenFacts],
    standing: Sequence[CitizenFacts],
    authorities: Collection[Authority],
    source: Source,
    because: str | None,
) -> Plan:
    """
    Let one citizen stand for another; each comes with those whom they stand for behind them.

    `authorities` are those of the one who is merged, by the ids of those who stand for whom they name.

    Raises:
        RequestError: they are one already, somebody stands for the one who is merged, they are of two kinds, one may
            act for the other, or they would be too many.
    """
    one, into = merging[0], standing[0]
    if one.citizen.id == into.citizen.id:
        raise RequestError("these two are one already")
    if one.citizen.merged_into is not None:
        raise RequestError("another citizen stands for this one: undo that first, or merge that one")
    if one.citizen.kind != into.citizen.kind:
        raise RequestError(f"a {one.citizen.kind} and a {into.citizen.kind} cannot be one")
    if any(_holds_between(each, {one.citizen.id, into.citizen.id}, source.at) for each in authorities):
        raise RequestError("one of these may act for the other, so that they are two: end that authority first")
    if len(merging) + len(standing) > _MOST_AS_ONE:
        raise RequestError(f"at most {_MOST_AS_ONE} citizens are one")
    _must_be_short(because)
    merged, survivor = CitizenDraft(one.citizen, one.head), CitizenDraft(into.citizen, into.head)
    merged.add(Merged(into=into.citizen.id, because=because, **_said(source)))
    survivor.add(StoodFor(citizen=one.citizen.id, **_said(source)))
    return Plan("recorded", citizens=(CitizenChange.of(merged), CitizenChange.of(survivor)))


def plan_unmerge(one: CitizenFacts, out_of: CitizenFacts, source: Source, because: str | None) -> Plan:
    """Let a merged citizen stand for themselves again; `out_of` is who they were merged into."""
    _must_be_short(because)
    merged, survivor = CitizenDraft(one.citizen, one.head), CitizenDraft(out_of.citizen, out_of.head)
    merged.add(Unmerged(out_of=out_of.citizen.id, because=because, **_said(source)))
    survivor.add(StoodForNoLonger(citizen=one.citizen.id, **_said(source)))
    return Plan("recorded", citizens=(CitizenChange.of(merged), CitizenChange.of(survivor)))


def _holds_between(authority: Authority, two: Collection[str], now: datetime) -> bool:
    """Say whether one of two may act for the other, now or later."""
    end = ends_at(authority)
    return {authority.holder, authority.subject} == set(two) and (end is None or now < end)


def _must_be_short(reason: str | None) -> None:
    if reason is not None and len(reason) > _LONGEST_REASON:
        raise RequestError(f"a reason has at most {_LONGEST_REASON} characters")


def _said(source: Source) -> dict[str, Any]:
    return {"by": source.by, "at": source.at, "channel": source.channel, "proof": source.proof}
