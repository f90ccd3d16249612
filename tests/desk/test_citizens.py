"""Citizens: what is stated of them is kept with its source, and two who are one can be parted again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop import Desk, open_store
from onestop.core.actor import Actor
from onestop.core.profile import Profile, Proof
from onestop.errors import NotFoundError, RequestError
from onestop.policy import compile_policy
from onestop.testing.stores.bench import POLICY, START, Bench

ALICE = Actor(kind="worker", id="alice")
MARY, MARY_MAIL, TOM = "tel:+447700900101", "mailto:mary@mail.example", "tel:+447700900102"
TABLES = ("citizen", "citizen_need", "contact_point", "consent", "authority", "party")


class Town:
    """A store in memory, a desk, and citizens who have written once."""

    def __init__(self, *people: str) -> None:
        self.store = open_store("sqlite://")
        self.bench = Bench(self.store)
        self.desk = Desk(self.store, compile_policy(POLICY), {}, clock=lambda: self.bench.now)
        for person in people:
            self.bench.pass_time(minutes=1)
            self.bench.take_in(self.bench.text("Graffiti", sender=person))

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Give every row of every table of citizens, but for versions, heads and the version in the document."""
        found: dict[str, list[tuple[Any, ...]]] = {}
        with self.store.engine.connect() as connection:
            for table in TABLES:
                result = connection.exec_driver_sql(f"SELECT * FROM onestop_{table} ORDER BY 1, 2")
                names = list(result.keys())
                found[table] = [
                    tuple(self._plain(name, value) for name, value in zip(names, row, strict=True)) for row in result
                ]
        return found

    @staticmethod
    def _plain(name: str, value: Any) -> Any:
        return None if name in ("version", "head", "document") and not isinstance(value, str) else value

    def close(self) -> None:
        self.store.close()


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town(MARY, MARY_MAIL, TOM)
    yield town
    town.close()


def test_what_is_stated_is_in_the_profile_and_in_the_history(town: Town) -> None:
    town.desk.citizens.prefer(MARY, ["sms", "phone"], by=ALICE, purpose="alert")
    town.desk.citizens.record_need(MARY, "large_print", by=ALICE)
    town.desk.citizens.language(MARY, "cy", by=ALICE)

    profile = town.desk.citizens.profile(MARY)
    history = town.desk.citizens.history(MARY)
    assert [each.channels for each in profile.preferences] == [("sms", "phone")]
    assert (profile.language, [need.code for need in profile.needs]) == ("cy", ["large_print"])
    assert [type(event).__name__ for event in history] == [
        "CitizenKnown",
        "PreferenceStated",
        "NeedRecorded",
        "DetailStated",
    ]
    assert {event.by for event in history} == {"worker:alice"}
    assert town.bench.findings() == []


def test_a_later_preference_of_the_same_takes_the_place_of_the_first(town: Town) -> None:
    for channels in (["sms"], ["email"], []):
        town.desk.citizens.prefer(MARY, channels, by=ALICE, purpose="alert")

    assert [each.channels for each in town.desk.citizens.profile(MARY).preferences] == [()]


def test_a_preference_with_an_end_stands_beside_the_one_without(town: Town) -> None:
    town.desk.citizens.prefer(MARY, ["sms"], by=ALICE)
    town.desk.citizens.prefer(MARY, ["post"], by=ALICE, until=START + timedelta(days=7))

    assert [each.channels for each in town.desk.citizens.profile(MARY).preferences] == [("sms",), ("post",)]


def test_a_preference_that_was_withdrawn_is_gone_and_its_history_stays(town: Town) -> None:
    town.desk.citizens.prefer(MARY, ["sms"], by=ALICE, service="bins")
    town.desk.citizens.unprefer(MARY, by=ALICE, service="bins")

    assert town.desk.citizens.profile(MARY).preferences == ()
    assert len(town.desk.citizens.history(MARY)) == 3
    with pytest.raises(NotFoundError):
        town.desk.citizens.unprefer(MARY, by=ALICE, service="bins")


