"""
The choice of a channel: by which channel, to which contact point and when a citizen is told something, and why so.

The order of reasons is: law, need, opt-out; then what they stated of this case, this service, this purpose, of
everything; then where they last wrote from; then cost. docs/explanation/preference.md has the whole of it, row by row.

A channel that a gateway of the desk sends on is sent on. Telephone, post and meeting somebody are always open beside
them, since people serve them: such a choice is a task. Nothing that needs saying ends without either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Literal, NamedTuple

from onestop.core.barriers import FITS, barrier
from onestop.core.enquiry import Channel
from onestop.core.events import Weighed
from onestop.core.gateway import Capabilities
from onestop.core.needs import Asked
from onestop.core.profile import ContactPoint, Profile
from onestop.core.purposes import Purpose
from onestop.core.quiet import NEVER, Zones
from onestop.core.standing import ANSWERS_ONLY, LastUsed, Standing, Telling, Urgency, stand
from onestop.core.wishes import Matter

__all__ = [
    "PEOPLE",
    "Candidate",
    "Choice",
    "ChoiceKind",
    "LastUsed",
    "Matter",
    "Urgency",
    "Way",
    "choose_channel",
]

ChoiceKind = Literal["send", "task", "muted", "denied"]

PEOPLE: tuple[Channel, ...] = ("phone", "post", "in_person")
"""Channels that people serve where no gateway sends on them: by ringing, by writing, by meeting."""

_WITHOUT_POINT = frozenset({"post", "in_person"})  # a person finds where
# What is worth a person's time though nobody asked for a person; the rest is sent, or not said.
_WORTH_A_PERSON: frozenset[Purpose] = frozenset({"service_update", "question", "appointment", "statutory", "urgent"})
_COSTS = ("free", "low", "medium", "high")
_BY_COST: tuple[Channel, ...] = ("email", "sms", "chat", "social", "phone", "post")  # of two that cost the same
_UNSTATED = frozenset({"last_used", "cost"})
_NO_MATTER = Matter()


class Way(NamedTuple):
    """A way to somebody: a channel, and the contact point where it needs one."""

    channel: Channel
    contact_point: ContactPoint | None = None  # None: a person finds out where to write, or meets them

    @property
    def key(self) -> tuple[Channel, str | None]:
        """What `excluded` knows it by."""
        return self.channel, None if self.contact_point is None else self.contact_point.urn.key


class Candidate(NamedTuple):
    """A way that was weighed, and why it won or lost."""

    way: Way
    won: bool
    because: str  # a stable code: docs/explanation/preference.md


class Choice(NamedTuple):
    """How somebody is told a thing."""

    kind: ChoiceKind  # send; task: a person does it; muted: they do not want to hear of it; denied: nothing may go
    because: str  # a stable code
    channel: Channel | None = None
    contact_point: ContactPoint | None = None
    not_before: datetime | None = None  # the end of their quiet hours
    format: str | None = None  # that a need asks for
    language: str | None = None  # theirs, where the council writes it; None: not known, or another
    task: str | None = None  # call_back, relay_call, letter, meeting, by_hand, or the professional to be booked
    professionals: tuple[str, ...] = ()  # who must be there when they are spoken to
    fallback: tuple[Way, ...] = ()  # what comes next, in its order
    candidates: tuple[Candidate, ...] = ()  # all that were weighed, in the order of the reasons for them

    def weighed(self) -> tuple[Weighed, ...]:
        """Give what a case's history says of it: the winner first; channels and codes, no contact point, no need."""
        ordered = sorted(self.candidates, key=_lost)
        rows = dict.fromkeys((each.way.channel, each.because) for each in ordered)
        return tuple(Weighed(channel=channel, because=because) for channel, because in rows)


def _lost(candidate: Candidate) -> bool:
    return not candidate.won


