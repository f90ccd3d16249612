"""
Writing what a plan says of citizens: their statements, contact points, the ledger, authorities and questions.

`contact_point.stated` and `.asked` tell the intake, from the row that it reads anyway, whether there is more to read;
they are worked out here from what stands in the rows, whenever one of these is written.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Update, bindparam, case, delete, exists, insert, literal, or_, select, update

from onestop.core.model import utc_text
from onestop.core.one_time import HELD_FOR, OneTimeCode
from onestop.core.plan import CitizenChange, Plan, QuestionRow
from onestop.core.profile import Authority, Consent, ContactPoint
from onestop.errors import ConflictError
from onestop.stores.prepared import Driver, Prepared
from onestop.stores.profiles import Profiles
from onestop.stores.rows import to_us
from onestop.stores.tables import (
    AuthorityTable,
    Base,
    CitizenEventTable,
    CitizenNeedTable,
    CitizenTable,
    ConsentTable,
    ContactPointTable,
    OneTimeCodeTable,
    QuestionTable,
)

__all__ = ["claim_statement", "write_profiles"]


def _binds(table: type[Base]) -> dict[str, Any]:
    return {column.name: bindparam(f"new_{column.name}") for column in table.__table__.columns}


def _changed(statement: Update, names: tuple[str, ...]) -> Prepared:
    """Give the statement that changes these columns; its own places are named otherwise than a column."""
    return Prepared(statement.values({name: bindparam(f"new_{name}") for name in names}))


_ID = CitizenTable.id == bindparam("citizen")
_NEW_CITIZEN = Prepared(insert(CitizenTable).values(_binds(CitizenTable)))
_NEXT_CITIZEN = _changed(
    update(CitizenTable).where(_ID, CitizenTable.version == bindparam("before")),
    ("name", "language", "version", "head", "document", "merged_into"),
)
_EVENTS = Prepared(insert(CitizenEventTable).values(_binds(CitizenEventTable)))
_NEEDS = Prepared(insert(CitizenNeedTable).values(_binds(CitizenNeedTable)))
_NO_NEEDS = Prepared(delete(CitizenNeedTable).where(CitizenNeedTable.citizen_id == bindparam("citizen")))
_POINT_COLUMNS = ("urn", "shared", "verified_by", "verified_at", "shared_kind", "verified_how", "failures", "postcode")
_NEW_POINT = Prepared(insert(ContactPointTable).values(_binds(ContactPointTable)))
_NEXT_POINT = _changed(
    update(ContactPointTable).where(
        ContactPointTable.key == bindparam("key"), ContactPointTable.citizen_id == bindparam("citizen")
    ),
    _POINT_COLUMNS,
)
_RELEASED = Prepared(delete(ContactPointTable).where(ContactPointTable.key == bindparam("key")))
_HOLDER = Prepared(select(ContactPointTable.citizen_id).where(ContactPointTable.key == bindparam("key")))
_CONSENTS = Prepared(insert(ConsentTable).values(_binds(ConsentTable)))
_NEW_AUTHORITY = Prepared(insert(AuthorityTable).values(_binds(AuthorityTable)))
_NEXT_AUTHORITY = _changed(
    update(AuthorityTable).where(AuthorityTable.id == bindparam("id")), ("holder_id", "subject_id", "document")
)
_NEW_QUESTION = Prepared(insert(QuestionTable).values(_binds(QuestionTable)))
_NEXT_QUESTION = _changed(
    update(QuestionTable).where(QuestionTable.key == bindparam("key"), QuestionTable.id == bindparam("id")),
    ("until", "state", "document"),
)
_NEW_CODE = Prepared(insert(OneTimeCodeTable).values(_binds(OneTimeCodeTable)))
_NEXT_CODE = _changed(
    update(OneTimeCodeTable).where(
        OneTimeCodeTable.key == bindparam("key"),
        OneTimeCodeTable.id == bindparam("id"),
        OneTimeCodeTable.state == bindparam("was"),
        OneTimeCodeTable.attempts == bindparam("tried"),
    ),
    ("attempts", "state"),
)
_OLD_CODES = Prepared(
    delete(OneTimeCodeTable).where(
        OneTimeCodeTable.key == bindparam("key"), OneTimeCodeTable.until < bindparam("before")
    )
)
_ASKED = Prepared(update(ContactPointTable).where(ContactPointTable.key == bindparam("key")).values(asked=literal(1)))
_LEDGER = exists(select(literal(1)).where(ConsentTable.key == ContactPointTable.key))
_STATED = Prepared(
    update(ContactPointTable)
    .where(ContactPointTable.citizen_id == bindparam("citizen"))
    .values(
        stated=case(
            (
                or_(
                    bindparam("states", type_=ContactPointTable.stated.type) == literal(1),
                    ContactPointTable.failures.is_not(None),
                    _LEDGER,
                    exists(
                        select(literal(1)).where(
                            or_(
                                AuthorityTable.holder_id == bindparam("citizen"),
                                AuthorityTable.subject_id == bindparam("citizen"),
                            )
                        )
                    ),
                ),
                literal(1),
            ),
            else_=literal(0),
        )
    )
)
_STATED_KEY = Prepared(
    update(ContactPointTable).where(ContactPointTable.key == bindparam("key")).values(stated=literal(1))
)


def claim_statement() -> Prepared:
    """
    Give the statement that inserts a contact point which somebody holds from now on.

    The ledger, or a question, may have known the contact point before anybody was known by it.
    """
    names = ("key", "urn", "citizen_id", "shared", "verified_by", "verified_at", "created_at", "postcode")
    known = {
        "stated": case(
            (exists(select(literal(1)).where(ConsentTable.key == bindparam("key"))), literal(1)), else_=literal(0)
        ),
        "asked": case(
            (exists(select(literal(1)).where(QuestionTable.key == bindparam("key"))), literal(1)), else_=literal(0)
        ),
    }
    return Prepared(insert(ContactPointTable).values({**{name: bindparam(name) for name in names}, **known}))


def write_profiles(driver: Driver, plan: Plan) -> None:
    """
    Write what a plan says of citizens.

    Raises:
        ConflictError: a citizen has another version than the plan expects, or a contact point another holder.
    """
    for change in plan.citizens:
        _citizen(driver, change)
    for key in plan.released:
        driver.run(_RELEASED, {"key": key})
    for citizen, point in plan.contact_points:
        _contact_point(driver, plan, citizen, point)
    driver.many(_CONSENTS, [_consent_values(consent) for consent in plan.consents])
    for consent in plan.consents:
        driver.run(_STATED_KEY, {"key": consent.key})
    for authority in plan.authorities:
        _authority(driver, authority)
    for question in plan.questions:
        _question(driver, question)
    for code in plan.codes:
        _code(driver, code)
    for was, code in plan.code_changes:
        _next_code(driver, was, code)
    for citizen in _touched(plan):
        _note_stated(driver, citizen)


def _note_stated(driver: Driver, citizen: str) -> None:
    """Let the contact points of a citizen say whether there is more to ask for."""
    found = Profiles(driver).citizen(citizen)
    if found is not None:
        driver.run(_STATED, {"citizen": citizen, "states": int(found.citizen.states)})


def _touched(plan: Plan) -> list[str]:
    """Give the citizens of whom something else is stated now than before."""
    touched = [change.citizen.id for change in plan.citizens]
    touched += [citizen for citizen, _ in plan.contact_points]
    touched += [citizen for authority in plan.authorities for citizen in (authority.holder, authority.subject)]
    return list(dict.fromkeys(touched))


def _citizen(driver: Driver, change: CitizenChange) -> None:
    citizen = change.citizen
    values = {
        "new_name": citizen.name,
        "new_language": citizen.language,
        "new_version": citizen.version,
        "new_head": change.head,
        "new_document": citizen.model_dump_json(exclude_defaults=True),
        "new_merged_into": citizen.merged_into,
    }
    if driver.run(_NEXT_CITIZEN, {"citizen": citizen.id, "before": change.before, **values}) != 1:
        if change.before != 0:
            raise ConflictError("what is stated of a citizen has changed since it was read")
        created_at = to_us(change.events[0].event.at) if change.events else 0
        driver.run(_NEW_CITIZEN, {"new_id": citizen.id, "new_created_at": created_at, **values})
    driver.many(
        _EVENTS,
        [
            {
                "new_citizen_id": citizen.id,
                "new_seq": sealed.seq,
                "new_type": sealed.event.type,
                "new_at": to_us(sealed.event.at),
                "new_data": sealed.data,
                "new_hash": sealed.hash,
            }
            for sealed in change.events
        ],
    )
    driver.run(_NO_NEEDS, {"citizen": citizen.id})
    driver.many(
        _NEEDS,
        [
            {
                "new_citizen_id": citizen.id,
                "new_need": need.code,
                "new_recorded_by": need.source.by,
                "new_recorded_at": to_us(need.source.at),
                "new_until": to_us(need.until) if need.until else None,
            }
            for need in citizen.needs
        ],
    )


def _contact_point(driver: Driver, plan: Plan, citizen: str, point: ContactPoint) -> None:
    key, values = point.urn.key, _point_values(point)
    if driver.run(_NEXT_POINT, {"key": key, "citizen": citizen, **values}) == 1:
        return
    holder = driver.first(_HOLDER, {"key": key})
    if holder is None:
        at = next((to_us(change.events[0].event.at) for change in plan.citizens if change.citizen.id == citizen), 0)
        new = {"new_key": key, "new_citizen_id": citizen, "new_created_at": at, "new_stated": 0, "new_asked": 0}
        driver.run(_NEW_POINT, values | new)
        if Profiles(driver).questions(key, 1):  # what was asked there before may still be answered
            driver.run(_ASKED, {"key": key})
        return
    if citizen not in Profiles(driver).one_with(holder[0]):
        raise ConflictError("somebody else holds this contact point")
    driver.run(_NEXT_POINT, {"key": key, "citizen": holder[0], **values})  # of one who was merged into the citizen


def _point_values(point: ContactPoint) -> dict[str, Any]:
    verified = point.verified
    failures = {
        failure.channel: {"at": utc_text(failure.at)} | ({"code": failure.code} if failure.code else {})
        for failure in point.failures
    }
    return {
        "new_urn": str(point.urn),
        "new_shared": int(point.shared is not None),
        "new_shared_kind": point.shared,
        "new_verified_by": verified.by if verified else None,
        "new_verified_at": to_us(verified.at) if verified else None,
        "new_verified_how": verified.how if verified else None,
        "new_failures": json.dumps(failures) if failures else None,
        "new_postcode": point.postcode,
    }


def _consent_values(consent: Consent) -> dict[str, Any]:
    return {
        "new_key": consent.key,
        "new_id": consent.id,
        "new_at": to_us(consent.source.at),
        "new_document": consent.model_dump_json(exclude_defaults=True),
    }


def _authority(driver: Driver, authority: Authority) -> None:
    values = {
        "new_holder_id": authority.holder,
        "new_subject_id": authority.subject,
        "new_document": authority.model_dump_json(exclude_defaults=True),
    }
    if driver.run(_NEXT_AUTHORITY, {"id": authority.id, **values}) == 0:
        driver.run(_NEW_AUTHORITY, {"new_id": authority.id, **values})


def _question(driver: Driver, row: QuestionRow) -> None:
    values = {"new_until": to_us(row.until), "new_state": row.state, "new_document": row.document}
    if driver.run(_NEXT_QUESTION, {"key": row.key, "id": row.id, **values}) == 0:
        new = {"new_key": row.key, "new_id": row.id, "new_case_id": row.case, "new_party": row.party}
        driver.run(_NEW_QUESTION, {**values, **new, "new_asked_at": to_us(row.asked_at)})
        driver.run(_ASKED, {"key": row.key})


def _code(driver: Driver, code: OneTimeCode) -> None:
    """Keep a code, and the earlier ones of the contact point no longer than they are of use."""
    driver.run(_OLD_CODES, {"key": code.key, "before": to_us(code.issued_at - HELD_FOR)})
    driver.run(
        _NEW_CODE,
        {
            "new_key": code.key,
            "new_id": code.id,
            "new_citizen_id": code.citizen,
            "new_salt": code.salt,
            "new_issued_at": to_us(code.issued_at),
            "new_until": to_us(code.until),
            "new_attempts": code.attempts,
            "new_state": code.state,
        },
    )


def _next_code(driver: Driver, was: OneTimeCode, code: OneTimeCode) -> None:
    """Write what became of a code; two who try it at one time are two attempts."""
    place = {"key": was.key, "id": was.id, "was": was.state, "tried": was.attempts}
    if driver.run(_NEXT_CODE, {**place, "new_attempts": code.attempts, "new_state": code.state}) != 1:
        raise ConflictError("somebody else tried this code, or it was voided")
