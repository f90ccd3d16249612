"""
Whatever citizens write and workers state, in whatever order, nothing is lost and nobody is taken for somebody else.

A day is a list of small things that happen to few people, so that they meet: texts, mails and notes; answers, STOPs and
repeats; contact points that are shared, taken off and given to others; merges and what undoes them; authority; and
questions. What cannot be done is refused with an error of ours, and changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from onestop import Actor, Desk, Raw, load_policy, open_store
from onestop.core.citizen_events import Merged
from onestop.core.events import EnquiryReceived
from onestop.errors import OnestopError
from onestop.gateways import CollectingSender

from .conftest import ADAPTERS
from .payloads import Clock, Payloads

POLICY = load_policy(Path(__file__).parent / "policy")
ALICE = Actor(kind="worker", id="alice")
PHONES = ("07700 900101", "07700 900102", "07700 900103")
MAILS = ("mary@mail.example", "tom@mail.example")
PEOPLE = (*(f"tel:+44{number[1:].replace(' ', '')}" for number in PHONES), *(f"mailto:{mail}" for mail in MAILS))
NAMES = ("Mary Jones", "Tom Price", "")
WORDS = (
    "graffiti on the bridge",
    "a pothole in Elm Road",
    "any news?",
    "STOP",
    "START",
    "1",
    "2",
    "3",
    "yes",
    "no",
    "something else",
    "thanks",
    "{reference}",
)
STATED = ("bsl", "large_print")
SOME = 5  # the numbers that a step draws from


class Town:
    """A desk, and the day as it went."""

    def __init__(self) -> None:
        self.clock, self.store, self.sender = Clock(), open_store("sqlite://"), CollectingSender()
        self.payloads = Payloads(self.clock)
        self.desk = Desk(self.store, POLICY, ADAPTERS, sender=self.sender, clock=self.clock)
        self.sent: list[tuple[str, Raw]] = []
        self.outcomes: Counter[str] = Counter()
        self.placed: list[str] = []  # ids of enquiries that a case took
        self.references: list[str] = []
        self.merges: set[tuple[str, str]] = set()
        self.of_nobody: list[str] = []  # cases that were opened from a contact point which several people use

    # -- what citizens do --

    def text(self, one: int, other: int, words: int) -> None:
        self.take(*self.payloads.text(self.words(words * SOME + other), sender=PHONES[one % 3]), PEOPLE[one % 3])

    def mail(self, one: int, other: int, words: int) -> None:
        name, mail = NAMES[other % 3], one % 2
        self.take(*self.payloads.mail(self.words(words), sender=MAILS[mail], name=name), PEOPLE[3 + mail])

    def note(self, one: int, other: int, words: int) -> None:
        call = self.payloads.call(self.words(words), number=PHONES[one % 3], sender_name=NAMES[other % 3])
        self.take(*call, PEOPLE[one % 3])

    def again(self, one: int, other: int, words: int) -> None:
        if self.sent:
            (receipt,) = self.desk.receive(*self.sent[(one * SOME + other) % len(self.sent)])
            assert receipt.outcome in ("repeat", "rejected")
            self.outcomes["again"] += receipt.outcome == "rejected"

    def junk(self, one: int, other: int, words: int) -> None:
        self.take("call_note", self.payloads.raw(f"{one}{other}{len(self.sent)}".encode()), None)

    def words(self, number: int) -> str:
        reference = self.references[-1] if self.references else "SM-0000-0000"
        return WORDS[number % len(WORDS)].format(reference=reference)

    def take(self, adapter: str, raw: Raw, person: str | None) -> None:
        shared = person is not None and any(
            point.shared and str(point.urn) == person for point in self.desk.citizens.profile(person).contact_points
        )
        (receipt,) = self.desk.receive(adapter, raw)
        self.sent.append((adapter, raw))
        self.outcomes[receipt.outcome] += 1
        if receipt.reference is not None and receipt.enquiry is not None:
            self.placed.append(receipt.enquiry)
            self.references.append(receipt.reference)
            if shared and receipt.outcome in ("opened", "asked"):
                self.of_nobody.append(receipt.reference)

    # -- what workers do --

    def merge(self, one: int, other: int, _: int) -> None:
        merged = self.desk.citizens.get(PEOPLE[one]).id
        into = self.desk.citizens.merge(PEOPLE[one], into=PEOPLE[other], by=ALICE)
        self.merges.add((merged, into.id))

    def unmerge(self, one: int, *_: int) -> None:
        self.desk.citizens.unmerge(PEOPLE[one], by=ALICE)

    def share(self, one: int, other: int, _: int) -> None:
        self.desk.citizens.mark_shared(PEOPLE[one], "household", by=ALICE, who=None)

    def unshare(self, one: int, other: int, _: int) -> None:
        self.desk.citizens.mark_shared(PEOPLE[one], None, by=ALICE, who=self.desk.citizens.get(PEOPLE[other]).id)

    def verify(self, one: int, *_: int) -> None:
        self.desk.citizens.verify(PEOPLE[one], by=ALICE)

    def move(self, one: int, other: int, _: int) -> None:
        self.desk.citizens.remove_contact_point(PEOPLE[one], by=ALICE)
        self.desk.citizens.add_contact_point(PEOPLE[other], PEOPLE[one], by=ALICE)

    def remove(self, one: int, *_: int) -> None:
        self.desk.citizens.remove_contact_point(PEOPLE[one], by=ALICE)

    def need(self, one: int, other: int, number: int) -> None:
        until = self.clock.now + timedelta(hours=other) if other else None
        self.desk.citizens.record_need(PEOPLE[one], STATED[number % 2], by=ALICE, until=until)

    def prefer(self, one: int, other: int, number: int) -> None:
        self.desk.citizens.prefer(PEOPLE[one], [("sms", "email", "phone")[other % 3]] * (number % 2), by=ALICE)

    def grant(self, one: int, other: int, _: int) -> None:
        self.desk.citizens.grant(PEOPLE[one], PEOPLE[other], role="carer", by=ALICE)

    def end(self, one: int, *_: int) -> None:
        for authority in self.desk.citizens.authorities(PEOPLE[one]):
            self.desk.citizens.end_authority(authority.id, by=ALICE)

    def ask(self, one: int, other: int, _: int) -> None:
        options = {"left": "Left", "right": "Right"} if other % 2 else None
        self.desk.questions.ask(self.case(one), "Which?", by=ALICE, options=options)

    def told(self, one: int, other: int, _: int) -> None:
        for question in self.desk.questions.open(self.case(one)):
            self.desk.questions.answer(self.case(one), question, question.options[other % 2].code, by=ALICE)

    def withdraw(self, one: int, *_: int) -> None:
        for question in self.desk.questions.open(self.case(one)):
            self.desk.questions.withdraw(self.case(one), question, by=ALICE)

    def resolve(self, one: int, other: int, number: int) -> None:
        belongs_to = self.case(other) if number else None
        self.desk.questions.resolve(self.case(one), belongs_to=belongs_to, by=ALICE)

    def reply(self, one: int, *_: int) -> None:
        self.desk.reply(self.case(one), text="It is being looked at.", by=ALICE)

    def run(self, *_: int) -> None:
        self.desk.run_due()

    def wait(self, one: int, other: int, _: int) -> None:
        self.clock.pass_time(hours=(one + 1) * (other + 1) * 3)
        self.desk.run_due()

    def case(self, number: int) -> str:
        return self.references[-1 - number % min(3, len(self.references))] if self.references else "SM-0000-0000"

    # -- what must hold --

    def merged_now(self) -> set[tuple[str, str]]:
        with self.store.engine.connect() as connection:
            found = connection.exec_driver_sql(
                "SELECT id, merged_into FROM onestop_citizen WHERE merged_into IS NOT NULL"
            )
            return {(one, into) for one, into in found}

    def everything(self) -> list[Any]:
        return [self.desk.case(reference) for reference in dict.fromkeys(self.references)]


CITIZENS = (Town.text, Town.text, Town.text, Town.mail, Town.note, Town.again, Town.junk)
WORKERS = (
    *(Town.merge, Town.unmerge, Town.share, Town.unshare, Town.verify, Town.move, Town.remove, Town.need, Town.prefer),
    *(
        Town.grant,
        Town.end,
        Town.ask,
        Town.ask,
        Town.told,
        Town.withdraw,
        Town.resolve,
        Town.reply,
        Town.run,
        Town.wait,
    ),
)
SMALL = settings(max_examples=20, deadline=None, phases=set(Phase) - {Phase.shrink, Phase.explain})
NUMBER = st.integers(0, SOME - 1)
STEPS = st.tuples(st.sampled_from((*CITIZENS, *CITIZENS, *WORKERS)), NUMBER, NUMBER, NUMBER)
BEGINNING = tuple((Town.text, one, one, 0) for one in range(3)) + tuple((Town.mail, one, one, 1) for one in range(2))


def lived(day: list[tuple[Callable[..., None], int, int, int]]) -> tuple[Town, list[Any]]:
    """Give a town after a day, and what was logged and said in errors."""
    town, refused = Town(), []
    with capture_logs() as logs:
        for step, *numbers in (*BEGINNING, *day):
            town.clock.pass_time(minutes=7)
            try:
                step(town, *numbers)
            except OnestopError as error:
                refused.append(str(error))
        town.desk.run_due()
    return town, [*logs, *refused]


@SMALL
@given(day=st.lists(STEPS, min_size=5, max_size=40))
def test_on_any_day_everything_is_in_one_place_and_nobody_is_taken_for_another(
    day: list[tuple[Callable[..., None], int, int, int]],
) -> None:
    town, logs = lived(day)

    events = [event for case in town.everything() for event in case.events()]
    kept = Counter(event.enquiry for event in events if isinstance(event, EnquiryReceived))
    with town.store.read() as reader:
        counts = reader.counts()
    assert sorted(kept) == sorted(town.placed)
    assert set(kept.values()) <= {1}
    assert (counts["enquiries"], counts["rejected"]) == (len(town.placed), town.outcomes["rejected"])
    assert town.merged_now() <= town.merges
    assert all(next(iter(town.desk.case(each).parties())).citizen is None for each in town.of_nobody)
    assert list(town.desk.verify()) == []
    said = f"{[change.event for change in town.desk.changes()]}{logs}"
    assert not any(word in said for word in (*STATED, *(person.partition(":")[2] for person in PEOPLE)))
    town.store.close()


@SMALL
@given(day=st.lists(STEPS, min_size=5, max_size=40))
def test_on_any_day_every_merge_is_a_workers_and_can_be_undone(
    day: list[tuple[Callable[..., None], int, int, int]],
) -> None:
    town, _ = lived(day)
    merged = sorted(one for one, _ in town.merged_now())
    by = {event.by for one in merged for event in town.desk.citizens.history(one) if isinstance(event, Merged)}

    for one in merged:
        town.desk.citizens.unmerge(one, by=ALICE)

    assert by <= {"worker:alice"}
    assert town.merged_now() == set()
    assert all(town.desk.citizens.get(one).id == one for one in merged)
    assert list(town.desk.verify()) == []
    town.store.close()
