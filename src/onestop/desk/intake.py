"""Taking payloads in: parse, plan, save, then log; what cannot be taken in is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from onestop.channels.base import Adapter, Parsed
from onestop.core.calls import piece_of_call
from onestop.core.case import Case
from onestop.core.context import Context
from onestop.core.enquiry import DeliveryReport, Enquiry, digest_of
from onestop.core.events import CaseOpened, EnquiryReceived, EnquiryUpdated
from onestop.core.gateway import Raw
from onestop.core.intake import plan_intake
from onestop.core.matching import clues_of
from onestop.core.model import shifted
from onestop.core.notices import Notice, notice_of
from onestop.core.places import located
from onestop.core.plan import Answers, Ask, Content, Plan
from onestop.core.repeats import intake_identity
from onestop.core.reports import plan_report
from onestop.core.rules import Decision
from onestop.desk.knowing import read_circumstances
from onestop.desk.log import log
from onestop.desk.media import MediaDesk
from onestop.desk.questions import log_questions
from onestop.desk.receipt import Handled, Receipt
from onestop.desk.session import Session, must_find, planned
from onestop.desk.survey import Survey, surveyed
from onestop.desk.undelivered import told_anew
from onestop.errors import ConflictError, NotFoundError, OnestopError, PayloadError, RequestError, SignatureError
from onestop.stores.base import RejectedRecord, Transaction

__all__ = ["IntakeDesk"]

_ATTEMPTS = 6
_REPORTS_WAIT = timedelta(hours=1)  # a report that fits nothing by then is somebody else's
_REPORT_ATTEMPTS = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # the same bytes are one rejected intake whenever they come
_REASONS = {
    "own_mail": "it came from one of our own addresses: answering it would never end",
    "unmatched_report": "no message of ours is known by what it names",
}


class _Payload:
    """One payload on its way in: what its adapter made of it, or why it could not."""

    __slots__ = ("adapter", "asked", "error", "items", "name", "raw")

    def __init__(self, name: str, adapter: Adapter, raw: Raw) -> None:
        self.name = name
        self.adapter = adapter
        self.raw = raw
        self.error: tuple[str, str] | None = None  # its code, and the reason in words
        self.items: Sequence[Parsed] = ()
        self.asked: list[Plan] = []  # what was saved of questions, to be logged when it is safe
        try:
            self.items = [_named(item, name) for item in adapter.parse(raw)]
        except PayloadError as exc:
            self.error = exc.code, str(exc)
        except Exception:  # noqa: BLE001 — the adapter's own mistake: what it was given is kept until it is mended
            self.error = "adapter_failed", "its adapter has a mistake: retry it when that is mended"

    def ask(self, survey: Survey) -> None:
        """Ask the host's maps about the place of each enquiry."""
        self.items = [surveyed(item, survey) if isinstance(item, Enquiry) else item for item in self.items]

    @property
    def identity(self) -> str:
        """What makes this payload this one: its adapter and its bytes, whenever they come."""
        raw = self.raw
        return digest_of([self.name, raw.method, raw.url, hashlib.sha256(raw.body).hexdigest()])


