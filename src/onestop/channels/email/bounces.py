"""
Bounces in a mail server's own words, which no standard says how to read.

A bounce is told by who sent it (a mailer daemon, a null return path: RFC 5321, 4.5.5) together with what it says; never
by words alone, since citizens write about mails that failed, and quote them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from onestop.channels.email.addresses import read_mailboxes, writer
from onestop.channels.email.body import part_text
from onestop.channels.email.charsets import decode_text
from onestop.channels.email.headers import Header, clean, decode_words
from onestop.channels.email.html import html_text
from onestop.channels.email.mime import Mail
from onestop.core.contact import Urn, mailto_urn
from onestop.core.enquiry import ReportKind
from onestop.errors import ContactPointError

__all__ = ["Bounce", "free_bounces", "has_null_path", "is_daemon", "is_permanent", "said_of", "status_in"]

_LOOKED_AT = 20_000  # characters of a bounce in which the server says its part; below is the returned mail

_STATUS = re.compile(r"(?<![\d.\-])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")  # RFC 3463
_REPLY_CODE = re.compile(r"(?:^|[\s:'\"(<#])([45])[0-5]\d(?=[\s\-,;:#'\")])")  # RFC 5321, 4.2

_DAEMONS = re.compile(r"(?:mailer|mail)[\-_.]?daemon\Z|mdaemon\Z")
_DAEMON_NAME = re.compile(
    r"\W{0,3}(?:(?:internet )?mail(?:er)?[ \-]?(?:delivery|daemon)|(?:mail )?delivery (?:sub)?system)"
    r"(?:\s+(?:sub)?system|\s+service)?\W{0,3}(?:\(|\Z)|mailer-daemon\W"
)
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
    r"|^ {0,4}rcpt to: ?<?\S+@",
    re.MULTILINE,
)
_PERMANENT = re.compile(
    r"permanent|fatal|user unknown|unknown user"
    r"|(?:no|invalid|unknown|no valid) (?:such )?(?:user|recipient|address|mailbox)"
    r"|(?:does|may) not exist|not (?:listed|found) in|no longer (?:valid|exists)"
    r"|ディレクトリのリストにありません|宛先不明"
)
# The server gave up for the time being: the address may be right, and what it says of permanence means this mail.
_EXPIRED = re.compile(r"timed? ?out|timeout|expired|too long|not responding|giv(?:en|ing) up|within \d+ days")
_RETURNED = re.compile(
    r"^(?:-{2,}(?!.{0,40}server message).{0,60}(?:copy|original|returned|forwarded|unsent|header|message).{0,80}"
    r"|(?:=+ )?original message:?.{0,20}|received: from .{0,200}"
    r"|return-path:.{0,200})$",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"""[^\s<>()\[\]\\,;:"'@=|/]{1,64}@[a-z0-9](?:[a-z0-9\-.]{1,250})""", re.IGNORECASE)
_LINE_ADDRESS = re.compile(
    rf"^[ \t]{{0,12}}[\"'<(*]{{0,3}}({_ADDRESS.pattern})(?=[\"'>):;,]{{0,4}}(?:\s|\Z))", re.I | re.M
)
_POSTMASTERS = re.compile(r"post[\-_]?master@")
_DIALOGUE = re.compile(r"^ {0,4}rcpt to: ?<?\S+@", re.MULTILINE)
# "For help, contact <support@…>" is no recipient.
_HELP = re.compile(
    r"(?:contact|assistance|questions?|help|write|mail|message) (?:\w+ ){0,3}(?:at |to )?<?\Z", re.IGNORECASE
)
_FINAL = re.compile(
    rf"^[> \t]{{0,8}}(?:original|final)-recipient:[ \t]*rfc822;[ \t]*<?({_ADDRESS.pattern})", re.I | re.M
)
_RETURNED_TO = re.compile(rf"^[> \t]{{0,8}}to:[^\n@]{{0,100}}?({_ADDRESS.pattern})", re.I | re.M)


