# ruff: noqa: A005  # a script, which nothing imports; run with this folder first, it hides only Python's own profiler
"""
Profiles: how a citizen is to be told something, and what that costs beside what an enquiry costs anyway.

    python benchmarks/profile.py
    python benchmarks/profile.py --choices-only

After the choices come the senders (`senders.py`) and the outbox (`outbox.py`), which can be run by themselves, too.

Choosing a channel for somebody who stated twenty preferences is set beside reading one telephone number as
`onestop.core.contact` does (phonenumbers: parse, format, validity), nothing kept from before. Of the twenty, some hold
for the message and most do not, as of somebody who has said a thing of each of their services.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import phonenumbers

from harness import Candidate, Spread, interleave, ratio, table, timed
from onestop.core.choice import LastUsed, Matter, choose_channel
from onestop.core.contact import Urn
from onestop.core.enquiry import Channel
from onestop.core.gateway import Capabilities
from onestop.core.profile import (
    Consent,
    ContactPoint,
    Need,
    Preference,
    Profile,
    QuietHours,
    QuietSpan,
    Source,
    Verification,
)
from onestop.core.purposes import Purpose
from onestop.core.quiet import Zones

NUMBERS = ("020 7946 0018", "07911 123456", "+44 1632 960123", "0191 498 0123")
NUMBER = "one telephone number, parsed and valid"
CHOICES = 1_000
NOW = datetime(2026, 3, 3, 21, 30, tzinfo=UTC)
SOURCE = Source(by="citizen:c1", at=NOW - timedelta(days=30))
ZONES = Zones(ZoneInfo("Europe/London"), ZoneInfo)
GATEWAYS: dict[Channel, Capabilities] = {
    "email": Capabilities(sends=True),
    "sms": Capabilities(sends=True, cost_class="medium"),
}
NIGHT = (QuietSpan(start=time(20), end=time(8)),)
LAST = LastUsed("sms", "tel:+447700900123")


def stated() -> Profile:
    """Give somebody who stated twenty preferences, each service its own, and a few for purposes and for all."""
    verified = Verification(how="agent", by="worker:alice", at=SOURCE.at)
    wanted: list[tuple[Channel, ...]] = [("sms", "email"), ("email",), ("phone", "sms"), ()]
    purposes: list[Purpose | None] = [None, "service_update", "alert", "marketing"]
    return Profile(
        citizen="c1",
        contact_points=(
            ContactPoint(urn=Urn("tel:+447700900123"), verified=verified),
            ContactPoint(urn=Urn("mailto:sian@example.org"), verified=verified),
        ),
        preferences=tuple(
            Preference(
                channels=wanted[number % 3] if number < 16 else wanted[number % 4],
                service=f"service-{number}" if number < 16 else None,
                case=None,
                purpose=None if number < 16 else purposes[number - 16],
                source=SOURCE,
            )
            for number in range(20)
        ),
    )


def bound() -> Profile:
    """Give the same citizen with quiet hours, a need, and a ledger of ten consents."""
    keys = ("tel:+447700900123", "mailto:sian@example.org")
    return stated().model_copy(
        update={
            "quiet_hours": (
                QuietHours(spans=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), NIGHT), source=SOURCE),
            ),
            "needs": (Need(code="large_print_24", source=SOURCE),),
            "consents": tuple(
                Consent(
                    id=f"consent-{number}",
                    key=keys[number % 2],
                    purpose="alert",
                    service=f"service-{number}",
                    case=None,
                    given=number % 3 > 0,
                    wording=None,
                    source=SOURCE,
                )
                for number in range(10)
            ),
        }
    )


def choices(profile: Profile, count: int) -> Callable[[], int]:
    """Give the work of choosing a channel for messages about each of the services, for two purposes in turn."""
    matters = [Matter(f"service-{number % 20}", f"case-{number}") for number in range(count)]

    def work() -> int:
        for number, matter in enumerate(matters):
            purpose: Purpose = "alert" if number % 4 == 0 else "service_update"
            choose_channel(profile, purpose, capabilities=GATEWAYS, now=NOW, zones=ZONES, matter=matter, last_used=LAST)
        return count

    return work


def numbers(count: int) -> Callable[[], int]:
    """Give the work of reading telephone numbers, as `tel_urn` does where it has not read them before."""

    def work() -> int:
        for number in range(count):
            parsed = phonenumbers.parse(NUMBERS[number % len(NUMBERS)], "GB")
            phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
            phonenumbers.is_valid_number(parsed)
        return count

    return work


def print_rows(title: str, candidates: Mapping[str, Candidate], reference: str, rounds: int) -> None:
    """Run candidates side by side, and print each beside the reference."""
    rates = interleave(candidates, rounds=rounds)
    rows = [
        [name, f"{1e6 / Spread.of(rates[name]).median:.1f}", f"{ratio(rates, reference, name):.2f}"]
        for name in candidates
    ]
    print(f"{title}, {rounds} rounds\n")
    print(table(["", "µs", "cost, as a multiple of the first: median (min–max)"], rows))


def main() -> None:
    parser = argparse.ArgumentParser(description="What it costs to know how a citizen is to be told something.")
    parser.add_argument("--choices", type=int, default=CHOICES, help="in each round")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--quick", action="store_true", help="a few, once: shows that it runs, measures nothing")
    parser.add_argument("--choices-only", action="store_true", help="without the senders and the outbox")
    options = parser.parse_args()
    count, rounds = (20, 1) if options.quick else (options.choices, options.rounds)
    candidates = {
        NUMBER: timed(numbers(count)),
        "`choose_channel`, 20 preferences": timed(choices(stated(), count)),
        "… and quiet hours, a need, 10 consents": timed(choices(bound(), count)),
    }
    print_rows(f"{count:,} messages", candidates, NUMBER, rounds)
    for script in () if options.choices_only else ("senders.py", "outbox.py"):
        print(flush=True)
        quick = ["--quick"] if options.quick else []
        subprocess.run([sys.executable, str(Path(__file__).with_name(script)), *quick], check=True)


if __name__ == "__main__":
    main()
