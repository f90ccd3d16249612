"""
Watching a pure function: what it asked of the world, by name.

Two hooks, since none sees all: Python's audit hook sees files, sockets and processes; the profiler's hook sees the
clock, the environment and randomness, which raise no audit events.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import FrameType
from typing import Any

__all__ = ["watch"]

# Python documentation, "Audit events table": everything that reaches outside the process.
_EVENTS = frozenset({"open", "sqlite3.connect", "subprocess.Popen", "urllib.Request", "webbrowser.open"})
_EVENT_GROUPS = ("os.", "socket.", "shutil.", "tempfile.", "glob.", "http.client.", "smtplib.", "ftplib.", "imaplib.")

_CLOCKS = frozenset({"time", "time_ns", "monotonic", "monotonic_ns", "gmtime", "localtime", "sleep", "perf_counter"})
_DATES = frozenset({"now", "utcnow", "today"})
_CHANCE = frozenset({"urandom", "getrandom", "random", "getrandbits"})
_Environ = type(os.environ)  # noqa: TID251  # not read: its methods are what we look for
_ENVIRONMENT = frozenset({_Environ.__getitem__.__code__, _Environ.__iter__.__code__})

# An audit hook can never be taken away, so there is one, which looks whether its thread is being watched.
_watched = threading.local()


def _audit(event: str, _: tuple[Any, ...]) -> None:
    seen = getattr(_watched, "seen", None)
    if seen is not None and (event in _EVENTS or event.startswith(_EVENT_GROUPS)):
        seen.append(event)


def _profile(frame: FrameType, event: str, called: Any) -> None:
    if event == "call" and frame.f_code in _ENVIRONMENT:
        _watched.seen.append("os.environ")
    elif event == "c_call":
        name, owner = getattr(called, "__name__", ""), getattr(called, "__self__", None)
        module = getattr(owner, "__name__", "")  # a module's function has the module for its self
        if module == "time" and name in _CLOCKS:
            _watched.seen.append(f"time.{name}")
        elif name in _DATES and isinstance(owner, type) and issubclass(owner, date):
            _watched.seen.append(f"{owner.__name__}.{name}")
        elif name in _CHANCE and (module in ("posix", "nt") or type(owner).__module__ in ("_random", "random")):
            _watched.seen.append(name)


@contextmanager
def watch() -> Iterator[list[str]]:
    """
    Watch this thread; the list tells what was asked of the world so far: `open`, `socket.connect`, `time.time` …

    Modules that are loaded on first use open files, so call the function once before you watch it.

    >>> with watch() as asked:
    ...     _ = os.environ.get("HOME"), date.today()
    >>> asked
    ['os.environ', 'date.today']
    """
    if not getattr(sys, "_onestop_audit", False):
        sys.addaudithook(_audit)
        sys._onestop_audit = True  # type: ignore[attr-defined]  # survives a reload of this module: hooks would add up
    seen: list[str] = []
    profiler = sys.getprofile()
    collecting = gc.isenabled()
    gc.disable()  # who listens to the collector, as hypothesis does with a clock, is not what is watched
    _watched.seen = seen
    sys.setprofile(_profile)
    try:
        yield seen
    finally:
        sys.setprofile(profiler)
        _watched.seen = None
        if collecting:
            gc.enable()
