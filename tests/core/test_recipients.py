"""What somebody typed becomes a contact point that can be sent to, or a reason why not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.recipients import check_email, check_phone
from onestop.errors import ContactPointError

MOBILES = [
    "07700900123",
    "07700 900 123",
    "07700-900-123",
    "07700–900—123",
    "(07700) 900123",
    "+447700900123",
    "+44 (0)7700 900 123",
    "+44(0)7700900123",
    "00447700900123",
    "00 44 7700 900123",
    "447700900123",
    "7700900123",
    "\u200b\t07700\u00a0900123\ufeff \r\n",
    "\u202a+447700900123\u202c",  # as a copied contact card has it
    "0+447700900123",
    "0+44(0)7700900123",
    "+07700900123",
    "000007700900123",
    "+++447700900123",
]


@pytest.mark.parametrize("text", MOBILES)
def test_a_uk_mobile_number_is_one_however_it_was_typed(text: str) -> None:
    assert check_phone(text) == "tel:+447700900123"


REFUSED = [
    ("", "missing"),
    (" \u200b\t", "missing"),
    ("07700 9OO 123", "unknown_character"),
    ("07700 900 123 ext 4", "unknown_character"),
    ("٠٧٧٠٠٩٠٠١٢٣", "unknown_character"),
    ("0" * 100, "too_long"),
    ("7", "too_short"),
    ("0770090012", "invalid_number"),
    ("077009001234", "too_long"),
    ("+44 7700 9001234", "too_long"),
    ("06123 456 789", "invalid_number"),
    ("0800 0 100 100", "invalid_number"),  # free to ring, and nothing that receives texts
    ("+00263 71123456", "too_long"),
    ("0191 498 0123", "not_a_uk_mobile"),
    ("+1 202 555 0104", "not_a_uk_mobile"),
    ("+33 6 12 34 56 78", "not_a_uk_mobile"),
    ("+999 123 456 789", "too_long"),
    ("+882 16 1234 5678", "unsupported_country"),
    ("0909 879 0123", "premium"),
    ("+44 909 879 0123", "premium"),
    ("118 118", "invalid_number"),
    ("999", "emergency"),
    ("1 1 2", "emergency"),
    ("18000", "emergency"),
    ("+", "too_short"),
    ("(0)", "invalid_number"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_cannot_be_texted_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ContactPointError) as refused:
        check_phone(text)

    assert refused.value.reason == reason


@pytest.mark.parametrize("text", ["0909 879 0123", "999", "+882 16 1234 5678", "0800 0 100 100"])
def test_no_setting_lets_these_through(text: str) -> None:
    with pytest.raises(ContactPointError):
        check_phone(text, international=True, landlines=True)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+1 202 555 0104", "+12025550104"),
        ("001 202 555 0104", "+12025550104"),
        ("33612345678", "+33612345678"),  # a spreadsheet took the + away
        ("+33 6 12 34 56 78", "+33612345678"),
        ("07911 123456", "+447911123456"),  # Guernsey's, which is +44, too
    ],
)
def test_other_countries_numbers_are_taken_where_they_are_allowed(text: str, number: str) -> None:
    assert check_phone(text, international=True) == f"tel:{number}"


@pytest.mark.parametrize("text", ["077009001234", "(0)7700 9001234"])
def test_a_digit_too_many_makes_no_foreigner_of_a_uk_number(text: str) -> None:
    with pytest.raises(ContactPointError, match="too long"):
        check_phone(text, international=True)


def test_a_uk_landline_is_no_foreign_number() -> None:
    with pytest.raises(ContactPointError, match="not a UK mobile"):
        check_phone("0191 498 0123", international=True)


@pytest.mark.parametrize("text", ["0191 498 0123", "+44 (0)191 498 0123", "01914980123", "0300 123 1234"])
def test_landlines_are_taken_where_they_are_allowed(text: str) -> None:
    assert check_phone(text, landlines=True).startswith("tel:+44")


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("0123456789+() -–\u200b"), max_size=80) | st.text(max_size=40), st.booleans())
def test_any_text_is_a_number_or_refused(text: str, allowed: bool) -> None:
    try:
        urn = check_phone(text, international=allowed, landlines=allowed)
    except ContactPointError as refused:
        urn, reason = None, refused.reason

    assert reason if urn is None else check_phone(urn.path, international=allowed, landlines=allowed) == urn


ADDRESSES = [
    ("jo@example.org", "jo@example.org"),
    ("Jo.Bloggs+bins@Example.ORG", "Jo.Bloggs+bins@example.org"),
    (" jo@example.org\u200b\n", "jo@example.org"),
    ("j\u200bo@exam\ufeffple.org", "jo@example.org"),
    ("o'neill@example.org", "o'neill@example.org"),
    ("____@example.org", "____@example.org"),
    ("jo@one-two.example.org", "jo@one-two.example.org"),
    ("jo@cyngor.cymru", "jo@cyngor.cymru"),
    ("jo@例え.テスト", "jo@xn--r8jz45g.xn--zckzah"),
    ("jo@xn--r8jz45g.xn--zckzah", "jo@xn--r8jz45g.xn--zckzah"),
]


@pytest.mark.parametrize(("text", "address"), ADDRESSES)
def test_an_address_is_normalised(text: str, address: str) -> None:
    assert check_email(text) == f"mailto:{address}"


@pytest.mark.parametrize(
    "text",
    [
        "jo",
        "jo@",
        "@example.org",
        "jo@example",
        "jo@192.0.2.1",
        "jo@[192.0.2.1]",
        "jo bloggs@example.org",
        "jo@exam ple.org",
        "Jo <jo@example.org>",
        "jo@one.example,ann@two.example",
        "jo@example.org;",
        ";jo@example.org",
        '"jo"@example.org',
        '"jo@example.org"',
        "jo@mail@example.org",
        "jo..bloggs@example.org",
        "jo@example..org",
        "jo@.example.org",
        "jo@example.org.",
        "jo@-example.org",
        "jo@exam_ple.org",
        "jo@xn---example.org",
        "jo@example.o",
        "jo@example.123",
        "siân@example.org",
        "jo’@example.org",
        "jo(work)@example.org",
        "j" * 65 + "@example.org",
        "jo@" + "example." * 40 + "org",
        "jo@例\ud800.テスト",
    ],
)
def test_what_cannot_be_mailed_is_refused(text: str) -> None:
    with pytest.raises(ContactPointError) as refused:
        check_email(text)

    assert refused.value.reason == "invalid_email"


def test_nothing_is_no_address() -> None:
    with pytest.raises(ContactPointError) as refused:
        check_email(" \u200b")

    assert refused.value.reason == "missing"


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | st.emails())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        urn = check_email(text)
    except ContactPointError as refused:
        urn, reason = None, refused.reason

    assert reason if urn is None else check_email(urn.path) == urn


def test_a_refusal_never_quotes_what_was_typed() -> None:
    with pytest.raises(ContactPointError) as refused:
        check_phone("077009001234")

    assert "900" not in str(refused.value)
