"""
What a message costs, computed before it is sent.

Prices are the council's own figures, each with where it comes from: none is shipped, since contracts differ and change.
A text message is paid for by its parts; everything else by the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import Field

from onestop.core.model import Frozen
from onestop.core.segments import Segments, count_segments

__all__ = ["Cost", "Price", "cost_of"]

_IN_PARTS = frozenset({"sms"})


class Cost(Frozen):
    """What one message of a channel costs the council: of a text message, one part."""

    pence: float = Field(ge=0, le=1_000_000, allow_inf_nan=False)
    source: str = Field(min_length=1, max_length=300)  # a contract, a price list with its date, an estimate and whose


class Price(NamedTuple):
    """What one message costs, and how that was reckoned."""

    segments: Segments | None  # of a text message
    pence: float | None  # None: the council has told no price for the channel
    source: str | None


def cost_of(text: str, channel: str, costs: Mapping[str, Cost]) -> Price:
    """
    Give what a message of these words costs on a channel.

    >>> cost_of("Tŷ" + "x" * 69, "sms", {"sms": Cost(pence=2.5, source="contract")})
    Price(segments=Segments(encoding='ucs2', units=71, parts=2), pence=5.0, source='contract')
    """
    segments = count_segments(text) if channel in _IN_PARTS else None
    cost = costs.get(channel)
    if cost is None:
        return Price(segments, None, None)
    return Price(segments, round(cost.pence * (segments.parts if segments else 1), 4), cost.source)
