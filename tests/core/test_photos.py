"""Photos say what they are, where they were taken, and, stripped, nothing but the picture."""

from __future__ import annotations

import time
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.enquiry import Attachment
from onestop.core.exif import NOTHING, orientation_tiff, read_tiff
from onestop.core.photos import (
    FileLimits,
    attachment_defects,
    dimensions,
    exif_of,
    file_defects,
    photo_location,
    sniff,
    strip,
)

# Drawn for these tests: 24 by 16 pixels. phone.* and animated.webp carry GPS, a maker's note, a model and a moment;
# phone.* XMP and a colour profile, too; phone.jpg a comment, phone.png an author.
FOLDER = Path(__file__).parent / "data" / "photos"
PICTURES = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir())}
STRIPPABLE = sorted(PICTURES)
TELLING = ["animated.webp", "phone.jpg", "phone.png", "phone.webp"]
TOLD = [b"MAKERNOTE", b"12345", b"Acme Phones", b"2026:03:02", b"XMPSECRET", b"xpacket", b"COMMENTSECRET"]
TOLD += [b"TEXTSECRET", b"\x00\x00\x00\x35\x00\x00\x00\x01", b"\x35\x00\x00\x00\x01\x00\x00\x00"]  # 53 degrees

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x14ispe\0\0\0\0\0\0\0\x18\0\0\0\x10"
TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif"}

any_damage = st.tuples(
    st.sampled_from(sorted(PICTURES)), st.integers(0, 2_000), st.integers(0, 255), st.integers(0, 99)
)


def damaged(damage: tuple[str, int, int, int]) -> bytes:
    """Give a picture with one byte changed, and sometimes cut."""
    name, at, value, cut = damage
    content = bytearray(PICTURES[name])
    content[at % len(content)] = value
    return bytes(content[: len(content) * cut // 50])


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2) + body


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


# -- what it is --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_a_picture_is_told_by_its_content(name: str) -> None:
    assert sniff(PICTURES[name]) == TYPES[Path(name).suffix]
    assert dimensions(PICTURES[name]) == (24, 16)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\n\n%PDF-1.4", "application/pdf"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic"),
        (b"\0\0\0\x18ftypmif1", "image/heic"),
        (b"\0\0\0\x18ftypmp42", None),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
        (b"MZ\x90\0", None),
        (b"", None),
    ],
)
def test_other_files_are_told_or_not(content: bytes, expected: str | None) -> None:
    assert sniff(content) == expected


def test_the_largest_part_of_a_heic_is_its_size() -> None:
    tile, whole = (b"ispe" + bytes(4) + side.to_bytes(4) + (side * 2).to_bytes(4) for side in (512, 3024))

    assert dimensions(b"\0\0\0\x18ftypheic" + tile + whole + tile) == (3024, 6048)


# -- where and when ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TELLING)
def test_a_photo_tells_where_and_when_it_was_taken_and_which_way_up_it_is(name: str) -> None:
    assert exif_of(PICTURES[name]) == (53.4085, -2.9866667, 6, "2026-03-02T09:30:00")


def test_a_photo_that_tells_nothing_has_no_place() -> None:
    assert exif_of(PICTURES["progressive.jpg"]) == NOTHING
    assert photo_location([Attachment.of("a.jpg", "image/jpeg", PICTURES["progressive.jpg"])]) is None


def test_the_first_photo_with_a_place_gives_it() -> None:
    files = [Attachment.of(name, "image/jpeg", PICTURES[name]) for name in ("grey.jpg", "phone.jpg")]
    unfetched = Attachment(filename="b.jpg", media_type="image/jpeg", url="https://media.example/b.jpg")

    place = photo_location([unfetched, *files])

    assert place is not None
    assert (place.lat, place.lon, place.source) == (53.4085, -2.9866667, "photo")


