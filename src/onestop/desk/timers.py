"""The part of the desk that fires timers: what is due is leased, done, and recorded with the case."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from onestop.core.actions import plan_timer
from onestop.core.actor import SYSTEM
from onestop.core.context import Context
from onestop.core.effects import TIMERS, timed_action
from onestop.core.model import shifted
from onestop.core.plan import CaseFacts, Plan
from onestop.desk.addressing import asked_by, log_queued
from onestop.desk.log import log
from onestop.desk.retrying import LEASE
from onestop.desk.session import Session
from onestop.desk.views import read_open_children
from onestop.errors import RequestError
from onestop.stores.base import TimerRecord, Transaction

__all__ = ["Timers"]

_BATCH = 50


class Timers:
    """Fires the timers of cases, and those that other parts of the desk have."""

    def __init__(self, session: Session, others: Mapping[str, Callable[[TimerRecord], None]]) -> None:
        self._session = session
        self._by_kind = others  # those that are more than a change of the case; `kind:` fires all that begin so
        self._kinds = (*TIMERS, *others)  # another desk's are left to it

    def fire_due(self, limit: int) -> int:
        """Fire what is due, at most `limit`; give how many there were."""
        store, fired = self._session.store, 0
        while fired < limit:
            now = self._session.clock()
            with store.write() as tx:
                timers = tx.claim_timers(self._kinds, now, shifted(now, LEASE), min(limit - fired, _BATCH))
            if not timers:
                break
            for timer in timers:
                self._fire(timer)
            fired += len(timers)
        return fired

    def _fire(self, timer: TimerRecord) -> None:
        fire = self._by_kind.get(timer.kind) or self._by_kind.get(timer.kind.partition(":")[0] + ":")
        if fire is not None:
            fire(timer)
            return
        policy = self._session.policy

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            tx.timer_done(timer.id)
            return plan_timer(
                facts,
                timer.kind,
                timer.generation,
                policy,
                context,
                open_children=read_open_children(tx, facts.case),
                to=asked_by(timed_action(timer.kind) or "", tx, facts, self._session),
            )

        def give_up(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            tx.timer_done(timer.id)
            return Plan("recorded", case=facts.case)

        try:
            plan = self._session.change(timer.case, decide)
        except RequestError:  # the lifecycle of today wants what no timer can give: a person will see the case
            plan = self._session.change(timer.case, give_up)
        assert plan.case is not None
        log("timer.fired" if plan.changes else "timer.void", case=plan.case.reference, kind=timer.kind)
        log_queued(plan.case.reference, plan.messages, by=str(SYSTEM))
