"""What an adapter says of itself, held against what it does: its proofs, its capabilities, its secrets."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from onestop.channels.base import Adapter, Parsed
from onestop.core.contact import mailto_urn, post_urn, tel_urn
from onestop.core.enquiry import DeliveryReport, Enquiry
from onestop.core.gateway import Message, Raw
from onestop.core.model import FrozenMap
from onestop.errors import PayloadError, SignatureError
from onestop.testing.fixtures import load_fixture

__all__ = ["ClaimsContract", "fixture_paths", "message_for", "results_of"]

_NEXT_YEAR = b"zz-word-of-next-year"


class ClaimsContract:
    """The part of `AdapterContract` that asks whether an adapter is what it says."""

    adapter: ClassVar[Adapter]
    fixtures: ClassVar[Path]
    secrets: ClassVar[tuple[str, ...]] = ()  # what the adapter was configured with, and must never show

    def sign(self, raw: Raw) -> Raw | None:
        """
        Give the request with the proof that `verify` accepts; None: the adapter knows no proof.

        A proof that holds a time holds `raw.received_at`; the adapter has `tolerance`, how old it may be.
        """
        return None

    def _signed(self) -> Iterator[tuple[Raw, Raw, list[str]]]:
        """Give each fixture's request, the same with its proof, and the headers that prove it."""
        for path in fixture_paths(self.fixtures):
            raw, _ = load_fixture(path)
            if (signed := self.sign(raw)) is not None:
                yield raw, signed, [name for name, value in signed.headers.items() if raw.header(name) != value]

    def test_a_repeat_has_the_same_identity(self, path: Path) -> None:
        """What a gateway sends again a minute later is told by adapter, source id and digest."""
        raw, _ = load_fixture(path)
        later = raw.model_copy(update={"received_at": raw.received_at + timedelta(minutes=1)})

        first, again = results_of(self.adapter, raw), results_of(self.adapter, later)

        assert [_identity(each) for each in again] == [_identity(each) for each in first]

    def test_an_old_proof_is_refused(self) -> None:
        """A request that was overheard cannot be sent again when its time is over, nor dated ahead."""
        tolerance: timedelta | None = getattr(self.adapter, "tolerance", None)
        if tolerance is None:
            pytest.skip("the proofs of this gateway hold no time: give the adapter `tolerance` where they do")
        signed = [signed for _, signed, _ in self._signed()]
        assert signed, "override sign(): an adapter with `tolerance` has proofs"

        for request in signed:
            self.adapter.verify(_moved(request, tolerance / 2))

            for by in (tolerance + timedelta(seconds=1), -tolerance - timedelta(seconds=1)):
                with pytest.raises(SignatureError):
                    self.adapter.verify(_moved(request, by))

    def test_a_proof_of_another_request_is_refused(self) -> None:
        """Where a proof is made over the content, it proves nothing else."""
        requests = [
            (raw, signed, {name: signed.headers[name] for name in names}) for raw, signed, names in self._signed()
        ]
        pairs = [
            (signed, proof)
            for raw, signed, own in requests
            for other, _, proof in requests
            if own != proof and own.keys() == proof.keys() and raw.body != other.body
        ]
        if not pairs:
            pytest.skip("the proof of this gateway is the same for every request")

        for signed, proof in pairs:
            with pytest.raises(SignatureError):
                self.adapter.verify(signed.model_copy(update={"headers": FrozenMap({**signed.headers, **proof})}))

    def test_it_shows_no_secret(self, path: Path) -> None:
        """Neither an adapter's repr nor the refusal of a request has a secret in it, or the proof that was tried."""
        raw, _ = load_fixture(path)
        tried = "a-proof-that-somebody-tried"
        signed = self.sign(raw) or raw
        wrong = {name: tried for name, value in signed.headers.items() if raw.header(name) != value}
        requests = (raw, signed.model_copy(update={"headers": FrozenMap({**signed.headers, **wrong})}))

        shown = [repr(self.adapter), *(_refusal(self.adapter, request) for request in requests)]

        assert [word for word in (*self.secrets, tried) if any(word in text for text in shown)] == []

    def test_a_status_of_next_year_is_no_guess(self, path: Path) -> None:
        """A word that the gateway did not have yesterday is `unknown`, or what the other words still say."""
        raw, expected = load_fixture(path)
        words = {each["status"].encode() for each in expected if isinstance(each.get("status"), str)}
        said = {each.get("kind") for each in expected}
        body = raw.body
        for word in words:
            body = body.replace(word, _NEXT_YEAR)

        results = results_of(self.adapter, raw.model_copy(update={"body": body}))

        failed = {"failed"} if "opt_out" in said else set()  # whose message did not go, whatever the reason
        assert {each.kind for each in results if isinstance(each, DeliveryReport)} <= {*said, *failed, "unknown"}

    def test_its_capabilities_are_shown_by_fixtures(self) -> None:
        """What it claims to read is read in some fixture, and what is read in a fixture is claimed."""
        results = [
            each for path in fixture_paths(self.fixtures) for each in results_of(self.adapter, load_fixture(path)[0])
        ]
        enquiries = [each for each in results if isinstance(each, Enquiry)]
        can = self.adapter.capabilities

        assert can.receipts == (len(enquiries) < len(results)), "capabilities.receipts: reports of our messages"
        assert can.attachments == any(each.attachments for each in enquiries), "capabilities.attachments: files"
        assert not can.replies or any(each.sender for each in enquiries), "capabilities.replies: who could answer"

    def test_its_signature_is_claimed(self) -> None:
        """A gateway whose requests have a proof says so."""
        if not any(True for _ in self._signed()):
            pytest.skip("there is no example of a proof: override sign() where requests carry one in a header")

        assert self.adapter.capabilities.signed, "capabilities.signed"

    def test_a_text_is_as_long_as_it_says(self) -> None:
        """The limit that the core asks for is the one that is kept."""
        can = self.adapter.capabilities
        if not can.sends or can.text_limit is None:
            pytest.skip("there is no limit to the text that this gateway carries out")
        message = message_for(self.adapter)

        self.adapter.render(message.model_copy(update={"text": "x" * can.text_limit}))

        with pytest.raises(PayloadError):
            self.adapter.render(message.model_copy(update={"text": "x" * (can.text_limit + 1)}))


