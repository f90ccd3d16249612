"""
What leaves keeps to opt-outs, needs and quiet hours, whatever was stated and whenever it is.

Whether it does is judged by an account of its own, `onestop.testing.breaches`; test_leaving.py tries it far more often.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from onestop.core.choice import Choice, LastUsed, Matter, choose_channel
from onestop.core.contact import Urn
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
from onestop.core.quiet import NEVER, Zones
from onestop.core.sendable import GO, Deny, Sendable, Wait, check_send
from onestop.core.standing import Telling
from onestop.policy.calendars import zone_of
from onestop.testing.breaches import breach, breached_need, disturbs, stopped
from onestop.testing.strategies import Situation, consents, needs, quiet_hours, situations

LONDON = Zones(ZoneInfo("Europe/London"), zone_of)
WEEK: tuple[Weekday, ...] = get_args(Weekday)


# -- one thing at a time -----------------------------------------------------------------------------------------------

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
SOURCE = Source(by="citizen:c1", at=NOON)
NUMBER = Urn("tel:+447700900123")
VERIFIED = Verification(how="agent", by="worker:alice", at=NOON)
UPDATE = Telling("service_update", matter=Matter("graffiti", "case-1"))


@pytest.fixture
def somebody() -> Profile:
    return Profile(citizen="c1", contact_points=(ContactPoint(urn=NUMBER, verified=VERIFIED),))


def hours(start: int, end: int) -> QuietHours:
    span = QuietSpan(start=time(start), end=time(end))
    return QuietHours(spans=dict.fromkeys(WEEK, (span,)), source=SOURCE)


def sent(profile: Profile, message: Telling = UPDATE, *, rendered: str | None = None) -> Sendable:
    return check_send(profile, message, "sms", NUMBER, NOON, LONDON, rendered=rendered)


def test_a_message_against_which_nothing_stands_goes(somebody: Profile) -> None:
    assert sent(somebody) == GO


def test_a_message_in_quiet_hours_waits_for_their_end(somebody: Profile) -> None:
    quiet = somebody.model_copy(update={"quiet_hours": (hours(11, 14),)})

    assert sent(quiet) == Wait(NOON + timedelta(hours=2))


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ({"quiet_hours": (hours(0, 0),)}, "always_quiet"),
        ({"preferences": (Preference(channels=(), service=None, case=None, source=SOURCE),)}, "muted"),
        ({"needs": (Need(code="no_texts", source=SOURCE),)}, "need"),
        ({"contact_points": ()}, "not_theirs"),
        ({"contact_points": (ContactPoint(urn=NUMBER),)}, "unverified"),
        ({"contact_points": (ContactPoint(urn=NUMBER, verified=VERIFIED, shared="household"),)}, "shared"),
        (
            {
                "contact_points": (
                    ContactPoint(urn=NUMBER, verified=VERIFIED, failures=(Failure(channel="sms", at=NOON),)),
                )
            },
            "failed",
        ),
        (
            {
                "consents": (
                    Consent(id="s1", key=NUMBER.key, service=None, case=None, given=False, wording=None, source=SOURCE),
                )
            },
            "opted_out",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_message_is_denied_with_a_code(somebody: Profile, stated: dict[str, object], code: str) -> None:
    assert sent(somebody.model_copy(update=stated)) == Deny(code)


def test_a_message_that_was_rendered_before_a_format_was_needed_is_made_anew(somebody: Profile) -> None:
    point = ContactPoint(urn=Urn("mailto:sian@example.org"), verified=VERIFIED)
    needing = somebody.model_copy(
        update={"contact_points": (point,), "needs": (Need(code="large_print_24", source=SOURCE),)}
    )

    results = {
        rendered: check_send(needing, UPDATE, "email", point.urn, NOON, LONDON, rendered=rendered)
        for rendered in (None, "large_print_24")
    }

    assert results == {None: Deny("need"), "large_print_24": GO}


def test_a_person_may_write_to_what_several_people_use_but_not_to_who_opted_out(somebody: Profile) -> None:
    shared = somebody.model_copy(update={"contact_points": (ContactPoint(urn=NUMBER, shared="household"),)})
    stopped_there = shared.model_copy(
        update={
            "consents": (
                Consent(id="s1", key=NUMBER.key, service=None, case=None, given=False, wording=None, source=SOURCE),
            )
        }
    )
    by_person = UPDATE._replace(by_person=True)

    assert sent(shared, by_person) == GO
    assert sent(stopped_there, by_person) == Deny("opted_out")


def test_a_gateway_that_must_be_answered_in_time_is_not_asked_later(somebody: Profile) -> None:
    results = [
        check_send(
            somebody,
            UPDATE._replace(last_used=LastUsed("chat", NUMBER.key, NOON - ago)),
            "chat",
            NUMBER,
            NOON,
            LONDON,
            reply_window_hours=24,
        )
        for ago in (timedelta(hours=23), timedelta(hours=24))
    ]

    assert results == [GO, Deny("window_closed")]


# -- what holds always -------------------------------------------------------------------------------------------------


def chosen_for(situation: Situation) -> Choice:
    return choose_channel(
        situation.profile,
        situation.purpose,
        urgency=situation.urgency,
        capabilities=situation.capabilities,
        now=situation.now,
        zones=LONDON,
        matter=situation.matter,
        last_used=situation.last_used,
        excluded=situation.excluded,
    )


def telling_of(situation: Situation) -> Telling:
    return Telling(situation.purpose, situation.urgency, situation.matter, situation.last_used)


@settings(max_examples=300, deadline=None)
@given(situations())
def test_what_is_chosen_breaches_nothing_when_it_leaves(situation: Situation) -> None:
    choice = chosen_for(situation)

    event(choice.kind)
    leaves_at = choice.not_before or situation.now
    if choice.kind == "send":
        assert choice.channel is not None
        assert choice.contact_point is not None
        message, can = telling_of(situation), situation.capabilities[choice.channel]
        assert breach(situation.profile, message, choice.channel, choice.contact_point, leaves_at, LONDON, can) is None
        assert (choice.channel, choice.contact_point.urn.key) not in situation.excluded
    elif choice.kind == "task" and (choice.channel, choice.task) != ("in_person", "by_hand") and choice.contact_point:
        assert choice.channel is not None
        assert breached_need(situation.profile, choice.channel, leaves_at, by_gateway=False) is None
        assert situation.purpose == "confirmation" or not stopped(
            situation.profile, choice.contact_point.urn.key, choice.channel, situation.purpose, situation.matter
        )


@settings(max_examples=300, deadline=None)
@given(situations())
def test_what_was_chosen_may_leave_and_what_must_wait_waits_as_long(situation: Situation) -> None:
    choice = chosen_for(situation)

    if choice.kind != "send":
        return
    assert choice.channel is not None
    assert choice.contact_point is not None
    checked = [
        check_send(
            situation.profile,
            telling_of(situation),
            choice.channel,
            choice.contact_point.urn,
            now,
            LONDON,
            rendered=choice.format,
            reply_window_hours=situation.capabilities[choice.channel].reply_window_hours,
            one_size=situation.capabilities[choice.channel].one_size,
        )
        for now in (situation.now, choice.not_before or situation.now)
    ]
    assert checked == [GO if choice.not_before is None else Wait(choice.not_before), GO]


@settings(max_examples=300, deadline=None)
@given(situations(), st.data())
def test_what_leaves_breaches_nothing_whatever_was_said_in_the_meantime(
    situation: Situation, data: st.DataObject
) -> None:
    choice = chosen_for(situation)
    if choice.kind != "send":
        return
    assert choice.channel is not None
    assert choice.contact_point is not None
    profile = situation.profile.model_copy(
        update={
            "consents": (*situation.profile.consents, *data.draw(st.lists(consents(), max_size=2))),
            "needs": (*situation.profile.needs, *data.draw(st.lists(needs(), max_size=2))),
            "quiet_hours": (*situation.profile.quiet_hours, *data.draw(st.lists(quiet_hours(), max_size=1))),
        }
    )
    now = situation.now + timedelta(hours=data.draw(st.integers(0, 72)))
    can = situation.capabilities[choice.channel]

    result = check_send(
        profile,
        telling_of(situation),
        choice.channel,
        choice.contact_point.urn,
        now,
        LONDON,
        rendered=choice.format,
        reply_window_hours=can.reply_window_hours,
        one_size=can.one_size,
    )

    event(type(result).__name__)
    if result == GO:
        message = telling_of(situation)
        assert breach(profile, message, choice.channel, choice.contact_point, now, LONDON, can) is None
    elif isinstance(result, Wait):
        assert now < result.until < NEVER
        assert not disturbs(profile, result.until, LONDON)


@settings(max_examples=300, deadline=None)
@given(situations())
def test_what_must_reach_them_is_never_dropped(situation: Situation) -> None:
    owed = situation._replace(purpose="statutory")

    choice = chosen_for(owed)

    assert choice.kind in ("send", "task")
    assert choice.channel is not None


@settings(max_examples=300, deadline=None)
@given(situations())
def test_what_comes_next_is_what_a_choice_without_the_winner_gives(situation: Situation) -> None:
    choice = chosen_for(situation)

    if choice.fallback:
        assert choice.channel is not None
        key = choice.contact_point.urn.key if choice.contact_point else None
        after = chosen_for(situation._replace(excluded=situation.excluded | {(choice.channel, key)}))
        assert (after.channel, after.contact_point) == choice.fallback[0]
        assert after.fallback == choice.fallback[1:]
