"""
Contact points: one address of a citizen as a URN.

    tel:+447700900123                  a telephone number, E.164 (RFC 3966)
    tel:60777;phone-context=+44        a short number, which has a meaning in one country only (RFC 3966, section 5.1.5)
    mailto:J.Smith@example.org         an e-mail address (RFC 6068); the local part stands as written
    post:2 Dock Road, Northport, L1 8JQ  a postal address, its lines with commas between
    ext:housing:12-3456                an id in another system

A URN is made by `tel_urn`, `mailto_urn`, `post_urn`, `ext_urn` or `Urn.parse`, and is normalised from then on. Two URNs
are the same contact point when their `key` is equal: the local part of an e-mail address is compared without case, and
a postal address by its letters and digits alone.

This is the one place that calls phonenumbers, which costs more than all else here together, so answers are cached.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any, Literal, NamedTuple, get_args

import phonenumbers
from phonenumbers import PhoneNumberType, ValidationResult
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from onestop.errors import ContactPointError

__all__ = [
    "Dialled",
    "NumberKind",
    "Scheme",
    "Urn",
    "dial",
    "ext_urn",
    "mailto_urn",
    "number_kind",
    "post_urn",
    "split_relay",
    "tel_urn",
]

Scheme = Literal["tel", "mailto", "post", "ext"]

NumberKind = Literal["mobile", "fixed", "personal", "freephone", "premium", "emergency", "short", "other"]
"""What a telephone number is for; `premium` and `emergency` numbers are never written or rung to by us."""

_CACHE_SIZE = 16_384
_MAX_LENGTH = 320  # RFC 3696 erratum 1690: an address is at most 254 octets; a telephone number far less

# Ofcom, "Telephone numbers for use in TV and radio drama programmes": never given to a subscriber, so that
# phonenumbers calls most of them invalid; here they are as good as any other number of their kind.
_DRAMA: tuple[tuple[re.Pattern[str], NumberKind], ...] = (
    (re.compile(r"\+447700900\d{3}\Z"), "mobile"),
    (re.compile(r"\+441632960\d{3}\Z"), "fixed"),
    (re.compile(r"\+44(?:11[3-8]|1[2-6]1)4960\d{3}\Z"), "fixed"),
    (re.compile(r"\+441914980\d{3}\Z"), "fixed"),
    (re.compile(r"\+442079460\d{3}\Z"), "fixed"),
    (re.compile(r"\+442896496\d{3}\Z"), "fixed"),
    (re.compile(r"\+442920180\d{3}\Z"), "fixed"),
    (re.compile(r"\+443069990\d{3}\Z"), "fixed"),
    (re.compile(r"\+448081570\d{3}\Z"), "freephone"),
    (re.compile(r"\+449098790\d{3}\Z"), "premium"),
)

_KINDS: dict[int, NumberKind] = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "mobile",
    PhoneNumberType.UAN: "fixed",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.VOIP: "fixed",
    PhoneNumberType.TOLL_FREE: "freephone",
    PhoneNumberType.PREMIUM_RATE: "premium",
}

# Ofcom, National Telephone Numbering Plan: access codes of three to six digits that are no subscriber's number.
_EMERGENCY = frozenset({"999", "112", "18000"})  # 18000: 999 through Relay UK
_SHORT = re.compile(r"\d{3,6}\Z", re.ASCII)
_PHONE_CONTEXT = re.compile(r";phone-context=\+(\d{1,3})\Z", re.ASCII)
_NOWHERE = phonenumbers.UNKNOWN_REGION
_DIRECTORY_ENQUIRIES = re.compile(r"118\d{3}\Z")  # charged as premium numbers are

_INTERNATIONAL_PREFIX = re.compile(r"(?:\+|00)")
_TEL_MARKS = re.compile(r"[\s().\-‐-―/ ​-‏⁠﻿]+")
_RELAY = re.compile(r"\s*1800([12])[\s\-]*(?=[\d+(])")

# What people and programs put around an address: brackets, quotes, commas, a full stop at the end, zero-width marks.
_AROUND = " \t\r\n<>\"'`,;:()[]“”‘’«»  ​‌‍⁠﻿"
_LOCAL = re.compile(r"""[^\s@<>()\[\]\\,;:"\x00-\x1f\x7f]{1,64}\Z""")
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e]){0,62}"\Z')
# Unicode categories that never show: what looks like one address and is another. Halves of surrogate pairs (Cs) cannot
# even be written down as UTF-8.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\Z")

