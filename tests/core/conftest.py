"""A small council and an empty world for the tests of the core's decisions."""

import tomllib
from pathlib import Path

import pytest

from onestop.core.policy import Policy
from onestop.policy import compile_policy

from .world import World


@pytest.fixture(scope="session")
def policy() -> Policy:
    return compile_policy(tomllib.loads((Path(__file__).parent / "data" / "policy.toml").read_text("utf-8")))


@pytest.fixture
def world(policy: Policy) -> World:
    return World(policy)
