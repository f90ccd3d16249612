"""A process that is killed between sending and the record: the message is in doubt, shown, resolved by its purpose."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from onestop import Desk
from onestop.core.case import Case
from onestop.core.events import MessageUpdated
from onestop.stores import Store

from . import dying
from .payloads import Clock


class Killed:
    """A store whose process was killed while it sent, opened again after the lease has run out."""

    def __init__(self, folder: Path, purpose: str) -> None:
        self.url, self.log = f"sqlite:///{folder / 'onestop.db'}", folder / "taken"
        command = [sys.executable, dying.__file__, self.url, self.log, purpose]
        self.code = subprocess.run(command, check=False, timeout=60).returncode
        self.clock = Clock()
        self.clock.pass_time(minutes=6)
        self.opened: list[Store] = []

    def desk(self, *, idempotent: bool = False) -> Desk:
        store, desk = dying.open_desk(self.url, self.clock, dying.Gateway(self.log, idempotent=idempotent))
        self.opened.append(store)
        return desk

    def taken(self) -> Counter[str]:
        return Counter(self.log.read_text().split())


@pytest.fixture
def kill(tmp_path: Path) -> Iterator[Callable[[str], Killed]]:
    made: list[Killed] = []

    def begin(purpose: str) -> Killed:
        made.append(Killed(tmp_path, purpose))
        return made[-1]

    yield begin
    for each in made:
        for store in each.opened:
            store.close()


def replies(desk: Desk) -> dict[str, str]:
    """Give the state of each reply by its message's id."""
    told = [desk.case(case.reference).messages()[1] for case in desk.cases()]
    return {message.id: state for message, state in told if message is not None}


def run_until_idle(desk: Desk, clock: Clock) -> None:
    for _ in range(4):
        desk.run_due()
        clock.pass_time(minutes=2)


def flagged(desk: Desk) -> list[Case]:
    return [case for case in desk.cases() if "message_failed" in case.flags]


def test_what_was_under_way_is_in_doubt_and_shown_to_a_person_and_nothing_else_is(
    kill: Callable[[str], Killed],
) -> None:
    killed = kill("service_update")
    desk = killed.desk()
    last_taken = killed.log.read_text().split()[-1]

    run_until_idle(desk, killed.clock)

    assert killed.code == -signal.SIGKILL
    states = replies(desk)
    assert {message for message, state in states.items() if state == "in_doubt"} == {last_taken}
    assert sorted(states.values()) == ["in_doubt", "sent", "sent"]
    assert max(killed.taken().values()) == 1  # nobody got anything twice
    assert set(killed.taken()) >= set(states)  # what was not begun went when the lease had run out
    assert len(flagged(desk)) == 1
    assert list(desk.verify()) == []


@pytest.mark.parametrize(("purpose", "idempotent"), [("urgent", False), ("service_update", True)])
def test_it_is_sent_again_where_the_purpose_is_urgent_or_the_gateway_knows_a_repeat(
    kill: Callable[[str], Killed], purpose: str, idempotent: bool
) -> None:
    killed = kill(purpose)
    desk = killed.desk(idempotent=idempotent)

    run_until_idle(desk, killed.clock)

    assert set(replies(desk).values()) == {"sent"}
    assert flagged(desk) == []
    doubts = [
        event
        for case in desk.cases()
        for event in desk.case(case.reference).events()
        if isinstance(event, MessageUpdated) and event.state == "in_doubt"
    ]
    assert len(doubts) == 1  # sent again by itself, and still told
    assert sorted(times for message, times in killed.taken().items() if message in replies(desk)) == [1, 1, 2]
    assert list(desk.verify()) == []
