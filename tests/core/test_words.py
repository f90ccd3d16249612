"""Words are compared whole, without case and accents, in English and Welsh alike."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.core.model import FrozenMap
from onestop.core.words import Phrases, Text, WordList, fold, fold_entries, spans

LETTERS = st.text(st.one_of(st.sampled_from("aâŷÿïẅŵnwré'’ʼ`´-_. \n\u0301ßŒİıK🚮9Å"), st.characters()), max_size=80)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tŷ", "TY"),
        ("TŶ", "ty"),
        ("ty\u0302", "tŷ"),
        ("llwybr tröed", "LLWYBR TROED"),
        ("don't", "dont"),
        ("don’t", "don't"),
        ("gŵyn, Cŵyn", "gwyn cwyn"),
        ("spray-paint", "spray paint"),
        ("fly_tipping", "fly tipping"),
        ("STRASSE", "straße"),
        ("Ｂｉｎ", "bin"),
        ("ﬂood", "flood"),
        ("a\u00a0b\u200bc\n\td", "a b c d"),
        ("bin🚮bin", "bin bin"),
        ("pot\u00adhole", "pothole"),
        ("S\u2060T\u200dO\u200cP\ufeff", "stop"),
        ("ŉ", "ʼn"),
        ("don＇t", "don't"),
        ("don\u1ffdt", "don´t"),
        ("a'ŵ", "a'w\u0302"),
        ("i\u1ffdn", "i'N"),
        ("i＇ch", "i’ch"),
    ],
)
def test_two_ways_of_writing_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("entry", "text", "stands"),
    [
        ("bin", "the bin, please", True),
        ("bin", "combine", False),
        ("bin", "bins", False),
        ("ty", "Mae'r tŷ'n oer", True),
        ("biniau", "Mae’r biniau’n LLAWN", True),
        ("r", "Mae'R", True),
        ("t", "don't", False),
        ("clock", "o'clock", False),
        ("tŷ", "y ty hwn", True),
        ("smell gas", "I smell GAS!", True),
        ("smell gas", "smell\n\ngas", True),
        ("smell gas", "smell of gas", False),
        ("smell gas", "gas smell", False),
        ("smell gas", "smell gasoline", False),
        ("smell gas", "a foul-smell gas", True),
        ("gas bill gas", "gas bill", False),
        ("arogl nwy", "Mae arogl nŵy yma", True),
    ],
)
def test_an_entry_stands_in_a_text_whole(entry: str, text: str, stands: bool) -> None:
    (folded,) = fold_entries([entry])

    found = Text(text).has(folded)

    assert found is stands


def test_every_character_is_folded_as_far_as_it_goes() -> None:
    unsteady = [hex(point) for point in range(0x110000) if fold(" ".join(words := fold(f"a{chr(point)}b"))) != words]

    assert unsteady == []


@given(LETTERS)
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    words = fold(text)

    again = fold(" ".join(words))

    assert again == words


@given(LETTERS)
def test_case_and_accents_never_count(text: str) -> None:
    plain = fold(text)

    assert fold(unicodedata.normalize("NFD", text)) == plain
    assert fold(unicodedata.normalize("NFC", text)) == plain


@given(LETTERS)
def test_a_folded_word_holds_letters_and_digits_only(text: str) -> None:
    words = fold(text)

    assert all(word and not any(character.isspace() or character == "_" for character in word) for word in words)


@given(st.lists(LETTERS, min_size=1, max_size=4), LETTERS, LETTERS)
def test_a_phrase_stands_in_every_text_that_holds_its_words_in_a_row(parts: list[str], before: str, after: str) -> None:
    phrase = " ".join(parts)
    entries = fold_entries([phrase])
    if not entries:
        return

    text = Text(f"{before} {phrase} {after}")

    assert text.has(entries[0])


@given(
    st.lists(st.sampled_from(["gas", "bin", "a", "ga", "s"]), max_size=8),
    st.lists(st.sampled_from(["gas", "bin", "a"]), min_size=1, max_size=3),
)
def test_a_phrase_stands_only_where_its_words_stand_in_a_row(words: list[str], phrase: list[str]) -> None:
    runs = [words[start : start + len(phrase)] for start in range(len(words))]

    found = Text(" ".join(words)).has(tuple(phrase))

    assert found == (phrase in runs)


@given(
    st.lists(st.sampled_from(["gas", "leak", "a", "no"]), max_size=12),
    st.lists(st.lists(st.sampled_from(["gas", "leak", "a"]), min_size=1, max_size=3).map(tuple), max_size=4),
)
def test_every_place_of_a_phrase_is_found_the_longest_first_and_none_inside_another(
    words: list[str], entries: list[tuple[str, ...]]
) -> None:
    phrases = Phrases(entries)

    places = list(phrases.places(words))

    covered = {place for start, end in places for place in range(start, end)}
    assert all(tuple(words[start:end]) in phrases for start, end in places)
    assert [start for start, _ in places] == sorted({start for start, _ in places})
    for start in range(len(words)):
        longest = max((len(e) for e in entries if tuple(words[start : start + len(e)]) == e), default=0)
        assert start in covered or not longest
        assert not any(begin == start and end - begin != longest for begin, end in places)


@given(st.text(max_size=200))
def test_spans_are_cut_from_the_text_as_it_was_written(text: str) -> None:
    phrases = Phrases([(word,) for word in fold(text)])

    found = spans(text, phrases)

    assert all(fold(text[start:end]) for start, end in found)
    assert bool(found) == bool(fold(text))


def test_a_word_list_has_each_entry_once_over_all_languages() -> None:
    listed = WordList(
        name="graffiti", entries=FrozenMap({"en": ("Graffiti", "spray paint", "!"), "cy": ("graffiti", "tŷ")})
    )

    folded = listed.folded()

    assert folded == (("graffiti",), ("spray", "paint"), ("ty",))
