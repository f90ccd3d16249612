"""
Twice as much of anything is at most about twice the work, at every door.

Work is counted and not timed: the instructions that the interpreter runs in Python code, ours and that of the libraries
below. They are the same in every run. What a function written in C does inside one call is not among them; of that the
e-mail tests watch the time, and the slowest of a million broken payloads (docs/explanation/practice.md).
"""

import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from types import FrameType
from typing import Any

import pytest

from onestop.channels import Adapter, discover
from onestop.core.gateway import Raw
from onestop.errors import OnestopError

from .email.test_hostile import REPEATED

Make = Callable[[int], Raw]

AT = "2026-03-02T09:30:00Z"
SIZE = 240  # of fields, files, a quarter of it of levels: twice as many are within what may be sent
PIECES = 600  # of a long value
AT_MOST = 2.5  # two, and some room: a longer list now and then costs a step more

# Forms that a gateway sends, each ending in the field that holds the words.
FORMS = {
    "twilio_sms": "MessageSid=SM01&From=%2B447700900123&To=%2B441632960100&Body=x",
    "twilio_whatsapp": "MessageSid=SM01&From=whatsapp%3A%2B447700900123&To=whatsapp%3A%2B441632960100&Body=x",
    "twilio_voice": "CallSid=CA01&From=%2B447700900123&To=%2B441632960100&Direction=inbound&CallStatus=completed"
    "&TranscriptionSid=TR01&TranscriptionStatus=completed&TranscriptionText=x",
    "cti": "event=newCall&from=447700900123&to=441632960100&direction=in&callId=c-1&user=x",
    "post": "id=S-17&text=x",
    "web_form": "email=jo%40example.org&message=x",
    "open311": "service_code=pothole&lat=53.40839&long=-2.99163&description=x",
    "unsubscribe": "List-Unsubscribe=One-Click&x=x",
}
# What is posted as JSON, and the field that holds the words.
DOCUMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "notify_sms": (
        {
            "id": "740e5834-3a29-46b4-9a6f-16142fde533a",
            "source_number": "447700900123",
            "destination_number": "07700900456",
            "date_received": "2026-03-02T09:29:00.000000Z",
        },
        "message",
    ),
    "notify_email": ({"id": "n-2", "notification_type": "email", "to": "jo@example.org"}, "status"),
    "notify_letter": ({"id": "n-3", "notification_type": "letter", "to": "Jo Bloggs"}, "status"),
    "call_note": ({"id": "n1", "entered_by": "alice"}, "notes"),
    "in_person": ({"id": "v1", "entered_by": "alice"}, "notes"),
    "post": ({"id": "S-17"}, "text"),
    "cti": ({"event": "newCall", "from": "447700900123", "to": "441632960100", "callId": "c-1"}, "user"),
    "web_form": ({"email": "jo@example.org"}, "message"),
}
MULTIPARTS = ("cti", "open311", "post", "web_form")  # who take forms in parts, too
URLS = {
    "open311": "https://northport.example/open311/v2/requests.json",
    "unsubscribe": "https://northport.example/unsubscribe?t=019c1f4a5b60a1b2c3d4e5f6m.aaaaaaaaaaaaaaaa",
}

# What, repeated in a value, made readers slow: numbers, places and words of ours, marks, folds, spaces, letters beyond
# ASCII, broken escapes, and what stands for something in HTML, XML, JSON or a form.
VALUES = ["07700 900123 ", "NP1 2AB ", "STOP ", "+44(0)", "a@b.example ", " ", "\n", "\r\n> ", "(", "<a ", "&#", '"\\',
          "[", "ŷ", "\u202e", "\U0001f389", "%", "%2", "=", ";"]  # fmt: skip


def form(name: str, grown: str = "") -> Raw:
    return Raw(
        body=(FORMS[name] + grown).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        url=URLS.get(name, "https://northport.example/hook"),
        received_at=AT,
    )


def document(name: str, more: Mapping[str, Any], words: str = "x", raw: str = "") -> Raw:
    fields, key = DOCUMENTS[name]
    body = json.dumps({**fields, key: words, **more})[:-1] + raw + "}"
    return Raw(body=body.encode(), headers={"Content-Type": "application/json"}, received_at=AT)


def multipart(name: str, parts: list[str]) -> Raw:
    fields = [field.partition("=") for field in FORMS[name].split("&")]
    known = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}' for key, _, value in fields]
    body = "".join(f"--cut\r\n{part}\r\n" for part in known + parts) + "--cut--\r\n"
    return Raw(
        body=body.encode(),
        headers={"Content-Type": "multipart/form-data; boundary=cut"},
        url=URLS.get(name, "https://northport.example/hook"),
        received_at=AT,
    )


def upload(number: int, content: str) -> str:
    return f'Content-Disposition: form-data; name="f{number}"; filename="{content}.png"\r\n\r\n{content}'


