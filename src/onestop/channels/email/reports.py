"""
What mail servers and mail programs tell of our messages: the reports that have a standard.

Delivery reports (RFC 3464, 6533), read receipts (RFC 8098) and spam complaints (RFC 5965), all of them a
`multipart/report` (RFC 6522). Bounces in a server's own words are in `bounces`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from onestop.channels.email.addresses import read_mailboxes
from onestop.channels.email.bounces import Bounce, free_bounces, is_daemon, is_permanent, said_of, status_in
from onestop.channels.email.headers import Header, clean, message_ids, read_header
from onestop.channels.email.mime import EMPTY_LINE, Mail, Part
from onestop.channels.email.ses import ses_notification
from onestop.core.contact import Urn, mailto_urn
from onestop.core.enquiry import DeliveryReport, ReportKind
from onestop.core.mail_codes import speaks_of_mailbox
from onestop.core.model import FrozenMap
from onestop.errors import ContactPointError, LimitError

__all__ = ["delivery_reports"]

_DELIVERY = ("message/delivery-status", "message/global-delivery-status")
_READ = ("message/disposition-notification", "message/global-disposition-notification")
_COMPLAINT = ("message/feedback-report",)
# RFC 6522 says text/rfc822-headers; some servers send message/rfc822-headers all the same.
_ORIGINAL = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
    "message/partial",
)
_META_LIMIT = 200
_ORIGINAL_HEADER_BYTES = 256 * 1024
_DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to")
_MOST_WRITTEN_TO = 10  # addresses of a report that are looked at
_ID_IN_LOCAL = re.compile(r"\+([0-9a-f]{20,50}m)\Z", re.ASCII)  # `bounces+ID`, as `SmtpSender(verp=True)` writes it

# RFC 3464, 2.3.3. A relayed message left the servers that report; nothing says that it arrived.
_ACTIONS: dict[str, ReportKind] = {
    "failed": "bounce",
    "delayed": "unknown",
    "delivered": "delivered",
    "expanded": "delivered",
    "relayed": "unknown",
}
# RFC 3463, 3.1: the class of a status, where the action is missing or unknown.
_CLASSES: dict[str, ReportKind] = {"2": "delivered", "4": "bounce", "5": "bounce"}


def delivery_reports(mail: Mail, *, adapter: str, received_at: datetime, limit: int) -> list[DeliveryReport]:
    """
    Give what a mail reports of our messages, one report for each recipient; nothing when it is no report.

    Raises:
        LimitError: it reports of more than `limit` recipients.
    """
    found = list(_standard(mail, limit)) or ses_notification(mail, limit) or _hotmail(mail) or free_bounces(mail, limit)
    if not found:
        return []
    own = message_ids(mail.top.first("message-id"))
    original = _original_id(mail) or _written_to_id(mail)
    if len(found) == 1 and found[0].kind == "bounce" and found[0].recipient is None:
        found = [found[0]._replace(recipient=_returned_to(mail))]
    return [
        DeliveryReport(
            channel="email",
            adapter=adapter,
            source_id=own[0] if own else None,
            received_at=received_at,
            kind=bounce.kind,
            recipient=bounce.recipient,
            message_id=bounce.message_id or original,
            status=bounce.status,
            permanent=bounce.permanent,
            address_fails=bounce.kind != "bounce" or speaks_of_mailbox(bounce.status),
            defects=tuple(dict.fromkeys([*mail.defects, *([] if bounce.recipient else ["recipient_missing"])])),
            gateway_meta=FrozenMap(dict(bounce.meta)),
        )
        for bounce in found
    ]


def _standard(mail: Mail, limit: int) -> Iterator[Bounce]:
    """Give what the machine-readable part says; only of a report, since a person may attach such a part."""
    if mail.top.media_type != "multipart/report" and not is_daemon(mail.top.header):
        return
    for part in mail.leaves:
        if part.media_type in _DELIVERY:
            groups = [fields for fields in _groups(mail.content(part)) if _RECIPIENT_FIELDS & fields.keys()]
            if len(groups) > limit:
                raise LimitError(f"this report tells of more than {limit:,} recipients")
            yield from (_exact(mail, _delivery(fields), limit) for fields in groups)
        elif part.media_type in _READ:
            yield from map(_read, _joined(mail.content(part)))
        elif part.media_type in _COMPLAINT:
            yield from (each for fields in _joined(mail.content(part)) for each in _complaints(fields, limit))
        else:
            continue
        return


_RECIPIENT_FIELDS = frozenset({"final-recipient", "original-recipient", "action", "status"})


def _groups(content: bytes) -> Iterator[Header]:
    """Give the groups of fields of a report, which empty lines part."""
    for block in EMPTY_LINE.split(content):
        header, _, _ = read_header(block.strip(b"\r\n"))
        if header:
            yield header


def _joined(content: bytes) -> list[Header]:
    """Give the fields of a report as one group; none when it has none."""
    fields: Header = {}
    for group in _groups(content):
        for name, given in group.items():
            fields.setdefault(name, []).extend(given)
    return [fields] if fields else []


def _first(fields: Header, *names: str) -> str:
    return next((fields[name][0] for name in names if name in fields), "")


def _urn(fields: Header, *names: str) -> Urn | None:
    """Give the first address of `rfc822; jo@example.org` fields."""
    for name in names:
        for value in fields.get(name, ()):
            kind, semicolon, address = value.partition(";")
            try:
                return mailto_urn(address if semicolon else kind)
            except ContactPointError:
                continue
    return None


def _delivery(fields: Header) -> Bounce:
    diagnosis = _first(fields, "diagnostic-code")
    status = _exact_status(status_in(_first(fields, "status")), status_in(diagnosis))
    action = _first(fields, "action").partition("(")[0].strip().lower()
    kind = _ACTIONS.get(action) or _CLASSES.get((status or "")[:1], "unknown")
    permanent = False if action == "delayed" else is_permanent(status, diagnosis) if kind == "bounce" else None
    return Bounce(kind, _urn(fields, "original-recipient", "final-recipient"), status, permanent)


def _read(fields: Header) -> Bounce:
    """A receipt says displayed, or what else became of the mail: deleted unread, denied (RFC 8098, 3.2.6)."""
    disposition = _first(fields, "disposition").rpartition(";")[2].partition("/")[0].strip().lower()
    known = message_ids(_first(fields, "original-message-id"))
    return Bounce(
        "read" if disposition == "displayed" else "unknown",
        _urn(fields, "original-recipient", "final-recipient"),
        message_id=known[0] if known else None,
        meta=(("disposition", clean(disposition, _META_LIMIT)),) if disposition else (),
    )


def _exact(mail: Mail, bounce: Bounce, limit: int) -> Bounce:
    """Give the status from the words where the report says no more than that it failed, as OpenSMTPD's does."""
    if bounce.recipient is None or bounce.status != "5.0.0":
        return bounce
    said = status_in(said_of(mail, bounce.recipient, limit), "5")
    return bounce._replace(status=said) if said else bounce


