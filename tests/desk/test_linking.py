"""Links, splits and merges through the desk: on the disk, under version checks, with files, and what is logged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from onestop import Actor, Desk, Policy, Raw, open_store
from onestop.desk import CaseView
from onestop.errors import ActionError, ConflictError, NotFoundError, RequestError
from onestop.policy import read_policy
from onestop.stores import Store

from .payloads import Clock, Payloads
from .test_calls import erase

BOTH = "There is a pothole in Mill Lane. Also, graffiti on the library."


@pytest.fixture
def several(policy: Policy) -> Policy:
    """Give the policy with several matters in its topics, each service with a provider of its own."""
    source = policy.source.replace(b'"bands":', b'"several":["topic"],"bands":', 1)
    return read_policy(source)


@pytest.fixture
def bin_(desk: Desk, payloads: Payloads) -> CaseView:
    return desk.case(desk.receive(*payloads.text("something else"))[0].reference)


@pytest.fixture
def pothole(desk: Desk, payloads: Payloads) -> CaseView:
    return desk.case(desk.receive(*payloads.mail("a pothole in Elm Close"))[0].reference)


def with_files(payloads: Payloads, files: dict[str, str]) -> tuple[str, Raw]:
    """Give a mail about a pothole with text files."""
    adapter, raw = payloads.mail("a pothole")
    head, _, words = raw.body.decode().partition("Content-Type: ")
    parts = [f"Content-Type: {words}"] + [
        f'Content-Type: text/plain\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\n{content}'
        for name, content in files.items()
    ]
    body = "".join(f"--cut\r\n{part}\r\n" for part in parts)
    mail = f'{head}Content-Type: multipart/mixed; boundary="cut"\r\n\r\n{body}--cut--\r\n'
    return adapter, raw.model_copy(update={"body": mail.encode()})


def test_a_receipt_names_the_cases_that_an_enquiry_opened_and_so_does_its_repeat(
    make_desk: Callable[..., Desk], several: Policy, payloads: Payloads
) -> None:
    desk = make_desk(policy=several)
    payload = payloads.text(BOTH, sid="SM77")

    (first,) = desk.receive(*payload)
    (again,) = desk.receive(*payload)

    (linked,) = first.linked
    assert desk.case(linked).record.origin == desk.case(first.reference).record.id
    assert (again.outcome, again.reference, again.linked) == ("repeat", first.reference, first.linked)
    counts = desk.counts()
    assert counts["cases"] == 2
    assert list(desk.verify()) == []


def test_every_payload_is_in_one_place_its_first_case(
    make_desk: Callable[..., Desk], several: Policy, payloads: Payloads
) -> None:
    desk = make_desk(policy=several)
    (receipt,) = desk.receive(*payloads.text(BOTH))
    (linked,) = receipt.linked

    one, other = desk.case(receipt.reference), desk.case(linked)

    (received,) = (event for event in one.events() if event.type == "enquiry_received")
    (copied,) = (event for event in other.events() if event.type == "enquiry_received")
    assert (received.copy_of, copied.copy_of) == (None, received.enquiry)
    assert one.enquiries()[0].text == other.enquiries()[0].text == BOTH
    assert [state for _, state in one.messages()] == ["queued"]
    assert other.messages() == ()


def test_a_split_off_has_the_files_of_the_enquiry_and_what_the_scanner_said(
    make_desk: Callable[..., Desk], payloads: Payloads, alice: Actor
) -> None:
    desk = make_desk(scan=lambda content, media_type: "infected" if content == b"bad" else "clean")
    case = desk.case(desk.receive(*with_files(payloads, {"a.txt": "good", "b.txt": "bad"}))[0].reference)
    desk.run_due()

    made = desk.split(case.reference, service="graffiti", by=alice)

    assert [(file.filename, file.state) for file in made.files()] == [("a.txt", "clean"), ("b.txt", "infected")]
    assert "file_infected" in made.flags
    assert made.file(made.files()[0].content or "") == b"good"
    assert {file.content for file in made.files()}.isdisjoint({file.content for file in case.files()})
    assert list(desk.verify()) == []


def test_a_part_of_the_last_enquiry_is_split_off_and_put_back(desk: Desk, payloads: Payloads, alice: Actor) -> None:
    reference = desk.receive(*payloads.mail(BOTH))[0].reference
    assert reference is not None

    made = desk.split(reference, service="graffiti", by=alice, text="graffiti on the library.")

    assert made.reference != reference
    assert made.enquiries()[0].text == "graffiti on the library."
    assert made.parties()[0].urn == desk.case(reference).parties()[0].urn
    assert [case.reference for case in desk.case(reference).linked("related")] == [made.reference]

    desk.unsplit(made, by=alice)

    assert desk.case(reference).linked() == ()
    assert desk.case(made.reference).state_type == "closed"
    assert list(desk.verify()) == []


def test_a_parent_tells_when_its_children_are_closed(desk: Desk, payloads: Payloads, alice: Actor) -> None:
    reference = desk.receive(*payloads.mail(BOTH))[0].reference
    assert reference is not None
    child = desk.split(reference, service="potholes", by=alice, kind="child")

    assert desk.case(reference).open_children() == (child.reference,)
    desk.act(child, "no_action", by=alice)

    assert desk.case(reference).open_children() == ()


def test_an_enquiry_that_never_was_cannot_be_split(desk: Desk, bin_: CaseView, alice: Actor) -> None:
    with pytest.raises(NotFoundError, match="no such enquiry"):
        desk.split(bin_, service="potholes", by=alice, enquiry="e-never")


def test_merging_takes_the_action_of_the_lifecycle_and_undoing_puts_the_case_back(
    desk: Desk, bin_: CaseView, pothole: CaseView, alice: Actor, clock: Clock
) -> None:
    merged = desk.merge(bin_, into=pothole, by=alice)
    assert (merged.state_type, merged.record.closing_reason) == ("closed", "merged")
    clock.pass_time(hours=3)

    back = desk.unmerge(merged, by=alice)

    assert (back.state, back.state_type, back.links) == (bin_.state, "new", ())
    assert desk.case(pothole.reference).links == ()
    assert list(desk.verify()) == []


def test_a_lifecycle_without_a_merge_says_what_may_be_done(desk: Desk, bin_: CaseView, pothole: CaseView) -> None:
    with pytest.raises(ActionError) as refused:
        desk.merge(bin_, into=pothole, by=Actor(kind="citizen", id="p1"))

    assert "withdraw" in refused.value.allowed


@pytest.mark.parametrize("stale", ["first", "second"])
@pytest.mark.parametrize("do", ["link", "unlink", "merge"])
def test_either_case_that_changed_since_it_was_shown_stops_the_change(
    desk: Desk, bin_: CaseView, pothole: CaseView, alice: Actor, do: str, stale: str
) -> None:
    changed = bin_ if stale == "first" else pothole
    desk.note(changed.reference, "Somebody was faster.", by=alice)
    calls: dict[str, Callable[[], object]] = {
        "link": lambda: desk.link(bin_, pothole, kind="related", by=alice),
        "unlink": lambda: desk.unlink(bin_, pothole, by=alice),
        "merge": lambda: desk.merge(bin_, into=pothole, by=alice),
    }

    with pytest.raises(ConflictError, match="changed"):
        calls[do]()

    assert desk.case(bin_.reference).links == desk.case(pothole.reference).links == ()


def test_linking_and_unlinking_is_logged_without_anything_personal(
    desk: Desk, bin_: CaseView, pothole: CaseView, alice: Actor, logs: list[Any]
) -> None:
    desk.link(bin_.reference, pothole.reference, kind="related", by=alice)
    desk.unlink(bin_.reference, pothole.reference, by=alice)

    said = [entry["event"] for entry in logs if entry["event"].startswith("case.")]
    assert said == ["case.linked", "case.unlinked"]
    assert "0900" not in str(logs)


def test_only_a_case_that_was_split_off_is_put_back(desk: Desk, bin_: CaseView, alice: Actor) -> None:
    with pytest.raises(RequestError, match="not split off"):
        desk.unsplit(bin_, by=alice)
    with pytest.raises(RequestError, match="not merged"):
        desk.unmerge(bin_, by=alice)


def test_no_two_cases_are_each_others_children(desk: Desk, bin_: CaseView, pothole: CaseView, alice: Actor) -> None:
    desk.link(bin_.reference, pothole.reference, kind="child", by=alice)

    with pytest.raises(RequestError, match="linked the other way round, as parent"):
        desk.link(pothole.reference, bin_.reference, kind="child", by=alice)
    with pytest.raises(RequestError, match="linked the other way round, as child"):
        desk.link(bin_.reference, pothole.reference, kind="parent", by=alice)

    assert [link.kind for link in desk.case(bin_.reference).record.links] == ["child"]
    assert list(desk.verify()) == []


def test_merges_make_no_circle_and_each_is_undone_by_itself(
    desk: Desk, payloads: Payloads, bin_: CaseView, pothole: CaseView, alice: Actor
) -> None:
    third = desk.case(desk.receive(*payloads.call("graffiti on the library", number="0191 498 0102"))[0].reference)
    desk.merge(bin_.reference, into=pothole.reference, by=alice)
    desk.merge(pothole.reference, into=third.reference, by=alice)

    for into in (bin_, pothole):
        with pytest.raises(RequestError, match="the other case was merged itself"):
            desk.merge(third.reference, into=into.reference, by=alice)
    desk.unmerge(bin_.reference, by=alice)
    desk.unmerge(pothole.reference, by=alice)
    with pytest.raises(RequestError, match="not merged into another one"):
        desk.unmerge(bin_.reference, by=alice)

    assert [desk.case(case.reference).state_type for case in (bin_, pothole, third)] == ["new"] * 3
    assert list(desk.verify()) == []


def test_a_case_of_another_councils_store_is_none_of_ours(
    desk: Desk, make_desk: Callable[..., Desk], payloads: Payloads, bin_: CaseView, alice: Actor
) -> None:
    elsewhere = open_store("sqlite://")
    other = make_desk(store=elsewhere)
    theirs = other.case(other.receive(*payloads.mail("a pothole in Elm Close"))[0].reference)

    for tie in (
        lambda: desk.link(bin_, theirs, kind="related", by=alice),
        lambda: desk.unlink(bin_, theirs, by=alice),
        lambda: desk.merge(bin_, into=theirs, by=alice),
        lambda: desk.split(theirs, service="potholes", by=alice),
        lambda: desk.unsplit(theirs, by=alice),
        lambda: desk.unmerge(theirs, by=alice),
    ):
        with pytest.raises(NotFoundError):
            tie()

    assert desk.case(bin_.reference).version == bin_.version
    assert other.case(theirs.reference).version == theirs.version
    elsewhere.close()


def test_what_was_erased_stops_a_split_and_nothing_else(
    desk: Desk, store: Store, bin_: CaseView, pothole: CaseView, alice: Actor
) -> None:
    beside = desk.split(pothole.reference, service="graffiti", by=alice)
    desk.merge(bin_.reference, into=pothole.reference, by=alice)
    erase(store)

    with pytest.raises(NotFoundError, match="erased"):
        desk.split(pothole.reference, service="potholes", by=alice)
    desk.link(beside.reference, bin_.reference, kind="related", by=alice)
    desk.unlink(beside.reference, bin_.reference, by=alice)
    back = desk.unmerge(bin_.reference, by=alice)
    closed = desk.unsplit(beside.reference, by=alice)

    assert (back.state_type, closed.state_type) == ("new", "closed")
    assert pothole.reference in desk.explain(pothole.reference).text()
