"""Who is at the other end of a call, as telephone systems write it: numbers, SIP addresses, extensions, nobody."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

from onestop.channels.numbers import is_withheld
from onestop.core.contact import Urn, ext_urn, split_relay, tel_urn
from onestop.errors import ContactPointError

__all__ = ["Party", "read_party"]

_PREFIX = re.compile(r"(sips?|tel|client|whatsapp):", re.IGNORECASE)
_SYSTEMS = {"sip": "sip", "sips": "sip", "client": "client"}  # whose ids they are, where they are no numbers
_NUMBER = re.compile(r"\+?[\d\s().\-]{5,40}\Z", re.ASCII)
_EXTENSION = re.compile(r"\d{1,6}\Z", re.ASCII)
_BARE = re.compile(r"[1-9]\d{6,14}\Z", re.ASCII)  # E.164 without its +
_LETTER = re.compile(r"[^\W\d_]")


class Party(NamedTuple):
    """One end of a call: its contact point, None when withheld or not told, and what was wrong with it."""

    urn: Urn | None
    relay: bool = False  # Relay UK's prefix stood in front
    defects: tuple[str, ...] = ()


def read_party(address: str, *, system: str, role: str) -> Party:
    """
    Read one end of a call.

    A number is one in E.164, with or without its `+`, or a British one, also inside a SIP address. What is none keeps
    a contact point in `ext:` (`system` names whose ids these are), so that who rang is not lost: extensions of the
    telephone system, names (defect `ROLE_alphanumeric`), numbers that nobody has (`ROLE_invalid`).

    >>> read_party("sip:07700900123@trunk.example;user=phone", system="cti", role="sender").urn
    Urn('tel:+447700900123')
    >>> read_party("sip:anonymous@anonymous.invalid", system="cti", role="sender").urn is None
    True
    """
    address = address.strip()
    prefix = _PREFIX.match(address)
    scheme = prefix[1].lower() if prefix else ""
    address = address[prefix.end() :] if prefix else address
    address = address.partition(";")[0]
    user, at, _ = address.partition("@")
    if is_withheld(user):
        return Party(None)
    number, relay = split_relay(user)
    if scheme != "client" and _NUMBER.match(number) and (urn := _telephone(number)):
        return Party(urn, relay)
    defects: tuple[str, ...] = ()
    if not at and scheme not in _SYSTEMS and not _EXTENSION.match(number):
        defects = (f"{role}_alphanumeric" if _LETTER.search(number) else f"{role}_invalid",)
    try:
        return Party(ext_urn(_SYSTEMS.get(scheme, "sip" if at else system), quote(address, safe="+@")), relay, defects)
    except ContactPointError:  # longer than an id may be
        return Party(None, relay, (f"{role}_invalid",))


def _telephone(number: str) -> Urn | None:
    if _EXTENSION.match(number):
        return None
    for written in (number, f"+{number}") if _BARE.match(number) else (number,):
        try:
            return tel_urn(written)
        except ContactPointError:
            continue
    return None
