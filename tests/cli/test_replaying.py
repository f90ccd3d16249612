"""replay and demo: recorded days."""

import json
from pathlib import Path

from tests.cli.conftest import NORTHPORT, Run

TESTS = Path(__file__).parents[1]
DAYS = TESTS / "replay" / "days"


def test_a_day_that_goes_as_expected_ends_well(run: Run) -> None:
    done = run("replay", DAYS / "small")

    assert (done.code, done.err) == (0, "")
    assert done.lines[0] == f"{DAYS / 'small'}: 22 steps, 29 events, 3 messages: all as expected"
    assert done.lines[1].startswith("events: sha256 ")


def test_differences_are_told_by_their_steps(run: Run) -> None:
    done = run("replay", DAYS / "wrong", DAYS / "small")

    assert done.code == 1
    assert done.lines[:4] == [
        "step 1, 2026-03-02 08:00:00, receive post bin.eml",
        "  All of this is wrong.",
        "  outcome: expected asked, got opened",
        "  service: expected graffiti, got missed-bin",
    ]
    assert done.lines[-2].endswith("all as expected")


def test_a_replay_is_printed_as_json(run: Run) -> None:
    *steps, day = run("replay", DAYS / "wrong", "--json").objects

    assert [step["step"] for step in steps] == list(range(1, 11))
    assert steps[0]["differences"][0] == {"key": "outcome", "expected": "asked", "got": "opened"}
    assert day["differences"] == sum(len(step["differences"]) for step in steps)


def test_a_broken_day_tells_every_mistake(run: Run) -> None:
    done = run("replay", DAYS / "broken")

    head, *mistakes = done.err.splitlines()
    assert (done.code, done.out) == (2, "")
    assert head == f"onestop: {len(mistakes)} mistakes in day.toml"
    assert mistakes[0] == "  day.toml: sed: is not known here; known are policy, seed, adapters, steps"


def test_a_folder_of_fixtures_is_replayed(run: Run) -> None:
    folder = TESTS / "channels" / "sms" / "fixtures" / "twilio_sms"

    done = run("replay", folder)

    assert done.code == 0
    assert done.out.endswith(" of twilio_sms: all as expected\n")


def test_a_fixture_that_differs_is_told(run: Run, tmp_path: Path) -> None:
    fixture = {"request": {"body": "From=%2B447700900118&Body=Bin&MessageSid=SM1"}, "enquiries": []}
    (tmp_path / "one.json").write_text(json.dumps(fixture), "utf-8")

    done = run("replay", tmp_path, "--adapter", "twilio_sms")
    *checked, total = run("replay", tmp_path, "--adapter", "twilio_sms", "--json").objects

    assert (done.code, done.lines[0]) == (1, str(tmp_path / "one.json"))
    assert "  text: expected nothing, got Bin" in done.lines
    assert total["differences"] == len(checked[0]["differences"]) > 0


def test_the_demo_shows_where_each_enquiry_went_and_why(run: Run, tmp_path: Path) -> None:
    done = run("demo", "--store", f"sqlite:///{tmp_path / 'day.db'}")

    assert done.code == 0
    assert done.lines[0].split() == ["time", "by", "payload", "outcome", "case", "service", "why"]
    assert done.lines[2].split()[:4] == ["07:12", "email", "001-missed-bin", "opened"]
    assert done.lines[2].split()[5:] == ["missed-bin", "bin-words"]
    assert all(len(line) <= 100 for line in done.lines[: done.lines.index("")])
    assert list((tmp_path / "day-sent" / "mail" / "new").glob("*.eml"))


def test_the_demo_shows_no_address_in_its_table(run: Run, tmp_path: Path) -> None:
    done = run("demo", "--store", f"sqlite:///{tmp_path / 'day.db'}")

    shown = "\n".join(done.lines[: done.lines.index("")])
    assert "@" not in shown
    assert "+44" not in shown


def test_what_the_demo_says_to_try_works(run: Run, tmp_path: Path) -> None:
    done = run("demo", "--store", f"sqlite:///{tmp_path / 'day.db'}")

    hints = [line.split()[1:] for line in done.lines if line.startswith("  onestop ")]
    assert [hint[0] for hint in hints] == ["explain", "case", "cases"]
    assert [run(*hint).code for hint in hints] == [0, 0, 0]


def test_the_demo_can_leave_nothing_behind_but_what_it_sent(run: Run, tmp_path: Path) -> None:
    done = run("demo", "--store", "sqlite://")

    assert (done.code, done.lines[-1]) == (0, "All as expected. The store was in memory, and is gone.")
    assert list(tmp_path.iterdir()) == []


def test_the_demos_store_verifies(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'day.db'}"
    run("demo", "--store", url)

    done = run("verify", "--store", url)

    assert (done.code, done.lines[-1].endswith("all agree")) == (0, True)


def test_the_demo_does_not_mix_with_a_store_that_holds_something(run: Run, reference: str) -> None:
    done = run("demo", "--store", "sqlite:///onestop.db")

    assert (done.code, done.out) == (2, "")
    assert done.err == "onestop: a day is replayed into an empty store: name a new file\n"


def test_the_demo_is_printed_as_json(run: Run, tmp_path: Path) -> None:
    *payloads, summary = run("demo", "--store", f"sqlite:///{tmp_path / 'day.db'}", "--json").objects

    assert summary["policy"] == str((NORTHPORT / "policy").resolve())
    assert summary["differences"] == 0
    assert payloads[0]["outcome"] == "opened"
    assert {"refused", "opened", "joined", "asked", "repeat", "recorded", "rejected"} == {
        p["outcome"] for p in payloads
    }
