"""What a command works on, as a document: a file, or a work of the desk by its name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bimo.cli.files import names_file
from bimo.text.errors import InputError, Language

if TYPE_CHECKING:
    from bimo.publish.document import Document


def document_from(
    source: str,
    *,
    lang: str | None = None,
    author: str = "",
    scenes: str = "",
    colophon: bool = False,
    figures: bool = False,
) -> Document:
    """The document in a Markdown, text, Fountain or Final Draft file, or the work of that id or title on the desk.

    Raises InputError `cli.play_lang`, `cli.narrate_what`, `cli.only_works`, and what reading raises.
    """
    from bimo.publish.manuscript import document_of

    if lang not in (None, "zh", "en"):
        raise InputError("cli.play_lang", lang=lang)
    if names_file(source):
        for option, given in (("--scenes", scenes), ("--colophon", colophon)):
            if given:
                raise InputError("cli.only_works", option=option)
        document = _read(Path(source), lang=cast("Language | None", lang), author=author)
        if figures:
            from bimo.publish.figures import with_figures

            return with_figures(document)
        return document
    from bimo.desk.desk import Desk

    with Desk.open() as desk:
        works = desk.works.all()
        found = next((each for each in works if source in (each.id, each.title)), None)
        if found is None:
            titles = ", ".join(each.title for each in works[:5]) or "–"
            raise InputError("cli.narrate_what", name=source, titles=titles)
        return document_of(desk, found.id, author=author, scenes=scenes, colophon=colophon, figures=figures)


def _read(path: Path, *, lang: Language | None, author: str) -> Document:
    from bimo.publish.fdx import from_fdx
    from bimo.publish.reading import read_document
    from bimo.text.reading import read_bytes

    if path.suffix.lower() != ".fdx":
        return read_document(path, lang=lang, author=author)
    found = from_fdx(read_bytes(path), name=path.name)
    if not found.blocks:
        raise InputError("publish.nothing")
    title = found.title or path.stem
    return replace(found, title=title, lang=lang or found.lang, author=author or found.author)
