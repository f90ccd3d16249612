"""
Whatever is stated, proved, shared and withdrawn at a desk: what its gateways are given breaches nothing of it.

The gateways judge what they are given by an account of their own (`onestop.testing.breaches`), of the profile as it is
at that moment. `tests/core/test_leaving.py` tries the choice alone, far more often.
"""

from __future__ import annotations

import re
from typing import Any, get_args

from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st

from onestop import Actor, Desk, load_policy, open_store
from onestop.channels.email import Email
from onestop.channels.post import NotifyLetter
from onestop.core.case import UNTOLD
from onestop.core.choice import LastUsed, Matter
from onestop.core.contact import Urn
from onestop.core.events import MessageQueued
from onestop.core.gateway import GatewayRequest, Message
from onestop.core.needs import points_of
from onestop.core.profile import ContactPoint, Weekday
from onestop.core.purposes import PURPOSES
from onestop.core.standing import Telling
from onestop.errors import OnestopError, SendError
from onestop.gateways import Sent
from onestop.testing.breaches import breach

from .conftest import ADAPTERS
from .payloads import Clock, Payloads

ALICE = Actor(kind="worker", id="alice")
HOME = Urn("tel:+447700900101")
MAILBOX = Urn("mailto:mary.jones@example.org")
ADDRESS = Urn.parse("post:Mary Jones, 2 Dock Road, Saltmarsh, L1 8JQ")
WEEK = get_args(Weekday)
CHANNELS = ("sms", "email", "post", "phone")
NEEDS = ("no_texts", "by_email", "by_phone", "large_print_24", "braille_grade_2", "uses_bsl", "via_carer")
GATEWAYS = {
    "twilio_sms": ADAPTERS["twilio_sms"],
    "email": Email(from_address="contact@saltmarsh.example"),
    "letters": NotifyLetter("letters", template_id="f33517ff-2a88-4f6e-b855-c550268ce08a"),
}
OWED = ("statutory", "urgent")

points = st.sampled_from([HOME, MAILBOX, ADDRESS])
purposes = st.sampled_from([each for each in PURPOSES if each not in ("confirmation", "acknowledgement")])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("reply"), purposes),
        st.tuples(st.just("reply"), purposes),
        st.tuples(st.just("run"), st.none()),
        st.tuples(st.just("pass"), st.integers(1, 900)),
        st.tuples(st.just("text"), st.sampled_from(["STOP", "START", "No, it is still there"])),
        st.tuples(
            st.just("prefer"), st.lists(st.sampled_from(CHANNELS), max_size=2, unique=True), st.none() | purposes
        ),
        st.tuples(st.just("quiet"), st.integers(0, 23), st.integers(0, 23)),
        st.tuples(st.just("need"), st.sampled_from(NEEDS)),
        st.tuples(
            st.just("consent"), points, st.booleans(), st.none() | purposes, st.none() | st.sampled_from(CHANNELS)
        ),
        st.tuples(st.just("share"), points, st.sampled_from(["household", "phone_box", None])),
        st.tuples(st.just("refuse"), st.sampled_from(["sms", "email", "post"])),
    ),
    min_size=4,
    max_size=18,
)


