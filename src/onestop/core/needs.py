"""
Needs: what somebody needs of us, and what each asks of a message.

The words are our own. They follow the four groups of the Accessible Information Standard (NHS England, DAPB1605): how
somebody must be contacted, the format of what they are sent, the professional who must be there, and other support.
`snomed` is the concept of SNOMED CT where the value set of NHS England's reasonable adjustments has one (NHSDigital,
ra-sandbox, RA-FlagCode, read 2026-03-02) and its check digit is right. A code that a council has of its own is kept,
and asks nothing of channels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, NamedTuple, get_args

from onestop.core.enquiry import Channel
from onestop.core.model import FrozenMap
from onestop.core.profile import Need

__all__ = ["NEEDS", "NOTHING", "Asked", "Asks", "Group", "Manner", "asked_of", "points_of"]

Group = Literal["contact", "format", "professional", "support"]
Manner = Literal["send", "task"]
"""How a channel meets needs: a gateway may send as it does, or a person has to do it."""

_CHANNELS: frozenset[Channel] = frozenset(get_args(Channel))
_NOBODY: frozenset[Channel] = frozenset()
_POST: frozenset[Channel] = frozenset({"post"})
_SPOKEN: frozenset[Channel] = frozenset({"phone", "in_person"})


class Asks(NamedTuple):
    """What one need asks. Groups say nothing of the reason: a need is recorded, not a diagnosis."""

    group: Group
    snomed: str | None = None
    only: frozenset[Channel] = _NOBODY  # one of these, or one that another need asks for; empty: any
    never: frozenset[Channel] = _NOBODY
    sent: frozenset[Channel] = _CHANNELS  # channels whose gateways give this format
    made: frozenset[Channel] = _CHANNELS  # channels by which a person can give it
    silent: bool = False  # no voice alone: a call only where it goes by text relay
    relay: bool = False  # a call goes by text relay
    via_carer: bool = False  # somebody else is to be told, in their stead


def _contact(snomed: str | None, *only: Channel, never: tuple[Channel, ...] = (), relay: bool = False) -> Asks:
    return Asks("contact", snomed, frozenset(only), frozenset(never), relay=relay)


def _format(snomed: str | None, *, sent: tuple[Channel, ...] = (), made: frozenset[Channel] = _POST) -> Asks:
    return Asks("format", snomed, sent=frozenset(sent), made=made)


def _professional(snomed: str | None, *, silent: bool = True) -> Asks:
    return Asks("professional", snomed, silent=silent)


def _support(snomed: str | None, *, silent: bool = False) -> Asks:
    return Asks("support", snomed, silent=silent)


# E-mail can show large type (its HTML says how large); a text or a chat is as large as their telephone makes it, and a
# printing gateway prints one size only, so that such a letter is a person's work, as are braille and easy read.
NEEDS: Mapping[str, Asks] = FrozenMap(
    {
        # Requires specific contact method
        "by_email": _contact("936741000000100", "email"),
        "by_letter": _contact("936721000000107", "post"),
        "by_sms": _contact("936701000000103", "sms"),
        "by_phone": _contact("795661000000104", "phone"),
        "in_person": _contact(None, "in_person"),
        "text_relay": _contact("796081000000106", relay=True),
        "via_carer": Asks("contact", "719561001", via_carer=True),
        "never_phone": _contact(None, never=("phone",)),
        "no_texts": _contact(None, never=("sms", "chat")),
        "no_emails": _contact(None, never=("email",)),
        "no_letters": _contact(None, never=("post",)),
        "audible_alert": _contact("945931000000101"),
        "tactile_alert": _contact("945971000000104"),
        "visual_alert": _contact("945951000000108"),
        # Requires specific information format
        "large_print": _format(None, sent=("email",)),
        "large_print_20": _format("957331000000109", sent=("email",)),
        "large_print_24": _format("957351000000102", sent=("email",)),
        "large_print_28": _format("957371000000106", sent=("email",)),
        "braille_grade_1": _format("936681000000100"),
        "braille_grade_2": _format("936661000000109"),
        "moon": _format("936621000000101"),
        "easy_read": _format("796161000000101"),
        "aphasia_friendly": _format(None),
        "makaton": _format("936641000000108"),
        "audio": _format("936601000000105"),
        "audio_cassette": _format("795801000000104"),
        "compact_disc": _format("795731000000104"),
        "dvd": _format("795691000000105"),
        "usb": _format("945691000000105"),
        "electronic": _format("945751000000106", sent=("email",), made=_NOBODY),
        "information_by_email": _format("936581000000101", sent=("email",), made=_NOBODY),
        "verbally": _format("367741000000102", sent=("phone",), made=_SPOKEN),
        "read_out": _format("985021000000106", sent=("phone",), made=_SPOKEN),
        # Requires communication professional
        "bsl_interpreter": _professional("204331000000107"),
        "sse_interpreter": _professional("936761000000104"),
        "makaton_interpreter": _professional("204341000000103"),
        "hands_on_signing_interpreter": _professional("945731000000104"),
        "visual_frame_interpreter": _professional("945711000000107"),
        "deafblind_manual_interpreter": _professional("957051000000100"),
        "deafblind_block_interpreter": _professional("957071000000109"),
        "deafblind_haptic_interpreter": _professional("957111000000103"),
        "deafblind_guide": _professional("796201000000109"),
        "lipspeaker": _professional("945911000000109"),
        "note_taker": _professional("945891000000106"),
        "speech_to_text": _professional("966401000000100"),
        "sighted_guide": _professional("719563003", silent=False),
        "speech_therapist": _professional(None, silent=False),
        "advocate": _professional("225835008", silent=False),
        "language_interpreter": _professional(None, silent=False),
        # Communication support
        "uses_bsl": _support("415803005", silent=True),
        "prefers_bsl": _support("520471000000105", silent=True),
        "uses_makaton": _support("415805003", silent=True),
        "uses_sign_language": _support("404903008", silent=True),
        "deafblind_manual": _support("981781000000107", silent=True),
        "deafblind_intervener": _support("957031000000107", silent=True),
        "textphone": Asks("support", "445488003", silent=True, relay=True),
        "lip_reads": _support("441092009"),
        "hearing_aid": _support("285055002"),
        "hearing_loop": _support("198061000000105"),
        "communication_device": _support("719369003"),
        "communication_passport": _support("837341000000108"),
        "citizen_advocate": _support("225834007"),
        "legal_advocate": _support("225833001"),
        "extra_time": _support("311543001"),
        "assistance": _support("737350008"),
        "appointment_reminders": _support("1108131000000104"),
        "carer_present": _support("1108151000000106"),
    }
)


class Asked(NamedTuple):
    """What all needs of somebody ask together."""

    only: frozenset[Channel] = _NOBODY
    never: frozenset[Channel] = _NOBODY
    sent: frozenset[Channel] = _CHANNELS
    made: frozenset[Channel] = _CHANNELS
    formats: tuple[str, ...] = ()
    professionals: tuple[str, ...] = ()
    silent: bool = False
    relay: bool = False
    via_carer: bool = False

    def manner(self, channel: Channel) -> Manner | None:
        """Give how a channel can meet the needs; None where it cannot."""
        if self.via_carer or channel in self.never or (self.only and channel not in self.only):
            return None
        if channel == "phone" and self.silent and not self.relay:
            return None
        if channel in self.sent:
            return "send"
        return "task" if channel in self.made else None

    @property
    def format(self) -> str | None:
        """Give the formats that must be given, as a message has them: joined by +; of sizes of print the largest."""
        return "+".join(self.formats) or None

    @property
    def large(self) -> bool:
        """Say whether it must be in large print."""
        return any(each in _POINTS for each in self.formats)


NOTHING = Asked()
# The size of large print where nobody said which: UK Association for Accessible Formats, "Creating clear print and
# large print documents", has 16 to 18 points, and the larger serves more people.
_POINTS = {"large_print": 18, "large_print_20": 20, "large_print_24": 24, "large_print_28": 28}
_PRINT = tuple(_POINTS)
_ASKS_NOTHING = Asks("support")


def asked_of(needs: Iterable[Need], at: datetime) -> Asked:
    """Give what the needs that hold at a moment ask of a message."""
    holding = [need.code for need in needs if need.until is None or need.until > at]
    if not holding:
        return NOTHING
    asks = {code: NEEDS.get(code, _ASKS_NOTHING) for code in dict.fromkeys(holding)}
    largest = max((code for code in asks if code in _PRINT), key=_PRINT.index, default=None)
    return Asked(
        only=frozenset().union(*(each.only for each in asks.values())),
        never=frozenset().union(*(each.never for each in asks.values())),
        sent=_CHANNELS.intersection(*(each.sent for each in asks.values())),
        made=_CHANNELS.intersection(*(each.sent | each.made for each in asks.values())),
        formats=tuple(
            sorted(
                code
                for code, each in asks.items()
                if each.group == "format" and (code not in _PRINT or code == largest)
            )
        ),
        professionals=tuple(sorted(code for code, each in asks.items() if each.group == "professional")),
        silent=any(each.silent for each in asks.values()),
        relay=any(each.relay for each in asks.values()),
        via_carer=any(each.via_carer for each in asks.values()),
    )


def points_of(format_: str | None) -> int | None:
    """
    Give the size of print, in points, that a message's `format` asks for; None where it asks for none.

    >>> points_of("electronic+large_print_24"), points_of("braille_grade_2"), points_of(None)
    (24, None, None)
    """
    return max((_POINTS[each] for each in (format_ or "").split("+") if each in _POINTS), default=None)
