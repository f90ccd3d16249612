"""
Tries to make a message leave against an opt-out, a need or quiet hours, a great many times.

    python benchmarks/leaving.py --tries 1000000 [--seed 7]

Each try is a seed. It draws somebody, what they stated, a message, what gateways can do, and a clock; has a channel
chosen; lets time pass and things be stated; and then tries to have the message leave by every way there is. What may
leave is held to `onestop.testing.breaches`, which knows nothing of how a channel is chosen. A try that got through is
printed with its seed, the simplest first: `--seed THAT --tries 1` repeats it alone.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from typing import Any, NamedTuple, TypeVar, get_args
from zoneinfo import ZoneInfo

from harness import table
from onestop.core.choice import Choice, LastUsed, Matter, choose_channel
from onestop.core.contact import Urn
from onestop.core.enquiry import Channel
from onestop.core.gateway import Capabilities
from onestop.core.needs import NEEDS
from onestop.core.profile import (
    Consent,
    ContactPoint,
    Failure,
    Need,
    Preference,
    Profile,
    QuietHours,
    QuietSpan,
    Source,
    Verification,
    Weekday,
)
from onestop.core.purposes import PURPOSES
from onestop.core.quiet import Zones
from onestop.core.sendable import Deny, Go, Wait, check_send
from onestop.core.standing import Telling
from onestop.policy.calendars import zone_of
from onestop.testing.breaches import breach, breached_need, disturbs, stopped

LONDON = Zones(ZoneInfo("Europe/London"), zone_of)
START = datetime(2026, 3, 2, tzinfo=UTC)
CLOCKS_CHANGE = (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))
ZONES = (None, "Europe/London", "Asia/Kolkata", "America/St_Johns", "Pacific/Chatham", "Europe/Nowhere")
CHANNELS: tuple[Channel, ...] = get_args(Channel)
OFTEN: tuple[Channel, ...] = (*("sms", "email") * 4, *CHANNELS)  # what most want
WEEK: tuple[Weekday, ...] = get_args(Weekday)
SERVICES, CASES = ("graffiti", "bins"), ("case-1", "case-2")
TIMES = [clock_time(0), clock_time(1, 30), clock_time(2), clock_time(7), clock_time(12, 0, 0, 1), clock_time(22)]
TIMES.append(clock_time(23, 59, 59))
VERIFIED = Verification(how="agent", by="worker:alice", at=START)
SOURCES = [Source(by="citizen:c1", at=START - timedelta(days=days)) for days in range(1, 31)]
URNS = tuple(
    Urn.parse(urn)
    for urn in (
        "tel:+447700900123",
        "mailto:sian@example.org",
        "post:Siân Example, 1 Elm Road, Northport, L1 8JQ",
        "tel:+447700900456",
        "mailto:Tom.Price@mail.example",
        "tel:+441632960123",
        "tel:+449098790123",
        "tel:999",
        "ext:mastodon:sian",
    )
)
REACHES: dict[str, tuple[Channel, ...]] = {
    "tel": ("sms", "phone", "chat"),
    "mailto": ("email",),
    "post": ("post",),
    "ext": ("chat", "social"),
}
CODES = (*sorted(NEEDS), "large_print", "large_print_24", "no_texts", "by_email", "by_phone", "never_phone", "ours")
SIZES = ("large_print", "large_print_20", "large_print_24", "large_print_28")
T = TypeVar("T")


class Through(Exception):
    """A message that may leave, and must not; or one that was dropped, and must not be."""


class Tried(NamedTuple):
    """What became of one try."""

    chosen: str
    looks: tuple[str, ...]  # what the last look said of each way that was tried


class Found(NamedTuple):
    """A try that got through."""

    seed: int
    why: str
    weight: int  # of what was stated: the simplest is the one to look at


class Drawn:
    """Somebody, a message for them, and a clock; drawn by a seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        rng = self.rng
        self.now = self.moment()
        self.profile = Profile(
            citizen="c1",
            zone=rng.choice(ZONES),
            contact_points=tuple(self.point(urn) for urn in rng.sample(URNS, rng.choice((1, 2, 3, 5)))),
            preferences=self.some(self.preference, 5),
            quiet_hours=self.some(self.quiet, 2),
            needs=self.some(self.need, 2),
            consents=self.some(self.consent, 4),
        )
        keys = [point.urn.key for point in self.profile.contact_points]
        self.can: dict[Channel, Capabilities] = {
            channel: self.capabilities() for channel in CHANNELS if channel in ("sms", "email") or rng.random() < 0.4
        }
        used = LastUsed(
            rng.choice(OFTEN), rng.choice(keys), rng.choice((None, self.now - timedelta(hours=rng.randrange(49))))
        )
        self.message = Telling(
            rng.choice(PURPOSES),
            rng.choice(("normal", "normal", "urgent")),
            Matter(rng.choice((None, *SERVICES)), rng.choice((None, *CASES))),
            rng.choice((None, used)),
        )
        self.excluded = {(rng.choice(OFTEN), rng.choice((None, *keys))) for _ in range(rng.choice((0, 0, 0, 2)))}

    def some(self, draw: Callable[[], T], most: int) -> tuple[T, ...]:
        """Give none every other time: most people state little."""
        return tuple(draw() for _ in range(self.rng.randint(1, most))) if self.rng.random() < 0.5 else ()

    def moment(self) -> datetime:
        if self.rng.random() < 0.7:
            return START + timedelta(seconds=self.rng.randrange(7 * 86_400))
        return self.rng.choice(CLOCKS_CHANGE) + timedelta(minutes=self.rng.randint(-720, 720))

    def end(self) -> datetime | None:
        return self.moment() if self.rng.random() < 0.4 else None

    def source(self) -> Source:
        return self.rng.choice(SOURCES)

    def point(self, urn: Urn) -> ContactPoint:
        rng = self.rng
        failing = rng.choice(OFTEN) if rng.random() < 0.15 else None
        return ContactPoint(
            urn=urn,
            shared=rng.choice(("household", "phone_box")) if rng.random() < 0.2 else None,
            verified=VERIFIED if rng.random() < 0.7 else None,
            failures=(Failure(channel=failing, at=START),) if failing else (),
        )

    def preference(self) -> Preference:
        rng = self.rng
        return Preference(
            channels=tuple(dict.fromkeys(rng.choices(OFTEN, k=rng.choice((0, 1, 1, 2, 3))))),
            purpose=rng.choice((None, rng.choice(PURPOSES))),
            service=rng.choice((None, None, *SERVICES)),
            case=rng.choice((None, None, *CASES)),
            contact_point=rng.choice(URNS) if rng.random() < 0.25 else None,
            until=self.end(),
            source=self.source(),
        )

    def quiet(self) -> QuietHours:
        rng = self.rng
        days = WEEK if rng.random() < 0.3 else rng.sample(WEEK, rng.randint(1, 6))
        spans = {
            day: tuple(QuietSpan(start=rng.choice(TIMES), end=rng.choice(TIMES)) for _ in range(rng.choice((1, 1, 2))))
            for day in days
        }
        return QuietHours(spans=spans, zone=rng.choice(ZONES), until=self.end(), source=self.source())

    def need(self) -> Need:
        return Need(code=self.rng.choice(CODES), until=self.end(), source=self.source())

    def consent(self) -> Consent:
        rng = self.rng
        return Consent(
            id=f"consent-{rng.randrange(1_000)}",
            key=rng.choice(URNS[:5]).key,
            channel=rng.choice((None, rng.choice(OFTEN))),
            purpose=rng.choice((None, "marketing", rng.choice(PURPOSES))),
            service=rng.choice((None, None, *SERVICES)),
            case=rng.choice((None, None, *CASES)),
            given=rng.random() < 0.5,
            wording=None,
            source=self.source(),
        )

    def capabilities(self) -> Capabilities:
        rng = self.rng
        return Capabilities(
            sends=rng.random() < 0.85,
            cost_class=rng.choice(("free", "low", "medium", "high")),
            reply_window_hours=24 if rng.random() < 0.15 else None,
            one_size=rng.random() < 0.3,
        )

    def later(self) -> None:
        """Let time pass, and things be said, known and proved."""
        rng = self.rng
        self.now += timedelta(minutes=rng.choice((0, rng.randrange(180), rng.randrange(3 * 1_440))))
        more: dict[str, Any] = {
            "consents": self.consent,
            "needs": self.need,
            "quiet_hours": self.quiet,
            "preferences": self.preference,
        }
        said = {name: (*getattr(self.profile, name), draw()) for name, draw in more.items() if rng.random() < 0.25}
        points = self.profile.contact_points
        if rng.random() < 0.2:
            points = tuple(self.point(point.urn) for point in points)
        self.profile = self.profile.model_copy(update={**said, "contact_points": points})
        self.message = self.message._replace(by_person=rng.random() < 0.3)


