"""The contract itself, put together from its parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from onestop.stores.base import Store
from onestop.testing.stores.asking import AskingTests
from onestop.testing.stores.bench import Bench
from onestop.testing.stores.keeping import KeepingTests
from onestop.testing.stores.leasing import LeasingTests
from onestop.testing.stores.listing import ListingTests
from onestop.testing.stores.profiles import ProfileTests
from onestop.testing.stores.saving import SavingTests
from onestop.testing.stores.verifying import VerifyingTests

__all__ = ["StoreContract"]


class StoreContract(SavingTests, AskingTests, ListingTests, LeasingTests, KeepingTests, ProfileTests, VerifyingTests):
    """
    Inherit this, say how your store is opened, and pytest runs every test that a store has to pass.

    `open` gives a new, empty store; each test has one of its own. `engine` gives the database behind it, on which the
    tests plant damage in our tables for `verify` to find.
    """

    def open(self, tmp_path: Path) -> Store:
        """Give a new, empty store; whatever it needs on the disk goes into `tmp_path`."""
        raise NotImplementedError("say in your class how the store is opened")

    def engine(self, store: Store) -> Engine:
        """Give the database behind a store that `open` gave."""
        raise NotImplementedError("say in your class which database is behind the store")

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        """Open a store for one test."""
        store = self.open(tmp_path)
        yield store
        store.close()

    @pytest.fixture
    def bench(self, store: Store) -> Bench:
        """Put the store on the bench."""
        return Bench(store)

    @pytest.fixture
    def database(self, store: Store) -> Engine:
        """Reach behind the store."""
        return self.engine(store)
