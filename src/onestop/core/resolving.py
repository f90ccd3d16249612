"""
What a doubt of matching comes to: the case goes into the one that it belongs to, or stays one of its own.

The citizen's answer and a worker's decision do the same. A case that goes into another one is closed as merged,
whatever its lifecycle lets people do, since it never was a matter of its own; `plan_unmerge` puts it back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from onestop.core.actor import Actor
from onestop.core.case import MATCH_REVIEW, Case, Draft
from onestop.core.context import Context
from onestop.core.events import FlagsChanged, MessageUpdated, QuestionLapsed, StateChanged
from onestop.core.linking import must_be_allowed, tie
from onestop.core.merging import closed_state
from onestop.core.plan import CaseChange, CaseFacts, Gatherer, MessageChange, Plan, QuestionRow, TimerRow
from onestop.core.policy import Policy
from onestop.core.promise import keep_promises
from onestop.core.questions import read_question, row_of
from onestop.core.waking import wake
from onestop.errors import RequestError

__all__ = ["JOINED", "is_in_doubt", "keep_apart", "merge_into", "plan_resolve", "resolve", "withdraw"]

JOINED = "joined"  # the action that closes a case which turned out to be part of another one


def merge_into(draft: Draft, second: Draft, by: Actor, policy: Policy, context: Context) -> None:
    """
    Close the draft's case in favour of the second one, which takes over its flags and priority.

    Raises:
        RequestError: it cannot go there: it is the same case, one that was merged itself, or a closed one where what
            may not wait would end. Neither draft is changed.
    """
    state = closed_state(_case(draft), policy)
    tie(
        _copy(draft), _copy(second), "merged_into", by, context, closing=policy
    )  # which refuses before anything is done
    draft.add(
        StateChanged(
            at=context.now, by=str(by), action=JOINED, state=state, state_type="closed", closing_reason="merged"
        )
    )
    tie(draft, second, "merged_into", by, context, closing=policy)


def keep_apart(draft: Draft, others: Iterable[Draft], by: Actor, context: Context) -> None:
    """Say that a case is not the same matter as others; with the last one that it may belong to the doubt is over."""
    for other in others:
        tie(draft, other, "separate", by, context)


def withdraw(
    draft: Draft,
    rows: Iterable[QuestionRow],
    because: Literal["time", "withdrawn", "overtaken"],
    by: Actor,
    context: Context,
    *,
    waiting: Collection[str] = (),
) -> tuple[tuple[QuestionRow, ...], tuple[MessageChange, ...]]:
    """
    Note that nobody waits any more for the answers to questions of a case; give what is to be written of them.

    `waiting` are the ids of messages that have not left yet: a question that nobody waits for is not asked.
    """
    taken, cleared = [], []
    state: Literal["lapsed", "withdrawn"] = "lapsed" if because == "time" else "withdrawn"
    for row in rows:
        question = read_question(row)
        if row.id in _case(draft).questions:
            draft.add(QuestionLapsed(at=context.now, by=str(by), question=row.id, because=because))
        if question.message in waiting and question.message is not None:
            draft.add(MessageUpdated(at=context.now, by=str(by), message=question.message, state="cleared"))
            cleared.append(MessageChange(question.message, "cleared"))
            question = question.model_copy(update={"unseen": True})
        taken.append(row_of(question, row.key, state))
    return tuple(taken), tuple(cleared)


def plan_resolve(
    facts: CaseFacts,
    target: CaseFacts | None,
    apart: Sequence[CaseFacts],
    rows: Sequence[QuestionRow],
    by: Actor,
    policy: Policy,
    context: Context,
    *,
    waiting: Collection[str] = (),
) -> Plan:
    """
    Decide what a case in doubt belongs to: `target`, or nothing that there is, which `apart` are then not.

    `rows` are the questions of the case; those that asked for this are taken back, with their messages if they are
    among those that have not left (`waiting`).

    Raises:
        RequestError: nobody doubts what the case belongs to, it cannot go into that case, or the actor is neither
            worker nor system.
    """
    must_be_allowed(by)
    if not is_in_doubt(facts.case):
        raise RequestError("nobody doubts what this case belongs to: merge or link it, if it must be")
    gather, draft = Gatherer(context), Draft(facts.case, facts.head)
    asked = [row for row in rows if row.state == "open" and read_question(row).about == "match"]
    questions, cleared = withdraw(draft, asked, "overtaken", by, context, waiting=waiting)
    others, timers = resolve(draft, gather, facts, target, apart, by, policy, context)
    return Plan(
        "recorded",
        case=draft.case,
        changes=tuple(CaseChange.of(each) for each in (draft, *others)),
        contents=tuple(gather.contents),
        messages=tuple(gather.messages),
        message_changes=cleared,
        timers=timers,
        questions=questions,
    )


def is_in_doubt(case: Case) -> bool:
    """Say whether a case may belong to another one, and nobody has decided."""
    return case.state_type != "closed" and bool(case.candidates or MATCH_REVIEW in case.flags)


def resolve(
    draft: Draft,
    gather: Gatherer,
    facts: CaseFacts,
    target: CaseFacts | None,
    apart: Sequence[CaseFacts],
    by: Actor,
    policy: Policy,
    context: Context,
) -> tuple[tuple[Draft, ...], tuple[TimerRow, ...]]:
    """
    Add to a draft what its case belongs to, as a person decided; give the other cases that change, and timers.

    A case that another one goes into is woken, as if what is in that had been written to it.

    Raises:
        RequestError: it cannot go into that case.
    """
    if target is None:
        others = tuple(Draft(other.case, other.head) for other in apart)
        keep_apart(draft, others, by, context)
        if MATCH_REVIEW in _case(draft).flags:
            draft.add(FlagsChanged(at=context.now, by=str(by), removed=(MATCH_REVIEW,)))
        return others, keep_promises(draft, policy, context, str(by))
    second = Draft(target.case, target.head)
    merge_into(draft, second, by, policy, context)
    alias = _same_party(facts, target)
    timers = wake(second, gather, alias, policy, context) if alias else ()
    for each in (draft, second):
        timers += keep_promises(each, policy, context, str(by))
    return (second,), timers


def _same_party(facts: CaseFacts, other: CaseFacts) -> str | None:
    """Give the alias in the other case of who opened this one."""
    opener = next(iter(facts.case.parties), None)
    key = next((party.key for party in facts.parties if party.alias == opener), None)
    found = other.party_of(key)
    return found.alias if found else None


def _copy(draft: Draft) -> Draft:
    return Draft(draft.case, draft.head)


def _case(draft: Draft) -> Case:
    assert draft.case is not None
    return draft.case
