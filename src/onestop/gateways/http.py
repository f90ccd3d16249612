"""
One request to a gateway over HTTP, so that afterwards it is known whether the gateway can have taken it.

Each request has a connection of its own. One that is kept may have been closed by the gateway just as we write, and
then nobody knows whether the message was taken: a handshake costs less than a person who has to find out. It is the
standard library's client, since the plain installation sends, too; no redirect is followed, and no proxy of the
environment is used.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, cast
from urllib.parse import SplitResult, urlsplit

from pydantic_core import from_json

from onestop.core.gateway import GatewayRequest
from onestop.errors import RateLimitedError, RequestError, SendError, UnsureError
from onestop.gateways.deadline import Deadline, reader_of

__all__ = ["Answer", "Http", "error_of", "retry_after"]

_MOST_BYTES = 1 << 16  # of an answer: an id, a status, the message repeated
_MOST_INTERIM = 20  # answers, of which the last is the answer
_LONGEST_WAIT_S = 86_400.0  # a gateway that asks for more is asked again tomorrow
# What says nothing of this message: a key that is being changed, an account that is set up, a gateway that is busy.
_TRY_AGAIN = frozenset({401, 402, 403, 404, 405, 407, 408, 409, 421, 423, 425})


class Answer(NamedTuple):
    """What a gateway answered."""

    status: int
    headers: Mapping[str, str]  # lower-case names
    body: bytes

    def fields(self) -> dict[str, Any]:
        """Give the object that the body is in JSON; empty where it is none."""
        try:
            content = from_json(self.body, allow_inf_nan=False)
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}


class Http:
    """
    Sends one gateway's requests.

    Args:
        host: the gateway's, and the only one that is connected to.
        base_url: where its API is reached in place of `https://host`, such as a relay of the council's own network;
            plain `http` is for this machine alone.
        timeout_s: for all of one exchange, from the name's lookup to the answer's last byte.
        tls: left out: the system's certificates, the name checked.

    Raises:
        RequestError: `base_url` is no such address.
    """

    def __init__(
        self, host: str, *, base_url: str | None = None, timeout_s: float = 30, tls: ssl.SSLContext | None = None
    ) -> None:
        self._host = host
        self._base = _base(base_url or f"https://{host}")
        self._timeout_s = timeout_s
        self._tls = tls or ssl.create_default_context()

    def ask(self, request: GatewayRequest, headers: Mapping[str, str] | None = None) -> Answer:
        """
        Give the gateway's answer to a request, whatever it is.

        Raises:
            SendError: the gateway cannot have got all of the request.
            UnsureError: it may have, and gave no answer that can be read.
        """
        try:
            parts = urlsplit(request.url)
        except ValueError:  # half an IPv6 address; no cause: it may quote
            raise SendError("the request's URL cannot be read", permanent=True, status="request_invalid") from None
        if parts.hostname != self._host:
            raise SendError(f"this sender carries requests to {self._host} only", permanent=False, status="no_route")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {"User-Agent": "onestop", "Accept": "application/json", "Connection": "close"}
        deadline = Deadline(self._timeout_s)
        sock = self._connected(deadline)
        try:
            self._write(sock, request, target, sent | dict(request.headers) | dict(headers or {}), deadline)
            return _read(sock, request.method, deadline)
        finally:
            sock.close()

    def _connected(self, deadline: Deadline) -> socket.socket:
        host, port = self._base.hostname or "", self._base.port or (443 if self._base.scheme == "https" else 80)
        try:
            sock = socket.create_connection((host, port), timeout=deadline.left())
        except OSError as exc:
            raise SendError("the gateway cannot be reached", permanent=False, status="unreachable") from exc
        if self._base.scheme == "http":
            return sock
        try:
            sock.settimeout(deadline.left())
            return self._tls.wrap_socket(sock, server_hostname=host)
        except OSError as exc:
            sock.close()
            raise SendError("the gateway is not proved by TLS", permanent=False, status="tls") from exc

    def _write(
        self, sock: socket.socket, request: GatewayRequest, target: str, headers: Mapping[str, str], deadline: Deadline
    ) -> None:
        connection = http.client.HTTPConnection(self._base.hostname or "", self._base.port)
        writer = _Writer()
        connection.sock = cast(socket.socket, writer)
        try:
            connection.request(request.method, self._base.path.rstrip("/") + target, request.body, dict(headers))
        except (ValueError, http.client.HTTPException) as exc:  # a line's end within a header or the URL
            raise SendError("the request cannot be written", permanent=True, status="request_invalid") from exc
        try:
            sock.settimeout(deadline.left())
            sock.sendall(writer.written)  # what fails here has not handed over the last byte: nothing was taken
        except OSError as exc:
            raise SendError("the gateway broke off", permanent=False, status="connection_lost") from exc


class _Writer:
    """Takes what the client writes, so that all of it goes out at once."""

    def __init__(self) -> None:
        self.written = bytearray()

    def sendall(self, data: bytes) -> None:
        self.written += data


class _Source:
    """The socket as the client's response wants it."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file

    def makefile(self, mode: str) -> io.BufferedReader:
        return self._file


