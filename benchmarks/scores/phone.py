"""
Phone: records of calls and recordings, and what `TwilioVoice` reads of Twilio's.

The cases give a field or two of a request each; they are put into the least request that has a CallSid. The records of
other telephone systems (Asterisk, Bandwidth, FreeSWITCH, Telnyx) have no adapter, and stand in a line of their own.
What a case expects as an empty text is what we leave out, but for the direction: ours is inbound where nothing is said.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from onestop import Raw
from onestop.channels.phone import TwilioVoice
from onestop.core.contact import Urn
from onestop.core.enquiry import Enquiry
from scores import OURS, Case, Score, score

__all__ = ["measure"]

CALL = "CA-least"
UNSAID = {"direction": "inbound"}


def measure(folder: Path, peers: bool) -> list[Score]:
    """Score the records by Twilio, and name the others; no library of the package index reads either."""
    del peers
    with (folder / "call_records.jsonl").open(encoding="utf-8") as lines:
        records: list[Case] = [json.loads(line) for line in lines]
    return [
        score(
            "calls by Twilio", OURS, {each["id"]: is_right(each) for each in records if each["provider"] == "twilio"}
        ),
        score("calls by others", OURS, {each["id"]: False for each in records if each["provider"] != "twilio"}),
    ]


def is_right(case: Case) -> bool:
    """Say whether every field that the case expects is read as it says."""
    event = {name: value for name, value in case["input"]["event"].items() if value is not None}
    raw = Raw(body=urlencode({"CallSid": CALL, **event}).encode(), received_at="2026-03-02T09:30:00Z")
    (enquiry,) = TwilioVoice().parse(raw)
    assert isinstance(enquiry, Enquiry)
    expected = {name: wanted or UNSAID.get(name) for name, wanted in case["expected"].items()}
    return all(name in READ and READ[name](enquiry) == wanted for name, wanted in expected.items())


def number(urn: Urn | None) -> str | None:
    return urn.rpartition(":")[2] if urn else None


def meta(name: str) -> Callable[[Enquiry], str | None]:
    return lambda enquiry: enquiry.gateway_meta.get(name)


def sent(part: str) -> Callable[[Enquiry], int | None]:
    return lambda enquiry: getattr(enquiry.sent_at, part, None)


# Where each field of these cases is in our enquiry. Zero seconds are None to the comparison above, on both sides.
READ: dict[str, Callable[[Enquiry], Any]] = {
    "recording_sid": meta("RecordingSid"),
    "account_sid": meta("AccountSid"),
    "call_sid": lambda enquiry: enquiry.source_id if enquiry.source_id != CALL else None,
    "recording_url": lambda enquiry: enquiry.call and enquiry.call.recording_url,
    "recording_status": meta("status"),
    "from_number": lambda enquiry: number(enquiry.sender),
    "to_number": lambda enquiry: number(enquiry.recipients[0] if enquiry.recipients else None),
    "caller": lambda enquiry: enquiry.gateway_meta.get("Caller") or number(enquiry.sender),
    "called": lambda enquiry: enquiry.gateway_meta.get("Called") or number(enquiry.recipients[0]),
    "forwarded_from": meta("ForwardedFrom"),
    "direction": lambda enquiry: enquiry.call and enquiry.call.direction,
    "duration_seconds": lambda enquiry: (enquiry.call and enquiry.call.duration_s) or None,
    **{part: sent(part) for part in ("year", "month", "day", "hour", "minute")},
}
