"""
What onestop logs: events with stable names and fields that hold nothing personal.

Contact points are masked, cases are named by reference, and words of a citizen or worker are never logged. In a host
that has configured structlog the events go to its logger `onestop`; in any other, to the logger `onestop` of the
standard library at INFO, which prints nothing until the host asks for it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import structlog

__all__ = ["EVENTS", "log"]

_ENQUIRY = "channel, adapter, sender (masked), flags, defects"

EVENTS: Mapping[str, str] = {
    "enquiry.opened": f"An enquiry opened a case, or several (linked): case, service, rule, linked, {_ENQUIRY}.",
    "enquiry.joined": f"An enquiry joined a case: case, service, how, {_ENQUIRY}.",
    "enquiry.asked": f"An enquiry opened a case that a person must match: case, service, how, candidates, {_ENQUIRY}.",
    "enquiry.repeat": "A payload was taken in before: case, adapter.",
    "report.recorded": "A delivery report was recorded: case, adapter, kind.",
    "payload.rejected": "A payload could not be taken in and is kept: rejected, adapter, code.",
    "payload.empty": "A payload said nothing to us: adapter.",
    "survey.failed": "The host's maps could not say what is known of a place: adapter.",
    "request.refused": "A request did not prove who sent it, and nothing was taken in: adapter, code.",
    "request.failed": "A request could not be taken in now, and its gateway was told so: adapter, code.",
    "rejected.taken_in": "A rejected intake was retried and is taken in: rejected, adapter.",
    "case.acted": "A lifecycle action was taken: case, action, state, by.",
    "case.rerouted": "A person sent a case to another service: case, service, was, by.",
    "case.noted": "A note was added: case, by.",
    "case.linked": "Two cases were linked: case, other, kind, by.",
    "case.unlinked": "A link of two cases was undone: case, other, kind, by.",
    "case.merged": "A case was merged into another one: case, other, by.",
    "case.unmerged": "A merge was undone: case, by.",
    "case.split": "A further case was opened from an enquiry of a case: case, other, service, by.",
    "case.unsplit": "A case that was split off was put back: case, by.",
    "case.external_ref": "Another system's id was noted: case, system, by.",
    "case.flagged": "A person changed the flags of a case: case, flags, by.",
    "case.promised": "A person promised another date: case, told, by.",
    "case.escalated": "A step of escalation was taken: case, target, step, flags.",
    "case.settled": "A case that named what the policy has no longer goes on under today's: case, service, state.",
    "target.breached": "A target, or the promise, was not met in time: case, target.",
    "authority.granted": "Somebody may act for a citizen from now on: authority, role, by.",
    "authority.ended": "Somebody may act for a citizen no longer, before the time was up: authority, role, by.",
    "citizen.changed": "Something was stated of a citizen, or two turned out to be one: by.",
    "sender.restricted": "A person restricted a sender until a date: sender (masked), by.",
    "sender.unrestricted": "A person ended the restrictions of a sender: sender (masked), by.",
    "message.queued": "A message was put into the outbox, with a code where a person carries it: case, message, "
    "channel, purpose, code, by.",
    "message.withheld": "A message is not sent, as its code says: case, message, channel, purpose, code, by.",
    "message.sent": "A gateway took a message: case, message, channel.",
    "message.retry": "A gateway did not take a message, which is tried again: case, message, channel, code, attempts.",
    "message.failed": "A message failed for good, and a person must look: case, message, channel, code.",
    "message.in_doubt": "A message may or may not have been sent; it is sent again, or a person must look: case, "
    "message, channel, again.",
    "message.handled": "A person said what became of a message: case, message, outcome, by.",
    "message.held": "A message waits for its time, such as the end of quiet hours: case, message, channel, code.",
    "message.denied": "A message must not reach them so, by what is known now: case, message, channel, code.",
    "file.fetched": "A file that a gateway kept was fetched: case, media_type, size_bytes.",
    "file.missing": "A file cannot be fetched, and a person must ask for it: case, code.",
    "file.scanned": "The host's scanner looked at a file, or failed for a day: case, verdict.",
    "media.retry": "Files could not be fetched or scanned now, which is tried again: case, left, attempts.",
    "question.asked": "A citizen was asked what has closed answers: case, question, about, by.",
    "question.answered": "A question was answered: case, question, by.",
    "question.lapsed": "Nobody waits for the answer to a question any more: case, question, because.",
    "case.resolved": "A person decided which case a case in doubt belongs to: case, other, by.",
    "timer.fired": "A timer did its work: case, kind.",
    "timer.void": "A timer came too late: its case had moved on: case, kind.",
}
"""Every event's name, and what it says: with the fields, in the order logged."""

_logger = structlog.get_logger("onestop")
_plain = logging.getLogger("onestop")


def log(event: str, **fields: Any) -> None:
    """
    Log one of `EVENTS`; fields that are empty are left out.

    A record of the standard library has the event and its fields as its attributes `event` and `fields`, too.
    """
    assert event in EVENTS
    given = {name: value for name, value in fields.items() if value not in (None, (), "")}
    # Asked each time: hosts configure structlog after they have imported us, and structlog left alone prints to stdout.
    if structlog.is_configured():
        _logger.info(event, **given)
    elif _plain.isEnabledFor(logging.INFO):
        line = " ".join([event, *(f"{name}={value}" for name, value in given.items())])
        _plain.info("%s", line, extra={"event": event, "fields": given})
