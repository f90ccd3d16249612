"""How gateways and telephone systems write that a caller's number is withheld."""

from __future__ import annotations

__all__ = ["is_withheld"]

# SIP (RFC 3323): anonymous. Twilio, "TwiML voice: how calls with a hidden number look" (read 2026-03-02): the words
# ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE typed on a telephone's keys, with + in front. The rest are
# what UK exchanges show to an agent.
_WITHHELD = frozenset(
    {
        "",
        "266696687",
        "7378742833",
        "2562533",
        "8656696",
        "86282452253",
        "anonymous",
        "anonymous@anonymous.invalid",
        "blocked",
        "hidden",
        "international",
        "no number",
        "number withheld",
        "payphone",
        "private",
        "private number",
        "restricted",
        "unavailable",
        "unknown",
        "unknown number",
        "withheld",
        "withheld number",
    }
)


def is_withheld(number: str) -> bool:
    """
    Say whether this stands for a number that was withheld or not passed on.

    >>> is_withheld("Withheld"), is_withheld("+266696687"), is_withheld("07700 900123")
    (True, True, False)
    """
    return number.strip().lstrip("+").casefold() in _WITHHELD
