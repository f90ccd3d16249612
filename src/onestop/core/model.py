"""What every model of the core is: frozen, closed, and made of values that JSON can carry."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    PlainSerializer,
    SerializerFunctionWrapHandler,
)
from pydantic_core import CoreSchema, core_schema

__all__ = ["Frozen", "FrozenMap", "UtcDatetime", "local_time", "shifted", "utc_text"]

K = TypeVar("K")
V = TypeVar("V")


class Frozen(BaseModel):
    """A model that never changes and refuses fields it does not know; `model_copy(update=…)` makes the next one."""

    # Errors of validation show where and what is wrong, and never the value: it may be somebody's words.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def utc_text(moment: AwareDatetime) -> str:
    """
    Give a moment as RFC 3339 text in UTC with microseconds, so that text sorts as time does.

    >>> from datetime import datetime, timedelta, timezone
    >>> utc_text(datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=1))))
    '2026-03-02T08:30:00.000000Z'
    """
    # Only times in UTC are remembered: of two that a zone's clock shows twice, Python says that they are equal.
    return _utc_text(moment if moment.tzinfo is UTC else moment.astimezone(UTC))


@lru_cache(maxsize=256)  # the few times of one plan are written into each of its events, and into its case
def _utc_text(moment: datetime) -> str:
    return f"{moment.isoformat(timespec='microseconds')[:-6]}Z"


def _in_utc(moment: datetime) -> datetime:
    """Give the moment in UTC; one that UTC has no year for (a clock far off, and a zone) is refused, not kept."""
    if moment.tzinfo is UTC:
        return moment
    try:
        return moment.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError("a moment lies in the years 1 to 9999 of UTC") from exc


UtcDatetime = Annotated[
    AwareDatetime, AfterValidator(_in_utc), PlainSerializer(utc_text, return_type=str, when_used="json")
]
"""An aware moment in UTC, whatever zone it was given in; naive datetimes are refused."""


def shifted(moment: datetime, by: timedelta) -> datetime:
    """
    Give a moment that much later, or earlier; at the end of the calendar where it would leave it.

    >>> shifted(datetime.min.replace(tzinfo=UTC), timedelta(days=-1)).year
    1
    """
    try:
        return moment + by
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if by > timedelta() else datetime.min.replace(tzinfo=UTC)


def local_time(moment: datetime, zone: tzinfo) -> datetime:
    """
    Give a moment as the clocks of a zone show it; unchanged where they would show a year that there is not.

    >>> from zoneinfo import ZoneInfo
    >>> local_time(datetime.max.replace(tzinfo=UTC), ZoneInfo("Asia/Tokyo")).year
    9999
    """
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


class FrozenMap(Mapping[K, V], Generic[K, V]):
    """
    A mapping that cannot be changed, for the fields of frozen models.

    >>> answers = FrozenMap({"colour": "green"})
    >>> answers["colour"], dict(answers), answers == {"colour": "green"}
    ('green', {'colour': 'green'}, True)
    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[K, V] | None = None) -> None:
        self._items: dict[K, V] = dict(items or {})

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    # What `Mapping` would make of the methods above, without its detours: models are compared and asked all day.

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FrozenMap):
            return self._items == other._items
        return dict(other) == self._items if isinstance(other, Mapping) else NotImplemented

    def keys(self) -> KeysView[K]:
        """Give a view of the keys."""
        return self._items.keys()

    def values(self) -> ValuesView[V]:
        """Give a view of the values."""
        return self._items.values()

    def items(self) -> ItemsView[K, V]:
        """Give a view of the keys and values."""
        return self._items.items()

    def __repr__(self) -> str:
        return repr(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        key, value = getattr(source, "__args__", (Any, Any))
        inner = core_schema.dict_schema(handler.generate_schema(key), handler.generate_schema(value))
        return core_schema.no_info_after_validator_function(
            cls,
            core_schema.no_info_before_validator_function(_thawed, inner),
            # By the schema of its values, which may be such mappings themselves.
            serialization=core_schema.wrap_serializer_function_ser_schema(_plain, schema=inner),
        )


def _plain(value: Any, handler: SerializerFunctionWrapHandler) -> Any:
    return handler(dict(value))


def _thawed(value: Any) -> Any:
    return dict(value) if isinstance(value, FrozenMap) else value
