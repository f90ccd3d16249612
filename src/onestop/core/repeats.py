"""Repeats: what makes an intake this one and no other, and what asks whether it came before."""

from __future__ import annotations

from onestop.core.call_events import is_call_event, told_by
from onestop.core.context import Context
from onestop.core.enquiry import DeliveryReport, Enquiry, digest_of
from onestop.core.model import shifted
from onestop.core.plan import FindIntake
from onestop.core.policy import Policy

__all__ = ["intake_identity", "repeat_query"]


def intake_identity(item: Enquiry | DeliveryReport, digest: str | None = None) -> str:
    """
    Give what makes an intake this one and no other: ids are minted from it.

    Adapter, source id and content; without a source id the time too, since the same words may come twice. The events of
    a call have its id in common, and may differ in nothing but the gateway's words: all that they say counts. Who has
    the item's digest already may bring it.
    """
    digest = digest or item.digest
    if isinstance(item, Enquiry) and is_call_event(item):
        return digest_of([item.adapter, item.source_id or "", digest, *told_by(item)])
    when = "" if item.source_id is not None else item.received_at.isoformat()
    return digest_of([item.adapter, item.source_id or "", digest, when])


def repeat_query(
    item: Enquiry | DeliveryReport, policy: Policy, context: Context, digest: str | None = None
) -> FindIntake:
    """Give what asks whether this was taken in before."""
    window = policy.council.windows.repeat
    since, until = shifted(item.received_at, -window), shifted(item.received_at, window)
    return FindIntake(context.mint.identity, item.adapter, item.source_id, digest or item.digest, since, until)
