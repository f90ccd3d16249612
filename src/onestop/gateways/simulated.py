"""
A gateway that is not there: takes, refuses and reports as Notify and Twilio do for the recipients they keep for tests.

GOV.UK Notify documentation, "Testing" (a test API key's numbers and addresses); Twilio documentation, "Test
credentials", magic numbers for SMS (both read 2026-03-02).
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import deque
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from onestop.core.gateway import GatewayRequest, Message, Raw
from onestop.errors import OptedOutError, SendError
from onestop.gateways.base import Sent

__all__ = ["Report", "SimulatedSender"]

_MOST_REPORTS = 10_000
_NOTIFY, _TWILIO = "api.notifications.service.gov.uk", "api.twilio.com"

# Notify's words, by recipient; every other one is delivered.
_FAILING = {
    "tel:+447700900002": "permanent-failure",
    "tel:+447700900003": "temporary-failure",
    "mailto:perm-fail@simulator.notify": "permanent-failure",
    "mailto:temp-fail@simulator.notify": "temporary-failure",
}
_TWILIOS = {"permanent-failure": ("undelivered", "30005"), "temporary-failure": ("undelivered", "30003")}
_BOUNCES = {"permanent-failure": "5.1.1", "temporary-failure": "4.2.2"}

_OPTED_OUT = "21610"
# What Twilio refuses at once, and its code for it.
_REFUSED = {
    "tel:+15005550001": "21211",  # no valid number
    "tel:+15005550002": "21612",  # it cannot be routed to
    "tel:+15005550003": "21408",  # the account may not send to that country
    "tel:+15005550004": _OPTED_OUT,
    "tel:+15005550009": "21614",  # it takes no texts
}


_NUMBER_FAILS = frozenset({"21211", "21614"})


class Report(NamedTuple):
    """A delivery report that the simulated gateway would send, to be given to the adapter of its kind."""

    gateway: str  # notify, twilio, email
    raw: Raw


class SimulatedSender:
    """
    Carries nothing anywhere, and behaves by the recipient, so that a tester can drive every way that a message can go.

    | recipient | what happens |
    | --- | --- |
    | 07700 900002, perm-fail@simulator.notify | taken, then reported as failed for good |
    | 07700 900003, temp-fail@simulator.notify | taken, then reported as failed for now |
    | +1 500 555 0001, …2, …3, …4, …9 | refused at once by Twilio's code 21211, 21612, 21408, 21610, 21614 |
    | every other | taken, then reported as delivered |

    Only the last ten thousand reports are kept.
    """

    idempotent = True  # the same id is the same message, and the same report

    def __init__(self) -> None:
        self._pending: deque[tuple[Message, str, str]] = deque(maxlen=_MOST_REPORTS)
        self._lock = threading.Lock()

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        """
        Take a message, or refuse it.

        Raises:
            SendError: the recipient is one that is refused at once.
            OptedOutError: … since they want no more.
        """
        if code := _REFUSED.get(message.recipient.key):
            if code == _OPTED_OUT:
                raise OptedOutError("the simulated gateway was told that the recipient wants no more", status=code)
            raise SendError(
                f"the simulated gateway answered {code}",
                permanent=True,
                status=code,
                address_fails=code in _NUMBER_FAILS,
            )
        host = urlsplit(request.url).hostname
        gateway = "notify" if host == _NOTIFY else "twilio" if host == _TWILIO else "email"
        gateway_id = _id_of(message, gateway)
        with self._lock:
            self._pending.append((message, gateway, _message_id(request) or gateway_id))
        return Sent(gateway_id if gateway != "email" else None, simulated=True)

    def reports(self, now: datetime) -> list[Report]:
        """Give the reports that have not been given yet, in the order of the messages: requests that came `now`."""
        with self._lock:
            pending = list(self._pending)
            self._pending.clear()
        make = {"notify": _notifys, "twilio": _twilios, "email": _mails}
        found = []
        for message, gateway, known_as in pending:
            status = _FAILING.get(message.recipient.key, "delivered")
            if gateway == "email" and status == "delivered":
                continue  # a mail server says nothing of what arrived
            found.append(Report(gateway, make[gateway](message, known_as, status, now)))
        return found


def _notifys(message: Message, notifys_id: str, status: str, now: datetime) -> Raw:
    kind = {"email": "email", "post": "letter"}.get(message.channel, "sms")
    content = {
        "id": notifys_id,
        "reference": message.id,
        "to": message.recipient.path,
        "status": status,
        "created_at": message.created_at.isoformat(),
        "completed_at": now.isoformat(),
        "sent_at": message.created_at.isoformat(),
        "notification_type": kind,
    }
    return Raw(body=json.dumps(content).encode(), received_at=now, headers={"Content-Type": "application/json"})


def _twilios(message: Message, sid: str, status: str, now: datetime) -> Raw:
    said, code = _TWILIOS.get(status, ("delivered", ""))
    prefix = "whatsapp:" if message.channel == "chat" else ""
    form = {"MessageSid": sid, "MessageStatus": said, "To": prefix + message.recipient.path}
    body = urlencode(form | ({"ErrorCode": code} if code else {})).encode()
    return Raw(body=body, received_at=now, headers={"Content-Type": "application/x-www-form-urlencoded"})


def _mails(message: Message, message_id: str, status: str, now: datetime) -> Raw:
    code = _BOUNCES[status]
    lines = [
        "From: Mail Delivery System <mailer-daemon@simulator.notify>",
        "Subject: Delivery report",
        f"Message-ID: <report.{hashlib.sha256(message_id.encode()).hexdigest()[:24]}@simulator.notify>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=report"',
        "",
        "--=report",
        "",
        "The message could not be delivered.",
        "--=report",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; simulator.notify",
        "",
        f"Final-Recipient: rfc822; {message.recipient.path}",
        "Action: failed",  # for now, too, it is the server's last word: it has given up
        f"Status: {code}",
        "--=report",
        "Content-Type: text/rfc822-headers",
        "",
        f"Message-ID: <{message_id}>",
        "--=report--",
        "",
    ]
    return Raw(body="\r\n".join(lines).encode(), received_at=now, headers={"Content-Type": "message/rfc822"})


def _message_id(request: GatewayRequest) -> str | None:
    """Give the Message-ID that a mail's header has."""
    if not request.url.startswith("mailto:"):
        return None
    for line in request.body.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"message-id":
            return value.decode("ascii", "replace").strip().strip("<>")
    return None


def _id_of(message: Message, gateway: str) -> str:
    digest = hashlib.sha256(message.id.encode()).hexdigest()
    if gateway == "twilio":
        return f"SM{digest[:32]}"
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
