"""Calls that come in several events, from the payload to what people see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from onestop import Actor, Desk, Raw, open_store
from onestop.channels.phone import CallNote, CtiForm
from onestop.core.contact import Urn
from onestop.core.enquiry import Call, Enquiry
from onestop.core.model import FrozenMap
from onestop.stores import FolderContents, Store

from .conftest import ADAPTERS
from .payloads import MARY_URN, Clock, Payloads


class Transcripts:
    """An adapter of a telephone system that tells what was said; the payload is nothing but the words."""

    channel = "phone"
    capabilities = CtiForm.capabilities
    name = "switch"

    def parse(self, raw: Raw, /) -> list[Enquiry]:
        words = raw.body.decode()
        call = Call(disposition="voicemail", transcript=words)
        return [
            Enquiry(
                channel="phone",
                adapter=self.name,
                source_id="c1",
                received_at=raw.received_at,
                kind="voicemail",
                text=words,
                call=call,
                gateway_meta=FrozenMap({"call_event": f"transcript {len(words)}"}),
            )
        ]


class Drawn:
    """Entropy that can run out."""

    left = 1000

    def __call__(self, size: int) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return bytes([self.left % 256]) * size


@pytest.fixture
def calls(make_desk: Callable[..., Desk]) -> Desk:
    """A desk with a telephone system, under names of its own choosing."""
    return make_desk(adapters={**ADAPTERS, "cti": CtiForm(token="t"), "lines": Transcripts()})


def test_a_call_in_three_events_is_one_case_with_one_enquiry(calls: Desk, payloads: Payloads) -> None:
    outcomes = [
        calls.receive(*payloads.cti("newCall", queue="bins"))[0],
        calls.receive(*payloads.cti("answer", user="alice"))[0],
        calls.receive(*payloads.cti("hangup", cause="normalClearing"))[0],
    ]

    assert [(receipt.outcome, receipt.how) for receipt in outcomes] == [
        ("opened", "new"),
        ("joined", "call"),
        ("joined", "call"),
    ]
    assert len({(receipt.reference, receipt.enquiry) for receipt in outcomes}) == 1
    (enquiry,) = calls.case(outcomes[0].reference).enquiries()
    assert enquiry.kind == "call"
    assert calls.counts()["enquiries"] == 1
    assert list(calls.verify()) == []


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_an_agents_note_is_one_with_its_call_whenever_it_comes(
    make_desk: Callable[..., Desk], payloads: Payloads, place: int
) -> None:
    desk = make_desk(adapters={"cti": CtiForm(token="t"), "screen": CallNote(calls="cti")})
    note = b'{"id": "n1", "call_id": "c1", "entered_by": "gwen", "notes": "A pothole in Mill Lane", "name": "Mary"}'
    told = [payloads.cti(event) for event in ("newCall", "answer", "hangup")]
    told.insert(place, ("screen", payloads.raw(note)))

    receipts = [desk.receive(*each)[0] for each in (*told, told[place])]

    assert [receipt.outcome for receipt in receipts] == ["opened", "joined", "joined", "joined", "repeat"]
    case = desk.case(receipts[0].reference)
    (enquiry,) = case.enquiries()
    assert (enquiry.text, enquiry.kind, enquiry.entered_by) == ("A pothole in Mill Lane", "call", "gwen")
    assert enquiry.sender == Urn.parse(MARY_URN)
    assert case.record.service == "potholes"
    assert "worker:gwen" in {event.by for event in case.events()}
    assert list(desk.verify()) == []


def test_a_call_whose_number_comes_last_can_be_answered(calls: Desk, payloads: Payloads, alice: Actor) -> None:
    first = calls.receive(*payloads.cti("newCall", sender="anonymous"))[0]

    calls.receive(*payloads.cti("hangup", cause="noAnswer"))

    case = calls.case(first.reference)
    assert [str(party.urn) for party in case.parties()] == [MARY_URN]
    assert calls.citizen(MARY_URN).cases == (first.reference,)
    assert calls.reply(case, text="We rang back.", by=alice).messages()[0][1] == "queued"
    assert list(calls.verify()) == []


def test_a_transcript_that_comes_late_takes_an_untouched_case_along(calls: Desk, payloads: Payloads) -> None:
    first = calls.receive("lines", payloads.raw(b"Hello?"))[0]

    second = calls.receive("lines", payloads.raw(b"There is a smell of gas"))[0]

    assert (first.service, second.service, second.how) == ("triage", "potholes", "call")
    assert calls.case(first.reference).record.priority == "urgent"
    assert [case.reference for case in calls.cases(flag="emergency")] == [first.reference]


def test_its_history_says_in_words_what_happened(calls: Desk, payloads: Payloads) -> None:
    reference = calls.receive("lines", payloads.raw(b"Hello?"))[0].reference
    calls.receive("lines", payloads.raw(b"There is a smell of gas"))
    assert reference is not None

    timeline = calls.case(reference).timeline()

    assert [(entry.kind, entry.summary) for entry in timeline[2:]] == [
        ("enquiry_updated", "voicemail: more became known of it"),
        ("rerouted", "sent on from triage to potholes"),
        ("targets_changed", "targets: rerouted"),
        ("promise_changed", timeline[-1].summary),
    ]
    assert timeline[-1].summary.endswith("(rerouted)")
    assert (timeline[1].text, timeline[2].text) == (None, "There is a smell of gas")
    explained = calls.explain(reference).text()
    assert "another event of a call" in explained
    assert "the rules were asked again, with what is known now:\n    flag:smell-of-gas (band flags)" in explained
    assert "    gas (band topic)" in explained
    assert "a smell of" not in explained


@pytest.fixture
def in_a_folder(tmp_path: Path) -> Iterator[tuple[Store, Path]]:
    store = open_store("sqlite://", contents=FolderContents(tmp_path, larger_than_bytes=0))
    yield store, tmp_path
    store.close()


def files(folder: Path) -> set[bytes]:
    return {path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_an_enquiry_was_before_is_gone_from_the_disk_too(
    make_desk: Callable[..., Desk], in_a_folder: tuple[Store, Path], payloads: Payloads
) -> None:
    store, folder = in_a_folder
    desk = make_desk(store=store, adapters={"lines": Transcripts()})
    desk.receive("lines", payloads.raw(b"My first words"))

    desk.receive("lines", payloads.raw(b"My first words, and some more"))

    said = [body for body in files(folder) if b'"text":"My first words' in body]
    assert len(said) == 1
    assert b"and some more" in said[0]
    assert list(desk.verify()) == []


def test_what_an_enquiry_was_before_stays_when_the_transaction_does_not_end_well(
    make_desk: Callable[..., Desk], in_a_folder: tuple[Store, Path], payloads: Payloads
) -> None:
    store, _ = in_a_folder
    drawn = Drawn()
    desk = make_desk(store=store, adapters={"lines": Transcripts()}, entropy=drawn)
    reference = desk.receive("lines", payloads.raw(b"My first words"))[0].reference
    assert reference is not None
    drawn.left = 2  # the salts of one event

    with pytest.raises(KeyboardInterrupt):
        desk.receive_many("lines", [payloads.raw(b"My first words, and some more"), payloads.raw(b"And more and more")])

    assert [enquiry.text for enquiry in desk.case(reference).enquiries()] == ["My first words"]


def test_an_event_of_a_call_whose_words_were_erased_opens_a_case(calls: Desk, store: Store, payloads: Payloads) -> None:
    first = calls.receive("lines", payloads.raw(b"My bin"))[0]
    erase(store)

    second = calls.receive("lines", payloads.raw(b"My bin, again"))[0]

    assert second.outcome == "opened"
    assert second.reference != first.reference
    assert "source_id_reused" in second.defects


def erase(store: Store) -> None:
    """Remove the words of every enquiry, as erasing a citizen will."""
    with store.write() as tx:
        tx.connection.execute(text("DELETE FROM onestop_content WHERE kind = 'enquiry'"))  # type: ignore[attr-defined]  # the SQL store's


def test_an_event_for_a_merged_case_flags_the_one_that_took_its_place(
    calls: Desk, payloads: Payloads, alice: Actor, clock: Clock
) -> None:
    first = calls.receive("lines", payloads.raw(b"Hello?"))[0].reference
    other = calls.receive(*payloads.mail("A pothole"))[0].reference
    assert first is not None
    assert other is not None
    calls.act(first, "merge", into=other, by=alice)
    clock.pass_time(minutes=1)

    receipt = calls.receive("lines", payloads.raw(b"There is a smell of gas"))[0]

    assert receipt.reference == first
    assert calls.case(other).flags == ("emergency",)
    assert list(calls.verify()) == []


def test_events_of_one_batch_see_each_other(calls: Desk, payloads: Payloads) -> None:
    events = [payloads.cti("newCall")[1], payloads.cti("hangup", cause="busy")[1], payloads.cti("newCall")[1]]

    outcomes = [receipts[0].outcome for receipts in calls.receive_many("cti", events)]

    assert outcomes == ["opened", "joined", "repeat"]
