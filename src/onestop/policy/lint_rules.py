"""Rules that can never match, that do nothing, or that claim the same words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice

from onestop.core.policy import Policy
from onestop.core.rules import FLAGS, Result, Rule
from onestop.policy.implies import Claims, implies
from onestop.policy.lint_finding import Finding

__all__ = ["rules"]

_FILE = "rules.toml"
_MOST_SHOWN = 3  # words of an overlap


def rules(policy: Policy, now: datetime) -> Iterator[Finding]:
    """Give what rules probably do not mean."""
    lists = {name: words.folded() for name, words in policy.word_lists.items()}
    claims = [Claims.of(rule.when, lists) for rule in policy.rules.rules]
    for rule, claimed in zip(policy.rules.rules, claims, strict=True):
        for contradiction in claimed.contradictions():
            yield Finding("rule_contradicts", _FILE, rule.id, f"never matches: {contradiction}")
        if rule.then == Result():
            yield Finding("rule_does_nothing", _FILE, rule.id, "says nothing: no service, priority, flag or words")
    yield from _shadowed(policy, claims)
    yield from _overlaps(policy, claims)


# -- rules that another one takes everything from ----------------------------------------------------------------------


def _shadowed(policy: Policy, claims: list[Claims]) -> Iterator[Finding]:
    """Look for each rule only among those that share a value of one of its conditions: all pairs would be too many."""
    every = policy.rules.rules
    place = {name: number for number, name in enumerate(policy.rules.bands)}
    order = sorted(range(len(every)), key=lambda number: (place[every[number].band], number))
    wide_by_token: dict[Hashable, list[int]] = defaultdict(list)
    closing = _closing(policy, order)
    for number in order:
        if every[number].band == FLAGS:
            continue
        earlier = _sharing(claims[number], wide_by_token)
        winner = next((one for one in earlier if _ends(one, number, every, closing, claims)), None)
        if winner is not None:
            problem = f"is never used: {every[winner].id} comes first and matches whenever it would"
            yield Finding("rule_shadowed", _FILE, every[number].id, problem)
        for token in claims[number].tokens():
            wide_by_token[token].append(number)


def _sharing(narrow: Claims, wide_by_token: Mapping[Hashable, list[int]]) -> Iterator[int]:
    seen: set[int] = set()
    for token in narrow.shared_tokens():
        for number in wide_by_token.get(token, ()):
            if number not in seen:
                seen.add(number)
                yield number


def _closing(policy: Policy, order: Iterable[int]) -> frozenset[int]:
    """Give the rules that end the search whenever they match: no rule of their band without a service comes first."""
    every, found = policy.rules.rules, set()
    passed: set[str] = set()  # bands that a rule without a service may close
    for number in order:
        rule = every[number]
        if rule.then.service is None:
            passed.add(rule.band)
        elif rule.band not in passed:
            found.add(number)
    return frozenset(found)


def _ends(wide: int, narrow: int, every: tuple[Rule, ...], closing: frozenset[int], claims: list[Claims]) -> bool:
    """Say whether an earlier rule is used whenever a later one would match, and keeps it from being used."""
    return (every[wide].band == every[narrow].band or wide in closing) and implies(claims[narrow], claims[wide])


# -- rules that claim the same words -----------------------------------------------------------------------------------


def _overlaps(policy: Policy, claims: list[Claims]) -> Iterator[Finding]:
    """Give pairs of a band that name two services and have an entry in common, where nothing else parts them."""
    claimed: dict[tuple[str, tuple[str, ...]], list[int]] = defaultdict(list)
    every = policy.rules.rules
    for number, rule in enumerate(every):
        if rule.then.service is not None and rule.band not in policy.rules.several:
            for entry in claims[number].entries:
                claimed[rule.band, entry].append(number)
    pairs: dict[tuple[int, int], list[str]] = defaultdict(list)
    for (_, entry), numbers in claimed.items():
        for later in numbers[1:]:
            first = numbers[0]
            if every[first].then.service != every[later].then.service and _overlap(claims[first], claims[later]):
                pairs[first, later].append(" ".join(entry))
    for (first, later), words in sorted(pairs.items()):
        shown = ", ".join(f"“{word}”" for word in islice(words, _MOST_SHOWN))
        more = f" and {len(words) - _MOST_SHOWN} more" if len(words) > _MOST_SHOWN else ""
        one, other = every[first], every[later]
        problem = f"claims {shown}{more} for {other.then.service}; {one.id} comes first, for {one.then.service}"
        yield Finding("rules_overlap", _FILE, other.id, problem)


def _overlap(one: Claims, other: Claims) -> bool:
    return one.may_meet(other) and one.same_words(other)
