"""
One connection to a mail server, by which it is known at each step whether the server can have taken a mail.

RFC 5321 (SMTP), 3207 (STARTTLS), 1870 (SIZE), 2034 and 3463 (enhanced codes), 6152 (8BITMIME), 6531 (SMTPUTF8), 8314
(implicit TLS); read 2026-03-02.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from typing import Any, Literal, NamedTuple

from onestop.core.mail_codes import speaks_of_mailbox
from onestop.errors import SendError, UnsureError
from onestop.gateways.deadline import Deadline, reader_of

__all__ = ["Envelope", "Link", "LinkLostError", "Security", "Server", "refusal"]

Security = Literal["starttls", "tls", "none"]

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})\b")
_MOST_LINES, _MOST_LINE = 200, 8_192  # of one reply; bytes of each
_LINE_END = re.compile(rb"\r\n|\r|\n")
_TAKEN = frozenset({250, 251, 252})
_ABOUT_US = frozenset({503, 530, 534, 535, 538})  # the session, our credentials: nothing that this mail is


class Server(NamedTuple):
    """Which mail server, and how we make ourselves known to it."""

    host: str
    port: int
    security: Security
    login: tuple[str, str] | None
    hello: str | None  # the name that we say we have; None: this machine's
    tls: ssl.SSLContext


class Envelope(NamedTuple):
    """Between whom a mail goes, as servers see it, and its bytes with every line ended by CRLF."""

    sender: str  # empty: bounces are not wanted
    recipient: str
    content: bytes

    @classmethod
    def of(cls, sender: str, recipient: str, content: bytes) -> Envelope:
        """Give an envelope; no line of the mail ends by CR or LF alone, which servers read in two ways."""
        lines = _LINE_END.sub(b"\r\n", content)
        return cls(sender, recipient, lines if lines.endswith(b"\r\n") else lines + b"\r\n")


class LinkLostError(Exception):
    """The connection ended before the mail was handed over: the server cannot have taken it."""


class _Smtp(smtplib.SMTP):
    """The standard library's client, with a limit of time for the whole conversation and of size for each reply."""

    deadline: Deadline

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        if self.file is None:
            self.file = reader_of(self.sock, self.deadline)
        lines: list[bytes] = []
        while len(lines) < _MOST_LINES:
            line = self.file.readline(_MOST_LINE + 1)
            if not line or len(line) > _MOST_LINE or not line[:3].isdigit():
                break
            lines.append(line[4:].strip())
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)
        self.close()
        raise smtplib.SMTPServerDisconnected("the server's reply cannot be read, or there is none")

    def send(self, s: Any) -> None:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        self.sock.settimeout(self.deadline.left())
        self.sock.sendall(s.encode(self.command_encoding) if isinstance(s, str) else s)

    def use(self, sock: socket.socket) -> None:
        """Go on over another socket: what the server said before it is forgotten (RFC 3207, 4.2)."""
        self.sock, self.file = sock, None
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False


