"""Restrictions: a person's decision to set aside what comes from a contact point, with a reason and an end."""

from __future__ import annotations

from datetime import datetime

from onestop.core.actor import Actor
from onestop.core.contact import Urn
from onestop.core.plan import Content
from onestop.desk.log import log
from onestop.desk.session import Session
from onestop.errors import NotFoundError, RequestError
from onestop.stores.base import RestrictionRecord

__all__ = ["NuisanceDesk"]


class NuisanceDesk:
    """The part of the desk that restricts senders."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def restrict(self, contact_point: str, *, until: datetime, reason: str, by: Actor) -> None:
        """Set aside what comes from a contact point until a moment."""
        urn, now = self._urn(contact_point, by), self._session.clock()
        if until.tzinfo is None or until <= now:
            raise RequestError("a restriction ends at a moment in the future, with a time zone")
        if not reason.strip():
            raise RequestError("a restriction has a reason, for whoever looks at it later")
        drawn = self._session.entropy(16).hex()  # the same decision may be taken twice in one moment
        mint = self._session.context(f"restriction\0{urn.key}\0{drawn}", now=now).mint
        words = reason.encode("utf-8", "replace")
        content = Content(mint.id("d"), "reason", "text/plain", words, mint.salt(), None)
        with self._session.store.write() as tx:
            tx.restrict(RestrictionRecord(mint.id("q"), urn, now, str(by), until, content.id), content)
        log("sender.restricted", sender=urn.masked(), by=str(by))

    def lift(self, contact_point: str, *, by: Actor) -> None:
        """End the restrictions of a contact point."""
        urn = self._urn(contact_point, by)
        with self._session.store.write() as tx:
            if tx.lift(urn.key, by=str(by), now=self._session.clock()) == 0:
                raise NotFoundError("this contact point is not restricted")
        log("sender.unrestricted", sender=urn.masked(), by=str(by))

    def restrictions(self, limit: int) -> list[RestrictionRecord]:
        """Give the restrictions that are in force, the latest end first."""
        now = self._session.clock()
        with self._session.store.read() as reader:
            return [record for record in reader.restrictions(limit=limit) if record.until > now]

    def _urn(self, contact_point: str, by: Actor) -> Urn:
        if by.kind != "worker":
            raise RequestError("only a worker can restrict a sender")
        return Urn.parse(contact_point, region=self._session.policy.council.region)
