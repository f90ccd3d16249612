"""Leases of messages and timers: nobody gets what somebody else has, and what was lost is seen."""

from __future__ import annotations

from datetime import timedelta

from onestop.core.case import Case, Draft
from onestop.core.contact import Urn
from onestop.core.events import ContentRef, MessageQueued
from onestop.core.plan import CaseChange, MessageRow, Plan, TimerRow
from onestop.stores.base import MessageRecord, TimerRecord
from onestop.testing.stores.bench import Bench, undone

__all__ = ["LeasingTests"]

_LEASE = timedelta(minutes=5)


class LeasingTests:
    """The outbox and the timers."""

    def test_two_claimers_never_get_the_same_message(self, bench: Bench) -> None:
        """What one has leased is not due for another."""
        for number in range(5):
            bench.take_in(bench.text("Graffiti", sender=f"tel:+44770090010{number}"))

        first = _claim(bench, limit=3)
        second = _claim(bench, limit=3)
        third = _claim(bench, limit=3)

        assert (len(first[0]), len(second[0]), len(third[0])) == (3, 2, 0)
        assert {record.id for record in first[0]}.isdisjoint(record.id for record in second[0])
        assert (first[1], second[1], third[1]) == ([], [], [])

    def test_a_message_that_was_begun_and_whose_lease_ran_out_is_in_doubt_and_not_sent_again(
        self, bench: Bench
    ) -> None:
        """Whoever had it may have sent it before it was lost."""
        bench.take_in(bench.text("Graffiti"))
        (lost,), _ = _claim(bench)
        _begin(bench, lost)
        bench.pass_time(minutes=5)

        send, doubtful = _claim(bench)

        assert send == []
        assert [record.id for record in doubtful] == [lost.id]

    def test_a_message_that_was_not_begun_is_due_again_when_its_lease_ran_out(self, bench: Bench) -> None:
        """A crash loses the turn of what waited behind the one under way, and nothing else."""
        bench.take_in(bench.text("Graffiti"))
        (lost,), _ = _claim(bench)
        bench.pass_time(minutes=5)

        (again,), doubtful = _claim(bench)

        assert (again.id, again.attempts, again.state) == (lost.id, 0, "queued")
        assert doubtful == []

    def test_only_who_has_the_lease_begins_a_message_and_only_once(self, bench: Bench) -> None:
        """Whose lease ran out finds that it is somebody else's."""
        bench.take_in(bench.text("Graffiti"))
        (first,), _ = _claim(bench)
        bench.pass_time(minutes=5)
        (second,), _ = _claim(bench)

        begun = [_begin(bench, record) for record in (first, second, second)]

        assert begun == [False, True, False]

    def test_what_was_taken_back_is_begun_by_nobody(self, bench: Bench) -> None:
        """A person was faster than the batch that it is leased with."""
        case = bench.take_in(bench.text("Graffiti"))
        (leased,), _ = _claim(bench)
        bench.message_result(case, leased.id, "cleared")

        assert not _begin(bench, leased)

    def test_what_is_given_back_is_due_at_once_unless_somebody_has_it(self, bench: Bench) -> None:
        """A batch that ends early keeps nothing from the others."""
        for number in range(2):
            bench.take_in(bench.text("Graffiti", sender=f"tel:+44770090010{number}"))
        send, _ = _claim(bench)
        begun, kept = send
        _begin(bench, begun)

        with bench.store.write() as tx:
            tx.give_back([begun.id, kept.id], lease=bench.now + _LEASE)

        again, doubtful = _claim(bench)
        assert [record.id for record in again] == [kept.id]
        assert doubtful == []
        with bench.store.write() as tx:
            tx.give_back([kept.id], lease=bench.now + _LEASE + timedelta(seconds=1))
        assert _claim(bench) == ([], [])

    def test_a_lease_of_a_clock_that_was_ahead_holds_nothing_back(self, bench: Bench) -> None:
        """A clock that is set right must not keep messages for as long as it was wrong."""
        bench.take_in(bench.text("Graffiti"))
        bench.pass_time(days=2)
        (leased,), _ = _claim(bench)
        bench.pass_time(days=-1)

        (again,), doubtful = _claim(bench)

        assert (again.id, doubtful) == (leased.id, [])

    def test_two_claimers_never_get_the_same_message_in_doubt(self, bench: Bench) -> None:
        """One of them shows it to a person; when that one is lost too, the next one does."""
        bench.take_in(bench.text("Graffiti"))
        _begin(bench, _claim(bench)[0][0])
        bench.pass_time(minutes=5)

        first, second = _claim(bench), _claim(bench)
        bench.pass_time(minutes=5)
        third = _claim(bench)

        assert (len(first[1]), len(second[1]), len(third[1])) == (1, 0, 1)

    def test_what_is_urgent_overtakes_a_queue_and_leaves_it_a_fifth(self, bench: Bench) -> None:
        """Whoever is in danger waits behind nobody, and however many they are, the oldest of the others go, too."""
        case = bench.take_in(bench.text("Graffiti"))
        bench.pass_time(seconds=1)
        ordinary = []
        for number in range(20):
            ordinary.append(_queued(bench, case, f"o{number:02}", "service_update"))
            bench.pass_time(seconds=1)
        urgent = [_queued(bench, case, f"u{number:02}", "urgent") for number in range(20)]

        first, second, third = ([record.id for record in _claim(bench)[0]] for _ in range(3))

        assert (first[:8], second[:8], third[:4]) == (urgent[:8], urgent[8:16], urgent[16:])
        overtaken = [*first[8:], *second[8:], *third[4:]]
        assert overtaken[1:] == ordinary[:9]  # the acknowledgement was there before them

    def test_no_channel_waits_behind_the_queue_of_another(self, bench: Bench) -> None:
        """A thousand mails to a slow server are no reason to text nobody."""
        case = bench.take_in(bench.text("Graffiti"))
        mails = [_queued(bench, case, f"e{number:02}", "service_update", channel="email") for number in range(20)]
        bench.pass_time(minutes=1)
        text = _queued(bench, case, "t1", "service_update")

        send, _ = _claim(bench)

        assert len(send) == 10
        assert text in [record.id for record in send]
        assert [record.id for record in send if record.channel == "email"] == mails[:8]

    def test_only_messages_of_the_channels_asked_for_are_given(self, bench: Bench) -> None:
        """Who carries texts does not carry letters."""
        bench.take_in(bench.text("Graffiti"))

        assert _claim(bench, channels=("email",))[0] == []
        assert len(_claim(bench, channels=("email", "sms"))[0]) == 1

    def test_a_message_that_is_not_due_yet_waits(self, bench: Bench) -> None:
        """Released for later, it is given later, with the attempts it had and the code of the last one."""
        bench.take_in(bench.text("Graffiti"))
        (message,), _ = _claim(bench)
        with bench.store.write() as tx:
            tx.release_message(message.id, due_at=bench.now + timedelta(minutes=2), code="send")

        early = _claim(bench)
        bench.pass_time(minutes=2)
        (again,), doubtful = _claim(bench)

        assert early == ([], [])
        assert doubtful == []
        assert (again.id, again.attempts, again.code) == (message.id, 1, "send")

    def test_the_message_that_is_due_longest_comes_first(self, bench: Bench) -> None:
        """Nobody waits behind those who came later."""
        ids = []
        for number in range(3):
            case = bench.take_in(bench.text("Graffiti", sender=f"tel:+44770090010{number}"))
            with bench.store.read() as reader:
                ids.append(reader.messages(case.id)[0].id)
            bench.pass_time(seconds=1)

        send, _ = _claim(bench)

        assert [record.id for record in send] == ids

    def test_a_message_with_an_outcome_is_never_given_again(self, bench: Bench) -> None:
        """Sent, failed or in doubt: it has left the queue, and a late release does not bring it back."""
        case = bench.take_in(bench.text("Graffiti"))
        (message,), _ = _claim(bench)
        bench.message_result(case, message.id, "sent", gateway_id="SMout1")
        with bench.store.write() as tx:
            tx.release_message(message.id, due_at=bench.now, code="send")

        bench.pass_time(days=1)
        given = _claim(bench)

        assert given == ([], [])
        with bench.store.read() as reader:
            kept = reader.message(message.id)
            nothing = reader.message("m0")
        assert kept is not None
        assert kept.state == "sent"
        assert nothing is None

    def test_two_claimers_never_get_the_same_timer(self, bench: Bench) -> None:
        """Leased when it is due, not before, and again only when the lease ran out."""
        case = _waiting(bench)

        early = _claim_timers(bench)
        bench.pass_time(hours=1)
        first, second = _claim_timers(bench), _claim_timers(bench)
        bench.pass_time(minutes=5)
        again = _claim_timers(bench)

        assert (early, second) == ([], [])
        assert [(timer.case, timer.kind, timer.generation) for timer in first] == [
            (case.id, "resume", case.state_version)
        ]
        assert again == first

    def test_a_timer_that_is_done_is_never_given_again(self, bench: Bench) -> None:
        """Whether it fired or turned out to be void."""
        _waiting(bench)
        bench.pass_time(hours=1)
        (timer,) = _claim_timers(bench)
        with bench.store.write() as tx:
            tx.timer_done(timer.id)

        bench.pass_time(days=1)

        assert _claim_timers(bench) == []

    def test_only_timers_of_the_kinds_asked_for_are_given(self, bench: Bench) -> None:
        """A kind that ends in `:` means all that begin so, letter by letter; the others stay for who can serve them."""
        kinds = ("act:close", "actual", "Act:close", "act", "act:open")
        case = bench.open("Graffiti")
        with bench.store.write() as tx:
            timers = tuple(TimerRow(f"t{kind}", case.id, kind, bench.now, 0) for kind in kinds)
            tx.save(Plan("recorded", case=case, timers=timers))

        nothing, others = _claim_timers(bench, "escalate:"), _claim_timers(bench, "a%", "resume")
        beginning, exact = _claim_timers(bench, "act:"), _claim_timers(bench, "act", "resume")
        with bench.store.write() as tx:
            none = tx.claim_timers((), bench.now, bench.now + _LEASE, 10)

        assert (nothing, others, none) == ([], [], [])
        assert sorted(timer.kind for timer in beginning) == ["act:close", "act:open"]
        assert [timer.kind for timer in exact] == ["act"]
        assert {timer.kind for timer in _claim_timers(bench, "actual", "Act:")} == {"actual", "Act:close"}

    def test_a_lease_that_was_undone_is_no_lease(self, bench: Bench) -> None:
        """What a transaction claimed and did not commit is there for the next one."""
        bench.take_in(bench.text("Graffiti"))
        with undone(bench.store.write()) as tx:
            tx.claim_messages(("sms",), bench.now, bench.now + _LEASE, 10)

        send, doubtful = _claim(bench)

        assert (len(send), doubtful) == (1, [])


