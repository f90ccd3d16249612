"""Processes and threads on one store: every payload exactly once, nothing lost, nobody turned away."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from onestop import Actor, Desk, Receipt
from onestop.channels.email import Email
from onestop.gateways import CollectingSender
from onestop.policy import compile_policy
from onestop.stores import Store
from onestop.stores.base import CaseFilter
from onestop.testing.stores.bench import POLICY

from . import load

PAYLOADS = 120
THREADS = 8
ALICE = Actor(kind="worker", id="alice")
SENDING = {"email": Email(reply_key="a key", from_address="contact@saltmarsh.example")}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'onestop.db'}"


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    store, desk = load.open_desk(url)
    yield desk
    store.close()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store, _ = load.open_desk(url)
    yield store
    store.close()


def once_and_repeated(outcomes: list[tuple[int, str]], times: int) -> bool:
    """Say whether of each payload one was taken in, or rejected, and all others recognised as its repeats."""
    by_number: dict[int, Counter[str]] = {}
    for number, outcome in outcomes:
        by_number.setdefault(number, Counter())["repeat" if outcome == "repeat" else "first"] += 1
    return by_number == {number: Counter(first=1, repeat=times - 1) for number in range(PAYLOADS)}


def assert_whole(desk: Desk) -> None:
    """See that every event is there and nothing disagrees."""
    counts = desk.counts()
    readable = [number for number in range(PAYLOADS) if number % 9 != 8]
    assert list(desk.verify()) == []
    assert counts["enquiries"] == len(readable)
    assert counts["rejected"] == PAYLOADS - len(readable)
    assert counts["events"] == sum(case.version for case in desk.cases())


def test_two_processes_that_get_the_same_payloads_take_each_in_once(url: str) -> None:
    # The file is not there yet: both make it, too.
    command = [sys.executable, load.__file__, "receive", url, "0", str(PAYLOADS)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()

    results = [process.communicate(timeout=120) for process in processes]

    assert [process.returncode for process in processes] == [0, 0], results
    receipts = [json.loads(line) for output, _ in results for line in output.splitlines()]
    assert once_and_repeated([(receipt["number"], receipt["outcome"]) for receipt in receipts], times=2)
    store, desk = load.open_desk(url)
    assert_whole(desk)
    store.close()


def test_threads_on_one_desk_take_each_payload_in_once(desk: Desk) -> None:
    def receive(number: int) -> tuple[int, str]:
        return number, desk.receive(*load.payload(number))[0].outcome

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(receive, [*range(PAYLOADS), *reversed(range(PAYLOADS))]))

    assert once_and_repeated(outcomes, times=2)
    assert_whole(desk)


def test_batches_and_single_payloads_of_several_threads_fit_together(desk: Desk) -> None:
    texts = [number for number in range(PAYLOADS) if load.payload(number)[0] == "twilio_sms"]

    def single(number: int) -> list[Receipt]:
        return desk.receive(*load.payload(number))

    def batch(start: int) -> list[Receipt]:
        raws = [load.payload(number)[1] for number in texts[start : start + 10]]
        return [receipt for receipts in desk.receive_many("twilio_sms", raws) for receipt in receipts]

    with ThreadPoolExecutor(THREADS) as pool:
        singles = [pool.submit(single, number) for number in texts]
        batches = [pool.submit(batch, start) for start in range(0, len(texts), 10)]
    receipts = [receipt for future in singles + batches for receipt in future.result()]

    assert Counter(receipt.outcome == "repeat" for receipt in receipts) == {True: len(texts), False: len(texts)}
    assert desk.counts()["enquiries"] == len(texts)
    assert list(desk.verify()) == []


def test_two_people_who_act_at_once_are_both_heard(desk: Desk) -> None:
    reference = desk.receive(*load.payload(0))[0].reference
    assert reference is not None

    def note(number: int) -> None:
        desk.note(reference, f"note {number}", by=ALICE)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(note, range(40)))

    notes = [entry.text for entry in desk.case(reference).timeline() if entry.kind == "note_added"]
    assert sorted(notes, key=str) == sorted((f"note {number}" for number in range(40)), key=str)
    assert list(desk.verify()) == []


def test_a_reader_during_writes_sees_one_moment(desk: Desk, store: Store) -> None:
    done = threading.Event()
    seen: list[tuple[int, int, int]] = []

    def watch() -> None:
        while not done.is_set():
            with store.read() as reader:
                cases = reader.cases(CaseFilter(), after=None, limit=10_000).cases
                events, counts = reader.changes(0, 100_000), reader.counts()
            seen.append((counts["events"], len(events), sum(case.version for case in cases)))

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        for number in range(PAYLOADS):
            desk.receive(*load.payload(number))
        done.set()
        watching.result()

    assert len({counted for counted, _, _ in seen}) > 1, "the reader never saw a write"
    assert [numbers for numbers in seen if len(set(numbers)) != 1] == []


def test_who_follows_the_changes_while_they_are_written_misses_none(desk: Desk) -> None:
    done = threading.Event()
    followed: list[int] = []

    def follow() -> None:
        cursor = 0
        while True:
            last_look = done.is_set()
            for change in desk.changes(after=cursor, limit=7):
                followed.append(cursor := change.cursor)
            if last_look and not desk.changes(after=cursor, limit=1):
                return

    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(follow)
        with ThreadPoolExecutor(4) as writers:
            list(writers.map(lambda number: desk.receive(*load.payload(number)), range(PAYLOADS)))
        done.set()
        following.result()

    assert followed == [change.cursor for change in desk.changes(limit=100_000)]


def test_desks_that_send_at_once_never_send_the_same_message(url: str) -> None:
    senders = [CollectingSender() for _ in range(4)]
    stores = [load.open_desk(url)[0] for _ in senders]
    desks = [
        Desk(store, compile_policy(POLICY), SENDING, sender=sender, clock=lambda: load.START + timedelta(days=1))
        for store, sender in zip(stores, senders, strict=True)
    ]
    desks[0].receive_many("email", [load.payload(number)[1] for number in range(0, 400, 4) if number % 9 != 8])
    queued = desks[0].counts()["messages"]

    with ThreadPoolExecutor(len(desks)) as pool:
        list(pool.map(lambda desk: desk.run_due(), desks))

    sent = [message.id for sender in senders for message, _ in sender.sent]
    assert queued > 20
    assert len(sent) == len(set(sent)) == queued
    assert list(desks[0].verify()) == []
    for store in stores:
        store.close()
