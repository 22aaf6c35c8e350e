"""The file that grows while weights arrive: its length, its hash so far, and the news about it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from bimo.models.protocol import Cancel
from bimo.text.errors import DownloadError, Notice

Progress = Callable[[int, int, str], None]

_BLOCK = 1 << 20


def blocks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, a mebibyte at a time."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def megabytes(size: int) -> str:
    """A number of bytes as the writer reads it."""
    return f"{size / 1e6:,.1f} MB"


class SourceFailed(Exception):
    """One source could not deliver; the next may. The notice says why, and names the source as `source`."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.notice = Notice.of(code, **details)


class ConnectionBroke(SourceFailed):
    """The bytes stopped on the way; what arrived is kept."""


class WrongBytes(SourceFailed):
    """The source sent something else than the catalogue promises."""


class Part:
    """The beginning of a file, kept on disk across kills; any source may go on where another stopped.

    `done` and `size` are in bytes. A file found on disk is hashed again when the part is opened, since only bytes
    that were read count. Methods that move bytes raise DownloadError once `cancel` is on.
    """

    def __init__(self, path: Path, size: int, *, magic: bytes, progress: Progress, cancel: Cancel) -> None:
        self.path = path
        self.size = size
        self.source = ""
        self.cancel = cancel
        self.done = 0
        self._told = 0
        self._magic = magic
        self._progress = progress
        self._hash = hashlib.sha256()

    def __enter__(self) -> Self:
        self._file = self.path.open("ab", buffering=0)
        try:
            self._read_back()
        except BaseException:  # whatever broke, Ctrl-C too: without __exit__ nobody else would close the file
            self._file.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if self.done == 0:
            self.path.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        """Append what the source sent. Raises SourceFailed if it cannot be the file that was asked for."""
        self.check()
        if self.done == 0 and not data[: len(self._magic)] == self._magic[: len(data)]:
            raise SourceFailed("models.source_other_file", source=self.source)
        if self.done + len(data) > self.size:
            raise SourceFailed("models.source_size", source=self.source, size=self.size, offered=f"> {self.size}")
        view = memoryview(data)
        while view:
            written = self._file.write(view) or 0
            # Counted at once, so that a disk that fills up in the middle leaves the count true.
            self._hash.update(view[:written])
            self.done += written
            view = view[written:]
        self.ahead(0)

    def ahead(self, count: int) -> None:
        """Report progress, with `count` bytes that were fetched but wait to be written."""
        self.check()
        # What was fetched ahead is told before it is written; the writer's bar never goes back for it.
        self._told = max(self._told, min(self.done + count, self.size))
        self._progress(self._told, self.size, self.source)

    def check(self) -> None:
        """Raise DownloadError if somebody asked to stop."""
        if self.cancel.cancelled:
            raise DownloadError("models.pull_cancelled", done=megabytes(self.done), size=megabytes(self.size))

    def matches(self, sha256: str) -> bool:
        """Whether the file is whole and is the one that the hash names."""
        return self.done == self.size and self._hash.hexdigest() == sha256

    def restart(self) -> None:
        """Throw away every byte."""
        self._file.truncate(0)
        self._hash = hashlib.sha256()
        self.done = self._told = 0

    def settle(self) -> None:
        """Wait until the bytes are on the disk itself."""
        os.fsync(self._file.fileno())

    def _read_back(self) -> None:
        if self.path.stat().st_size > self.size:
            self._file.truncate(0)
        for block in blocks(self.path):
            self._hash.update(block)
            self.done += len(block)
            self.ahead(0)
