"""Flags are work lists: people find cases by them, and put them on and take them off."""

from __future__ import annotations

import pytest

from onestop import Actor, Desk
from onestop.errors import ConflictError, NotFoundError, RequestError

from .payloads import Payloads


@pytest.fixture
def reference(desk: Desk, payloads: Payloads) -> str:
    reference = desk.receive(*payloads.mail("A pothole"))[0].reference
    assert reference is not None
    return reference


def found(desk: Desk, **wanted: object) -> list[str]:
    return [case.reference for case in desk.cases(**wanted)]  # type: ignore[arg-type]  # what each test gives


def test_a_flag_is_put_on_and_taken_off(desk: Desk, reference: str, alice: Actor) -> None:
    flagged = desk.flag(reference, add=["rude", "urgent"], by=alice)
    kept = desk.flag(flagged, remove=["rude"], by=alice)

    assert (flagged.flags, kept.flags) == (("rude", "urgent"), ("urgent",))
    assert [entry.summary for entry in kept.timeline()[-2:]] == ["flags +rude +urgent", "flags -rude"]
    assert "flags -rude — worker:alice" in desk.explain(reference).text()
    assert list(desk.verify()) == []


def test_cases_are_found_by_a_flag_wholly(desk: Desk, reference: str, payloads: Payloads, alice: Actor) -> None:
    desk.flag(reference, add=["call_back"], by=alice)
    other = desk.receive(*payloads.text("Something else"))[0].reference
    assert other is not None
    desk.flag(other, add=["call_back_today"], by=alice)

    assert found(desk, flag="call_back") == [reference]
    assert found(desk, flag="call%") == found(desk, flag="callXback") == found(desk, flag="back") == []


def test_what_is_set_aside_is_left_out_until_it_is_asked_for(
    desk: Desk, reference: str, payloads: Payloads, alice: Actor
) -> None:
    other = desk.receive(*payloads.text("Something else"))[0].reference
    assert other is not None
    desk.flag(other, add=["set_aside", "rude"], by=alice)
    desk.flag(reference, add=["rude"], by=alice)

    assert found(desk) == [reference]
    assert found(desk, set_aside=True) == [other]
    assert sorted(found(desk, set_aside=None)) == sorted([reference, other])
    assert found(desk, flag="rude") == [reference]
    assert found(desk, flag="rude", set_aside=True) == [other]
    assert sorted(found(desk, flag="rude", set_aside=None)) == sorted([reference, other])
    assert found(desk, flag="set_aside") == [other]


def test_what_was_set_aside_is_there_again_once_a_person_says_so(desk: Desk, reference: str, alice: Actor) -> None:
    desk.flag(reference, add=["set_aside"], by=alice)

    desk.flag(reference, remove=["set_aside"], by=alice)

    assert found(desk) == [reference]


@pytest.mark.parametrize(
    "change",
    [{}, {"remove": ["rude"]}, {"add": ["Rude"]}, {"add": ["rude word"]}, {"add": ["x" * 41]}, {"add": [""]}],
)
def test_a_change_of_flags_changes_something_and_a_flag_is_a_short_word(
    desk: Desk, reference: str, alice: Actor, change: dict[str, list[str]]
) -> None:
    with pytest.raises(RequestError):
        desk.flag(reference, by=alice, **change)

    assert desk.case(reference).flags == ()


def test_only_workers_change_flags(desk: Desk, reference: str, painter: Actor) -> None:
    with pytest.raises(RequestError):
        desk.flag(reference, add=["rude"], by=painter)


def test_a_case_that_changed_since_it_was_shown_is_not_flagged(desk: Desk, reference: str, alice: Actor) -> None:
    shown = desk.case(reference)
    desk.note(reference, "Rang them.", by=alice)

    with pytest.raises(ConflictError):
        desk.flag(shown, add=["rude"], by=alice)


def test_there_must_be_a_case_to_flag(desk: Desk, alice: Actor) -> None:
    with pytest.raises(NotFoundError):
        desk.flag("SM-0000-0000", add=["rude"], by=alice)
