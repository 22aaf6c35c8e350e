"""PDF by Typst: a book, poems or a screenplay, with bookmarks, contents and tags for voices that read aloud."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
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
    verse_line,
)
from bimo.publish.facing import cut
from bimo.publish.formats import edition
from bimo.publish.typesetting import GETA, drawn, lacking, typeset
from bimo.publish.upright import has_marks, is_upright, pages
from bimo.publish.vertical import cells, columns
from bimo.text.errors import Language, Notice
from bimo.text.language import detect

Told = dict[str, Any]
_KINDS: Final[dict[type[Block], str]] = {
    Paragraph: "text",
    SceneHeading: "scene",
    Action: "action",
    Character: "character",
    Parenthetical: "parenthetical",
    Dialogue: "dialogue",
    Transition: "transition",
}
# The longest column of a title in large type.
_TITLE: Final = 15
# How many characters a warning names.
_NAMED: Final = 12


def lacks(document: Document) -> Iterator[Notice]:
    """What a PDF cannot show: lines from top to bottom, and characters that are in no font."""
    if document.vertical and not is_upright(document):
        yield Notice.of("publish.pdf_horizontal")
    if is_upright(document) and has_marks(document):
        yield Notice.of("publish.upright_plain")
    if missing := sorted(lacking(_all_text(document), rare=True)):
        more = " …" if len(missing) > _NAMED else ""
        yield Notice.of("publish.no_glyph", signs=" ".join(missing[:_NAMED]) + more, count=len(missing), sign=GETA)


@edition("pdf", suffix=".pdf", media_type="application/pdf", zh="PDF", en="PDF", lacks=lacks)
def to_pdf(document: Document) -> bytes:
    """The PDF edition. Characters that are in no font stand as 〓. Raises what `typeset` raises."""
    text = _all_text(document)
    rare = bool(lacking(text))
    # A character outside of every font would be refused, as it could not be read out of the file.
    work = data(document, lacking(text, rare=True) if rare else set())
    return typeset(_template(document), work, rare=rare)


def _template(document: Document) -> str:
    if document.kind == "screenplay":
        return "screenplay"
    return "facing" if document.pairs else "upright" if is_upright(document) else "book"


def data(document: Document, missing: Iterable[str] = ()) -> Told:
    """What the templates read: the document as JSON, with 〓 for the characters in `missing`."""
    return _Maker(document.lang, missing).work(document)


class _Maker:
    """Makes what the templates read of a document in `lang`, without the characters in `missing`."""

    def __init__(self, lang: Language, missing: Iterable[str]) -> None:
        self._lang = lang
        self._missing = set(missing)
        self._signs = str.maketrans(dict.fromkeys(self._missing, GETA))

    def work(self, document: Document) -> Told:
        """The whole document."""
        blocks = [block for block in document.blocks if not isinstance(block, Heading) or self._clean(block.text)]
        headings = [block for block in blocks if isinstance(block, Heading)]
        author = self._clean(document.author)
        return {
            "title": self._clean(document.title) or "–",
            # Nothing is said of an author without a name.
            "author": [author] if author else [],
            "byline": author,
            "lang": self._lang,
            "kind": document.kind,
            "contents": len(headings) > 1,
            **({"cover": drawn(document.cover)} if document.cover else {}),
            **self._pages(document, blocks),
        }

    def _pages(self, document: Document, blocks: list[Block]) -> Told:
        if is_upright(document):
            front = {
                "heading": list(columns(cells(self._clean(document.title) or "–"), _TITLE)),
                "signed": cells(self._clean(document.author)),
            }
            return front | {
                "pages": pages((block for block, _ in _levelled(blocks)), lambda text: text.translate(self._signs))
            }
        if _template(document) != "facing" or not document.other:
            return {"blocks": list(self._blocks(_levelled(blocks)))}
        other = _Maker(document.other, self._missing)
        pairs = [
            {
                "own": list(self._blocks((block, False) for block in own)),
                "other": list(other._blocks((block, False) for block in theirs)),
            }
            for own, theirs in cut(document.pairs, document.lang, document.other)
        ]
        return {"other": document.other, "pairs": pairs}

    def _clean(self, text: str) -> str:
        return plain(text).translate(self._signs)

    def _blocks(self, blocks: Iterable[tuple[Block, bool]]) -> Iterator[Told]:
        told = list(self._runs(blocks))
        for place, each in enumerate(told):
            if each["kind"] == "quote":
                each["first"] = not place
                each["epigraph"] = not place or told[place - 1]["kind"] == "heading"
        return iter(told)

    def _runs(self, blocks: Iterable[tuple[Block, bool]]) -> Iterator[Told]:
        for group, run in groupby(blocks, key=lambda each: isinstance(each[0], Verse)):
            if group:
                yield self._poem([block for block, _ in run if isinstance(block, Verse)])
            else:
                yield from _dual([self._block(block, page) for block, page in run])

    def _block(self, block: Block, page: bool = False) -> Told:
        match block:
            case SceneBreak():
                return {"kind": "break"}
            case Figure():
                return self._text("figure", block.text, svg=block.svg)
            case Heading():
                return self._text("heading", block.text, level=block.level, page=page)
            case Quote():
                return self._quote(block)
            case SceneHeading():
                return self._text("scene", block.text, number=self._clean(block.number))
            case Parenthetical():
                return self._text("parenthetical", f"（{block.text}）" if self._lang == "zh" else f"({block.text})")
            case Action():
                return self._text("action", block.text, block.marks, centred=block.centred)
            case Paragraph() | Dialogue():
                return self._text(_KINDS[type(block)], block.text, block.marks)
            case Character():
                return self._text("character", block.text, dual=block.dual)
            case Verse():
                return self._poem([block])
        return self._text(_KINDS[type(block)], block.text)

    def _text(self, kind: str, text: str, marks: Marks = (), **more: Any) -> Told:
        return {"kind": kind, "text": self._words(text, marks), **self._own_lang(text), **more}

    def _words(self, text: str, marks: Marks) -> str | list[tuple[str, int]]:
        if not marks:
            return verse_line(text).translate(self._signs)
        return [
            (HIDDEN.sub("", each.text).translate(self._signs), each.emphasis + 2 * each.strong)
            for each in pieces(text, marks)
        ]

    def _own_lang(self, text: str) -> Told:
        own = detect(text, self._lang)
        return {"lang": own} if own != self._lang else {}

    def _poem(self, run: list[Verse]) -> Told:
        stanzas = [[self._words(line, marks) for line, marks in verse.parts] for verse in run]
        return {"kind": "poem", "stanzas": stanzas, **self._own_lang("\n".join(run[0].lines))}

    def _quote(self, quote: Quote) -> Told:
        source = source_of(quote)
        inside = quote.blocks[:-1] if source else quote.blocks
        found: Told = {"kind": "quote", "blocks": list(self._runs((block, False) for block in inside))}
        return found | ({"source": self._text("text", source.text, source.marks)} if source else {})


def _levelled(blocks: list[Block]) -> Iterator[tuple[Block, bool]]:
    """The blocks, headings with no level left out above them, and whether each begins a page."""
    # Chapters begin pages too where they stand in parts, so that a part has a page of its own.
    parted = any(isinstance(a, Heading) and isinstance(b, Heading) and a.level < b.level for a, b in pairwise(blocks))
    above: list[int] = []
    for block in blocks:
        if isinstance(block, Heading):
            while above and above[-1] >= block.level:
                above.pop()
            above.append(block.level)
            yield Heading(block.text, len(above)), len(above) <= 1 + parted
        else:
            yield block, False


def _dual(told: list[Told]) -> Iterator[Told]:
    """The elements, with two speeches at the same time side by side."""
    speech = ("parenthetical", "dialogue")
    place = 0
    while place < len(told):
        ends = [place]
        # A speech is a name and what follows it.
        while len(ends) < 3 and ends[-1] < len(told) and told[ends[-1]]["kind"] == "character":
            end = ends[-1] + 1
            while end < len(told) and told[end]["kind"] in speech:
                end += 1
            ends.append(end)
        if len(ends) == 3 and told[ends[1]]["dual"]:
            yield {"kind": "dual", "speeches": [told[ends[0] : ends[1]], told[ends[1] : ends[2]]]}
            place = ends[2]
        else:
            yield told[place]
            place += 1


def _all_text(document: Document) -> str:
    """Every character that the edition shows, and some that it does not."""
    return HIDDEN.sub("", document.title + document.author + _texts(document.blocks))


def _texts(blocks: Iterable[Block]) -> str:
    found: list[str] = []
    for block in blocks:
        match block:
            case Verse():
                found.extend(block.lines)
            case Quote():
                found.append(_texts(block.blocks))
            case SceneBreak():
                pass
            case SceneHeading():
                found += [block.text, block.number]
            case _:
                found.append(block.text)
    return "".join(found)
