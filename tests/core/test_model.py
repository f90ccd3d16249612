"""What every model of the core is: frozen, closed, and of values that JSON can carry."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from onestop.core.model import Frozen, FrozenMap, UtcDatetime, shifted, utc_text


class Box(Frozen):
    at: UtcDatetime = datetime(2026, 3, 2, tzinfo=UTC)
    things: FrozenMap[str, tuple[int, ...]] = FrozenMap()


def test_a_model_never_changes_and_refuses_what_it_does_not_know() -> None:
    box = Box()

    with pytest.raises(ValidationError):
        box.at = datetime(2027, 1, 1, tzinfo=UTC)  # type: ignore[misc]  # that is the point
    with pytest.raises(ValidationError):
        Box.model_validate({"colour": "red"})


def test_a_map_cannot_be_changed_by_whoever_gave_it_or_got_it() -> None:
    given_map = {"a": (1, 2)}
    box = Box(things=FrozenMap(given_map))

    given_map["b"] = (3,)
    dict(box.things)["c"] = (4,)

    assert box.things == {"a": (1, 2)}
    assert not hasattr(box.things, "__setitem__")
    assert hash(box.things) == hash(FrozenMap({"a": (1, 2)}))
    assert repr(box.things) == "{'a': (1, 2)}"


@pytest.mark.parametrize("things", [{"a": "x"}, {1: (1,)}, [1], None, "x"])
def test_a_map_is_checked_as_a_dict_is(things: Any) -> None:
    with pytest.raises(ValidationError):
        Box(things=things)


@given(*[st.dictionaries(st.sampled_from("abc"), st.integers(0, 2))] * 2)
def test_a_map_is_equal_to_what_has_the_same_items_and_shows_them_as_a_dict_does(
    one: dict[str, int], other: dict[str, int]
) -> None:
    frozen = FrozenMap(one)

    assert (frozen == FrozenMap(other)) is (frozen == other) is (one == other)
    assert frozen != list(one)
    assert (list(frozen.keys()), list(frozen.values()), list(frozen.items())) == (
        list(one.keys()),
        list(one.values()),
        list(one.items()),
    )
    assert [key in frozen for key in "abcd"] == [key in one for key in "abcd"]


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.lists(st.integers()).map(tuple)))
def test_a_map_goes_through_json(things: dict[str, tuple[int, ...]]) -> None:
    box = Box(things=FrozenMap(things))

    again = Box.model_validate_json(box.model_dump_json())

    assert again == box
    assert list(again.things) == list(things)
    assert Box.model_validate(box.model_dump()) == box


@pytest.mark.parametrize("at", [datetime(2026, 3, 2), "2026-03-02T09:30:00", "yesterday"])  # noqa: DTZ001 — naive on purpose
def test_a_moment_without_a_zone_is_refused(at: Any) -> None:
    with pytest.raises(ValidationError):
        Box(at=at)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_moment_that_utc_has_no_year_for_is_refused(at: Any) -> None:
    with pytest.raises(ValidationError):
        Box(at=at)


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=ZONES)  # noqa: DTZ001 — bounds are naive


@given(MOMENTS)
def test_a_moment_is_in_utc_whatever_zone_it_was_given_in(at: datetime) -> None:
    box = Box(at=at)

    assert box.at == at
    assert box.at.utcoffset() == timedelta()
    assert Box.model_validate_json(box.model_dump_json()).at == at


@given(MOMENTS, MOMENTS)
def test_text_sorts_as_time_does(one: datetime, other: datetime) -> None:
    assert (utc_text(one) < utc_text(other)) is (one < other)


def test_an_hour_that_a_clock_shows_twice_is_written_as_two() -> None:
    first = datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("Europe/London"))

    written = [utc_text(first), utc_text(first.replace(fold=1)), utc_text(first)]

    assert written == ["2026-10-25T00:30:00.000000Z", "2026-10-25T01:30:00.000000Z", "2026-10-25T00:30:00.000000Z"]


@pytest.mark.parametrize(
    ("moment", "by", "then"),
    [
        (datetime(2026, 3, 2, tzinfo=UTC), timedelta(hours=1), datetime(2026, 3, 2, 1, tzinfo=UTC)),
        (datetime(1, 1, 1, tzinfo=UTC), timedelta(seconds=-1), datetime(1, 1, 1, tzinfo=UTC)),
        (datetime(9999, 12, 31, tzinfo=UTC), timedelta(days=36_525), datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_time_ends_with_the_calendar(moment: datetime, by: timedelta, then: datetime) -> None:
    assert shifted(moment, by) == then
