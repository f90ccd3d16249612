"""`onestop citizen`, `prefer`, `quiet`, `need`, `consent`, `grant`: who they are, how they want to be reached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, cast, get_args

import typer

from onestop.cli.opening import open_desk
from onestop.cli.options import POLICY, STORE, AsJson, By, PolicyFolder, StoreUrl
from onestop.cli.output import emit, say
from onestop.core.actor import Actor
from onestop.core.authority import ends_at
from onestop.core.enquiry import Channel
from onestop.core.profile import Authority, Consent, ContactPoint, Preference, Profile, QuietHours, Weekday
from onestop.core.purposes import Purpose
from onestop.desk import Desk
from onestop.errors import RequestError

__all__ = [
    "citizen_command",
    "consent_app",
    "end_command",
    "grant_command",
    "need_app",
    "prefer_command",
    "quiet_command",
    "show_part",
]

_Who = Annotated[str, typer.Argument(metavar="URN", help="A contact point, as tel:+44… or mailto:…, or their id.")]
_Point = Annotated[str, typer.Argument(metavar="URN", help="The contact point, as tel:+44… or mailto:…")]
_Purpose = Annotated[str | None, typer.Option("--purpose", help="Such as service_update; left out: for all.")]
_Service = Annotated[str | None, typer.Option("--service", help="Of this service alone.")]
_Until = Annotated[datetime | None, typer.Option("--until", help="It holds before this moment, UTC.")]
_WEEK: tuple[Weekday, ...] = get_args(Weekday)

need_app = typer.Typer(no_args_is_help=True, help="What citizens need of us, never why: add, drop.")
consent_app = typer.Typer(no_args_is_help=True, help="The ledger of consents: give, withdraw, list.")


def citizen_command(who: _Who, store: StoreUrl = STORE, policy: PolicyFolder = POLICY, as_json: AsJson = False) -> None:
    """
    Show who somebody is and how they want to be reached, as far as it is known.

    What it shows is personal, and some of it says something of somebody's health: it is for the person who asks, and
    belongs into no log.

    Exit codes: 0 shown, 2 nobody is known by it, or several people are.
    """
    with open_desk(store, policy) as desk:
        shown = _shown(desk, who)
    if as_json:
        emit(shown)
        return
    for line in _lines(shown):
        say(line)


def _shown(desk: Desk, who: str) -> dict[str, Any]:
    """Give what is known of a citizen, as JSON has it."""
    citizen, profile = desk.citizens.get(who), desk.citizens.profile(who)
    authorities = desk.citizens.authorities(citizen.id)
    cases = {case.reference: case for urn in _urns(profile) for case in desk.cases(contact_point=urn, set_aside=None)}
    return {
        "id": citizen.id,
        "kind": profile.kind,
        "name": citizen.name,
        "language": profile.language,
        "zone": profile.zone,
        "contact_points": [each.model_dump(mode="json") for each in profile.contact_points],
        "preferences": [each.model_dump(mode="json") for each in profile.preferences],
        "quiet_hours": [each.model_dump(mode="json") for each in profile.quiet_hours],
        "needs": [each.model_dump(mode="json") for each in profile.needs],
        "consents": [each.model_dump(mode="json") for each in profile.consents],
        "authorities": [each.model_dump(mode="json") for each in authorities],
        "cases": sorted(cases),
    }


def _urns(profile: Profile) -> Iterator[str]:
    """Give the contact points that are theirs alone: what others wrote from a shared one is not for whoever asks."""
    return (str(point.urn) for point in profile.contact_points if point.shared is None)


def _lines(shown: dict[str, Any]) -> Iterator[str]:
    yield f"{shown['name'] or 'no name'}, {shown['kind']}, {shown['id']}"
    if shown["language"] or shown["zone"]:
        yield f"  {' '.join(each for each in (shown['language'], shown['zone']) if each)}"
    for name, words in (
        ("contact_points", lambda each: _of_point(ContactPoint.model_validate(each))),
        ("preferences", lambda each: _of_preference(Preference.model_validate(each))),
        ("quiet_hours", lambda each: _of_quiet(QuietHours.model_validate(each))),
        ("needs", lambda each: f"{each['code']}{_before(each['until'])}"),
        ("consents", lambda each: _of_consent(Consent.model_validate(each))),
        ("authorities", lambda each: _of_authority(Authority.model_validate(each), shown["id"])),
        ("cases", str),
    ):
        if shown[name]:
            yield f"{name.replace('_', ' ')}:"
            yield from (f"  {words(each)}" for each in shown[name])


def _before(until: object) -> str:
    return f", before {until}" if until else ""


def _of_point(point: ContactPoint) -> str:
    notes = [f"verified by {point.verified.how}"] if point.verified else []
    notes += [f"shared: {point.shared}"] if point.shared else []
    notes += [f"failing by {failure.channel} {failure.code or ''}".rstrip() for failure in point.failures]
    return f"{point.urn}{f' ({chr(44).join(notes)})' if notes else ''}"


def _of_preference(preference: Preference) -> str:
    of = [each for each in (preference.purpose, preference.service, preference.case) if each]
    at = f" at {preference.contact_point}" if preference.contact_point else ""
    return f"{', '.join(preference.channels) or 'none'} for {' of '.join(of) or 'all'}{at}{_before(preference.until)}"


def _of_quiet(hours: QuietHours) -> str:
    days = (
        f"{day} {' '.join(f'{span.start:%H:%M}-{span.end:%H:%M}' for span in spans)}"
        for day, spans in hours.spans.items()
    )
    return f"{'; '.join(days)}{f' {hours.zone}' if hours.zone else ''}{_before(hours.until)}"


def _of_consent(consent: Consent) -> str:
    of = " of ".join(each for each in (consent.purpose, consent.service) if each) or "all"
    by = f" by {consent.channel}" if consent.channel else ""
    return f"{'given' if consent.given else 'withdrawn'} for {of}{by}, {consent.source.at:%Y-%m-%d %H:%M} UTC"


def _of_authority(authority: Authority, citizen: str) -> str:
    way = f"acts for {authority.subject}" if authority.holder == citizen else f"{authority.holder} acts for them"
    end = ends_at(authority)
    told = "" if authority.answers else ", may write only"
    at = f" at {', '.join(authority.services)}" if authority.services else ""
    since = f"since {authority.since:%Y-%m-%d %H:%M} UTC"
    return f"{authority.id}: {way} as {authority.role}{at}, {since}{_before(end)}{told}"


def prefer_command(
    who: _Who,
    by: By,
    channels: Annotated[
        list[str] | None, typer.Argument(metavar="CHANNEL…", help="In their order: email, sms, phone, post, …")
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="They do not want to hear of it.")] = False,
    purpose: _Purpose = None,
    service: _Service = None,
    case: Annotated[str | None, typer.Option("--case", metavar="REF", help="Of this case alone.")] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="URN", help="At this address; needed where nothing shows yet that it is theirs."),
    ] = None,
    until: _Until = None,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Keep by which channels somebody wants to hear from us, in their order; what was said of the same before is over.

    Exit codes: 0 kept, 2 it cannot be done.
    """
    if bool(channels) == none:
        raise RequestError("say the channels, or --none")
    with open_desk(store, policy) as desk:
        desk.citizens.prefer(
            who,
            cast(list[Channel], channels or []),
            by=Actor.parse(by),
            purpose=cast(Purpose | None, purpose),
            service=service,
            case=case,
            contact_point=at,
            until=_utc(until),
        )
        show_part(desk, who, "preferences", as_json)


