"""
The HTML of templates: a small set of tags, in which no value can leave the place that it was given.

Escaping holds a value inside its element or its quotes, and nowhere else: in a tag's name, between attributes, in a
script or a style it would be read as part of the page. So a template's HTML has none of these places. It is a piece of
a page's body, of tags written in full, and a variable stands between tags or behind the beginning of a link that names
its host. Nothing in it is fetched when the message is opened: who reads it, and when, is nobody's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import nodes

__all__ = ["ATTRIBUTES", "TAGS", "markup_problems"]

TAGS = (
    *("a", "b", "blockquote", "br", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "hr", "i", "li", "ol", "p"),
    *("span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
)
ATTRIBUTES = ("colspan", "dir", "href", "lang", "role", "rowspan", "scope", "style", "title")
_EMPTY = ("br", "hr")

_VALUE = "\ue000"  # stands for what a variable puts out
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:\s+[a-z]+="[^"<>]*")*)\s*/?>')
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_LINK = re.compile(r"(?:https://[a-z0-9.-]+(?::\d+)?(?:[/?#].*)?|mailto:[^\s]+|tel:\+?[\d-]+)\Z", re.DOTALL)
_STYLE = re.compile(r"[a-z0-9 #.,:;%!'-]*\Z", re.IGNORECASE)  # no brackets: nothing is fetched
_FORM = 'has a tag that is not written as <p>, </p> or <a href="…">, on one side of a condition'


def markup_problems(tree: nodes.Template) -> Iterator[str]:
    """Give what is wrong with the HTML of a template that is otherwise right."""
    stack: list[str] = []
    yield from _branch(tree.body, stack)


def _branch(body: list[nodes.Node], stack: list[str]) -> Iterator[str]:
    """Look at what stands on one side of a condition: it closes what it opens, and nothing else."""
    outer, opened = len(stack), list(stack)
    run = ""
    for node in body:
        if isinstance(node, nodes.Output):
            run += "".join(
                piece.data.replace(_VALUE, "") if isinstance(piece, nodes.TemplateData) else _VALUE
                for piece in node.nodes
            )
            continue
        yield from _run(run, opened, outer)
        run = ""
        if isinstance(node, nodes.If):
            for side in (node.body, *(each.body for each in node.elif_), node.else_):
                yield from _branch(side, list(opened))
    yield from _run(run, opened, outer)
    if len(opened) > outer:
        yield f"leaves <{opened[-1]}> open: each tag is closed, on the same side of a condition"


def _run(text: str, opened: list[str], outer: int) -> Iterator[str]:
    """Look at text without conditions; `opened` has the tags that are open, and changes."""
    place = 0
    for tag in _TAG.finditer(text):
        if "<" in text[place : tag.start()]:
            yield _FORM
        place = tag.end()
        closes, name, attributes = tag.groups()
        if name not in TAGS:
            yield f"has the tag <{name[:20]}>; HTML of messages has {', '.join(TAGS)}"
        elif not closes:
            if name not in _EMPTY:
                opened.append(name)
            yield from _attributes(name, attributes)
        elif len(opened) > outer and opened[-1] == name and not attributes:
            opened.pop()
        else:
            yield f"closes <{name}> where it is not the one that is open"
    if "<" in text[place:]:
        yield _FORM


def _attributes(name: str, text: str) -> Iterator[str]:
    for key, value in _ATTRIBUTE.findall(text):
        if key not in ATTRIBUTES:
            yield f"has the attribute {key[:20]!r}; there are {', '.join(ATTRIBUTES)}"
        elif key == "href":
            if name != "a" or not _LINK.match(value) or _VALUE in _before_path(value):
                yield "has a link that does not begin with https:// and its host, mailto: or tel: before any variable"
        elif _VALUE in value:
            yield f"has a variable in the attribute {key!r}; it may stand between tags, and in the path of a link"
        elif key == "style" and not _STYLE.match(value):
            yield "has a style with brackets or marks that styles of messages need not have"


def _before_path(link: str) -> str:
    """Give what a link is to: the host of a page, and all of an address or a number."""
    return re.split("[/?#]", link.removeprefix("https://"), maxsplit=1)[0] if link.startswith("https://") else link