def attempt(seed: int) -> Tried:
    """
    Try once.

    Raises:
        Through: a message may leave that must not, or was dropped that must not be.
    """
    drawn = Drawn(seed)
    choice = _chosen(drawn)
    drawn.later()
    return Tried(choice, tuple(_looks(drawn)))


def _chosen(drawn: Drawn) -> str:
    """Have a channel chosen, and hold the choice to what was stated."""
    profile, message, now = drawn.profile, drawn.message, drawn.now
    choice = choose_channel(
        profile,
        message.purpose,
        urgency=message.urgency,
        capabilities=drawn.can,
        now=now,
        zones=LONDON,
        matter=message.matter,
        last_used=message.last_used,
        excluded=drawn.excluded,
    )
    leaves_at = choice.not_before or now
    if choice.not_before is not None and (leaves_at <= now or not disturbs(profile, now, LONDON)):
        raise Through("a message was made to wait for nothing")
    if choice.kind == "send":
        assert choice.channel is not None
        assert choice.contact_point is not None
        can = drawn.can[choice.channel]
        if (code := breach(profile, message, choice.channel, choice.contact_point, leaves_at, LONDON, can)) is not None:
            raise Through(f"chosen: {choice.channel} breaches {code}")
        if not can.sends or (choice.channel, choice.contact_point.urn.key) in drawn.excluded:
            raise Through(f"chosen: {choice.channel}, which cannot send or was tried in vain")
        _of_the_size(drawn, leaves_at, choice.format, "chosen")
        return "sent later" if choice.not_before else "sent"
    _not_dropped(drawn, choice, leaves_at)
    return choice.kind