class IntakeDesk:
    """The part of the desk that takes payloads in."""

    def __init__(
        self, session: Session, unsigned: frozenset[str], media: MediaDesk, survey: Survey | None = None
    ) -> None:
        self._session = session
        self._survey = survey
        self._media = media
        self._unsigned = unsigned

    # -- the doors --

    def handle(self, name: str, raw: Raw) -> Handled:
        """Verify a request, take it in, and give the answer that its gateway expects."""
        adapter = self._session.adapter(name)
        if name not in self._unsigned:
            try:
                adapter.verify(raw)
            except SignatureError as exc:
                log("request.refused", adapter=name, code=exc.code)
                return Handled.of(adapter.acknowledge(exc, raw=raw))
        try:
            receipts = self.receive(name, raw)
        except OnestopError as exc:
            log("request.failed", adapter=name, code=exc.code)
            return Handled.of(adapter.acknowledge(exc, raw=raw))
        taken = [receipt.taken for receipt in receipts]
        return Handled.of(adapter.acknowledge(raw=raw, taken=taken), receipts)

    def receive(self, name: str, raw: Raw) -> list[Receipt]:
        """Take a payload in with a commit of its own."""
        return self._with_own_commit(self._payload(name, raw))

    def _payload(self, name: str, raw: Raw) -> _Payload:
        """Read a payload, outside of any transaction: adapters and the host's maps may take their time."""
        payload = _Payload(name, self._session.adapter(name), raw)
        if self._survey is not None:
            payload.ask(self._survey)
        return payload

    def _with_own_commit(self, payload: _Payload, record: RejectedRecord | None = None) -> list[Receipt]:
        for attempt in range(_ATTEMPTS):
            try:
                with self._session.store.write() as tx:
                    receipts = self._take_in(tx, payload, attempt, record)
                return _logged(payload, receipts)
            except ConflictError:
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def receive_many(self, name: str, raws: Iterable[Raw]) -> list[list[Receipt]]:
        """Take payloads in, in order, with one commit for all."""
        self._session.adapter(name)  # which says so when there is none, though nothing came
        payloads = [self._payload(name, raw) for raw in raws]
        with self._session.store.write() as tx:
            received = [self._one_of_many(tx, payload) for payload in payloads]
        for payload, receipts in zip(payloads, received, strict=True):
            _logged(payload, receipts)
        return received

    def _one_of_many(self, tx: Transaction, payload: _Payload) -> list[Receipt]:
        for attempt in range(_ATTEMPTS):
            try:
                with tx.savepoint():
                    return self._take_in(tx, payload, attempt)
            except ConflictError:
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    # -- rejected intakes --

    def rejected(self, *, state: str | None, limit: int) -> Sequence[RejectedRecord]:
        """Give rejected intakes, the oldest first."""
        with self._session.store.read() as reader:
            return reader.rejected(state=state, limit=limit)

    def retry(self, rejected: str) -> list[Receipt]:
        """Take a rejected intake in again, as it came and when it came."""
        session = self._session
        with session.store.read() as reader:
            record = reader.rejected_one(rejected)
            body = reader.content(record.raw) if record else None
        if record is None:
            raise NotFoundError("no rejected intake has this id")
        if record.state != "open":
            raise RequestError("this intake has been taken in already")
        if body is None:
            raise NotFoundError("the payload of this intake was erased")
        payload = self._payload(record.adapter, unpack(body))
        receipts = self._with_own_commit(payload, record)
        if all(receipt.outcome != "rejected" for receipt in receipts):
            log("rejected.taken_in", rejected=record.id, adapter=record.adapter)
        return receipts

    def retry_reports(self, limit: int) -> None:
        """Take reports in again that came before we knew under which id their gateway has the message."""
        lately = shifted(self._session.clock(), -_REPORTS_WAIT)
        with self._session.store.read() as reader:
            waiting = reader.rejected_lately("unmatched_report", since=lately, attempts=_REPORT_ATTEMPTS, limit=limit)
        for record in waiting:
            if not self._session.has(record.adapter):
                continue
            with suppress(NotFoundError, RequestError):  # its payload was erased, or somebody else took it in just now
                self.retry(record.id)

    # -- one payload --

    def _take_in(
        self, tx: Transaction, payload: _Payload, attempt: int, record: RejectedRecord | None = None
    ) -> list[Receipt]:
        """Plan and save everything that a payload says; keep the payload itself once, if it was new."""
        now = self._session.clock()
        if payload.error is not None:
            return [self._reject(tx, payload, *payload.error, record)]
        raw_id = "" if record is None else record.raw
        receipts: list[Receipt] = []
        payload.asked.clear()  # of a try that met a conflict
        for item in payload.items:
            digest = item.digest  # of all that was sent: worked out once
            identity = intake_identity(item, digest)
            kept = raw_id or self._context(f"raw\0{identity}", item.received_at, now, attempt).mint.id("r")
            plan = self._plan(tx, item, (identity, digest), now, attempt, kept)
            if plan.outcome == "rejected":
                assert plan.code is not None
                receipts.append(self._reject(tx, payload, plan.code, _REASONS[plan.code], record))
                continue
            if plan.outcome != "repeat":
                media = self._context(f"media\0{identity}", item.received_at, now, attempt)
                tx.save(self._media.with_timer(plan, item, media))
                raw_id = kept  # named after what is new: a repeat's payload is kept under its own name already
                if plan.questions:
                    payload.asked.append(plan)
            receipts.append(_receipt(tx, item, plan, self._notice(tx, item, plan, now)))
        if record is None and raw_id:
            tx.keep(self._raw_content(payload, raw_id))
        if record is not None and all(receipt.outcome != "rejected" for receipt in receipts):
            tx.reject(_with(record, attempts=record.attempts + 1, state="taken_in"))
        return receipts

    def _notice(self, tx: Transaction, item: Parsed, plan: Plan, now: datetime) -> Notice | None:
        """Give what the citizen must be told at once; a form that is sent again shows it again."""
        if not isinstance(item, Enquiry):
            return None
        policy = self._session.policy
        decision = self._again(tx, item, plan) if plan.outcome == "repeat" else _decision(plan)
        if decision is None or decision.tell is None:
            return None
        context = self._context("notice", item.received_at, now, 0)
        return notice_of(decision, policy, context, channel=item.channel, language=item.language, case=plan.case)

    def _again(self, tx: Transaction, item: Enquiry, plan: Plan) -> Decision:
        """Give what the rules say of a repeat, as they said of the first one unless its sender is better known now."""
        policy, opened = self._session.policy, plan.intake.case if plan.intake else None
        return policy.decide(located(item), read_circumstances(tx, item, policy, apart=opened))

    def _plan(
        self, tx: Transaction, item: Parsed, known_by: tuple[str, str], now: datetime, attempt: int, raw_id: str
    ) -> Plan:
        policy, (identity, digest) = self._session.policy, known_by
        clues = clues_of(item, policy, digest) if isinstance(item, Enquiry) else None

        def decide(answers: Answers) -> Plan | Ask:
            # A fresh mint each time: the questions may be asked twice, the ids must come out the same.
            context = self._context(identity, item.received_at, now, attempt)
            if isinstance(item, Enquiry):
                gateways = self._session.capabilities
                return plan_intake(item, answers, policy, context, raw=raw_id, clues=clues, gateways=gateways)
            return plan_report(item, answers, policy, context, raw=raw_id)

        plan = planned(tx, decide)
        if isinstance(item, Enquiry):
            return plan
        return told_anew(tx, plan, self._session, self._context(identity, item.received_at, now, attempt))

    def _context(self, identity: str, at: datetime, now: datetime, attempt: int) -> Context:
        return self._session.context(identity, now=now, at=at, attempt=attempt)

    def _reject(
        self, tx: Transaction, payload: _Payload, code: str, reason: str, record: RejectedRecord | None
    ) -> Receipt:
        """Keep a payload that cannot be taken in; one that is kept already is a repeat."""
        mint = self._context(f"rejected\0{payload.identity}", _EPOCH, _EPOCH, 0).mint
        rejected, raw_id = mint.id("j"), mint.id("r")
        again = record or tx.rejected_one(rejected)
        if again is None:
            tx.keep(self._raw_content(payload, raw_id))
            tx.reject(RejectedRecord(rejected, payload.name, payload.raw.received_at, code, reason, raw_id, 1, "open"))
        elif record is not None:
            tx.reject(_with(record, code=code, reason=reason, attempts=record.attempts + 1, state="open"))
        repeat = again is not None and record is None
        kept = again.id if again else rejected
        return Receipt(outcome="repeat" if repeat else "rejected", rejected=kept, code=code, reason=reason)

    def _raw_content(self, payload: _Payload, raw_id: str) -> Content:
        salt = self._session.entropy(16)
        return Content(raw_id, "raw", "application/vnd.onestop.raw", pack(payload.raw), salt, None)


