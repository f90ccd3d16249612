"""What the standard library's e-mail package writes is read here as it was meant."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from hypothesis import given
from hypothesis import strategies as st

from onestop.channels.email.headers import clean, read_date
from onestop.core.filenames import safe_filename

from .mails import parse

LETTERS = st.characters(categories=["L", "N", "P", "S", "Zs"])
LINE = st.text(LETTERS, max_size=120)
WORDS = st.text(LETTERS, min_size=1, max_size=60).filter(str.strip)
FILE = st.tuples(st.text(LETTERS, min_size=1, max_size=40), st.binary(max_size=200))
ENCODING = st.sampled_from(["7bit", "8bit", "quoted-printable", "base64"])
MARKS = re.compile(r"[>:_\-—–=*]")  # what may mark history or a signature: that is for other tests


def trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


@given(name=WORDS, subject=WORDS)
def test_names_and_subjects_in_any_script_are_read(name: str, subject: str) -> None:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(name, "jo", "example.org")
    mail["Subject"] = subject
    mail.set_content("x")

    enquiry = parse(mail.as_bytes())

    assert enquiry.sender == "mailto:jo@example.org"
    assert enquiry.sender_name == (clean(name, 200) or None)
    assert enquiry.subject == (clean(subject, 998) or None)


@given(lines=st.lists(LINE, max_size=8), encoding=ENCODING, html=st.booleans())
def test_text_in_any_transfer_encoding_is_read_beside_html_and_without(
    lines: list[str], encoding: str, html: bool
) -> None:
    text = MARKS.sub("", "\n".join(lines))
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "jo@example.org"
    if encoding == "7bit" and not text.isascii():
        encoding = "8bit"
    if encoding in ("7bit", "8bit"):
        text = "\n".join(line[:200] for line in text.split("\n"))
    mail.set_content(text, cte=encoding)
    if html:
        mail.add_alternative("<p>The same in HTML</p>", subtype="html")

    enquiry = parse(mail.as_bytes())

    expected = trimmed(text)
    assert enquiry.text == (expected or ("The same in HTML" if html else ""))


@given(st.lists(FILE, min_size=1, max_size=4))
def test_files_come_with_their_bytes_and_safe_names(files: list[tuple[str, bytes]]) -> None:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "jo@example.org"
    mail.set_content("See files.")
    for name, content in files:
        mail.add_attachment(content, maintype="image", subtype="png", filename=name)

    enquiry = parse(mail.as_bytes())

    assert [each.content for each in enquiry.attachments] == [content for _, content in files]
    assert [each.filename for each in enquiry.attachments] == [safe_filename(name, "image/png") for name, _ in files]
    assert enquiry.text == "See files."


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001  # hypothesis wants them naive
    st.integers(-23 * 60, 23 * 60),
)
def test_dates_are_read_in_their_zone(moment: datetime, minutes: int) -> None:
    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))

    found, defect = read_date(format_datetime(aware))

    assert (found, defect) == (aware, None)
    assert found is not None
    assert found.astimezone(UTC) == aware.astimezone(UTC)
