"""Final Draft (FDX): a screenplay as XML with a type for each paragraph, in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from bimo.desk.imports.fdx import Line, script
from bimo.publish.document import (
    HIDDEN,
    Action,
    Block,
    Character,
    Dialogue,
    Document,
    Heading,
    Mark,
    Marks,
    Parenthetical,
    SceneBreak,
    SceneHeading,
    Transition,
    pieces,
    plain,
    squeeze,
)
from bimo.publish.formats import edition
from bimo.publish.fountain import as_script
from bimo.publish.inline import cleaned
from bimo.text.errors import Language
from bimo.text.language import detect
from bimo.text.spans import Span

_TYPES: Final[dict[type[Block], str]] = {
    SceneHeading: "Scene Heading",
    Action: "Action",
    Character: "Character",
    Parenthetical: "Parenthetical",
    Dialogue: "Dialogue",
    Transition: "Transition",
}
_BY: Final[dict[Language, str]] = {"zh": "编剧", "en": "Written by"}
_LOOKS: Final = {(True, False): "Italic", (False, True): "Bold", (True, True): "Bold+Italic"}


@edition("fdx", suffix=".fdx", media_type="application/xml", zh="Final Draft 剧本", en="Final Draft screenplay")
def to_fdx(document: Document) -> bytes:
    """The Final Draft edition; prose and verse become action, and a scene break is what begins a page."""
    from lxml import etree

    root = etree.Element("FinalDraft", DocumentType="Script", Template="No", Version="1")
    content = etree.SubElement(root, "Content")
    place, page = content, False
    blocks = list(as_script(document.blocks))
    for number, block in enumerate(blocks):
        if isinstance(block, SceneBreak):
            page = True
            continue
        if not isinstance(block, Dialogue | Parenthetical) and not (isinstance(block, Character) and block.dual):
            place = _dual(content) if _leads(blocks[number:]) else content
        _put(place, block, page)
        page = False
    author = plain(document.author)
    front = [plain(document.title), *([_BY[document.lang], author] if author else [])]
    title = etree.SubElement(etree.SubElement(root, "TitlePage"), "Content")
    for line in filter(None, front):
        _text(etree.SubElement(title, "Paragraph", Alignment="Center"), line)
    etree.indent(root)
    made: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=False)
    return made + b"\n"


def from_fdx(data: bytes, *, name: str = "fdx") -> Document:
    """The screenplay in the bytes of a file. Raises InputError `desk.import_damaged`."""
    found = script(data, name)
    blocks = tuple(_blocks(found.lines))
    text = "".join(line.text for line in found.lines)
    return Document(plain(found.title), blocks, detect(text), plain(found.author))


def _leads(blocks: list[Block]) -> bool:
    """Whether the first block is the name in a speech that another is spoken at the same time as."""
    if not isinstance(blocks[0], Character):
        return False
    after = next((each for each in blocks[1:] if not isinstance(each, Dialogue | Parenthetical)), None)
    return isinstance(after, Character) and after.dual


def _dual(content: Any) -> Any:
    from lxml import etree

    return etree.SubElement(etree.SubElement(content, "Paragraph"), "DualDialogue")


def _put(place: Any, block: Block, page: bool) -> None:
    from lxml import etree

    kind = _TYPES.get(type(block), "")
    if isinstance(block, Heading):
        kind = "New Act" if block.level == 1 else f"Outline {block.level}"
    paragraph = etree.SubElement(place, "Paragraph", Type=kind)
    if page:
        paragraph.set("StartsNewPage", "Yes")
    match block:
        case SceneHeading(number=number) if number:
            paragraph.set("Number", plain(number))
        case Action(centred=True):
            paragraph.set("Alignment", "Center")
        case Parenthetical():
            _text(paragraph, f"({block.text})")
            return
    if isinstance(block, Action | Dialogue):
        _text(paragraph, block.text, block.marks)
    elif not isinstance(block, SceneBreak):
        _text(paragraph, getattr(block, "text", ""))


def _text(paragraph: Any, text: str, marks: Marks = ()) -> None:
    from lxml import etree

    for piece in pieces(text, marks):
        look = _LOOKS.get((piece.emphasis, piece.strong))
        element = etree.SubElement(paragraph, "Text", **({"Style": look} if look else {}))
        element.text = squeeze(HIDDEN.sub("", text)) if not marks else HIDDEN.sub("", piece.text)


def _blocks(lines: tuple[Line, ...]) -> Iterator[Block]:
    for line in lines:
        if line.page:
            yield SceneBreak()
        text, marks = _words(line)
        if line.level:
            yield Heading(text, min(line.level, 5))
            continue
        match line.kind:
            case "Scene Heading":
                yield SceneHeading(text, plain(line.number))
            case "Character":
                yield Character(text, line.dual)
            case "Parenthetical":
                inside = text[1:-1] if text[:1] in "(（" and text[-1:] in ")）" else text
                yield Parenthetical(inside.strip())
            case "Transition":
                yield Transition(text)
            case "Dialogue":
                yield Dialogue(text, marks)
            case _:
                yield Action(text, marks, centred=line.centred)


def _words(line: Line) -> tuple[str, Marks]:
    marks: list[Mark] = []
    place = 0
    for run in line.runs:
        span = Span(place, place := place + len(run.text))
        marks += [Mark(span, "emphasis")] if run.emphasis else []
        marks += [Mark(span, "strong")] if run.strong else []
    return cleaned(HIDDEN.sub(" ", line.text), tuple(marks), squeeze)
