"""A writer's file as a document: Markdown, plain text, or a screenplay in Fountain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bimo.publish.document import Document, Heading, plain
from bimo.publish.fountain import from_fountain
from bimo.publish.markdown import from_markdown
from bimo.text.errors import InputError, Language
from bimo.text.reading import read_text


def read_document(path: Path, *, author: str = "", lang: Language | None = None) -> Document:
    """The document in a file, named after the file where it does not say its title.

    Raises what `read_text` raises, and InputError `publish.nothing`.
    """
    text = read_text(path)
    read = from_fountain if path.suffix.lower() in (".fountain", ".spmd") else from_markdown
    document = read(text, author=author, lang=lang)
    if all(isinstance(block, Heading) for block in document.blocks):
        raise InputError("publish.nothing")
    return document if document.title else replace(document, title=plain(path.stem))
