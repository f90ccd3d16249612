"""Mail servers on this machine: a real one that keeps what it gets, and one whose every reply a test sets."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from aiosmtpd.smtp import Envelope as Kept

TLS = Path(__file__).parent / "tls"  # of this machine's own names, and trusted by nobody but these tests
USER, PASSWORD = "onestop", "a long password"


def server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "cert.pem", TLS / "key.pem")
    return context


def client_tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(TLS / "cert.pem"))


class MailServer(Controller):  # type: ignore[misc]  # aiosmtpd has no types
    """aiosmtpd, with a handler that keeps every envelope, and answers as a test sets by recipient."""

    def __init__(self, **settings: Any) -> None:
        self.kept: list[Kept] = []
        self.refusals: dict[str, str] = {}
        self.after_data: list[str] = []  # one answer each, taken from the front
        self.sessions: set[int] = set()
        super().__init__(self, hostname="127.0.0.1", port=_free_port(), server_hostname="localhost", **settings)

    async def handle_RCPT(  # noqa: N802 — aiosmtpd's name
        self, server: SMTP, session: Any, envelope: Kept, address: str, options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Kept) -> str:  # noqa: N802 — aiosmtpd's name
        if self.after_data:
            return self.after_data.pop(0)
        self.sessions.add(id(session))
        self.kept.append(envelope)
        return "250 2.0.0 OK: queued as 4XyZ"


def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    """Let in whoever knows the password."""
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


CLOSE, HANG, DRIP, CHATTER = "close", "hang", "drip", "chatter"


@dataclass
class Script:
    """What the server replies by command; `.` is the end of a mail, `connect` the greeting."""

    replies: Mapping[str, str] = field(default_factory=dict)
    only_first: bool = False  # the first connection only; later ones are served well
    greetings: int = 0
    mails: list[bytes] = field(default_factory=list)
    commands: list[bytes] = field(default_factory=list)

    def reply(self, command: str, connection: int, usual: str) -> str:
        return self.replies.get(command, usual) if connection == 1 or not self.only_first else usual


class ScriptedServer(socketserver.ThreadingTCPServer):
    """A mail server that misbehaves as its script says."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, script: Script) -> None:
        self.script = script
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), _Conversation)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def close(self) -> None:
        self.over.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Conversation(socketserver.StreamRequestHandler):
    server: ScriptedServer

    def handle(self) -> None:
        script = self.server.script
        script.greetings += 1
        number = script.greetings
        try:
            if not self._say(script.reply("connect", number, "220 mail.example")):
                return
            while line := self.rfile.readline():
                script.commands.append(line)
                verb = line[:4].decode().strip().upper()
                usual = {"EHLO": "250-mail.example\r\n250 SIZE 100000", "DATA": "354 go on", "QUIT": "221 bye"}
                said = script.reply(verb, number, usual.get(verb, "250 2.0.0 OK"))
                if not self._say(said):
                    return
                if said.startswith("354") and not self._mail(script.reply(".", number, "250 2.0.0 OK")):
                    return
        except OSError:
            return  # whoever spoke to it has gone

    def _mail(self, reply: str) -> bool:
        body = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            body += line
        if reply not in (CLOSE, HANG, DRIP, CHATTER) and reply.startswith("2"):
            self.server.script.mails.append(body)
        return self._say(reply)

    def _say(self, reply: str) -> bool:
        if reply == CLOSE:
            return False
        if reply == HANG:
            self.server.over.wait(10)
            return False
        if reply == DRIP:  # one byte at a time, and never a whole line
            while not self.server.over.is_set():
                self.wfile.write(b"2")
                time.sleep(0.02)
            return False
        if reply == CHATTER:  # a reply without an end
            while not self.server.over.is_set():
                self.wfile.write(b"250-and\r\n" * 100)
            return False
        self.wfile.write(f"{reply}\r\n".encode())
        return True
