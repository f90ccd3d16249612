"""
Why a case is where it is: read back from its events, which hold everything that explains a decision.

What an explanation says is in `explain_data`; here it is put together. `explain_text` and `explain_mermaid` write it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from onestop.core.case import Case
from onestop.core.directory import localise
from onestop.core.events import Event, Rerouted
from onestop.desk.explain_data import Arrival, Assigned, Explained, Leg, Move, Telling
from onestop.desk.explain_history import (
    arrivals_of,
    escalation_of,
    flags_of,
    links_of,
    moves_of,
    priorities_of,
    provider_name,
    upcoming_of,
)
from onestop.desk.explain_mermaid import mermaid
from onestop.desk.explain_targets import promises_of, target_changes, target_reasons
from onestop.desk.explain_tellings import agreed_of, tellings_of
from onestop.desk.explain_text import lines
from onestop.desk.explain_way import way_of
from onestop.desk.explain_words import how_words
from onestop.desk.past import KeptPolicies, Moment, decision_of, past_of
from onestop.stores.base import Reader

__all__ = ["Arrival", "Explanation", "Leg", "Move", "Telling", "explain", "how_words"]


class Explanation(Explained):
    """
    Why a case is where it is: which rules, which evidence, which deadline, which channel.

    Nothing in it is personal; word lists are named, the citizen's words are not quoted. As JSON it is stable: fields
    are added, and none changes its meaning while `schema_version` stays.
    """

    def text(self, width: int | None = None) -> str:
        """Give the explanation as lines for a person, the answer first; broken at `width` characters where given."""
        return "\n".join(lines(self, width))

    def mermaid(self) -> str:
        """Give the case's way through its lifecycle as a Mermaid state diagram, the steps taken numbered."""
        return mermaid(self)


def explain(events: Iterable[Event], policies: KeptPolicies, reader: Reader, now: datetime) -> Explanation:
    """
    Read a case's history back as reasons; `now` says which deadlines are over.

    Raises:
        StoreError: the history does not begin with `case_opened`.
    """
    past, policy = past_of(events), policies.current
    case = past[-1].after
    queues = policy.flags.queues(case.flags)
    return Explanation(
        case=case,
        service_name=localise(policy.service(case.service).name, policy.council.languages[0])
        if case.service in policy.directory.services
        else "",
        time_zone=policy.council.time_zone,
        assigned=_assigned(past, case, policies),
        queues=tuple(provider_name(queue, policy) for queue in queues),
        priorities=tuple(priorities_of(past, policies)),
        flags=flags_of(past, policies),
        links=tuple(links_of(past, reader)),
        arrivals=tuple(arrivals_of(past)),
        targets=tuple(target_reasons(past, policies, now)),
        target_changes=tuple(target_changes(past)),
        promises=tuple(promises_of(past)),
        escalation=tuple(escalation_of(past)),
        upcoming=upcoming_of(past, policy),
        moves=tuple(moves_of(past)),
        tellings=tuple(tellings_of(past)),
        agreed=tuple(agreed_of(past, reader)),
        way=way_of(past, policies),
    )


def _assigned(past: tuple[Moment, ...], case: Case, policies: KeptPolicies) -> Assigned:
    """Give who delivers the service, by the event that decided it last."""
    policy = policies.current
    facts: tuple[str, ...] = ()
    digest = case.policy
    for event, before, _ in past:
        if isinstance(event, Rerouted):
            facts, digest = event.provider_facts, event.policy
        elif before is None and (decision := decision_of(event)):
            facts, digest = decision.provider_facts, decision.policy
    then = policies.of(digest) or policy
    own = then.service(case.service).provider if case.service in then.directory.services else None
    other = own if case.provider is not None and own != case.provider else None
    return Assigned(
        provider=case.provider,
        name=provider_name(case.provider, policy),
        own=other,
        own_name=provider_name(other, policy),
        facts=facts,
        areas=case.areas,
    )