def _read(sock: socket.socket, method: str, deadline: Deadline) -> Answer:
    source = cast(socket.socket, _Source(reader_of(sock, deadline)))
    said: list[http.client.HTTPResponse] = []  # kept until the last is read: each would close the file with itself
    try:
        for _ in range(_MOST_INTERIM):
            said.append(http.client.HTTPResponse(source, method=method))
            said[-1].begin()
            if not 100 <= said[-1].status < 200:  # what comes before an answer decides nothing (RFC 9110, 15.2)
                break
        response = said[-1]
        headers = {name.lower(): value for name, value in response.getheaders()}
    except TimeoutError as exc:
        raise UnsureError("the gateway gave no answer in time", status="timeout") from exc
    except (OSError, ValueError, http.client.HTTPException) as exc:
        raise UnsureError("the gateway gave no answer", status="connection_lost") from exc
    body = bytearray()
    try:
        while len(body) <= _MOST_BYTES and (piece := response.read1(_MOST_BYTES)):
            body += piece
    except (OSError, ValueError, http.client.HTTPException):
        body.clear()  # what it decided stands in the status; half a body is none
    return Answer(response.status, headers, bytes(body) if len(body) <= _MOST_BYTES else b"")


def error_of(
    answer: Answer, name: str, code: str | None, *, temporary: bool = False, address_fails: bool = False
) -> SendError | UnsureError:
    """
    Give the error that an answer beside 2xx is; `code` is the gateway's own, where it gave one.

    A 303 says that something was done, a 504 that a server in between waited in vain, and what is below 200 says
    nothing yet: each may have been taken. Every other refusal was none; `temporary` says that the gateway's own code
    speaks of now, `address_fails` that it speaks of the recipient's address.
    """
    status, said = answer.status, code or str(answer.status)
    if status in (303, 504) or status < 200:
        return UnsureError(f"{name} answered {status}: it may have taken the message", status=said)
    if status == 429:
        wait = retry_after(answer)
        return RateLimitedError(f"{name} takes no more for now", retry_after_s=60.0 if wait is None else wait)
    permanent = 400 <= status < 500 and status not in _TRY_AGAIN and not temporary
    return SendError(
        f"{name} answered {status}",
        permanent=permanent,
        status=said,
        retry_after_s=retry_after(answer),
        address_fails=address_fails,
    )


def retry_after(answer: Answer) -> float | None:
    """Give how many seconds a gateway wants to be left alone (RFC 9110, 10.2.3): at least one, at most a day."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        seconds = float(said[:12])
    else:
        try:  # a date is measured by the gateway's own clock where it gives it
            until, now = parsedate_to_datetime(said), answer.headers.get("date")
            seconds = (
                _aware(until) - (_aware(parsedate_to_datetime(now)) if now else datetime.now(UTC))
            ).total_seconds()
        except (ValueError, OverflowError):
            return None
    return min(max(seconds, 1.0), _LONGEST_WAIT_S)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _base(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise RequestError("base_url is no address") from None
    if parts.scheme == "https" and host and "@" not in parts.netloc:
        return parts
    if parts.scheme == "http" and _is_here(host) and "@" not in parts.netloc:
        return parts
    raise RequestError("base_url must begin with https://; http:// is for this machine alone")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
