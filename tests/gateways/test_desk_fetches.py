"""A desk with a fetcher that opens real sockets, and a gateway that answers on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from onestop import Desk, Raw, load_policy, open_store
from onestop.channels.web import Open311
from onestop.core.events import FileFetched
from onestop.gateways import MediaFetcher

from .conftest import Answer, FileServer

TESTS = Path(__file__).parents[1]
PHOTO = (TESTS / "core" / "data" / "photos" / "phone.jpg").read_bytes()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = open_store(f"sqlite:///{tmp_path / 'onestop.db'}")
    fetcher = MediaFetcher(allow_hosts=["127.0.0.1"], allow_private=True, timeout_s=5)
    yield Desk(store, load_policy(TESTS / "desk" / "policy"), {"open311": Open311()}, fetcher=fetcher)
    store.close()


def reported(desk: Desk, *urls: str) -> str:
    """Take in a service request with photos at these addresses; give the case's reference."""
    pairs = [("service_code", "graffiti"), ("lat", "53.4"), ("long", "-2.9"), *(("media_url", url) for url in urls)]
    raw = Raw(body=urlencode(pairs).encode(), received_at=datetime(2026, 3, 2, 9, tzinfo=UTC))
    return desk.receive("open311", raw)[0].reference or ""


def test_photos_are_fetched_and_kept(desk: Desk, server: FileServer) -> None:
    reference = reported(desk, server.keep("/a.jpg", PHOTO), server.keep("/b.jpg", PHOTO))

    desk.run_due()

    case = desk.case(reference)
    assert [case.file(file.content or "") for file in case.files()] == [PHOTO, PHOTO]
    assert [path for path, _ in server.asked] == ["/a.jpg", "/b.jpg"]
    assert list(desk.verify()) == []


def test_a_redirect_into_a_private_network_is_not_followed(desk: Desk, server: FileServer) -> None:
    server.answers["/a.jpg"] = Answer(status=302, headers={"Location": "http://169.254.169.254/latest"})
    reference = reported(desk, server.url("/a.jpg"))

    desk.run_due()

    case = desk.case(reference)
    assert [event.code for event in case.events() if isinstance(event, FileFetched)] == ["host_not_allowed"]
    assert "media_missing" in case.flags


def test_an_enquiry_is_taken_in_though_its_gateway_is_down(desk: Desk, server: FileServer) -> None:
    server.answers["/a.jpg"] = Answer(status=503)
    reference = reported(desk, server.url("/a.jpg"))

    due = desk.run_due()

    assert due.timers == 1
    assert [file.state for file in desk.case(reference).files()] == ["waiting"]