# Names hold the size, so that what was read once is not known the second time.
FORM_SHAPES: dict[str, Callable[[str, int], Raw]] = {
    "fields": lambda name, n: form(name, "".join(f"&x{n}-{i}={n}-{i}" for i in range(n))),
    "fields without names": lambda name, n: form(name, "&=y" * n),
    "one field again and again": lambda name, n: form(name, "".join(f"&again={n}-{i}" for i in range(n))),
    "values of one field": lambda name, n: form(name, "".join(f"&attribute[A][]={n}-{i}" for i in range(n))),
    "attributes": lambda name, n: form(name, "".join(f"&attribute[A{n}-{i}]=y" for i in range(n))),
    "brackets in brackets": lambda name, n: form(name, "&attribute" + "[a" * n + "]" * n + "=y"),
    "pictures": lambda name, n: form(
        name,
        f"&NumMedia={n}"
        + "".join(f"&MediaUrl{i}=https://a.example/{n}/{i}&MediaContentType{i}=image/png" for i in range(n)),
    ),
    "addresses of pictures": lambda name, n: form(
        name, "".join(f"&media_url=https://a.example/{n}/{i}" for i in range(n))
    ),
}
JSON_SHAPES: dict[str, Callable[[str, int], Raw]] = {
    "fields": lambda name, n: document(name, {f"x{n}-{i}": i for i in range(n)}),
    "one field again and again": lambda name, n: document(name, {}, raw="".join(f', "again": {i}' for i in range(n))),
    "answers": lambda name, n: document(name, {"answers": {f"a{n}-{i}": i for i in range(n)}}),
    "values of an answer": lambda name, n: document(name, {"answers": {"a": [f"{n}-{i}" for i in range(n)]}}),
    "lists in lists": lambda name, n: document(
        name, {}, raw=', "answers": {"a": ' + "[" * (n // 4) + "]" * (n // 4) + "}"
    ),
    "objects in objects": lambda name, n: document(
        name, {}, raw=', "deep": ' + '{"a": ' * (n // 4) + "1" + "}" * (n // 4)
    ),
    "digits": lambda name, n: document(name, {}, raw=', "answers": {"a": ' + "9" * n + "}"),
    "files": lambda name, n: document(
        name, {"files": [{"filename": f"{n}-{i}.png", "content_base64": "QUJD"} for i in range(n)]}
    ),
}
PART_SHAPES: dict[str, Callable[[str, int], Raw]] = {
    "files": lambda name, n: multipart(name, [upload(i, f"{n}-{i}") for i in range(n)]),
    "fields in parts": lambda name, n: multipart(
        name, [f'Content-Disposition: form-data; name="x{n}-{i}"\r\n\r\ny' for i in range(n)]
    ),
    "parts without a name": lambda name, n: multipart(name, ["\r\ny"] * n),
    "delimiters that are none": lambda name, n: multipart(name, [upload(1, "--cut-\r\n" * n)]),
    "parameters": lambda name, n: multipart(
        name, ["Content-Disposition: form-data" + "".join(f"; a{i}=b" for i in range(n)) + '; name="x"\r\n\r\ny']
    ),
}


def form_of_words(name: str, escaped: str, n: int) -> Raw:
    return form(name, escaped * n)


def document_of_words(name: str, value: str, n: int) -> Raw:
    return document(name, {}, words=value * n)


def letter(mail: Callable[[int], bytes], n: int) -> Raw:
    return Raw(body=mail(n), received_at=AT)


def every_shape() -> dict[str, tuple[str, Make, int]]:
    """Give each shape by what it is: the adapter's name, what makes it, and its size."""
    found: dict[str, tuple[str, Make, int]] = {}
    formats = (("form", FORM_SHAPES, FORMS), ("JSON", JSON_SHAPES, DOCUMENTS), ("parts", PART_SHAPES, MULTIPARTS))
    for how, shapes, names in formats:
        for name in names:
            for kind, shape in shapes.items():
                found[f"{name}: {kind} by {how}"] = name, partial(shape, name), SIZE
    for value in VALUES:
        for name in FORMS:
            quoted = value.encode().hex(" ").upper().split() if value not in ("%", "%2", "=") else None
            escaped = "".join(f"%{byte}" for byte in quoted) if quoted else value
            found[f"{name}: words {value!r} by form"] = name, partial(form_of_words, name, escaped), PIECES
        for name in DOCUMENTS:
            found[f"{name}: words {value!r} by JSON"] = name, partial(document_of_words, name, value), PIECES
    for kind, mail in REPEATED.items():
        found[f"email: {kind}"] = "email", partial(letter, mail), 8 * PIECES
    return found


SHAPES = every_shape()


def instructions(work: Callable[[], object]) -> int:
    """Count the instructions that the interpreter runs for some work."""
    count = 0

    def step(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def taken_in(adapter: Adapter, raw: Raw) -> bool:
    """Read a payload as the desk would keep it, or have it refused; say which."""
    try:
        for each in adapter.parse(raw):
            each.model_dump_json()
    except OnestopError as error:
        adapter.acknowledge(error, raw=raw)
        return False
    return True


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_as_much_is_about_twice_the_work(shape: str) -> None:
    name, make, size = SHAPES[shape]
    adapter = discover()[name]()
    taken_in(adapter, make(3))  # what is loaded on first use is no work of the payload
    once, twice = make(size), make(2 * size)

    work = [instructions(lambda raw=raw: taken_in(adapter, raw)) for raw in (once, twice)]

    assert work[1] <= AT_MOST * work[0]


def test_every_adapter_is_watched_beyond_its_front_door() -> None:
    refused = {
        shape
        for shape, (name, make, size) in SHAPES.items()
        if not all(taken_in(discover()[name](), make(n)) for n in (size, 2 * size))
    }

    assert {name for name, _, _ in SHAPES.values()} == set(discover())
    assert refused == {"post: words ' ' by JSON", "post: words '\\n' by JSON"}  # a letter without a word


def test_the_count_is_the_same_every_time_and_sees_what_is_not_linear() -> None:
    def pairs(n: int) -> int:
        return sum(a == b for a in range(n) for b in range(n))

    once, again, twice = (instructions(lambda n=n: pairs(n)) for n in (100, 100, 200))

    assert once == again
    assert twice > 3.5 * once
