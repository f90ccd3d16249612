"""Texts that are nothing but a command: they say nothing about the matter."""

from __future__ import annotations

from onestop import Actor, Desk

from .payloads import Clock, Payloads


def answered(desk: Desk, payloads: Payloads, clock: Clock, alice: Actor) -> str:
    """Give a case that was resolved, and whose citizen was told so by text."""
    (opened,) = desk.receive(*payloads.text("A pothole on the bridge"))
    desk.act(str(opened.reference), "resolve", by=alice)
    desk.reply(str(opened.reference), text="It is filled.", by=alice)
    desk.run_due()
    clock.pass_time(hours=1)
    return str(opened.reference)


def test_nothing_but_stop_reopens_no_case_and_asks_for_nobody(
    desk: Desk, payloads: Payloads, clock: Clock, alice: Actor
) -> None:
    reference = answered(desk, payloads, clock, alice)

    (stopped,) = desk.receive(*payloads.text("STOP. Thank you"))

    case = desk.case(reference)
    assert (stopped.outcome, stopped.reference) == ("joined", reference)
    assert (case.state_type, case.flags) == ("resolved", ())


def test_stop_inside_a_sentence_reopens_the_case(desk: Desk, payloads: Payloads, clock: Clock, alice: Actor) -> None:
    reference = answered(desk, payloads, clock, alice)

    desk.receive(*payloads.text("They did not stop, it is back"))

    case = desk.case(reference)
    assert (case.state_type, case.flags) == ("open", ())
