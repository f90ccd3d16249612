"""Needs: what a citizen needs of us, such as large print or a sign language interpreter."""

from __future__ import annotations

from onestop.core.actor import Actor
from onestop.core.contact import Urn
from onestop.core.sender_conditions import NEED, NEED_WORD
from onestop.desk.session import Session
from onestop.errors import NotFoundError, RequestError
from onestop.stores.base import CitizenRecord, NeedRecord, Transaction

__all__ = ["NeedsDesk"]


class NeedsDesk:
    """
    The part of the desk that keeps needs.

    They say something of somebody's health: no log and no error names them.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def record(self, contact_point: str, need: str, *, by: Actor) -> None:
        """Keep that the holder of a contact point has a need; one that is kept already stays as it is."""
        urn = self._urn(contact_point, by)
        if not NEED.match(need):
            raise RequestError(f"a need {NEED_WORD}")
        now = self._session.clock()
        with self._session.store.write() as tx:
            tx.record_need(NeedRecord(self._holder(tx, urn).id, need, str(by), now))

    def drop(self, contact_point: str, need: str, *, by: Actor) -> None:
        """Forget a need of the holder of a contact point."""
        urn = self._urn(contact_point, by)
        with self._session.store.write() as tx:
            if tx.drop_need(self._holder(tx, urn).id, need) == 0:
                raise NotFoundError("no such need is recorded")

    def _holder(self, tx: Transaction, urn: Urn) -> CitizenRecord:
        citizen = tx.citizen(urn.key)
        if citizen is None:
            raise NotFoundError("no citizen is known by this contact point")
        if any(point.key == urn.key for point in citizen.shared):
            raise RequestError("several people use this contact point: it does not say whose need it would be")
        return citizen

    def _urn(self, contact_point: str, by: Actor) -> Urn:
        if by.kind != "worker":
            raise RequestError("only a worker can record what somebody needs")
        return Urn.parse(contact_point, region=self._session.policy.council.region)