def test_a_need_that_has_ended_does_not_count(town: Town) -> None:
    town.desk.citizens.record_need(MARY, "bsl", by=ALICE, until=START + timedelta(hours=1))
    with town.store.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT need, until FROM onestop_citizen_need").all()

    assert kept == [("bsl", int((START + timedelta(hours=1)).timestamp() * 1_000_000))]
    town.desk.citizens.drop_need(MARY, "bsl", by=ALICE)
    assert town.desk.citizens.profile(MARY).needs == ()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda desk: desk.citizens.prefer(MARY, ["fax"], by=ALICE),
        lambda desk: desk.citizens.prefer(MARY, ["sms"], by=ALICE, purpose="gossip"),
        lambda desk: desk.citizens.prefer(MARY, ["sms"], by=ALICE, service="ufo"),
        lambda desk: desk.citizens.prefer(MARY, ["sms"], by=ALICE, until=START),
        lambda desk: desk.citizens.prefer(MARY, ["sms"], by=Actor(kind="citizen", id="p1")),
        lambda desk: desk.citizens.prefer(MARY, ["sms"], by=Actor(kind="provider", id="x")),
        lambda desk: desk.citizens.quiet_hours(MARY, {"mon": [("25:00", "08:00")]}, by=ALICE),
        lambda desk: desk.citizens.quiet_hours(MARY, {"mon": [("21:00", "08:00")]}, by=ALICE, zone="Mars/Base"),
        lambda desk: desk.citizens.language(MARY, "!", by=ALICE),
        lambda desk: desk.citizens.record_need(MARY, "Large Print", by=ALICE),
        lambda desk: desk.citizens.consent(MARY, given=True, by=ALICE, purpose="marketing"),
        lambda desk: desk.citizens.merge(MARY, into=MARY, by=ALICE),
        lambda desk: desk.citizens.add_contact_point(MARY, TOM, by=ALICE),
        lambda desk: desk.citizens.get("tel:+447700900199"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_written(town: Town, wrong: Callable[[Desk], Any]) -> None:
    before = town.rows()

    with pytest.raises(RequestError):
        wrong(town.desk)

    assert town.rows() == before


def test_a_citizen_says_it_themselves_with_the_enquiry_as_proof(town: Town) -> None:
    proof = Proof(case="c1", enquiry="e1")

    town.desk.citizens.prefer(MARY, ["email"], by=Actor(kind="citizen", id="p1"), channel="sms", proof=proof)

    source = town.desk.citizens.profile(MARY).preferences[0].source
    assert (source.by, source.channel, source.proof) == ("citizen:p1", "sms", proof)


def test_consent_is_written_into_the_ledger_of_the_contact_point(town: Town) -> None:
    town.desk.citizens.consent(MARY, given=True, by=ALICE, purpose="marketing", on="sms", wording="2026-01")
    town.bench.pass_time(minutes=1)
    town.desk.citizens.consent(MARY, given=False, by=ALICE, purpose="marketing")

    ledger = town.desk.citizens.consents(MARY)
    assert [(entry.given, entry.channel, entry.wording) for entry in ledger] == [
        (True, "sms", "2026-01"),
        (False, None, None),
    ]
    assert town.desk.citizens.profile(MARY).consents == tuple(ledger)


def test_a_contact_point_is_added_verified_shared_and_removed(town: Town) -> None:
    other = "mailto:mary.jones@mail.example"
    town.desk.citizens.add_contact_point(MARY, other, by=ALICE)
    town.desk.citizens.verify(other, by=ALICE)
    verified = town.desk.citizens.profile(MARY).contact_points[1].verified
    town.desk.citizens.mark_shared(other, "household", by=ALICE)

    assert verified is not None
    assert (verified.how, verified.by, verified.at) == ("agent", "worker:alice", town.bench.now)
    shared = town.desk.citizens.profile(MARY).contact_points[1]
    assert (shared.shared, shared.verified) == ("household", None)
    with pytest.raises(RequestError):
        town.desk.citizens.get(other)
    town.desk.citizens.remove_contact_point(other, by=ALICE, who=MARY)
    assert len(town.desk.citizens.profile(MARY).contact_points) == 1


def test_members_belong_to_a_household_and_never_to_a_person(town: Town) -> None:
    with pytest.raises(RequestError):
        town.desk.citizens.join(MARY, TOM, by=ALICE)
    town.desk.citizens.kind(TOM, "household", by=ALICE)
    town.desk.citizens.join(MARY, TOM, by=ALICE)
    members = town.desk.citizens.get(TOM).members
    town.desk.citizens.leave(MARY, TOM, by=ALICE)

    assert members == (town.desk.citizens.get(MARY).id,)
    assert town.desk.citizens.get(TOM).members == ()


# -- two who are one ---------------------------------------------------------------------------------------------------


def test_after_a_merge_either_contact_point_is_the_survivors(town: Town) -> None:
    town.desk.citizens.record_need(MARY_MAIL, "bsl", by=ALICE)

    survivor = town.desk.citizens.merge(MARY_MAIL, into=MARY, by=ALICE, because="same name and address")

    assert town.desk.citizens.get(MARY_MAIL).id == survivor.id == town.desk.citizens.get(MARY).id
    profile = town.desk.citizens.profile(MARY)
    assert [point.urn for point in profile.contact_points] == [MARY, MARY_MAIL]
    assert [need.code for need in profile.needs] == ["bsl"]


def test_a_case_that_was_opened_while_two_were_one_is_whose_the_contact_point_was(town: Town) -> None:
    merged = town.desk.citizens.get(MARY_MAIL).id
    town.desk.citizens.merge(MARY_MAIL, into=MARY, by=ALICE)

    case = town.bench.take_in(town.bench.mail("My bin", "9@mail.example", sender=MARY_MAIL))

    with town.store.read() as reader:
        assert {party.citizen for party in reader.parties(case.id)} == {merged}
        assert case.reference in reader.citizen(MARY_MAIL).cases
    town.desk.citizens.unmerge(merged, by=ALICE)
    with town.store.read() as reader:
        assert case.reference in reader.citizen(MARY_MAIL).cases
        assert case.reference not in reader.citizen(MARY).cases


def test_what_is_stated_after_a_merge_is_the_survivors_and_stays_with_them(town: Town) -> None:
    merged = town.desk.citizens.get(MARY_MAIL).id
    town.desk.citizens.merge(MARY_MAIL, into=MARY, by=ALICE)
    town.desk.citizens.prefer(MARY_MAIL, ["sms"], by=ALICE)

    town.desk.citizens.unmerge(merged, by=ALICE)

    assert len(town.desk.citizens.profile(MARY).preferences) == 1
    assert town.desk.citizens.profile(MARY_MAIL).preferences == ()


def test_merges_chain_and_never_go_round(town: Town) -> None:
    first = town.desk.citizens.get(MARY).id
    town.desk.citizens.merge(MARY, into=MARY_MAIL, by=ALICE)
    last = town.desk.citizens.merge(MARY_MAIL, into=TOM, by=ALICE)

    assert {town.desk.citizens.get(each).id for each in (MARY, MARY_MAIL, TOM)} == {last.id}
    with pytest.raises(RequestError):
        town.desk.citizens.merge(TOM, into=MARY, by=ALICE)
    town.desk.citizens.unmerge(first, by=ALICE)
    assert town.desk.citizens.get(MARY).id == first
    assert town.desk.citizens.get(MARY_MAIL).id == last.id
    assert town.bench.findings() == []


def stated(draw: st.DrawFn) -> Callable[[Desk], None]:
    """Give one thing to state of a citizen."""
    who = draw(st.sampled_from([MARY, MARY_MAIL]))
    channels = draw(st.lists(st.sampled_from(["sms", "email", "phone", "post"]), max_size=3))
    purpose = draw(st.none() | st.sampled_from(["alert", "service_update", "marketing"]))
    until = draw(st.none() | st.just(START + timedelta(days=30)))
    code = draw(st.sampled_from(["bsl", "large_print", "never_phone"]))
    language = draw(st.sampled_from(["cy", "en", None]))
    given = draw(st.booleans())
    choices: list[Callable[[Desk], Any]] = [
        lambda desk: desk.citizens.prefer(who, channels, by=ALICE, purpose=purpose, until=until),
        lambda desk: desk.citizens.record_need(who, code, by=ALICE, until=until),
        lambda desk: desk.citizens.language(who, language, by=ALICE),
        lambda desk: desk.citizens.zone(who, "Europe/London", by=ALICE),
        lambda desk: desk.citizens.name(who, "Mary Jones", by=ALICE),
        lambda desk: desk.citizens.quiet_hours(who, {"fri": [("21:00", "08:00")]}, by=ALICE, until=until),
        lambda desk: desk.citizens.consent(who, given=given, by=ALICE, purpose="alert", wording="v1"),
        lambda desk: desk.citizens.verify(who, by=ALICE),
    ]
    return draw(st.sampled_from(choices))


statements = st.composite(stated)


def without_version(rows: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """Leave out of citizens' rows what the two events of a merge and its end change: the version in the document."""
    plain = [
        tuple(re.sub(r'"version":\d+,?', "", value) if isinstance(value, str) else value for value in row)
        for row in rows["citizen"]
    ]
    return {**rows, "citizen": plain}


@settings(max_examples=60, deadline=None)
@given(said=st.lists(statements(), max_size=8), other_way=st.booleans())
def test_after_a_merge_and_its_end_every_row_of_both_is_as_it_was(
    said: list[Callable[[Desk], None]], other_way: bool
) -> None:
    town = Town(MARY, MARY_MAIL)
    town.desk.citizens.name(MARY, "Mary", by=ALICE)
    town.desk.citizens.name(MARY_MAIL, "Mary J", by=ALICE)
    for state in said:
        town.bench.pass_time(minutes=1)
        state(town.desk)
    one, into = (MARY, MARY_MAIL) if other_way else (MARY_MAIL, MARY)
    before, merged = town.rows(), town.desk.citizens.get(one).id
    profiles: list[Profile] = [town.desk.citizens.profile(each) for each in (one, into)]

    town.desk.citizens.merge(one, into=into, by=ALICE)
    while_one = town.desk.citizens.profile(one)
    town.bench.take_in(town.bench.text("My bin", sender=one))
    town.desk.citizens.unmerge(merged, by=ALICE)

    after = town.rows()
    came = [row for row in after["party"] if row not in before["party"]]
    assert all(merged in row for row in came)
    assert without_version({**after, "party": before["party"]}) == without_version(before)
    assert len(after["party"]) == len(before["party"]) + len(came)
    assert [town.desk.citizens.profile(each) for each in (one, into)] == profiles
    assert {need.code for need in while_one.needs} == {need.code for each in profiles for need in each.needs}
    assert town.bench.findings() == []
    town.close()


# -- what strangers try ------------------------------------------------------------------------------------------------


def test_who_was_merged_is_not_merged_again_by_their_own_id(town: Town) -> None:
    mary, tom = (town.desk.citizens.get(each).id for each in (MARY, TOM))
    town.desk.citizens.merge(MARY, into=MARY_MAIL, by=ALICE)

    with pytest.raises(RequestError, match="undo that first"):
        town.desk.citizens.merge(mary, into=tom, by=ALICE)

    assert town.desk.citizens.get(tom).stands_for == ()


def test_merges_never_go_round_in_a_circle(town: Town) -> None:
    ids = [town.desk.citizens.get(each).id for each in (MARY, MARY_MAIL, TOM)]
    town.desk.citizens.merge(ids[0], into=ids[1], by=ALICE)
    town.desk.citizens.merge(ids[1], into=ids[2], by=ALICE)

    for first, last in ((ids[2], ids[0]), (ids[1], ids[0]), (ids[0], ids[0]), (ids[2], ids[1])):
        with pytest.raises(RequestError):
            town.desk.citizens.merge(first, into=last, by=ALICE)

    assert {town.desk.citizens.get(each).id for each in ids} == {ids[2]}
    assert town.bench.findings() == []


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)], ids=str)
def test_whatever_the_order_in_which_merges_are_undone_everybody_is_who_they_were(order: tuple[int, ...]) -> None:
    town = Town(MARY, MARY_MAIL, TOM, "tel:+447700900103")
    town.desk.citizens.record_need(MARY, "bsl", by=ALICE)
    town.desk.citizens.prefer(MARY_MAIL, ["email"], by=ALICE)
    ids = [town.desk.citizens.get(each).id for each in (MARY, MARY_MAIL, TOM, "tel:+447700900103")]
    before = [town.desk.citizens.profile(each) for each in ids]
    for one, into in pairwise(ids):
        town.desk.citizens.merge(one, into=into, by=ALICE)

    for each in order:
        town.desk.citizens.unmerge(ids[each], by=ALICE)

    assert [town.desk.citizens.profile(each) for each in ids] == before
    assert town.bench.findings() == []
    town.close()


