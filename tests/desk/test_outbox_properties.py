"""Whatever a gateway does, whatever is reported or withdrawn meanwhile: nothing is sent twice, lost, or wrongly."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from onestop import Actor, Desk, load_policy, open_store
from onestop.core.events import MessageQueued, MessageUpdated
from onestop.core.gateway import GatewayRequest, Message
from onestop.core.plan import Ask, FindProfile
from onestop.core.purposes import law_of
from onestop.core.quiet import quiet_until
from onestop.errors import RateLimitedError, SendError, UnsureError
from onestop.gateways import Sent

from .conftest import ADAPTERS
from .payloads import Clock, Payloads
from .test_outbox import Statements

ALICE = Actor(kind="worker", id="alice")
CITIZENS = {"tel:+447700900101": "07700 900101", "tel:+447700900102": "07700 900102"}
ENDED = {"sent", "delivered", "read", "permanent_failure", "temporary_failure", "denied", "muted", "cleared"}
ANSWERS = ("takes", "refuses", "is down", "is busy", "breaks off", "asks for time", "breaks")

steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("reply"), st.sampled_from(list(CITIZENS)), st.sampled_from(["service_update", "urgent", "alert"])
        ),
        st.tuples(st.just("answer"), st.sampled_from(ANSWERS), st.integers(1, 3)),
        st.tuples(
            st.just("report"), st.sampled_from(["delivered", "undelivered", "failed", "sent"]), st.integers(0, 9)
        ),
        st.tuples(st.just("withdraw"), st.sampled_from(list(CITIZENS)), st.just(0)),
        st.tuples(st.just("quiet"), st.sampled_from(list(CITIZENS)), st.integers(0, 22)),
        st.tuples(st.just("need"), st.sampled_from(list(CITIZENS)), st.sampled_from(["by_phone", "no_texts"])),
        st.tuples(st.just("pass"), st.just(""), st.integers(1, 600)),
        st.tuples(st.just("run"), st.just(""), st.just(0)),
        st.tuples(st.just("people"), st.sampled_from(["told", "no_answer", "wrong_number"]), st.just(0)),
    ),
    min_size=4,
    max_size=25,
)


class Town:
    """A desk, a gateway that does anything, and what it was seen to take."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.store = open_store("sqlite://")
        self.answers: list[str] = []
        self.taken: list[Message] = []
        self.wrong: list[str] = []
        policy = load_policy("tests/desk/policy")
        self.zones = policy.zones
        self.desk = Desk(self.store, policy, ADAPTERS, sender=self, clock=self.clock)
        self.statements = Statements(self.desk, ALICE)
        self.payloads = Payloads(self.clock)
        self.cases = {
            urn: str(self.desk.receive(*self.payloads.text("Graffiti", sender=number))[0].reference)
            for urn, number in CITIZENS.items()
        }

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        self._judge(message)
        match self.answers.pop(0) if self.answers else "takes":
            case "refuses":
                raise SendError("no such number", permanent=True, status="21614", address_fails=True)
            case "is down":
                raise SendError("down", permanent=False)
            case "is busy":
                raise SendError("busy", permanent=False, status="429", retry_after_s=90)
            case "asks for time":
                raise RateLimitedError("slowly", retry_after_s=30)
            case "breaks off":
                self.taken.append(message)  # it may have taken it: so it has
                raise UnsureError("it broke off")
            case "breaks":
                raise ZeroDivisionError
        self.taken.append(message)
        return Sent(f"gw-{message.id}")

    def _judge(self, message: Message) -> None:
        """See by the profile as it is now, and by no code of the outbox, whether this may be given to a gateway."""
        query = FindProfile(key=message.recipient.key)
        with self.store.read() as reader:
            profile = reader.answer(Ask((query,)))[query].profile
        law = law_of(message.purpose)
        if any(not consent.given for consent in profile.consents):
            self.wrong.append("opted out")
        if any(need.code in ("by_phone", "no_texts") for need in profile.needs):
            self.wrong.append("need")
        if law.waits and quiet_until(profile.quiet_hours, self.clock.now, self.zones) is not None:
            self.wrong.append("quiet")

    def do(self, step: str, what: str, how: object) -> None:
        match step:
            case "reply":
                self.desk.reply(self.cases[what], text="News.", purpose=str(how), by=ALICE)
            case "answer":
                self.answers += [what] * int(str(how))
            case "report" if self.taken:
                message = self.taken[int(str(how)) % len(self.taken)]
                self.desk.receive(*self.payloads.report(f"gw-{message.id}", what))
            case "withdraw":
                self.statements.withdraw(what)
            case "quiet":
                hour = int(str(how))
                self.statements.quiet(what, f"{hour:02}:00", f"{hour + 1:02}:00")
            case "need":
                self.statements.need(what, str(how))
            case "pass":
                self.clock.pass_time(minutes=int(str(how)))
            case "run":
                self.desk.run_due()
            case "people":
                for task in list(self.desk.outbox.waiting(state="task")):
                    self.desk.outbox.done(task.message, what, by=ALICE)  # type: ignore[arg-type]  # drawn of the three


@settings(max_examples=60, deadline=None)
@given(steps=steps)
def test_nothing_leaves_twice_or_against_what_was_stated_and_nothing_is_lost(
    steps: list[tuple[str, str, object]],
) -> None:
    town = Town()

    for step in steps:
        town.do(*step)
    town.answers.clear()
    town.desk.run_due()

    assert town.wrong == []
    waiting = {each.message for each in town.desk.outbox.waiting() if each.why != "done"}
    recorded: Counter[str] = Counter()
    for reference in town.cases.values():
        case = town.desk.case(reference)
        for event in case.events():
            if isinstance(event, MessageUpdated) and event.state in ("sent", "in_doubt"):
                recorded[event.message] += 1
        queued = [event.message for event in case.events() if isinstance(event, MessageQueued)]
        states = dict(zip(queued, (state for _, state in case.messages()), strict=True))
        assert all(state in ENDED or message in waiting for message, state in states.items())
    reported = {message.id for message in town.taken}
    for message, times in Counter(each.id for each in town.taken).items():
        assert times <= max(1, recorded[message]), "taken more often than any record says"
    assert reported <= {*recorded, *waiting} | _ended_by_report(town)
    assert list(town.desk.verify()) == []
    town.store.close()


def _ended_by_report(town: Town) -> set[str]:
    """Give the messages of which a report was faster than our record."""
    events = (event for case in town.cases.values() for event in town.desk.case(case).events())
    return {event.message for event in events if isinstance(event, MessageUpdated)}
