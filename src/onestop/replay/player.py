"""Playing a recorded day: a fixed clock, minted ids, and each step through the desk as in life."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from email.parser import BytesHeaderParser
from itertools import zip_longest

from onestop.channels import GatewayRequest, Message, Parsed
from onestop.core.enquiry import Enquiry
from onestop.core.gateway import Raw
from onestop.core.policy import Policy
from onestop.desk import CaseView, Desk, Due, Receipt
from onestop.errors import OnestopError, PayloadError, ReplayError
from onestop.gateways import Sender, Sent
from onestop.policy import load_policy
from onestop.replay.acting import Acting
from onestop.replay.compare import Difference, compare_change, compare_due, compare_receipt
from onestop.replay.day import Day, Expectation, Step
from onestop.replay.payload import Placeholder, load_payload
from onestop.replay.watching import Watching
from onestop.stores import open_store
from onestop.stores.base import Store

__all__ = ["Played", "Replayed", "replay"]

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Played:
    """One step of the day and what became of it."""

    number: int  # from 1
    step: Step
    differences: tuple[Difference, ...] = ()
    channel: str | None = None  # of the payload
    receipts: tuple[Receipt, ...] = ()
    case: CaseView | None = None  # of an action, a reply and the like: the case afterwards
    due: Due | None = None  # of `run_due`


@dataclass(frozen=True, slots=True)
class Replayed:
    """A day as it was replayed: every step, the events of all cases as they were written, the messages that went."""

    day: Day
    steps: tuple[Played, ...]
    events: tuple[bytes, ...]
    sent: tuple[Message, ...]

    @property
    def differences(self) -> list[tuple[Played, Difference]]:
        """Everything that is not as expected, in order; empty when the day went as it should."""
        return [(played, difference) for played in self.steps for difference in played.differences]

    @property
    def digest(self) -> str:
        """Hexadecimal SHA-256 over the events: two replays that have it in common have every byte of them in common."""
        framed = hashlib.sha256()
        for event in self.events:
            framed.update(b"%d:" % len(event))
            framed.update(event)
        return framed.hexdigest()


def replay(
    day: Day,
    *,
    store: Store | None = None,
    policy: Policy | None = None,
    sender: Sender | None = None,
    on_step: Callable[[Played], None] | None = None,
) -> Replayed:
    """
    Play a day, and compare what happens with what is expected of it.

    The clock is each step's `at`, and ids, keys and salts come from the day's seed: the same day under the same policy
    gives the same events, byte for byte. `policy` stands in for the day's own. What goes out is collected, and given to
    `sender`, too. `on_step` is told of each step when it is done. `store` must be empty; left out, it is one in memory.
    Its secrets come from the seed as well, so that it is for looking at and not for going on with.

    Raises:
        ReplayError: the store is not empty.
        PolicyError: the day's policy has mistakes.
    """
    keeper = store or open_store("sqlite://")
    try:
        player = _Player(day, keeper, policy or load_policy(day.policy), sender)
        steps = []
        for number, step in enumerate(day.steps, 1):
            played = player.play(number, step)
            steps.append(played)
            if on_step is not None:
                on_step(played)
        return Replayed(day, tuple(steps), tuple(_events(keeper)), tuple(player.outbox.messages))
    finally:
        if store is None:
            keeper.close()


def _events(store: Store) -> Iterable[bytes]:
    position = 0
    while True:
        with store.read() as reader:
            page = reader.changes(position, _PAGE)
        if not page:
            return
        yield from (stored.data for stored in page)
        position = page[-1].position


class _Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class _Entropy:
    """Bytes that look random and are the same in every replay: nothing that must be secret may be made of them."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._count = 0

    def __call__(self, size: int) -> bytes:
        self._count += 1
        return hashlib.shake_256(b"%d:%b" % (self._count, self._seed)).digest(size)


class _Outbox:
    """Collects what goes out, so that an answer can name it, and passes it on."""

    def __init__(self, sender: Sender | None) -> None:
        self._sender = sender
        self.messages: list[Message] = []
        self._last: dict[tuple[Placeholder, str], str] = {}

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        sent = self._sender.send(message, request) if self._sender else Sent(message.id)
        self.messages.append(message)
        if message.channel == "email":
            header = BytesHeaderParser().parsebytes(request.body)
            self._note("message_id", message, str(header.get("Message-ID", "")).strip("<> "))
            self._note("reply_to", message, str(header.get("Reply-To", "")))
            self._note("unsubscribe", message, str(header.get("List-Unsubscribe", "")).strip("<> "))
        else:
            self._note("message_id", message, sent.gateway_id or message.id)
        return sent

    def _note(self, kind: Placeholder, message: Message, value: str) -> None:
        if value:
            self._last[kind, message.reference] = value

    def last(self, kind: Placeholder, reference: str) -> str | None:
        """Give what the last message about a case had of this kind."""
        return self._last.get((kind, reference))


