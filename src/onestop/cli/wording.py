"""What became of an enquiry, in words."""

from __future__ import annotations

from collections.abc import Mapping

from onestop.desk import Receipt
from onestop.desk.explain import how_words

__all__ = ["STYLES", "receipt_line", "short_reason"]

STYLES: Mapping[str, str] = {
    "opened": "green",
    "joined": "cyan",
    "asked": "yellow",
    "repeat": "dim",
    "recorded": "blue",
    "rejected": "red",
}
"""The style of each outcome."""


def receipt_line(receipt: Receipt) -> str:
    """
    Say what became of one enquiry or report.

    >>> print(receipt_line(Receipt(outcome="repeat", reference="NP-049N-3021", service="graffiti")))
    repeat of NP-049N-3021: it was taken in before, and nothing changed
    """
    case, at = receipt.reference or "", f"at {receipt.service}"
    others = ", ".join(receipt.candidates)
    match receipt.outcome:
        case "opened":
            said = f"opened {case} {at}, {_by_rule(receipt.rule)}"
        case "joined":
            said = f"joined {case} {at}: {how_words(receipt.how or '')}"
        case "asked":
            said = f"opened {case} {at}, {_by_rule(receipt.rule)}; a person decides whether it belongs to {others}"
        case "recorded":
            said = f"recorded at {case}: {receipt.kind}"
        case "repeat" if receipt.rejected:
            said = f"repeat of {receipt.rejected}, which was rejected: {receipt.reason}"
        case "repeat":
            said = f"repeat of {case}: it was taken in before, and nothing changed"
        case _:
            said = f"rejected and kept as {receipt.rejected}: {receipt.reason}"
    notes = [f"flags {', '.join(receipt.flags)}"] if receipt.flags and receipt.outcome != "repeat" else []
    notes += [f"defects {', '.join(receipt.defects)}"] if receipt.defects else []
    return f"{said} ({'; '.join(notes)})" if notes else said


def _by_rule(rule: str | None) -> str:
    return "the fallback, since no rule named a service" if rule == "fallback" else f"by the rule {rule}"


def short_reason(receipt: Receipt) -> str:
    """Give the one word that says why: the rule that opened a case, how an enquiry came to one, what was wrong."""
    match receipt.outcome:
        case "opened":
            return receipt.rule or ""
        case "joined" | "asked":
            return receipt.how or ""
        case "recorded":
            return receipt.kind or ""
        case "repeat":
            return "taken in before"
        case _:
            return receipt.code or ""
