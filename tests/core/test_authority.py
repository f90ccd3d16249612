"""Authority to act: what the table allows, when, and that nothing else is ever allowed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.authority import (
    POWERS,
    Allowed,
    Refused,
    addressee_of,
    authority_for,
    denial_of,
    ends_at,
)
from onestop.core.profile import Authority, AuthorityRole, Need, Profile, Source

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SOURCE = Source(by="worker:alice", at=NOON - 30 * DAY)
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "authority.md"


def authority(identifier: str = "a1", /, **fields: Any) -> Authority:
    given = {
        "id": identifier,
        "holder": "carer",
        "subject": "citizen",
        "role": "carer",
        "since": NOON - 10 * DAY,
        "source": SOURCE,
    }
    return Authority.model_validate(given | fields)


def asked(*authorities: Authority, now: datetime = NOON, service: str = "social_care", **how: bool) -> Any:
    return authority_for(authorities, "carer", "citizen", service, now, **how)


def test_a_carer_may_write_and_be_told_at_every_service_unless_less_is_said() -> None:
    assert asked(authority()) == asked(authority(), told=True) == Allowed("a1", "carer")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"holder": "somebody"}, "none"),
        ({"subject": "somebody"}, "none"),
        ({"services": ("housing",)}, "other_service"),
        ({"since": NOON + DAY}, "not_yet"),
        ({"until": NOON}, "expired"),
        ({"ended_at": NOON}, "ended"),
        ({"until": NOON - DAY, "ended_at": NOON - 2 * DAY}, "ended"),
        ({"since": NOON - DAY, "until": NOON - 2 * DAY}, "expired"),
    ],
)
def test_what_is_refused_says_why(fields: dict[str, Any], code: str) -> None:
    assert asked(authority(**fields)).code == code


def test_the_first_moment_counts_and_the_last_does_not() -> None:
    held = authority(since=NOON, until=NOON + DAY)

    moment = timedelta(microseconds=1)

    assert isinstance(asked(held, now=NOON), Allowed)
    assert isinstance(asked(held, now=NOON + DAY - moment), Allowed)
    assert asked(held, now=NOON - moment) == Refused("not_yet", "a1")
    assert asked(held, now=NOON + DAY) == Refused("expired", "a1")


def test_an_interpreter_writes_and_is_told_nothing_by_themselves() -> None:
    interpreter = authority(role="interpreter", answers=False)

    assert isinstance(asked(interpreter), Allowed)
    assert asked(interpreter, told=True) == Refused("may_write_only", "a1")


def test_a_councillor_is_told_of_what_they_raised_and_of_nothing_else() -> None:
    councillor = authority(role="councillor")

    assert isinstance(asked(councillor, told=True, raised=True), Allowed)
    assert asked(councillor, told=True) == Refused("may_write_only", "a1")


def test_of_several_authorities_any_is_enough_and_the_one_that_holds_longest_is_named() -> None:
    several = (
        authority("a1", until=NOON - DAY),
        authority("a2", until=NOON + DAY),
        authority("a3", until=NOON + 2 * DAY),
        authority("a4", services=("housing",)),
        authority("a5", since=NOON + DAY),
    )

    assert asked(*several) == Allowed("a3", "carer")


def test_the_reason_that_comes_nearest_is_given() -> None:
    ended = authority("a1", ended_at=NOON - DAY)
    elsewhere = authority("a2", services=("housing",))

    assert asked(ended, elsewhere) == Refused("ended", "a1")
    assert asked(elsewhere) == Refused("other_service", "a2")
    assert denial_of(asked(ended)) == "authority_expired"
    assert denial_of(asked(elsewhere)) == "no_authority"


def test_nobody_who_is_not_known_has_authority() -> None:
    assert authority_for([authority()], None, "citizen", "social_care", NOON) == Refused("none")
    assert authority_for([authority()], "carer", None, "social_care", NOON) == Refused("none")


MOMENTS = st.integers(-20, 20).map(lambda days: NOON + days * DAY)
AUTHORITIES = st.builds(
    authority,
    st.sampled_from(["a1", "a2", "a3"]),
    holder=st.sampled_from(["carer", "other"]),
    subject=st.sampled_from(["citizen", "other"]),
    role=st.sampled_from(get_args(AuthorityRole)),
    services=st.sampled_from([(), ("housing",), ("social_care",), ("housing", "social_care")]),
    answers=st.booleans(),
    since=MOMENTS,
    until=st.none() | MOMENTS,
    ended_at=st.none() | MOMENTS,
)


@settings(deadline=None)
@given(st.lists(AUTHORITIES, max_size=5), MOMENTS, st.booleans(), st.booleans())
def test_only_an_authority_that_holds_now_and_there_allows_anything(
    several: list[Authority], now: datetime, told: bool, raised: bool
) -> None:
    verdict = asked(*several, now=now, told=told, raised=raised)

    valid = [
        each
        for each in several
        if (each.holder, each.subject) == ("carer", "citizen")
        and each.since <= now
        and (each.until is None or now < each.until)
        and (each.ended_at is None or now < each.ended_at)
        and (not each.services or "social_care" in each.services)
        and (not told or (each.answers and (each.role != "councillor" or raised)))
    ]
    assert isinstance(verdict, Allowed) == bool(valid)
    if isinstance(verdict, Allowed):
        assert verdict.authority in {each.id for each in valid}


@settings(deadline=None)
@given(st.lists(AUTHORITIES, max_size=4), AUTHORITIES, MOMENTS)
def test_ending_one_authority_takes_nothing_from_the_others(
    others: list[Authority], one: Authority, now: datetime
) -> None:
    ended = one.model_copy(update={"ended_at": one.since})

    without = isinstance(asked(*others, now=now), Allowed)

    assert isinstance(asked(*others, ended, now=now), Allowed) == without


def test_an_authority_ends_with_the_first_of_its_ends() -> None:
    assert ends_at(authority()) is None
    assert ends_at(authority(until=NOON, ended_at=NOON + DAY)) == NOON


def profile(**fields: Any) -> Profile:
    return Profile.model_validate({"citizen": "citizen"} | fields)


def via_carer(**fields: Any) -> Profile:
    return profile(needs=(Need(code="via_carer", source=SOURCE, **fields),))


def test_a_citizen_who_needs_nothing_of_it_is_told_themselves() -> None:
    address = addressee_of(profile(), [authority()], "social_care", NOON)

    assert (address.citizen, address.authority, address.code) == ("citizen", None, None)


def test_who_needs_it_so_is_told_through_their_carer() -> None:
    address = addressee_of(via_carer(), [authority()], "social_care", NOON)

    assert (address.citizen, address.authority) == ("carer", "a1")


def test_of_two_carers_the_one_of_the_case_is_told_else_the_one_of_longest_standing() -> None:
    first = authority("a2", holder="first", since=NOON - 20 * DAY)
    both = [authority("a1"), first]

    assert addressee_of(via_carer(), both, "social_care", NOON).citizen == "first"
    assert addressee_of(via_carer(), both, "social_care", NOON, of_case={"carer"}).citizen == "carer"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"until": NOON - DAY}, "authority_expired"),
        ({"ended_at": NOON - DAY}, "authority_expired"),
        ({"answers": False}, "no_authority"),
        ({"role": "interpreter"}, "no_authority"),
        ({"role": "councillor"}, "no_authority"),
        ({"subject": "somebody"}, "no_authority"),
    ],
)
def test_where_nobody_may_be_told_for_them_it_is_a_persons_task(fields: dict[str, Any], code: str) -> None:
    address = addressee_of(via_carer(), [authority(**fields)], "social_care", NOON)

    assert (address.citizen, address.code) == (None, code)


def test_a_need_that_is_over_sends_messages_to_the_citizen_again() -> None:
    assert addressee_of(via_carer(until=NOON), [authority()], "social_care", NOON).citizen == "citizen"


def test_every_role_has_its_powers_and_they_are_explained() -> None:
    page = PAGE.read_text("utf-8")

    assert tuple(POWERS) == get_args(AuthorityRole)
    assert all(f"| `{role}` |" in page for role in POWERS)
