"""
Events of a citizen: what was stated of them, by whom, and what shows it.

They are written and chained as a case's events are, and read back by type and version; one whose type this release does
not know is kept as it is. Unlike a case's they are personal through and through: the whole history is erased with the
citizen. What somebody needs stands here and nowhere in the history of a case.
"""

from __future__ import annotations

import json
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import Field, TypeAdapter, ValidationError

from onestop.core.chaining import Recorded, chain, written
from onestop.core.contact import Urn
from onestop.core.enquiry import Channel
from onestop.core.events import UnknownEvent
from onestop.core.profile import (
    AuthorityRole,
    CitizenKind,
    Need,
    Preference,
    Proof,
    QuietHours,
    SharedKind,
    Source,
    VerifiedHow,
)
from onestop.errors import StoreError

__all__ = [
    "AuthorityEnded",
    "AuthorityGranted",
    "CitizenFact",
    "CitizenKnown",
    "ContactPointAdded",
    "ContactPointFailing",
    "ContactPointRemoved",
    "ContactPointShared",
    "ContactPointVerified",
    "ContactPointWorking",
    "DetailStated",
    "MemberJoined",
    "MemberLeft",
    "Merged",
    "NeedEnded",
    "NeedRecorded",
    "PreferenceStated",
    "PreferenceWithdrawn",
    "QuietHoursStated",
    "QuietHoursWithdrawn",
    "SealedFact",
    "StoodFor",
    "StoodForNoLonger",
    "Unmerged",
    "read_fact",
    "seal_fact",
]


class _Stated(Recorded):
    """What every event of a citizen has: who said so (`by`), when (`at`), and how it reached us."""

    channel: Channel | None = None  # None: in the host's own system
    proof: Proof = Proof()

    @property
    def source(self) -> Source:
        """Who stated it, when, and how it reached us."""
        return Source(by=self.by, at=self.at, channel=self.channel, proof=self.proof)


class CitizenKnown(_Stated):
    """What was known of a citizen before anything was stated of them; every history begins with it."""

    type: Literal["citizen_known"] = "citizen_known"
    id: str
    kind: CitizenKind = "person"
    name: str | None = None
    language: str | None = None
    needs: tuple[Need, ...] = ()  # recorded by a release that kept no history of them


class DetailStated(_Stated):
    """A name, a language, a time zone or what kind of citizen it is was stated; None: it is not known any more."""

    type: Literal["detail_stated"] = "detail_stated"
    detail: Literal["name", "language", "zone", "kind"]
    value: str | None


class PreferenceStated(_Stated):
    """They said how they want to hear from us; what was said of the same before does not hold any more."""

    type: Literal["preference_stated"] = "preference_stated"
    preference: Preference


class PreferenceWithdrawn(_Stated):
    """What they said of a purpose, service, case or contact point holds no longer."""

    type: Literal["preference_withdrawn"] = "preference_withdrawn"
    purpose: str | None = None
    service: str | None = None
    case: str | None = None
    contact_point: Urn | None = None


class QuietHoursStated(_Stated):
    """They said when they do not want to hear from us; what has an end stands beside what has none."""

    type: Literal["quiet_hours_stated"] = "quiet_hours_stated"
    quiet_hours: QuietHours


class QuietHoursWithdrawn(_Stated):
    """There are no quiet hours any more."""

    type: Literal["quiet_hours_withdrawn"] = "quiet_hours_withdrawn"


class NeedRecorded(_Stated):
    """They need something of us."""

    type: Literal["need_recorded"] = "need_recorded"
    need: Need


class NeedEnded(_Stated):
    """They do not need it any more."""

    type: Literal["need_ended"] = "need_ended"
    code: str


class ContactPointAdded(_Stated):
    """They can be reached at another address, too."""

    type: Literal["contact_point_added"] = "contact_point_added"
    urn: Urn


class ContactPointRemoved(_Stated):
    """An address is theirs no longer."""

    type: Literal["contact_point_removed"] = "contact_point_removed"
    urn: Urn


class ContactPointVerified(_Stated):
    """Something showed that an address is theirs."""

    type: Literal["contact_point_verified"] = "contact_point_verified"
    urn: Urn
    how: VerifiedHow


