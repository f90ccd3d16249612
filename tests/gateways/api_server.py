"""A gateway's API on this machine: keeps every byte that it is sent, and answers as a test sets."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Said:
    """One request as it came over the wire."""

    line: str
    headers: dict[str, str]
    body: bytes


def answer(status: int, content: object, **headers: str) -> bytes:
    """Give an answer's bytes; text goes as it is, all else as JSON."""
    body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Behaviour:
    """How the server treats a request."""

    answer: bytes = b""  # nothing: it closes without a word
    read_body: bool = True  # False: it closes in the middle of the request
    hang: bool = False  # reads everything, and says nothing
    drip_s: float = 0  # between one byte of the answer and the next
    asked: list[Said] = field(default_factory=list)


class ApiServer(socketserver.ThreadingTCPServer):
    """Serves one behaviour."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        self.behaviour = Behaviour()
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), _Exchange)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def asked(self) -> list[Said]:
        return self.behaviour.asked

    def answers(self, content: bytes, **how: float) -> None:
        """Set what the server answers from now on."""
        self.behaviour = Behaviour(answer=content, asked=self.asked, **how)  # type: ignore[arg-type]  # drip_s, hang

    def close(self) -> None:
        self.over.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Exchange(socketserver.StreamRequestHandler):
    server: ApiServer

    def handle(self) -> None:
        behaviour = self.server.behaviour
        line = self.rfile.readline().decode().strip()
        headers: dict[str, str] = {}
        while (each := self.rfile.readline().decode().strip()) != "":
            name, _, value = each.partition(": ")
            headers[name.lower()] = value
        if not behaviour.read_body or not line:  # whoever connected said nothing
            return
        body = self.rfile.read(int(headers.get("content-length", "0")))
        behaviour.asked.append(Said(line, headers, body))
        if behaviour.hang:
            self.server.over.wait(10)
            return
        try:
            if not behaviour.drip_s:
                self.wfile.write(behaviour.answer)
            for byte in behaviour.answer if behaviour.drip_s else b"":
                self.wfile.write(bytes([byte]))
                time.sleep(behaviour.drip_s)
        except OSError:
            return  # whoever asked has gone
