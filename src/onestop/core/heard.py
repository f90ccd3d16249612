"""
Who was told, asked and heard, and when: the versions of a case that guards compare with the one of its state.

A version never has to be reset when the case moves on, which is why it is kept rather than yes or no.
"""

from __future__ import annotations

from collections.abc import Collection

from onestop.core.events import (
    EnquiryReceived,
    EnquiryUpdated,
    Event,
    MessageQueued,
    MessageUpdated,
    NoteAdded,
    Rerouted,
    StateChanged,
)
from onestop.core.model import Frozen

__all__ = ["Heard", "heard_after"]

_WORDS = frozenset({"message", "call", "voicemail"})  # kinds of enquiry in which somebody says something
_ACKNOWLEDGEMENT = "acknowledgement"  # the purpose of a message that says no more than that we have theirs
_PROVIDER = "provider:"
_TOLD = frozenset({"send", "task"})
_UNTOLD = frozenset({"permanent_failure", "denied", "cleared", "muted"})  # what became of a message that told nobody


class Heard(Frozen):
    """At which version of the case the citizen was last told or heard, and its provider asked or heard; 0: never."""

    told: int = 0
    message: str | None = None  # the message that told them, as long as it has not failed
    citizen: int = 0  # heard again, after the enquiry that opened the case
    asked: int = 0  # a provider: the case was sent on, or came to wait on a partner
    provider: int = 0  # heard


def heard_after(heard: Heard, event: Event, version: int, parties: Collection[str], enquiries: int) -> Heard:
    """
    Give what was told, asked and heard after an event.

    `version` is the case's with the event, `parties` and `enquiries` are its before. A message that failed for good
    told nobody.
    """
    changes: dict[str, int | str | None] = {}
    match event:
        case MessageQueued() if event.manner in _TOLD and event.party in parties and event.purpose != _ACKNOWLEDGEMENT:
            changes = {"told": version, "message": event.message}
        case MessageUpdated() if event.message == heard.message and event.state in _UNTOLD:
            changes = {"told": 0, "message": None}
        case EnquiryReceived() if enquiries and event.kind in _WORDS:
            changes = {"citizen": version}
        case EnquiryUpdated() if enquiries > 1 and event.kind in _WORDS:
            changes = {"citizen": version}
        case Rerouted():
            changes = {"asked": version}
        case StateChanged() if event.waiting_on == "partner":
            changes = {"asked": version}
        case StateChanged() | NoteAdded() if event.by.startswith(_PROVIDER):
            changes = {"provider": version}
    return heard.model_copy(update=changes) if changes else heard
