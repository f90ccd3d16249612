"""What the contract's tests stand on: a store, a small policy, and the core's plans of enquiries and actions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from onestop.core.actions import plan_action, plan_external_ref, plan_note
from onestop.core.actor import Actor
from onestop.core.case import Case
from onestop.core.contact import Urn
from onestop.core.context import Context, Mint
from onestop.core.delivery import plan_message_result
from onestop.core.enquiry import Enquiry, Thread
from onestop.core.events import MessageState
from onestop.core.intake import plan_intake
from onestop.core.messages import Addressee, plan_reply
from onestop.core.plan import Answers, Ask, CaseFacts, Content, Plan, Query
from onestop.core.repeats import intake_identity
from onestop.desk.session import must_find, planned
from onestop.policy import compile_policy
from onestop.stores.base import Reader, Store, Transaction

__all__ = ["ALICE", "MARY", "POLICY", "START", "TOM", "Bench", "undone"]

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MARY = "tel:+447700900101"
TOM = "mailto:Tom.Price@example.org"
ALICE = Actor(kind="worker", id="alice")
KEY = b"the contract's own mint key"

POLICY: Mapping[str, Any] = {
    "council": {
        "schema": 1,
        "name": "Saltmarsh Borough Council",
        "reference_prefix": "SM",
        "fallback_service": "triage",
        "own_addresses": ["mailto:contact@saltmarsh.example"],
    },
    "providers": {"providers": {"contact-centre": {"name": "Contact centre", "kind": "team"}}},
    "services": {
        "services": {
            "triage": {"name": "Something else", "provider": "contact-centre"},
            "graffiti": {
                "name": "Graffiti",
                "provider": "contact-centre",
                "standard": {"targets": {"resolve": "48 hours"}},
            },
            "bins": {"name": "Bins", "provider": "contact-centre", "standard": {"targets": {"resolve": "24 hours"}}},
        }
    },
    "rules": {
        "bands": ["topic"],
        "rules": [
            {
                "id": "graffiti",
                "band": "topic",
                "when": {"words": {"any": ["graffiti"]}},
                "then": {"service": "graffiti", "priority": "high"},
            },
            {"id": "bins", "band": "topic", "when": {"words": {"any": ["bin"]}}, "then": {"service": "bins"}},
        ],
    },
    "templates": {"acknowledgement": {"subject": "Your enquiry {{ reference }}", "text": "Thank you. {{ reference }}"}},
}
"""A policy with three services, which is enough to fill a store."""


T = TypeVar("T")


class _UndoError(Exception):
    """What leaves a transaction that is to be undone."""


@contextmanager
def undone(part: AbstractContextManager[T]) -> Iterator[T]:
    """Give what a transaction or savepoint gives, and let an error leave it at the end of the `with`."""
    with suppress(_UndoError), part as given:
        yield given
        raise _UndoError


class Bench:
    """
    A store, and what it takes to fill it: time that passes, ids that are minted, plans of the core.

    Everything is planned as the desk does it, and nothing of it is random.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.policy = compile_policy(POLICY)
        self.now = START
        self._salts = 0

    def pass_time(self, **duration: float) -> datetime:
        """Let time pass, given as for `timedelta`; give the time it is now."""
        self.now += timedelta(**duration)
        return self.now

    def context(self, identity: str, attempt: int = 0) -> Context:
        """Give the time and a mint."""
        return Context(self.now, Mint(KEY, identity, self.now, self._salt, attempt))

    def _salt(self, size: int) -> bytes:
        self._salts += 1
        return hashlib.sha256(b"%d" % self._salts).digest()[:size]

    # -- enquiries --

    def text(self, words: str, *, sender: str | None = MARY, source_id: str | None = None, **more: Any) -> Enquiry:
        """Give a text message that arrives now."""
        urn = Urn.parse(sender) if sender else None
        return Enquiry(
            channel="sms", adapter="texts", source_id=source_id, sender=urn, text=words, received_at=self.now, **more
        )

    def mail(self, words: str, message_id: str, *, sender: str = TOM, in_reply_to: str | None = None) -> Enquiry:
        """Give an e-mail that arrives now."""
        return Enquiry(
            channel="email",
            adapter="mail",
            source_id=message_id,
            sender=Urn.parse(sender),
            text=words,
            received_at=self.now,
            thread=Thread(message_id=message_id, in_reply_to=in_reply_to),
        )

    def plan(self, tx: Transaction, enquiry: Enquiry, attempt: int = 0) -> Plan:
        """Give what the core makes of an enquiry, asking this transaction."""
        identity = intake_identity(enquiry)

        def decide(answers: Answers) -> Plan | Ask:
            return plan_intake(enquiry, answers, self.policy, self.context(identity, attempt))

        return planned(tx, decide)

    def take_in(self, enquiry: Enquiry) -> Case:
        """Take an enquiry in; give the case it is in."""
        with self.store.write() as tx:
            plan = self.plan(tx, enquiry)
            if plan.outcome != "repeat":
                tx.save(plan)
        assert plan.case is not None, "the enquiry was taken in before"
        return plan.case

    def open(self, words: str, **more: Any) -> Case:
        """Open a case that is about nothing else that is open: its sender withheld their number."""
        return self.take_in(self.text(words, sender=None, **more))

    # -- what is done to cases --

    def _save(self, reference: str, decide: Any) -> Case:
        with self.store.write() as tx:
            facts = must_find(tx, reference)
            plan: Plan = decide(facts, self.context(f"{facts.case.id}@{facts.case.version}"))
            tx.save(plan)
        assert plan.case is not None
        return plan.case

    def act(self, case: Case, action: str, *, into: Case | None = None, **fields: str) -> Case:
        """Take a lifecycle action; give the case after it."""
        other = self.facts(into.reference) if into else None
        if into is not None:
            fields["into"] = into.reference

        def decide(facts: CaseFacts, context: Context) -> Plan:
            return plan_action(facts, action, fields, ALICE, self.policy, context, into=other)

        return self._save(case.reference, decide)

    def note(self, case: Case, text: str) -> Case:
        """Add a note; give the case after it."""
        return self._save(case.reference, lambda facts, context: plan_note(facts, text, ALICE, context))

    def tie(self, case: Case, system: str, ref: str) -> Case:
        """Note another system's id; give the case after it."""
        return self._save(case.reference, lambda facts, context: plan_external_ref(facts, system, ref, ALICE, context))

    def reply(self, case: Case, text: str) -> Case:
        """Queue a message to the case's first party; give the case after it."""
        with self.store.read() as reader:
            party = reader.parties(case.id)[0]

        def decide(facts: CaseFacts, context: Context) -> Plan:
            return plan_reply(
                facts,
                Addressee(party),
                ALICE,
                self.policy,
                context,
                text=text,
                template=None,
                purpose="service_update",
            )

        return self._save(case.reference, decide)

    def message_result(self, case: Case, message: str, state: MessageState, gateway_id: str | None = None) -> Case:
        """Record what became of a message; give the case after it."""
        if gateway_id is not None:
            with self.store.write() as tx:
                tx.sent(message, gateway_id)
        return self._save(
            case.reference, lambda facts, context: plan_message_result(facts, message, state, None, context)
        )

    def keep(self, identifier: str, body: bytes) -> None:
        """Keep a content that belongs to no plan."""
        with self.store.write() as tx:
            tx.keep(Content(identifier, "raw", "application/octet-stream", body, self._salt(16), None))

    # -- what the store says --

    def facts(self, reference: str) -> CaseFacts:
        """Give a case as the store has it now."""
        with self.store.read() as reader:
            return must_find(reader, reference)

    def ask(self, query: Query) -> Any:
        """Give the store's answer to one question."""
        with self.store.read() as reader:
            return reader.answer(Ask((query,)))[query]

    def findings(self) -> list[str]:
        """Give the codes of what `verify` finds, in order."""
        with self.store.read() as reader:
            return [finding.code for finding in reader.verify()]

    def everything(self) -> dict[str, Any]:
        """Give what a reader can see of the store, to be compared with what it is later."""
        with self.store.read() as reader:
            return _everything(reader)


def _everything(reader: Reader) -> dict[str, Any]:
    events = reader.changes(0, 100_000)
    cases = sorted({event.case for event in events})
    return {
        "counts": dict(reader.counts()),
        "events": events,
        "cases": [reader.case(case) for case in cases],
        "enquiries": [reader.enquiries(case) for case in cases],
        "messages": [reader.messages(case) for case in cases],
        "parties": [sorted(reader.parties(case), key=lambda row: row.alias) for case in cases],
    }
