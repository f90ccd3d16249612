"""Citizens: what is stated of them, their contact points, and who of them are one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, get_args

from onestop.core.actor import Actor
from onestop.core.citizen import Citizen
from onestop.core.citizen_events import (
    CitizenFact,
    DetailStated,
    MemberJoined,
    MemberLeft,
    NeedEnded,
    NeedRecorded,
    PreferenceStated,
    PreferenceWithdrawn,
    QuietHoursStated,
    QuietHoursWithdrawn,
    read_fact,
)
from onestop.core.contact import Urn
from onestop.core.context import Context
from onestop.core.enquiry import Channel
from onestop.core.plan import FindProfile, Plan, ProfileFacts
from onestop.core.profile import (
    CitizenKind,
    Consent,
    Need,
    Preference,
    Profile,
    Proof,
    QuietHours,
    SharedKind,
    Source,
    VerifiedHow,
    Weekday,
)
from onestop.core.purposes import Purpose
from onestop.core.sender_conditions import NEED, NEED_WORD
from onestop.core.stating import (
    plan_added,
    plan_merge,
    plan_removed,
    plan_shared,
    plan_statements,
    plan_taken_back,
    plan_unmerge,
    plan_verified,
    plan_works_again,
)
from onestop.core.suggesting import Claims, Suggestion, suggest
from onestop.desk.authorities import AuthorityDesk
from onestop.desk.choosing import ChoosingDesk
from onestop.desk.citizen_work import (
    CitizenWork,
    case_id,
    made,
    must_be_worker,
    must_be_zone,
    must_have_said,
    profile_of,
    said,
    source_of,
    span_of,
)
from onestop.desk.log import log
from onestop.desk.session import Session
from onestop.desk.verifying import CodesDesk
from onestop.errors import RequestError
from onestop.stores.base import Transaction

__all__ = ["CitizensDesk"]

_KINDS: tuple[CitizenKind, ...] = get_args(CitizenKind)
_HOW: tuple[VerifiedHow, ...] = get_args(VerifiedHow)
_SHARED: tuple[SharedKind, ...] = get_args(SharedKind)

Decide = Callable[[Transaction, ProfileFacts, Source, Context], Plan]


class CitizensDesk(CitizenWork):
    """
    The part of the desk that keeps who citizens are and what they state.

    Whom a call is about is said by a contact point (`tel:…`, `mailto:…`) or by the citizen's id; a contact point that
    several people use says nobody. Every change is an event with its source: the actor, and where a citizen said it
    themselves, the channel and the enquiry. No log and no error names a need, a preference or an address.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        authorities = AuthorityDesk(session)
        self.grant, self.end_authority, self.authorities = authorities.grant, authorities.end, authorities.of
        codes = CodesDesk(session)
        self.send_code, self.check_code = codes.send, codes.check
        self.choose = ChoosingDesk(session).choose

    # -- looking --

    def get(self, who: str) -> Citizen:
        """
        Give the citizen who is known by a contact point or id; of one who was merged, who stands for them.

        Raises:
            ContactPointError: this is no URN.
            NotFoundError: nobody is known by it.
            RequestError: several people use the contact point.
        """
        with self._session.store.read() as reader:
            citizen = self._find(reader, who).citizen
        assert citizen is not None
        return citizen

    def profile(self, who: str) -> Profile:
        """
        Give how a citizen wants and needs to be reached; of a contact point that is nobody's, what is known of that.

        Raises:
            ContactPointError: this is no URN.
        """
        query = self._query(who)
        with self._session.store.read() as reader:
            return profile_of(reader, query).profile

    def history(self, who: str) -> Sequence[CitizenFact]:
        """
        Give what was stated of a citizen, in order; of one who was merged, by id, their own.

        Raises:
            NotFoundError, RequestError: as for `get`.
        """
        with self._session.store.read() as reader:
            if ":" in who:
                found = self._find(reader, who).citizen
                assert found is not None
                who = found.id
            self._itself(reader, who)
            return [read_fact(stored.data) for stored in reader.citizen_events(who)]

    def consents(self, urn: str) -> Sequence[Consent]:
        """
        Give the ledger of a contact point, in the order it was written.

        Raises:
            ContactPointError: this is no URN.
        """
        key = self._urn(urn).key
        with self._session.store.read() as reader:
            return reader.consents(key)

    # -- what they state --

    def prefer(
        self,
        who: str,
        channels: Sequence[Channel],
        *,
        by: Actor,
        purpose: Purpose | None = None,
        service: str | None = None,
        case: str | None = None,
        contact_point: str | None = None,
        until: datetime | None = None,
        channel: Channel | None = None,
        proof: Proof | None = None,
    ) -> None:
        """
        Keep by which channels somebody wants to hear from us, in their order; none at all: not.

        Of one case (its reference), or of one service, or of everything; for one purpose, or for all; with `until` only
        before that moment. What was said of the same before holds no longer.

        Raises:
            NotFoundError: nobody is known by it, or there is no such service or case.
            RequestError: a channel or the purpose is none, or the moment has no zone or is past.
        """
        wanted = self._channels(channels)
        point = self._urn(contact_point) if contact_point is not None else None
        self._checked(purpose, service, until)

        def decide(tx: Transaction, known: ProfileFacts, source: Source, _: Context) -> Plan:
            preference = made(
                Preference,
                channels=wanted,
                purpose=purpose,
                service=service,
                case=case_id(tx, case),
                contact_point=point,
                until=until,
                source=source,
            )
            return plan_statements(known, [PreferenceStated(preference=preference, **said(source))])

        self._change(who, decide, by, channel, proof)

    def unprefer(
        self,
        who: str,
        *,
        by: Actor,
        purpose: Purpose | None = None,
        service: str | None = None,
        case: str | None = None,
        contact_point: str | None = None,
        channel: Channel | None = None,
        proof: Proof | None = None,
    ) -> None:
        """
        Let a preference hold no longer: the one of exactly this purpose, service, case and contact point.

        Raises:
            NotFoundError: nobody is known by it, or they stated no such preference.
        """
        point = self._urn(contact_point) if contact_point is not None else None

        def decide(tx: Transaction, known: ProfileFacts, source: Source, _: Context) -> Plan:
            of = (purpose, service, case_id(tx, case), point)
            event = PreferenceWithdrawn(purpose=of[0], service=of[1], case=of[2], contact_point=of[3], **said(source))

            def withdrawn(citizen: Citizen) -> list[CitizenFact]:
                stated = ((each.purpose, each.service, each.case, each.contact_point) for each in citizen.preferences)
                return [event] if of in stated else []

            return plan_taken_back(self._all(tx, known), withdrawn, "no such preference is stated")

        self._change(who, decide, by, channel, proof)

    def quiet_hours(
        self,
        who: str,
        spans: Mapping[Weekday, Sequence[tuple[str, str]]],
        *,
        by: Actor,
        zone: str | None = None,
        until: datetime | None = None,
        channel: Channel | None = None,
        proof: Proof | None = None,
    ) -> None:
        """
        Keep when somebody does not want to hear from us, such as `{"fri": [("21:00", "08:00")]}`; none ends them.

        Raises:
            NotFoundError: nobody is known by it.
            RequestError: a weekday, a time or the zone is none.
        """
        self._checked(None, None, until)
        if zone is not None:
            must_be_zone(zone)

        def decide(tx: Transaction, known: ProfileFacts, source: Source, _: Context) -> Plan:
            if not any(spans.values()):
                ended = [QuietHoursWithdrawn(**said(source))]
                itself, *merged = self._all(tx, known)
                stated = (itself, *(each for each in merged if each.citizen.quiet_hours))
                return plan_taken_back(stated, lambda _: ended, "there are no quiet hours")
            hours = made(
                QuietHours,
                spans={day: tuple(span_of(*span) for span in given) for day, given in spans.items()},
                zone=zone,
                until=until,
                source=source,
            )
            return plan_statements(known, [QuietHoursStated(quiet_hours=hours, **said(source))])

        self._change(who, decide, by, channel, proof)

    def name(self, who: str, name: str | None, *, by: Actor) -> None:
        """Keep what somebody is called; None: it is not known."""
        self._detail(who, "name", name.strip()[:200] or None if name else None, by)

    def language(
        self, who: str, language: str | None, *, by: Actor, channel: Channel | None = None, proof: Proof | None = None
    ) -> None:
        """Keep the language in which somebody wants to hear from us (BCP 47); None: the council's."""
        if language is not None and not (2 <= len(language) <= 35 and language.replace("-", "").isalnum()):
            raise RequestError("a language is a tag of BCP 47, such as cy or en-GB")
        self._detail(who, "language", language, by, channel, proof)

    def zone(self, who: str, zone: str | None, *, by: Actor) -> None:
        """Keep the time zone (IANA) that somebody lives in; None: the council's."""
        if zone is not None:
            must_be_zone(zone)
        self._detail(who, "zone", zone, by)

    def kind(self, who: str, kind: CitizenKind, *, by: Actor) -> None:
        """Keep whether a citizen is a person, a household, an organisation or a group."""
        if kind not in _KINDS:
            raise RequestError(f"a citizen is one of {', '.join(_KINDS)}")
        self._detail(who, "kind", kind, by)

    def _detail(
        self,
        who: str,
        detail: Any,
        value: str | None,
        by: Actor,
        channel: Channel | None = None,
        proof: Proof | None = None,
    ) -> None:
        def decide(_: Transaction, known: ProfileFacts, source: Source, __: Context) -> Plan:
            return plan_statements(known, [DetailStated(detail=detail, value=value, **said(source))])

        self._change(who, decide, by, channel, proof)

    def record_need(self, who: str, need: str, *, by: Actor, until: datetime | None = None) -> None:
        """
        Keep that a citizen needs something of us, such as `bsl` or `large_print`, never why.

        Raises:
            NotFoundError: nobody is known by it.
            RequestError: several people use the contact point, the need is no such word, or the actor is no worker.
        """
        must_be_worker(by)
        self._checked(None, None, until)
        if not NEED.match(need):
            raise RequestError(f"a need {NEED_WORD}")

        def decide(_: Transaction, known: ProfileFacts, source: Source, __: Context) -> Plan:
            stated = made(Need, code=need, until=until, source=source)
            return plan_statements(known, [NeedRecorded(need=stated, **said(source))])

        self._change(who, decide, by, None, None)

    def drop_need(self, who: str, need: str, *, by: Actor) -> None:
        """
        Keep that a citizen does not need something any more.

        Raises:
            NotFoundError: nobody is known by it, or no such need is recorded.
            RequestError: several people use the contact point, or the actor is no worker.
        """
        must_be_worker(by)

        def decide(tx: Transaction, known: ProfileFacts, source: Source, _: Context) -> Plan:
            def ended(citizen: Citizen) -> list[CitizenFact]:
                needs = {each.code for each in citizen.needs}
                return [NeedEnded(code=need, **said(source))] if need in needs else []

            return plan_taken_back(self._all(tx, known), ended, "no such need is recorded")

        self._change(who, decide, by, None, None)

    def consent(
        self,
        urn: str,
        *,
        given: bool,
        by: Actor,
        purpose: Purpose | None = None,
        on: Channel | None = None,
        service: str | None = None,
        wording: str | None = None,
        channel: Channel | None = None,
        proof: Proof | None = None,
    ) -> Consent:
        """
        Write into the ledger that consent was given or withdrawn: for a purpose, by a channel (`on`), of a service.

        `wording` is the version of the words that were agreed to; consent without them shows nothing, and is refused.

        Raises:
            ContactPointError: this is no URN.
            RequestError: the purpose or channel is none, or consent is given to no words.
        """
        must_have_said(by, proof)
        point = self._urn(urn)
        self._checked(purpose, service, None)
        if on is not None:
            self._channels((on,))
        if given and not wording:
            raise RequestError("consent is given to words: say their version")
        now = self._session.clock()
        with self._session.store.write() as tx:
            kept = len(tx.consents(point.key))
            context = self._session.context(f"consent {point.key} {kept}", now=now)
            consent: Consent = made(
                Consent,
                id=context.mint.id("k"),
                key=point.key,
                channel=on,
                purpose=purpose,
                service=service,
                given=given,
                wording=wording,
                source=source_of(by, now, channel, proof),
            )
            tx.save(Plan("recorded", consents=(consent,)))
        log("citizen.changed", by=str(by))
        return consent

    # -- contact points --

    def add_contact_point(self, who: str, urn: str, *, by: Actor) -> None:
        """
        Keep another contact point of a citizen; it is not verified by that.

        Raises:
            ContactPointError: this is no URN.
            NotFoundError: nobody is known by it.
            RequestError: the contact point is known already: two citizens who are one are merged.
        """
        point = self._urn(urn)

        def decide(tx: Transaction, known: ProfileFacts, source: Source, _: Context) -> Plan:
            return plan_added(known, point, profile_of(tx, FindProfile(key=point.key)), source)

        self._change(who, decide, by, None, None)

    def remove_contact_point(self, urn: str, *, by: Actor, who: str | None = None) -> None:
        """
        Let a contact point be a citizen's no longer; of one that several people use, say whose by `who`.

        Raises:
            NotFoundError: it is none of theirs.
        """
        self._about(urn, who, by, plan_removed)

    def verify(self, urn: str, *, how: VerifiedHow = "agent", by: Actor, proof: Proof | None = None) -> None:
        """
        Keep that something showed a contact point to be its holder's.

        Raises:
            NotFoundError: nobody is known by it.
            RequestError: several people use it, or nothing is shown in such a way.
        """
        if how not in _HOW:
            raise RequestError(f"a contact point is verified by one of {', '.join(_HOW)}")
        self._about(urn, None, by, lambda known, point, source: plan_verified(known, point, how, source), proof)

    def mark_shared(self, urn: str, kind: SharedKind | None, *, by: Actor, who: str | None = None) -> None:
        """
        Keep that several people use a contact point, so that it identifies nobody; None: one alone, after all.

        Raises:
            NotFoundError: nobody is known by it.
            RequestError: the kind is none; several people use it already, and `who` does not say whose it was.
        """
        if kind is not None and kind not in _SHARED:
            raise RequestError(f"a contact point is shared as one of {', '.join(_SHARED)}")
        self._about(urn, who, by, lambda known, point, source: plan_shared(known, point, kind, source))

    def works_again(self, urn: str, *, by: Actor, who: str | None = None) -> None:
        """
        Keep that a contact point which failed for good can be reached again.

        Raises:
            NotFoundError: nobody is known by it.
        """
        self._about(urn, who, by, plan_works_again)

    def _about(
        self,
        urn: str,
        who: str | None,
        by: Actor,
        plan: Callable[[ProfileFacts, Urn, Source], Plan],
        proof: Proof | None = None,
    ) -> None:
        point = self._urn(urn)

        def decide(_: Transaction, known: ProfileFacts, source: Source, __: Context) -> Plan:
            return plan(known, point, source)

        self._change(who or urn, decide, by, None, proof)

    # -- who are one, and who belong together --

    def merge(self, one: str, *, into: str, by: Actor, because: str | None = None) -> Citizen:
        """
        Let one citizen stand for another: they turned out to be one. Give who stands for both.

        Nothing of either is rewritten, so that `unmerge` leaves both as they were.

        Raises:
            NotFoundError: one of them is not known.
            RequestError: they are one already, another citizen stands for `one`, they are of two kinds, one may act
                for the other, they would be too many, or the actor is no worker.
        """
        must_be_worker(by)

        def decide(tx: Transaction, now: datetime) -> Plan:
            merged = one if ":" not in one else self._id(tx, one)
            merging, standing = self._everyone(tx, merged), self._everyone(tx, self._id(tx, into))
            between = tx.authorities(merged)
            return plan_merge(merging, standing, between, source_of(by, now, None, None), because)

        self._write(decide, by)
        return self.get(into)

    def unmerge(self, one: str, *, by: Actor, because: str | None = None) -> Citizen:
        """
        Let a merged citizen, by their id or a contact point of their own, stand for themselves again; give them.

        Raises:
            NotFoundError: there is no such citizen.
            RequestError: nobody stands for them, or the actor is no worker.
        """
        must_be_worker(by)

        def decide(tx: Transaction, now: datetime) -> Plan:
            merged = self._itself(tx, self._own(tx, one))
            if merged.citizen.merged_into is None:
                raise RequestError("nobody else stands for this citizen")
            survivor = self._itself(tx, merged.citizen.merged_into)
            return plan_unmerge(merged, survivor, source_of(by, now, None, None), because)

        self._write(decide, by)
        return self.get(one)

    def suggestion(self, one: str, other: str, *, claims: Claims | None = None) -> Suggestion | None:
        """
        Give what speaks for two citizens being one, for a person to decide; None where nothing does.

        Raises:
            NotFoundError, RequestError: as for `get`.
        """
        with self._session.store.read() as reader:
            return suggest(self._find(reader, one), self._find(reader, other), claims or Claims())

    def join(self, member: str, group: str, *, by: Actor) -> None:
        """
        Keep that a citizen belongs to a household, organisation or group.

        Raises:
            NotFoundError: one of them is not known.
            RequestError: the other is a person, or the same.
        """
        self._member(member, group, by, joins=True)

    def leave(self, member: str, group: str, *, by: Actor) -> None:
        """Keep that a citizen belongs to a household, organisation or group no longer."""
        self._member(member, group, by, joins=False)

    def _member(self, member: str, group: str, by: Actor, *, joins: bool) -> None:
        def decide(tx: Transaction, known: ProfileFacts, source: Source, _: Context) -> Plan:
            found = self._find(tx, member).citizen
            assert found is not None
            assert known.citizen is not None
            if known.citizen.kind == "person" or known.citizen.id == found.id:
                raise RequestError("a citizen belongs to a household, an organisation or a group, never to a person")
            if joins:
                return plan_statements(known, [MemberJoined(member=found.id, **said(source))])
            everyone = {each.citizen.id for each in self._everyone(tx, found.id)}

            def left(group: Citizen) -> list[CitizenFact]:
                return [MemberLeft(member=each, **said(source)) for each in group.members if each in everyone]

            return plan_taken_back(self._all(tx, known), left, "they are no member")

        self._change(group, decide, by, None, None)
