"""Twenty thousand broken payloads for every adapter: each is read, or refused with a typed error."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from onestop.channels import discover

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
INPUTS = 20_000


@pytest.fixture(scope="module")
def fuzz() -> Iterator[ModuleType]:
    sys.path.insert(0, str(BENCHMARKS))
    spec = importlib.util.spec_from_file_location("fuzz", BENCHMARKS / "fuzz.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(BENCHMARKS))


@pytest.mark.parametrize("name", sorted(discover()))
def test_no_payload_breaks_an_adapter(name: str, fuzz: ModuleType) -> None:
    found = fuzz.fuzz(name, fuzz.fixtures(), inputs=INPUTS, seed=20260302)

    assert found.broken == []
    assert found.parsed > INPUTS // 100, "the payloads must reach beyond the front door"


def test_the_payloads_are_the_same_for_the_same_seed(fuzz: ModuleType) -> None:
    known = fuzz.fixtures()

    first, again = ([raw.body for raw in fuzz.payloads("email", known, inputs=50, seed=5)] for _ in range(2))

    assert first == again
    assert first != [raw.body for raw in fuzz.payloads("email", known, inputs=50, seed=6)]
