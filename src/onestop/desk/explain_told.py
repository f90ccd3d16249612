"""What was told, in words: how a message went and why, what stood against the other ways, what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from onestop.core.reasons import LOST, lost_words
from onestop.desk.explain_data import Agreed, Became, Telling
from onestop.desk.explain_deadlines import by_words
from onestop.desk.explain_times import Times

__all__ = ["agreed_line", "telling_lines"]

_NEXT = "next"
_STANDS: Mapping[str, str] = {
    "task": "a person's task",
    "in_doubt": "in doubt",
    "temporary_failure": "not taken for now",
    "permanent_failure": "failed",
    "denied": "not sent",
    "muted": "not sent",
    "cleared": "taken back",
}
"""How a message stands, where its state is no English word for it."""

_BECAME: Mapping[str, str] = {
    "queued": "waits to be sent",
    "sending": "a gateway is given it",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "temporary_failure": "the gateway did not take it for now",
    "permanent_failure": "it did not reach them",
    "in_doubt": "nobody knows whether it was sent",
    "task": "still a person's task",
    "denied": "not sent",
    "muted": "not sent",
    "cleared": "taken back",
}
_CODES: Mapping[str, str] = {
    "told": "they were told",
    "posted": "it was posted",
    "no_answer": "nobody answered",
    "wrong_number": "the number is somebody else's",
    "not_possible": "it could not be done so",
    "by_hand": "",
    "delivered_after_all": "the one whose place it took arrived after all",
    "resolved": "a person said so",
    "quiet_hours": "their quiet hours",
    "rate_limited": "the gateway takes no more for now",
    "sent_again": "sent again, since nobody knew",
    "simulated": "in test mode",
    **{code: words for code, words in LOST.items() if code != _NEXT},
}
"""What a code beside a state says; a gateway's own, such as 5.1.1, is shown as it is."""


def telling_lines(told: Telling, earlier: Mapping[str, Telling], party: str, times: Times) -> Iterator[str]:
    """Give the lines of one message; `earlier` has the others by their ids."""
    what = told.purpose if told.template in (None, told.purpose) else f"{told.purpose} ({told.template})"
    state = _STANDS.get(told.state, told.state)
    yield f"{times.at(told.at)}: {what} by {told.channel} to {party}, {state}: {told.why}{by_words(told.by)}"
    replaced = earlier.get(told.replaces or "")
    if replaced is not None:
        yield f"  in place of the {replaced.purpose} by {replaced.channel}, which did not reach them"
    unsaid = told.manner in ("denied", "muted")
    against = told.weighed if unsaid else told.weighed[1:]
    for because in dict.fromkeys(each.because for each in against if each.because != _NEXT):
        channels = dict.fromkeys(each.channel for each in against if each.because == because)
        yield f"  not by {', '.join(channels)}: {lost_words(because)}"
    if following := [each.channel for each in against if each.because == _NEXT]:
        yield f"  if this fails: by {', then '.join(dict.fromkeys(following))}"
    if told.not_before is not None and told.not_before > told.at:
        again = replaced is not None and replaced.channel == told.channel
        why = "since its gateway gave up for now" if again else "when their quiet hours end"
        yield f"  not before {times.at(told.not_before)}, {why}"
    for became in told.became[1 if unsaid else 0 :]:
        yield f"  {times.at(became.at)}: {_became(became)}{by_words(became.by)}"


def _became(became: Became) -> str:
    said = _BECAME.get(became.state, became.state)
    code = _CODES.get(became.code or "", became.code or "")
    return f"{said}: {code}" if code else said


def agreed_line(agreed: Agreed, party: str, times: Times) -> str:
    """Say one entry of the ledger."""
    of = [f"by {agreed.channel}"] if agreed.channel else []
    of += [f"for {agreed.purpose}"] if agreed.purpose else []
    of += [f"about {agreed.service}"] if agreed.service else []
    of += ["about this case"] if agreed.this_case else []
    where = "in this case" if agreed.said_here else "elsewhere"
    wants = "may be told again" if agreed.given else "wants to be told no more"
    return f"{times.at(agreed.at)}: {party} {wants} {' '.join(of) or 'anything at all'}; said {where}"
