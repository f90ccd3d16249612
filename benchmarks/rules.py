"""
Deciding where an enquiry goes, with 10 to 10,000 rules.

    python benchmarks/rules.py

Ten rules are about words that people write, the others about a word each that nobody does, as in a policy that grows:
the enquiries are the same and so are the decisions, only the rules become more.
"""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from corpus import mails
from council import document
from harness import Spread, interleave, ratio, table, timed
from minimum import KEYWORDS, SERVICES
from onestop import Enquiry, Policy, Raw
from onestop.channels.email import Email
from onestop.policy import compile_policy

BANDS = ["first", "second", "third"]
WRITTEN = 10  # rules about words that people write
COUNTS = (10, 100, 1_000, 10_000)


def policy_of(count: int) -> Policy:
    """Give a policy with so many rules, those that can match spread among the others."""
    every = count // WRITTEN
    return compile_policy(document(BANDS, [_rule(number, every) for number in range(count)]))


def _rule(number: int, every: int) -> dict[str, Any]:
    place, rest = divmod(number, every)
    word = KEYWORDS[place] if rest == 0 else f"unwritten{number}"
    return {
        "id": f"rule-{number}",
        "band": BANDS[place % len(BANDS)],
        "when": {"words": {"any": [word]}},
        "then": {"service": SERVICES[place % len(SERVICES)]},
    }


def enquiries(count: int) -> list[Enquiry]:
    adapter = Email()
    parsed = [adapter.parse(Raw(body=mail.body, received_at=mail.received_at))[0] for mail in mails(count)]
    return [item for item in parsed if isinstance(item, Enquiry)]


def decide_all(policy: Policy, wanted: list[Enquiry]) -> int:
    for enquiry in wanted:
        policy.decide(enquiry)
    return len(wanted)


def main() -> None:
    parser = argparse.ArgumentParser(description="Decisions a second with 10 to 10,000 rules.")
    parser.add_argument("--enquiries", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="a few, once: shows that it runs, measures nothing")
    options = parser.parse_args()
    wanted, rounds = (enquiries(20), 1) if options.quick else (enquiries(options.enquiries), options.rounds)
    policies = {f"{count:,} rules": policy_of(count) for count in (COUNTS[:2] if options.quick else COUNTS)}
    services = [[policy.decide(enquiry).service for enquiry in wanted] for policy in policies.values()]
    if any(others != services[0] for others in services):
        raise SystemExit("the policies decide differently: there is nothing to compare")
    rates = interleave({name: timed(partial(decide_all, it, wanted)) for name, it in policies.items()}, rounds=rounds)
    fewest = next(iter(policies))
    rows = [
        [name, f"{Spread.of(each):,.0f}", f"{1e6 / Spread.of(each).median:.0f}", f"{ratio(rates, name, fewest):.2f}"]
        for name, each in rates.items()
    ]
    print(f"{len(wanted)} e-mails, {rounds} rounds\n")
    print(table(["", "decisions a second: median (min–max)", "µs", f"to {fewest}"], rows))


if __name__ == "__main__":
    main()
