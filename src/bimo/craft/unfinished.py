"""Long work on a text that a kill must not undo: finished parts are kept until the whole is done."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

from bimo.models.places import state_dir


class Unfinished:
    """The finished parts of one run of `tool`; the same `facts` find them again.

    `seed` is the seed of the run that began the work, or the one given if nothing is there. Where the folder cannot
    be written the work goes on and only the way back is lost, so no error is raised.
    """

    def __init__(self, tool: str, facts: object, seed: int) -> None:
        known = hashlib.sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
        self._folder = state_dir() / tool / known[:24]
        self.seed = seed
        self._runs: dict[str, list[str]] = {}
        # A file that is missing or damaged means that nothing was finished.
        with suppress(OSError, ValueError, TypeError, KeyError):
            kept = json.loads((self._folder / "parts.json").read_text(encoding="utf-8"))
            runs = {str(name): [str(part) for part in parts] for name, parts in kept["runs"].items()}
            self.seed, self._runs = int(kept["seed"]), runs

    @property
    def count(self) -> int:
        """How many parts are finished."""
        return sum(map(len, self._runs.values()))

    def parts(self, run: int) -> list[str]:
        """The finished parts of alternative `run`, in order."""
        return list(self._runs.get(str(run), []))

    def keep(self, run: int, part: str) -> None:
        """Put the next finished part of alternative `run` on disk, all at once."""
        self._runs.setdefault(str(run), []).append(part)
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh: Path = self._folder / f".parts.{os.getpid()}"
            fresh.write_text(json.dumps({"seed": self.seed, "runs": self._runs}, ensure_ascii=False), encoding="utf-8")
            os.replace(fresh, self._folder / "parts.json")

    def clear(self) -> None:
        """Forget it all: the work is done."""
        shutil.rmtree(self._folder, ignore_errors=True)
