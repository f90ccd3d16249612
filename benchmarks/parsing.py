"""
Reading e-mails: `Email.parse` beside the standard library's older policy, decoded by hand, and its newer one.

    python benchmarks/parsing.py

`Email.parse` gives a validated enquiry with the visible reply, the kind of mail and the thread; the others give the
fields as they stand, and are not safe from what a stranger can put into a header. It is measured with the extra
`[fast]` and without; and over mails with a photograph each, which is what that is for.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import random
from collections.abc import Callable, Sequence
from functools import partial

from corpus import Mail, mails
from harness import Candidate, Spread, interleave, ratio, table, timed
from minimum import parse
from onestop import Raw
from onestop.channels.email import Email
from onestop.channels.email.transfer import library_base64

OURS, FAST = "`Email.parse`", "`Email.parse`, with `[fast]`"
BY_HAND, NEWER, LIBRARY = "`compat32`, decoded by hand", "`email.policy.default`", "fast-mail-parser alone"
PHOTO_BYTES = 2_000_000


def read_ours(adapter: Email, raws: Sequence[Raw]) -> int:
    return sum(len(adapter.parse(raw)) for raw in raws)


def read_by_hand(bodies: Sequence[bytes]) -> int:
    return sum(bool(parse(body)) for body in bodies)


def read_by_library(parse_email: Callable[[bytes], object], bodies: Sequence[bytes]) -> int:
    return sum(bool(parse_email(body)) for body in bodies)


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


def with_photograph(mail: Mail, chance: random.Random) -> Mail:
    """Give a mail with a photograph attached, as mail programs do it."""
    message = email.message_from_bytes(mail.body, policy=email.policy.SMTP)
    content = chance.randbytes(PHOTO_BYTES)
    message.add_attachment(content, maintype="image", subtype="jpeg", filename="photo.jpg")  # type: ignore[attr-defined]  # the policy makes an EmailMessage
    message.set_boundary(f"----=_Part_{chance.getrandbits(64):016x}")
    return Mail(message.as_bytes(), mail.received_at, mail.message_id, mail.thread, mail.reply)


def candidates(letters: Sequence[Mail]) -> dict[str, Candidate]:
    bodies = [mail.body for mail in letters]
    raws = [Raw(body=mail.body, received_at=mail.received_at) for mail in letters]
    works: dict[str, Callable[[], int]] = {
        BY_HAND: partial(read_by_hand, bodies),
        OURS: partial(read_ours, Email(fast=False), raws),
        NEWER: partial(read_newer, bodies),
    }
    if library_base64():
        from fast_mail_parser import parse_email

        works |= {FAST: partial(read_ours, Email(), raws), LIBRARY: partial(read_by_library, parse_email, bodies)}
    return {name: timed(work) for name, work in works.items()}


def print_rates(what: str, letters: Sequence[Mail], rounds: int) -> None:
    rates = interleave(candidates(letters), rounds=rounds)
    rows = [
        [
            name,
            f"{Spread.of(rates[name]):,.0f}",
            f"{1e6 / Spread.of(rates[name]).median:,.0f}",
            "" if name == BY_HAND else f"{ratio(rates, name, BY_HAND):.2f}",
            "" if name == OURS else f"{ratio(rates, name, OURS):.2f}",
        ]
        for name in (BY_HAND, OURS, FAST, NEWER, LIBRARY)
        if name in rates
    ]
    print(f"{len(letters)} {what}, {rounds} rounds\n")
    print(table(["", "mails a second: median (min–max)", "µs", "to decoding by hand", "to `Email.parse`"], rows))


def main() -> None:
    parser = argparse.ArgumentParser(description="Email.parse beside the standard library's e-mail policies.")
    parser.add_argument("--mails", type=int, default=300)
    parser.add_argument("--photographs", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="a few, once: shows that it runs, measures nothing")
    options = parser.parse_args()
    wanted, photographs, rounds = (20, 1, 1) if options.quick else (options.mails, options.photographs, options.rounds)
    letters = mails(wanted)
    print_rates("mails", letters, rounds)
    chance = random.Random(20260302)
    print()
    print_rates(
        "mails with a photograph of 2 MB", [with_photograph(mail, chance) for mail in letters[:photographs]], rounds
    )
    if not library_base64():
        print("\n(the extra [fast] is not installed)")


if __name__ == "__main__":
    main()
