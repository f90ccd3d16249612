"""
flags.toml: what flags do, by which rules they are raised, and the words that these look for.

What onestop ships stands in the policy's document like what the council writes, so that a policy's source says all that
it decides by, and the same source decides the same under a later release. A council's flag of the same name adds to the
shipped one key by key; its rule or word list takes the place of the shipped one; `off` names rules that are not asked.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from importlib import resources
from typing import Any

from onestop.core.model import Frozen, FrozenMap
from onestop.core.rules import FLAGS, Rule
from onestop.policy.mistakes import Mistakes

__all__ = [
    "FLAG_FORM",
    "FLAG_NAME",
    "FlagsData",
    "check_flag_rule",
    "default_flags",
    "default_words",
    "read_flags",
    "with_shipped",
]

FLAG_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
FLAG_FORM = "a short word of a-z, 0-9 and _"


class FlagsData(Frozen):
    """The file's keys; its tables are read one by one, so that a mistake in one hides none in another."""

    see_words: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    flags: FrozenMap[str, Any] = FrozenMap()
    rules: FrozenMap[str, Any] = FrozenMap()


@cache
def default_words() -> Mapping[str, Any]:
    """Give the word lists that onestop ships, as words.toml declares them; not to be changed."""
    return _shipped("words.toml")


@cache
def default_flags() -> Mapping[str, Any]:
    """Give the flags that onestop ships, and the rules that raise them; not to be changed."""
    return _shipped("flags.toml")


def _shipped(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("onestop.policy").joinpath(name).read_text("utf-8"))


def with_shipped(document: Mapping[str, Any], *, unread: Collection[str] = ()) -> dict[str, Any]:
    """Give a policy's document with the shipped words and flags; a file that could not be read gets none."""
    made = dict(document)
    if "words" not in unread:
        made["words"] = _merged(default_words(), document.get("words", {}))
    if "flags" not in unread:
        made["flags"] = _merged(default_flags(), document.get("flags", {}), deep=("flags",))
    return made


def _merged(shipped: Mapping[str, Any], own: Any, *, deep: Collection[str] = ()) -> Any:
    """Put a council's file over the shipped one: key by key in its tables, and in those of `deep` once more."""
    if not isinstance(own, Mapping):
        return own  # which is a mistake, and told as one
    made = {**shipped, **own}
    for key, table in shipped.items():
        given = own.get(key)
        if not isinstance(table, Mapping) or not isinstance(given, Mapping):
            continue
        made[key] = {**table, **given}
        if key in deep:
            both = (name for name in table if isinstance(given.get(name), Mapping))
            made[key] |= {name: {**table[name], **given[name]} for name in both}
    return made


def read_flags(raw: dict[str, Any], mistakes: Mistakes) -> FlagsData:
    """Give the file's content without the rules that are switched off; what cannot be read is left out."""
    tables: dict[str, Any] = {
        key: mistakes.table("flags", raw[key], (key,)) for key in ("flags", "rules") if key in raw
    }
    data = mistakes.validate(FlagsData, {**raw, **tables}, "flags", ()) or FlagsData(**tables)
    for number, name in enumerate(data.off):
        if name not in data.rules:
            known = "a council's own, or one that onestop ships"
            mistakes.add("flags", ("off", number), f"names no rule of flags.toml: {name[:100]!r}; it must be {known}")
    asked = {name: rule for name, rule in data.rules.items() if name not in data.off}
    return data.model_copy(update={"rules": FrozenMap(asked)})


def check_flag_rule(rule: Rule, place: tuple[str | int, ...], mistakes: Mistakes) -> None:
    """Note what a rule may not say that tells the citizen something, or that stands in the band `flags`."""
    if rule.then.stop and rule.then.tell is None:
        mistakes.add("rules", (*place, "then", "stop"), "needs `tell`: whoever is stopped is told what to do instead")
    if rule.band != FLAGS:
        return
    if rule.then.service is not None or rule.then.also:
        mistakes.add("rules", (*place, "then"), "must not name a service: a rule of flags raises flags, and no more")
    elif not rule.then.flags:
        mistakes.add("rules", (*place, "then", "flags"), "must name at least one flag")
