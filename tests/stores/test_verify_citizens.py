"""What somebody changed of a citizen behind our back is found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from onestop import Desk, open_store
from onestop.core.actor import Actor
from onestop.policy import compile_policy
from onestop.stores.open import SqlStore
from onestop.testing.stores.bench import MARY, POLICY, Bench

ALICE = Actor(kind="worker", id="alice")


@pytest.fixture
def store() -> Iterator[SqlStore]:
    store = open_store("sqlite://")
    bench = Bench(store)
    bench.take_in(bench.text("Graffiti", sender=MARY))
    desk = Desk(store, compile_policy(POLICY), {}, clock=lambda: bench.now)
    desk.citizens.record_need(MARY, "bsl", by=ALICE)
    desk.citizens.prefer(MARY, ["sms"], by=ALICE)
    yield store
    store.close()


def found(store: SqlStore) -> list[str]:
    with store.read() as reader:
        return [finding.code for finding in reader.verify()]


def test_a_store_that_nobody_touched_has_nothing_to_find(store: SqlStore) -> None:
    assert found(store) == []


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ("UPDATE onestop_citizen SET name = 'Eve'", "column_differs"),
        ("UPDATE onestop_citizen SET merged_into = 'x'", "column_differs"),
        ("UPDATE onestop_citizen SET head = x'00'", "chain_broken"),
        ("UPDATE onestop_citizen SET document = replace(document, 'sms', 'post')", "row_differs"),
        ("UPDATE onestop_citizen SET document = '{'", "row_differs"),
        ("UPDATE onestop_citizen_event SET data = replace(data, 'bsl', 'bsm') WHERE seq = 2", "chain_broken"),
        ("UPDATE onestop_citizen_event SET at = 0 WHERE seq = 2", "column_differs"),
        ("DELETE FROM onestop_citizen_event WHERE seq = 2", "chain_broken"),
        ("DELETE FROM onestop_citizen_need", "column_differs"),
        ("DELETE FROM onestop_citizen", "row_missing"),
    ],
)
def test_damage_is_found_by_its_kind(store: SqlStore, damage: str, code: str) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql(damage)

    assert code in found(store)
