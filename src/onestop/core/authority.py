"""
Authority to act: may somebody speak for a citizen, and may they be told of the citizen's matter?

It is looked at twice: when they write, and when we answer. What each role may by default, and why, stands in
docs/explanation/authority.md. Several authorities add up: each is a statement of its own, and ending one takes nothing
from another; what none of them allows is refused, with the reason that comes nearest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from onestop.core.model import FrozenMap
from onestop.core.profile import Authority, AuthorityRole, Profile

__all__ = [
    "POWERS",
    "VIA_CARER",
    "Allowed",
    "Denial",
    "Powers",
    "Refusal",
    "Refused",
    "StandIn",
    "Told",
    "addressee_of",
    "authority_for",
    "denial_of",
    "ends_at",
    "needs_carer",
]

Told = Literal["all", "raised", "nothing"]
Refusal = Literal["none", "not_yet", "expired", "ended", "other_service", "may_write_only"]
Denial = Literal["authority_expired", "no_authority"]  # why a message to somebody is not sent

VIA_CARER = "via_carer"  # the need that messages go to whoever has authority, and not to the citizen
_NEVER = datetime.max.replace(tzinfo=UTC)


class Powers(NamedTuple):
    """What a role may do, as long as a grant does not say less."""

    told: Told  # of the citizen's matters: all, those that they raised themselves, nothing
    stands_in: bool = False  # messages to the citizen may go to them instead
    proof: bool = False  # granted only where something shows it: a document, or an enquiry of the citizen's
    scoped: bool = False  # granted only for services that are named


POWERS: Mapping[AuthorityRole, Powers] = FrozenMap(
    {
        "carer": Powers("all", stands_in=True),
        "councillor": Powers("raised", proof=True),  # Data Protection Act 2018, schedule 1, paragraphs 23 and 24
        "interpreter": Powers("nothing"),  # carries words, and is told none by themselves
        # Social Security (Claims and Payments) Regulations 1987, regulation 33: for benefits, and for nothing else.
        "appointee": Powers("all", stands_in=True, proof=True, scoped=True),
        "attorney": Powers("all", stands_in=True, proof=True),  # Mental Capacity Act 2005, section 9
        "advocate": Powers(
            "all", proof=True
        ),  # Care Act 2014, section 67: supports, and never takes the citizen's place
        "other": Powers("nothing", proof=True),
    }
)
"""What each role may by default; docs/explanation/authority.md has the reasons."""


class Allowed(NamedTuple):
    """They may, and by which authority."""

    authority: str  # its id
    role: AuthorityRole


class Refused(NamedTuple):
    """They may not, and why."""

    code: Refusal
    authority: str | None = None  # the id of the one that comes nearest


# The nearer a refusal is to being allowed, the more it tells the person who looks.
_FARTHEST_FIRST: tuple[Refusal, ...] = ("none", "other_service", "not_yet", "expired", "ended", "may_write_only")


def authority_for(
    authorities: Iterable[Authority],
    holder: str | None,
    subject: str | None,
    service: str,
    now: datetime,
    *,
    told: bool = False,
    raised: bool = False,
) -> Allowed | Refused:
    """
    Say whether one citizen may write for another at a service, or, with `told`, be told of their matter there.

    An authority holds from `since` on and before `until` and `ended_at`. `raised`: the matter is one that the holder
    brought to us. Of several that allow it the one that holds longest is named.
    """
    between = _between(authorities, holder, subject)
    allowed, refused = _weighed(between, service, now, told=told, raised=raised)
    if not allowed:
        return refused
    best = max(allowed, key=lambda each: (ends_at(each) or _NEVER, each.id))
    return Allowed(best.id, best.role)


def _weighed(
    authorities: Iterable[Authority], service: str, now: datetime, *, told: bool, raised: bool
) -> tuple[list[Authority], Refused]:
    """Give the authorities that allow it, and why the others do not: the reason that comes nearest."""
    allowed: list[Authority] = []
    refusals = [Refused("none")]
    for authority in authorities:
        code = _refusal(authority, service, now, told=told, raised=raised)
        if code is None:
            allowed.append(authority)
        else:
            refusals.append(Refused(code, authority.id))
    return allowed, max(refusals, key=lambda each: (_FARTHEST_FIRST.index(each.code), each.authority or ""))


def _between(authorities: Iterable[Authority], holder: str | None, subject: str | None) -> Iterator[Authority]:
    if holder is None or subject is None:
        return  # somebody who is not known has no authority, and nobody has any over them
    for authority in authorities:
        if authority.holder == holder and authority.subject == subject:
            yield authority


def ends_at(authority: Authority) -> datetime | None:
    """Give the moment from which an authority holds no longer; None: nobody knows one."""
    ends = [end for end in (authority.until, authority.ended_at) if end is not None]
    return min(ends, default=None)


def _refusal(authority: Authority, service: str, now: datetime, *, told: bool, raised: bool) -> Refusal | None:
    if authority.services and service not in authority.services:
        return "other_service"
    if now < authority.since:
        return "not_yet"
    if authority.ended_at is not None and authority.ended_at <= now:
        return "ended"
    if authority.until is not None and authority.until <= now:
        return "expired"
    return "may_write_only" if told and not _tells(authority, raised=raised) else None


def _tells(authority: Authority, *, raised: bool) -> bool:
    """Say whether its holder is told of a matter: the grant says so, and a councillor's only of what they raised."""
    return authority.answers and (raised or POWERS[authority.role].told != "raised")


def denial_of(refused: Refused) -> Denial:
    """Give the code under which a message to somebody who may not be told is not sent."""
    return "authority_expired" if refused.code in ("expired", "ended") else "no_authority"


class StandIn(NamedTuple):
    """To whom a message that is meant for a citizen goes."""

    citizen: str | None  # whose contact points count; None: a person has to tell them
    authority: str | None = None  # the id of the one by which it is somebody else
    code: Denial | None = None  # why a person has to


def addressee_of(
    profile: Profile, authorities: Iterable[Authority], service: str, now: datetime, *, of_case: Collection[str] = ()
) -> StandIn:
    """
    Give to whom a message to a citizen goes: to themselves, or, where they need it so, to who may be told for them.

    Of several who may, one who is of the case (`of_case`: ids of citizens) comes first, then who has had authority
    longest. Where nobody may any more it is a task for a person: the citizen said that it is not to reach themselves.
    """
    if profile.citizen is None or not needs_carer(profile, now):
        return StandIn(profile.citizen)
    over = [each for each in authorities if each.subject == profile.citizen and POWERS[each.role].stands_in]
    allowed, refused = _weighed(over, service, now, told=True, raised=False)
    if not allowed:
        return StandIn(None, code=denial_of(refused))
    chosen = min(allowed, key=lambda each: (each.holder not in of_case, each.since, each.id))
    return StandIn(chosen.holder, chosen.id)


def needs_carer(profile: Profile, now: datetime) -> bool:
    """Say whether a citizen needs messages to go to whoever may be told for them."""
    return any(need.code == VIA_CARER and (need.until is None or now < need.until) for need in profile.needs)
