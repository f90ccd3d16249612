"""
Calls: what a telephone system tells of one call in several pieces, put together.

The pieces come in any order, twice, or not at all, and each is an enquiry of its own that says what that piece shows.
Merging two of them is a join: it keeps the greater of what each knows, field by field, so that the order in which they
arrive never matters and a repeat adds nothing. What a call was (`call_kind`) follows from what is known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from onestop.core.contact import Urn
from onestop.core.enquiry import TEXT_LIMIT, Call, Disposition, Enquiry, EnquiryKind, Location
from onestop.core.model import FrozenMap

__all__ = ["ANSWERED_BY", "CALL_ID", "CALL_SYSTEM", "LINE", "call_kind", "merge_calls", "piece_of_call"]

T = TypeVar("T")

ANSWERED_BY = "answered_by"
"""The name in `gateway_meta` under which an adapter says who answered, where that is less than a person."""

LINE = "line"
"""The line was picked up, by a person, a menu or an answering machine: the telephone system knows no more."""

CALL_ID, CALL_SYSTEM = "call_id", "call_system"
"""The names in `gateway_meta` under which a note says of which call it is, and which adapter tells of that call."""

# What is kept of two that differ: the one that tells more of what became of the citizen. A person who answered outdoes
# everything; a voicemail outdoes the failed tries before it; that the line was picked up, by whomever, outdoes nothing
# but silence: a menu picks up, then nobody does, and that call was missed.
_RANKS: Mapping[Disposition, int] = {
    "answered": 7,
    "voicemail": 6,
    "busy": 5,
    "no-answer": 4,
    "hung-up": 3,
    "failed": 2,
    "unknown": 0,
}
_LINE_RANK = 1
_MISSED = frozenset({"busy", "no-answer", "hung-up", "failed"})

_JOINT = " | "  # between several words of the gateway for one thing
_PARTS_LIMIT = 20  # of these, the first in their order; a call has a handful
_PARTED = "\n\n* * *\n\n"  # between the notes of several agents, and what was recorded


def call_kind(call: Call) -> EnquiryKind:
    """
    Give what a call was, as far as is known.

    `missed_call`: the citizen rang, nobody answered and nothing was recorded, so that somebody must ring back.
    `unknown`: it rings, or was not told of to the end.

    >>> call_kind(Call(disposition="no-answer")), call_kind(Call(disposition="no-answer", recording_url="https://x"))
    ('missed_call', 'voicemail')
    """
    if call.direction == "outbound" or call.disposition == "answered":
        return "call"
    if call.disposition == "voicemail" or call.recording_url or call.transcript:
        return "voicemail"
    if call.disposition in _MISSED:
        return "missed_call"
    return "call" if call.duration_s else "unknown"


def piece_of_call(enquiry: Enquiry) -> Enquiry:
    """
    Give an agent's note as a piece of the call that it names, and any other enquiry as it is.

    A note of a case that the agent chose is no piece: it goes to that case. Whoever wrote down what was said has spoken
    with the citizen, unless the note says otherwise.
    """
    system, call_id = (enquiry.gateway_meta.get(name) for name in (CALL_SYSTEM, CALL_ID))
    if not (system and call_id and enquiry.channel == "phone" and enquiry.call) or enquiry.thread.token:
        return enquiry
    meta = {name: word for name, word in enquiry.gateway_meta.items() if name not in (CALL_SYSTEM, CALL_ID)}
    meta |= {"call_event": "note"} | ({"note_id": enquiry.source_id} if enquiry.source_id else {})
    call = enquiry.call
    if call.disposition == "unknown":
        call = call.model_copy(update={"disposition": "answered"})
    return enquiry.model_copy(
        update={
            "adapter": system,
            "source_id": call_id,
            "kind": call_kind(call),
            "call": call,
            "gateway_meta": FrozenMap(meta),
        }
    )


def merge_calls(first: Enquiry, second: Enquiry) -> Enquiry:
    """
    Give one enquiry of two that tell of the same call, whichever of them came first.

    The result is the same in any order and with any repetition. `received_at` is the earliest; `duration_s` the
    longest, a recording's being a part of the call's; the text is what agents noted and the transcript, where there are
    any. Where two words of the gateway differ, both are kept (`completed | ringing`). A place taken from the words
    (`places.located`) is left out: it is taken again, from all of them.

    Raises:
        ValueError: they are of two calls.
    """
    if (first.adapter, first.source_id, first.channel) != (second.adapter, second.source_id, second.channel):
        raise ValueError("only pieces of one call can be merged: their adapter or source_id differs")
    if first == second:
        return first
    winner = max(first, second, key=_standing)
    call = _merged_call(first.call or Call(), second.call or Call(), (winner.call or Call()).disposition)
    text = _text(first, second, call.transcript)
    derived: dict[str, Any] = {
        "kind": call_kind(call),
        "received_at": min(first.received_at, second.received_at),
        "sent_at": _best(min, first.sent_at, second.sent_at),
        "sender": _best(_surer, first.sender, second.sender),
        "recipients": tuple(sorted({*first.recipients, *second.recipients})),
        "text": text[:TEXT_LIMIT],
        "full_text": text if len(text) > TEXT_LIMIT else None,
        "call": call,
        "location": _place(first, second),
        "defects": tuple(sorted({*first.defects, *second.defects})),
        "gateway_meta": _meta(first.gateway_meta, second.gateway_meta, by_line=_by_line(winner)),
    }
    others = {name: _known(name, first, second) for name in Enquiry.model_fields if name not in derived}
    return first.model_copy(update=others | derived)


def _merged_call(one: Call, other: Call, disposition: Disposition) -> Call:
    return Call(
        direction="outbound" if "outbound" in (one.direction, other.direction) else "inbound",
        duration_s=_best(max, one.duration_s, other.duration_s),
        disposition=disposition,
        relay=one.relay or other.relay,
        recording_url=_best(_fuller, one.recording_url, other.recording_url),
        transcript=_best(_fuller, one.transcript, other.transcript),
    )


def _text(first: Enquiry, second: Enquiry, transcript: str | None) -> str:
    """Give what was noted, each note once, and what was recorded; where there is neither, the fuller words."""
    if first.entered_by or second.entered_by:
        notes = sorted({*_notes(first), *_notes(second)})
        return _PARTED.join([*notes, *([transcript] if transcript else [])])
    return transcript or _fuller(_words_of(first), _words_of(second))


def _notes(enquiry: Enquiry) -> list[str]:
    """Give the notes in an enquiry's text, which is nothing but the transcript where no agent wrote any."""
    if not enquiry.entered_by:
        return []
    text, transcript = _words_of(enquiry), enquiry.call.transcript if enquiry.call else None
    if transcript:
        text = "" if text == transcript else text.removesuffix(_PARTED + transcript)
    return [note for note in text.split(_PARTED) if note]


