"""
Call events: a telephone system tells of one call several times, and all of it becomes one enquiry.

The first event that arrives opens the case, whichever it is, so that nothing is lost when the others never come. Each
later one makes the enquiry fuller (`calls.merge_calls`), is held against the rules again, and may raise flags and
priority; a case that only rules have seen, and no person, goes where the fuller enquiry belongs, so that a message
about a smell of gas does not wait because its transcript came a minute late. For the same reason new flags of a
case that was merged reach the one that took its place, and what may not wait is no longer set aside.
"""

from __future__ import annotations

from onestop.core.actor import SYSTEM, Actor
from onestop.core.calls import merge_calls
from onestop.core.case import Case, Draft
from onestop.core.circumstances import circumstances_of
from onestop.core.conditions import Circumstances
from onestop.core.context import Context
from onestop.core.enquiry import TEXT_LIMIT, Enquiry
from onestop.core.events import BY_HAND, EnquiryUpdated, FlagsChanged
from onestop.core.identity import Identity, identify
from onestop.core.matching import clues_of
from onestop.core.media import with_recording
from onestop.core.nuisance import SET_ASIDE, brought_back, may_not_wait
from onestop.core.places import located, says_where
from onestop.core.plan import (
    Answers,
    Ask,
    CaseChange,
    ContactFacts,
    EnquiryChange,
    EnquiryFacts,
    FindEnquiry,
    Gatherer,
    IntakeFacts,
    IntakeRow,
    PartyRow,
    Plan,
    TimerRow,
)
from onestop.core.policy import Policy
from onestop.core.promise import keep_promises
from onestop.core.rerouting import rerouted
from onestop.core.rules import FALLBACK, Decision
from onestop.core.sender_conditions import ASKED_OF_SENDERS
from onestop.core.settling import settle

__all__ = ["is_call_event", "plan_call_event", "told_by"]


def is_call_event(enquiry: Enquiry) -> bool:
    """Say whether this is one of several things that a telephone system tells of a call."""
    return enquiry.channel == "phone" and "call_event" in enquiry.gateway_meta and enquiry.source_id is not None


def told_by(event: Enquiry) -> tuple[str, ...]:
    """Give what an event says beside what its digest is over: two that differ in it are two events."""
    words = (word for name in sorted(event.gateway_meta) for word in (name, event.gateway_meta[name]))
    return (event.kind, event.language or "", *sorted(map(str, event.recipients)), *words)


def plan_call_event(
    event: Enquiry,
    earlier: IntakeFacts,
    contact: ContactFacts,
    answers: Answers,
    policy: Policy,
    context: Context,
    *,
    raw: str | None,
) -> Plan | Ask | None:
    """
    Give what becomes of a further event of a call.

    None when it is the first one, when the call was erased, or when what had its id before was no such call.
    """
    other = earlier.other
    if other is None or other.case is None or other.enquiry is None:
        return None
    query = FindEnquiry(other.case, other.enquiry)
    if query not in answers:
        return Ask((query,))
    known = answers.enquiry(query)
    if known is None or not is_call_event(known.enquiry):
        return None
    caller = contact
    if (
        event.sender is None
        and policy.rules.asks & ASKED_OF_SENDERS
        and (of := clues_of(known.enquiry, policy).contact)
    ):
        if of not in answers:
            return Ask((of,))
        caller = answers.contact(of)
    about = circumstances_of(merge_calls(known.enquiry, event), caller, apart=other.case)
    return _Update(event, other.enquiry, known, contact, about, policy, context).plan(raw)


