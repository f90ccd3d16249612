"""Recorded enquiries: loading payloads and days, replaying them, comparing what happens with what should."""

from onestop.replay.compare import Difference
from onestop.replay.day import Day, Expectation, Step
from onestop.replay.fixtures import CheckedFixture, check_fixtures
from onestop.replay.load import load_day
from onestop.replay.payload import load_payload
from onestop.replay.player import Played, Replayed, replay

__all__ = [
    "CheckedFixture",
    "Day",
    "Difference",
    "Expectation",
    "Played",
    "Replayed",
    "Step",
    "check_fixtures",
    "load_day",
    "load_payload",
    "replay",
]
