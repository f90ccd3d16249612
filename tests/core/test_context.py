"""The time and the mint: the same identity gives the same ids, and nothing else does."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.core.context import Context, Mint
from onestop.core.reference import is_reference
from onestop.errors import RequestError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def mint(identity: str = "one", *, key: bytes = b"key", at: datetime = NOW, attempt: int = 0) -> Mint:
    return Mint(key=key, identity=identity, at=at, entropy=bytes, attempt=attempt)


def minted(made: Mint) -> list[str]:
    return [made.id("c"), made.id("e"), made.id("e"), made.reference("SM")]


def test_a_retry_and_a_replay_mint_the_same() -> None:
    assert minted(mint()) == minted(mint())


@pytest.mark.parametrize(
    "other",
    [lambda: mint("two"), lambda: mint(key=b"other"), lambda: mint(attempt=1), lambda: mint("one\x001")],
    ids=["identity", "key", "attempt", "framing"],
)
def test_whatever_is_not_the_same_mints_nothing_the_same(other: Callable[[], Mint]) -> None:
    assert set(minted(mint())).isdisjoint(minted(other()))


def test_ids_are_of_their_kind_each_once_and_sort_by_time() -> None:
    made = mint()

    ids = [made.id("c") for _ in range(1_000)]
    later = mint(at=NOW.replace(year=2027)).id("c")

    assert len(set(ids)) == 1_000
    assert {len(each) for each in ids} == {24}
    assert all(each.endswith("c") and each < later for each in ids)


@given(st.datetimes(timezones=st.just(UTC)))
def test_any_time_can_be_minted_at(at: datetime) -> None:
    made = mint(at=at)

    assert made.id("c").isalnum()
    assert is_reference(made.reference("SM"))


def test_salts_come_from_outside() -> None:
    made = Mint(key=b"key", identity="one", at=NOW, entropy=lambda size: b"\x07" * size)

    assert made.salt() == b"\x07" * 16


def test_a_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(RequestError, match="time zone"):
        Context(NOW.replace(tzinfo=None), mint())
