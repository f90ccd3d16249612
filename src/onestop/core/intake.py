"""
Intake: what becomes of an enquiry.

    repeat of what was taken in before       → nothing is written but that it came again
    mail of our own                          → rejected: answering it would never end
    belongs to a case (`matching`)           → an event of that case, which may reopen it
    anything else                            → a case of its own, at the service that the rules name

The functions here are pure. They are called again and again with more answers until they give a plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from onestop.core.acknowledging import acknowledge, speaking
from onestop.core.acting import AUTHORITY_REVIEW, NOBODY_ELSE, Acting, MaySpeak, lacking
from onestop.core.actor import SYSTEM, Actor
from onestop.core.answering import NOTHING_HEARD, carry_out, hear, questions_to
from onestop.core.asking import ask_which
from onestop.core.call_events import is_call_event, plan_call_event
from onestop.core.case import MATCH_REVIEW, Draft
from onestop.core.circumstances import circumstances_of
from onestop.core.commanding import close_done, confirm, kept_in, obeyed, written_down
from onestop.core.commands import Command
from onestop.core.conditions import NOBODY, Circumstances
from onestop.core.context import Context
from onestop.core.enquiry import Channel, Enquiry
from onestop.core.events import (
    CaseLinked,
    EnquiryReceived,
    Match,
)
from onestop.core.gateway import Capabilities
from onestop.core.identity import identify
from onestop.core.matching import Clues, Verdict, acting_of, clues_of, match_case, names_differ
from onestop.core.media import with_recording
from onestop.core.nuisance import SET_ASIDE, brought_back, comes_back, opened_lately, reasons_to_set_aside
from onestop.core.opening import copied_to, open_case
from onestop.core.opting import Opting
from onestop.core.photos import attachment_defects
from onestop.core.places import located, says_where
from onestop.core.plan import (
    Answers,
    Ask,
    CaseChange,
    CaseFacts,
    CitizenChange,
    Claim,
    ContactFacts,
    EnquiryRow,
    FindProfile,
    Gatherer,
    IntakeRow,
    Outcome,
    PartyRow,
    Plan,
    ProfileFacts,
    Query,
    QuestionRow,
    TimerRow,
)
from onestop.core.policy import Policy
from onestop.core.profile import Consent
from onestop.core.promise import keep_promises
from onestop.core.reaching import Reach
from onestop.core.repeats import repeat_query
from onestop.core.rules import SEVERAL
from onestop.core.settling import settle
from onestop.core.splitting import Source, keep_enquiry, open_each, what_came
from onestop.core.verifying import proved_by_token, token_profile
from onestop.core.waking import wake

__all__ = ["plan_intake"]

# Cases of one contact point within the hour, and enquiries of one case that a notice answers: beyond, two machines may
# be writing to each other.
_MOST_ACKNOWLEDGED = 10


def plan_intake(
    enquiry: Enquiry,
    answers: Answers,
    policy: Policy,
    context: Context,
    *,
    raw: str | None = None,
    clues: Clues | None = None,
    gateways: Mapping[Channel, Capabilities] | None = None,
) -> Plan | Ask:
    """
    Give what becomes of an enquiry, or what must be known first (twice; of who was asked something, four times).

    The context's mint is made for `intake_identity(enquiry)`; `raw` is the id of the content that keeps the payload.
    Who asks again may bring the clues that `clues_of` gave: they are the same whatever the answers. `gateways` is what
    can be sent by each channel, for the answer to a sender who stated how they want it.
    """
    clues = clues or clues_of(enquiry, policy)
    repeat = answers.asked_intake() or repeat_query(enquiry, policy, context, clues.digest)
    queries: tuple[Query, ...] = (repeat, *clues.queries())
    if missing := tuple(query for query in queries if query not in answers):
        return Ask(missing)
    contact = answers.contact(clues.contact) if clues.contact else ContactFacts()
    further = (clues.survivors(answers), questions_to(enquiry, contact))
    if missing := tuple(query for query in further if query is not None and query not in answers):
        return Ask(missing)
    earlier = answers.intake(repeat)
    if earlier.same is not None:
        return Plan("repeat", intake=earlier.same)
    if is_call_event(enquiry) and (
        step := plan_call_event(enquiry, earlier, contact, answers, policy, context, raw=raw)
    ):
        return step
    if enquiry.sender is not None and enquiry.sender.key in policy.own_keys:
        return Plan("rejected", code="own_mail")
    acting = acting_of(clues, enquiry, answers, context.now)
    if not isinstance(acting, Acting):
        return Ask((acting,))
    circumstances = circumstances_of(enquiry, contact) if policy.rules.asks_of_senders else NOBODY
    intake = _Intake(enquiry, repeat.digest, policy, context, raw, circumstances, clues.command)
    if earlier.same_source_id:
        intake.note("source_id_reused")
    intake.speaks = contact.language
    if gateways is not None and contact.stated and enquiry.sender is not None:
        profile = FindProfile(key=enquiry.sender.key)
        if profile not in answers:
            return Ask((profile,))
        intake.reach = Reach(answers.profile(profile).profile, gateways)
    heard = hear(enquiry, clues, contact, intake.decision, answers, policy, context) if contact.asked else NOTHING_HEARD
    if isinstance(heard, Ask):
        return heard
    intake.acting = acting
    verdict = heard.verdict or match_case(clues, enquiry, intake.decision, answers, policy, context.now, acting)
    verdict, intake.heard = heard.with_hints(verdict)
    intake.opting = obeyed(clues, enquiry, contact, intake.decision, answers, policy, context)
    verdict = kept_in(verdict, contact, intake.opting)
    shows = token_profile(enquiry, contact, verdict.joins, verdict.how) if intake.opting is None else None
    if shows is not None:
        if shows not in answers:
            return Ask((shows,))
        intake.reads = answers.profile(shows)
    return intake.plan(verdict, contact)


class _Intake:
    """One enquiry on its way into a case."""

    def __init__(
        self,
        enquiry: Enquiry,
        digest: str,
        policy: Policy,
        context: Context,
        raw: str | None,
        circumstances: Circumstances,
        command: Command | None,
    ) -> None:
        self._digest = digest
        self._policy = policy
        self._context = context
        self._raw = raw
        self._gather = Gatherer(context)
        self._parties: list[PartyRow] = []
        self._rows: list[EnquiryRow] = []
        self._claims: tuple[Claim, ...] = ()
        self._shared: tuple[str, ...] = ()
        self._set_aside: tuple[str, ...] = ()
        self._timers: tuple[TimerRow, ...] = ()
        self._consents: tuple[Consent, ...] = ()
        self._citizens: tuple[CitizenChange, ...] = ()
        self._questions: tuple[QuestionRow, ...] = ()
        self.heard = NOTHING_HEARD
        self.enquiry = with_recording(located(enquiry), enquiry, policy)
        self._id = context.mint.id("e")
        self.decision = policy.decide(self.enquiry, circumstances)
        self._command = command
        self.opting: Opting | None = None  # what the command comes to
        self.reach: Reach | None = None  # how they want to be answered, where they stated it
        self.reads: ProfileFacts | None = None  # who is shown to read what is sent to the contact point
        self.speaks: str | None = None  # the language that they stated
        self.acting = NOBODY_ELSE
        check = policy.service(self.decision.service).check_answers(enquiry.answers) if enquiry.answers else None
        if check or enquiry.service_code:
            self.note(*(check or policy.service(self.decision.service).check_answers({})).defects())
        if enquiry.service_code and enquiry.service_code not in policy.directory.services:
            self.note("service_unknown")
        if enquiry.attachments:
            self.note(*attachment_defects(enquiry.attachments, policy.council.files.limits))

    def note(self, *defects: str) -> None:
        """Note defects on the enquiry."""
        self.enquiry = self.enquiry.with_defects(*defects)

    def plan(self, verdict: Verdict, contact: ContactFacts) -> Plan:
        """Give everything that is to be written."""
        joined = verdict.joins
        if joined is None:
            now = self._context.now
            self._set_aside = reasons_to_set_aside(self.enquiry, contact, self.decision, self._policy, now)
            self._set_aside = () if self._is_done else self._set_aside
        others: list[Draft] = []
        by = self._by()
        if joined is None:
            draft = open_case(self.decision, self.enquiry.received_at, by, self._policy, self._context)
        else:
            draft = Draft(joined.case, joined.head)
            self._timers += settle(draft, self._policy, self._context)
        alias = self._receive(draft, joined, verdict, contact, by)
        assert draft.case is not None
        self._bring_back(draft, contact)
        if verdict.follows:
            others.append(self._follow(draft, verdict.follows, by))
        beside = self._open_beside(draft, joined, verdict, by)
        if self.opting is not None:
            self._obey(draft, joined, contact, alias)
        elif joined is None:
            # More than a person writes: it may be a machine, and our answers what it answers.
            by_person = opened_lately(self.enquiry, contact, self._context.now) < _MOST_ACKNOWLEDGED
            may_answer = by_person and bool(self.decision.tell or not self._set_aside)
            if may_answer and not self._ask_which(draft, alias, verdict, contact):
                self._acknowledge(draft, alias, beside)
        else:
            others += self._wake(draft, alias)
            if self.decision.tell and draft.case.enquiries <= _MOST_ACKNOWLEDGED:
                self._acknowledge(draft, alias)
        self._keep_promises(draft, joined, by)
        outcome: Outcome = "joined" if joined else "asked" if verdict.candidates else "opened"
        return self._plan(outcome, [draft, *others, *beside])

    def _keep_promises(self, draft: Draft, joined: CaseFacts | None, by: str) -> None:
        """Let the clocks follow what the enquiry changed; most that join a case change nothing of them."""
        case = draft.case
        assert case is not None
        was = joined.case if joined else None
        if was is None or (was.service, was.flags, was.state) != (case.service, case.flags, case.state):
            self._timers += keep_promises(draft, self._policy, self._context, by)

    def _bring_back(self, draft: Draft, contact: ContactFacts) -> None:
        """Show a case that was set aside when what is added to it would not be set aside itself."""
        case, now = draft.case, self._context.now
        assert case is not None
        if case.enquiries > 1 and comes_back(case, self.enquiry, contact, self.decision, self._policy, now):
            draft.add(brought_back(case, now))

    def _by(self) -> str:
        entered = self.enquiry.entered_by
        return str(Actor(kind="worker", id=entered)) if entered else str(SYSTEM)

    def _receive(self, draft: Draft, joined: CaseFacts | None, verdict: Verdict, contact: ContactFacts, by: str) -> str:
        assert draft.case is not None
        case, enquiry = draft.case.id, self.enquiry
        standing = self._speaks_for(joined)
        alias = self._party(case, joined, contact, standing)
        copied = tuple(self._copied(case, joined))
        cut, content, files, whole = keep_enquiry(self.enquiry, case, self._gather)
        draft.add(
            EnquiryReceived(
                at=self._context.now,
                by=by,
                enquiry=self._id,
                channel=enquiry.channel,
                adapter=enquiry.adapter,
                kind=enquiry.kind,
                party=alias,
                role="representative" if standing else "sender",
                authority=standing.authority if standing else None,
                copied=copied,
                content=content,
                files=files,
                whole=whole,
                **what_came(enquiry.attachments),
                located=says_where(enquiry.location),
                match=Match(how=verdict.how, candidates=verdict.candidates, rejected=verdict.rejected),
                decision=self.decision if joined and enquiry.kind != "auto_reply" else None,
                flags=self._flags(verdict, joined),
                defects=cut.defects,
            )
        )
        self._rows.append(
            EnquiryRow(
                self._id, case, alias, enquiry.channel, enquiry.received_at, content.id, enquiry.thread.message_id
            )
        )
        return alias

    def _opens_beside(self, joined: CaseFacts | None, verdict: Verdict) -> bool:
        """
        Say whether the further services have cases of their own: only where this is an enquiry like any other.

        What joins a case or may belong to one, what was set aside, a forged sender and the pieces of a call are for a
        person to look at first.
        """
        plain = joined is None and not verdict.candidates and not self._set_aside
        return plain and self.enquiry.proved and not is_call_event(self.enquiry)

    def _open_beside(self, main: Draft, joined: CaseFacts | None, verdict: Verdict, by: str) -> list[Draft]:
        """Open the cases of the further services whose matter the enquiry is."""
        if not self._opens_beside(joined, verdict):
            return []
        source = Source(self._id, self.enquiry, self._parties[0])
        made = open_each(main, source, self.decision, by, self._policy, self._context, self._gather)
        self._parties += [each.party for each in made]
        self._rows += [each.enquiry for each in made]
        self._timers += tuple(timer for each in made for timer in each.timers)
        return [each.draft for each in made]

    @property
    def _is_done(self) -> bool:
        """Whether it is a command that leaves nothing to a person."""
        return self.opting is not None and not self.opting.flags

    def _obey(self, draft: Draft, joined: CaseFacts | None, contact: ContactFacts, alias: str) -> None:
        """Write what a command changes, answer it once, and close a case that was opened for nothing else."""
        opting, command = self.opting, self._command
        assert opting is not None
        assert command is not None
        by = self._by() if self.enquiry.entered_by else str(Actor(kind="citizen", id=alias))
        self._consents, self._citizens = written_down(opting, command, self.enquiry, by, draft, self._id)
        if self.decision.tell:
            self._acknowledge(draft, alias)
        elif joined is not None or opened_lately(self.enquiry, contact, self._context.now) < _MOST_ACKNOWLEDGED:
            confirm(draft, self._gather, self.enquiry, command, opting, contact, alias, self._policy, self._context)
        if joined is None and self._is_done:
            close_done(draft, command, self._policy, self._context)

    def _flags(self, verdict: Verdict, joined: CaseFacts | None) -> tuple[str, ...]:
        """Give what a person must know beside what the rules say."""
        service, entered = self.decision.service, self.enquiry.entered_by is not None
        doubted = self.acting.doubted(verdict.looked_at, joined, service, by_worker=entered)
        further = self.decision.opens if not self._opens_beside(joined, verdict) else ()
        if joined is not None:  # a life event that is told of again is no further matter
            further = tuple(also for also in further if also.kind == "related" and also.service != joined.case.service)
        return (
            *((SEVERAL,) if further else ()),
            *((MATCH_REVIEW,) if verdict.candidates else ()),
            *((AUTHORITY_REVIEW,) if doubted else ()),
            *(self.opting.flags if self.opting else ()),
            *self.heard.flags,
            *((SET_ASIDE, *self._set_aside) if self._set_aside else ()),
        )

    def _speaks_for(self, joined: CaseFacts | None) -> MaySpeak | None:
        """Give for whom the sender speaks, where they may; None: for themselves, as far as anybody knows."""
        standing = self.acting.in_case(joined) if joined else self.acting.of_new(self.decision.service)
        return standing if standing is not None and standing.denial is None else None

    def _party(self, case: str, joined: CaseFacts | None, contact: ContactFacts, standing: MaySpeak | None) -> str:
        """Give the sender's alias in the case; a sender who is new to it gets one."""
        enquiry = self.enquiry
        parties = joined.parties_of(enquiry.sender.key) if joined and enquiry.sender and enquiry.proved else ()
        for party in parties:
            if not names_differ(party.name, enquiry.sender_name):
                return party.alias
        alias = self._context.mint.id("p")
        who = identify(enquiry, contact, self._context.mint)
        self._claims, self._shared = who.claims, who.shared
        self._parties.append(
            PartyRow(
                case,
                alias,
                who.citizen,
                enquiry.sender,
                enquiry.sender_name,
                enquiry.proved,
                acts_for=standing.subject if standing else None,
            )
        )
        return alias

    def _copied(self, case: str, joined: CaseFacts | None) -> list[str]:
        """Make parties of those who got a copy, so that their replies find the case; never of ourselves."""
        enquiry = self.enquiry
        if not enquiry.cc or not enquiry.proved:  # whom a forger names has no part in anything
            return []
        own = self._policy.own_keys | {urn.key for urn in enquiry.recipients}
        own |= {party.key for party in joined.parties if party.key} if joined else set()
        own |= {enquiry.sender.key} if enquiry.sender else set()
        copied, cut = copied_to(enquiry.cc, own, len(joined.parties) if joined else 0)
        if cut:
            self.note("copied_cut")
        rows = [PartyRow(case, self._context.mint.id("p"), None, urn, None) for urn in copied]
        self._parties += rows
        return [row.alias for row in rows]

    def _follow(self, draft: Draft, earlier: CaseFacts, by: str) -> Draft:
        assert draft.case is not None
        other = Draft(earlier.case, earlier.head)
        now, case = self._context.now, draft.case
        other.add(CaseLinked(at=now, by=by, case=case.id, reference=case.reference, kind="followed_by"))
        draft.add(CaseLinked(at=now, by=by, case=earlier.case.id, reference=earlier.case.reference, kind="follows"))
        return other

    def _wake(self, draft: Draft, alias: str) -> tuple[Draft, ...]:
        """
        Let a further enquiry do what it says: what it answers, or the action that the lifecycle has for it.

        Gives the other cases that change by it.
        """
        if self.enquiry.kind == "auto_reply" or self._command is not None:
            return ()  # a machine's answer, or nothing but STOP, is no word about the matter
        heard, policy, context = self.heard, self._policy, self._context
        if heard.question is None:
            self._timers += wake(draft, self._gather, alias, policy, context)
            return ()
        enquiry = speaking(self.enquiry, self.speaks)
        done = carry_out(heard, draft, self._gather, enquiry, self._id, alias, self.decision, policy, context)
        self._timers += done.timers
        self._questions += done.rows
        return done.others

    def _ask_which(self, draft: Draft, alias: str, verdict: Verdict, contact: ContactFacts) -> bool:
        """Ask which case is meant instead of saying that we have it; False where that cannot be asked."""
        if not verdict.candidates or self.decision.tell or lacking(verdict.candidates):
            return False
        rows, policy, context = self.heard.rows, self._policy, self._context
        enquiry = speaking(self.enquiry, self.speaks)
        asked = ask_which(draft, self._gather, enquiry, alias, verdict, contact, rows, policy, context)
        if asked is None:
            return False
        self._questions += (asked.row,)
        self._timers += (asked.timer,)
        return True

    def _acknowledge(self, draft: Draft, alias: str, beside: Sequence[Draft] = ()) -> None:
        policy, context = self._policy, self._context
        reach, enquiry = self.reach, speaking(self.enquiry, self.speaks)
        acknowledge(draft, self._gather, enquiry, self.decision, alias, policy, context, beside=beside, reach=reach)

    def _plan(self, outcome: Outcome, drafts: list[Draft]) -> Plan:
        enquiry = self.enquiry
        changes = tuple(CaseChange.of(draft) for draft in drafts)
        shown = None
        if self.reads is not None and not self._shared:
            shown = proved_by_token(self.reads, enquiry, self._id, changes[0].case.id, self._context.now)
        intake = IntakeRow(
            id=self._context.mint.identity,
            adapter=enquiry.adapter,
            source_id=enquiry.source_id,
            digest=self._digest,
            received_at=enquiry.received_at,
            outcome=outcome,
            case=changes[0].case.id,
            enquiry=self._id,
            raw=self._raw,
        )
        return Plan(
            outcome,
            case=changes[0].case,
            changes=changes,
            contents=tuple(self._gather.contents),
            parties=tuple(self._parties),
            claims=self._claims,
            shared=self._shared,
            enquiries=tuple(self._rows),
            messages=tuple(self._gather.messages),
            timers=self._timers,
            consents=self._consents,
            citizens=shown.citizens if shown else self._citizens,
            contact_points=shown.contact_points if shown else (),
            questions=self._questions,
            intake=intake,
        )
