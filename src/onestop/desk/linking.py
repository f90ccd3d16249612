"""The part of the desk that ties cases together: links, splits, merges, and the undoing of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from onestop.core.actions import plan_action
from onestop.core.actor import Actor
from onestop.core.case import Case
from onestop.core.context import Context
from onestop.core.events import EnquiryReceived, LinkKind, read_event
from onestop.core.linking import History, plan_link, plan_unlink
from onestop.core.merging import closed_for, merging_action, plan_unmerge, plan_unsplit
from onestop.core.plan import CaseFacts, Plan
from onestop.core.splitting import Fetched, Source, plan_split
from onestop.desk.addressing import asked_by
from onestop.desk.knowing import read_circumstances
from onestop.desk.log import log
from onestop.desk.media import MediaDesk, read_files
from onestop.desk.session import Session, must_find
from onestop.desk.views import read_open_children
from onestop.errors import ConflictError, NotFoundError, RequestError
from onestop.stores import load_enquiry
from onestop.stores.base import Reader, Transaction

__all__ = ["LinkingDesk", "Named"]


class Named(NamedTuple):
    """A case as a caller names it: by its reference or id, and at the version that they saw, if they did."""

    reference: str
    version: int | None = None

    def find(self, tx: Transaction) -> CaseFacts:
        """
        Give the case.

        Raises:
            NotFoundError, ConflictError: there is none; it has changed since it was shown.
        """
        facts = must_find(tx, self.reference)
        if self.version not in (None, facts.case.version):
            raise ConflictError(f"the case {facts.case.reference} has changed since it was shown")
        return facts


class LinkingDesk:
    """Links, splits and merges cases, and undoes it."""

    def __init__(self, session: Session, media: MediaDesk) -> None:
        self._session = session
        self._media = media

    def link(self, case: Named, other: Named, kind: LinkKind, by: Actor) -> Case:
        """Tie two cases together."""

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            return plan_link(facts, other.find(tx), kind, by, context)

        return self._changed(case, decide, "case.linked", other=other.reference, kind=kind, by=by)

    def unlink(self, case: Named, other: Named, kind: LinkKind | None, by: Actor) -> Case:
        """Undo a link."""

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            return plan_unlink(_history(tx, facts), _history(tx, other.find(tx)), kind, by, context)

        return self._changed(case, decide, "case.unlinked", other=other.reference, kind=kind, by=by)

    def merge(self, case: Named, into: Named, by: Actor, fields: dict[str, str]) -> Case:
        """Take the action of the case's lifecycle that merges it."""
        policy = self._session.policy

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            survivor = into.find(tx)
            action = merging_action(facts.case, by, policy)
            given = {**fields, "into": survivor.case.reference}
            children, to = read_open_children(tx, facts.case), asked_by(action, tx, facts, self._session)
            return plan_action(facts, action, given, by, policy, context, into=survivor, open_children=children, to=to)

        return self._changed(case, decide, "case.merged", other=into.reference, by=by)

    def unmerge(self, case: Named, by: Actor) -> Case:
        """Put a case back that was closed in favour of another one."""

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            survivor = must_find(tx, closed_for(facts.case))
            return plan_unmerge(_history(tx, facts), _history(tx, survivor), by, self._session.policy, context)

        return self._changed(case, decide, "case.unmerged", by=by)

    def split(
        self,
        case: Named,
        service: str,
        by: Actor,
        *,
        enquiry: str | None,
        text: str | None,
        kind: Literal["related", "child"],
    ) -> Case:
        """Open a further case from an enquiry of a case."""
        policy = self._session.policy

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            source = _source(tx, facts.case.id, enquiry)
            known = read_circumstances(tx, source.enquiry, policy, apart=facts.case.id)
            plan = plan_split(facts, source, service, by, policy, context, text=text, kind=kind, circumstances=known)
            return self._media.with_timer(plan, source.enquiry.model_copy(update={"call": None}), context)

        return self._changed(case, decide, "case.split", other=case.reference, service=service, by=by)

    def unsplit(self, case: Named, by: Actor) -> Case:
        """Put a case that was split off back into its origin."""

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            if facts.case.origin is None:
                raise RequestError("this case was not split off from another one")
            origin = must_find(tx, facts.case.origin)
            return plan_unsplit(_history(tx, facts), _history(tx, origin), by, self._session.policy, context)

        return self._changed(case, decide, "case.unsplit", by=by)

    def _changed(
        self,
        case: Named,
        decide: Callable[[Transaction, CaseFacts, Context], Plan],
        event: str,
        *,
        by: Actor,
        **said: str | None,
    ) -> Case:
        plan = self._session.change(case.reference, decide, version=case.version)
        assert plan.case is not None
        log(event, case=plan.case.reference, **said, by=str(by))
        return plan.case


def _history(reader: Reader, facts: CaseFacts) -> History:
    return History(facts, [read_event(stored.data) for stored in reader.events(facts.case.id)])


def _source(reader: Reader, case: str, enquiry: str | None) -> Source:
    """
    Give an enquiry of a case with all that a case of its own needs; the last one where none is named.

    Raises:
        NotFoundError: the case has no such enquiry, or its words were erased.
    """
    found = [record for record in reader.enquiries(case) if enquiry in (None, record.id)]
    if not found:
        raise NotFoundError("the case has no such enquiry")
    record = found[-1]
    body = reader.content(record.content)
    party = next((row for row in reader.parties(case) if row.alias == record.party), None)
    if body is None or party is None:
        raise NotFoundError("the words of this enquiry, or who sent it, were erased")
    events = [read_event(stored.data) for stored in reader.events(case)]
    received = next(e for e in events if isinstance(e, EnquiryReceived) and e.enquiry == record.id)
    kept = load_enquiry(body)
    files = {f.attachment: f for f in read_files(reader, case) if f.enquiry == record.id}
    found_bytes = {number: reader.content(file.content) for number, file in files.items() if file.content}
    attachments = tuple(
        each if each.url else each.model_copy(update={"content": found_bytes.get(number)})
        for number, each in enumerate(kept.attachments)
    )
    return Source(
        id=record.id,
        enquiry=kept.model_copy(update={"attachments": attachments}),
        party=party,
        whole=reader.content(received.whole.id) if received.whole else None,
        fetched={
            number: Fetched(content, files[number].media_type, files[number].defects)
            for number, content in found_bytes.items()
            if content is not None and files[number].url
        },
        verdicts={
            number: "infected" if file.state == "infected" else "clean"
            for number, file in files.items()
            if file.state in ("clean", "infected")
        },
    )
