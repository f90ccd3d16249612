"""Service requests of Open311 become enquiries, and are answered as its specification has it."""

from __future__ import annotations

import json
import time
import tracemalloc
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.channels.web import Open311
from onestop.core.enquiry import Enquiry
from onestop.core.gateway import HttpResponse, Raw, Taken
from onestop.errors import BusyError, LimitError, PayloadError, SignatureError
from onestop.testing import AdapterContract

KEYS = ("the-key-of-an-app", "the-key-of-a-neighbour")
ADAPTER = Open311(api_keys=KEYS, jurisdiction_id="northport.example", client_id="fixmystreet_id")
URL = "https://northport.example/open311/v2/requests"
REQUEST = {"service_code": "graffiti", "lat": "53.4", "long": "-2.9"}
OPENED = Taken(outcome="opened", reference="NP-049N-3021", service="graffiti")


def post(url: str = f"{URL}.json", **parameters: str) -> Raw:
    return Raw(body=urlencode(REQUEST | parameters).encode(), received_at="2026-03-02T09:30:00Z", url=url)


def said(answer: HttpResponse) -> list[dict[str, object]]:
    """Give the records of an answer in either format, as the JSON has them."""
    if answer.headers["Content-Type"].startswith("application/json"):
        records: list[dict[str, object]] = json.loads(answer.body)
        return records
    return [{field.tag: field.text for field in each} for each in ET.fromstring(answer.body)]


class TestOpen311(AdapterContract):
    adapter = ADAPTER
    fixtures = Path(__file__).parent / "fixtures" / "open311"
    secrets = KEYS


# -- who may send ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
def test_each_key_that_was_given_out_opens_the_door(key: str) -> None:
    ADAPTER.verify(post(api_key=key))
    ADAPTER.verify(post(f"{URL}.json?{urlencode({'api_key': key})}"))


@pytest.mark.parametrize("key", ["", "the-key-of-an-ap", "the-key-of-an-apps", "THE-KEY-OF-AN-APP", "ŵ"])
def test_no_other_key_opens_it(key: str) -> None:
    with pytest.raises(SignatureError):
        ADAPTER.verify(post(api_key=key))


@pytest.mark.parametrize("keys", [None, "", ["", ""]])
def test_without_a_key_configured_nobody_is_let_in(keys: list[str] | str | None) -> None:
    with pytest.raises(SignatureError, match="no API key"):
        Open311(api_keys=keys).verify(post(api_key=""))


def test_a_key_is_never_part_of_the_enquiry() -> None:
    (enquiry,) = ADAPTER.parse(post(f"{URL}.json?api_key={KEYS[1]}", api_key=KEYS[0]))

    assert not any(key in enquiry.model_dump_json() for key in KEYS)


# -- answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "xml"])
def test_the_answer_names_the_case(form: str) -> None:
    answer = ADAPTER.acknowledge(raw=post(f"{URL}.{form}?jurisdiction_id=northport.example"), taken=[OPENED])

    assert answer.status == 200
    assert said(answer) == [{"service_request_id": "NP-049N-3021", "service_notice": None, "account_id": None}]


def test_the_answer_is_the_json_of_the_specification() -> None:
    answer = ADAPTER.acknowledge(raw=post(account_id="77"), taken=[OPENED])

    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(answer.body) == [
        {"service_request_id": "NP-049N-3021", "service_notice": None, "account_id": "77"}
    ]


def test_the_answer_is_the_xml_of_the_specification_where_no_format_is_asked_for() -> None:
    answer = ADAPTER.acknowledge(raw=post(URL, account_id="<&>\x01"), taken=[OPENED])

    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.body.decode() == (
        '<?xml version="1.0" encoding="utf-8"?>\n<service_requests><request>'
        "<service_request_id>NP-049N-3021</service_request_id><service_notice/><account_id>&lt;&amp;&gt;</account_id>"
        "</request></service_requests>\n"
    )


def test_a_repeat_is_answered_with_the_case_it_repeats() -> None:
    answer = ADAPTER.acknowledge(raw=post(), taken=[OPENED.model_copy(update={"outcome": "repeat"})])

    assert said(answer)[0]["service_request_id"] == "NP-049N-3021"


