"""
The core at work while the interpreter tells of every file, socket, process and import: run by test_core_is_pure.py.

The policy, the payloads and the tables that are loaded on first use are read before the watch begins. From then on the
first audit event of the interpreter ends the work. Environment, clock and randomness raise no audit events: of them the
watch of the shipped test kit tells.
"""

from __future__ import annotations

import codecs
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from encodings.aliases import aliases
from pathlib import Path
from typing import Any

from onestop.channels import Parsed, Raw, discover
from onestop.core.actions import plan_action, plan_note, plan_reroute
from onestop.core.actor import Actor
from onestop.core.contact import Urn, number_kind
from onestop.core.context import Context, Mint
from onestop.core.enquiry import Enquiry
from onestop.core.intake import plan_intake
from onestop.core.messages import Addressee, plan_reply
from onestop.core.plan import (
    Answers,
    Ask,
    CaseFacts,
    ContactFacts,
    FindCases,
    FindContact,
    FindIntake,
    FindMessage,
    FindMessageIds,
    FindReferences,
    IntakeFacts,
    PartyFacts,
    Plan,
)
from onestop.core.policy import Policy
from onestop.core.reports import plan_report
from onestop.errors import PayloadError
from onestop.policy import load_policy
from onestop.testing import watch

NORTHPORT = Path(__file__).parents[2] / "examples" / "northport"
ALICE = Actor(kind="worker", id="alice")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}

PAYLOADS = {
    "email": (
        b"From: =?utf-8?q?Si=C3=A2n?= <sian@b\xc3\xbccher.example>\r\nTo: contact@northport.example\r\n"
        b"Subject: Missed bin\r\nMessage-ID: <1@example.org>\r\nIn-Reply-To: <0@example.org>\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Our bin was missed, NP-049N-3021</p>"
    ),
    "twilio_sms": b"MessageSid=SM1&From=%2B447700900123&To=%2B441632960100&Body=Graffiti+on+the+bridge&NumMedia=0",
    "call_note": b'{"id": "1", "number": "18001 0191 498 0123", "entered_by": "alice", "notes": "A smell of gas"}',
    "web_form": b"service=graffiti&email=jo%40example.org&message=Paent+chwistrell+ar+y+bont",
}

EMPTY_STORE: dict[type, object] = {
    FindIntake: IntakeFacts(),
    FindContact: ContactFacts(),
    FindReferences: (),
    FindMessageIds: {},
    FindCases: (),
    FindMessage: None,
}

HARMLESS = {"builtins.id", "object.__getattr__", "sys._getframe"}  # looking at a value, a function, the stack


class Refused(BaseException):
    """What the core may not do; no `except Exception` hides it."""


watching: list[str] = []  # a hook cannot be taken off; it looks at this


def audit(event: str, _: tuple[Any, ...]) -> None:
    """Refuse whatever the interpreter tells of."""
    if watching and event not in HARMLESS:
        raise Refused(event)


@contextmanager
def refused() -> Iterator[None]:
    """Refuse everything that reaches outside."""
    sys.addaudithook(audit)
    with watch() as asked:
        watching.append("now")
        try:
            yield
        finally:
            watching.clear()
    if asked:
        raise Refused(", ".join(asked))


def raws() -> Iterator[tuple[str, Raw]]:
    """Give a payload of each channel, and every e-mail of the recorded day."""
    for adapter, body in PAYLOADS.items():
        headers = {"email": {}, "call_note": JSON}.get(adapter, FORM)
        yield adapter, Raw(body=body, received_at=NOW, headers=headers, url="https://northport.example/in")
    for file in sorted((NORTHPORT / "day").glob("*.eml")):
        yield "email", Raw(body=file.read_bytes(), received_at=NOW)


