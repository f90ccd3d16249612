"""
Commands that come in: what is done at once, where they are kept, and what is left for a person.

What a command does stands in the ledger, and its proof is the enquiry, so every one is kept in a case: the one that we
last wrote to them about, which it does not wake, or one of its own, which is closed at once. A case is left open and
flagged only where a person must look: nobody knows what the command names, its sender may be forged, or it is a call
for help.
"""

from __future__ import annotations

from onestop.core.acknowledging import answer, speaking
from onestop.core.actor import SYSTEM
from onestop.core.case import Draft
from onestop.core.commands import Command
from onestop.core.context import Context
from onestop.core.enquiry import Enquiry
from onestop.core.events import BY_COMMAND, FlagsChanged, StateChanged
from onestop.core.matching import Clues, Verdict
from onestop.core.opting import ANSWERED, Opting, opt
from onestop.core.plan import Answers, CitizenChange, ContactFacts, Gatherer
from onestop.core.policy import Policy
from onestop.core.preferring import state, wish
from onestop.core.profile import Consent, Proof, Source
from onestop.core.purposes import Purpose
from onestop.core.rules import Decision

__all__ = ["close_done", "confirm", "kept_in", "obeyed", "written_down"]

_OPTING = frozenset({"opt_out", "opt_in", "help"})
_UNCLEAR = "not_understood"
_MOST_ANSWERED = 10  # enquiries of one case: beyond, two machines may be writing to each other


def obeyed(
    clues: Clues,
    enquiry: Enquiry,
    contact: ContactFacts,
    decision: Decision,
    answers: Answers,
    policy: Policy,
    context: Context,
) -> Opting | None:
    """
    Give what a command comes to; None for an enquiry that is none.

    What the rules find urgent in it a person sees, whatever else was done.
    """
    command = clues.command
    if command is None:
        return None
    facts = answers.profile(clues.ledger) if clues.ledger else None
    if command.kind in _OPTING:
        ledger = facts.profile.consents if facts else ()
        source = Source(by=str(SYSTEM), at=enquiry.received_at, channel=enquiry.channel)
        found = opt(command, enquiry, ledger, clues.scoped(answers), policy.vocabulary, source, context.mint)
    else:
        found = wish(command, enquiry, facts, contact)
    return found._replace(flags=(command.flag,)) if decision.flags or decision.tell else found


def kept_in(verdict: Verdict, contact: ContactFacts, opting: Opting | None) -> Verdict:
    """Give where a command is kept that leaves nothing to a person: candidates would be a question about nothing."""
    if opting is None or opting.flags or verdict.joins is not None:
        return verdict
    about = next((facts for facts in contact.cases if facts.case.id == contact.last_message_case), None)
    if contact.shared or about is None or about.case.merged_into:
        return Verdict("command", rejected=verdict.rejected)
    return Verdict("command", joins=about, rejected=verdict.rejected)


def written_down(
    opting: Opting, command: Command, enquiry: Enquiry, by: str, draft: Draft, enquiry_id: str
) -> tuple[tuple[Consent, ...], tuple[CitizenChange, ...]]:
    """Give what a command writes of its sender; who said it, and the enquiry that shows it, are known only now."""
    assert draft.case is not None
    proof = Proof(case=draft.case.id, enquiry=enquiry_id)
    consents = tuple(
        entry.model_copy(update={"source": entry.source.model_copy(update={"by": by, "proof": proof})})
        for entry in opting.consents
    )
    holder = opting.holder
    return consents, () if holder is None else (state(command, holder, enquiry, by, proof),)


def close_done(draft: Draft, command: Command, policy: Policy, context: Context) -> None:
    """Close a case that was opened for nothing but a command; where its lifecycle closes nothing as done, flag it."""
    case, at, by = draft.case, context.now, str(SYSTEM)
    assert case is not None
    lifecycle = policy.lifecycle(case.service)
    closing = next((each for each in lifecycle.data.actions.values() if each.closing_reason == "done"), None)
    if closing is None:
        draft.add(FlagsChanged(at=at, by=by, added=(command.flag,)))
        return
    draft.add(
        StateChanged(at=at, by=by, action=BY_COMMAND, state=closing.to, state_type="closed", closing_reason="done")
    )


def confirm(
    draft: Draft,
    gather: Gatherer,
    enquiry: Enquiry,
    command: Command,
    opting: Opting,
    contact: ContactFacts,
    alias: str,
    policy: Policy,
    context: Context,
) -> None:
    """
    Queue the one answer to a command, where there is one: in the language that they ask for by it, or stated before.

    None where the gateway answered it itself, or the case's service answers nobody by itself; that we did not
    understand is said once, as long as a person has not looked.
    """
    case, template = draft.case, opting.answer
    assert case is not None
    if template is None or enquiry.gateway_meta.get(ANSWERED) == command.kind:
        return
    if policy.service(case.service).acknowledge is False or case.enquiries > _MOST_ANSWERED:
        return
    if template == _UNCLEAR and any(command.flag in facts.case.flags for facts in contact.cases):
        return
    purpose: Purpose = "question" if template == _UNCLEAR else "confirmation"
    enquiry = speaking(enquiry, command.scope if command.kind == "language" else contact.language)
    languages = policy.languages_for(enquiry.language)
    options = {each: {"options": _options(command, each, policy)} for each in languages}
    answer(draft, gather, enquiry, template, purpose, alias, policy, context, further=options)


def _options(command: Command, language: str, policy: Policy) -> str:
    """Give what could have been said, one a line: the keyword alone, with everything, and with each topic."""
    vocabulary = policy.vocabulary
    keyword = vocabulary.shown(command.kind, language)
    scopes = ["", vocabulary.shown("everything", language), *vocabulary.shown_topics(language)]
    return "\n".join(dict.fromkeys(f"{keyword} {scope}".strip().upper() for scope in scopes))
