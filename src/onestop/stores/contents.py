"""Content stores: where the bytes of words, files and payloads are kept."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from onestop.errors import StoreError

__all__ = ["ContentStore", "FolderContents", "RowContents"]


class ContentStore(Protocol):
    """Keeps bytes by id. What is put is never changed, and may be put again with the same bytes."""

    def put(self, content_id: str, body: bytes) -> bytes | None:
        """Keep bytes before the transaction commits; give what the row is to hold (None: nothing)."""
        ...

    def get(self, content_id: str, in_row: bytes | None) -> bytes | None:
        """Give the bytes; None when they were erased."""
        ...

    def erase(self, content_ids: Iterable[str]) -> None:
        """Remove bytes for good; ids that are not there are passed over."""
        ...


class RowContents:
    """Keeps the bytes in the row itself: one durable commit for everything."""

    def put(self, content_id: str, body: bytes) -> bytes | None:
        """Give the bytes back, for the row."""
        return body

    def get(self, content_id: str, in_row: bytes | None) -> bytes | None:
        """Give the row's bytes."""
        return in_row

    def erase(self, content_ids: Iterable[str]) -> None:
        """Do nothing: the bytes go with the row."""


class FolderContents:
    """
    Keeps the bytes as files of a folder, for councils whose photographs would make the database unwieldy.

    A file is on the disk before the transaction commits; one whose transaction did not commit stays behind, unknown to
    any row, and does no harm. Small bytes stay in the row.
    """

    def __init__(self, folder: str | Path, *, larger_than_bytes: int = 4096) -> None:
        self._folder = Path(folder)
        self._limit = larger_than_bytes

    def put(self, content_id: str, body: bytes) -> bytes | None:
        """Write a file and wait until the disk has it."""
        if len(body) <= self._limit:
            return body
        path = self._path(content_id)
        temporary = path.with_suffix(".new")
        try:
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True, exist_ok=True)
                self._sync(self._folder)  # a new folder is an entry of the one above
                self._sync(self._folder.parent)
            with temporary.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            self._sync(path.parent)
        except OSError as exc:
            raise StoreError("the folder of contents cannot be written to") from exc
        return None

    def get(self, content_id: str, in_row: bytes | None) -> bytes | None:
        """Read the file; None when it was erased."""
        if in_row is not None:
            return in_row
        try:
            return self._path(content_id).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise StoreError("the folder of contents cannot be read") from exc

    def erase(self, content_ids: Iterable[str]) -> None:
        """Remove the files."""
        try:
            for content_id in content_ids:
                self._path(content_id).unlink(missing_ok=True)
        except OSError as exc:
            raise StoreError("a file of the folder of contents cannot be removed") from exc

    def _path(self, content_id: str) -> Path:
        if not (content_id.isascii() and content_id.isalnum()):
            raise StoreError("a content's id is made of letters and digits")
        return self._folder / content_id[-3:-1] / content_id  # ids begin with a time

    @staticmethod
    def _sync(folder: Path) -> None:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
