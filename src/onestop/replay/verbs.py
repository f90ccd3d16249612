"""The verbs of a recorded day: what each kind of step is written with, and what can be expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

__all__ = ["VERBS", "Verb", "VerbKeys"]

Verb = Literal[
    "receive",
    "handle",
    "act",
    "reroute",
    "reply",
    "template",
    "note",
    "link",
    "unlink",
    "split",
    "unsplit",
    "merge",
    "unmerge",
    "restrict",
    "lift",
    "record_need",
    "drop_need",
    "describe",
    "prefer",
    "quiet",
    "consent",
    "add_contact_point",
    "verify",
    "mark_shared",
    "grant",
    "end_authority",
    "merge_citizens",
    "unmerge_citizens",
    "ask",
    "answer",
    "belongs_to",
    "done",
    "take_back",
    "run_due",
]


class VerbKeys(NamedTuple):
    """The keys that a verb takes, and what can be expected of it."""

    needs: tuple[str, ...]
    takes: tuple[str, ...] = ()
    expects: tuple[str, ...] = ()


_CASE = ("service", "provider", "priority", "flags", "state", "state_type")
_RECEIPT = (
    "outcome",
    "case",
    *_CASE,
    "rule",
    "kind",
    "defects",
    "candidates",
    "linked",
    "code",
    "language",
    "text",
    "location",
    "meta",
    "messages",
    "ledger",
)
_CHANGE = (*_CASE, "code", "messages")
_CODE = ("code",)

VERBS: Mapping[Verb, VerbKeys] = {
    "receive": VerbKeys(("file",), expects=_RECEIPT),
    "handle": VerbKeys(("file",), expects=(*_RECEIPT, "status")),
    "act": VerbKeys(("case", "by"), ("fields",), _CHANGE),
    "reroute": VerbKeys(("case", "by"), ("reason",), _CHANGE),
    "reply": VerbKeys(("case", "by"), ("purpose",), _CHANGE),
    "template": VerbKeys(("case", "by"), ("purpose",), _CHANGE),
    "note": VerbKeys(("case", "by"), expects=_CHANGE),
    "link": VerbKeys(("case", "kind", "by"), expects=_CHANGE),
    "unlink": VerbKeys(("case", "by"), ("kind",), _CHANGE),
    "split": VerbKeys(("case", "opens", "by"), ("text", "kind"), _CHANGE),
    "unsplit": VerbKeys(("case", "by"), expects=_CHANGE),
    "merge": VerbKeys(("case", "by"), ("fields",), _CHANGE),
    "unmerge": VerbKeys(("case", "by"), expects=_CHANGE),
    "restrict": VerbKeys(("until", "reason", "by"), expects=_CODE),
    "lift": VerbKeys(("by",), expects=_CODE),
    "record_need": VerbKeys(("need", "by"), ("until",), _CODE),
    "drop_need": VerbKeys(("need", "by"), expects=_CODE),
    "describe": VerbKeys(("by",), ("name", "language"), _CODE),
    "prefer": VerbKeys(("channels", "by"), ("purpose", "service", "case", "until"), _CODE),
    "quiet": VerbKeys(("hours", "by"), ("until",), _CODE),
    "consent": VerbKeys(("given", "by"), ("channel", "purpose", "service"), (*_CODE, "ledger")),
    "add_contact_point": VerbKeys(("of", "by"), expects=_CODE),
    "verify": VerbKeys(("by",), expects=_CODE),
    "mark_shared": VerbKeys(("users", "by"), expects=_CODE),
    "grant": VerbKeys(("subject", "role", "by"), ("services", "until", "proof"), _CODE),
    "end_authority": VerbKeys(("subject", "by"), expects=_CODE),
    "merge_citizens": VerbKeys(("into", "by"), expects=(*_CODE, "suggested")),
    "unmerge_citizens": VerbKeys(("by",), expects=_CODE),
    "ask": VerbKeys(("case", "by"), ("options", "until"), _CHANGE),
    "answer": VerbKeys(("case", "by"), expects=_CHANGE),
    "belongs_to": VerbKeys(("case", "by"), expects=_CHANGE),
    "done": VerbKeys(("case", "by"), ("remark",), _CHANGE),
    "take_back": VerbKeys(("case", "by"), expects=_CHANGE),
    "run_due": VerbKeys((), expects=("case", *_CASE, "messages")),
}
"""What each kind of step is written with, in the order of the reference."""
