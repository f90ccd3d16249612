"""The command line, called as from a terminal, in an empty folder with the example council's policy."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from onestop.cli.app import run as run_app

FILES = Path(__file__).parent / "files"
NORTHPORT = Path(__file__).parents[2] / "examples" / "northport"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Every line of stdout is one JSON object."""
        return [json.loads(line) for line in self.lines]


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ONESTOP_STORE", raising=False)
    monkeypatch.delenv("ONESTOP_ADAPTERS", raising=False)
    monkeypatch.delenv("ONESTOP_SENDERS", raising=False)
    monkeypatch.setenv("ONESTOP_POLICY", str(NORTHPORT / "policy"))

    def call(*arguments: object) -> Done:
        with pytest.raises(SystemExit) as ended:
            run_app([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return Done(code, captured.out, captured.err)

    yield call
    structlog.reset_defaults()


@pytest.fixture
def reference(run: Run) -> str:
    """A case that was opened by a text message."""
    [receipt] = run("receive", "twilio_sms", FILES / "graffiti.txt", "--json").objects
    return str(receipt["reference"])
