"""What a writer has called intended: keys of findings, kept in a file beside the manuscript."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from bimo.critique.check import Found
from bimo.critique.passage import Passage
from bimo.text.errors import FileError

# A line holds a key, then what it is about for whoever reads the file; it may go along under version control.
NAME: Final = ".bimo-intended"


def intended(folder: Path) -> frozenset[str]:
    """The keys that are kept for the texts of a folder. Raises FileError `critique.intended_failed`."""
    try:
        lines = (folder / NAME).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return frozenset()
    except (OSError, UnicodeError) as error:
        raise FileError("critique.intended_failed", path=str(folder / NAME), why=str(error)) from error
    return frozenset(line.split()[0] for line in lines if line.strip() and not line.startswith("#"))


def keep_intended(folder: Path, found: Iterable[Found], passage: Passage) -> None:
    """Remember findings as intended. Raises FileError `critique.intended_failed`."""
    path = folder / NAME
    lines = [f"{each.key}  {each.finding.code}  {_brief(each.finding.span.of(passage.text))}\n" for each in found]
    try:
        with path.open("a", encoding="utf-8") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FileError("critique.intended_failed", path=str(path), why=error.strerror or str(error)) from error


def _brief(quote: str) -> str:
    flat = " ".join(quote.split())
    return flat if len(flat) <= 40 else flat[:39] + "…"
