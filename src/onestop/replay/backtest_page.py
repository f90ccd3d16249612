"""A backtest as one HTML page that needs nothing beside it: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from onestop.replay.backtest import Backtest, Change, ChangeKind, Shift
from onestop.replay.wording import HEADINGS, becomes_words, moved_words, was_words

__all__ = ["page"]

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin-bottom: 2rem; }
caption { text-align: left; font-weight: 600; font-size: 1.15rem; padding: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #8884; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.lost { border-left: .3rem solid #c22; padding-left: 1rem; }
code { font-size: .9em; }
"""


def page(found: Backtest, title: str = "Backtest") -> str:
    """Give the page; what it names are services, rules, flags and references, never anybody's words."""
    return "\n".join(_lines(found, title)) + "\n"


def _lines(found: Backtest, title: str) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>"
    yield (
        f"<p>{found.enquiries:,} enquiries, of which {found.opened:,} opened a case; "
        f"<strong>{found.changed:,} would change</strong>.<br>"
        f"Policy <code>{found.was[:12]}</code> → <code>{found.becomes[:12]}</code></p>"
    )
    if found.lost:
        flags = ", ".join(escape(change.was) for change, _ in found.lost)
        yield f'<p class="lost"><strong>Flags that would no longer be raised:</strong> {flags}</p>'
    if not found.shifts:
        yield "<p>Nothing would change.</p>"
    for kind, heading in HEADINGS.items():
        yield from _table(kind, heading, found)
    yield "</body>\n</html>"


def _table(kind: ChangeKind, heading: str, found: Backtest) -> Iterator[str]:
    rows = found.by_kind(kind)
    if not rows:
        return
    yield f'<table>\n<caption>{escape(heading)}</caption>\n<thead><tr><th class="number" scope="col">enquiries</th>'
    yield '<th scope="col">was</th><th scope="col">becomes</th><th scope="col">examples</th></tr></thead>\n<tbody>'
    for change, shift in rows:
        yield _row(change, shift)
    yield "</tbody>\n</table>"


def _row(change: Change, shift: Shift) -> str:
    rules = "".join(
        f"<br><small>{escape(was)} → {escape(becomes)}: {count:,}</small>"
        for (was, becomes), count in shift.rules.most_common(3)
        if was != becomes
    )
    moved = moved_words(shift)
    cells = (
        f'<td class="number">{shift.count:,}</td>',
        f"<td>{escape(was_words(change))}</td>",
        f"<td>{escape(becomes_words(change))}{f'<br><small>{escape(moved)}</small>' if moved else ''}{rules}</td>",
        f"<td>{' '.join(f'<code>{escape(label)}</code>' for label in shift.examples)}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>"
