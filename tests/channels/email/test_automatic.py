"""Mail that no person wrote is told from a person's; taking a person for a machine weighs ten times the reverse."""

import json

import pytest

from onestop.channels.email import Email
from onestop.core.enquiry import DeliveryReport, Enquiry

from .mails import raw, reports
from .people import HUMAN


def mail(fields: dict[str, str], words: str) -> bytes:
    given = {"From": "Jo Bloggs <jo@example.org>", "To": "contact@northport.example", "Message-ID": "<m1@example.org>"}
    head = "".join(f"{name}: {value}\n" for name, value in (given | fields).items())
    return f"{head}\n{words}\n".encode()


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    assert len(HUMAN) >= 60


@pytest.mark.parametrize("name", HUMAN)
def test_a_persons_mail_is_never_called_automatic(name: str) -> None:
    (parsed,) = Email().parse(raw(mail(*HUMAN[name])))

    assert isinstance(parsed, Enquiry)
    assert parsed.kind == "message"


@pytest.mark.parametrize(
    "fields",
    [
        {"Subject": "Re: Bin", "Auto-Submitted": "auto-replied"},
        {"Subject": "Re: Bin", "Auto-Submitted": "auto-replied (vacation)"},
        {"Subject": "Re: Bin", "X-Autoreply": "yes"},
        {"Subject": "Re: Bin", "Precedence": "auto_reply"},
        {"Subject": "Automatic reply: Bin", "X-Auto-Response-Suppress": "All"},
        {"Subject": "Out of office", "Precedence": "bulk"},
        {"Subject": "Out of Office Re: Bin", "Return-Path": "<>"},
        {"Subject": "On annual leave until 9 March", "Precedence": "junk"},
        {"Subject": "Out of office: Jo", "Return-Path": "<>"},
        {"Subject": "Ateb awtomatig: Bin", "X-Auto-Response-Suppress": "OOF"},
    ],
)
def test_an_automatic_answer_is_seen(fields: dict[str, str]) -> None:
    (parsed,) = Email().parse(raw(mail(fields, "I am back on Monday.")))

    assert isinstance(parsed, Enquiry)
    assert parsed.kind == "auto_reply"


DAEMON = {"From": "MAILER-DAEMON@mx.example.org", "Subject": "failure notice", "Return-Path": "<>"}


def test_each_recipient_of_a_bounce_has_its_own_status() -> None:
    words = "<ann@example.org>:\n550 5.1.1 no such user\n\n<bob@example.org>:\n452 4.2.2 mailbox full\n"

    found = reports(mail(DAEMON, words))

    assert [(each.recipient, each.status, each.permanent) for each in found] == [
        ("mailto:ann@example.org", "5.1.1", True),
        ("mailto:bob@example.org", "4.2.2", False),
    ]


def test_whom_to_ask_for_help_is_not_who_failed() -> None:
    words = "Your mail could not be delivered. For help, contact <help@mx.example.org>.\n\n----- Original message\n"
    words += "To: Ann <ann@example.org>\n"

    (found,) = reports(mail(DAEMON, words))

    assert found.recipient == "mailto:ann@example.org"


def test_a_server_that_gave_up_for_the_time_being_says_nothing_of_the_address() -> None:
    (found,) = reports(mail(DAEMON, "<ann@example.org>:\nI could not deliver: connection timed out. Giving up.\n"))

    assert (found.kind, found.permanent) == ("bounce", False)


@pytest.mark.parametrize(
    ("to", "message_id"),
    [
        ("bounces+0195561a2b3cdeadbeef00m@northport.example", "0195561a2b3cdeadbeef00m"),
        ("Bounces <bounces+0195561a2b3cdeadbeef00m@northport.example>", "0195561a2b3cdeadbeef00m"),
        ("bounces@northport.example", None),
        ("contact+np049n3021-token@northport.example", None),
    ],
)
def test_a_report_that_names_no_message_is_known_by_the_address_it_was_sent_to(to: str, message_id: str | None) -> None:
    (found,) = reports(mail(DAEMON | {"To": to}, "<ann@example.org>:\nI could not deliver: 550 5.1.1 unknown user\n"))

    assert (found.kind, found.message_id) == ("bounce", message_id)


SES = {"From": "no-reply@sns.amazonaws.com", "Subject": "AWS Notification Message"}
BOUNCED = {
    "notificationType": "Bounce",
    "bounce": {
        "bounceType": "Permanent",
        "bouncedRecipients": [{"emailAddress": "ann@example.org", "diagnosticCode": "smtp; 550 5.1.1 unknown"}],
    },
    "mail": {"messageId": "0101-ses"},
}


@pytest.mark.parametrize(
    "wrap", [lambda told: told, lambda told: {"Type": "Notification", "Message": json.dumps(told)}]
)
def test_amazons_notification_of_a_bounce_is_a_report(wrap: object) -> None:
    body = json.dumps(wrap(BOUNCED), indent=1) + "\n--\nTo unsubscribe: https://aws.example/"  # type: ignore[operator]  # a function

    (found,) = reports(mail(SES, body))

    assert (found.kind, found.recipient, found.status) == ("bounce", "mailto:ann@example.org", "5.1.1")
    assert (found.permanent, found.message_id) == (True, "0101-ses")


@pytest.mark.parametrize(
    "told", [{"complainedRecipients": [{"emailAddress": "ann@example.org"}]}, {"complainedRecipients": 5}, []]
)
def test_amazons_notification_of_a_complaint_is_a_report_when_it_names_somebody(told: object) -> None:
    body = json.dumps({"notificationType": "Complaint", "complaint": told})

    (found,) = Email().parse(raw(mail(SES, body)))

    named = isinstance(told, dict) and isinstance(told["complainedRecipients"], list)
    assert isinstance(found, DeliveryReport) == named


def test_a_complaint_names_each_recipient() -> None:
    frame = "Content-Type: multipart/report; report-type=feedback-report; boundary=b\nFrom: fbl@example.org\n\n"
    part = "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: ann@example.org\n"
    body = (frame + part + "Original-Rcpt-To: <bob@example.org>\n\n--b--\n").encode()

    found = reports(body)

    assert [each.recipient for each in found] == ["mailto:ann@example.org", "mailto:bob@example.org"]
    assert {each.kind for each in found} == {"feedback_report"}
