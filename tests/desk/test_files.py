"""Files are fetched and scanned after intake: nothing slow or broken loses an enquiry, and nothing unsafe leaves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from onestop import Desk, Policy
from onestop.channels.phone import TwilioVoice
from onestop.channels.web import Open311
from onestop.core.events import FileFetched, FileScanned
from onestop.core.photos import exif_of
from onestop.core.policy import Files
from onestop.errors import RequestError
from onestop.gateways import Fetched, NotFetched

from .conftest import ADAPTERS
from .payloads import Clock, Payloads

PHOTO = (Path(__file__).parents[1] / "core" / "data" / "photos" / "phone.jpg").read_bytes()
RECORDING = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE{}"
PLACE = {"service_code": "graffiti", "lat": "53.4", "long": "-2.9", "email": "jo@example.org"}


class Gateway:
    """Gives what a test put under an address, and remembers what it was asked."""

    def __init__(self) -> None:
        self.files: dict[str, Fetched | NotFetched] = {}
        self.asked: list[str] = []

    def fetch(self, url: str, /) -> Fetched | NotFetched:
        self.asked.append(url)
        return self.files.get(url, NotFetched("unavailable", permanent=False))


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def desk_with(make_desk: Callable[..., Desk]) -> Callable[..., Desk]:
    more = {"open311": Open311(api_keys="key", client_id="id"), "voice": TwilioVoice("voice")}

    def make(**given: Any) -> Desk:
        return make_desk(adapters={**ADAPTERS, **more}, **given)

    return make


def report(payloads: Payloads, *urls: str, **parameters: str) -> tuple[str, Any]:
    """Give a service request with photos at these addresses."""
    pairs = [*(PLACE | parameters).items(), *(("media_url", url) for url in urls)]
    return "open311", payloads.raw(urlencode(pairs).encode())


def picture_message(payloads: Payloads, url: str) -> tuple[str, Any]:
    """Give an MMS with a photo."""
    form = {"From": "07700 900101", "To": "01632 960100", "Body": "Graffiti", "MessageSid": "MM1", "NumMedia": "1"}
    return "twilio_sms", payloads.raw(urlencode(form | {"MediaUrl0": url, "MediaContentType0": "image/jpeg"}).encode())


def uploaded(payloads: Payloads, content: bytes, media_type: str = "image/jpeg") -> tuple[str, Any]:
    """Give a form with a file in it."""
    head = 'Content-Disposition: form-data; name="'
    body = f'--cut\r\n{head}message"\r\n\r\nSee the photo\r\n--cut\r\n{head}photo"; filename="a.jpg"\r\n'.encode()
    body += f"Content-Type: {media_type}\r\n\r\n".encode() + content + b"\r\n--cut--\r\n"
    raw = payloads.raw(body)
    return "web_form", raw.model_copy(update={"headers": {"Content-Type": "multipart/form-data; boundary=cut"}})


def clean(content: bytes, media_type: str) -> str:
    return "clean"


def infected(content: bytes, media_type: str) -> str:
    return "infected"


def broken(content: bytes, media_type: str) -> str:
    raise OSError("the scanner does not answer")


@pytest.fixture
def recording_council(policy: Policy) -> Policy:
    """Give the policy of a council that has decided to keep the recordings of calls."""
    return replace(policy, council=policy.council.model_copy(update={"files": Files(recordings=True)}))


def recorded(payloads: Payloads, number: int = 1) -> tuple[str, Any]:
    """Give what Twilio says of a call's recording."""
    form = {"CallSid": "CA1", "From": "+447700900101", "RecordingSid": f"RE{number}", "RecordingStatus": "completed"}
    return "voice", payloads.raw(urlencode(form | {"RecordingUrl": RECORDING.format(number)}).encode())


# -- fetching ----------------------------------------------------------------------------------------------------------


def test_a_file_is_fetched_after_intake(desk_with: Callable[..., Desk], payloads: Payloads, gateway: Gateway) -> None:
    url = "https://photos.example/a.jpg"
    gateway.files[url] = Fetched(PHOTO, "image/jpeg")
    desk = desk_with(fetcher=gateway)
    reference = desk.receive(*picture_message(payloads, url))[0].reference
    (waiting,) = desk.case(reference).files()

    desk.run_due()

    case = desk.case(reference)
    (file,) = case.files()
    assert (waiting.state, waiting.content, waiting.url) == ("waiting", None, url)
    assert (file.state, file.size_bytes, file.defects) == ("not_scanned", len(PHOTO), ())
    assert case.file(file.content or "") == PHOTO
    assert list(desk.verify()) == []


def test_nothing_is_fetched_without_a_fetcher(desk: Desk, payloads: Payloads) -> None:
    case = desk.receive(*picture_message(payloads, "https://photos.example/a.jpg"))[0].reference

    due = desk.run_due()

    assert due.timers == 0
    assert [file.state for file in desk.case(case).files()] == ["waiting"]


