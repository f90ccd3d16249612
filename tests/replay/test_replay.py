"""A day is replayed: the same events every time, and every difference told."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from onestop.errors import ReplayError
from onestop.gateways import CollectingSender
from onestop.policy import load_policy
from onestop.replay import Day, Played, load_day, replay
from onestop.stores import open_store

PRINT_DIGEST = "import sys; from onestop.replay import load_day, replay; print(replay(load_day(sys.argv[1])).digest)"


def told(played: Played) -> list[str]:
    return [str(difference) for difference in played.differences]


def test_the_day_at_northport_goes_as_it_was_expected_to(northport: Path) -> None:
    day = load_day(northport / "day")

    done = replay(day)

    assert [(played.number, str(difference)) for played, difference in done.differences] == []
    assert len({step.file for step in day.steps if step.file}) >= 50


def test_a_day_that_goes_as_expected_has_no_difference(small: Day) -> None:
    done = replay(small)

    assert done.differences == []
    assert [played.number for played in done.steps] == list(range(1, 23))


def test_a_day_gives_the_same_events_every_time(northport: Path) -> None:
    day = load_day(northport / "day")

    first, second = replay(day), replay(day)

    assert first.events == second.events
    assert first.digest == second.digest


def test_a_day_gives_the_same_events_in_every_process(northport: Path) -> None:
    command = [sys.executable, "-c", PRINT_DIGEST, str(northport / "day")]

    digests = {
        subprocess.run(
            command, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.splitlines()[-1]
        for seed in ("0", "1", "4711")
    }

    assert len(digests) == 1


def test_another_seed_gives_other_events(small: Day) -> None:
    other = replace(small, seed="another")

    assert replay(small).digest != replay(other).digest


def test_a_day_in_a_file_has_the_events_of_one_in_memory(small: Day, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'day.db'}")

    in_a_file = replay(small, store=store)

    store.close()
    assert in_a_file.events == replay(small).events


def test_a_day_is_not_replayed_into_a_store_that_holds_something(small: Day) -> None:
    store = open_store("sqlite://")
    replay(small, store=store)

    with pytest.raises(ReplayError, match="empty store"):
        replay(small, store=store)

    store.close()


def test_another_policy_can_stand_in_for_the_days_own(small: Day, northport: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(northport / "policy", tmp_path / "policy")
    rules = folder / "rules.toml"
    rules.write_text(rules.read_text("utf-8").replace('id = "bin-words"', 'id = "other-words"'), "utf-8")

    done = replay(small, policy=load_policy(folder))

    assert [str(difference) for _, difference in done.differences] == ["rule: expected bin-words, got other-words"]


def test_what_goes_out_reaches_the_sender_too(small: Day) -> None:
    sender = CollectingSender()

    done = replay(small, sender=sender)

    assert [message.id for message in done.sent] == [message.id for message, _ in sender.sent] != []


def test_each_step_is_told_when_it_is_done(small: Day) -> None:
    told_of: list[int] = []

    replay(small, on_step=lambda played: told_of.append(played.number))

    assert told_of == list(range(1, 23))


def test_every_kind_of_difference_is_told(wrong: Day) -> None:
    first, unsigned, *_ = replay(wrong).steps

    assert told(first) == [
        "outcome: expected asked, got opened",
        "service: expected graffiti, got missed-bin",
        "priority: expected urgent, got normal",
        "flags: expected emergency, got none",
        "state: expected closed, got new",
        "state_type: expected closed, got new",
        "rule: expected graffiti-words, got bin-words",
        "kind: expected auto_reply, got message",
        "defects: expected charset_wrong, got none",
        "code: expected payload, got nothing",
        "language: expected cy, got nothing",
        "text: expected 'Something else.', got 'Our grey bin was not emptied on Friday.'",
        "location: expected postcode 'CH99 4NP', got nothing",
        "meta: expected spam yes, got spam nothing",
    ]
    assert told(unsigned) == [
        "outcome: expected opened, got nothing",
        "case: expected never, got nothing",
        "status: expected 200, got 403",
    ]


def test_an_error_that_nobody_expected_is_a_difference(wrong: Day) -> None:
    steps = replay(wrong).steps

    assert told(steps[2])[0].startswith("""error: expected nothing, got "action: 'close' does not lead""")
    assert told(steps[3]) == ["state: expected new, got in_progress", "code: expected action, got nothing"]
    assert told(steps[4]) == ["""error: expected nothing, got "replay: the case 'never' was never opened\""""]


def test_a_restriction_that_cannot_be_is_a_difference(wrong: Day) -> None:
    restricted, lifted = replay(wrong).steps[8:]

    assert len(told(restricted)) == 1
    assert "request: a restriction ends at a moment in the future" in told(restricted)[0]
    assert told(lifted) == ["code: expected request, got contact_point"]


def test_an_answer_to_a_message_that_was_never_sent_is_a_difference(wrong: Day) -> None:
    early = replay(wrong).steps[5]

    assert len(early.differences) == 1
    assert "{{reply_to bin}}: no message that has one was sent about this case" in told(early)[0]


def test_a_payload_that_says_several_things_has_a_receipt_for_each(small: Day) -> None:
    bounce = replay(small).steps[12]

    assert [receipt.outcome for receipt in bounce.receipts] == ["recorded", "rejected"]
    assert told(bounce) == []


def test_a_payload_that_says_fewer_things_than_expected_is_a_difference(wrong: Day) -> None:
    steps = replay(wrong).steps

    assert told(steps[6]) == [
        "things said: expected 2, got 1",
        "outcome: expected opened, got nothing",
        "case: expected second, got nothing",
    ]
    assert told(steps[7]) == []
