"""
E-mails as a council's contact centre gets them, the same ones every time.

Text and HTML beside each other, one to four kilobytes of text, the headers that mail servers add; three in ten are
replies, with In-Reply-To and References into earlier mails; one in twenty has a letter of 50 KB with it. People,
streets and matters are invented, numbers are Ofcom's for drama, domains are reserved for examples.
"""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

SEED = 20260302
FIRST_AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
BETWEEN_S = 37

REPLIES = 0.30
WITH_LETTER = 0.05
LETTER_BYTES = 50 * 1024
TEXT_CHARACTERS = (1_000, 4_000)

GIVEN_NAMES = (
    "Amelia", "Arjun", "Bethan", "Chidi", "Chloë", "Dafydd", "Eilidh", "Fatima", "George", "Gwenllian", "Hamish",
    "Ines", "Isla", "Jack", "Kofi", "Leo", "Mei-Ling", "Niamh", "Omar", "Piotr", "Priya", "Rhys", "Rosie", "Seán",
    "Siân", "Tomasz", "Wei", "Yusuf", "Zainab", "Zoë",
)  # fmt: skip
FAMILY_NAMES = (
    "Adeyemi", "Begum", "Blenkinsop", "Byrne", "Cartwright-Hughes", "Davies", "Evans", "Fothergill", "García",
    "Hussain", "Jones", "Kaur", "Kowalski", "Llewellyn", "MacDonald", "Murphy", "Nowak", "O'Brien", "Okafor",
    "Patel", "Robinson", "Singh", "Smith", "Taylor", "Thompson", "Williams",
)  # fmt: skip
STREETS = ("Bryn Terrace", "Chapel Street", "Church Lane", "Manor Way", "Mill Lane", "Station Road", "The Crescent")
DOMAINS = ("example.com", "example.org", "mail.example.net", "post.example")
NUMBERS = ("07700 900{:03d}", "+44 7700 900{:03d}", "0113 496 0{:03d}", "(020) 7946 0{:03d}", "01632 960{:03d}")
MAILERS = ("Apple Mail (2.3774)", "Microsoft Outlook 16.0", "Mozilla Thunderbird 128")

# What people write about, and with which words: a subject, and sentences of the matter.
MATTERS = (
    (
        "Missed bin collection",
        (
            "My brown bin was not emptied on Tuesday although it was out before six.",
            "The recycling crew left the green box on the pavement with glass everywhere.",
            "When is the next bulky waste collection in our road?",
            "The lid of the bin is broken and it needs to be replaced.",
        ),
    ),
    (
        "Repair at my council flat",
        (
            "The boiler has been off since Friday and there are two small children here.",
            "There is damp in the back bedroom, and black mould on the wall behind the bed.",
            "The door entry system has not worked for weeks.",
            "I would like to know where I stand on the housing register.",
        ),
    ),
    (
        "Council tax bill",
        (
            "I was charged for the whole year although I moved in during September.",
            "I should be getting the discount for a person living alone.",
            "The direct debit was taken twice this month.",
            "My account number is on the letter you sent.",
        ),
    ),
    (
        "Pothole in our road",
        (
            "There is a deep pothole outside the school which has damaged my tyre.",
            "The streetlight at the corner has been out for over a month.",
            "The drains are blocked and the road floods whenever it rains.",
            "Somebody has left a mattress in the lay-by.",
        ),
    ),
    (
        "Comment on a planning application",
        (
            "I object to the extension because of the loss of light.",
            "Please confirm the closing date for comments on the planning application.",
            "The notice was not displayed where people could see it.",
            "The drawings on the website cannot be opened.",
        ),
    ),
    (
        "Housing benefit, change of circumstances",
        (
            "My hours have been cut and I need to report it.",
            "I have sent my payslips twice now.",
            "I am afraid of being evicted if the payment is not made.",
            "Please ring me rather than write, reading is hard for me.",
        ),
    ),
    (
        "Noise at night",
        (
            "The noise goes on until three in the morning every weekend, music and shouting.",
            "There are rats in the alley behind the takeaway.",
            "The smoke of the bonfire makes it impossible to open a window.",
            "I have kept a diary as you asked me to.",
        ),
    ),
    (
        "Copy of a birth certificate",
        (
            "I need a copy of my birth certificate for a passport.",
            "How do I book an appointment to register a death?",
            "The father's name is spelt wrongly in the entry.",
            "What does the priority service cost?",
        ),
    ),
)
ASIDES = (
    "I have lived here for over ten years and never had to complain before.",
    "I tried to ring, was in the queue for forty minutes and was then cut off.",
    "My neighbour at number 14 has the same trouble and will write as well.",
    "I should be glad of an answer as soon as you can.",
    "I know that you are busy, but this has been going on since spring.",
    "The last person I spoke to said that somebody would ring back, and nobody has.",
    "It costs £35.50 each time, which I can’t afford.",
    "Please could you confirm that you’ve had this.",
    "I can send photographs if they would help.",
    "My mother, who is 84 and uses a wheelchair, can't get past it.",
    "Any weekday after four would suit for a visit.",
    "The form on the website keeps telling me that something is wrong.",
    "Diolch yn fawr am eich help.",
    "I’d rather have a text message than a letter, if that can be done.",
)


