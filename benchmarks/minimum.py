"""
What taking an e-mail in costs without a library: the least code that does each of the things, and no more.

Parse by the standard library's old policy and decode by hand, normalise into a pydantic model, find or make the sender,
join by In-Reply-To, route by an index over a hundred rules, move the state by a table, write case, message, audit with
its hash chained to the one before, outbox and files, commit durably. It refuses nothing, checks nothing, explains
nothing and cannot be configured: that is what makes it a measure.

The audit record is written by orjson where that is installed, by the standard library otherwise.
"""

from __future__ import annotations

import email
import email.header
import email.utils
import hashlib
import json
import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

try:
    import orjson
except ImportError:  # the project does not depend on it

    def dumps(value: dict[str, Any]) -> bytes:
        return json.dumps(value, separators=(",", ":")).encode()
else:
    dumps: Callable[[dict[str, Any]], bytes] = orjson.dumps  # type: ignore[no-redef]  # the same, where it is installed

File = tuple[str, str, bytes]  # name, media type, content


# -- parse -------------------------------------------------------------------------------------------------------------


def parse(raw: bytes) -> dict[str, Any]:
    """Give the fields of an e-mail, decoded."""
    message = email.message_from_bytes(raw)
    name, address = email.utils.parseaddr(message["from"])
    body, files = None, []
    for part in message.walk():
        if part.is_multipart():
            continue
        media_type, filename = part.get_content_type(), part.get_filename()
        if filename:
            files.append((filename, media_type, part.get_payload(decode=True)))
        elif media_type == "text/plain" and body is None:
            content: bytes = part.get_payload(decode=True)  # type: ignore[assignment]  # of a leaf: bytes
            body = content.decode(part.get_content_charset() or "utf-8", "replace")
    return {
        "message_id": message["message-id"],
        "in_reply_to": message["in-reply-to"],
        "references": (message["references"] or "").split(),
        "name": decoded(name),
        "address": address,
        "to": [found for _, found in email.utils.getaddresses(message.get_all("to", []))],
        "subject": decoded(message["subject"]),
        "date": email.utils.parsedate_to_datetime(message["date"]),
        "body": body,
        "files": files,
    }


def decoded(value: str) -> str:
    value = value.replace("\r\n", "").replace("\n", "")
    if "=?" not in value:
        return value
    return str(email.header.make_header(email.header.decode_header(value)))


# -- normalise and route -----------------------------------------------------------------------------------------------


class Attachment(BaseModel):
    filename: str
    content_type: str
    size: int
    sha256: str


class Identity(BaseModel):
    kind: str
    value: str


class Enquiry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    channel: str
    message_id: str
    in_reply_to: str | None
    references: list[str]
    received: datetime
    subject: str
    body: str
    name: str
    sender: str
    to: list[str]
    identities: list[Identity]
    postcode: str | None
    attachments: list[Attachment]
    tenant: str = "t1"
    language: str = "en"
    priority: int = 3
    service: str | None = None
    rule: int | None = None
    preferred: str = "email"
    tags: list[str] = []


POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b")
QUOTE = re.compile(r"\n(?:On .{5,80} wrote:|>)")
WORD = re.compile(r"[a-z']{3,}")
NUMBER = re.compile(r"(?<!\d)(?:\+44\s?|\(?0)(?:\d[ \-()]{0,2}){8,9}\d(?!\d)")
NUMBER_MARKS = re.compile(r"[ ()\-.\u00a0]+")
BRITISH = re.compile(r"\+44(?:7[1-57-9]\d{8}|7624\d{6}|[1235]\d{8,9}|[38]\d{9})\Z")

KEYWORDS = (
    "bin", "recycling", "bulky", "boiler", "damp", "mould", "door", "housing", "council", "tax", "discount", "debit",
    "pothole", "streetlight", "drains", "mattress", "extension", "planning", "notice", "drawings", "benefit", "hours",
    "payslips", "evicted", "noise", "music", "rats", "smoke", "certificate", "passport", "death", "priority",
)  # fmt: skip
SERVICES = ("waste", "housing", "tax", "roads", "planning", "benefits", "env", "reg")
RULE_COUNT, BAND_COUNT = 100, 5


def keyword_of(rule: int) -> str:
    """Give the word that a rule is about: a word that people write for some, one that nobody does for the others."""
    return KEYWORDS[rule] if rule < len(KEYWORDS) else f"kw{rule}"


RULES: dict[str, list[tuple[int, str, int]]] = {}  # keyword -> (rule, service, band)
for _rule in range(RULE_COUNT):
    RULES.setdefault(keyword_of(_rule), []).append((_rule, SERVICES[_rule % len(SERVICES)], _rule % BAND_COUNT))


def british_numbers(text: str) -> list[str]:
    return [number for number in map(british_number, dict.fromkeys(NUMBER.findall(text))) if number]


def british_number(written: str) -> str | None:
    digits = NUMBER_MARKS.sub("", written)
    if digits[:1] == "0" and digits[:2] != "00":
        digits = "+44" + digits[1:]
    return digits if BRITISH.match(digits) else None


