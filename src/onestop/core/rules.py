"""
Rules: which enquiry goes to which service, with what priority and flags, and why.

A rule set is ordered data in bands. Within a band the first rule that matches wins; a rule without a service adds its
flags and priority and the next band goes on; the first rule with a service ends the search.

Looking at every rule in turn would make each enquiry dearer with each rule. So every rule is filed under one condition
that it cannot match without (a word, an address, a chosen service), and an enquiry is only held against the rules filed
under what it has. Rules that no such condition narrows are looked at every time; `RuleSet.unkeyed` counts them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from pydantic import Field

from onestop.core.contact import Urn
from onestop.core.enquiry import TEXT_LIMIT, Enquiry
from onestop.core.model import Frozen, FrozenMap
from onestop.core.words import Text, WordList, fold_entries

__all__ = ["Decision", "Outvoted", "Priority", "Result", "Rule", "RuleSet", "RuleUse", "When", "Words", "highest"]

Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high", "urgent")

FALLBACK = "fallback"  # stands for the rule where none named a service
_MOST_OUTVOTED = 20  # alternatives that a decision keeps


def highest(*priorities: Priority) -> Priority:
    """Give the highest of some priorities."""
    return max(priorities, key=PRIORITIES.index)


class Words(Frozen):
    """Conditions on the words of an enquiry; an entry `@name` stands for a word list."""

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    phrase: tuple[str, ...] = ()
    in_: Literal["subject", "text", "both"] = Field(default="both", alias="in")


class When(Frozen):
    """The conditions of a rule: all that are given must hold."""

    channel: tuple[str, ...] = ()
    adapter: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    to: tuple[Urn, ...] = ()
    service: tuple[str, ...] = ()
    words: Words | None = None
    attachments: bool | tuple[str, ...] | None = None
    answers: FrozenMap[str, tuple[str, ...]] = FrozenMap()


class Result(Frozen):
    """What a rule says when it matches."""

    service: str | None = None
    priority: Priority | None = None
    flags: tuple[str, ...] = ()


class Rule(Frozen):
    """One rule; `band` names its place in the order."""

    id: str
    band: str
    when: When = When()
    then: Result


class RuleUse(Frozen):
    """A rule that was used, and the conditions that held."""

    rule: str
    band: str
    facts: tuple[str, ...]  # conditions of the policy, never words of the citizen


class Outvoted(Frozen):
    """A rule that was looked at and not used."""

    rule: str
    band: str
    because: str  # the condition that failed, or the rule that came first


class Decision(Frozen):
    """Where an enquiry goes and why: data enough to explain it, and to reach it again under the same policy."""

    service: str
    priority: Priority
    flags: tuple[str, ...] = ()  # sorted
    rule: str  # the rule that named the service, or `fallback`
    used: tuple[RuleUse, ...] = ()  # in the order of the bands
    outvoted: tuple[Outvoted, ...] = ()  # at most 20, in the order of the rules
    policy: str  # the policy's hash


class _Facts:
    """What the conditions ask of an enquiry, worked out once."""

    __slots__ = ("answers", "enquiry", "files", "keys", "subject", "text", "to", "whole")

    def __init__(self, enquiry: Enquiry) -> None:
        self.enquiry = enquiry
        self.subject = Text(enquiry.subject or "")
        self.text = Text(enquiry.text[:TEXT_LIMIT])
        self.whole = Text.both(self.subject, self.text)
        self.to = frozenset(urn.key for urn in (*enquiry.recipients, *enquiry.cc))
        self.files = [a.media_type for a in enquiry.attachments if not a.inline]
        self.answers = {name: (a,) if isinstance(a, str) else a for name, a in enquiry.answers.items()}


class _Entry(NamedTuple):
    """Words of one condition: how the trace names them, and the folded entries; words and phrases apart."""

    fact: str
    entries: tuple[tuple[str, ...], ...]
    words: frozenset[str]
    phrases: tuple[tuple[str, ...], ...]
    longest: frozenset[str]  # the longest word of each phrase: most texts have none of them

    def stands_in(self, text: Text) -> bool:
        """Say whether one of the entries stands in a text."""
        if not self.words.isdisjoint(text.words):
            return True
        return not self.longest.isdisjoint(text.words) and any(text.has(phrase) for phrase in self.phrases)


class _Condition(NamedTuple):
    kind: Literal["any", "all", "none"]
    where: Literal["subject", "text", "both"]
    parts: tuple[_Entry, ...]

    def holds(self, facts: _Facts) -> str | None:
        """Give the fact that shows the condition to hold; None when it does not."""
        text = facts.whole if self.where == "both" else facts.text if self.where == "text" else facts.subject
        if self.kind == "any":
            return next((part.fact for part in self.parts if part.stands_in(text)), None)
        if self.kind == "all":
            found = all(part.stands_in(text) for part in self.parts)
        else:
            found = not any(part.stands_in(text) for part in self.parts)
        return f"words.{self.kind}" if found else None


class _Compiled:
    """A rule with its words folded and its place in the order."""

    __slots__ = ("band", "conditions", "order", "rule", "to")

    def __init__(self, rule: Rule, order: int, band: int, lists: Mapping[str, tuple[tuple[str, ...], ...]]) -> None:
        self.rule = rule
        self.order = order
        self.band = band
        self.to = frozenset(urn.key for urn in rule.when.to)
        self.conditions = tuple(_conditions(rule.when.words, lists)) if rule.when.words else ()

    def keys(self) -> list[tuple[str, str]]:
        """
        Give what an enquiry must have one of for this rule to match; empty when nothing narrows it.

        A phrase is filed under its longest word, which is the rarest more often than not.
        """
        when = self.rule.when
        if when.service:
            return [("service", code) for code in when.service]
        if self.to:
            return [("to", key) for key in self.to]
        for condition in self.conditions:
            if condition.kind == "any":
                return _word_keys(entry for part in condition.parts for entry in part.entries)
        for condition in self.conditions:
            if condition.kind == "all":
                fewest = min(condition.parts, key=lambda part: len(part.entries))
                return _word_keys(fewest.entries)
        if when.answers:
            name, accepted = next(iter(when.answers.items()))
            return [(f"answer:{name}", value) for value in accepted]
        return []

    def facts(self, facts: _Facts) -> tuple[str, ...] | str:
        """Give the conditions that held; or, as plain text, the first one that did not."""
        when, enquiry, held = self.rule.when, facts.enquiry, []
        plain = (
            ("channel", when.channel, enquiry.channel),
            ("adapter", when.adapter, enquiry.adapter),
            ("kind", when.kind, enquiry.kind),
            ("language", when.language, enquiry.language),
            ("service", when.service, enquiry.service_code),
        )
        for name, wanted, value in plain:
            if wanted:
                if value not in wanted:
                    return name
                held.append(f"{name}={value}")
        if self.to:
            if self.to.isdisjoint(facts.to):
                return "to"
            held.append("to")
        for condition in self.conditions:
            fact = condition.holds(facts)
            if fact is None:
                return f"words.{condition.kind}"
            held.append(fact)
        if when.attachments is not None:
            if not _files_match(when.attachments, facts.files):
                return "attachments"
            held.append("attachments")
        for name, accepted in when.answers.items():
            if set(accepted).isdisjoint(facts.answers.get(name, ())):
                return f"answers.{name}"
            held.append(f"answers.{name}")
        return tuple(held)


def _conditions(words: Words, lists: Mapping[str, tuple[tuple[str, ...], ...]]) -> Iterable[_Condition]:
    kinds: tuple[tuple[str, Literal["any", "all", "none"], tuple[str, ...]], ...] = (
        ("any", "any", words.any),
        ("phrase", "any", words.phrase),
        ("all", "all", words.all),
        ("none", "none", words.none),
    )
    for key, kind, entries in kinds:
        if entries:
            yield _Condition(kind, words.in_, tuple(_entry(key, n, entry, lists) for n, entry in enumerate(entries)))


def _entry(key: str, number: int, entry: str, lists: Mapping[str, tuple[tuple[str, ...], ...]]) -> _Entry:
    fact, entries = (
        (f"words.{key}:{entry}", lists[entry[1:]])
        if entry.startswith("@")
        else (f"words.{key}[{number}]", fold_entries([entry]))
    )
    phrases = tuple(one for one in entries if len(one) > 1)
    return _Entry(
        fact,
        entries,
        words=frozenset(one[0] for one in entries if len(one) == 1),
        phrases=phrases,
        longest=frozenset(max(phrase, key=len) for phrase in phrases),
    )


def _word_keys(entries: Iterable[tuple[str, ...]]) -> list[tuple[str, str]]:
    return [("word", word) for word in dict.fromkeys(max(entry, key=len) for entry in entries)]


def _files_match(wanted: bool | tuple[str, ...], files: list[str]) -> bool:
    if isinstance(wanted, bool):
        return bool(files) == wanted
    return any(_media_matches(pattern, media) for pattern in wanted for media in files)


def _media_matches(pattern: str, media: str) -> bool:
    return media.startswith(pattern[:-1]) if pattern.endswith("/*") else media == pattern


class RuleSet:
    """
    Rules, compiled to an index; safe to share between threads.

    `unkeyed` counts the rules that nothing narrows, which every enquiry is held against.
    """

    def __init__(self, rules: Iterable[Rule], bands: tuple[str, ...], lists: Iterable[WordList], fallback: str) -> None:
        self.rules = tuple(rules)
        self.bands = bands
        self.fallback = fallback
        folded = {words.name: words.folded() for words in lists}
        place = {name: number for number, name in enumerate(bands)}
        self._words: dict[str, list[_Compiled]] = defaultdict(list)
        self._others: dict[tuple[str, str], list[_Compiled]] = defaultdict(list)
        self._unkeyed: list[_Compiled] = []
        for order, rule in enumerate(self.rules):
            compiled = _Compiled(rule, order, place[rule.band], folded)
            keys = compiled.keys()
            if not keys:
                self._unkeyed.append(compiled)
            for kind, key in keys:
                (self._words[key] if kind == "word" else self._others[kind, key]).append(compiled)
        self._words, self._others = dict(self._words), dict(self._others)

    @property
    def unkeyed(self) -> int:
        """How many rules every enquiry is held against."""
        return len(self._unkeyed)

    def decide(self, enquiry: Enquiry, policy: str) -> Decision:
        """Give where an enquiry goes under the policy of this hash; there is always a service."""
        facts = _Facts(enquiry)
        used: list[RuleUse] = []
        outvoted: list[Outvoted] = []
        priority: Priority = "normal"
        said: list[Priority] = []
        flags: set[str] = set()
        service, named_by, closed_band, winner = None, FALLBACK, -1, ""
        for compiled in self._candidates(facts):
            rule = compiled.rule
            if service is not None or compiled.band == closed_band:
                outvoted.append(Outvoted(rule=rule.id, band=rule.band, because=f"after {winner}"))
                continue
            held = compiled.facts(facts)
            if isinstance(held, str):
                outvoted.append(Outvoted(rule=rule.id, band=rule.band, because=held))
                continue
            used.append(RuleUse(rule=rule.id, band=rule.band, facts=held))
            closed_band, winner = compiled.band, rule.id
            flags.update(rule.then.flags)
            if rule.then.priority:
                said.append(rule.then.priority)
            if rule.then.service is not None:
                service, named_by = rule.then.service, rule.id
        if said:
            priority = highest(*said)
        return Decision(
            service=service or self.fallback,
            priority=priority,
            flags=tuple(sorted(flags)),
            rule=named_by,
            used=tuple(used),
            outvoted=tuple(outvoted[:_MOST_OUTVOTED]),
            policy=policy,
        )

    def _candidates(self, facts: _Facts) -> list[_Compiled]:
        """Give the rules filed under what the enquiry has, in the order of bands and rules, each once."""
        found: dict[int, _Compiled] = {compiled.order: compiled for compiled in self._unkeyed}
        index = self._words
        for word in facts.whole.words:
            for compiled in index.get(word, ()):
                found[compiled.order] = compiled
        others = self._others
        if others:
            keys = [("service", facts.enquiry.service_code or "")]
            keys += [("to", key) for key in facts.to]
            keys += [(f"answer:{name}", value) for name, values in facts.answers.items() for value in values]
            for key in keys:
                for compiled in others.get(key, ()):
                    found[compiled.order] = compiled
        return sorted(found.values(), key=lambda compiled: (compiled.band, compiled.order))
