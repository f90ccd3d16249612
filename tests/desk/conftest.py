"""A desk on a store in memory, with a small policy of two lifecycles, and a clock that the test sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from onestop import Actor, Desk, Policy, load_policy, open_store
from onestop.channels.email import Email
from onestop.channels.phone import CallNote
from onestop.channels.sms import TwilioSms
from onestop.channels.web import WebForm
from onestop.gateways import CollectingSender
from onestop.stores import Store

from .payloads import Clock, Payloads

ADAPTERS = {
    "email": Email(reply_key="a key of the council", from_address="contact@saltmarsh.example"),
    "twilio_sms": TwilioSms(auth_token="token", account_sid="AC1", from_number="+441632960100"),
    "call_note": CallNote(token="secret"),
    "web_form": WebForm(),
}

_POLICY = load_policy(Path(__file__).parent / "policy")


@pytest.fixture
def policy() -> Policy:
    return _POLICY


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def payloads(clock: Clock) -> Payloads:
    return Payloads(clock)


@pytest.fixture
def sender() -> CollectingSender:
    return CollectingSender()


@pytest.fixture
def store() -> Iterator[Store]:
    store = open_store("sqlite://")
    yield store
    store.close()


@pytest.fixture
def make_desk(store: Store, policy: Policy, clock: Clock, sender: CollectingSender) -> Callable[..., Desk]:
    """Make further desks on the same store; what is given replaces what the first one has."""

    def make(**changes: Any) -> Desk:
        given = {"store": store, "policy": policy, "adapters": ADAPTERS, "sender": sender, "clock": clock}
        return Desk(**(given | changes))

    return make


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk()


@pytest.fixture
def alice() -> Actor:
    return Actor(kind="worker", id="alice")


@pytest.fixture
def painter() -> Actor:
    return Actor(kind="provider", id="clear-streets")


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with capture_logs() as captured:
        yield captured
