"""
Strategies for hypothesis: profiles, and situations in which somebody of such a profile is to be told something.

What they draw from is small on purpose, so that statements meet the message that they are about: two services, two
cases, a handful of contact points, one week of moments with both changes of clocks beside it.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple, TypeVar, get_args

from onestop.core.choice import LastUsed, Matter, Urgency
from onestop.core.contact import Urn
from onestop.core.enquiry import Channel
from onestop.core.gateway import Capabilities
from onestop.core.needs import NEEDS
from onestop.core.profile import (
    Consent,
    ContactPoint,
    Failure,
    Need,
    Preference,
    Profile,
    QuietHours,
    QuietSpan,
    Source,
    Verification,
    Weekday,
)
from onestop.core.purposes import PURPOSES, Purpose
from onestop.errors import MissingExtraError

try:
    from hypothesis import strategies as st
except ImportError as exc:
    raise MissingExtraError("these strategies need hypothesis: install hypothesis") from exc

__all__ = [
    "ZONES",
    "Situation",
    "capabilities",
    "consents",
    "moments",
    "needs",
    "preferences",
    "profiles",
    "purposes",
    "quiet_hours",
    "situations",
]

ZONES = ("Europe/London", "Asia/Kolkata", "America/St_Johns", "Pacific/Chatham", "Europe/Nowhere")
"""Zones with whole hours and others, with a change of clocks and without; and one that there is not."""

_Stated = TypeVar("_Stated", Preference, QuietHours, Need, Consent)
_START = datetime(2026, 3, 2, tzinfo=UTC)
_URNS = tuple(
    Urn(urn)
    for urn in (
        "tel:+447700900123",
        "tel:+447700900456",
        "tel:+441632960123",
        "tel:+449098790123",
        "mailto:sian@example.org",
        "mailto:Tom.Price@mail.example",
    )
)
_SERVICES, _CASES = ("graffiti", "bins"), ("case-1", "case-2")
_CHANNELS: tuple[Channel, ...] = get_args(Channel)
_OFTEN: tuple[Channel, ...] = ("sms", "email", "sms", "email", *_CHANNELS)  # the first two are what most want
_TIMES = st.sampled_from((time(0), time(1, 30), time(2), time(7), time(12, 0, 0, 1), time(22), time(23, 59, 59)))
_BEFORE = st.integers(1, 60).map(lambda days: _START - timedelta(days=days))
_VERIFIED = Verification(how="agent", by="worker:alice", at=_START)


class Situation(NamedTuple):
    """Somebody, and a message that is for them."""

    profile: Profile
    purpose: Purpose
    urgency: Urgency
    capabilities: dict[Channel, Capabilities]
    now: datetime
    matter: Matter
    last_used: LastUsed | None
    excluded: frozenset[tuple[Channel, str | None]]


def purposes() -> st.SearchStrategy[Purpose]:
    """Give purposes."""
    return st.sampled_from(PURPOSES)


def moments() -> st.SearchStrategy[datetime]:
    """Give moments of a week, and of the nights in which clocks change."""
    weeks = st.builds(lambda at: _START + timedelta(seconds=at), st.integers(0, 7 * 86_400))
    nights = st.builds(
        lambda day, minutes: day + timedelta(minutes=minutes),
        st.sampled_from((datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC))),
        st.integers(-720, 720),
    )
    return weeks | nights


def _sources() -> st.SearchStrategy[Source]:
    return _BEFORE.map(lambda at: Source(by="citizen:c1", at=at))


def _ends() -> st.SearchStrategy[datetime | None]:
    return st.none() | moments()


def preferences() -> st.SearchStrategy[Preference]:
    """Give statements of channels, of any scope, with and without an end; one in five wants nothing."""
    channels = st.lists(st.sampled_from(_OFTEN), max_size=4, unique=True).map(tuple)
    return st.builds(
        Preference,
        channels=channels,
        purpose=st.none() | purposes(),
        service=st.none() | st.sampled_from(_SERVICES),
        case=st.none() | st.sampled_from(_CASES),
        contact_point=st.none() | st.sampled_from(_URNS),
        until=_ends(),
        source=_sources(),
    )


def quiet_hours() -> st.SearchStrategy[QuietHours]:
    """Give quiet hours: short ones, over midnight, whole days, whole weeks; in zones that there are and one not."""
    spans = st.lists(st.builds(QuietSpan, start=_TIMES, end=_TIMES), min_size=1, max_size=2).map(tuple)
    weekdays: st.SearchStrategy[Weekday] = st.sampled_from(get_args(Weekday))
    return st.builds(
        QuietHours,
        spans=st.dictionaries(weekdays, spans, max_size=7),
        zone=st.none() | st.sampled_from(ZONES),
        until=_ends(),
        source=_sources(),
    )


def needs() -> st.SearchStrategy[Need]:
    """Give needs of the catalogue, and such as a council has of its own."""
    codes = st.sampled_from((*sorted(NEEDS), "ground_floor"))
    return st.builds(Need, code=codes, until=_ends(), source=_sources())


def consents() -> st.SearchStrategy[Consent]:
    """Give entries of the ledger."""
    return st.builds(
        Consent,
        id=st.integers(0, 999).map(lambda number: f"consent-{number}"),
        key=st.sampled_from(_URNS).map(lambda urn: urn.key),
        channel=st.none() | st.sampled_from(_CHANNELS),
        purpose=st.none() | purposes(),
        service=st.none() | st.sampled_from(_SERVICES),
        case=st.none() | st.sampled_from(_CASES),
        given=st.booleans(),
        wording=st.none(),
        source=_sources(),
    )


@st.composite
def _known(draw: st.DrawFn, urn: Urn) -> ContactPoint:
    failing: Channel | None = draw(st.sampled_from((*[None] * 9, "sms", "email", "phone")))
    return ContactPoint(
        urn=urn,
        shared=draw(st.sampled_from((*[None] * 6, "household", "phone_box"))),
        verified=draw(st.sampled_from((_VERIFIED, _VERIFIED, None))),
        failures=(Failure(channel=failing, at=_START),) if failing else (),
    )


def _few(of: st.SearchStrategy[_Stated], most: int) -> st.SearchStrategy[tuple[_Stated, ...]]:
    """Give some of them, and every other time none: most people state little."""
    return st.just(()) | st.lists(of, min_size=1, max_size=most).map(tuple)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """Give profiles: of somebody who stated nothing, and of somebody who contradicts themselves."""
    urns = draw(st.lists(st.sampled_from(_URNS), max_size=5, unique=True))
    return Profile(
        citizen="c1",
        language=draw(st.sampled_from((None, "en", "cy", "pl"))),
        zone=draw(st.sampled_from((None, *ZONES))),
        contact_points=tuple(draw(_known(urn)) for urn in urns),
        preferences=draw(_few(preferences(), 6)),
        quiet_hours=draw(_few(quiet_hours(), 2)),
        needs=draw(_few(needs(), 2)),
        consents=draw(_few(consents(), 4)),
    )


def capabilities() -> st.SearchStrategy[dict[Channel, Capabilities]]:
    """Give what the gateways of a desk can do: most send, some only receive, some must be answered in time."""
    can = st.builds(
        Capabilities,
        sends=st.sampled_from((True, True, True, False)),
        cost_class=st.sampled_from(("free", "low", "medium", "high")),
        reply_window_hours=st.sampled_from((None, None, 24)),
        one_size=st.booleans(),
    )
    return st.fixed_dictionaries({"email": can, "sms": can}, optional={"chat": can, "phone": can, "post": can})


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Give somebody and a message for them."""
    now = draw(moments())
    profile = draw(profiles())
    keys = st.sampled_from([point.urn.key for point in profile.contact_points] or [_URNS[0].key])
    channels = st.sampled_from(_OFTEN)
    ago = st.none() | st.integers(0, 48).map(lambda hours: now - timedelta(hours=hours))
    return Situation(
        profile=profile,
        purpose=draw(purposes()),
        urgency=draw(st.sampled_from(("normal", "normal", "urgent"))),
        capabilities=draw(capabilities()),
        now=now,
        matter=draw(st.builds(Matter, st.none() | st.sampled_from(_SERVICES), st.none() | st.sampled_from(_CASES))),
        last_used=draw(st.none() | st.builds(LastUsed, channels, keys, ago)),
        excluded=draw(st.just(frozenset()) | st.frozensets(st.tuples(channels, st.none() | keys), max_size=3)),
    )
