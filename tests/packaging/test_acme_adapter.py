"""An adapter in a distribution of its own is found, and passes its contract, from outside."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADAPTER = ROOT / "examples" / "acme_sms_adapter"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the distribution into a folder of its own; what it depends on is here."""
    folder = tmp_path_factory.mktemp("acme")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "install", "--no-deps", "--target", str(folder), str(ADAPTER)], check=True)
    return folder


def run(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_its_own_tests_pass(installed: Path) -> None:
    done = run(installed, ADAPTER, "-m", "pytest", "-p", "no:cacheprovider", "tests")

    assert done.returncode == 0, done.stdout
    assert re.search(r"\[100%\]", done.stdout), done.stdout


def test_it_is_discovered_by_its_entry_point(installed: Path, tmp_path: Path) -> None:
    code = "from onestop.channels import discover; print(discover()['acme_sms'].__module__)"

    done = run(installed, tmp_path, "-c", code)

    assert done.stdout.strip() == "acme_onestop.adapter", done.stderr


def test_it_is_what_was_installed_that_ran(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "-c", "import acme_onestop; print(acme_onestop.__file__)")

    assert Path(done.stdout.strip()).is_relative_to(installed)


def test_the_how_to_leads_to_exactly_this() -> None:
    page = (ROOT / "docs" / "how-to" / "add-a-gateway.md").read_text("utf-8")
    told = re.search(r"^class AcmeSms:.*?^```", page, re.DOTALL | re.MULTILINE)
    assert told
    source = (ADAPTER / "src" / "acme_onestop" / "adapter.py").read_text("utf-8")

    written = source[source.index("class AcmeSms:") :]

    assert _statements(written) == _statements(told[0].removesuffix("```"))


def _statements(text: str) -> list[str]:
    """Give the lines of code: the distribution says in docstrings what the page says in prose."""
    return [line for line in text.splitlines() if line.strip() and not line.strip().startswith('"""')]
