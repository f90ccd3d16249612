"""
Fetching the files that a gateway keeps: only from hosts that are allowed, only so large, only of some types.

An address comes from outside, and whoever sends it chooses what this machine connects to. So the host must be allowed,
at each redirect anew; its name is resolved once, and the connection goes to the very address that was looked at.
"""

from __future__ import annotations

import base64
import ipaddress
import socket
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple, Protocol
from urllib.parse import SplitResult, urljoin, urlsplit

from onestop.core.photos import sniff
from onestop.errors import MissingExtraError
from onestop.gateways.base import Fetched, NotFetched

__all__ = ["HttpTransport", "MediaFetcher", "Response", "Transport"]

# Where Twilio keeps media, and where its API redirects to (Twilio, "Media resource", read 2026-03-02).
_TWILIO = ("api.twilio.com", "media.twiliocdn.com", "mms.twiliocdn.com")
_TYPES = ("image/*", "audio/*", "application/pdf")
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TRY_AGAIN = frozenset({401, 403, 404, 408, 425, 429})  # a key that is being changed, a file that is not there yet
_TRANSLATED = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))
_PORTS = {"https": 443, "http": 80}


class Response(Protocol):
    """What a transport gives: the head at once, the body as it comes, neither decoded nor followed."""

    status: int
    headers: Mapping[str, str]  # lower-case names

    def chunks(self) -> Iterator[bytes]:
        """Give the body in pieces."""
        ...


class Transport(Protocol):
    """One GET request; no redirect is followed."""

    def get(
        self, url: str, *, address: str, headers: Mapping[str, str], timeout_s: float
    ) -> AbstractContextManager[Response]:
        """
        Connect to `address`, an IP address of the URL's host, and ask for the URL; TLS is proved for the host's name.

        Raises:
            OSError: no answer.
        """
        ...


class _Stop(Exception):  # a result on its way out of the nested steps of one fetch
    def __init__(self, code: str, *, permanent: bool) -> None:
        super().__init__(code)
        self.result = NotFetched(code, permanent)


class _Step(NamedTuple):
    """What one request gave: a file, or where to look next."""

    fetched: Fetched | None
    location: str | None


class MediaFetcher:
    """
    Fetches over HTTPS from allowed hosts; a host may be written `*.example.org` for all below it.

    Args:
        allow_hosts: left out: Twilio's. Redirects are followed to these only.
        max_bytes: of one file; a larger one is never held in memory.
        media_types: what may come, `image/*` for a kind; told by the content where it can be told.
        timeout_s: for one file, all redirects together.
        auth: user and password for Basic authentication, by host: Twilio's account SID and auth token. They are sent to
            that host only, whatever redirects say.
        allow_private: also take plain HTTP and addresses of private networks and of this machine: for a gateway in the
            council's own network. The port may then be any.
        transport: HTTPX's when left out.

    Raises:
        MissingExtraError: no transport is given, and the extra `http` is not installed.
    """

    def __init__(
        self,
        *,
        allow_hosts: Collection[str] = _TWILIO,
        max_bytes: int = 20 << 20,
        media_types: Collection[str] = _TYPES,
        timeout_s: float = 20,
        auth: Mapping[str, tuple[str, str]] | None = None,
        allow_private: bool = False,
        transport: Transport | None = None,
    ) -> None:
        self._hosts = frozenset(host.lower() for host in allow_hosts)
        self._max_bytes = max_bytes
        self._types = frozenset(media_types)
        self._timeout_s = timeout_s
        self._auth = {host.lower(): _basic(*pair) for host, pair in (auth or {}).items()}
        self._allow_private = allow_private
        self._transport = transport or HttpTransport()

    def fetch(self, url: str, /) -> Fetched | NotFetched:
        """
        Give the file at an address, or why there is none.

        For good: `host_not_allowed`, `address_private`, `too_large`, `type_not_allowed`, `gone`, `refused` (a 4xx),
        `redirects`, `encoded`. For now: `unreachable`, `timeout`, `unavailable` (401, 403, 404, 429, 5xx: the key is
        being changed, the file is not there yet, the gateway is down).
        """
        deadline = time.monotonic() + self._timeout_s
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                step = self._step(url, deadline)
                if step.fetched is not None:
                    return step.fetched
                url = urljoin(url, step.location or "")
        except _Stop as stop:
            return stop.result
        except (OSError, ValueError):
            return NotFetched("unreachable", permanent=False)
        return NotFetched("redirects", permanent=True)

    def _step(self, url: str, deadline: float) -> _Step:
        parts = self._allowed(url)
        assert parts.hostname is not None
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "onestop"}
        if parts.hostname in self._auth:
            headers["Authorization"] = self._auth[parts.hostname]
        address = self._resolved(parts)
        with self._transport.get(url, address=address, headers=headers, timeout_s=_left(deadline)) as response:
            if response.status in _REDIRECTS and "location" in response.headers:
                return _Step(None, response.headers["location"])
            _check_status(response.status)
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise _Stop("encoded", permanent=True)  # we asked for it as it is: what unfolds may be without end
            content = self._body(response, deadline)
        return _Step(self._fetched(content, response.headers.get("content-type", "")), None)

    def _allowed(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise _Stop("host_not_allowed", permanent=True) from None
        below = {f"*.{host.split('.', dots)[dots]}" for dots in range(1, host.count(".") + 1)}
        schemes = ("https", "http") if self._allow_private else ("https",)
        usual_port = self._allow_private or port in (None, _PORTS.get(parts.scheme))
        if parts.scheme not in schemes or not usual_port or not ({host, *below} & self._hosts):
            raise _Stop("host_not_allowed", permanent=True)
        return parts

    def _resolved(self, parts: SplitResult) -> str:
        """Give the one address to connect to; a name of which any address is private is not connected to at all."""
        port = parts.port or _PORTS[parts.scheme]
        found = [str(info[4][0]) for info in socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)]
        if not self._allow_private and not all(_is_public(address) for address in found):
            raise _Stop("address_private", permanent=True)
        return found[0]

    def _body(self, response: Response, deadline: float) -> bytes:
        promised = response.headers.get("content-length", "")
        if promised.isascii() and promised.isdigit() and len(promised) < 20 and int(promised) > self._max_bytes:
            raise _Stop("too_large", permanent=True)
        content = bytearray()
        for chunk in response.chunks():
            content += chunk
            if len(content) > self._max_bytes:
                raise _Stop("too_large", permanent=True)
            _left(deadline)
        return bytes(content)

    def _fetched(self, content: bytes, content_type: str) -> Fetched:
        said = content_type.partition(";")[0].strip().lower()
        media_type = sniff(content) or said
        kind, slash, _ = media_type.partition("/")
        if not slash or not {media_type, f"{kind}/*", "*/*"} & self._types:
            raise _Stop("type_not_allowed", permanent=True)
        return Fetched(content, media_type)


