"""Senders as a file sets them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onestop.channels.sms import NotifySms, TwilioSms
from onestop.core.contact import Urn
from onestop.core.gateway import Message
from onestop.errors import RateLimitedError, RequestError
from onestop.gateways import Sender, Sent, is_idempotent, load_sender

from .api_server import ApiServer, answer

SERVICE, SECRET = "11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-aaaaaaaaaaaa"
TEXT = Message(
    id="message-1",
    channel="sms",
    recipient=Urn("tel:+447700900123"),
    purpose="service_update",
    text="Cleaned today.",
    reference="NP-049N-3021",
    created_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
)

Load = Callable[[str], Sender]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def read(text: str) -> Sender:
        path = tmp_path / "senders.toml"
        path.write_text(text, "utf-8")
        return load_sender(path)

    return read


def test_each_channel_goes_by_the_gateway_that_has_it(load: Load, api: ApiServer, tmp_path: Path) -> None:
    sender = load(
        f"""
        [senders.mail]
        gateway = "smtp"
        host = "mail.northport.example"
        envelope_from = "bounces@northport.example"
        username = "onestop"
        password = "{SECRET}"

        [senders.texts]
        gateway = "notify"
        api_key = "ours-{SERVICE}-{SECRET}"
        base_url = "{api.url}"

        [senders.whatsapp]
        gateway = "twilio"
        channels = ["chat"]
        base_url = "{api.url}"
        """
    )
    chat = TEXT.model_copy(update={"channel": "sms"})
    api.answers(answer(201, {"id": "n1", "sid": "SM1"}))

    by_notify = sender.send(TEXT, NotifySms(template_id="t").render(TEXT))
    request = TwilioSms(auth_token="t", account_sid="AC1", from_number="+441632960100").render(chat)
    by_twilio = sender.send(TEXT.model_copy(update={"channel": "chat"}), request)

    assert (by_notify, by_twilio) == (Sent("n1"), Sent("SM1"))
    assert SECRET not in repr(sender)
    assert SECRET not in repr(vars(sender))


def test_a_limit_is_around_its_sender_alone(load: Load, api: ApiServer) -> None:
    sender = load(
        f'[senders.texts]\ngateway = "notify"\nper_second = 0.001\nburst = 2\n'
        f'api_key = "{SERVICE}-{SECRET}"\nbase_url = "{api.url}"\n'
    )
    request = NotifySms(template_id="t").render(TEXT)
    api.answers(answer(201, {"id": "n1"}))
    for _ in range(2):
        sender.send(TEXT, request)

    with pytest.raises(RateLimitedError):
        sender.send(TEXT, request)

    assert len(api.asked) == 2


def test_in_test_mode_nobody_else_is_written_to(load: Load, tmp_path: Path) -> None:
    sender = load(f'[senders.all]\ngateway = "file"\nchannels = ["sms"]\nfolder = "{tmp_path}/out"\n[test]\n')

    sent = sender.send(TEXT, NotifySms(template_id="t").render(TEXT))

    assert sent.simulated
    assert not (tmp_path / "out").exists()


def test_what_a_simulated_gateway_takes_may_be_given_to_it_again(load: Load) -> None:
    sender = load('[senders.all]\ngateway = "simulated"\nchannels = ["sms", "email"]\n')

    assert is_idempotent(sender, "sms")


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("", ["senders: there must be at least one table"]),
        ("senders = 3", ["senders: there must be at least one table"]),
        ("[senders.a]", ["senders.a: must be a table whose gateway is one of smtp, twilio, notify"]),
        ('[senders.a]\ngateway = "pigeon"', ["senders.a: must be a table whose gateway"]),
        ('[senders.a]\ngateway = "smtp"', ["a: host: Field required", "a: envelope_from: Field required"]),
        ('[senders.a]\ngateway = "twilio"\nsid = "x"', ["senders.a: sid: Extra inputs are not permitted"]),
        ('[senders.a]\ngateway = "twilio"\nchannels = ["fax"]', ["senders.a: channels: 0: "]),
        ('[senders.a]\ngateway = "twilio"\nchannels = []', ["senders.a: channels: "]),
        ('[senders.a]\ngateway = "twilio"\nper_second = 0', ["senders.a: per_second: "]),
        ('[senders.a]\ngateway = "twilio"\nbase_url = "http://relay.example"', ["senders.a: base_url must begin"]),
        ('[senders.a]\ngateway = "notify"\napi_key = "x"', ["senders.a: api_key must be"]),
        (
            '[senders.a]\ngateway = "twilio"\n[senders.b]\ngateway = "twilio"',
            ["senders.b: channels: sms goes by another", "senders.b: channels: chat goes by another"],
        ),
        ('[senders.a]\ngateway = "twilio"\n[test]\nsafe = ["nobody"]', ["test: Value error, a safe recipient is"]),
        ('[senders.a]\ngateway = "twilio"\n[colours]', ["colours: is not known here"]),
        ("[senders", ["senders.toml is not TOML"]),
    ],
)  # fmt: skip
def test_every_mistake_is_told_by_its_place(load: Load, text: str, mistakes: list[str]) -> None:
    with pytest.raises(RequestError) as refused:
        load(text)

    assert all(mistake in str(refused.value) for mistake in mistakes)


def test_no_value_is_quoted(load: Load) -> None:
    with pytest.raises(RequestError) as refused:
        load(f'[senders.a]\ngateway = "smtp"\nsecurity = "{SECRET}"\nport = "{SECRET}"\npassword = ["{SECRET}"]')

    assert SECRET not in str(refused.value)
    assert str(refused.value).count("\n") == 5


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="cannot be read"):
        load_sender(tmp_path / "none.toml")


VALUES = st.one_of(st.text(max_size=5), st.integers(-5, 70_000), st.booleans(), st.just([]), st.just({}))
KEYS = st.sampled_from(
    ["gateway", "channels", "host", "port", "envelope_from", "security", "api_key", "burst", "folder"]
)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(each if each.isalnum() and each.isascii() else "-" for each in value) + '"'
    return "{}" if value == {} else str(value)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    gateway=st.sampled_from(["smtp", "twilio", "notify", "file", "simulated", "x"]), table=st.dictionaries(KEYS, VALUES)
)
def test_whatever_a_table_has_it_is_a_sender_or_a_request_error(
    load: Load, gateway: str, table: dict[str, object]
) -> None:
    lines = [f"{key} = {_toml(value)}" for key, value in ({"gateway": gateway} | table).items()]

    try:
        sender = load("\n".join(["[senders.a]", *lines]))
    except RequestError:
        return

    assert callable(sender.send)
