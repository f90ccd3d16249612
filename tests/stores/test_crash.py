"""A process that is killed at any moment has given no receipt that the store does not keep."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest
from sqlalchemy import select

from onestop.stores import open_store
from onestop.stores.tables import EnquiryTable, IntakeTable

from . import load

KILLS = 50
SEED = 20_260_302


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[dict[str, object]]]:
    """Give a store whose process was killed again and again, and the receipts that were given."""
    folder = tmp_path_factory.mktemp("killed")
    url, log = f"sqlite:///{folder / 'onestop.db'}", folder / "receipts.jsonl"
    command = [sys.executable, load.__file__, "crash", url, log, str(SEED), str(KILLS)]
    subprocess.run(command, check=True, timeout=120)
    complete = log.read_text(encoding="utf-8").rpartition("\n")[0]  # the last line may be cut
    return url, [json.loads(line) for line in complete.splitlines()]


class TestKilledAtFiftyMoments:
    def test_work_was_under_way(self, killed: tuple[str, list[dict[str, object]]]) -> None:
        _, receipts = killed

        turns = Counter(int(str(receipt["number"])) // 1_000 for receipt in receipts)

        assert len(turns) > KILLS / 2  # a busy machine gets less done before it is killed
        assert {str(receipt["outcome"]) for receipt in receipts} >= {"opened", "joined", "rejected"}

    def test_each_receipt_that_was_given_is_in_the_store(self, killed: tuple[str, list[dict[str, object]]]) -> None:
        url, receipts = killed

        store = open_store(url, create=False)
        with store.read() as reader:
            cases = {str(receipt["reference"]): reader.case(str(receipt["reference"])) for receipt in receipts}
            rejected = {record.id for record in reader.rejected(state=None, limit=1_000_000)}
            enquiries = {
                (name, enquiry.id)
                for name, facts in cases.items()
                if facts
                for enquiry in reader.enquiries(facts.case.id)
            }
        store.close()

        for receipt in receipts:
            if receipt["outcome"] == "rejected":
                assert receipt["rejected"] in rejected
            else:
                assert (receipt["reference"], receipt["enquiry"]) in enquiries

    def test_nothing_is_half_written(self, killed: tuple[str, list[dict[str, object]]]) -> None:
        url, _ = killed

        store, desk = load.open_desk(url)
        findings = list(desk.verify())
        with store.engine.connect() as connection:  # type: ignore[attr-defined]  # of the shipped store
            enquiries = set(connection.scalars(select(EnquiryTable.id)))
            intakes = set(connection.scalars(select(IntakeTable.enquiry_id)))
        store.close()

        assert findings == []
        assert enquiries == intakes

    def test_a_gateway_that_sends_everything_again_changes_nothing_twice(
        self, killed: tuple[str, list[dict[str, object]]]
    ) -> None:
        url, receipts = killed
        store, desk = load.open_desk(url)
        before = desk.counts()

        again = [desk.receive(*load.payload(int(str(receipt["number"]))))[0] for receipt in receipts[:200]]

        after = desk.counts()
        store.close()
        assert {receipt.outcome for receipt in again} == {"repeat"}
        assert after == before
