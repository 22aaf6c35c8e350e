"""Reading a writer's text from a file or from bytes, or saying clearly why it cannot be read."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

from bimo.text.errors import FileError, InputError
from bimo.text.language import detect

LIMIT: Final = 20_000_000
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(source: str | Path | bytes, *, limit: int = LIMIT, name: str = "") -> str:
    r"""The text of a file or of bytes in UTF-8, with or without a mark at its beginning; line ends become \n.

    `limit` is in bytes; `name` names bytes in messages. Raises InputError `text.no_file`, `text.is_folder`,
    `text.too_long_file`, `text.binary_file`, `text.not_utf8` or `text.empty`, and FileError `text.cannot_read`.
    """
    if isinstance(source, bytes):
        data, name = source[: limit + 1], name or "-"
    else:
        data, name = _bytes(Path(source), limit), str(source)
    _check_size(data, limit, name)
    text = _decoded(data, name).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise InputError("text.empty")
    return text


def read_bytes(path: Path, limit: int = LIMIT) -> bytes:
    """The bytes of a file. Raises InputError `text.no_file`, `text.is_folder`, `text.too_long_file`, or FileError."""
    data = _bytes(path, limit)
    _check_size(data, limit, str(path))
    return data


def _check_size(data: bytes, limit: int, name: str) -> None:
    if len(data) > limit:
        raise InputError("text.too_long_file", name=name, limit=f"{limit / 1_000_000:g}")


def _bytes(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except FileNotFoundError as error:
        raise InputError("text.no_file", name=str(path)) from error
    except IsADirectoryError as error:
        raise InputError("text.is_folder", name=str(path)) from error
    except OSError as error:
        raise FileError("text.cannot_read", name=str(path), why=error.strerror or str(error)) from error


def _decoded(data: bytes, name: str) -> str:
    if b"\0" in data and not data.startswith(_UTF_16):
        raise InputError("text.binary_file", name=name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The offset is counted after the mark at the beginning, which the decoder has taken off.
        offset = error.start + (len(data) - len(error.object))
        raise InputError("text.not_utf8", name=name, offset=offset, encoding=_guess(data)) from error


def _guess(data: bytes) -> str:
    """The name of the encoding that the bytes are most likely in."""
    if data.startswith(_UTF_16):
        return "UTF-16"
    try:
        return "GB18030" if detect(data.decode("gb18030")) == "zh" else "WINDOWS-1252"
    except UnicodeDecodeError:
        return "WINDOWS-1252"
