"""Names of files from outside are safe whatever the sender wrote."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.core.filenames import FILENAME_LIMIT, extension_of, safe_filename

HOSTILE = '/\\.:\x00\r\n\u202e\u200b\ufeff\u2028 "<>|?*CONnul.jpgé\u0301ŷ🚮\ud800'
NAMES = st.text(st.one_of(st.sampled_from(HOSTILE), st.characters()), max_size=300)
MEDIA_TYPES = st.sampled_from(["", "image/jpeg", "text/plain; charset=x", "application/octet-stream", "nonsense"])


@given(NAMES, MEDIA_TYPES)
def test_every_name_is_safe_to_show_and_to_save(name: str, media_type: str) -> None:
    safe = safe_filename(name, media_type)

    assert 0 < len(safe) <= FILENAME_LIMIT
    assert len(safe.encode()) <= 240
    assert not set(safe) & set('/\\<>:"|?*')
    assert not {unicodedata.category(character) for character in safe} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert safe[0] not in ". "
    assert safe[-1] not in ". "


@given(NAMES, MEDIA_TYPES)
def test_a_safe_name_stays_as_it_is(name: str, media_type: str) -> None:
    safe = safe_filename(name, media_type)

    again = safe_filename(safe, media_type)

    assert again == safe


@given(st.text(max_size=400))
def test_a_name_that_is_cut_keeps_its_extension(name: str) -> None:
    safe = safe_filename(f"{name}x.jpeg")

    assert safe.endswith(".jpeg")


@pytest.mark.parametrize(
    ("name", "media_type", "expected"),
    [
        ("photo.jpg", "image/jpeg", "photo.jpg"),
        ("photo.jpg", "image/png", "photo.jpg"),
        ("photo", "image/png", "photo.png"),
        ("", "", "file"),
        ("...", "image/jpeg", "file.jpg"),
        (".htaccess", "", "htaccess"),
        ("a/b/../c.txt", "", "c.txt"),
        ("C:\\Users\\jo\\bin.docx", "", "bin.docx"),
        ("con.jpg", "", "_con.jpg"),
        ("LPT1", "", "_LPT1"),
        ("aux.tar.gz", "", "_aux.tar.gz"),
        ("invoice\u202egpj.exe", "", "invoicegpj.exe"),
        ("a\r\nContent-Type: x.png", "", "a Content-Type_ x.png"),
        ("sie\u0302n.png", "", "siên.png"),
        ("bin\x00.jpg", "", "bin.jpg"),
        ("  spaced   out .jpg", "", "spaced out.jpg"),
    ],
)
def test_known_tricks_are_undone(name: str, media_type: str, expected: str) -> None:
    safe = safe_filename(name, media_type)

    assert safe == expected


def test_a_media_type_gives_its_extension_whatever_its_case_and_parameters() -> None:
    extension = extension_of("IMAGE/JPEG; name=photo")

    assert extension == ".jpg"


def test_a_name_of_a_million_characters_costs_no_more_than_its_end() -> None:
    safe = safe_filename("🚮" * 1_000_000 + ".jpg")

    assert safe == "🚮" * 59 + ".jpg"
