"""The contract finds an adapter that is not what it says."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from onestop.channels import Capabilities, GatewayRequest, Message, Parsed, Raw
from onestop.core.enquiry import Attachment, DeliveryReport, Enquiry
from onestop.errors import PayloadError, SignatureError
from onestop.testing import AdapterContract

SECRET = "a-secret-of-the-council"
RECEIVED = "2026-03-02T09:30:00Z"


class Sound:
    """An adapter without a fault: JSON of a text or a status, signed with a time over both."""

    name = "sound"
    channel = "sms"
    capabilities = Capabilities(text_limit=10, receipts=True, sends=True, signed=True)
    tolerance = timedelta(minutes=5)
    kinds: ClassVar[dict[str, Any]] = {"arrived": "delivered", "lost": "failed"}

    def parse(self, raw: Raw, /) -> list[Parsed]:
        content = json.loads(raw.body)
        given = {"channel": "sms", "adapter": self.name, "source_id": content["id"], "received_at": raw.received_at}
        if status := content.get("status"):
            return [DeliveryReport(kind=self.kind_of(status), status=status, **given)]
        return [Enquiry(text=content["text"], **given)]

    def kind_of(self, status: str) -> Any:
        return self.kinds.get(status, "unknown")

    def verify(self, raw: Raw, /) -> None:
        moment, _, proof = (raw.header("proof") or "0 ").partition(" ")
        if not moment.isdigit():
            raise SignatureError("the proof has no time")
        signed = datetime.fromtimestamp(int(moment), UTC)
        if abs(raw.received_at - signed) > self.tolerance or proof != proof_of(raw.body, moment):
            raise SignatureError("the proof is old or wrong")

    def render(self, message: Message, /) -> GatewayRequest:
        if not 0 < len(message.text) <= 10:
            raise PayloadError("a text has 1 to 10 characters", adapter=self.name)
        return GatewayRequest(url="https://api.example/", body=message.text.encode())


def proof_of(body: bytes, moment: str) -> str:
    return hashlib.sha256(SECRET.encode() + moment.encode() + body).hexdigest()


class MakesIdsOfTheTime(Sound):
    def parse(self, raw: Raw, /) -> list[Parsed]:
        return [each.model_copy(update={"source_id": str(raw.received_at)}) for each in super().parse(raw)]


class TakesOldProofs(Sound):
    def verify(self, raw: Raw, /) -> None:
        moment = (raw.header("proof") or "0 ").partition(" ")[0]
        super().verify(raw.model_copy(update={"received_at": datetime.fromtimestamp(int(moment), UTC)}))


class TakesProofsOfOtherRequests(Sound):
    def verify(self, raw: Raw, /) -> None:
        if len(raw.header("proof") or "") != 75:
            raise SignatureError("the proof is short")


class ShowsItsSecret(Sound):
    def __repr__(self) -> str:
        return f"ShowsItsSecret({SECRET!r})"


class QuotesTheProof(Sound):
    def verify(self, raw: Raw, /) -> None:
        raise SignatureError(f"{raw.header('proof')} is wrong")


class GuessesTheStatus(Sound):
    def kind_of(self, status: str) -> Any:
        return self.kinds.get(status, "delivered")


class ClaimsFiles(Sound):
    capabilities = Sound.capabilities.model_copy(update={"attachments": True})


class ReadsFilesUnclaimed(Sound):
    def parse(self, raw: Raw, /) -> list[Parsed]:
        files = (Attachment(filename="a.jpg", media_type="image/jpeg"),)
        return [each.model_copy(update={"attachments": files}) for each in super().parse(raw)]


class ReportsUnclaimed(Sound):
    capabilities = Sound.capabilities.model_copy(update={"receipts": False})


class ClaimsReplies(Sound):
    capabilities = Sound.capabilities.model_copy(update={"replies": True})  # and nobody's address is in any fixture


class SignsUnclaimed(Sound):
    capabilities = Sound.capabilities.model_copy(update={"signed": False})


class SendsLessThanItSays(Sound):
    capabilities = Sound.capabilities.model_copy(update={"text_limit": 20})


class SendsMoreThanItSays(Sound):
    capabilities = Sound.capabilities.model_copy(update={"text_limit": 5})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    bodies = {
        "text": {"id": "1", "text": "Bin"},
        "arrived": {"id": "2", "status": "arrived"},
        "lost": {"id": "3", "status": "lost"},
    }
    for name, body in bodies.items():
        says = {key: value for key, value in body.items() if key != "id"} | {
            "kind": Sound.kinds.get(body.get("status", ""), "message")
        }
        fixture = {"request": {"body": json.dumps(body), "received_at": RECEIVED}, "enquiries": [says]}
        (tmp_path / f"{name}.json").write_text(json.dumps(fixture), "utf-8")
    return tmp_path


def contract(adapter: Sound, folder: Path) -> AdapterContract:
    class Contract(AdapterContract):
        secrets = (SECRET,)

        def sign(self, raw: Raw) -> Raw:
            moment = str(int(raw.received_at.timestamp()))
            return raw.model_copy(update={"headers": {"Proof": f"{moment} {proof_of(raw.body, moment)}"}})

    Contract.adapter, Contract.fixtures = adapter, folder  # type: ignore[assignment]  # half an adapter: enough here
    return Contract()


def run(adapter: Sound, test: str, folder: Path) -> None:
    method: Callable[..., None] = getattr(contract(adapter, folder), test)
    if "path" in method.__code__.co_varnames[1:2]:
        for path in sorted(folder.glob("*.json")):
            method(path)
    else:
        method()


FAULTS = [
    (MakesIdsOfTheTime, "test_a_repeat_has_the_same_identity"),
    (TakesOldProofs, "test_an_old_proof_is_refused"),
    (TakesProofsOfOtherRequests, "test_a_proof_of_another_request_is_refused"),
    (ShowsItsSecret, "test_it_shows_no_secret"),
    (QuotesTheProof, "test_it_shows_no_secret"),
    (GuessesTheStatus, "test_a_status_of_next_year_is_no_guess"),
    (ClaimsFiles, "test_its_capabilities_are_shown_by_fixtures"),
    (ReadsFilesUnclaimed, "test_its_capabilities_are_shown_by_fixtures"),
    (ReportsUnclaimed, "test_its_capabilities_are_shown_by_fixtures"),
    (ClaimsReplies, "test_its_capabilities_are_shown_by_fixtures"),
    (SignsUnclaimed, "test_its_signature_is_claimed"),
    (SendsLessThanItSays, "test_a_text_is_as_long_as_it_says"),
    (SendsMoreThanItSays, "test_a_text_is_as_long_as_it_says"),
]


@pytest.mark.parametrize("test", sorted({test for _, test in FAULTS}))
def test_an_honest_adapter_passes(test: str, folder: Path) -> None:
    run(Sound(), test, folder)


@pytest.mark.parametrize(("adapter", "test"), FAULTS)
def test_a_false_claim_is_found(adapter: type[Sound], test: str, folder: Path) -> None:
    with pytest.raises((AssertionError, PayloadError, pytest.fail.Exception)):
        run(adapter(), test, folder)
