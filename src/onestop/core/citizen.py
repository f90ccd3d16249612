"""The citizen: a person, household, organisation or group, and what was stated of them."""

from __future__ import annotations

from pydantic import Field

from onestop.core.model import Frozen
from onestop.core.profile import CitizenKind, Need, Preference, QuietHours

__all__ = ["Citizen"]


class Citizen(Frozen):
    """
    The present of a citizen: what their events say, one after another.

    Addresses, the ledger of consents and authorities are rows of their own, since they are looked up by themselves.
    """

    id: str
    version: int = 0  # how many events there were; 0: nothing was stated yet
    kind: CitizenKind = "person"
    name: str | None = None
    language: str | None = None
    zone: str | None = None
    preferences: tuple[Preference, ...] = ()
    quiet_hours: tuple[QuietHours, ...] = ()
    needs: tuple[Need, ...] = ()
    members: tuple[str, ...] = Field(default=(), max_length=1000)  # citizens of a household, organisation or group
    merged_into: str | None = None  # the citizen who stands for this one; their own statements stay as they are
    stands_for: tuple[str, ...] = ()  # the citizens who were merged into this one, in the order they were

    @property
    def states(self) -> bool:
        """Whether there is something that a choice of channel has to know, apart from their addresses."""
        return bool(
            self.preferences or self.quiet_hours or self.needs or self.zone or self.merged_into or self.stands_for
        )
