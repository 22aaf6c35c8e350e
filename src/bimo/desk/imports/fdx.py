"""Final Draft (FDX): paragraphs with a type each, turned into Fountain, which the desk keeps screenplays in.

There is no public description of the format; what is known comes from the files that Final Draft 8 to 13 write and
from screenplain's writer (https://github.com/vilcans/screenplain).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from bimo.desk.imports import fountain
from bimo.desk.imports.plan import Source
from bimo.desk.imports.zipped import xml
from bimo.text.errors import InputError

if TYPE_CHECKING:
    from lxml.etree import _Element

_SIGNS: Final = re.compile(r"[*_\\]|(?<=\[)\[|^=")
_SCENE: Final = re.compile(r"(?i)(?:int|ext|est|i/e|int\.?/ext\.?)[. ]")
_STANDING: Final = re.compile(r"[#.>!@~=(（]")
_SPEECH: Final = frozenset({"Dialogue", "Parenthetical"})
_HEADINGS: Final = {"New Act": 1, **{f"Outline {level}": level for level in range(1, 6)}}


class Run(NamedTuple):
    """Words of one look."""

    text: str
    emphasis: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a paragraph: its type, such as Scene Heading, and its words.

    `dual` marks the name of who speaks at the same time as the one before, `page` what begins a page.
    """

    kind: str
    runs: tuple[Run, ...]
    number: str = ""
    centred: bool = False
    dual: bool = False
    page: bool = False

    @property
    def text(self) -> str:
        """The words."""
        return "".join(run.text for run in self.runs)

    @property
    def level(self) -> int:
        """The level of a heading, the highest being 1; 0 for anything else."""
        return _HEADINGS.get(self.kind, 0)


class Script(NamedTuple):
    """What a file holds."""

    lines: tuple[Line, ...]
    title: str = ""
    author: str = ""


def script(data: bytes, name: str) -> Script:
    """The lines of a screenplay. Raises InputError `desk.import_damaged`."""
    try:
        root = xml(data)
    except (KeyError, SyntaxError, ValueError) as error:
        raise InputError("desk.import_damaged", name=name) from error
    content = root.find("Content")
    if root.tag != "FinalDraft" or content is None:
        raise InputError("desk.import_damaged", name=name)
    page = root.find("TitlePage/Content")
    front = [line.text.strip() for line in _lines(page) if line.text.strip()] if page is not None else []
    by = next((place for place, text in enumerate(front) if re.fullmatch(r"(?i)(?:written )?by|编剧|作者", text)), None)
    author = front[by + 1] if by is not None and by + 1 < len(front) else ""
    return Script(tuple(_lines(content)), front[0] if front and by != 0 else "", author)


def read(data: bytes, name: str) -> Source:
    """The blocks of a screenplay. Raises InputError `desk.import_damaged`."""
    found = script(data, name)
    text = ""
    for line in found.lines:
        text += ("\n" if line.kind in _SPEECH else "\n\n") + ("===\n\n" if line.page else "") + _fountain(line)
    return replace(fountain.read(text.strip("\n") + "\n"), title=found.title, author=found.author)


def _lines(content: _Element) -> Iterator[Line]:
    for paragraph in content.iterchildren("Paragraph"):
        dual = paragraph.find("DualDialogue")
        if dual is None:
            yield from _paragraph(paragraph)
            continue
        names = 0
        for part in dual.iterchildren("Paragraph"):
            names += part.get("Type") == "Character"
            for line in _paragraph(part):
                yield replace(line, dual=names == 2 and line.kind == "Character")


def _paragraph(paragraph: _Element) -> Iterator[Line]:
    kind = paragraph.get("Type") or "Action"
    runs: list[Run] = []
    rows = [runs]
    for element in paragraph.iterchildren("Text"):
        style = (element.get("Style") or "").split("+")
        first, *others = re.split("[\n\u2028]", "".join(element.itertext()))
        rows[-1].append(Run(first, "Italic" in style or "Underline" in style, "Bold" in style))
        rows += [[Run(text, "Italic" in style or "Underline" in style, "Bold" in style)] for text in others]
    number, centred = paragraph.get("Number") or "", paragraph.get("Alignment") == "Center"
    page = paragraph.get("StartsNewPage") == "Yes"
    for row in rows:
        if "".join(run.text for run in row).strip():
            yield Line(kind, tuple(run for run in row if run.text), number, centred, page=page)
            number, page = "", False


def _fountain(line: Line) -> str:
    text = "".join(map(_marked, line.runs)).strip()
    if line.level:
        return "#" * line.level + " " + text
    match line.kind:
        case "Scene Heading":
            return ("" if _SCENE.match(text) else ".") + text + (f" #{line.number}#" if line.number else "")
        case "Character":
            return ("" if text.partition("(")[0].isupper() else "@") + text + (" ^" if line.dual else "")
        case "Parenthetical":
            return text if re.fullmatch(r"[(（].*[)）]", text) else f"({text})"
        case "Transition":
            return ("" if re.fullmatch("[A-Z ]+ TO:", text) else "> ") + text
        case "Dialogue":
            return text
    return f"> {text} <" if line.centred else f"!{text}" if text.isupper() or _STANDING.match(text) else text


def _marked(run: Run) -> str:
    body = run.text.strip()
    stars = "*" * (run.emphasis + 2 * run.strong)
    signs = _SIGNS.sub(r"\\\g<0>", body or run.text)
    if not stars or not body:
        return _SIGNS.sub(r"\\\g<0>", run.text)
    start = run.text.index(body)
    return run.text[:start] + stars + signs + stars + run.text[start + len(body) :]
