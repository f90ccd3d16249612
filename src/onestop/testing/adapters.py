"""The contract that every adapter meets, as tests that a class of three lines inherits."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote_plus

import pytest

from onestop.channels.base import Adapter
from onestop.core.contact import Urn
from onestop.core.enquiry import DeliveryReport, Enquiry
from onestop.core.filenames import safe_filename
from onestop.core.gateway import GatewayRequest, Raw, Taken
from onestop.core.model import FrozenMap
from onestop.errors import BusyError, OnestopError, PayloadError, SignatureError
from onestop.testing.claims import ClaimsContract, fixture_paths, message_for, results_of
from onestop.testing.fixtures import expected_model, load_fixture
from onestop.testing.purity import watch

__all__ = ["AdapterContract"]

_DAMAGES = 400  # cuts and flips of one payload at the most, spread evenly over it
_NUMBER = re.compile(r"\+?\d[\d \-]{5,}\d")
_ADDRESS = re.compile(r"[^\s@\"'<>&=:,;]+@[^\s@\"'<>&=:,;]+\.[a-z]+", re.IGNORECASE)
_WORDS = ("sender", "sender_name", "subject", "text", "on_behalf_of", "recipient")

# Bodies that no gateway sends: what a stray client, a scanner or a broken proxy posts.
_JUNK = (
    b"",
    b"\x00" * 1_000,
    b"\xff\xfe" + "neges".encode("utf-16-le"),
    b"".join(hashlib.sha256(bytes([number])).digest() for number in range(64)),
    b"&" * 100_000,
    b"=&" * 10_000,
    b"%" * 10_000,
    b"[" * 100_000,
    b'{"a":' * 20_000,
    b"<" * 10_000,
    b"--\r\n" * 10_000,
    b"a: b\r\n" * 10_000,
    b"9" * 10_000,
    b"\r\n" * 50_000,
)


class AdapterContract(ClaimsContract):
    """
    Inherit this, name an adapter and its fixtures, and pytest runs every test that an adapter has to pass.

    A fixture is one file a behaviour, `{"request": {…}, "enquiries": […]}`; see `load_fixture`. Override `sign` when
    requests can be signed, and `returned` when what the adapter renders is something that it can read.
    """

    adapter: ClassVar[Adapter]
    fixtures: ClassVar[Path]
    channels: ClassVar[frozenset[str]] = frozenset()  # where its enquiries are of others than `adapter.channel`

    def returned(self, request: GatewayRequest) -> Raw | None:
        """Give a rendered message as it would come back to this adapter; None: it never does."""
        return None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each test that takes a `path` once for every fixture."""
        if "path" in metafunc.fixturenames:
            paths = fixture_paths(self.fixtures)
            metafunc.parametrize("path", paths, ids=[path.stem for path in paths])

    def test_it_has_fixtures(self) -> None:
        """An adapter without recorded payloads has not been tested."""
        assert fixture_paths(self.fixtures), f"no *.json in {self.fixtures}: record one request for each behaviour"

    def test_it_is_an_adapter(self) -> None:
        """Everything that the desk asks of it is there."""
        assert isinstance(self.adapter, Adapter)

    def test_it_reads_what_the_fixture_expects(self, path: Path) -> None:
        """The parsed payload is what was written down, field by field."""
        raw, expected = load_fixture(path)

        parsed = _outcome(self.adapter, raw)

        assert parsed == expected, _difference(path, expected, parsed)

    def test_its_results_carry_its_name_and_channel(self, path: Path) -> None:
        """Repeats are told by the adapter's name, rules ask for the channel."""
        raw, expected = load_fixture(path)

        results = results_of(self.adapter, raw)

        assert {each.adapter for each in results} <= {self.adapter.name}
        assert {each.channel for each in results} <= (self.channels or {self.adapter.channel})
        assert [type(each) for each in results] == [expected_model(each) for each in expected if set(each) != {"error"}]

    def test_its_results_survive_json(self, path: Path) -> None:
        """What is stored and read again is the same but for the bytes of files, which travel beside."""
        raw, _ = load_fixture(path)

        results = results_of(self.adapter, raw)

        for each in results:
            again = type(each).model_validate_json(each.model_dump_json())
            assert again.model_dump() == each.model_dump()
            assert again.digest == each.digest

    def test_its_file_names_are_safe(self, path: Path) -> None:
        """Names of attachments can be shown and saved as they are."""
        raw, _ = load_fixture(path)

        names = [
            a.filename for each in results_of(self.adapter, raw) if isinstance(each, Enquiry) for a in each.attachments
        ]

        assert names == [safe_filename(name) for name in names]

    def test_the_same_payload_gives_the_same_result(self, path: Path) -> None:
        """Nothing of an earlier payload, of the time or of chance is in a result."""
        raw, _ = load_fixture(path)
        first = _outcome(self.adapter, raw)
        _outcome(self.adapter, raw.model_copy(update={"body": raw.body[::-1]}))

        again = _outcome(self.adapter, raw)

        assert again == first

    def test_it_asks_nothing_of_the_world(self, path: Path) -> None:
        """Parsing opens no file and no socket, and reads no clock, no setting and nothing random."""
        raw, _ = load_fixture(path)
        _outcome(self.adapter, raw)  # modules loaded on first use are files, once

        with watch() as asked:
            _outcome(self.adapter, raw)

        assert asked == []

    def test_a_payload_cut_short_is_read_or_refused(self, path: Path) -> None:
        """Where a connection broke, there is a result or a PayloadError, nothing else."""
        raw, _ = load_fixture(path)
        step = max(10, len(raw.body) // _DAMAGES)

        for end in range(0, len(raw.body), step):
            _check(self.adapter, raw.model_copy(update={"body": raw.body[:end]}))

    def test_a_payload_with_a_flipped_bit_is_read_or_refused(self, path: Path) -> None:
        """Where a byte is not what it was, there is a result or a PayloadError, nothing else."""
        raw, _ = load_fixture(path)
        step = max(1, len(raw.body) // _DAMAGES)

        for at in range(0, len(raw.body), step):
            flipped = raw.body[at] ^ (1 << (at // step) % 8)
            body = raw.body[:at] + bytes([flipped]) + raw.body[at + 1 :]
            _check(self.adapter, raw.model_copy(update={"body": body}))

    def test_junk_is_read_or_refused(self) -> None:
        """Whatever somebody posts to the address of a webhook, there is a result or a PayloadError."""
        raws = [load_fixture(path)[0] for path in fixture_paths(self.fixtures)]
        envelopes = {(raw.method, tuple(raw.headers.items())): raw for raw in raws}

        for raw in envelopes.values():
            for junk in _JUNK:
                _check(self.adapter, raw.model_copy(update={"body": junk}))

    def test_its_errors_tell_no_secret_and_no_personal_data(self, path: Path) -> None:
        """Errors are logged: numbers, addresses, words of citizens and our own secrets are not in them."""
        raw, expected = load_fixture(path)
        private = {*_private(raw, expected), *self.secrets}
        damaged = (raw.body[: len(raw.body) * part // 7] for part in range(8))
        bodies = (raw.body, raw.body[::-1], raw.body + b"\x00}", b"[" + raw.body + b"]", *damaged)

        texts = [_error_text(self.adapter, raw.model_copy(update={"body": body})) for body in bodies]

        assert [word for word in sorted(private) if any(word in text for text in texts)] == []

    def test_an_unsigned_request_is_refused(self, path: Path) -> None:
        """Nobody is taken for the gateway who does not prove it."""
        raw, _ = load_fixture(path)

        with pytest.raises(SignatureError):
            self.adapter.verify(raw.model_copy(update={"headers": FrozenMap()}))

    def test_a_signed_request_is_accepted_and_a_damaged_proof_is_not(self) -> None:
        """The right proof opens the door, and no other."""
        raws = [load_fixture(path)[0] for path in fixture_paths(self.fixtures)]
        pairs = [(raw, signed) for raw in raws if (signed := self.sign(raw)) is not None]
        if not pairs:
            pytest.skip("requests of this gateway carry no proof: override sign() where they do")

        for raw, signed in pairs:
            self.adapter.verify(signed)

            proof = [name for name, value in signed.headers.items() if raw.header(name) != value]
            assert proof, "sign() adds the header that proves the sender"
            for name in proof:
                damaged = FrozenMap({**signed.headers, name: f"{signed.headers[name][:-2]}??"})
                with pytest.raises(SignatureError):
                    self.adapter.verify(signed.model_copy(update={"headers": damaged}))

    def test_it_answers_as_http_expects(self) -> None:
        """Taken in, refused, and to be sent again are three answers that a gateway can tell apart."""
        errors: list[OnestopError | None] = [None, PayloadError("wrong"), SignatureError("wrong"), BusyError("locked")]

        statuses = [self.adapter.acknowledge(error).status // 100 for error in errors]

        assert statuses == [2, 4, 4, 5]

    def test_it_answers_what_was_taken_in(self, path: Path) -> None:
        """Told the request and what became of it, an adapter answers that it was taken in, the same each time."""
        raw, _ = load_fixture(path)
        taken = [Taken(outcome="opened", reference="NP-049N-3021", service="graffiti")]

        answers = [self.adapter.acknowledge(raw=raw, taken=taken) for _ in range(2)]

        assert answers[0].status // 100 == 2
        assert answers[0] == answers[1]

    def test_it_renders_what_it_can_send_and_refuses_the_rest(self) -> None:
        """A message becomes a request, or a PayloadError where the gateway carries none out."""
        message = message_for(self.adapter)
        if not self.adapter.capabilities.sends:
            with pytest.raises(PayloadError):
                self.adapter.render(message)
            return

        request = self.adapter.render(message)

        assert request.url.partition(":")[0] in ("https", "mailto")
        assert request.body
        assert [secret for secret in self.secrets if secret in repr(request)] == []

    def test_an_empty_message_is_refused(self) -> None:
        """There is nothing to say, so nothing is sent."""
        message = message_for(self.adapter).model_copy(update={"text": " \n"})

        with pytest.raises(PayloadError):
            self.adapter.render(message)

    def test_what_it_renders_it_can_read(self) -> None:
        """A message that comes back says what was sent."""
        if not self.adapter.capabilities.sends:
            pytest.skip("this gateway carries no messages out")
        message = message_for(self.adapter)
        raw = self.returned(self.adapter.render(message))
        if raw is None:
            pytest.skip("what this gateway is sent never comes back: override returned() where it does")

        parsed = self.adapter.parse(raw)

        assert [each.text for each in parsed if isinstance(each, Enquiry)] == [message.text]


def _outcome(adapter: Adapter, raw: Raw) -> list[dict[str, Any]]:
    """Give what a fixture holds: the results as JSON without defaults, or the error's code."""
    try:
        return [each.model_dump(mode="json", exclude_defaults=True) for each in adapter.parse(raw)]
    except PayloadError as exc:
        return [{"error": exc.code}]


def _check(adapter: Adapter, raw: Raw) -> None:
    for each in results_of(adapter, raw):
        assert isinstance(each, Enquiry | DeliveryReport)
        assert each.adapter == adapter.name
        each.model_dump_json()  # raises where a text is none, such as half a surrogate pair


def _difference(path: Path, expected: list[dict[str, Any]], parsed: list[dict[str, Any]]) -> str:
    before, after = (json.dumps(each, indent=2, ensure_ascii=False, sort_keys=True) for each in (expected, parsed))
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "expected", "parsed", lineterm="")
    return "\n".join([f"{path.name} reads otherwise:", *lines])


def _private(raw: Raw, expected: list[dict[str, Any]]) -> Iterator[str]:
    """Give what an error may not quote: numbers and addresses of the payload, and what a citizen is expected to say."""
    body = unquote_plus(raw.body.decode("utf-8", "replace"))
    yield from _NUMBER.findall(body)
    yield from _ADDRESS.findall(body)
    for each in expected:
        words = [each.get(field) for field in _WORDS] + list(each.get("answers", {}).values())
        yield from (
            Urn(word).path if ":" in word else word for word in words if isinstance(word, str) and len(word) > 5
        )


def _error_text(adapter: Adapter, raw: Raw) -> str:
    try:
        adapter.parse(raw)
    except PayloadError as exc:
        return "".join(traceback.format_exception(exc))  # with its causes: they are logged too
    return ""
