"""Ten thousand messages try to leave against what was stated; benchmarks/leaving.py tries as many as you like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from onestop.core import barriers, choice, needs, sendable, standing

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def leaving(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import leaving

    return leaving


def test_nothing_leaves_against_an_opt_out_a_need_or_quiet_hours(leaving: ModuleType) -> None:
    chosen, looks, through = leaving.run(range(10_000))

    assert through == []
    # That nothing gets through says something only where enough of everything was tried.
    assert all(chosen[kind] > 200 for kind in ("sent", "sent later", "task", "denied", "muted")), chosen
    assert all(looks[word] > 1_000 for word in ("go", "wait", "denied")), looks


def test_a_try_is_the_same_whenever_its_seed_is(leaving: ModuleType) -> None:
    first, again = (leaving.Drawn(11) for _ in range(2))

    assert (first.profile, first.message, first.now, first.can) == (again.profile, again.message, again.now, again.can)
    assert leaving.attempt(11) == leaving.attempt(11)


# -- what is planted is found ------------------------------------------------------------------------------------------

Plant = Callable[[pytest.MonkeyPatch], None]


def barrier_without(code: str, line: str, instead: str) -> Plant:
    """Have the barriers as they are, but for one line."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        source = Path(barriers.__file__).read_text(encoding="utf-8")
        assert source.count(line) == 1, f"the line that gives {code} is written otherwise now"
        names: dict[str, Any] = {"__name__": barriers.__name__}
        exec(compile(source.replace(line, instead), barriers.__file__, "exec"), names)
        for module in (choice, sendable):
            monkeypatch.setattr(module, "barrier", names["barrier"])

    return plant


def patched(owner: object, name: str, instead: object) -> Plant:
    return lambda monkeypatch: monkeypatch.setattr(owner, name, instead)


PLANTED: dict[str, tuple[str, Plant]] = {
    "opt_out": (
        "an opt-out",
        barrier_without("opted_out", "if ledger and withdrawn(ledger, key, _about(standing, channel)):", "if False:"),
    ),
    "consent_for_marketing": (
        "a consent that there is not",
        barrier_without("no_consent", 'return "no_consent" if needs_consent and', 'return "no_consent" if False and'),
    ),
    "failing": ("a failure", barrier_without("failed", "if point.failures and any(", "if False and any(")),
    "shared": ("others", barrier_without("shared", "if point.shared is not None:", "if False:")),
    "phone_box": (
        "a telephone box",
        barrier_without("shared", 'if point.shared == "phone_box":', "if False:"),
    ),
    "unverified": (
        "nobody knows whose",
        barrier_without("unverified", "return None if point.verified is not None or", "return None if True or"),
    ),
    "premium_number": ("a premium", barrier_without("number", "if kind in _NEVER or", "if")),
    "landline": ("a landline", barrier_without("number", "kind in _NO_TEXTS and", "False and")),
    "conversation": (
        "a conversation",
        barrier_without("never_used", "if channel in _CONVERSATIONS and", "if False and"),
    ),
    "window": (
        "a gateway's window",
        barrier_without("window_closed", "is not None:\n        wrote_at", "is False:\n        wrote_at"),
    ),
    "confirmation": (
        "a confirmation to where nobody wrote",
        barrier_without("not_where_they_wrote", "if not wrote_there:", "if False:"),
    ),
    "quiet_hours": ("quiet hours", patched(standing, "quiet_until", lambda *_: None)),
    "need": ("a need", patched(needs.Asked, "manner", lambda *_: "send")),
    "large_print": ("a need: large print", patched(needs.Asked, "large", property(lambda _: False))),
    "small_print": ("small print", patched(needs.Asked, "format", property(lambda _: None))),
    "nobody_told": ("what must reach them was dropped", patched(choice, "_may_ask_a_person", lambda *_: False)),
    "nothing_wanted": (
        "a wish to hear nothing",
        patched(standing, "wishes", lambda *given: WISHES(*given)._replace(closed=False)),
    ),
}
WISHES = standing.wishes


@pytest.mark.parametrize("planted", list(PLANTED))
def test_a_breach_that_is_planted_gets_through_and_is_found(
    planted: str, leaving: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, plant = PLANTED[planted]
    plant(monkeypatch)

    seed = next((seed for seed in range(10_000) if said in (why(leaving, seed) or "")), None)

    assert seed is not None
    assert why(leaving, seed) == why(leaving, seed)


def why(leaving: ModuleType, seed: int) -> str | None:
    """Give what a try got through with; None where it did not."""
    try:
        leaving.attempt(seed)
    except leaving.Through as exc:
        return str(exc)
    return None
