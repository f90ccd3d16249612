"""Contact points: what is one, what two writings of one have in common, and what a log may say of it."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from onestop.core.contact import NumberKind, Urn, ext_urn, mailto_urn, number_kind, split_relay, tel_urn
from onestop.errors import ContactPointError, OnestopError

# Ofcom, "Telephone numbers for use in TV and radio drama programmes": one of every range.
DRAMA: dict[str, NumberKind] = {
    "0113 496 0000": "fixed",
    "0114 496 0001": "fixed",
    "0115 496 0999": "fixed",
    "0116 496 0000": "fixed",
    "0117 496 0000": "fixed",
    "0118 496 0000": "fixed",
    "0121 496 0000": "fixed",
    "0131 496 0000": "fixed",
    "0141 496 0000": "fixed",
    "0151 496 0000": "fixed",
    "0161 496 0000": "fixed",
    "020 7946 0000": "fixed",
    "0191 498 0000": "fixed",
    "028 9649 6000": "fixed",
    "029 2018 0000": "fixed",
    "01632 960000": "fixed",
    "07700 900000": "mobile",
    "07700 900999": "mobile",
    "0808 157 0000": "freephone",
    "0909 879 0000": "premium",
    "03069 990000": "fixed",
}


@pytest.mark.parametrize(("number", "kind"), DRAMA.items())
def test_a_drama_number_is_as_good_as_any_other_of_its_kind(number: str, kind: NumberKind) -> None:
    urn = tel_urn(number)

    assert urn == f"tel:+44{number.replace(' ', '')[1:]}"
    assert number_kind(urn) == kind


@pytest.mark.parametrize(
    "written",
    [
        "07700 900123",
        "+44 7700 900123",
        "+44 (0)7700 900123",
        "+44(0) 7700-900-123",
        "00 44 7700 900123",
        "0044 (0) 7700 900123",
        "(07700) 900123",
        "07700.900.123",
        "07700–900–123",
        "07700\u00a0900\u2009123",
        "0\u200b7700\u200b900123\ufeff",
        "\u202d+447700900123\u202c",
        "0770 0900 123,",
        " <07700900123>; ",
        "０７７００ ９００１２３",
        "٠٧٧٠٠٩٠٠١٢٣",
        "०७७००९००१२३",
    ],
)
def test_a_number_has_one_urn_however_it_is_written(written: str) -> None:
    urn = tel_urn(written)

    assert urn == "tel:+447700900123"


@pytest.mark.parametrize(
    ("number", "urn", "kind"),
    [
        ("999", "tel:999;phone-context=+44", "emergency"),
        ("112", "tel:112;phone-context=+44", "emergency"),
        ("18000", "tel:18000;phone-context=+44", "emergency"),
        ("٩٩٩", "tel:999;phone-context=+44", "emergency"),
        ("101", "tel:101;phone-context=+44", "short"),
        ("60777", "tel:60777;phone-context=+44", "short"),
        ("118 118", "tel:118118;phone-context=+44", "premium"),
        ("118500", "tel:118500;phone-context=+44", "premium"),
        ("+1 (202) 555-0123", "tel:+12025550123", "mobile"),
        ("001 202 555 0123", "tel:+12025550123", "mobile"),
    ],
)
def test_a_number_is_known_by_its_kind(number: str, urn: str, kind: NumberKind) -> None:
    made = tel_urn(number)

    assert made == urn
    assert number_kind(made) == kind


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "anonymous", "Withheld", "unknown", "restricted", "+266696687x", "07700 90012", "07700 900123 4567",
        "12", "1234567", "0800 GO HOME", "07700 900123 or 07700 900124", "+999 123456789", "+", "++", "()", "000000000",
        "01632 960123 ext 5", "1" * 321, "9" * 100_000, "\ud800", "07700\ud800900123x", "\x00", "²", "½½½", "+44",
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ContactPointError):
        tel_urn(text)


@pytest.mark.parametrize(
    "text", ["tel:07700 900", "mailto:jo bloggs@example.org", "ext:housing:12 34", "jo@example.org"]
)
def test_an_error_quotes_nothing_of_what_it_refuses(text: str) -> None:
    with pytest.raises(ContactPointError) as caught:
        Urn.parse(text)

    assert not {"07700", "900", "jo", "bloggs", "12", "34", "example.org"} & set(str(caught.value).split())


@pytest.mark.parametrize(
    ("address", "urn"),
    [
        ("jo@example.org", "mailto:jo@example.org"),
        ("Jo.Bloggs@EXAMPLE.Org", "mailto:Jo.Bloggs@example.org"),
        (" <jo@example.org>, ", "mailto:jo@example.org"),
        ("“jo@example.org”.", "mailto:jo@example.org"),
        ("jo@example.org.", "mailto:jo@example.org"),
        ("(jo@example.org);", "mailto:jo@example.org"),
        ("\u200bjo@example.org\ufeff", "mailto:jo@example.org"),
        ("siân@cyngor.example", "mailto:siân@cyngor.example"),
        ("sia\u0302n@cyngor.example", "mailto:siân@cyngor.example"),
        ("jo@tŷ.example", "mailto:jo@xn--t-foa.example"),
        ("jo@TŶ.example", "mailto:jo@xn--t-foa.example"),
        ("o'neil+bins@example.org", "mailto:o'neil+bins@example.org"),
        ('"jo bloggs"@example.org', 'mailto:"jo bloggs"@example.org'),
        ('"jo@home"@example.org', 'mailto:"jo@home"@example.org'),
        ("a@b.example", "mailto:a@b.example"),
        (f"{'x' * 64}@example.org", f"mailto:{'x' * 64}@example.org"),
    ],
)
def test_an_address_keeps_its_local_part_and_loses_what_surrounds_it(address: str, urn: str) -> None:
    made = mailto_urn(address)

    assert made == urn


LONG_DOMAIN = ".".join(["x" * 60] * 3)


def test_an_address_has_254_octets_at_most() -> None:
    fits = mailto_urn(f"{'x' * 63}@{LONG_DOMAIN}.{'y' * 7}")

    assert len(fits.path) == 254
    with pytest.raises(ContactPointError):
        mailto_urn(f"{'x' * 64}@{LONG_DOMAIN}.{'y' * 7}")


@pytest.mark.parametrize(
    "text",
    [
        "", "jo", "@", "jo@", "@example.org", "jo@example", "jo@localhost", "jo@127.0.0.1", "jo@[127.0.0.1]",
        "jo@-example.org", "jo@example-.org", "jo@exa_mple.org", "jo@exa mple.org", "jo@example..org",
        "jo@.example.org", "jo bloggs@example.org", "jo@bloggs@example.org", "jo,bo@example.org",
        "mailto:jo@example.org", "jo\n@example.org", "jo\x00@example.org", "jo\u202e@example.org",
        "jo\u200b@example.org", "jo\x85@example.org", "jo\ue000@example.org", "\ud800@example.org",
        "jo@\ud800.example", "jo@xn--\ud800.example", f"{'x' * 65}@example.org", f"{'ŷ' * 33}@example.org",
        f"jo@{'x' * 64}.org", "x" * 100_000 + "@example.org", '"jo\\"@example.org', '"@example.org',
        "jo@" + "ŷ." * 400 + "org", "jo@\u0378.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ContactPointError):
        mailto_urn(text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("mailto:Jo@example.org", "mailto:jo@EXAMPLE.org", True),
        ("mailto:STRASSE@example.org", "mailto:straße@example.org", True),
        ("mailto:jo@example.org", "mailto:jo@example.com", False),
        ("mailto:jo.bloggs@example.org", "mailto:jobloggs@example.org", False),
        ("tel:07700900123", "tel:+447700900123", True),
        ("tel:999;phone-context=+44", "tel:999;phone-context=+353", False),
        ("ext:housing:A1", "ext:HOUSING:A1", True),
        ("ext:housing:A1", "ext:housing:a1", False),
        ("ext:housing:1", "ext:library:1", False),
    ],
)
def test_two_writings_are_one_contact_point_when_their_keys_are_equal(one: str, other: str, same: bool) -> None:
    first, second = Urn.parse(one), Urn.parse(other)

    assert (first.key == second.key) is same
    assert first.same(second) is same
    assert not first.same(None)


@pytest.mark.parametrize(
    "text", ["", ":", "tel", "tel:", "http://example.org", "sip:jo@example.org", "ext:housing", "ext::1", "ext:a b:1",
             "ext:housing:", "ext:housing:1 2", "ext:housing:\ud800", "ext:housing:\u202e1", "ext:housing:" + "1" * 256,
             "\ud800:1", " : "],
)  # fmt: skip
def test_what_is_no_urn_is_refused(text: str) -> None:
    with pytest.raises(ContactPointError):
        Urn.parse(text)


def test_an_id_of_another_system_may_hold_colons() -> None:
    urn = ext_urn(" Housing.v2 ", "12:34")

    assert urn == "ext:housing.v2:12:34"
    assert (urn.scheme, urn.path) == ("ext", "housing.v2:12:34")
    assert Urn.parse(urn) == urn


@pytest.mark.parametrize(
    ("region", "urn"), [("GB", "tel:60777;phone-context=+44"), ("IE", "tel:60777;phone-context=+353")]
)
def test_a_short_number_keeps_its_country_when_it_is_read_again(region: str, urn: str) -> None:
    made = tel_urn("60777", region=region)

    assert made == urn
    assert Urn.parse(made) == made


def test_a_short_number_of_no_country_is_read_as_one_of_the_region() -> None:
    urn = Urn.parse("tel:60777;phone-context=+999")

    assert urn == "tel:60777;phone-context=+44"


@pytest.mark.parametrize("urn", ["mailto:jo@example.org", "ext:housing:1"])
def test_only_a_number_has_a_kind(urn: str) -> None:
    with pytest.raises(ContactPointError):
        number_kind(Urn.parse(urn))


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("18001 0191 498 0123", ("0191 498 0123", True)),
        ("18002-07700900123", ("07700900123", True)),
        ("18001(01632)960123", ("(01632)960123", True)),
        ("18001+441632960123", ("+441632960123", True)),
        ("1800107700900123", ("07700900123", True)),
        ("18000", ("18000", False)),
        ("18001", ("18001", False)),
        ("18003 07700 900123", ("18003 07700 900123", False)),
        ("07700 900123", ("07700 900123", False)),
        ("anonymous", ("anonymous", False)),
        ("", ("", False)),
    ],
)
def test_relay_uk_is_told_from_the_number_behind_it(number: str, expected: tuple[str, bool]) -> None:
    split = split_relay(number)

    assert split == expected


@pytest.mark.parametrize(
    ("urn", "masked"),
    [
        ("tel:+447700900123", "tel:+44…123"),
        ("tel:999", "tel:…"),
        ("mailto:Jo.Bloggs@Example.ORG", "mailto:J…@e….org"),
        ("mailto:jo@example.org", "mailto:…@e….org"),
        ("ext:housing:12-3456", "ext:housing:…"),
    ],
)
def test_a_log_says_enough_to_recognise_and_too_little_to_use(urn: str, masked: str) -> None:
    assert Urn.parse(urn).masked() == masked


MARKS = " +()-.,;:/<>\"'@\\\u200b\u202e\u00a0\ud800\x00ŷK"
NUMBERS = st.from_regex(r"\+?[0-9 ()\-]{2,18}", fullmatch=True)
ADDRESSES = st.builds("{}@{}.{}".format, st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=12),
                      st.sampled_from(["org", "example", "cymru", ""]))  # fmt: skip
PATHS = st.one_of(NUMBERS, ADDRESSES, st.emails(), st.text(), st.text(st.sampled_from(f"0123456789abc{MARKS}")))
WRITTEN = st.builds("{}{}".format, st.sampled_from(["tel:", "mailto:", "ext:x:", "ext:", "TEL:", ""]), PATHS)


def urn_or_none(text: str) -> Urn | None:
    try:
        return Urn.parse(text)
    except ContactPointError:
        return None


@given(WRITTEN)
def test_a_urn_reads_as_itself_and_any_other_text_is_refused(text: str) -> None:
    urn = urn_or_none(text)

    if urn is not None:
        assert Urn.parse(urn) == urn
        assert Urn.parse(urn).key == urn.key
        assert json.loads(json.dumps(urn)) == urn
        assert urn.encode().decode() == urn
        assert not {unicodedata.category(mark) for mark in urn} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@given(st.emails())
def test_an_address_is_taken_as_the_standard_writes_it(address: str) -> None:
    urn = urn_or_none(f"mailto:{address}")

    assert urn is None or urn.key.removeprefix("mailto:") == address.lstrip("'`").casefold()  # marks around it


@given(WRITTEN)
def test_a_masked_contact_point_never_holds_the_number_the_local_part_or_the_id(text: str) -> None:
    urn = urn_or_none(text)

    if urn is not None:
        masked = urn.masked().split(":", 2)[-1]
        secret = {"tel": urn.path.partition(";")[0], "mailto": urn.path.rpartition("@")[0]}.get(
            urn.scheme, urn.path.partition(":")[2]
        )
        assert secret not in masked.partition("@")[0]
        assert len(set(secret) & set(masked.partition("@")[0])) <= 6


class Holder(BaseModel):
    urn: Urn


@pytest.mark.parametrize("value", ["sip:x", 5, None, b"tel:07700900123", "\ud800"])
def test_a_model_refuses_what_is_no_urn(value: Any) -> None:
    with pytest.raises(ValidationError):
        Holder(urn=value)


def test_a_model_normalises_its_urn_and_writes_it_as_text() -> None:
    holder = Holder.model_validate({"urn": "tel:07700 900123"})

    assert holder.urn == "tel:+447700900123"
    assert repr(holder.urn) == "Urn('tel:+447700900123')"
    assert holder.model_dump_json() == '{"urn":"tel:+447700900123"}'


def test_an_error_is_ours_and_a_value_error() -> None:
    with pytest.raises(OnestopError) as caught:
        Urn.parse("tel:x")

    assert isinstance(caught.value, ValueError)
    assert caught.value.code == "contact_point"
