"""What the codes of a choice say: each that the page of preferences has is said in words, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from onestop.core.authority import Denial
from onestop.core.reasons import LOST, WON, lost_words, won_words

PAGE = (Path(__file__).parents[2] / "docs" / "explanation" / "preference.md").read_text("utf-8")
CODE = re.compile(r"`([a-z_]+)`")


def test_every_code_of_the_page_is_said_in_words_and_no_other() -> None:
    rows = [row for row in PAGE.partition("\n## The codes\n")[2].partition("\n## ")[0].splitlines() if row[:3] == "| `"]

    codes = {code for row in rows for code in CODE.findall(row.split("|")[1])}

    assert codes == set(WON) | set(LOST)
    assert set(get_args(Denial)) <= codes


def test_every_reason_that_the_table_of_choices_gives_is_said_in_words() -> None:
    rows = [row.split("|") for row in PAGE.splitlines() if row.startswith("| ") and row.count("|") == 6]
    chosen = {row[4].strip() for row in rows[1:] if row[3].strip() not in ("denied", "muted", "---")}
    lost = {row[5].split()[-1] for row in rows[1:] if row[5].strip() not in ("", "---")}

    unsaid = [code for code in sorted(chosen - {"---"}) if won_words(code) == code]
    unsaid += [code for code in sorted(lost) if lost_words(code) == code]

    assert len(chosen) > 8
    assert len(lost) > 12
    assert unsaid == []


@pytest.mark.parametrize("code", ["need", "of_a_later_release"])
def test_words_never_say_which_need_and_a_code_that_nobody_knows_stands_as_it_is(code: str) -> None:
    said = (won_words(code), lost_words(code))

    assert not any(need in words for need in ("print", "letter", "braille", "phone", "text") for words in said)
    assert (said == (code, code)) == (code not in LOST)
