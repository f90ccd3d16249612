"""
The words of an HTML mail, line by line as a reader sees them, in one pass over its tags.

No tree is built: the tree of HTML5 is not linear in the size of its text (unclosed formatting elements are opened again
in every paragraph, and 100,000 nested elements took selectolax ten seconds), and its shape is not needed for words.
"""

from __future__ import annotations

import re
from html import unescape

__all__ = ["html_text"]

_TOKEN = re.compile(
    r"""<(?:(!--)|([!?][^<>]*>?)|(/?)([A-Za-z][A-Za-z0-9:\-]{0,40})(?:((?:[^<>"]|"[^"<]*")*)>|([^<>]*)>?))"""
)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_CLASS_OUTLOOK = re.compile(r"""class\s*=\s*["']?Mso""", re.IGNORECASE)

# What mail programs mark in HTML alone, which plain text marks with a line: a signature, and history that begins.
_SIGNATURE = re.compile(
    r"""(?:class|id|data-smartmail)\s*=\s*["']?[^"'<>]{0,80}?(?:gmail_signature(?!_prefix)|ms-outlook-mobile-signature"""
    r"""|moz-signature|protonmail_signature_block|\b(?:x_)?Signature["'\s])""",
    re.IGNORECASE,
)
_HISTORY = re.compile(
    r"""id\s*=\s*["']?(?:x_)*(?:divRplyFwdMsg|OLK_SRC_BODY_SECTION|mail-editor-reference-message-container)"""
    r"""|border:none;\s*border-top:\s*solid #(?:E1E1E1|B5C4DF)""",
    re.IGNORECASE,
)
_SIGNATURE_LINE = "-- "
_HISTORY_LINE = "_" * 32  # as Outlook writes it into plain text

# HTML Living Standard, 15.3: what stands on lines of its own; 2 has an empty line around it.
_BREAKS = dict.fromkeys(
    ["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre", "blockquote"], 2
) | dict.fromkeys(
    [
        "div",
        "tr",
        "li",
        "dt",
        "dd",
        "hr",
        "address",
        "article",
        "aside",
        "center",
        "fieldset",
        "figure",
        "footer",
        "form",
        "header",
        "main",
        "nav",
        "section",
        "caption",
    ],
    1,
)
_RAW = {
    name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "title", "textarea", "xmp", "noframes")
}
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)


class _Page:
    """The lines written so far."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.wanted = 0  # line breaks that must stand before the next word
        self.quotes = 0  # block quotes that are open
        self.pre = 0

    def write(self, text: str) -> None:
        """Add the text between two tags."""
        text = unescape(text) if "&" in text else text
        if self.pre:
            head, *rest = text.replace("\r\n", "\n").split("\n")
            self._words(head)
            for line in rest:
                self._end_line()
                self._words(line)
            return
        text = _SPACES.sub(" ", text)
        if self.wanted or not self.line or self.line[-1].endswith(" "):
            text = text.lstrip(" ")
        self._words(text)

    def _words(self, text: str) -> None:
        if not text:
            return
        if self.wanted:
            self._break()
        self.line.append(text)

    def _break(self) -> None:
        if self.line:
            self._end_line()
        if self.wanted > 1 and self.lines and self.lines[-1].strip("> "):
            self._end_line()
        self.wanted = 0

    def _end_line(self) -> None:
        prefix = f"{'>' * min(self.quotes, 20)} " if self.quotes else ""
        self.lines.append((prefix + "".join(self.line)).rstrip(" "))
        self.line.clear()

    def want(self, breaks: int) -> None:
        """Ask for line breaks before the next word."""
        self.wanted = max(self.wanted, breaks)

    def line_break(self) -> None:
        """End this line, as `<br>` does."""
        if self.wanted:
            self._break()
        self._end_line()

    def mark(self, line: str) -> None:
        """Write a line that plain mails mark a signature or history with."""
        self.want(1)
        self._words(line)
        self.want(1)

    def quote(self, by: int) -> None:
        """Open or close a block quote."""
        if self.line:
            self._end_line()
        if by > 0 and not self.quotes and self.lines and self.lines[-1]:
            self.lines.append("")
        self.quotes = max(self.quotes + by, 0)
        self.wanted = 1 if self.quotes else 2

    def text(self) -> str:
        """Give all lines; of empty ones that follow each other, which are for looks, one."""
        if self.line:
            self._end_line()
        lines = [line.replace("\xa0", " ").rstrip() for line in self.lines]
        return "\n".join(line for before, line in zip(["", *lines], lines, strict=False) if line or before)


def html_text(source: str) -> str:
    """
    Give the words of HTML; block quotes as lines that begin with `>`, as in plain mails.

    >>> html_text("<style>p {}</style><p>Bin <b>missed</b> at<br>4 High St&amp;Co</p><blockquote>When?</blockquote>")
    'Bin missed at\\n4 High St&Co\\n\\n> When?'
    """
    page = _Page()
    position, hidden, depth = 0, "", 0
    while token := _TOKEN.search(source, position):
        if not hidden and token.start() > position:
            page.write(source[position : token.start()])
        position = token.end()
        if token[1]:
            end = source.find("-->", position)
            position = len(source) if end < 0 else end + 3
            continue
        name = (token[4] or "").lower()
        if not name:
            continue
        closing, given = bool(token[3]), token[5] or token[6] or ""
        if hidden:  # until its own end tag; elements of other names inside do not count
            depth += (-1 if closing else 1) if name == hidden else 0
            hidden = hidden if depth else ""
        elif not closing and name in _RAW:
            end_tag = _RAW[name].search(source, position)
            position = end_tag.start() if end_tag else len(source)
        elif not closing and name not in _VOID and "none" in given and _HIDDEN.search(given):
            hidden, depth = name, 1
        else:
            _element(page, name, closing, given)
    if not hidden and position < len(source):
        page.write(source[position:])
    return page.text()


def _element(page: _Page, name: str, closing: bool, given: str) -> None:
    if given and not closing and name in ("div", "span", "table", "td"):
        if _SIGNATURE.search(given):
            page.mark(_SIGNATURE_LINE)
        elif _HISTORY.search(given):
            page.mark(_HISTORY_LINE)
    if name == "br":
        page.line_break()
    elif name in _BREAKS:
        if name == "blockquote":
            page.quote(-1 if closing else 1)
            return
        page.want(1 if name == "p" and _CLASS_OUTLOOK.search(given) else _BREAKS[name])
        if name == "pre":
            page.pre = max(page.pre + (-1 if closing else 1), 0)
        elif name == "li" and not closing:
            page.write("- ")
    elif name in ("td", "th") and not closing and page.line and not page.wanted:
        page.write(" ")
