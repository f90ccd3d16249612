"""
Delivery: what becomes of a message once it is in the outbox, and what follows from it.

    queued → sending → sent → delivered → read            as it should be
    sending → queued                                      it is tried again, or waits for its time
    sending → in_doubt                                    nobody knows whether it was sent
    queued, sending, sent → permanent_failure             it did not reach them
    queued, sending → denied                              it must not reach them so
    queued, in_doubt → cleared                            a person took it back

docs/explanation/delivery.md has the words of other systems beside ours.
"""

from __future__ import annotations

import re

from onestop.core.actor import SYSTEM
from onestop.core.case import Draft
from onestop.core.context import Context
from onestop.core.events import MessageState, MessageUpdated
from onestop.core.plan import CaseChange, CaseFacts, MessageChange, Plan

__all__ = ["UNDER_WAY", "is_late", "kept_code", "plan_message_result"]

UNDER_WAY = frozenset({"queued", "sending", "in_doubt"})  # no gateway has said anything of it yet
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,39}\Z")  # such as 5.1.1, 30003, permanent-failure
_ATTENTION = frozenset({"permanent_failure", "in_doubt"})


def kept_code(code: str | None) -> str | None:
    """Give a code as it may stand in the history for good; None for what is no code."""
    return code if code and _CODE.match(code) else None


def plan_message_result(
    facts: CaseFacts,
    message: str,
    state: MessageState,
    code: str | None,
    context: Context,
    *,
    by: str = str(SYSTEM),
    attention: bool | None = None,
) -> Plan:
    """Note what became of a message; a person must look at what failed for good or is in doubt, unless told not to."""
    draft = Draft(facts.case, facts.head)
    draft.add(
        MessageUpdated(
            at=context.now,
            by=by,
            message=message,
            state=state,
            code=code,
            attention=state in _ATTENTION if attention is None else attention,
        )
    )
    change = MessageChange(message, state, code)
    return Plan("recorded", case=draft.case, changes=(CaseChange.of(draft),), message_changes=(change,))


def is_late(known: str, told: MessageState) -> bool:
    """Say whether a report tells less than is known: they overtake each other, and history goes on only."""
    if known == "read":
        return told in ("delivered", "temporary_failure")
    return known in ("delivered", "permanent_failure") and told == "temporary_failure"
