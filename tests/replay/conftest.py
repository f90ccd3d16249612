"""Days, as folders."""

from pathlib import Path

import pytest

from onestop.replay import Day, load_day

DAYS = Path(__file__).parent / "days"


@pytest.fixture
def days() -> Path:
    return DAYS


@pytest.fixture
def small() -> Day:
    return load_day(DAYS / "small")


@pytest.fixture
def wrong() -> Day:
    return load_day(DAYS / "wrong")


@pytest.fixture(scope="session")
def northport() -> Path:
    return Path(__file__).parents[2] / "examples" / "northport"
