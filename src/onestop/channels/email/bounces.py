"""
Bounces in a mail server's own words, which no standard says how to read.

A bounce is told by who sent it (a mailer daemon, a null return path: RFC 5321, 4.5.5) together with what it says; never
by words alone, since citizens write about mails that failed, and quote them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from onestop.channels.email.addresses import read_mailboxes
from onestop.channels.email.body import part_text
from onestop.channels.email.charsets import decode_text
from onestop.channels.email.headers import Header, clean, decode_words
from onestop.channels.email.html import html_text
from onestop.channels.email.mime import Mail
from onestop.core.contact import Urn, mailto_urn
from onestop.core.enquiry import ReportKind
from onestop.errors import ContactPointError

__all__ = ["Bounce", "free_bounce", "is_daemon", "is_permanent", "status_in"]

_LOOKED_AT = 20_000  # characters of a bounce in which the server says its part; below is the returned mail

_STATUS = re.compile(r"(?<![\d.\-])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")  # RFC 3463
_REPLY_CODE = re.compile(r"(?:^|[\s:'\"(<#])([45])[0-5]\d(?=[\s\-,;:#'\")])")  # RFC 5321, 4.2

_DAEMONS = re.compile(r"(?:mailer|mail)[\-_.]?daemon\Z|mdaemon\Z")
_DAEMON_NAME = re.compile(r"mail(?:er)?[ \-]?(?:delivery|daemon)|delivery (?:sub)?system|internet mail delivery")
_SUBJECT = re.compile(
    r"undeliver|delivery (?:status|failure|problem|report|has failed|attempts|error|notification|unsuccessful)"
    r"|mail(?:er)? (?:delivery )?(?:failed|failure|error)|failure (?:notice|delivery)|returned (?:mail|to sender)"
    r"|return(?:ed|ing) message|(?:could not|cannot|can't|couldn't|not) (?:be )?deliver|non[\- ]?delivery"
    r"|message you sent"
    r"|failed (?:mail|delivery)|could not send mail|mail system error"
    r"|user unknown|permanent error|delayed (?:mail|message|\d)|warning: message"
    r"|error sending|message (?:not delivered|delayed|failed|status)|nondeliverable|postmaster notify"
    r"|配信不能|unzustellbar|non remis|no entregado|nie dostarczono|配送|mail could not|sending failed|delivery delayed"
)
_DELAYED = re.compile(
    r"delay|warning|will (?:be |keep )?(?:retried|try|retry)|still (?:being|trying)|do not need to resend"
)
_FAILED = re.compile(
    r"(?:could|can|was|were|has|is|had)(?: ?not|n't) (?:be |been |able to )*deliver|undeliver"
    r"|unable to deliver|delivery errors|addresses had|delivery (?:\w+ ){0,4}fail"
    r"|permanent (?:fatal )?error|user unknown|unknown user|no such user|mailbox (?:is )?(?:full|unavailable|not found)"
    r"|quota exceeded|fatal errors|recipient (?:\w+ ){0,2}(?:reject|unknown)|(?:failed|rejected) (?:recipient|message)"
    r"|does not exist|giving up|said: [45]\d\d|not (?:be )?delivered|returned to (?:the )?sender"
)
_PERMANENT = re.compile(r"permanent|fatal|user unknown|unknown user|no such user|does not exist|giv(?:en|ing) up")
_RETURNED = re.compile(
    r"^(?:-{2,}.{0,60}(?:copy|original|returned|forwarded|unsent|header|message).{0,80}|received: from .{0,200}"
    r"|return-path:.{0,200})$",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"""[^\s<>()\[\]\\,;:"'@=|/]{1,64}@[a-z0-9](?:[a-z0-9\-.]{1,250})""", re.IGNORECASE)


class Bounce(NamedTuple):
    """What a report says of one recipient."""

    kind: ReportKind
    recipient: Urn | None
    status: str | None = None
    permanent: bool | None = None
    message_id: str | None = None
    meta: tuple[tuple[str, str], ...] = ()


