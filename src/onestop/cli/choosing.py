"""`onestop choose`: by which channel somebody would be told a thing now, and why so."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from onestop.cli.opening import open_desk
from onestop.cli.options import POLICY, STORE, AdaptersFile, AsJson, PolicyFolder, StoreUrl
from onestop.cli.output import WRONG, emit, leave, say, table
from onestop.core.choice import Candidate, Choice, Way
from onestop.core.model import utc_text
from onestop.core.purposes import PURPOSES
from onestop.core.reasons import lost_words, won_words

__all__ = ["choose_command"]

_KINDS = {"send": "sent", "task": "a person's task", "muted": "not told", "denied": "not to be told"}


def choose_command(
    who: Annotated[str, typer.Argument(metavar="URN", help="A contact point, as tel:+44… or mailto:…, or their id.")],
    purpose: Annotated[str, typer.Argument(metavar="PURPOSE", help=f"One of {', '.join(PURPOSES)}.")],
    service: Annotated[str | None, typer.Option("--service", help="What it is about.")] = None,
    case: Annotated[str | None, typer.Option("--case", metavar="REF", help="The case that it is about.")] = None,
    urgent: Annotated[bool, typer.Option("--urgent", help="It does not wait for the end of quiet hours.")] = False,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    adapters: AdaptersFile = None,
    as_json: AsJson = False,
) -> None:
    """
    Say by which channel somebody would be told a thing now, where, from when, and why so; nothing is queued.

    What it shows is personal. What your gateways send on is what the adapters of --adapters can send; without the file
    nothing is sent, and people do what can be done.

    Exit codes: 0 they can be told, by a gateway or a person, 1 they would not be, 2 nobody has this id, or there is no
    such purpose, service or case.
    """
    with open_desk(store, policy, adapters=adapters) as desk:
        choice = desk.citizens.choose(who, purpose, service=service, case=case, urgent=urgent)
    if as_json:
        emit(_json(choice))
    else:
        _show(choice)
    if choice.kind in ("muted", "denied"):
        leave(WRONG)


def _show(choice: Choice) -> None:
    if choice.channel is None:
        say(f"{_KINDS[choice.kind]}: {lost_words(choice.because)}")
    else:
        say(f"{_KINDS[choice.kind]}: {_how(choice)}")
        say(f"why: {won_words(choice.because)}")
        say(f"when: {f'not before {utc_text(choice.not_before)}' if choice.not_before else 'now'}")
    if choice.candidates:
        say()
        table(
            (("channel", ""), ("contact point", ""), ("why", "")),
            [(each.way.channel, _point(each.way) or "-", _why(each)) for each in choice.candidates],
        )


def _how(choice: Choice) -> str:
    """Give the task or the channel, where to, and in which form."""
    where = f" to {choice.contact_point.urn}" if choice.contact_point else ""
    manner = [choice.format, choice.language, *choice.professionals]
    extra = ", ".join(each.replace("_", " ") for each in manner if each)
    return f"{(choice.task or choice.channel or '').replace('_', ' ')}{where}{f' ({extra})' if extra else ''}"


def _why(candidate: Candidate) -> str:
    return f"chosen: {won_words(candidate.because)}" if candidate.won else lost_words(candidate.because)


def _point(way: Way) -> str | None:
    return str(way.contact_point.urn) if way.contact_point else None


def _json(choice: Choice) -> dict[str, Any]:
    return {
        "kind": choice.kind,
        "because": choice.because,
        "channel": choice.channel,
        "contact_point": str(choice.contact_point.urn) if choice.contact_point else None,
        "not_before": utc_text(choice.not_before) if choice.not_before else None,
        "format": choice.format,
        "language": choice.language,
        "task": choice.task,
        "professionals": list(choice.professionals),
        "fallback": [_way(way) for way in choice.fallback],
        "candidates": [{**_way(each.way), "won": each.won, "because": each.because} for each in choice.candidates],
    }


def _way(way: Way) -> dict[str, Any]:
    return {"channel": way.channel, "contact_point": _point(way)}
