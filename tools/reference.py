"""
The reference pages that repeat what the code says: written from it, and checked against it.

    python tools/reference.py            write them
    python tools/reference.py --check    say what differs from the pages as they stand; exit code 1 when anything does

A page whose source is not there yet is left out.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import importlib.util
import inspect
import sys
import textwrap
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from onestop.channels import discover
from onestop.channels.matrix import COLUMNS, matrix_row
from onestop.core.lifecycle import Lifecycle, LifecycleData
from onestop.errors import OnestopError

ROOT = Path(__file__).resolve().parent.parent
NORTHPORT = ROOT / "examples" / "northport" / "policy"
DEFAULT_LIFECYCLE = ROOT / "src" / "onestop" / "policy" / "default.toml"

PUBLIC = (
    "onestop",
    "onestop.errors",
    "onestop.channels",
    "onestop.gateways",
    "onestop.policy",
    "onestop.stores",
    "onestop.replay",
    "onestop.testing",
)


# -- Markdown ----------------------------------------------------------------------------------------------------------


def page(title: str, source: str, *blocks: str) -> str:
    """Give a page of blocks, which says what it was written from."""
    head = f"<!-- Written by tools/reference.py from {source}: change that, then run ./check --fix. -->"
    return "\n\n".join([head, f"# {title}", *blocks]) + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Give a table."""
    lines = [headings, ["---"] * len(headings), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join("|".join(["", *(f" {cell} " if cell else " " for cell in line), ""]) for line in lines)


def prose(text: str) -> str:
    """Give a paragraph, wrapped as the pages written by hand are."""
    return textwrap.fill(" ".join(text.split()), width=120, break_long_words=False, break_on_hyphens=False)


def code(text: object) -> str:
    """Give a text as code; nothing for nothing."""
    return f"`{text}`" if text else ""


def codes(texts: Iterable[str]) -> str:
    """Give texts as code, parted by commas."""
    return ", ".join(code(text) for text in texts)


def fence(language: str, text: str) -> str:
    """Give a fenced block."""
    return f"```{language}\n{text}\n```"


def first_line(documented: object) -> str:
    """Give the first paragraph of a docstring in one line."""
    return " ".join((inspect.getdoc(documented) or "").split("\n\n")[0].split())


# -- the pages ---------------------------------------------------------------------------------------------------------


def errors() -> str:
    """Give the tree of errors."""
    tree = list(below(OnestopError))
    rows = [
        (
            code(error.__name__),
            code(error.code),
            "yes" if error.retryable else "no",
            codes(base.__name__ for base in error.__bases__ if not issubclass(base, OnestopError)),
            first_line(error),
        )
        for _, error in tree
    ]
    return page(
        "Errors",
        "`src/onestop/errors.py`",
        prose(
            """
            Everything that onestop raises on purpose is an `OnestopError`. `code` is stable and may be stored; *may
            succeed later* is `retryable`: the same call, unchanged, can succeed when it is made again. No error's text
            holds an address, a number or a citizen's words.
            """
        ),
        fence("text", "\n".join("    " * depth + error.__name__ for depth, error in tree)),
        table(["error", "code", "may succeed later", "is also a", "what it says"], rows),
    )


def below(error: type[OnestopError], depth: int = 0) -> Iterator[tuple[int, type[OnestopError]]]:
    """Give an error of ours and those below it, with their depth, in the order they are declared."""
    yield depth, error
    for child in error.__subclasses__():
        if child.__module__ == OnestopError.__module__:
            yield from below(child, depth + 1)


def adapters() -> str:
    """Give the matrix of the adapters that come with onestop."""
    ours = {name: adapter for name, adapter in discover().items() if adapter.__module__.startswith("onestop.")}
    rows = [(code(name), *matrix_row(adapter.channel, adapter.capabilities).values()) for name, adapter in ours.items()]
    said = [(code(name), code(importable_as(adapter)), first_line(adapter)) for name, adapter in ours.items()]
    return page(
        "Adapters",
        "the entry points `onestop.adapters`",
        "The adapters that come with onestop, by the names that `discover()` gives them.",
        table(["adapter", "class", "what it reads"], said),
        "## What they can do",
        prose(
            """
            This is what each can do once it has its settings. `onestop adapters` prints what those that are installed
            can do without any, `onestop adapters --adapters FILE` what those can do that a file configures.
            `Capabilities` is the data behind it, which the core asks.
            """
        ),
        table(["adapter", *COLUMNS], rows),
        table(["column", "what it says"], [(column, says) for column, says in COLUMNS.items()]),
    )


def importable_as(adapter: type) -> str:
    """Give where a host imports an adapter from: the package of its channel, where that has it."""
    package = adapter.__module__.rpartition(".")[0]
    exported = getattr(importlib.import_module(package), adapter.__name__, None) is adapter
    return f"{package if exported else adapter.__module__}.{adapter.__name__}"


def lifecycles() -> str | None:
    """Give the default lifecycle and those of the example council."""
    policy = importable("onestop.policy")
    if policy is None or not NORTHPORT.is_dir():
        return None
    default = LifecycleData.model_validate(tomllib.loads(DEFAULT_LIFECYCLE.read_text(encoding="utf-8")))
    shown: dict[str, Lifecycle] = {"default": Lifecycle("default", default)}
    shown |= {name: made for name, made in policy.load_policy(NORTHPORT).lifecycles.items() if name != "default"}
    return page(
        "Lifecycles",
        "`src/onestop/policy/default.toml` and `examples/northport/policy/lifecycles.toml`",
        prose(
            """
            `default` is the lifecycle of every service that declares none of its own; the others are the example
            council's. *any* stands for every state that is not closed.
            """
        ),
        *(block for name, lifecycle in shown.items() for block in lifecycle_blocks(name, lifecycle)),
    )


def lifecycle_blocks(name: str, lifecycle: Lifecycle) -> Iterator[str]:
    """Give the diagram, states and actions of one lifecycle."""
    data = lifecycle.data
    yield f"## {name}"
    yield fence("mermaid", lifecycle.mermaid())
    yield table(
        ["state", "type", "waits on", "a further enquiry"],
        [
            (code(state), declared.type, declared.on or "", code(data.on_enquiry.get(state)))
            for state, declared in data.states.items()
        ],
    )
    yield table(
        ["action", "from", "to", "who", "must be given", "closes as"],
        [
            (
                code(action),
                "*any*" if "*" in declared.from_ else codes(declared.from_),
                code(declared.to),
                ", ".join(sorted(declared.roles)),
                codes(declared.requires),
                declared.closing_reason or "",
            )
            for action, declared in data.actions.items()
        ],
    )


def public_names() -> str:
    """Give what may be imported from where."""
    blocks = []
    for name in PUBLIC:
        module = importable(name)
        exported = getattr(module, "__all__", None)
        if exported:
            rows = [(code(one), meaning(getattr(module, one))) for one in sorted(exported, key=str.casefold)]
            blocks += [f"## {name}", first_line(module), table(["name", "what it is"], rows)]
    return page(
        "Public names",
        "the `__all__` of the packages",
        "These names are kept: they change only with a note in the changelog. Anything else may change at any time.",
        *blocks,
    )


def meaning(value: object) -> str:
    """Give what a public name is, in a line; for a union of types, the types."""
    if types := get_args(value):
        return code(" | ".join(getattr(one, "__name__", repr(one)) for one in types))
    if not (callable(value) or inspect.ismodule(value)):
        return code(repr(value))
    return first_line(value)


def log_events() -> str | None:
    """Give the names of log events, which hosts may count and alert on."""
    module = importable("onestop.desk.log")
    if module is None:
        return None
    events: Mapping[str, str] = module.EVENTS
    return page(
        "Log events",
        "`EVENTS` of `onestop.desk.log`",
        prose(
            """
            What onestop logs: through structlog's logger `onestop` where the host has configured structlog, otherwise
            through the standard library's logger `onestop` at INFO. Names and fields are stable; contact points are
            masked, and no citizen's words are logged.
            """
        ),
        table(["event", "what it says"], [(code(name), " ".join(says.split())) for name, says in events.items()]),
    )


def cli() -> str | None:
    """Give every command with its arguments and options."""
    module = importable("onestop.cli.app") if importable("typer") else None  # an extra
    app = getattr(module, "app", None)
    return cli_page(app) if app is not None else None


def cli_page(app: Any) -> str:
    """Give the page of a typer application."""
    import typer  # only this page needs it

    root = typer.main.get_command(app)
    blocks = list(command_blocks("onestop", root))
    return page("The onestop command", "the help of `onestop.cli.app`", *blocks)


OF_THE_SHELL = ("install_completion", "show_completion")  # typer's own: what they say depends on the shell


def command_blocks(path: str, command: Any) -> Iterator[str]:
    """Give a command, and those below it."""
    shown = [one for one in command.params if not getattr(one, "hidden", False) and one.name not in OF_THE_SHELL]
    pieces = ["[OPTIONS]"] if any(parameter.param_type_name == "option" for parameter in shown) else []
    pieces += [argument(parameter) for parameter in shown if parameter.param_type_name == "argument"]
    below = {name: one for name, one in sorted(getattr(command, "commands", {}).items()) if not one.hidden}
    yield f"## {path}"
    yield inspect.cleandoc(command.help or "")
    yield fence("text", " ".join([path, *pieces, *(["COMMAND"] if below else [])]))
    if shown:
        rows = [(names(one), " ".join((getattr(one, "help", None) or "").split()), default(one)) for one in shown]
        yield table(["argument or option", "what it says", "when left out"], rows)
    for name, one in below.items():
        yield from command_blocks(f"{path} {name}", one)


def names(parameter: Any) -> str:
    """Give what an argument or option is called."""
    if parameter.param_type_name == "argument":
        return code(argument(parameter))
    return codes([*parameter.opts, *parameter.secondary_opts])


def argument(parameter: Any) -> str:
    """Give an argument as a usage line has it."""
    name = (parameter.metavar or parameter.name).upper()
    name = f"{name}…" if parameter.nargs == -1 else name
    return name if parameter.required else f"[{name}]"


def default(parameter: Any) -> str:
    """Give what an argument or option is when it is left out."""
    if parameter.required:
        return "needed"
    value = parameter.default
    nothing = value is None or value is False or callable(value) or value in ((), [])
    said = "" if nothing else f"`{value}`"
    variable = getattr(parameter, "envvar", None)
    return ", else ".join(filter(None, [f"the environment's {code(variable)}" if variable else "", said]))


def importable(name: str) -> Any:
    """Give a module; None when there is no such module yet. One that is there and broken is an error."""
    try:
        found = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        return None
    return importlib.import_module(name) if found and found.origin else None


# -- writing and checking ----------------------------------------------------------------------------------------------

PAGES: Mapping[str, Callable[[], str | None]] = {
    "adapters": adapters,
    "cli": cli,
    "errors": errors,
    "lifecycles": lifecycles,
    "log-events": log_events,
    "public-names": public_names,
}


def drift(name: str, written: str, wanted: str) -> list[str]:
    """Give the difference between a page as it stands and as the code has it."""
    return list(
        difflib.unified_diff(written.splitlines(), wanted.splitlines(), f"{name} as it stands", name, lineterm="")
    )


def main(arguments: Sequence[str]) -> int:
    """Write or check the pages."""
    parser = argparse.ArgumentParser(prog="tools/reference.py", description=(__doc__ or "").split("\n\n")[0].strip())
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page differs")
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "reference", help="where the pages are")
    chosen = parser.parse_args(arguments)
    stale = False
    for name, make in PAGES.items():
        wanted, file = make(), chosen.folder / f"{name}.md"
        if wanted is None:
            continue
        written = file.read_text(encoding="utf-8") if file.exists() else ""
        if written == wanted:
            continue
        stale = True
        if chosen.check:
            print("\n".join(drift(file.name, written, wanted)))
        else:
            file.write_text(wanted, encoding="utf-8")
            print(f"wrote {file.name}")
    if stale and chosen.check:
        print("\nthe code has moved on: run ./check --fix and look at what changed", file=sys.stderr)
    return int(stale and chosen.check)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