def choose_channel(
    profile: Profile,
    purpose: Purpose,
    *,
    urgency: Urgency = "normal",
    capabilities: Mapping[Channel, Capabilities],
    now: datetime,
    zones: Zones,
    matter: Matter = _NO_MATTER,
    last_used: LastUsed | None = None,
    languages: Sequence[str] = (),
    excluded: Collection[tuple[Channel, str | None]] = (),
) -> Choice:
    """
    Give the channel, the contact point and the time for a message, and why.

    `capabilities` has what the desk's gateways can do by channel; `languages` those the council writes; `excluded` the
    ways that were tried in vain, as `Way.key` has them.
    """
    windows = {each: can.reply_window_hours for each, can in capabilities.items() if can.reply_window_hours is not None}
    standing = stand(profile, Telling(purpose, urgency, matter, last_used), now, zones, windows)
    if standing.stated.closed and not standing.stated.open:
        return Choice("muted", "muted")
    return _choice(standing, _weigh(standing, capabilities, excluded), capabilities, languages)


# -- the candidates, in the order of the reasons for them --------------------------------------------------------------


def _weigh(
    standing: Standing, capabilities: Mapping[Channel, Capabilities], excluded: Collection[tuple[Channel, str | None]]
) -> list[Candidate]:
    """Give each candidate with what stands against it, or the reason for it (`won`: it could be used)."""
    quiet_for_ever = standing.quiet_until == NEVER
    weighed: list[Candidate] = []
    seen: set[tuple[Channel, str | None]] = set()
    for way, because in _ways(standing, capabilities):
        key = way.key
        if key in seen:
            continue
        seen.add(key)
        if key in excluded:
            code: str | None = "tried"
        elif quiet_for_ever:
            code = "always_quiet"
        else:
            code = _barrier(standing, way, capabilities)
        weighed.append(Candidate(way, code is None, code or because))
    if _may_ask_a_person(standing, weighed):
        return weighed
    return [
        Candidate(each.way, won=False, because="person_only")
        if each.won and each.because in _UNSTATED and _manner(standing.asked, each.way, capabilities) == "task"
        else each
        for each in weighed
    ]


def _ways(standing: Standing, capabilities: Mapping[Channel, Capabilities]) -> Iterator[tuple[Way, str]]:
    profile, stated, used = standing.profile, standing.stated, standing.message.last_used
    for wish in stated.open:
        for channel in wish.channels:
            ways = _points(profile, channel, used)
            named = [way for way in ways if way.contact_point and way.contact_point.urn.key == wish.named]
            for way in named or ways:
                yield way, wish.because
    if stated.closed:
        return
    if used is not None:
        channel = _answering(used)
        for way in _points(profile, channel, used):
            if way.key[1] in (None, used.key):
                yield way, "last_used"
    for channel in sorted(
        (each for each in _BY_COST if _is_open(each, capabilities)), key=partial(_cost, capabilities)
    ):
        for way in _points(profile, channel, used):
            yield way, "cost"


def _points(profile: Profile, channel: Channel, used: LastUsed | None) -> list[Way]:
    """Give the ways to somebody on a channel: where they last wrote from first, then those that are proved."""
    fits = FITS.get(channel, ())
    fitting = [point for point in profile.contact_points if point.urn.startswith(fits)] if fits else []
    if not fitting:
        return [Way(channel)]
    if len(fitting) > 1:
        last = used.key if used is not None else None
        fitting.sort(key=lambda point: (point.urn.key != last, point.verified is None))
    return [Way(channel, point) for point in fitting]


def _answering(used: LastUsed) -> Channel:
    """Give the channel that answers how they wrote: a form has none of its own."""
    if used.channel != "web":
        return used.channel
    return "sms" if used.key.startswith("tel:") else "email"


def _is_open(channel: Channel, capabilities: Mapping[Channel, Capabilities]) -> bool:
    can = capabilities.get(channel)
    return channel in PEOPLE or (can is not None and can.sends)


def _cost(capabilities: Mapping[Channel, Capabilities], channel: Channel) -> tuple[bool, int, int]:
    can = capabilities.get(channel)
    sends = can is not None and can.sends
    return not sends, _COSTS.index(can.cost_class) if can is not None else 0, _BY_COST.index(channel)


# -- what stands against each ------------------------------------------------------------------------------------------


