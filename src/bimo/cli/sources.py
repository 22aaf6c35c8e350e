"""What a command works on, as a document: a file, or a work of the desk by its name."""

from __future__ import annotations

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
    """The document in a Markdown, text or Fountain file, or the work of that id or title on the desk.

    Raises InputError `cli.play_lang`, `cli.narrate_what`, `cli.only_works`, and what reading raises.
    """
    from bimo.publish.manuscript import document_of
    from bimo.publish.reading import read_document

    if lang not in (None, "zh", "en"):
        raise InputError("cli.play_lang", lang=lang)
    if names_file(source):
        for option, given in (("--scenes", scenes), ("--colophon", colophon)):
            if given:
                raise InputError("cli.only_works", option=option)
        document = read_document(Path(source), lang=cast("Language | None", lang), author=author)
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
