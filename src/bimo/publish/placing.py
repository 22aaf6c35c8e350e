"""Where an edition is put, and what it may replace: only an edition that nobody has changed since, unless asked."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from bimo.models.places import state_dir
from bimo.publish.formats import Format, all_formats, file_name
from bimo.text.errors import FileError, InputError


def format_of(path: Path) -> Format | None:
    """The format that files of this ending are in; the one named like the ending where several share it."""
    suffix = path.suffix.lower()
    found = [each for each in all_formats().values() if each.ending == suffix]
    return min(found, key=lambda each: (each.id != suffix[1:], each.suffix != suffix), default=None)


def place(title: str, kind: Format, to: Path | None) -> Path:
    """The file for an edition: `to` if it has an ending, else named by the title in that folder, or the current one.

    Raises InputError `publish.other_ending` where the ending belongs to another format.
    """
    if to is not None and to.suffix and not to.is_dir():
        told = format_of(to)
        if told and told.ending != kind.ending:
            raise InputError("publish.other_ending", name=to.name, format=kind.id, suffix=kind.ending)
        return to
    return (to or Path()) / (file_name(title) + kind.suffix)


def check_free(path: Path) -> None:
    """Raise InputError `publish.in_the_way` if a file or folder stands there that is no edition, or was changed since.

    Raises FileError `publish.cannot_write` if it cannot be read.
    """
    try:
        if path.exists() and _known().get(str(path.absolute())) != _digest(path):
            raise InputError("publish.in_the_way", name=str(path))
    except OSError as error:
        raise FileError("publish.cannot_write", name=str(path), why=error.strerror or str(error)) from error


def remember(path: Path) -> None:
    """Note that the file is an edition; without a place to note it, the next one asks before it replaces this one."""
    known = {name: digest for name, digest in _known().items() if Path(name).exists()}
    known[str(path.absolute())] = _digest(path)
    try:
        _record().parent.mkdir(parents=True, exist_ok=True)
        _record().write_text(json.dumps(known, ensure_ascii=False, indent=0), encoding="utf-8")
    except OSError:
        return


def _known() -> dict[str, str]:
    try:
        found = json.loads(_record().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _record() -> Path:
    return state_dir() / "editions.json"


def _digest(path: Path) -> str:
    if path.is_dir():
        files = sorted(each for each in path.rglob("*") if not each.is_dir())
        told = "\n".join(f"{_digest(each)} {each.relative_to(path).as_posix()}" for each in files)
        return hashlib.sha256(told.encode(errors="surrogateescape")).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
