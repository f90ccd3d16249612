"""
Files of a case: where each stands, and what fetching and scanning make of it.

A file comes with its enquiry, or stays with its gateway until it is fetched; then it is scanned, where the host has a
scanner. What is here is never thrown away: a file that is infected, too large or not what it says is kept, and marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from onestop.core.actor import SYSTEM
from onestop.core.case import Draft
from onestop.core.context import Context
from onestop.core.enquiry import Attachment, Enquiry
from onestop.core.events import ContentRef, EnquiryReceived, Event, FileFetched, FileScanned
from onestop.core.model import Frozen, UtcDatetime
from onestop.core.photos import FileLimits, file_defects, is_photo
from onestop.core.plan import CaseChange, CaseFacts, Gatherer, Plan
from onestop.core.policy import Policy

__all__ = [
    "FETCH",
    "SCAN",
    "CaseFile",
    "FileState",
    "Verdict",
    "files_of",
    "is_infected",
    "plan_fetched",
    "plan_missing",
    "plan_scanned",
    "recording_of",
    "with_recording",
]

FETCH = "media:fetch"  # the timer that fetches a case's files …
SCAN = "media:scan"  # … and the one that shows them to the scanner: a desk may have one without the other

_UNSAID = "application/octet-stream"

Verdict = Literal["clean", "infected", "failed"]
FileState = Literal["waiting", "missing", "not_scanned", "clean", "infected"]


class CaseFile(Frozen):
    """One file of a case, and where it stands."""

    enquiry: str  # the id of the enquiry it came with
    attachment: int  # its place among the enquiry's attachments, from 0
    filename: str
    media_type: str  # what the sender said
    state: FileState  # waiting: its gateway has it; not_scanned: it is here, and no scanner has said anything of it
    content: str | None = None  # the id of its bytes; None when they are not here
    size_bytes: int | None = None
    url: str | None = None  # where its gateway keeps it
    defects: tuple[str, ...] = ()  # of a file that was fetched; of one that came along, the enquiry has them
    since: UtcDatetime  # when its enquiry was taken in
    given_up: bool = False  # the scanner failed for too long: not asked again


def files_of(events: Iterable[Event], enquiries: Mapping[str, Enquiry]) -> tuple[CaseFile, ...]:
    """Give the files of a case's history, in the order they came; those of enquiries that were erased are left out."""
    received: list[EnquiryReceived] = []
    fetched: dict[tuple[str, int], FileFetched] = {}
    verdicts: dict[str, Verdict] = {}
    for event in events:
        match event:
            case EnquiryReceived():
                received.append(event)
            case FileFetched():
                fetched[event.enquiry, event.attachment] = event
            case FileScanned():
                verdicts[event.file] = event.verdict
    return tuple(
        file
        for event in received
        if event.enquiry in enquiries
        for file in _files(event, enquiries[event.enquiry].attachments, fetched, verdicts)
    )


def _files(
    event: EnquiryReceived,
    attachments: Sequence[Attachment],
    fetched: Mapping[tuple[str, int], FileFetched],
    verdicts: Mapping[str, Verdict],
) -> Iterable[CaseFile]:
    came_along = iter(event.files)  # in the order of the attachments whose bytes the payload held
    for number, attachment in enumerate(attachments):
        later = fetched.get((event.enquiry, number))
        ref = (later.file if later else None) if attachment.url else next(came_along, None)
        verdict = verdicts.get(ref.id) if ref else None
        state: FileState = "not_scanned"
        if ref is None:
            state = "missing" if later or not attachment.url else "waiting"
        elif verdict in ("clean", "infected"):
            state = verdict
        yield CaseFile(
            enquiry=event.enquiry,
            attachment=number,
            filename=attachment.filename,
            media_type=attachment.media_type,
            state=state,
            content=ref.id if ref else None,
            size_bytes=ref.size_bytes if ref else attachment.size_bytes,
            url=attachment.url,
            defects=later.defects if later else (),
            since=event.at,
            given_up=verdict == "failed",
        )


def is_infected(events: Iterable[Event], content: str) -> bool:
    """Say whether the last verdict on a file's content is that it is infected."""
    verdicts = [event.verdict for event in events if isinstance(event, FileScanned) and event.file == content]
    return bool(verdicts) and verdicts[-1] == "infected"


def recording_of(enquiry: Enquiry, policy: Policy) -> str | None:
    """Give where the recording of a call is, where the council wants recordings to be fetched; None otherwise."""
    return enquiry.call.recording_url if enquiry.call and policy.council.files.recordings else None


def with_recording(enquiry: Enquiry, told: Enquiry, policy: Policy) -> Enquiry:
    """
    Give an enquiry with the recording that is told of as one of its files.

    `told` is the enquiry itself, or the piece of a call that it was made fuller by: of several recordings each stays a
    file, at its place.
    """
    url = recording_of(told, policy)
    if url is None or any(each.url == url for each in enquiry.attachments):
        return enquiry
    file = Attachment(filename="recording", media_type=_UNSAID, url=url)
    return enquiry.model_copy(update={"attachments": (*enquiry.attachments, file)})


def plan_fetched(
    facts: CaseFacts, file: CaseFile, content: bytes, media_type: str, limits: FileLimits, context: Context
) -> Plan:
    """Keep the bytes of a file that was fetched; `media_type` is what its gateway said with them."""
    gather = Gatherer(context)
    kept = gather.content("file", content, case=facts.case.id, media_type=media_type)
    defects = file_defects(content, file.media_type, limits)
    fetched = _fetched(file, context, file=kept.ref, photo=is_photo(content), defects=defects)
    return _plan(facts, gather, fetched)


def plan_missing(facts: CaseFacts, file: CaseFile, code: str, context: Context) -> Plan:
    """Note that a file cannot be fetched, so that a person asks the citizen for it (flag `media_missing`)."""
    return _plan(facts, Gatherer(context), _fetched(file, context, code=code))


def plan_scanned(facts: CaseFacts, content: str, verdict: Verdict, context: Context) -> Plan:
    """Note what the host's scanner says of a file; an infected one flags the case (`file_infected`)."""
    scanned = FileScanned(at=context.now, by=str(SYSTEM), file=content, verdict=verdict)
    return _plan(facts, Gatherer(context), scanned)


def _fetched(
    wanted: CaseFile,
    context: Context,
    *,
    file: ContentRef | None = None,
    photo: bool = False,
    code: str | None = None,
    defects: tuple[str, ...] = (),
) -> FileFetched:
    return FileFetched(
        at=context.now,
        by=str(SYSTEM),
        enquiry=wanted.enquiry,
        attachment=wanted.attachment,
        file=file,
        photo=photo,
        code=code,
        defects=defects,
    )


def _plan(facts: CaseFacts, gather: Gatherer, event: Event) -> Plan:
    draft = Draft(facts.case, facts.head)
    draft.add(event)
    return Plan("recorded", case=draft.case, changes=(CaseChange.of(draft),), contents=tuple(gather.contents))
