"""Why a case is where it is: read back from its events, which hold everything that explains a decision."""

from __future__ import annotations

from collections.abc import Iterator

from onestop.core.case import Case
from onestop.core.events import (
    CaseOpened,
    EnquiryReceived,
    EnquiryUpdated,
    Event,
    FlagsChanged,
    Match,
    MessageQueued,
    MessageUpdated,
    Rerouted,
    StateChanged,
)
from onestop.core.matching import BECAUSE, HOW
from onestop.core.model import Frozen, UtcDatetime
from onestop.core.nuisance import REASONS, SET_ASIDE
from onestop.core.rules import FALLBACK, Decision
from onestop.core.targets import LEGAL, RESOLVE
from onestop.desk.views import flag_words

__all__ = ["Arrival", "Explanation", "Move", "Telling", "explain"]


class Arrival(Frozen):
    """How one enquiry came to the case, or more became known of it, and what the rules said of it."""

    at: UtcDatetime
    channel: str
    adapter: str
    match: Match
    decision: Decision | None  # None: it was an automatic answer, which rules do not look at
    defects: tuple[str, ...]
    adds: bool = False  # more became known of an enquiry that is above


class Move(Frozen):
    """A change of state or service, and who made it."""

    at: UtcDatetime
    by: str
    what: str


class Telling(Frozen):
    """A message to a party, why it went that way, and what became of it."""

    at: UtcDatetime
    party: str
    channel: str
    purpose: str
    why: str
    state: str


class Explanation(Frozen):
    """
    Why a case is where it is: which rules, which evidence, which deadline, which channel.

    Nothing in it is personal; word lists are named, the citizen's words are not quoted.
    """

    case: Case
    target: str
    arrivals: tuple[Arrival, ...]
    moves: tuple[Move, ...]
    tellings: tuple[Telling, ...]

    def text(self) -> str:
        """Give the explanation as lines for a person."""
        return "\n".join(_lines(self))


def explain(case: Case, events: tuple[Event, ...]) -> Explanation:
    """Read a case's history back as reasons."""
    return Explanation(
        case=case,
        target=_target(case),
        arrivals=tuple(_arrivals(events)),
        moves=tuple(_moves(events)),
        tellings=tuple(_tellings(events)),
    )


def _target(case: Case) -> str:
    target = case.target(RESOLVE) or case.target(LEGAL) or next(iter(case.targets), None)
    if target is None:
        return f"{case.target_at:%Y-%m-%d %H:%M} UTC" if case.target_at else "the service has no target"
    stands = "met" if target.met_at else "paused" if target.paused_at else f"in the calendar {target.calendar!r}"
    return f"{target.due_at:%Y-%m-%d %H:%M} UTC: {target.name} within {target.within}, {stands}"


def _arrivals(events: tuple[Event, ...]) -> Iterator[Arrival]:
    opening: Decision | None = None
    came_by: dict[str, EnquiryReceived] = {}
    for event in events:
        if isinstance(event, CaseOpened):
            opening = event.decision
        elif isinstance(event, EnquiryUpdated) and (first := came_by.get(event.enquiry)):
            yield Arrival(
                at=event.at,
                channel=first.channel,
                adapter=first.adapter,
                match=Match(how="call"),
                decision=event.decision,
                defects=event.defects,
                adds=True,
            )
        elif isinstance(event, EnquiryReceived):
            yield Arrival(
                at=event.at,
                channel=event.channel,
                adapter=event.adapter,
                match=event.match,
                decision=event.decision or opening,
                defects=event.defects,
            )
            opening = None
            came_by[event.enquiry] = event


def _moves(events: tuple[Event, ...]) -> Iterator[Move]:
    for event in events:
        if isinstance(event, StateChanged):
            reason = f" ({event.closing_reason})" if event.closing_reason else ""
            yield Move(at=event.at, by=event.by, what=f"{event.action}: {event.state}{reason}")
        elif isinstance(event, Rerouted):
            yield Move(at=event.at, by=event.by, what=f"rerouted from {event.was} to {event.service}: {event.state}")
        elif isinstance(event, FlagsChanged):
            yield Move(at=event.at, by=event.by, what=f"flags {flag_words(event)}")


