"""What can be asked of a desk: cases, changes, citizens, reasons."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from onestop import Actor, Desk
from onestop.core.events import CaseOpened, EnquiryReceived, MessageQueued
from onestop.errors import ContactPointError, NotFoundError, RequestError
from onestop.stores.base import CaseFilter

from .payloads import MARY_URN, START, TOM, TOM_URN, Clock, Payloads


@pytest.fixture
def references(desk: Desk, payloads: Payloads, clock: Clock, alice: Actor) -> list[str]:
    """Open three cases, a day apart: graffiti by text, a pothole by mail, a call about something else."""
    made = []
    for payload in (payloads.text("Graffiti"), payloads.mail("A pothole"), payloads.call("A lamp", number=None)):
        made.append(str(desk.receive(*payload)[0].reference))
        clock.pass_time(days=1)
    desk.act(made[1], "assign", assignee="alice", by=alice)
    return made


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [0, 1, 2]),
        ({"service": "graffiti"}, [0]),
        ({"service": ["graffiti", "potholes"]}, [0, 1]),
        ({"state": "assigned"}, [1]),
        ({"state_type": "new"}, [0, 2]),
        ({"assignee": "alice"}, [1]),
        ({"priority": "high"}, [0]),
        ({"priority": "low"}, [0, 1, 2]),
        ({"opened_from": START + timedelta(days=1)}, [1, 2]),
        ({"opened_before": START + timedelta(days=1)}, [0]),
        ({"due_before": START + timedelta(days=3)}, [0]),
        ({"contact_point": MARY_URN}, [0]),
        ({"contact_point": "mailto:TOM.PRICE@example.org"}, [1]),
        ({"contact_point": "tel:07700 900199"}, []),
        ({"order": "target_at"}, [0, 1, 2]),
        ({"order": "priority", "descending": True}, [0]),
        ({"descending": True}, [2, 1, 0]),
    ],
)
def test_cases_that_fit_everything_given_are_listed(
    desk: Desk, references: list[str], wanted: dict[str, Any], expected: list[int]
) -> None:
    found = [case.reference for case in desk.cases(**wanted)]

    assert found[: len(expected)] == [references[number] for number in expected]
    assert len(found) == len(expected) or "order" in wanted


def test_a_listing_that_is_wrong_is_refused_before_it_is_read(desk: Desk) -> None:
    with pytest.raises(ContactPointError):
        desk.cases(contact_point="Mary")
    for name in ("opened_from", "opened_before", "due_before"):
        with pytest.raises(RequestError, match="zone"):
            desk.cases(**{name: datetime(2026, 3, 2)})  # noqa: DTZ001  # what a caller forgets


def test_a_long_listing_is_read_page_by_page(desk: Desk, payloads: Payloads, clock: Clock) -> None:
    raws = [payloads.call(f"A lamp ({number})", number=None)[1] for number in range(230)]
    desk.receive_many("call_note", raws)

    references = [case.reference for case in desk.cases()]

    assert len(references) == len(set(references)) == 230


def test_a_page_says_where_the_next_one_begins(desk: Desk, references: list[str]) -> None:
    first = desk.page(CaseFilter(), limit=2)
    second = desk.page(CaseFilter(), after=first.next, limit=2)

    assert [case.reference for page in (first, second) for case in page.cases] == references
    assert second.next is None
    with pytest.raises(RequestError):
        desk.page(CaseFilter(), after="nonsense")
    with pytest.raises(RequestError):
        desk.page(CaseFilter(), limit=0)


def test_who_follows_the_changes_can_stop_and_go_on(desk: Desk, references: list[str], alice: Actor) -> None:
    seen, cursor = [], 0
    while batch := desk.changes(after=cursor, limit=2):
        seen += batch
        cursor = batch[-1].cursor
    desk.note(references[0], "looked at", by=alice)

    new = desk.changes(after=cursor)

    assert [change.cursor for change in seen] == [change.cursor for change in desk.changes()][:-1]
    assert [(change.reference, change.event.type) for change in new] == [(references[0], "note_added")]
    for reference in references:
        own = [change.seq for change in seen if change.reference == reference]
        assert own == list(range(1, len(own) + 1))


@pytest.mark.parametrize("cursor", [-1, 2**63 - 1, 2**63, 10**30])
def test_a_cursor_from_elsewhere_gives_nothing_or_is_refused(desk: Desk, references: list[str], cursor: int) -> None:
    try:
        changes = desk.changes(after=cursor)
    except RequestError:
        changes = []

    assert changes == (desk.changes() if cursor < 0 else [])


def test_a_citizen_is_found_by_any_writing_of_their_contact_point(desk: Desk, references: list[str]) -> None:
    mary, tom = desk.citizen("tel:07700 900101"), desk.citizen(f"mailto:{TOM.upper()}")

    assert (mary.contact_points, mary.cases) == ((MARY_URN,), (references[0],))
    assert (tom.name, tom.contact_points) == ("Tom Price", (TOM_URN,))
    with pytest.raises(NotFoundError):
        desk.citizen("tel:07700 900199")
    with pytest.raises(ContactPointError):
        desk.citizen("Mary Jones")


def test_a_case_is_looked_up_by_its_reference_or_by_another_systems_id(desk: Desk, references: list[str]) -> None:
    assert desk.case(references[0].lower()).reference == references[0]
    assert desk.case(desk.case(references[0]).record.id).reference == references[0]
    with pytest.raises(RequestError):
        desk.case()
    with pytest.raises(RequestError):
        desk.case(references[0], external=("crm", "1"))


def test_a_case_shows_who_wrote_what_and_what_happened(desk: Desk, references: list[str]) -> None:
    case = desk.case(references[1])

    assert [(party.urn, party.name, party.role) for party in case.parties()] == [(TOM_URN, "Tom Price", "sender")]
    assert [type(event) for event in case.events()][:3] == [CaseOpened, EnquiryReceived, MessageQueued]
    assert case.timeline()[1].text == "To the council\nA pothole"
    assert all(entry.summary for entry in case.timeline())
    assert TOM not in repr(case)


def test_a_file_is_given_back_as_it_came(desk: Desk, payloads: Payloads) -> None:
    body = bytes(range(256))
    name, raw = payloads.form("x")
    multipart = b'--b\r\nContent-Disposition: form-data; name="message"\r\n\r\nGraffiti\r\n' + (
        b"--b\r\nContent-Disposition: form-data;"
        b' name="photo"; filename="wall.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + body + b"\r\n--b--\r\n"
    )
    raw = raw.model_copy(update={"body": multipart, "headers": {"Content-Type": "multipart/form-data; boundary=b"}})

    case = desk.case(str(desk.receive(name, raw)[0].reference))

    (received,) = [event for event in case.events() if isinstance(event, EnquiryReceived)]
    assert [case.file(ref.id) for ref in received.files] == [body]
    assert case.file("d0") is None


def test_the_reasons_of_a_case_name_rule_evidence_deadline_and_channel(desk: Desk, references: list[str]) -> None:
    told = desk.explain(references[0]).text()

    assert "named by the rule graffiti" in told
    assert "nothing ties it to a case that there is [new]" in told
    assert "resolve: Wed 4 Mar 2026 09:00 GMT" in told
    assert "acknowledgement by sms" in told
    assert "the channel they last wrote on" in told
    assert desk.explain(desk.case(references[0])).text() == told
    assert "Graffiti on" not in told


def test_the_rules_of_a_further_enquiry_are_not_said_to_have_sent_the_case_anywhere(
    desk: Desk, payloads: Payloads
) -> None:
    reference = desk.receive(*payloads.mail("A pothole", message_id="first@mail.example"))[0].reference
    desk.receive(*payloads.mail("And graffiti", In_Reply_To="<first@mail.example>"))

    _, _, further = desk.explain(str(reference)).text().partition("enquiry 2:")

    assert "rules that hold of it, none of which moves the case:\n    graffiti (band topic)" in further
    assert "named by the rule" not in further


def test_everything_is_counted_and_a_sound_store_has_no_findings(desk: Desk, references: list[str]) -> None:
    assert desk.counts() == {"cases": 3, "enquiries": 3, "events": 9, "messages": 2, "citizens": 2, "rejected": 0}
    assert list(desk.verify()) == []
