"""
One stop for a council's enquiries: phone, SMS, e-mail and web as one case model, routed to the service that can help.

    desk = Desk(store=open_store("sqlite:///onestop.db"), policy=load_policy("policy"))
    receipt = desk.receive("email", Raw(body=mail, received_at=now))[0]
    desk.act(receipt.reference, "start_work", by=Actor(kind="worker", id="alice"))

Names are loaded on first use, so that importing onestop costs little.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onestop.channels.discover import discover
    from onestop.core.actor import Actor
    from onestop.core.case import Case
    from onestop.core.contact import Urn
    from onestop.core.enquiry import DeliveryReport, Enquiry
    from onestop.core.gateway import HttpResponse, Raw
    from onestop.core.policy import Policy
    from onestop.core.rules import Decision
    from onestop.desk import CaseView, Desk, Explanation, Receipt
    from onestop.errors import OnestopError
    from onestop.gateways import ConsoleSender, FileSender
    from onestop.policy import load_policy
    from onestop.stores import open_store

__all__ = [
    "Actor",
    "Case",
    "CaseView",
    "ConsoleSender",
    "Decision",
    "DeliveryReport",
    "Desk",
    "Enquiry",
    "Explanation",
    "FileSender",
    "HttpResponse",
    "OnestopError",
    "Policy",
    "Raw",
    "Receipt",
    "Urn",
    "discover",
    "load_policy",
    "open_store",
]

_HOMES = {
    "Actor": "core.actor",
    "Case": "core.case",
    "CaseView": "desk",
    "ConsoleSender": "gateways",
    "Decision": "core.rules",
    "DeliveryReport": "core.enquiry",
    "Desk": "desk",
    "Enquiry": "core.enquiry",
    "Explanation": "desk",
    "FileSender": "gateways",
    "HttpResponse": "core.gateway",
    "OnestopError": "errors",
    "Policy": "core.policy",
    "Raw": "core.gateway",
    "Receipt": "desk",
    "Urn": "core.contact",
    "discover": "channels.discover",
    "load_policy": "policy",
    "open_store": "stores",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"onestop.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
