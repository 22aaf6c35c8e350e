"""Previewed imports that wait for the writer's word: on disk, so that a restart does not ask for the file again."""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bimo.studio.words import Refused
from bimo.text.errors import Language

if TYPE_CHECKING:
    from bimo.desk.imports.plan import Plan

_MOST, _SECONDS = 8, 3600.0


class Plans:
    """The plans of files that were sent and not yet brought in. `folder` keeps the files, for their owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        # Reading a long book again takes seconds, so the last plans are kept as they are, too.
        self._read: dict[str, Plan] = {}

    def put(self, data: bytes, name: str, lang: Language | None) -> tuple[str, Plan]:
        """Plan a file; the id under which the plan can be taken. Raises what `imports.reader.plan` raises."""
        from bimo.desk.imports.reader import plan

        read = plan(data, name, lang=lang)
        id = secrets.token_hex(9)
        with self._lock:
            self._forget_old()
            self._read[id] = read
            # What cannot be kept on disk is lost with a restart only.
            with suppress(OSError):
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                descriptor = os.open(self._file(id), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(json.dumps({"name": name, "lang": lang}).encode() + b"\n" + data)
        return id, read

    @contextmanager
    def taken(self, id: str) -> Iterator[Plan]:
        """The plan of that id, gone after a block that did not fail. Raises Refused 404 `studio.no_plan`."""
        with self._lock:
            plan = self._read.pop(id, None) or self._again(id)
        try:
            yield plan
        except BaseException:
            self._read[id] = plan
            raise
        self._file(id).unlink(missing_ok=True)

    def _again(self, id: str) -> Plan:
        from bimo.desk.imports.reader import plan

        try:
            # The name of the file is one of those that are there, whatever the id is.
            file = next(each for each in self._folder.iterdir() if each.name == f"{id}.file")
            head, _, data = file.read_bytes().partition(b"\n")
            about = json.loads(head)
        except (OSError, StopIteration, ValueError):
            raise Refused(404, "studio.no_plan") from None
        return plan(data, about["name"], lang=about["lang"])

    def _forget_old(self) -> None:
        with suppress(OSError):
            files = sorted(self._folder.glob("*.file"), key=lambda file: -file.stat().st_mtime)
            for number, file in enumerate(files):
                if number >= _MOST - 1 or time.time() - file.stat().st_mtime > _SECONDS:
                    file.unlink(missing_ok=True)
                    self._read.pop(file.stem, None)
        while len(self._read) >= _MOST:
            self._read.pop(next(iter(self._read)))

    def _file(self, id: str) -> Path:
        return self._folder / f"{id}.file"
