"""
A process that sends, and is killed between the gateway's taking a message and our record of it; run as a script.

    dying.py URL LOG PURPOSE    takes three texts in, replies to each for the purpose, and sends: each message that the
                                gateway takes stands in LOG, and with the second reply the process is killed
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from onestop import Actor, Desk, load_policy, open_store
from onestop.channels.sms import TwilioSms
from onestop.core.gateway import GatewayRequest, Message
from onestop.gateways import Sent
from onestop.stores import Store

if __package__:
    from .payloads import Clock, Payloads
else:
    from payloads import Clock, Payloads  # type: ignore[import-not-found,no-redef]  # as a script, it stands beside

ALICE = Actor(kind="worker", id="alice")
CITIZENS = ("07700 900101", "07700 900102", "07700 900103")
SMS = TwilioSms(auth_token="token", account_sid="AC1", from_number="+441632960100")


class Gateway:
    """Writes down what it takes before anything else happens, as a gateway does that has taken it."""

    def __init__(self, log: Path, *, idempotent: bool = False, dies_with: int | None = None) -> None:
        self.idempotent = idempotent
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._dies_with = dies_with

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        os.write(self._log, f"{message.id}\n".encode())
        os.fsync(self._log)
        if self._dies_with is not None:
            self._dies_with -= 1
            if not self._dies_with:
                os.kill(os.getpid(), signal.SIGKILL)
        return Sent(f"gw-{message.id}")


def open_desk(url: str, clock: Clock, gateway: Gateway) -> tuple[Store, Desk]:
    store, policy = open_store(url), load_policy(Path(__file__).parent / "policy")
    return store, Desk(store, policy, {"twilio_sms": SMS}, sender=gateway, clock=clock)


def main(url: str, log: Path, purpose: str) -> None:
    clock = Clock()
    _, desk = open_desk(url, clock, Gateway(log, dies_with=len(CITIZENS) + 2))
    payloads = Payloads(clock)
    references = [desk.receive(*payloads.text("Graffiti", sender=citizen))[0].reference for citizen in CITIZENS]
    desk.run_due()  # the acknowledgements
    for reference in references:
        desk.reply(str(reference), text="Cleaned today.", purpose=purpose, by=ALICE)
    desk.run_due()
    raise SystemExit("the process was not killed")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
