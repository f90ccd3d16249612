"""
The choice of a channel: by which channel, to which contact point and when a citizen is told something, and why so.

The order of reasons is: law, need, opt-out; then what they stated of this case, this service, this purpose, of
everything; then where they last wrote from; then cost. docs/explanation/preference.md has the whole of it, row by row.

A channel that a gateway of the desk sends on is sent on. Telephone, post and meeting somebody are always open beside
them, since people serve them: such a choice is a task. Nothing that needs saying ends without either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from onestop.core.barriers import FITS, barrier
from onestop.core.enquiry import Channel
from onestop.core.events import Weighed
from onestop.core.gateway import Capabilities
from onestop.core.needs import NOTHING, Asked, Manner
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
_COSTS = {"free": 0, "low": 1, "medium": 2, "high": 3}
_ALL: tuple[Channel, ...] = (
    "email",
    "sms",
    "chat",
    "social",
    "phone",
    "post",
)  # in the order of two that cost the same
_ASKED = frozenset({"phone", "post"})  # people ring and write unasked; somebody is met when they want it
_Key = tuple[Channel, str | None]  # `Way.key`
_UNSTATED = frozenset({"last_used", "cost"})
_NO_MATTER = Matter()


class Way(NamedTuple):
    """A way to somebody: a channel, and the contact point where it needs one."""

    channel: Channel
    contact_point: ContactPoint | None = None  # None: a person finds out where to write, or meets them

    @property
    def key(self) -> _Key:
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
    excluded: Collection[_Key] = (),
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
    return _choice(standing, _weigh(standing, capabilities, excluded), languages)


# -- the candidates, in the order of the reasons for them --------------------------------------------------------------


class _Weight(NamedTuple):
    """A candidate before it is known who wins."""

    way: Way
    because: str  # the reason for it
    manner: Manner | None  # a gateway can carry it as the needs ask, or a person has to
    against: str | None


def _weigh(
    standing: Standing, capabilities: Mapping[Channel, Capabilities], excluded: Collection[_Key]
) -> list[_Weight]:
    asked, quiet_for_ever = standing.asked, standing.quiet_until == NEVER
    weighed: list[_Weight] = []
    for key, (way, because) in _ways(standing, capabilities).items():
        able: Manner | None = "send" if asked is NOTHING else asked.manner(way.channel)
        manner = _manner(able, way, asked, capabilities)
        if key in excluded:
            code: str | None = "tried"
        elif quiet_for_ever:
            code = "always_quiet"
        elif able is None:
            code = "need"
        elif manner is None:
            code = _no_manner(way, capabilities)
        else:
            code = _barrier(standing, way, key)
        weighed.append(_Weight(way, because, manner, code))
    if _may_ask_a_person(standing, weighed):
        return weighed
    return [
        each._replace(against="person_only")
        if each.against is None and each.manner == "task" and each.because in _UNSTATED
        else each
        for each in weighed
    ]


def _ways(standing: Standing, capabilities: Mapping[Channel, Capabilities]) -> dict[_Key, tuple[Way, str]]:
    """Give the ways to somebody in the order of the reasons for them, each with its first."""
    stated, used = standing.stated, standing.message.last_used
    known = _by_scheme(standing.profile, used)
    found: dict[_Key, tuple[Way, str]] = {}
    whole: set[Channel] = set()  # channels of which every way was found
    for wish in stated.open:
        for channel in wish.channels:
            if channel in whole:
                continue
            ways = _points(known, channel)
            named = [each for each in ways if each[0][1] == wish.named] if wish.named is not None else None
            if not named:
                whole.add(channel)
            for key, way in named or ways:
                found.setdefault(key, (way, wish.because))
    if stated.closed:
        return found
    if used is not None and (channel := _answering(used)) not in whole:
        for key, way in _points(known, channel):
            if key[1] in (None, used.key):
                found.setdefault(key, (way, "last_used"))
    for channel in _by_cost(capabilities):
        if channel not in whole:
            for key, way in _points(known, channel):
                found.setdefault(key, (way, "cost"))
    return found


def _by_scheme(profile: Profile, used: LastUsed | None) -> dict[str, list[tuple[str, ContactPoint]]]:
    """Give the contact points and their keys by scheme: where they last wrote from first, then what is proved."""
    known: dict[str, list[tuple[str, ContactPoint]]] = {}
    for point in profile.contact_points:
        key = point.urn.key
        known.setdefault(key.partition(":")[0], []).append((key, point))
    last = used.key if used is not None else None
    for points in known.values():
        if len(points) > 1:
            points.sort(key=lambda each: (each[0] != last, each[1].verified is None))
    return known


def _points(known: Mapping[str, list[tuple[str, ContactPoint]]], channel: Channel) -> list[tuple[_Key, Way]]:
    """Give the ways to somebody on a channel; one without a contact point where they have none for it."""
    ways: list[tuple[_Key, Way]] = []
    for scheme in FITS.get(channel, ()):
        if scheme in known:
            ways += [((channel, key), Way(channel, point)) for key, point in known[scheme]]
    return ways or [((channel, None), Way(channel))]


def _answering(used: LastUsed) -> Channel:
    """Give the channel that answers how they wrote: a form has none of its own."""
    if used.channel != "web":
        return used.channel
    return "sms" if used.key.startswith("tel:") else "email"


def _by_cost(capabilities: Mapping[Channel, Capabilities]) -> list[Channel]:
    """Give the channels of the gateways that send, the cheapest first, and then those that people serve."""
    costs: list[tuple[int, int, Channel]] = []
    for place, channel in enumerate(_ALL):
        can = capabilities.get(channel)
        if can is not None and can.sends:
            costs.append((_COSTS[can.cost_class], place, channel))
        elif channel in _ASKED:
            costs.append((len(_COSTS), place, channel))
    costs.sort()
    return [channel for _, _, channel in costs]


# -- what stands against each ------------------------------------------------------------------------------------------


def _manner(able: Manner | None, way: Way, asked: Asked, capabilities: Mapping[Channel, Capabilities]) -> Manner | None:
    """Give whether a gateway can carry it as the needs ask, or a person has to; None: neither."""
    if able == "send" and way.contact_point is not None:
        can = capabilities.get(way.channel)
        if can is not None and can.sends and not (can.one_size and asked.large):
            return "send"
    return "task" if able is not None and way.channel in PEOPLE else None


def _no_manner(way: Way, capabilities: Mapping[Channel, Capabilities]) -> str:
    can = capabilities.get(way.channel)
    if can is None or not can.sends:
        return "no_gateway"
    return "no_contact_point" if way.contact_point is None else "need"


def _barrier(standing: Standing, way: Way, key: _Key) -> str | None:
    if way.contact_point is not None and key[1] is not None:
        return barrier(standing, way.channel, way.contact_point, key[1])
    if standing.message.purpose in ANSWERS_ONLY:
        return "not_where_they_wrote"
    if standing.law.needs_consent:
        return "no_consent"
    return None if way.channel in _WITHOUT_POINT else "no_contact_point"


def _may_ask_a_person(standing: Standing, weighed: list[_Weight]) -> bool:
    """Say whether a person may be given the task though the citizen did not ask for one."""
    if standing.law.must_reach:
        return True
    lost = {each.against for each in weighed}
    if standing.message.purpose in ANSWERS_ONLY or standing.law.needs_consent or "opted_out" in lost:
        return False
    return standing.message.purpose in _WORTH_A_PERSON or "need" in lost


# -- the choice --------------------------------------------------------------------------------------------------------


def _choice(standing: Standing, weighed: list[_Weight], languages: Sequence[str]) -> Choice:
    asked, language = standing.asked, _language(standing.profile.language, languages)
    winner = next((each for each in weighed if each.against is None), None)
    if winner is None:
        return _without_a_way(standing, weighed, language)
    because = winner.because
    if because in _UNSTATED and any(each.against == "need" for each in weighed):
        because = "need"  # nothing was stated for it: that others do not meet a need says more
    channel, point = winner.way
    return Choice(
        "send" if winner.manner == "send" else "task",
        because,
        channel,
        point,
        standing.quiet_until,
        asked.format,
        language,
        None if winner.manner == "send" else _task(asked, channel),
        asked.professionals,
        tuple([each.way for each in weighed if each.against is None and each is not winner]),
        tuple(
            [
                Candidate(each.way, each is winner, each.against or (because if each is winner else "next"))
                for each in weighed
            ]
        ),
    )


def _without_a_way(standing: Standing, weighed: list[_Weight], language: str | None) -> Choice:
    """Give what is left where every way is closed: a person who finds one, or nothing."""
    asked = standing.asked
    lost = tuple([Candidate(each.way, won=False, because=each.against or "next") for each in weighed])
    because = _most_telling(lost)
    if not _may_ask_a_person(standing, weighed):
        return Choice("denied", because, language=language, candidates=lost)
    return Choice(
        "task",
        because,
        "in_person",
        format=asked.format,
        language=language,
        task=asked.professionals[0] if asked.professionals else "by_hand",
        professionals=asked.professionals,
        candidates=(*lost, Candidate(Way("in_person"), won=True, because=because)),
    )


_TELLING = ("opted_out", "no_consent", "need", "always_quiet", "tried", "failed", "shared", "unverified")


def _most_telling(lost: Iterable[Candidate]) -> str:
    """Give the one reason that says most of why there is no way."""
    codes = {each.because for each in lost}
    return next((code for code in _TELLING if code in codes), "no_way")


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
