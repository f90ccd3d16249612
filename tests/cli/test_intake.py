"""parse, receive, rejected: payloads on their way in."""

import io
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.conftest import FILES, NORTHPORT, Run

from onestop import Desk, load_policy, open_store
from onestop.channels import discover


def take_in(database: Path, rejected: str) -> None:
    """Let a message of ours have the gateway id that a report names, and retry the report."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE onestop_message SET gateway_id = 'SM0009', state = 'sent'")
    connection.close()
    store = open_store(f"sqlite:///{database}")
    Desk(store, load_policy(NORTHPORT / "policy")).retry(rejected)
    store.close()


def test_parse_prints_an_enquiry_as_json_and_touches_no_store(run: Run, tmp_path: Path) -> None:
    done = run("parse", "email", FILES / "bin.eml", "--json")

    [enquiry] = done.objects
    assert (done.code, done.err) == (0, "")
    assert enquiry["sender"] == "mailto:mary.whitfield@mail.example"
    assert enquiry["text"] == "Our grey bin was not emptied on Friday."
    assert enquiry["attachments"] == []
    assert list(tmp_path.iterdir()) == []


def test_parse_prints_json_without_being_asked_to(run: Run) -> None:
    done = run("parse", "twilio_sms", FILES / "graffiti.txt", FILES / "graffiti.txt")

    assert [enquiry["source_id"] for enquiry in done.objects] == ["SM0001", "SM0001"]


def test_parse_reads_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((FILES / "bin.eml").read_bytes())))

    done = run("parse", "email", "-")

    assert done.objects[0]["subject"] == "Missed bin"


def test_json_holds_nothing_that_steers_a_terminal(run: Run, tmp_path: Path) -> None:
    words = "A hole \x9b31m \x1b[2J \u202e here"
    mail = tmp_path / "steers.eml"
    mail.write_bytes(f"From: mary@mail.example\nContent-Type: text/plain; charset=utf-8\n\n{words}\n".encode())

    done = run("parse", "email", mail)

    assert all(line.isprintable() for line in done.lines)
    assert "\x9b" in done.objects[0]["text"]


def test_parse_tells_what_cannot_be_read_and_goes_on(run: Run) -> None:
    done = run("parse", "email", FILES / "picture.eml", FILES / "bin.eml")

    wrong, enquiry = done.objects
    assert done.code == 1
    assert (wrong["error"], wrong["file"]) == ("payload", str(FILES / "picture.eml"))
    assert enquiry["subject"] == "Missed bin"
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["parse", "pigeon", "x"],
            f"no adapter is configured as 'pigeon'; there are {', '.join(discover())}",
        ),
        (["parse", "email", "none.eml"], "'none.eml' cannot be read"),
        (["receive", "pigeon", "none.eml"], "no adapter is configured as 'pigeon'"),
        (["receive", "email", "none.eml"], "'none.eml' cannot be read"),
        (["receive", "email", "none.eml", "--policy", "nowhere"], "--policy or ONESTOP_POLICY names"),
        (["receive", "email", "none.eml", "--store", "postgresql://x/y"], "this release keeps its store on SQLite"),
        (["receive", "email", "none.eml", "--adapters", "none.toml"], "'none.toml' cannot be read"),
        (["rejected", "list"], "`onestop receive` makes one"),
        (["rejected", "retry"], "name the intakes to retry, or --all"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_code_two(run: Run, arguments: list[str], said: str) -> None:
    done = run(*arguments)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("onestop: ")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_a_payload_received_twice_is_one_case_and_says_so(run: Run) -> None:
    first = run("receive", "twilio_sms", FILES / "graffiti.txt")
    second = run("receive", "twilio_sms", FILES / "graffiti.txt")

    reference = first.out.split()[1]
    assert first.out == f"opened {reference} at graffiti, by the rule graffiti-words\n"
    assert second.out == f"repeat of {reference}: it was taken in before, and nothing changed\n"
    assert (first.code, second.code) == (0, 0)
    assert run("cases").lines[-1] == "1 case"


def test_receive_prints_receipts_as_json_with_their_files(run: Run) -> None:
    done = run("receive", "twilio_sms", FILES / "graffiti.txt", FILES / "graffiti.txt", "--json")

    first, second = done.objects
    assert (first["outcome"], second["outcome"]) == ("opened", "repeat")
    assert first["reference"] == second["reference"]
    assert first["file"] == str(FILES / "graffiti.txt")


def test_receive_uses_adapters_from_a_file(run: Run) -> None:
    done = run("receive", "post", FILES / "bin.eml", "--adapters", FILES / "adapters.toml")

    assert done.code == 0
    assert " at missed-bin, by the rule bin-words" in done.out


def test_a_payload_that_cannot_be_taken_in_is_listed_and_retried(run: Run) -> None:
    received = run("receive", "email", FILES / "picture.eml")
    listed = run("rejected", "list")
    retried = run("rejected", "retry", "--all")

    identifier = listed.lines[1].split()[0]
    assert (received.code, listed.code, retried.code) == (1, 1, 1)
    assert received.out.startswith(f"rejected and kept as {identifier}: ")
    assert listed.lines[-1] == "`onestop rejected retry ID` tries one again, --all every one"
    assert retried.lines[-1] == "1 intake tried again, 1 still rejected"
    assert run("rejected", "list", "--json").objects[0]["attempts"] == 2


def test_the_same_rejected_payload_again_says_so(run: Run) -> None:
    [first] = run("receive", "email", FILES / "picture.eml", "--json").objects

    done = run("receive", "email", FILES / "picture.eml")

    assert done.code == 1
    assert done.out.startswith(f"repeat of {first['rejected']}, which was rejected: ")


def test_a_rejected_intake_that_is_not_there_is_told(run: Run) -> None:
    run("receive", "twilio_sms", FILES / "graffiti.txt")

    done = run("rejected", "retry", "j0")

    assert (done.code, done.err) == (2, "onestop: j0: no rejected intake has this id\n")


def test_nothing_rejected_is_said(run: Run) -> None:
    run("receive", "twilio_sms", FILES / "graffiti.txt")

    done = run("rejected", "list")

    assert (done.code, done.out) == (0, "nothing is rejected\n")


def test_an_intake_that_was_taken_in_since_is_listed_on_request(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    report.write_text("MessageSid=SM0009&MessageStatus=delivered&To=%2B447700900118&From=%2B441632960100", "utf-8")
    run("receive", "twilio_sms", FILES / "graffiti.txt")
    run("receive", "twilio_sms", report)
    [listed] = run("rejected", "list", "--json").objects
    take_in(tmp_path / "onestop.db", listed["id"])

    open_ones, all_of_them = run("rejected", "list"), run("rejected", "list", "--all")

    assert (open_ones.code, open_ones.out) == (0, "nothing is rejected\n")
    assert all_of_them.code == 0
    assert " taken in " in all_of_them.lines[1]
    assert len(all_of_them.lines) == 2