def test_a_desk_that_cannot_fetch_or_scan_leaves_the_files_to_one_that_can(
    desk_with: Callable[..., Desk], payloads: Payloads, gateway: Gateway, clock: Clock
) -> None:
    url = "https://photos.example/a.jpg"
    reference = desk_with(fetcher=gateway, scan=broken).receive(*report(payloads, url))[0].reference

    others = [desk_with().run_due().timers, desk_with(scan=clean).run_due().timers]
    gateway.files[url] = Fetched(PHOTO, "image/jpeg")
    fetched = desk_with(fetcher=gateway, scan=broken).run_due().timers
    clock.pass_time(minutes=1)
    others.append(desk_with(fetcher=gateway).run_due().timers)
    scanned = desk_with(scan=clean).run_due().timers

    assert (others, fetched, scanned) == ([0, 0, 0], 1, 1)
    assert [file.state for file in desk_with().case(reference).files()] == ["clean"]


def test_a_gateway_that_is_down_is_asked_again_later_and_later(
    desk_with: Callable[..., Desk], payloads: Payloads, gateway: Gateway, clock: Clock
) -> None:
    url = "https://photos.example/a.jpg"
    desk = desk_with(fetcher=gateway)
    case = desk.receive(*report(payloads, url))[0].reference

    counts = []
    for seconds in (0, 10, 30, 30, 60):
        clock.pass_time(seconds=seconds)
        desk.run_due()
        counts.append(len(gateway.asked))
    gateway.files[url] = Fetched(PHOTO, "image/jpeg")
    clock.pass_time(minutes=10)
    desk.run_due()

    assert counts == [1, 1, 2, 2, 3]
    assert [file.state for file in desk.case(case).files()] == ["not_scanned"]
    clock.pass_time(hours=12)
    assert desk.run_due().timers == 0


def test_a_file_that_cannot_be_fetched_for_a_day_is_a_persons_work(
    desk_with: Callable[..., Desk], payloads: Payloads, gateway: Gateway, clock: Clock
) -> None:
    desk = desk_with(fetcher=gateway)
    reference = desk.receive(*report(payloads, "https://photos.example/a.jpg"))[0].reference

    for _ in range(12):
        desk.run_due()
        clock.pass_time(hours=6, minutes=1)
        desk.run_due()

    case = desk.case(reference)
    assert "media_missing" in case.flags
    assert [file.state for file in case.files()] == ["missing"]
    assert [event.code for event in case.events() if isinstance(event, FileFetched)] == ["unavailable"]
    asked = len(gateway.asked)
    clock.pass_time(days=2)
    desk.run_due()
    assert len(gateway.asked) == asked
    assert list(desk.verify()) == []


def test_a_file_that_will_never_come_is_flagged_at_once_and_the_others_come(
    desk_with: Callable[..., Desk], payloads: Payloads, gateway: Gateway
) -> None:
    urls = [f"https://photos.example/{name}.jpg" for name in "abc"]
    gateway.files |= {url: Fetched(PHOTO, "image/jpeg") for url in (urls[0], urls[2])}
    gateway.files[urls[1]] = NotFetched("gone", permanent=True)
    desk = desk_with(fetcher=gateway)
    reference = desk.receive(*report(payloads, *urls))[0].reference

    desk.run_due()

    case = desk.case(reference)
    assert [file.state for file in case.files()] == ["not_scanned", "missing", "not_scanned"]
    assert "media_missing" in case.flags
    assert gateway.asked == urls


def test_a_file_that_is_fetched_twice_is_kept_once(desk_with: Callable[..., Desk], payloads: Payloads) -> None:
    url = "https://photos.example/a.jpg"

    class Slow(Gateway):
        """While it answers, another worker fetches the same file."""

        def fetch(self, url: str, /) -> Fetched | NotFetched:
            if not self.asked:
                self.asked.append(url)
                desk.fetch_files(reference)
            return Fetched(PHOTO, "image/jpeg")

    desk = desk_with(fetcher=Slow())
    reference = desk.receive(*report(payloads, url))[0].reference or ""

    desk.run_due()

    assert len([event for event in desk.case(reference).events() if isinstance(event, FileFetched)]) == 1


def test_what_came_before_there_was_a_fetcher_is_fetched_when_somebody_asks(
    desk_with: Callable[..., Desk], payloads: Payloads, gateway: Gateway
) -> None:
    url = "https://photos.example/a.jpg"
    gateway.files[url] = Fetched(b"<html>", "text/html")
    before = desk_with()
    reference = before.receive(*report(payloads, url))[0].reference or ""

    case = desk_with(fetcher=gateway).fetch_files(reference)

    (file,) = case.files()
    assert (file.state, file.defects) == ("not_scanned", ("file_type_differs",))
    with pytest.raises(RequestError, match="neither a fetcher nor a scanner"):
        before.fetch_files(reference)


