"""The part of the desk that keeps promises: it fires what escalates, and lets a person promise another date."""

from __future__ import annotations

from onestop.core.actor import SYSTEM
from onestop.core.context import Context
from onestop.core.escalating import plan_escalation
from onestop.core.events import Escalated, TargetBreached
from onestop.core.plan import CaseFacts, Plan
from onestop.desk.addressing import log_queued, told_by_itself
from onestop.desk.log import log
from onestop.desk.session import Session
from onestop.errors import RequestError
from onestop.stores.base import TimerRecord, Transaction

__all__ = ["PromiseDesk"]


class PromiseDesk:
    """Fires the timers of escalation."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def fire(self, timer: TimerRecord) -> None:
        """Take the step that a timer waited for, unless the case has moved on."""
        policy = self._session.policy

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            tx.timer_done(timer.id)
            to = told_by_itself(tx, facts, self._session)
            return plan_escalation(facts, timer.kind, timer.generation, policy, context, to=to)

        def give_up(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            tx.timer_done(timer.id)
            return plan_escalation(facts, timer.kind, timer.generation, policy, context, to=None)

        try:
            plan = self._session.change(timer.case, decide)
        except RequestError:  # the words of a message are too many: a person tells the citizen, the rest happens
            plan = self._session.change(timer.case, give_up)
        assert plan.case is not None
        reference = plan.case.reference
        taken = False
        for sealed in (event for change in plan.changes for event in change.events):
            match sealed.event:
                case TargetBreached(name=name):
                    log("target.breached", case=reference, target=name)
                case Escalated() as step:
                    taken = True
                    log("case.escalated", case=reference, target=step.target, step=step.step, flags=step.flags)
        log_queued(reference, plan.messages, by=str(SYSTEM))
        log("timer.fired" if taken else "timer.void", case=reference, kind=timer.kind)
