"""Gathering what a writer wrote: files of a folder, and works of the desk without the words of models."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bimo.desk.imports.plan import Plan, Section
from bimo.desk.imports.reader import SUFFIXES, preview
from bimo.text.authorship import part, total
from bimo.text.errors import BimoError, FileError, InputError, Language
from bimo.text.language import detect
from bimo.text.sentences import paragraphs
from bimo.voice.cleaning import clean

if TYPE_CHECKING:
    from bimo.desk.desk import Desk
    from bimo.desk.values import Revision

# More than this in one folder is a library and not the work of one writer.
_FILES = 5000
_BOTH: Final[tuple[Language, ...]] = ("en", "zh")
_SCANNED = frozenset({".pdf", ".djvu", ".jpg", ".jpeg", ".png", ".tif", ".tiff"})


@dataclass(frozen=True, slots=True)
class Document:
    """A chapter, or what has no smaller part: the unit that is held out whole. `work` names what it belongs to."""

    work: str
    title: str
    lang: Language
    text: str

    @property
    def sha256(self) -> str:
        """The hash of the text without white space, so that a changed line break makes no other text."""
        return hashlib.sha256("".join(self.text.split()).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something that was left out, and why: a code of this floor, or that of the error that kept it from being read."""

    what: str
    why: str
    characters: int = 0


@dataclass(slots=True)
class Gathered:
    """The documents in the order they were found, what was left out, and the hash of each file read."""

    documents: list[Document] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)


def from_folder(folder: Path) -> Gathered:
    """The documents of a folder, or of one file.

    A file that cannot be read is left out and named. Raises InputError `voice.no_folder`, `voice.nothing_there` or
    `voice.nothing_readable`, the last two if nothing is left.
    """
    if not folder.exists():
        raise InputError("voice.no_folder", folder=str(folder))
    found = Gathered()
    files = [folder] if folder.is_file() else _files(folder)
    failed: BimoError | None = None
    for file in files:
        name = file.name if folder.is_file() else file.relative_to(folder).as_posix()
        if file.suffix.lower() in _SCANNED:
            found.dropped.append(Dropped(name, "voice.drop_scanned"))
            continue
        if file.suffix.lower() not in SUFFIXES:
            found.dropped.append(Dropped(name, "voice.drop_format"))
            continue
        try:
            plan = preview(file)
            found.sources[name] = hashlib.sha256(file.read_bytes()).hexdigest()
        except (InputError, FileError) as error:
            failed = failed or error
            found.dropped.append(Dropped(name, error.code))
            continue
        found.documents += _documents(plan, name)
    if not found.documents:
        if not found.dropped:
            raise InputError("voice.nothing_there", folder=str(folder), suffixes=", ".join(sorted(SUFFIXES)))
        raise _unreadable(folder, found.dropped, failed)
    return found


def _unreadable(folder: Path, dropped: list[Dropped], failed: BimoError | None) -> InputError:
    scanned = [each.what for each in dropped if each.why == "voice.drop_scanned"]
    if scanned:
        return InputError("voice.only_scans", folder=str(folder), file=scanned[0])
    why = {lang: failed.message(lang) if failed else "–" for lang in _BOTH}
    return InputError(
        "voice.nothing_readable", folder=str(folder), file=dropped[0].what, why_en=why["en"], why_zh=why["zh"]
    )


def _files(folder: Path) -> list[Path]:
    found = [
        each
        for each in sorted(folder.rglob("*"))
        if each.is_file()
        and not each.is_symlink()
        and not any(part.startswith((".", "~")) for part in each.relative_to(folder).parts)
    ]
    if len(found) > _FILES:
        raise InputError("voice.many_files", folder=str(folder), limit=_FILES)
    return found


def _documents(plan: Plan, name: str) -> Iterator[Document]:
    """One document a chapter; scenes outside of chapters are one together."""
    loose: list[Section] = []

    def under(sections: tuple[Section, ...]) -> Iterator[Document]:
        for section in sections:
            if section.kind == "chapter":
                text = "\n\n".join(scene.text for scene in section.scenes())
                yield from _document(name, section.title, text)
            elif section.kind == "scene":
                loose.append(section)
            else:
                yield from under(section.children)

    yield from under(plan.sections)
    yield from _document(name, plan.title, "\n\n".join(scene.text for scene in loose))


def _document(work: str, title: str, text: str) -> Iterator[Document]:
    lang = detect(text)
    if body := clean(text, lang):
        yield Document(work, title, lang, body)


def from_desk(desk: Desk, works: list[str] | None = None) -> Gathered:
    """What the writer wrote in works of the desk (all by default): every paragraph without a word of a model."""
    found = Gathered()
    for work in desk.works.all():
        if works and work.id not in works:
            continue
        titles = {node.id: node.title for node in desk.outline.tree(work.id)}
        for revision in desk.revisions.heads(work.id):
            own, lent = _own(revision)
            title = titles.get(revision.scene, "")
            if lent:
                found.dropped.append(Dropped(f"{work.title}: {title}", "voice.drop_model", lent))
            found.documents += _document(work.title, title, own)
            found.sources[f"{work.title}: {revision.scene}"] = revision.sha256
    if not found.documents:
        raise InputError("voice.desk_empty")
    return found


def _own(revision: Revision) -> tuple[str, int]:
    """The paragraphs that only the writer wrote, and how many characters the others have."""
    text = revision.text
    ends = list(accumulate((run.length for run in revision.authorship), initial=0))
    assert ends[-1] == total(revision.authorship)
    kept, lent = [], 0
    for span in paragraphs(text):
        if all(run.author != "model" for run in part(revision.authorship, span)):
            kept.append(span.of(text))
        else:
            lent += len(span.of(text))
    return "\n\n".join(kept), lent
