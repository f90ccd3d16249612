"""Guards: what an action asks of a case, and that what is not there is told and kept from nobody else."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onestop.policy
from onestop.core.actions import plan_action, plan_note, plan_reroute
from onestop.core.actor import Actor
from onestop.core.case import Case
from onestop.core.delivery import plan_message_result
from onestop.core.enquiry import Attachment
from onestop.core.events import EnquiryReceived, read_event
from onestop.core.guards import unmet
from onestop.core.lifecycle import GUARDS, GuardName, Lifecycle, LifecycleData
from onestop.core.linking import plan_link
from onestop.core.media import CaseFile, plan_fetched
from onestop.core.messages import Addressee, plan_reply
from onestop.core.photos import FileLimits
from onestop.core.plan import CaseFacts, Plan
from onestop.core.policy import Policy
from onestop.errors import ActionError, FieldsError, GuardError
from onestop.policy import compile_policy

from .world import ALICE, START, World

DATA = Path(__file__).parent / "data"
POLICY: dict[str, Any] = tomllib.loads((DATA / "policy.toml").read_text("utf-8"))
PHOTO = (DATA / "photos" / "progressive.jpg").read_bytes()
PARTNER, SYSTEM = Actor(kind="provider", id="paint-ltd"), Actor(kind="system", id="x")
LETTER = Attachment.of("letter.pdf", "application/pdf", b"%PDF-1.7 a letter")
# The header of a PNG says how large it is: the rest is not looked at.
LOGO = Attachment.of(
    "logo.png", "image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x78\0\0\0\x3c" + bytes(13), inline=True
)
FROM_A_PHONE = Attachment.of(
    "IMG_1.png", "image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x0f\xc0\0\0\x0b\xd0" + bytes(13), inline=True
)
NAMES: tuple[GuardName, ...] = get_args(GuardName)


@pytest.fixture
def case(world: World) -> CaseFacts:
    return world.again(world.receive("my bin"))


def met(world: World, case: CaseFacts | Plan, guard: GuardName) -> bool:
    return guard not in unmet(world.again(case).case)


def reply(world: World, case: CaseFacts, by: Actor = ALICE) -> Plan:
    facts = world.again(case)
    party = world.rows[facts.parties[0].alias]
    return world.save(
        plan_reply(
            facts, Addressee(party), by, world.policy, world.context(), text="We are on it", template=None,
            purpose="service_update",
        )
    )  # fmt: skip


# -- what each guard says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "photo", "file"),
    [
        ([], False, False),
        ([LETTER], False, True),
        ([Attachment.of("x.jpg", "image/jpeg", PHOTO)], True, True),
        ([Attachment.of("photo.jpg", "image/jpeg", b"<html>")], False, True),  # what it says it is counts for nothing
        ([LOGO], False, False),
        ([FROM_A_PHONE], True, True),
        ([Attachment(filename="x.jpg", media_type="image/jpeg", url="https://media.example/1")], False, False),
    ],
    ids=["none", "letter", "photo", "no photo", "logo", "photo in the text", "not here yet"],
)
def test_files_count_when_they_are_here_and_photos_by_what_they_are(
    world: World, files: list[Attachment], photo: bool, file: bool
) -> None:
    opened = world.receive("my bin", attachments=files)

    assert (met(world, opened, "has_photo"), met(world, opened, "has_file")) == (photo, file)


@pytest.mark.parametrize(("content", "photo"), [(PHOTO, True), (LETTER.content or b"", False)])
def test_a_file_that_is_fetched_later_counts_then(world: World, case: CaseFacts, content: bytes, photo: bool) -> None:
    waiting = CaseFile(
        enquiry="e", attachment=0, filename="a", media_type="image/jpeg", state="waiting", url="https://media.example/1",
        since=START,
    )  # fmt: skip

    world.save(plan_fetched(world.again(case), waiting, content, "image/jpeg", FileLimits(), world.context()))

    assert (met(world, case, "has_photo"), met(world, case, "has_file")) == (photo, True)


@pytest.mark.parametrize(
    ("location", "holds"),
    [
        (None, False),
        ({}, False),
        ({"lat": 53.4, "lon": -2.9}, True),
        ({"lat": 53.4}, False),
        ({"postcode": "NP1 2AB"}, True),
        ({"uprn": "000123"}, True),
        ({"address": "1 High Street"}, True),
    ],
)
def test_a_place_is_one_that_somebody_can_find(world: World, location: dict[str, Any] | None, holds: bool) -> None:
    opened = world.receive("my bin", location=location)

    assert met(world, opened, "has_location") is holds


def test_an_assignee_is_somebody(world: World, case: CaseFacts) -> None:
    before = met(world, case, "has_assignee")
    world.act(case, "assign", assignee="bob")

    assert (before, met(world, case, "has_assignee")) == (False, True)


def test_the_citizen_is_told_by_a_message_in_this_state_and_not_by_an_acknowledgement(
    world: World, case: CaseFacts
) -> None:
    acknowledged = met(world, case, "citizen_told")
    reply(world, case)
    told = met(world, case, "citizen_told")
    world.act(case, "triage")

    assert (acknowledged, told, met(world, case, "citizen_told")) == (False, True, False)


def test_a_message_that_failed_told_nobody(world: World, case: CaseFacts) -> None:
    message = reply(world, case).messages[0].id
    failed = plan_message_result(world.again(case), message, "permanent_failure", "21614", world.context())
    world.save(failed)

    assert not met(world, case, "citizen_told")


def test_the_citizen_answers_by_a_further_enquiry_in_this_state(world: World, case: CaseFacts) -> None:
    first = met(world, case, "citizen_answered")
    world.receive("and another thing", thread={"token": case.case.reference})
    answered = met(world, case, "citizen_answered")
    world.act(case, "triage")

    assert (first, answered, met(world, case, "citizen_answered")) == (False, True, False)


def test_a_machine_answers_nothing(world: World, case: CaseFacts) -> None:
    world.receive("I am away", kind="auto_reply", thread={"token": case.case.reference})

    assert not met(world, case, "citizen_answered")


def test_a_partner_answers_by_an_act_or_a_note_since_they_were_asked(world: World, case: CaseFacts) -> None:
    world.act(case, "start_work", by=PARTNER)
    acted = met(world, case, "partner_answered")
    world.act(case, "wait_for_partner")
    asked = met(world, case, "partner_answered")
    world.save(plan_note(world.again(case), "paint is on its way", ALICE, world.context()))
    ours = met(world, case, "partner_answered")
    world.save(plan_note(world.again(case), "paint has come", PARTNER, world.context()))

    assert (acted, asked, ours, met(world, case, "partner_answered")) == (True, False, False, True)


def test_who_sends_a_case_on_asks_anew(world: World, case: CaseFacts) -> None:
    world.act(case, "start_work", by=PARTNER)

    world.save(plan_reroute(world.again(case), "triage", None, ALICE, world.policy, world.context()))

    assert not met(world, case, "partner_answered")


def test_children_count_as_open_until_somebody_has_looked(world: World, case: CaseFacts) -> None:
    alone = met(world, case, "no_open_children")
    child = world.again(world.receive("a hole", sender="tel:07700900002"))
    world.save(plan_link(world.again(case), child, "child", ALICE, world.context()))
    parent = world.again(case).case

    assert alone
    assert "no_open_children" in unmet(parent)
    assert "no_open_children" in unmet(parent, [child.case.reference])
    assert "no_open_children" not in unmet(parent, ())


def test_events_of_an_earlier_release_still_read(world: World, case: CaseFacts) -> None:
    stored = next(data for data in world.stored[case.case.id] if b'"enquiry_received"' in data)

    event = read_event(stored)

    assert not any(name in stored for name in (b"photos", b"ornaments", b"located"))  # as none of them was written then
    assert isinstance(event, EnquiryReceived)
    assert (event.photos, event.ornaments, event.located) == (0, 0, False)


# -- actions that have them --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def guarded() -> Policy:
    document = deepcopy(POLICY)
    default = tomllib.loads((Path(onestop.policy.__file__).parent / "default.toml").read_text("utf-8"))
    default["actions"]["resolve"]["guards"] = ["has_photo", "citizen_told"]
    default["actions"]["close"]["guards"] = ["no_open_children"]
    return compile_policy(document | {"default": default})


def test_an_action_that_the_case_is_not_ready_for_is_refused_and_says_what_is_missing(guarded: Policy) -> None:
    world = World(guarded)
    case = world.again(world.receive("my bin"))

    with pytest.raises(GuardError, match=r"a photo that is here \(has_photo\); a message to the citizen") as caught:
        world.act(case, "resolve")

    assert caught.value.guards == ("has_photo", "citizen_told")
    assert "resolve" not in caught.value.allowed
    assert "start_work" in caught.value.allowed
    assert world.again(case) == case


def test_what_is_refused_is_allowed_once_it_is_there(guarded: Policy) -> None:
    world = World(guarded)
    case = world.again(world.receive("my bin", attachments=[Attachment.of("x.jpg", "image/jpeg", PHOTO)]))
    reply(world, case)

    plan = world.act(case, "resolve")

    assert plan.case is not None
    assert plan.case.state == "resolved"


def test_who_may_not_is_refused_for_that_and_not_for_what_is_missing(guarded: Policy) -> None:
    world = World(guarded)
    case = world.receive("my bin")

    with pytest.raises(ActionError, match="not for this citizen") as caught:
        world.act(case, "resolve", by=Actor(kind="citizen", id="p1"))

    assert not isinstance(caught.value, GuardError)


def test_open_children_are_given_by_who_can_look_them_up(guarded: Policy) -> None:
    lifecycle = guarded.lifecycles["default"]
    world = World(guarded)
    case = world.again(world.receive("my bin", attachments=[Attachment.of("x.jpg", "image/jpeg", PHOTO)]))
    child = world.again(world.receive("a hole", sender="tel:07700900002"))
    world.save(plan_link(case, child, "child", ALICE, world.context()))
    reply(world, case)
    world.act(case, "resolve")
    facts = world.again(case)

    with pytest.raises(GuardError):
        plan_action(facts, "close", {}, ALICE, guarded, world.context())
    plan = plan_action(facts, "close", {}, ALICE, guarded, world.context(), open_children=())

    assert plan.case is not None
    assert plan.case.state_type == "closed"
    assert lifecycle.blocked("resolved", ALICE, unmet(facts.case)) == {"close": ("no_open_children",)}


def test_an_enquiry_that_an_action_asks_more_of_is_taken_in_all_the_same(world: World) -> None:
    first = world.receive("x", kind="auto_reply")  # its lifecycle wants a photo of further enquiries
    assert first.case is not None

    without = world.receive("again", thread={"token": first.case.reference})
    with_one = world.receive(
        "here", thread={"token": first.case.reference}, attachments=[Attachment.of("x.jpg", "image/jpeg", PHOTO)]
    )

    assert without.case is not None
    assert with_one.case is not None
    assert [(plan.case.enquiries, plan.case.state) for plan in (without, with_one)] == [(2, "kept"), (3, "read")]


def test_every_guard_has_a_name_words_and_a_meaning(world: World, case: CaseFacts) -> None:
    assert set(GUARDS) == set(NAMES)
    assert unmet(case.case) <= set(NAMES)


# -- any lifecycle, any case -------------------------------------------------------------------------------------------


@st.composite
def lifecycles(draw: st.DrawFn) -> Lifecycle:
    """Give a lifecycle of a few states in which everything leads from everywhere it says."""
    states = [f"s{number}" for number in range(draw(st.integers(2, 5)))]
    some = st.lists(st.sampled_from(states), min_size=1, max_size=3)
    actions = {
        f"a{number}": {
            "from": draw(some),
            "to": draw(st.sampled_from(states)),
            "roles": draw(st.lists(st.sampled_from(["worker", "citizen", "provider", "system"]), min_size=1)),
            "requires": draw(st.lists(st.sampled_from(["why", "who"]), max_size=1)),
            "guards": draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True)),
        }
        for number in range(draw(st.integers(1, 6)))
    }
    data = {"initial": "s0", "states": {name: {"type": "open"} for name in states}, "actions": actions}
    return Lifecycle("any", LifecycleData.model_validate(data))


@given(
    lifecycle=lifecycles(),
    state=st.sampled_from(["s0", "s1", "s4", "vanished"]),
    kind=st.sampled_from(["worker", "citizen", "provider", "system"]),
    wanting=st.frozensets(st.sampled_from(NAMES)),
    full=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_what_is_allowed_is_exactly_what_can_be_taken(
    lifecycle: Lifecycle, state: str, kind: Any, wanting: frozenset[GuardName], full: bool
) -> None:
    actor, taken, lacks = Actor(kind=kind, id="x"), [], []

    for action in lifecycle.data.actions:
        try:
            lifecycle.take(action, state=state, by=actor, fields=("why", "who") if full else (), unmet=wanting)
        except FieldsError:
            assert not full
            lacks.append(action)
        except ActionError as error:
            assert error.allowed == lifecycle.allowed(state, actor, wanting)  # noqa: PT017  # one of three outcomes
            guarded = action in lifecycle.blocked(state, actor, wanting)
            assert isinstance(error, GuardError) == guarded  # noqa: PT017  # one of three outcomes
        else:
            taken.append(action)

    assert sorted([*taken, *lacks]) == sorted(lifecycle.allowed(state, actor, wanting))


VERSIONS = st.integers(0, 30)


@given(
    version=st.integers(1, 30),
    told=VERSIONS,
    citizen=VERSIONS,
    asked=VERSIONS,
    provider=VERSIONS,
    files=st.integers(0, 3),
    children=st.sampled_from([None, (), ("NP-1",)]),
)
@settings(max_examples=100, deadline=None)
def test_no_case_is_one_that_a_guard_cannot_judge(
    policy: Policy, version: int, told: int, citizen: int, asked: int, provider: int, files: int, children: Any
) -> None:
    case = World(policy).receive("my bin").case
    assert case is not None
    heard = case.heard.model_copy(update={"told": told, "citizen": citizen, "asked": asked, "provider": provider})
    any_case: Case = case.model_copy(update={"heard": heard, "state_version": version, "files": files})

    wanting = unmet(any_case, children)

    assert ("citizen_told" in wanting) == (told <= version)
    assert ("citizen_answered" in wanting) == (citizen <= version)
    assert ("partner_answered" in wanting) == (provider <= asked)
    assert ("has_file" in wanting) == (files == 0)
