"""`onestop preview`: a template's words as people would get them, and what each message would cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from onestop.channels.email.html import html_text
from onestop.cli.opening import open_desk
from onestop.cli.options import STORE, AsJson, StoreUrl
from onestop.cli.output import WRONG, counted, emit, leave, say
from onestop.core.policy import Policy
from onestop.desk.clock import utc_now
from onestop.errors import RequestError
from onestop.policy import load_policy
from onestop.policy.preview import CHANNELS, Preview, preview

__all__ = ["preview_command"]

_ENCODINGS = {"gsm7": "GSM-7", "ucs2": "UCS-2"}
_ONE_PART = {"gsm7": 160, "ucs2": 70}


def preview_command(
    policy: Annotated[Path, typer.Argument(metavar="POLICY", help="The folder of the policy.")],
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help="The name of a template.")],
    channel: Annotated[
        list[str] | None, typer.Option("--channel", metavar="CHANNEL", help="Only this one; may be given again.")
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(
            "--language", metavar="TAG", help="Only this one; en+cy: both in one message; may be given again."
        ),
    ] = None,
    given: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="The value of a variable.")
    ] = None,
    case: Annotated[
        str | None, typer.Option("--case", metavar="REF", help="The values are those of this case of the store.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the page of the first e-mail that has one.")
    ] = None,
    store: StoreUrl = STORE,
    as_json: AsJson = False,
) -> None:
    """
    Show a template's words in every channel and language, with the parts and the cost of text messages.

    Values are samples, but for those that --set or --case gives. Nothing is sent and nothing is kept.

    Exit codes: 0 fine, 1 in some channel there are no words, 2 wrong usage, or it cannot be done.
    """
    rules = load_policy(policy)
    shown = list(
        preview(
            rules,
            template,
            channels=channel or CHANNELS,
            languages=[tuple(each.split("+")) for each in language or ()],
            values=_values(rules, case, store),
            given=_given(given or ()),
        )
    )
    for number, each in enumerate(shown):
        if as_json:
            emit(each)
            continue
        if number:
            say()
        _show(each)
    if html is not None:
        _write_page(html, shown)
    if any(each.problem for each in shown):
        leave(WRONG)


def _given(pairs: list[str] | tuple[()]) -> dict[str, str]:
    split = [pair.partition("=") for pair in pairs]
    if any(not (name and mark) for name, mark, _ in split):
        raise RequestError("--set takes NAME=VALUE, such as --set code='204 318'")
    return {name: value for name, _, value in split}


def _values(policy: Policy, case: str | None, store: str) -> dict[str, Mapping[str, str]]:
    """Give what templates may say of a case, by language."""
    if case is None:
        return {}
    with open_desk(store, None) as desk:
        found, now = desk.case(case).record, utc_now()
    return {language: policy.values(found, language, now) for language in policy.council.languages}


def _show(each: Preview) -> None:
    say(f"{each.channel}, {' and '.join(each.languages)}{_form(each)}", style="bold")
    if each.problem is not None:
        say(f"  {each.problem}", style="red")
    if each.subject:
        say(f"  Subject: {each.subject}")
    for line in each.text.splitlines():
        say(f"  {line}".rstrip())
    if each.html is not None:
        read = html_text(each.html)
        same = read.split() == each.text.split()
        say("  as HTML: the same words" if same else "  as HTML, other words:", style="dim" if same else "yellow")
        for line in () if same else read.splitlines():
            say(f"  | {line}".rstrip())
    if facts := ", ".join(_facts(each)):
        say(f"  {facts}", style="dim")


def _form(each: Preview) -> str:
    spoken = f", in {each.language}" if each.language and each.language != each.languages[0] else ""
    return f" ({each.form}{spoken})" if each.form else ""


def _facts(each: Preview) -> Iterator[str]:
    if each.parts is not None and each.units is not None and each.encoding is not None:
        yield counted(each.parts, "part")
        yield f"{_ENCODINGS[each.encoding]}, {each.units:,} units of {_ONE_PART[each.encoding]} in one part"
    if each.pence is not None:
        yield f"{each.pence:g}p ({each.source})"


def _write_page(path: Path, shown: list[Preview]) -> None:
    page = next((each.html for each in shown if each.html is not None), None)
    if page is None:
        raise RequestError("--html: no e-mail that is shown has HTML")
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as exc:
        raise RequestError(f"{str(path)!r} cannot be written to: {exc.strerror or 'the disk says no'}") from exc