@pytest.mark.parametrize(
    ("state", "take_back", "left"),
    [
        (
            lambda desk: desk.citizens.record_need(MARY, "bsl", by=ALICE),
            lambda desk: desk.citizens.drop_need(MARY, "bsl", by=ALICE),
            lambda profile: profile.needs,
        ),
        (
            lambda desk: desk.citizens.prefer(MARY, [], by=ALICE, purpose="alert"),
            lambda desk: desk.citizens.unprefer(MARY, by=ALICE, purpose="alert"),
            lambda profile: profile.preferences,
        ),
        (
            lambda desk: desk.citizens.quiet_hours(MARY, {"fri": [("21:00", "08:00")]}, by=ALICE),
            lambda desk: desk.citizens.quiet_hours(MARY, {}, by=ALICE),
            lambda profile: profile.quiet_hours,
        ),
    ],
    ids=["need", "preference", "quiet hours"],
)
def test_what_a_merged_citizen_stated_can_be_taken_back(
    town: Town,
    state: Callable[[Desk], None],
    take_back: Callable[[Desk], None],
    left: Callable[[Profile], tuple[Any, ...]],
) -> None:
    state(town.desk)
    town.desk.citizens.merge(MARY, into=MARY_MAIL, by=ALICE)
    assert left(town.desk.citizens.profile(MARY))

    take_back(town.desk)

    assert left(town.desk.citizens.profile(MARY)) == ()
    town.desk.citizens.unmerge(MARY, by=ALICE)
    assert left(town.desk.citizens.profile(MARY)) == ()
    assert town.bench.findings() == []


