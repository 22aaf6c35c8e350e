"""The list of edition formats, and writing an edition so that an older one is never damaged."""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import secrets
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Final

from bimo.publish.document import Document
from bimo.text.errors import FileError, InputError, Language, Notice

Write = Callable[[Document], bytes]
Lacks = Callable[[Document], Iterable[Notice]]


def _nothing(document: Document) -> Iterable[Notice]:
    return ()


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of edition: its id, its names, how its files end, and the function that makes the bytes.

    `lacks` tells what of a document the format cannot show. What stands in `suffix` before its last dot ends the names
    of files that have an ending in common.
    """

    id: str
    names: Mapping[Language, str]
    suffix: str
    media_type: str
    write: Write
    lacks: Lacks = _nothing

    @property
    def ending(self) -> str:
        """The last part of the suffix, which programs know files by."""
        return "." + self.suffix.rpartition(".")[2]


_formats: dict[str, Format] = {}
# Windows keeps these names for devices.
_DEVICES: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")


def edition(
    id: str, *, suffix: str, media_type: str, zh: str, en: str, lacks: Lacks = _nothing
) -> Callable[[Write], Write]:
    """Register the writer of a format. Raises ValueError on a second claim."""

    def register(write: Write) -> Write:
        if id in _formats:
            raise ValueError(f"format {id!r} is claimed by {_formats[id].write.__module__} and by {write.__module__}")
        _formats[id] = Format(id, {"zh": zh, "en": en}, suffix, media_type, write, lacks)
        return write

    return register


@cache
def _load() -> None:
    package = importlib.import_module("bimo.publish")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"bimo.publish.{module.name}")


def all_formats() -> dict[str, Format]:
    """Every format by id, in alphabetical order."""
    _load()
    return dict(sorted(_formats.items()))


def find_format(id: str) -> Format:
    """The format of that id. Raises InputError `publish.no_format` with the nearest names."""
    formats = all_formats()
    if id not in formats:
        near = get_close_matches(id, formats, n=3, cutoff=0.4) or list(formats)
        raise InputError("publish.no_format", id=id, near=", ".join(near))
    return formats[id]


def publish(document: Document, format: str, path: Path) -> Path:
    """Write an edition to `path`, or into it under the name of the work if it is a folder; the file it lies in.

    The edition appears whole or not at all. Raises InputError for an unknown format, and FileError
    `publish.cannot_write`; what stood there before still stands then.
    """
    kind = find_format(format)
    if path.is_dir():
        path = path / (file_name(document.title) + kind.suffix)
    data = kind.write(document)
    # Opened by its own name, not by mkstemp, so that the edition gets the permissions of the writer's other files.
    fresh = path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except OSError as error:
        raise FileError("publish.cannot_write", name=str(path), why=error.strerror or str(error)) from error
    finally:
        with suppress(OSError):
            fresh.unlink()
    return path


def publish_folder(parts: Mapping[str, bytes], path: Path) -> Path:
    """Write the files of an edition into the folder `path`, in place of one that stands there with all that is in it.

    The folder appears whole or not at all. Raises FileError `publish.cannot_write`.
    """
    mark = secrets.token_hex(4)
    fresh, old = (path.with_name(f".{path.name[:40]}.{mark}.{end}") for end in ("new", "old"))
    try:
        fresh.mkdir(parents=True)
        for name, data in parts.items():
            (fresh / name).write_bytes(data)
        if path.exists():
            os.replace(path, old)
        try:
            os.replace(fresh, path)
        except OSError:
            os.replace(old, path)
            raise
    except OSError as error:
        raise FileError("publish.cannot_write", name=str(path), why=error.strerror or str(error)) from error
    finally:
        for each in (fresh, old):
            shutil.rmtree(each, ignore_errors=True)
    return path


def file_name(title: str, default: str = "untitled") -> str:
    """A file name that is safe on every system, without a suffix: letters and digits of any language, and hyphens."""
    name = re.sub(r"['’]", "", unicodedata.normalize("NFC", title))
    name = "-".join(re.findall(r"[\w\u0300-\u036f]+", name)).strip("_")
    # Systems count bytes; a Chinese character takes three of the 255 that are there.
    name = name.encode()[:120].decode(errors="ignore").rstrip("-_")
    return f"{name}-" if _DEVICES.fullmatch(name) else name or default
