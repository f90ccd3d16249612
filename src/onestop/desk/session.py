"""What the desk's parts share: the store, the policy, the clock, and how a plan is made and saved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from onestop.channels.base import Adapter
from onestop.core.context import Context, Mint
from onestop.core.enquiry import Channel
from onestop.core.gateway import Capabilities
from onestop.core.plan import Answers, Ask, CaseFacts, Plan
from onestop.core.policy import Policy
from onestop.core.settling import plan_settle, settled
from onestop.desk.clock import Clock, Entropy
from onestop.errors import ConflictError, NotFoundError
from onestop.stores.base import Reader, Store, Transaction

__all__ = ["Session", "must_find", "planned"]

_ROUNDS = 8  # of questions that a plan may take: each kind of them once, and a few that follow from answers
_ATTEMPTS = 6  # plans made anew after a conflict before the caller is told


@dataclass(slots=True)
class Session:
    """The store, the policy and the clock of one desk."""

    store: Store
    policy: Policy
    adapters: Mapping[str, Adapter]
    clock: Clock
    entropy: Entropy
    key: bytes
    capabilities: Mapping[Channel, Capabilities] = field(init=False)  # of the gateways that send: the first of each
    _calls: int = field(default=0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        first: dict[Channel, Capabilities] = {}
        for adapter in self.adapters.values():
            if adapter.capabilities.sends:
                first.setdefault(adapter.channel, adapter.capabilities)
        self.capabilities = first

    def context(self, identity: str, *, now: datetime, at: datetime | None = None, attempt: int = 0) -> Context:
        """Give the time and a mint for one plan; the same identity, `at` the same time, mints the same ids."""
        return Context(now, Mint(self.key, identity, at or now, self.entropy, attempt))

    def has(self, name: str) -> bool:
        """Say whether an adapter is configured under this name."""
        return name in self.adapters

    def adapter(self, name: str) -> Adapter:
        """
        Give a configured adapter.

        Raises:
            NotFoundError: no adapter has this name.
        """
        try:
            return self.adapters[name]
        except KeyError:
            names = ", ".join(sorted(self.adapters)) or "none"
            raise NotFoundError(f"no adapter is configured as {name!r}; there are {names}") from None

    def change(
        self, reference: str, decide: Callable[[Transaction, CaseFacts, Context], Plan], *, version: int | None = None
    ) -> Plan:
        """
        Plan a change of one case and save it; again when somebody else changed it first.

        With `version` the caller has seen the case, and somebody else's change is theirs to look at.

        Raises:
            NotFoundError: there is no such case.
            ConflictError: the case has another version, or changed again and again.
        """
        for attempt in range(_ATTEMPTS):
            try:
                return self._change_once(reference, decide, version, attempt)
            except ConflictError:
                if version is not None or attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _change_once(
        self,
        reference: str,
        decide: Callable[[Transaction, CaseFacts, Context], Plan],
        version: int | None,
        attempt: int,
    ) -> Plan:
        with self.store.write() as tx:
            return self._change_within(tx, reference, decide, version, attempt)

    def _change_within(
        self,
        tx: Transaction,
        reference: str,
        decide: Callable[[Transaction, CaseFacts, Context], Plan],
        version: int | None,
        attempt: int,
    ) -> Plan:
        facts = must_find(tx, reference)
        if version is not None and facts.case.version != version:
            raise ConflictError(f"the case {facts.case.reference} has changed since it was shown")
        facts = self._settled(tx, facts, attempt)
        # A case at a version is changed once: that is identity enough for what the change mints.
        plan = decide(tx, facts, self._context_of(facts, attempt))
        tx.save(plan)
        return plan

    def change_in(
        self, tx: Transaction, reference: str, decide: Callable[[Transaction, CaseFacts, Context], Plan]
    ) -> Plan:
        """
        Plan a change of one case and save it within a transaction that is open.

        Raises:
            NotFoundError: there is no such case.
            ConflictError: the case changed meanwhile.
        """
        return self._change_within(tx, reference, decide, None, 0)

    def _context_of(self, facts: CaseFacts, attempt: int) -> Context:
        return self.context(f"{facts.case.id}@{facts.case.version}", now=self.clock(), attempt=attempt)

    def _settled(self, tx: Transaction, facts: CaseFacts, attempt: int) -> CaseFacts:
        """Give a case after what it names and the policy has no longer was settled, in the same transaction."""
        if settled(facts.case, self.policy) is None:
            return facts
        plan = plan_settle(facts, self.policy, self._context_of(facts, attempt))
        assert plan is not None
        tx.save(plan)
        return must_find(tx, facts.case.id)


def planned(tx: Transaction, decide: Callable[[Answers], Plan | Ask]) -> Plan:
    """Ask the core, answer its questions, and ask again, until it gives a plan."""
    answers = Answers()
    for _ in range(_ROUNDS):
        step = decide(answers)
        if isinstance(step, Plan):
            return step
        answers = answers.plus(tx.answer(step))
    step = decide(answers)
    assert isinstance(step, Plan), "the core asked more often than it may"
    return step


def must_find(reader: Reader, reference: str) -> CaseFacts:
    """
    Give a case by its reference or id.

    Raises:
        NotFoundError: there is none.
    """
    facts = reader.case(reference)
    if facts is None:
        raise NotFoundError("no case has this reference or id")
    return facts
