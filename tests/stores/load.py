"""
A load of payloads over four channels, and processes that carry it to a desk; run as a script by the tests beside it.

    load.py receive URL FIRST LAST      waits for a line, receives them, prints a receipt a line
    load.py crash URL LOG SEED TIMES    again and again: starts a process that receives for ever, kills it at a random
                                        moment; each receipt given stands in LOG
"""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import structlog

from onestop import Desk, Raw, Receipt, open_store
from onestop.channels import Adapter
from onestop.channels.email import Email
from onestop.channels.phone import CallNote
from onestop.channels.sms import TwilioSms
from onestop.channels.web import WebForm
from onestop.policy import compile_policy
from onestop.stores import Store
from onestop.testing.stores.bench import POLICY

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WORDS = ("Graffiti on the wall", "My bin was not emptied", "The lamp is dark", "Thank you", "Still there, Siân says")
SHORTEST_S, LONGEST_S = 0.03, 0.15  # of work before a process is killed
BATCH = 5


def adapters() -> dict[str, Adapter]:
    return {"email": Email(), "twilio_sms": TwilioSms(), "call_note": CallNote(), "web_form": WebForm()}


def open_desk(url: str) -> tuple[Store, Desk]:
    store = open_store(url)
    return store, Desk(store, compile_policy(POLICY), adapters())


def payload(number: int) -> tuple[str, Raw]:
    """Give the payload of this number: each is another one, by one of some citizens; every ninth cannot be read."""
    words, citizen = f"{WORDS[number % 5]} ({number})", number % 23
    at = START + timedelta(seconds=number)
    mobile, address = f"07700 9001{citizen:02}", f"jo.{citizen}@example.org"
    if number % 9 == 8:
        return "call_note", Raw(body=b"{broken %d" % number, received_at=at)
    match number % 4:
        case 0:
            head = f"From: Jo <{address}>\r\nTo: contact@saltmarsh.example\r\nMessage-ID: <{number}@example.org>\r\n"
            return "email", Raw(body=f"{head}Subject: {WORDS[number % 5]}\r\n\r\n{words}\r\n".encode(), received_at=at)
        case 1:
            form = {"From": mobile, "To": "01632 960100", "Body": words, "MessageSid": f"SM{number}"}
            return "twilio_sms", Raw(body=urlencode(form).encode(), received_at=at)
        case 2:
            note = {"id": f"N{number}", "number": mobile, "entered_by": "alice", "notes": words}
            return "call_note", Raw(body=json.dumps(note).encode(), received_at=at)
    return "web_form", Raw(body=urlencode({"email": address, "message": words}).encode(), received_at=at)


def entry(number: int, receipt: Receipt) -> str:
    shown = {"number": number, "outcome": receipt.outcome, "reference": receipt.reference, "enquiry": receipt.enquiry}
    return json.dumps({**shown, "rejected": receipt.rejected}) + "\n"


def receive(url: str, first: int, last: int) -> None:
    sys.stdin.readline()
    store, desk = open_desk(url)
    for number in range(first, last):
        for receipt in desk.receive(*payload(number)):
            sys.stdout.write(entry(number, receipt))
    store.close()


def receive_for_ever(url: str, log: int, first: int, ready: int) -> None:
    """Receive one by one and in batches; what is logged has been given, and is on the disk before the next begins."""
    _, desk = open_desk(url)
    os.write(ready, b".")
    for number in numbers(first):
        name, raw = payload(number)
        if number % 4 == 1:
            batch = [one for one in range(number, number + 4 * BATCH, 4) if one % 9 != 8]
            received = desk.receive_many(name, [payload(one)[1] for one in batch])
            lines = [entry(one, receipt) for one, each in zip(batch, received, strict=True) for receipt in each]
        else:
            lines = [entry(number, receipt) for receipt in desk.receive(name, raw)]
        os.write(log, "".join(lines).encode())
        os.fsync(log)


def numbers(first: int) -> Iterator[int]:
    number = first
    while True:
        if number % 9 != 8 or number % 4 != 1:
            yield number
        number += 1


def crash(url: str, log: Path, seed: int, times: int) -> None:
    """Fork, since importing takes longer than the work; nothing is open on this side of it."""
    moments = random.Random(seed)
    for turn in range(times):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            receive_for_ever(url, os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), turn * 1_000, writing)
        os.close(writing)
        if os.read(reading, 1) != b".":
            raise SystemExit(f"the process of turn {turn} ended before it began")
        time.sleep(moments.uniform(SHORTEST_S, LONGEST_S))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(reading)
        if not os.WIFSIGNALED(status):
            raise SystemExit(f"the process of turn {turn} ended by itself")


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    match sys.argv[1:]:
        case ["receive", url, first, last]:
            receive(url, int(first), int(last))
        case ["crash", url, log, seed, times]:
            crash(url, Path(log), int(seed), int(times))
