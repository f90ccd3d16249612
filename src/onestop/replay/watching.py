"""Watching what a step adds: messages about the cases that it names, and entries of the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from onestop.core.profile import Consent
from onestop.desk import Desk
from onestop.replay.compare import Difference
from onestop.replay.day import Expectation, Step
from onestop.replay.messages import compare_messages, told_since
from onestop.stores.base import Store

__all__ = ["Watching"]


class Watching(NamedTuple):
    """What stood there before a step was played."""

    step: Step
    seen: tuple[int, ...]  # events of the case of each expectation
    entries: Mapping[str, int]  # of each ledger that is looked at
    references: Mapping[str, str]  # by label, as it grows
    labels: Mapping[str, str]  # by reference
    desk: Desk
    store: Store

    @classmethod
    def begin(
        cls,
        step: Step,
        writes_into: tuple[str, ...],
        references: Mapping[str, str],
        labels: Mapping[str, str],
        desk: Desk,
        store: Store,
    ) -> Watching:
        """Look at what there is of what a step has expectations of; `writes_into` are its ledgers' contact points."""
        watched = cls(step, (), {}, references, labels, desk, store)
        with store.read() as reader:
            cases = [watched._case(each) if each.messages is not None else None for each in step.expect]
            seen = tuple(len(reader.events(case)) if case is not None else 0 for case in cases)
        return watched._replace(seen=seen, entries={urn: len(desk.citizens.consents(urn)) for urn in writes_into})

    def differences(self) -> Iterator[Difference]:
        """Compare what was added since with what the step expects."""
        for expected, count in zip(self.step.expect, self.seen, strict=True):
            if expected.messages is not None:
                case = self._case(expected)
                with self.store.read() as reader:
                    told = told_since(reader, case, count) if case is not None else []
                yield from compare_messages(expected.messages, told)
        yield from self._written()

    def _case(self, expected: Expectation) -> str | None:
        reference = self.references.get(expected.case or self.step.opens or self.step.case or "")
        return self.desk.case(reference).record.id if reference else None

    def _written(self) -> Iterator[Difference]:
        wanted = next((expected.ledger for expected in self.step.expect if expected.ledger is not None), None)
        if wanted is None:
            return
        added = [each for urn, count in self.entries.items() for each in self.desk.citizens.consents(urn)[count:]]
        got = tuple(map(self._entry, added))
        if got != wanted:
            yield Difference("ledger", wanted, got)

    def _entry(self, consent: Consent) -> str:
        """Write an entry as a day does: given or withdrawn, and then what it is of; alone, it is of everything."""
        with self.store.read() as reader:
            facts = reader.case(consent.case) if consent.case else None
        label = self.labels.get(facts.case.reference, facts.case.reference) if facts else None
        said = ("given" if consent.given else "withdrawn", consent.channel, consent.purpose, consent.service, label)
        return " ".join(each for each in said if each)
