"""
Answering a representative: may they be told, and who is told where they may not.

It is looked at when a message is queued and again when it is about to leave. That what they wrote has arrived is told
to whoever may write; all else only to who may be told of the matter. Where somebody may not be told the citizen is,
where they are of the case; else it is left to a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from onestop.core.authority import Denial, Refused, addressee_of, authority_for, denial_of
from onestop.core.case import Case
from onestop.core.plan import PartyRow
from onestop.core.profile import Authority
from onestop.core.reaching import Addressee

__all__ = ["denial_to", "told_instead"]

_ARRIVED = frozenset({"acknowledgement", "confirmation"})  # purposes that say no more than that


def denial_to(
    case: Case, party: PartyRow, authorities: Iterable[Authority], purpose: str, now: datetime
) -> Denial | None:
    """Give why a party may not be sent a message; None where they may, or where it is their own matter."""
    if party.acts_for is None:
        return None
    verdict = authority_for(
        authorities,
        party.citizen,
        party.acts_for,
        case.service,
        now,
        told=purpose not in _ARRIVED,
        raised=party.alias == next(iter(case.parties), None),
    )
    return denial_of(verdict) if isinstance(verdict, Refused) else None


def told_instead(case: Case, to: Addressee, purpose: str, now: datetime) -> tuple[Addressee, Denial | None]:
    """
    Give who is told in the end, and why nobody is where a person has to do it.

    A representative who may not be told gives way to the citizen; a citizen who needs messages to go to somebody else
    gives way to who may be told for them and is of the case.
    """
    denial = denial_to(case, to.party, to.authorities, purpose, now)
    if denial is not None:
        to = next((each for each in to.beside if each.party.acts_for is None), to)
        if to.party.acts_for is not None:
            return to, denial
    profile = to.reach.profile if to.reach is not None else None
    if to.party.acts_for is not None or profile is None or purpose in _ARRIVED:
        return to, None
    by_citizen = {each.party.citizen: each for each in to.beside if each.party.acts_for is not None}
    of_case = {citizen for citizen in by_citizen if citizen is not None}
    stand_in = addressee_of(profile, to.authorities, case.service, now, of_case=of_case)
    if stand_in.code is not None:
        return to, stand_in.code
    if stand_in.authority is None:
        return to, None
    return (by_citizen[stand_in.citizen], None) if stand_in.citizen in by_citizen else (to, "no_authority")