def normalise(fields: dict[str, Any]) -> tuple[Enquiry, list[File]]:
    """Give the enquiry, with the service that the best rule names, and its files."""
    body = fields["body"].replace("\r\n", "\n")
    quote = QUOTE.search(body)
    own = body[: quote.start()] if quote else body
    numbers, postcode, address = british_numbers(own), POSTCODE.search(own), fields["address"].lower()
    hits = []
    for word in set(WORD.findall((fields["subject"] + " " + own).lower())):
        if word in RULES:
            hits += RULES[word]
    best = min(hits, key=lambda hit: (hit[2], hit[0])) if hits else None
    identities = [Identity(kind="email", value=address)]
    identities += [Identity(kind="phone", value=number) for number in numbers]
    enquiry = Enquiry(
        channel="email",
        message_id=fields["message_id"],
        in_reply_to=fields["in_reply_to"],
        references=fields["references"],
        received=fields["date"],
        subject=fields["subject"],
        body=body,
        name=fields["name"] or address,
        sender=address,
        to=fields["to"],
        identities=identities,
        postcode=postcode[0] if postcode else None,
        attachments=[
            Attachment(filename=name or "", content_type=kind, size=len(data), sha256=hashlib.sha256(data).hexdigest())
            for name, kind, data in fields["files"]
        ],
        service=best and best[1],
        rule=best and best[0],
    )
    return enquiry, fields["files"]


# -- keep --------------------------------------------------------------------------------------------------------------

SCHEMA = """
CREATE TABLE citizen(id INTEGER PRIMARY KEY, name TEXT NOT NULL, preferred TEXT NOT NULL);
CREATE TABLE identity(kind TEXT NOT NULL, value TEXT NOT NULL, citizen INTEGER NOT NULL, PRIMARY KEY(kind, value))
    WITHOUT ROWID;
CREATE TABLE cases(id INTEGER PRIMARY KEY, citizen INTEGER NOT NULL, state TEXT NOT NULL, service TEXT, rule INTEGER,
    revision INTEGER NOT NULL, subject TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX cases_citizen ON cases(citizen);
CREATE TABLE message(id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL, message_id TEXT NOT NULL UNIQUE,
    data TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX message_case ON message(case_id);
CREATE TABLE audit(id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL,
    hash BLOB NOT NULL, at REAL NOT NULL);
CREATE INDEX audit_case ON audit(case_id);
CREATE TABLE outbox(id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL, due REAL NOT NULL,
    state INTEGER NOT NULL DEFAULT 0, data TEXT NOT NULL);
CREATE INDEX outbox_due ON outbox(due) WHERE state = 0;
CREATE TABLE file(id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL, name TEXT, data BLOB);
"""
STATES = {("new", "route"): "routed", ("routed", "reply"): "routed", ("closed", "reply"): "reopened"}


class Minimum:
    """The hand-written intake on a SQLite file, one durable commit for each batch."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(SCHEMA)
        self._hash = b"\0" * 32
        self.opened = self.joined = 0

    def close(self) -> None:
        self._db.close()

    def run(self, raws: Sequence[bytes], *, batch: int = 1, latencies: list[float] | None = None) -> int:
        """Take mails in, so many to a commit."""
        for start in range(0, len(raws), batch):
            began = time.perf_counter()
            enquiries = [normalise(parse(raw)) for raw in raws[start : start + batch]]
            self._db.execute("BEGIN IMMEDIATE")
            for enquiry, files in enquiries:
                self._put(enquiry, files)
            self._db.execute("COMMIT")
            if latencies is not None:
                latencies.append(time.perf_counter() - began)
        return len(raws)

    def _put(self, enquiry: Enquiry, files: list[File]) -> None:
        execute, now = self._db.execute, time.time()
        citizen, preferred = self._sender(enquiry)
        joined = None
        if enquiry.in_reply_to:
            joined = execute(
                "SELECT m.case_id, c.state FROM message m JOIN cases c ON c.id = m.case_id WHERE m.message_id = ?",
                (enquiry.in_reply_to,),
            ).fetchone()
        if joined is None:
            row = (citizen, STATES["new", "route"], enquiry.service, enquiry.rule, enquiry.subject, now)
            insert = "INSERT INTO cases(citizen, state, service, rule, revision, subject, at) VALUES(?,?,?,?,1,?,?)"
            case, kind = execute(insert, row).lastrowid, "opened"
            self.opened += 1
        else:
            case, kind = joined[0], "updated"
            execute(
                "UPDATE cases SET revision = revision + 1, state = ? WHERE id = ?", (STATES[joined[1], "reply"], case)
            )
            self.joined += 1
        message = (case, enquiry.message_id, enquiry.model_dump_json(), now)
        execute("INSERT INTO message(case_id, message_id, data, at) VALUES(?,?,?,?)", message)
        data = dumps({"case": case, "kind": kind, "rule": enquiry.rule, "message": enquiry.message_id, "at": now})
        self._hash = hashlib.sha256(self._hash + data).digest()
        audit = (case, kind, data.decode(), self._hash, now)
        execute("INSERT INTO audit(case_id, kind, data, hash, at) VALUES(?,?,?,?,?)", audit)
        thanks = f'{{"channel":"{preferred}","to":"{enquiry.sender}","template":"acknowledgement"}}'
        execute("INSERT INTO outbox(case_id, due, data) VALUES(?,?,?)", (case, now, thanks))
        for name, _, content in files:
            execute("INSERT INTO file(case_id, name, data) VALUES(?,?,?)", (case, name, content))

    def _sender(self, enquiry: Enquiry) -> tuple[int, str]:
        execute = self._db.execute
        known: tuple[int, str] | None = execute(
            "SELECT i.citizen, c.preferred FROM identity i JOIN citizen c ON c.id = i.citizen "
            "WHERE i.kind = 'email' AND i.value = ?",
            (enquiry.sender,),
        ).fetchone()
        if known:
            return known
        citizen = execute("INSERT INTO citizen(name, preferred) VALUES(?,?)", (enquiry.name, "email")).lastrowid
        assert citizen is not None
        for identity in enquiry.identities:
            execute("INSERT OR IGNORE INTO identity VALUES(?,?,?)", (identity.kind, identity.value, citizen))
        return citizen, "email"
