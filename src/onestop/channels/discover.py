"""Finding adapters: the entry points that installed packages declare."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from onestop.channels.base import Adapter
from onestop.errors import NotFoundError

__all__ = ["GROUP", "discover"]

GROUP = "onestop.adapters"


def discover() -> dict[str, type[Adapter]]:
    """
    Give every installed adapter's class by its entry-point name, in the order of the names.

    Nothing is cached and nothing is registered by importing: call it once and keep the answer.

    Raises:
        NotFoundError: an entry point names something that cannot be imported.
    """
    return {entry.name: _load(entry) for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)}


def _load(entry: EntryPoint) -> type[Adapter]:
    try:
        loaded: type[Adapter] = entry.load()
    except (ImportError, AttributeError) as exc:
        raise NotFoundError(
            f"the adapter {entry.name!r} is declared as {entry.value!r}, which cannot be imported"
        ) from exc
    return loaded
