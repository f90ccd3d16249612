"""
Rules: which enquiry goes to which service, with what priority and flags, and why.

A rule set is ordered data in bands. Within a band the first rule that matches wins; a rule without a service adds its
flags and priority and the next band goes on; the first rule with a service ends the search. The band `flags` is the
one in which every rule that matches counts: its rules raise flags and name no service, and no flag hides another.

One enquiry may be several services' matter. A rule may name further services (`also`, of a life event), and in a band
that is declared `several` other rules that match count too, where the message is about several matters (`matters`).

Looking at every rule in turn would make each enquiry dearer with each rule. So every rule is filed under one condition
that it cannot match without (a word, an address, a chosen service), and an enquiry is only held against the rules filed
under what it has. Rules that no such condition narrows are looked at every time; `RuleSet.unkeyed` counts them.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from onestop.core.areas import NOWHERE, PlaceFacts
from onestop.core.conditions import KINDS, NOBODY, UNKNOWN, Circumstances, When, Words, compiled, unmet
from onestop.core.enquiry import Enquiry
from onestop.core.facts import Facts, Hours, Lookups
from onestop.core.matters import tell_apart
from onestop.core.model import Frozen, FrozenMap
from onestop.core.noting import Noting
from onestop.core.sender_conditions import ASKED_OF_SENDERS
from onestop.core.words import Phrases, WordList
from onestop.errors import RequestError

__all__ = [
    "Also",
    "Decision",
    "Outvoted",
    "Priority",
    "Result",
    "Rule",
    "RuleSet",
    "RuleUse",
    "When",
    "Words",
    "highest",
]

Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high", "urgent")

FALLBACK = "fallback"  # stands for the rule where none named a service
FLAGS = "flags"  # the band whose rules all count
SEVERAL = "several_matters"  # flag: a person decides whether this is about more than one matter
_MOST_OUTVOTED = 20  # alternatives that a decision keeps
MOST_ALSO = 5  # further cases that one enquiry opens; what it may be about beyond that is for a person


def highest(*priorities: Priority) -> Priority:
    """Give the highest of some priorities."""
    return max(priorities, key=PRIORITIES.index)


class Result(Frozen):
    """What a rule says when it matches."""

    service: str | None = None
    priority: Priority | None = None
    flags: tuple[str, ...] = ()
    tell: str | None = None  # the template whose words the citizen is shown at once
    stop: bool = False  # a form that asks before it sends goes no further
    also: tuple[str, ...] = ()  # of a life event: services whose matter it is as well


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
    noted: tuple[str, ...] = ()  # of a flag's words, as `negated:@smell-of-gas`: docs/explanation/flags.md


class Outvoted(Frozen):
    """A rule that was looked at and not used."""

    rule: str
    band: str
    because: str  # the condition that failed, or the rule that came first


class Also(Frozen):
    """
    A further service whose matter an enquiry is.

    `child`: the rule of a life event says so. `related`: the message is about this, too. `unsure`: it may be, and no
    case is opened for it: a person decides.
    """

    service: str
    kind: Literal["child", "related", "unsure"]
    rule: str
    band: str
    facts: tuple[str, ...]
    priority: Priority
    flags: tuple[str, ...] = ()  # sorted
    provider: str | None = None
    provider_facts: tuple[str, ...] = ()


class Decision(Frozen):
    """Where an enquiry goes and why: data enough to explain it, and to reach it again under the same policy."""

    service: str
    priority: Priority
    flags: tuple[str, ...] = ()  # sorted
    rule: str  # the rule that named the service, or `fallback`
    tell: str | None = None  # the template whose words the citizen is shown at once
    stop: bool = False  # a form that asks before it sends goes no further
    used: tuple[RuleUse, ...] = ()  # in the order of the bands
    outvoted: tuple[Outvoted, ...] = ()  # at most 20, in the order of the rules
    also: tuple[Also, ...] = ()  # children first, then in the order of the rules
    provider: str | None = None  # who is responsible there; None: a decision of before there was a choice
    provider_facts: tuple[str, ...] = ()  # why not the service's own: conditions of the policy
    areas: tuple[str, ...] = ()  # that the place is in
    policy: str  # the policy's hash

    @property
    def opens(self) -> tuple[Also, ...]:
        """The further services that have a case of their own, at most 5."""
        return tuple(also for also in self.also if also.kind != "unsure")

    def in_one_case(self) -> Decision:
        """Give the decision where no further case is opened: a person is asked whether one should be."""
        return self.model_copy(update={"flags": tuple(sorted({*self.flags, SEVERAL}))}) if self.opens else self

    def alone(self, also: Also) -> Decision:
        """Give the decision by which the case of a further service is opened."""
        shared = tuple(use for use in self.used if use.rule != self.rule)
        use = RuleUse(rule=also.rule, band=also.band, facts=also.facts)
        return Decision(
            service=also.service,
            priority=also.priority,
            flags=also.flags,
            rule=also.rule,
            used=(*shared, use),
            provider=also.provider,
            provider_facts=also.provider_facts,
            areas=self.areas,
            policy=self.policy,
        )


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
                return unmet(condition, facts)
            held.append(fact)
        return tuple(held)

    def claims(self, facts: Facts) -> bool:
        """Say whether every condition holds."""
        return not isinstance(self.held(facts), str)


def _is_worded(rule: Rule) -> bool:
    """Say whether a rule claims a message by what it says."""
    words = rule.when.words
    return words is not None and bool(words.any or words.all or words.phrase)


def _also(
    service: str,
    kind: Literal["child", "related", "unsure"],
    rule: Rule,
    facts: tuple[str, ...],
    shared: Iterable[Result],
    *,
    counts: bool,
) -> Also:
    """Give a further service; what the rules without a service say of the whole enquiry is true of its case, too."""
    results = [*shared, *((rule.then,) if counts else ())]
    said = [result.priority for result in results if result.priority]
    flags = {flag for result in results for flag in result.flags}
    return Also(
        service=service,
        kind=kind,
        rule=rule.id,
        band=rule.band,
        facts=facts,
        priority=highest(*said) if said else "normal",
        flags=tuple(sorted(flags)),
    )


def _with_also(decision: Decision, also: tuple[Also, ...]) -> Decision:
    """Give a decision with further services, and the flag that asks a person where one of them is in doubt."""
    doubtful = any(each.kind == "unsure" for each in also)
    further = {each.rule for each in also}
    return decision.model_copy(
        update={
            "also": also,
            "flags": tuple(sorted({*decision.flags, SEVERAL})) if doubtful else decision.flags,
            "outvoted": tuple(each for each in decision.outvoted if each.rule not in further),
        }
    )


class RuleSet:
    """
    Rules, compiled to an index; safe to share between threads.

    `asks` names the conditions that any of the rules has: what none of them asks, nobody need look up.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        bands: tuple[str, ...],
        lists: Iterable[WordList],
        fallback: str,
        *,
        several: Collection[str] = (),
        providers: Mapping[str, str] = FrozenMap(),
        calendars: Mapping[str, Hours] = FrozenMap(),
    ) -> None:
        self.rules = tuple(rules)
        self.several = frozenset(several)  # bands in which a message may be about several services' matters
        self._providers = providers  # service → who delivers it
        self.bands = bands
        self.fallback = fallback
        self.asks = frozenset(name for rule in self.rules for name in rule.when.given())
        self.asks_of_senders = not self.asks.isdisjoint(ASKED_OF_SENDERS)
        self._by_id = {rule.id: rule for rule in self.rules}
        lookups = Lookups(lists={words.name: words.folded() for words in lists}, calendars=calendars)
        place = {name: number for number, name in enumerate(bands)}
        index: dict[str, dict[Hashable, list[tuple[_Compiled, frozenset[Hashable]]]]] = {}
        self._unkeyed: list[_Compiled] = []
        for order, rule in enumerate(self.rules):
            made = _Compiled(rule, order, place[rule.band], lookups)
            if made.filed is None:
                self._unkeyed.append(made)
                continue
            kind, keys = made.filed
            filed = index.setdefault(kind, {})
            split = KINDS[kind].under
            for key, rest in map(split, keys) if split else ((key, frozenset()) for key in keys):
                under = filed.setdefault(key, [])
                if key != UNKNOWN or len(under) < _MOST_OUTVOTED:
                    under.append((made, rest))
        self._noting = Noting(lookups.lists)
        filed_by = ((index[kind], asked.has) for kind, asked in KINDS.items() if kind in index)
        self._index = tuple((has, frozenset(filed), filed) for filed, has in filed_by if has)

    @property
    def unkeyed(self) -> int:
        """How many rules every enquiry is held against."""
        return len(self._unkeyed)

    def decide(
        self, enquiry: Enquiry, policy: str, circumstances: Circumstances = NOBODY, place: PlaceFacts = NOWHERE
    ) -> Decision:
        """Give where an enquiry goes under the policy of this hash; there is always a service."""
        facts = Facts(enquiry, circumstances, place)
        used: list[RuleUse] = []
        outvoted: list[Outvoted] = []
        closed_band, winner = -1, ""
        main: _Compiled | None = None
        candidates = self._candidates(facts)
        for rival in candidates:
            rule = rival.rule
            if main is not None or rival.band == closed_band:
                outvoted.append(Outvoted(rule=rule.id, band=rule.band, because=f"after {winner}"))
                continue
            held = rival.held(facts)
            if isinstance(held, str):
                outvoted.append(Outvoted(rule=rule.id, band=rule.band, because=held))
                continue
            used.append(RuleUse(rule=rule.id, band=rule.band, facts=held, noted=self._noted(rule, facts)))
            if rule.band != FLAGS:
                closed_band, winner = rival.band, rule.id
            if rule.then.service is not None:
                main = rival
        decision = self._summed(used, outvoted[:_MOST_OUTVOTED], policy)
        return decision if main is None else self._with_further(decision, main, candidates, facts)

    def reproduce(self, decision: Decision) -> Decision:
        """
        Give what the rules named in a decision's trace say, without the enquiry that it was about.

        Raises:
            RequestError: the trace names a rule that is not in the set.
        """
        named = {use.rule for use in decision.used} | {also.rule for also in decision.also}
        if not named <= self._by_id.keys():
            raise RequestError("the decision used rules that this policy does not have")
        made = self._summed(decision.used, decision.outvoted, decision.policy)
        shared = [self._by_id[use.rule].then for use in decision.used if use.rule != made.rule]
        also = []
        for each in decision.also:
            rule = self._by_id[each.rule]
            again = _also(each.service, each.kind, rule, each.facts, shared, counts=each.rule != made.rule)
            also.append(each.model_copy(update={"priority": again.priority, "flags": again.flags}))
        made = _with_also(made, tuple(also)) if also else made
        said = ("service", "priority", "flags", "rule", "tell", "stop", "also")
        return decision.model_copy(update={name: getattr(made, name) for name in said})

    def _summed(self, used: Sequence[RuleUse], outvoted: Sequence[Outvoted], policy: str) -> Decision:
        """Sum up what the used rules say; nothing else counts, so that the trace alone tells all."""
        rules = [self._by_id[use.rule] for use in used]
        service, named_by = next(
            ((rule.then.service, rule.id) for rule in rules if rule.then.service is not None), (self.fallback, FALLBACK)
        )
        said = [rule.then.priority for rule in rules if rule.then.priority]
        told = next((rule.then for rule in rules if rule.then.tell or rule.then.stop), None)
        return Decision(
            service=service,
            priority=highest(*said) if said else "normal",
            flags=tuple(sorted({flag for rule in rules for flag in rule.then.flags})),
            rule=named_by,
            tell=told.tell if told else None,
            stop=told.stop if told else False,
            used=tuple(used),
            outvoted=tuple(outvoted),
            policy=policy,
        )

    def _with_further(self, decision: Decision, main: _Compiled, rivals: list[_Compiled], facts: Facts) -> Decision:
        """Give a decision with the further services whose matter the enquiry is, where there are any."""
        uses = {use.rule for use in decision.used}
        shared = [r.rule.then for r in rivals if r.rule.id in uses and r is not main]
        found: dict[str, Also] = {}
        for code in main.rule.then.also:
            facts_of_main = decision.used[-1].facts
            found.setdefault(code, _also(code, "child", main.rule, facts_of_main, shared, counts=False))
        if main.rule.band in self.several and _is_worded(main.rule):
            for also in self._further(decision.service, main, rivals, facts, shared):
                found.setdefault(also.service, also)
        found.pop(decision.service, None)
        if not found:
            return decision
        every = tuple(
            also if number < MOST_ALSO else also.model_copy(update={"kind": "unsure"})
            for number, also in enumerate(sorted(found.values(), key=lambda also: also.kind == "unsure"))
        )[:_MOST_OUTVOTED]
        return _with_also(decision, every)

    def _further(
        self, service: str, main: _Compiled, rivals: list[_Compiled], facts: Facts, shared: list[Result]
    ) -> Iterator[Also]:
        """Give what other rules of the main rule's band say that the message is about, in their order."""
        claims: dict[str, list[tuple[_Compiled, tuple[str, ...]]]] = {service: []}
        for rival in rivals:
            code = rival.rule.then.service
            if rival.band != main.band or code is None or not _is_worded(rival.rule):
                continue
            held = rival.held(facts)
            if not isinstance(held, str):
                claims.setdefault(code, []).append((rival, held))
        if len(claims) == 1:
            return
        verdicts = tell_apart(facts, [[rival.claims for rival, _ in rules] for rules in claims.values()])
        theirs = {self._providers.get(service)}
        for (code, rules), verdict in zip(list(claims.items())[1:], verdicts, strict=True):
            if verdict == "no":
                continue
            provider = self._providers.get(code)
            # One team reads the whole message: whether it is one job of theirs or two is theirs to say.
            sure = verdict == "sure" and (provider is None or provider not in theirs)
            theirs |= {provider} if sure else set()
            rule, held = rules[0]
            yield _also(code, "related" if sure else "unsure", rule.rule, held, shared, counts=True)

    def _noted(self, rule: Rule, facts: Facts) -> tuple[str, ...]:
        words = rule.when.words
        return self._noting.noted(words, facts) if words and rule.then.flags else ()

    def parts(self, rule: Rule) -> Iterator[tuple[str, Phrases]]:
        """Give the words and phrases that a rule looks for, each under the name that notes have: `@list`, `any[0]`."""
        return self._noting.parts(rule.when.words) if rule.when.words else iter(())

    def _candidates(self, facts: Facts) -> list[_Compiled]:
        """Give the rules filed under what the enquiry has, in the order of bands and rules, each once."""
        found = {made.order: made for made in self._unkeyed}
        for has, keys, filed in self._index:
            had = has(facts)
            for key in keys.intersection(had):
                for made, rest in filed[key]:
                    if not rest or rest.issubset(had):
                        found[made.order] = made
        return sorted(found.values(), key=lambda made: (made.band, made.order))