@dataclass(frozen=True, slots=True)
class Person:
    """Who writes."""

    name: str
    address: str
    street: str
    number: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail, and what is true of it."""

    body: bytes
    received_at: datetime
    message_id: str
    thread: int  # mails of one thread belong to one case
    reply: bool


@dataclass(slots=True)
class _Thread:
    number: int
    person: Person
    matter: int
    subject: str
    message_ids: list[str] = field(default_factory=list)
    last_text: str = ""


def mails(count: int, *, seed: int = SEED) -> list[Mail]:
    """Give so many e-mails in the order received; the first ones are the same whatever the count."""
    chance = random.Random(seed)
    letter = chance.randbytes(LETTER_BYTES)
    people = [_person(chance, number) for number in range(1_000)]
    threads: list[_Thread] = []
    written = []
    for number in range(count):
        reply = bool(threads) and chance.random() < REPLIES
        if not reply:
            threads.append(_thread(chance, len(threads), people))
        thread = chance.choice(threads[-400:]) if reply else threads[-1]
        written.append(_mail(chance, thread, number, reply=reply, letter=letter))
    return written


def _person(chance: random.Random, number: int) -> Person:
    given, family = chance.choice(GIVEN_NAMES), chance.choice(FAMILY_NAMES)
    local = "".join(c for c in f"{given}.{family}{number}".lower() if c.isascii() and (c.isalnum() or c == "."))
    return Person(
        name=f"{given} {family}",
        address=f"{local}@{chance.choice(DOMAINS)}",
        street=f"{chance.randrange(1, 180)} {chance.choice(STREETS)}, Northport ZZ{chance.randrange(1, 20)} "
        f"{chance.randrange(1, 9)}{chance.choice('ABDEFGHJLN')}{chance.choice('ABDEFGHJLN')}",
        number=chance.choice(NUMBERS).format(chance.randrange(1_000)),
    )


def _thread(chance: random.Random, number: int, people: list[Person]) -> _Thread:
    person, matter = chance.choice(people), chance.randrange(len(MATTERS))
    subject = MATTERS[matter][0]
    about = f" – {person.street.partition(',')[0]}" if chance.random() < 0.4 else f" {number}"
    return _Thread(number, person, matter, subject + about)


def _mail(chance: random.Random, thread: _Thread, number: int, *, reply: bool, letter: bytes) -> Mail:
    at = FIRST_AT + timedelta(seconds=number * BETWEEN_S)
    message_id = f"<{chance.getrandbits(64):016x}.{number}@{chance.choice(('mail.example.com', 'mx.example.org'))}>"
    text = _text(chance, thread, at, reply=reply)
    message = EmailMessage(policy=SMTP)
    _write_header(chance, message, thread, at, reply=reply)
    message["Message-ID"] = message_id
    message.set_content(text, cte=chance.choice(("quoted-printable", "base64", "8bit")))
    message.add_alternative(_html(text), subtype="html", cte="quoted-printable")
    if chance.random() < WITH_LETTER:
        message.add_attachment(letter, maintype="application", subtype="pdf", filename=f"letter-{number}.pdf")
    for depth, part in enumerate(message.walk()):
        if part.is_multipart():  # else the e-mail package makes one up from the process's own random numbers
            part.set_boundary(f"==={number:08d}{depth}==")
    thread.message_ids.append(message_id)
    thread.last_text = text
    return Mail(message.as_bytes(), at, message_id, thread.number, reply)


def _text(chance: random.Random, thread: _Thread, at: datetime, *, reply: bool) -> str:
    characters = chance.randrange(*TEXT_CHARACTERS)
    if not reply:
        person = thread.person
        signed = f"Yours faithfully,\n{person.name}\n{person.street}\nTel: {person.number}\n"
        return f"Dear Sir or Madam,\n\n{_sentences(chance, thread.matter, characters)}\n\n{signed}"
    quoted = "\n".join(f"> {line}" for line in thread.last_text.splitlines())[: characters // 2]
    said = _sentences(chance, thread.matter, characters * 55 // 100)
    return f"Hello,\n\n{said}\n\nOn {at:%d/%m/%Y %H:%M}, Northport Contact Centre wrote:\n{quoted}\n"


def _sentences(chance: random.Random, matter: int, characters: int) -> str:
    choices = (*MATTERS[matter][1], *ASIDES)
    chosen: list[str] = []
    while sum(len(sentence) + 1 for sentence in chosen) < characters:
        chosen.append(chance.choice(choices))
    return "\n\n".join(" ".join(chosen[n : n + 3]) for n in range(0, len(chosen), 3))


def _html(text: str) -> str:
    paragraphs = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").split("\n\n")
    style = "margin:0 0 8px 0;font-family:Arial"
    inside = "".join(f'<p style="{style}">{paragraph}</p>' for paragraph in paragraphs)
    return f'<html><head><meta charset="utf-8"></head><body>{inside}</body></html>'


def _write_header(chance: random.Random, message: EmailMessage, thread: _Thread, at: datetime, *, reply: bool) -> None:
    name = thread.person.name
    message["From"] = f'"{name}" <{thread.person.address}>' if name.isascii() else f"{name} <{thread.person.address}>"
    message["To"] = "Contact Centre <contact@northport.example>"
    message["Subject"] = f"Re: {thread.subject}" if reply else thread.subject
    message["Date"] = format_datetime(at)
    if reply:
        message["In-Reply-To"] = thread.message_ids[-1]
        message["References"] = " ".join(thread.message_ids[-8:])
    message["X-Mailer"] = chance.choice(MAILERS)
    for hop in (1, 2):
        message["Received"] = (
            f"from mx{hop}.example.net (mx{hop}.example.net [192.0.2.{hop}]) by mail.northport.example "
            f"with ESMTPS id {chance.getrandbits(48):012x}; {format_datetime(at)}"
        )
    digest, signature = (base64.b64encode(chance.randbytes(size)).decode() for size in (32, 128))
    lines = " ".join(signature[n : n + 60] for n in range(0, len(signature), 60))
    message["DKIM-Signature"] = (
        f"v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=sel1; h=from:to:subject:date; bh={digest}; b={lines}"
    )
