"""What one thread may open inside what it has open."""

from __future__ import annotations

from pathlib import Path

import pytest

from onestop import open_store
from onestop.errors import StoreError


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path}/store.db"


def test_a_second_transaction_of_one_thread_is_refused_instead_of_waiting_for_ever(url: str) -> None:
    store = open_store(url)

    with store.write(), pytest.raises(StoreError, match="open already"), store.write():
        pass

    with store.write() as tx:
        assert tx.counts()["cases"] == 0


def test_a_thread_reads_while_it_reads_or_writes(url: str) -> None:
    store = open_store(url)

    with store.write() as tx, store.read() as inside, store.read() as deeper:
        counted = [each.counts()["cases"] for each in (tx, inside, deeper)]

    assert counted == [0, 0, 0]


def test_a_listing_that_is_left_half_way_holds_nobody_up(url: str) -> None:
    store = open_store(url)

    with store.read() as reader:
        listing = reader.verify()
        next(listing, None)
    with store.write() as tx:
        counted = tx.counts()["events"]

    assert counted == 0