def _manner(asked: Asked, way: Way, capabilities: Mapping[Channel, Capabilities]) -> Literal["send", "task"] | None:
    """Give whether a gateway can carry it as the needs ask, or a person has to; None: neither."""
    can = capabilities.get(way.channel)
    if can is not None and can.sends and way.contact_point is not None and asked.manner(way.channel) == "send":
        return "send"
    return "task" if way.channel in PEOPLE else None


def _barrier(standing: Standing, way: Way, capabilities: Mapping[Channel, Capabilities]) -> str | None:
    if standing.asked.manner(way.channel) is None:
        return "need"
    if _manner(standing.asked, way, capabilities) is None:
        can = capabilities.get(way.channel)
        if can is None or not can.sends:
            return "no_gateway"
        return "need" if way.contact_point is not None else "no_contact_point"
    if way.contact_point is not None:
        return barrier(standing, way.channel, way.contact_point)
    if standing.message.purpose in ANSWERS_ONLY:
        return "not_where_they_wrote"
    if standing.law.needs_consent:
        return "no_consent"
    return None if way.channel in _WITHOUT_POINT else "no_contact_point"


def _may_ask_a_person(standing: Standing, weighed: list[Candidate]) -> bool:
    """Say whether a person may be given the task though the citizen did not ask for one."""
    if standing.law.must_reach:
        return True
    lost = {each.because for each in weighed if not each.won}
    if standing.message.purpose in ANSWERS_ONLY or standing.law.needs_consent or "opted_out" in lost:
        return False
    return standing.message.purpose in _WORTH_A_PERSON or "need" in lost


# -- the choice --------------------------------------------------------------------------------------------------------


def _choice(
    standing: Standing,
    weighed: list[Candidate],
    capabilities: Mapping[Channel, Capabilities],
    languages: Sequence[str],
) -> Choice:
    able = [each for each in weighed if each.won]
    asked, language = standing.asked, _language(standing.profile.language, languages)
    if not able:
        lost = tuple(weighed)
        if not _may_ask_a_person(standing, weighed):
            return Choice("denied", _denied(weighed), language=language, candidates=lost)
        won = Candidate(Way("in_person"), won=True, because=_denied(weighed))
        return Choice(
            "task",
            won.because,
            "in_person",
            format=asked.format,
            language=language,
            task=asked.professionals[0] if asked.professionals else "by_hand",
            professionals=asked.professionals,
            candidates=(*lost, won),
        )
    winner = able[0]
    because = _because(winner, weighed)
    way = winner.way
    kind = _manner(asked, way, capabilities)
    assert kind is not None
    return Choice(
        kind,
        because,
        way.channel,
        way.contact_point,
        standing.quiet_until,
        asked.format,
        language,
        _task(asked, way.channel) if kind == "task" else None,
        asked.professionals,
        tuple(each.way for each in able[1:]),
        tuple(
            Candidate(each.way, won=True, because=because)
            if each is winner
            else Candidate(each.way, won=False, because="next" if each.won else each.because)
            for each in weighed
        ),
    )


def _because(winner: Candidate, weighed: list[Candidate]) -> str:
    """Give why the winner won: where nothing was stated for it, a need that others did not meet says more."""
    if winner.because in _UNSTATED and any(each.because == "need" for each in weighed if not each.won):
        return "need"
    return winner.because


_TELLING = ("opted_out", "no_consent", "need", "always_quiet", "tried", "failed", "shared", "unverified")


def _denied(weighed: list[Candidate]) -> str:
    """Give the one reason that says most of why there is no way."""
    lost = {each.because for each in weighed}
    return next((code for code in _TELLING if code in lost), "no_way")


def _task(asked: Asked, channel: Channel) -> str:
    if channel == "phone":
        return "relay_call" if asked.relay else "call_back"
    if channel == "post":
        return "letter"
    return asked.professionals[0] if asked.professionals else "meeting"


def _language(stated: str | None, languages: Sequence[str]) -> str | None:
    """Give the language that they are written in (RFC 4647, section 3.4: less and less of it until one is known)."""
    wanted = (stated or "").lower()
    while wanted:
        if (found := next((each for each in languages if each.lower() == wanted), None)) is not None:
            return found
        wanted = wanted.rpartition("-")[0]
    return None
