"""What a file or a folder would become on the desk, whatever format it is in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePath
from typing import Final

from bimo.desk.imports import docx, epub, fdx, folder, fountain, markdown, plain
from bimo.desk.imports.plan import Plan, Source
from bimo.desk.imports.tree import plan_of
from bimo.desk.imports.zipped import unpacking
from bimo.text.errors import InputError, Language
from bimo.text.reading import LIMIT, read_bytes

# Pictures make books large that hold little text.
_LARGEST: Final = 100_000_000
_MARKDOWN: Final = frozenset({".md", ".markdown", ".mkd"})
_FOUNTAIN: Final = frozenset({".fountain", ".spmd"})
_ZIPPED: Final = frozenset({".docx", ".epub"})
_FDX: Final = ".fdx"
SUFFIXES: Final = frozenset({".txt", ".text", _FDX, *_MARKDOWN, *_FOUNTAIN, *_ZIPPED})
# The first bytes of formats that are not read, and what they are called.
_FOREIGN: Final = {b"%PDF": "PDF", b"{\\rtf": "RTF", b"\xd0\xcf\x11\xe0": "DOC"}


def preview(path: Path, *, lang: Language | None = None) -> Plan:
    """The plan of a file, or of a folder of files. Nothing is written.

    Raises InputError: those of `read_text` and of `plan`, and for a folder `desk.import_no_files` or
    `desk.import_many_files`; FileError `text.cannot_read`.
    """
    if path.is_dir():
        return folder.read(path, lambda file: preview(file, lang=lang), SUFFIXES, lang)
    zipped = path.suffix.lower() in _ZIPPED
    return plan(read_bytes(path, _LARGEST if zipped else LIMIT), path.name, lang=lang)


def plan(data: bytes, name: str, *, lang: Language | None = None) -> Plan:
    """The plan of the bytes of a file of that name, such as one sent by a browser.

    Raises InputError: `text.empty`, `text.binary_file`, `text.too_long_file`, `text.not_utf8`, `desk.import_foreign`,
    `desk.import_bomb`, `desk.import_damaged`, `desk.import_locked`.
    """
    path = PurePath(name)
    for mark, called in _FOREIGN.items():
        if data.startswith(mark):
            raise InputError("desk.import_foreign", name=path.name, format=called)
    suffix = path.suffix.lower()
    if data.startswith(b"PK") or suffix in _ZIPPED:
        return plan_of(_zipped(data, path.name), name=path.stem, lang=lang)
    if suffix == _FDX:
        return plan_of(fdx.read(data, path.name), name=path.stem, lang=lang)
    text, notices = plain.decode(data, path.name)
    if suffix in _FOUNTAIN:
        source = fountain.read(text)
    elif suffix in _MARKDOWN or markdown.is_markdown(text):
        source = markdown.read(text)
    else:
        source = plain.read(text)
    return plan_of(replace(source, notices=(*notices, *source.notices)), name=path.stem, lang=lang)


def _zipped(data: bytes, name: str) -> Source:
    with unpacking(data, name) as archive:
        names = set(archive.namelist())
    if docx.DOCUMENT in names:
        return docx.read(data, name)
    if epub.CONTAINER in names:
        return epub.read(data, name)
    raise InputError("desk.import_foreign", name=name, format="ZIP")
