"""The desk: the entry point that does everything."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, get_args

from onestop.channels.base import Adapter
from onestop.channels.discover import discover
from onestop.core.actions import (
    plan_action,
    plan_external_ref,
    plan_flags,
    plan_note,
    plan_reroute,
)
from onestop.core.actor import Actor
from onestop.core.case import Case
from onestop.core.contact import Urn
from onestop.core.context import Context
from onestop.core.directory import Answer
from onestop.core.enquiry import Channel, Enquiry
from onestop.core.escalating import plan_promise
from onestop.core.events import LinkKind
from onestop.core.gateway import Raw
from onestop.core.lifecycle import StateType
from onestop.core.messages import plan_reply
from onestop.core.model import FrozenMap
from onestop.core.notices import Notice, notice_of
from onestop.core.nuisance import SET_ASIDE
from onestop.core.plan import CaseFacts, MessageRow, Plan
from onestop.core.policy import Policy
from onestop.core.promise import ESCALATE
from onestop.core.rules import PRIORITIES, Priority
from onestop.desk.addressing import asked_by, log_queued, party_of, reached, told_by_itself
from onestop.desk.citizens import CitizensDesk
from onestop.desk.clock import Clock, Entropy, entropy, utc_now
from onestop.desk.explain import Explanation, explain
from onestop.desk.intake import IntakeDesk
from onestop.desk.linking import LinkingDesk, Named
from onestop.desk.log import log
from onestop.desk.media import MediaDesk, Scan
from onestop.desk.nuisance import NuisanceDesk
from onestop.desk.outbox import Due, Outbox
from onestop.desk.past import KeptPolicies
from onestop.desk.promises import PromiseDesk
from onestop.desk.questions import QuestionDesk
from onestop.desk.quoting import Quoted, read_quotes
from onestop.desk.receipt import Handled, Receipt
from onestop.desk.session import Session, must_find
from onestop.desk.survey import Survey
from onestop.desk.today import page_of_today, unsettled
from onestop.desk.views import CaseView, Change, read_changes, read_open_children, view, written
from onestop.desk.waiting import OutboxDesk
from onestop.errors import NotFoundError, RequestError
from onestop.gateways.base import Fetcher, Sender
from onestop.stores.base import (
    CaseFilter,
    CitizenRecord,
    Finding,
    Order,
    Page,
    RejectedRecord,
    RestrictionRecord,
    Store,
    Transaction,
)

__all__ = ["AnyCase", "Desk"]

_Decide = Callable[[Transaction, CaseFacts, Context], Plan]

_PAGE = 100
_UNDER_WAY: tuple[StateType, ...] = ("new", "open", "waiting")
NO_ANSWERS: Mapping[str, Answer] = FrozenMap()

AnyCase = str | CaseView | Case
"""A case as the desk takes it: its reference or id, or the case as it was read, which is then checked for changes."""


class Desk:
    """
    Takes enquiries in, keeps the cases, lets people act on them, answers citizens.

    One desk serves one council; it is safe to share between threads, and several desks can live in one process. Every
    call is synchronous and finished when it returns: what it gave you is on the disk.

    What changes a case takes it as its reference or id, or as the `CaseView` or `Case` that you were given. With the
    latter two nothing happens when somebody else changed the case since it was read: a `ConflictError` says so. A
    reference may be written as citizens write it: in lower case, without its dashes.

    Args:
        store: from `open_store`.
        policy: from `load_policy`; open cases follow the policy of the desk that acts on them.
        adapters: the configured adapters by names of your choosing. Left out: every discovered adapter, without
            secrets, so that `receive` works and `handle` refuses.
        sender: carries messages away when `run_due` is called; left out: they wait in the outbox.
        fetcher: fetches the files that a gateway keeps when `run_due` is called; left out: their addresses are kept.
        scan: your malware scanner, called with each file and its media type when `run_due` is called; it says `clean`
            or `infected`. Left out: files are not scanned, and say so.
        unsigned: names of adapters whose requests `handle` takes without a signature: their gateway has none to give,
            and your own code has made sure who sends them.
        survey: your own maps, called with the place of each enquiry as it comes; it gives facts for rules to ask for,
            as `{"road_class": "A"}`. They are kept with the enquiry, so that a replay sees the same.
        clock: gives the time, aware; the machine's own when left out.
        entropy: gives unguessable bytes; the machine's own when left out.

    Raises:
        RequestError: `unsigned` names an adapter whose gateway signs its requests.
    """

    def __init__(
        self,
        store: Store,
        policy: Policy,
        adapters: Mapping[str, Adapter] | None = None,
        *,
        sender: Sender | None = None,
        fetcher: Fetcher | None = None,
        scan: Scan | None = None,
        unsigned: Collection[str] = (),
        survey: Survey | None = None,
        clock: Clock = utc_now,
        entropy: Entropy = entropy,
    ) -> None:
        if adapters is None:
            adapters = {name: adapter() for name, adapter in discover().items()}
        if provable := sorted(name for name in unsigned if name in adapters and adapters[name].capabilities.signed):
            raise RequestError(
                f"requests of {', '.join(provable)} can prove who sent them: give the adapter its secret"
            )
        with store.write() as tx:
            key = tx.secret("mint", entropy(32))
            tx.remember_policy(policy.hash, policy.source, clock())
        self._session = Session(store, policy, dict(adapters), clock, entropy, key)
        self._media = MediaDesk(self._session, fetcher, scan)
        self._intake = IntakeDesk(self._session, frozenset(unsigned), self._media, survey)
        self._questions = QuestionDesk(self._session)
        promises = PromiseDesk(self._session)
        timers = {**self._media.timers, **self._questions.timers, ESCALATE: promises.fire}
        self._waiting = OutboxDesk(self._session)
        self._outbox = Outbox(self._session, sender, timers)
        self._nuisance = NuisanceDesk(self._session)
        self._linking = LinkingDesk(self._session, self._media)
        self._citizens = CitizensDesk(self._session)

    @property
    def policy(self) -> Policy:
        """The policy that this desk decides by."""
        return self._session.policy

    @property
    def adapters(self) -> Mapping[str, Adapter]:
        """The configured adapters."""
        return self._session.adapters

    @property
    def citizens(self) -> CitizensDesk:
        """Citizens: what they state, their contact points and needs, and who of them are one."""
        return self._citizens

    @property
    def questions(self) -> QuestionDesk:
        """Questions with closed answers to citizens: ask, note an answer, take back, decide without one."""
        return self._questions

    @property
    def outbox(self) -> OutboxDesk:
        """The outbox as people see it: what waits, why, until when; tasks, doubts, what is taken back."""
        return self._waiting

    # -- taking in -----------------------------------------------------------------------------------------------------

    def handle(self, adapter: str, raw: Raw) -> Handled:
        """
        Verify a request, take it in, and give the answer that its gateway expects: a whole web view.

        A payload that cannot be read is kept as a rejected intake and acknowledged, so that its gateway does not send
        it for ever. Errors of the payload, the signature or the store become answers, too. The receipts come with the
        answer, for a host that shows the reference at once.

        Raises:
            NotFoundError: no adapter is configured under this name.
        """
        return self._intake.handle(adapter, raw)

    def receive(self, adapter: str, raw: Raw) -> list[Receipt]:
        """
        Take a payload in, trusting the caller that it is genuine; give a receipt for each thing it says, in order.

        Raises:
            NotFoundError: no adapter is configured under this name.
            BusyError, StoreError: nothing was taken in.
        """
        return self._intake.receive(adapter, raw)

    def receive_many(self, adapter: str, raws: Iterable[Raw]) -> list[list[Receipt]]:
        """
        Take payloads in, in order, with one commit for all; later ones see earlier ones.

        Raises:
            NotFoundError: no adapter is configured under this name.
            BusyError, StoreError: none was taken in.
        """
        return self._intake.receive_many(adapter, raws)

    def rejected(self, *, state: Literal["open", "taken_in"] | None = "open", limit: int = 100) -> list[RejectedRecord]:
        """
        Give payloads that could not be taken in, the oldest first; `state=None` gives those since taken in, too.

        Raises:
            RequestError: the limit is none.
        """
        return list(self._intake.rejected(state=state, limit=_at_least_one(limit)))

    def retry(self, rejected: str | RejectedRecord) -> list[Receipt]:
        """
        Take a rejected intake in again, as it came and when it came, with the adapters of today.

        Raises:
            NotFoundError: there is none with this id, its adapter is not configured, or its payload was erased.
            RequestError: it has been taken in already.
        """
        return self._intake.retry(rejected if isinstance(rejected, str) else rejected.id)

    # -- acting on a case ----------------------------------------------------------------------------------------------

    def act(self, case: AnyCase, action: str, *, by: Actor, **fields: str | datetime) -> CaseView:
        """
        Take a lifecycle action, with the fields it needs: `until` is an aware moment, `into` another case's reference.

        Raises:
            ActionError: not allowed now, or not to this actor; it lists what is.
            GuardError: the case lacks what the action asks of it; it says what.
            FieldsError: a required field is missing, or cannot be read.
            NotFoundError, ConflictError, RequestError: no such case; changed meanwhile; tied to itself.
        """
        given = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            into = must_find(tx, written(given["into"])) if "into" in given else None
            children, to = read_open_children(tx, facts.case), asked_by(action, tx, facts, self._session)
            plan = plan_action(facts, action, given, by, self.policy, context, into=into, open_children=children, to=to)
            queued[:] = plan.messages
            return plan

        queued: list[MessageRow] = []
        changed = self._change(case, decide)
        log("case.acted", case=changed.reference, action=action, state=changed.state, by=str(by))
        log_queued(changed.reference, queued, by=str(by))
        return changed

    def reroute(self, case: AnyCase, *, service: str, by: Actor, reason: str | None = None) -> CaseView:
        """
        Send a case to another service; what happened so far stays with it.

        Raises:
            NotFoundError: there is no such case or service.
            RequestError: the case is closed, or there already, or this actor may not.
        """
        was: list[str] = []

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            was[:] = [facts.case.service]
            return plan_reroute(facts, service, reason, by, self.policy, context)

        changed = self._change(case, decide)
        log("case.rerouted", case=changed.reference, service=service, was=was[0], by=str(by))
        return changed

    def note(self, case: AnyCase, text: str, *, by: Actor) -> CaseView:
        """
        Add a note for colleagues; the citizen never sees it.

        Raises:
            NotFoundError, RequestError: there is no such case; the note is empty.
        """
        changed = self._change(case, lambda tx, facts, context: plan_note(facts, text, by, context))
        log("case.noted", case=changed.reference, by=str(by))
        return changed

    def link(self, case: AnyCase, other: AnyCase, *, kind: LinkKind, by: Actor) -> CaseView:
        """
        Tie two cases together: `related`, `duplicate`, `parent`, `child`, or `separate` (looked at, not the same).

        Raises:
            NotFoundError, RequestError: there is no such case; it is the same one; the kind is not one of these.
        """
        return self._shown(self._linking.link(_named(case), _named(other), kind, by))

    def unlink(self, case: AnyCase, other: AnyCase, *, by: Actor, kind: LinkKind | None = None) -> CaseView:
        """
        Undo a link of two cases, on both sides; `kind` says which, where they are tied in several ways.

        Raises:
            NotFoundError, RequestError: there is no such case; they are not tied like this, or by a merge.
        """
        return self._shown(self._linking.unlink(_named(case), _named(other), kind, by))

    def split(
        self,
        case: AnyCase,
        *,
        service: str,
        by: Actor,
        enquiry: str | None = None,
        text: str | None = None,
        kind: Literal["related", "child"] = "related",
    ) -> CaseView:
        """
        Open a further case from an enquiry of a case (left out: its last one), at another service; give the new case.

        `text` is the part of the citizen's words that it is about. Nobody is told of it: `reply` does that.

        Raises:
            NotFoundError: there is no such case, enquiry or service, or the words were erased.
            RequestError: the part does not stand in the enquiry, or this actor may not.
        """
        return self._shown(self._linking.split(_named(case), service, by, enquiry=enquiry, text=text, kind=kind))

    def unsplit(self, case: AnyCase, *, by: Actor) -> CaseView:
        """
        Put a case that was split off, or opened beside another one, back into that one; what it has stays readable.

        Raises:
            NotFoundError, RequestError: there is no such case; it was not split off, is closed, or this actor may not.
        """
        return self._shown(self._linking.unsplit(_named(case), by))

    def merge(self, case: AnyCase, *, into: AnyCase, by: Actor, **fields: str) -> CaseView:
        """
        Merge a case into another one, by the action that its lifecycle has for it; `fields` are what that needs beside.

        The other case takes over its flags and priority, and what is written to either from now on reaches the other.

        Raises:
            ActionError, FieldsError: its lifecycle does not let it be merged now, or by this actor; a field is missing.
            NotFoundError, RequestError: there is no such case; it is the same one, or was merged itself.
        """
        return self._shown(self._linking.merge(_named(case), _named(into), by, fields))

    def unmerge(self, case: AnyCase, *, by: Actor) -> CaseView:
        """
        Undo that a case was closed in favour of another one: it stands as it stood before.

        What the other case was sent meanwhile stays there; the flag `written_elsewhere` says that somebody looks at it.

        Raises:
            NotFoundError, RequestError: there is no such case; it is not merged, or this actor may not.
        """
        return self._shown(self._linking.unmerge(_named(case), by))

    def add_external_ref(self, case: AnyCase, *, system: str, ref: str, by: Actor) -> CaseView:
        """
        Note another system's id of the case, such as the CRM's own; `case(external=(system, ref))` finds it again.

        Noted once more, nothing changes.

        Raises:
            NotFoundError, RequestError: there is no such case; the system or id is empty or too long.
            ConflictError: another case has this id.
        """

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            known = tx.external(system, ref)
            if known is not None and known.case.id == facts.case.id:
                return Plan("recorded", case=facts.case)
            return plan_external_ref(facts, system, ref, by, context)

        changed = self._change(case, decide)
        log("case.external_ref", case=changed.reference, system=system, by=str(by))
        return changed

    def flag(self, case: AnyCase, *, by: Actor, add: Collection[str] = (), remove: Collection[str] = ()) -> CaseView:
        """
        Put flags on a case, or take them off, such as `message_failed` once it was dealt with, or `set_aside`.

        Raises:
            NotFoundError, RequestError: there is no such case; nothing would change; this actor may not.
        """
        changed = self._change(
            case, lambda tx, facts, context: plan_flags(facts, add, remove, by, self.policy, context)
        )
        log("case.flagged", case=changed.reference, flags=changed.flags, by=str(by))
        return changed

    def promise(self, case: AnyCase, *, expected_at: datetime, reason: str, by: Actor, tell: bool = True) -> CaseView:
        """
        Promise the citizen another date, and tell them: by the template `delayed`, in which `text` is the reason.

        It goes the way they wrote. Where nothing may go out by itself (an address that is not proved, a caller, a
        service that answers nobody by itself), the case gets the flag `citizen_untold`. The date holds, whatever
        becomes of the service's targets, until another one is given or the case is reopened.

        Raises:
            NotFoundError: there is no such case, or no template to tell them by.
            RequestError: the date has no zone or is past, there is no reason, the case is done, or this is no worker.
        """

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            to = told_by_itself(tx, facts, self._session) if tell else None
            plan = plan_promise(facts, expected_at, reason, by, self.policy, context, to=to, telling=tell)
            queued[:] = plan.messages
            return plan

        queued: list[MessageRow] = []
        changed = self._change(case, decide)
        log("case.promised", case=changed.reference, told=bool(queued), by=str(by))
        return changed

    def restrict(self, contact_point: str, *, until: datetime, reason: str, by: Actor) -> None:
        """
        Set aside what comes from a contact point until a moment; never what the rules flag as urgent.

        It is a person's decision, with a reason and an end; further ones add to it, `lift` ends them all.

        Raises:
            ContactPointError: this is no URN.
            RequestError: the moment has no zone or is past, there is no reason, or the actor is no worker.
        """
        self._nuisance.restrict(contact_point, until=until, reason=reason, by=by)

    def lift(self, contact_point: str, *, by: Actor) -> None:
        """
        End the restrictions of a contact point.

        Raises:
            ContactPointError: this is no URN.
            NotFoundError: it is not restricted.
            RequestError: the actor is no worker.
        """
        self._nuisance.lift(contact_point, by=by)

    def restrictions(self, *, limit: int = 1000) -> list[RestrictionRecord]:
        """Give the restrictions that are in force, the latest end first."""
        return self._nuisance.restrictions(_at_least_one(limit))

    def reply(
        self,
        case: AnyCase,
        *,
        by: Actor,
        text: str | None = None,
        template: str | None = None,
        purpose: str = "service_update",
        to: str | None = None,
    ) -> CaseView:
        """
        Put an answer to the citizen into the outbox: your words, or a template's.

        It goes to who wrote last, or to the party with the alias `to`, the way they stated for the purpose (one of
        `core.purposes.PURPOSES`): by a gateway, as a task for a person, or not at all, as `messages()` then says. Where
        they stated nothing, it goes to the contact point that they wrote from. A sender whose address may be forged is
        only answered when nobody else wrote, or when named.

        Raises:
            NotFoundError: there is no such case, party or template.
            RequestError: there are no words, no such purpose, or no contact point that a message can go to.
        """

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            whom = reached(tx, facts, party_of(tx, facts, to), self._session, only=to is not None)
            plan = plan_reply(facts, whom, by, self.policy, context, text=text, template=template, purpose=purpose)
            queued[:] = plan.messages
            return plan

        queued: list[MessageRow] = []
        changed = self._change(case, decide)
        log_queued(changed.reference, queued, by=str(by))
        return changed

    def fetch_files(self, case: str | CaseView) -> CaseView:
        """
        Fetch and scan what a case has waiting, now and in this call: `run_due` does so by itself for what came since.

        For files that came before there was a fetcher or a scanner.

        Raises:
            NotFoundError: there is no such case.
            RequestError: this desk has neither.
        """
        with self._session.store.read() as reader:
            found = must_find(reader, _reference(case)).case.id
        self._media.work_now(found)
        return view(self._session.store, self.policy, found)

    def run_due(self, *, limit: int = 1000) -> Due:
        """
        Send the messages and fire the timers that are due, at most `limit` of each; call it every few seconds.

        Raises:
            RequestError: the limit is none.
        """
        due = self._outbox.run_due(_at_least_one(limit))
        self._intake.retry_reports(limit)  # of messages whose gateway was faster than we were
        return due

    def settle(self, *, limit: int = 1000) -> int:
        """
        Settle cases that name a service, provider or state which today's policy lacks; give how many there were.

        The next change of a case does so, too. Call it once when a desk has a new policy, until it gives 0, so that
        the cases of which the policy says nothing are shown to a person at once, by the flag `policy_review`.

        Raises:
            RequestError: the limit is none.
        """
        with self._session.store.read() as reader:
            found = unsettled(reader, self.policy, _at_least_one(limit))
        for case in found:
            settled = self._session.change(case, lambda tx, facts, context: Plan("recorded", case=facts.case)).case
            assert settled is not None
            log("case.settled", case=settled.reference, service=settled.service, state=settled.state)
        return len(found)

    # -- looking up ----------------------------------------------------------------------------------------------------

    def case(self, reference: str | None = None, *, external: tuple[str, str] | None = None) -> CaseView:
        """
        Give a case by its reference or id, or by another system's id of it.

        Raises:
            NotFoundError: there is none.
            RequestError: neither was given, or both.
        """
        if (reference is None) == (external is None):
            raise RequestError("a case is looked up by its reference, or by another system's id of it")
        if reference is not None:
            return view(self._session.store, self.policy, written(reference))
        assert external is not None
        with self._session.store.read() as reader:
            facts = reader.external(*external)
        if facts is None:
            raise NotFoundError("no case has this id of that system")
        return CaseView(self._session.store, self.policy, facts)

    def cases(
        self,
        *,
        service: str | Collection[str] = (),
        provider: str | Collection[str] = (),
        state: str | Collection[str] = (),
        state_type: str | Collection[str] = (),
        assignee: str | None = None,
        priority: Priority | None = None,
        opened_from: datetime | None = None,
        opened_before: datetime | None = None,
        due_before: datetime | None = None,
        overdue: bool = False,
        contact_point: str | None = None,
        flag: str | None = None,
        queue: str | None = None,
        set_aside: bool | None = False,
        order: Order = "opened_at",
        descending: bool = False,
    ) -> Iterator[Case]:
        """
        Give the cases that fit everything given, in the order asked for, read page by page as you go.

        Services, providers and states may be those of an earlier policy. `priority` means this one or higher; times are
        aware, `…_before` is exclusive; `overdue` cases have missed the earliest deadline whose clock runs; cases
        without a target come last when ordered by `target_at`. What was set aside is left out, unless `set_aside` asks
        for it alone (True) or for both (None). `queue` is a provider: cases with a flag that its people look at, as the
        policy of today says.

        Raises:
            ContactPointError: `contact_point` is no URN.
            RequestError: a time has no zone; there is no such priority, state type, order or queue.
        """
        if queue is not None:
            _must_be_known("queue", queue, tuple(self.policy.directory.providers))
        if priority is not None:
            _must_be_known("priority", priority, PRIORITIES)
        wanted = CaseFilter(
            services=_several(service),
            providers=_several(provider),
            states=_several(state),
            state_types=_several(state_type) or (_UNDER_WAY if overdue else ()),
            assignee=assignee,
            priority_from=PRIORITIES.index(priority) if priority else None,
            opened_from=opened_from,
            opened_before=opened_before,
            due_before=self._before(due_before, overdue),
            contact_key=self._key(contact_point) if contact_point else None,
            flags=(*((flag,) if flag else ()), *((SET_ASIDE,) if set_aside else ())),
            any_flags=self.policy.flags.of_queue(queue) if queue else None,
            without_flag=None if set_aside is None or set_aside or flag == SET_ASIDE else SET_ASIDE,
            order=order,
            descending=descending,
        )
        _check_filter(wanted)
        return self._all(wanted)

    def _before(self, due_before: datetime | None, overdue: bool) -> datetime | None:
        """Give before when a deadline must lie: what is overdue is so now, and before the moment asked for."""
        now = self._session.clock()
        if not overdue:
            return due_before
        return min(now, due_before) if due_before and due_before.tzinfo else due_before or now

    def _all(self, wanted: CaseFilter) -> Iterator[Case]:
        after: str | None = None
        while True:
            page = self.page(wanted, after=after, limit=_PAGE)
            yield from page.cases
            if page.next is None:
                return
            after = page.next

    def page(self, wanted: CaseFilter, *, after: str | None = None, limit: int = _PAGE) -> Page:
        """
        Give one page of cases; its `next` goes into the next call's `after`.

        Raises:
            RequestError: `after` was not given by an earlier page, the limit is none, or the filter cannot be.
        """
        _check_filter(wanted)
        with self._session.store.read() as reader:
            return page_of_today(reader, wanted, self.policy, after=after, limit=_at_least_one(limit))

    def changes(self, *, after: int = 0, limit: int = 1000) -> list[Change]:
        """
        Give the events of all cases after a cursor (0: from the beginning), in the order they were written.

        Raises:
            RequestError: the limit is none.
        """
        with self._session.store.read() as reader:
            return list(read_changes(reader, after, _at_least_one(limit)))

    def citizen(self, urn: str) -> CitizenRecord:
        """
        Give the citizen who holds a contact point, and the references of their cases, the newest first.

        Raises:
            ContactPointError: this is no URN.
            NotFoundError: nobody holds it.
        """
        key = self._key(urn)
        with self._session.store.read() as reader:
            record = reader.citizen(key)
        if record is None:
            raise NotFoundError("no citizen is known by this contact point")
        return record

    def explain(self, case: AnyCase) -> Explanation:
        """
        Say why a case is where it is: rules, evidence, deadline, channel.

        Raises:
            NotFoundError: there is no such case.
        """
        events = (case if isinstance(case, CaseView) else self.case(_reference(case))).events()
        with self._session.store.read() as reader:
            return explain(events, KeptPolicies(self.policy, reader), reader, self._session.clock())

    def quotes(self, case: AnyCase, *, by: Actor) -> tuple[Quoted, ...]:
        """
        Give the citizen's words by which flags were raised to those who may see them, to others the names of lists.

        Who may, `see_words` in the policy's flags.toml says. What was erased says so.

        Raises:
            NotFoundError: there is no such case.
        """
        return read_quotes(self._session, _reference(case), by)

    def advise(
        self,
        *,
        service: str | None = None,
        answers: Mapping[str, Answer] = NO_ANSWERS,
        text: str = "",
        language: str | None = None,
        channel: Channel = "web",
    ) -> Notice | None:
        """
        Give what a citizen must be told before they send anything; None: they can go on. Nothing is stored.

        For a form or a conversation that asks as it goes: "do you smell gas?" When the notice says `stop`, it goes no
        further; what is sent all the same is taken in. Who asks is not known yet: of the rules' conditions, those on a
        sender's cases and needs do not hold, and their intake may find more to tell.
        """
        now = self._session.clock()
        asked = Enquiry(
            channel=channel,
            adapter="advise",
            received_at=now,
            service_code=service,
            answers=FrozenMap(answers),
            text=text,
            language=language,
        )
        context = self._session.context("advise", now=now)
        return notice_of(self.policy.decide(asked), self.policy, context, channel=channel, language=language)

    def verify(self) -> Iterator[Finding]:
        """Give everything in which the store's rows, events and contents disagree; nothing when all is well."""
        with self._session.store.read() as reader:
            yield from reader.verify()

    def counts(self) -> Mapping[str, int]:
        """Give how many cases, enquiries, events, messages, citizens and rejected intakes the store has."""
        with self._session.store.read() as reader:
            return reader.counts()

    # -- what the calls share ------------------------------------------------------------------------------------------

    def _change(self, case: AnyCase, decide: _Decide) -> CaseView:
        version = None if isinstance(case, str) else case.version
        plan = self._session.change(_reference(case), decide, version=version)
        assert plan.case is not None
        return view(self._session.store, self.policy, plan.case.id)

    def _shown(self, case: Case) -> CaseView:
        return view(self._session.store, self.policy, case.id)

    def _key(self, urn: str) -> str:
        return Urn.parse(urn, region=self.policy.council.region).key


def _check_filter(wanted: CaseFilter) -> None:
    """Refuse what no case could ever fit; a service or a state that is not known may be of an earlier policy."""
    for state_type in wanted.state_types:
        _must_be_known("state type", state_type, get_args(StateType))
    _must_be_known("order", wanted.order, get_args(Order))
    moments = (wanted.opened_from, wanted.opened_before, wanted.due_before)
    if any(moment.tzinfo is None for moment in moments if moment is not None):
        raise RequestError("a time needs a zone: 2026-03-02T09:00:00+00:00")


def _must_be_known(what: str, given: str, known: Sequence[str]) -> None:
    if given not in known:
        article = "an" if what[0] in "aeiou" else "a"
        raise RequestError(f"{article} {what} is one of {', '.join(known)}")


def _at_least_one(limit: int) -> int:
    if limit < 1:
        raise RequestError("a limit is at least one")
    return limit


def _reference(case: AnyCase) -> str:
    return written(case) if isinstance(case, str) else case.reference


def _named(case: AnyCase) -> Named:
    return Named(_reference(case), None if isinstance(case, str) else case.version)


def _several(given: str | Collection[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
