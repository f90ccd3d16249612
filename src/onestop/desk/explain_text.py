"""An explanation as lines for a person: the answer first, then why, then what was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap
from zoneinfo import ZoneInfo

from onestop.core.events import BY_ESCALATION, BY_HAND
from onestop.core.nuisance import REASONS, SET_ASIDE
from onestop.core.rules import FALLBACK, Also, Decision
from onestop.desk.explain_data import Arrival, Explained, Raised, Ranked, Tie
from onestop.desk.explain_deadlines import by_words, deadline_lines, next_words, stands_words, step_words
from onestop.desk.explain_times import Times
from onestop.desk.explain_told import agreed_line, telling_lines
from onestop.desk.explain_words import because_words, held_words, how_words, unmet_words, use_words

__all__ = ["lines"]

_COLUMN = 10  # of the answer's names
_HANG = 4  # of what goes on in another line


def lines(explained: Explained, width: int | None = None) -> Iterator[str]:
    """Give the lines; where a width is given, longer ones are broken and go on further in."""
    times = Times(ZoneInfo(explained.time_zone))
    for line in _lines(explained, times):
        if width is None or len(line) <= width:
            yield line
            continue
        indent = len(line) - len(line.lstrip())
        head = line[: 2 + _COLUMN].strip() in _ANSWERS and indent == 2
        hang = 2 + _COLUMN if head else indent + _HANG
        yield from wrap(
            line,
            max(width, 40),
            subsequent_indent=" " * hang,
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=True,
        )


def _lines(explained: Explained, times: Times) -> Iterator[str]:
    case = explained.case
    state = case.state if case.state == case.state_type else f"{case.state} ({case.state_type})"
    yield f"{case.reference} is at {case.service}, {state}, priority {case.priority}"
    yield ""
    for name, said in _answer(explained, times):
        yield f"  {name:<{_COLUMN}}{said}"
    yield ""
    yield f"Times are of {explained.time_zone}; UTC stands in brackets where it is another."
    parties = {told.party: told.party for told in explained.tellings}
    parties |= {alias: f"party {place}" for place, alias in enumerate(case.parties, 1)}
    earlier = {told.message: told for told in explained.tellings}
    number = 0
    for arrival in explained.arrivals:
        number += not arrival.adds
        yield ""
        yield from _arrival_lines(arrival, number, times)
    sections = {
        "priority": list(_priority_lines(explained, times)),
        "flags": [line for each in explained.flags for line in _flag_lines(each, times)],
        "set aside, and left out of listings": list(_aside_lines(explained)),
        "linked cases": [_tie_line(tie, times) for tie in explained.links],
        **deadline_lines(explained, times),
        "what was done": [f"{times.at(move.at)}: {move.what}{_by(move.by, parties)}" for move in explained.moves],
        "what was told": [
            line for told in explained.tellings for line in telling_lines(told, earlier, parties[told.party], times)
        ],
        "what may be told": [
            agreed_line(each, parties.get(each.party, each.party), times) for each in explained.agreed
        ],
    }
    for title, rows in sections.items():
        if rows:
            yield ""
            yield f"{title}:"
            yield from (f"  {row}" for row in rows)


def _by(actor: str, parties: Mapping[str, str]) -> str:
    """Give who did something; a citizen by their place among the parties."""
    kind, _, alias = actor.partition(":")
    return f" — {parties[alias]}" if kind == "citizen" and alias in parties else by_words(actor)


# -- the answer --------------------------------------------------------------------------------------------------------

_ANSWERS = frozenset(
    {"service", "provider", "place", "assignee", "due", "promised", "flags", "seen by", "linked", "next", "policy"}
)


def _answer(explained: Explained, times: Times) -> Iterator[tuple[str, str]]:
    """Give what most who ask want to know, each with its name."""
    case, assigned = explained.case, explained.assigned
    yield "service", f"{explained.service_name or case.service}, {_sent_by(case.rule)}"
    if assigned.provider:
        why = f", not {assigned.own_name}: {_facts(assigned.facts)}" if assigned.own else ""
        yield "provider", f"{assigned.name}{why}"
    if assigned.areas:
        yield "place", f"in {', '.join(assigned.areas)}"
    if case.assignee:
        yield "assignee", case.assignee
    for target in explained.targets:
        stands = "" if target.state == "runs" else f", {stands_words(target, times)}"
        yield "due", f"{target.name}: {times.due(target.due_at)}{stands}"
    if not explained.targets:
        yield "due", times.due(case.target_at) if case.target_at else "the service has no target"
    if case.expected_at:
        by_hand = ", by a person" if case.promise.by_hand else ""
        yield "promised", f"{times.due(case.expected_at)}{by_hand}"
    elif explained.promises:
        yield "promised", "no date: nobody can say one"
    if case.flags:
        yield "flags", ", ".join(case.flags)
    if explained.queues:
        yield "seen by", ", ".join(explained.queues)
    for tie in explained.links:
        yield "linked", f"{_KINDS.get(tie.kind, tie.kind)} {tie.reference}{_other(tie)}"
    for upcoming in explained.upcoming:
        yield "next", f"{times.at(upcoming.at)}: {next_words(upcoming)}"
    yield "policy", case.policy[:12]


def _sent_by(rule: str) -> str:
    if rule == FALLBACK:
        return "the fallback, since no rule named one"
    if rule == BY_HAND:
        return "where a person sent it"
    return "where an escalation sent it" if rule == BY_ESCALATION else f"named by the rule {rule}"


def _facts(facts: tuple[str, ...]) -> str:
    """Say why another provider than the service's own is responsible; the entry's number is left out."""
    said = [held_words(fact) for fact in facts if not fact.startswith("responsible[")]
    return "; ".join(said) or "the directory says so"


# -- enquiries ---------------------------------------------------------------------------------------------------------


def _arrival_lines(arrival: Arrival, number: int, times: Times) -> Iterator[str]:
    more = "more of " if arrival.adds else ""
    yield f"{more}enquiry {number}: {times.at(arrival.at)}, by {arrival.channel} (adapter {arrival.adapter})"
    yield f"  case: {how_words(arrival.match.how)} [{arrival.match.how}]"
    if arrival.authority:
        yield f"  from: a representative, who speaks for the citizen by the authority {arrival.authority}"
    for candidate in arrival.match.candidates:
        yield f"    may belong to {candidate.reference}: {because_words(candidate.because)}"
    for candidate in arrival.match.rejected:
        yield f"    not {candidate.reference}: {because_words(candidate.because)}"
    if arrival.decision is not None:
        yield from _decision_lines(arrival.decision, arrival)
    if arrival.defects:
        yield f"  defects: {', '.join(arrival.defects)}"


def _decision_lines(decision: Decision, arrival: Arrival) -> Iterator[str]:
    if arrival.opens and decision.rule == FALLBACK:
        yield f"  service: {decision.service}, the fallback, since no rule named one"
    elif arrival.opens and decision.rule == BY_HAND:
        yield f"  service: {decision.service}, chosen by who split it off"
    elif arrival.opens:
        yield f"  service: {decision.service}, named by the rule {decision.rule}"
    elif arrival.adds:
        yield "  the rules were asked again, with what is known now:"
    elif decision.used:
        yield "  rules that hold of it, none of which moves the case:"
    for use in decision.used:
        yield f"    {use.rule} (band {use.band}): {use_words(use)}"
    for outvoted in decision.outvoted:
        yield f"    not {outvoted.rule} (band {outvoted.band}): {unmet_words(outvoted.because)}"
    for also in decision.also:
        yield f"  {_also(also, opens=arrival.opens)}"
    if decision.tell:
        stop = ", and a form that asks before it sends goes no further" if decision.stop else ""
        yield f"  told at once: the words of the template {decision.tell}{stop}"


def _also(also: Also, *, opens: bool) -> str:
    why = f"{also.rule} (band {also.band}): {'; '.join(held_words(fact) for fact in also.facts)}"
    if also.kind == "unsure":
        return f"perhaps about {also.service}, too, which a person decides, since {why}"
    if not opens:
        return f"about {also.service}, too, since {why}"
    how = "of the same life event" if also.kind == "child" else "which its writer told apart"
    return f"about {also.service}, too, {how}, since {why}"


# -- priority, flags, links --------------------------------------------------------------------------------------------


def _priority_lines(explained: Explained, times: Times) -> Iterator[str]:
    ranks = explained.priorities
    if len(ranks) == 1 and ranks[0].priority == "normal" and not ranks[0].rules:
        return  # nobody and nothing asked for another
    for each in ranks:
        yield from _raised_lines(each.priority, each, times)


def _flag_lines(raised: Raised, times: Times) -> Iterator[str]:
    name = f" ({raised.name})" if raised.name else ""
    yield from _raised_lines(f"{raised.flag}{name}", raised, times)
    if raised.queue_name:
        yield f"  seen by {raised.queue_name}"


def _raised_lines(what: str, raised: Raised | Ranked, times: Times) -> Iterator[str]:
    if not raised.rules:
        yield f"{what}: {_cause(raised)}, {times.at(raised.at)}"
        return
    rules = "the rule" if len(raised.rules) == 1 else "the rules"
    yield f"{what}: by {rules} {', '.join(use.rule for use in raised.rules)}, {times.at(raised.at)}"
    for use in raised.rules:
        if use.noted:
            yield f"  {use.rule}: {use_words(use)}"


def _cause(raised: Raised | Ranked) -> str:
    if isinstance(raised, Ranked) and raised.cause == "rules":
        return "no rule says otherwise" if raised.priority == "normal" else "by a rule of a policy that is gone"
    return {
        "rules": "by a rule of a policy that is gone",
        "person": f"by {raised.by}",
        "system": "by itself",
        "escalation": f"by escalation, {step_words(raised.detail)}",
        "link": f"from {raised.detail}",
        "intake": "when the enquiry was taken in",
        "message": "since a message did not arrive",
        "file": "since a file is missing or infected",
        "restored": "since closing it was undone",
    }[raised.cause]


def _aside_lines(explained: Explained) -> Iterator[str]:
    flags = explained.case.flags
    if SET_ASIDE in flags:
        reasons = [f"{REASONS[flag]} [{flag}]" for flag in flags if flag in REASONS]
        yield from reasons or ["a person decided so for this case"]


_KINDS = {
    "related": "beside",
    "duplicate": "the same matter as",
    "parent": "part of",
    "child": "has as a part",
    "follows": "follows",
    "followed_by": "followed by",
    "merged_into": "merged into",
    "merged_from": "took the place of",
    "separate": "not the same as",
}


def _other(tie: Tie) -> str:
    return f", at {tie.service}, {tie.state_type}" if tie.service else ""


def _tie_line(tie: Tie, times: Times) -> str:
    facts = f": {'; '.join(map(held_words, tie.facts))}" if tie.facts else ""
    why = ", opened from the same enquiry" if tie.same_enquiry else ""
    why += f" by the rule {tie.rule}{facts}" if tie.rule else ""
    return f"{tie.kind} {tie.reference}{_other(tie)}, since {times.at(tie.at)}{why}{by_words(tie.by)}"
