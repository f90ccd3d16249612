"""Routes, limits, test mode and the simulated gateway: whichever way a message goes, or does not."""

from __future__ import annotations

import threading
from collections.abc import Collection
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.channels.email import Email
from onestop.channels.post import NotifyLetter
from onestop.channels.sms import NotifySms, TwilioSms
from onestop.core.contact import Urn
from onestop.core.enquiry import DeliveryReport
from onestop.core.gateway import GatewayRequest, Message
from onestop.errors import RateLimitedError, RequestError, SendError, UnsureError
from onestop.gateways import (
    CollectingSender,
    FileSender,
    Limited,
    Routes,
    SafeSender,
    Sent,
    SimulatedSender,
    is_idempotent,
)

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ADAPTERS = {
    "email": Email(from_address="contact@northport.example"),
    "twilio": TwilioSms(auth_token="token", account_sid="AC1", from_number="+441632960100"),
    "notify": NotifySms(template_id="f33517ff-2a88-4f6e-b855-c550268ce08a"),
    "letters": NotifyLetter(template_id="f33517ff-2a88-4f6e-b855-c550268ce08a"),
}


def message(recipient: str, number: int = 1) -> Message:
    channel = "email" if recipient.startswith("mailto:") else "sms"
    return Message(
        id=f"message-{number}",
        channel=channel,
        recipient=Urn(recipient),
        purpose="service_update",
        text="Cleaned today.",
        reference="NP-049N-3021",
        created_at=NOW,
    )


def rendered(given: Message, adapter: str | None = None) -> tuple[Message, GatewayRequest]:
    return given, ADAPTERS[adapter or ("email" if given.channel == "email" else "twilio")].render(given)


class Failing:
    """A sender whose gateway always answers the same."""

    def __init__(self, error: Exception, *, idempotent: bool | Collection[str] = False) -> None:
        self._error = error
        self.idempotent = idempotent

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        raise self._error


# -- routes ------------------------------------------------------------------------------------------------------------


def test_a_message_goes_to_the_sender_of_its_gateway_s_host_or_else_of_its_channel() -> None:
    mail, texts, notify = CollectingSender(), CollectingSender(), CollectingSender()
    routes = Routes({"email": mail, "sms": texts, "api.notifications.service.gov.uk": notify})
    given = message("tel:+447700900123")

    routes.send(*rendered(message("mailto:jo@example.org")))
    routes.send(*rendered(given, "twilio"))
    routes.send(*rendered(given, "notify"))

    assert [len(each.sent) for each in (mail, texts, notify)] == [1, 1, 1]
    assert notify.sent[0][1].url.startswith("https://api.notifications")


def test_a_message_for_which_no_sender_is_set_can_go_later() -> None:
    with pytest.raises(SendError) as refused:
        Routes({}).send(*rendered(message("mailto:jo@example.org")))

    assert (refused.value.permanent, refused.value.status) == (False, "no_route")


def test_a_channel_is_sent_again_only_where_every_sender_that_may_have_had_it_knows_repeats() -> None:
    known, unknown = SimulatedSender(), CollectingSender()

    routes = [Routes({"sms": known, "email": unknown}), Routes({"sms": known, "api.twilio.com": unknown})]

    assert [is_idempotent(each, "sms") for each in routes] == [True, False]
    assert not is_idempotent(routes[0], "email")


def test_a_maildir_knows_a_repeat_and_a_file_of_lines_does_not() -> None:
    sender = FileSender("sent")

    assert (is_idempotent(sender, "email"), is_idempotent(sender, "sms")) == (True, False)


@pytest.mark.parametrize("wrap", [lambda it: Limited(it, per_second=1), lambda it: SafeSender(it, safe=())])
def test_what_stands_around_a_sender_says_what_it_says(wrap: type) -> None:
    assert is_idempotent(wrap(SimulatedSender()), "sms")
    assert not is_idempotent(wrap(CollectingSender()), "sms")


# -- limits ------------------------------------------------------------------------------------------------------------


