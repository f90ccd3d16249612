"""
The test kit that ships with the library: contracts to inherit, helpers to read fixtures. It needs pytest.

A contract is a class of tests. Inherit it in a class named `Test…`, name what it shall test, and pytest runs them all.
"""

from onestop.errors import MissingExtraError

try:
    import pytest
except ImportError as exc:
    raise MissingExtraError("the test kit needs pytest: install pytest") from exc

# So that a failing contract shows what it compared.
pytest.register_assert_rewrite("onestop.testing.adapters", "onestop.testing.stores")

from onestop.testing.adapters import AdapterContract  # noqa: E402  # after the line above, by intent
from onestop.testing.fixtures import load_fixture  # noqa: E402  # after the line above, by intent
from onestop.testing.purity import watch  # noqa: E402  # after the line above, by intent
from onestop.testing.stores import StoreContract  # noqa: E402  # after the line above, by intent

__all__ = ["AdapterContract", "StoreContract", "load_fixture", "watch"]
