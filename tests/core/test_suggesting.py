"""Two citizens who may be one are a suggestion, with the facts; a shared or unverified contact point is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from onestop.core.citizen import Citizen
from onestop.core.contact import Urn
from onestop.core.plan import ProfileFacts
from onestop.core.profile import ContactPoint, Profile, SharedKind, Verification
from onestop.core.suggesting import Claims, suggest

BY_AGENT = Verification(how="agent", by="worker:alice", at=datetime(2026, 3, 2, tzinfo=UTC))
MAIL, TAGGED, LETTER, FLAT = (
    "mailto:mary@mail.example",
    "mailto:mary+council@mail.example",
    "post:2 Dock Road, L1 8JQ",
    "post:Flat 1, 2 Dock Road, L1 8JQ",
)


def known(
    identifier: str, name: str | None, *urns: str, verified: bool = True, shared: SharedKind | None = None
) -> ProfileFacts:
    points = tuple(ContactPoint(urn=Urn(urn), verified=BY_AGENT if verified else None, shared=shared) for urn in urns)
    return ProfileFacts(Citizen(id=identifier, name=name), b"", Profile(citizen=identifier, contact_points=points))


@pytest.mark.parametrize(
    ("one", "other", "claims", "facts", "confidence"),
    [
        (known("a", "Mary Jones"), known("b", "M. Jones"), Claims(), ("same_name",), "weak"),
        (known("a", None, LETTER), known("b", None, FLAT), Claims(), ("same_postcode",), "weak"),
        (known("a", "Mary", LETTER), known("b", "Mary", FLAT), Claims(), ("same_postcode", "same_name"), "likely"),
        (known("a", None, MAIL), known("b", None, TAGGED), Claims(), ("same_mailbox",), "likely"),
        (
            known("a", None),
            known("b", None, MAIL),
            Claims(said=frozenset({MAIL})),
            ("verified_contact_point",),
            "likely",
        ),
        (known("a", None, TAGGED), known("b", None), Claims(answered=frozenset({TAGGED})), ("reply_token",), "strong"),
    ],
)
def test_each_fact_is_named_and_counts(
    one: ProfileFacts, other: ProfileFacts, claims: Claims, facts: tuple[str, ...], confidence: str
) -> None:
    found = suggest(one, other, claims)

    assert found is not None
    assert (found.facts, found.confidence) == (facts, confidence)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (known("a", "Mary Jones", MAIL), known("b", "Tom Price", TAGGED)),
        (known("a", None, MAIL, verified=False), known("b", None, TAGGED)),
        (known("a", None, MAIL), known("b", None, TAGGED, shared="household")),
        (known("a", None, LETTER, shared="hostel"), known("b", None, FLAT)),
        (known("a", "Mary", MAIL), known("a", "Mary", MAIL)),
        (ProfileFacts(None, b"", Profile()), known("b", "Mary")),
    ],
)
def test_what_identifies_nobody_suggests_nothing(one: ProfileFacts, other: ProfileFacts) -> None:
    assert suggest(one, other, Claims(said=frozenset({LETTER}))) is None
