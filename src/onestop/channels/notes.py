"""
What workers write down for citizens: of a call, at a counter, of a letter; JSON that their screens post.

Types are not guessed at. Names that a format does not have are noted (`unknown_field`), not refused: screens outlive
their formats. What is kept in `gateway_meta`: `case_reference`, where the worker's is no reference; `unknown_fields`,
the names of fields that the format does not have.
"""

from __future__ import annotations

from typing import Any, TypedDict, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from onestop.channels.answers import text_answers
from onestop.channels.forms import content_parameters
from onestop.channels.text import clean_text, cut_text, decode_text
from onestop.core.enquiry import Location, Thread
from onestop.core.gateway import Raw
from onestop.core.model import Frozen
from onestop.core.reference import find_references
from onestop.errors import LimitError, PayloadError

__all__ = ["NOTE_LIMIT", "Cleaner", "Place", "Posted", "WorkersNote", "Written", "problems_of", "read_note", "written"]

NOTE_LIMIT = 4 << 20
"""Bytes of a note without files; a longer one is refused."""

_NAMES_LIMIT = 20  # names of unknown fields that are kept, each cut to 64 characters


class Posted(Frozen):
    """JSON of a screen: types are not guessed at, and fields that the format does not have are kept aside."""

    model_config = ConfigDict(strict=True, extra="allow", hide_input_in_errors=True, allow_inf_nan=False)


class Place(Posted):
    """Where the matter is, as the worker wrote it down."""

    lat: float | None = Field(default=None, ge=-90, le=90)  # WGS 84, degrees
    lon: float | None = Field(default=None, ge=-180, le=180)
    address: str | None = None
    postcode: str | None = None
    uprn: str | None = None


class WorkersNote(Posted):
    """What every note may hold, whatever it is a note of."""

    id: str | None = None  # the screen's own id of the note: what tells a repeat
    name: str | None = None
    entered_by: str | None = Field(default=None, pattern=r"[^\s\p{C}]")  # the worker; not blank
    on_behalf_of: str | None = None  # for whom the citizen speaks
    subject: str | None = None
    service_code: str | None = None  # the service that the worker chose
    # Any: a union is tried member by member for each value, and every failure is kept, which a hostile note can make
    # cost a thousand times its size. `text_answers` takes them as they are.
    answers: dict[str, Any] = Field(
        default_factory=dict
    )  # by the questions' names: text, numbers, true, lists of these
    language: str | None = Field(default=None, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}$")  # BCP 47
    case_reference: str | None = None  # the case that the worker chose
    location: Place | None = None


N = TypeVar("N", bound=BaseModel)


class Cleaner:
    """Cleans one optional text after the other; what is blank is None."""

    def __init__(self, defects: list[str]) -> None:
        self._defects = defects

    def __call__(self, text: str | None) -> str | None:
        """Give a text without control characters; None where nothing is left."""
        return clean_text(text, self._defects) or None if text else None


def read_note(raw: Raw, model: type[N], what: str, defects: list[str], adapter: str, *, limit: int = NOTE_LIMIT) -> N:
    """
    Give the note in a request's JSON; `what` says what it is one of, for errors, and `limit` how many bytes it may be.

    Raises:
        PayloadError: this is no such JSON; the text names the fields that are wrong. `LimitError` when too large.
    """
    if len(raw.body) > limit:
        raise LimitError(f"{what} has at most {limit} bytes", adapter=adapter)
    charset = content_parameters(raw.header("content-type") or "").get("charset")
    text = decode_text(raw.body, charset, defects).removeprefix("\ufeff")
    try:
        return model.model_validate_json(text)
    except ValidationError as exc:
        problems = problems_of(exc, model)
        # The cause is left out: it would show a citizen's answers.
        raise PayloadError(f"{what} is a JSON object as documented; wrong: {problems}", adapter=adapter) from None


def problems_of(error: ValidationError, model: type[BaseModel]) -> str:
    """Say which fields are wrong and how, in words that hold nothing of the payload: only our own names are quoted."""
    found = error.errors(include_input=False, include_url=False)
    return "; ".join(sorted({_problem(each, model) for each in found}))


def _problem(error: Any, model: type[BaseModel]) -> str:
    known = [part for part in error["loc"][:1] if part in model.model_fields]
    return f"{known[0]} ({error['type']})" if known else str(error["type"])


class Written(TypedDict):
    """The fields of an enquiry that every note has."""

    source_id: str | None
    sender_name: str | None
    subject: str | None
    text: str
    full_text: str | None
    language: str | None
    location: Location | None
    thread: Thread
    service_code: str | None
    answers: dict[str, str | tuple[str, ...]]
    entered_by: str | None
    on_behalf_of: str | None


def written(note: WorkersNote, text: str | None, meta: dict[str, str], defects: list[str], adapter: str) -> Written:
    """
    Give what a note says as the fields of an enquiry; what could not be read is put into `meta` and `defects`.

    Raises:
        LimitError: there are too many answers.
    """
    clean = Cleaner(defects)
    kept, full_text = cut_text(clean(text) or "", defects)
    thread = _thread(note.case_reference, meta, defects)
    _unknown(note, meta, defects)
    source_id = clean(note.id)
    if source_id is None:
        defects.append("source_id_missing")
    return Written(
        source_id=source_id,
        sender_name=clean(note.name),
        subject=clean(note.subject),
        text=kept,
        full_text=full_text,
        language=note.language,
        location=_location(note.location, clean),
        thread=thread,
        service_code=clean(note.service_code),
        answers=text_answers(note.answers, defects, adapter),
        entered_by=clean(note.entered_by),
        on_behalf_of=clean(note.on_behalf_of),
    )


def _thread(case_reference: str | None, meta: dict[str, str], defects: list[str]) -> Thread:
    """Give the case that the worker chose: a person decided, so that the reference counts as proved."""
    if not case_reference or not case_reference.strip():
        return Thread()
    references = find_references(case_reference)
    if len(references) != 1:
        defects.append("case_reference_invalid")
        meta["case_reference"] = case_reference
        return Thread()
    return Thread(token=references[0])


def _location(place: Place | None, clean: Cleaner) -> Location | None:
    if place is None:
        return None
    address, postcode, uprn = clean(place.address), clean(place.postcode), clean(place.uprn)
    if not (address or postcode or uprn) and place.lat is None and place.lon is None:
        return None
    return Location(lat=place.lat, lon=place.lon, address=address, postcode=postcode, uprn=uprn, source="agent")


def _unknown(note: WorkersNote, meta: dict[str, str], defects: list[str]) -> None:
    names = sorted(note.model_extra or ())
    names += [f"location.{name}" for name in sorted((note.location and note.location.model_extra) or ())]
    if names:
        defects.append("unknown_field")
        meta["unknown_fields"] = ", ".join(name[:64] for name in names[:_NAMES_LIMIT])
