"""Flags at the desk: whose queue they are in, the words for those allowed, and what citizens are told at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onestop import Actor, Desk
from onestop.channels.phone import CallNote
from onestop.channels.web import Open311, WebForm
from onestop.core.policy import Policy
from onestop.errors import NotFoundError, RequestError
from onestop.gateways import CollectingSender
from onestop.policy import compile_policy
from onestop.policy.files import read_folder
from onestop.policy.mistakes import Mistakes
from onestop.policy.templates import VARIABLES
from onestop.stores import Store

from .payloads import Payloads
from .test_calls import erase

FOLDER = Path(__file__).parent / "policy"
FALLBACK = "contact-centre"
NOTES = CallNote(token="secret")
RING = {
    "subject": {"en": "Ring now"},
    "text": {"en": "Smell of gas: ring 0800 111 999 now. {{ reference }}"},
    "sms": {"en": "Gas: ring 0800 111 999 now."},
}


def changed(**flags: Any) -> Policy:
    """Give the desk's policy with a notice for gas, and what a test says of flags."""
    return compile_policy(changed_document() | {"flags": flags})


def changed_document() -> dict[str, Any]:
    """Give the files of the desk's policy with a notice for gas."""
    document = read_folder(FOLDER, Mistakes())
    document["templates"]["ring"] = RING
    document["rules"]["rules"][-1]["then"]["tell"] = "ring"
    question = {"variable": "gas", "description": {"en": "Do you smell gas?"}}
    document["services"]["services"]["potholes"].setdefault("questions", []).append(question)
    band = document["rules"]["bands"][0]
    document["rules"]["rules"].insert(
        0,
        {
            "id": "gas-answered",
            "band": band,
            "when": {"answers": {"gas": ["yes"]}},
            "then": {"flags": ["emergency"], "tell": "ring", "stop": True},
        },
    )
    return document


