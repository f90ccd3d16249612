"""Ends of a call are read as telephone systems write them, and withheld numbers stay withheld."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.channels.callers import read_party
from onestop.core.contact import tel_urn

# Ofcom's drama numbers: mobile, Leeds, no area.
NUMBERS = st.sampled_from(["+447700900", "+441134960", "+441632960"]).flatmap(
    lambda start: st.integers(0, 999).map(lambda end: f"{start}{end:03}")
)
WRITINGS = {
    "E.164": "{e164}",
    "E.164 without its plus": "{bare}",
    "national": "0{national}",
    "with 00": "00{bare}",
    "in SIP": "sip:{e164}@trunk.example",
    "in SIP, as a telephone": "sip:0{national}@10.0.0.1:5060;user=phone",
    "in TLS": "sips:{bare}@trunk.example",
    "as a URI": "tel:{e164}",
    "by WhatsApp": "whatsapp:{e164}",
    "with blanks around": "  {e164} ",
}


@pytest.mark.parametrize("writing", WRITINGS.values(), ids=WRITINGS)
@settings(max_examples=20, deadline=None)
@given(NUMBERS)
def test_a_number_is_the_same_however_it_is_written(writing: str, number: str) -> None:
    written = writing.format(e164=number, bare=number[1:], national=number[3:])

    party = read_party(written, system="cti", role="sender")

    assert (party.urn, party.relay, party.defects) == (tel_urn(number), False, ())


@pytest.mark.parametrize("prefix", ["18001", "18001 ", "18002-"])
@pytest.mark.parametrize("writing", ["{prefix}07700 900123", "sip:{prefix}07700900123@trunk.example"])
def test_a_relay_call_is_of_the_number_behind_the_prefix(writing: str, prefix: str) -> None:
    party = read_party(writing.format(prefix=prefix), system="cti", role="sender")

    assert (party.urn, party.relay) == (tel_urn("07700900123"), True)


@pytest.mark.parametrize(
    "word",
    [
        "",
        " ",
        "anonymous",
        "Anonymous",
        "ANONYMOUS@anonymous.invalid",
        "sip:anonymous@anonymous.invalid",
        "sip:Restricted@trunk.example;transport=tls",
        "Restricted",
        "RESTRICTED",
        "unknown",
        "Unavailable",
        "+266696687",
        "+7378742833",
        "+86282452253",
        "withheld",
        "client:anonymous",
    ],
)
def test_nobody_is_guessed_behind_a_withheld_number(word: str) -> None:
    party = read_party(word, system="cti", role="sender")

    assert (party.urn, party.defects) == (None, ())


@pytest.mark.parametrize(
    ("address", "urn", "defects"),
    [
        ("201", "ext:cti:201", ()),
        ("sip:jo@pbx.example", "ext:sip:jo@pbx.example", ()),
        ("client:kiosk 7", "ext:client:kiosk%207", ()),
        ("BankAlert", "ext:cti:BankAlert", ("sender_alphanumeric",)),
        ("+44123", "ext:cti:+44123", ("sender_invalid",)),
        ("a" * 300, None, ("sender_invalid",)),
    ],
)
def test_what_is_no_number_is_kept_as_what_it_is(address: str, urn: str | None, defects: tuple[str, ...]) -> None:
    party = read_party(address, system="cti", role="sender")

    assert (party.urn, party.defects) == (urn, defects)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_is_read(address: str) -> None:
    party = read_party(address, system="cti", role="recipient")

    assert party.urn is None or party.urn.scheme in ("tel", "ext")
    assert set(party.defects) <= {"recipient_invalid", "recipient_alphanumeric"}
