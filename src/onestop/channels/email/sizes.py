"""
Large print: a mail's HTML in the size that a need asks for.

The size is set where every mail program obeys it, on the body, and what stands in it inherits it: sizes that a template
sets by itself are taken out. Lines are not let run wide, and stand apart (UK Association for Accessible Formats,
"Creating clear print and large print documents").
"""

from __future__ import annotations

import re
from html import escape

__all__ = ["in_print"]

_BODY = re.compile(r"<body(?=[\s>])", re.IGNORECASE)
_STYLE = re.compile(r'style="([^"<>]*)"', re.IGNORECASE)  # as templates have it (policy/markup.py)
_SIZE = re.compile(r"(?:font|font-size|line-height)\s*:", re.IGNORECASE)
_PARAGRAPHS = re.compile(r"\n[^\S\n]*\n\s*")


def in_print(text: str, html: str | None, points: int) -> str:
    """
    Give the HTML of a message in large print: its own, or what its text makes.

    >>> print(in_print("Diolch & hwyl", None, 24))
    <body style="font-size:24pt;line-height:1.5;max-width:40em;text-align:left">
    <p>Diolch &amp; hwyl</p>
    </body>
    """
    page = html if (html or "").strip() else None
    if page is None:
        paragraphs = _PARAGRAPHS.split(text.replace("\r\n", "\n").replace("\r", "\n").strip())
        page = "\n".join("<p>" + "<br>\n".join(escape(each).split("\n")) + "</p>" for each in paragraphs)
    page = _STYLE.sub(_without_size, page)
    size = f'<body style="font-size:{points}pt;line-height:1.5;max-width:40em;text-align:left"'
    if _BODY.search(page):
        return _BODY.sub(size, page, count=1)
    return f"{size}>\n{page}\n</body>\n"


def _without_size(style: re.Match[str]) -> str:
    kept = (each for each in style[1].split(";") if not _SIZE.match(each.strip()))
    return f'style="{";".join(kept)}"'
