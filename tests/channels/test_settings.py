"""Adapters as a file configures them."""

from pathlib import Path

import pytest

from onestop.channels import load_adapters
from onestop.errors import RequestError

GOOD = """
[adapters.post]
adapter = "email"
reply_key = "a-reply-key-of-the-tests"
from_address = "contact@northport.example"

[adapters.texts]
adapter = "twilio_sms"
"""
SECRET = "a-secret-that-nobody-may-read"


def written(folder: Path, text: str) -> Path:
    path = folder / "adapters.toml"
    path.write_text(text, "utf-8")
    return path


def test_adapters_have_the_names_and_settings_of_their_tables(tmp_path: Path) -> None:
    adapters = load_adapters(written(tmp_path, GOOD))

    assert [(name, adapter.name, adapter.channel) for name, adapter in adapters.items()] == [
        ("post", "post", "email"),
        ("texts", "texts", "sms"),
    ]


def test_an_adapter_without_what_it_sends_with_does_not_send(tmp_path: Path) -> None:
    adapters = load_adapters(written(tmp_path, GOOD))

    assert [adapter.capabilities.sends for adapter in adapters.values()] == [True, False]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there must be at least one table"),
        ("adapters = 3", "there must be at least one table"),
        (f"{GOOD}\n[other]", "other: is not known here"),
        ("[adapters]\npost = 3", "adapters.post: must be a table"),
        ("[adapters.post]", "adapters.post: adapter must be one of call_note, "),
        ('[adapters.post]\nadapter = "email"\ncolour = 1', "colour is not known here; known are reply_key"),
        ('[adapters.post]\nadapter = "email"\nfrom_address = "nobody"', "adapters.post: "),
        ('[adapters.post]\nadapter = "email"\nown_addresses = 3', "a setting has a value that it cannot have"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RequestError) as told:
        load_adapters(written(tmp_path, text))

    assert said in str(told.value)


def test_no_setting_is_quoted(tmp_path: Path) -> None:
    text = f'[adapters.post]\nadapter = "email"\nfrom_address = "{SECRET}"\n[adapters.b]\nadapter = "{SECRET}"'

    with pytest.raises(RequestError) as told:
        load_adapters(written(tmp_path, text))

    assert SECRET not in str(told.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [(None, "cannot be read: No such file"), (b"\xff", "must be written in UTF-8"), (b"[adapters", "is not TOML")],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, data: bytes | None, said: str) -> None:
    path = tmp_path / "adapters.toml"
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(RequestError, match=said):
        load_adapters(path)
