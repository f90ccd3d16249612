"""What was told: each message with the ways that were weighed, and what became of it; what may be told by what."""

from __future__ import annotations

from collections.abc import Iterator

from onestop.core.events import EnquiryReceived, MessageQueued, MessageUpdated
from onestop.core.reasons import lost_words, won_words
from onestop.desk.explain_data import Agreed, Became, Telling
from onestop.desk.past import Moment
from onestop.stores.base import Reader

__all__ = ["agreed_of", "tellings_of"]


def tellings_of(past: tuple[Moment, ...]) -> Iterator[Telling]:
    """Give each message, why it goes that way, and what became of it."""
    updates: dict[str, list[Became]] = {}
    for event, _, _ in past:
        if isinstance(event, MessageUpdated):
            became = Became(at=event.at, by=event.by, state=event.state, code=event.code)
            updates.setdefault(event.message, []).append(became)
    came_by: dict[str, str] = {}
    for event, _, _ in past:
        if isinstance(event, EnquiryReceived):
            came_by[event.party] = event.channel
        elif isinstance(event, MessageQueued):
            yield _telling(event, updates.get(event.message, []), came_by.get(event.party))


def _telling(event: MessageQueued, became: list[Became], came_by: str | None) -> Telling:
    because = _because(event, became)
    return Telling(
        at=event.at,
        by=event.by,
        message=event.message,
        party=event.party,
        channel=event.channel,
        purpose=event.purpose,
        template=event.template,
        manner=event.manner,
        because=because,
        why=_why(event, because, came_by),
        weighed=event.weighed,
        not_before=event.not_before,
        replaces=event.replaces,
        became=tuple(became),
        state=became[-1].state if became else "task" if event.manner == "task" else "queued",
    )


def _because(event: MessageQueued, became: list[Became]) -> str | None:
    """Give the code of the choice: of what may not go, it stands beside the state that it was given at once."""
    if event.manner in ("muted", "denied"):
        return became[0].code if became else None
    return event.weighed[0].because if event.weighed else None


def _why(event: MessageQueued, because: str | None, came_by: str | None) -> str:
    if because is None:  # nothing was stated, so that nothing was weighed
        same = came_by == event.channel
        return "the channel they last wrote on" if same else "what their contact point can be reached by"
    return lost_words(because) if event.manner in ("muted", "denied") else won_words(because)


def agreed_of(past: tuple[Moment, ...], reader: Reader) -> Iterator[Agreed]:
    """Give what stands in the ledgers of the contact points of the case's parties, in the order it was said."""
    case = past[-1].after
    places = {alias: place for place, alias in enumerate(case.parties)}
    parties = [row for row in reader.parties(case.id) if row.urn is not None and row.proved]
    found = {
        entry.id: Agreed(
            at=entry.source.at,
            party=row.alias,
            given=entry.given,
            channel=entry.channel,
            purpose=entry.purpose,
            service=entry.service,
            this_case=entry.case == case.id,
            said_here=entry.source.proof.case == case.id,
        )
        for row in sorted(parties, key=lambda row: places.get(row.alias, len(places)), reverse=True)
        for entry in reader.consents(row.urn.key if row.urn is not None else "")
        if entry.case in (None, case.id)
    }
    yield from sorted(found.values(), key=lambda each: each.at)
