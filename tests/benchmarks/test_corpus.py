"""The e-mails that the benchmarks take in are the same ones every time, and such as they are said to be."""

from __future__ import annotations

import email
import email.policy
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
COUNT = 400


@pytest.fixture
def corpus(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import corpus

    return corpus


@pytest.fixture
def messages(corpus: ModuleType) -> list[EmailMessage]:
    return [email.message_from_bytes(mail.body, policy=email.policy.default) for mail in corpus.mails(COUNT)]


def test_the_first_mails_are_the_same_whatever_the_count(corpus: ModuleType) -> None:
    few, more = corpus.mails(20), corpus.mails(60)

    assert few == more[:20]


def test_the_mails_are_the_same_in_another_process(corpus: ModuleType) -> None:
    program = "import corpus, hashlib; print(hashlib.sha256(b''.join(m.body for m in corpus.mails(30))).hexdigest())"

    digests = {
        subprocess.run([sys.executable, "-c", program], cwd=BENCHMARKS, capture_output=True, check=True).stdout
        for _ in range(2)
    }

    assert len(digests) == 1
    assert len(digests.pop().strip()) == 64


def test_a_reply_answers_an_earlier_mail_of_its_thread(corpus: ModuleType, messages: list[EmailMessage]) -> None:
    thread_of: dict[str, int] = {}

    for mail, message in zip(corpus.mails(COUNT), messages, strict=True):
        assert mail.reply == (thread_of.get(str(message["In-Reply-To"])) == mail.thread)
        assert mail.reply or mail.thread not in thread_of.values()
        thread_of[mail.message_id] = mail.thread


def test_three_in_ten_are_replies_and_one_in_twenty_has_a_letter(
    corpus: ModuleType, messages: list[EmailMessage]
) -> None:
    replies = sum("In-Reply-To" in message for message in messages) / COUNT
    letters = [part.get_content() for message in messages for part in message.iter_attachments()]

    assert replies == pytest.approx(corpus.REPLIES, abs=0.05)
    assert len(letters) / COUNT == pytest.approx(corpus.WITH_LETTER, abs=0.03)
    assert {len(letter) for letter in letters} == {corpus.LETTER_BYTES}


def test_a_mail_has_one_to_four_kilobytes_of_text_beside_html(messages: list[EmailMessage]) -> None:
    texts = [message.get_body(("plain",)).get_content() for message in messages]
    pages = [message.get_body(("html",)).get_content() for message in messages]

    assert all(600 < len(text) < 5_000 for text in texts)
    assert all(page.startswith("<html>") for page in pages)


def test_people_numbers_and_domains_are_nobodys(messages: list[EmailMessage]) -> None:
    domains = {address.domain for message in messages for address in message["From"].addresses}
    numbers = {
        line.removeprefix("Tel: ")[:-3]
        for message in messages
        for line in message.get_body(("plain",)).get_content().splitlines()
        if line.startswith("Tel: ")
    }

    assert domains <= {"example.com", "example.org", "mail.example.net", "post.example"}
    assert numbers <= {"07700 900", "+44 7700 900", "0113 496 0", "(020) 7946 0", "01632 960"}
