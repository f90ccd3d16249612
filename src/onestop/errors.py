"""
Every error that onestop raises on purpose, in one tree.

    OnestopError                     catch this to catch them all
    ├── PayloadError                 a payload that its adapter cannot read
    │   └── LimitError               … because it is larger, deeper or has more parts than allowed
    ├── SignatureError               a request that does not prove who sent it
    ├── ContactPointError            text that is no telephone number, e-mail address or known URN
    ├── PolicyError                  mistakes in a policy, all of them at once
    ├── RequestError                 a call that cannot be carried out as it was made
    │   ├── NotFoundError            no such case, adapter, service, message, rejected intake
    │   ├── ActionError              a lifecycle action that is not allowed now, or not to this actor
    │   │   └── GuardError           … because of what the case lacks
    │   ├── FieldsError              an action without the fields it needs, or with wrong ones
    │   └── WordingError             a template whose words cannot be given: a variable is missing, or they are too long
    ├── ConflictError                somebody else changed the case first; the same call may succeed later
    ├── StoreError                   the store cannot do what was asked of it
    │   └── BusyError                … now: it is locked; the same call may succeed later
    ├── SendError                    a gateway did not take a message
    │   ├── OptedOutError            … since its recipient told it that they want no more
    │   └── RateLimitedError         … since it takes no more for now, whatever the message
    ├── UnsureError                  a gateway may have taken a message, or not: nobody can say
    ├── ReplayError                  a recorded day that cannot be replayed as it is written
    └── MissingExtraError            an optional part of onestop that is not installed

An error's text says what was wrong and what would be right, and never quotes personal data: no address, no number, no
words of a citizen. `code` is stable and may be stored; `retryable` says whether the same call, unchanged, may succeed
later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

__all__ = [
    "ActionError",
    "BusyError",
    "ConflictError",
    "ContactPointError",
    "FieldsError",
    "GuardError",
    "LimitError",
    "MissingExtraError",
    "Mistake",
    "NotFoundError",
    "OnestopError",
    "OptedOutError",
    "PayloadError",
    "PolicyError",
    "RateLimitedError",
    "ReplayError",
    "RequestError",
    "SendError",
    "SignatureError",
    "StoreError",
    "UnsureError",
    "WordingError",
]


class OnestopError(Exception):
    """Base class: catch this to catch everything onestop raises on purpose."""

    code: ClassVar[str] = "onestop"
    retryable: ClassVar[bool] = False  # may the same call, unchanged, succeed later?


class PayloadError(OnestopError):
    """
    A payload that its adapter cannot read.

    `receive` keeps such a payload as a rejected intake, so that nothing is lost; `parse` raises it.
    """

    code = "payload"

    def __init__(self, message: str, *, adapter: str | None = None) -> None:
        super().__init__(message)
        self.adapter = adapter


class LimitError(PayloadError):
    """A payload that is larger, deeper or has more parts than its adapter allows; the text names the limit."""

    code = "payload_limit"


class SignatureError(OnestopError):
    """A request that does not prove who sent it: no signature, a wrong one, or one that is too old."""

    code = "signature"


class ContactPointError(OnestopError, ValueError):
    """
    Text that is no telephone number, e-mail address or known URN; the text itself is never quoted.

    `reason` is a stable word for a form to translate, such as `too_long`, where the text was checked for sending.
    """

    code = "contact_point"

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class Mistake(NamedTuple):
    """One mistake of a policy: where it stands, and what would be right."""

    file: str
    where: str  # table and key, as `services[3].lgsl`
    problem: str

    def __str__(self) -> str:
        return f"{self.file}: {self.where}: {self.problem}" if self.where else f"{self.file}: {self.problem}"


class PolicyError(OnestopError):
    """Mistakes in a policy. `mistakes` has every one of them, in the order of the files."""

    code = "policy"

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        count = len(self.mistakes)
        super().__init__("\n".join([f"{count} mistake{'s' if count != 1 else ''} in the policy", *map(str, mistakes)]))


class RequestError(OnestopError):
    """A call that cannot be carried out as it was made."""

    code = "request"


class NotFoundError(RequestError):
    """No such case, adapter, service, message or rejected intake."""

    code = "not_found"


class ActionError(RequestError):
    """
    A lifecycle action that is not allowed in this state, or not to this actor. Nothing was changed.

    `allowed` lists the actions that this actor may take now, in the lifecycle's order.
    """

    code = "action"

    def __init__(self, message: str, *, allowed: Sequence[str]) -> None:
        super().__init__(f"{message}; allowed now: {', '.join(allowed) or 'nothing'}")
        self.allowed = tuple(allowed)


class GuardError(ActionError):
    """
    An action that the case is not ready for: it lacks what the action's guards ask for. Nothing was changed.

    `guards` names them; the text says what is missing.
    """

    code = "guard"

    def __init__(self, message: str, *, guards: Sequence[str], allowed: Sequence[str]) -> None:
        super().__init__(message, allowed=allowed)
        self.guards = tuple(guards)


class FieldsError(RequestError):
    """An action without the fields it needs, or with fields it does not know. `fields` names them."""

    code = "fields"

    def __init__(self, message: str, *, fields: Sequence[str]) -> None:
        super().__init__(message)
        self.fields = tuple(fields)


class WordingError(RequestError):
    """
    A template whose words cannot be given: a variable that it uses is missing, or they are longer than a channel takes.

    `template`, `form` and `language` name the text; `variable` is the one that is missing, None where none is.
    """

    code = "wording"

    def __init__(self, message: str, *, template: str, form: str, language: str, variable: str | None = None) -> None:
        super().__init__(message)
        self.template = template
        self.form = form
        self.language = language
        self.variable = variable


class ConflictError(OnestopError):
    """Somebody else changed the case, or claimed the contact point, first: load it again and decide again."""

    code = "conflict"
    retryable = True


class StoreError(OnestopError):
    """The store cannot do what was asked of it: a broken file, a schema of another version, a full disk."""

    code = "store"


class BusyError(StoreError):
    """The store is locked by somebody else for longer than we wait."""

    code = "busy"
    retryable = True


class SendError(OnestopError):
    """
    A gateway did not take a message.

    `permanent` says that trying again cannot help; otherwise the outbox tries again later, and `retry_after_s` is how
    many seconds the gateway wants to be left alone, where it says so. `status` is the gateway's own code as a delivery
    report would have it, such as 5.1.1 (RFC 3463) or 21610, or a stable word of ours, such as `unreachable`.
    `address_fails` says that the contact point cannot be reached by this gateway: nothing further is sent there.
    """

    code = "send"

    def __init__(
        self,
        message: str,
        *,
        permanent: bool,
        status: str | None = None,
        retry_after_s: float | None = None,
        address_fails: bool = False,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.status = status
        self.retry_after_s = retry_after_s
        self.address_fails = permanent and address_fails


class OptedOutError(SendError):
    """
    A gateway carries nothing to this recipient any more: they told it that they want no more from us.

    The desk writes it into the ledger of consents, so that no further message is sent there to be refused.
    """

    code = "opted_out"

    def __init__(self, message: str, *, status: str | None = None) -> None:
        super().__init__(message, permanent=True, status=status)


class RateLimitedError(SendError):
    """
    A gateway that takes no more for now: it says so, or was not asked since its limit is known.

    It says nothing of the message, so that no try counts. `retry_after_s` is never None.
    """

    code = "rate_limited"

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message, permanent=False, status=self.code, retry_after_s=retry_after_s)


class UnsureError(OnestopError):
    """
    A gateway may have taken a message, or not: the connection broke, or the answer is none, after all of it was sent.

    Whoever sends it again may send it twice; so it is no `SendError`, and what tries those again leaves it alone.
    `status` is a stable word for what happened, such as `connection_lost`.
    """

    code = "unsure"

    def __init__(self, message: str, *, status: str | None = None) -> None:
        super().__init__(message)
        self.status = status


class ReplayError(OnestopError):
    """A recorded day that cannot be replayed as it is written; the text names the step."""

    code = "replay"


class MissingExtraError(OnestopError, ImportError):
    """An optional part of onestop that is not installed; the text says what to install."""

    code = "missing_extra"
