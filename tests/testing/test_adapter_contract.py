"""The contract finds each fault that an adapter can have."""

import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from onestop.channels import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.core.enquiry import Enquiry
from onestop.errors import OnestopError, PayloadError, SignatureError
from onestop.testing import AdapterContract, load_fixture, watch

WORDS = b"the bin of 07700 900123"
EXPECTED = {"channel": "sms", "adapter": "sound", "received_at": "2026-03-02T09:30:00.000000Z", "text": WORDS.decode()}


class Sound:
    """An adapter without a fault: the body is the text."""

    name = "sound"
    channel = "sms"
    capabilities = Capabilities(signed=True)

    def parse(self, raw: Raw, /) -> list[Enquiry]:
        try:
            text = raw.body.decode("ascii")
        except UnicodeDecodeError:
            raise PayloadError("the body is no ASCII", adapter=self.name) from None
        return [Enquiry(channel="sms", adapter=self.name, received_at=raw.received_at, text=text)]

    def verify(self, raw: Raw, /) -> None:
        if raw.header("proof") != "given":
            raise SignatureError("the proof is missing")

    def acknowledge(
        self, error: OnestopError | None = None, /, *, raw: Raw | None = None, taken: Sequence[Taken] = ()
    ) -> HttpResponse:
        if error is None:
            return HttpResponse(status=200)
        return HttpResponse(status=503 if error.retryable else 400)

    def render(self, message: Message, /) -> GatewayRequest:
        raise PayloadError("nothing is sent", adapter=self.name)


class AsksTheClock(Sound):
    def parse(self, raw: Raw, /) -> list[Enquiry]:
        return [each.model_copy(update={"sent_at": datetime.now(UTC)}) for each in super().parse(raw)]


class AsksTheEnvironment(Sound):
    def parse(self, raw: Raw, /) -> list[Enquiry]:
        return super().parse(raw) if os.environ.get("COUNCIL") is None else []


class OpensAFile(Sound):
    def parse(self, raw: Raw, /) -> list[Enquiry]:
        Path(os.devnull).read_bytes()
        return super().parse(raw)


class Quotes(Sound):
    def parse(self, raw: Raw, /) -> list[Enquiry]:
        if raw.body != WORDS:
            raise PayloadError(f"{raw.body!r} is wrong")
        return super().parse(raw)


class QuotesInTheCause(Sound):
    def parse(self, raw: Raw, /) -> list[Enquiry]:
        try:
            return [] if int(raw.body) else super().parse(raw)
        except ValueError as exc:
            raise PayloadError("the body is no number") from exc


class RaisesAnything(Sound):
    def parse(self, raw: Raw, /) -> list[Enquiry]:
        return super().parse(raw) if raw.body[22] else []


class TakesAnotherName(Sound):
    def parse(self, raw: Raw, /) -> list[Enquiry]:
        return [each.model_copy(update={"adapter": "other"}) for each in super().parse(raw)]


class TakesAnotherChannel(Sound):
    def parse(self, raw: Raw, /) -> list[Enquiry]:
        return [each.model_copy(update={"channel": "chat"}) for each in super().parse(raw)]


class Remembers(Sound):
    def __init__(self) -> None:
        self.count = 0

    def parse(self, raw: Raw, /) -> list[Enquiry]:
        self.count += 1
        return [each.model_copy(update={"source_id": str(self.count)}) for each in super().parse(raw)]


class LetsEverybodyIn(Sound):
    def verify(self, raw: Raw, /) -> None:
        return


class AlwaysSatisfied(Sound):
    def acknowledge(
        self, error: OnestopError | None = None, /, *, raw: Raw | None = None, taken: Sequence[Taken] = ()
    ) -> HttpResponse:
        return HttpResponse(status=200)


