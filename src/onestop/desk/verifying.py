"""Verifying at the desk: one-time codes are sent to contact points, and said back."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from onestop.core.actor import Actor
from onestop.core.case import Case
from onestop.core.context import Context
from onestop.core.gateway import Message
from onestop.core.one_time import OneTimeCode, filled
from onestop.core.plan import CaseFacts, FindProfile, Plan
from onestop.core.verifying import CodeWanted, plan_code, plan_code_said
from onestop.desk.addressing import log_queued
from onestop.desk.citizen_work import CitizenWork, profile_of, source_of
from onestop.desk.log import log
from onestop.desk.session import Session
from onestop.desk.views import CaseView
from onestop.errors import ConflictError, RequestError
from onestop.stores.base import Reader, Transaction

__all__ = ["CODE_VOID", "CodeSent", "CodesDesk", "with_digits"]

CODE_VOID = "code_void"  # why a message with a one-time code is not sent: it was said, replaced, or is too old

_ATTEMPTS = 6


class CodeSent(NamedTuple):
    """A code that is on its way."""

    message: str  # its id in the outbox
    until: datetime  # it can be said back before this moment


class CodesDesk(CitizenWork):
    """The part of the desk that lets citizens show that a contact point is theirs."""

    def send(self, urn: str, *, case: str | CaseView | Case, by: Actor) -> CodeSent:
        """
        Send a code of six digits to a contact point, in the course of a case of its holder's.

        It can be said back for ten minutes, five times; a new one takes its place; at most three an hour go to one
        contact point. The next `run_due` sends it; its digits stand nowhere until then.

        Raises:
            ContactPointError: this is no URN.
            NotFoundError: nobody is known by it, there is no such case, or the policy has no words for it.
            RequestError: several people use it; the citizen has no part in the case; no code can go there, or not now;
                too many went there; or the actor is neither worker nor system.
        """
        _must_be_ours(by)
        session, point = self._session, self._urn(urn)
        reference = case if isinstance(case, str) else case.reference

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            wanted = CodeWanted(
                point,
                profile_of(tx, FindProfile(key=point.key)),
                tx.parties(facts.case.id),
                tx.codes(point.key),
                session.capabilities,
            )
            return plan_code(facts, wanted, by, session.policy, context)

        plan = session.change(reference, decide)
        assert plan.case is not None
        (code,), (message,) = plan.codes, plan.messages
        log_queued(plan.case.reference, plan.messages, by=str(by))
        return CodeSent(message.id, code.until)

    def check(self, urn: str, code: str, *, by: Actor) -> bool:
        """
        Say whether this is the code that went to a contact point; if it is, the contact point is verified.

        False says nothing of why: wrong, too late, used, tried too often, or none was sent.

        Raises:
            ContactPointError: this is no URN.
            RequestError: the actor is neither worker nor system.
        """
        _must_be_ours(by)
        point = self._urn(urn)
        for attempt in range(_ATTEMPTS):
            try:
                with self._session.store.write() as tx:
                    known = profile_of(tx, FindProfile(key=point.key))
                    source = source_of(by, self._session.clock(), None, None)
                    codes: tuple[OneTimeCode, ...] = tuple(tx.codes(point.key))
                    plan, right = plan_code_said(known, point, code, codes, self._session.key, source)
                    tx.save(plan)
                break
            except ConflictError:
                if attempt == _ATTEMPTS - 1:
                    raise
        if right:
            log("citizen.changed", by=str(by))
        return right


def with_digits(reader: Reader, message: Message, session: Session) -> Message | None:
    """Give a message that is about to leave with its code, if it has one; None: the code holds no longer."""
    if message.one_time_code is None:
        return message
    codes = reader.codes(message.recipient.key)
    code = next((each for each in codes if each.id == message.one_time_code), None)
    if code is None or not code.holds(session.clock()):
        return None
    return filled(message, code, session.key)


def _must_be_ours(by: Actor) -> None:
    """Refuse whoever could have a code sent to somebody else's telephone."""
    if not by.allows({"worker", "system"}):
        raise RequestError("only a worker, or your own system, sends a code and takes it back")
