"""One click in a mail program stops what it names; looking at the address stops nothing (RFC 8058)."""

from pathlib import Path

import pytest

from onestop.channels.web import Unsubscribe
from onestop.core.gateway import Raw, Taken
from onestop.core.unsubscribing import stop_token
from onestop.errors import PayloadError, SignatureError
from onestop.testing import AdapterContract
from onestop.testing.fixtures import load_fixture

KEYS = ("the-reply-key-of-the-council", "the-one-before")
MESSAGE = "019c1f4a5b60a1b2c3d4e5f6m"
FIXTURES = Path(__file__).parent / "fixtures" / "unsubscribe"
OURS = ("one_click", "one_click_multipart", "button_of_the_page", "upper_case", "more_in_the_query", "looked_at")
NOT_OURS = ("token_missing", "token_twice", "token_cut", "token_foreign", "token_guessed", "token_in_the_body")


def request(name: str) -> Raw:
    return load_fixture(FIXTURES / f"{name}.json")[0]


class TestUnsubscribe(AdapterContract):
    adapter = Unsubscribe(key=KEYS)
    fixtures = FIXTURES
    secrets = KEYS

    def test_an_unsigned_request_is_refused(self, path: Path) -> None:
        """The proof is no header: it stands in the address."""
        raw, _ = load_fixture(path)

        with pytest.raises(SignatureError):
            self.adapter.verify(raw.model_copy(update={"url": raw.url.partition("?")[0]}))


@pytest.mark.parametrize("name", OURS)
def test_a_link_of_ours_proves_itself(name: str) -> None:
    Unsubscribe(key=KEYS).verify(request(name))


@pytest.mark.parametrize("name", NOT_OURS)
def test_no_other_link_does(name: str) -> None:
    with pytest.raises(SignatureError):
        Unsubscribe(key=KEYS).verify(request(name))


def test_a_key_that_was_changed_proves_what_it_signed_until_it_is_given_up() -> None:
    url = f"https://northport.example/unsubscribe?t={stop_token(MESSAGE, KEYS[1].encode())}"
    raw = request("one_click").model_copy(update={"url": url})

    Unsubscribe(key=KEYS).verify(raw)

    with pytest.raises(SignatureError):
        Unsubscribe(key=KEYS[0]).verify(raw)
    with pytest.raises(PayloadError):
        Unsubscribe(key=KEYS[0]).parse(raw)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", ""])
def test_nothing_but_a_post_stops_anything(method: str) -> None:
    raw = request("one_click").model_copy(update={"method": method})

    try:
        stopped = Unsubscribe(key=KEYS).parse(raw)
    except PayloadError:
        stopped = []

    assert not stopped


def test_without_a_key_nobody_is_believed_at_the_door() -> None:
    with pytest.raises(SignatureError):
        Unsubscribe().verify(request("one_click"))


def test_whoever_only_looks_sees_a_button_that_posts_what_one_click_posts() -> None:
    adapter = Unsubscribe(key=KEYS)

    page = adapter.acknowledge(raw=request("looked_at")).body.decode()

    assert '<form method="post">' in page
    assert 'name="List-Unsubscribe" value="One-Click"' in page
    assert 'lang="cy"' in page


@pytest.mark.parametrize(
    ("outcome", "says"), [("recorded", "It is done"), ("repeat", "It is done"), ("rejected", "Nothing was changed")]
)
def test_whoever_pressed_it_is_told_what_became_of_it(outcome: str, says: str) -> None:
    answer = Unsubscribe(key=KEYS).acknowledge(raw=request("one_click"), taken=[Taken(outcome=outcome)])

    assert answer.status == 200
    assert says in answer.body.decode()
    assert "<form" not in answer.body.decode()


def test_an_address_that_is_none_is_refused_in_time_that_follows_its_length() -> None:
    for url in ("http://[::1", "x" * 100_000, "?t=" + "a" * 100_000, "?" + "t=&" * 600):
        with pytest.raises(PayloadError):
            Unsubscribe(key=KEYS).parse(request("one_click").model_copy(update={"url": url}))