_MAX_POST, _MOST_POST_LINES = 400, 12
_POST_LINES = re.compile(r"[,\r\n\u2028\u2029\x0b\x0c]+")
_POST_AROUND = " .;:"

_EXT_SYSTEM = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,63}\Z")
_EXT_ID = re.compile(r"[^\s\x00-\x1f\x7f]{1,255}\Z")


class Urn(str):
    """
    One contact point, normalised; a string, so that it is stored and compared as one.

    >>> Urn.parse("tel:07700 900123")
    Urn('tel:+447700900123')
    >>> Urn.parse("mailto:Jo.Bloggs@Example.ORG").masked()
    'mailto:J…@e….org'
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Urn({str.__repr__(self)})"

    @classmethod
    def parse(cls, text: str, *, region: str = "GB") -> Urn:
        """
        Give the normalised URN of `scheme:path`; national telephone numbers are read as numbers of `region`.

        Raises:
            ContactPointError: the scheme is unknown, or the path is no address of that scheme.
        """
        scheme, colon, path = text.partition(":")
        match scheme.strip().lower() if colon else "":
            case "tel":
                return tel_urn(path.partition(";")[0], region=_context_region(path) or region)
            case "mailto":
                return mailto_urn(path)
            case "post":
                return post_urn(path)
            case "ext":
                return ext_urn(*path.partition(":")[::2])
        raise ContactPointError(f"a contact point starts with one of {', '.join(f'{s}:' for s in get_args(Scheme))}")

    @property
    def scheme(self) -> Scheme:
        """The part before the first colon."""
        return self.partition(":")[0]  # type: ignore[return-value]  # made by this module only

    @property
    def path(self) -> str:
        """The part after the first colon: the number, the address, `system:id`."""
        return self.partition(":")[2]

    @property
    def key(self) -> str:
        """What is equal for two writings of one contact point; use it for look-ups, never show it."""
        return _key(self)

    def same(self, other: Urn | None) -> bool:
        """Say whether `other` is the same contact point."""
        return other is not None and self.key == other.key

    def masked(self) -> str:
        """Give what a log may say of this contact point: enough to recognise it, too little to use it."""
        if self.startswith("tel:"):
            number = self.path.partition(";")[0]
            return f"tel:{number[:3]}…{number[-3:]}" if len(number) > 8 else "tel:…"
        if self.startswith("mailto:"):
            local, _, domain = self[7:].rpartition("@")
            shown = local[:1] if len(local) > 3 else ""  # of a shorter one, a letter would be too much
            return f"mailto:{shown}…@{domain[:1]}….{domain.rpartition('.')[2]}"
        if self.startswith("post:"):
            return "post:…"  # a house has few people, and a postcode few houses
        return f"{':'.join(self.split(':')[:2])}:…"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _validated, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )


@lru_cache(_CACHE_SIZE)
def _key(urn: str) -> str:
    if urn.startswith("post:"):
        return f"post:{''.join(character for character in urn[5:].casefold() if character.isalnum())}"
    if not urn.startswith("mailto:"):
        return str(urn)
    local, _, domain = urn[7:].rpartition("@")
    return f"mailto:{local.casefold()}@{domain}"


def _validated(value: Any) -> Urn:
    if type(value) is Urn:
        return value
    if not isinstance(value, str):
        raise ContactPointError("a contact point is text")
    return Urn.parse(value)


def _context_region(path: str) -> str | None:
    """Give the region that a short number's phone-context names, so that it keeps its country when it is read again."""
    context = _PHONE_CONTEXT.search(path)
    region = phonenumbers.region_code_for_country_code(int(context[1])) if context else _NOWHERE
    return None if region == _NOWHERE else region


def tel_urn(number: str, *, region: str = "GB") -> Urn:
    """
    Give the URN of a telephone number as people, forms and gateways write it.

    Brackets, spaces, dashes, `(0)` and `00` are understood; short numbers of `region` keep their own form. Whether the
    number may be written or rung to is another question: see `number_kind`.

    >>> tel_urn("+44 (0)20 7946 0018")
    Urn('tel:+442079460018')

    Raises:
        ContactPointError: this is no telephone number. A withheld number is not one either: it has no contact point.
    """
    return _tel_urn(number, region)