def test_what_is_stated_after_a_merge_stays_with_who_stands_for_both(town: Town) -> None:
    town.desk.citizens.merge(MARY, into=MARY_MAIL, by=ALICE)
    town.desk.citizens.record_need(MARY, "large_print", by=ALICE)

    town.desk.citizens.unmerge(MARY, by=ALICE)

    assert town.desk.citizens.profile(MARY).needs == ()
    assert [need.code for need in town.desk.citizens.profile(MARY_MAIL).needs] == ["large_print"]


def test_a_member_who_was_merged_can_leave(town: Town) -> None:
    town.desk.citizens.kind(TOM, "household", by=ALICE)
    town.desk.citizens.join(MARY, TOM, by=ALICE)
    town.desk.citizens.join(MARY_MAIL, TOM, by=ALICE)
    town.desk.citizens.merge(MARY, into=MARY_MAIL, by=ALICE)

    town.desk.citizens.leave(MARY, TOM, by=ALICE)

    assert town.desk.citizens.get(TOM).members == ()


def test_households_may_be_members_of_each_other_and_nothing_hangs(town: Town) -> None:
    for each in (MARY, TOM):
        town.desk.citizens.kind(each, "household", by=ALICE)

    town.desk.citizens.join(MARY, TOM, by=ALICE)
    town.desk.citizens.join(TOM, MARY, by=ALICE)

    assert town.desk.citizens.get(MARY).members == (town.desk.citizens.get(TOM).id,)
    assert town.bench.findings() == []


