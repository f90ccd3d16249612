"""
What the codes of a decision's trace say in English: conditions that held, and why a rule was not used.

A code that stands in no table is shown as it is: a later release, or a host's own adapter, may have others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from onestop.core.matching import BECAUSE, HOW
from onestop.core.rules import RuleUse
from onestop.core.splitting import HOW as SPLIT

__all__ = ["because_words", "held_words", "how_words", "unmet_words", "use_words"]

_UNMET: Mapping[str, str] = {
    "channel": "it came by another channel",
    "adapter": "it came through another adapter",
    "kind": "it is of another kind",
    "language": "it is in none of its languages, as far as is known",
    "to": "it went to none of its addresses",
    "service": "the citizen did not choose its service",
    "words.any": "none of its words is there",
    "words.all": "not all of its words are there",
    "words.none": "a word is there that rules it out",
    "attachments": "the files that came are not what it asks for",
    "area": "the place is in none of its areas",
    "postcode": "the postcode is none of its",
    "near": "the place is not near enough",
    "open": "its calendars are closed at that time",
    "closed": "one of its calendars is open at that time",
    "open_case": "no such case of the sender is known to be open",
    "repeat": "the sender did not come so often lately, as far as is known",
    "needs": "no such need of the sender is known",
    "area:unknown": "nobody knows whether the place is in its areas",
    "postcode:unknown": "no postcode is known",
    "near:unknown": "no point on the map is known",
}
"""Why a rule was not used, by the condition that failed."""

_HELD: Mapping[str, str] = {
    "to": "it was sent to an address of this rule",
    "words.all": "words of each of its lists are there",
    "words.none": "no word is there that rules it out",
    "attachments": "the files that came are what it asks for",
    "near": "the place is within the distance",
    "closed": "its calendars are closed at that time",
    "open_case": "the sender has such a case open",
    "repeat": "the sender came so often lately",
    "needs": "such a need of the sender is recorded",
}
"""What held, by the condition; those that name a value stand below."""

_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern), say)
    for pattern, say in (
        (r"words\.(?:any|phrase|all):@(.+)", lambda m: f"a word of the list {m[1]} is there"),
        (r"words\.any\[(\d{1,9})\]", lambda m: f"its word number {int(m[1]) + 1} is there"),
        (r"words\.phrase\[(\d{1,9})\]", lambda m: f"its phrase number {int(m[1]) + 1} is there"),
        (r"channel=(.+)", lambda m: f"it came by {m[1]}"),
        (r"adapter=(.+)", lambda m: f"it came through the adapter {m[1]}"),
        (r"kind=(.+)", lambda m: f"it is of the kind {m[1]}"),
        (r"service=(.+)", lambda m: f"the citizen chose {m[1]}"),
        (r"language=(.+)", lambda m: f"its language is {m[1]}"),
        (r"recorded_language=(.+)", lambda m: f"the language recorded of its sender is {m[1]}"),
        (r"answers\.(.+)", lambda m: f"the question {m[1]} was answered so"),
        (r"area=(\S+)", lambda m: f"the place is in {m[1]}"),
        (r"area=(\S+) also (.+)", lambda m: f"the place is in {m[1]}, on its border with {m[2].replace(' ', ', ')}"),
        (r"postcode=(.+)", lambda m: f"the postcode begins with {m[1]}"),
        (r"place\.([^=]+)=(.+)", lambda m: f"the maps say that the {m[1].replace('_', ' ')} is {m[2]}"),
        (r"open:(.+)", lambda m: f"the calendar {m[1]} is open at that time"),
        (r"responsible\[(\d{1,9})\]", lambda m: f"number {int(m[1]) + 1} of those responsible for the service"),
        (r"remembered", lambda m: "as far as is remembered"),
    )
)

_NOTED: Mapping[str, str] = {"negated": "negated", "past": "of the past", "asked": "asked, not said"}

_UNMET_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern), say)
    for pattern, say in (
        (r"after (.+)", lambda m: f"{m[1]} came first"),
        (r"answers\.(.+)", lambda m: f"the question {m[1]} was not answered so"),
        (r"place\.(.+):unknown", lambda m: f"no map says what the {m[1].replace('_', ' ')} is"),
        (r"place\.(.+)", lambda m: f"the maps say that the {m[1].replace('_', ' ')} is another"),
    )
)


def held_words(fact: str) -> str:
    """
    Say what held.

    >>> held_words("words.any:@pothole-words"), held_words("area=docks/north"), held_words("of_a_later_release")
    ('a word of the list pothole-words is there', 'the place is in docks/north', 'of_a_later_release')
    """
    return _HELD.get(fact) or _matched(fact, _PATTERNS)


def unmet_words(because: str) -> str:
    """
    Say why a rule was not used.

    >>> unmet_words("words.any"), unmet_words("after gas"), unmet_words("of_a_later_release")
    ('none of its words is there', 'gas came first', 'of_a_later_release')
    """
    return _UNMET.get(because) or _matched(because, _UNMET_PATTERNS)


def _matched(code: str, patterns: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]) -> str:
    for pattern, say in patterns:
        if found := pattern.fullmatch(code):
            return say(found)
    return code


def use_words(use: RuleUse) -> str:
    """
    Say why a rule was used, and what was noted beside its words.

    >>> use_words(RuleUse(rule="gas", band="flags", facts=("words.any:@gas",), noted=("negated:@gas",)))
    'a word of the list gas is there (gas: negated)'
    """
    held = "; ".join(held_words(fact) for fact in use.facts) or "it asks for nothing"
    noted = []
    for note in use.noted:
        kind, _, name = note.partition(":")
        noted.append(f"{name.removeprefix('@')}: {_NOTED.get(kind, kind)}" if name else note)
    return f"{held} ({', '.join(noted)})" if noted else held


def how_words(how: str) -> str:
    """Say in words what a code of `Match.how` says."""
    if how == SPLIT:
        return "it came to another case, and this is another matter that it is about"
    if how.endswith("_late") and how[:-5] in HOW:
        return f"{HOW[how[:-5]]}; that case was closed too long ago, so this one follows it"
    return HOW.get(how, how)


def because_words(because: str) -> str:
    """Say in words what a code of `Candidate.because` says."""
    return BECAUSE.get(because, because)
