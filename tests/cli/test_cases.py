"""cases, case, explain, changes; act, reroute, reply, note: a case is looked at and worked on."""

import pytest
from tests.cli.conftest import FILES, Run

ALICE = ("--by", "worker:alice")


def test_cases_are_listed(run: Run, reference: str) -> None:
    run("receive", "email", FILES / "bin.eml")

    done = run("cases")

    assert done.code == 0
    assert done.lines[0].split() == ["case", "opened", "(UTC)", "service", "state", "priority", "flags"]
    assert [line.split()[3:] for line in done.lines[1:3]] == [
        ["graffiti", "new", "normal"],
        ["missed-bin", "new", "normal"],
    ]
    assert done.lines[-1] == "2 cases"


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--service", "graffiti"], 1),
        (["--service", "graffiti", "--service", "missed-bin"], 2),
        (["--state", "closed"], 0),
        (["--state-type", "new"], 2),
        (["--priority", "high"], 0),
        (["--contact", "tel:+447700900118"], 1),
        (["--assignee", "bob"], 0),
        (["--due-before", "2001-01-01"], 0),
        (["--order", "priority", "--descending"], 2),
        (["--limit", "1"], 1),
    ],
)
def test_cases_are_filtered(run: Run, reference: str, options: list[str], count: int) -> None:
    run("receive", "email", FILES / "bin.eml")

    done = run("cases", "--json", *options)

    assert (done.code, len(done.objects)) == (0, count)


def test_a_listing_says_that_there_is_more(run: Run, reference: str) -> None:
    run("receive", "email", FILES / "bin.eml")

    assert run("cases", "--limit", 1).lines[-1] == "1 case; there are more: --limit"


@pytest.mark.parametrize(
    "options",
    [
        ["--priority", "very"],
        ["--order", "colour"],
        ["--contact", "nobody"],
        ["--limit", "0"],
        ["--due-before", "soon"],
    ],
)
def test_a_filter_that_is_none_is_refused(run: Run, reference: str, options: list[str]) -> None:
    done = run("cases", *options)

    assert (done.code, done.out) == (2, "")
    assert done.err


def test_a_case_is_shown_with_parties_history_and_actions(run: Run, reference: str) -> None:
    done = run("case", reference)

    assert done.code == 0
    assert done.lines[0] == f"{reference}  graffiti, new, normal"
    assert "sender: +447700900118" in done.lines
    assert "    Graffiti on the bus shelter" in done.lines
    assert any(line.startswith("actions: triage, assign, start_work") for line in done.lines)


def test_a_case_is_printed_whole_as_json(run: Run, reference: str) -> None:
    [whole] = run("case", reference, "--json").objects

    assert whole["case"]["reference"] == reference
    assert whole["parties"][0]["urn"] == "tel:+447700900118"
    kinds = [entry["kind"] for entry in whole["timeline"]]
    assert kinds == ["case_opened", "enquiry_received", "message_queued", "timer_set"]


def test_the_actions_are_those_of_who_asks(run: Run, reference: str) -> None:
    [whole] = run("case", reference, "--by", "citizen:p1", "--json").objects

    assert whole["actions"] == ["withdraw"]


def test_explain_says_why(run: Run, reference: str) -> None:
    done = run("explain", reference)

    assert done.code == 0
    assert done.lines[0] == f"{reference} is at graffiti, new, priority normal"
    assert "  service: graffiti, named by the rule graffiti-words" in done.lines


def test_the_way_of_a_case_is_drawn(run: Run, reference: str) -> None:
    drawn = run("explain", reference, "--mermaid")
    both = run("explain", reference, "--mermaid", "--json")

    assert (drawn.code, drawn.lines[0]) == (0, "stateDiagram-v2")
    assert (both.code, both.out) == (2, "")


def test_an_explanation_is_printed_as_json(run: Run, reference: str) -> None:
    [explanation] = run("explain", reference, "--json").objects

    assert explanation["arrivals"][0]["decision"]["rule"] == "graffiti-words"


def test_changes_are_a_feed(run: Run, reference: str) -> None:
    shown = run("changes")
    rest = run("changes", "--after", 1, "--json")

    assert shown.lines[-1] == "4 changes; the next: onestop changes --after 4"
    assert [change["cursor"] for change in rest.objects] == [2, 3, 4]
    assert run("changes", "--after", 4).lines[-1] == "0 changes; the next: onestop changes --after 4"


@pytest.mark.parametrize("command", [["case"], ["explain"], ["act", "close"], ["reroute", "potholes"], ["note", "x"]])
def test_a_case_that_is_not_there_is_told(run: Run, reference: str, command: list[str]) -> None:
    name, *rest = command
    by = [] if name in ("case", "explain") else ALICE

    done = run(name, "NP-0000-0000", *rest, *by)

    assert (done.code, done.out, done.err) == (2, "", "onestop: no case has this reference or id\n")


def test_an_action_is_taken(run: Run, reference: str) -> None:
    done = run("act", reference, "start_work", *ALICE)

    assert (done.code, done.out) == (0, f"{reference}: graffiti, in_progress, normal\n")


def test_an_action_has_fields(run: Run, reference: str) -> None:
    [case] = run("act", reference, "assign", *ALICE, "--field", "assignee=bob=builder", "--json").objects

    assert (case["state"], case["assignee"]) == ("assigned", "bob=builder")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["close", *ALICE], "'close' does not lead from the state 'new'; allowed now: triage"),
        (["assign", *ALICE], "the action 'assign' needs assignee"),
        (["start_work", "--by", "alice"], "an actor is written kind:id"),
        (["assign", *ALICE, "--field", "assignee"], "a field is written NAME=VALUE"),
        (["assign", *ALICE, "--field", "by=x"], "a field is written NAME=VALUE"),
    ],
)
def test_an_action_that_cannot_be_taken_is_told(run: Run, reference: str, arguments: list[str], said: str) -> None:
    done = run("act", reference, *arguments)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"onestop: {said}")
    assert done.err.count("\n") == 1


def test_a_case_is_sent_to_another_service(run: Run, reference: str) -> None:
    done = run("reroute", reference, "potholes", *ALICE, "--reason", "The county's road.")

    assert (done.code, done.out) == (0, f"{reference}: potholes, new, normal\n")
    assert "    The county's road." in run("case", reference).lines


def test_a_reply_goes_to_the_outbox(run: Run, reference: str) -> None:
    done = run("reply", reference, *ALICE, "--text", "Cleaned today.")

    assert done.code == 0
    assert "    Cleaned today." in run("case", reference).lines


def test_a_reply_has_words(run: Run, reference: str) -> None:
    done = run("reply", reference, *ALICE)

    assert (done.code, done.out) == (2, "")


def test_a_note_is_kept(run: Run, reference: str) -> None:
    done = run("note", reference, "Rang back.", *ALICE)

    assert done.code == 0
    assert "    Rang back." in run("case", reference).lines


def test_long_words_are_cut_for_people(run: Run, reference: str) -> None:
    run("note", reference, "\n".join(f"line {number}" for number in range(30)), *ALICE)

    shown, [whole] = run("case", reference), run("case", reference, "--json").objects

    assert shown.lines[-1] == "    … 18 lines more: --json"
    assert whole["timeline"][-1]["text"].endswith("line 29")


def test_what_a_stranger_wrote_does_not_steer_the_terminal(run: Run, reference: str) -> None:
    run("note", reference, "red \x1b[31m, title \x1b]0;x\x07 and [bold]markup[/bold]", *ALICE)

    done = run("case", reference)

    assert "\x1b" not in done.out
    assert "[bold]markup[/bold]" in done.out
