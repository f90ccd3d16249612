"""Who does a thing: a citizen, a worker, a provider or the system, with roles."""

from __future__ import annotations

from typing import Literal

from onestop.core.model import Frozen
from onestop.errors import RequestError

__all__ = ["Actor", "ActorKind"]

ActorKind = Literal["citizen", "worker", "provider", "system"]
_KINDS = frozenset({"citizen", "worker", "provider", "system"})


class Actor(Frozen):
    """
    Who does a thing. The host has authenticated them; onestop checks only what their roles allow.

    >>> Actor.parse("worker:alice+supervisor").allows({"supervisor"})
    True
    """

    kind: ActorKind
    id: str  # the host's id of a worker or provider; a case's alias of a citizen; never a name or an address
    roles: frozenset[str] = frozenset()  # beside the kind, which always counts as a role

    @classmethod
    def parse(cls, text: str) -> Actor:
        """
        Read `kind:id` or `kind:id+role+role`, as the command line and recorded days write it.

        Raises:
            RequestError: the kind is unknown, or there is no id.
        """
        kind, _, rest = text.partition(":")
        identifier, *roles = rest.split("+")
        if kind not in _KINDS or not identifier:
            raise RequestError("an actor is written kind:id, with a kind of citizen, worker, provider or system")
        return cls(kind=kind, id=identifier, roles=frozenset(roles))

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    def allows(self, roles: frozenset[str] | set[str]) -> bool:
        """Say whether this actor has one of the roles."""
        return self.kind in roles or not self.roles.isdisjoint(roles)


SYSTEM = Actor(kind="system", id="onestop")
