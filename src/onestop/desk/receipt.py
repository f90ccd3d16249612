"""What the desk gives back for a payload it took in."""

from __future__ import annotations

from collections.abc import Iterable

from onestop.core.gateway import HttpResponse, Taken
from onestop.core.model import Frozen
from onestop.core.notices import Notice
from onestop.core.plan import Outcome

__all__ = ["Handled", "Receipt"]


class Receipt(Frozen):
    """
    What became of one enquiry or delivery report; given after it is safe on the disk.

    `reference` and `service` are of the case it opened, joined, repeats or was recorded in, as they are now.
    """

    outcome: Outcome
    reference: str | None = None
    service: str | None = None
    rule: str | None = None  # the rule that named the service when the case opened; `rerouted` once a person did
    enquiry: str | None = None  # its id
    how: str | None = None  # how it came to its case: docs/explanation/matching.md
    candidates: tuple[str, ...] = ()  # references of the cases it may belong to
    linked: tuple[str, ...] = ()  # references of the further cases that it opened
    flags: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    kind: str | None = None
    rejected: str | None = None  # the id under which a rejected intake is kept
    notice: Notice | None = None  # what the citizen must be told at once, in words for their channel
    code: str | None = None  # why it was rejected
    reason: str | None = None

    @property
    def taken(self) -> Taken:
        """The part of it that its gateway may be told."""
        return Taken(
            outcome=self.outcome,
            reference=self.reference,
            service=self.service,
            defects=self.defects,
            reason=self.reason,
            notice=self.notice.text if self.notice else None,
        )


class Handled(HttpResponse):
    """The answer to a gateway's request, and the receipts of what was taken in; none when it was refused."""

    receipts: tuple[Receipt, ...] = ()

    @classmethod
    def of(cls, answer: HttpResponse, receipts: Iterable[Receipt] = ()) -> Handled:
        """Put an adapter's answer and the receipts together."""
        return cls(status=answer.status, body=answer.body, headers=answer.headers, receipts=tuple(receipts))
