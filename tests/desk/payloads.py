"""Payloads as gateways send them, for the tests of the desk."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from onestop import Raw

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MARY = "07700 900101"
MARY_URN = "tel:+447700900101"
TOM = "tom.price@example.org"
TOM_URN = f"mailto:{TOM}"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class Payloads:
    """Makes payloads that arrive at the clock's time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._count = 0

    def _next(self) -> int:
        self._count += 1
        return self._count

    def text(self, words: str, *, sender: str = MARY, sid: str | None = None) -> tuple[str, Raw]:
        sid = sid if sid is not None else f"SM{self._next()}"
        form = {"From": sender, "To": "01632 960100", "Body": words} | ({"MessageSid": sid} if sid else {})
        return "twilio_sms", self.raw(urlencode(form).encode())

    def report(self, message: str, status: str, **fields: str) -> tuple[str, Raw]:
        form = {"MessageSid": message, "MessageStatus": status, "To": MARY} | fields
        return "twilio_sms", self.raw(urlencode(form).encode())

    def mail(
        self, words: str, *, sender: str = TOM, name: str = "Tom Price", message_id: str | None = None, **headers: str
    ) -> tuple[str, Raw]:
        given = {
            "From": f"{name} <{sender}>",
            "To": "contact@saltmarsh.example",
            "Date": "Mon, 2 Mar 2026 09:00:00 +0000",
            "Message-ID": f"<{message_id or f'{self._next()}@mail.example'}>",
            "Subject": "To the council",
        } | {header.replace("_", "-"): value for header, value in headers.items()}
        head = "".join(f"{header}: {value}\r\n" for header, value in given.items())
        return "email", self.raw(f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n".encode())

    def call(self, notes: str, **fields: Any) -> tuple[str, Raw]:
        note = {"id": f"N{self._next()}", "number": MARY, "entered_by": "alice", "notes": notes} | fields
        return "call_note", self.raw(json.dumps(note).encode())

    def cti(self, event: str, *, call: str = "c1", sender: str = MARY, **fields: str) -> tuple[str, Raw]:
        form = {"event": event, "callId": call, "direction": "in", "from": sender, "to": "01632 960100"} | fields
        return "cti", self.raw(urlencode(form).encode())

    def form(self, message: str, **fields: str) -> tuple[str, Raw]:
        return "web_form", self.raw(urlencode({"email": TOM, "message": message} | fields).encode())

    def raw(self, body: bytes) -> Raw:
        return Raw(body=body, received_at=self._clock.now, url="https://saltmarsh.example/in")
