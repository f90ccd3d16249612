"""References that people read out, and the tokens that prove who was told one."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.core.reference import (
    ALPHABET,
    SPACE,
    find_references,
    is_reference,
    make_reference,
    read_token,
    reply_token,
)

KEY, OLDER, OTHERS = b"the council's key", b"the key before it", b"another council's key"
NUMBERS = st.integers(0, SPACE - 1)
PREFIXES = st.from_regex(r"[A-Z]{2,4}", fullmatch=True)
REFERENCES = st.builds(make_reference, PREFIXES, NUMBERS)


@given(PREFIXES, NUMBERS)
def test_a_reference_is_found_as_it_was_made(prefix: str, number: int) -> None:
    reference = make_reference(prefix, number)

    assert is_reference(reference)
    assert find_references(f"Re: {reference.lower()}?") == (reference,)
    assert find_references(f"({reference.replace('-', '')})") == (reference,)


@given(NUMBERS, NUMBERS)
def test_two_numbers_have_two_references(one: int, other: int) -> None:
    assert (make_reference("NP", one) == make_reference("NP", other)) is (one == other)


@given(REFERENCES)
def test_every_wrong_character_is_found(reference: str) -> None:
    head, _, body = reference.partition("-")
    places = [place for place, character in enumerate(body) if character != "-"]

    wrong = [
        f"{head}-{body[:place]}{character}{body[place + 1 :]}"
        for place, character in itertools.product(places, ALPHABET)
        if character != body[place]
    ]

    assert len(wrong) == 8 * 30
    assert not any(map(is_reference, wrong))


@given(REFERENCES)
def test_every_two_characters_that_changed_places_are_found(reference: str) -> None:
    head, _, body = reference.partition("-")
    plain = body.replace("-", "")
    pairs = [place for place in range(7) if plain[place] != plain[place + 1]]

    swapped = [plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :] for place in pairs]

    assert not any(is_reference(f"{head}-{each[:4]}-{each[4:]}") for each in swapped)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("NP-049N-3021", ("NP-049N-3021",)),
        ("np049n3021", ("NP-049N-3021",)),
        ("[NP-049N-3021] and NP-049N-3021, np-049n-3021", ("NP-049N-3021",)),
        ("NP-049N-3021/NP-0000-0000", ("NP-049N-3021", "NP-0000-0000")),
        ("cyfeirnod:NP-049N-3021.", ("NP-049N-3021",)),
        ("éNP-049N-3021é", ("NP-049N-3021",)),
        ("xyzNP-049N-3021", ()),
        ("NP-049N-30211", ()),
        ("NP-049N-3022", ()),
        ("NP 049N 3021", ()),
        ("NP--049N-3021", ()),
        ("N-049N-3021", ()),
        ("NP-049N-302", ()),
        ("", ()),
        ("SM-\u212a\u212a\u212a\u212a-\u212a\u212a\u212a\u212a", ()),  # the sign for Kelvin, which lower-cases to k
        ("\u017fM-049N-3021", ()),  # the long s, which upper-cases to S
        ("NP-٠49N-3021", ()),
        ("NP-049N-\ud8003021", ()),
        ("NP-\u202e049N-3021", ()),
    ],
)
def test_references_are_found_in_what_people_write(text: str, found: tuple[str, ...]) -> None:
    assert find_references(text) == found


def test_only_the_council_s_own_references_are_found_when_its_prefix_is_given() -> None:
    text = "the road department, NP-049N-3021, AB-049N-3021"

    assert find_references(text, prefix="NP") == ("NP-049N-3021",)
    assert find_references(text, prefix="XY") == ()
    assert set(find_references(text)) >= {"NP-049N-3021", "AB-049N-3021"}


@given(st.text(st.sampled_from(f"np{ALPHABET}-- \u212a\u017fİı\ud800\u200b"), max_size=60))
def test_any_text_can_be_searched(text: str) -> None:
    found = find_references(text)

    assert all(map(is_reference, found))
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("unit", ["NP-049N-3021 ", "NP-049N-302", "A" * 11 + "-", "a", "-", "NP", "NPNPNPNPNP-"])
def test_a_long_text_is_searched_in_a_time_that_grows_as_it_does(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))

    found = find_references(text)

    assert len(found) <= 1


def test_a_reference_quoted_ten_thousand_times_is_one() -> None:
    assert find_references("NP-049N-3021\n" * 10_000) == ("NP-049N-3021",)


@given(REFERENCES)
def test_a_token_proves_its_reference_whatever_a_mail_system_does_to_its_case(reference: str) -> None:
    token = reply_token(reference, KEY)

    for written in (token, token.upper(), token.title()):
        read = read_token(written, [KEY])
        assert read is not None
        assert (read.reference, read.proved) == (reference, True)


def test_a_token_of_an_older_key_is_proved_as_long_as_the_key_is_given() -> None:
    token = reply_token("NP-049N-3021", OLDER)

    with_both, with_new = read_token(token, [KEY, OLDER]), read_token(token, [KEY])

    assert with_both is not None
    assert with_both.proved
    assert with_new is not None
    assert not with_new.proved


@given(REFERENCES, st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"), st.integers(0, 11))
def test_a_forged_token_says_its_reference_and_proves_nothing(reference: str, character: str, place: int) -> None:
    head, _, code = reply_token(reference, KEY).partition(".")
    forged = f"{head}.{code[:place]}{character}{code[place + 1 :]}"

    read = read_token(forged, [KEY])

    assert read is not None
    assert read.proved is (code[place] == character)
    assert read.reference == reference


@pytest.mark.parametrize("keys", [[], [OTHERS], [OTHERS, OLDER], [b""]])
def test_no_other_key_proves_a_token(keys: list[bytes]) -> None:
    read = read_token(reply_token("NP-049N-3021", KEY), keys)

    assert read is not None
    assert not read.proved


def test_the_token_of_one_case_proves_no_other() -> None:
    code = reply_token("NP-049N-3021", KEY).partition(".")[2]

    read = read_token(f"np-0000-0000.{code}", [KEY])

    assert read is not None
    assert not read.proved


@pytest.mark.parametrize(
    "text",
    [
        "",
        "np-049n-3021",
        "np-049n-3021.",
        "np-049n-3021.jeqvt2oozja",
        "np-049n-3021.jeqvt2oozjauu",
        "np-049n-3021.jeqvt2oozjau\n",
        " np-049n-3021.jeqvt2oozjau",
        "np-049n-3021.jeqvt2oozja1",
        "np049n3021.jeqvt2oozjau",
        "np-049n-3021.jeqvt2oozja\u017f",
        "np-\u212a49n-3021.jeqvt2oozjau",
        "np-049n-3021." + "a" * 1_000_000,
        "\ud800",
    ],
)
def test_what_is_no_token_is_read_as_none(text: str) -> None:
    assert read_token(text, [KEY]) is None


@given(st.text())
def test_any_text_can_be_read_as_a_token(text: str) -> None:
    read = read_token(text, [KEY])

    assert read is None or not read.proved
