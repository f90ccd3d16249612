"""
What Amazon SES tells of our mails by mail: a notification of its topic, one JSON object in plain text.

Amazon SES developer guide, "Amazon SNS notification contents" (read 2026-03-02).
"""

from __future__ import annotations

import json
from typing import Any

from onestop.channels.email.body import part_text
from onestop.channels.email.bounces import Bounce, is_permanent, status_in
from onestop.channels.email.headers import clean
from onestop.channels.email.mime import Mail
from onestop.core.contact import Urn, mailto_urn
from onestop.core.enquiry import ReportKind
from onestop.errors import ContactPointError

__all__ = ["ses_notification"]

_SENDER = "@sns.amazonaws.com"
_LIMIT = 1024 * 1024  # characters; Amazon's own limit is 256 KB
_META_LIMIT = 200

# Their word for what happened, the object and the list in it that tell of whom, and our word.
_KINDS: dict[str, tuple[str, str, ReportKind]] = {
    "Bounce": ("bounce", "bouncedRecipients", "bounce"),
    "Complaint": ("complaint", "complainedRecipients", "feedback_report"),
    "Delivery": ("delivery", "recipients", "delivered"),
}


def ses_notification(mail: Mail, limit: int) -> list[Bounce]:
    """Give what a notification tells, for each recipient; nothing when this mail is none."""
    if _SENDER not in mail.top.first("from") or mail.top.media_type != "text/plain":
        return []
    text = part_text(mail, mail.top).lstrip()
    if not text.startswith("{") or len(text) > _LIMIT:
        return []
    told = _object(text)
    if isinstance(wrapped := told.get("Message"), str):  # the topic's own envelope around the notification
        told = _object(wrapped)
    name, people, kind = _KINDS.get(str(told.get("notificationType") or told.get("eventType")), ("", "", "unknown"))
    event = told.get(name)
    recipients = event.get(people) if isinstance(event, dict) else None
    if not isinstance(event, dict) or not isinstance(recipients, list):
        return []
    sent = told.get("mail")
    identifier = sent.get("messageId") if isinstance(sent, dict) else None
    known = identifier if isinstance(identifier, str) and len(identifier) < _META_LIMIT else None
    return [_bounce(kind, each, event)._replace(message_id=known) for each in recipients[:limit]]


def _object(text: str) -> dict[str, Any]:
    """Give the JSON object that a text begins with; an empty one when it begins with none."""
    try:
        # Lines are broken for the way, inside strings too; below the object stands how to unsubscribe.
        found, _ = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _bounce(kind: ReportKind, recipient: Any, event: dict[str, Any]) -> Bounce:
    given = recipient if isinstance(recipient, dict) else {"emailAddress": recipient}
    urn = _urn(given.get("emailAddress"))
    if kind == "feedback_report":
        word = clean(str(event.get("complaintFeedbackType") or ""), _META_LIMIT)
        return Bounce(kind, urn, meta=(("feedback_type", word),) if word else ())
    if kind != "bounce":
        return Bounce(kind, urn)
    diagnosis = str(given.get("diagnosticCode") or "")
    status = status_in(str(given.get("status") or "")) or status_in(diagnosis)
    said = {"Permanent": True, "Transient": False}.get(str(event.get("bounceType")))
    return Bounce(kind, urn, status, said if said is not None else is_permanent(status, diagnosis))


def _urn(address: Any) -> Urn | None:
    try:
        return mailto_urn(address) if isinstance(address, str) else None
    except ContactPointError:
        return None
