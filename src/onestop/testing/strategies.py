"""
Strategies for hypothesis: policies, enquiries, and plans of both; profiles, and messages for such people. Import this
module where you need it: it needs hypothesis, the rest of the test kit does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from onestop.core.contact import Urn
from onestop.core.context import Context, Mint
from onestop.core.enquiry import Attachment, Enquiry, Thread
from onestop.core.intake import plan_intake
from onestop.core.plan import (
    Answers,
    Ask,
    ContactFacts,
    FindContact,
    FindIntake,
    FindMessage,
    FindMessageIds,
    IntakeFacts,
    Plan,
    Query,
)
from onestop.core.policy import Policy
from onestop.core.repeats import intake_identity
from onestop.errors import MissingExtraError
from onestop.policy import compile_policy
from onestop.testing.profiles import (
    ZONES,
    Situation,
    capabilities,
    consents,
    moments,
    needs,
    preferences,
    profiles,
    purposes,
    quiet_hours,
    situations,
)

try:
    from hypothesis import strategies as st
except ImportError as exc:
    raise MissingExtraError("these strategies need hypothesis: install hypothesis") from exc

__all__ = [
    "ZONES",
    "Situation",
    "capabilities",
    "consents",
    "contact_points",
    "enquiries",
    "first_plan",
    "moments",
    "needs",
    "plans",
    "policies",
    "preferences",
    "profiles",
    "purposes",
    "quiet_hours",
    "situations",
]

_START = datetime(2026, 3, 2, tzinfo=UTC)
_CODES = st.from_regex(r"[a-z]{3,8}", fullmatch=True)
_WORDS = ("graffiti", "bin", "pothole", "lamp", "noise", "rent", "tree", "gas")
_SENTENCES = st.lists(st.sampled_from((*_WORDS, "the", "my", "again", "please", "Siân", "🗑️")), max_size=12).map(
    " ".join
)


def contact_points() -> st.SearchStrategy[Urn]:
    """Give contact points of nobody: Ofcom's drama numbers and addresses of example domains."""
    numbers = st.integers(0, 999).map(lambda number: Urn(f"tel:+447700900{number:03}"))
    locals_ = st.from_regex(r"[a-zA-Z]{1,8}(\.[a-z]{1,8})?", fullmatch=True)
    addresses = st.builds(
        lambda local, domain: Urn(f"mailto:{local}@{domain}"), locals_, st.sampled_from(("example.org", "mail.example"))
    )
    return numbers | addresses


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Give small policies: some services, rules on words and channels, a fallback service that no rule names."""
    codes = draw(st.lists(_CODES, min_size=1, max_size=4, unique=True))
    services: dict[str, Any] = {
        code: {"name": code.title(), "provider": "team", "reopen_days": draw(st.integers(0, 60))} for code in codes
    }
    services["triage"] = {"name": "Something else", "provider": "team", "acknowledge": draw(st.booleans()) and "thanks"}
    for code in codes:
        services[code]["acknowledge"] = "thanks"
    rules = [
        {"id": f"rule-{number}", "band": "topic", "when": when, "then": {"service": draw(st.sampled_from(codes))}}
        for number, when in enumerate(draw(st.lists(_conditions(), max_size=5)))
    ]
    return compile_policy(
        {
            "council": {"schema": 1, "name": "Council", "reference_prefix": "XY", "fallback_service": "triage"},
            "providers": {"providers": {"team": {"name": "Team", "kind": "team"}}},
            "services": {"services": services},
            "rules": {"bands": ["topic"], "rules": rules},
            "templates": {"thanks": {"subject": "{{ reference }}", "text": "Thank you. {{ reference }}"}},
        }
    )


def _conditions() -> st.SearchStrategy[dict[str, Any]]:
    words = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=3, unique=True).map(lambda any_of: {"any": any_of})
    channels = st.lists(st.sampled_from(("sms", "email", "web", "phone")), min_size=1, unique=True)
    return st.fixed_dictionaries({"words": words}, optional={"channel": channels})


@st.composite
def enquiries(draw: st.DrawFn, senders: st.SearchStrategy[Urn | None] | None = None) -> Enquiry:
    """
    Give enquiries of any channel, with and without sender, source id, name, thread and file; of one month.

    `senders` says who writes: from a small pool, enquiries meet in one case.
    """
    channel = draw(st.sampled_from(("sms", "email", "web", "phone", "chat")))
    body = draw(st.none() | st.binary(max_size=64))
    message_id = draw(st.none() | st.integers(0, 50).map(lambda number: f"{number}@mail.example"))
    return Enquiry(
        channel=channel,
        adapter=f"some_{channel}",
        source_id=draw(st.none() | st.integers(0, 10_000).map(str)),
        received_at=_START + timedelta(seconds=draw(st.integers(0, 30 * 86_400))),
        kind="call" if channel == "phone" else draw(st.sampled_from(("message", "message", "auto_reply"))),
        sender=draw(senders if senders is not None else st.none() | contact_points()),
        sender_name=draw(st.none() | st.sampled_from(("Mary Jones", "M. Jones", "Tom Price"))),
        subject=draw(st.none() | _SENTENCES),
        text=draw(_SENTENCES),
        language=draw(st.sampled_from((None, "en", "cy"))),
        attachments=() if body is None else (Attachment.of("photo.jpg", "image/jpeg", body),),
        thread=Thread(message_id=message_id if channel == "email" else None),
        entered_by="alice" if channel == "phone" else None,
    )


def first_plan(enquiry: Enquiry, policy: Policy, now: datetime) -> Plan:
    """Give what becomes of an enquiry where nothing has been taken in before: all answers are empty."""
    context = Context(now, Mint(b"key", intake_identity(enquiry), enquiry.received_at, bytes))
    answers = Answers()
    while isinstance(step := plan_intake(enquiry, answers, policy, context), Ask):
        answers = answers.plus({query: _nothing(query) for query in step.queries})
    return step


def _nothing(query: Query) -> object:
    match query:
        case FindIntake():
            return IntakeFacts()
        case FindContact():
            return ContactFacts()
        case FindMessageIds():
            return {}
        case FindMessage():
            return None
    none: Sequence[object] = ()
    return none


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Give plans of first enquiries, under policies of their own."""
    enquiry = draw(enquiries())
    return first_plan(enquiry, draw(policies()), enquiry.received_at)
