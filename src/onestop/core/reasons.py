"""
What the codes of a choice say in English: why a channel was chosen, why another was not, why nothing may go.

They are the codes of `choice`, `sendable` and `authority`, as docs/explanation/preference.md lists them. `need` says
that there is one, and never which.
"""

from __future__ import annotations

from collections.abc import Mapping

from onestop.core.model import FrozenMap

__all__ = ["LOST", "WON", "lost_words", "won_words"]

WON: Mapping[str, str] = FrozenMap(
    {
        "case_preference": "they want to hear of this case so",
        "service_preference": "they want to hear of this service so",
        "purpose_preference": "they want messages of this kind so",
        "general_preference": "they want to hear from us so",
        "temporary_preference": "they want it so for a while",
        "last_used": "they last wrote from there",
        "cost": "the cheapest way that is left",
        "need": "it meets what they need, and another way does not",
    }
)
"""Why a channel was chosen."""

LOST: Mapping[str, str] = FrozenMap(
    {
        "need": "it does not meet what they need",
        "next": "it comes next, if this fails",
        "tried": "it was tried in vain",
        "no_gateway": "nothing of ours sends there",
        "no_contact_point": "no contact point of theirs is known for it",
        "number": "such a number is not written to, or not rung",
        "never_used": "they never wrote from there",
        "window_closed": "the gateway takes no answer to what they wrote any more",
        "opted_out": "they said that they do not want it",
        "no_consent": "the law asks for their consent, and they gave none for it",
        "not_where_they_wrote": "such an answer goes only to where they wrote from",
        "failed": "the gateway says that it cannot be reached",
        "shared": "several people use it",
        "unverified": "nothing shows that it is theirs",
        "person_only": "a person would have to do it, which it is not worth, or they want nobody to",
        "always_quiet": "their quiet hours leave no moment free",
        "muted": "they do not want to hear of this",
        "no_way": "there is no way to them",
        "not_theirs": "when it was about to leave, it was not theirs any more",
        "authority_expired": "who it was for may not act for the citizen any more",
        "no_authority": "who it was for may not be told",
    }
)
"""Why a channel was not chosen, or why a message may not go."""


def won_words(code: str) -> str:
    """
    Say why a channel was chosen; a person who does what no channel could has the reason why none could.

    >>> won_words("need"), won_words("failed"), won_words("of_a_later_release")
    ('it meets what they need, and another way does not', 'no other way is left: the gateway says that it cannot be \
reached', 'of_a_later_release')
    """
    if code in WON:
        return WON[code]
    return f"no other way is left: {LOST[code]}" if code in LOST else code


def lost_words(code: str) -> str:
    """Say why a channel was not chosen, or why a message may not go."""
    return LOST.get(code, code)
