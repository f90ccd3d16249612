"""What somebody needs asks of every channel what the catalogue says, alone and together with their other needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import get_args

import pytest

from onestop.core.enquiry import Channel
from onestop.core.needs import NEEDS, NOTHING, Group, Manner, asked_of
from onestop.core.profile import Need, Source
from onestop.core.sender_conditions import NEED

NOW = datetime(2026, 3, 3, 10, tzinfo=UTC)
SOURCE = Source(by="worker:alice", at=NOW)
CHANNELS: tuple[Channel, ...] = get_args(Channel)


def need(*codes: str) -> list[Need]:
    return [Need(code=code, source=SOURCE) for code in codes]


@pytest.mark.parametrize(
    ("codes", "channel", "manner"),
    [
        ((), "sms", "send"),
        (("by_email",), "email", "send"),
        (("by_email",), "sms", None),
        (("by_email", "by_letter"), "post", "send"),
        (("by_email", "no_emails"), "email", None),
        (("never_phone",), "phone", None),
        (("never_phone",), "sms", "send"),
        (("no_texts",), "chat", None),
        (("text_relay",), "phone", "send"),
        (("text_relay", "never_phone"), "phone", None),
        (("via_carer",), "in_person", None),
        (("large_print_24",), "email", "send"),
        (("large_print_24",), "post", "task"),
        (("large_print_24",), "sms", None),
        (("large_print_24", "braille_grade_1"), "email", None),
        (("large_print_24", "braille_grade_1"), "post", "task"),
        (("information_by_email",), "email", "send"),
        (("information_by_email",), "post", None),
        (("information_by_email", "large_print"), "email", "send"),
        (("verbally",), "phone", "send"),
        (("verbally",), "in_person", "task"),
        (("verbally",), "email", None),
        (("verbally", "braille_grade_2"), "phone", None),
        (("bsl_interpreter",), "phone", None),
        (("bsl_interpreter",), "email", "send"),
        (("bsl_interpreter",), "in_person", "send"),
        (("bsl_interpreter", "text_relay"), "phone", "send"),
        (("textphone",), "phone", "send"),
        (("advocate",), "phone", "send"),
        (("uses_bsl",), "phone", None),
        (("lip_reads",), "phone", "send"),
        (("ground_floor",), "phone", "send"),
    ],
)
def test_a_channel_meets_needs_in_this_manner(codes: tuple[str, ...], channel: Channel, manner: Manner | None) -> None:
    assert asked_of(need(*codes), NOW).manner(channel) == manner


def test_two_needs_open_no_channel_that_a_refusal_or_a_format_of_either_closes() -> None:
    together = {pair: asked_of(need(*pair), NOW) for pair in combinations(sorted(NEEDS), 2)}

    for pair, asked in together.items():
        open_to = {channel for channel in CHANNELS if asked.manner(channel) is not None}
        for code in pair:
            assert open_to.isdisjoint(NEEDS[code].never), pair
            assert open_to <= NEEDS[code].sent | NEEDS[code].made, pair


def test_a_need_counts_until_it_ends_and_not_at_that_moment() -> None:
    ending = [Need(code="never_phone", until=NOW, source=SOURCE)]

    assert asked_of(ending, NOW - timedelta(microseconds=1)).manner("phone") is None
    assert asked_of(ending, NOW) is NOTHING


def test_of_sizes_of_print_the_largest_is_asked_for() -> None:
    asked = asked_of(need("large_print_20", "large_print_28", "large_print_24", "large_print"), NOW)

    assert asked.format == "large_print_28"


def test_who_must_be_there_is_told_once_and_in_order() -> None:
    asked = asked_of(need("lipspeaker", "advocate", "lipspeaker"), NOW)

    assert asked.professionals == ("advocate", "lipspeaker")


def test_every_code_can_be_recorded_and_is_in_a_group() -> None:
    groups = {asks.group for asks in NEEDS.values()}

    assert all(NEED.match(code) for code in NEEDS)
    assert groups == set(get_args(Group))


def _is_snomed(identifier: str) -> bool:
    """Say whether the check digit of an identifier is right (SNOMED CT, appendix B: Verhoeff's dihedral check)."""
    check = 0
    for place, digit in enumerate(reversed(identifier)):
        check = _turned(check, _permuted(int(digit), place % 8))
    return check == 0


def _turned(left: int, right: int) -> int:
    """Multiply in the dihedral group of order ten."""
    if left < 5:
        return (left + right) % 5 if right < 5 else 5 + (left + right) % 5
    return 5 + (left - right) % 5 if right < 5 else (left - right) % 5


def _permuted(digit: int, times: int) -> int:
    for _ in range(times):
        digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
    return digit


def test_the_check_digits_of_snomed_ct_are_right_and_no_two_needs_have_one_concept() -> None:
    identifiers = [asks.snomed for asks in NEEDS.values() if asks.snomed is not None]

    assert [each for each in identifiers if not _is_snomed(each)] == []
    assert len(identifiers) == len(set(identifiers))
