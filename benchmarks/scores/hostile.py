"""
The leaf parts of mails that mail programs got wrong.

A leaf counts as found when a part of ours has its bytes, decoded; line ends and white space at the ends aside, on which
readers of broken mail differ. A case is right when every leaf that is not the frame of an attached mail is found.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from onestop.channels.email.limits import Limits
from onestop.channels.email.mime import Mail, Part, read_mail
from onestop.errors import OnestopError
from scores import OURS, Score, cases, score

__all__ = ["measure"]


def measure(folder: Path, peers: bool) -> list[Score]:
    """Score our reader, and the standard library's with mail-parser on it."""
    results, answered = {}, {}
    for case in cases(folder):
        wanted = [leaf for leaf in case["expected"]["leaves"] if leaf.get("sha256")]
        try:
            found = _digests(case["bytes"])
        except OnestopError:
            found, answered[case["id"]] = set(), True
        else:
            answered[case["id"]] = True
        results[case["id"]] = all(not found.isdisjoint((leaf["sha256"], leaf["sha256_lf"])) for leaf in wanted)
    return [
        score("hostile: an answer, or a typed refusal", OURS, answered),
        score("hostile: all leaf parts", OURS, results),
        *(_mail_parser(folder) if peers else []),
    ]


def _digests(raw: bytes) -> set[str]:
    """Give the digests of every part's bytes, as they stand and with line feeds alone, of attached mails too."""
    found: set[str] = set()
    waiting = [raw]
    while waiting:
        mail = read_mail(waiting.pop(), Limits())
        for part in mail.leaves:
            content = mail.content(part)
            if part.media_type == "message/rfc822":
                try:
                    read_mail(content, Limits())
                except OnestopError:
                    pass
                else:
                    waiting.append(content)
            found.update(_variants(content, mail, part))
    return found


def _variants(content: bytes, mail: Mail, part: Part) -> set[str]:
    lines = content.replace(b"\r\n", b"\n")
    several = {
        content,
        lines,
        lines + b"\n",
        content + b"\r\n",
        lines.removesuffix(b"\n"),
        content.removesuffix(b"\r\n"),
    }
    text = part.parameters.get("charset")
    if text:
        with suppress(LookupError, UnicodeError):
            several |= {each.decode(text).encode() for each in list(several)}
    return {hashlib.sha256(each).hexdigest() for each in several}


def _mail_parser(folder: Path) -> list[Score]:
    try:
        import mailparser
    except ImportError:
        print("(mail-parser is not installed)")
        return []
    answered = {}
    for case in cases(folder):
        try:
            mailparser.parse_from_bytes(case["bytes"])
        except Exception:  # noqa: BLE001  # what it raises is what is counted
            answered[case["id"]] = False
        else:
            answered[case["id"]] = True
    return [score("hostile: an answer, or a typed refusal", "mail-parser", answered)]
