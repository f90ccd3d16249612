"""
What a photo's EXIF says of place, time and which way up: TIFF structures read from bytes, three directories at most.

Standard: EXIF 2.32 (CIPA DC-008-2019) over TIFF 6.0. Nothing is followed but the two directories that the first one
names, nothing is read twice, and whatever is damaged says nothing: no bytes raise, recurse or run long.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import Literal, NamedTuple

__all__ = ["NOTHING", "Exif", "orientation_tiff", "read_tiff"]


class Exif(NamedTuple):
    """What a photo tells of itself."""

    lat: float | None = None  # WGS 84, degrees; both or none
    lon: float | None = None
    orientation: int | None = None  # 1 … 8 as EXIF has it; 1: as it is
    taken_at: str | None = None  # the camera's own time, ISO 8601 without a zone: cameras seldom know theirs


NOTHING = Exif()

_MOST_ENTRIES = 512  # of one directory; cameras write some 50
_ORIENTATION, _DATE_TIME, _EXIF_IFD, _GPS_IFD = 0x0112, 0x0132, 0x8769, 0x8825
_DATE_TIME_ORIGINAL = 0x9003
_LAT_REF, _LAT, _LON_REF, _LON = 1, 2, 3, 4
_ASCII, _SHORT, _LONG, _RATIONAL, _SRATIONAL = 2, 3, 4, 5, 10
_SIZES = {_ASCII: 1, _SHORT: 2, _LONG: 4, _RATIONAL: 8, _SRATIONAL: 8}
_LONGEST_VALUE = 64  # bytes: three rationals are 24, a moment 20
_MOMENT = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)\Z", re.ASCII)

_Order = Literal["little", "big"]
_Values = Mapping[int, tuple[int, bytes]]  # tag → type and bytes

_ORDERS: Mapping[bytes, _Order] = {b"II*\0": "little", b"MM\0*": "big"}


def read_tiff(data: bytes) -> Exif:
    """Give what a TIFF header and its directories say; `NOTHING` where they are none."""
    order = _ORDERS.get(data[:4])
    if order is None:
        return NOTHING
    first = _directory(data, int.from_bytes(data[4:8], order), order)
    exif = _directory(data, _number(first.get(_EXIF_IFD), order), order)
    gps = _directory(data, _number(first.get(_GPS_IFD), order), order)
    orientation = _number(first.get(_ORIENTATION), order)
    lat = _degrees(gps.get(_LAT), gps.get(_LAT_REF), "N", "S", 90, order)
    lon = _degrees(gps.get(_LON), gps.get(_LON_REF), "E", "W", 180, order)
    if lat is None or lon is None or (lat, lon) == (0, 0):  # 0, 0 is what a receiver without a fix writes
        lat = lon = None
    return Exif(
        lat,
        lon,
        orientation if 1 <= orientation <= 8 else None,
        _moment(exif.get(_DATE_TIME_ORIGINAL)) or _moment(first.get(_DATE_TIME)),
    )


def orientation_tiff(orientation: int) -> bytes:
    """
    Give the least TIFF that says which way up a picture is, and nothing else.

    >>> read_tiff(orientation_tiff(6)).orientation
    6
    """
    entry = struct.pack(">HHIHH", _ORIENTATION, _SHORT, 1, orientation, 0)
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)


def _directory(data: bytes, start: int, order: _Order) -> _Values:
    """Give the values of a directory that are small enough to be of use; none where it lies outside the data."""
    if not 8 <= start <= len(data) - 2:
        return {}
    count = min(int.from_bytes(data[start : start + 2], order), _MOST_ENTRIES, (len(data) - start - 2) // 12)
    values: dict[int, tuple[int, bytes]] = {}
    for at in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind = int.from_bytes(data[at : at + 2], order), int.from_bytes(data[at + 2 : at + 4], order)
        size = _SIZES.get(kind, 0) * int.from_bytes(data[at + 4 : at + 8], order)
        if not 0 < size <= _LONGEST_VALUE:
            continue
        where = at + 8 if size <= 4 else int.from_bytes(data[at + 8 : at + 12], order)
        if where + size <= len(data):
            values.setdefault(tag, (kind, data[where : where + size]))
    return values


def _number(value: tuple[int, bytes] | None, order: _Order) -> int:
    """Give a SHORT or LONG; 0 where there is none."""
    if value is None or value[0] not in (_SHORT, _LONG):
        return 0
    return int.from_bytes(value[1][: _SIZES[value[0]]], order)


def _degrees(
    value: tuple[int, bytes] | None,
    hemisphere: tuple[int, bytes] | None,
    positive: str,
    negative: str,
    most: int,
    order: _Order,
) -> float | None:
    """Give degrees from three rationals (degrees, minutes, seconds) and a letter; None where any of it is wrong."""
    if value is None or hemisphere is None or value[0] not in (_RATIONAL, _SRATIONAL) or len(value[1]) != 24:
        return None
    sign = {positive: 1, negative: -1}.get(hemisphere[1][:1].decode("latin-1").upper())
    degrees = 0.0
    for part, scale in enumerate((1, 60, 3600)):
        top = int.from_bytes(value[1][part * 8 : part * 8 + 4], order)
        bottom = int.from_bytes(value[1][part * 8 + 4 : part * 8 + 8], order)
        if bottom == 0 and top:
            return None
        degrees += top / (bottom or 1) / scale  # 0/0 is how some write seconds that they have not
    return round(sign * degrees, 7) if sign and degrees <= most else None


def _moment(value: tuple[int, bytes] | None) -> str | None:
    if value is None or value[0] != _ASCII:
        return None
    match = _MOMENT.match(value[1].decode("latin-1").rstrip("\0 "))
    return f"{match[1]}-{match[2]}-{match[3]}T{match[4]}" if match and match[1] != "0000" else None