class _Update:
    """One more event of a call that is there."""

    def __init__(
        self,
        event: Enquiry,
        identifier: str,
        known: EnquiryFacts,
        contact: ContactFacts,
        circumstances: Circumstances,
        policy: Policy,
        context: Context,
    ) -> None:
        self._event = event
        self._id = identifier
        self._known = known
        self._contact = contact
        self._circumstances = circumstances
        self._policy = policy
        self._context = context
        self._merged = with_recording(located(_noting_length(merge_calls(known.enquiry, event))), event, policy)
        self._decision = policy.decide(self._merged, circumstances).in_one_case()

    def plan(self, raw: str | None) -> Plan:
        """Give everything that is to be written."""
        case, now = self._known.case.case, self._context.now
        gather, draft = Gatherer(self._context), Draft(case, self._known.case.head)
        to_be_done = settle(draft, self._policy, self._context)
        assert draft.case is not None
        case = draft.case
        content = self._update(draft, gather)
        decision = self._decision
        if decision.rule != FALLBACK and decision.service != case.service and _untouched(case, self._policy):
            place = self._merged.location
            by = str(SYSTEM)
            draft.add(rerouted(case, decision.service, by, self._policy, now, rule=decision.rule, location=place))
        assert draft.case is not None
        if SET_ASIDE in draft.case.flags and may_not_wait(self._decision, self._policy):
            draft.add(brought_back(draft.case, now))
        party, who = self._party(case)
        timers = (*to_be_done, *keep_promises(draft, self._policy, self._context, str(SYSTEM)))
        passed_on, further = self._passed_on()
        drafts = [draft, *passed_on]
        return Plan(
            "joined",
            case=draft.case,
            changes=tuple(CaseChange.of(each) for each in drafts),
            contents=tuple(gather.contents),
            party_changes=party,
            claims=who.claims,
            shared=who.shared,
            enquiry_changes=(EnquiryChange(case.id, self._id, content),),
            timers=(*timers, *further),
            intake=self._intake(case, raw),
        )

    def _update(self, draft: Draft, gather: Gatherer) -> str:
        """Add the event, and give the content that holds the enquiry from now on."""
        merged, case = self._merged, self._known.case.case.id
        content = gather.content("enquiry", merged.model_dump_json(exclude_defaults=True).encode(), case=case)
        files = tuple(
            gather.content("file", file.content, case=case, media_type=file.media_type).ref
            for file in self._event.attachments
            if file.content is not None
        )
        draft.add(
            EnquiryUpdated(
                at=self._context.now,
                by=str(Actor(kind="worker", id=self._event.entered_by) if self._event.entered_by else SYSTEM),
                enquiry=self._id,
                kind=merged.kind,
                content=content.ref,
                files=files,
                located=says_where(merged.location),
                decision=self._decision,
                defects=merged.defects,
            )
        )
        return content.id

    def _party(self, case: Case) -> tuple[tuple[PartyRow, ...], Identity]:
        """Give who the caller turned out to be: an event without a number may be the first that comes."""
        known, merged = self._known.enquiry, self._merged
        if (merged.sender, merged.sender_name) == (known.sender, known.sender_name):
            return (), Identity()
        if merged.sender == known.sender:  # the name alone is new
            citizen = next((p.citizen for p in self._known.case.parties if p.alias == self._known.party), None)
            who = Identity(citizen)
        else:
            who = identify(merged, self._contact, self._context.mint)
        row = PartyRow(case.id, self._known.party, who.citizen, merged.sender, merged.sender_name, merged.proved)
        return (row,), who

    def _passed_on(self) -> tuple[list[Draft], tuple[TimerRow, ...]]:
        """Let the case that took a merged one's place have the flags that this event raises."""
        survivor, now = self._known.survivor, self._context.now
        if survivor is None:
            return [], ()
        draft = Draft(survivor.case, survivor.head)
        raised = set(self._decision.flags) - set(self._before().flags)
        if new := tuple(sorted(raised - set(survivor.case.flags))):
            draft.add(FlagsChanged(at=now, by=str(SYSTEM), added=new))
        if SET_ASIDE in survivor.case.flags and may_not_wait(self._decision, self._policy):
            draft.add(brought_back(survivor.case, now))
        if not draft.events:
            return [], ()
        return [draft], keep_promises(draft, self._policy, self._context, str(SYSTEM))

    def _before(self) -> Decision:
        """Give what the rules would say today of what was known before this event."""
        return self._policy.decide(self._known.enquiry, self._circumstances)

    def _intake(self, case: Case, raw: str | None) -> IntakeRow:
        event = self._event
        return IntakeRow(
            id=self._context.mint.identity,
            adapter=event.adapter,
            source_id=event.source_id,
            digest=event.digest,
            received_at=event.received_at,
            outcome="joined",
            case=case.id,
            enquiry=self._id,
            raw=raw,
        )


def _noting_length(enquiry: Enquiry) -> Enquiry:
    """Note that the text was cut; the whole of it is in `full_text`."""
    return enquiry.with_defects("text_truncated") if len(enquiry.full_text or "") > TEXT_LIMIT else enquiry


def _untouched(case: Case, policy: Policy) -> bool:
    """Say whether only rules have seen the case: nobody sent it on, took it up, closed it or tied it to another."""
    begun = case.state_version > 1 or case.state != policy.lifecycle(case.service).initial
    return case.rule != BY_HAND and case.enquiries == 1 and not (begun or case.assignee or case.links or case.external)
