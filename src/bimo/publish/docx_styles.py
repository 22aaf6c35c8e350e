"""The styles of a Word edition, one for each thing on its pages; sizes in points.

ECMA-376 part 1, 17.7. Every font is named for Latin letters and for Chinese characters, which python-docx leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from bimo.text.errors import Language

Fonts = tuple[str, str]
# For Latin letters, for Chinese characters: text, headings, quotations, screenplays.
_FONTS: Final[dict[str, Fonts]] = {
    "text": ("Times New Roman", "SimSun"),
    "heading": ("Times New Roman", "SimHei"),
    "quote": ("Times New Roman", "KaiTi"),
    "script": ("Courier New", "SimSun"),
}
_INCH: Final = 72
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@dataclass(frozen=True, slots=True)
class Style:
    """How paragraphs of a kind look. `first` is the indent of the first line in characters."""

    name: str
    base: str = "Normal"
    font: str = ""
    size: float = 0
    bold: bool = False
    italic: bool = False
    left: float = 0
    right: float = 0
    first: float | None = None
    before: float = 0
    after: float = 0
    align: Literal["", "center", "right", "left", "both"] = ""
    keep: bool = False
    whole: bool = False
    page: bool = False
    level: int = 0

    @property
    def id(self) -> str:
        """The name as files keep it."""
        return self.name.replace(" ", "")


def styles(lang: Language, *, script: bool, pages: bool) -> Iterator[Style]:
    """All styles of a book in `lang`; `pages` lets each chapter begin a page."""
    zh = lang == "zh"
    yield Style("Normal", "", "script" if script else "text", 12)
    yield Style("Title", font="heading", size=26, bold=not zh, before=160, after=18, align="center")
    yield Style("Author", size=13, after=36, align="center")
    for level in range(1, 6):
        size = max(12, 20 - 3 * level)
        yield Style(
            f"Heading {level}", "Normal", "heading", size, not zh, before=24, after=14, align="center", keep=True,
            page=pages and level == 1, level=level,
        )  # fmt: skip
    yield Style("Body Text", first=2, align="both")
    yield Style("First Paragraph", "Body Text", first=2 if zh else 0)
    yield Style("Verse", left=36, after=12, align="left", whole=True)
    yield Style("Quote", "Normal", "quote", 11.5, left=30, right=30, after=6, italic=False)
    yield Style("Epigraph", "Quote", italic=not zh, left=180, right=0, after=6)
    yield Style("Source", "Quote", left=0, right=0, align="right", after=24)
    yield Style("Caption", size=10.5, before=6, after=12, align="center")
    yield Style("Scene Break", before=12, after=12, align="center", keep=True)
    yield Style("Scene Heading", font="heading" if zh else "script", bold=True, before=24, keep=True)
    yield Style("Action", before=12)
    yield Style("Centred Action", "Action", before=12, align="center")
    yield Style("Character", left=2.2 * _INCH, before=12, keep=True)
    yield Style("Parenthetical", left=1.6 * _INCH, right=1.9 * _INCH, keep=True)
    yield Style("Dialogue", left=_INCH, right=1.5 * _INCH)
    yield Style("Transition", before=12, align="right")


def put_styles(root: Any, lang: Language, *, script: bool, pages: bool) -> None:
    """Put the styles into the style sheet of a document in place of the ones of these names."""
    defaults = root.find(qn("w:docDefaults"))
    tags = defaults.find(f".//{qn('w:lang')}")
    tags.set(qn("w:val"), "en-US")
    tags.set(qn("w:eastAsia"), "zh-CN")
    spacing = defaults.find(f".//{qn('w:spacing')}")
    spacing.attrib.update({qn("w:after"): "0", qn("w:line"): "360" if lang == "zh" and not script else "276"})
    for each in styles(lang, script=script, pages=pages):
        new = _style(each)
        for old in root.findall(qn("w:style")):
            if old.get(qn("w:styleId")) == each.id:
                # A style of characters may belong to it, which names it in turn.
                for link in old.findall(qn("w:link")):
                    new.find(qn("w:qFormat")).addprevious(link)
                root.remove(old)
        root.append(new)


def qn(name: str) -> str:
    """A name such as w:val as lxml wants it."""
    return _W + name.removeprefix("w:")


def fonts(kind: str) -> Any:
    """The element that names the fonts of a kind."""
    latin, chinese = _FONTS[kind]
    return made("rFonts", ascii=latin, hAnsi=latin, eastAsia=chinese, cs=latin)


def made(name: str, **values: object) -> Any:
    """An element of WordprocessingML."""
    from docx.oxml import OxmlElement

    element = OxmlElement(f"w:{name}")
    for key, value in values.items():
        element.set(qn(f"w:{key}"), str(value))
    return element


def _style(style: Style) -> Any:
    element = made("style", type="paragraph", styleId=style.id)
    if style.id == "Normal":
        element.set(qn("w:default"), "1")
    element.append(made("name", val=style.name.lower() if style.level else style.name))
    if style.base:
        element.append(made("basedOn", val=style.base.replace(" ", "")))
    if style.level or style.name in ("Title", "Scene Break"):
        element.append(made("next", val="FirstParagraph"))
    element.append(made("qFormat"))
    # The order of the children is the order of the schema.
    shape = made("pPr")
    for on, name in ((style.keep, "keepNext"), (style.whole, "keepLines"), (style.page, "pageBreakBefore")):
        if on:
            shape.append(made(name))
    shape.append(made("spacing", before=_twips(style.before), after=_twips(style.after)))
    shape.append(_indent(style))
    if style.align:
        shape.append(made("jc", val=style.align))
    if style.level:
        shape.append(made("outlineLvl", val=style.level - 1))
    element.append(shape)
    look = made("rPr")
    if style.font:
        look.append(fonts(style.font))
    if style.id != "Normal":
        look.extend(made(name, val=int(on)) for on, name in ((style.bold, "b"), (style.italic, "i")))
    if style.size:
        look.append(made("sz", val=round(2 * style.size)))
    element.append(look)
    return element


def _indent(style: Style) -> Any:
    indent = made("ind", left=_twips(style.left), right=_twips(style.right))
    if style.first is not None:
        # In characters for Word, in twips for programs that do not count characters.
        indent.set(qn("w:firstLineChars"), str(round(100 * style.first)))
        indent.set(qn("w:firstLine"), _twips(12 * style.first))
    return indent


def _twips(points: float) -> str:
    return str(round(20 * points))