class Bounce(NamedTuple):
    """What a report says of one recipient."""

    kind: ReportKind
    recipient: Urn | None
    status: str | None = None
    permanent: bool | None = None
    message_id: str | None = None
    meta: tuple[tuple[str, str], ...] = ()


def status_in(text: str, classes: str = "245") -> str | None:
    """
    Give the first enhanced status code (RFC 3463) of a text, of these classes.

    >>> status_in("smtp; 550-5.1.1 no such user (192.0.2.5)")
    '5.1.1'
    """
    for found in _STATUS.finditer(text.replace("-5.", " 5.").replace("-4.", " 4.")):
        if found[1] in classes:
            return f"{found[1]}.{int(found[2])}.{int(found[3])}"
    return None


def is_permanent(status: str | None, words: str) -> bool | None:
    """Say whether trying again cannot help: by the status, else by a reply code in the words; None: not said."""
    if status is not None:
        return status[0] == "5"
    code = _REPLY_CODE.search(words)
    return code[1] == "5" if code else None


def is_daemon(header: Header) -> bool:
    """Say whether the address or name in From is one that only mail servers have."""
    found = writer(header.get("from", ()))
    if found is None:  # `From: MAILER-DAEMON (Mail Delivery System)` has no domain
        return _DAEMON_NAME.match(header.get("from", [""])[0].lower()) is not None
    name, urn = found
    local = urn.path.rpartition("@")[0].lower()
    return _DAEMONS.match(local) is not None or (local == "postmaster" and _DAEMON_NAME.match(name.lower()) is not None)


def has_null_path(header: Header) -> bool:
    """Say whether the envelope had no sender, as that of every bounce (RFC 5321, 4.5.5), or a mailer daemon."""
    path = header.get("return-path", [""])[0].strip()
    return path == "<>" or _DAEMONS.match(path.strip("<>").partition("@")[0].lower()) is not None


def _is_postmaster(header: Header) -> bool:
    """Say whether a postmaster writes."""
    found = writer(header.get("from", ()))
    return found is not None and _POSTMASTERS.match(found[1].path.lower()) is not None


def free_bounces(mail: Mail, limit: int) -> list[Bounce]:
    """Give what a bounce without a standard's part says, one for each recipient; nothing when this mail is none."""
    header = mail.top.header
    failed, _ = read_mailboxes(header.get("x-failed-recipients", ()), limit)  # Exim, Google
    signs = _Signs.of(mail, failed=bool(failed))
    if not (signs.failed or signs.daemon or signs.null_path or signs.report or signs.postmaster):
        return []
    subject = clean(decode_words(mail.top.first("subject")), 300).lower()
    words, returned = _words(mail)
    if not signs.say_bounce(subject, words.lower(), answers="in-reply-to" in header):
        return []
    if _DELAYED.search(subject) and status_in(words, "5") is None:
        recipient = _recipients(failed, words, returned, header)[:1]
        return [Bounce("unknown", recipient[0] if recipient else None, status_in(words), permanent=False)]
    own = _own(header)
    parts = [] if failed else _segments(words, own, limit)
    if len(parts) > 1:
        return [_failure(urn, text, words) for urn, text in parts]
    bounces = [_failure(urn, words, words) for urn in _recipients(failed, words, returned, header)[:limit]]
    # Exim and Google name failed recipients only when they gave up for good, in whatever language they say so.
    return [each._replace(permanent=True) if failed and each.permanent is None else each for each in bounces] or [
        _failure(None, words, words)
    ]


class _Signs(NamedTuple):
    """What says that a mail server wrote a mail, apart from its words."""

    failed: bool
    daemon: bool
    null_path: bool
    report: bool
    postmaster: bool

    @classmethod
    def of(cls, mail: Mail, *, failed: bool) -> _Signs:
        header = mail.top.header
        report = mail.top.media_type == "multipart/report" and "delivery" in mail.top.parameters.get("report-type", "")
        return cls(failed, is_daemon(header), has_null_path(header), report, _is_postmaster(header))

    def say_bounce(self, subject: str, folded: str, *, answers: bool) -> bool:
        """Say whether these signs and the words make a bounce; a person who answers as postmaster is a person."""
        by_subject, by_words = _SUBJECT.search(subject) is not None, _FAILED.search(folded) is not None
        if self.report or self.failed or (self.daemon and (by_subject or by_words)):
            return True
        if self.null_path and (by_subject and (by_words or self.postmaster)):
            return True
        if self.postmaster and not answers:
            return by_subject and by_words
        return self.postmaster and _DIALOGUE.search(folded) is not None


