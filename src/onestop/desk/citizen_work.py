"""How a citizen is found, changed and saved: what the parts of `desk.citizens` share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, get_args
from zoneinfo import available_timezones

from pydantic import ValidationError

from onestop.core.actor import Actor
from onestop.core.contact import Urn
from onestop.core.context import Context
from onestop.core.enquiry import Channel
from onestop.core.plan import Ask, CitizenFacts, FindCitizen, FindProfile, Plan, ProfileFacts
from onestop.core.profile import Proof, QuietSpan, Source
from onestop.core.purposes import purpose_of
from onestop.desk.log import log
from onestop.desk.session import Session
from onestop.errors import ConflictError, NotFoundError, RequestError
from onestop.stores.base import Reader, Transaction

__all__ = [
    "CitizenWork",
    "case_id",
    "made",
    "must_be_worker",
    "must_be_zone",
    "must_have_said",
    "profile_of",
    "said",
    "source_of",
    "span_of",
]

_ATTEMPTS = 6
_CHANNELS: tuple[Channel, ...] = get_args(Channel)

Decide = Callable[[Transaction, ProfileFacts, Source, Context], Plan]


class CitizenWork:
    """Finds citizens, and plans and saves what is stated of them; again when somebody else was first."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def _change(self, who: str, decide: Decide, by: Actor, channel: Channel | None, proof: Proof | None) -> None:
        must_have_said(by, proof)

        def once(tx: Transaction, now: datetime) -> Plan:
            known = self._find(tx, who)
            assert known.citizen is not None
            context = self._session.context(f"{known.citizen.id}@{known.citizen.version}", now=now)
            return decide(tx, known, source_of(by, now, channel, proof), context)

        self._write(once, by)

    def _write(self, decide: Callable[[Transaction, datetime], Plan], by: Actor) -> None:
        for attempt in range(_ATTEMPTS):
            try:
                with self._session.store.write() as tx:
                    plan = decide(tx, self._session.clock())
                    tx.save(plan)
                break
            except ConflictError:
                if attempt == _ATTEMPTS - 1:
                    raise
        log("citizen.changed", by=str(by))

    def _query(self, who: str) -> FindProfile:
        return FindProfile(key=self._urn(who).key) if ":" in who else FindProfile(citizen=who)

    def _find(self, reader: Reader, who: str) -> ProfileFacts:
        found = profile_of(reader, self._query(who))
        if found.citizen is not None:
            return found
        if found.holders:
            raise RequestError("several people use this contact point: it does not say whose this would be")
        raise NotFoundError("no citizen is known by this")

    def _id(self, reader: Reader, who: str) -> str:
        """Give the id of a citizen: of a contact point's holder, who stands for them; an id is that citizen itself."""
        found = self._find(reader, who).citizen
        assert found is not None
        return found.id

    def _own(self, reader: Reader, who: str) -> str:
        """Give whose a contact point itself is, whoever stands for them; an id is that citizen's."""
        if ":" not in who:
            return who
        urn = self._urn(who)
        holder = self._find(reader, who).holders.get(urn.key)
        if holder is None:
            raise NotFoundError("no citizen is known by this")
        return holder

    def _itself(self, reader: Reader, identifier: str) -> CitizenFacts:
        query = FindCitizen(identifier)
        found = reader.answer(Ask((query,)))[query]
        if not isinstance(found, CitizenFacts):
            raise NotFoundError("there is no such citizen")
        return found

    def _everyone(self, reader: Reader, identifier: str) -> list[CitizenFacts]:
        """Give a citizen themselves, and then all whom they stand for, as far as they are still there."""
        found = {identifier: self._itself(reader, identifier)}
        waiting = [*found[identifier].citizen.stands_for]
        while waiting:
            query = FindCitizen(waiting.pop(0))
            each = reader.answer(Ask((query,)))[query] if query.id not in found else None
            if isinstance(each, CitizenFacts):
                found[query.id] = each
                waiting += each.citizen.stands_for
        return list(found.values())

    def _all(self, reader: Reader, known: ProfileFacts) -> list[CitizenFacts]:
        """Give all who are one, of a profile."""
        assert known.citizen is not None
        return self._everyone(reader, known.citizen.id)

    def _urn(self, text: str) -> Urn:
        return Urn.parse(text, region=self._session.policy.council.region)

    def _channels(self, channels: Sequence[Channel]) -> tuple[Channel, ...]:
        if not all(channel in _CHANNELS for channel in channels):
            raise RequestError(f"a channel is one of {', '.join(_CHANNELS)}")
        return tuple(dict.fromkeys(channels))

    def _checked(self, purpose: str | None, service: str | None, until: datetime | None) -> None:
        if purpose is not None:
            purpose_of(purpose)
        if service is not None and service not in self._session.policy.directory.services:
            raise NotFoundError("the policy has no such service")
        if until is not None and until.tzinfo is None:
            raise RequestError("a moment has a time zone")
        if until is not None and until <= self._session.clock():
            raise RequestError("this moment has passed")


def profile_of(reader: Reader, query: FindProfile) -> ProfileFacts:
    """Give the answer to a query for a profile."""
    found = reader.answer(Ask((query,)))[query]
    assert isinstance(found, ProfileFacts)
    return found


def case_id(reader: Reader, reference: str | None) -> str | None:
    """Give the id of a case by its reference; None of none."""
    if reference is None:
        return None
    facts = reader.case(reference)
    if facts is None:
        raise NotFoundError("there is no such case")
    return facts.case.id


def source_of(by: Actor, now: datetime, channel: Channel | None, proof: Proof | None) -> Source:
    """Give who stated something, when, and how it reached us."""
    return Source(by=str(by), at=now, channel=channel, proof=proof or Proof())


def said(source: Source) -> dict[str, Any]:
    """Give what every event says of its source."""
    return {"by": source.by, "at": source.at, "channel": source.channel, "proof": source.proof}


def span_of(start: str, end: str) -> QuietSpan:
    """Give a part of a day, of times such as 21:00."""
    span: QuietSpan = made(QuietSpan, start=start, end=end)
    return span


def made(model: Any, **fields: Any) -> Any:
    """Give a model of what was handed over; what is wrong is said without it: it may be personal."""
    try:
        return model(**fields)
    except ValidationError as exc:
        where = ".".join(str(part) for part in exc.errors(include_input=False)[0]["loc"])
        raise RequestError(f"{where}: this is no {model.__name__} that can be kept") from None


def must_be_zone(zone: str) -> None:
    """Refuse what is no time zone."""
    if zone not in available_timezones():
        raise RequestError("a time zone is a name of the IANA database, such as Europe/London")


def must_be_worker(by: Actor) -> None:
    """Refuse what a worker alone can do."""
    if by.kind != "worker":
        raise RequestError("only a worker can do this")


def must_have_said(by: Actor, proof: Proof | None) -> None:
    """What a citizen says themselves came in an enquiry; providers say nothing of citizens."""
    if by.kind == "provider":
        raise RequestError("a provider states nothing of a citizen: a worker does, or the citizen")
    if by.kind == "citizen" and (proof is None or proof.enquiry is None):
        raise RequestError("what a citizen states themselves has an enquiry as its proof")
