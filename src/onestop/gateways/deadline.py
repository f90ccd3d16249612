"""A limit of time for a whole conversation: a socket by itself limits each wait only, and a slow drip meets none."""

from __future__ import annotations

import io
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["Deadline", "reader_of"]


class Deadline:
    """When a conversation must be over, by the machine's own steady clock."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """
        Give the seconds that are left.

        Raises:
            TimeoutError: none are.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the conversation took longer than it may")
        return left


class _TimedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self.deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._sock.settimeout(self.deadline.left())
        return self._sock.recv_into(buffer)


def reader_of(sock: socket.socket, deadline: Deadline) -> io.BufferedReader:
    """Give what is read from a socket, as a file that raises TimeoutError once the deadline has passed."""
    return io.BufferedReader(_TimedReader(sock, deadline))
