"""What a gateway is told of an error: every adapter says the same, so that no host has to know which one it asked."""

from __future__ import annotations

import pytest

from onestop.channels import Adapter, discover
from onestop.errors import (
    BusyError,
    ConflictError,
    LimitError,
    OnestopError,
    PayloadError,
    SignatureError,
    StoreError,
)

FINAL = {
    "payload": (PayloadError("no text"), 400),
    "limit": (LimitError("too long"), 400),
    "signature": (SignatureError("none"), 403),
}
TO_BE_SENT_AGAIN = {
    "busy": (BusyError("locked"), 503),
    "conflict": (ConflictError("changed"), 503),
    "store": (StoreError("the disk is full"), 500),
    "unknown": (OnestopError("of a later release"), 500),
}


@pytest.fixture(params=discover().items(), ids=lambda entry: entry[0])
def adapter(request: pytest.FixtureRequest) -> Adapter:
    made: Adapter = request.param[1]()
    return made


@pytest.mark.parametrize(
    ("error", "status"), [*FINAL.values(), *TO_BE_SENT_AGAIN.values()], ids=[*FINAL, *TO_BE_SENT_AGAIN]
)
def test_only_a_wrong_payload_or_sender_is_told_not_to_come_again(
    adapter: Adapter, error: OnestopError, status: int
) -> None:
    answer = adapter.acknowledge(error)

    assert answer.status == status


def test_what_was_taken_in_is_told_so(adapter: Adapter) -> None:
    answer = adapter.acknowledge()

    assert 200 <= answer.status < 300