def quiet_command(
    who: _Who,
    by: By,
    spans: Annotated[
        list[str] | None,
        typer.Argument(metavar="SPAN…", help="As daily=21:00-08:00 or fri=22:00-09:00; none: no quiet hours."),
    ] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="IANA, as Europe/London; left out: the council's.")] = None,
    until: _Until = None,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Keep when somebody does not want to hear from us, in their own time.

    Exit codes: 0 kept, 2 it cannot be done.
    """
    with open_desk(store, policy) as desk:
        desk.citizens.quiet_hours(who, _spans(spans or []), by=Actor.parse(by), zone=zone, until=_utc(until))
        show_part(desk, who, "quiet_hours", as_json)


def _spans(given: list[str]) -> dict[Weekday, list[tuple[str, str]]]:
    """
    Read spans of the week.

    Raises:
        RequestError: one is none.
    """
    spans: dict[Weekday, list[tuple[str, str]]] = {}
    for each in given:
        day, _, times = each.partition("=")
        start, dash, end = times.partition("-")
        days = _WEEK if day == "daily" else tuple(one for one in _WEEK if one == day)
        if not days or not dash:
            raise RequestError(f"quiet hours are written as daily=21:00-08:00, or by {', '.join(_WEEK)}")
        for one in days:
            spans.setdefault(one, []).append((start, end))
    return spans


@need_app.command("add", short_help="Keep that somebody needs something.")
def need_add_command(
    who: _Who,
    need: Annotated[str, typer.Argument(metavar="NEED", help="Such as large_print, bsl_interpreter, via_carer.")],
    by: By,
    until: _Until = None,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Keep that somebody needs something of us.

    Exit codes: 0 kept, 2 it cannot be done.
    """
    with open_desk(store, policy) as desk:
        desk.citizens.record_need(who, need, by=Actor.parse(by), until=_utc(until))
        show_part(desk, who, "needs", as_json)


