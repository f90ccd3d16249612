"""
Reading e-mails: `Email.parse` beside the standard library's older policy, decoded by hand, and its newer one.

    python benchmarks/parsing.py

`Email.parse` gives a validated enquiry with the visible reply, the kind of mail and the thread; the other two give the
fields as they stand, and are not safe from what a stranger can put into a header.
"""

from __future__ import annotations

import argparse
import email
import email.policy
from collections.abc import Sequence
from functools import partial

from corpus import Mail, mails
from harness import Candidate, Spread, interleave, ratio, table, timed
from minimum import parse
from onestop import Raw
from onestop.channels.email import Email

OURS, BY_HAND, NEWER = "`Email.parse`", "`compat32`, decoded by hand", "`email.policy.default`"


def read_ours(adapter: Email, raws: Sequence[Raw]) -> int:
    return sum(len(adapter.parse(raw)) for raw in raws)


def read_by_hand(bodies: Sequence[bytes]) -> int:
    return sum(bool(parse(body)) for body in bodies)


def read_newer(bodies: Sequence[bytes]) -> int:
    """Ask for the same fields: what the newer policy does, it does when asked."""
    for body in bodies:
        message = email.message_from_bytes(body, policy=email.policy.default)
        sender = message["from"].addresses[0]
        text = message.get_body(("plain", "html"))
        assert text is not None
        fields = (
            *(message[name] for name in ("message-id", "in-reply-to", "references", "subject")),
            (sender.display_name, sender.addr_spec),
            [address.addr_spec for address in message["to"].addresses],
            message["date"].datetime,
            text.get_content(),
            [(part.get_filename(), part.get_content_type(), part.get_content()) for part in message.iter_attachments()],
        )
        assert fields
    return len(bodies)


def main() -> None:
    parser = argparse.ArgumentParser(description="Email.parse beside the standard library's e-mail policies.")
    parser.add_argument("--mails", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="a few, once: shows that it runs, measures nothing")
    options = parser.parse_args()
    wanted, rounds = (20, 1) if options.quick else (options.mails, options.rounds)
    rates = interleave(candidates(mails(wanted)), rounds=rounds)
    rows = [
        [name, f"{Spread.of(rates[name]):,.0f}", f"{1e6 / Spread.of(rates[name]).median:.0f}", against]
        for name, against in (
            (BY_HAND, ""),
            (OURS, f"{ratio(rates, OURS, BY_HAND):.2f}"),
            (NEWER, f"{ratio(rates, NEWER, BY_HAND):.2f}"),
        )
    ]
    print(f"{wanted} mails, {rounds} rounds\n")
    print(table(["", "mails a second: median (min–max)", "µs", "to decoding by hand"], rows))


def candidates(letters: Sequence[Mail]) -> dict[str, Candidate]:
    bodies = [mail.body for mail in letters]
    raws = [Raw(body=mail.body, received_at=mail.received_at) for mail in letters]
    works = {
        BY_HAND: partial(read_by_hand, bodies),
        OURS: partial(read_ours, Email(), raws),
        NEWER: partial(read_newer, bodies),
    }
    return {name: timed(work) for name, work in works.items()}


if __name__ == "__main__":
    main()
