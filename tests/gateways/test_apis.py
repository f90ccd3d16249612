"""Messages by Twilio and GOV.UK Notify: what goes over the wire, and what each answer means."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.channels.post import NotifyLetter
from onestop.channels.sms import NotifySms, TwilioSms
from onestop.core.contact import Urn, post_urn
from onestop.core.gateway import GatewayRequest, Message
from onestop.errors import OnestopError, RateLimitedError, RequestError, SendError, UnsureError
from onestop.gateways import NotifySender, Routes, Sender, Sent, TwilioSender
from onestop.gateways.http import Answer, error_of, retry_after

from .api_server import ApiServer, Behaviour, answer
from .mail_servers import client_tls

SERVICE, SECRET = "11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-aaaaaaaaaaaa"
KEY = f"a-key-of-ours-{SERVICE}-{SECRET}"
NOW = 1_772_443_800
TWILIO = TwilioSms(auth_token="token", account_sid="AC1", from_number="+441632960100")
NOTIFY = NotifySms(template_id="f33517ff-2a88-4f6e-b855-c550268ce08a")
TEXT = Message(
    id="message-1",
    channel="sms",
    recipient=Urn("tel:+447700900123"),
    purpose="service_update",
    text="Mae'r bin wedi'i wagio & diolch, ŵy €5 🚮",
    reference="NP-049N-3021",
    created_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
)

SendText = Callable[[], Sent]


@pytest.fixture
def by_twilio(api: ApiServer) -> SendText:
    sender = TwilioSender(base_url=api.url, timeout_s=0.5)
    return lambda: sender.send(TEXT, TWILIO.render(TEXT))


@pytest.fixture
def by_notify(api: ApiServer) -> SendText:
    sender = NotifySender(KEY, base_url=api.url, timeout_s=0.5, clock=lambda: NOW + 0.9)
    return lambda: sender.send(TEXT, NOTIFY.render(TEXT))


# -- what goes over the wire -------------------------------------------------------------------------------------------


def test_twilio_gets_the_form_and_the_account_s_credentials(api: ApiServer, by_twilio: SendText) -> None:
    api.answers(answer(201, {"sid": "SM42", "status": "queued"}))

    sent = by_twilio()

    (said,) = api.asked
    assert said.line == "POST /2010-04-01/Accounts/AC1/Messages.json HTTP/1.1"
    assert said.headers["authorization"] == "Basic " + base64.b64encode(b"AC1:token").decode()
    assert said.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qsl(said.body.decode(), strict_parsing=True) == [
        ("To", "+447700900123"),
        ("From", "+441632960100"),
        ("Body", TEXT.text),
    ]
    assert sent == Sent("SM42")


def test_notify_gets_the_personalisation_and_our_reference(api: ApiServer, by_notify: SendText) -> None:
    api.answers(answer(201, {"id": "740e5834-3a29-46b4-9a6f-16142fde533a", "reference": "message-1"}))

    sent = by_notify()

    (said,) = api.asked
    assert said.line == "POST /v2/notifications/sms HTTP/1.1"
    assert json.loads(said.body) == {
        "phone_number": "+447700900123",
        "template_id": "f33517ff-2a88-4f6e-b855-c550268ce08a",
        "personalisation": {"text": TEXT.text},
        "reference": "message-1",
    }
    assert sent == Sent("740e5834-3a29-46b4-9a6f-16142fde533a")


def test_notify_gets_a_letter_with_its_address_and_our_reference(api: ApiServer) -> None:
    api.answers(answer(201, {"id": "740e5834-3a29-46b4-9a6f-16142fde533a", "reference": "message-1"}))
    address = post_urn("Siân Example\n2 Dock Road\nNorthport L1 8JQ")
    letter = TEXT.model_copy(update={"channel": "post", "recipient": address, "subject": "Eich bin"})
    adapter = NotifyLetter(template_id="f33517ff-2a88-4f6e-b855-c550268ce08a", postage="second")

    sent = NotifySender(KEY, base_url=api.url).send(letter, adapter.render(letter))

    (said,) = api.asked
    assert said.line == "POST /v2/notifications/letter HTTP/1.1"
    assert said.headers["authorization"].startswith("Bearer ")
    assert json.loads(said.body) == {
        "template_id": "f33517ff-2a88-4f6e-b855-c550268ce08a",
        "personalisation": {
            "address_line_1": "Siân Example",
            "address_line_2": "2 Dock Road",
            "address_line_3": "Northport",
            "address_line_4": "L1 8JQ",
            "subject": "Eich bin [NP-049N-3021]",
            "text": TEXT.text,
        },
        "reference": "message-1",
        "postage": "second",
    }
    assert sent == Sent("740e5834-3a29-46b4-9a6f-16142fde533a")


def test_notify_s_token_is_signed_with_the_key_s_secret_at_the_time_of_sending(
    api: ApiServer, by_notify: SendText
) -> None:
    api.answers(answer(201, {"id": "x"}))

    by_notify()

    scheme, _, token = api.asked[0].headers["authorization"].partition(" ")
    signed, _, signature = token.rpartition(".")
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in signed.split("."))
    wanted = base64.urlsafe_b64encode(hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest())
    assert scheme == "Bearer"
    assert header == {"typ": "JWT", "alg": "HS256"}
    assert claims == {"iss": SERVICE, "iat": NOW}
    assert signature == wanted.rstrip(b"=").decode()


def test_a_relay_s_own_path_stands_before_the_gateway_s(api: ApiServer) -> None:
    api.answers(answer(201, {"sid": "SM42"}))

    TwilioSender(base_url=f"{api.url}/relay/").send(TEXT, TWILIO.render(TEXT))

    assert api.asked[0].line == "POST /relay/2010-04-01/Accounts/AC1/Messages.json HTTP/1.1"


# -- what an answer means ----------------------------------------------------------------------------------------------

NOTIFYS = {"errors": [{"error": "ValidationError", "message": "phone_number Not enough digits: 07700900123"}]}


@pytest.mark.parametrize(
    ("said", "permanent", "status"),
    [
        (answer(400, {"code": 21610, "message": "unsubscribed +447700900123"}), True, "21610"),
        (answer(400, {"code": 21211, "status": 400}), True, "21211"),
        (answer(400, {"code": 21611, "status": 400}), False, "21611"),
        (answer(401, {"code": 20003, "status": 401}), False, "20003"),
        (answer(404, {"code": 20404, "status": 404}), False, "20404"),
        (answer(400, "<html>no</html>"), True, "400"),
        (answer(400, {"code": "x" * 99}), True, "400"),
        (answer(400, {"code": True}), True, "400"),
        (answer(500, {"code": 20500}), False, "20500"),
        (answer(503, "busy"), False, "503"),
        (answer(302, "", Location="https://elsewhere.example/"), False, "302"),
    ],
)
def test_twilio_s_refusals_keep_its_code(
    api: ApiServer, by_twilio: SendText, said: bytes, permanent: bool, status: str
) -> None:
    api.answers(said)

    with pytest.raises(SendError) as refused:
        by_twilio()

    assert (refused.value.permanent, refused.value.status) == (permanent, status)
    assert "447700900123" not in str(refused.value)
    assert len(api.asked) == 1


@pytest.mark.parametrize(
    ("code", "fails"), [(21211, True), (21614, True), (21408, False), (21602, False), (20003, False)]
)
def test_twilio_s_refusal_blames_a_number_only_where_it_speaks_of_the_number(
    api: ApiServer, by_twilio: SendText, code: int, fails: bool
) -> None:
    api.answers(answer(400, {"code": code}))

    with pytest.raises(SendError) as refused:
        by_twilio()

    assert refused.value.address_fails is fails


@pytest.mark.parametrize(
    ("said", "permanent", "status"),
    [
        (answer(400, NOTIFYS), True, "ValidationError"),
        (answer(400, {"errors": [{"error": "BadRequestError"}], "status_code": 400}), True, "BadRequestError"),
        (answer(403, {"errors": [{"error": "AuthError", "message": "your system clock"}]}), False, "AuthError"),
        (answer(500, {"errors": [{"error": "Exception", "message": "Internal server error"}]}), False, "Exception"),
        (answer(400, {"errors": [{"error": "two words"}]}), True, "400"),
        (answer(400, {"errors": {}}), True, "400"),
        (answer(400, [1, 2]), True, "400"),
        (answer(502, "<html>"), False, "502"),
    ],
)  # fmt: skip
def test_notify_s_refusals_keep_its_word(
    api: ApiServer, by_notify: SendText, said: bytes, permanent: bool, status: str
) -> None:
    api.answers(said)

    with pytest.raises(SendError) as refused:
        by_notify()

    assert (refused.value.permanent, refused.value.status) == (permanent, status)
    assert "07700900123" not in str(refused.value)


@pytest.mark.parametrize(
    ("said", "wait_s"),
    [
        (answer(429, {"errors": [{"error": "RateLimitError"}]}, Retry_After="7"), 7),
        (answer(429, {"errors": [{"error": "RateLimitError"}]}), 60),
        (answer(429, {"errors": [{"error": "TooManyRequestsError"}]}), 3_600),
    ],
    ids=["told", "not_told", "a_day_s_limit"],
)
def test_a_gateway_that_takes_no_more_for_now_is_left_alone_for_a_while(
    api: ApiServer, by_notify: SendText, said: bytes, wait_s: float
) -> None:
    api.answers(said)

    with pytest.raises(RateLimitedError) as refused:
        by_notify()

    assert (refused.value.retry_after_s, refused.value.permanent) == (wait_s, False)


@pytest.mark.parametrize(
    "said",
    [
        answer(200, "<html>a page by something in between</html>"),
        answer(201, {"status": "queued"}),
        answer(201, {"sid": 7, "id": None}),
        answer(201, '{"sid": "SM42'),
        answer(201, "[" * 60_000),
        answer(201, {"sid": "SM42", "id": "x", "more": "x" * 70_000}),
        answer(201, {"sid": "SM42", "id": "x"})[:-5],
        answer(303, "see other"),
        answer(504, "in between, nobody knows"),
        b"garbage\r\n\r\n",
        b"HTTP/1.1 2",
        b"",
    ],
    ids=[
        "page",
        "no_id",
        "no_text",
        "cut",
        "deep",
        "endless",
        "half_a_body",
        "see_other",
        "gateway_timeout",
        "garbage",
        "cut_status",
        "nothing",
    ],
)
@pytest.mark.parametrize("way", ["by_twilio", "by_notify"])
def test_an_answer_that_names_no_message_leaves_it_in_doubt(
    api: ApiServer, request: pytest.FixtureRequest, way: str, said: bytes
) -> None:
    send: SendText = request.getfixturevalue(way)
    api.answers(said)

    with pytest.raises(UnsureError):
        send()

    assert len(api.asked) == 1


@pytest.mark.parametrize("how", [{"hang": True}, {"drip_s": 0.02}], ids=["silence", "slow_drip"])
def test_a_gateway_that_has_the_request_and_does_not_answer_in_time_may_have_taken_it(
    api: ApiServer, by_twilio: SendText, how: dict[str, float]
) -> None:
    api.answers(answer(201, {"sid": "SM42"}), **how)

    with pytest.raises(UnsureError):
        by_twilio()


def test_a_gateway_that_breaks_off_before_it_has_the_request_has_not_taken_it(api: ApiServer) -> None:
    api.behaviour = Behaviour(read_body=False)
    large = GatewayRequest(url="https://api.twilio.com/x", body=b"x" * (32 << 20))  # more than a socket holds

    with pytest.raises(SendError) as refused:
        TwilioSender(base_url=api.url, timeout_s=5).send(TEXT, large)

    assert (refused.value.permanent, refused.value.status) == (False, "connection_lost")


def test_a_gateway_that_cannot_be_reached_has_not_taken_it() -> None:
    with pytest.raises(SendError) as refused:
        TwilioSender(base_url="http://127.0.0.1:1").send(TEXT, TWILIO.render(TEXT))

    assert (refused.value.permanent, refused.value.status) == (False, "unreachable")


# -- whom requests go to -----------------------------------------------------------------------------------------------


def test_a_gateway_that_is_not_proved_gets_nothing(api: ApiServer) -> None:
    sender = TwilioSender(base_url=api.url.replace("http:", "https:"), timeout_s=0.5, tls=client_tls())

    with pytest.raises(SendError) as refused:
        sender.send(TEXT, TWILIO.render(TEXT))

    assert (refused.value.permanent, refused.value.status) == (False, "tls")
    assert api.asked == []


def test_another_gateway_s_request_is_not_carried(api: ApiServer, by_twilio: SendText) -> None:
    with pytest.raises(SendError) as refused:
        TwilioSender(base_url=api.url).send(TEXT, NOTIFY.render(TEXT))

    assert (refused.value.permanent, refused.value.status) == (False, "no_route")
    assert api.asked == []


@pytest.mark.parametrize("interim", [100, 102, 103])
def test_what_a_gateway_says_before_its_answer_is_no_answer(api: ApiServer, by_twilio: SendText, interim: int) -> None:
    api.answers(f"HTTP/1.1 {interim} X\r\nLink: </a>\r\n\r\n".encode() * 2 + answer(201, {"sid": "SM42"}))

    sent = by_twilio()

    assert sent == Sent("SM42")


@pytest.mark.parametrize("said", [b"HTTP/1.1 103 X\r\n\r\n" * 100, b"HTTP/1.1 101 X\r\n\r\nSM42"])
def test_a_gateway_that_never_comes_to_its_answer_may_have_taken_the_message(
    api: ApiServer, by_twilio: SendText, said: bytes
) -> None:
    api.answers(said)

    with pytest.raises(UnsureError):
        by_twilio()


def test_a_url_that_cannot_be_read_is_the_request_s_mistake(api: ApiServer) -> None:
    request = TWILIO.render(TEXT).model_copy(update={"url": "https://[::1/Messages.json"})
    sender = Routes({"sms": TwilioSender(base_url=api.url)})

    with pytest.raises(SendError) as refused:
        sender.send(TEXT, request)

    assert (refused.value.permanent, refused.value.status) == (True, "request_invalid")


def test_no_header_breaks_out_of_its_line(api: ApiServer) -> None:
    request = TWILIO.render(TEXT).model_copy(update={"headers": {"X": "a\r\nHost: elsewhere.example"}})

    with pytest.raises(SendError) as refused:
        TwilioSender(base_url=api.url).send(TEXT, request)

    assert (refused.value.permanent, refused.value.status) == (True, "request_invalid")
    assert api.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://relay.example",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "https://user:secret@relay.example",
        "https://",
        "x",
        "https://[::1",
        "http://127.0.0.1:x",
    ],
)
def test_credentials_never_go_in_clear_beyond_this_machine(url: str) -> None:
    with pytest.raises(RequestError) as refused:
        TwilioSender(base_url=url)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("key", ["", "short", SECRET, f"name-{SERVICE}", f"{SERVICE}-{SECRET}x"])
def test_what_is_no_key_of_notify_s_is_refused_and_not_quoted(key: str) -> None:
    with pytest.raises(RequestError) as refused:
        NotifySender(key)

    assert not key or key not in str(refused.value)


@pytest.mark.parametrize("sender", [TwilioSender(), NotifySender(KEY)], ids=["twilio", "notify"])
def test_no_sender_shows_what_it_holds(sender: Sender) -> None:
    assert SECRET not in repr(sender)
    assert "token" not in repr(sender)


# -- what is in an answer ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "9" * 5_000}, 86_400),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Mon, 02 Mar 2026 09:31:00 GMT", "date": "Mon, 02 Mar 2026 09:30:00 GMT"}, 60),
        ({"retry-after": "Mon, 02 Mar 2026 09:29:00 GMT", "date": "Mon, 02 Mar 2026 09:30:00 GMT"}, 1),
        ({"retry-after": "Mon, 02 Mar 2026 09:31:00 -0000", "date": "Mon, 02 Mar 2026 09:30:00 GMT"}, 60),
        ({"retry-after": "Mon, 02 Mar 2026 09:31:00 GMT", "date": "yesterday"}, None),
    ],
)
def test_how_long_a_gateway_wants_to_be_left_alone(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(Answer(429, headers, b"")) == seconds


JSON = st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5).map(json.dumps).map(str.encode)


@settings(max_examples=100, deadline=None)
@given(
    status=st.integers(300, 599),
    headers=st.dictionaries(st.sampled_from(["retry-after", "date"]), st.text(max_size=40)),
    body=st.binary(max_size=200) | JSON,
)
def test_whatever_a_gateway_answers_is_one_of_our_errors(status: int, headers: dict[str, str], body: bytes) -> None:
    said = Answer(status, headers, body)

    error = error_of(said, "the gateway", None)

    assert isinstance(error, OnestopError)
    assert isinstance(said.fields(), dict)
    assert not (isinstance(error, SendError) and error.permanent and status >= 500)
