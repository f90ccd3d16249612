"""Comparing what happened with what was expected, so that a person can read the difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onestop.channels import Parsed
from onestop.core.enquiry import Enquiry
from onestop.core.places import located
from onestop.desk import CaseView, Receipt
from onestop.errors import OnestopError
from onestop.replay.day import Expectation, MessageExpectation

__all__ = ["Difference", "compare", "compare_change", "compare_due", "compare_receipt"]

_NOTHING = "nothing"
_AMONG = frozenset({"defects", "weighed"})  # of which those named must be there
_APART = frozenset({"messages", "ledger"})  # which are looked up, and compared where that is done


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One thing that is not as expected.

    >>> print(Difference("flags", ("emergency",), ()))
    flags: expected emergency, got none
    """

    key: str
    expected: Any
    got: Any

    def __str__(self) -> str:
        return f"{self.key}: expected {_shown(self.expected)}, got {_shown(self.got)}"


def _shown(value: Any) -> str:
    if value is None:
        return _NOTHING
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(each)}" for name, each in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, str) and (not value or not value.isprintable() or " " in value):
        return repr(value)
    return str(value)


def compare(expected: Expectation | MessageExpectation, got: Mapping[str, Any]) -> Iterator[Difference]:
    """
    Give each key whose value is not as expected, in the order of the reference.

    Flags and candidates are compared in any order; of the defects and the channels weighed, and of what stands in
    tables, those named must be there.
    """
    for key in type(expected).model_fields:
        wanted = getattr(expected, key)
        if key not in expected.model_fields_set or wanted is None or key in _APART:
            continue
        value = got.get(key)
        if key in _AMONG:
            same = set(wanted) <= set(value or ())
        elif isinstance(wanted, Mapping):
            wanted = dict(wanted)
            value = {name: value.get(name) for name in wanted} if value is not None else None
            same = value == wanted
        elif isinstance(wanted, tuple):
            same = value is not None and sorted(wanted) == sorted(value)
        else:
            same = wanted == value
        if not same:
            yield Difference(key, wanted, value)


def compare_receipt(
    expected: Expectation,
    receipt: Receipt | None,
    item: Parsed | None,
    case: CaseView | None,
    status: int | None,
    labels: Mapping[str, str],
) -> Iterator[Difference]:
    """
    Compare what became of one thing that a payload said.

    `labels` gives the label of a reference; a case without one is shown by its reference.
    """
    got: dict[str, Any] = {"status": status}
    if receipt is not None:
        got |= {key: getattr(receipt, key) for key in ("outcome", "service", "rule", "kind", "defects", "code")}
        got["flags"] = receipt.flags
        got["case"] = labels.get(receipt.reference, receipt.reference) if receipt.reference else None
        got["linked"] = tuple(labels.get(reference, reference) for reference in receipt.linked)
        got["candidates"] = tuple(labels.get(reference, reference) for reference in receipt.candidates)
    if isinstance(item, Enquiry):
        got |= {"language": item.language, "text": item.text, "meta": item.gateway_meta}
        place = located(item).location  # as it is taken in
        got["location"] = place.model_dump() if place else None
    yield from compare(expected, got | _of_case(case))


def compare_change(
    expected: Sequence[Expectation],
    error: OnestopError | None,
    case: CaseView | None,
    suggested: tuple[str, ...] | None = None,
) -> Iterator[Difference]:
    """
    Compare what became of an action, a reply and the like; an error that nobody expected is a difference.

    `suggested` is what spoke for two citizens being one, before they were merged.
    """
    wanted = expected[0] if expected else Expectation()
    got = {"code": error.code if error else None, "suggested": suggested, **_of_case(case)}
    yield from compare(wanted, got)
    if error is not None and wanted.code is None:
        yield Difference("error", None, f"{error.code}: {error}")


def compare_due(expected: Expectation, case: CaseView | None) -> Iterator[Difference]:
    """Compare a case as it is after what was due was done."""
    yield from compare(expected.model_copy(update={"case": None}), _of_case(case))


def _of_case(case: CaseView | None) -> dict[str, Any]:
    if case is None:
        return {}
    keys = ("service", "provider", "priority", "flags", "state", "state_type")
    return {key: getattr(case.record, key) for key in keys}
