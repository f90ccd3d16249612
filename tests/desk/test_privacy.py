"""No log event and no error's text says who a citizen is or what they wrote."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, update
from structlog.testing import capture_logs

from onestop import Actor, Desk, Policy, load_policy, open_store
from onestop.desk.log import EVENTS
from onestop.errors import OnestopError, StoreError
from onestop.stores import Store
from onestop.stores.tables import ContentTable

from .conftest import ADAPTERS
from .payloads import Clock, Payloads

ALICE = Actor(kind="worker", id="alice")

# Words that stand in no log event, policy or error text by chance.
WORDS = st.text("qxzjkvw", min_size=6, max_size=12)
NUMBERS = st.integers(0, 999).map(lambda number: f"07700 900{number:03}")


class Session:
    """One citizen's dealings with a desk, and everything that was logged or raised on the way."""

    def __init__(self, policy: Policy) -> None:
        self.clock = Clock()
        self.payloads = Payloads(self.clock)
        self.store = open_store("sqlite://")
        self.desk = Desk(self.store, policy, ADAPTERS, clock=self.clock, unsigned=["email", "web_form"])
        self.told: list[str] = []

    def attempt(self, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        try:
            return call(*arguments, **named)
        except OnestopError as exc:
            self.told += [str(exc), repr(exc), *chain(exc)]
            return None


def chain(exc: BaseException | None) -> list[str]:
    """Give the text of each error in a chain, without the source lines that a traceback quotes."""
    told = []
    while exc is not None:
        told += traceback.format_exception_only(exc)
        exc = exc.__cause__ or (None if exc.__suppress_context__ else exc.__context__)
    return told


@settings(max_examples=20)
@given(first=WORDS, last=WORDS, words=WORDS, local=WORDS, domain=WORDS, number=NUMBERS, raw=st.binary(max_size=200))
def test_nothing_personal_is_ever_logged_or_told(
    first: str, last: str, words: str, local: str, domain: str, number: str, raw: bytes
) -> None:
    address, name = f"{local}@{domain}.example", f"{first.title()} {last.title()}"
    with capture_logs() as logs:
        session = Session(load_policy(Path(__file__).parent / "policy"))
        deal_with(session, address, name, f"{words} graffiti", number, raw)
        session.store.close()

    logged = json.dumps([*logs, *session.told], ensure_ascii=False, default=str).casefold()
    assert {entry["event"] for entry in logs} <= EVENTS.keys()
    assert len(logs) > 15
    for personal in (address, local, domain, first, last, words, number, number[1:], number.replace(" ", "")[1:]):
        assert personal.casefold() not in logged


def deal_with(session: Session, address: str, name: str, words: str, number: str, raw: bytes) -> None:
    """Do everything that can be done with a citizen's words, well and badly."""
    desk, payloads = session.desk, session.payloads
    mail = payloads.mail(words, sender=address, name=name)
    received = [
        desk.receive(*mail),
        desk.receive(*mail),
        desk.receive(*payloads.text(words, sender=number)),
        desk.receive(*payloads.text(f"{words} again", sender=number)),
        desk.receive(*payloads.call(words, number=number, name=name, on_behalf_of=name)),
        desk.receive(*payloads.form(words, email=address, name=name, nonsense=words)),
        desk.receive(*payloads.report(words, "delivered")),
    ]
    for adapter in ADAPTERS:
        desk.receive(adapter, payloads.raw(raw))
        desk.handle(adapter, payloads.raw(words.encode() + raw))
    case = str(received[0][0].reference)
    act_on(session, case, address, name, words)
    desk.run_due()
    for record in desk.rejected(limit=50):
        session.told += [record.reason, record.code]
        session.attempt(desk.retry, record)


def act_on(session: Session, case: str, address: str, name: str, words: str) -> None:
    desk, attempt = session.desk, session.attempt
    attempt(desk.note, case, words, by=ALICE)
    attempt(desk.reply, case, text=words, by=ALICE)
    attempt(desk.reply, case, text=words, to=words, by=ALICE)
    attempt(desk.act, case, "order_paint", by=ALICE, colour=words)
    attempt(desk.reroute, case, service="potholes", reason=words, by=ALICE)
    attempt(desk.act, case, "wait_until", by=ALICE, until=words)
    attempt(desk.act, case, "merge", by=ALICE, into=words)
    attempt(desk.act, case, "assign", by=ALICE, assignee="bob", remark=name)
    attempt(desk.link, case, words, kind="related", by=ALICE)
    attempt(desk.citizen, address)
    attempt(desk.citizen, f"mailto:{words}@")
    attempt(desk.citizen, f"tel:{name}")
    attempt(desk.case, words)
    attempt(desk.case, external=(words, words))
    attempt(lambda: list(desk.cases(contact_point=f"mailto:{address}@")))
    attempt(desk.add_external_ref, case, system="crm", ref=words, by=ALICE)
    attempt(desk.add_external_ref, str(next(desk.cases(descending=True)).reference), system="crm", ref=words, by=ALICE)
    with suppress(OnestopError):
        desk.explain(case)


def test_an_enquiry_whose_bytes_are_damaged_is_not_quoted(desk: Desk, payloads: Payloads, store: Store) -> None:
    case = desk.case(str(desk.receive(*payloads.text("qxzjkvw graffiti"))[0].reference))
    with store.engine.begin() as connection:  # type: ignore[attr-defined]  # of the shipped store
        connection.execute(
            update(ContentTable)
            .where(ContentTable.kind == "enquiry")
            .values(body=func.replace(ContentTable.body, '"channel":"sms"', '"channel":"qxzjkvw"'))
        )

    with pytest.raises(StoreError) as raised:
        case.enquiries()

    assert "qxzjkvw" not in "".join(chain(raised.value))
    assert [finding.code for finding in desk.verify()] == ["content_differs"]
