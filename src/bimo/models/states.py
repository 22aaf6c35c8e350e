"""Evaluated contexts on disk: what the engine has read, kept so that a later process need not read it again.

They hold the writer's text as numbers, so they are private. One file a slot; its name says with what it was made, and a
file that was made with anything else is never given to the engine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Final

import regex

from bimo.text.errors import FileError

# Of all models together. A full window of the default model takes 230 MB.
_LARGEST: Final = 1 << 30
_PART: Final = ".part"


def prepare(folder: Path) -> None:
    """Make the folder, for its owner alone. Raises FileError `models.no_state_folder`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise FileError("models.no_state_folder", folder=str(folder), reason=error.strerror) from error


def name(id: str, weights: str, context: int, slot: int) -> str:
    """The file of a slot: of one model, one file of weights, one window and one version of the engine."""
    made_with = hashlib.sha256(f"{weights} {context} {version('xllamacpp')}".encode()).hexdigest()[:16]
    return f"{regex.sub(r'[^A-Za-z0-9.-]', '_', id)}-{made_with}-{slot}.state"


def part(name: str) -> str:
    """Under which name a file is written, so that an engine that dies leaves the whole one before it alone."""
    return name + _PART


def settle(folder: Path, names: Iterable[str], limit: int = _LARGEST) -> None:
    """Put freshly written files in their places; drop what nobody can use, and the oldest beyond `limit` bytes."""
    kept = set(names)
    # What cannot be moved or deleted is in nobody's way: contexts are read again at worst.
    with suppress(OSError):
        for each in kept:
            (folder / part(each)).chmod(0o600)
            (folder / part(each)).replace(folder / each)
    models = {each.rsplit("-", 2)[0] for each in kept}
    files = sorted((file for file in folder.iterdir() if file.is_file()), key=lambda file: -file.stat().st_mtime_ns)
    total = 0
    for file in sorted(files, key=lambda file: file.name not in kept):
        total += file.stat().st_size
        stale = file.name not in kept and (file.suffix == _PART or file.name.rsplit("-", 2)[0] in models)
        if stale or (total > limit and file.name not in kept):
            with suppress(OSError):
                file.unlink()
