"""Files are fetched from where it is allowed, as large as is allowed, and nothing else."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from onestop.gateways import Fetched, MediaFetcher, NotFetched

from .conftest import Answer, FileServer

PHOTO = (Path(__file__).parents[1] / "core" / "data" / "photos" / "phone.jpg").read_bytes()


@pytest.fixture
def make() -> Callable[..., MediaFetcher]:
    def fetcher(**settings: object) -> MediaFetcher:
        given = {"allow_hosts": ("127.0.0.1",), "allow_private": True, "timeout_s": 5}
        return MediaFetcher(**(given | settings))  # type: ignore[arg-type]  # settings of one test

    return fetcher


@pytest.fixture
def fetcher(make: Callable[..., MediaFetcher]) -> MediaFetcher:
    return make()


def test_a_file_is_fetched_as_it_is(fetcher: MediaFetcher, server: FileServer) -> None:
    url = server.keep("/photo?size=1", PHOTO)

    assert fetcher.fetch(url) == Fetched(PHOTO, "image/jpeg")


def test_the_type_is_what_the_content_shows(fetcher: MediaFetcher, server: FileServer) -> None:
    url = server.keep("/photo", PHOTO, "application/octet-stream")

    assert fetcher.fetch(url) == Fetched(PHOTO, "image/jpeg")


def test_sound_is_what_its_gateway_says_it_is(fetcher: MediaFetcher, server: FileServer) -> None:
    url = server.keep("/note", b"#!AMR\n...", "audio/amr; codecs=x")

    assert fetcher.fetch(url) == Fetched(b"#!AMR\n...", "audio/amr")


@pytest.mark.parametrize("media_type", ["text/html", "", "application/x-msdownload", "image"])
def test_a_file_of_another_type_is_not_taken(fetcher: MediaFetcher, server: FileServer, media_type: str) -> None:
    url = server.keep("/page", b"<html>", media_type)

    assert fetcher.fetch(url) == NotFetched("type_not_allowed", permanent=True)


# -- where -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/photo.jpg",
        "http://api.twilio.com/photo.jpg",
        "https://api.twilio.com.example.org/photo.jpg",
        "https://user@evil.example/api.twilio.com",
        "https://api.twilio.com:8443/photo.jpg",
        "https://api.twilio.com:99999/",
        "file:///etc/passwd",
        "ftp://api.twilio.com/photo.jpg",
        "https://[::1/photo.jpg",
        "//api.twilio.com/photo.jpg",
        "photo.jpg",
        "",
    ],
)
def test_a_host_that_is_not_allowed_is_never_asked(url: str) -> None:
    assert MediaFetcher().fetch(url) == NotFetched("host_not_allowed", permanent=True)


def test_a_star_allows_what_is_below_and_not_the_host_itself() -> None:
    fetcher = MediaFetcher(allow_hosts=["*.media.invalid"])

    found = [fetcher.fetch(f"https://{host}/a") for host in ("a.b.media.invalid", "media.invalid", "xmedia.invalid")]

    assert [each.code for each in found if isinstance(each, NotFetched)] == [
        "unreachable",
        "host_not_allowed",
        "host_not_allowed",
    ]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.1.1", "100.64.0.1", "0.0.0.0", "224.0.0.1"],
)
def test_an_address_of_a_private_network_is_not_asked_though_its_host_is_allowed(address: str) -> None:
    found = MediaFetcher(allow_hosts=[address]).fetch(f"https://{address}/a")

    assert found == NotFetched("address_private", permanent=True)


@pytest.mark.parametrize(
    "address",
    ["::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1", "2002:a00:1::", "64:ff9b::a9fe:a9fe", "fec0::1", "::7f00:1"],
)
def test_nor_is_one_of_ipv6(address: str) -> None:
    found = MediaFetcher(allow_hosts=[address]).fetch(f"https://[{address}]/a")

    assert found == NotFetched("address_private", permanent=True)


def test_a_name_that_leads_to_this_machine_is_not_followed() -> None:
    found = MediaFetcher(allow_hosts=["localhost"]).fetch("https://localhost/a")

    assert found == NotFetched("address_private", permanent=True)


def test_redirects_are_followed_to_allowed_hosts(fetcher: MediaFetcher, server: FileServer) -> None:
    server.keep("/there", PHOTO)
    server.answers["/here"] = Answer(status=307, headers={"Location": "/there"})

    assert fetcher.fetch(server.url("/here")) == Fetched(PHOTO, "image/jpeg")


def test_redirects_to_other_hosts_are_not_followed(fetcher: MediaFetcher, server: FileServer) -> None:
    elsewhere = server.url("/there").replace("127.0.0.1", "localhost")
    server.answers["/here"] = Answer(status=302, headers={"Location": elsewhere})

    assert fetcher.fetch(server.url("/here")) == NotFetched("host_not_allowed", permanent=True)
    assert [path for path, _ in server.asked] == ["/here"]


def test_redirects_without_end_are_given_up(fetcher: MediaFetcher, server: FileServer) -> None:
    server.answers["/round"] = Answer(status=302, headers={"Location": "/round"})

    assert fetcher.fetch(server.url("/round")) == NotFetched("redirects", permanent=True)
    assert len(server.asked) == 6


def test_credentials_go_to_their_host_alone(make: Callable[..., MediaFetcher], server: FileServer) -> None:
    server.keep("/there", PHOTO)
    elsewhere = server.url("/there").replace("127.0.0.1", "localhost")
    server.answers["/here"] = Answer(status=302, headers={"Location": elsewhere})
    fetcher = make(allow_hosts=["127.0.0.1", "localhost"], auth={"127.0.0.1": ("AC1", "token")})

    fetched = fetcher.fetch(server.url("/here"))

    assert fetched == Fetched(PHOTO, "image/jpeg")
    assert [headers.get("authorization") for _, headers in server.asked] == ["Basic QUMxOnRva2Vu", None]
    assert [headers["host"].partition(":")[0] for _, headers in server.asked] == ["127.0.0.1", "localhost"]


# -- how much, how long ------------------------------------------------------------------------------------------------


def test_a_file_that_promises_to_be_too_large_is_not_begun(
    make: Callable[..., MediaFetcher], server: FileServer
) -> None:
    server.answers["/large"] = Answer(headers={"Content-Type": "image/jpeg"}, length=1001, pieces=(b"",), pause_s=3)

    started = time.monotonic()

    assert make(max_bytes=1000).fetch(server.url("/large")) == NotFetched("too_large", permanent=True)
    assert time.monotonic() - started < 2


def test_a_file_that_turns_out_too_large_is_let_go(make: Callable[..., MediaFetcher]) -> None:
    taken = 0

    class Endless:
        status = 200
        headers = {"content-type": "image/jpeg", "content-length": "10"}  # noqa: RUF012 — a constant of one test

        def chunks(self) -> object:
            nonlocal taken
            while True:
                taken += 1
                yield bytes(100)

        def __enter__(self) -> Endless:
            return self

        def __exit__(self, *args: object) -> None:
            pass

    class Transport:
        def get(self, url: str, **settings: object) -> Endless:
            return Endless()

    found = make(max_bytes=1000, transport=Transport()).fetch("http://127.0.0.1/a")

    assert found == NotFetched("too_large", permanent=True)
    assert taken == 11


def test_a_file_just_within_the_limit_is_taken(make: Callable[..., MediaFetcher], server: FileServer) -> None:
    url = server.keep("/photo", PHOTO)

    assert make(max_bytes=len(PHOTO)).fetch(url) == Fetched(PHOTO, "image/jpeg")
    assert make(max_bytes=len(PHOTO) - 1).fetch(url) == NotFetched("too_large", permanent=True)


def test_a_host_that_drips_is_left(make: Callable[..., MediaFetcher], server: FileServer) -> None:
    server.answers["/drip"] = Answer(pieces=(b"x",) * 50, pause_s=0.1)
    started = time.monotonic()

    found = make(timeout_s=0.5).fetch(server.url("/drip"))

    assert found == NotFetched("timeout", permanent=False)
    assert time.monotonic() - started < 3


def test_a_host_that_says_nothing_is_left(make: Callable[..., MediaFetcher], server: FileServer) -> None:
    server.answers["/silent"] = Answer(length=10, pieces=(b"x", b"x"), pause_s=1.5)

    assert make(timeout_s=0.3).fetch(server.url("/silent")) == NotFetched("unreachable", permanent=False)


def test_what_is_packed_is_not_unpacked(fetcher: MediaFetcher, server: FileServer) -> None:
    server.answers["/bomb"] = Answer(headers={"Content-Type": "image/jpeg", "Content-Encoding": "gzip"}, pieces=(b"x",))

    assert fetcher.fetch(server.url("/bomb")) == NotFetched("encoded", permanent=True)
    assert server.asked[0][1]["accept-encoding"] == "identity"


def test_a_connection_that_breaks_is_tried_again(fetcher: MediaFetcher, server: FileServer) -> None:
    server.answers["/broken"] = Answer(headers={"Content-Type": "image/jpeg"}, length=100, pieces=(b"half",))

    assert fetcher.fetch(server.url("/broken")) == NotFetched("unreachable", permanent=False)


def test_a_host_that_is_not_there_is_tried_again(fetcher: MediaFetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    assert fetcher.fetch(f"http://127.0.0.1:{port}/a") == NotFetched("unreachable", permanent=False)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, NotFetched("unavailable", permanent=False)),
        (404, NotFetched("unavailable", permanent=False)),
        (429, NotFetched("unavailable", permanent=False)),
        (503, NotFetched("unavailable", permanent=False)),
        (410, NotFetched("gone", permanent=True)),
        (400, NotFetched("refused", permanent=True)),
        (204, NotFetched("refused", permanent=True)),
        (304, NotFetched("refused", permanent=True)),
    ],
)
def test_each_status_says_whether_to_try_again(
    fetcher: MediaFetcher, server: FileServer, status: int, expected: NotFetched
) -> None:
    server.answers["/a"] = Answer(status=status, headers={"Content-Type": "image/jpeg"})

    assert fetcher.fetch(server.url("/a")) == expected
