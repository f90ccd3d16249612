"""A good policy, as a folder and as its document."""

import tomllib
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def good() -> Path:
    return Path(__file__).parent / "good"


@pytest.fixture
def document(good: Path) -> dict[str, Any]:
    return {path.stem: tomllib.loads(path.read_text("utf-8")) for path in good.glob("*.toml")}
