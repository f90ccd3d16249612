"""E-mail by a mail server: the adapter makes the mail, the sender its envelope."""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections.abc import Callable

from onestop.core.contact import mailto_urn
from onestop.core.gateway import GatewayRequest, Message
from onestop.errors import ContactPointError, RequestError, SendError
from onestop.gateways.base import Sent
from onestop.gateways.smtp_link import Envelope, Link, LinkLostError, Security, Server

__all__ = ["SmtpSender"]

_PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
_NOT_IN_PATH = re.compile(r"[\x00-\x20<>\x7f]")  # what would end the address in a command
_NOT_LOCAL = re.compile(r"[^A-Za-z0-9.\-]")
_LOCAL_LIMIT = 64  # RFC 5321, 4.5.3.1.1


class SmtpSender:
    """
    Hands e-mail to a mail server, over one connection that is kept and renewed.

    A server that goes away before it has all of a mail has not taken it, and is asked once more on a new connection;
    one that goes away afterwards may have taken it.

    Args:
        host: the mail server.
        port: left out: 587 for STARTTLS, 465 for TLS from the beginning, 25 for none.
        security: `starttls`, `tls` or `none`; the first two prove the server, and never fall back to the last.
        username, password: to log in; both or neither, and never without TLS.
        envelope_from: where bounces go (RFC 5321's reverse-path); the adapter of e-mail must receive them.
        null_for_automatic: automatic mail has the empty reverse-path, so that nothing is ever answered to it (RFC 3834,
            3.3). Its bounces are lost: turn it off where you would rather know, or the server refuses it.
        verp: write the message's id into the reverse-path, `local+id@domain`, so that a bounce names it.
        hello: the name that this machine gives itself; left out: the one that it has.
        timeout_s: for connecting, and for each mail.
        idle_s: a connection that was idle for longer is renewed first.
        tls: left out: the system's certificates, the name checked.
        clock: seconds, steady; tells how long a connection was idle.

    Raises:
        RequestError: settings that do not fit each other.
    """

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        envelope_from: str,
        security: Security = "starttls",
        username: str | None = None,
        password: str | None = None,
        null_for_automatic: bool = True,
        verp: bool = False,
        hello: str | None = None,
        timeout_s: float = 60,
        idle_s: float = 20,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if security not in _PORTS:
            raise RequestError(f"security must be one of {', '.join(_PORTS)}")
        if (username is None) != (password is None) or (username is not None and security == "none"):
            raise RequestError("username and password go together, and only over TLS")
        try:
            self._from = mailto_urn(envelope_from).path
        except ContactPointError:
            raise RequestError("envelope_from must be an e-mail address") from None
        login = (username, password) if username is not None and password is not None else None
        self._server = Server(
            host, port or _PORTS[security], security, login, hello, tls or ssl.create_default_context()
        )
        self._null_for_automatic, self._verp = null_for_automatic, verp
        self._timeout_s, self._idle_s, self._clock = timeout_s, idle_s, clock
        self._lock = threading.Lock()
        self._link: Link | None = None
        self._used_at = 0.0

    def __repr__(self) -> str:
        return f"SmtpSender({self._server.host!r}, {self._server.port})"

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        """
        Hand a mail over. There is no `gateway_id`: what servers report names the Message-ID, which is ours.

        Raises:
            SendError: the server did not take it; `status` is its enhanced code (RFC 3463), or its code.
            UnsureError: it had all of the mail, and did not answer.
        """
        envelope = Envelope.of(self._sender_of(message), _recipient_of(request), request.body)
        with self._lock:
            link, is_new = self._ready()
            try:
                self._deliver(link, envelope)
            except LinkLostError as exc:
                if is_new:
                    raise _broke_off() from exc
                try:  # it was closed while it was idle
                    self._deliver(self._renewed(), envelope)
                except LinkLostError:
                    raise _broke_off() from exc
        return Sent()

    def close(self) -> None:
        """Close the connection; the next message opens one."""
        with self._lock:
            self._drop()

    def _deliver(self, link: Link, envelope: Envelope) -> None:
        try:
            link.deliver(envelope)
        except SendError:
            if not link.is_open:
                self._drop()
            raise
        except BaseException:  # whatever it was: the server is in the middle of something
            self._drop()
            raise
        finally:
            self._used_at = self._clock()

    def _ready(self) -> tuple[Link, bool]:
        if self._link is not None and self._clock() - self._used_at <= self._idle_s:
            return self._link, False
        return self._renewed(), True

    def _renewed(self) -> Link:
        self._drop()
        self._link = Link(self._server, self._timeout_s)
        return self._link

    def _drop(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def _sender_of(self, message: Message) -> str:
        if message.automatic and self._null_for_automatic:
            return ""
        if not self._verp:
            return self._from
        local, _, domain = self._from.rpartition("@")
        named = f"{local}+{_NOT_LOCAL.sub('_', message.id)}"
        return f"{named}@{domain}" if len(named) <= _LOCAL_LIMIT and not local.startswith('"') else self._from


def _recipient_of(request: GatewayRequest) -> str:
    scheme, _, address = request.url.partition(":")
    if scheme != "mailto":
        raise SendError("this sender carries e-mail only", permanent=False, status="no_route")
    if not address or _NOT_IN_PATH.search(address):
        raise SendError(
            "the address cannot be written in an envelope", permanent=True, status="5.1.3", address_fails=True
        )
    return address


def _broke_off() -> SendError:
    return SendError("the mail server broke off before it had the mail", permanent=False, status="connection_lost")
