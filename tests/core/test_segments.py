"""What a text message costs: exact at every edge, and never a pair cut in two."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.segments import count_segments, downgrade, split_segments

TEXTS = st.text(st.sampled_from("ab €^\n£éŵŷ😀👩‍🚀~"), max_size=500) | st.text(max_size=200)

EDGES = [
    ("", "gsm7", 0, 1),
    ("x" * 160, "gsm7", 160, 1),
    ("x" * 161, "gsm7", 161, 2),
    ("x" * 306, "gsm7", 306, 2),
    ("x" * 307, "gsm7", 307, 3),
    ("x" * 918, "gsm7", 918, 6),
    ("x" * 919, "gsm7", 919, 7),
    ("€" * 80, "gsm7", 160, 1),
    ("€" * 81, "gsm7", 162, 2),
    ("€" * 152, "gsm7", 304, 2),
    ("€" * 153, "gsm7", 306, 3),  # 76 of them in a part: the last septet cannot hold half a pair
    ("€" * 76 + "x" * 10, "gsm7", 162, 2),
    ("x" * 152 + "€" + "x" * 151, "gsm7", 305, 2),
    ("x" * 152 + "€" + "x" * 152, "gsm7", 306, 3),  # twice 153 by the division, but the pair moves on
    ("x" * 153 + "€" + "x" * 151, "gsm7", 306, 2),
    ("\r\n£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà", "gsm7", 41, 1),
    ("^{}\\[~]|€\f", "gsm7", 20, 1),
    ("`", "ucs2", 1, 1),
    ("ç", "ucs2", 1, 1),  # the alphabet has the capital only
    ("\x1b", "ucs2", 1, 1),  # the escape is no character
    ("ŵ" * 70, "ucs2", 70, 1),
    ("ŵ" * 71, "ucs2", 71, 2),
    ("ŵ" * 134, "ucs2", 134, 2),
    ("ŵ" * 135, "ucs2", 135, 3),
    ("😀" * 35, "ucs2", 70, 1),
    ("😀" * 36, "ucs2", 72, 2),
    ("😀" * 66, "ucs2", 132, 2),
    ("😀" * 67, "ucs2", 134, 3),  # 33 of them in a part
    ("ŵ" + "x" * 65 + "😀" + "x" * 65, "ucs2", 133, 2),
    ("ŵ" + "x" * 65 + "😀" + "x" * 66, "ucs2", 134, 3),
    ("€" * 35 + "ŵ" * 35, "ucs2", 70, 1),  # in UCS-2 the extension table costs nothing
]


@pytest.mark.parametrize(("text", "encoding", "units", "parts"), EDGES)
def test_alphabet_units_and_parts_are_exact_at_every_edge(text: str, encoding: str, units: int, parts: int) -> None:
    assert count_segments(text) == (encoding, units, parts)


@pytest.mark.parametrize("letter", "àèéìòùäöü")
def test_these_letters_of_welsh_are_in_the_alphabet(letter: str) -> None:
    assert count_segments(letter).encoding == "gsm7"


@pytest.mark.parametrize("letter", "âêîôûŵŷáíóúẃýëïẅÿẁỳÂÊÎÔÛŴŶÁÍÓÚÀÈÌÒÙ")
def test_these_letters_of_welsh_make_the_whole_message_ucs2(letter: str) -> None:
    assert count_segments(f"{letter}{'x' * 70}") == ("ucs2", 71, 2)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_the_parts_are_the_text_and_each_fits(text: str) -> None:
    encoding, units, parts = count_segments(text)

    split = split_segments(text)

    assert ("".join(split), len(split)) == (text, parts)
    sizes = [_units(part, encoding) for part in split]
    assert sum(sizes) == units
    room = {"gsm7": (160, 153), "ucs2": (70, 67)}[encoding][len(split) > 1]
    assert all(size <= room for size in sizes)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_no_part_could_take_the_beginning_of_the_next(text: str) -> None:
    encoding = count_segments(text).encoding

    split = split_segments(text)

    room = {"gsm7": 153, "ucs2": 67}[encoding]
    assert all(_units(one + other[0], encoding) > room for one, other in pairwise(split))


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.text(max_size=20))
def test_a_longer_text_never_costs_less(text: str, more: str) -> None:
    assert count_segments(text + more).parts >= count_segments(text).parts


def _units(text: str, encoding: str) -> int:
    if encoding == "gsm7":
        return sum(2 if character in "\f^{}\\[~]|€" else 1 for character in text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("‘Bin’ “missed”", "'Bin' \"missed\""),
        ("9–5 — 2−1 ‑ ―", "9-5 - 2-1 - -"),
        ("wait…", "wait..."),
        ("a\u00a0b\tc\u2009d\u202fe", "a b c d e"),
        ("zero\u200bwidth\u200c\u2060\ufeff\u00ad", "zerowidth"),
        ("one\u2028two\r\nthree\rfour", "one\ntwo\nthree\nfour"),
        ("\u202eabc\u202c", "abc"),
        ("Siân, Tŷ Gŵyr", "Siân, Tŷ Gŵyr"),
        ("Sia\u0302n", "Siân"),  # decomposed, as some keyboards send it
        ("bin 🗑️ missed 👩🏽‍🚀👍🏿", "bin ? missed ??"),
        ("🏴󠁧󠁢󠁷󠁬󠁳󠁿 🇬🇧 1️⃣ ❤️ ☎", "? ? ? ? ?"),
        ("№ ≤ → ½ Ж 中", "№ ≤ → ½ Ж 中"),
    ],
)
def test_typography_becomes_plain_and_letters_stay(text: str, plain: str) -> None:
    assert downgrade(text) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Siân, Tŷ Gŵyr", "Sian, Ty Gwyr"),
        ("café à la élan", "café à la élan"),
        ("Łódź đ Şç", "Lodz d Sc"),
        ("中", "中"),
    ],
)
def test_accents_go_only_where_they_are_asked_to_and_cost_something(text: str, plain: str) -> None:
    assert downgrade(text, accents=True) == plain


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.booleans())
def test_downgrading_twice_changes_nothing_more(text: str, accents: bool) -> None:
    once = downgrade(text, accents=accents)

    assert downgrade(once, accents=accents) == once


def test_a_word_processors_text_travels_in_one_part_when_downgraded() -> None:
    text = "“Your bin – collected today…” ‘Thank you’ " + "x" * 100

    assert (count_segments(text).parts, count_segments(downgrade(text)).parts) == (3, 1)
