"""
What comes out differently after all: what failed for now is sent once more, and what was given up arrives.

A gateway's report of a passing failure is its last word: it has tried for hours or days (GOV.UK Notify 72 hours, a mail
server up to five days), and has given up. The telephone may be on again, the mailbox emptied; so another message takes
the place of the one that failed, by the same way: gateways know a message by its id, and would take no second one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import cast

from onestop.core.actor import SYSTEM
from onestop.core.case import MESSAGE_FAILED, Draft
from onestop.core.choice import Choice
from onestop.core.context import Context
from onestop.core.enquiry import Channel
from onestop.core.events import Event, FlagsChanged, MessageQueued, MessageState, MessageUpdated
from onestop.core.gateway import Message
from onestop.core.model import shifted
from onestop.core.plan import CaseChange, CaseFacts, MessageChange, Plan
from onestop.core.policy import Wording
from onestop.core.profile import ContactPoint
from onestop.core.tasks import OutboxMessage, shown_by

__all__ = ["GIVEN_UP", "ONCE_MORE", "once_more", "plan_after_all", "same_words", "taking_its_place"]

GIVEN_UP = frozenset({"in_doubt", "temporary_failure", "permanent_failure"})  # states a later report may belie
ONCE_MORE = "once_more"  # why it goes the way that failed
_WAITS = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))  # before it is sent once more: three times
_NOT_LEFT = frozenset({"queued", "task"})


def once_more(words: Message, tried: Sequence[tuple[Channel, str | None]], now: datetime) -> Choice | None:
    """
    Give the way of a message that failed for now once more; None: it was sent often enough.

    `tried` are the ways of the messages whose place it took, the last one first.
    """
    before = 0
    while before < len(tried) and tried[before][0] == words.channel:
        before += 1
    if before >= len(_WAITS):
        return None
    return Choice(
        "send",
        ONCE_MORE,
        channel=cast(Channel, words.channel),
        contact_point=ContactPoint(urn=words.recipient),
        not_before=shifted(now, _WAITS[before]),
        format=words.format,
        language=words.language,
    )


def same_words(words: Message) -> Wording:
    """Give the words of a message as they were, for the channel that they were made for."""
    return Wording(
        subject=words.subject or "", text=words.text, language=words.language, html=words.html, form=words.channel
    )


def taking_its_place(message: str, events: Iterable[Event]) -> tuple[str, ...]:
    """Give the messages that took the place of one, and of those in turn."""
    found = [message]
    for event in events:  # what takes a place is queued later
        if isinstance(event, MessageQueued) and event.replaces in found:
            found.append(event.message)
    return tuple(found[1:])


def plan_after_all(
    facts: CaseFacts,
    of: OutboxMessage,
    state: MessageState,
    code: str | None,
    instead: Collection[OutboxMessage],
    context: Context,
) -> Plan:
    """
    Note that a message reached them that was given up; what took its place, and has not left, is cleared.

    Flags go that showed nothing else to a person.
    """
    draft, by = Draft(facts.case, facts.head), str(SYSTEM)
    draft.add(MessageUpdated(at=context.now, by=by, message=of.id, state=state, code=code))
    changes = [MessageChange(of.id, state, code)]
    gone: set[str] = set()
    for each in instead:
        if each.state in _NOT_LEFT:
            draft.add(
                MessageUpdated(at=context.now, by=by, message=each.id, state="cleared", code="delivered_after_all")
            )
            changes.append(MessageChange(each.id, "cleared", "delivered_after_all"))
            gone |= set(shown_by(each))
    if not any(other in ("in_doubt", "permanent_failure") for _, other in of.others):
        gone.add(MESSAGE_FAILED)
    if removed := tuple(sorted(gone & set(facts.case.flags))):
        draft.add(FlagsChanged(at=context.now, by=by, removed=removed))
    return Plan("recorded", case=draft.case, changes=(CaseChange.of(draft),), message_changes=tuple(changes))
