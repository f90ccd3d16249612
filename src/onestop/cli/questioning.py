"""`onestop question`: what citizens are asked, how they answered, and what a case in doubt belongs to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from onestop.cli.acting import show
from onestop.cli.opening import open_desk
from onestop.cli.options import POLICY, STORE, AdaptersFile, AsJson, By, PolicyFolder, Reference, StoreUrl
from onestop.cli.output import counted, emit, say, table
from onestop.core.actor import Actor
from onestop.core.questions import Question
from onestop.errors import RequestError

__all__ = ["question_app"]

_NOBODYS = "none"  # of the cases that it may belong to

question_app = typer.Typer(
    no_args_is_help=True, help="Questions with closed answers: ask, answer, list, withdraw, resolve."
)

_Question = Annotated[str, typer.Argument(metavar="QUESTION", help="Its id, as `onestop question list` shows it.")]


@question_app.command("ask", short_help="Ask a citizen what has closed answers.")
def ask_command(
    reference: Reference,
    by: By,
    text: Annotated[str | None, typer.Option("--text", help="The question, in your words.")] = None,
    template: Annotated[str | None, typer.Option("--template", help="Or a template's.")] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("--option", metavar="CODE=LABEL", help="An answer; again for each. Left out: yes or no."),
    ] = None,
    until: Annotated[datetime | None, typer.Option("--until", help="A person looks at this moment, UTC.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="PARTY", help="Left out: who wrote last.")] = None,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    adapters: AdaptersFile = None,
    as_json: AsJson = False,
) -> None:
    """
    Put a question to the citizen of a case, the way they want to be reached.

    Exit codes: 0 asked, 2 nobody can be asked, or it cannot be done.
    """
    with open_desk(store, policy, adapters=adapters) as desk:
        asked = desk.questions.ask(
            reference,
            text,
            by=Actor.parse(by),
            template=template,
            options=dict(map(_option, option)) if option else None,
            until=until.replace(tzinfo=UTC) if until else None,
            to=to,
        )
    if as_json:
        emit(_as_json(asked))
    else:
        say(f"{asked.id}: asked, until {asked.until:%Y-%m-%d %H:%M} UTC")


def _option(text: str) -> tuple[str, str]:
    code, equals, label = text.partition("=")
    if not (code and equals and label):
        raise RequestError("an option is written CODE=LABEL, as --option green='Garden waste'")
    return code, label


@question_app.command("list", short_help="List the questions that wait for an answer.")
def list_command(
    which: Annotated[str, typer.Argument(metavar="REF|URN", help="A case, or a contact point, as tel:+44…")],
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    List the questions of a case, or at a contact point, that wait for an answer, the one asked first in front.

    Exit codes: 0 also when there are none, 2 there is no such case.
    """
    with open_desk(store, policy) as desk:
        found = desk.questions.open(contact_point=which) if ":" in which else desk.questions.open(which)
    if as_json:
        for each in found:
            emit(_as_json(each))
        return
    if found:
        headings = ("question", "case", "about", "answers", "until (UTC)")
        table([(heading, "") for heading in headings], [_row(each) for each in found])
    say(counted(len(found), "question"))


def _row(question: Question) -> list[str]:
    codes = ", ".join(f"{option.number} {option.code}" if option.number else option.code for option in question.options)
    return [question.id, question.reference, question.about, codes, f"{question.until:%Y-%m-%d %H:%M}"]


def _as_json(question: Question) -> dict[str, object]:
    return question.model_dump(mode="json")


@question_app.command("answer", short_help="Note what a citizen told you.")
def answer_command(
    reference: Reference,
    question: _Question,
    option: Annotated[str, typer.Argument(metavar="OPTION", help="The code of the answer.")],
    by: By,
    enquiry: Annotated[str | None, typer.Option("--enquiry", help="The id of your note of it.")] = None,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    adapters: AdaptersFile = None,
    as_json: AsJson = False,
) -> None:
    """
    Note what a citizen answered, and do what a text with the same answer would.

    Exit codes: 0 done, 2 there is no such question or answer, nobody waits for it, or it cannot be done.
    """
    with open_desk(store, policy, adapters=adapters) as desk:
        show(desk.questions.answer(reference, question, option, by=Actor.parse(by), enquiry=enquiry), as_json)


@question_app.command("withdraw", short_help="Take a question back.")
def withdraw_command(
    reference: Reference,
    question: _Question,
    by: By,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Take a question back: nobody waits for its answer, and its message does not leave if it has not yet.

    Exit codes: 0 done, 2 it is open no longer, or it cannot be done.
    """
    with open_desk(store, policy) as desk:
        show(desk.questions.withdraw(reference, question, by=Actor.parse(by)), as_json)


@question_app.command("resolve", short_help="Decide what a case in doubt belongs to.")
def resolve_command(
    reference: Reference,
    belongs_to: Annotated[
        str, typer.Option("--belongs-to", metavar="REF|none", help="The other case, or none of those it may be.")
    ],
    by: By,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    adapters: AdaptersFile = None,
    as_json: AsJson = False,
) -> None:
    """
    Decide which case a case in doubt (`match_review`) belongs to; a question that asks for it is taken back.

    Exit codes: 0 done, 2 nobody doubts it, or it cannot go there.
    """
    other = None if belongs_to == _NOBODYS else belongs_to
    with open_desk(store, policy, adapters=adapters) as desk:
        show(desk.questions.resolve(reference, belongs_to=other, by=Actor.parse(by)), as_json)
