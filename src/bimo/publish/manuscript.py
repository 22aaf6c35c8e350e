"""A work of the desk as a document: its outline becomes headings, its scenes the text between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bimo.desk.desk import Desk
from bimo.desk.values import Node, Work
from bimo.publish.colophon import with_colophon
from bimo.publish.document import Block, Document, Heading, SceneBreak, plain
from bimo.publish.figures import people_of, with_figures
from bimo.publish.fountain import elements
from bimo.publish.inline import stanzas
from bimo.publish.markdown import from_markdown
from bimo.text.errors import InputError

_RANGE: Final = re.compile(r"(\d*)\s*(?:([-–~～至])\s*(\d*))?")


def document_of(
    desk: Desk, work: str, *, author: str = "", scenes: str = "", colophon: bool = False, figures: bool = False
) -> Document:
    """The work as it stands, without what lies in the trash; scenes without text are left out.

    Scenes follow each other with a break between them; a poem stands below its own title. `scenes` takes some of them:
    numbers in reading order and titles of scenes, chapters or parts, as in `1-3, 7, The Ferry`. `colophon` adds who
    wrote how much, `figures` the arc and the people. Raises InputError `desk.no_work`, `publish.no_scenes`, or
    `publish.nothing` if there is no text.
    """
    about = desk.works.get(work)
    tree = desk.outline.tree(work)
    wanted = _chosen(tree, scenes)
    heads = [head for head in desk.revisions.heads(work) if head.text.strip() and head.scene in wanted]
    blocks = tuple(_blocks(about, tree, {head.scene: head.text for head in heads}))
    if not any(not isinstance(block, Heading) for block in blocks):
        raise InputError("publish.nothing")
    document = Document(plain(about.title), blocks, about.lang, plain(author))
    if figures:
        document = with_figures(document, people_of(desk, work, [head.text for head in heads]))
    return with_colophon(document, [head.authorship for head in heads]) if colophon else document


def titled(document: Document, title: str) -> Document:
    """The document under a title of its own unless `title` is empty."""
    return replace(document, title=plain(title)) if plain(title) else document


def _chosen(tree: list[Node], scenes: str) -> set[str]:
    """The ids of the scenes that were asked for. Raises InputError `publish.no_scenes`."""
    order = [node.id for node in tree if node.kind == "scene"]
    if not scenes.strip():
        return set(order)
    found: set[str] = set()
    for part in filter(None, (each.strip() for each in re.split("[,，、]", scenes))):
        numbers = _RANGE.fullmatch(part)
        named = {node.id for node in tree if plain(node.title) == plain(part)}
        if numbers and not named:
            first = int(numbers[1] or 1)
            last = int(numbers[3] or len(order)) if numbers[2] else first
            new = set(order[max(first - 1, 0) : last]) if first <= last else set()
        else:
            new = _below(tree, named)
        if not new:
            raise InputError("publish.no_scenes", scenes=part, count=len(order))
        found |= new
    return found


def _below(tree: list[Node], named: set[str]) -> set[str]:
    """The nodes of these ids and all below them; the tree has each node before its children."""
    inside = set(named)
    for node in tree:
        if node.parent in inside:
            inside.add(node.id)
    return inside


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
