"""Authority to act, at the desk: who may speak for whom, from when until when, and what shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from pydantic import ValidationError

from onestop.core.actor import Actor
from onestop.core.contact import Urn
from onestop.core.context import Context
from onestop.core.granting import Grant, plan_end, plan_grant
from onestop.core.plan import Ask, CitizenFacts, FindCitizen, FindProfile, Plan, ProfileFacts
from onestop.core.profile import Authority, Proof
from onestop.desk.log import log
from onestop.desk.session import Session
from onestop.errors import ConflictError, NotFoundError, RequestError
from onestop.stores.base import Reader, Transaction

__all__ = ["AuthorityDesk"]

_ATTEMPTS = 6


class AuthorityDesk:
    """The part of the desk that keeps who may act for whom."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def grant(
        self,
        holder: str,
        subject: str,
        *,
        role: str,
        by: Actor,
        services: Iterable[str] = (),
        answers: bool | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        proof: str | Proof | None = None,
    ) -> Authority:
        """
        Let one citizen act for another, each by a contact point or id; give what was written.

        `role` is one of `core.authority.POWERS`, which says what it may by default; `services` none: all; `answers`:
        whether they may be told, too; `since` left out: from now on; `proof`: what somebody saw, in words, or the
        enquiry of the citizen's that says so.

        Raises:
            ContactPointError: this is no URN.
            NotFoundError: nobody is known by a contact point.
            RequestError: several people use it; both are one; the role, a service or the times are wrong; the proof or
                the services that the role asks for are missing; or this is no worker.
        """
        _must_be_worker(by)
        wanted = Grant(role, tuple(services), answers, since, until, _proof(proof))
        one, other = self._query(holder), self._query(subject)

        def decide(tx: Transaction, context: Context) -> Plan:
            known = set(self._session.policy.directory.services)
            return plan_grant(_citizen(tx, one), _citizen(tx, other), wanted, known, by, context)

        (authority,) = self._write(f"authority\0{holder}\0{subject}", decide).authorities
        log("authority.granted", authority=authority.id, role=authority.role, by=str(by))
        return authority

    def end(self, authority: str, *, by: Actor) -> Authority:
        """
        End an authority now; give it as it is then.

        Raises:
            NotFoundError: there is none with this id.
            RequestError: it has ended already, or this is no worker.
        """
        _must_be_worker(by)

        def decide(tx: Transaction, context: Context) -> Plan:
            kept = tx.authority(authority)
            if kept is None:
                raise NotFoundError("there is no authority with this id")
            both = [facts for each in (kept.holder, kept.subject) if (facts := _facts(tx, each)) is not None]
            return plan_end(kept, both, by, context)

        (ended,) = self._write(f"authority\0{authority}", decide).authorities
        log("authority.ended", authority=ended.id, role=ended.role, by=str(by))
        return ended

    def of(self, who: str) -> tuple[Authority, ...]:
        """
        Give the authorities of a citizen, and those over them, whether they hold or not.

        Raises:
            ContactPointError: this is no URN.
            NotFoundError, RequestError: nobody is known by it; several people use it.
        """
        query = self._query(who)
        with self._session.store.read() as reader:
            return tuple(reader.authorities(_citizen(reader, query).citizen.id))

    def _query(self, who: str) -> FindProfile:
        if ":" not in who:
            return FindProfile(citizen=who)
        return FindProfile(key=Urn.parse(who, region=self._session.policy.council.region).key)

    def _write(self, identity: str, decide: Callable[[Transaction, Context], Plan]) -> Plan:
        drawn = self._session.entropy(16).hex()  # the same may be granted twice in one moment
        for attempt in range(_ATTEMPTS):
            context = self._session.context(f"{identity}\0{drawn}", now=self._session.clock(), attempt=attempt)
            try:
                with self._session.store.write() as tx:
                    plan = decide(tx, context)
                    tx.save(plan)
            except ConflictError:  # something else was stated of one of them meanwhile
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return plan
        raise AssertionError("unreachable")


def _citizen(reader: Reader, query: FindProfile) -> CitizenFacts:
    """
    Give a citizen, or who stands for them.

    Raises:
        NotFoundError: nobody is known by it.
        RequestError: several people use the contact point.
    """
    found = reader.answer(Ask((query,)))[query]
    assert isinstance(found, ProfileFacts)
    if found.citizen is not None:
        return CitizenFacts(found.citizen, found.head)
    if found.profile.contact_points:
        raise RequestError("several people use this contact point: it does not say who of them it would be")
    raise NotFoundError("no citizen is known by this")


def _facts(reader: Reader, citizen: str) -> CitizenFacts | None:
    query = FindCitizen(citizen)
    found = reader.answer(Ask((query,)))[query]
    assert found is None or isinstance(found, CitizenFacts)
    return found


def _must_be_worker(by: Actor) -> None:
    if by.kind != "worker":
        raise RequestError("only a worker can record who may act for whom")


def _proof(proof: str | Proof | None) -> Proof:
    if proof is None or isinstance(proof, Proof):
        return proof or Proof()
    try:
        return Proof(document=proof.strip() or None)
    except ValidationError as exc:
        raise RequestError("a proof is said in at most 200 characters") from exc
