"""E-mail by mail servers: what arrives is what was rendered, and whether a mail can have been taken is always known."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from onestop.channels.email import Email
from onestop.core.contact import Urn
from onestop.core.gateway import GatewayRequest, Message
from onestop.errors import RequestError, SendError, UnsureError
from onestop.gateways import Sent, SmtpSender
from onestop.gateways.smtp_link import refusal

from .mail_servers import (
    CHATTER,
    CLOSE,
    DRIP,
    HANG,
    PASSWORD,
    USER,
    MailServer,
    Script,
    ScriptedServer,
    authenticate,
    client_tls,
    server_tls,
)

ADAPTER = Email(from_address="contact@northport.example")
BOUNCES = "bounces@northport.example"


def message(**fields: object) -> Message:
    given: dict[str, object] = {
        "id": "message-1",
        "channel": "email",
        "recipient": Urn("mailto:jo@example.org"),
        "purpose": "service_update",
        "subject": "Your report",
        "text": "Cleaned today.",
        "reference": "NP-049N-3021",
        "created_at": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    }
    return Message.model_validate(given | fields)


def mail(body: bytes, to: str = "jo@example.org") -> GatewayRequest:
    return GatewayRequest(url=f"mailto:{to}", body=body)


@pytest.fixture
def server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sender(server: MailServer) -> Iterator[SmtpSender]:
    sender = SmtpSender("127.0.0.1", server.port, envelope_from=BOUNCES, security="none", timeout_s=5)
    yield sender
    sender.close()


Scripted = Callable[..., tuple[SmtpSender, Script]]


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """Make a server that replies as told, and a sender to it that waits half a second."""
    opened: list[tuple[ScriptedServer, SmtpSender]] = []

    def make(*, only_first: bool = False, **replies: str) -> tuple[SmtpSender, Script]:
        script = Script({"." if verb == "end" else verb: reply for verb, reply in replies.items()}, only_first)
        server = ScriptedServer(script)
        sender = SmtpSender("127.0.0.1", server.port, envelope_from=BOUNCES, security="none", timeout_s=0.5)
        opened.append((server, sender))
        return sender, script

    yield make
    for server, sender in opened:
        sender.close()
        server.close()


# -- what arrives ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Cleaned today.",
        "Mae'r bin wedi'i wagio. Diolch, Siân ŵyr",
        ".\n..\n.hidden\n\nFrom here on",
        "word " * 2_000,
        "🚮 bins\n" * 50,
    ],
)
def test_what_the_adapter_rendered_arrives_byte_for_byte(server: MailServer, sender: SmtpSender, text: str) -> None:
    request = ADAPTER.render(message(text=text))

    sent = sender.send(message(text=text), request)

    (kept,) = server.kept
    assert kept.content == request.body
    assert (kept.mail_from, kept.rcpt_tos) == (BOUNCES, ["jo@example.org"])
    assert sent == Sent(None)


@pytest.mark.parametrize(
    "body",
    [
        b"Subject: dots\r\n\r\n.\r\n..\r\n...three\r\n.\r\n",
        b".begins with a dot\r\n",
        "Subject: 8bit\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nŵy\r\n".encode(),
        b"Subject: long\r\n\r\n" + b"x" * 997 + b"\r\n",
        b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\n\r\nwords\r\n--b\r\n'
        b"Content-Type: text/html\r\n\r\n<p>words</p>\r\n--b--\r\n",
    ],
)
def test_dots_eight_bits_long_lines_and_parts_arrive_as_they_are(
    server: MailServer, sender: SmtpSender, body: bytes
) -> None:
    sender.send(message(), mail(body))

    (kept,) = server.kept
    assert kept.content == body


def test_no_line_ends_in_a_way_that_two_servers_read_differently(server: MailServer, sender: SmtpSender) -> None:
    sender.send(message(), mail(b"Subject: x\r\n\r\none\n.\nMAIL FROM:<x@example.org>\rtwo"))

    (kept,) = server.kept
    assert kept.content == b"Subject: x\r\n\r\none\r\n.\r\nMAIL FROM:<x@example.org>\r\ntwo\r\n"


def test_eight_bit_mail_says_so(server: MailServer, sender: SmtpSender) -> None:
    sender.send(message(), mail("Subject: x\r\n\r\nŵy\r\n".encode()))

    assert "BODY=8BITMIME" in server.kept[0].mail_options
    assert "SMTPUTF8" not in server.kept[0].mail_options


def test_an_international_address_goes_to_a_server_that_takes_them() -> None:
    server = MailServer(enable_SMTPUTF8=True)
    server.start()
    sender = SmtpSender("127.0.0.1", server.port, envelope_from=BOUNCES, security="none")

    sender.send(message(), mail(b"Subject: x\r\n\r\nwords\r\n", to="siân@example.org"))

    sender.close()
    server.stop()
    assert server.kept[0].rcpt_tos == ["siân@example.org"]
    assert server.kept[0].smtp_utf8


def test_an_international_address_is_refused_by_its_code_where_the_server_takes_none(scripted: Scripted) -> None:
    sender, script = scripted()

    with pytest.raises(SendError) as refused:
        sender.send(message(), mail(b"x\r\n", to="siân@example.org"))

    assert (refused.value.permanent, refused.value.status) == (True, "5.6.7")
    assert not script.mails


def test_a_mail_larger_than_the_server_takes_is_not_begun(scripted: Scripted) -> None:
    sender, script = scripted()

    with pytest.raises(SendError) as refused:
        sender.send(message(), mail(b"x" * 100_001))

    assert (refused.value.permanent, refused.value.status) == (True, "5.3.4")
    assert not any(command.startswith(b"MAIL") for command in script.commands)


# -- the envelope ------------------------------------------------------------------------------------------------------


def test_nothing_is_ever_answered_to_automatic_mail(server: MailServer, sender: SmtpSender) -> None:
    automatic = message(automatic=True)

    sender.send(automatic, ADAPTER.render(automatic))

    (kept,) = server.kept
    assert kept.mail_from == "<>"
    assert b"\r\nAuto-Submitted: auto-generated\r\n" in kept.content


def test_bounces_of_automatic_mail_come_back_where_the_council_wants_them(server: MailServer) -> None:
    sender = SmtpSender(
        "127.0.0.1", server.port, envelope_from=BOUNCES, security="none", null_for_automatic=False, verp=True
    )

    sender.send(message(automatic=True), mail(b"x\r\n"))

    sender.close()
    assert server.kept[0].mail_from == "bounces+message-1@northport.example"


@pytest.mark.parametrize(
    "url", ["mailto:", "mailto:jo@example.org> RCPT TO:<x@example.org", "mailto:jo@example.org\r\nRSET"]
)
def test_no_address_breaks_out_of_its_command(server: MailServer, sender: SmtpSender, url: str) -> None:
    with pytest.raises(SendError) as refused:
        sender.send(message(), GatewayRequest(url=url, body=b"x"))

    assert (refused.value.permanent, refused.value.status) == (True, "5.1.3")
    assert server.kept == []


def test_what_is_no_mail_waits_for_its_own_sender(sender: SmtpSender) -> None:
    with pytest.raises(SendError) as refused:
        sender.send(message(), GatewayRequest(url="https://api.twilio.com/x", body=b"x"))

    assert (refused.value.permanent, refused.value.status) == (False, "no_route")


# -- security ----------------------------------------------------------------------------------------------------------


def test_over_starttls_a_login_is_made_and_mail_arrives() -> None:
    server = MailServer(tls_context=server_tls(), require_starttls=True, authenticator=authenticate, auth_required=True)
    server.start()
    sender = SmtpSender(
        "localhost", server.port, envelope_from=BOUNCES, username=USER, password=PASSWORD, tls=client_tls()
    )

    sender.send(message(), mail(b"x\r\n"))

    sender.close()
    server.stop()
    assert [kept.content for kept in server.kept] == [b"x\r\n"]


def test_over_tls_from_the_beginning_mail_arrives() -> None:
    server = MailServer(ssl_context=server_tls())
    server.ssl_context.check_hostname = False
    server.start()
    sender = SmtpSender("localhost", server.port, envelope_from=BOUNCES, security="tls", tls=client_tls())

    sender.send(message(), mail(b"x\r\n"))

    sender.close()
    server.stop()
    assert len(server.kept) == 1


def test_a_wrong_password_says_nothing_of_the_message_and_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    server = MailServer(tls_context=server_tls(), authenticator=authenticate, auth_required=True)
    server.start()
    sender = SmtpSender(
        "localhost", server.port, envelope_from=BOUNCES, username=USER, password="not it", tls=client_tls()
    )

    with pytest.raises(SendError) as refused:
        sender.send(message(), mail(b"x\r\n"))

    server.stop()
    assert (refused.value.permanent, refused.value.status) == (False, "login")
    assert "not it" not in repr(sender) + str(refused.value) + caplog.text
    assert refused.value.__suppress_context__


def test_a_server_that_is_not_proved_gets_nothing(server: MailServer) -> None:
    unproved = MailServer(tls_context=server_tls())
    unproved.start()
    sender = SmtpSender("localhost", unproved.port, envelope_from=BOUNCES)  # the system does not know its certificate

    with pytest.raises(SendError) as refused:
        sender.send(message(), mail(b"x\r\n"))

    unproved.stop()
    assert (refused.value.permanent, refused.value.status) == (False, "tls")
    assert unproved.kept == []


def test_a_server_without_starttls_gets_nothing(server: MailServer) -> None:
    sender = SmtpSender("127.0.0.1", server.port, envelope_from=BOUNCES, tls=client_tls())

    with pytest.raises(SendError) as refused:
        sender.send(message(), mail(b"x\r\n"))

    assert (refused.value.permanent, refused.value.status) == (False, "tls")
    assert server.kept == []


@pytest.mark.parametrize(
    "settings",
    [
        {"security": "maybe"},
        {"username": "onestop"},
        {"username": "onestop", "password": "x", "security": "none"},
        {"envelope_from": "nobody"},
    ],
    ids=["unknown_security", "half_a_login", "login_in_clear", "no_address"],
)
def test_settings_that_do_not_fit_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(RequestError):
        SmtpSender("mail.example", **({"envelope_from": BOUNCES} | settings))  # type: ignore[arg-type]  # wrong on purpose


# -- what a server answers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replies", "fails"),
    [
        ({"RCPT": "550 5.1.1 no such user"}, True),
        ({"RCPT": "550 no such user"}, True),
        ({"RCPT": "552 5.2.2 mailbox full"}, False),
        ({"RCPT": "554 5.7.1 relaying denied"}, False),
        ({"RCPT": "451 4.1.1 perhaps later"}, False),
        ({"MAIL": "553 5.1.8 no such domain"}, False),
        ({"MAIL": "550 go away"}, False),
        ({"end": "550 5.1.1 no such user after all"}, True),
        ({"end": "550 looks like spam"}, False),
    ],
    ids=str,
)
def test_a_refusal_blames_the_mailbox_only_where_it_speaks_of_the_mailbox(
    scripted: Scripted, replies: dict[str, str], fails: bool
) -> None:
    sender, _ = scripted(**replies)

    with pytest.raises(SendError) as refused:
        sender.send(message(), mail(b"x\r\n"))

    assert refused.value.address_fails is fails


@pytest.mark.parametrize(
    ("replies", "permanent", "status"),
    [
        ({"RCPT": "550 5.1.1 no such user"}, True, "5.1.1"),
        ({"RCPT": "550 no such user"}, True, "550"),
        ({"RCPT": "452-4.2.2 mailbox\r\n452 4.2.2 full"}, False, "4.2.2"),
        ({"RCPT": "451 4.7.1 greylisted"}, False, "4.7.1"),
        ({"MAIL": "530 5.7.0 log in first"}, False, "5.7.0"),
        ({"MAIL": "553 5.1.8 no such domain"}, True, "5.1.8"),
        ({"DATA": "554 5.7.1 no"}, True, "5.7.1"),
        ({"end": "552 5.3.4 too large"}, True, "5.3.4"),
        ({"end": "451 4.3.0 try later"}, False, "4.3.0"),
        ({"connect": "554 5.7.1 go away"}, False, "554"),
        ({"RCPT": "421 4.3.2 closing"}, False, "connection_lost"),
        ({"end": "421 4.3.2 closing"}, False, "connection_lost"),
        ({"connect": CLOSE}, False, "unreachable"),
        ({"connect": HANG}, False, "unreachable"),
        ({"connect": DRIP}, False, "unreachable"),
        ({"connect": CHATTER}, False, "unreachable"),
        ({"EHLO": CHATTER}, False, "unreachable"),
        ({"MAIL": CLOSE}, False, "connection_lost"),
        ({"RCPT": HANG}, False, "connection_lost"),
        ({"DATA": CLOSE}, False, "connection_lost"),
        ({"DATA": "250 what?"}, False, "connection_lost"),
        ({"DATA": "garbage"}, False, "connection_lost"),
    ],
)
def test_each_refusal_has_its_code_and_says_whether_trying_again_can_help(
    scripted: Scripted, replies: dict[str, str], permanent: bool, status: str
) -> None:
    sender, script = scripted(**replies)

    with pytest.raises(SendError) as refused:
        sender.send(message(), mail(b"x\r\n"))

    assert (refused.value.permanent, refused.value.status) == (permanent, status)
    assert not script.mails


@pytest.mark.parametrize("reply", [CLOSE, HANG, DRIP, CHATTER, "garbage"])
def test_a_server_that_has_all_of_a_mail_and_does_not_answer_may_have_taken_it(scripted: Scripted, reply: str) -> None:
    sender, _ = scripted(end=reply)

    with pytest.raises(UnsureError) as unsure:
        sender.send(message(), mail(b"x\r\n"))

    assert unsure.value.status == "no_answer"


@pytest.mark.parametrize("reply", ["200 fine", "220 ready", "354 go on", "150 soon", "999 whatever", "000 x"])
def test_an_answer_to_a_whole_mail_that_is_neither_yes_nor_no_leaves_it_in_doubt(
    scripted: Scripted, reply: str
) -> None:
    sender, _ = scripted(end=reply)

    with pytest.raises(UnsureError):
        sender.send(message(), mail(b"x\r\n"))


def test_a_reply_of_no_class_is_no_word_about_the_address(scripted: Scripted) -> None:
    sender, _ = scripted(RCPT="999 whatever")

    with pytest.raises(SendError) as refused:
        sender.send(message(), mail(b"x\r\n"))

    assert not refused.value.permanent


def test_after_a_refusal_the_same_connection_takes_the_next_mail(server: MailServer, sender: SmtpSender) -> None:
    server.refusals["jo@example.org"] = "550 5.1.1 nobody"
    with pytest.raises(SendError):
        sender.send(message(), mail(b"first\r\n"))

    sender.send(message(), mail(b"second\r\n", to="tom@example.org"))
    sender.send(message(), mail(b"third\r\n", to="tom@example.org"))

    assert [kept.content for kept in server.kept] == [b"second\r\n", b"third\r\n"]
    assert len(server.sessions) == 1


@pytest.mark.parametrize("reply", ["421 4.4.2 idle for too long", CLOSE])
def test_a_connection_that_was_closed_meanwhile_is_made_anew_and_the_mail_goes_once(
    scripted: Scripted, reply: str
) -> None:
    sender, script = scripted(only_first=True)
    sender.send(message(), mail(b"first\r\n"))
    script.replies = {"MAIL": reply}

    sender.send(message(), mail(b"second\r\n"))

    assert script.mails == [b"first\r\n", b"second\r\n"]
    assert script.greetings == 2


def test_a_connection_that_was_idle_for_long_is_renewed_before_it_is_used(server: MailServer) -> None:
    now = [0.0]
    sender = SmtpSender(
        "127.0.0.1", server.port, envelope_from=BOUNCES, security="none", idle_s=20, clock=lambda: now[0]
    )
    sender.send(message(), mail(b"first\r\n"))
    now[0] = 21.0

    sender.send(message(), mail(b"second\r\n"))

    sender.close()
    assert (len(server.kept), len(server.sessions)) == (2, 2)


def test_a_server_that_cannot_be_reached_is_tried_again_later(scripted: Scripted) -> None:
    sender = SmtpSender("127.0.0.1", 1, envelope_from=BOUNCES, security="none")

    with pytest.raises(SendError) as refused:
        sender.send(message(), mail(b"x\r\n"))

    assert (refused.value.permanent, refused.value.status) == (False, "unreachable")


def test_threads_share_one_connection_and_every_mail_arrives_once(server: MailServer, sender: SmtpSender) -> None:
    bodies = [f"Subject: {number}\r\n\r\n".encode() for number in range(20)]
    threads = [threading.Thread(target=sender.send, args=(message(), mail(body))) for body in bodies]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(bytes(kept.content or b"") for kept in server.kept) == sorted(bodies)
    assert len(server.sessions) == 1


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"5.1", b"5.1.1x", b"9.1.1 no"])
def test_an_answer_without_an_enhanced_code_has_its_own(text: bytes) -> None:
    assert refusal(550, text, "mail").status == "550"
