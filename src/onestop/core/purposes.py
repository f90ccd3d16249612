"""
Purposes: what a message is for, and what the law says of messages for it.

The words are closed, since what may be sent without consent, against an opt-out or at night depends on them. A council
that needs a finer word has services for it: preferences are stated of those, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from onestop.errors import RequestError

__all__ = ["PURPOSES", "Law", "Purpose", "law_of", "purpose_of", "stated_for"]

Purpose = Literal[
    "service_update",  # what became of their matter
    "acknowledgement",  # it arrived
    "question",  # we must know something to go on
    "appointment",
    "alert",  # chosen: bins tomorrow, a road closed
    "consultation",  # what do you think
    "marketing",  # PECR: only with consent, for each channel
    "statutory",  # the law makes us tell them: an opt-out moves it to another channel
    "urgent",  # somebody is in danger: does not wait for the morning
    "confirmation",  # what they told us to do was done: one answer to a stop, a start, a code
]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


class Law(NamedTuple):
    """What the law, or what a council owes, says of messages for a purpose."""

    needs_consent: bool = False  # Privacy and Electronic Communications Regulations 2003, regulation 22
    must_reach: bool = False  # where one channel is closed to it another is tried, and at last a person
    waits: bool = True  # for the end of quiet hours
    stoppable: bool = False  # each message says how it can be stopped: RFC 8058


_LAWS: Mapping[Purpose, Law] = {
    "alert": Law(stoppable=True),
    "consultation": Law(stoppable=True),
    "marketing": Law(needs_consent=True, stoppable=True),
    "statutory": Law(must_reach=True),
    "urgent": Law(must_reach=True, waits=False),
}
_OTHERS = Law()
# What is stated of service updates holds of these, too, as long as nothing is stated of themselves.
_PARENTS: Mapping[Purpose, Purpose] = {"acknowledgement": "service_update", "question": "service_update"}


def law_of(purpose: Purpose) -> Law:
    """Give what the law says of messages for a purpose."""
    return _LAWS.get(purpose, _OTHERS)


def stated_for(purpose: Purpose) -> tuple[Purpose, ...]:
    """Give the purposes whose statements hold of this one, the nearest first."""
    parent = _PARENTS.get(purpose)
    return (purpose, parent) if parent else (purpose,)


def purpose_of(word: str) -> Purpose:
    """
    Give the purpose that a word is.

    Raises:
        RequestError: it is none.
    """
    if word not in PURPOSES:
        raise RequestError(f"a purpose is one of {', '.join(PURPOSES)}")
    return word
