"""`handle`: a whole web view, which refuses, takes in, and answers as the gateway expects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onestop import Desk, Policy, open_store
from onestop.channels.email import Email
from onestop.channels.phone import CallNote
from onestop.channels.web import WebForm
from onestop.errors import RequestError
from onestop.stores import open as opening

from .conftest import ADAPTERS
from .payloads import Clock, Payloads


def test_a_request_without_proof_is_refused_and_nothing_is_kept(
    desk: Desk, payloads: Payloads, logs: list[Any]
) -> None:
    answer = desk.handle(*payloads.text("Graffiti"))

    assert answer.status == 403
    assert answer.receipts == ()
    assert {*desk.counts().values()} == {0}
    assert [entry["event"] for entry in logs] == ["request.refused"]


def test_a_request_with_proof_is_taken_in_and_acknowledged(desk: Desk, payloads: Payloads) -> None:
    name, raw = payloads.call("Graffiti")
    signed = raw.model_copy(update={"headers": {"Authorization": "Bearer secret"}})

    answer = desk.handle(name, signed)

    assert answer.status == 202
    assert [receipt.outcome for receipt in answer.receipts] == ["opened"]
    assert desk.counts()["cases"] == 1


def test_a_request_without_proof_is_taken_in_where_the_host_vouches_for_it(
    make_desk: Callable[..., Desk], payloads: Payloads
) -> None:
    desk = make_desk(unsigned=["email"])

    answer = desk.handle(*payloads.mail("Graffiti"))
    others = desk.handle(*payloads.call("Graffiti"))

    assert (answer.status, others.status) == (202, 403)


def test_a_host_cannot_vouch_for_requests_that_can_prove_themselves(make_desk: Callable[..., Desk]) -> None:
    with pytest.raises(RequestError, match="call_note, twilio_sms can prove"):
        make_desk(unsigned=["twilio_sms", "call_note", "web_form"])


def test_a_payload_that_cannot_be_read_is_acknowledged_since_it_is_kept(
    make_desk: Callable[..., Desk], payloads: Payloads
) -> None:
    adapters = {"email": Email(), "call_note": CallNote(), "web_form": WebForm()}
    desk = make_desk(adapters=adapters, unsigned=[*adapters])

    statuses = [desk.handle(name, payloads.raw(b"")).status for name in adapters]

    assert [status // 100 for status in statuses] == [2, 2, 2]
    assert len(desk.rejected()) == 3


def test_a_gateway_is_asked_to_come_again_while_the_store_is_busy(
    tmp_path: Path, policy: Policy, clock: Clock, payloads: Payloads, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    monkeypatch.setattr(opening, "BUSY_TIMEOUT_S", 0)
    store, other = (open_store(f"sqlite:///{tmp_path / 'onestop.db'}") for _ in range(2))
    adapters = {"call_note": CallNote(), "email": Email()}
    desk = Desk(store, policy, adapters, unsigned=[*adapters], clock=clock)
    with other.write():
        answers = [desk.handle(*payload) for payload in (payloads.call("Graffiti"), payloads.mail("Graffiti"))]

    store.close()
    other.close()

    assert [answer.status for answer in answers] == [503, 503]
    assert [entry for entry in logs if entry["event"] == "request.failed"] == [
        {"event": "request.failed", "log_level": "info", "adapter": name, "code": "busy"}
        for name in ("call_note", "email")
    ]


def test_a_store_that_cannot_be_used_is_no_success(
    tmp_path: Path, policy: Policy, clock: Clock, payloads: Payloads
) -> None:
    path = tmp_path / "onestop.db"
    first = open_store(f"sqlite:///{path}")
    Desk(first, policy, ADAPTERS, clock=clock)
    first.close()
    read_only = open_store(f"sqlite:///file:{path}?mode=ro&uri=true")
    desk = Desk(read_only, policy, {"call_note": CallNote()}, unsigned=["call_note"], clock=clock)

    answer = desk.handle(*payloads.call("Graffiti"))

    read_only.close()
    assert answer.status == 500