class Time:
    """A steady clock, and a sleep that moves it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


TEXT = rendered(message("tel:+447700900123"))


def test_after_a_burst_messages_leave_at_the_rate() -> None:
    time, inner = Time(), CollectingSender()
    limited = Limited(inner, per_second=4, burst=3, clock=time.clock, sleep=time.sleep)

    for _ in range(7):
        limited.send(*TEXT)

    assert time.slept == [0.25, 0.25, 0.25, 0.25]
    assert len(inner.sent) == 7


def test_a_place_that_is_far_away_is_not_waited_for_and_each_message_is_given_its_own() -> None:
    time = Time()
    limited = Limited(CollectingSender(), per_second=0.1, clock=time.clock, sleep=time.sleep)
    limited.send(*TEXT)

    waits = []
    for _ in range(3):
        with pytest.raises(RateLimitedError) as refused:
            limited.send(*TEXT)
        waits.append(refused.value.retry_after_s)

    assert waits == [10, 20, 30]
    assert time.slept == []


def test_a_message_that_comes_back_at_its_time_is_sent() -> None:
    time, inner = Time(), CollectingSender()
    limited = Limited(inner, per_second=0.1, clock=time.clock, sleep=time.sleep)
    limited.send(*TEXT)
    with pytest.raises(RateLimitedError) as refused:
        limited.send(*TEXT)
    time.now += refused.value.retry_after_s or 0

    limited.send(*TEXT)

    assert len(inner.sent) == 2


def test_a_gateway_that_says_no_more_is_not_asked_by_the_next_message() -> None:
    time = Time()
    limited = Limited(
        Failing(RateLimitedError("busy", retry_after_s=30)),
        per_second=100,
        burst=50,
        clock=time.clock,
        sleep=time.sleep,
    )
    with pytest.raises(RateLimitedError):
        limited.send(*TEXT)
    time.now += 10

    with pytest.raises(RateLimitedError) as refused:
        limited.send(*TEXT)

    assert refused.value.retry_after_s == pytest.approx(20)


@pytest.mark.parametrize(("per_second", "burst"), [(0, 1), (-1, 1), (float("nan"), 1), (float("inf"), 1), (1, 0)])
def test_a_limit_that_lets_nothing_or_everything_through_is_refused(per_second: float, burst: int) -> None:
    with pytest.raises(RequestError):
        Limited(CollectingSender(), per_second=per_second, burst=burst)


@settings(max_examples=100, deadline=None)
@given(
    per_second=st.sampled_from([0.5, 2, 10]),
    burst=st.integers(1, 5),
    pauses=st.lists(st.floats(0, 3), min_size=1, max_size=60),
)
def test_in_no_stretch_of_time_do_more_leave_than_the_limit(per_second: float, burst: int, pauses: list[float]) -> None:
    time, left = Time(), []
    limited = Limited(CollectingSender(), per_second=per_second, burst=burst, clock=time.clock, sleep=time.sleep)

    for pause in pauses:
        time.now += pause
        try:
            limited.send(*TEXT)
        except RateLimitedError:
            continue
        left.append(time.now)

    for first in range(len(left)):
        for last in range(first, len(left)):
            stretch = left[last] - left[first]
            assert last - first + 1 <= burst + stretch * per_second + 1e-6


def test_threads_share_one_limit() -> None:
    inner = CollectingSender()
    limited = Limited(inner, per_second=0.001, burst=5)
    refused: list[RateLimitedError] = []

    def send() -> None:
        try:
            limited.send(*TEXT)
        except RateLimitedError as exc:
            refused.append(exc)

    threads = [threading.Thread(target=send) for _ in range(20)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(inner.sent), len(refused)) == (5, 15)
    assert len({round(each.retry_after_s or 0) for each in refused}) == 15


# -- test mode ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("safe", "recipient", "leaves"),
    [
        ("jo@example.org", "mailto:jo@example.org", True),
        ("mailto:JO@example.org", "mailto:jo@example.org", True),
        ("@example.org", "mailto:anybody@example.org", True),
        ("example.org", "mailto:anybody@example.org", True),
        ("@example.org", "mailto:anybody@sub.example.org", False),
        ("@example.org", "mailto:anybody@notexample.org", False),
        ("07700 900123", "tel:+447700900123", True),
        ("tel:+447700900123", "tel:+447700900123", True),
        ("07700 900123", "tel:+447700900124", False),
        ("tom@example.org", "mailto:jo@example.org", False),
    ],
)
def test_only_safe_recipients_are_written_to(safe: str, recipient: str, leaves: bool) -> None:
    inner = CollectingSender()
    sender = SafeSender(inner, safe={safe})

    sent = sender.send(*rendered(message(recipient)))

    assert (len(inner.sent), len(sender.kept)) == ((1, 0) if leaves else (0, 1))
    assert sent.simulated is not leaves


@pytest.mark.parametrize(("safe", "leaves"), [("post:JO PRICE, 2 Dock Road, L18JQ", True), ("post:4 Dock Road", False)])
def test_letters_go_to_safe_addresses_only(safe: str, leaves: bool) -> None:
    inner = CollectingSender()
    letter = message("post:Jo Price, 2 Dock Road, L1 8JQ").model_copy(update={"channel": "post"})

    sent = SafeSender(inner, safe={safe}).send(*rendered(letter, "letters"))

    assert (len(inner.sent), sent.simulated) == (leaves, not leaves)


def test_mail_for_everybody_else_goes_to_a_safe_address_and_says_whom_it_was_for() -> None:
    inner = CollectingSender()
    sender = SafeSender(inner, safe=(), redirect_email="tester@northport.example")
    given = rendered(message("mailto:jo@example.org"))

    sent = sender.send(*given)

    ((redirected, request),) = inner.sent
    assert sent == Sent(None, simulated=True)
    assert request.url == "mailto:tester@northport.example"
    assert redirected.recipient == Urn("mailto:tester@northport.example")
    assert request.body == b"X-Original-To: jo@example.org\r\n" + given[1].body


def test_a_text_is_never_redirected() -> None:
    inner = CollectingSender()
    sender = SafeSender(inner, safe=(), redirect_email="tester@northport.example")

    sender.send(*TEXT)

    assert (inner.sent, len(sender.kept)) == ([], 1)


def test_only_the_last_messages_are_kept() -> None:
    sender = SafeSender(CollectingSender(), safe=())

    for _ in range(1_200):
        sender.send(*TEXT)

    assert len(sender.kept) == 1_000


def test_what_may_leave_and_does_not_arrive_is_told_as_it_is() -> None:
    sender = SafeSender(Failing(UnsureError("lost")), safe={"07700 900123"})

    with pytest.raises(UnsureError):
        sender.send(*TEXT)


@pytest.mark.parametrize("settings", [{"safe": {"nobody"}}, {"safe": {""}}, {"safe": (), "redirect_email": "no"}])
def test_what_is_no_contact_point_is_no_safe_recipient(settings: dict[str, object]) -> None:
    with pytest.raises(RequestError):
        SafeSender(CollectingSender(), **settings)  # type: ignore[arg-type]  # wrong on purpose


# -- the simulated gateway ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipient", "code"),
    [
        ("tel:+15005550001", "21211"),
        ("tel:+15005550002", "21612"),
        ("tel:+15005550003", "21408"),
        ("tel:+15005550004", "21610"),
        ("tel:+15005550009", "21614"),
    ],
)
def test_twilio_s_magic_numbers_are_refused_by_its_codes(recipient: str, code: str) -> None:
    given = message(recipient)
    request = GatewayRequest(url="https://api.twilio.com/x", body=b"")

    with pytest.raises(SendError) as refused:
        SimulatedSender().send(given, request)

    assert (refused.value.permanent, refused.value.status) == (True, code)


@pytest.mark.parametrize(
    ("recipient", "adapter", "kind", "permanent"),
    [
        ("tel:+447700900123", "notify", "delivered", None),
        ("tel:+447700900002", "notify", "failed", True),
        ("tel:+447700900003", "notify", "failed", False),
        ("tel:+447700900123", "twilio", "delivered", None),
        ("tel:+447700900002", "twilio", "failed", True),
        ("tel:+447700900003", "twilio", "failed", False),
        ("mailto:perm-fail@simulator.notify", "email", "bounce", True),
        ("mailto:temp-fail@simulator.notify", "email", "bounce", False),
    ],
)
def test_reports_are_what_the_adapter_of_the_gateway_reads(
    recipient: str, adapter: str, kind: str, permanent: bool | None
) -> None:
    sender, given = SimulatedSender(), message(recipient)
    sent = sender.send(*rendered(given, adapter))

    ((gateway, raw),) = sender.reports(NOW)

    (report,) = ADAPTERS[gateway].parse(raw)
    assert gateway == adapter
    assert isinstance(report, DeliveryReport)
    assert (report.kind, report.permanent, report.recipient) == (kind, permanent, given.recipient)
    assert report.message_id in (sent.gateway_id, given.id, f"{given.id}@northport.example")
    assert report.defects == ()


def test_mail_that_arrives_is_not_reported_and_no_report_comes_twice() -> None:
    sender = SimulatedSender()
    sender.send(*rendered(message("mailto:jo@example.org")))
    sender.send(*TEXT)

    first, second = sender.reports(NOW), sender.reports(NOW)

    assert [report.gateway for report in first] == ["twilio"]
    assert second == []