def _tellings(events: tuple[Event, ...]) -> Iterator[Telling]:
    states = {event.message: event.state for event in events if isinstance(event, MessageUpdated)}
    came_by: dict[str, str] = {}
    for event in events:
        if isinstance(event, EnquiryReceived):
            came_by[event.party] = event.channel
        elif isinstance(event, MessageQueued):
            last = came_by.get(event.party)
            same = (
                "the channel they last wrote on"
                if last == event.channel
                else "what their contact point can be reached by"
            )
            yield Telling(
                at=event.at,
                party=event.party,
                channel=event.channel,
                purpose=event.purpose,
                why=same,
                state=states.get(event.message, "queued"),
            )


# -- as lines ----------------------------------------------------------------------------------------------------------


def _lines(explanation: Explanation) -> Iterator[str]:
    case = explanation.case
    flags = f", flags {', '.join(case.flags)}" if case.flags else ""
    yield f"{case.reference} is at {case.service}, {case.state} ({case.state_type}), priority {case.priority}{flags}"
    yield f"target: {explanation.target}"
    yield f"policy: {case.policy[:12]}"
    if SET_ASIDE in case.flags:
        yield from _aside_lines(case)
    number = 0
    for arrival in explanation.arrivals:
        number += not arrival.adds
        yield ""
        more, way = "more of " if arrival.adds else "", f"by {arrival.channel} (adapter {arrival.adapter})"
        yield f"{more}enquiry {number}: {arrival.at:%Y-%m-%d %H:%M} UTC {way}"
        yield f"  case: {how_words(arrival.match.how)} [{arrival.match.how}]"
        for candidate in arrival.match.candidates:
            yield f"    may belong to {candidate.reference}: {BECAUSE.get(candidate.because, candidate.because)}"
        for candidate in arrival.match.rejected:
            yield f"    not {candidate.reference}: {BECAUSE.get(candidate.because, candidate.because)}"
        if arrival.decision is not None:
            yield from _decision_lines(arrival.decision, first=number == 1 and not arrival.adds, adds=arrival.adds)
        if arrival.defects:
            yield f"  defects: {', '.join(arrival.defects)}"
    for title, rows in (
        ("what was done", [f"{m.at:%Y-%m-%d %H:%M} {m.what} — {m.by}" for m in explanation.moves]),
        (
            "what was told",
            [
                f"{t.at:%Y-%m-%d %H:%M} {t.purpose} by {t.channel} to {t.party}, {t.state}: {t.why}"
                for t in explanation.tellings
            ],
        ),
    ):
        if rows:
            yield ""
            yield f"{title}:"
            yield from (f"  {row}" for row in rows)


def _aside_lines(case: Case) -> Iterator[str]:
    reasons = [f"{REASONS[flag]} [{flag}]" for flag in case.flags if flag in REASONS]
    yield "set aside, and left out of listings:"
    yield from (f"  {reason}" for reason in reasons or ["a person decided so for this case"])


def _decision_lines(decision: Decision, *, first: bool, adds: bool) -> Iterator[str]:
    if first and decision.rule == FALLBACK:
        yield f"  service: {decision.service}, the fallback, since no rule named one"
    elif first:
        yield f"  service: {decision.service}, named by the rule {decision.rule}"
    elif adds:
        yield "  the rules were asked again, with what is known now:"
    elif decision.used:
        yield "  rules that hold of it, none of which moves the case:"
    if decision.provider_facts:
        yield f"  provider: {decision.provider}, since {', '.join(decision.provider_facts)}"
    for use in decision.used:
        held = ", ".join((*use.facts, *use.noted)) or "it has no condition"
        yield f"    {use.rule} (band {use.band}): {held}"
    for also in decision.also:
        opens = "may be another matter, for a person" if also.kind == "unsure" else f"opened a {also.kind} case"
        yield f"    also {also.service}: {opens}, by rule {also.rule} (band {also.band}): {', '.join(also.facts)}"
    for outvoted in decision.outvoted:
        yield f"    not {outvoted.rule} (band {outvoted.band}): {_because(outvoted.because)}"


def _because(because: str) -> str:
    if because.startswith("after "):
        return because
    if because.endswith(":unknown"):
        return f"{because.removesuffix(':unknown')} is not known"
    return f"{because} does not hold"


def how_words(how: str) -> str:
    """Say in words what a code of `Match.how` says."""
    if how.endswith("_late") and how[:-5] in HOW:
        return f"{HOW[how[:-5]]}; that case was closed too long ago, so this one follows it"
    return HOW.get(how, how)