def decide(item: Parsed, policy: Policy, context: Context) -> Plan:
    """Give the plan for an enquiry or a delivery report, in a store that knows nothing yet."""
    answers = Answers()
    while isinstance(step := plan(item, answers, policy, context), Ask):
        answers = answers.plus({query: EMPTY_STORE[type(query)] for query in step.queries})
    return step


def plan(item: Parsed, answers: Answers, policy: Policy, context: Context) -> Plan | Ask:
    """Give a plan, or what must be known first."""
    if isinstance(item, Enquiry):
        return plan_intake(item, answers, policy, context)
    return plan_report(item, answers, policy, context)


def work_on(opened: Plan, policy: Policy, context: Context) -> None:
    """Do with a case that has just opened what a worker may do: note, answer, send elsewhere, take its actions."""
    change, party = opened.changes[0], opened.parties[0]
    known = PartyFacts(party.alias, party.urn.key if party.urn else None, party.name, party.citizen)
    facts = CaseFacts(change.case, change.head, (known,))
    plan_note(facts, "Seen.", ALICE, context)
    elsewhere = next(code for code in policy.directory.services if code != change.case.service)
    plan_reroute(facts, elsewhere, "Not ours.", ALICE, policy, context)
    if party.urn is not None:
        wording = {"text": "Done.", "template": None, "purpose": "service_update"}
        plan_reply(facts, Addressee(party), ALICE, policy, context, **wording)
    lifecycle = policy.lifecycle(change.case.service)
    for action in lifecycle.allowed(change.case.state, ALICE):
        if not lifecycle.data.actions[action].requires:
            plan_action(facts, action, {}, ALICE, policy, context)


def load_tables() -> None:
    """Load what is loaded when it is first asked for: character sets, a country's numbers, marks of domain names."""
    for name in sorted(set(aliases.values())):
        with suppress(LookupError):  # some are of one operating system only
            codecs.lookup(name)
    number_kind(Urn.parse("tel:020 7946 0018"))
    Urn.parse("mailto:jo@caffè.example")


def the_core_at_work() -> None:
    """Take payloads of all channels in, up to their plans, and plan what a worker does next."""
    policy = load_policy(NORTHPORT / "policy")
    adapters = {name: adapter() for name, adapter in discover().items()}
    payloads = list(raws())
    load_tables()
    worked_on = 0
    with refused():
        number_kind(Urn.parse("tel:0191 498 0999"))
        for name, raw in payloads:
            try:
                parsed = adapters[name].parse(raw)
            except PayloadError:
                assert raw.body != PAYLOADS[name]
                continue
            for item in parsed:
                context = Context(NOW, Mint(b"key", item.digest, NOW, bytes))
                made = decide(item, policy, context)
                if made.outcome == "opened":
                    work_on(made, policy, context)
                    worked_on += 1
    assert worked_on >= len(PAYLOADS)


def misdeed(deed: Callable[[], object]) -> Callable[[], None]:
    """Give what does one thing that is not allowed."""

    def do() -> None:
        with refused():
            deed()

    return do


DEEDS = {
    "the core at work": the_core_at_work,
    "reading a file": misdeed(lambda: Path(__file__).read_text()),
    "listing a folder": misdeed(lambda: list(Path(__file__).parent.iterdir())),
    "opening a socket": misdeed(lambda: __import__("_socket").socket()),
    "starting a process": misdeed(lambda: os.system("true")),
    "importing a module": misdeed(lambda: __import__("wave")),
    "reading the environment": misdeed(lambda: os.environ.get("HOME")),
    "asking the environment": misdeed(lambda: os.getenv("HOME")),
    "asking the clock": misdeed(lambda: time.time()),
    "asking the date": misdeed(lambda: datetime.now(UTC)),
    "taking randomness": misdeed(lambda: os.urandom(1)),
    "throwing dice": misdeed(lambda: random.random()),
}

if __name__ == "__main__":
    try:
        DEEDS[sys.argv[1]]()
    except Refused as refusal:
        sys.stderr.write(f"refused: {refusal}\n")
        raise
