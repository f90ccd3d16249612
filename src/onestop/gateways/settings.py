"""Senders as a file sets them: tables `[senders.NAME]` with gateway and settings, and `[test]` for test mode."""

from __future__ import annotations

import tomllib
from abc import abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator

from onestop.core.enquiry import Channel
from onestop.core.model import Frozen
from onestop.errors import OnestopError, RequestError
from onestop.gateways.base import Sender
from onestop.gateways.limited import Limited
from onestop.gateways.local import FileSender
from onestop.gateways.notify import NotifySender
from onestop.gateways.routes import Routes
from onestop.gateways.safe import SafeSender
from onestop.gateways.simulated import SimulatedSender
from onestop.gateways.smtp import SmtpSender
from onestop.gateways.twilio import TwilioSender

__all__ = ["load_sender"]


class _Settings(Frozen):
    """What every gateway can be told."""

    channels: tuple[Channel, ...] = Field(min_length=1)
    per_second: float | None = Field(default=None, gt=0, le=100_000)
    burst: int = Field(default=1, ge=1, le=1_000_000)

    @abstractmethod
    def sender(self) -> Sender:
        """Give the sender, without its limit."""


class _Smtp(_Settings):
    channels: tuple[Channel, ...] = Field(default=("email",), min_length=1)
    host: str = Field(min_length=1)
    port: int | None = Field(default=None, ge=1, le=65_535)
    envelope_from: str
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    null_for_automatic: bool = True
    verp: bool = False
    hello: str | None = None
    timeout_s: float = Field(default=60, gt=0, le=600)

    def sender(self) -> Sender:
        return SmtpSender(
            self.host,
            self.port,
            envelope_from=self.envelope_from,
            security=self.security,
            username=self.username,
            password=self.password.get_secret_value() if self.password else None,
            null_for_automatic=self.null_for_automatic,
            verp=self.verp,
            hello=self.hello,
            timeout_s=self.timeout_s,
        )


class _Twilio(_Settings):
    channels: tuple[Channel, ...] = Field(default=("sms", "chat"), min_length=1)
    base_url: str | None = None
    timeout_s: float = Field(default=30, gt=0, le=600)

    def sender(self) -> Sender:
        return TwilioSender(base_url=self.base_url, timeout_s=self.timeout_s)


class _Notify(_Settings):
    channels: tuple[Channel, ...] = Field(default=("sms",), min_length=1)
    api_key: SecretStr
    base_url: str | None = None
    timeout_s: float = Field(default=30, gt=0, le=600)

    def sender(self) -> Sender:
        return NotifySender(self.api_key.get_secret_value(), base_url=self.base_url, timeout_s=self.timeout_s)


class _File(_Settings):
    folder: Path

    def sender(self) -> Sender:
        return FileSender(self.folder)


class _Simulated(_Settings):
    def sender(self) -> Sender:
        return SimulatedSender()


class _Test(Frozen):
    safe: tuple[str, ...] = ()
    redirect_email: str | None = None

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        try:
            self.around(SimulatedSender())
        except RequestError as exc:
            raise ValueError(str(exc)) from None
        return self

    def around(self, sender: Sender) -> Sender:
        return SafeSender(sender, safe=self.safe, redirect_email=self.redirect_email)


_GATEWAYS: dict[str, Callable[..., _Settings]] = {
    "smtp": _Smtp,
    "twilio": _Twilio,
    "notify": _Notify,
    "file": _File,
    "simulated": _Simulated,
}


def load_sender(path: str | Path) -> Sender:
    """
    Give the sender that a TOML file sets: what `Desk` takes as `sender`.

    Each table `[senders.NAME]` has a `gateway` (smtp, twilio, notify, file, simulated), the `channels` that go by it,
    and the settings of the gateway's sender; `per_second` and `burst` limit it. A table `[test]` with `safe` and
    `redirect_email` keeps messages from leaving for anybody else.

    Raises:
        RequestError: the file cannot be read, or has mistakes; all of them are told, one a line, and no setting's value
            is quoted: it may be a secret.
    """
    path = Path(path)
    document = _read(path)
    mistakes = [f"{key}: is not known here; known are senders, test" for key in document.keys() - {"senders", "test"}]
    tables = document.get("senders")
    if not isinstance(tables, dict) or not tables:
        mistakes.append("senders: there must be at least one table [senders.NAME]")
        tables = {}
    sender = Routes(_routes(tables, mistakes))
    test = _test(document["test"], mistakes) if "test" in document else None
    if mistakes:
        told = (f"{path.name}: {each}" for each in sorted(mistakes))
        raise RequestError("\n".join([f"{path.name} has mistakes", *told]))
    return test.around(sender) if test else sender


def _routes(tables: Mapping[str, Any], mistakes: list[str]) -> dict[str, Sender]:
    routes: dict[str, Sender] = {}
    for name, table in tables.items():
        settings = _settings(table, f"senders.{name}", mistakes)
        if settings is None:
            continue
        try:
            sender = settings.sender()
        except OnestopError as exc:
            mistakes.append(f"senders.{name}: {exc}")
            continue
        if settings.per_second:
            sender = Limited(sender, per_second=settings.per_second, burst=settings.burst)
        mistakes += [
            f"senders.{name}: channels: {channel} goes by another sender already"
            for channel in settings.channels
            if channel in routes
        ]
        routes |= dict.fromkeys(settings.channels, sender)
    return routes


def _settings(table: Any, where: str, mistakes: list[str]) -> _Settings | None:
    gateway = table.get("gateway") if isinstance(table, dict) else None
    if not isinstance(gateway, str) or gateway not in _GATEWAYS:
        mistakes.append(f"{where}: must be a table whose gateway is one of {', '.join(_GATEWAYS)}")
        return None
    try:
        return _GATEWAYS[gateway](**{key: value for key, value in table.items() if key != "gateway"})
    except ValidationError as exc:
        mistakes += _told(exc, where)
        return None


def _test(table: Any, mistakes: list[str]) -> _Test | None:
    try:
        return _Test.model_validate(table)
    except ValidationError as exc:
        mistakes += _told(exc, "test")
        return None


def _told(error: ValidationError, where: str) -> list[str]:
    """Give each mistake by its key and what would be right; pydantic's own text would end with the value."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [": ".join([where, *(str(part) for part in each["loc"]), each["msg"]]) for each in found]


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as exc:
        raise RequestError(f"{str(path)!r} cannot be read: {exc.strerror or 'there is no such file'}") from exc
    except UnicodeDecodeError as exc:
        raise RequestError(f"{path.name} must be written in UTF-8") from exc
    except (ValueError, RecursionError) as exc:  # TOML's message names the place, and quotes a mark at most
        raise RequestError(f"{path.name} is not TOML: {str(exc)[:200]}") from exc
