"""
How fast each adapter reads its fixtures, and where the time of an e-mail goes.

    python benchmarks/channels.py

The steps of an e-mail are those of `Email.parse`, taken one by one over the same mails: MIME (header, parts, decoding,
words out of HTML), reports (bounces, read receipts, complaints), reply (what was written now), automated (by machine?),
and the rest (addresses, thread, the checked enquiry).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from corpus import mails
from harness import Candidate, Spread, interleave, ratio, table, timed
from onestop import Raw
from onestop.channels import Adapter, discover
from onestop.channels.email.automatic import is_auto_reply
from onestop.channels.email.body import body_text
from onestop.channels.email.headers import decode_words
from onestop.channels.email.limits import Limits
from onestop.channels.email.mime import Mail, read_mail
from onestop.channels.email.reply import read_reply
from onestop.channels.email.reports import delivery_reports
from onestop.errors import PayloadError
from onestop.testing import load_fixture

TESTS = Path(__file__).resolve().parent.parent / "tests" / "channels"
LIMITS = Limits()
PARSE, MIME, REPORTS, REPLY, AUTOMATED = "`Email.parse`", "MIME", "reports", "reply", "automated"


def fixtures_of(name: str, adapter: Adapter) -> list[Raw]:
    """Give the requests of an adapter's fixtures that it reads; none where it comes from elsewhere."""
    folder = TESTS / adapter.channel / "fixtures"
    paths = sorted((folder / name).glob("*.json")) or sorted(folder.glob("*.json"))
    return [raw for raw in (load_fixture(path)[0] for path in paths) if reads(adapter, raw)]


def reads(adapter: Adapter, raw: Raw) -> bool:
    try:
        return bool(adapter.parse(raw))
    except PayloadError:
        return False


def parse_all(adapter: Adapter, raws: Sequence[Raw], times: int) -> int:
    for _ in range(times):
        for raw in raws:
            adapter.parse(raw)
    return times * len(raws)


def mime(bodies: Sequence[bytes]) -> int:
    for body in bodies:
        body_text(read_mail(body, LIMITS), LIMITS)
    return len(bodies)


def reports(read: Sequence[Mail], raw: Raw) -> int:
    for mail in read:
        delivery_reports(mail, adapter="email", received_at=raw.received_at, limit=LIMITS.recipients)
    return len(read)


def reply(texts: Sequence[tuple[str, str]]) -> int:
    for text, subject in texts:
        read_reply(text, subject)
    return len(texts)


def automated(read: Sequence[tuple[Mail, str]]) -> int:
    for mail, subject in read:
        is_auto_reply(mail.top.header, subject)
    return len(read)


def steps(count: int) -> dict[str, Candidate]:
    letters = mails(count)
    raws = [Raw(body=mail.body, received_at=mail.received_at) for mail in letters]
    read = [read_mail(raw.body, LIMITS) for raw in raws]
    subjects = [decode_words(mail.top.first("subject")) for mail in read]
    texts = [body_text(mail, LIMITS)[0] for mail in read]
    works = {
        PARSE: partial(parse_all, discover()["email"](), raws, 1),
        MIME: partial(mime, [raw.body for raw in raws]),
        REPORTS: partial(reports, read, raws[0]),
        REPLY: partial(reply, list(zip(texts, subjects, strict=True))),
        AUTOMATED: partial(automated, list(zip(read, subjects, strict=True))),
    }
    return {name: timed(work) for name, work in works.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="The rate of each adapter, and the steps of an e-mail.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--mails", type=int, default=300)
    parser.add_argument("--quick", action="store_true", help="a few, once: shows that it runs, measures nothing")
    options = parser.parse_args()
    rounds, wanted, times = (1, 20, 1) if options.quick else (options.rounds, options.mails, 5)
    made = {name: adapter() for name, adapter in discover().items()}
    raws = {name: found for name, adapter in made.items() if (found := fixtures_of(name, adapter))}
    rates = interleave(
        {name: timed(partial(parse_all, made[name], found, times)) for name, found in raws.items()}, rounds=rounds
    )
    print(f"adapters over their fixtures, {rounds} rounds\n")
    rows = [
        [f"`{name}`", str(len(found)), f"{Spread.of(rates[name]):,.0f}", f"{1e6 / Spread.of(rates[name]).median:.0f}"]
        for name, found in raws.items()
    ]
    print(table(["", "fixtures", "payloads a second: median (min–max)", "µs"], rows))
    print_steps(interleave(steps(wanted), rounds=rounds), wanted)


def print_steps(rates: dict[str, list[float]], wanted: int) -> None:
    """Print what each step takes of the whole: a rate's ratio turned over is a time's."""
    shares = {name: ratio(rates, PARSE, name) for name in rates}
    rest = 1 - sum(share.median for name, share in shares.items() if name != PARSE)
    rows = [[name, f"{1e6 / Spread.of(rates[name]).median:.0f}", f"{shares[name].median:.0%}"] for name in rates] + [
        ["the rest", f"{rest * 1e6 / Spread.of(rates[PARSE]).median:.0f}", f"{rest:.0%}"]
    ]
    print(f"\nthe steps of an e-mail, over {wanted} mails\n")
    print(table(["", "µs", "share"], rows))
    both = shares[REPLY].median + shares[AUTOMATED].median
    print(f"\nreply and automated together take {both / shares[MIME].median:.2f} of what MIME takes")


if __name__ == "__main__":
    main()