def status_in(text: str) -> str | None:
    """
    Give the first enhanced status code (RFC 3463) of a text.

    >>> status_in("smtp; 550-5.1.1 no such user (192.0.2.5)")
    '5.1.1'
    """
    found = _STATUS.search(text.replace("-5.", " 5.").replace("-4.", " 4."))
    return f"{found[1]}.{int(found[2])}.{int(found[3])}" if found else None


def is_permanent(status: str | None, words: str) -> bool | None:
    """Say whether trying again cannot help: by the status, else by a reply code in the words; None: not said."""
    if status is not None:
        return status[0] == "5"
    code = _REPLY_CODE.search(words)
    return code[1] == "5" if code else None


def is_daemon(header: Header) -> bool:
    """Say whether the address or name in From is one that only mail servers have."""
    found, _ = read_mailboxes(header.get("from", ())[:1], 1)
    if not found:  # `From: MAILER-DAEMON (Mail Delivery System)` has no domain
        return _DAEMON_NAME.search(header.get("from", [""])[0].lower()) is not None
    name, urn = found[0]
    local = urn.path.rpartition("@")[0].lower()
    return _DAEMONS.match(local) is not None or (
        local == "postmaster" and _DAEMON_NAME.search(name.lower()) is not None
    )


def _is_postmaster(header: Header) -> bool:
    """Say whether a postmaster writes first: a person who answers as one is a person."""
    found, _ = read_mailboxes(header.get("from", ())[:1], 1)
    return bool(found) and found[0][1].lower().startswith("mailto:postmaster@") and "in-reply-to" not in header


def free_bounce(mail: Mail) -> Bounce | None:
    """Give what a bounce without a standard's part says; None when this mail is none."""
    header = mail.top.header
    failed = header.get("x-failed-recipients", [])  # Exim, Google
    daemon = is_daemon(header)
    null_path = header.get("return-path", [""])[0].strip() == "<>"
    report = mail.top.media_type == "multipart/report" and "delivery" in mail.top.parameters.get("report-type", "")
    postmaster = _is_postmaster(header)
    if not (failed or daemon or null_path or report or postmaster):
        return None
    subject = clean(decode_words(mail.top.first("subject")), 300).lower()
    words = _words(mail)
    folded = words.lower()
    by_subject, by_words = _SUBJECT.search(subject) is not None, _FAILED.search(folded) is not None
    if not (report or failed or (daemon and (by_subject or by_words)) or (by_subject and by_words)):
        return None
    status = status_in(words)
    recipient = _recipient(failed, words, header)
    if _DELAYED.search(subject) and not (status and status[0] == "5"):
        return Bounce("unknown", recipient, status, permanent=False)
    permanent = is_permanent(status, words)
    return Bounce("bounce", recipient, status, True if permanent is None and _PERMANENT.search(folded) else permanent)


def _words(mail: Mail) -> str:
    """Give what the server itself says: the text before the returned mail."""
    for part in mail.leaves:
        if part.media_type in ("text/plain", "text/html"):
            text = part_text(mail, part)
            text = html_text(text) if part.media_type == "text/html" else text
            if text.strip():
                returned = _RETURNED.search(text[:_LOOKED_AT])
                return text[: returned.start() if returned and returned.start() > 40 else _LOOKED_AT]
    return decode_text(mail.raw[mail.top.start : mail.top.start + _LOOKED_AT], None)[0]


def _recipient(failed: list[str], words: str, header: Header) -> Urn | None:
    """Give whom the mail was for: as a field says, else the first address in the words that is not the sender's."""
    found, _ = read_mailboxes(failed[:1], 1)
    if found:
        return found[0][1]
    own = {urn.key for name in ("from", "to") for _, urn in read_mailboxes(header.get(name, ()), 10)[0]}
    addresses = list(_addresses(words))
    other = next((urn for urn in addresses if urn.key not in own), None)
    return other or next(iter(addresses), None)


def _addresses(words: str) -> Iterator[Urn]:
    for match in _ADDRESS.finditer(words):
        try:
            urn = mailto_urn(match[0])
        except ContactPointError:
            continue
        if not _DAEMONS.match(urn.path.partition("@")[0].lower()) and not urn.startswith("mailto:postmaster@"):
            yield urn
