"""The contract, on each way the shipped store can keep things."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from onestop.stores import FolderContents, Store, open_store
from onestop.stores.open import SqlStore
from onestop.testing import StoreContract


class _OnSqlite(StoreContract):
    def engine(self, store: Store) -> Engine:
        assert isinstance(store, SqlStore)
        return store.engine


class TestInMemory(_OnSqlite):
    def open(self, tmp_path: Path) -> Store:
        return open_store("sqlite://")


class TestInAFile(_OnSqlite):
    def open(self, tmp_path: Path) -> Store:
        return open_store(f"sqlite:///{tmp_path / 'onestop.db'}")


class TestWithContentsInAFolder(_OnSqlite):
    def open(self, tmp_path: Path) -> Store:
        # Everything goes to the folder, however small.
        contents = FolderContents(tmp_path / "contents", larger_than_bytes=-1)
        return open_store(f"sqlite:///{tmp_path / 'onestop.db'}", contents=contents)