@pytest.mark.parametrize("holder", [MARY, TOM], ids=["who is merged holds it", "who stands holds it"])
def test_two_of_whom_one_may_act_for_the_other_are_two(town: Town, holder: str) -> None:
    subject = TOM if holder == MARY else MARY
    authority = town.desk.citizens.grant(holder, subject, role="carer", by=ALICE)

    with pytest.raises(RequestError, match="end that authority first"):
        town.desk.citizens.merge(MARY, into=TOM, by=ALICE)

    town.desk.citizens.end_authority(authority.id, by=ALICE)
    assert len(town.desk.citizens.merge(MARY, into=TOM, by=ALICE).stands_for) == 1


def test_authority_of_somebody_merged_counts_when_their_survivor_is_merged(town: Town) -> None:
    town.desk.citizens.grant(MARY, TOM, role="carer", by=ALICE)
    town.desk.citizens.merge(MARY, into=MARY_MAIL, by=ALICE)

    with pytest.raises(RequestError, match="end that authority first"):
        town.desk.citizens.merge(MARY_MAIL, into=TOM, by=ALICE)


def test_no_more_citizens_are_one_than_can_be_looked_up_for_each_text() -> None:
    people = [f"tel:+447700900{number:03}" for number in range(101)]
    town = Town(*people)
    for one, into in pairwise(people[:100]):
        town.desk.citizens.merge(one, into=into, by=ALICE)

    with pytest.raises(RequestError, match="at most 100"):
        town.desk.citizens.merge(people[0], into=people[100], by=ALICE)

    town.desk.citizens.record_need(people[0], "bsl", by=ALICE)
    assert all(town.desk.citizens.profile(each).needs for each in people[:100])
    assert town.bench.findings() == []
    town.close()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda desk: desk.citizens.verify(MARY, how="magic", by=ALICE),
        lambda desk: desk.citizens.consent(MARY, given=False, by=Actor(kind="provider", id="x")),
        lambda desk: desk.citizens.consent(MARY, given=True, wording="v1", by=Actor(kind="citizen", id="p1")),
        lambda desk: desk.citizens.merge(MARY, into=TOM, by=ALICE, because="x" * 1001),
        lambda desk: desk.citizens.history("nobody"),
    ],
)
def test_what_nobody_may_state_is_refused(town: Town, wrong: Callable[[Desk], Any]) -> None:
    before = town.rows()

    with pytest.raises((RequestError, NotFoundError)):
        wrong(town.desk)

    assert town.rows() == before


def test_what_is_said_again_and_again_is_kept_once_in_the_row(town: Town) -> None:
    for number in range(300):
        town.desk.citizens.prefer(MARY, ["sms"] if number % 2 else [], by=ALICE, purpose="alert")
        town.desk.citizens.record_need(MARY, "bsl", by=ALICE)
    with town.store.engine.connect() as connection:
        sizes = connection.exec_driver_sql("SELECT max(length(document)) FROM onestop_citizen").scalar()

    assert sizes < 2000
    assert len(town.desk.citizens.history(MARY)) == 601
    assert town.bench.findings() == []


def test_two_of_whom_one_acts_for_the_other_are_suggested_by_nothing(town: Town) -> None:
    for each in (MARY, TOM):
        town.desk.citizens.name(each, "M. Jones", by=ALICE)
    before = town.desk.citizens.suggestion(MARY, TOM)
    authority = town.desk.citizens.grant(MARY, TOM, role="carer", by=ALICE)

    during = (town.desk.citizens.suggestion(MARY, TOM), town.desk.citizens.suggestion(TOM, MARY))

    assert before is not None
    assert during == (None, None)
    town.desk.citizens.end_authority(authority.id, by=ALICE)
    assert town.desk.citizens.suggestion(MARY, TOM) == before
