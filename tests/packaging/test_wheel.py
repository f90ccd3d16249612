"""The wheel is all that somebody gets: it must hold the example council, the migrations and the typing marker."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as an installer does."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)], check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the wheel into a folder of its own; its dependencies are those of this interpreter."""
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def run(site: Path, cwd: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_demo_runs_from_an_installed_wheel(elsewhere: Path, tmp_path: Path) -> None:
    done = run(elsewhere, tmp_path, "import sys; from onestop.cli import main; sys.argv[0] = 'onestop'; main()", "demo")

    assert done.returncode == 0, done.stderr
    assert "All as expected" in done.stdout


def test_the_wheel_is_what_ran(elsewhere: Path, tmp_path: Path) -> None:
    done = run(elsewhere, tmp_path, "import onestop; print(onestop.__file__)")

    assert Path(done.stdout.strip()).is_relative_to(elsewhere)


def test_the_wheel_holds_what_is_not_python(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert {"onestop/py.typed", "onestop/policy/default.toml", "onestop/_northport/day/day.toml"} <= {*names}
    assert any(name.startswith("onestop/stores/migrations/versions/") for name in names)


def test_the_wheel_holds_nothing_of_the_workshop(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert [name for name in names if not name.startswith(("onestop/", "onestop_council-"))] == []