def test_who_names_a_service_that_is_none_is_told() -> None:
    taken = OPENED.model_copy(update={"defects": ("service_unknown",)})

    answer = ADAPTER.acknowledge(raw=post(), taken=[taken])

    assert "No service has this service_code" in str(said(answer)[0]["service_notice"])


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize(
    ("parameters", "status", "descriptions"),
    [
        ({"service_code": ""}, 400, ["The service_code was not"]),
        ({"lat": ""}, 400, ["A location was not provided"]),
        ({"jurisdiction_id": "southport.example"}, 404, ["The jurisdiction_id is not"]),
        ({"service_code": "", "long": ""}, 400, ["The service_code was not", "A location was not"]),
        (
            {"service_code": "", "jurisdiction_id": "southport.example"},
            404,
            ["The jurisdiction_id is", "The service_code was"],
        ),
    ],
)
def test_what_was_refused_is_told_with_every_mistake(
    parameters: dict[str, str], status: int, descriptions: list[str], form: str
) -> None:
    raw = post(f"{URL}.{form}", **parameters)
    with pytest.raises(PayloadError) as refused:
        ADAPTER.parse(raw)

    answer = ADAPTER.acknowledge(raw=raw, taken=[Taken(outcome="rejected", reason=str(refused.value))])

    assert answer.status == status
    told = [str(each["description"]) for each in said(answer)]
    assert len(told) == len(descriptions)
    assert all(text.startswith(begins) for text, begins in zip(told, descriptions, strict=True))


def test_what_was_rejected_for_another_reason_tells_it() -> None:
    answer = ADAPTER.acknowledge(raw=post(), taken=[Taken(outcome="rejected", reason="it came from ourselves")])

    assert (answer.status, said(answer)) == (400, [{"code": 400, "description": "it came from ourselves"}])


@pytest.mark.parametrize(
    ("error", "status"),
    [(SignatureError("the key"), 403), (LimitError("too large"), 400), (BusyError("later"), 503)],
)
def test_errors_are_answered_by_status_and_code(error: PayloadError | SignatureError | BusyError, status: int) -> None:
    answer = ADAPTER.acknowledge(error, raw=post())

    assert (answer.status, said(answer)) == (status, [{"code": status, "description": str(error)}])


# -- whatever comes ----------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["lat", "long", "service_code", "media_url", "address_id", "email", "requested_datetime", "attribute[a]"]
        )
        | st.text(max_size=5),
        st.text(st.characters(codec="utf-8"), max_size=12)
        | st.sampled_from(["1e999", "-0", "http://[", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"]),
    )
)
def test_any_parameters_are_read_or_refused(parameters: dict[str, str]) -> None:
    raw = post(**parameters)
    try:
        (enquiry,) = ADAPTER.parse(raw)
    except PayloadError:
        taken = Taken(outcome="rejected", reason="refused")
    else:
        assert isinstance(enquiry, Enquiry)
        assert Enquiry.model_validate_json(enquiry.model_dump_json()).digest == enquiry.digest
        taken = OPENED

    assert ADAPTER.acknowledge(raw=raw, taken=[taken]).status in (200, 400, 404)


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_every_answer_is_xml(text: str) -> None:
    account = text.encode("utf-8", "replace").decode()

    answer = ADAPTER.acknowledge(raw=post(URL, account_id=account), taken=[OPENED])

    assert ET.fromstring(answer.body).tag == "service_requests"


@pytest.mark.parametrize(
    "body",
    [b"attribute[a]=1&" * 999, b"x" * (4 << 20), b"description=" + b"L1 8" * 1_000_000, b"attribute[" * 400_000],
    ids=["attributes", "name", "postcodes", "brackets"],
)
def test_a_request_made_to_be_slow_is_read_or_refused_in_a_moment(body: bytes) -> None:
    raw = post().model_copy(update={"body": urlencode(REQUEST).encode() + b"&" + body[: (4 << 20) - 100]})
    started = time.perf_counter()
    tracemalloc.start()

    try:
        ADAPTER.parse(raw)
    except PayloadError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert time.perf_counter() - started < 10
    assert peak < 20 * (4 << 20)


def test_a_request_beyond_the_limit_is_refused() -> None:
    with pytest.raises(LimitError):
        ADAPTER.parse(post().model_copy(update={"body": b"a" * ((4 << 20) + 1)}))
