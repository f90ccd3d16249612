"""What is kept beside cases: contents, rejected intakes, policies, secrets; and what a reader sees of a writer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from onestop.core.plan import Content
from onestop.errors import OnestopError
from onestop.stores.base import RejectedRecord, Store
from onestop.testing.stores.bench import START, Bench, undone

__all__ = ["KeepingTests"]

_REJECTED = RejectedRecord("j1", "texts", START, "payload", "it is no form", "r1", 1, "open")


class KeepingTests:
    """Contents, rejected intakes, policies, secrets."""

    @pytest.mark.parametrize("size", [0, 1, 4_096, 4_097, 1_000_000])
    def test_a_content_is_read_back_byte_for_byte(self, bench: Bench, size: int) -> None:
        """Whatever its size, and wherever the content store puts it."""
        body = bytes(range(256)) * (size // 256 + 1)

        bench.keep("r0", body[:size])

        with bench.store.read() as reader:
            assert reader.content("r0") == body[:size]
            assert reader.content("r1") is None

    def test_a_content_whose_transaction_failed_is_not_there(self, bench: Bench, store: Store) -> None:
        """Bytes without a row are nobody's."""
        with undone(store.write()) as tx:
            tx.keep(Content("r0", "raw", "text/plain", b"x" * 10_000, b"salt", None))

        with store.read() as reader:
            assert reader.content("r0") is None

    def test_a_rejected_intake_is_kept_until_it_is_taken_in(self, bench: Bench, store: Store) -> None:
        """The next state of one replaces the last."""
        with store.write() as tx:
            tx.reject(_REJECTED)
        with store.write() as tx:
            tx.reject(replace(_REJECTED, attempts=2, state="taken_in"))

        with store.read() as reader:
            assert reader.rejected(state="open", limit=10) == []
            assert reader.rejected(state="taken_in", limit=10) == reader.rejected(state=None, limit=10)
            assert reader.rejected_one("j1") == replace(_REJECTED, attempts=2, state="taken_in")
            assert reader.rejected_one("j2") is None
            assert reader.counts()["rejected"] == 1

    def test_rejected_intakes_come_the_oldest_first(self, store: Store) -> None:
        """And no more of them than asked for."""
        records = [
            replace(_REJECTED, id=f"j{number}", received_at=START - timedelta(minutes=number)) for number in range(3)
        ]
        with store.write() as tx:
            for record in records:
                tx.reject(record)

        with store.read() as reader:
            assert reader.rejected(state="open", limit=2) == [records[2], records[1]]

    def test_a_policys_source_is_kept_by_its_hash(self, store: Store) -> None:
        """The first source of a hash stays."""
        with store.write() as tx:
            tx.remember_policy("hash", b"source", START)
            tx.remember_policy("hash", b"other", START)

        with store.read() as reader:
            assert reader.policy_source("hash") == b"source"
            assert reader.policy_source("other") is None

    def test_the_latest_policy_is_the_one_remembered_last(self, store: Store) -> None:
        """Going back to a policy that is kept already makes it the latest again."""
        seen = []
        for name in ("first", "second", "second", "first"):
            with store.write() as tx:
                tx.remember_policy(name, name.encode(), START)
            with store.read() as reader:
                seen.append(reader.latest_policy())

        assert seen == [b"first", b"second", b"second", b"first"]

    def test_a_store_that_no_desk_used_has_no_policy(self, store: Store) -> None:
        """What asks for one must say so itself."""
        with store.read() as reader:
            assert reader.latest_policy() is None

    def test_a_secret_is_what_it_was_first(self, store: Store) -> None:
        """Ids minted with one secret are minted with it for ever."""
        with store.write() as tx:
            first = tx.secret("mint", b"first")
        with store.write() as tx:
            again, other = tx.secret("mint", b"second"), tx.secret("other", b"third")

        assert (first, again, other) == (b"first", b"first", b"third")

    def test_a_reader_sees_one_moment(self, bench: Bench, store: Store) -> None:
        """What is asked twice within one view is answered twice the same."""
        bench.open("Graffiti")

        with store.read() as reader:
            first = (reader.counts(), reader.changes(0, 100))
            second = (reader.counts(), reader.changes(0, 100))

        assert first == second

    @pytest.mark.parametrize("text", ["\ud800", "a\x00b", "x" * 1_000_000, "'; --", "SM-0000-000\N{BULLET}"])
    def test_a_reference_that_is_none_finds_nothing(self, store: Store, text: str) -> None:
        """Or is refused, where no database can hold it; never with an error of the database's own."""
        try:
            with store.read() as reader:
                found = reader.case(text)
        except OnestopError:
            found = None

        assert found is None

    def test_a_store_goes_on_after_an_error(self, bench: Bench, store: Store) -> None:
        """Connections are given back whatever happened in between."""
        for _ in range(30):
            with undone(store.write()) as tx:
                tx.remember_policy("hash", b"source", START)
            with undone(store.read()) as reader:
                reader.counts()

        assert bench.open("Graffiti").version == 2

    def test_its_url_shows_no_password(self, store: Store) -> None:
        """Where it keeps things may be logged."""
        assert "://" in store.url
        assert "@" not in store.url or ":***@" in store.url
