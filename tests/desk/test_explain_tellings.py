"""Why a message went by letter: each message says why it goes its way, what stood against the others, what became."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from onestop import Desk, load_policy, open_store
from onestop.core.events import Weighed
from onestop.core.needs import NEEDS
from onestop.desk.explain import Explanation
from onestop.replay import Day, load_day, replay

NORTHPORT = Path(__file__).parents[2] / "examples" / "northport"
PEOPLE = ("Olive", "Marsh", "Finch", "Kapoor", "Kit", "900316", "mail.example", "example.org")


class Told:
    """Northport's cases after its day, by the files that opened them."""

    def __init__(self, desk: Desk, opened: dict[str, str]) -> None:
        self._desk, self._opened = desk, opened

    def explain(self, file: str) -> Explanation:
        return self._desk.explain(self._opened[file])

    def lines(self, file: str) -> list[str]:
        """Give what is said of messages and of consent, without the times."""
        text = self.explain(file).text().partition("what was told:\n")[2]
        return [line.rpartition("UTC): ")[2].strip() for line in text.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def day() -> Day:
    return load_day(NORTHPORT / "day")


@pytest.fixture(scope="module")
def told(day: Day) -> Iterator[Told]:
    store = open_store("sqlite://")
    done = replay(day, store=store)
    opened = {
        played.step.file: receipt.reference
        for played in done.steps
        for receipt in played.receipts[:1]
        if receipt.outcome in ("opened", "asked") and played.step.file and receipt.reference
    }
    desk = Desk(store, load_policy(day.policy), clock=lambda: datetime(2026, 4, 24, 9, tzinfo=UTC))
    yield Told(desk, opened)
    store.close()


def test_a_letter_says_that_a_need_asked_for_it_and_never_which(told: Told) -> None:
    explained = told.explain("300-olive-hole.eml")

    letter = explained.tellings[-1]
    assert (letter.channel, letter.manner, letter.because, letter.state) == ("post", "task", "need", "sent")
    assert Weighed(channel="email", because="need") in letter.weighed
    assert told.lines("300-olive-hole.eml")[-3:] == [
        "service_update (fixed) by post to party 1, sent: it meets what they need, and another way does not"
        " — worker:county-carys",
        "not by email, chat, sms, phone: it does not meet what they need",
        "sent: it was posted — worker:dilys",
    ]
    whole = explained.text() + explained.model_dump_json()
    assert not [need for need in NEEDS if need in whole]
    assert not [name for name in PEOPLE if name in whole]


def test_an_opt_out_stands_beside_the_messages_that_went_another_way_or_not_at_all(told: Told) -> None:
    kit, una = told.lines("317-kit-bin.json"), told.lines("321-una-tax.json")

    assert "not by sms: they said that they do not want it" in kit
    assert kit[-3:] == [
        "what may be told:",
        "party 1 wants to be told no more by sms; said in this case",
        "party 1 may be told again by sms; said in this case",
    ]
    assert "statutory by phone to party 1, failed: the cheapest way that is left — worker:priya" in una
    assert "it did not reach them: the number is somebody else's — worker:priya" in una
    assert "in place of the statutory by phone, which did not reach them" in una


def test_a_message_says_until_when_it_waited_and_what_it_stands_for(told: Told) -> None:
    quiet, bounced = told.explain("323-bo-noise.json"), told.explain("325-ivy-graffiti.eml")

    held = next(each for each in quiet.tellings if each.not_before is not None)
    assert "not before Thu 23 Apr 2026 08:00 BST (07:00 UTC), when their quiet hours end" in quiet.text()
    assert held.not_before is not None
    assert held.became[-1].at >= held.not_before
    failed, text = bounced.tellings[-2:]
    assert (text.replaces, text.channel, failed.became[-1].code) == (failed.message, "sms", "5.1.1")


def test_who_may_not_be_told_any_more_is_not_and_the_history_says_why(told: Told) -> None:
    lines = told.lines("308-leela-care.eml")

    assert "not sent: who it was for may not act for the citizen any more" in lines
    assert not any(line.startswith("service_update by email to party 1") for line in lines)  # a person writes to her


def test_what_is_told_stands_as_codes_in_json(told: Told) -> None:
    document = json.loads(told.explain("300-olive-hole.eml").model_dump_json())

    *_, letter = document["tellings"]
    assert letter["weighed"][0] == {"channel": "post", "because": "need"}
    assert [(each["state"], each["code"]) for each in letter["became"]] == [("sent", "posted")]
    assert document["agreed"] == []
