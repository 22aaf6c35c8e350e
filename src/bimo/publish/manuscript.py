"""A work of the desk as a document: its outline becomes headings, its scenes the text between them."""

from __future__ import annotations

from collections.abc import Iterator

from bimo.desk.desk import Desk
from bimo.desk.values import Node, Work
from bimo.publish.document import Block, Document, Heading, SceneBreak, plain
from bimo.publish.fountain import elements
from bimo.publish.inline import stanzas
from bimo.publish.markdown import from_markdown
from bimo.text.errors import InputError


def document_of(desk: Desk, work: str, *, author: str = "") -> Document:
    """The work as it stands, without what lies in the trash; scenes without text are left out.

    Scenes follow each other with a break between them; a poem stands below its own title. Raises InputError
    `desk.no_work`, or `publish.nothing` if there is no text at all.
    """
    about = desk.works.get(work)
    texts = {head.scene: head.text for head in desk.revisions.heads(work) if head.text.strip()}
    blocks = tuple(_blocks(about, desk.outline.tree(work), texts))
    if not any(not isinstance(block, Heading) for block in blocks):
        raise InputError("publish.nothing")
    return Document(plain(about.title), blocks, about.lang, plain(author))


def _blocks(work: Work, tree: list[Node], texts: dict[str, str]) -> Iterator[Block]:
    levels: dict[str | None, int] = {None: 0}
    told = _with_text(tree, texts)
    follows = False
    for node in tree:
        if node.id not in told:
            continue
        levels[node.id] = level = levels[node.parent] + 1
        title = plain(node.title) if node.kind != "scene" or work.kind == "poems" else ""
        if title:
            yield Heading(title, min(level, 5))
            follows = False
        if node.kind == "scene":
            if follows and work.kind != "screenplay":
                yield SceneBreak()
            yield from _scene(work, texts[node.id])
            follows = True


def _scene(work: Work, text: str) -> Iterator[Block]:
    if work.kind == "poems":
        yield from stanzas(text)
    elif work.kind == "screenplay":
        yield from elements(text)
    else:
        yield from from_markdown(text, title=work.title, lang=work.lang).blocks


def _with_text(tree: list[Node], texts: dict[str, str]) -> set[str]:
    """The nodes that have text, in themselves or below."""
    parents = {node.id: node.parent for node in tree}
    told: set[str] = set()
    for node in tree:
        above: str | None = node.id if node.id in texts else None
        while above is not None and above not in told:
            told.add(above)
            above = parents[above]
    return told
