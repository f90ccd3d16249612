"""
Further cases of one enquiry: opened beside the first one at intake, or split off by a person later.

Each has the enquiry's words and files as content of its own, a party of its own, its own service and its own clocks,
and says from which case it came (`origin`). Nobody is told of it by itself: the citizen wrote once, and is answered
once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from onestop.core.actor import Actor
from onestop.core.case import Draft
from onestop.core.conditions import NOBODY, Circumstances
from onestop.core.context import Context
from onestop.core.enquiry import TEXT_LIMIT, Attachment, Enquiry
from onestop.core.events import (
    BY_HAND,
    CaseLinked,
    ContentRef,
    EnquiryReceived,
    FileFetched,
    FileScanned,
    Match,
)
from onestop.core.linking import INVERSE, must_be_allowed
from onestop.core.media import Verdict
from onestop.core.model import FrozenMap
from onestop.core.opening import open_case
from onestop.core.photos import is_ornament, is_photo
from onestop.core.places import says_where
from onestop.core.plan import CaseChange, CaseFacts, EnquiryRow, Gatherer, PartyRow, Plan, TimerRow
from onestop.core.policy import Policy
from onestop.core.promise import keep_promises
from onestop.core.rules import Decision
from onestop.errors import NotFoundError, RequestError

__all__ = ["Beside", "Fetched", "Source", "keep_enquiry", "open_beside", "open_each", "plan_split", "what_came"]

HOW: Literal["split"] = "split"  # how the enquiry came to the case


class Beside(NamedTuple):
    """A further case, and the rows that are written with it."""

    draft: Draft
    party: PartyRow
    enquiry: EnquiryRow
    timers: tuple[TimerRow, ...]


class Fetched(NamedTuple):
    """A file as its gateway gave it."""

    content: bytes
    media_type: str
    defects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """An enquiry that a further case is opened from: as it is kept, with the bytes of its files in its attachments."""

    id: str
    enquiry: Enquiry
    party: PartyRow  # who sent it, by the alias of the case it is in
    whole: bytes | None = None  # its text, where it was too long
    fetched: Mapping[int, Fetched] = FrozenMap()  # files that its gateway kept, by their place among the attachments
    verdicts: Mapping[int, Verdict] = FrozenMap()  # what the host's scanner said of its files, by the same


def keep_enquiry(
    enquiry: Enquiry, case: str, gather: Gatherer, *, whole: bytes | None = None
) -> tuple[Enquiry, ContentRef, tuple[ContentRef, ...], ContentRef | None]:
    """
    Keep an enquiry as content of a case: (as it is kept, its words, its files, its text where that was too long).

    Text beyond the limit is content of its own, so that an enquiry stays handy and nothing is lost.
    """
    text = enquiry.full_text if enquiry.full_text is not None else enquiry.text
    if len(text) > TEXT_LIMIT or len(enquiry.text) > TEXT_LIMIT:
        whole = text.encode("utf-8", "surrogatepass")
        shorter = {"text": enquiry.text[:TEXT_LIMIT], "full_text": None}
        enquiry = enquiry.model_copy(update=shorter).with_defects("text_truncated")
    long = gather.content("text", whole, case=case, media_type="text/plain").ref if whole is not None else None
    words = gather.content("enquiry", enquiry.model_dump_json(exclude_defaults=True).encode(), case=case).ref
    files = tuple(
        gather.content("file", file.content, case=case, media_type=file.media_type).ref
        for file in enquiry.attachments
        if file.content is not None
    )
    return enquiry, words, files, long


def what_came(attachments: Sequence[Attachment]) -> dict[str, int]:
    """Give how many of the files that are kept are photos, and how many are ornaments of the text."""
    here = [(file.content, file.inline and is_ornament(file.content)) for file in attachments if file.content]
    return {
        "photos": sum(is_photo(content) for content, ornament in here if not ornament),
        "ornaments": sum(ornament for _, ornament in here),
    }


def open_each(
    main: Draft, source: Source, decision: Decision, by: str, policy: Policy, context: Context, gather: Gatherer
) -> list[Beside]:
    """Open the case of each further service that a decision names."""
    return [
        open_beside(
            main,
            source,
            decision.alone(also),
            "child" if also.kind == "child" else "related",
            by,
            policy,
            context,
            gather,
        )
        for also in decision.opens
    ]


def open_beside(
    main: Draft,
    source: Source,
    decision: Decision,
    kind: Literal["related", "child"],
    by: str,
    policy: Policy,
    context: Context,
    gather: Gatherer,
) -> Beside:
    """Open a further case from an enquiry of a case; both say how they are tied."""
    assert main.case is not None
    draft = open_case(decision, source.enquiry.received_at, by, policy, context, origin=main.case.id)
    opened, mint = draft.case, context.mint
    assert opened is not None
    alias, identifier = mint.id("p"), mint.id("e")
    enquiry, words, files, whole = keep_enquiry(source.enquiry, opened.id, gather, whole=source.whole)
    draft.add(
        EnquiryReceived(
            at=context.now,
            by=by,
            enquiry=identifier,
            channel=enquiry.channel,
            adapter=enquiry.adapter,
            kind=enquiry.kind,
            party=alias,
            content=words,
            copy_of=source.id,
            files=files,
            whole=whole,
            **what_came(source.enquiry.attachments),
            located=says_where(source.enquiry.location),
            match=Match(how=HOW),
            defects=enquiry.defects,
        )
    )
    _bring_files(draft, source, identifier, files, by, context, gather)
    case = main.case
    main.add(CaseLinked(at=context.now, by=by, case=opened.id, reference=opened.reference, kind=kind))
    draft.add(CaseLinked(at=context.now, by=by, case=case.id, reference=case.reference, kind=INVERSE[kind]))
    return Beside(
        draft,
        replace(source.party, case=opened.id, alias=alias),
        # Without the Message-ID: an answer to the citizen's own mail belongs to the case that they were told of.
        EnquiryRow(identifier, opened.id, alias, enquiry.channel, enquiry.received_at, words.id, None),
        keep_promises(draft, policy, context, by),
    )


def _bring_files(
    draft: Draft,
    source: Source,
    enquiry: str,
    files: Sequence[ContentRef],
    by: str,
    context: Context,
    gather: Gatherer,
) -> None:
    """Give the new case the files that were fetched later, and what the scanner said of each: it is the same file."""
    assert draft.case is not None
    came_along = iter(files)
    for number, attachment in enumerate(source.enquiry.attachments):
        ref = next(came_along, None) if attachment.content is not None else None
        if (later := source.fetched.get(number)) is not None:
            kept = gather.content("file", later.content, case=draft.case.id, media_type=later.media_type)
            ref = kept.ref
            draft.add(
                FileFetched(
                    at=context.now,
                    by=by,
                    enquiry=enquiry,
                    attachment=number,
                    file=ref,
                    photo=is_photo(later.content),
                    defects=later.defects,
                )
            )
        verdict = source.verdicts.get(number)
        if ref is not None and verdict is not None:
            draft.add(FileScanned(at=context.now, by=by, file=ref.id, verdict=verdict))


def plan_split(
    facts: CaseFacts,
    source: Source,
    service: str,
    by: Actor,
    policy: Policy,
    context: Context,
    *,
    text: str | None = None,
    kind: Literal["related", "child"] = "related",
    circumstances: Circumstances = NOBODY,
) -> Plan:
    """
    Open a further case from an enquiry of a case, at a service that a person chose.

    `text` is the part of its words that the new case is about; its flags and priority come from these words, and from
    what is known of who wrote them today. What is written to either case later stays with that one.

    Raises:
        NotFoundError: there is no such service.
        RequestError: the part does not stand in the enquiry, the kind is another one, or the actor is neither worker
            nor system.
    """
    must_be_allowed(by)
    if service not in policy.directory.services:
        raise NotFoundError(f"the directory has no service {service!r}")
    if kind not in ("related", "child"):
        raise RequestError("a case that is split off is related to the other, or its child")
    about = source.enquiry if text is None else _part(source.enquiry, text)
    found = policy.decide(about, circumstances)
    decision = found.model_copy(update={"service": service, "rule": BY_HAND, "also": ()})
    main, gather = Draft(facts.case, facts.head), Gatherer(context)
    made = open_beside(main, replace(source, enquiry=about), decision, kind, str(by), policy, context, gather)
    return Plan(
        "recorded",
        case=made.draft.case,
        changes=(CaseChange.of(made.draft), CaseChange.of(main)),
        contents=tuple(gather.contents),
        parties=(made.party,),
        enquiries=(made.enquiry,),
        timers=made.timers,
    )


def _part(enquiry: Enquiry, text: str) -> Enquiry:
    """Give an enquiry that says only a part of its words; all of them stay in its `full_text`."""
    everything = enquiry.full_text if enquiry.full_text is not None else enquiry.text
    wanted = " ".join(text.split())
    if not wanted or wanted not in " ".join(f"{enquiry.subject or ''}\n{everything}".split()):
        raise RequestError("the part of an enquiry stands in it, word for word; your own words are a note")
    return enquiry.model_copy(update={"subject": None, "text": text.strip(), "full_text": everything})
