"""Keepers: one store protocol, and SQLAlchemy Core on SQLite behind it."""

from onestop.stores.base import (
    CaseFilter,
    CitizenRecord,
    Finding,
    Page,
    Reader,
    RejectedRecord,
    RestrictionRecord,
    Store,
    Transaction,
)
from onestop.stores.contents import ContentStore, FolderContents, RowContents
from onestop.stores.open import open_store
from onestop.stores.rows import load_enquiry

__all__ = [
    "CaseFilter",
    "CitizenRecord",
    "ContentStore",
    "Finding",
    "FolderContents",
    "Page",
    "Reader",
    "RejectedRecord",
    "RestrictionRecord",
    "RowContents",
    "Store",
    "Transaction",
    "load_enquiry",
    "open_store",
]
