"""
Rules: which enquiry goes to which service, with what priority and flags, and why.

A rule set is ordered data in bands. Within a band the first rule that matches wins; a rule without a service adds its
flags and priority and the next band goes on; the first rule with a service ends the search.

Looking at every rule in turn would make each enquiry dearer with each rule. So every rule is filed under one condition
that it cannot match without (a word, an address, a chosen service), and an enquiry is only held against the rules filed
under what it has. Rules that no such condition narrows are looked at every time; `RuleSet.unkeyed` counts them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Literal

from onestop.core.conditions import KINDS, When, Words, compiled
from onestop.core.enquiry import Enquiry
from onestop.core.facts import Facts, Lookups
from onestop.core.model import Frozen
from onestop.core.words import WordList

__all__ = ["Decision", "Outvoted", "Priority", "Result", "Rule", "RuleSet", "RuleUse", "When", "Words", "highest"]

Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high", "urgent")

FALLBACK = "fallback"  # stands for the rule where none named a service
_MOST_OUTVOTED = 20  # alternatives that a decision keeps


def highest(*priorities: Priority) -> Priority:
    """Give the highest of some priorities."""
    return max(priorities, key=PRIORITIES.index)


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


class _Compiled:
    """A rule with its conditions compiled and its place in the order."""

    __slots__ = ("band", "conditions", "filed", "order", "rule")

    def __init__(self, rule: Rule, order: int, band: int, lookups: Lookups) -> None:
        self.rule = rule
        self.order = order
        self.band = band
        conditions = tuple(compiled(rule.when, lookups))
        self.conditions = tuple(condition for _, condition in conditions)
        narrowing = [(kind, condition.keys) for kind, condition in conditions if condition.keys]
        # The kind and the keys that the rule is filed under; None when nothing narrows it.
        self.filed = min(narrowing, key=lambda each: KINDS[each[0]].rank, default=None)

    def held(self, facts: Facts) -> tuple[str, ...] | str:
        """Give the conditions that held; or, as plain text, the first one that did not."""
        held = []
        for condition in self.conditions:
            fact = condition.holds(facts)
            if fact is None:
                return condition.name
            held.append(fact)
        return tuple(held)


class RuleSet:
    """
    Rules, compiled to an index; safe to share between threads.

    `unkeyed` counts the rules that nothing narrows, which every enquiry is held against.
    """

    def __init__(self, rules: Iterable[Rule], bands: tuple[str, ...], lists: Iterable[WordList], fallback: str) -> None:
        self.rules = tuple(rules)
        self.bands = bands
        self.fallback = fallback
        lookups = Lookups(lists={words.name: words.folded() for words in lists})
        place = {name: number for number, name in enumerate(bands)}
        index: dict[str, dict[Hashable, list[_Compiled]]] = {}
        self._unkeyed: list[_Compiled] = []
        for order, rule in enumerate(self.rules):
            made = _Compiled(rule, order, place[rule.band], lookups)
            if made.filed is None:
                self._unkeyed.append(made)
                continue
            kind, keys = made.filed
            filed = index.setdefault(kind, {})
            for key in keys:
                filed.setdefault(key, []).append(made)
        self._index = tuple((has, index[kind]) for kind, (_, _, has) in KINDS.items() if has and kind in index)

    @property
    def unkeyed(self) -> int:
        """How many rules every enquiry is held against."""
        return len(self._unkeyed)

    def decide(self, enquiry: Enquiry, policy: str) -> Decision:
        """Give where an enquiry goes under the policy of this hash; there is always a service."""
        facts = Facts(enquiry)
        used: list[RuleUse] = []
        outvoted: list[Outvoted] = []
        priority: Priority = "normal"
        said: list[Priority] = []
        flags: set[str] = set()
        service, named_by, closed_band, winner = None, FALLBACK, -1, ""
        for rival in self._candidates(facts):
            rule = rival.rule
            if service is not None or rival.band == closed_band:
                outvoted.append(Outvoted(rule=rule.id, band=rule.band, because=f"after {winner}"))
                continue
            held = rival.held(facts)
            if isinstance(held, str):
                outvoted.append(Outvoted(rule=rule.id, band=rule.band, because=held))
                continue
            used.append(RuleUse(rule=rule.id, band=rule.band, facts=held))
            closed_band, winner = rival.band, rule.id
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

    def _candidates(self, facts: Facts) -> list[_Compiled]:
        """Give the rules filed under what the enquiry has, in the order of bands and rules, each once."""
        found = {made.order: made for made in self._unkeyed}
        for has, filed in self._index:
            for key in has(facts):
                for made in filed.get(key, ()):
                    found[made.order] = made
        return sorted(found.values(), key=lambda made: (made.band, made.order))