def _claim(
    bench: Bench, channels: tuple[str, ...] = ("sms", "email"), limit: int = 10
) -> tuple[list[MessageRecord], list[MessageRecord]]:
    with bench.store.write() as tx:
        send, doubtful = tx.claim_messages(channels, bench.now, bench.now + _LEASE, limit)
    return list(send), list(doubtful)


def _begin(bench: Bench, leased: MessageRecord) -> bool:
    assert leased.leased_until is not None
    with bench.store.write() as tx:
        return tx.begin_message(leased.id, lease=leased.leased_until, until=bench.now + _LEASE)


def _queued(bench: Bench, case: Case, message: str, purpose: str, *, channel: str = "sms") -> str:
    """Queue a message of a case, without its words; give its id."""
    row = MessageRow(
        id=message,
        case=case.id,
        party="p1",
        channel=channel,
        recipient=Urn("tel:+447700900101" if channel == "sms" else "mailto:jo@example.org"),
        purpose=purpose,
        content="c1",
        due_at=bench.now,
    )
    with bench.store.read() as reader:
        facts = reader.case(case.id)
    assert facts is not None
    draft = Draft(facts.case, facts.head)
    content = ContentRef(id="c1", digest="0" * 64, size_bytes=0)
    draft.add(
        MessageQueued(
            at=bench.now,
            by="system",
            message=message,
            party="p1",
            channel=channel,
            purpose=purpose,
            content=content,
        )
    )
    with bench.store.write() as tx:
        tx.save(Plan("recorded", case=draft.case, changes=(CaseChange.of(draft),), messages=(row,)))
    return message


def _claim_timers(bench: Bench, *kinds: str) -> list[TimerRecord]:
    with bench.store.write() as tx:
        return list(tx.claim_timers(kinds or ("resume",), bench.now, bench.now + _LEASE, 10))


def _waiting(bench: Bench) -> Case:
    until = (bench.now + timedelta(hours=1)).isoformat()
    return bench.act(bench.open("Graffiti"), "wait_until", until=until)
