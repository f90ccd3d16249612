"""A message that mentions several things opens several cases only where its writer parts them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.enquiry import Enquiry
from onestop.core.policy import Policy
from onestop.core.rules import MOST_ALSO, SEVERAL, Decision
from onestop.policy import load_policy, read_policy

HERE = Path(__file__).parent
NORTHPORT = HERE.parents[1] / "examples" / "northport" / "policy"
MESSAGES: list[dict[str, Any]] = json.loads((HERE / "data" / "matters.json").read_text("utf-8"))
SENTENCES = [sentence for message in MESSAGES for sentence in message["text"].split(". ")]


@pytest.fixture(scope="session")
def northport() -> Policy:
    return load_policy(NORTHPORT)


@pytest.fixture(scope="session")
def one_at_a_time(northport: Policy) -> Policy:
    """Give Northport's policy without several matters in any band."""
    document = json.loads(northport.source)
    del document["rules"]["several"]
    return read_policy(json.dumps(document).encode())


def enquiry(text: str, **fields: Any) -> Enquiry:
    received = {"channel": "email", "adapter": "email", "received_at": "2026-03-02T09:30:00Z"}
    return Enquiry.model_validate({**received, "text": text, **fields})


def services(decision: Decision) -> list[str]:
    return sorted([decision.service, *(also.service for also in decision.opens)])


@pytest.mark.parametrize("message", MESSAGES, ids=[message["text"][:60] for message in MESSAGES])
def test_a_message_is_as_many_matters_as_its_writer_makes_of_it(northport: Policy, message: dict[str, Any]) -> None:
    decision = northport.decide(enquiry(message["text"], subject=message.get("subject")))

    assert len(decision.opens) == len(message["also"])
    assert set(message["also"]) <= set(services(decision))
    assert (SEVERAL in decision.flags) == message["flag"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(SENTENCES), max_size=12), st.sampled_from([" ", ". ", ". Also, ", "\n- ", "\n\n"]))
def test_however_much_a_message_says_its_matters_are_few_distinct_and_the_main_one_is_the_same(
    northport: Policy, one_at_a_time: Policy, said: list[str], between: str
) -> None:
    message = enquiry(between.join(said))

    decision = northport.decide(message)

    alone = one_at_a_time.decide(message)
    assert (decision.service, decision.rule, decision.priority) == (alone.service, alone.rule, alone.priority)
    assert alone.also == ()
    assert len(decision.opens) <= MOST_ALSO
    assert len(set(services(decision))) == len(decision.opens) + 1
    assert (SEVERAL in decision.flags) == any(also.kind == "unsure" for also in decision.also)
    assert Decision.model_validate_json(decision.model_dump_json()) == decision


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="bin . \n-1)—rats;,also hole", max_size=300))
def test_any_text_at_all_is_decided(northport: Policy, text: str) -> None:
    assert northport.decide(enquiry(text)).service in northport.directory.services