def _named(item: Parsed, name: str) -> Parsed:
    """
    Give an item under the name that the host configured its adapter by: repeats and retries go by it. An agent's note
    of a call is a piece of what the telephone system tells, and goes under its name.
    """
    if not isinstance(item, Enquiry | DeliveryReport):
        raise TypeError("an adapter gives enquiries and delivery reports")
    named = item if item.adapter == name else item.model_copy(update={"adapter": name})
    return piece_of_call(named) if isinstance(named, Enquiry) else named


def pack(raw: Raw) -> bytes:
    """Give a request as one run of bytes: a line of JSON with everything but the body, then the body as it came."""
    return raw.model_dump_json(exclude={"body"}).encode() + b"\n" + raw.body


def unpack(packed: bytes) -> Raw:
    """Give the request that `pack` packed."""
    line, _, body = packed.partition(b"\n")
    return Raw.model_validate({**json.loads(line), "body": body})


def _with(record: RejectedRecord, **changes: object) -> RejectedRecord:
    values = {name: getattr(record, name) for name in RejectedRecord.__slots__}
    return RejectedRecord(**(values | changes))


def _decision(plan: Plan) -> Decision | None:
    """Give what the rules said of the enquiry that a plan takes in."""
    events = (sealed.event for change in plan.changes for sealed in change.events)
    found = (event.decision for event in events if isinstance(event, CaseOpened | EnquiryReceived | EnquiryUpdated))
    return next((decision for decision in found if decision is not None), None)


