"""The token of one-click unsubscribing proves one message, and says nothing of whom it was for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.reference import read_token, reply_token
from onestop.core.unsubscribing import StopToken, read_stop_token, stop_token

KEY, OTHER = b"a secret of the council", b"the one of next year"
MESSAGE = "019c1f4a5b60a1b2c3d4e5f6m"


@settings(max_examples=100, deadline=None)
@given(st.text("abcdef0123456789_-", min_size=1, max_size=48), st.binary(min_size=1), st.booleans())
def test_a_token_proves_its_message_in_any_case_of_letters(message: str, key: bytes, shouted: bool) -> None:
    token = stop_token(message, key)

    read = read_stop_token(token.upper() if shouted else token, [OTHER + key, key])

    assert read == StopToken(message=message, proved=True)


@pytest.mark.parametrize("keys", [[], [OTHER], [KEY + b"x"]], ids=["no key", "another key", "nearly the key"])
def test_a_token_that_none_of_the_keys_signed_proves_nothing(keys: list[bytes]) -> None:
    assert read_stop_token(stop_token(MESSAGE, KEY), keys) == StopToken(message=MESSAGE, proved=False)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 41), st.sampled_from("abcdefm234567"))
def test_a_token_with_another_character_proves_nothing(place: int, character: str) -> None:
    token = stop_token(MESSAGE, KEY)
    changed = token[:place] + character + token[place + 1 :]

    read = read_stop_token(changed, [KEY])

    assert changed == token or read is None or not read.proved


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_is_read(text: str) -> None:
    read = read_stop_token(text, [KEY])

    assert read is None or not read.proved


def test_no_reply_token_unsubscribes_and_no_stop_token_opens_a_case() -> None:
    reply, stop = reply_token("NP-049N-3021", KEY), stop_token("np-049n-3021", KEY)

    assert read_stop_token(reply, [KEY]) is None
    assert read_token(stop, [KEY]) is None
