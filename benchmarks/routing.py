"""
Deciding where an enquiry goes: with 10 to 10,000 rules, with 100 to 10,000 areas, and twice over for a backtest.

    python benchmarks/routing.py

The same rules in the same order are given to business-rules and rule-engine, where they are installed
(`pip install business-rules rule-engine`); both hold every rule against every enquiry until one matches. They get the
words of an enquiry ready split, give no reasons, and have nothing like the shipped rules on danger and on rights, which
onestop asks beside these. The bare core is `plan_intake` with everything answered: what an
enquiry costs without a store.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec

from areas import areas, places
from council import document
from harness import Spread, interleave, ratio, table, timed
from minimum import KEYWORDS, SERVICES
from onestop import Enquiry, Policy
from onestop.core.context import Context, Mint
from onestop.core.intake import plan_intake
from onestop.core.plan import (
    Answers,
    Ask,
    ContactFacts,
    FindContact,
    FindIntake,
    FindMessageIds,
    IntakeFacts,
    Plan,
)
from onestop.core.repeats import intake_identity
from onestop.policy import compile_policy
from onestop.replay.backtest import backtest
from onestop.replay.past import Past
from rules import WRITTEN, enquiries

COUNTS = (10, 100, 1_000, 10_000)
AREA_COUNTS = (100, 1_000, 10_000)
BAND = "topic"
ENOUGH = 2_000_000  # rules held against enquiries in one round of a peer
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Decide = Callable[[Enquiry], str]


def words_of(count: int) -> list[tuple[str, str]]:
    """Give the word and the service of each rule; those that people write are spread among the others."""
    every = count // WRITTEN
    found = []
    for number in range(count):
        place, rest = divmod(number, every)
        word = KEYWORDS[place] if rest == 0 else f"unwritten{number}"
        found.append((word, SERVICES[place % len(SERVICES)]))
    return found


def policy_of(count: int) -> Policy:
    """Give a policy with so many rules, each on one word."""
    rules = [
        {"id": f"rule-{n}", "band": BAND, "when": {"words": {"any": [word]}}, "then": {"service": service}}
        for n, (word, service) in enumerate(words_of(count))
    ]
    return compile_policy(document([BAND], rules))


def area_policy(count: int) -> Policy:
    """Give a policy with so many wards, and a rule for each."""
    drawn = areas(count, corners=12)
    shapes = {
        area.id.partition("/")[2]: {
            "name": area.name,
            "polygons": [[ring.text() for ring in p.rings] for p in area.polygons],
        }
        for area in drawn
    }
    rules = [
        {"id": area.id, "band": BAND, "when": {"area": [area.id]}, "then": {"service": SERVICES[n % len(SERVICES)]}}
        for n, area in enumerate(drawn)
    ]
    tables = {"areas": {"wards": {"file": "areas/wards.geojson", "code": "CODE", "shapes": shapes}}}
    return compile_policy(document([BAND], rules) | {"areas": tables})


def sent_to(policy: Policy, enquiry: Enquiry) -> str:
    return policy.decide(enquiry).service


def by_rule_engine(count: int) -> Decide:
    """Give what decides by rule-engine."""
    import rule_engine

    rules = [(rule_engine.Rule(f'"{word}" in words'), service) for word, service in words_of(count)]

    def decide(enquiry: Enquiry) -> str:
        thing = {"words": split(enquiry)}
        return next((service for rule, service in rules if rule.matches(thing)), "triage")

    return decide


def by_business_rules(count: int) -> Decide:
    """Give what decides by business-rules."""
    from business_rules.engine import run
    from business_rules.variables import BaseVariables, select_multiple_rule_variable

    class Words(BaseVariables):  # type: ignore[misc]  # the library has no types
        def __init__(self, words: set[str]) -> None:
            self._words = words

        @select_multiple_rule_variable()  # type: ignore[untyped-decorator]  # as above
        def words(self) -> set[str]:
            return self._words

    class Send:
        service = "triage"

    rules = [
        {"conditions": {"all": [{"name": "words", "operator": "contains_all", "value": [word]}]}, "actions": []}
        for word, _ in words_of(count)
    ]
    services = [service for _, service in words_of(count)]

    def decide(enquiry: Enquiry) -> str:
        variables = Words(split(enquiry))
        return next(
            (service for rule, service in zip(rules, services, strict=True) if run(rule, variables, Send())), "triage"
        )

    return decide


def split(enquiry: Enquiry) -> set[str]:
    return enquiry_words[enquiry.source_id or ""]


enquiry_words: dict[str, set[str]] = {}
PEERS: Mapping[str, Callable[[int], Decide]] = {"business_rules": by_business_rules, "rule_engine": by_rule_engine}


def all_decided(decide: Decide, wanted: list[Enquiry]) -> int:
    for enquiry in wanted:
        decide(enquiry)
    return len(wanted)


def rows(rates: Mapping[str, list[float]], reference: str) -> list[list[str]]:
    return [
        [
            name,
            f"{Spread.of(each):,.0f}",
            f"{1e6 / Spread.of(each).median:,.1f}",
            f"{ratio(rates, name, reference):.2f}",
        ]
        for name, each in rates.items()
    ]


def compare_rules(counts: tuple[int, ...], wanted: list[Enquiry], rounds: int) -> None:
    works: dict[str, Callable[[], int]] = {}
    for count in counts:
        policy = policy_of(count)
        own = partial(sent_to, policy)
        works[f"onestop, {count:,} rules"] = partial(all_decided, own, wanted)
        for name, make in PEERS.items():
            if find_spec(name) is None:
                continue
            decide, few = make(count), wanted[: max(1, min(len(wanted), ENOUGH // count // 100))]
            if [decide(one) for one in few] != [own(one) for one in few]:
                raise SystemExit(f"{name} decides differently: there is nothing to compare")
            works[f"{name.replace('_', '-')}, {count:,} rules"] = partial(all_decided, decide, few)
    rates = interleave({name: timed(work) for name, work in works.items()}, rounds=rounds)
    reference = f"onestop, {counts[min(1, len(counts) - 1)]:,} rules"
    print(f"## Rules on words, {len(wanted)} e-mails, {rounds} rounds\n")
    print(table(["", "decisions a second: median (min–max)", "µs", f"to {reference}"], rows(rates, reference)))


def compare_areas(counts: tuple[int, ...], few: int, rounds: int) -> None:
    wanted = [
        Enquiry(channel="web", adapter="form", received_at=NOW, text="A hole in the road", location=place)
        for place in places(few)
    ]
    works = {}
    for count in counts:
        policy = area_policy(count)
        if not all(policy.decide(one).rule.startswith("wards/") for one in wanted):
            raise SystemExit("a place is in no ward: there is nothing to compare")
        works[f"{count:,} areas and rules"] = timed(partial(all_decided, partial(sent_to, policy), wanted))
    rates = interleave(works, rounds=rounds)
    reference = next(iter(works))
    print(f"\n## Rules on areas, {few} places, {rounds} rounds\n")
    print(table(["", "decisions a second: median (min–max)", "µs", f"to {reference}"], rows(rates, reference)))


def planned(policy: Policy, wanted: list[Enquiry]) -> int:
    for enquiry in wanted:
        mint = Mint(b"k" * 32, intake_identity(enquiry), NOW, bytes)
        answers = Answers()
        while isinstance(step := plan_intake(enquiry, answers, policy, Context(NOW, mint)), Ask):
            answers = answers.plus({query: EMPTY[type(query)] for query in step.queries})
        assert isinstance(step, Plan)
    return len(wanted)


EMPTY: Mapping[type, object] = {FindIntake: IntakeFacts(), FindContact: ContactFacts(), FindMessageIds: {}}


def compare_backtest(wanted: list[Enquiry], rounds: int) -> None:
    was, becomes = policy_of(100), policy_of(1_000)
    past = [Past(f"NP-{number}", one, opened=True) for number, one in enumerate(wanted)]
    core, back = "bare core, `plan_intake`", "`backtest`, two policies"
    works = {core: timed(partial(planned, was, wanted)), back: timed(lambda: backtest(was, becomes, past).enquiries)}
    rates = interleave(works, rounds=rounds)
    print(f"\n## Backtest, {len(wanted)} e-mails, {rounds} rounds\n")
    print(table(["", "enquiries a second: median (min–max)", "µs", f"to {core}"], rows(rates, core)))


def main() -> None:
    parser = argparse.ArgumentParser(description="Decisions a second: rules, areas, backtests.")
    parser.add_argument("--enquiries", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="a few, once: shows that it runs, measures nothing")
    options = parser.parse_args()
    few, rounds = (20, 1) if options.quick else (options.enquiries, options.rounds)
    wanted = [one.model_copy(update={"source_id": f"e{number}"}) for number, one in enumerate(enquiries(few))]
    for one in wanted:
        words = f"{one.subject or ''} {one.text}".lower().split()
        enquiry_words[one.source_id or ""] = {word.strip(".,;:!?\"'()") for word in words}
    compare_rules(COUNTS[:2] if options.quick else COUNTS, wanted, rounds)
    compare_areas(AREA_COUNTS[:1] if options.quick else AREA_COUNTS, few, rounds)
    compare_backtest(wanted, rounds)


if __name__ == "__main__":
    main()
