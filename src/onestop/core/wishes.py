"""
Wishes: which statements of a citizen hold for a message, the strongest first.

What holds for a while comes before what holds always; then what was said of this case, of this service, of everything;
and within each, what was said for this purpose before what was said for all. Of two alike the later holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from onestop.core.enquiry import Channel
from onestop.core.profile import Preference
from onestop.core.purposes import Purpose, stated_for

__all__ = ["Matter", "Wish", "Wishes", "wishes"]


class Matter(NamedTuple):
    """What a message is about, for statements of one service or one case."""

    service: str | None = None  # its code
    case: str | None = None  # its id


class Wish(NamedTuple):
    """What one statement says of a message."""

    channels: tuple[Channel, ...]
    named: str | None  # the key of the contact point that was named
    because: str


class Wishes(NamedTuple):
    """What was stated, the strongest first."""

    open: tuple[Wish, ...] = ()
    closed: bool = False  # by a statement that wants nothing: what comes after `open` is not wanted
    named: tuple[str, ...] = ()  # keys of the contact points that one of them names

    def refuses(self, channel: Channel) -> bool:
        """Say whether nothing is wanted by this channel."""
        return self.closed and not any(channel in wish.channels for wish in self.open)


_CASE, _SERVICE, _ALL = range(3)


def wishes(preferences: Iterable[Preference], purpose: Purpose, matter: Matter, at: datetime) -> Wishes:
    """Give the wishes that hold for a message at a moment."""
    purposes = stated_for(purpose)
    holding: dict[tuple[bool, int, int], Preference] = {}
    for stated in preferences:
        if (service := stated.service) is not None and service != matter.service:
            continue
        if (wanted := stated.purpose) is not None and wanted not in purposes:
            continue
        if (case := stated.case) is not None and case != matter.case:
            continue
        if (until := stated.until) is not None and until <= at:
            continue
        scope = _CASE if case is not None else _SERVICE if service is not None else _ALL
        holding[until is None, scope, len(purposes) if wanted is None else purposes.index(wanted)] = stated
    found: list[Wish] = []
    closed = False
    for key in sorted(holding):
        stated = holding[key]
        if closed := not stated.channels:
            break
        named = stated.contact_point
        found.append(Wish(stated.channels, named.key if named is not None else None, _because(key, stated)))
    return Wishes(tuple(found), closed, tuple([wish.named for wish in found if wish.named is not None]))


def _because(key: tuple[bool, int, int], stated: Preference) -> str:
    always, scope, _ = key
    if not always:
        return "temporary_preference"
    if scope == _CASE:
        return "case_preference"
    if scope == _SERVICE:
        return "service_preference"
    return "general_preference" if stated.purpose is None else "purpose_preference"
