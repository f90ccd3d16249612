"""What first users stumbled over: how a case may be named, what it shows, what is refused, where logs go."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from onestop import Actor, Case, Desk
from onestop.desk import CaseView
from onestop.errors import ConflictError, NotFoundError, RequestError
from onestop.stores.base import CaseFilter

from .payloads import Payloads

CHANGES: dict[str, Callable[[Desk, Any, Actor], object]] = {
    "act": lambda desk, case, by: desk.act(case, "start_work", by=by),
    "reroute": lambda desk, case, by: desk.reroute(case, service="graffiti", by=by),
    "note": lambda desk, case, by: desk.note(case, "They rang again", by=by),
    "link": lambda desk, case, by: desk.link(case, _other(desk, case), kind="related", by=by),
    "add_external_ref": lambda desk, case, by: desk.add_external_ref(case, system="crm", ref="4711", by=by),
    "flag": lambda desk, case, by: desk.flag(case, add=["message_failed"], by=by),
    "reply": lambda desk, case, by: desk.reply(case, text="On Thursday.", by=by),
}


def _other(desk: Desk, case: str | CaseView | Case) -> Case:
    reference = desk.case(case).reference if isinstance(case, str) else case.reference
    return next(each for each in desk.cases() if each.reference != reference)


@pytest.fixture
def pothole(desk: Desk, payloads: Payloads) -> CaseView:
    desk.receive(*payloads.call("A lamp is out"))
    receipt = desk.receive(*payloads.mail("There is a pothole"))[0]
    return desk.case(receipt.reference)


@pytest.fixture(params=["view", "record", "listed"])
def seen(request: pytest.FixtureRequest, desk: Desk, pothole: CaseView) -> CaseView | Case:
    """Give the case in each form that a caller may have been given it."""
    listed = next(case for case in desk.cases() if case.reference == pothole.reference)
    return {"view": pothole, "record": pothole.record, "listed": listed}[request.param]


# -- naming a case -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_case_that_was_read_can_be_changed(
    desk: Desk, seen: CaseView | Case, alice: Actor, change: Callable[..., Any]
) -> None:
    changed = change(desk, seen, alice)

    assert (changed.reference, changed.version > seen.version) == (seen.reference, True)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_case_that_changed_since_it_was_read_is_not_changed(
    desk: Desk, seen: CaseView | Case, alice: Actor, change: Callable[..., Any]
) -> None:
    moved_on = desk.note(seen.reference, "I rang them", by=alice)

    with pytest.raises(ConflictError):
        change(desk, seen, alice)

    assert desk.case(seen.reference).version == moved_on.version


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_case_that_is_named_is_changed_as_it_is_now(
    desk: Desk, pothole: CaseView, alice: Actor, change: Callable[..., Any]
) -> None:
    moved_on = desk.note(pothole.reference, "I rang them", by=alice)

    changed = change(desk, pothole.reference, alice)

    assert changed.version > moved_on.version


def test_a_case_that_was_listed_is_explained(desk: Desk, pothole: CaseView) -> None:
    assert desk.explain(pothole.record) == desk.explain(pothole) == desk.explain(pothole.reference)


@pytest.mark.parametrize(
    "write",
    [str.lower, lambda reference: reference.replace("-", ""), lambda reference: f"  {reference.lower()}\n"],
    ids=["lower case", "without dashes", "with space around"],
)
def test_a_case_is_found_as_citizens_write_its_reference(
    desk: Desk, pothole: CaseView, alice: Actor, write: Callable[[str], str]
) -> None:
    written = write(pothole.reference)

    assert desk.case(written).reference == pothole.reference
    assert desk.explain(written).case.reference == pothole.reference
    assert desk.note(written, "They rang again", by=alice).reference == pothole.reference


def test_a_case_is_merged_into_another_as_citizens_write_it(desk: Desk, pothole: CaseView, alice: Actor) -> None:
    other = _other(desk, pothole)

    merged = desk.act(pothole, "merge", into=other.reference.lower().replace("-", ""), by=alice)

    assert [link.reference for link in merged.links] == [other.reference]


def test_a_sentence_that_quotes_a_reference_is_none(desk: Desk, pothole: CaseView) -> None:
    with pytest.raises(NotFoundError):
        desk.case(f"about {pothole.reference}")


def test_a_case_is_found_by_its_id(desk: Desk, pothole: CaseView) -> None:
    assert desk.case(pothole.record.id).reference == pothole.reference


# -- what it shows -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "reference", "service", "state", "state_type", "flags", "priority", "opened_at", "target_at", "assignee",
        "links", "candidates", "version",
    ],
)  # fmt: skip
def test_a_view_shows_what_its_record_has(desk: Desk, pothole: CaseView, alice: Actor, name: str) -> None:
    desk.link(pothole, _other(desk, pothole), kind="related", by=alice)
    view = desk.act(pothole.reference, "assign", assignee="bob", by=alice)

    shown = getattr(view, name)

    assert shown == getattr(view.record, name)
    assert name in ("flags", "candidates") or shown


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"state_type": "opne"}, "a state type is one of new, open, waiting, resolved, closed"),
        ({"state_type": ["open", "shut"]}, "a state type is one of new, open"),
        ({"order": "age"}, "an order is one of opened_at, updated_at, target_at, priority"),
        ({"priority": "asap"}, "a priority is one of low, normal, high, urgent"),
    ],
)
def test_a_listing_that_nothing_could_fit_is_refused_with_what_is_known(
    desk: Desk, wanted: dict[str, Any], said: str
) -> None:
    with pytest.raises(RequestError, match=said):
        desk.cases(**wanted)


@pytest.mark.parametrize("wanted", [CaseFilter(state_types=("opne",)), CaseFilter(order="age")])  # type: ignore[arg-type]  # by intent
def test_a_page_that_nothing_could_fit_is_refused(desk: Desk, wanted: CaseFilter) -> None:
    with pytest.raises(RequestError, match="is one of"):
        desk.page(wanted)


@pytest.mark.parametrize("wanted", [{"service": "trams"}, {"state": "sleeping"}])
def test_what_an_earlier_policy_may_have_known_fits_nothing(
    desk: Desk, pothole: CaseView, wanted: dict[str, Any]
) -> None:
    assert list(desk.cases(**wanted)) == []


# -- where logs go -----------------------------------------------------------------------------------------------------


@pytest.fixture
def unconfigured() -> Iterator[None]:
    """Give structlog as a host has it that never heard of it."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("unconfigured")
def test_a_host_without_structlog_has_the_events_in_the_standard_logger(
    desk: Desk, payloads: Payloads, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "onestop"):
        receipt = desk.receive(*payloads.text("Graffiti"))[0]

    (record,) = caplog.records
    assert (record.name, record.levelno) == ("onestop", logging.INFO)
    assert record.getMessage().startswith(f"enquiry.opened case={receipt.reference} service=graffiti")
    assert vars(record)["event"] == "enquiry.opened"
    assert vars(record)["fields"]["sender"] == "tel:+44…101"


@pytest.mark.usefixtures("unconfigured")
def test_a_host_that_configures_nothing_sees_nothing(
    desk: Desk, payloads: Payloads, capfd: pytest.CaptureFixture[str]
) -> None:
    desk.receive(*payloads.text("Graffiti"))

    assert capfd.readouterr() == ("", "")


def test_a_host_that_configured_structlog_has_the_events_there_alone(
    desk: Desk, payloads: Payloads, logs: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "onestop"):
        desk.receive(*payloads.text("Graffiti"))

    assert [event["event"] for event in logs] == ["enquiry.opened"]
    assert caplog.records == []