@pytest.mark.parametrize(
    ("lat", "lon", "expected"),
    [
        ((b"N", 53, 30), (b"E", 0, 6), (53.5, 0.1)),
        ((b"S", 33, 0), (b"W", 70, 30), (-33.0, -70.5)),
        ((b"N", 91, 0), (b"E", 1, 0), (None, None)),
        ((b"N", 53, 0), (b"E", 181, 0), (None, None)),
        ((b"X", 53, 0), (b"E", 1, 0), (None, None)),
        ((b"N", 0, 0), (b"E", 0, 0), (None, None)),  # a receiver without a fix
    ],
)
def test_a_place_is_read_in_each_hemisphere_and_not_off_the_globe(
    lat: tuple[bytes, int, int], lon: tuple[bytes, int, int], expected: tuple[float | None, float | None]
) -> None:
    def rationals(degrees: int, minutes: int) -> bytes:
        return b"".join(value.to_bytes(4, "little") for value in (degrees, 1, minutes, 1, 0, 0))

    def entry(tag: int, kind: int, count: int, value: bytes) -> bytes:
        return b"".join(number.to_bytes(2, "little") for number in (tag, kind)) + count.to_bytes(4, "little") + value

    gps_at = 8 + 2 + 12 + 4
    values_at = gps_at + 2 + 4 * 12 + 4
    places = [values_at, values_at + 24]
    gps = entry(1, 2, 2, lat[0] + bytes(3)) + entry(2, 5, 3, places[0].to_bytes(4, "little"))
    gps += entry(3, 2, 2, lon[0] + bytes(3)) + entry(4, 5, 3, places[1].to_bytes(4, "little"))
    first = (1).to_bytes(2, "little") + entry(0x8825, 4, 1, gps_at.to_bytes(4, "little")) + bytes(4)
    tiff = b"II*\0" + (8).to_bytes(4, "little") + first + (4).to_bytes(2, "little") + gps + bytes(4)
    tiff += rationals(*lat[1:]) + rationals(*lon[1:])

    exif = read_tiff(tiff)

    assert (exif.lat, exif.lon) == expected


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"II*\0", b"MM\0*", b""]))
def test_any_bytes_of_exif_are_read_or_say_nothing(rest: bytes, start: bytes) -> None:
    exif = read_tiff(start + rest)

    assert exif.orientation is None or 1 <= exif.orientation <= 8
    assert (exif.lat is None) == (exif.lon is None)


def test_a_directory_that_names_itself_is_read_once() -> None:
    itself = (
        b"MM\0*\0\0\0\x08" + b"\0\x02" + b"".join(tag + b"\0\x04\0\0\0\x01\0\0\0\x08" for tag in (b"\x87i", b"\x88%"))
    )

    assert read_tiff(itself) == NOTHING


# -- without what it tells ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TELLING)
def test_a_stripped_copy_tells_nothing_but_which_way_up_it_is(name: str) -> None:
    assert any(told in PICTURES[name] for told in TOLD), "the picture has something to hide"

    copy = strip(PICTURES[name])

    assert copy is not None
    assert [told for told in TOLD if told in copy] == []
    assert exif_of(copy) == (None, None, 6, None)
    assert (sniff(copy), dimensions(copy)) == (sniff(PICTURES[name]), (24, 16))


@pytest.mark.parametrize("name", STRIPPABLE)
def test_a_stripped_copy_has_nothing_left_to_strip(name: str) -> None:
    copy = strip(PICTURES[name])

    assert copy is not None
    assert strip(copy) == copy


@pytest.mark.parametrize("name", ["grey.jpg", "progressive.jpg", "simple.webp", "lossy.webp"])
def test_a_picture_without_metadata_is_copied_byte_for_byte(name: str) -> None:
    assert strip(PICTURES[name]) == PICTURES[name]


def test_colours_are_kept() -> None:
    copies = {name: strip(PICTURES[name]) or b"" for name in ("phone.jpg", "phone.png", "phone.webp")}

    assert b"ICC_PROFILE\0" in copies["phone.jpg"]
    assert b"iCCP" in copies["phone.png"]
    assert b"ICCP" in copies["phone.webp"]


def test_what_nobody_has_heard_of_is_left_out() -> None:
    jpeg, png, webp = (PICTURES[name] for name in ("grey.jpg", "phone.png", "simple.webp"))
    webp = b"RIFF" + (len(webp) - 8 + 16).to_bytes(4, "little") + webp[8:] + b"ZZZZ\x08\0\0\0unheard!"

    copies = [
        strip(jpeg[:2] + segment(0xEB, b"unheard!") + jpeg[2:]),
        strip(png[:33] + chunk(b"zzZz", b"unheard!") + png[33:]),
        strip(webp),
    ]

    assert all(copy is not None and b"unheard!" not in copy for copy in copies)


@pytest.mark.parametrize("name", STRIPPABLE)
def test_what_stands_behind_the_end_is_left_out(name: str) -> None:
    copy = strip(PICTURES[name] + b"\0\0\0\x18ftypmp42 a film with a place")

    assert copy == strip(PICTURES[name])


def test_a_comment_between_two_scans_is_left_out() -> None:
    content = PICTURES["progressive.jpg"]
    second = content.rindex(b"\xff\xda")

    assert strip(content[:second] + segment(0xFE, b"COMMENTSECRET") + content[second:]) == content


