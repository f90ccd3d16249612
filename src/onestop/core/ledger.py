"""
The ledger of consents, read: may a contact point be written to for a purpose, by a channel, about a case?

Each entry says of what it is: a channel, a purpose, a service, a case, or all of them where it says nothing. The latest
entry that covers a message holds. So STOP closes everything and a later START opens it again; START about one thing
opens that one thing and leaves the rest closed. Latest is when it was said, not when it was written down: a retry or a
slow network changes nothing, and entries may be written in any order. Of two of the same moment the withdrawal holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from onestop.core.enquiry import Channel
from onestop.core.profile import Consent
from onestop.core.purposes import Purpose, stated_for

__all__ = ["About", "agreed", "latest", "moment", "withdrawn"]


class About(NamedTuple):
    """What a message is: what an entry of the ledger must cover to say something of it."""

    channel: Channel
    purpose: Purpose
    service: str | None = None  # of its case
    case: str | None = None  # its id


def latest(ledger: Iterable[Consent], key: str, about: About) -> Consent | None:
    """Give the entry that holds for a message to a contact point; None: nothing was ever said."""
    covering = [entry for entry in ledger if entry.key == key and _covers(entry, about)]
    return max(covering, key=moment, default=None)


def withdrawn(ledger: Iterable[Consent], key: str, about: About) -> bool:
    """Say whether nothing may go to a contact point: they said that they do not want it, and nothing else since."""
    holds = latest(ledger, key, about)
    return holds is not None and not holds.given


def agreed(ledger: Iterable[Consent], key: str, about: About) -> bool:
    """
    Say whether somebody agreed to messages for this very purpose, and has withdrawn nothing of it since.

    A general START is no such consent (PECR, regulation 22: for marketing it is specific): it gives back what needs
    none.
    """
    entries = [entry for entry in ledger if entry.key == key and _covers(entry, about)]
    specific = [entry for entry in entries if entry.given and entry.purpose == about.purpose]
    stopped = [entry for entry in entries if not entry.given]
    if not specific:
        return False
    return not stopped or moment(max(specific, key=moment)) > moment(max(stopped, key=moment))


def _covers(entry: Consent, about: About) -> bool:
    return (
        entry.channel in (None, about.channel)
        and entry.purpose in (None, *stated_for(about.purpose))
        and entry.service in (None, about.service)
        and entry.case in (None, about.case)
    )


def moment(entry: Consent) -> tuple[datetime, bool]:
    """Give what entries are ordered by: when it was said, a withdrawal after what was given in the same moment."""
    return entry.source.at, not entry.given