class SendsNothing(Sound):
    def render(self, message: Message, /) -> GatewayRequest:
        return GatewayRequest(url="https://api.example/", body=b"x")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    fixture: dict[str, Any] = {
        "request": {"body": WORDS.decode(), "received_at": "2026-03-02T09:30:00Z"},
        "enquiries": [EXPECTED],
    }
    file = tmp_path / "plain.json"
    file.write_text(json.dumps(fixture), "utf-8")
    return file


def contract(adapter: Sound, path: Path) -> AdapterContract:
    class Contract(AdapterContract):
        def sign(self, raw: Raw) -> Raw:
            return raw.model_copy(update={"headers": {"Proof": "given"}})

    Contract.adapter, Contract.fixtures = adapter, path.parent
    return Contract()


def checks_of(kit: AdapterContract, path: Path) -> dict[str, Callable[[], None]]:
    names = [name for name in dir(kit) if name.startswith("test_") and name != "test_what_it_renders_it_can_read"]
    return {name: _bound(getattr(kit, name), path) for name in names}


def _bound(test: Callable[..., None], path: Path) -> Callable[[], None]:
    return (lambda: test(path)) if "path" in test.__code__.co_varnames[1:2] else test


def test_a_sound_adapter_passes_every_test(path: Path) -> None:
    for test in checks_of(contract(Sound(), path), path).values():
        test()


@pytest.mark.parametrize(
    ("adapter", "test"),
    [
        (AsksTheClock, "test_it_asks_nothing_of_the_world"),
        (AsksTheClock, "test_the_same_payload_gives_the_same_result"),
        (AsksTheEnvironment, "test_it_asks_nothing_of_the_world"),
        (OpensAFile, "test_it_asks_nothing_of_the_world"),
        (Quotes, "test_its_errors_tell_no_secret_and_no_personal_data"),
        (QuotesInTheCause, "test_its_errors_tell_no_secret_and_no_personal_data"),
        (RaisesAnything, "test_a_payload_cut_short_is_read_or_refused"),
        (RaisesAnything, "test_junk_is_read_or_refused"),
        (TakesAnotherName, "test_its_results_carry_its_name_and_channel"),
        (TakesAnotherChannel, "test_its_results_carry_its_name_and_channel"),
        (TakesAnotherChannel, "test_it_reads_what_the_fixture_expects"),
        (Remembers, "test_the_same_payload_gives_the_same_result"),
        (LetsEverybodyIn, "test_an_unsigned_request_is_refused"),
        (LetsEverybodyIn, "test_a_signed_request_is_accepted_and_a_damaged_proof_is_not"),
        (AlwaysSatisfied, "test_it_answers_as_http_expects"),
        (SendsNothing, "test_it_renders_what_it_can_send_and_refuses_the_rest"),
        (SendsNothing, "test_an_empty_message_is_refused"),
    ],
)
def test_a_fault_is_found(adapter: type[Sound], test: str, path: Path) -> None:
    run = checks_of(contract(adapter(), path), path)[test]

    with pytest.raises((AssertionError, IndexError, pytest.fail.Exception)):
        run()


def test_an_adapter_without_fixtures_fails(tmp_path: Path) -> None:
    kit = contract(Sound(), tmp_path / "nothing.json")

    with pytest.raises(AssertionError, match="record one request"):
        kit.test_it_has_fixtures()


def test_a_difference_is_shown_line_by_line(path: Path) -> None:
    path.write_text(path.read_text().replace('"text": "the bin', '"text": "two bins'))

    with pytest.raises(AssertionError, match=r'-\s+"text": "two bins of 07700 900123"'):
        contract(Sound(), path).test_it_reads_what_the_fixture_expects(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"request": {}, "enquiries": []}', '{"request": {"body": 1}}'])
def test_a_file_that_is_no_fixture_is_named(text: str, tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text(text)

    with pytest.raises(ValueError, match=r"broken\.json"):
        load_fixture(file)


def test_watching_ends_with_its_block() -> None:
    with watch() as asked:
        pass
    Path(os.devnull).read_bytes()

    assert asked == []