def _exact_status(given: str | None, diagnosed: str | None) -> str | None:
    """Give the server's own status where the report's says no more than that it failed, or that time was up."""
    if given is None or diagnosed is None or given[0] != diagnosed[0]:
        return given or diagnosed
    return diagnosed if given.endswith((".0.0", ".5.0")) or given == "4.4.7" else given


def _complaints(fields: Header, limit: int) -> list[Bounce]:
    """Give a complaint for each recipient (RFC 5965, 3.2: the field may stand more than once)."""
    kind = clean(_first(fields, "feedback-type"), _META_LIMIT).lower()
    meta = (("feedback_type", kind),) if kind else ()
    given, _ = read_mailboxes(fields.get("original-rcpt-to", ()), limit)
    recipients: list[Urn | None] = [urn for _, urn in given]
    recipients = recipients or [_urn(fields, "removal-recipient", "x-hmxmroriginalrecipient")]
    return [Bounce("feedback_report", recipient, meta=meta) for recipient in recipients]


def _hotmail(mail: Mail) -> list[Bounce]:
    """Give the complaint that Outlook.com sends without a report: the mail alone, with a field of theirs in it."""
    if not _COMPLAINT_SUBJECT.match(mail.top.first("subject")):
        return []
    for part in mail.leaves:
        if part.media_type == "message/rfc822" and (fields := _header_of(mail, part)):
            recipient = _urn(fields, "x-hmxmroriginalrecipient")
            return [Bounce("feedback_report", recipient, meta=(("feedback_type", "abuse"),))] if recipient else []
    return []


_COMPLAINT_SUBJECT = re.compile(r"\s*complaint about message from [\da-f.:]{3,45}\s*\Z", re.IGNORECASE)


def _returned_to(mail: Mail) -> Urn | None:
    """Give whom the returned mail was to, if that was one; for reports that name nobody."""
    for part in mail.leaves:
        if part.media_type in _ORIGINAL and (fields := _header_of(mail, part)):
            found, _ = read_mailboxes([value for name in ("to", "cc") for value in fields.get(name, ())], 2)
            return found[0][1] if len(found) == 1 else None
    return None


_ID_IN_TEXT = re.compile(rb"^[ \t>|]{0,8}message-id:\s{0,4}<([^<>\s]{1,998})>", re.IGNORECASE | re.MULTILINE)


def _original_id(mail: Mail) -> str | None:
    """Give the Message-ID of the mail that is reported of: of its returned header, wherever that stands."""
    for part in mail.leaves:
        if part.media_type in _ORIGINAL and (known := _id_of(mail, part)):
            return known
    for part in mail.leaves:
        if part.media_type.startswith("text/") and (match := _ID_IN_TEXT.search(mail.raw, part.start, part.end)):
            return match[1].decode("utf-8", "replace")
    return None


def _written_to_id(mail: Mail) -> str | None:
    """Give our message's id out of the address that the report was sent to, where the return path had it (VERP)."""
    to = [value for name in ("to", *_DELIVERED_TO) for value in mail.top.header.get(name, ())]
    found, _ = read_mailboxes(to, _MOST_WRITTEN_TO)
    ids = (match[1] for _, urn in found if (match := _ID_IN_LOCAL.search(urn.path.rpartition("@")[0])))
    return next(ids, None)


def _id_of(mail: Mail, part: Part) -> str | None:
    known = message_ids(_first(_header_of(mail, part), "message-id"))
    return known[0] if known else None


def _header_of(mail: Mail, part: Part) -> Header:
    """Give the header of a returned mail."""
    content = mail.content(part).lstrip()
    empty = EMPTY_LINE.search(content)
    stop = min(empty.start() if empty else len(content), _ORIGINAL_HEADER_BYTES)
    return read_header(content[:stop])[0]
