"""A reader of the part of Mermaid's stateDiagram-v2 that diagrams of ours are made of, stricter than Mermaid is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_ENTITY = re.compile(r"#(\d{1,7});")
_ID = r"[a-z][a-z0-9_]*"
# A text has nothing that ends or begins something in Mermaid: quotes, colons, semicolons, braces, markup.
_TEXT = r"(?:[A-Za-z0-9 _\-.,/()+']|\#\d{1,7};)+"
_LINE = re.compile(
    rf"""
      state\ "(?P<name>{_TEXT})"\ as\ (?P<state>{_ID})
    | state\ "(?P<title>{_TEXT})"\ as\ (?P<composite>{_ID})\ \{{
    | (?P<end>\}})
    | (?P<source>{_ID}|\[\*\])\ -->\ (?P<target>{_ID}|\[\*\])(?::\ (?P<label>{_TEXT}))?
    | classDef\ (?P<style>{_ID})\ [a-z\-]+:\#[0-9a-f]{{6}}(?:,[a-z\-]+:\#[0-9a-f]{{6}})*
    | class\ (?P<styled>{_ID})\ (?P<by>{_ID})
    """,
    re.VERBOSE,
)
_OWN_WORDS = frozenset({"state", "end", "note", "direction", "class", "as", "style", "click", "default", "scale"})


@dataclass
class Diagram:
    """What a diagram says: names by id, arrows with their labels, composites with what is in them, styles."""

    names: dict[str, str] = field(default_factory=dict)
    arrows: list[tuple[str, str, str]] = field(default_factory=list)
    composites: dict[str, list[str]] = field(default_factory=dict)
    styled: dict[str, str] = field(default_factory=dict)

    def named(self) -> list[tuple[str, str, str]]:
        """Give the arrows by the names of the states."""
        return [(self.names.get(one, one), self.names.get(two, two), label) for one, two, label in self.arrows]


def decoded(text: str) -> str:
    """Give a text as Mermaid shows it."""
    return _ENTITY.sub(lambda found: chr(int(found[1])), text)


def read(text: str) -> Diagram:
    """Read a diagram; what is not of the grammar, names what it never declared, or crosses composites, is refused."""
    first, *rest = text.split("\n")
    assert first == "stateDiagram-v2"
    diagram, inside, styles = Diagram(), "", set[str]()
    where: dict[str, str] = {}
    for line in rest:
        found = _LINE.fullmatch(line.strip())
        assert found, f"not of the grammar: {line!r}"
        assert line == f"{'        ' if inside and not found['end'] else '    '}{line.strip()}"
        if identifier := found["state"] or found["composite"]:
            assert identifier not in where, f"declared twice: {identifier}"
            assert identifier not in _OWN_WORDS
            where[identifier] = inside
            diagram.names[identifier] = decoded(found["name"] or found["title"])
            if inside:
                diagram.composites[inside].append(identifier)
        if found["composite"]:
            assert not inside
            inside = found["composite"]
            diagram.composites[inside] = []
        elif found["end"]:
            assert inside, "closes nothing"
            inside = ""
        elif found["source"]:
            for end in (found["source"], found["target"]):
                assert end == "[*]" or where[end] == inside, f"reaches into a composite, or out of one: {line!r}"
            assert found["source"] != found["target"] or found["source"] != "[*]"
            diagram.arrows.append((found["source"], found["target"], decoded(found["label"] or "")))
        elif found["style"]:
            styles.add(found["style"])
        elif found["styled"]:
            assert found["styled"] in where
            assert found["by"] in styles
            diagram.styled[found["styled"]] = found["by"]
    assert not inside, "a composite is left open"
    return diagram
