"""
What the person wrote now.

Conventions: github and zapier want the reply without signature, a rule that ends it left out; alfonsrv keeps the rule
and leaves out closings ("Kind regards, Jan"), which ours keeps; quotequail wants forwards taken apart, and where quoted
text begins. Text is compared without empty lines at its ends. A peer is asked in the way of its own documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from onestop.channels.email.body import trimmed
from onestop.channels.email.html import html_text
from onestop.channels.email.reply import read_reply, visible
from scores import OURS, Case, Score, cases, score

__all__ = ["measure"]

Reader = Callable[[str, list[str]], str]


def measure(folder: Path, peers: bool) -> list[Score]:
    """Score each convention by each reader."""
    known = list(cases(folder))
    found = []
    for name, read in _readers(peers).items():
        for source in ("github", "zapier", "alfonsrv"):
            for kind in ("exact", "contains"):
                chosen = [case for case in known if case["kind"] == kind and case["id"].startswith(source)]
                if chosen:
                    results = {case["id"]: _is_right(case, read) for case in chosen}
                    found.append(score(f"replies: {source}, {kind}", name, results))
    forwards = [case for case in known if case["kind"] == "forward" and _text(case) is not None]
    found.append(score("replies: quotequail, forwards", OURS, {case["id"]: _is_unwrapped(case) for case in forwards}))
    folds = [case for case in known if case["kind"] == "quote-fold" and "text" in case["input"]]
    found.append(score("replies: quotequail, where quotes begin", OURS, {c["id"]: _is_folded(c) for c in folds}))
    return found


def _is_right(case: Case, read: Reader) -> bool:
    shown = read(case["bytes"].decode(), case.get("languages") or ["en"]).strip()
    expected = case["expected"]
    if "reply" in expected:
        return shown == expected["reply"].strip()
    return all(words in shown for words in expected["contains"]) and not any(
        words in shown for words in expected["excludes"]
    )


def _text(case: Case) -> str | None:
    given = case["input"]
    if "text" in given:
        return str(given["text"])
    return html_text(given["html"]) if "<" in given.get("html", "") else None  # else the name of a file we do not have


def _is_unwrapped(case: Case) -> bool:
    """Say whether the words above, who wrote, and what they wrote are as expected; a reply is none."""
    expected = case["expected"]["expected"]
    found = read_reply(trimmed(_text(case) or ""), "Fw: it").forwarded
    if expected is None or expected["type"] != "forward":
        return found is None
    if found is None:
        return False
    return (
        found.above.strip() == expected.get("text_top", "").strip()
        and found.sender.strip() == expected.get("from", "").strip()
        and found.subject.strip() == expected.get("subject", "").strip()
        and ("text" not in expected or expected["text"].split("\n")[0] in found.words)
    )


def _is_folded(case: Case) -> bool:
    """Say whether what is shown of a reply is what stands above its quotes; forwards are shown whole."""
    text = case["input"]["text"]
    shown = "\n".join(part for keep, part in case["expected"]["expected_quote_intro_line"] if keep).strip()
    found = read_reply(trimmed(text))
    return found.text.strip() in (shown, *([found.text.strip()] if found.forwarded else []))


def _ours(text: str, languages: list[str]) -> str:
    return visible(trimmed(text.replace("\r\n", "\n")))


def _readers(peers: bool) -> dict[str, Reader]:
    found: dict[str, Reader] = {OURS: _ours}
    if not peers:
        return found
    try:
        from mailparser_reply import EmailReplyParser as Alfonsrv
    except ImportError:
        print("(mail-parser-reply is not installed)")
    else:
        found["mail-parser-reply"] = lambda text, languages: Alfonsrv(languages=languages).parse_reply(text=text) or ""
    try:
        from email_reply_parser import EmailReplyParser as Zapier
    except ImportError:
        print("(email-reply-parser is not installed)")
    else:
        found["email-reply-parser"] = lambda text, languages: str(Zapier.parse_reply(text))
    return found
