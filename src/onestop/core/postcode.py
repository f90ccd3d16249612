"""
UK postcodes: found in text, brought into one form, checked for their shape and area, not for being in use.

Shapes: BS 7666. Areas: those of Royal Mail's Postcode Address File, with the Crown dependencies, BFPO (`BF1`) and
Girobank's `GIR 0AA`. Overseas territories (`ASCN 1ZZ`, `GX11 1AA`) are no places of a council, and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from onestop.core.contact import Urn
from onestop.core.enquiry import Location

__all__ = ["find_postcodes", "location_of", "normalise_postcode", "postcode_of"]

_AREA_CODES = """
AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G
GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX
PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS
WV YO ZE
"""
_AREAS = frozenset(_AREA_CODES.split())
_LONGEST = 40  # characters of a field that can be one postcode, with whatever was typed around it

# A9 A99 A9A AA9 AA99 AA9A and 9AA; the letters that are left out look like others on an envelope.
_OUTWARD = r"[A-PR-UWYZ](?:[0-9][0-9ABCDEFGHJKPSTUW]?|[A-HK-Y][0-9][0-9ABEHMNPRVWXY]?)"
_INWARD = r"[0-9][ABD-HJLNP-UW-Z]{2}"
_WHOLE = re.compile(rf"(?:({_OUTWARD})|GIR)({_INWARD})\Z")
_BESIDE = r"[A-Za-z0-9]"
_GAP = "[ \u00a0]"
_IN_TEXT = re.compile(
    rf"(?<!{_BESIDE})(?<!{_BESIDE}[-/_.])((?:{_OUTWARD})|GIR){_GAP}{{0,3}}({_INWARD})(?!{_BESIDE})(?![-/_]{_BESIDE})",
    re.IGNORECASE | re.ASCII,
)
_INWARD_IN_TEXT = re.compile(rf"{_INWARD}(?!{_BESIDE})", re.IGNORECASE | re.ASCII)  # looked for first: most have none
_BEFORE, _AFTER = 7, 2  # characters that the first half and the gap take; those that must not follow
_ORDINAL = re.compile(r"(?:1st|2nd|3rd|[04-9]th)\Z")  # "flat E2 4th floor" has no postcode; "E2 4TH" is one
_TYPED_AROUND = re.compile(r"[\s.,;:()\[\]\-\u2010-\u2015\u200b-\u200d\ufeff]+")
_DIGIT_FOR_LETTER = str.maketrans("OI", "01")


def normalise_postcode(text: str) -> str | None:
    """
    Give a postcode as it is printed, whatever case, blanks and marks it was typed with; None when it is none.

    For a field that is asked for a postcode: O and I where only a digit can stand are read as 0 and 1.

    >>> normalise_postcode("sw1a1aa"), normalise_postcode(" (L1-8JQ). "), normalise_postcode("L1 OAA")
    ('SW1A 1AA', 'L1 8JQ', 'L1 0AA')
    """
    if len(text) > _LONGEST:
        return None
    typed = _TYPED_AROUND.sub("", text).upper()
    if len(typed) < 5:
        return None
    typed = typed[:-3] + typed[-3].translate(_DIGIT_FOR_LETTER) + typed[-2:]
    return _printed(typed[:-3], typed[-3:]) if _WHOLE.match(typed) else None


def find_postcodes(text: str) -> tuple[str, ...]:
    """
    Give the postcodes that stand in a text, each once, in the order they come; time is linear in the text.

    >>> find_postcodes("The bin at 4 Elm Road, l18jq, and the one by SW1A 1AA. Ref NP-049N-3021, room E2 4th floor")
    ('L1 8JQ', 'SW1A 1AA')
    """
    found = (_printed(match[1].upper(), match[2].upper()) for match in _matches(text) if not _ORDINAL.match(match[2]))
    return tuple(dict.fromkeys(postcode for postcode in found if postcode is not None))


def _matches(text: str) -> Iterator[re.Match[str]]:
    """Look at a few characters before what may be a second half: searching all for a whole one costs ten times that."""
    done = 0
    for half in _INWARD_IN_TEXT.finditer(text):
        match = _IN_TEXT.search(text, max(done, half.start() - _BEFORE), half.end() + _AFTER)
        if match is not None and match.end() == half.end():
            done = match.end()
            yield match


def location_of(text: str) -> Location | None:
    """
    Give the place that a text names by its one postcode; None when it names none, or several: which is meant?

    >>> location_of("Graffiti on the bridge near L1 8JQ").postcode
    'L1 8JQ'
    """
    found = find_postcodes(text)
    return Location(postcode=found[0], source="text") if len(found) == 1 else None


def postcode_of(urn: Urn) -> str | None:
    """
    Give the postcode of a postal address, which stands last; None where it has none, as an address abroad.

    >>> postcode_of(Urn("post:2 Dock Road, Northport, L1 8JQ"))
    'L1 8JQ'
    """
    return next(reversed(find_postcodes(urn.path)), None) if urn.scheme == "post" else None


def _printed(outward: str, inward: str) -> str | None:
    """Give both parts with the blank between, where there is such an area."""
    if outward == "GIR":
        return "GIR 0AA" if inward == "0AA" else None
    area = outward[0] if outward[1].isdigit() else outward[:2]
    return f"{outward} {inward}" if area in _AREAS else None