class Town:
    """A desk with three gateways, one citizen with a contact point for each, and what went wrong."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.store = open_store("sqlite://")
        policy = load_policy("tests/desk/policy")
        self.zones = policy.zones
        self.desk = Desk(self.store, policy, GATEWAYS, sender=self, clock=self.clock)
        self.payloads = Payloads(self.clock)
        self.wrote_at = self.clock.now
        self.case = str(self.desk.receive(*self.payloads.text("Graffiti"))[0].reference)
        self.who = self.desk.citizens.get(str(HOME)).id
        for urn in (MAILBOX, ADDRESS):
            self.desk.citizens.add_contact_point(self.who, str(urn), by=ALICE)
            self.desk.citizens.verify(str(urn), by=ALICE)
        self.wrong: list[str] = []
        self.given: list[str] = []
        self.refusing: set[str] = set()

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        try:
            self._judge(message, request)
        except Exception as exc:  # noqa: BLE001  # a sender's mistakes leave messages in doubt, and this one's tests nothing
            self.wrong.append(repr(exc))
        if message.channel in self.refusing:
            raise SendError("nobody there", permanent=True, status="5.1.1", address_fails=True)
        self.given.append(message.channel)
        return Sent(f"gw-{message.id}")

    def _judge(self, message: Message, request: GatewayRequest) -> None:
        # By the contact point that the case knows them by: one that several people use tells of nobody.
        profile, case = self.desk.citizens.profile(str(HOME)), self.desk.case(self.case)
        own = message.recipient.key == HOME.key
        found = [point for point in profile.contact_points if point.urn.key == message.recipient.key]
        assert found or own, "a gateway was given what is for nobody's contact point"
        purpose: Any = message.purpose
        channel: Any = message.channel
        code = breach(
            profile,
            Telling(
                purpose,
                matter=Matter(case.service),
                last_used=LastUsed("sms", HOME.key, self.wrote_at),
                by_person=own and not message.automatic,
            ),
            channel,
            found[0] if found else ContactPoint(urn=message.recipient),
            self.clock.now,
            self.zones,
            next(each.capabilities for each in GATEWAYS.values() if each.channel == channel),
        )
        if code is not None:
            self.wrong.append(f"{channel}, {purpose}: {code}")
        body = re.sub(rb"=\r\n", b"", request.body).decode()
        if (size := points_of(message.format)) and f"font-size:{size}pt" not in body:
            self.wrong.append("in small print")

    def do(self, step: str, *what: Any) -> None:
        citizens = self.desk.citizens
        match step:
            case "reply":
                self.desk.reply(self.case, text="News.", purpose=what[0], by=ALICE)
            case "run":
                self.desk.run_due()
            case "pass":
                self.clock.pass_time(minutes=what[0])
            case "text":
                self.wrote_at = self.clock.now
                self.desk.receive(*self.payloads.text(what[0]))
            case "prefer":
                citizens.prefer(self.who, what[0], purpose=what[1], by=ALICE)
            case "quiet":
                hours = [(f"{what[0]:02}:00", f"{what[1]:02}:00")]
                citizens.quiet_hours(self.who, dict.fromkeys(WEEK, hours), by=ALICE)
            case "need":
                citizens.record_need(self.who, what[0], by=ALICE)
            case "consent":
                citizens.consent(str(what[0]), given=what[1], purpose=what[2], on=what[3], by=ALICE)
            case "share":
                citizens.mark_shared(str(what[0]), what[1], who=self.who, by=ALICE)
            case "refuse":
                self.refusing ^= {what[0]}


def test_what_was_made_before_large_print_was_needed_is_made_anew_and_goes_the_same_way() -> None:
    town = Town()
    town.do("prefer", ["email"], None)
    town.do("run")
    town.do("reply", "service_update")
    town.do("need", "large_print_24")

    town.do("run")

    (small, denied), (large, sent) = town.desk.case(town.case).messages()[-2:]
    assert small is not None
    assert large is not None
    assert (small.channel, small.format, denied) == ("email", None, "denied")
    assert (large.channel, large.format, sent) == ("email", "large_print_24", "sent")
    assert town.wrong == []
    town.store.close()


@settings(max_examples=50, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(steps=steps)
def test_what_gateways_are_given_breaches_nothing_and_what_is_owed_is_never_dropped(
    steps: list[tuple[Any, ...]],
) -> None:
    town = Town()

    for step in steps:
        try:
            town.do(*step)
        except OnestopError as refused:
            event(f"refused: {step[0]}, {refused.code}")
    for _ in range(3):
        town.clock.pass_time(hours=24)
        town.desk.run_due()

    for channel in town.given:
        event(f"went by {channel}")
    assert town.wrong == []
    case = town.desk.case(town.case)
    queued = [each for each in case.events() if isinstance(each, MessageQueued)]
    states = dict(zip([each.message for each in queued], [state for _, state in case.messages()], strict=True))
    next_of = {each.replaces: each.message for each in queued if each.replaces}
    ends = [each.message for each in queued if each.purpose in OWED and each.message not in next_of]
    dropped = [states[message] for message in ends if states[message] in ("denied", "muted", "permanent_failure")]
    assert "muted" not in dropped
    assert not dropped or {UNTOLD, "message_failed"} & set(case.flags), "a person is shown what nobody was told"
    assert list(town.desk.verify()) == []
    town.store.close()
