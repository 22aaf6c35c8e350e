"""A folder of files: each file a chapter, unless it has chapters of its own; each folder inside a part."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from bimo.desk.imports.plan import Plan, Section
from bimo.text.errors import InputError, Language, Notice
from bimo.text.language import detect

_FILES: Final = 5000
_DEPTH: Final = 4
_PREFIX: Final = re.compile(r"^\d+\s*[-_.、)）]*\s*(?=\S)")


def read(folder: Path, plan: Callable[[Path], Plan], suffixes: frozenset[str], lang: Language | None) -> Plan:
    """The plan of a folder, made with `plan` of the files with these suffixes, in natural order.

    Links and hidden files are passed over. Raises InputError `desk.import_no_files` or `desk.import_many_files`.
    """
    files = list(_files(folder))
    if len(files) > _FILES:
        raise InputError("desk.import_many_files", name=folder.name, limit=_FILES)
    wanted = [file for file in files if file.suffix.lower() in suffixes]
    if not wanted:
        raise InputError("desk.import_no_files", name=folder.name, suffixes=", ".join(sorted(suffixes)))
    notices: list[Notice] = []
    if len(files) > len(wanted):
        notices.append(Notice.of("desk.import_files_left_out", count=len(files) - len(wanted)))
    parts: dict[str, list[Section]] = {}
    lang = lang or None
    kinds = set()
    for file in wanted:
        found = plan(file)
        notices += found.notices
        kinds.add(found.kind)
        above = file.relative_to(folder).parts[:-1]
        parts.setdefault(above[0] if above else "", []).extend(_chapters(found, file))
    sections: list[Section] = []
    for name, chapters in parts.items():
        if not name:
            sections += chapters
        else:
            inside = [child for each in chapters for child in (each.children if each.kind == "part" else (each,))]
            sections.append(Section("part", _title(name), children=tuple(inside)))
    texts = "\n".join(scene.text[:500] for section in sections for scene in section.scenes())
    kind = kinds.pop() if len(kinds) == 1 else "novel"
    return Plan(
        folder.name, lang or detect(texts), kind, sections=tuple(sections), notices=tuple(dict.fromkeys(notices))
    )


def _files(folder: Path, depth: int = 0) -> Iterator[Path]:
    entries = [each for each in folder.iterdir() if not each.name.startswith((".", "_", "~")) and not each.is_symlink()]
    for each in sorted(entries, key=lambda entry: (entry.is_dir(), natural(entry.name))):
        if each.is_dir() and depth < _DEPTH:
            yield from _files(each, depth + 1)
        elif each.is_file():
            yield each


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts 第2章 before 第10章, and 第二章 before 第十章."""
    from bimo.desk.imports.lines import value_of_number

    parts = re.split(r"(\d+|[一二三四五六七八九十百]+)", name)
    return [(value_of_number(part), "") if place % 2 else (0, part.lower()) for place, part in enumerate(parts)]


def _chapters(plan: Plan, file: Path) -> list[Section]:
    if any(section.kind != "scene" for section in plan.sections):
        # What stood on a title page of its own is the first scene of the file.
        return list(plan.sections)
    return [Section("chapter", _title(file.stem), children=tuple(replace(each) for each in plan.sections))]


def _title(name: str) -> str:
    return _PREFIX.sub("", name).replace("_", " ").strip() or name
