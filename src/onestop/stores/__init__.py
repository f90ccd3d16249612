"""Keepers: one store protocol, and SQLAlchemy Core on SQLite behind it."""

from onestop.stores.base import Reader, Store, Transaction
from onestop.stores.contents import ContentStore, FolderContents, RowContents
from onestop.stores.open import open_store
from onestop.stores.rows import load_enquiry

__all__ = [
    "ContentStore",
    "FolderContents",
    "Reader",
    "RowContents",
    "Store",
    "Transaction",
    "load_enquiry",
    "open_store",
]
