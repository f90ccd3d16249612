"""preview: a template's words as people would get them."""

from pathlib import Path

from tests.cli.conftest import NORTHPORT, Run

POLICY = NORTHPORT / "policy"


def test_a_template_is_shown_with_subject_words_and_cost(run: Run) -> None:
    done = run("preview", POLICY, "fixed", "--language", "cy")

    assert done.code == 0
    assert "email, cy (text)" in done.lines
    assert any(line.startswith("  Subject: Wedi'i ddatrys: ") and line.endswith("NP-049N-3021") for line in done.lines)
    assert "  as HTML: the same words" in done.lines
    assert "sms, cy (sms)" in done.lines
    assert any(line.startswith("  1 part, GSM-7, ") and "2.4p (invented" in line for line in done.lines)
    assert "phone, cy (script)" in done.lines


def test_json_has_one_object_for_each_message(run: Run) -> None:
    done = run("preview", POLICY, "one_time_code", "--channel", "sms", "--set", "code=123 456", "--json")

    assert [each["languages"] for each in done.objects] == [["en"], ["cy"], ["en", "cy"]]
    assert all("123 456" in each["text"] and each["parts"] == 1 for each in done.objects[:2])


def test_both_languages_can_be_asked_for_in_one_message(run: Run) -> None:
    [shown] = run("preview", POLICY, "fixed", "--channel", "web", "--language", "cy+en", "--json").objects

    assert (shown["language"], shown["languages"]) == ("cy", ["cy", "en"])


def test_a_page_is_written_as_the_e_mail_has_it(run: Run, tmp_path: Path) -> None:
    done = run("preview", POLICY, "fixed", "--language", "en", "--html", "page.html")

    assert done.code == 0
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith('<!DOCTYPE html>\n<html lang="en">')


def test_values_can_be_those_of_a_case(run: Run, reference: str) -> None:
    [shown] = run(
        "preview", POLICY, "fixed", "--case", reference, "--channel", "sms", "--language", "en", "--json"
    ).objects

    assert reference in shown["text"]


def test_words_that_are_too_many_are_told_and_the_exit_code_says_so(run: Run) -> None:
    done = run("preview", POLICY, "need_more", "--channel", "sms", "--set", f"text={'x' * 1600}")

    assert done.code == 1
    assert any("longer than 1,600 characters" in line for line in done.lines)


def test_a_mistake_of_usage_is_one_line(run: Run) -> None:
    done = run("preview", POLICY, "fixed", "--set", "nonsense")

    assert (done.code, done.out) == (2, "")
    assert "--set takes NAME=VALUE" in done.err


def test_a_page_of_a_template_without_html_is_refused(run: Run) -> None:
    done = run("preview", POLICY, "one_time_code", "--html", "page.html")

    assert done.code == 2
    assert "no e-mail that is shown has HTML" in done.err