def test_a_timer_of_files_waits_for_a_desk_that_can_do_it(
    desk_with: Callable[..., Desk], payloads: Payloads, gateway: Gateway, clock: Clock
) -> None:
    url = "https://photos.example/a.jpg"
    gateway.files[url] = Fetched(PHOTO, "image/jpeg")
    able, unable = desk_with(fetcher=gateway), desk_with()
    case = able.receive(*report(payloads, url))[0].reference

    unable.run_due()
    clock.pass_time(minutes=6)
    able.run_due()

    assert [file.state for file in able.case(case).files()] == ["not_scanned"]


# -- recordings of calls ----------------------------------------------------------------------------------------------


def test_a_recording_stays_where_it_is_until_the_council_decides_otherwise(
    desk_with: Callable[..., Desk], payloads: Payloads, gateway: Gateway
) -> None:
    desk = desk_with(fetcher=gateway, scan=clean)
    reference = desk.receive(*recorded(payloads))[0].reference

    due = desk.run_due()

    assert (due.timers, gateway.asked, desk.case(reference).files()) == (0, [], ())


def test_a_recording_is_evidence_that_is_fetched_and_scanned(
    desk_with: Callable[..., Desk], payloads: Payloads, gateway: Gateway, recording_council: Policy
) -> None:
    gateway.files[RECORDING.format(1)] = Fetched(b"RIFF\x04\0\0\0WAVE", "audio/x-wav")
    desk = desk_with(fetcher=gateway, scan=clean, policy=recording_council)
    reference = desk.receive(*recorded(payloads))[0].reference

    desk.run_due()

    case = desk.case(reference)
    (file,) = case.files()
    assert (file.filename, file.state, file.defects) == ("recording", "clean", ())
    assert case.file(file.content or "") == b"RIFF\x04\0\0\0WAVE"
    assert list(desk.verify()) == []


def test_each_recording_of_a_call_is_a_file_and_a_repeat_adds_none(
    desk_with: Callable[..., Desk], payloads: Payloads, gateway: Gateway, recording_council: Policy
) -> None:
    for number in (1, 2):
        gateway.files[RECORDING.format(number)] = Fetched(b"%d" % number, "audio/x-wav")
    desk = desk_with(fetcher=gateway, policy=recording_council)

    for number in (2, 1, 2):
        reference = desk.receive(*recorded(payloads, number))[0].reference
        desk.run_due()

    case = desk.case(reference)
    assert [case.file(file.content or "") for file in case.files()] == [b"2", b"1"]
    assert gateway.asked == [RECORDING.format(2), RECORDING.format(1)]


def test_an_address_is_never_logged_nor_in_an_event(
    desk_with: Callable[..., Desk], payloads: Payloads, gateway: Gateway, logs: list[Mapping[str, Any]]
) -> None:
    url = "https://photos.example/jo-hughes.jpg"
    gateway.files[url] = NotFetched("gone", permanent=True)
    desk = desk_with(fetcher=gateway)
    reference = desk.receive(*report(payloads, url))[0].reference

    desk.run_due()

    case = desk.case(reference)
    assert "jo-hughes" not in json.dumps([event.model_dump(mode="json") for event in case.events()])
    assert "jo-hughes" not in str(logs)
    assert {"file.missing"} <= {entry["event"] for entry in logs}


# -- scanning ----------------------------------------------------------------------------------------------------------


def test_without_a_scanner_a_file_says_that_it_is_not_scanned(desk: Desk, payloads: Payloads) -> None:
    reference = desk.receive(*uploaded(payloads, PHOTO))[0].reference

    desk.run_due()

    (file,) = desk.case(reference).files()
    assert (file.state, file.filename, file.media_type) == ("not_scanned", "a.jpg", "image/jpeg")


def test_what_is_fetched_is_scanned_too(desk_with: Callable[..., Desk], payloads: Payloads, gateway: Gateway) -> None:
    gateway.files["https://photos.example/a.jpg"] = Fetched(PHOTO, "image/jpeg")
    desk = desk_with(fetcher=gateway, scan=clean)
    reference = desk.receive(*report(payloads, "https://photos.example/a.jpg"))[0].reference

    desk.run_due()

    assert [file.state for file in desk.case(reference).files()] == ["clean"]


def test_an_infected_file_is_kept_and_not_given_out(desk_with: Callable[..., Desk], payloads: Payloads) -> None:
    desk = desk_with(scan=infected)
    reference = desk.receive(*uploaded(payloads, PHOTO))[0].reference

    desk.run_due()

    case = desk.case(reference)
    (file,) = case.files()
    assert (file.state, "file_infected" in case.flags) == ("infected", True)
    for give in (case.file, case.photo):
        with pytest.raises(RequestError, match="infected"):
            give(file.content or "")
    assert case.file(file.content or "", unsafe=True) == PHOTO