def _words_of(enquiry: Enquiry) -> str:
    return enquiry.full_text or enquiry.text


def _by_line(enquiry: Enquiry) -> bool:
    answered = enquiry.call is not None and enquiry.call.disposition == "answered"
    return answered and enquiry.gateway_meta.get(ANSWERED_BY) == LINE


def _standing(enquiry: Enquiry) -> int:
    return _LINE_RANK if _by_line(enquiry) else _RANKS[enquiry.call.disposition if enquiry.call else "unknown"]


def _best(choose: Callable[[T, T], T], one: T | None, other: T | None) -> T | None:
    """Give the known one of two, or the better one where both are known."""
    if one is None:
        return other
    return one if other is None else choose(one, other)


def _fuller(one: str, other: str) -> str:
    return max(one, other, key=lambda text: (len(text), text))


def _surer(one: Urn, other: Urn) -> Urn:
    """Give one of two callers that a telephone system names for one call: a number, before an id that only it knows."""
    return max(one, other, key=lambda urn: (urn.scheme == "tel", urn))


def _place(first: Enquiry, second: Enquiry) -> Location | None:
    """Give the place that somebody said; one that was taken from the words is not that of the words together."""
    said = [each for each in (first, second) if each.location is not None and each.location.source != "text"]
    return max(said, key=lambda enquiry: _written(enquiry, "location")).location if said else None


def _known(name: str, first: Enquiry, second: Enquiry) -> Any:
    """Give the one value of a field that is not its default; of two, the fuller as JSON, so that the order is idle."""
    default = Enquiry.model_fields[name].default
    knowing = [enquiry for enquiry in (first, second) if getattr(enquiry, name) != default]
    return getattr(max(knowing or [first], key=lambda enquiry: _written(enquiry, name)), name)


def _written(enquiry: Enquiry, name: str) -> tuple[int, str]:
    text = enquiry.model_dump_json(include={name})
    return len(text), text


def _meta(one: Mapping[str, str], other: Mapping[str, str], *, by_line: bool) -> FrozenMap[str, str]:
    """Give every word of the gateway; who answered is told by the one that is believed."""
    merged = {name: _words(one.get(name, ""), other.get(name, "")) for name in sorted({*one, *other})}
    merged.pop(ANSWERED_BY, None)
    return FrozenMap(merged | ({ANSWERED_BY: LINE} if by_line else {}))


def _words(one: str, other: str) -> str:
    if one == other or not other:
        return one
    if not one:
        return other
    return _JOINT.join(sorted({*one.split(_JOINT), *other.split(_JOINT)})[:_PARTS_LIMIT])