def test_a_thumbnail_in_the_first_segment_is_left_out() -> None:
    content = PICTURES["grey.jpg"]
    jfif = content[6:20]
    thumbnail = segment(0xE0, jfif[:12] + b"\x02\x02" + b"thumbnail..."[:12])

    assert strip(content[:2] + thumbnail + content[20:]) == content


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\xff\xd8\xff", b"RIFF\x04\0\0\0WEBP", b"GIF89a", HEIC])
def test_what_cannot_be_stripped_has_no_copy(content: bytes) -> None:
    assert strip(content) is None


def test_a_gif_keeps_its_frames_and_how_often_it_is_shown_and_nothing_else() -> None:
    content, at = PICTURES["plain.gif"], 13 + 3 * 256  # behind its table of colours
    repeats = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x05\x00"
    control = b"\x21\xf9\x04\x04\x0a\x00\x00\x00"
    comment, words = b"\x21\xfe\x0dCOMMENTSECRET\0", b"\x21\x01\x0c" + bytes(12) + b"\x0aTEXTSECRET\0"
    xmp = b"\x21\xff\x0bXMP DataXMP\x09XMPSECRET\0"

    copy = strip(content[:at] + comment + repeats + b"\x09XMPSECRET\0" + xmp + words + control + content[at:] + b"XMP")

    assert copy == content[:at] + repeats + b"\0" + control + content[at:]


@pytest.mark.parametrize("name", ["phone.jpg", "phone.png", "plain.gif"])
def test_a_picture_that_breaks_off_has_no_copy(name: str) -> None:
    content = PICTURES[name]

    assert {strip(content[:end]) for end in range(len(content) - 12)} == {None}


@settings(max_examples=100, deadline=None)
@given(any_damage)
def test_a_damaged_picture_has_no_copy_or_one_that_tells_nothing(damage: tuple[str, int, int, int]) -> None:
    content = damaged(damage)

    copy = strip(content)

    exif_of(content)
    dimensions(content)
    if copy is not None:
        assert exif_of(copy)[:2] == (None, None)
        assert [told for told in TOLD[:8] if told in copy] == []


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8" + b"\xff" * 3_000_000,
        b"\xff\xd8" + b"\xff\xda\0\2" + b"\xff" * 3_000_000,
        b"\xff\xd8" + b"\xff\xfe\0\2" * 700_000,
        b"\xff\xd8" + b"\xff\xda\0\2" * 700_000,
        b"\x89PNG\r\n\x1a\n" + (bytes(4) + b"zzZz" + bytes(4)) * 250_000,
        b"RIFF\xff\xff\xff\xffWEBP" + b"ANMF\0\0\0\0" * 350_000,
        b"\0\0\0\x18ftypheic" + b"ispe" * 700_000,
    ],
    ids=["fill", "scan", "comments", "scans", "chunks", "frames", "boxes"],
)
def test_a_file_made_to_be_slow_is_read_in_a_moment(content: bytes) -> None:
    started = time.perf_counter()

    exif_of(content)
    dimensions(content)
    strip(content)

    assert time.perf_counter() - started < 10


# -- what is wrong with it ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "media_type", "expected"),
    [
        (PICTURES["phone.jpg"], "image/jpeg", ()),
        (PICTURES["phone.jpg"], "image/jpg", ()),
        (PICTURES["phone.jpg"], "application/octet-stream", ()),
        (PICTURES["phone.jpg"], "image/png", ("file_type_differs",)),
        (PICTURES["phone.jpg"], "text/plain", ("file_type_differs",)),
        (b"<html><script>", "image/jpeg", ("file_type_differs",)),
        (b"MZ\x90\0", "application/pdf", ("file_type_differs",)),
        (b"words", "text/plain", ()),
        (b"PK\3\4", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ()),
        (b"\xff\xd8\xff\xe0", "image/jpeg", ("file_unreadable",)),
        (b"", "image/jpeg", ("file_unreadable",)),
        (bytes(2_001), "application/octet-stream", ("file_too_large",)),
        (
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0\0\xff\xff\0\0\xff\xff" + bytes(5)),
            "image/png",
            ("image_too_large",),
        ),
    ],
)
def test_a_files_defects_are_noted(content: bytes, media_type: str, expected: tuple[str, ...]) -> None:
    assert file_defects(content, media_type, FileLimits(size_bytes=2_000, pixels=1_000_000)) == expected


def test_more_files_than_the_council_takes_are_noted_whether_they_are_here_or_not() -> None:
    here, away = Attachment.of("a.jpg", "image/jpeg", PICTURES["grey.jpg"]), Attachment(filename="b", media_type="")

    found = [attachment_defects([here, away] * number, FileLimits(count=4)) for number in (1, 2, 3)]

    assert found == [(), (), ("files_too_many",)]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_which_way_up_is_written_as_it_is_read(orientation: int) -> None:
    assert read_tiff(orientation_tiff(orientation)) == (None, None, orientation, None)
