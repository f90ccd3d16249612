"""What was known of a sender when their enquiry came, as far as a store still tells."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from onestop.core.case import Case
from onestop.core.circumstances import tells_of
from onestop.core.conditions import NOBODY, Circumstances
from onestop.core.enquiry import Enquiry
from onestop.core.events import read_event
from onestop.core.plan import Ask, ContactFacts, FindContact
from onestop.core.sender_conditions import ASKED_OF_SENDERS, MOST_RECENT
from onestop.stores.base import KeptEnquiry, Reader

__all__ = ["Known"]

_MOST_CASES = 200  # of a sender that are looked at, the newest: as many as intake looks at
_MOST_KEPT = 2_000  # cases whose past is kept: who writes often is asked about often
_OF_CASES = frozenset({"open_case", "repeat"})  # conditions that ask for a sender's cases


class _Stand(NamedTuple):
    """Where a case was from an event on."""

    position: int
    service: str
    open: bool


class _CasePast(NamedTuple):
    """Where a case has been, and when it was opened."""

    opened_at: datetime
    stands: tuple[_Stand, ...]  # in the order of their events

    def before(self, position: int) -> _Stand:
        """Give where it was just before an event; that of its opening came earlier."""
        return self.stands[bisect_left(self.stands, (position,)) - 1]


class Known:
    """
    Gives the circumstances of past enquiries as intake had them: a sender's cases by the events until then.

    Who holds a contact point, their needs and their language are those recorded today, since they have no history. What
    is kept meanwhile is bounded, however many cases there are.
    """

    def __init__(self, asks: Collection[str]) -> None:
        self._asks = ASKED_OF_SENDERS.intersection(asks)
        self._pasts: OrderedDict[str, _CasePast] = OrderedDict()

    def of(self, kept: KeptEnquiry, enquiry: Enquiry, reader: Reader) -> Circumstances:
        """Give what was known of the sender of an enquiry; of what no rule asks, nothing."""
        if not self._asks or enquiry.sender is None:
            return NOBODY
        needs = enquiry.received_at if "needs" in self._asks else None
        query = FindContact(enquiry.sender.key, enquiry.channel, limit=1, needs=needs)
        contact = reader.answer(Ask((query,)))[query]
        assert isinstance(contact, ContactFacts)
        if not tells_of(enquiry, contact) or contact.citizen is None:
            return NOBODY
        cases: tuple[tuple[datetime, _Stand], ...] = ()
        if self._asks & _OF_CASES:
            cases = tuple(self._cases(kept, enquiry.sender.key, contact.holder or contact.citizen, reader))
        return Circumstances(
            open_cases=tuple(sorted({stand.service for _, stand in cases if stand.open})),
            recent=tuple((stand.service, opened_at) for opened_at, stand in cases[:MOST_RECENT]),
            needs=contact.needs,
            language=contact.language,
        )

    def _cases(self, kept: KeptEnquiry, key: str, citizen: str, reader: Reader) -> Iterator[tuple[datetime, _Stand]]:
        """Give when each of a sender's cases was opened, the newest first, and where it was when the enquiry came."""
        for case in reader.cases_before(key, citizen, kept.position, _MOST_CASES):
            if not (kept.opened and case == kept.case):  # the case that the enquiry itself opened came of it
                past = self._past(case, reader)
                yield past.opened_at, past.before(kept.position)

    def _past(self, case: str, reader: Reader) -> _CasePast:
        past = self._pasts.get(case)
        if past is None:
            past = self._pasts[case] = _past_of(case, reader)
            if len(self._pasts) > _MOST_KEPT:
                self._pasts.popitem(last=False)
        self._pasts.move_to_end(case)
        return past


def _past_of(identifier: str, reader: Reader) -> _CasePast:
    """Read where a case has been from its events."""
    stands: list[_Stand] = []
    case: Case | None = None
    for stored in reader.events(identifier):
        event = read_event(stored.data)
        case = case.apply(event) if case else Case.begin(event)
        stand = _Stand(stored.position, case.service, case.state_type != "closed")
        if not stands or stands[-1][1:] != stand[1:]:
            stands.append(stand)
    assert case is not None
    return _CasePast(case.opened_at, tuple(stands))
