"""Adapters are found by the entry points that installed distributions declare."""

from pathlib import Path

import pytest

from onestop.channels import Adapter, discover
from onestop.channels.discover import GROUP
from onestop.errors import NotFoundError


def install(folder: Path, entry: str) -> None:
    """Put a distribution on disk as an installer does, declaring one adapter."""
    info = folder / "acme_onestop-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-onestop\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nacme_sms = {entry}\n")
    (folder / "acme_onestop_adapter.py").write_text("class AcmeSms:\n    name = 'acme_sms'\n")


def test_the_four_channels_have_their_adapters() -> None:
    found = discover()

    assert {name: found[name].__name__ for name in ("call_note", "email", "twilio_sms", "web_form")} == {
        "call_note": "CallNote",
        "email": "Email",
        "twilio_sms": "TwilioSms",
        "web_form": "WebForm",
    }


def test_each_is_made_without_settings_and_named_by_its_entry_point() -> None:
    made = {name: adapter() for name, adapter in discover().items()}

    assert all(isinstance(adapter, Adapter) for adapter in made.values())
    assert {name: adapter.name for name, adapter in made.items()} == {name: name for name in made}


def test_names_come_in_their_order() -> None:
    names = list(discover())

    assert names == sorted(names)


def test_an_adapter_of_another_distribution_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "acme_onestop_adapter:AcmeSms")
    monkeypatch.syspath_prepend(tmp_path)

    found = discover()

    assert found["acme_sms"].__name__ == "AcmeSms"


@pytest.mark.parametrize("entry", ["acme_onestop_adapter:Missing", "no_such_module_of_acme:AcmeSms"])
def test_an_entry_point_that_leads_nowhere_is_named(
    entry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, entry)
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(NotFoundError, match="acme_sms"):
        discover()