def fixture_paths(folder: Path) -> list[Path]:
    """Give the fixtures of a folder, in order."""
    return sorted(Path(folder).glob("*.json"))


def results_of(adapter: Adapter, raw: Raw) -> Sequence[Parsed]:
    """Parse, taking a refused payload for one that says nothing: whether it should be refused is another test."""
    try:
        return adapter.parse(raw)
    except PayloadError:
        return ()


def message_for(adapter: Adapter) -> Message:
    """Give a message that an adapter could carry out, where it carries any."""
    match adapter.channel:
        case "email":
            recipient = mailto_urn("jo@example.org")
        case "post":
            recipient = post_urn("Jo Bloggs, 2 Dock Road, Northport, L1 8JQ")
        case _:
            recipient = tel_urn("07700 900123")
    return Message(
        id="message-1",
        channel=adapter.channel,
        recipient=recipient,
        purpose="service_update",
        subject="Your report",
        text="Wedi'i lanhau heddiw. Cleaned today.",
        reference="NP-049N-3021",
        created_at="2026-03-02T09:30:00Z",
    )


def _identity(each: Parsed) -> tuple[str, str | None, str]:
    return each.adapter, each.source_id, each.digest


def _moved(raw: Raw, by: timedelta) -> Raw:
    return raw.model_copy(update={"received_at": raw.received_at + by})


def _refusal(adapter: Adapter, raw: Raw) -> str:
    try:
        adapter.verify(raw)
    except SignatureError as exc:
        return "".join(traceback.format_exception(exc))
    return ""
