"""
Notices: the words that a citizen is shown at once, because what they say cannot wait for us.

A rule says `tell = "gas-advice"`, the name of a template. Its words go back the way the enquiry came: as the message
that would have been the acknowledgement, and in the receipt, for a form's page and for the screen of whoever takes the
call. With `stop = true` a form that asks before it sends goes no further; what is sent all the same is taken in.
"""

from __future__ import annotations

from onestop.core.case import Case
from onestop.core.context import Context
from onestop.core.directory import localise
from onestop.core.model import Frozen
from onestop.core.policy import Policy
from onestop.core.rules import Decision

__all__ = ["Notice", "notice_of"]


class Notice(Frozen):
    """What a citizen is told at once, in the words of their channel and language."""

    template: str
    subject: str = ""  # empty where the channel has none: only e-mail has
    text: str
    language: str  # the first of the languages it is in
    stop: bool = False  # a form that asks before it sends goes no further


def notice_of(
    decision: Decision,
    policy: Policy,
    context: Context,
    *,
    channel: str,
    language: str | None,
    case: Case | None = None,
) -> Notice | None:
    """Give what a decision tells the citizen; None where it tells nothing. Without a case its reference is empty."""
    if decision.tell is None or decision.tell not in policy.templates:
        return None  # the template may be gone since: the decision of an earlier policy's
    languages = policy.languages_for(language)
    wording = policy.templates[decision.tell].render(
        channel=channel,
        languages=languages,
        values={each: _values(decision, policy, context, each, case) for each in languages},
    )
    return Notice(
        template=decision.tell,
        subject=wording.subject,
        text=wording.text,
        language=wording.language,
        stop=decision.stop,
    )


def _values(decision: Decision, policy: Policy, context: Context, language: str, case: Case | None) -> dict[str, str]:
    if case is not None:
        return policy.values(case, language, context.now) | {"text": ""}
    first = policy.council.languages[0]
    service = localise(policy.service(decision.service).name, language, first)
    return {
        "reference": "",
        "service": service,
        "services": service,
        "council": localise(policy.council.name, language, first),
        "text": "",
        "expected": "",
    }
