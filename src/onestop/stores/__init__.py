"""Keepers: one store protocol, and SQLAlchemy Core on SQLite behind it."""

from onestop.stores.base import Reader, Store, Transaction
from onestop.stores.contents import ContentStore, FolderContents, RowContents
from onestop.stores.open import open_store

__all__ = ["ContentStore", "FolderContents", "Reader", "RowContents", "Store", "Transaction", "open_store"]
