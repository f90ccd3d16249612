"""`onestop explain`: why a case is where it is."""

from __future__ import annotations

from typing import Annotated

import typer

from onestop.cli.opening import open_desk
from onestop.cli.options import STORE, AsJson, KeptPolicy, Reference, StoreUrl
from onestop.cli.output import emit, page_width, say
from onestop.core.actor import Actor
from onestop.desk.quoting import Quoted
from onestop.errors import RequestError

__all__ = ["explain_command"]


def explain_command(
    reference: Reference,
    words: Annotated[
        bool, typer.Option("--words", help="Instead, the citizen's words that raised its flags, if you may see them.")
    ] = False,
    mermaid: Annotated[
        bool, typer.Option("--mermaid", help="Its way through its lifecycle, as a Mermaid state diagram.")
    ] = False,
    by: Annotated[
        str, typer.Option("--by", metavar="KIND:ID+ROLE", help="Who asks to see the words.")
    ] = "worker:anyone",
    store: StoreUrl = STORE,
    policy: KeptPolicy = None,
    as_json: AsJson = False,
) -> None:
    """
    Say why a case is where it is: which rules, which evidence, which deadline, which channel.

    Nothing is personal, but for what --words shows. With --json the explanation is one object, which holds what the
    text says and more; docs/how-to/explain-a-case.md says where what stands.

    Exit codes: 0 fine, 2 there is no such case, or it cannot be done.
    """
    if mermaid and (words or as_json):
        raise RequestError("--mermaid is a format of its own: leave out --words and --json")
    with open_desk(store, policy) as desk:
        if words:
            _show_words(desk.quotes(reference, by=Actor.parse(by)), as_json=as_json)
            return
        explanation = desk.explain(reference)
    if as_json:
        emit(explanation)
    else:
        say(explanation.mermaid() if mermaid else explanation.text(page_width()))


_UNSHOWN = {
    "not_allowed": "the policy does not let you see the words",
    "erased": "the words were erased",
    "unreadable": "this version no longer understands the policy that decided",
}


def _show_words(enquiries: tuple[Quoted, ...], *, as_json: bool) -> None:
    for quoted in enquiries:
        if as_json:
            emit(quoted)
            continue
        unshown = f": {_UNSHOWN[quoted.state]}" if quoted.state in _UNSHOWN else ""
        say(f"{quoted.at:%Y-%m-%d %H:%M} enquiry {quoted.enquiry}{unshown}", style="bold")
        for quote in quoted.quotes:
            noted = f" ({', '.join(quote.noted)})" if quote.noted else ""
            say(f"    {quote.rule}, {quote.sought}: {', '.join(quote.flags)}{noted}")
            if quote.words is not None:
                say(f"        {quote.words!r} in {quote.around!r}")
    if not enquiries and not as_json:
        say("no words raised a flag")
