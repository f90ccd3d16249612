"""
Opting out and in: what a command, or a gateway's report of one, writes into the ledger, and what is answered.

    STOP                 everything that goes to this contact point by this channel
    STOP ALL             by any channel
    STOP NP-049N-3021    what is about this case, by this channel
    STOP bin reminders   what the council's topic stands for, by this channel
    STOP 12345           nobody knows what that is: nothing is written, and a person looks

START gives back what it names. Whose the words are is no question where they close something: who shares a telephone
closes it for all that use it, since nobody can tell which of them is written to. Only a forged sender closes no more
than what nobody depends on, so that no forger can keep from somebody what becomes of their own matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias, cast

from onestop.core.actor import SYSTEM
from onestop.core.commands import ALL, Command, Vocabulary, read_command
from onestop.core.context import Context, Mint
from onestop.core.enquiry import Channel, DeliveryReport, Enquiry
from onestop.core.ledger import moment
from onestop.core.plan import CaseFacts, MessageFacts, ProfileFacts
from onestop.core.profile import Consent, Proof, Source
from onestop.core.purposes import PURPOSES, Purpose, law_of, purpose_of

__all__ = [
    "ANSWERED",
    "Kind",
    "Opting",
    "command_of",
    "entries",
    "kinds_of",
    "opt",
    "stopped_by_report",
    "stopped_on_sending",
]

ANSWERED = "answered"  # in `gateway_meta`: the command that the gateway answered itself
_NOT_UNDERSTOOD = "not_understood"
_CONFIRMED = {"opt_out": "opted_out", "opt_in": "opted_in"}
_WRITTEN = frozenset({"sms", "chat", "email"})  # who writes there holds the contact point; a form takes any address
# What nobody depends on: a forger who stops it does little harm, and who is not believed gets it on and on.
_HARMLESS = tuple(purpose for purpose in PURPOSES if law_of(purpose).stoppable or law_of(purpose).needs_consent)


Entries: TypeAlias = tuple[Consent, ...]


class Kind(NamedTuple):
    """What an entry of the ledger is of; of everything where it says nothing."""

    channel: Channel | None = None
    purpose: Purpose | None = None
    service: str | None = None
    case: str | None = None  # its id

    @classmethod
    def of(cls, entry: Consent) -> Kind:
        """Give what an entry is of."""
        return cls(entry.channel, entry.purpose, entry.service, entry.case)

    def covers(self, other: Kind) -> bool:
        """Say whether all that another kind is of is of this one, too."""
        return all(mine in (None, theirs) for mine, theirs in zip(self, other, strict=True))

    def meets(self, other: Kind) -> bool:
        """Say whether some message is of both."""
        return all(None in (mine, theirs) or mine == theirs for mine, theirs in zip(self, other, strict=True))


class Opting(NamedTuple):
    """What a command comes to."""

    consents: tuple[Consent, ...] = ()
    answer: str | None = None  # the template of the one message that confirms it
    flags: tuple[str, ...] = ()  # what a person must look at; none: all of it was done
    holder: ProfileFacts | None = None  # of a preference: whose profile it changes


def command_of(enquiry: Enquiry, vocabulary: Vocabulary) -> Command | None:
    """
    Give the command that an enquiry is: it came from who holds the contact point, and is nothing else.

    An e-mail says it in its text, or in its subject when it has no text; what is short for the carriers alone ("end",
    "cancel") is none there. A gateway that took a text for an opt-out sends no more, whatever our words are.
    """
    if enquiry.kind != "message" or enquiry.channel not in _WRITTEN:
        return None
    mail = enquiry.channel == "email"
    text = (enquiry.subject or "") if mail and not enquiry.text.strip() else enquiry.text
    command = read_command(text, vocabulary, texted=not mail)
    if command is None and enquiry.gateway_meta.get(ANSWERED) == "opt_out":
        return Command("opt_out")
    return command


def opt(
    command: Command,
    enquiry: Enquiry,
    ledger: Sequence[Consent],
    cases: Sequence[CaseFacts],
    vocabulary: Vocabulary,
    source: Source,
    mint: Mint,
) -> Opting:
    """
    Give what becomes of a command to stop, to start, or for help.

    `ledger` has the entries of the sender's contact point, `cases` what its scope was found to name.
    """
    looked = (command.flag,)
    if command.kind == "help":
        return Opting(answer="help", flags=looked)  # it may be a customer of a gateway, or somebody in need
    if enquiry.sender is None:
        return Opting(flags=looked)
    key, given = enquiry.sender.key, command.kind == "opt_in"
    ledger = [entry for entry in ledger if entry.key == key]
    kinds = kinds_of(command.scope, enquiry.channel, key, cases, vocabulary)
    if not kinds:
        return Opting(answer=_NOT_UNDERSTOOD, flags=looked)
    if not enquiry.proved:
        harmless = () if given else tuple(each for kind in kinds for each in _harmless(kind))
        return Opting(entries(harmless, given, key, ledger, source, mint), flags=looked)
    source = _as_said(source, enquiry, given)
    written = entries(kinds, given, key, ledger, source, mint)
    if given and any(_overtaken(kind, ledger, source) for kind in kinds):
        return Opting(written, flags=looked)  # it was overtaken by an opt-out that was said after it
    doubtful = looked if _brings_files(enquiry) else ()
    return Opting(written, _CONFIRMED[command.kind] if written else None, doubtful)


def kinds_of(
    scope: str | None, channel: Channel, key: str, cases: Sequence[CaseFacts], vocabulary: Vocabulary
) -> tuple[Kind, ...]:
    """Give what a scope names; nothing where nobody knows, or where it is a case that the contact point is not of."""
    if scope is None:
        return (Kind(channel),)
    if scope == ALL:
        return (Kind(),)
    if topic := vocabulary.topics.get(scope):
        return (Kind(channel, topic.purpose, topic.service),)
    return tuple(Kind(channel, case=facts.case.id) for facts in cases if facts.party_of(key))


def entries(
    kinds: Iterable[Kind], given: bool, key: str, ledger: Sequence[Consent], source: Source, mint: Mint
) -> tuple[Consent, ...]:
    """Give what is to be written into the ledger of a contact point; nothing of what it says already."""
    return tuple(
        Consent(id=mint.id("k"), key=key, given=given, source=source, **kind._asdict())
        for kind in dict.fromkeys(kinds)
        if not _said(kind, given, [entry for entry in ledger if entry.key == key])
    )


def _stopped(message: MessageFacts, ledger: Sequence[Consent], source: Source, mint: Mint) -> Entries:
    """
    Give what is written when a gateway says that the recipient of a message wants no more: by report, or on sending.

    A carrier that was told STOP takes no more texts of ours at all; who follows the link in an e-mail, or calls it
    spam, stops what is sent for its purpose.
    """
    if message.key is None:  # it was erased
        return ()
    channel = cast(Channel, message.channel)
    kind = Kind(channel, purpose_of(message.purpose) if channel == "email" else None)
    return entries([kind], False, message.key, ledger, source, mint)


def stopped_by_report(
    report: DeliveryReport, message: MessageFacts, ledger: Sequence[Consent], context: Context
) -> Entries:
    """Give what is written by a report of an opt-out or a complaint; the report itself, which is kept, shows it."""
    proof = Proof(case=message.case.case.id, document=f"{report.adapter} {report.kind}"[:200])
    source = Source(by=str(SYSTEM), at=report.received_at, channel=report.channel, proof=proof)
    return _stopped(message, ledger, source, context.mint)


def stopped_on_sending(message: MessageFacts, ledger: Sequence[Consent], context: Context) -> Entries:
    """Give what is written when a gateway refuses a message since its recipient wants no more; the case shows it."""
    proof = Proof(case=message.case.case.id, document=f"{message.channel} refused on sending")
    source = Source(by=str(SYSTEM), at=context.now, channel=cast(Channel, message.channel), proof=proof)
    return _stopped(message, ledger, source, context.mint)


def _harmless(kind: Kind) -> Iterator[Kind]:
    """Give the part of a kind that nobody depends on."""
    if kind.purpose is None:
        yield from (kind._replace(purpose=purpose) for purpose in _HARMLESS)
    elif kind.purpose in _HARMLESS:
        yield kind


def _said(kind: Kind, given: bool, ledger: Sequence[Consent]) -> bool:
    """Say whether a ledger says so already, of all that the kind is of."""
    meeting = sorted((entry for entry in ledger if Kind.of(entry).meets(kind)), key=moment, reverse=True)
    for entry in meeting:  # the latest first
        if entry.given is not given:
            return False
        if Kind.of(entry).covers(kind):
            return True
    return False


def _overtaken(kind: Kind, ledger: Sequence[Consent], source: Source) -> bool:
    """Say whether what is given back was stopped once more since."""
    return any(not entry.given and Kind.of(entry).covers(kind) and entry.source.at >= source.at for entry in ledger)


def _as_said(source: Source, enquiry: Enquiry, given: bool) -> Source:
    """
    Give when it was said: an opt-out counts from when it came, since a sender's clock may be wrong.

    An opt-in that was long on its way must not undo what was stopped meanwhile: it counts from when it was sent.
    """
    if given and enquiry.sent_at is not None and enquiry.sent_at < source.at:
        return source.model_copy(update={"at": enquiry.sent_at})
    return source


def _brings_files(enquiry: Enquiry) -> bool:
    """Say whether there is more to it than words; the picture of a signature is nothing."""
    return any(not file.inline for file in enquiry.attachments)
