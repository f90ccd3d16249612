"""Opening: how a case begins, and who has a part in it beside who wrote."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from itertools import islice

from onestop.core.case import Draft
from onestop.core.contact import Urn
from onestop.core.context import Context
from onestop.core.events import CaseOpened
from onestop.core.policy import Policy
from onestop.core.promise import first_promises
from onestop.core.rules import Decision

__all__ = ["copied_to", "open_case"]

_MOST_COPIED = 100  # parties that one enquiry brings with it: each is carried by the case for good …
_MOST_PARTIES = 1_000  # … so that beyond this many, only who writes becomes one


def open_case(
    decision: Decision, received_at: datetime, by: str, policy: Policy, context: Context, *, origin: str | None = None
) -> Draft:
    """Begin a case at the service that was decided; `origin` is the id of the one whose enquiry it is about, too."""
    mint, lifecycle = context.mint, policy.lifecycle(decision.service)
    targets, expected_at = first_promises(policy.service(decision.service).code, decision.flags, received_at, policy)
    draft = Draft(None)
    draft.add(
        CaseOpened(
            at=context.now,
            by=by,
            id=mint.id("c"),
            reference=mint.reference(policy.council.reference_prefix),
            state=lifecycle.initial,
            state_type=lifecycle.state_type(lifecycle.initial),
            received_at=received_at,
            targets=targets,
            expected_at=expected_at,
            origin=origin,
            decision=decision,
        )
    )
    return draft


def copied_to(cc: Collection[Urn], known: Collection[str], parties: int) -> tuple[tuple[Urn, ...], bool]:
    """
    Give who got a copy and becomes a party, and whether some were too many.

    `known` are the keys of who is one already and of ourselves, `parties` how many there are.
    """
    copied = {urn.key: urn for urn in cc if urn.key not in known}
    room = min(_MOST_COPIED, max(0, _MOST_PARTIES - parties))
    return tuple(islice(copied.values(), room)), len(copied) > room
