"""Where a voice keeps its things, and what it says about itself."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import regex

from bimo.models.places import voices_dir
from bimo.models.voices import CARD
from bimo.text.errors import FileError, InputError

_NAME = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one voice: texts to learn from, the training, the adapter, and `voice.toml` for the studio."""

    name: str

    @property
    def root(self) -> Path:
        """The folder itself."""
        return voices_dir() / self.name

    @property
    def dataset(self) -> Path:
        """Where the prepared texts lie, with their card."""
        return self.root / "dataset"

    @property
    def run(self) -> Path:
        """Where the training keeps its checkpoints, its log and its card."""
        return self.root / "run"

    @property
    def adapter(self) -> Path:
        """The trained adapter as the engine reads it."""
        return self.root / "adapter.gguf"

    @property
    def card(self) -> Path:
        """What the voice says about itself; the engine reads it."""
        return self.root / CARD

    @property
    def report(self) -> Path:
        """The page of the last evaluation."""
        return self.root / "report.html"


def voice_home(name: str, *, new: bool = False) -> Home:
    """The home of a voice. Raises InputError if the name is none, or if there is no such voice and it is not `new`."""
    if not _NAME.fullmatch(name):
        raise InputError("voice.bad_name", name=name)
    home = Home(name)
    if not new and not home.dataset.is_dir():
        known = [each.name for each in voices()]
        near = ", ".join(get_close_matches(name, known, n=3, cutoff=0.3) or known) or "–"
        raise InputError("voice.no_voice", name=name, near=near)
    return home


def voices() -> list[Home]:
    """Every voice that was prepared here, by name."""
    folder = voices_dir()
    if not folder.is_dir():
        return []
    return [Home(each.name) for each in sorted(folder.iterdir()) if (each / "dataset").is_dir()]


def keep(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises FileError `voice.cannot_write`."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise FileError("voice.cannot_write", path=str(path), reason=error.strerror or str(error)) from error


def kept(path: Path) -> dict[str, Any]:
    """The JSON object in a file that `keep` wrote; empty if there is none."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found
