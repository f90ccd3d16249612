"""Who sent a form or a note: the e-mail address and the telephone number it gave, as contact points."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from onestop.core.contact import Urn, mailto_urn, split_relay, tel_urn
from onestop.errors import ContactPointError

__all__ = ["Sender", "read_sender"]


class Sender(NamedTuple):
    """The contact point to answer to, and what else is known of it."""

    urn: Urn | None
    email_read: bool
    phone_read: bool
    meta: dict[str, str]


def read_sender(email: str | None, phone: str | None, defects: list[str]) -> Sender:
    """
    Give the sender: by e-mail where an address is given and valid, else by telephone; the other one is `also`.

    Defects: `email_invalid`, `phone_invalid`, and `sender_invalid` where something was given and nothing can be read.

    >>> read_sender("jo@example.org", "07700 900123", []).meta
    {'also': 'tel:+447700900123'}
    """
    meta: dict[str, str] = {}
    number, relay = split_relay(phone or "")
    address = _read(mailto_urn, email, "email_invalid", defects)
    telephone = _read(tel_urn, number, "phone_invalid", defects)
    if relay and telephone:
        meta["relay"] = "18001"
    if address and telephone:
        meta["also"] = str(telephone)
    if (email or phone) and not (address or telephone):
        defects.append("sender_invalid")
    return Sender(address or telephone, address is not None, telephone is not None, meta)


def _read(reader: Callable[[str], Urn], text: str | None, defect: str, defects: list[str]) -> Urn | None:
    if not text:
        return None
    try:
        return reader(text)
    except ContactPointError:
        defects.append(defect)
        return None
