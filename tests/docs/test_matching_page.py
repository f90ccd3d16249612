"""The page on matching and the codes that the core gives say the same."""

import re
from pathlib import Path

from onestop.core.matching import HOW

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "matching.md"


def test_every_code_of_a_match_stands_on_the_page():
    page = PAGE.read_text(encoding="utf-8")

    written = set(re.findall(r"`([a-z_]+)`", page))

    assert set(HOW) <= written
