"""The page of flags has each that the code raises, and none that it does not."""

import re
from pathlib import Path

import onestop
from onestop.core.commands import Command
from onestop.core.nuisance import REASONS, SET_ASIDE

CORE = Path(onestop.__file__).parent / "core"
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "flags.md"
CONSTANT = re.compile(r'^_?[A-Z_]+ = "([a-z_]+)" +# flag\b', re.MULTILINE)
COMMANDS = ("opt_out", "opt_in", "help", "prefer", "quiet", "language")


def test_every_flag_that_the_code_raises_has_a_row() -> None:
    _, _, below = PAGE.read_text("utf-8").partition("## Raised by what happens\n")
    section, _, _ = below.partition("\n## ")

    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    written = [name for cell in rows for name in re.findall(r"`([a-z_]+)`", cell)]

    declared = {name for module in CORE.glob("*.py") for name in CONSTANT.findall(module.read_text("utf-8"))}
    by_command = {Command(kind).flag for kind in COMMANDS}  # type: ignore[arg-type]  # each is one of the kinds
    assert set(written) == declared | by_command | {SET_ASIDE, *REASONS}
    assert len(written) == len(set(written))
