"""The index leads to every page, and to none that is not there."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_index_names_every_page_and_no_other():
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")} - {"index.md"}

    linked = set(re.findall(r"\((?!\.\.|http)([^)#]+\.md)", (DOCS / "index.md").read_text(encoding="utf-8")))

    assert linked == pages
