"""Opening what the commands work with: adapters, files, the desk."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from onestop.channels import Adapter, Raw, discover, load_adapters
from onestop.core.policy import Policy
from onestop.desk import Desk
from onestop.desk.clock import utc_now
from onestop.errors import NotFoundError
from onestop.gateways import Sender
from onestop.policy import load_policy, read_policy
from onestop.replay import load_payload
from onestop.replay.payload import read_payload
from onestop.stores import Store, open_store

__all__ = ["all_adapters", "kept_policy", "one_adapter", "open_desk", "open_payload"]


def all_adapters(file: Path | None) -> dict[str, Adapter]:
    """Give the adapters that a file configures; without one every installed adapter, without secrets."""
    if file is not None:
        return load_adapters(file)
    return {name: adapter() for name, adapter in discover().items()}


def one_adapter(name: str, adapters: Mapping[str, Adapter]) -> Adapter:
    """
    Give a configured adapter by its name.

    Raises:
        NotFoundError: there is none of this name.
    """
    if name not in adapters:
        raise NotFoundError(f"no adapter is configured as {name!r}; there are {', '.join(sorted(adapters))}")
    return adapters[name]


@contextmanager
def open_desk(
    store: str, policy: Path | None, *, adapters: Path | None = None, sender: Sender | None = None, create: bool = False
) -> Iterator[Desk]:
    """
    Give a desk on a store that is there already, or, with `create`, on a new one.

    Without a policy it decides by the one that the store was used with last.
    """
    rules, configured = load_policy(policy) if policy else None, all_adapters(adapters)
    keeper = open_store(store, create=create)
    try:
        yield Desk(keeper, rules or kept_policy(keeper), configured, sender=sender)
    finally:
        keeper.close()


def kept_policy(store: Store) -> Policy:
    """
    Give the policy that a store was used with last.

    Raises:
        NotFoundError: it was never used with one.
    """
    with store.read() as reader:
        source = reader.latest_policy()
    if source is None:
        raise NotFoundError("the store was never used with a policy: --policy or ONESTOP_POLICY names one")
    return read_policy(source)


def open_payload(path: str) -> Raw:
    """Give the request that a file holds, received now; `-` is the standard input."""
    if path == "-":
        return read_payload("-", sys.stdin.buffer.read(), utc_now())
    return load_payload(path, utc_now())
