"""Granting authority to act, and ending it before its time: what is written, in the histories of both citizens."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import get_args

from onestop.core.actor import Actor
from onestop.core.authority import POWERS
from onestop.core.citizen import Citizen, CitizenDraft
from onestop.core.citizen_events import AuthorityEnded, AuthorityGranted
from onestop.core.context import Context
from onestop.core.plan import CitizenChange, CitizenFacts, Plan
from onestop.core.profile import Authority, AuthorityRole, Proof, Source
from onestop.errors import RequestError

__all__ = ["Grant", "plan_end", "plan_grant"]

_MOST_SERVICES = 200
_LONGEST_NAMED = 40  # characters of a service that there is not


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody is to be allowed; `answers` None: what the role may by default."""

    role: str
    services: tuple[str, ...] = ()
    answers: bool | None = None
    since: datetime | None = None  # None: from now on
    until: datetime | None = None
    proof: Proof = field(default_factory=Proof)


def plan_grant(
    holder: CitizenFacts, subject: CitizenFacts, grant: Grant, services: Collection[str], by: Actor, context: Context
) -> Plan:
    """
    Let one citizen act for another; `services` are those that the policy has.

    Raises:
        RequestError: they are one citizen, the role or a service is none, the times are none that it could hold in, or
            what the role asks for is missing.
    """
    role = _role(grant, services)
    if holder.citizen.id == subject.citizen.id:
        raise RequestError("nobody needs authority to act for themselves")
    since = _aware(grant.since) or context.now
    until = _aware(grant.until)
    if until is not None and until <= max(since, context.now):
        raise RequestError("authority ends after it begins, and not in the past")
    source = Source(by=str(by), at=context.now, proof=grant.proof)
    authority = Authority(
        id=context.mint.id("a"),
        holder=holder.citizen.id,
        subject=subject.citizen.id,
        role=role,
        services=tuple(dict.fromkeys(grant.services)),
        answers=POWERS[role].told != "nothing" if grant.answers is None else grant.answers,
        since=since,
        until=until,
        source=source,
    )
    event = AuthorityGranted(
        at=context.now,
        by=str(by),
        proof=grant.proof,
        authority=authority.id,
        role=role,
        holder=authority.holder,
        subject=authority.subject,
    )
    return Plan(
        "recorded",
        citizens=tuple(_changed(each, event) for each in (holder, subject)),
        authorities=(authority,),
    )


def plan_end(authority: Authority, both: Collection[CitizenFacts], by: Actor, context: Context) -> Plan:
    """
    End an authority now, in the histories of `both`, as far as they are still there.

    Raises:
        RequestError: it has ended already.
    """
    if authority.ended_at is not None or (authority.until is not None and authority.until <= context.now):
        raise RequestError("this authority has ended already")
    event = AuthorityEnded(at=context.now, by=str(by), authority=authority.id)
    ended = authority.model_copy(update={"ended_at": context.now})
    return Plan("recorded", citizens=tuple(_changed(each, event) for each in both), authorities=(ended,))


def _role(grant: Grant, services: Collection[str]) -> AuthorityRole:
    """
    Give the role of a grant.

    Raises:
        RequestError: it is none, or what it asks for is missing.
    """
    roles: tuple[AuthorityRole, ...] = get_args(AuthorityRole)
    role = next((each for each in roles if each == grant.role), None)
    if role is None:
        raise RequestError(f"a role is one of {', '.join(roles)}")
    if unknown := sorted(set(grant.services) - set(services)):
        named = ", ".join(repr(each[:_LONGEST_NAMED]) for each in unknown[:5])
        raise RequestError(f"the policy has no service {named}")
    if len(grant.services) > _MOST_SERVICES:
        raise RequestError(f"an authority names at most {_MOST_SERVICES} services")
    if POWERS[role].scoped and not grant.services:
        raise RequestError(f"authority as {role} is for services that are named")
    if POWERS[role].proof and grant.proof == Proof():
        raise RequestError(f"authority as {role} needs a proof: a document that somebody saw, or the citizen's enquiry")
    return role


def _aware(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise RequestError("a moment has a time zone")
    return moment


def _changed(facts: CitizenFacts, event: AuthorityGranted | AuthorityEnded) -> CitizenChange:
    draft = CitizenDraft(facts.citizen, facts.head)
    draft.add(event)
    after: Citizen = draft.citizen
    return CitizenChange(draft.before, after, draft.head, tuple(draft.events))