class HttpTransport:
    """
    The transport of the extra `http`: HTTPX, with the system's certificates, and no proxy of the environment.

    Raises:
        MissingExtraError: the extra is not installed.
    """

    def __init__(self) -> None:
        try:
            import httpx2
        except ImportError as exc:
            raise MissingExtraError("fetching files needs HTTPX: pip install 'onestop-council[http]'") from exc
        self._errors: tuple[type[Exception], ...] = (httpx2.HTTPError, httpx2.InvalidURL)
        self._timeout = httpx2.Timeout
        # No connection is kept: one that was proved for a host must not serve another host at the same address.
        limits = httpx2.Limits(max_keepalive_connections=0)
        self._client = httpx2.Client(follow_redirects=False, trust_env=False, limits=limits)

    @contextmanager
    def get(self, url: str, *, address: str, headers: Mapping[str, str], timeout_s: float) -> Iterator[Response]:
        """
        Ask for a URL at an address.

        Raises:
            OSError: no answer.
        """
        parts = urlsplit(url)
        host = f"[{address}]" if ":" in address else address
        netloc = f"{host}:{parts.port}" if parts.port else host
        request = self._client.build_request(
            "GET",
            parts._replace(netloc=netloc, fragment="").geturl(),
            headers={**headers, "Host": parts.netloc.rpartition("@")[2]},
            extensions={"sni_hostname": parts.hostname or ""},
            timeout=self._timeout(timeout_s),
        )
        try:
            response = self._client.send(request, stream=True)
            try:
                yield _HttpResponse(response.status_code, dict(response.headers), response.iter_raw)
            finally:
                response.close()
        except self._errors as exc:
            raise OSError("the host of a file gave no answer") from exc


class _HttpResponse:
    def __init__(self, status: int, headers: Mapping[str, str], chunks: Callable[[], Iterator[bytes]]) -> None:
        self.status = status
        self.headers = headers
        self.chunks = chunks


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _is_public(address: str) -> bool:
    """
    Say whether an address is one of the internet's; IPv4 within IPv6 is looked at as what it is.

    A translator (RFC 6052, RFC 8215) takes IPv4 within IPv6 to any network, and no gateway has such an address.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.is_site_local or ip.is_reserved or any(ip in network for network in _TRANSLATED):
            return False
        ip = ip.ipv4_mapped or ip.sixtofour or ip
    return ip.is_global and not ip.is_multicast


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise _Stop("timeout", permanent=False)
    return left


def _check_status(status: int) -> None:
    if status == 200:
        return
    if status in _TRY_AGAIN or status >= 500:
        raise _Stop("unavailable", permanent=False)
    raise _Stop("gone" if status == 410 else "refused", permanent=True)
