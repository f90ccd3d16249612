"""What people do to a case: each call as a sentence, and every error it documents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from onestop import Actor, Desk
from onestop.core.events import NoteAdded, Rerouted, StateChanged
from onestop.desk import CaseView
from onestop.errors import ActionError, ConflictError, FieldsError, NotFoundError, OnestopError, RequestError

from .payloads import Clock, Payloads

HOSTILE = ["\ud83d", "a\x00b", "x" * 200_000, "\u202e", "'); DROP TABLE onestop_case; --"]


@pytest.fixture
def pothole(desk: Desk, payloads: Payloads) -> CaseView:
    return desk.case(str(desk.receive(*payloads.mail("A pothole"))[0].reference))


@pytest.fixture
def graffiti(desk: Desk, payloads: Payloads) -> CaseView:
    return desk.case(str(desk.receive(*payloads.text("Graffiti"))[0].reference))


# -- act ---------------------------------------------------------------------------------------------------------------


def test_an_action_leads_to_its_state_and_names_who_took_it(desk: Desk, pothole: CaseView, alice: Actor) -> None:
    changed = desk.act(pothole, "start_work", by=alice)

    assert (changed.state, changed.state_type, changed.version) == ("in_progress", "open", pothole.version + 1)
    event = changed.events()[-1]
    assert isinstance(event, StateChanged)
    assert (event.action, event.by) == ("start_work", "worker:alice")


def test_an_action_keeps_the_fields_given_with_it(desk: Desk, graffiti: CaseView, painter: Actor) -> None:
    changed = desk.act(graffiti, "order_paint", by=painter, colour="Siân's blue")

    assert changed.state == "waiting_for_paint"
    assert changed.record.waiting_on == "partner"
    assert "Siân's blue" in str(changed.timeline()[-1].text).encode().decode("unicode_escape")


def test_an_action_that_is_not_allowed_lists_what_is_and_changes_nothing(
    desk: Desk, graffiti: CaseView, alice: Actor
) -> None:
    with pytest.raises(ActionError) as not_from_here:
        desk.act(graffiti, "reopen", by=alice)
    with pytest.raises(ActionError) as not_for_her:
        desk.act(graffiti, "clean", by=alice)
    with pytest.raises(ActionError) as unknown:
        desk.act(graffiti, "explode", by=alice)

    expected = graffiti.actions(by=alice)
    assert expected == ("order_paint", "close", "merge")
    assert {raised.value.allowed for raised in (not_from_here, not_for_her, unknown)} == {expected}
    assert desk.case(graffiti.reference).version == graffiti.version


@pytest.mark.parametrize(
    ("action", "fields", "missing"),
    [
        ("assign", {}, "assignee"),
        ("assign", {"assignee": "  "}, "assignee"),
        ("wait_until", {}, "until"),
        ("wait_until", {"until": "tomorrow"}, "until"),
        ("wait_until", {"until": "2026-03-09T09:00:00"}, "until"),
        ("wait_until", {"until": datetime(2026, 3, 1, tzinfo=UTC)}, "until"),
        ("wait_until", {"until": "9999-12-31T23:59:59-12:00"}, "until"),
        ("merge", {}, "into"),
    ],
)
def test_an_action_says_which_field_it_lacks_or_cannot_read(
    desk: Desk, pothole: CaseView, alice: Actor, action: str, fields: dict[str, Any], missing: str
) -> None:
    with pytest.raises(FieldsError) as raised:
        desk.act(pothole, action, by=alice, **fields)

    assert raised.value.fields == (missing,)
    assert desk.case(pothole.reference).version == pothole.version


def test_somebody_elses_change_is_seen_before_ones_own_is_made(desk: Desk, pothole: CaseView, alice: Actor) -> None:
    desk.note(pothole.reference, "I rang them", by=alice)

    with pytest.raises(ConflictError):
        desk.act(pothole, "start_work", by=alice)

    assert desk.act(pothole.reference, "start_work", by=alice).state == "in_progress"


def test_a_case_that_is_not_there_is_not_found(desk: Desk, pothole: CaseView, alice: Actor) -> None:
    calls: list[Callable[[], object]] = [
        lambda: desk.case("SM-0000-0000"),
        lambda: desk.case(external=("crm", "1")),
        lambda: desk.act("SM-0000-0000", "start_work", by=alice),
        lambda: desk.act(pothole, "merge", by=alice, into="SM-0000-0000"),
        lambda: desk.reroute("SM-0000-0000", service="graffiti", by=alice),
        lambda: desk.note("SM-0000-0000", "x", by=alice),
        lambda: desk.link(pothole, "SM-0000-0000", kind="related", by=alice),
        lambda: desk.reply("SM-0000-0000", text="x", by=alice),
        lambda: desk.add_external_ref("SM-0000-0000", system="crm", ref="1", by=alice),
        lambda: desk.explain("SM-0000-0000"),
    ]

    for call in calls:
        with pytest.raises(NotFoundError):
            call()


@pytest.mark.parametrize("text", HOSTILE)
def test_words_that_no_person_types_are_kept_or_refused(desk: Desk, pothole: CaseView, alice: Actor, text: str) -> None:
    calls: list[Callable[[], object]] = [
        lambda: desk.note(pothole.reference, text, by=alice),
        lambda: desk.reply(pothole.reference, text=text, by=alice),
        lambda: desk.reply(pothole.reference, text="x", purpose=text, by=alice),
        lambda: desk.reroute(pothole.reference, service="graffiti", reason=text, by=alice),
        lambda: desk.act(pothole.reference, "order_paint", colour=text, by=alice),
        lambda: desk.act(pothole.reference, text, by=alice),
        lambda: desk.link(pothole.reference, text, kind="related", by=alice),
        lambda: desk.add_external_ref(pothole.reference, system="crm", ref=text, by=alice),
        lambda: desk.case(text),
        lambda: desk.case(external=(text, text)),
        lambda: list(desk.cases(assignee=text, service=text, state=text)),
        lambda: desk.citizen(text),
        lambda: desk.retry(text),
    ]

    for call in calls:
        try:
            call()
        except OnestopError:
            continue

    assert list(desk.verify()) == []
    assert desk.case(pothole.reference).timeline()


# -- reroute, note, link, merge ----------------------------------------------------------------------------------------


def test_a_rerouted_case_takes_the_other_services_lifecycle_and_target(
    desk: Desk, pothole: CaseView, alice: Actor
) -> None:
    working = desk.act(pothole, "start_work", by=alice)

    changed = desk.reroute(working, service="graffiti", reason="It is on the wall", by=alice)

    assert (changed.service, changed.state, changed.state_type) == ("graffiti", "new", "new")
    assert changed.record.rule == "rerouted"
    assert changed.record.target_at == pothole.record.opened_at + timedelta(hours=48)
    (event,) = (event for event in changed.events() if isinstance(event, Rerouted))
    assert (event.was, event.service) == ("potholes", "graffiti")
    assert [entry.text for entry in changed.timeline() if entry.kind == "rerouted"] == ["It is on the wall"]
    assert "order_paint" in changed.actions(by=alice)


def test_a_rerouted_case_keeps_a_state_that_the_other_lifecycle_has(
    desk: Desk, graffiti: CaseView, alice: Actor
) -> None:
    assert desk.reroute(graffiti, service="potholes", by=alice).state == "new"


def test_a_case_is_not_rerouted_to_nowhere_to_itself_or_when_closed(
    desk: Desk, pothole: CaseView, alice: Actor, painter: Actor
) -> None:
    with pytest.raises(NotFoundError, match="no service"):
        desk.reroute(pothole, service="unicorns", by=alice)
    with pytest.raises(RequestError, match="already"):
        desk.reroute(pothole, service="potholes", by=alice)
    with pytest.raises(RequestError, match="only a worker"):
        desk.reroute(pothole, service="graffiti", by=painter)
    closed = desk.act(pothole, "withdraw", by=alice)
    with pytest.raises(RequestError, match="closed"):
        desk.reroute(closed, service="graffiti", by=alice)


def test_a_note_is_kept_for_colleagues_and_an_empty_one_refused(desk: Desk, pothole: CaseView, alice: Actor) -> None:
    changed = desk.note(pothole, "She rang twice", by=alice)

    assert isinstance(changed.events()[-1], NoteAdded)
    assert changed.timeline()[-1].text == "She rang twice"
    with pytest.raises(RequestError):
        desk.note(changed, " \n", by=alice)


def test_two_cases_that_are_linked_both_say_so(desk: Desk, pothole: CaseView, graffiti: CaseView, alice: Actor) -> None:
    changed = desk.link(pothole, graffiti, kind="parent", by=alice)

    other = desk.case(graffiti.reference)
    assert [(link.reference, link.kind) for link in changed.record.links] == [(graffiti.reference, "parent")]
    assert [(link.reference, link.kind) for link in other.record.links] == [(pothole.reference, "child")]


def test_a_case_is_not_linked_to_itself_nor_by_a_kind_that_only_actions_make(
    desk: Desk, pothole: CaseView, graffiti: CaseView, alice: Actor
) -> None:
    with pytest.raises(RequestError, match="itself"):
        desk.link(pothole, pothole.reference, kind="related", by=alice)
    with pytest.raises(RequestError, match="linked as"):
        desk.link(pothole, graffiti, kind="merged_into", by=alice)


def test_a_later_reply_to_a_merged_case_goes_to_the_one_that_took_its_place(
    desk: Desk, payloads: Payloads, clock: Clock, alice: Actor
) -> None:
    first, second = (
        str(desk.receive(*payloads.mail("A pothole", message_id=f"{name}@mail.example"))[0].reference)
        for name in ("first", "second")
    )
    desk.link(second, first, kind="separate", by=alice)
    merged = desk.act(first, "merge", by=alice, into=second)
    clock.pass_time(hours=1)

    (receipt,) = desk.receive(*payloads.mail("Still there", In_Reply_To="<first@mail.example>"))

    assert (merged.state_type, merged.record.closing_reason, merged.record.merged_into) == (
        "closed",
        "merged",
        desk.case(second).record.id,
    )
    assert (receipt.outcome, receipt.reference) == ("joined", second)


def test_a_case_is_not_merged_into_itself_or_into_one_that_was_merged_into_it(
    desk: Desk, pothole: CaseView, graffiti: CaseView, alice: Actor
) -> None:
    with pytest.raises(RequestError):
        desk.act(pothole, "merge", by=alice, into=pothole.reference)
    desk.act(pothole, "merge", by=alice, into=graffiti.reference)
    with pytest.raises(RequestError):
        desk.act(graffiti.reference, "merge", by=alice, into=pothole.reference)

    assert desk.case(graffiti.reference).state == "new"


# -- other systems' ids ------------------------------------------------------------------------------------------------


def test_a_case_is_found_by_another_systems_id(desk: Desk, pothole: CaseView, alice: Actor) -> None:
    changed = desk.add_external_ref(pothole, system="crm", ref="4711", by=alice)

    assert dict(changed.record.external) == {"crm": "4711"}
    assert desk.case(external=("crm", "4711")).reference == pothole.reference


def test_an_id_that_is_noted_once_more_changes_nothing(desk: Desk, pothole: CaseView, alice: Actor) -> None:
    first = desk.add_external_ref(pothole, system="crm", ref="4711", by=alice)

    again = desk.add_external_ref(pothole.reference, system="crm", ref="4711", by=alice)

    assert again.version == first.version


def test_an_id_of_another_case_is_a_conflict(desk: Desk, pothole: CaseView, graffiti: CaseView, alice: Actor) -> None:
    desk.add_external_ref(pothole, system="crm", ref="4711", by=alice)

    with pytest.raises(ConflictError):
        desk.add_external_ref(graffiti, system="crm", ref="4711", by=alice)


@pytest.mark.parametrize(("system", "ref"), [("", "1"), ("crm", ""), ("x" * 201, "1"), ("crm", "x" * 201)])
def test_an_id_that_is_none_is_refused(desk: Desk, pothole: CaseView, alice: Actor, system: str, ref: str) -> None:
    with pytest.raises(RequestError):
        desk.add_external_ref(pothole, system=system, ref=ref, by=alice)
