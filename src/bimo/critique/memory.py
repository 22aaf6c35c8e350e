"""What critics said of parts of a text before, so that only what changed is looked at again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from bimo.text.finding import Finding, Severity
from bimo.text.spans import Edit, Span

# Raised when what is kept has another shape.
_VERSION: Final = 1
# So many texts are remembered.
_TEXTS: Final = 200


class Memory:
    """Findings by shelf (which critic, knowing what) and by key (of the part that it looked at).

    Places are kept relative to the part, so that a part may move. `save` keeps what was used since `load`, and what
    critics said that were not asked.
    """

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, Any]] = {}
        self._used: dict[str, dict[str, Any]] = {}

    def recall(self, shelf: str, key: str, start: int) -> list[Finding] | None:
        """What was said of the part that now starts at `start`, or None if it is new."""
        found = self._used.get(shelf, {}).get(key)
        if found is None:
            found = self._kept.get(shelf, {}).get(key)
        if found is None:
            return None
        self._used.setdefault(shelf, {})[key] = found
        return [_finding(each, start) for each in found]

    def keep(self, shelf: str, key: str, start: int, said: Iterable[Finding]) -> None:
        """Remember what was said of the part that starts at `start`."""
        self._used.setdefault(shelf, {})[key] = [_data(each, start) for each in said]

    def load(self, path: Path) -> None:
        """Take in what `save` wrote; a file that is missing, damaged or of another version is as good as none."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            self._kept = data["shelves"] if data["version"] == _VERSION else {}
        except (OSError, ValueError, KeyError, TypeError):
            self._kept = {}

    def save(self, path: Path, *, complete: bool = True) -> None:
        """Write what was used to a file, whole or not at all. Raises OSError.

        If the check was not `complete`, what it did not come to is kept as well.
        """
        asked = {shelf.partition(":")[0] for shelf in self._used}
        others = {
            shelf: said for shelf, said in self._kept.items() if not complete or shelf.partition(":")[0] not in asked
        }
        used = self._used if complete else {key: others.get(key, {}) | said for key, said in self._used.items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}")
        data = {"version": _VERSION, "shelves": others | used}
        beside.write_text(json.dumps(data, ensure_ascii=False), "utf-8", "surrogatepass")
        beside.replace(path)


def memory_of(text: Path, folder: Path) -> Path:
    """The file in `folder` that remembers what was said of the file `text`; old ones of other texts are removed."""
    name = sha256(str(text.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    with suppress(OSError):
        old = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in old[_TEXTS:]:
            path.unlink()
    return folder / f"{name}.json"


def _data(finding: Finding, start: int) -> list[Any]:
    return [
        finding.code,
        finding.span.start - start,
        finding.span.end - start,
        int(finding.severity),
        dict(finding.args),
        [[each.start - start, each.end - start] for each in finding.evidence],
        [[each.span.start - start, each.span.end - start, each.new, each.reason] for each in finding.fixes],
    ]


def _finding(data: list[Any], start: int) -> Finding:
    code, first, last, severity, args, evidence, fixes = data
    return Finding(
        code,
        Span(first + start, last + start),
        Severity(severity),
        args,
        tuple(Span(one + start, two + start) for one, two in evidence),
        tuple(Edit(Span(one + start, two + start), new, reason) for one, two, new, reason in fixes),
    )
