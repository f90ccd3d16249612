"""
Preferences without a screen: EMAIL ME, QUIET 21-8, CYMRAEG, from a contact point that is its holder's alone.

What is stated so is an event of the citizen, with the enquiry as proof, like what a worker records. A contact point
that several people use, or that may be forged, states nothing: a person looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import cast, get_args

from onestop.core.citizen import CitizenDraft
from onestop.core.citizen_events import (
    CitizenFact,
    DetailStated,
    PreferenceStated,
    QuietHoursStated,
    QuietHoursWithdrawn,
)
from onestop.core.commands import OFF, Command
from onestop.core.enquiry import Channel, Enquiry
from onestop.core.model import FrozenMap
from onestop.core.opting import Opting
from onestop.core.plan import CitizenChange, ContactFacts, ProfileFacts
from onestop.core.profile import Preference, Proof, QuietHours, QuietSpan, Source, Weekday

__all__ = ["state", "wish"]

_NOTED = "preference_noted"
_REACHED_BY: Mapping[str, str] = {"email": "mailto:", "sms": "tel:", "phone": "tel:", "post": "post:"}
_PERSONS = frozenset({"phone", "post"})  # "ring me" may ask for a call, too, and no gateway rings or writes letters
_DAYS: tuple[Weekday, ...] = get_args(Weekday)


def wish(command: Command, enquiry: Enquiry, facts: ProfileFacts | None, contact: ContactFacts) -> Opting:
    """Give what becomes of a preference: whose profile it changes, what is answered, and what a person must look at."""
    looked = (command.flag,)
    if facts is None or facts.citizen is None or contact.shared or not enquiry.proved:
        return Opting(flags=looked)
    if command.kind == "prefer" and not _can_be_reached(command, enquiry, facts):
        return Opting(flags=looked)  # an address is missing, or nothing shows that it is theirs: a person asks
    flags = looked if enquiry.attachments or command.scope in _PERSONS else ()
    if _says_so(command, enquiry, facts):
        return Opting(flags=flags)
    return Opting(answer=_NOTED, flags=flags, holder=facts)


def state(command: Command, facts: ProfileFacts, enquiry: Enquiry, by: str, proof: Proof) -> CitizenChange:
    """Give the change of a citizen that a preference is; the enquiry that said it is its proof."""
    assert facts.citizen is not None
    source = Source(by=by, at=enquiry.received_at, channel=enquiry.channel, proof=proof)
    draft = CitizenDraft(facts.citizen, facts.head)
    draft.add(_fact(command, enquiry, source))
    return CitizenChange(draft.before, draft.citizen, draft.head, tuple(draft.events))


def _fact(command: Command, enquiry: Enquiry, source: Source) -> CitizenFact:
    told = {"at": source.at, "by": source.by, "channel": source.channel, "proof": source.proof}
    if command.kind == "prefer":
        point = enquiry.sender if _is_here(command, enquiry) else None
        stated = Preference(channels=(cast(Channel, command.scope),), contact_point=point, source=source)
        return PreferenceStated.model_validate({**told, "preference": stated})
    if command.kind == "language":
        return DetailStated.model_validate({**told, "detail": "language", "value": command.scope})
    if command.scope == OFF:
        return QuietHoursWithdrawn.model_validate(told)
    return QuietHoursStated.model_validate({**told, "quiet_hours": QuietHours(spans=_spans(command), source=source)})


def _spans(command: Command) -> FrozenMap[Weekday, tuple[QuietSpan, ...]]:
    start, _, end = (command.scope or "").partition("-")
    span = QuietSpan(start=time.fromisoformat(start), end=time.fromisoformat(end))
    return FrozenMap(dict.fromkeys(_DAYS, (span,)))


def _is_here(command: Command, enquiry: Enquiry) -> bool:
    """Say whether the channel that is asked for reaches where this came from: "text me", by text."""
    scheme = _REACHED_BY.get(command.scope or "")
    return scheme is not None and enquiry.sender is not None and enquiry.sender.startswith(scheme)


def _can_be_reached(command: Command, enquiry: Enquiry, facts: ProfileFacts) -> bool:
    if _is_here(command, enquiry):
        return True
    scheme = _REACHED_BY.get(command.scope or "")
    points = [point for point in facts.profile.contact_points if scheme and point.urn.startswith(scheme)]
    return any(point.verified is not None or command.scope in _PERSONS for point in points)


def _says_so(command: Command, enquiry: Enquiry, facts: ProfileFacts) -> bool:
    """Say whether the very same holds already."""
    citizen = facts.citizen
    assert citizen is not None
    if command.kind == "language":
        return citizen.language == command.scope
    if command.kind == "prefer":
        last = next(filter(_is_general, reversed(citizen.preferences)), None)
        point = enquiry.sender if _is_here(command, enquiry) else None
        return last is not None and (last.channels, last.contact_point) == ((command.scope,), point)
    if command.scope == OFF:
        return not citizen.quiet_hours
    return any(hours.until is None and hours.spans == _spans(command) for hours in citizen.quiet_hours)


def _is_general(each: Preference) -> bool:
    """Say whether a preference is of everything, and for good."""
    return not any((each.purpose, each.service, each.case, each.until))
