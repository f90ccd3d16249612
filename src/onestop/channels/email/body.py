"""Which parts of a mail are its words and which are files, and the words as text."""

from __future__ import annotations

import re

from onestop.channels.email.charsets import decode_text
from onestop.channels.email.headers import clean, decode_words, parameters, read_header
from onestop.channels.email.html import html_text
from onestop.channels.email.limits import Limits
from onestop.channels.email.mime import EMPTY_LINE, Mail, Part
from onestop.core.enquiry import Attachment
from onestop.core.filenames import safe_filename

__all__ = ["attachments", "body_text", "part_text", "trimmed"]

_TEXT_TYPES = ("text/plain", "text/html")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\ud800-\udfff]")
_RARE_ENDS = "\r\u2028\u2029"  # looked for first: most texts have none
_LINE_ENDS = re.compile(r"\r\r?\n|\r|\u2028|\u2029")
_PLACEHOLDER_LENGTH = 300
_PLACEHOLDER = re.compile(
    r"(?:mail|message|client|program|browser|reader|view)\b[^.\n]{0,60}\bhtml\b|\bhtml\b[^.\n]{0,40}\b(?:mail|message|client|format)",
    re.IGNORECASE,
)
_SUBJECT_LIMIT = 80  # characters of an attached mail's subject that become its name


def _is_file(part: Part) -> bool:
    """Say whether a part is a file rather than words: RFC 2183, and what stands for it where programs leave it out."""
    if part.media_type not in _TEXT_TYPES:
        return True
    if not part.path:
        return False  # the only part
    disposition, given = parameters(part.first("content-disposition"))
    return disposition == "attachment" or "filename" in given or "name" in part.parameters


def body_text(mail: Mail, limits: Limits) -> tuple[str, list[Part]]:
    """
    Give the words of a mail, and the parts that are files.

    Of alternatives the plain text is taken where it says something, and the HTML is not even decoded; the words of
    several parts, as around the pictures of some programs, follow each other.
    """
    words: list[Part] = []
    files: list[Part] = []
    for part in mail.leaves:
        (files if _is_file(part) else words).append(part)
    plain: dict[int, str] = {}
    said: set[int] = set()  # the alternatives that have plain text
    for index, part in enumerate(words):
        if part.media_type == "text/plain":
            plain[index] = text = part_text(mail, part)
            if text.strip() and not _stands_for_html(text):
                said.update(number for kind, number in part.path if kind == "multipart/alternative")
    pieces: list[str] = []
    for index, part in enumerate(words):
        if index in plain:
            if _stands_for_html(plain[index]) and _beside_html(part, words, said):
                continue
            pieces.append(plain[index])
        elif said.isdisjoint(number for kind, number in part.path if kind == "multipart/alternative"):
            pieces.append(_html(mail, part, limits))
    return "\n\n".join(filter(None, map(trimmed, pieces))), files


def _beside_html(part: Part, words: list[Part], said: set[int]) -> bool:
    """Say whether the HTML that plain text stands for is there, and taken."""
    own = {number for kind, number in part.path if kind == "multipart/alternative"} - said
    return any(
        other.media_type == "text/html" and not own.isdisjoint(number for _, number in other.path) for other in words
    )


def _stands_for_html(text: str) -> bool:
    """Say whether plain text says no more than that there is HTML beside it."""
    return len(text) < _PLACEHOLDER_LENGTH and _PLACEHOLDER.search(text) is not None


def trimmed(text: str) -> str:
    """Give text without the spaces at the end of its lines, which show nothing, and without empty lines around it."""
    return "\n".join(map(str.rstrip, text.split("\n"))).strip("\n")


def _html(mail: Mail, part: Part, limits: Limits) -> str:
    source = part_text(mail, part)
    if len(source) > limits.html_bytes:
        source = source[: limits.html_bytes]
        mail.defects.append("html_cut")
    return html_text(source)


def part_text(mail: Mail, part: Part) -> str:
    """Give the decoded text of a part: its lines end in one line feed, and nothing in it is unprintable."""
    text, defect = decode_text(mail.content(part), part.parameters.get("charset"))
    if defect:
        mail.defects.append(defect)
    text = text.replace("\r\n", "\n")
    if any(mark in text for mark in _RARE_ENDS):
        text = _LINE_ENDS.sub("\n", text)
    if _CONTROL.search(text):
        mail.defects.append("control_characters")
        text = _CONTROL.sub("", text)
    if part.media_type == "text/plain" and part.parameters.get("format", "").lower() == "flowed":
        text = _unflowed(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    return text.removeprefix("\ufeff")


def _unflowed(text: str, *, delete_space: bool) -> str:
    """Join the lines that were broken for the way (RFC 3676): those of one quote depth that end in a space."""
    lines: list[str] = []
    paragraph: list[str] = []
    depth = -1  # of the paragraph that is open; -1: none
    for line in text.split("\n"):
        content = line.lstrip(">")
        quotes = len(line) - len(content)
        content = content.removeprefix(" ")
        if depth >= 0 and (quotes != depth or content == "-- "):
            lines.append("".join(paragraph))
            paragraph, depth = [], -1
        if depth < 0:
            paragraph = [">" * quotes + (" " if quotes else "")]
        if content.endswith(" ") and content != "-- ":
            paragraph.append(content[:-1] if delete_space else content)
            depth = quotes
        else:
            paragraph.append(content)
            lines.append("".join(paragraph))
            paragraph, depth = [], -1
    if depth >= 0:
        lines.append("".join(paragraph))
    return "\n".join(lines)


def attachments(mail: Mail, files: list[Part]) -> tuple[Attachment, ...]:
    """Give the files of a mail, in its order; an attached mail is one file, whole."""
    return tuple(_attachment(mail, part) for part in files)


def _attachment(mail: Mail, part: Part) -> Attachment:
    disposition, given = parameters(part.first("content-disposition"))
    content = mail.content(part)
    name = given.get("filename") or part.parameters.get("name") or ""
    if not name and part.media_type == "message/rfc822":
        name = _subject(content)
    inline = disposition == "inline" or (
        not disposition and "content-id" in part.header and any(kind == "multipart/related" for kind, _ in part.path)
    )
    return Attachment.of(safe_filename(name, part.media_type), part.media_type, content, inline=inline)


def _subject(content: bytes) -> str:
    """Give a name for an attached mail: its subject."""
    empty = EMPTY_LINE.search(content, 0, 65_536)
    header, _, _ = read_header(content[: empty.start() if empty else 0])
    subject = clean(decode_words(header.get("subject", [""])[0]), _SUBJECT_LIMIT)
    return f"{subject.replace('/', ' ')}.eml" if subject else ""
