"""A channel is chosen as docs/explanation/preference.md says: the table of that page is read here, row by row."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from onestop.core.authority import Denial
from onestop.core.choice import Choice, LastUsed, Matter, choose_channel
from onestop.core.contact import Urn
from onestop.core.enquiry import Channel
from onestop.core.events import Weighed
from onestop.core.gateway import Capabilities
from onestop.core.profile import (
    Consent,
    ContactPoint,
    Failure,
    Need,
    Preference,
    Profile,
    QuietHours,
    QuietSpan,
    Source,
    Verification,
    Weekday,
)
from onestop.core.purposes import PURPOSES, purpose_of
from onestop.core.quiet import Zones

PAGE = (Path(__file__).parents[2] / "docs" / "explanation" / "preference.md").read_text(encoding="utf-8")
TABLE = re.search(r"^\| what is known .*?\n\n", PAGE, re.MULTILINE | re.DOTALL)
assert TABLE is not None
ROWS = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in TABLE[0].strip().split("\n")[2:]]
CODES = set(re.findall(r"`(\w+)`", re.search(r"^## The codes\n(.*?)^## ", PAGE, re.M | re.S)[1]))  # type: ignore[index]  # the page has it

NOW = datetime(2026, 3, 3, 10, tzinfo=UTC)
LONDON = Zones(ZoneInfo("Europe/London"), ZoneInfo)
SOURCE = Source(by="citizen:c1", at=NOW - timedelta(days=9))
VERIFIED = Verification(how="agent", by="worker:alice", at=NOW - timedelta(days=9))
MOBILE, MAILBOX = Urn("tel:+447700900123"), Urn("mailto:sian@example.org")
LANDLINE, PREMIUM = Urn("tel:+441632960123"), Urn("tel:+449098790123")
THIS = Matter(service="graffiti", case="case-1")
GATEWAYS: dict[Channel, Capabilities] = {
    "email": Capabilities(sends=True),
    "sms": Capabilities(sends=True, cost_class="medium"),
    "chat": Capabilities(sends=True, cost_class="high", reply_window_hours=24),
    "phone": Capabilities(),
}
WEEK: tuple[Weekday, ...] = get_args(Weekday)


class Known:
    """What is known in one row, gathered clause by clause."""

    def __init__(self) -> None:
        self.points = {
            "sms": ContactPoint(urn=MOBILE, verified=VERIFIED),
            "email": ContactPoint(urn=MAILBOX, verified=VERIFIED),
        }
        self.preferences: list[Preference] = []
        self.needs: list[Need] = []
        self.consents: list[Consent] = []
        self.quiet: list[QuietHours] = []
        self.last_used: LastUsed | None = None
        self.tried: set[tuple[Channel, str | None]] = set()

    def read(self, clauses: str) -> Known:
        for clause in clauses.split("; "):
            for pattern, does in CLAUSES:
                if found := re.fullmatch(pattern, clause):
                    does(self, *found.groups())
                    break
            else:
                raise AssertionError(f"the table says something that its test cannot read: {clause}")
        return self

    def alter(self, channel: str, **fields: object) -> None:
        self.points[channel] = self.points[channel].model_copy(update=fields)

    def key(self, channel: str) -> str:
        return (self.points["email"] if channel in ("email", "web") else self.points["sms"]).urn.key

    def profile(self) -> Profile:
        return Profile(
            citizen="c1",
            contact_points=tuple(self.points.values()),
            preferences=tuple(self.preferences),
            quiet_hours=tuple(self.quiet),
            needs=tuple(self.needs),
            consents=tuple(self.consents),
        )


def _states(known: Known, of: str, until: str | None, channels: str, there: str | None) -> None:
    words = set(of.split(", "))
    purpose = next(iter(words - {"everything", "this service", "this case", "another service", "another case"}), None)
    ends = {None: None, ", for now": NOW + timedelta(days=1), ", until yesterday": NOW - timedelta(days=1)}
    known.preferences.append(
        Preference(
            channels=() if channels == "none" else tuple(channels.split(", ")),
            purpose=purpose_of(purpose) if purpose else None,
            service="graffiti" if "this service" in words else "bins" if "another service" in words else None,
            case="case-1" if "this case" in words else "case-2" if "another case" in words else None,
            contact_point=known.points["sms"].urn if there else None,
            until=ends[until],
            source=SOURCE,
        )
    )


def _fails(known: Known, channel: Channel) -> None:
    point = "email" if channel == "email" else "sms"
    failures = known.points[point].failures
    known.alter(point, failures=(*failures, Failure(channel=channel, at=NOW, code="5.1.1")))


def _wrote(known: Known, channel: Channel, long_ago: str | None) -> None:
    known.last_used = LastUsed(channel, known.key(channel), NOW - timedelta(days=2 if long_ago else 0, hours=1))


def _consents(known: Known, channel: Channel, purpose: str | None, *, given: bool) -> None:
    known.consents.append(
        Consent(
            id=f"consent-{len(known.consents)}",
            key=known.key(channel),
            channel=channel,
            purpose=purpose_of(purpose) if purpose else None,
            service=None,
            case=None,
            given=given,
            wording=None,
            source=Source(by="citizen:c1", at=SOURCE.at + timedelta(minutes=len(known.consents))),
        )
    )


def _is_quiet(known: Known) -> None:
    spans = {day: (QuietSpan(start=time(), end=time()),) for day in WEEK}
    known.quiet.append(QuietHours(spans=spans, source=SOURCE))


CLAUSES: tuple[tuple[str, Callable[..., None]], ...] = (
    (r"nothing", lambda known: None),
    (r"quiet all week", _is_quiet),
    (r"needs (\w+)", lambda known, code: known.needs.append(Need(code=code, source=SOURCE))),
    (r"withdrew (\w+)(?: for (\w+))?", lambda known, channel, of: _consents(known, channel, of, given=False)),
    (r"agreed to (\w+) by (\w+)", lambda known, of, channel: _consents(known, channel, of, given=True)),
    (r"failed (\w+)", _fails),
    (r"tried (\w+)", lambda known, channel: known.tried.add((channel, known.key(channel)))),
    (r"wrote by (\w+)( two days ago)?", _wrote),
    (r"shared (\w+)", lambda known, channel: known.alter(channel, shared="household")),
    (r"phone box (\w+)", lambda known, channel: known.alter(channel, shared="phone_box")),
    (r"unverified (\w+)", lambda known, channel: known.alter(channel, verified=None)),
    (r"landline sms", lambda known: known.alter("sms", urn=LANDLINE)),
    (r"premium sms", lambda known: known.alter("sms", urn=PREMIUM)),
    (r"no number", lambda known: known.points.pop("sms")),
    (r"no address", lambda known: known.points.pop("email")),
    (r"([a-z_, ]+?)(, for now|, until yesterday)?: ([a-z_, ]+?)(, there)?", _states),
)


def choose(known: Known, purpose: str) -> Choice:
    return choose_channel(
        known.profile(),
        purpose_of(purpose),
        capabilities=GATEWAYS,
        now=NOW,
        zones=LONDON,
        matter=THIS,
        last_used=known.last_used,
        excluded=known.tried,
    )


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]}, {row[1]}" for row in ROWS])
def test_a_row_of_the_page_is_so(row: tuple[str, ...]) -> None:
    clauses, purpose, way, because, passed_over = row
    known = Known().read(clauses)

    choice = choose(known, purpose)

    task = f"{choice.channel}: {choice.task}"
    assert {"send": choice.channel, "task": task}.get(choice.kind, choice.kind) == way
    assert choice.because == because
    lost = {f"{each.way.channel} {each.because}" for each in choice.candidates if not each.won}
    assert not passed_over or passed_over in lost, sorted(lost)


def test_the_page_explains_every_code_that_a_row_gives() -> None:
    given: set[str] = set()

    for clauses, purpose, *_ in ROWS:
        choice = choose(Known().read(clauses), purpose)
        given |= {choice.because, *(each.because for each in choice.candidates)}

    assert given == CODES - {"not_theirs", *get_args(Denial)}  # those are of the last look, and of who speaks for whom


@pytest.fixture
def known() -> Known:
    return Known()


def quiet_at_night(known: Known) -> None:
    spans = {day: (QuietSpan(start=time(9), end=time(17)),) for day in WEEK}
    known.quiet.append(QuietHours(spans=spans, source=SOURCE))


def test_quiet_hours_put_a_message_off_until_their_end(known: Known) -> None:
    quiet_at_night(known)

    choice = choose(known, "service_update")

    assert (choice.kind, choice.not_before) == ("send", datetime(2026, 3, 3, 17, tzinfo=UTC))


def test_what_is_urgent_by_its_purpose_does_not_wait(known: Known) -> None:
    quiet_at_night(known)

    choice = choose(known, "urgent")

    assert choice.not_before is None


@pytest.mark.parametrize(("purpose", "waits"), [("service_update", False), ("alert", True)])
def test_urgency_hurries_what_is_owed_and_not_what_is_subscribed_to(known: Known, purpose: str, waits: bool) -> None:
    quiet_at_night(known)

    choice = choose_channel(
        known.profile(), purpose_of(purpose), urgency="urgent", capabilities=GATEWAYS, now=NOW, zones=LONDON
    )

    assert (choice.not_before is not None) == waits


def test_a_statement_that_ends_before_the_message_leaves_says_nothing(known: Known) -> None:
    quiet_at_night(known)
    known.preferences.append(
        Preference(channels=("sms",), service=None, case=None, until=NOW + timedelta(hours=1), source=SOURCE)
    )

    choice = choose(known, "service_update")

    assert (choice.channel, choice.because) == ("email", "cost")


def test_what_comes_next_is_in_the_order_of_the_reasons(known: Known) -> None:
    known.read("everything: sms")

    choice = choose(known, "service_update")

    assert [way.key for way in choice.fallback] == [
        ("email", MAILBOX.key),
        ("phone", MOBILE.key),
        ("post", None),
    ]


def test_a_choice_that_leaves_out_what_failed_gives_the_next_in_turn_and_at_last_a_person(known: Known) -> None:
    known.read("everything: sms")
    tried: list[tuple[str | None, str | None]] = []

    for _ in range(5):
        choice = choose(known, "service_update")
        tried.append((choice.channel, choice.task))
        assert choice.channel is not None
        known.tried.add((choice.channel, choice.contact_point.urn.key if choice.contact_point else None))

    assert tried == [
        ("sms", None),
        ("email", None),
        ("phone", "call_back"),
        ("post", "letter"),
        ("in_person", "by_hand"),
    ]


def test_the_history_is_told_channels_and_codes_with_the_winner_first(known: Known) -> None:
    known.read("everything: sms; needs large_print_24")

    weighed = choose(known, "service_update").weighed()

    assert weighed == (
        Weighed(channel="email", because="need"),
        Weighed(channel="sms", because="need"),
        Weighed(channel="chat", because="need"),
        Weighed(channel="phone", because="need"),
        Weighed(channel="post", because="next"),
    )
    assert not re.search("print|7700|example", str(weighed))


def test_a_row_of_the_history_is_told_once_however_many_numbers_there_are(known: Known) -> None:
    for number in range(30):
        known.points[f"sms{number}"] = ContactPoint(urn=Urn(f"tel:+4477009002{number:02}"), verified=VERIFIED)

    weighed = choose(known, "service_update").weighed()

    assert len(weighed) == len(set(weighed)) == 5


def test_the_format_that_a_need_asks_for_goes_with_the_choice(known: Known) -> None:
    known.read("needs large_print_20; needs large_print_28; needs easy_read")

    choice = choose(known, "service_update")

    assert (choice.task, choice.format) == ("letter", "easy_read+large_print_28")


def test_who_must_be_there_goes_with_the_choice(known: Known) -> None:
    known.read("everything: phone; needs advocate")

    choice = choose(known, "service_update")

    assert (choice.task, choice.professionals) == ("call_back", ("advocate",))


@pytest.mark.parametrize(
    ("stated", "language"),
    [("cy", "cy"), ("cy-GB", "cy"), ("EN-GB-oed", "en"), ("pl", None), ("cyx", None), (None, None), ("-", None)],
)
def test_the_language_is_theirs_where_the_council_writes_it(
    known: Known, stated: str | None, language: str | None
) -> None:
    profile = known.profile().model_copy(update={"language": stated})

    choice = choose_channel(
        profile, "service_update", capabilities=GATEWAYS, now=NOW, zones=LONDON, languages=("en", "cy")
    )

    assert choice.language == language


def test_the_number_that_they_wrote_from_is_texted_before_one_that_is_verified(known: Known) -> None:
    other = Urn("tel:+447700900456")
    known.points["other"] = ContactPoint(urn=other)
    known.read("everything: sms")
    known.last_used = LastUsed("sms", other.key)

    choice = choose(known, "service_update")

    assert choice.contact_point is not None
    assert choice.contact_point.urn == other


def test_the_number_that_they_named_is_texted_before_the_one_that_they_wrote_from(known: Known) -> None:
    other = Urn("tel:+447700900456")
    known.points["other"] = ContactPoint(urn=other)
    known.preferences.append(Preference(channels=("sms",), service=None, case=None, contact_point=other, source=SOURCE))
    known.read("wrote by sms")

    choice = choose(known, "service_update")

    assert choice.contact_point is not None
    assert choice.contact_point.urn == other


def test_a_named_number_that_is_no_longer_theirs_leaves_its_channel_to_the_others(known: Known) -> None:
    known.preferences.append(
        Preference(channels=("sms",), service=None, case=None, contact_point=Urn("tel:+447700900456"), source=SOURCE)
    )

    choice = choose(known, "service_update")

    assert (choice.channel, choice.because) == ("sms", "general_preference")


def test_a_letter_goes_by_the_gateway_that_prints_unless_it_must_be_made_by_hand(known: Known) -> None:
    address = ContactPoint(urn=Urn("post:1 Elm Road"), verified=VERIFIED)
    known.points["post"] = address
    printing = {**GATEWAYS, "post": Capabilities(sends=True, cost_class="high")}
    known.read("everything: post")

    plain = choose_channel(known.profile(), "service_update", capabilities=printing, now=NOW, zones=LONDON)
    known.read("needs large_print_24")
    large = choose_channel(known.profile(), "service_update", capabilities=printing, now=NOW, zones=LONDON)

    assert (plain.kind, plain.channel, plain.contact_point) == ("send", "post", address)
    assert (large.kind, large.channel, large.task) == ("task", "post", "letter")


def test_large_print_goes_by_no_gateway_that_has_one_size(known: Known) -> None:
    one_size = {**GATEWAYS, "email": Capabilities(sends=True, one_size=True)}
    known.read("everything: email")

    plain = choose_channel(known.profile(), "service_update", capabilities=one_size, now=NOW, zones=LONDON)
    known.read("needs large_print")
    large = choose_channel(known.profile(), "service_update", capabilities=one_size, now=NOW, zones=LONDON)

    assert (plain.kind, plain.channel) == ("send", "email")
    assert (large.kind, large.channel, large.task, large.because) == ("task", "post", "letter", "need")


def test_a_statement_holds_until_its_end_and_not_at_that_moment(known: Known) -> None:
    ending = Preference(channels=("sms",), service=None, case=None, until=NOW, source=SOURCE)
    known.preferences.append(ending)

    choice = choose(known, "service_update")

    assert choice.because == "cost"


def test_a_consent_to_marketing_by_any_channel_is_none_for_this_one(known: Known) -> None:
    known.read("agreed to marketing by sms")
    known.consents = [each.model_copy(update={"channel": None}) for each in known.consents]

    choice = choose(known, "marketing")

    assert (choice.kind, choice.because) == ("denied", "no_consent")


def test_who_withdrew_by_any_channel_withdrew_by_this_one(known: Known) -> None:
    known.read("everything: sms; withdrew sms")
    known.consents = [each.model_copy(update={"channel": None}) for each in known.consents]

    choice = choose(known, "statutory")

    assert choice.channel == "email"
    assert all(way.key[1] != MOBILE.key for way in choice.fallback)


def test_somebody_of_whom_nothing_is_known_is_a_persons_task_where_it_is_worth_one() -> None:
    kinds = {
        purpose: choose_channel(Profile(), purpose, capabilities=GATEWAYS, now=NOW, zones=LONDON).kind
        for purpose in PURPOSES
    }

    assert {purpose for purpose, kind in kinds.items() if kind == "task"} == {
        "service_update",
        "question",
        "appointment",
        "statutory",
        "urgent",
    }
    assert set(kinds.values()) == {"task", "denied"}