class Link:
    """
    A connection on which mails can be handed over, one after the other.

    Raises:
        SendError: the server cannot be reached or proved, or does not let us in; another time it may.
    """

    def __init__(self, server: Server, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._smtp = _Smtp(local_hostname=server.hello)
        self._smtp.deadline = Deadline(timeout_s)
        try:
            self._open(server)
        except ssl.SSLError as exc:
            self.close()
            raise SendError("the mail server is not proved by TLS", permanent=False, status="tls") from exc
        except (OSError, ValueError, smtplib.SMTPException) as exc:
            self.close()
            code = getattr(exc, "smtp_code", None)
            status = "login" if isinstance(exc, smtplib.SMTPAuthenticationError) else str(code or "unreachable")
            # No cause: what the server answered to our credentials may repeat them.
            raise SendError("the mail server does not let us in", permanent=False, status=status) from None
        except SendError:
            self.close()
            raise

    def _open(self, server: Server) -> None:
        smtp, deadline = self._smtp, self._smtp.deadline
        sock = socket.create_connection((server.host, server.port), timeout=deadline.left())
        smtp.use(sock)  # from here on closing closes it
        if server.security == "tls":
            smtp.use(server.tls.wrap_socket(sock, server_hostname=server.host))
        _want(smtp.getreply(), 220)
        self._hello()
        if server.security == "starttls":
            if not smtp.has_extn("starttls"):
                raise SendError("the mail server offers no STARTTLS", permanent=False, status="tls")
            _want(smtp.docmd("STARTTLS"), 220)
            sock.settimeout(deadline.left())
            smtp.use(server.tls.wrap_socket(sock, server_hostname=server.host))
            self._hello()
        if server.login:
            smtp.login(*server.login)

    def _hello(self) -> None:
        code, _ = self._smtp.ehlo()
        if code != 250:
            _want(self._smtp.helo(), 250)

    def deliver(self, envelope: Envelope) -> None:
        """
        Hand over a mail.

        Raises:
            LinkLostError: the connection is gone, and the mail was not taken.
            SendError: the server refused it, and the connection can be used again.
            UnsureError: all of the mail was sent, and there was no answer.
        """
        smtp = self._smtp
        smtp.deadline = Deadline(self._timeout_s)
        smtp.file = reader_of(smtp.sock, smtp.deadline) if smtp.sock else None
        options = self._options(envelope)
        try:
            self._want(smtp.docmd("MAIL", f"FROM:<{envelope.sender}>{options}"), "sender")
            self._want(smtp.docmd("RCPT", f"TO:<{envelope.recipient}>"), "recipient")
            self._want(smtp.docmd("DATA"), "mail", code=354)
            smtp.send(_stuffed(envelope.content))  # what fails here has not handed over the last dot
        except (OSError, smtplib.SMTPException) as exc:
            raise LinkLostError("the mail server broke off") from exc
        try:
            answer = smtp.getreply()
        except (OSError, smtplib.SMTPException) as exc:
            raise UnsureError("the mail server took all of the mail, and did not answer", status="no_answer") from exc
        if answer[0] == 421:  # it goes away, and says that it did not take the mail
            raise LinkLostError("the mail server closes")
        if answer[0] not in _TAKEN and not 400 <= answer[0] < 600:
            raise UnsureError("the mail server answered what is neither yes nor no", status="no_answer")
        self._want(answer, "mail")

    def _options(self, envelope: Envelope) -> str:
        smtp, size = self._smtp, len(envelope.content)
        most = smtp.esmtp_features.get("size", "")
        if most.isascii() and most.isdigit() and 0 < int(most[:20]) < size:
            raise SendError("the mail is larger than the mail server takes", permanent=True, status="5.3.4")
        options = f" SIZE={size}" if smtp.has_extn("size") else ""
        international = not (envelope.sender.isascii() and envelope.recipient.isascii())
        if not envelope.content.isascii():
            header = envelope.content.partition(b"\r\n\r\n")[0]
            international = international or not header.isascii()
            if not smtp.has_extn("8bitmime"):
                raise SendError("the mail server takes no 8-bit mail", permanent=True, status="5.6.3")
            options += " BODY=8BITMIME"
        if international and not smtp.has_extn("smtputf8"):
            raise SendError("the mail server takes no international addresses", permanent=True, status="5.6.7")
        smtp.command_encoding = "utf-8" if international else "ascii"
        return options + (" SMTPUTF8" if international else "")

    def _want(self, answer: tuple[int, bytes], what: str, *, code: int = 250) -> None:
        """Return when a server's answer is the wanted one; otherwise put the session back to its beginning."""
        if answer[0] == code or (code == 250 and answer[0] in _TAKEN):
            return
        if answer[0] == 421 or (code == 354 and answer[0] < 400):
            raise LinkLostError("the mail server closes, or does not speak as it should")
        try:
            reset = self._smtp.rset()[0]
        except (OSError, smtplib.SMTPException):
            reset = 0
        if reset != 250:
            self.close()
        raise refusal(*answer, what)

    @property
    def is_open(self) -> bool:
        """Whether another mail can be tried."""
        return self._smtp.sock is not None

    def close(self) -> None:
        """Go, without waiting for a farewell."""
        self._smtp.close()


def refusal(code: int, text: bytes, what: str) -> SendError:
    """Give the error that a server's answer is: its enhanced code (RFC 3463) where it has one, else its code."""
    enhanced = _ENHANCED.match(text.decode("ascii", "replace"))
    permanent = 500 <= code < 600 and code not in _ABOUT_US
    status = enhanced[1] if enhanced else str(code)
    of_recipient = what == "recipient" or status.startswith("5.1.")  # some look for the mailbox once they have the mail
    return SendError(
        f"the mail server refused the {what}: {status}",
        permanent=permanent,
        status=status,
        address_fails=of_recipient and speaks_of_mailbox(status),
    )


def _want(answer: tuple[int, bytes], code: int) -> None:
    if answer[0] != code:
        raise SendError("the mail server does not serve us now", permanent=False, status=str(answer[0]))


def _stuffed(content: bytes) -> bytes:
    """Give a mail as DATA wants it: a dot before a dot that begins a line, and the dot that ends it all."""
    dotted = content.replace(b"\r\n.", b"\r\n..")
    return (b"." if content.startswith(b".") else b"") + dotted + b".\r\n"