@lru_cache(_CACHE_SIZE)
def _tel_urn(number: str, region: str) -> Urn:
    if len(number) > _MAX_LENGTH:
        raise ContactPointError("a telephone number has at most 15 digits")
    number = _ascii_digits(unicodedata.normalize("NFKC", number)).strip(_AROUND.replace("(", ""))
    bare = _TEL_MARKS.sub("", number.replace("(0)", ""))
    if _SHORT.match(bare):
        return Urn(f"tel:{bare};phone-context=+{phonenumbers.country_code_for_region(region)}")
    if not any(character.isdigit() for character in bare) or any(character.isalpha() for character in bare):
        raise ContactPointError("a telephone number is made of digits, with + in front where it is international")
    try:
        parsed = phonenumbers.parse(number if _INTERNATIONAL_PREFIX.match(number) else bare, region)
    except phonenumbers.NumberParseException as exc:
        raise ContactPointError("this is no telephone number: too few or too many digits, or no such country") from exc
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_valid_number(parsed) and not any(pattern.match(e164) for pattern, _ in _DRAMA):
        raise ContactPointError("this number is in no range that its country has given to subscribers")
    return Urn(f"tel:{e164}")


def _ascii_digits(text: str) -> str:
    """Give a text with the digits of every script as those that emergency and premium numbers are known by."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(mark)) if mark.isdecimal() else mark for mark in text)


@lru_cache(_CACHE_SIZE)
def number_kind(urn: Urn) -> NumberKind:
    """
    Give what a telephone number is for.

    >>> number_kind(tel_urn("0909 879 0123")), number_kind(tel_urn("999"))
    ('premium', 'emergency')

    Raises:
        ContactPointError: this contact point is no telephone number.
    """
    if urn.scheme != "tel":
        raise ContactPointError("only a tel: contact point has a kind of number")
    number = urn.path.partition(";")[0]
    if number in _EMERGENCY:
        return "emergency"
    if _DIRECTORY_ENQUIRIES.match(number):
        return "premium"
    if not number.startswith("+"):
        return "short"
    for pattern, kind in _DRAMA:
        if pattern.match(number):
            return kind
    return _KINDS.get(phonenumbers.number_type(phonenumbers.parse(number)), "other")


class Dialled(NamedTuple):
    """What a country's numbering plan says of a number, right or wrong."""

    e164: str
    country: str  # ISO 3166; `001` where the code belongs to no country, such as a satellite's
    calling_code: int
    length: Literal["right", "short", "long", "wrong"]
    kind: NumberKind | None  # None: in no range that its country has given to subscribers

    @property
    def urn(self) -> Urn:
        """The contact point that the number is, where its `kind` is known."""
        return Urn(f"tel:{self.e164}")


_LENGTHS: dict[int, Literal["right", "short", "long"]] = {
    ValidationResult.IS_POSSIBLE: "right",
    ValidationResult.TOO_SHORT: "short",
    ValidationResult.TOO_LONG: "long",
}


def dial(number: str, *, region: str = "GB") -> Dialled | None:
    """
    Give what a number would be, dialled from `region` as it stands; None where nobody could dial it.

    `tel_urn` is for numbers that a gateway or a form delivers; this is for telling a person what is wrong with one.

    >>> dial("0772345678910").length, dial("06123456789").kind
    ('long', None)
    """
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    kind = next((kind for pattern, kind in _DRAMA if pattern.match(e164)), None)
    if kind is None and phonenumbers.is_valid_number(parsed):
        kind = _KINDS.get(phonenumbers.number_type(parsed), "other")
    return Dialled(
        e164=e164,
        country=phonenumbers.region_code_for_country_code(parsed.country_code or 0),
        calling_code=parsed.country_code or 0,
        length=_LENGTHS.get(phonenumbers.is_possible_number_with_reason(parsed), "wrong"),
        kind=kind,
    )


def split_relay(number: str) -> tuple[str, bool]:
    """
    Give the number without Relay UK's prefix, and whether it had one.

    18001 is dialled by a person who types to the relay assistant, 18002 by who rings such a person (relayuk.bt.com,
    "How to use Relay UK"). 18000 is the emergency number and stays as it is.

    >>> split_relay("18001 0191 498 0123")
    ('0191 498 0123', True)
    """
    prefix = _RELAY.match(number)
    return (number[prefix.end() :], True) if prefix else (number, False)