class _Player:
    def __init__(self, day: Day, store: Store, policy: Policy, sender: Sender | None) -> None:
        self.outbox = _Outbox(sender)
        self._day = day
        self._clock = _Clock(day.steps[0].at)
        self._desk = Desk(
            store, policy, day.adapters, sender=self.outbox, clock=self._clock, entropy=_Entropy(day.seed)
        )
        if any(self._desk.counts().values()):
            raise ReplayError("a day is replayed into an empty store: name a new file")
        self._references: dict[str, str] = {}  # label → reference
        self._labels: dict[str, str] = {}  # reference → label, the first one given
        self._store = store
        self._acting = Acting(self._desk, self._reference, self._name)

    def play(self, number: int, step: Step) -> Played:
        """Play one step; what goes wrong is a difference."""
        self._clock.now = step.at
        watched = Watching.begin(step, self._writes_into(step), self._references, self._labels, self._desk, self._store)
        if step.verb == "run_due":
            played = self._run_due(number, step)
        else:
            played = self._take_in(number, step) if step.adapter else self._change(number, step)
        return replace(played, differences=(*played.differences, *watched.differences()))

    def _run_due(self, number: int, step: Step) -> Played:
        due = self._desk.run_due()
        differences: list[Difference] = []
        for expected in step.expect:
            reference = self._references.get(expected.case or "")
            differences += compare_due(expected, self._desk.case(reference) if reference else None)
        return Played(number, step, tuple(differences), due=due)

    def _writes_into(self, step: Step) -> tuple[str, ...]:
        """Give the contact points whose ledger the day expects something of: of who wrote, or of whom it is noted."""
        if all(expected.ledger is None for expected in step.expect):
            return ()
        if step.consent is not None:
            return (step.consent,)
        try:
            items = self._day.adapters[step.adapter or ""].parse(self._payload(step))
        except OnestopError:
            return ()
        return tuple(str(item.sender) for item in items[:1] if isinstance(item, Enquiry) and item.sender is not None)

    # -- payloads --

    def _take_in(self, number: int, step: Step) -> Played:
        assert step.adapter is not None
        adapter = self._day.adapters[step.adapter]
        status: int | None = None
        try:
            raw = self._payload(step)
            if step.handle:
                handled = self._desk.handle(step.adapter, raw)
                receipts, status = handled.receipts, handled.status
            else:
                receipts = tuple(self._desk.receive(step.adapter, raw))
        except OnestopError as exc:
            return Played(number, step, (_unexpected(exc),), adapter.channel)
        try:
            items = tuple(adapter.parse(raw))
        except PayloadError:
            items = ()
        differences = self._receipts(step, receipts, items, status)
        return Played(number, step, tuple(differences), adapter.channel, receipts)

    def _payload(self, step: Step) -> Raw:
        assert step.file is not None
        return load_payload(self._day.folder / step.file, step.at, fill=self._fill)

    def _receipts(
        self, step: Step, receipts: tuple[Receipt, ...], items: tuple[Parsed, ...], status: int | None
    ) -> Iterable[Difference]:
        if len(step.expect) > 1 and len(step.expect) != len(receipts):
            yield Difference("things said", len(step.expect), len(receipts))
        for expected, receipt, item in zip_longest(step.expect, receipts, items):
            if expected is None:
                continue
            if receipt is not None:
                self._label(expected, receipt)
            reference = receipt.reference if receipt else None
            case = self._desk.case(reference) if reference else None
            yield from compare_receipt(expected, receipt, item, case, status, self._labels)

    def _label(self, expected: Expectation, receipt: Receipt) -> None:
        """Give a case its label; when it was opened where none was expected, it stays without."""
        if expected.case and receipt.reference and expected.case not in self._references:
            self._references[expected.case] = receipt.reference
            self._labels.setdefault(receipt.reference, expected.case)
        if receipt.outcome == "opened" and len(expected.linked or ()) == len(receipt.linked):
            for label, reference in zip(expected.linked or (), receipt.linked, strict=True):
                self._name(label, reference)

    def _name(self, label: str, reference: str) -> None:
        self._references.setdefault(label, reference)
        self._labels.setdefault(reference, label)

    def _fill(self, kind: Placeholder, label: str) -> str:
        reference = self._reference(label)
        value = reference if kind == "reference" else self.outbox.last(kind, reference)
        if value is None:
            raise ReplayError(f"{{{{{kind} {label}}}}}: no message that has one was sent about this case")
        return value

    def _reference(self, label: str) -> str:
        try:
            return self._references[label]
        except KeyError:
            raise ReplayError(f"the case {label!r} was never opened") from None

    # -- what people do --

    def _change(self, number: int, step: Step) -> Played:
        error: OnestopError | None = None
        suggested = self._suggested(step)
        try:
            self._acting.do(step)
        except OnestopError as exc:
            error = exc
        reference = self._references.get(step.opens or step.case or "")
        case = self._desk.case(reference) if reference else None
        return Played(number, step, tuple(compare_change(step.expect, error, case, suggested)), case=case)

    def _suggested(self, step: Step) -> tuple[str, ...] | None:
        """Give what speaks for the two being one, where the day expects something of that."""
        if step.merge_citizens is None or not any(expected.suggested is not None for expected in step.expect):
            return None
        try:
            found = self._desk.citizens.suggestion(step.merge_citizens, step.into or "")
        except OnestopError:
            return None  # the merge itself says what is wrong
        return found.facts if found is not None else ()


def _unexpected(error: OnestopError) -> Difference:
    return Difference("error", None, f"{error.code}: {error}")
