"""The contract that every store meets, as tests that a class of a few lines inherits."""

from onestop.testing.stores.contract import StoreContract

__all__ = ["StoreContract"]
