"""What jobs tell, on disk as they tell it, so that nothing streamed is lost when the server is killed.

A job has a file of JSON lines: what it is, each event, and at last how it ended. A line is one write, which outlives
the process (a power cut may take the last ones). Files are for their owner alone, for they hold the writer's text.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a job from its file. `end` is None if it was cut off."""

    head: Mapping[str, Any]
    told: list[tuple[str, Mapping[str, Any]]]
    end: Mapping[str, Any] | None


class Record:
    """The file of one job."""

    def __init__(self, file: Path) -> None:
        self._stream: IO[bytes] | None = None
        with suppress(OSError):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._stream = os.fdopen(descriptor, "wb", buffering=0)

    def add(self, line: object) -> None:
        """Write a JSON value as a line. On a full disk the job goes on without its file."""
        if self._stream is not None:
            try:
                self._stream.write(json.dumps(line).encode() + b"\n")
            except OSError:
                self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._stream is not None:
            with suppress(OSError):
                self._stream.close()
            self._stream = None


class Journal:
    """The files of the jobs of one desk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def record(self, id: str) -> Record:
        """The file of a job, to be written on."""
        return Record(self._file(id))

    def forget(self, id: str) -> None:
        """Delete the file of a job."""
        with suppress(OSError):
            self._file(id).unlink(missing_ok=True)

    def read(self) -> Iterator[tuple[str, Entry]]:
        """Every job that was kept, by its id; what cannot be read is left alone."""
        for file in sorted(self._folder.glob("*.jsonl")):
            with suppress(OSError, ValueError, LookupError, TypeError):
                yield file.stem, _entry(file.read_bytes())

    def _file(self, id: str) -> Path:
        return self._folder / f"{id}.jsonl"


def _entry(content: bytes) -> Entry:
    # A kill may have cut off the last line.
    head, *rest = (json.loads(line) for line in content[: content.rfind(b"\n") + 1].splitlines())
    end = rest.pop() if rest and isinstance(rest[-1], dict) else None
    return Entry(dict(head), [(str(name), dict(data)) for name, data in rest], end)
