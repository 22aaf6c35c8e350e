"""From headings, paragraphs and breaks to parts, chapters and scenes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from bimo.desk.imports.lines import heading
from bimo.desk.imports.plan import Block, Break, Heading, Paragraph, Plan, Section, Source
from bimo.desk.values import NodeKind
from bimo.text.errors import InputError, Language, Notice
from bimo.text.language import detect

_KINDS: Final[tuple[NodeKind, ...]] = ("part", "chapter", "scene")
# A title page has few lines, and short ones.
_FRONT_LINES: Final = 12
_FRONT_LENGTH: Final = 60


def plan_of(source: Source, *, name: str = "", lang: Language | None = None) -> Plan:
    """The plan of a work; its title is the one found, else `name`. Raises InputError `text.empty`."""
    blocks, title = list(source.blocks), source.title
    if not any(isinstance(block, Paragraph) for block in blocks):
        raise InputError("text.empty")
    lang = lang or detect("\n".join(block.text for block in blocks[:2000] if not isinstance(block, Break)))
    title = title or _take_title(blocks)
    front = _take_front(blocks)
    notices = source.notices
    if front:
        title = title or front[0].strip("《》*_ ")
        notices = (*notices, Notice.of("desk.import_front", lines=len(front)))
    sections = _sections(_with_kinds(blocks))
    return Plan(title or name, lang, source.kind, source.author, "\n".join(front), tuple(sections), notices)


def _take_title(blocks: list[Block]) -> str:
    """A first heading that stands alone on its level and names no chapter is the title."""
    first = blocks[0]
    if not isinstance(first, Heading) or heading(first.text) is not None:
        return ""
    levels = [block.level for block in blocks if isinstance(block, Heading)]
    if levels.count(first.level) > 1 or first.level != min(levels) or len(levels) == 1:
        return ""
    del blocks[0]
    return first.text


def _take_front(blocks: list[Block]) -> list[str]:
    """The lines of a title page: few and short ones, before the first heading."""
    ahead: list[str] = []
    for block in blocks:
        if isinstance(block, Heading):
            break
        if isinstance(block, Paragraph):
            ahead += block.text.split("\n")
        if len(ahead) > _FRONT_LINES or (ahead and len(ahead[-1]) > _FRONT_LENGTH):
            return []
    else:
        return []
    # Whole sentences are a preface or a scene without a heading, and are kept as text.
    if any(line.rstrip().endswith(("。", "！", "？", ".", "!", "?", "”")) for line in ahead):
        return []
    while not isinstance(blocks[0], Heading):
        del blocks[0]
    return ahead


def _with_kinds(blocks: Sequence[Block]) -> list[Block]:
    """Each heading with the kind it heads; headings deeper than scenes become paragraphs."""
    kinds = _kinds_of_levels([block for block in blocks if isinstance(block, Heading)])
    found: list[Block] = []
    for block in blocks:
        if not isinstance(block, Heading):
            found.append(block)
        elif block.level in kinds:
            found.append(replace(block, kind=kinds[block.level]))
        else:
            found.append(Paragraph(f"{'#' * min(block.level, 6)} {block.text}"))
    return found


def _kinds_of_levels(headings: Sequence[Heading]) -> dict[int, NodeKind]:
    levels = sorted({each.level for each in headings})
    votes: dict[int, Counter[NodeKind]] = {level: Counter() for level in levels}
    for each in headings:
        known = each if each.kind else heading(each.text)
        if known and known.kind:
            votes[each.level][known.kind] += 1
    said = {level: counted.most_common(1)[0][0] for level, counted in votes.items() if counted}
    chapter = next((level for level in levels if said.get(level) == "chapter"), None)
    if chapter is None:
        part = next((level for level in levels if said.get(level) == "part"), None)
        below = [level for level in levels if part is None or level > part]
        chapter = below[1] if part is None and len(below) > 2 else below[0] if below else None
    found: dict[int, NodeKind] = {}
    for level in levels:
        if chapter is None or level < chapter:
            found[level] = "part"
        elif level == chapter:
            found[level] = "chapter"
        elif "scene" not in found.values():
            found[level] = "scene"
    return found


def _sections(blocks: Sequence[Block]) -> list[Section]:
    """The tree: what stands under a heading, down to scenes, which breaks divide."""
    return _under(blocks, _KINDS)


def _under(blocks: Sequence[Block], kinds: Sequence[NodeKind]) -> list[Section]:
    if not kinds:
        return _scenes(blocks, "")
    kind, *rest = kinds
    starts = [place for place, block in enumerate(blocks) if isinstance(block, Heading) and block.kind == kind]
    found = _under(blocks[: starts[0] if starts else None], rest)
    for start, end in pairwise([*starts, len(blocks)]):
        first = blocks[start]
        assert isinstance(first, Heading)
        inside = blocks[start + 1 : end]
        if kind == "scene":
            found += _scenes(inside, first.text) or [Section("scene", first.text)]
        else:
            found.append(Section(kind, first.text, children=tuple(_under(inside, rest))))
    return found


def _scenes(blocks: Sequence[Block], title: str) -> list[Section]:
    texts: list[list[str]] = [[]]
    for block in blocks:
        if isinstance(block, Break):
            texts.append([])
        elif isinstance(block, Paragraph) and block.text.strip():
            texts[-1].append(block.text)
    found = ["\n\n".join(text) + "\n" for text in texts if text]
    return [Section("scene", title if not place else "", text) for place, text in enumerate(found)]
