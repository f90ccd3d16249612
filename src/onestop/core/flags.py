"""
Flags: what a person must see, how urgent it is, whose people look at it, and which clock the law starts.

A flag is a word on a case. Rules raise it, people put it on and take it off; no later enquiry takes one away, and none
closes anything. What it does is the policy's to say, and follows the policy of today: `queues` and `clocks` are worked
out from the flags that a case has, and stored nowhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Annotated, Any, NamedTuple

from pydantic import PlainValidator, field_serializer
from pydantic_core import PydanticCustomError

from onestop.core.directory import Localised
from onestop.core.durations import Duration
from onestop.core.enquiry import TEXT_LIMIT, Enquiry
from onestop.core.model import Frozen, FrozenMap
from onestop.core.rules import Decision, Priority, Rule, RuleSet, RuleUse, highest
from onestop.core.words import Phrases, spans
from onestop.errors import RequestError

__all__ = ["Clock", "Flag", "Flags", "Quote", "quotes"]

_AROUND = 10  # words on either side of what a quote is about: the sentence, most often
_MOST_QUOTES = 20  # of one rule: who repeats a word a thousand times is quoted often enough


def _time(value: Any) -> Duration:
    try:
        return Duration.parse(value if isinstance(value, str) else "")
    except RequestError as error:
        raise PydanticCustomError("duration", "{problem}", {"problem": str(error)}) from error


class Flag(Frozen):
    """What a flag does, as flags.toml declares it."""

    code: str
    name: Localised = FrozenMap()
    priority: Priority | None = None  # the lowest that a case with it gets when a rule raises it
    queue: str | None = None  # the provider whose people look at it; None: the fallback service's
    clock: Annotated[Duration, PlainValidator(_time)] | None = None  # what the law gives us, from receipt

    calendar: str | None = None  # in which its clock is counted; None: the council's

    @field_serializer("clock", when_used="json")
    def _written(self, clock: Duration | None) -> str | None:
        return str(clock) if clock else None


class Clock(NamedTuple):
    """What the law gives us for a case with a flag, counted from receipt in a calendar."""

    flag: str
    within: Duration
    calendar: str | None = None  # None: the council's


class Flags:
    """The flags of a policy; safe to share between threads."""

    __slots__ = ("by_code", "see_words", "unnamed_queue")

    def __init__(self, flags: Iterable[Flag] = (), *, see_words: Iterable[str] = (), unnamed_queue: str = "") -> None:
        self.by_code: Mapping[str, Flag] = FrozenMap({flag.code: flag for flag in flags})
        self.see_words = frozenset(see_words)  # roles that may read the citizen's words that raised a flag
        self.unnamed_queue = unnamed_queue  # the provider that looks at flags which name none

    def queues(self, flags: Collection[str]) -> tuple[str, ...]:
        """Give the providers whose people look at a case with these flags, each once; flags of nobody's have none."""
        declared = (self.by_code[flag] for flag in sorted(flags) if flag in self.by_code)
        return tuple(dict.fromkeys(flag.queue or self.unnamed_queue for flag in declared))

    def of_queue(self, provider: str) -> tuple[str, ...]:
        """Give the flags that a provider's people look at, in the order of the policy."""
        return tuple(code for code, flag in self.by_code.items() if (flag.queue or self.unnamed_queue) == provider)

    def clocks(self, flags: Collection[str]) -> tuple[Clock, ...]:
        """Give the clocks of the law that run for a case with these flags, by the flags' names."""
        declared = (self.by_code[flag] for flag in sorted(flags) if flag in self.by_code)
        return tuple(Clock(flag.code, flag.clock, flag.calendar) for flag in declared if flag.clock)

    def raised(self, rule: Rule) -> Rule:
        """Give a rule with the priority that its flags have at least."""
        declared = (self.by_code[flag].priority for flag in rule.then.flags if flag in self.by_code)
        said = [priority for priority in (rule.then.priority, *declared) if priority]
        if not said or highest(*said) == rule.then.priority:
            return rule
        return rule.model_copy(update={"then": rule.then.model_copy(update={"priority": highest(*said)})})


class Quote(Frozen):
    """The words of an enquiry's that a rule raised its flags by."""

    rule: str
    flags: tuple[str, ...]
    sought: str  # what they are an entry of: `@list`, or `any[0]` of the rule
    noted: tuple[str, ...] = ()  # negated, past, asked
    words: str | None = None  # None: not for you, or erased
    around: str | None = None  # the same, with the words on either side


def quotes(decision: Decision, rules: RuleSet, enquiry: Enquiry | None) -> tuple[Quote, ...]:
    """
    Give what raised the flags of a decision, by the rules that made it; without the enquiry, without its words.

    Rules that raise flags by no words, such as a language or an answer, are left out: the trace has their facts.
    """
    by_id = {rule.id: rule for rule in rules.rules}
    found: list[Quote] = []
    for use in decision.used:
        rule = by_id.get(use.rule)
        if rule is None or not rule.then.flags or rule.when.words is None:
            continue
        for name, phrases in dict(rules.parts(rule)).items():
            noted = tuple(note.partition(":")[0] for note in use.noted if note.partition(":")[2] == name)
            quote = Quote(rule=use.rule, flags=rule.then.flags, sought=name, noted=noted)
            if enquiry is not None:
                places = islice(_places(enquiry, rule, phrases), _MOST_QUOTES)
                found += [quote.model_copy(update={"words": words, "around": around}) for words, around in places]
            elif not _held(use).isdisjoint({name, "all"}):
                found.append(quote)
    return tuple(found)


def _held(use: RuleUse) -> set[str]:
    """Give the names of what the trace says was found, as quotes have them."""
    facts = (fact.removeprefix("words.") for fact in use.facts)
    return {fact.partition(":")[2] or fact for fact in facts}


def _places(enquiry: Enquiry, rule: Rule, phrases: Phrases) -> Iterator[tuple[str, str]]:
    where = rule.when.words.in_ if rule.when.words else "both"
    said = {"sender": enquiry.sender_name or "", "subject": enquiry.subject or "", "text": enquiry.text[:TEXT_LIMIT]}
    for text in (said["subject"], said["text"]) if where == "both" else (said[where],):
        yield from _quoted(text, phrases)


def _quoted(text: str, phrases: Phrases) -> Iterator[tuple[str, str]]:
    for (first, last), (begin, end) in zip(spans(text, phrases), spans(text, phrases, _AROUND), strict=True):
        yield text[first:last].strip(_MARKS), " ".join(text[begin:end].split())


_MARKS = " .,;:!?()\"'“”‘’"
