"""Figures for the end of an edition: how bright or dark the work is on its way, and who meets whom how often."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from itertools import combinations, pairwise
from typing import Final

from bimo.critique.emotion import moods
from bimo.critique.emotion_arc import Arc, arc
from bimo.desk.bible import Bible
from bimo.desk.desk import Desk
from bimo.desk.mentions import find, sought
from bimo.publish.document import (
    FIGURES,
    Block,
    Blocks,
    Character,
    Document,
    Figure,
    Heading,
    Quote,
    SceneHeading,
    Verse,
    chapters,
    plain,
)
from bimo.text.errors import Language, Notice
from bimo.text.sentences import paragraphs

_FONTS: Final = "Libertinus Serif, Noto Serif SC, Songti SC, serif"
_INK, _FAINT, _WARM, _COOL = "#33302b", "#9b948a", "#c0603a", "#3f6f8a"
# More people make a ball of wool.
_PEOPLE: Final = 12
# The most names of chapters that fit under an arc.
_TICKS: Final = 7
_WIDTH: Final = 640


@dataclass(frozen=True, slots=True)
class People:
    """Who is in a work: in how many scenes each, in how many each two, and what one is to another where that is set."""

    scenes: Counter[str]
    together: Counter[tuple[str, str]]
    relations: dict[tuple[str, str], str] = field(default_factory=dict)


def with_figures(document: Document, people: People | None = None) -> Document:
    """The document with its figures under a heading at the end; as it was where there is too little to draw.

    `people` are by default those who speak in a screenplay.
    """
    people = people or _speakers(document.blocks)
    found: list[Figure] = []
    if curve := arc_figure(document):
        found.append(curve)
    if len(people.scenes) > 1 and people.together:
        found.append(people_figure(people, document.lang))
    if not found:
        return document
    level = min((block.level for block in document.blocks if isinstance(block, Heading)), default=1)
    return replace(document, blocks=(*document.blocks, Heading(FIGURES[document.lang], level), *found))


def people_of(desk: Desk, work: str, texts: Iterable[str]) -> People:
    """The people in these texts of the scenes of a work, by the characters of its bible."""
    lang = desk.works.get(work).lang
    entries = [entry for entry in desk.bible.all(work) if entry.kind == "character"]
    names, listed = {entry.id: entry.name for entry in entries}, sought(entries)
    scenes = ({names[each.entry] for each in find(text, listed, lang)} for text in texts)
    return _counted(scenes, _relations(desk.bible, work, names))


def arc_figure(document: Document) -> Figure | None:
    """The curve of valence over the work, with its chapters; None for a text too short to say."""
    texts = [(name, "\n\n".join(_texts(blocks))) for name, blocks in chapters(document.blocks)]
    whole = "\n\n".join(text for _, text in texts)
    found = arc(moods(whole, document.lang, paragraphs(whole)), document.lang)
    if found.shape == "short":
        return None
    places: list[tuple[str, float]] = []
    start = 0
    for name, text in texts:
        places.append((name, start / max(len(whole), 1)))
        start += len(text) + 2
    shape = Notice.of(f"publish.arc_{found.shape}").message(document.lang)
    told = Notice.of("publish.arc", shape=shape).message(document.lang)
    return Figure(told, _curve(found, places, len(whole)))


def people_figure(people: People, lang: Language) -> Figure:
    """Who is in how many scenes, and with whom; the twelve who are in most."""
    shown = [name for name, _ in people.scenes.most_common(_PEOPLE)]
    pairs = {pair: count for pair, count in people.together.items() if set(pair) <= set(shown)}
    joint = "、" if lang == "zh" else ", "
    listed = sorted(pairs.items(), key=lambda each: (-each[1], each[0]))[:8]
    told = joint.join(f"{one}–{other} {count}" for (one, other), count in listed)
    text = Notice.of("publish.people", count=len(shown), pairs=told).message(lang)
    return Figure(text, _map(shown, people, pairs))


def _speakers(blocks: Blocks) -> People:
    scenes: list[set[str]] = [set()]
    for block in blocks:
        if isinstance(block, SceneHeading):
            scenes.append(set())
        elif isinstance(block, Character):
            scenes[-1].add(plain(block.text).partition("(")[0].strip())
    return _counted(scenes, {})


def _counted(scenes: Iterable[set[str]], relations: dict[tuple[str, str], str]) -> People:
    alone: Counter[str] = Counter()
    together: Counter[tuple[str, str]] = Counter()
    for names in scenes:
        alone.update(sorted(names))
        together.update(combinations(sorted(names), 2))
    return People(alone, together, relations)


def _relations(bible: Bible, work: str, names: dict[str, str]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for each in bible.relations(work):
        if each.source in names and each.target in names:
            one, other = sorted((names[each.source], names[each.target]))
            found.setdefault((one, other), each.kind)
    return found


def _texts(blocks: Sequence[Block]) -> list[str]:
    found: list[str] = []
    for block in blocks:
        if isinstance(block, Verse):
            found.append("\n".join(block.lines))
        elif isinstance(block, Quote):
            found += _texts(block.blocks)
        elif text := getattr(block, "text", ""):
            found.append(text)
    return found


def _curve(found: Arc, places: Sequence[tuple[str, float]], length: int) -> str:
    left, right, top, bottom = 30, _WIDTH - 20, 30, 270
    most = max(0.05, *map(abs, found.values), *map(abs, found.smooth))
    middle = (top + bottom) / 2

    def at(place: float, value: float) -> tuple[float, float]:
        return left + place * (right - left), middle - value / most * (bottom - top) / 2

    spots = [
        at((span.start + span.end) / 2 / length, value) for span, value in zip(found.spans, found.values, strict=True)
    ]
    line = [
        at((span.start + span.end) / 2 / length, value) for span, value in zip(found.spans, found.smooth, strict=True)
    ]
    path = f"M{line[0][0]:.1f} {line[0][1]:.1f}"
    # Rounded at the points, straight halfway between them.
    for (x, y), (to_x, to_y) in pairwise(line):
        path += f" Q{x:.1f} {y:.1f} {(x + to_x) / 2:.1f} {(y + to_y) / 2:.1f}"
    path += f" L{line[-1][0]:.1f} {line[-1][1]:.1f}"
    parts = [f'<line x1="{left}" y1="{middle}" x2="{right}" y2="{middle}" stroke="{_FAINT}" stroke-width="0.8"/>']
    named = [each for each in places if each[0]]
    step = max(1, math.ceil(len(named) / _TICKS))
    for name, place in named[::step]:
        x = left + place * (right - left)
        parts.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}" stroke="{_FAINT}" stroke-width="0.4"/>')
        parts.append(_label(x, bottom + 20, _short(name), 13, _INK, "start"))
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{_COOL}" opacity="0.45"/>' for x, y in spots]
    parts.append(f'<path d="{path}" fill="none" stroke="{_WARM}" stroke-width="2.6" stroke-linecap="round"/>')
    parts += [_label(left - 8, top + 4, "+", 15, _WARM, "end"), _label(left - 8, bottom, "−", 15, _COOL, "end")]
    return _svg(parts, 310)


def _map(shown: Sequence[str], people: People, pairs: dict[tuple[str, str], int]) -> str:
    x, y, r = _WIDTH / 2, 240, 165
    spots = {
        name: (x + r * 0.95 * math.sin(2 * math.pi * n / len(shown)), y - r * math.cos(2 * math.pi * n / len(shown)))
        for n, name in enumerate(shown)
    }
    most, busiest = max(pairs.values(), default=1), max(people.scenes.values())
    parts: list[str] = []
    for (one, other), count in sorted(pairs.items()):
        (a, b), (c, d) = spots[one], spots[other]
        parts.append(
            f'<line x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}" stroke="{_COOL}" '
            f'stroke-width="{1 + 7 * count / most:.1f}" opacity="{0.25 + 0.4 * count / most:.2f}"/>'
        )
    for pair, kind in sorted(people.relations.items()):
        if set(pair) <= set(shown):
            (a, b), (c, d) = spots[pair[0]], spots[pair[1]]
            # Not in the middle, where lines cross.
            look = f'stroke="{_WARM}" stroke-width="1" stroke-dasharray="3 4"'
            parts.append(f'<line x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}" {look}/>')
            parts.append(
                _label(a + (c - a) * 0.36, b + (d - b) * 0.36 + 4, _short(plain(kind)), 15, _WARM, "middle", halo=True)
            )
    for name in shown:
        (a, b), size = spots[name], 5 + 11 * math.sqrt(people.scenes[name] / busiest)
        parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{size:.1f}" fill="{_WARM}"/>')
        side = "middle" if abs(a - x) < 40 else "start" if a > x else "end"
        gap = 0 if side == "middle" else size + 6 if side == "start" else -size - 6
        high = b + 5 if side != "middle" else b - size - 7 if b < y else b + size + 17
        parts.append(_label(a + gap, high, f"{_short(name)} {people.scenes[name]}", 17, _INK, side))
    return _svg(parts, 480)


def _label(x: float, y: float, text: str, size: int, fill: str, anchor: str, *, halo: bool = False) -> str:
    edge = ' stroke="#ffffff" stroke-width="3" paint-order="stroke"' if halo else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-family="{_FONTS}" fill="{fill}" '
        f'text-anchor="{anchor}"{edge}>{escape(text)}</text>'
    )


def _short(name: str) -> str:
    name = plain(name)
    return name if len(name) <= 12 else name[:11] + "…"


def _svg(parts: Iterable[str], height: int) -> str:
    body = "".join(parts)
    ground = f'<rect width="{_WIDTH}" height="{height}" fill="#fdfcf9"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">{ground}{body}</svg>'