def _not_dropped(drawn: Drawn, choice: Choice, at: datetime) -> None:
    profile, message = drawn.profile, drawn.message
    if message.purpose in ("statutory", "urgent") and choice.kind != "task":
        raise Through("what must reach them was dropped")
    if choice.kind == "denied":
        if choice.because == "need" and message.purpose not in ("confirmation", "marketing"):
            raise Through("a need that nobody met was told to nobody")
        if choice.because == "always_quiet":
            free = (at + timedelta(minutes=minutes) for minutes in range(0, 31 * 1_440, 90))
            if any(not disturbs(profile, moment, LONDON) for moment in free):
                raise Through("quiet hours dropped a message that could wait")
    if choice.kind == "task" and choice.channel is not None and choice.contact_point is not None:
        if need := breached_need(profile, choice.channel, at, by_gateway=False):
            raise Through(f"a task breaches a need: {need}")
        key, matter = choice.contact_point.urn.key, message.matter
        if message.purpose != "confirmation" and stopped(profile, key, choice.channel, message.purpose, matter):
            raise Through("a task breaches an opt-out")


def _looks(drawn: Drawn) -> list[str]:
    """Try to have the message leave by every way there is."""
    size = drawn.rng.choice(SIZES)
    return [
        _look(drawn, channel, point, rendered, drawn.now)
        for point in drawn.profile.contact_points
        for channel in REACHES[point.urn.scheme]
        for rendered in (None, size)
    ]


def _look(drawn: Drawn, channel: Channel, point: ContactPoint, rendered: str | None, now: datetime) -> str:
    can = drawn.can.get(channel, Capabilities(sends=True))
    found = check_send(
        drawn.profile,
        drawn.message,
        channel,
        point.urn,
        now,
        LONDON,
        rendered=rendered,
        reply_window_hours=can.reply_window_hours,
        one_size=can.one_size,
    )
    match found:
        case Go():
            if (code := breach(drawn.profile, drawn.message, channel, point, now, LONDON, can)) is not None:
                raise Through(f"the last look: {channel} breaches {code}")
            _of_the_size(drawn, now, rendered, "the last look")
            return "go"
        case Wait(until=until):
            if until <= now or disturbs(drawn.profile, until, LONDON):
                raise Through("the last look: it is to wait for no end of quiet hours")
            _look(drawn, channel, point, rendered, until)
            return "wait"
        case Deny():
            return "denied"


def _of_the_size(drawn: Drawn, at: datetime, given: str | None, where: str) -> None:
    holding = {need.code for need in drawn.profile.needs if need.until is None or at < need.until}
    wanted = [size for size in SIZES if size in holding]
    if wanted and wanted[-1] not in (given or "").split("+"):
        raise Through(f"{where}: in small print")


def run(seeds: Sequence[int]) -> tuple[Counter[str], Counter[str], list[Found]]:
    """Give what was chosen, what the last looks said, and what got through, the simplest first."""
    chosen: Counter[str] = Counter()
    looks: Counter[str] = Counter()
    found: list[Found] = []
    for seed in seeds:
        try:
            tried = attempt(seed)
        except Through as exc:
            found.append(Found(seed, str(exc), len(Drawn(seed).profile.model_dump_json())))
            continue
        chosen[tried.chosen] += 1
        looks.update(tried.looks)
    return chosen, looks, sorted(found, key=lambda each: (each.weight, each.seed))


def main() -> None:
    parser = argparse.ArgumentParser(description="Messages that try to leave against what was stated.")
    parser.add_argument("--tries", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first try; each has the next")
    parser.add_argument("--quick", action="store_true", help="a few: shows that it runs")
    options = parser.parse_args()
    tries = 300 if options.quick else options.tries
    began = time.perf_counter()
    chosen, looks, found = run(range(options.seed, options.seed + tries))
    took = time.perf_counter() - began
    rows = [[f"chosen: {name}", f"{count:,}"] for name, count in sorted(chosen.items())]
    rows += [[f"last look: {name}", f"{count:,}"] for name, count in sorted(looks.items())]
    rows += [["tries", f"{tries:,}"], ["seconds", f"{took:.0f}"], ["got through", f"{len(found):,}"]]
    print(table(["what", "how many"], rows))
    for each in found[:10]:
        print(f"seed {each.seed}: {each.why}")
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
