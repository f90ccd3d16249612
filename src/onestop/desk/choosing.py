"""How somebody would be told a thing now: the question a host asks before it queues anything, or instead of it."""

from __future__ import annotations

from onestop.core.choice import Choice, LastUsed, Matter, choose_channel
from onestop.core.plan import CaseFacts
from onestop.core.profile import Profile
from onestop.core.purposes import purpose_of
from onestop.core.reaching import Reach
from onestop.desk.citizen_work import CitizenWork, profile_of
from onestop.desk.session import must_find
from onestop.desk.views import last_writing, written
from onestop.errors import NotFoundError, RequestError
from onestop.stores.base import Reader

__all__ = ["ChoosingDesk"]


class ChoosingDesk(CitizenWork):
    """The part of `desk.citizens` that chooses a channel, and queues nothing."""

    def choose(
        self, who: str, purpose: str, *, service: str | None = None, case: str | None = None, urgent: bool = False
    ) -> Choice:
        """
        Give the channel, the contact point and the time by which somebody would be told a thing now, and why.

        Preferences of a `service`, or of a `case` (its reference or id) and of the service that it is at, count; of a
        case, where they last wrote about it, too. `urgent` does not wait for the end of quiet hours. Nothing is queued,
        kept or logged: `desk.reply` asks the same question, and once more when the message is about to leave.

        Raises:
            ContactPointError: this is no URN.
            NotFoundError: there is no such service or case, or nobody has this id.
            RequestError: this is no purpose, or both a service and a case were given.
        """
        if service is not None and case is not None:
            raise RequestError("a case is at a service: give one of the two")
        self._checked(purpose, service, None)
        with self._session.store.read() as reader:
            known = profile_of(reader, self._query(who))
            if ":" not in who and known.citizen is None:
                raise NotFoundError("no citizen is known by this")
            facts = must_find(reader, written(case)) if case is not None else None
            used = _last_used(reader, facts, known.profile) if facts else None
        reach = Reach(known.profile, self._session.capabilities)
        return choose_channel(
            reach.holding(self._urn(who)) if ":" in who else reach.profile,
            purpose_of(purpose),
            urgency="urgent" if urgent else "normal",
            capabilities=reach.capabilities,
            now=self._session.clock(),
            zones=self._session.policy.zones,
            matter=Matter(facts.case.service, facts.case.id) if facts else Matter(service),
            last_used=used,
            languages=self._session.policy.council.languages,
        )


def _last_used(reader: Reader, facts: CaseFacts, profile: Profile) -> LastUsed | None:
    """Give where somebody last wrote about a case; None where nothing of theirs is kept."""
    keys = {point.urn.key for point in profile.contact_points}
    wrote = [last_writing(reader, facts.case.id, party.alias) for party in facts.parties if party.key in keys]
    last = max((each for each in wrote if each is not None), key=lambda each: each.received_at, default=None)
    return LastUsed(last.channel, last.sender.key, last.received_at) if last and last.sender else None
