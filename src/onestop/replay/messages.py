"""What a step queued, and what it made known of messages, so that it can be compared with what was expected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from onestop.core.events import MessageQueued, MessageUpdated, read_event
from onestop.core.gateway import Message
from onestop.replay.compare import Difference, compare
from onestop.replay.day import MessageExpectation
from onestop.stores.base import MessageRecord, Reader

__all__ = ["Told", "compare_messages", "told_since"]


class Told(NamedTuple):
    """A message about a case: how it was queued, what became known of it last, how it stands, and its words."""

    queued: MessageQueued
    update: MessageUpdated | None
    record: MessageRecord
    message: Message | None  # None: it was erased

    def __str__(self) -> str:
        return f"{self.queued.purpose} by {self.queued.channel} {self.record.state}"

    def values(self) -> dict[str, Any]:
        """Give what can be compared of it."""
        queued, message = self.queued, self.message
        got = {key: getattr(queued, key) for key in ("channel", "purpose", "template", "not_before")}
        got |= {
            "state": self.record.state,
            "code": self.update.code if self.update is not None else self.record.code,
            "replaces": queued.replaces is not None,
            "weighed": tuple(f"{each.channel} {each.because}" for each in queued.weighed),
            "because": queued.weighed[0].because if queued.weighed else self.record.code,
        }
        if message is not None:
            got |= {"to": str(message.recipient), "html": message.html is not None}
            got |= {key: getattr(message, key) for key in ("task", "format", "language")}
        return got


def told_since(reader: Reader, case: str, seen: int) -> list[Told]:
    """Give the messages of a case that its events after the first `seen` say something of, in the order queued."""
    events = [read_event(stored.data) for stored in reader.events(case)]
    touched = {event.message for event in events[seen:] if isinstance(event, MessageQueued | MessageUpdated)}
    updates = {event.message: event for event in events if isinstance(event, MessageUpdated)}
    return [
        Told(event, updates.get(event.message), record, _words(reader, record))
        for event in events
        if isinstance(event, MessageQueued)
        and event.message in touched
        and (record := reader.message(event.message)) is not None
    ]


def _words(reader: Reader, record: MessageRecord) -> Message | None:
    body = reader.content(record.content)
    return Message.model_validate_json(body) if body is not None else None


def compare_messages(expected: Sequence[MessageExpectation], told: Sequence[Told]) -> Iterator[Difference]:
    """Give what is not as expected of the messages of one case: there must be so many, in this order."""
    if len(expected) != len(told):
        yield Difference("messages", len(expected), tuple(map(str, told)))
        return
    for number, (wanted, each) in enumerate(zip(expected, told, strict=True), 1):
        got = each.values()
        said = "" if each.message is None else f"{each.message.subject or ''}\n{each.message.text}"
        got["words"] = tuple(words for words in wanted.words or () if words in said)
        for difference in compare(wanted, got):
            yield Difference(f"messages[{number}].{difference.key}", difference.expected, difference.got)
