"""
E-mail as mail servers hand it over: RFC 5322 bytes in, RFC 5322 bytes out.

Read 2026-03-02: RFC 5322 (messages), 2045 to 2047 and 2231 (MIME), 2183 (dispositions), 3676 (flowed text), 3464
(delivery reports), 8098 (read receipts), 5965 (feedback reports), 3834 (automatic answers), 5233 (sub-addresses), 8601
(authentication results).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from onestop.channels.email.addresses import read_mailboxes
from onestop.channels.email.automatic import is_auto_reply
from onestop.channels.email.body import attachments, body_text
from onestop.channels.email.enclosed import enclosed_mail
from onestop.channels.email.forwards import Forwarded, author
from onestop.channels.email.headers import Header, clean, decode_words, message_ids, read_date, values
from onestop.channels.email.limits import Limits
from onestop.channels.email.mime import Mail, read_mail
from onestop.channels.email.render import Stops, render_mail
from onestop.channels.email.reply import read_reply
from onestop.channels.email.reports import delivery_reports
from onestop.channels.email.tokens import Keys, find_token
from onestop.channels.email.transfer import library_base64
from onestop.channels.email.verdicts import authentication, spam_verdict
from onestop.channels.webhook import status_of
from onestop.core.contact import Urn, mailto_urn
from onestop.core.enquiry import TEXT_LIMIT, Channel, DeliveryReport, Enquiry, Thread
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.core.model import FrozenMap
from onestop.errors import OnestopError, SignatureError

__all__ = ["Email"]

SUBJECT_LIMIT = 998  # characters: RFC 5322's longest line
_META_LIMIT = 500
_LIMITS = Limits()
_RETRY_S = "60"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}(?![A-Za-z0-9\-])")

# Where mail servers write the address that a mail was delivered to: none of it is in To when we were in Bcc.
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-delivered-to")

# The sender's and the servers' own words that may matter later.
_META = ("auto-submitted", "authentication-results", "importance", "list-id", "precedence", "reply-to", "return-path")


def _origin(forwarded: Forwarded | None) -> dict[str, str]:
    """Give who really wrote what was sent on; never the sender, whom alone the sending proves."""
    if forwarded is None:
        return {}
    name, urn = author(forwarded.sender)
    facts = {"forwarded_from": urn or "", "forwarded_name": name, "forwarded_subject": forwarded.subject}
    return {key: clean(value, _META_LIMIT) for key, value in facts.items() if value}


class Email:
    """
    The adapter for e-mail.

    `reply_key` signs and proves the addresses that answers come back to; of several the first signs, and all prove, so
    that keys can be changed. `from_address` is ours; it and `own_addresses` tell our own mail, when it comes back.
    `authserv_id` is the name under which your own receiving server writes Authentication-Results: with it each enquiry
    says in `gateway_meta["auth"]` whether its sender is proved, and has the defect `sender_unproved` when not.
    `unsubscribe_url` is a page of yours, over HTTPS, where one click stops the messages that may be stopped (RFC 8058):
    such a mail names it, with a token signed by the first `unsubscribe_key`; sign the fields by DKIM, too. What is in
    base64 is decoded by the extra `[fast]` where it is installed and `fast` is true; what comes out is the same.

    >>> body = b"From: Jo <jo@example.org>\\nSubject: Bin\\n\\nNot emptied.\\n"
    >>> enquiry = Email().parse(Raw(body=body, received_at="2026-03-02T09:30:00Z"))[0]
    >>> enquiry.sender, enquiry.sender_name, enquiry.text
    (Urn('mailto:jo@example.org'), 'Jo', 'Not emptied.')
    """

    channel: Channel = "email"
    capabilities = Capabilities(attachments=True, receipts=True, replies=True, sends=True)

    def __init__(
        self,
        name: str = "email",
        *,
        reply_key: str | bytes | Sequence[str | bytes] | None = None,
        from_address: str | None = None,
        own_addresses: Sequence[str] = (),
        authserv_id: str | None = None,
        unsubscribe_url: str | None = None,
        unsubscribe_key: str | bytes | Sequence[str | bytes] | None = None,
        limits: Limits = _LIMITS,
        fast: bool = True,
    ) -> None:
        self.name = name
        self.limits = limits
        self._library = library_base64() if fast else None  # here, since reading loads nothing
        self._authserv_id = authserv_id
        self._keys = Keys.of(reply_key)
        self._stops = Stops(unsubscribe_url, Keys.of(unsubscribe_key))
        self._from = mailto_urn(from_address) if from_address is not None else None
        if self._from is None:  # messages wait in the outbox for an adapter that can send them
            self.capabilities = self.capabilities.model_copy(update={"sends": False})
        own = [mailto_urn(address) for address in own_addresses] + ([self._from] if self._from else [])
        self._own = frozenset(urn.key for urn in own)

    def parse(self, raw: Raw, /) -> Sequence[Enquiry | DeliveryReport]:
        """
        Give the one enquiry that an e-mail is, or the delivery reports that it holds, one for each recipient.

        Raises:
            PayloadError: these bytes are no e-mail; `LimitError`: one beyond the limits.
        """
        mail = read_mail(raw.body, self.limits, adapter=self.name, library=self._library)
        limit = self.limits.recipients
        reports = delivery_reports(mail, adapter=self.name, received_at=raw.received_at, limit=limit)
        return reports or [self._enquiry(mail, raw.received_at)]

    def _enquiry(self, mail: Mail, received_at: datetime) -> Enquiry:
        header, defects = mail.top.header, mail.defects
        sender_name, sender = self._sender(header, defects)
        recipients, wrong = read_mailboxes(values(header, "to", *_DELIVERED), self.limits.recipients)
        cc, wrong_cc = read_mailboxes(values(header, "cc"), self.limits.recipients)
        subject = clean(decode_words(mail.top.first("subject")), SUBJECT_LIMIT) or None
        thread = self._thread(header, [urn for _, urn in recipients + cc], subject, defects)
        full, files = body_text(mail, self.limits)
        text, full, forwarded = self._said(mail, full, subject or "")
        if len(text) > TEXT_LIMIT:
            defects.append("text_cut")
            text = text[:TEXT_LIMIT]
        enclosed = attachments(mail, files)
        sent_at = self._sent_at(header, defects)
        if self._is_own(sender, header):
            defects.append("own_mail")
        language = _LANGUAGE.match(mail.top.first("content-language"))
        meta = {name.replace("-", "_"): clean(header[name][0], _META_LIMIT) for name in _META if name in header}
        meta |= self._verdicts(header, sender, defects) | _origin(forwarded)
        return Enquiry(
            channel="email",
            adapter=self.name,
            source_id=thread.message_id,
            received_at=received_at,
            sent_at=sent_at,
            kind="auto_reply" if is_auto_reply(header, subject or "") else "message",
            sender=sender,
            sender_name=sender_name or None,
            recipients=tuple(urn for _, urn in recipients),
            cc=tuple(urn for _, urn in cc),
            subject=subject,
            text=text,
            full_text=full if full != text else None,
            language=language[0] if language else None,
            attachments=enclosed,
            thread=thread,
            defects=tuple(dict.fromkeys([*defects, *wrong, *wrong_cc])),
            gateway_meta=FrozenMap(meta),
        )

    def _said(self, mail: Mail, full: str, subject: str) -> tuple[str, str, Forwarded | None]:
        """Give what was written now, and all of it, with what was sent on: below, or as a mail enclosed in this."""
        text, forwarded = read_reply(full, subject)
        if forwarded is None and (enclosed := enclosed_mail(mail, text, subject, self.limits)):
            return enclosed.text, "\n\n".join(filter(None, (full, enclosed.words))), enclosed
        return text, full, forwarded

    def _verdicts(self, header: Header, sender: Urn | None, defects: list[str]) -> dict[str, str]:
        """Give what the receiving server found: spam, and whether the sender is proved, where we know its name."""
        facts = spam_verdict(header)
        if self._authserv_id is not None:
            proof, unproved = authentication(header, sender, self._authserv_id)
            facts |= proof
            defects += unproved
        return facts

    def _sender(self, header: Header, defects: list[str]) -> tuple[str, Urn | None]:
        """Give the first address of From; not Reply-To, by which anybody could write as anybody."""
        found, wrong = read_mailboxes(header.get("from", ()), 1)
        defects += [code for code in wrong if code != "recipients_cut"]
        if not found:
            defects.append("sender_missing")
        return found[0] if found else ("", None)

    def _thread(self, header: Header, written_to: list[Urn], subject: str | None, defects: list[str]) -> Thread:
        own = [identifier for value in header.get("message-id", ()) for identifier in message_ids(value)[:1]]
        if not own:
            defects.append("message_id_missing")
        elif len(own) > 1:
            defects.append("message_id_repeated")
        answered = [identifier for value in header.get("in-reply-to", ()) for identifier in message_ids(value)]
        references = [identifier for value in header.get("references", ()) for identifier in message_ids(value)]
        if len(references) > self.limits.references:
            references = references[:1] + references[1 - self.limits.references :]
            defects.append("references_cut")
        token, wrong = find_token(written_to, subject or "", self._keys)
        defects += wrong
        return Thread(
            message_id=own[0] if own else None,
            in_reply_to=answered[0] if answered else None,
            references=tuple(references),
            token=token,
        )

    def _sent_at(self, header: Header, defects: list[str]) -> datetime | None:
        moment, wrong = read_date(header["date"][0]) if "date" in header else (None, "date_missing")
        if wrong:
            defects.append(wrong)
        return moment

    def _is_own(self, sender: Urn | None, header: Header) -> bool:
        if sender is not None and sender.key in self._own:
            return True
        looped, _ = read_mailboxes(header.get("x-loop", ()), self.limits.recipients)
        return any(urn.key in self._own for _, urn in looped)

    def verify(self, raw: Raw, /) -> None:
        """
        Raise always: an e-mail proves nothing about who handed it over, so the host calls `receive` for its own server.

        Raises:
            SignatureError: always.
        """
        raise SignatureError("an e-mail carries no signature of a gateway: take it in by receive, from your own server")

    def acknowledge(
        self, error: OnestopError | None = None, /, *, raw: Raw | None = None, taken: Sequence[Taken] = ()
    ) -> HttpResponse:
        """
        Give the answer to whoever posted the e-mail: 202 taken in, 503 or 500 try again, 403 not allowed, 400 never.

        Only what is wrong with the e-mail or its sender is final: a full disk of ours must not lose a citizen's mail.
        """
        if error is None:
            return HttpResponse(status=202)
        status = status_of(error)
        return HttpResponse(status=status, headers=FrozenMap({"Retry-After": _RETRY_S} if status >= 500 else {}))

    def render(self, message: Message, /) -> GatewayRequest:
        """
        Give the e-mail as bytes, the same bytes every time; its envelope recipient is the URL.

        Raises:
            PayloadError: there is no `from_address`, the recipient is no e-mail address, or there is nothing to say.
        """
        return render_mail(message, from_=self._from, keys=self._keys, adapter=self.name, stops=self._stops)
