"""The picture on the cover: one that is given, or one drawn from the title, the mood and the colours of a work."""

from __future__ import annotations

import hashlib
import io
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from bimo.publish.art import Colours, drawing, lightness, mixed
from bimo.publish.document import Document, Quote, Verse, plain
from bimo.publish.typesetting import lacking, typeset
from bimo.publish.vertical import cells
from bimo.senses.seeing import opened, palette
from bimo.text.errors import InputError, Language

# Wide enough for any reader's screen, and what shops ask for.
_WIDEST: Final = (1600, 2560)
_PPI: Final = 160
_HEX: Final = re.compile(r"#?([0-9a-fA-F]{6})")
# Longer titles do not stand upright.
_UPRIGHT: Final = 9
_READ: Final = 400_000


@dataclass(frozen=True, slots=True)
class Mood:
    """What a cover may be drawn for."""

    id: str
    names: dict[Language, str]
    art: str
    words: dict[Language, tuple[str, ...]]
    colours: Colours
    dark: bool


def picture(path: Path) -> bytes:
    """The picture in a file as PNG, upright and no larger than a cover needs. Raises what `opened` raises."""
    found = opened(path)
    found.thumbnail(_WIDEST)
    made = io.BytesIO()
    found.save(made, "PNG")
    return made.getvalue()


@cache
def moods() -> dict[str, Mood]:
    """Every mood by its id."""
    raw = tomllib.loads(files("bimo.publish").joinpath("covers.toml").read_text(encoding="utf-8"))
    return {
        id: Mood(
            id,
            each["names"],
            each["art"],
            {"zh": tuple(each["zh"]), "en": tuple(each["en"])},
            Colours(*each["colours"]),
            each["dark"],
        )
        for id, each in raw.items()
    }


def mood_of(document: Document) -> Mood:
    """The mood whose words the text says most often for their number; the title counts as much as a chapter."""
    text = (plain(document.title) + " ") * 20 + _text(document)[:_READ]
    latin: dict[str, int] = {}
    for word in re.findall("[a-z]+", text.lower()):
        latin[word] = latin.get(word, 0) + 1

    def told(mood: Mood) -> float:
        found = sum(map(text.count, mood.words["zh"])) / len(mood.words["zh"])
        return found + sum(latin.get(word, 0) for word in mood.words["en"]) / len(mood.words["en"])

    best = max(moods().values(), key=told)
    return best if told(best) else moods()["calm"]


def find_mood(name: str) -> Mood:
    """The mood of that id or name. Raises InputError `publish.no_mood`."""
    for mood in moods().values():
        if name.strip().lower() in (mood.id, *mood.names.values()):
            return mood
    near = ", ".join(f"{mood.id} {mood.names['zh']}" for mood in moods().values())
    raise InputError("publish.no_mood", name=name, near=near)


def colours_from(told: str) -> tuple[str, ...]:
    """Colours as `#rrggbb` from a list of them, or from the picture in a file of that name.

    Raises InputError `publish.no_colours`, and what `opened` raises.
    """
    parts = re.split(r"[,，、\s]+", told.strip())
    if all(map(_HEX.fullmatch, parts)):
        return checked(parts)
    if told.startswith("#") or not Path(told).suffix:
        raise InputError("publish.no_colours", told=told)
    return tuple(colour.code for colour in palette(opened(Path(told))))


def checked(colours: Iterable[str]) -> tuple[str, ...]:
    """The colours as `#rrggbb`. Raises InputError `publish.no_colours`."""
    found = tuple(colours)
    for colour in found:
        if not _HEX.fullmatch(colour):
            raise InputError("publish.no_colours", told=colour)
    return tuple("#" + colour.lstrip("#").lower() for colour in found)


def drawn_cover(document: Document, mood: str = "", colours: Sequence[str] = ()) -> bytes:
    """A cover as PNG; the same for the same title, author, mood and colours.

    `mood` is the id or name of one of `moods`, by default what `mood_of` tells; `colours` go before its own. Raises
    InputError `publish.no_mood`, ModelError `senses.no_library` without the extra `print`.
    """
    found = find_mood(mood) if mood else mood_of(document)
    shades = _shades(found, colours)
    key = "\n".join((plain(document.title) or "–", found.id, *shades)).encode()
    seed = int.from_bytes(hashlib.sha256(key).digest()[:8], "big")
    return lettered(document, drawing(found.art, shades, seed), _ink(shades.above))


def lettered(document: Document, art: str, ink: str) -> bytes:
    """A cover as PNG: title and author in that colour over an SVG of 1000 by 1600. Raises what `typeset` raises."""
    title, author = plain(document.title) or "–", plain(document.author)
    missing = str.maketrans(dict.fromkeys(lacking(title + author, rare=True), "〓"))
    upright = document.lang == "zh" and len(title) <= _UPRIGHT and not re.search("[A-Za-z]", title)
    work = {
        "title": title.translate(missing),
        "byline": author.translate(missing),
        "author": [],
        "lang": document.lang,
        "heading": cells(title.translate(missing)) if upright else [],
        "art": art,
        "ink": ink,
    }
    return typeset("cover", work, format="png", rare=bool(lacking(title + author)), ppi=_PPI)


def _shades(mood: Mood, colours: Sequence[str]) -> Colours:
    """The colours in their places: the sky pale by day and dark by night, what is near dark, the brightest shining."""
    if not colours:
        return mood.colours
    order = sorted(colours, key=lightness)
    dark, pale = order[0], order[-1]
    bright = max(colours, key=_brightness)
    if mood.dark:
        above = mixed(dark, "#000000", 0.25)
        shining = bright if lightness(bright) > 0.3 else mixed(pale, "#ffffff", 0.6)
        return Colours(
            above,
            order[len(order) // 2],
            mixed(dark, order[len(order) // 2], 0.4),
            mixed(dark, "#000000", 0.5),
            shining,
        )
    above = mixed(pale, "#ffffff", 0.0 if lightness(pale) > 0.6 else 0.6)
    return Colours(
        above, mixed(above, order[len(order) // 2], 0.45), order[len(order) // 2], mixed(dark, "#000000", 0.2), bright
    )


def _brightness(colour: str) -> int:
    channels = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return max(channels) - min(channels)


def _ink(ground: str) -> str:
    """The colour of the letters: nearly white or nearly black, whichever stands out more (WCAG 2.2, contrast)."""
    light = lightness(ground)
    return "#fbf8f0" if 1.05 / (light + 0.05) > (light + 0.05) / 0.06 else "#1d1b19"


def _text(document: Document) -> str:
    found: list[str] = []
    for block in document.blocks:
        if isinstance(block, Verse):
            found.extend(block.lines)
        elif isinstance(block, Quote):
            found.extend("\n".join(each.lines) if isinstance(each, Verse) else each.text for each in block.blocks)
        else:
            found.append(getattr(block, "text", ""))
    return "\n".join(found)
