"""
Files after intake: what a gateway keeps is fetched, and what is here is shown to the host's scanner.

Both may be slow or fail, so neither happens while an enquiry is taken in: a timer is set with it, and tried again later
until it is done or given up. Fetching and scanning happen outside the transaction; each result is recorded on its own,
so that a crash in between costs one file's work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from onestop.channels.base import Parsed
from onestop.core.context import Context
from onestop.core.enquiry import Enquiry
from onestop.core.events import read_event
from onestop.core.media import FETCH, SCAN, CaseFile, files_of, plan_fetched, plan_missing, plan_scanned, recording_of
from onestop.core.model import shifted
from onestop.core.plan import CaseFacts, Plan, TimerRow
from onestop.desk.log import log
from onestop.desk.retrying import wait_before
from onestop.desk.session import Session
from onestop.errors import RequestError
from onestop.gateways.base import Fetched, Fetcher
from onestop.stores import load_enquiry
from onestop.stores.base import Reader, TimerRecord, Transaction

__all__ = ["MediaDesk", "Scan", "read_files"]

Scan = Callable[[bytes, str], Literal["clean", "infected"]]
"""The host's malware scanner: given a file and the media type its sender said; whatever it raises is tried again."""

_GIVEN_UP = timedelta(days=1)  # after the enquiry came: gateways keep files for longer, and are down for less


class MediaDesk:
    """The part of the desk that fetches and scans files."""

    def __init__(self, session: Session, fetcher: Fetcher | None, scan: Scan | None) -> None:
        self._session = session
        self._fetcher = fetcher
        self._scan = scan

    @property
    def timers(self) -> Mapping[str, Callable[[TimerRecord], None]]:
        """What fires the timers that this desk can serve, by kind: those it cannot wait for a desk that can."""
        able = {FETCH: self._fetcher is not None, SCAN: self._scan is not None}
        return {kind: self.fire for kind, can in able.items() if can}

    def with_timer(self, plan: Plan, item: Parsed, context: Context) -> Plan:
        """Give the plan of an intake with the timer that its files need; the plan itself where they need none."""
        if plan.case is None or not isinstance(item, Enquiry):
            return plan
        away = any(each.url and not each.content for each in item.attachments)
        to_fetch = self._fetcher is not None and (away or recording_of(item, self._session.policy) is not None)
        to_scan = self._scan is not None and any(each.content is not None for each in item.attachments)
        if not (to_fetch or to_scan):
            return plan
        kind = FETCH if to_fetch else SCAN
        opened = {change.case.id for change in plan.changes if change.before == 0}  # each has files of its own
        timers = tuple(
            TimerRow(context.mint.id("t"), case, kind, context.now, 0) for case in sorted({plan.case.id, *opened})
        )
        return replace(plan, timers=(*plan.timers, *timers))

    def fire(self, timer: TimerRecord) -> None:
        """Do what is to do for a case's files, and set the next timer where something is left."""
        left = self.work(timer.case)

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            tx.timer_done(timer.id)
            due, tries = shifted(context.now, wait_before(timer.id, timer.generation)), timer.generation + 1
            again = (TimerRow(context.mint.id("t"), facts.case.id, kind, due, tries) for kind in sorted(left))
            return Plan("recorded", case=facts.case, timers=tuple(again))

        plan = self._session.change(timer.case, decide)
        assert plan.case is not None
        if left:
            log("media.retry", case=plan.case.reference, left=left.total(), attempts=timer.generation + 1)

    def work_now(self, case: str) -> None:
        """
        Do what is to do for a case's files because somebody asks for it.

        Raises:
            RequestError: there is nothing to do it with.
        """
        if self._fetcher is None and self._scan is None:
            raise RequestError("this desk has neither a fetcher nor a scanner")
        self.work(case)

    def work(self, case: str) -> Counter[str]:
        """Fetch and scan what a case has waiting; give how many files must be tried again, by the kind of timer."""
        left: Counter[str] = Counter()
        for file in self._files(case):
            if file.state == "waiting" and self._fetcher is not None and not self._fetch(case, file, self._fetcher):
                left[FETCH] += 1
        for file in self._files(case):
            if file.state != "not_scanned" or file.given_up or self._scan is None:
                continue
            if not self._look(case, file, self._scan):
                left[SCAN] += 1
        return left

    def _files(self, case: str) -> tuple[CaseFile, ...]:
        with self._session.store.read() as reader:
            return read_files(reader, case)

    def _fetch(self, case: str, file: CaseFile, fetcher: Fetcher) -> bool:
        assert file.url is not None
        limits = self._session.policy.council.files.limits
        found = fetcher.fetch(file.url)
        if not isinstance(found, Fetched) and not found.permanent and not self._is_given_up(file):
            return False

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            if _now(tx, facts, file).state != "waiting":
                return Plan("recorded", case=facts.case)  # somebody else had the timer, too
            if isinstance(found, Fetched):
                return plan_fetched(facts, file, found.content, found.media_type, limits, context)
            return plan_missing(facts, file, found.code, context)

        reference = self._record(case, decide)
        if isinstance(found, Fetched):
            log("file.fetched", case=reference, media_type=found.media_type, size_bytes=len(found.content))
        else:
            log("file.missing", case=reference, code=found.code)
        return True

    def _look(self, case: str, file: CaseFile, scan: Scan) -> bool:
        assert file.content is not None
        content = file.content
        with self._session.store.read() as reader:
            body = reader.content(content)
        if body is None:
            return True  # erased: there is nothing to look at
        verdict: Literal["clean", "infected", "failed"]
        try:
            verdict = _checked(scan(body, file.media_type))
        except Exception:  # noqa: BLE001 — the host's own code: whatever it raises, the enquiry and the others go on
            if not self._is_given_up(file):
                return False
            verdict = "failed"

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            if _now(tx, facts, file).state != "not_scanned":
                return Plan("recorded", case=facts.case)
            return plan_scanned(facts, content, verdict, context)

        log("file.scanned", case=self._record(case, decide), verdict=verdict)
        return True

    def _record(self, case: str, decide: Callable[[Transaction, CaseFacts, Context], Plan]) -> str:
        plan = self._session.change(case, decide)
        assert plan.case is not None
        return plan.case.reference

    def _is_given_up(self, file: CaseFile) -> bool:
        return self._session.clock() - file.since >= _GIVEN_UP


def read_files(reader: Reader, case: str) -> tuple[CaseFile, ...]:
    """Give the files of a case as they stand; those of enquiries that were erased are left out."""
    records = {record.id: reader.content(record.content) for record in reader.enquiries(case)}
    enquiries: Mapping[str, Enquiry] = {name: load_enquiry(body) for name, body in records.items() if body is not None}
    return files_of((read_event(stored.data) for stored in reader.events(case)), enquiries)


def _checked(verdict: str) -> Literal["clean", "infected"]:
    """Give a verdict; anything else that a scanner says (None, True, a name) is no verdict, and never `clean`."""
    if verdict == "clean":
        return "clean"
    if verdict == "infected":
        return "infected"
    raise ValueError("a scanner says clean or infected")


def _now(tx: Transaction, facts: CaseFacts, file: CaseFile) -> CaseFile:
    """Give a file as it stands now; as it was when it has been erased since."""
    place = (file.enquiry, file.attachment)
    found = read_files(tx, facts.case.id)
    return next((each for each in found if (each.enquiry, each.attachment) == place), file)
