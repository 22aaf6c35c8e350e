"""Word: DOCX by python-docx, with a style for each thing, so that a publisher's template can take over."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

from bimo.publish.document import (
    HIDDEN,
    Action,
    Block,
    Character,
    Dialogue,
    Document,
    Figure,
    Heading,
    Mark,
    Marks,
    Paragraph,
    Parenthetical,
    Quote,
    SceneBreak,
    SceneHeading,
    Transition,
    Verse,
    pieces,
    plain,
    source_of,
)
from bimo.publish.docx_styles import made, put_styles, qn
from bimo.publish.formats import edition
from bimo.publish.typesetting import typeset
from bimo.text.errors import Language
from bimo.text.language import detect

_STYLES: Final[dict[type[Block], str]] = {
    SceneHeading: "SceneHeading",
    Action: "Action",
    Character: "Character",
    Parenthetical: "Parenthetical",
    Dialogue: "Dialogue",
    Transition: "Transition",
}
# Width, height and margins of the page in twips: A4 for Chinese, Letter for English.
_PAGES: Final[dict[Language, tuple[int, int]]] = {"zh": (11906, 16838), "en": (12240, 15840)}
_MARGIN: Final = 1440
# The width of a figure in twips.
_FIGURE: Final = 8600
_EMU_PER_TWIP: Final = 635


@edition(
    "docx",
    suffix=".docx",
    media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    zh="Word 文档",
    en="Word document",
)
def to_docx(document: Document) -> bytes:
    """The Word edition: title, author, and the text in styles; lines run from top to bottom if the document says so."""
    import docx

    book = docx.Document()
    script = document.kind == "screenplay"
    chapters = any(isinstance(block, Heading) for block in document.blocks)
    put_styles(book.styles.element, document.lang, script=script, pages=chapters and not script)
    _set_facts(book, document)
    _set_page(book.sections[0], document, script=script)
    body = book.element.body
    if document.cover:
        _put_cover(book, document)
    # What is added goes before the properties of the section, which stand last.
    last = body[-1]
    for each in _Writer(book, document.lang).paragraphs(document):
        last.addprevious(each)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _set_facts(book: Any, document: Document) -> None:
    moment = int(os.environ.get("SOURCE_DATE_EPOCH") or datetime.now(UTC).timestamp())
    facts = book.core_properties
    facts.title, facts.author = plain(document.title)[:255], plain(document.author)[:255]
    facts.last_modified_by, facts.comments = facts.author, ""
    facts.language = "zh-CN" if document.lang == "zh" else "en-US"
    facts.created = facts.modified = datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)


def _set_page(section: Any, document: Document, *, script: bool) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    width, height = _PAGES[document.lang]
    section.page_width, section.page_height = width * _EMU_PER_TWIP, height * _EMU_PER_TWIP
    section.left_margin = (_MARGIN * 3 // 2 if script else _MARGIN) * _EMU_PER_TWIP
    section.right_margin = section.top_margin = section.bottom_margin = _MARGIN * _EMU_PER_TWIP
    # The first page has the title on it, and no number.
    section.different_first_page_header_footer = True
    if document.vertical:
        section._sectPr.find(qn("w:docGrid")).addprevious(made("textDirection", val="tbRl"))
    place = section.header if script else section.footer
    paragraph = place.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if script else WD_ALIGN_PARAGRAPH.CENTER
    field = made("fldSimple", instr="PAGE")
    run = made("r")
    run.append(made("t"))
    run[-1].text = "1"
    field.append(run)
    paragraph._p.append(field)


def _put_cover(book: Any, document: Document) -> None:
    from docx.enum.text import WD_BREAK

    section = book.sections[0]
    width = section.page_width - section.left_margin - section.right_margin
    height = section.page_height - section.top_margin - section.bottom_margin
    run = book.add_paragraph().add_run()
    picture = run.add_picture(io.BytesIO(document.cover), width=width)
    if picture.height > height:
        picture.width, picture.height = round(width * height / picture.height), height
    picture._inline.docPr.set("descr", plain(document.title) or "–")
    run.add_break(WD_BREAK.PAGE)


class _Writer:
    """Makes paragraphs of a book in `lang`."""

    def __init__(self, book: Any, lang: Language) -> None:
        self._book = book
        self._lang = lang

    def paragraphs(self, document: Document) -> Iterator[Any]:
        """All of them, with the title and the author before."""
        if title := plain(document.title):
            yield self._paragraph("Title", title)
        if author := plain(document.author):
            yield self._paragraph("Author", author)
        for before, block in pairwise((None, *document.blocks)):
            if block is not None:
                opens = not isinstance(before, Paragraph | Verse | Quote)
                yield from self._block(block, opens=opens, epigraph=before is None or isinstance(before, Heading))

    def _block(self, block: Block, *, opens: bool, epigraph: bool) -> Iterator[Any]:
        match block:
            case Heading():
                yield self._paragraph(f"Heading{min(block.level, 5)}", block.text)
            case Paragraph():
                yield self._paragraph("FirstParagraph" if opens else "BodyText", block.text, block.marks)
            case Verse():
                yield self._verse(block, "Verse")
            case Quote():
                yield from self._quote(block, "Epigraph" if epigraph else "Quote")
            case Figure():
                yield self._figure(block)
                yield self._paragraph("Caption", block.text)
            case SceneBreak():
                yield self._paragraph("SceneBreak", "*\u2003*\u2003*")
            case SceneHeading(number=number) if number:
                yield self._paragraph("SceneHeading", f"{number}\u3000{block.text}")
            case Action(centred=True):
                yield self._paragraph("CentredAction", block.text, block.marks)
            case Action() | Dialogue():
                yield self._paragraph(_STYLES[type(block)], block.text, block.marks)
            case Parenthetical():
                how = f"（{block.text}）" if self._lang == "zh" else f"({block.text})"
                yield self._paragraph("Parenthetical", how)
            case _:
                yield self._paragraph(_STYLES[type(block)], block.text)

    def _quote(self, quote: Quote, style: str) -> Iterator[Any]:
        source = source_of(quote)
        for block in quote.blocks[:-1] if source else quote.blocks:
            if isinstance(block, Verse):
                yield self._verse(block, style)
            else:
                yield self._paragraph(style, block.text, block.marks)
        if source:
            yield self._paragraph("Source", source.text, source.marks)

    def _figure(self, figure: Figure) -> Any:
        paragraph = self._book.add_paragraph()
        work = {"title": "–", "byline": "", "author": [], "lang": self._lang, "svg": figure.svg}
        picture = typeset("figure", work, format="png", rare=True)
        shape = paragraph.add_run().add_picture(io.BytesIO(picture), width=_FIGURE * _EMU_PER_TWIP)
        shape._inline.docPr.set("descr", plain(figure.text))
        paragraph._p.get_or_add_pPr().append(made("pStyle", val="Caption"))
        return paragraph._p

    def _verse(self, verse: Verse, style: str) -> Any:
        return self._paragraph(style, "\n".join(verse.lines), verse.marks)

    def _paragraph(self, style: str, text: str, marks: Iterable[Mark] = ()) -> Any:
        paragraph = made("p")
        paragraph.append(made("pPr"))
        paragraph[0].append(made("pStyle", val=style))
        paragraph.extend(self._runs(text, tuple(marks)))
        return paragraph

    def _runs(self, text: str, marks: Marks) -> Iterator[Any]:
        zh = detect(text, self._lang) == "zh"
        for piece in pieces(text, marks):
            run = made("r")
            look = made("rPr")
            if zh:
                # Quotation marks and dashes belong to both scripts; here they are as wide as characters.
                look.append(made("rFonts", hint="eastAsia"))
            if piece.strong:
                look.append(made("b"))
            if piece.emphasis:
                look.append(made("em", val="dot") if zh else made("i"))
            run.extend([look] if len(look) else [])
            for number, line in enumerate(piece.text.split("\n")):
                if number:
                    run.append(made("br"))
                run.append(made("t"))
                run[-1].text = _clean(line)
                run[-1].set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            yield run


def _clean(text: str) -> str:
    """Without what XML does not allow."""
    return re.sub(r"[^\S\u3000\xa0\u2003]", " ", HIDDEN.sub("", text))
