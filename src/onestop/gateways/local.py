"""Senders that stay on this machine: a folder that a person can open, a terminal, a list in memory."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import TextIO

from onestop.core.gateway import GatewayRequest, Message
from onestop.errors import SendError
from onestop.gateways.base import Sent

__all__ = ["CollectingSender", "ConsoleSender", "FileSender"]


class FileSender:
    """
    Puts e-mail into a maildir and everything else into JSON lines, one file a channel.

    `folder/mail/new/*.eml` can be opened with any mail program; `folder/sms.jsonl` has one message a line. A message
    that is sent again replaces itself in the maildir, and stands in the JSON lines once more.
    """

    idempotent = frozenset({"email"})

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        self._lock = threading.Lock()

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        """
        Write a message.

        Raises:
            SendError: the folder cannot be written to; trying again may help.
        """
        try:
            if message.channel == "email":
                self._mail(message, request)
            else:
                self._line(message)
        except OSError as exc:
            raise SendError("the folder of sent messages cannot be written to", permanent=False) from exc
        return Sent(message.id)

    def _mail(self, message: Message, request: GatewayRequest) -> None:
        mail = self._folder / "mail"
        for part in ("tmp", "new", "cur"):  # a maildir has all three
            (mail / part).mkdir(parents=True, exist_ok=True)
        temporary = mail / "tmp" / f"{message.id}.eml"
        with temporary.open("wb") as file:
            file.write(request.body)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(mail / "new" / f"{message.id}.eml")

    def _line(self, message: Message) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        line = json.dumps(message.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)
        with self._lock, (self._folder / f"{message.channel}.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


class ConsoleSender:
    """Writes messages to a terminal, for development; what it shows is personal, so that it is no log."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        """Write a message."""
        subject = f"{message.subject}\n" if message.subject else ""
        text = f"── {message.channel} to {message.recipient.path} ({message.purpose})\n{subject}{message.text}\n"
        with self._lock:
            self._stream.write(text)
            self._stream.flush()
        return Sent(message.id)


class CollectingSender:
    """Keeps messages in a list, for tests and replay."""

    def __init__(self) -> None:
        self.sent: list[tuple[Message, GatewayRequest]] = []

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        """Keep a message."""
        self.sent.append((message, request))
        return Sent(message.id)