def mailto_urn(address: str) -> Urn:
    """
    Give the URN of one e-mail address (no display name), without the marks that surround it in prose and headers.

    The local part stays as written, since only its own server may say which writings are one mailbox; the domain is
    lower-cased and written in ASCII (RFC 5891).

    >>> mailto_urn(" <Siân@Cyngor.Example>, ")
    Urn('mailto:Siân@cyngor.example')

    Raises:
        ContactPointError: this is no e-mail address.
    """
    return _mailto_urn(address)


@lru_cache(_CACHE_SIZE)
def _mailto_urn(address: str) -> Urn:
    if len(address) > 2 * _MAX_LENGTH:
        raise ContactPointError("an e-mail address has at most 254 octets")
    bare = unicodedata.normalize("NFC", address).lstrip(_AROUND).rstrip(f"{_AROUND}.")
    local, at, domain = bare.rpartition("@")
    if not local.isascii() and not _UNSEEN.isdisjoint(map(unicodedata.category, local)):
        raise ContactPointError("the part before the @ has marks that cannot be seen")
    if not at and not local:
        raise ContactPointError("an e-mail address has an @")
    if f'"{local.lstrip(chr(34))}' != local and local.endswith('"'):
        local = f'"{local}'  # the opening quote of a quoted local part was taken for a mark around the address
    if not (_LOCAL.match(local) or _QUOTED_LOCAL.match(local)) or len(local.encode()) > 64:
        raise ContactPointError("the part before the @ is empty, too long, or has marks that it may not have")
    domain = _ascii_domain(domain)
    if len(local.encode()) + 1 + len(domain) > 254:
        raise ContactPointError("an e-mail address has at most 254 octets")
    return Urn(f"mailto:{local}@{domain}")


def _ascii_domain(domain: str) -> str:
    if not domain.isascii():
        import idna  # loaded on first use: few addresses need it

        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as exc:
            raise ContactPointError("the part after the @ is no domain name") from exc
    domain = domain.lower()
    labels = domain.split(".")
    if len(labels) < 2 or not all(_LABEL.match(label) for label in labels) or labels[-1].isdigit():
        raise ContactPointError("the part after the @ is no domain name")
    return domain


def post_urn(address: str) -> Urn:
    """
    Give the URN of a postal address as people write it: on lines, or with commas between.

    >>> post_urn(" 2  Dock Road,\\nNorthport \\n L1 8JQ.")
    Urn('post:2 Dock Road, Northport, L1 8JQ')

    Raises:
        ContactPointError: it is empty, has too many lines or characters, or marks that cannot be seen.
    """
    if len(address) > 4 * _MAX_POST:
        raise ContactPointError(f"a postal address has at most {_MAX_POST} characters")
    lines = (
        " ".join(line.split()).strip(_POST_AROUND) for line in _POST_LINES.split(unicodedata.normalize("NFC", address))
    )
    kept = [line for line in lines if line]
    text = ", ".join(kept)
    if not _UNSEEN.isdisjoint(map(unicodedata.category, text)):
        raise ContactPointError("a postal address has no marks that cannot be seen")
    if not any(character.isalnum() for character in text):
        raise ContactPointError("a postal address says where a letter is to go")
    if len(text) > _MAX_POST or len(kept) > _MOST_POST_LINES:
        raise ContactPointError(f"a postal address has at most {_MOST_POST_LINES} lines and {_MAX_POST} characters")
    return Urn(f"post:{text}")


def ext_urn(system: str, identifier: str) -> Urn:
    """
    Give the URN of an id that another system gave to a citizen, such as a tenancy number.

    >>> ext_urn("housing", "12-3456")
    Urn('ext:housing:12-3456')

    Raises:
        ContactPointError: the system is no short lower-case word, or the id is empty, too long, or not visible.
    """
    system = system.strip().lower()
    if not _EXT_SYSTEM.match(system):
        raise ContactPointError("the system of an ext: contact point is a short word of a-z, 0-9, _ . -")
    if not _EXT_ID.match(identifier) or not _UNSEEN.isdisjoint(map(unicodedata.category, identifier)):
        raise ContactPointError("the id of an ext: contact point has 1 to 255 visible characters")
    return Urn(f"ext:{system}:{identifier}")
