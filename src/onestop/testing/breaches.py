"""
What a message that leaves would breach, judged by an account of its own.

It is written from docs/explanation/preference.md and shares no code with what chooses and checks (`choice`, `sendable`,
`barriers`, `standing`, `wishes`, `quiet`, `ledger` and `needs` of the core): what one of the two has wrong, the other
says. It is as plain as can be, and slow.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import get_args

from onestop.core.enquiry import Channel
from onestop.core.gateway import Capabilities
from onestop.core.profile import Consent, ContactPoint, Preference, Profile, Weekday
from onestop.core.purposes import Purpose
from onestop.core.quiet import Zones
from onestop.core.standing import Telling
from onestop.core.wishes import Matter

__all__ = ["breach", "breached_need", "disturbs", "stopped"]

_WEEK: tuple[Weekday, ...] = get_args(Weekday)
_SUBSCRIBED = ("alert", "consultation", "marketing")
_MUST_REACH = ("statutory", "urgent")
_ANYTHING = Capabilities(sends=True)

# What needs ask, group by group.
_LARGE = ("large_print", "large_print_20", "large_print_24", "large_print_28")  # the largest last
_PAPER = {"braille_grade_1", "braille_grade_2", "moon", "easy_read", "aphasia_friendly", "makaton"}
_PAPER |= {"audio", "audio_cassette", "compact_disc", "dvd", "usb"}
_ALOUD = {"verbally", "read_out"}
_ON_SCREEN = {"electronic", "information_by_email"}
_SIGNS = {"bsl_interpreter", "sse_interpreter", "makaton_interpreter", "hands_on_signing_interpreter"}
_SIGNS |= {"visual_frame_interpreter", "deafblind_manual_interpreter", "deafblind_block_interpreter", "deafblind_guide"}
_SIGNS |= {"deafblind_haptic_interpreter", "lipspeaker", "note_taker", "speech_to_text", "uses_bsl", "prefers_bsl"}
_SIGNS |= {"uses_makaton", "uses_sign_language", "deafblind_manual", "deafblind_intervener", "textphone"}
_METHODS: dict[str, Channel] = {
    "by_email": "email",
    "by_sms": "sms",
    "by_letter": "post",
    "by_phone": "phone",
    "in_person": "in_person",
}
_REFUSALS: dict[str, tuple[Channel, ...]] = {
    "never_phone": ("phone",),
    "no_texts": ("sms", "chat"),
    "no_emails": ("email",),
    "no_letters": ("post",),
}


def breach(
    profile: Profile,
    message: Telling,
    channel: Channel,
    point: ContactPoint,
    at: datetime,
    zones: Zones,
    can: Capabilities = _ANYTHING,
) -> str | None:
    """Name what a message that leaves at a moment by a gateway would breach; None: nothing."""
    purpose = message.purpose
    hurries = purpose == "urgent" or (message.urgency == "urgent" and purpose not in _SUBSCRIBED)
    if not hurries and disturbs(profile, at, zones):
        return "quiet hours"
    if need := breached_need(profile, channel, at, by_gateway=True, can=can):
        return f"a need: {need}"
    return (
        _said_no(profile, message, channel, point, at)
        or _not_written_to(message, channel, point, at, can)
        or _read_by_others(profile, message, channel, point, at)
    )


# -- quiet hours -------------------------------------------------------------------------------------------------------


def disturbs(profile: Profile, at: datetime, zones: Zones) -> bool:
    """Say whether a moment is in their quiet hours, by the clock on the wall."""
    for statement in profile.quiet_hours:
        if statement.until is not None and at >= statement.until:
            continue
        names = (name for name in (statement.zone, profile.zone) if name and zones.named(name))
        name = next(names, None)
        zone = (zones.named(name) if name else None) or zones.council
        wall = at.astimezone(zone).replace(tzinfo=None)
        for back in (0, 1):
            day = (wall - timedelta(days=back)).date()
            for span in statement.spans.get(_WEEK[day.weekday()], ()):
                begins = datetime.combine(day, span.start)
                if begins <= wall < datetime.combine(day + timedelta(days=span.end <= span.start), span.end):
                    return True
    return False


# -- needs -------------------------------------------------------------------------------------------------------------


def breached_need(
    profile: Profile, channel: Channel, at: datetime, *, by_gateway: bool, can: Capabilities = _ANYTHING
) -> str | None:
    """Name a need that a message on a channel would breach, sent by a gateway or as a person's task."""
    codes = {need.code for need in profile.needs if need.until is None or at < need.until}
    wanted = {_METHODS[code] for code in codes & set(_METHODS)}
    if "via_carer" in codes:
        return "via_carer"
    if wanted and channel not in wanted:
        return "a method"
    if any(channel in _REFUSALS[code] for code in codes & set(_REFUSALS)):
        return "a refusal"
    if channel == "phone" and codes & _SIGNS and not codes & {"text_relay", "textphone"}:
        return "no voice"
    if codes & _PAPER and (channel != "post" or by_gateway):
        return "what is made by hand"
    if codes & set(_LARGE) and (
        channel not in ("email", "post") or (by_gateway and (channel == "post" or can.one_size))
    ):
        return "large print"
    if codes & _ALOUD and channel not in ("phone", "in_person"):
        return "said aloud"
    return "on a screen" if codes & _ON_SCREEN and channel != "email" else None


