"""A gateway that keeps files: a real server on this machine, whose every answer a test sets."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from .api_server import ApiServer


@dataclass
class Answer:
    """What the server says to one path; `pieces` are sent one by one, `pause_s` apart."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: tuple[bytes, ...] = (b"",)
    pause_s: float = 0
    length: int | None = None  # the Content-Length it promises; None: what it sends


class FileServer:
    """Answers as told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                answer = server.answers.get(self.path, Answer(status=404))
                length = answer.length if answer.length is not None else sum(map(len, answer.pieces))
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(length))
                self.end_headers()
                for piece in answer.pieces:
                    try:
                        self.wfile.write(piece)
                        self.wfile.flush()
                    except OSError:
                        return  # whoever asked has seen enough
                    time.sleep(answer.pause_s)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — http.server's name
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._http.server_address[1]}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def keep(self, path: str, content: bytes, media_type: str = "image/jpeg") -> str:
        """Keep a file; give its address."""
        self.answers[path] = Answer(headers={"Content-Type": media_type}, pieces=(content,))
        return self.url(path)

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[FileServer]:
    server = FileServer()
    yield server
    server.close()


@pytest.fixture
def api() -> Iterator[ApiServer]:
    """Serve a gateway's API."""
    api = ApiServer()
    yield api
    api.close()