def _receipt(tx: Transaction, item: Parsed, plan: Plan, notice: Notice | None) -> Receipt:
    if plan.outcome == "repeat":
        assert plan.intake is not None
        case = must_find(tx, plan.intake.case).case if plan.intake.case else None
        return Receipt(
            outcome="repeat",
            reference=case.reference if case else None,
            service=case.service if case else None,
            rule=case.rule if case else None,
            enquiry=plan.intake.enquiry,
            linked=_opened_beside(tx, case) if case else (),
            flags=case.flags if case else (),
            kind=item.kind,
            notice=notice,
        )
    case = plan.case
    assert case is not None
    received = next((s.event for c in plan.changes for s in c.events if isinstance(s.event, EnquiryReceived)), None)
    updated = next((s.event for c in plan.changes for s in c.events if isinstance(s.event, EnquiryUpdated)), None)
    return Receipt(
        outcome=plan.outcome,
        reference=case.reference,
        service=case.service,
        rule=case.rule,
        enquiry=received.enquiry if received else updated.enquiry if updated else None,
        how=received.match.how if received else "call" if updated else None,
        candidates=tuple(candidate.reference for candidate in received.match.candidates) if received else (),
        linked=tuple(change.case.reference for change in plan.changes if change.case.origin == case.id),
        flags=case.flags,
        defects=received.defects if received else item.defects,
        kind=item.kind,
        notice=notice,
    )


def _opened_beside(tx: Transaction, case: Case) -> tuple[str, ...]:
    """Give the references of the further cases that a case's enquiries opened, or a person split off."""
    named = [link.case for link in case.links if link.kind in ("child", "related")]
    found = (tx.case(identifier) for identifier in named)
    return tuple(facts.case.reference for facts in found if facts is not None and facts.case.origin == case.id)


def _logged(payload: _Payload, receipts: list[Receipt]) -> list[Receipt]:
    """Log what became of a payload, now that it is safe."""
    name = payload.name
    if not receipts:
        log("payload.empty", adapter=name)
    items: Sequence[Parsed | None] = payload.items or [None] * len(receipts)
    for item, receipt in zip(items, receipts, strict=True):
        case, outcome = receipt.reference, receipt.outcome
        if outcome == "rejected":
            log("payload.rejected", rejected=receipt.rejected, adapter=name, code=receipt.code)
        elif outcome == "repeat":
            log("enquiry.repeat", case=case, adapter=name)
        elif isinstance(item, DeliveryReport):
            log("report.recorded", case=case, adapter=name, kind=receipt.kind)
        elif isinstance(item, Enquiry):
            log(
                f"enquiry.{outcome}",
                case=case,
                service=receipt.service,
                rule=receipt.rule if outcome == "opened" else None,
                how=receipt.how if outcome != "opened" else None,
                channel=item.channel,
                adapter=name,
                sender=item.sender.masked() if item.sender else "withheld",
                candidates=receipt.candidates,
                linked=receipt.linked,
                flags=receipt.flags,
                defects=receipt.defects,
            )
    for plan in payload.asked:
        log_questions(plan)
    return receipts
