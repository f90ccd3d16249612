"""
An outbox of 100,000 due messages drained, beside a bare loop that gives the same messages to the same transport.

    python benchmarks/outbox.py

The transport takes a message in a time of its own (`--transport-ms`), as a gateway does; the loop has the messages in
memory and records nothing. Memory is the peak of a process of its own that drains the whole outbox, at a transport that
takes no time; so is what one message costs of its computing time, which shows whether a long queue costs more.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from council import policy
from harness import Spread, table
from logs import log_to
from onestop import Desk, Raw, open_store
from onestop.channels.sms import TwilioSms
from onestop.core.gateway import GatewayRequest, Message
from onestop.gateways import Sent

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SMS = TwilioSms(auth_token="token", account_sid="AC1", from_number="+441632960100")
BATCH = 500


class Transport:
    """Takes a message in its own time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.took = 0

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        if self._seconds:
            until = time.perf_counter() + self._seconds
            while time.perf_counter() < until:  # a sleep would be as coarse as the machine's timer
                pass
        self.took += 1
        return Sent(f"gw-{self.took}")


def fill(path: Path, count: int) -> None:
    """Take texts in, each by somebody else, so that each is acknowledged."""
    desk = Desk(open_store(f"sqlite:///{path}"), policy(), {"sms": SMS}, clock=lambda: START)
    for first in range(0, count, BATCH):
        raws = []
        for number in range(first, min(first + BATCH, count)):
            sender = f"+4479{number:08}"
            form = {"From": sender, "To": "01632 960100", "Body": "Graffiti", "MessageSid": f"SM{number}"}
            raws.append(Raw(body=urlencode(form).encode(), received_at=START))
        desk.receive_many("sms", raws)


def drain(path: Path, seconds: float, limit: int) -> tuple[int, float]:
    """Send at most `limit`; give how many were sent, and the seconds they took."""
    transport = Transport(seconds)
    later = START + timedelta(minutes=1)
    desk = Desk(open_store(f"sqlite:///{path}"), policy(), {"sms": SMS}, sender=transport, clock=lambda: later)
    began = time.perf_counter()
    sent = desk.run_due(limit=limit).sent
    took = time.perf_counter() - began
    return sent, took


class Drained(NamedTuple):
    """What a process of its own needed to drain an outbox."""

    sent: int
    peak_mb: float
    computing_ms: float  # of a message

    @classmethod
    def of(cls, path: Path) -> Drained:
        """Drain an outbox in a process of its own."""
        command = [sys.executable, __file__, "--drain", str(path)]
        sent, peak_mb, computing_ms = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        return cls(int(sent), float(peak_mb), float(computing_ms))


def drain_all(path: Path) -> None:
    """Drain an outbox, and say what this process needed."""
    began = time.process_time()
    sent, _ = drain(path, 0.0, 10_000_000)
    computing = time.process_time() - began
    print(sent, peak_mb(), computing / max(1, sent) * 1000)


def peak_mb() -> float:
    """Give the most memory that this process had; Linux has it of this program alone, others of whoever began it."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def bare(path: Path, seconds: float, count: int) -> tuple[int, float]:
    """Give messages to the transport and do nothing else."""
    store = open_store(f"sqlite:///{path}")
    with store.read() as reader:
        records = reader.outbox(("queued", "sent"), None, after=None, limit=count)
        messages = [Message.model_validate_json(reader.content(record.content) or b"") for record in records]
    transport = Transport(seconds)
    began = time.perf_counter()
    for message in messages:
        transport.send(message, SMS.render(message))
    took = time.perf_counter() - began
    store.close()
    return len(messages), took


def main() -> None:
    parser = argparse.ArgumentParser(description="An outbox drained, beside a bare loop over the same transport.")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--each", type=int, default=2_000, help="sent in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--transport-ms", type=float, default=10.0)
    parser.add_argument("--folder", type=Path, help="where the store goes: a disk, not a file system in memory")
    parser.add_argument("--quick", action="store_true", help="a small outbox: shows that it runs, measures nothing")
    parser.add_argument("--drain", type=Path, help=argparse.SUPPRESS)  # what the processes of their own are told
    options = parser.parse_args()
    if options.drain is not None:
        with Path(os.devnull).open("wb") as nowhere:
            log_to(nowhere)
            drain_all(options.drain)
        return
    count, each, rounds = (200, 50, 1) if options.quick else (options.messages, options.each, options.rounds)
    seconds = options.transport_ms / 1000
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="onestop-benchmark-") as name:
        with Path(os.devnull).open("wb") as nowhere:
            log_to(nowhere)
            many, few = Path(name) / "many.db", Path(name) / "few.db"
            fill(many, count)
            fill(few, min(1_000, count))
            ratios, own = [], []
            for _ in range(rounds):
                loop_count, loop_took = bare(many, seconds, each)
                sent, took = drain(many, seconds, each)
                ratios.append((took / sent) / (loop_took / loop_count))
                own.append((took / sent - loop_took / loop_count) * 1000)
            small, large = Drained.of(few), Drained.of(many)
        rows = [
            [f"drain, a transport of {options.transport_ms:g} ms", f"{Spread.of(ratios):.2f} times the bare loop"],
            ["of our own, a message", f"{Spread.of(own):.2f} ms"],
            [f"peak memory, {small.sent:,} messages", f"{small.peak_mb:.1f} MB"],
            [
                f"peak memory, {large.sent:,} messages",
                f"{large.peak_mb:.1f} MB ({large.peak_mb / small.peak_mb:.2f} times)",
            ],
            [f"computing, a message of {small.sent:,}", f"{small.computing_ms:.2f} ms"],
            [
                f"computing, a message of {large.sent:,}",
                f"{large.computing_ms:.2f} ms ({large.computing_ms / small.computing_ms:.2f} times)",
            ],
        ]
        print(table(["what", "measured"], rows))


if __name__ == "__main__":
    main()