def _failure(recipient: Urn | None, text: str, words: str) -> Bounce:
    """Give what a text says of one recipient; what it does not say, the words of the whole bounce do."""
    status = status_in(text) or status_in(words)
    permanent = is_permanent(status, text)
    if permanent is None:
        permanent = is_permanent(None, words)
    folded = text.lower()
    if permanent is None and _EXPIRED.search(folded):
        permanent = False
    elif permanent is None and _PERMANENT.search(folded):
        permanent = True
    return Bounce("bounce", recipient, status, permanent)


def _words(mail: Mail) -> tuple[str, str]:
    """Give what the server itself says, the text before the returned mail, and that mail as far as it is looked at."""
    for part in mail.leaves:
        if part.media_type in ("text/plain", "text/html"):
            text = part_text(mail, part)
            text = html_text(text) if part.media_type == "text/html" else text
            if text.strip():
                returned = _RETURNED.search(text[:_LOOKED_AT])
                stop = returned.start() if returned and returned.start() > 40 else _LOOKED_AT
                return text[:stop], text[stop : stop + _LOOKED_AT]
    return decode_text(mail.raw[mail.top.start : mail.top.start + _LOOKED_AT], None)[0], ""


def said_of(mail: Mail, recipient: Urn, limit: int) -> str:
    """Give what the server's words say of one recipient, below the line that its address begins."""
    words, _ = _words(mail)
    return next((text for urn, text in _segments(words, _own(mail.top.header), limit) if urn == recipient), "")


def _own(header: Header) -> set[str]:
    """Give the addresses of who wrote the bounce and whom it is to: neither is the one that failed."""
    return {urn.key for name in ("from", "to") for _, urn in read_mailboxes(header.get(name, ()), 10)[0]}


def _segments(words: str, own: set[str], limit: int) -> list[tuple[Urn, str]]:
    """Give the addresses that begin lines, each with what stands below it."""
    found: dict[str, tuple[Urn, int]] = {}
    for match in _LINE_ADDRESS.finditer(words):
        urn = _urn(match[1])
        if urn is not None and urn.key not in own and len(found) < limit:
            found.setdefault(urn.key, (urn, match.start()))
    ends = [*[start for _, start in found.values()][1:], len(words)]
    return [(urn, words[start:end]) for (urn, start), end in zip(found.values(), ends, strict=False)]


def _recipients(failed: list[tuple[str, Urn]], words: str, returned: str, header: Header) -> list[Urn]:
    """
    Give whom the mail was for: as a field says, else the first address in the words that is not the sender's; else
    what a report inside the returned mail says, or whom that was addressed to.
    """
    if failed:
        return [urn for _, urn in failed]
    own = _own(header)
    addresses = list(_addresses(words))
    others = [urn for urn in addresses if urn.key not in own]
    if others:
        return others[:1]
    for pattern in (_FINAL, _RETURNED_TO):
        for match in pattern.finditer(returned):
            urn = _urn(match[1])
            if urn is not None:
                return [urn]
    return addresses[:1]


def _urn(address: str) -> Urn | None:
    try:
        urn = mailto_urn(address.rstrip("."))
    except ContactPointError:
        return None
    local = urn.path.partition("@")[0].lower()
    return None if _DAEMONS.match(local) or local == "postmaster" else urn


def _addresses(words: str) -> Iterator[Urn]:
    found = list(_ADDRESS.finditer(words))
    helpers = {match[0] for match in found if _HELP.search(words, max(match.start() - 40, 0), match.start())}
    for match in found:
        urn = _urn(match[0])
        if urn is not None and match[0] not in helpers:
            yield urn