@need_app.command("drop", short_help="Keep that they need it no longer.")
def need_drop_command(
    who: _Who,
    need: Annotated[str, typer.Argument(metavar="NEED", help="What they do not need any more.")],
    by: By,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Keep that somebody does not need something any more.

    Exit codes: 0 done, 2 it was not recorded, or it cannot be done.
    """
    with open_desk(store, policy) as desk:
        desk.citizens.drop_need(who, need, by=Actor.parse(by))
        show_part(desk, who, "needs", as_json)


_On = Annotated[str | None, typer.Option("--channel", help="By this channel alone.")]


@consent_app.command("give", short_help="Write that consent was given.")
def consent_give_command(
    urn: _Point,
    by: By,
    wording: Annotated[str, typer.Option("--wording", help="The version of the words that were agreed to.")],
    purpose: _Purpose = None,
    channel: _On = None,
    service: _Service = None,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Write into the ledger that consent was given.

    Exit codes: 0 written, 2 it cannot be done.
    """
    _consent(urn, by, purpose, channel, service, store, policy, as_json, given=True, wording=wording)


@consent_app.command("withdraw", short_help="Write that consent was withdrawn.")
def consent_withdraw_command(
    urn: _Point,
    by: By,
    purpose: _Purpose = None,
    channel: _On = None,
    service: _Service = None,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Write into the ledger that consent was withdrawn.

    Exit codes: 0 written, 2 it cannot be done.
    """
    _consent(urn, by, purpose, channel, service, store, policy, as_json, given=False, wording=None)


def _consent(
    urn: str,
    by: str,
    purpose: str | None,
    channel: str | None,
    service: str | None,
    store: str,
    policy: Any,
    as_json: bool,
    *,
    given: bool,
    wording: str | None,
) -> None:
    with open_desk(store, policy) as desk:
        entry = desk.citizens.consent(
            urn,
            given=given,
            by=Actor.parse(by),
            purpose=cast(Purpose | None, purpose),
            on=cast(Channel | None, channel),
            service=service,
            wording=wording,
        )
    _show_consents([entry], as_json)


@consent_app.command("list", short_help="The ledger of a contact point.")
def consent_list_command(
    urn: _Point, store: StoreUrl = STORE, policy: PolicyFolder = POLICY, as_json: AsJson = False
) -> None:
    """
    List the ledger of a contact point, in the order it was written. What it shows is personal.

    Exit codes: 0 also when it is empty, 2 it cannot be done.
    """
    with open_desk(store, policy) as desk:
        _show_consents(list(desk.citizens.consents(urn)), as_json)


def _show_consents(entries: list[Consent], as_json: bool) -> None:
    for entry in entries:
        if as_json:
            emit(entry)
        else:
            say(_of_consent(entry))


def grant_command(
    holder: Annotated[str, typer.Argument(metavar="HOLDER", help="Who acts: a contact point, or an id.")],
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="For whom: a contact point, or an id.")],
    by: By,
    role: Annotated[
        str, typer.Option("--role", help="carer, councillor, interpreter, appointee, attorney, advocate, other.")
    ],
    services: Annotated[
        list[str] | None, typer.Option("--service", help="At this service alone; may be repeated.")
    ] = None,
    answers: Annotated[
        bool | None, typer.Option("--answers/--write-only", help="Whether they may be told; left out: as the role.")
    ] = None,
    since: Annotated[datetime | None, typer.Option("--since", help="From this moment on, UTC; left out: now.")] = None,
    until: _Until = None,
    proof: Annotated[str | None, typer.Option("--proof", help="The document that somebody saw.")] = None,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Let one citizen act for another: write about their matters, and be told of them as far as the role goes.

    Exit codes: 0 granted, 2 it cannot be done.
    """
    with open_desk(store, policy) as desk:
        made = desk.citizens.grant(
            holder,
            subject,
            role=role,
            services=services or (),
            answers=answers,
            since=_utc(since),
            until=_utc(until),
            proof=proof,
            by=Actor.parse(by),
        )
    _show_authority(made, as_json)


def end_command(
    authority: Annotated[str, typer.Argument(metavar="AUTHORITY", help="Its id: `onestop citizen` shows it.")],
    by: By,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    End an authority to act, now.

    Exit codes: 0 ended, 2 it had ended already, or it cannot be done.
    """
    with open_desk(store, policy) as desk:
        ended = desk.citizens.end_authority(authority, by=Actor.parse(by))
    _show_authority(ended, as_json)


def _show_authority(authority: Authority, as_json: bool) -> None:
    if as_json:
        emit(authority)
    else:
        say(_of_authority(authority, authority.holder))


def show_part(desk: Desk, who: str, part: str, as_json: bool) -> None:
    """Show what is stated from now on."""
    shown = _shown(desk, who)
    if as_json:
        emit(shown)
        return
    for line in _lines(
        {**shown, **{name: [] for name, value in shown.items() if isinstance(value, list)}, part: shown[part]}
    ):
        say(line)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
