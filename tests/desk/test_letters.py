"""Who wants letters gets them by a gateway that prints, or by a person; a letter that comes back is noticed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from onestop import Actor, Desk
from onestop.channels.post import NotifyLetter
from onestop.core.gateway import Raw
from onestop.gateways import CollectingSender

from .conftest import ADAPTERS
from .payloads import MARY_URN, Clock, Payloads

ADDRESS = "post:Mary Jones, 2 Dock Road, Saltmarsh, L1 8JQ"
LETTERS = NotifyLetter("letters", template_id="f33517ff-2a88-4f6e-b855-c550268ce08a")


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk(adapters={**ADAPTERS, "letters": LETTERS})


@pytest.fixture
def case(desk: Desk, payloads: Payloads, alice: Actor) -> str:
    """A case of Mary's, who wants letters."""
    reference = str(desk.receive(*payloads.text("Graffiti"))[0].reference)
    desk.run_due()
    desk.citizens.add_contact_point(MARY_URN, ADDRESS, by=alice)
    desk.citizens.verify(ADDRESS, by=alice)
    desk.citizens.prefer(MARY_URN, ["post", "sms"], by=alice)
    return reference


@pytest.fixture
def told(clock: Clock) -> Callable[..., tuple[str, Raw]]:
    """Give what Notify tells of a letter."""

    def tell(**content: str) -> tuple[str, Raw]:
        return "letters", Raw(body=json.dumps(content).encode(), received_at=clock.now)

    return tell


def test_an_answer_is_printed_and_posted_and_explain_says_why(
    desk: Desk, case: str, alice: Actor, sender: CollectingSender, told: Callable[..., tuple[str, Raw]]
) -> None:
    desk.reply(case, text="Cleaned today.", by=alice)
    desk.run_due()
    message, state = desk.case(case).messages()[-1]
    assert message is not None

    desk.receive(*told(id="n1", reference=message.id, status="received", type="letter"))

    request = json.loads(sender.sent[-1][1].body)
    lines = [request["personalisation"][f"address_line_{number}"] for number in range(1, 5)]
    assert lines == ["Mary Jones", "2 Dock Road", "Saltmarsh", "L1 8JQ"]
    assert (state, desk.case(case).messages()[-1][1]) == ("sent", "delivered")
    assert "post" in desk.explain(case).text()
    assert "Dock Road" not in str([event.model_dump() for event in desk.case(case).events()])


def test_a_letter_that_comes_back_closes_the_address_and_the_next_way_is_taken(
    desk: Desk, case: str, alice: Actor, clock: Clock, told: Callable[..., tuple[str, Raw]]
) -> None:
    desk.reply(case, text="Cleaned today.", by=alice)
    desk.run_due()
    message, _ = desk.case(case).messages()[-1]
    assert message is not None
    desk.receive(*told(id="n1", reference=message.id, status="received", type="letter"))
    clock.pass_time(days=9)

    desk.receive(*told(notification_id="n1", reference=message.id, date_sent="2026-03-02T09:00:00.000000Z"))
    desk.run_due()

    (_, returned), (again, sent) = desk.case(case).messages()[-2:]
    assert again is not None
    assert (returned, again.channel, sent) == ("permanent_failure", "sms", "sent")
    points = {point.urn.scheme: point.failures for point in desk.citizens.profile(MARY_URN).contact_points}
    assert [failure.channel for failure in points["post"]] == ["post"]


def test_a_letter_that_a_person_stopped_says_nothing_of_the_address(
    desk: Desk, case: str, alice: Actor, told: Callable[..., tuple[str, Raw]]
) -> None:
    desk.reply(case, text="Cleaned today.", by=alice)
    desk.run_due()
    message, _ = desk.case(case).messages()[-1]
    assert message is not None

    desk.receive(*told(id="n1", reference=message.id, status="cancelled", type="letter"))

    assert desk.case(case).messages()[-2][1] == "permanent_failure"
    assert all(not point.failures for point in desk.citizens.profile(MARY_URN).contact_points)


@pytest.mark.parametrize("need", ["large_print_24", "braille_grade_2"])
def test_a_letter_that_no_gateway_prints_so_is_a_person_s_task(desk: Desk, case: str, alice: Actor, need: str) -> None:
    desk.citizens.record_need(MARY_URN, need, by=alice)

    desk.reply(case, text="Cleaned today.", by=alice)

    assert desk.run_due().sent == 0
    message, state = desk.case(case).messages()[-1]
    assert message is not None
    assert (message.channel, message.task, message.format, state) == ("post", "letter", need, "task")


def test_an_address_that_notify_could_not_post_to_goes_the_next_way(
    desk: Desk, payloads: Payloads, alice: Actor
) -> None:
    case = str(desk.receive(*payloads.text("Graffiti"))[0].reference)
    desk.citizens.add_contact_point(MARY_URN, "post:2 Dock Road, Saltmarsh", by=alice)
    desk.citizens.verify("post:2 Dock Road, Saltmarsh", by=alice)
    desk.citizens.prefer(MARY_URN, ["post", "sms"], by=alice)
    desk.reply(case, text="Cleaned today.", by=alice)

    desk.run_due()

    (_, refused), (again, sent) = desk.case(case).messages()[-2:]
    assert again is not None
    assert (refused, again.channel, sent) == ("permanent_failure", "sms", "sent")
