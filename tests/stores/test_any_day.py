"""Whatever is taken in, in whatever order: nothing is lost, nothing twice, and rows and events agree."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.case import rebuild
from onestop.core.contact import Urn
from onestop.core.enquiry import Enquiry
from onestop.core.events import read_event
from onestop.core.plan import Plan
from onestop.core.policy import Policy
from onestop.core.repeats import intake_identity
from onestop.stores import open_store
from onestop.testing.stores.bench import Bench
from onestop.testing.strategies import enquiries, first_plan, plans, policies

# Few people, so that their enquiries meet.
PEOPLE = st.sampled_from(
    [None, *(Urn(f"tel:+44770090010{number}") for number in range(3)), Urn("mailto:Jo@example.org")]
)


@settings(max_examples=60)
@given(policy=policies(), day=st.lists(enquiries(PEOPLE), max_size=12))
def test_every_enquiry_of_any_day_is_in_one_case_or_a_repeat(policy: Policy, day: Sequence[Enquiry]) -> None:
    bench = Bench(open_store("sqlite://"))
    bench.policy = policy

    outcomes = []
    for enquiry in [*day, *day]:
        bench.now = max(bench.now, enquiry.received_at)
        with bench.store.write() as tx:
            plan = bench.plan(tx, enquiry)
            if plan.outcome != "repeat":
                tx.save(plan)
        outcomes.append((intake_identity(enquiry), plan.outcome))

    seen = bench.everything()
    taken = [identity for identity, outcome in outcomes if outcome != "repeat"]
    assert len(taken) == len(set(taken)) == seen["counts"]["enquiries"]
    assert {outcome for _, outcome in outcomes[len(day) :]} <= {"repeat"}
    assert bench.findings() == []
    for facts in seen["cases"]:
        with bench.store.read() as reader:
            assert rebuild([read_event(stored.data) for stored in reader.events(facts.case.id)]) == facts.case
    bench.store.close()


@settings(max_examples=60)
@given(plan=plans())
def test_any_plan_is_read_back_as_it_was_planned(plan: Plan) -> None:
    bench = Bench(open_store("sqlite://"))
    with bench.store.write() as tx:
        tx.save(plan)

    assert plan.case is not None
    facts = bench.facts(plan.case.reference)
    with bench.store.read() as reader:
        kept = {content.id: reader.content(content.id) for content in plan.contents}
        counts = reader.counts()
    bench.store.close()
    assert (facts.case, facts.head) == (plan.case, plan.changes[-1].head)
    assert kept == {content.id: content.body for content in plan.contents}
    assert (counts["messages"], counts["citizens"]) == (len(plan.messages), len(plan.claims))


@given(enquiry=enquiries(), policy=policies())
def test_a_plan_is_the_same_whenever_it_is_made_of_the_same(enquiry: Enquiry, policy: Policy) -> None:
    assert first_plan(enquiry, policy, enquiry.received_at) == first_plan(enquiry, policy, enquiry.received_at)