@pytest.fixture
def telling(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk(policy=changed(flags={"press": {"queue": "clear-streets"}}))


# -- queues ------------------------------------------------------------------------------------------------------------


def test_cases_are_found_by_whose_people_look_at_their_flags(telling: Desk, payloads: Payloads) -> None:
    gas = telling.receive(*payloads.text("A smell of gas"))[0].reference
    press = telling.receive(*payloads.mail("I am a journalist"))[0].reference
    telling.receive(*payloads.mail("A pothole", sender="mary@mail.example"))

    looked_at = {queue: [c.reference for c in telling.cases(queue=queue)] for queue in ("clear-streets", FALLBACK)}

    assert looked_at == {"clear-streets": [press], FALLBACK: [gas]}


def test_a_queue_is_a_provider(telling: Desk) -> None:
    with pytest.raises(RequestError):
        telling.cases(queue="nobody")


def test_a_provider_that_looks_at_no_flags_has_no_cases(desk: Desk, payloads: Payloads) -> None:
    desk.receive(*payloads.text("A smell of gas"))

    assert list(desk.cases(queue="clear-streets")) == []


# -- words -------------------------------------------------------------------------------------------------------------


def test_the_words_are_shown_to_those_allowed_with_what_is_noted(
    desk: Desk, payloads: Payloads, alice: Actor, painter: Actor
) -> None:
    reference = desk.receive(*payloads.text("We smelt gas here last year, Mary"))[0].reference
    assert reference is not None

    shown, refused = desk.quotes(reference, by=alice), desk.quotes(reference, by=painter)

    assert [(each.state, quote.sought, quote.words) for each in shown for quote in each.quotes] == [
        ("shown", "@smell-of-gas", "smelt gas"),
        ("shown", "any[0]", "gas"),
    ]
    assert shown[0].quotes[0].noted == ("past",)
    assert [each.state for each in refused] == ["not_allowed"]
    assert "smelt" not in refused[0].model_dump_json()
    assert [quote.sought for quote in refused[0].quotes] == ["@smell-of-gas", "any[0]"]


def test_roles_that_may_see_words_are_the_policys(make_desk: Callable[..., Desk], payloads: Payloads) -> None:
    desk = make_desk(policy=changed(see_words=["safeguarding"]))
    reference = desk.receive(*payloads.text("smell of gas"))[0].reference
    assert reference is not None

    states = [desk.quotes(reference, by=Actor.parse(actor))[0].state for actor in ("worker:a", "worker:b+safeguarding")]

    assert states == ["not_allowed", "shown"]


def test_words_are_found_by_the_policy_that_decided(
    desk: Desk, make_desk: Callable[..., Desk], payloads: Payloads, alice: Actor
) -> None:
    reference = desk.receive(*payloads.text("smell of gas"))[0].reference
    assert reference is not None
    later = make_desk(policy=changed(off=["smell-of-gas"]))

    (quoted,) = later.quotes(reference, by=alice)

    assert [quote.rule for quote in quoted.quotes] == ["flag:smell-of-gas", "gas"]


def test_every_enquiry_of_a_case_has_its_own_words(desk: Desk, payloads: Payloads, alice: Actor) -> None:
    reference = desk.receive(*payloads.text("A pothole"))[0].reference
    desk.receive(*payloads.text(f"{reference} and now a gas leak"))
    desk.receive(*payloads.text(f"{reference} thank you"))
    assert reference is not None

    quoted = desk.quotes(reference, by=alice)

    assert [quote.words for each in quoted for quote in each.quotes] == ["gas leak", "gas"]


def test_what_was_erased_says_so_and_names_the_lists(
    desk: Desk, store: Store, payloads: Payloads, alice: Actor
) -> None:
    reference = desk.receive(*payloads.text("smell of gas"))[0].reference
    assert reference is not None
    erase(store)

    (quoted,) = desk.quotes(reference, by=alice)

    assert quoted.state == "erased"
    assert [(quote.sought, quote.words) for quote in quoted.quotes] == [("@smell-of-gas", None), ("any[0]", None)]


def test_there_must_be_a_case_to_quote(desk: Desk, alice: Actor) -> None:
    with pytest.raises(NotFoundError):
        desk.quotes("SM-0000-0000", by=alice)


# -- notices -----------------------------------------------------------------------------------------------------------


def test_a_text_is_answered_at_once_in_the_words_for_texts(
    telling: Desk, payloads: Payloads, sender: CollectingSender
) -> None:
    receipt = telling.receive(*payloads.text("There is a smell of gas"))[0]

    telling.run_due()

    assert receipt.notice is not None
    assert receipt.notice.text == "Gas: ring 0800 111 999 now."
    assert [(m.purpose, m.text) for m, _ in telling.case(receipt.reference or "").messages() if m] == [
        ("urgent", "Gas: ring 0800 111 999 now.")
    ]


def test_a_mail_is_answered_with_the_notice_in_place_of_the_acknowledgement(telling: Desk, payloads: Payloads) -> None:
    receipt = telling.receive(*payloads.mail("There is a smell of gas"))[0]

    messages = [message for message, _ in telling.case(receipt.reference or "").messages() if message]

    assert [(m.purpose, m.channel, m.subject) for m in messages] == [("urgent", "email", "Ring now")]


def test_a_forms_answer_and_the_screen_of_who_takes_a_call_show_the_notice(
    make_desk: Callable[..., Desk], payloads: Payloads
) -> None:
    desk = make_desk(policy=changed(), unsigned=["web_form"], adapters={"web_form": WebForm(), "call_note": NOTES})

    form = desk.handle(*payloads.form("There is a smell of gas"))
    again = desk.handle(*payloads.form("There is a smell of gas"))
    call = desk.receive(*payloads.call("Caller smells gas: smell of gas in the hall"))[0]

    reference = form.receipts[0].reference
    assert json.loads(form.body)["notice"] == f"Smell of gas: ring 0800 111 999 now. {reference}"
    assert "notice" in json.loads(again.body)
    assert call.notice is not None
    assert call.notice.text.startswith("Smell of gas: ring 0800 111 999 now.")
    assert desk.case(call.reference or "").messages() == ()


def test_open311_has_the_notice_as_its_service_notice(make_desk: Callable[..., Desk], payloads: Payloads) -> None:
    desk = make_desk(policy=changed(), adapters={"open311": Open311(api_keys="key")})
    body = b"api_key=key&service_code=potholes&lat=53.4&long=-3&description=There+is+a+smell+of+gas"
    raw = payloads.raw(body).model_copy(update={"url": "https://saltmarsh.example/open311/v2/requests.json"})

    answer = desk.handle("open311", raw)

    (record,) = json.loads(answer.body)
    assert record["service_notice"].startswith("Smell of gas: ring 0800 111 999 now.")


def test_what_says_nothing_urgent_has_no_notice(telling: Desk, payloads: Payloads) -> None:
    receipt = telling.receive(*payloads.text("A pothole"))[0]

    assert receipt.notice is None


def test_an_answer_stops_a_form_before_it_is_sent_and_nothing_is_stored(telling: Desk) -> None:
    stopped = telling.advise(service="potholes", answers={"gas": "yes"}, language="en")
    goes_on = telling.advise(service="potholes", answers={"gas": "no"}, language="en")

    assert stopped is not None
    assert (stopped.stop, stopped.text.strip()) == (True, "Smell of gas: ring 0800 111 999 now.")
    assert goes_on is None
    assert list(telling.cases()) == []


def test_words_advise_too_but_do_not_stop(telling: Desk) -> None:
    notice = telling.advise(text="I smell gas", channel="sms")

    assert notice is not None
    assert (notice.stop, notice.text) == (False, "Gas: ring 0800 111 999 now.")


def test_words_shown_before_there_is_a_case_may_use_every_variable(make_desk: Callable[..., Desk]) -> None:
    document = changed_document()
    document["templates"]["ring"] = {"subject": "Ring", "text": "".join(f"<{{{{ {name} }}}}>" for name in VARIABLES)}
    desk = make_desk(policy=compile_policy(document))

    notice = desk.advise(text="I smell gas", language="en")

    assert notice is not None
    assert notice.text == "<><Potholes><Potholes><Saltmarsh Borough Council><><>"