def test_a_scanner_never_stands_in_the_way_of_an_enquiry(
    desk_with: Callable[..., Desk], payloads: Payloads, clock: Clock
) -> None:
    desk = desk_with(scan=broken)
    receipt = desk.receive(*uploaded(payloads, PHOTO))[0]

    desk.run_due()

    assert receipt.outcome == "opened"
    assert [file.state for file in desk.case(receipt.reference).files()] == ["not_scanned"]


def test_a_scanner_that_comes_back_is_asked_again(
    desk_with: Callable[..., Desk], payloads: Payloads, clock: Clock
) -> None:
    reference = desk_with(scan=broken).receive(*uploaded(payloads, PHOTO))[0].reference
    desk_with(scan=broken).run_due()
    clock.pass_time(minutes=1)

    desk = desk_with(scan=clean)
    desk.run_due()

    assert [file.state for file in desk.case(reference).files()] == ["clean"]


def test_a_scanner_that_fails_for_a_day_is_given_up_and_the_file_stays_unscanned(
    desk_with: Callable[..., Desk], payloads: Payloads, clock: Clock
) -> None:
    desk = desk_with(scan=broken)
    reference = desk.receive(*uploaded(payloads, PHOTO))[0].reference

    for _ in range(12):
        desk.run_due()
        clock.pass_time(hours=6, minutes=1)

    case = desk.case(reference)
    assert [event.verdict for event in case.events() if isinstance(event, FileScanned)] == ["failed"]
    assert [file.state for file in case.files()] == ["not_scanned"]
    assert desk.run_due().timers == 0


@pytest.mark.parametrize("verdict", [None, "", True, "CLEAN", "ok"])
def test_what_is_no_verdict_is_never_taken_for_clean(
    desk_with: Callable[..., Desk], payloads: Payloads, verdict: object
) -> None:
    desk = desk_with(scan=lambda content, media_type: verdict)
    reference = desk.receive(*uploaded(payloads, PHOTO))[0].reference

    desk.run_due()

    assert [file.state for file in desk.case(reference).files()] == ["not_scanned"]


# -- what leaves -------------------------------------------------------------------------------------------------------


def test_a_photo_leaves_without_what_it_tells_and_stays_as_it_came(desk: Desk, payloads: Payloads) -> None:
    case = desk.case(desk.receive(*uploaded(payloads, PHOTO))[0].reference)
    content = case.files()[0].content or ""

    copy = case.photo(content)

    assert copy is not None
    assert exif_of(copy) == (None, None, 6, None)
    assert case.file(content) == PHOTO


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7 words", "application/pdf"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + PHOTO, "image/heic"),
        (b"GIF89a" + PHOTO, "image/gif"),
        (b"%PDF-1.7 words", "image/jpeg"),
        (PHOTO[:-40], "image/jpeg"),
        (b"", "image/jpeg"),
    ],
)
def test_what_has_no_copy_without_metadata_does_not_leave(
    desk: Desk, payloads: Payloads, content: bytes, media_type: str
) -> None:
    case = desk.case(desk.receive(*uploaded(payloads, content, media_type))[0].reference)

    with pytest.raises(RequestError, match="no JPEG, PNG, WebP or GIF"):
        case.photo(case.files()[0].content or "")


def test_what_is_wrong_with_a_file_is_noted_when_it_comes(desk: Desk, payloads: Payloads) -> None:
    receipt = desk.receive(*uploaded(payloads, b"<html><script>"))[0]

    assert receipt.outcome == "opened"
    assert "file_type_differs" in receipt.defects


def test_open311_is_answered_with_the_reference_of_the_case(desk_with: Callable[..., Desk], payloads: Payloads) -> None:
    desk = desk_with()
    _, raw = report(payloads, api_key="key")
    raw = raw.model_copy(update={"url": "https://saltmarsh.example/open311/v2/requests.json"})

    answers = [desk.handle("open311", raw) for _ in range(2)]

    reference = answers[0].receipts[0].reference
    for answer in answers:
        assert answer.status == 200
        assert json.loads(answer.body)[0]["service_request_id"] == reference


def test_open311_is_told_what_is_missing_and_what_came_is_kept(
    desk_with: Callable[..., Desk], payloads: Payloads
) -> None:
    desk = desk_with()
    _, raw = report(payloads, api_key="key", service_code="")

    answer = desk.handle("open311", raw)

    assert (answer.status, len(desk.rejected())) == (400, 1)
    assert b"<code>400</code><description>The service_code was not provided.</description>" in answer.body
    assert desk.handle("open311", raw.model_copy(update={"body": b"api_key=wrong"})).status == 403
