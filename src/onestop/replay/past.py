"""Past enquiries: where a backtest takes them from, one at a time, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import NamedTuple, TextIO

from pydantic import ValidationError

from onestop.core.conditions import NOBODY, Circumstances
from onestop.core.enquiry import DeliveryReport, Enquiry
from onestop.core.places import located
from onestop.core.policy import Policy
from onestop.errors import ReplayError
from onestop.replay.known import Known
from onestop.stores import load_enquiry
from onestop.stores.base import KeptEnquiry, Reader, Store

__all__ = ["Past", "bounded_lines", "past_of_lines", "past_of_store"]

_PAGE = 500
_LONGEST_LINE = 4_000_000  # characters: text of the longest enquiry, escaped, and its files' names


class Past(NamedTuple):
    """An enquiry of the past, and by what a person finds it."""

    label: str  # the case's reference, or the line of a file
    enquiry: Enquiry
    opened: bool  # it opened its case: where it goes matters; of others only flags and priority do
    circumstances: Circumstances = NOBODY  # what was known of its sender


def past_of_store(store: Store, *policies: Policy) -> Iterator[Past]:
    """
    Give the enquiries that a store keeps, case by case in the order they were opened; those erased are left out.

    What was known of a sender is looked up where one of the policies asks for it. An enquiry that was copied into
    further cases, or split, is given once: with the case that its intake opened. One page is in memory at a time, and
    each page sees the store as it is then: a desk can go on working.
    """
    known, after = Known({name for policy in policies for name in policy.rules.asks}), ("", "")
    while True:
        with store.read() as reader:
            page = reader.kept_enquiries(after, _PAGE)
            found = [_past(each, known, reader) for each in page if each.body is not None and not each.copied]
        yield from found
        if len(page) < _PAGE:
            return
        after = (page[-1].case, page[-1].id)


def _past(kept: KeptEnquiry, known: Known, reader: Reader) -> Past:
    assert kept.body is not None
    enquiry = load_enquiry(kept.body)
    return Past(kept.reference, enquiry, kept.opened, known.of(kept, enquiry, reader))


def past_of_lines(lines: Iterable[str], name: str) -> Iterator[Past]:
    """
    Give the enquiries of a file with one JSON object a line, as `onestop parse` prints them.

    Delivery reports are passed over; every enquiry counts as one that opens a case, and has the place that its intake
    would find in its words. Of senders nothing is known.

    Raises:
        ReplayError: a line holds neither; its number is told, never its words.
    """
    for number, line in enumerate(lines, 1):
        if len(line) > _LONGEST_LINE:
            raise ReplayError(f"{name}, line {number}: is longer than any enquiry")
        if line.strip() and (enquiry := _enquiry(line, name, number)):
            yield Past(f"{name}:{number}", located(enquiry), opened=True)


def bounded_lines(file: TextIO) -> Iterator[str]:
    """Give the lines of a file; of one that is longer than any enquiry no more than shows that it is."""
    first = file.readline(_LONGEST_LINE + 1).removeprefix("\ufeff")  # with which Windows begins a text
    yield from chain((first,) if first else (), iter(partial(file.readline, _LONGEST_LINE + 1), ""))


def _enquiry(line: str, name: str, number: int) -> Enquiry | None:
    """Give the enquiry of a line; None for a delivery report."""
    try:
        return Enquiry.model_validate_json(line)
    except ValidationError as exc:
        try:
            DeliveryReport.model_validate_json(line)
        except ValidationError:
            raise ReplayError(f"{name}, line {number}: holds no enquiry as `onestop parse` prints it") from exc
        return None