# -- what they said ----------------------------------------------------------------------------------------------------


def _kin(purpose: Purpose) -> list[str]:
    """Give the purposes whose statements are about this one: its own first."""
    return [purpose, "service_update"] if purpose in ("acknowledgement", "question") else [purpose]


def _entries(profile: Profile, key: str, channel: Channel, purpose: Purpose, matter: Matter) -> list[Consent]:
    """Give the entries of the ledger that are about such a message."""
    return [
        entry
        for entry in profile.consents
        if entry.key == key
        and entry.channel in (None, channel)
        and entry.purpose in (None, *_kin(purpose))
        and entry.service in (None, matter.service)
        and entry.case in (None, matter.case)
    ]


def stopped(profile: Profile, key: str, channel: Channel, purpose: Purpose, matter: Matter) -> bool:
    """Say whether the newest entry that is about such a message withdraws; of two in one moment, the withdrawal."""
    said = [(entry.source.at, not entry.given) for entry in _entries(profile, key, channel, purpose, matter)]
    return bool(said) and max(said)[1]


def _agreed(profile: Profile, key: str, channel: Channel, message: Telling) -> bool:
    """Say whether they agreed to this very purpose by this very channel, and withdrew nothing of it since."""
    entries = _entries(profile, key, channel, message.purpose, message.matter)
    withdrawn = [entry.source.at for entry in entries if not entry.given]
    return any(
        entry.given
        and entry.purpose == message.purpose
        and entry.channel == channel
        and all(entry.source.at > each for each in withdrawn)
        for entry in entries
    )


def _statements(profile: Profile, message: Telling, at: datetime) -> list[Preference]:
    """Give the statements of channels that are about a message, the strongest first, down to one that wants nothing."""
    kin, matter = _kin(message.purpose), message.matter
    about = [
        (number, stated)
        for number, stated in enumerate(profile.preferences)
        if (stated.until is None or at < stated.until)
        and stated.purpose in (None, *kin)
        and stated.service in (None, matter.service)
        and stated.case in (None, matter.case)
    ]

    def strength(numbered: tuple[int, Preference]) -> tuple[int, int, int]:
        stated = numbered[1]
        for_a_while = 0 if stated.until is not None else 1
        of = 0 if stated.case is not None else 1 if stated.service is not None else 2
        purpose = kin.index(stated.purpose) if stated.purpose is not None else 9
        return for_a_while, of, purpose

    latest = {strength(each): each[1] for each in about}  # of two alike the later
    found: list[Preference] = []
    for _, stated in sorted(latest.items(), key=lambda item: item[0]):
        found.append(stated)
        if not stated.channels:
            break
    return found


def _said_no(profile: Profile, message: Telling, channel: Channel, point: ContactPoint, at: datetime) -> str | None:
    purpose, key = message.purpose, point.urn.key
    if purpose == "confirmation":
        wrote_there = message.last_used is not None and message.last_used.key == key
        return None if wrote_there else "a confirmation to where nobody wrote"
    if stopped(profile, key, channel, purpose, message.matter):
        return "an opt-out"
    if purpose == "marketing" and not _agreed(profile, key, channel, message):
        return "a consent that there is not"
    statements = _statements(profile, message, at)
    closed = bool(statements) and not statements[-1].channels
    if closed and purpose not in _MUST_REACH and not any(channel in stated.channels for stated in statements):
        return "a wish to hear nothing"
    return None


# -- where messages do not go ------------------------------------------------------------------------------------------


def _not_written_to(
    message: Telling, channel: Channel, point: ContactPoint, at: datetime, can: Capabilities
) -> str | None:
    urn, used = str(point.urn), message.last_used
    wrote_so = used is not None and (used.channel, used.key) == (channel, point.urn.key)
    if urn.startswith("tel:+44909") or (urn.startswith("tel:") and not urn.startswith("tel:+")):
        return "a premium, emergency or short number"
    if channel == "sms" and urn.startswith("tel:+441") and not wrote_so:
        return "a landline"
    if any(failure.channel == channel for failure in point.failures):
        return "a failure"
    if can.reply_window_hours is not None:
        since = used.at if wrote_so and used is not None else None
        if since is None or at >= since + timedelta(hours=can.reply_window_hours):
            return "a gateway's window"
    return None


def _read_by_others(
    profile: Profile, message: Telling, channel: Channel, point: ContactPoint, at: datetime
) -> str | None:
    key, used = point.urn.key, message.last_used
    if point.shared == "phone_box":
        return "a telephone box"
    wrote_there = used is not None and used.key == key
    wrote_so = wrote_there and used is not None and used.channel == channel
    statements = [] if message.purpose == "confirmation" else _statements(profile, message, at)
    named = any(stated.contact_point and stated.contact_point.key == key for stated in statements if stated.channels)
    if channel in ("chat", "social") and not (wrote_so or named or message.by_person):
        return "a conversation that nobody began"
    if message.by_person or named or (wrote_there and message.purpose not in _SUBSCRIBED):
        return None
    if point.shared:
        return "others"
    proved = point.verified is not None or _agreed(profile, key, channel, message)
    return None if proved else "nobody knows whose"
