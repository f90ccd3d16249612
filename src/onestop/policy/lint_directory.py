"""Services that nothing reaches, providers that deliver nothing or cannot be written to, flags that nobody looks at."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import datetime

from onestop.core.directory import Service
from onestop.core.policy import Policy
from onestop.policy.flags import default_flags
from onestop.policy.lint_finding import Finding

__all__ = ["directory"]


def directory(policy: Policy, now: datetime) -> Iterator[Finding]:
    """Give what services, providers and flags probably do not mean."""
    services, providers = policy.directory.services, policy.directory.providers
    named = {policy.council.fallback_service}
    for rule in policy.rules.rules:
        named.update(code for code in (rule.then.service, *rule.then.also) if code is not None)
    named.update(step.reassign for code in services for step in policy.escalation_of(code) if step.reassign)
    for code in services:
        if code not in named:
            yield Finding(
                "service_unreached",
                "services.toml",
                f"services.{code}",
                "no rule names it: it is reached by hand alone",
            )
    used = {provider for service in services.values() for provider in _delivers(service)}
    queues = {flag.queue for flag in policy.flags.by_code.values()}
    for code, provider in providers.items():
        where = f"providers.{code}"
        if code not in used and code not in queues:
            yield Finding("provider_unused", "providers.toml", where, "delivers no service and looks at no flag")
        elif provider.kind == "partner" and not provider.contact_points:
            yield Finding("provider_unreachable", "providers.toml", where, "is a partner, and has no contact point")
    raised = {flag for rule in policy.rules.rules for flag in rule.then.flags}
    for code, flag in policy.flags.by_code.items():
        if flag.queue is None and code in raised:
            problem = f"names no queue: {policy.flags.unnamed_queue}, the fallback's people, look at it"
            yield Finding("flag_without_queue", "flags.toml", f"flags.{code}", problem)
    yield from _switched_off(policy, raised)
    yield from _circles(policy)


def _delivers(service: Service) -> Iterator[str]:
    yield service.provider
    yield from (each.provider for each in service.responsible)


def _switched_off(policy: Policy, raised: Collection[str]) -> Iterator[Finding]:
    """Give the shipped rules that are not asked, and whether another rule raises their flags."""
    shipped = default_flags()["rules"]
    for name in json.loads(policy.source).get("flags", {}).get("off", ()):  # compiled, the rule is gone
        if name in shipped:
            flags = shipped[name]["then"]["flags"]
            lost = [flag for flag in flags if flag not in raised]
            raisers = "nothing" if lost else "others alone"
            problem = f"{name} is not asked: {', '.join(lost or flags)} is raised by {raisers}"
            yield Finding("flag_switched_off", "flags.toml", f"off.{name}", problem)


def _circles(policy: Policy) -> Iterator[Finding]:
    """Give each circle of services that escalation sends cases round in, once."""
    onward = {
        code: {step.reassign for step in policy.escalation_of(code) if step.reassign and step.reassign != code}
        for code in policy.directory.services
    }
    reported: set[frozenset[str]] = set()
    for code in onward:
        circle = _way_back(code, onward)
        if circle and frozenset(circle) not in reported:
            reported.add(frozenset(circle))
            way = " → ".join((*circle, circle[0]))
            problem = f"{way}: a case that nobody deals with comes back to where it began"
            yield Finding("escalation_circle", "services.toml", f"services.{code}.standard.escalate", problem)


def _way_back(start: str, onward: dict[str, set[str]]) -> tuple[str, ...]:
    """Give the shortest way from a service back to itself; nothing where there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for target in sorted(onward.get(way[-1], ())):
            if target == start:
                return way
            if target not in seen:
                seen.add(target)
                ways.append((*way, target))
    return ()
