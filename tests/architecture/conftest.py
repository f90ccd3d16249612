"""A copy of the package that a test may spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Give a folder with the package and its settings, as the checkout has them."""
    shutil.copytree(
        ROOT / "src" / "onestop", tmp_path / "src" / "onestop", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path