class ContactPointShared(_Stated):
    """Several people use an address, or (None) they alone after all."""

    type: Literal["contact_point_shared"] = "contact_point_shared"
    urn: Urn
    kind: SharedKind | None


class ContactPointFailing(_Stated):
    """A gateway said for good that an address cannot be reached."""

    type: Literal["contact_point_failing"] = "contact_point_failing"
    urn: Urn
    on: Channel
    code: str | None = None  # the gateway's


class ContactPointWorking(_Stated):
    """An address can be reached again."""

    type: Literal["contact_point_working"] = "contact_point_working"
    urn: Urn


class MemberJoined(_Stated):
    """A citizen belongs to this household, organisation or group."""

    type: Literal["member_joined"] = "member_joined"
    member: str


class MemberLeft(_Stated):
    """A citizen belongs to it no longer."""

    type: Literal["member_left"] = "member_left"
    member: str


class Merged(_Stated):
    """This citizen is another one, who stands for both from now on."""

    type: Literal["merged"] = "merged"
    into: str
    because: str | None = None


class Unmerged(_Stated):
    """This citizen stands for themselves again."""

    type: Literal["unmerged"] = "unmerged"
    out_of: str
    because: str | None = None


class StoodFor(_Stated):
    """This citizen stands for another one from now on."""

    type: Literal["stood_for"] = "stood_for"
    citizen: str


class StoodForNoLonger(_Stated):
    """This citizen stands for another one no longer."""

    type: Literal["stood_for_no_longer"] = "stood_for_no_longer"
    citizen: str


class AuthorityGranted(_Stated):
    """Somebody may act for somebody; it stands in both histories."""

    type: Literal["authority_granted"] = "authority_granted"
    authority: str  # its id
    role: AuthorityRole
    holder: str
    subject: str


class AuthorityEnded(_Stated):
    """Somebody may act for somebody no longer, before the time was up."""

    type: Literal["authority_ended"] = "authority_ended"
    authority: str


CitizenFact = (
    CitizenKnown
    | DetailStated
    | PreferenceStated
    | PreferenceWithdrawn
    | QuietHoursStated
    | QuietHoursWithdrawn
    | NeedRecorded
    | NeedEnded
    | ContactPointAdded
    | ContactPointRemoved
    | ContactPointVerified
    | ContactPointShared
    | ContactPointFailing
    | ContactPointWorking
    | MemberJoined
    | MemberLeft
    | Merged
    | Unmerged
    | StoodFor
    | StoodForNoLonger
    | AuthorityGranted
    | AuthorityEnded
    | UnknownEvent
)
"""An event of a citizen."""

_MODELS = tuple(model for model in get_args(CitizenFact) if model is not UnknownEvent)
_ANY: Any = reduce(or_, _MODELS)
_KNOWN: TypeAdapter[Any] = TypeAdapter(Annotated[_ANY, Field(discriminator="type")])
_TYPES = frozenset(model.model_fields["type"].default for model in _MODELS)
_CURRENT = 1


class SealedFact(NamedTuple):
    """An event in its place in a citizen's chain, as it is stored."""

    seq: int  # from 1
    event: CitizenFact
    data: bytes
    hash: bytes


def seal_fact(seq: int, event: CitizenFact, previous: bytes) -> SealedFact:
    """
    Put an event into a citizen's chain after the hash `previous`.

    Raises:
        RequestError: it has half a surrogate pair, which is no text and cannot be stored.
    """
    data = event.data.encode() if isinstance(event, UnknownEvent) else written(event.type, event)
    return SealedFact(seq, event, data, chain(previous, data))


def read_fact(data: bytes) -> CitizenFact:
    """
    Read a stored event of a citizen; one of an unknown type or a later version comes back as `UnknownEvent`.

    Raises:
        StoreError: the bytes are no event at all.
    """
    try:
        document = json.loads(data)
        kind, version = document["type"], document["version"]
        if kind not in _TYPES or version != _CURRENT:
            return UnknownEvent(type=kind, version=version, at=document["at"], by=document["by"], data=data.decode())
        event: CitizenFact = _KNOWN.validate_json(data)
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError) as exc:
        raise StoreError("a stored event of a citizen cannot be read: its bytes are damaged") from exc
    return event
