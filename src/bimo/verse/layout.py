"""The layout of a pasted poem: title, author, lines and stanzas, with their places in the text as it was given.

A line of Chinese verse is a clause, whatever marks, blanks or line ends divide the clauses; a line of English verse is
a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bimo.text.errors import InputError, Language
from bimo.text.language import HAN, detect, han
from bimo.text.spans import Span

# A long 排律 has 200 lines; what is longer than this is no poem but a collection, or prose.
LIMIT: Final = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of verse.

    Chinese: `text` holds the characters alone, `places` the offset of each of them, and `mark` the pause after it:
    "、", "，", "。", or nothing where only a line end or a blank stands. English: `text` is the line without blank
    edges, `places` is empty. `stanza` and `row` count stanzas and written lines from 0.
    """

    span: Span
    text: str
    places: Sequence[int] = ()
    mark: str = ""
    stanza: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True)
class Poem:
    """A poem taken apart. `odd` are notes in brackets, and letters, digits or pictures among Chinese characters."""

    text: str
    lang: Language
    lines: tuple[Line, ...]
    title: str = ""
    author: str = ""
    odd: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """A written line that is not blank, without blank edges. `apart` if a blank line stands before it."""

    start: int
    text: str
    apart: bool


def lay_out(text: str, lang: Language | None = None) -> Poem:
    """Take a poem apart. Raises InputError `text.empty`, or `verse.too_long` over 20,000 characters."""
    if len(text) > LIMIT:
        raise InputError("verse.too_long", length=f"{len(text):,}", limit=f"{LIMIT:,}")
    lang = lang or detect(text, "zh")
    rows = list(_rows(text))
    if not rows:
        raise InputError("text.empty")
    title, author, rows = _head(rows, lang)
    if len(rows) > 1 and (found := _SIGNED.fullmatch(rows[-1].text)):
        author, rows = author or found["name"].strip(), rows[:-1]
    if lang == "en":
        return Poem(text, lang, tuple(_english(rows)), title, author)
    odd: list[Span] = []
    lines = tuple(_clauses(rows, odd))
    return Poem(text, lang, lines, title, author, tuple(odd))


def _rows(text: str) -> Iterator[_Row]:
    apart = False
    for found in _ROW.finditer(text):
        if found["text"]:
            yield _Row(found.start("text"), found["text"], apart)
            apart = False
        else:
            apart = True


_ROW: Final = re.compile(r"[^\S\r\n]*\ufeff?[^\S\r\n]*(?P<text>(?:\S(?:[^\r\n]*\S)?)?)[^\S\r\n]*(?:\r\n|\r|\n|\Z)")
# Marks that end a clause, the weakest first, and the mark that each stands for.
_COMMAS, _STOPS = "，,；;：:—–-", "。.．！!？?…"
_BREAKS: Final = rf"、{_COMMAS}{_STOPS}"
_MARKED: Final = re.compile(f"[{re.escape(_BREAKS)}]")
_NOTE: Final = r"（[^）]*）|\([^)]*\)|〔[^〕]*〕|【[^】]*】|\[[^\]]*\]"
_CLAUSE: Final = re.compile(
    rf"(?P<run>(?:{_NOTE}|[^\s{re.escape(_BREAKS)}])+)(?P<end>[\s{re.escape(_BREAKS)}”’』」》)）\"']*)"
)
_SPACED: Final = re.compile(rf"(?P<run>[^{re.escape(_BREAKS)}]+)(?P<end>[\s{re.escape(_BREAKS)}]*)")
_PARTS: Final = re.compile(rf"[\s{re.escape(_BREAKS)}]+")
# □ stands for a lost character.
_PLAIN: Final = re.compile(f"[{HAN}□]+")
_PIECE: Final = re.compile(
    rf"(?P<note>{_NOTE})|(?P<char>[{HAN}□])|(?P<odd>(?:(?![{HAN}□])[^\W_])+|[^\s\w\u200b-\u200f\ufe0e\ufe0f])"
)
_QUOTES: Final = frozenset("“”‘’「」『』《》〈〉\"'·・•|/\\_*~～（）()[]【】〔〕><")

_SIGNED: Final = re.compile(r"(?:—+|–+|--+)\s*(?P<name>\S.{0,40})")
_HEADING: Final = re.compile(r"#{1,6}\s*(?P<title>.+?)\s*#*")
_BOOK: Final = re.compile(
    r"(?P<before>[^《》，。]{0,12})[《〈](?P<title>[^》〉]{1,60})[》〉]\s*(?P<after>[^，。！？,.!?]{0,14})"
)
_DYNASTY: Final = (
    "先秦|战国|戰國|秦|东汉|東漢|西汉|西漢|汉|漢|魏|晋|晉|南北朝|南朝|北朝|隋|唐|五代|南唐|宋|北宋|南宋|金|元|明|清|"
    "近代|现代|現代|当代|當代"
)
_AUTHOR: Final = re.compile(
    rf"(?:作者|作詞|作词|文|诗|詩|author)\s*[:：]\s*(?P<named>.{{1,40}})|by\s+(?P<by>.{{1,60}})"
    rf"|[\[（(〔【]?(?:{_DYNASTY})(?:代|朝)?\s*[\]）)〕】·.・:： 　]\s*(?P<old>[{HAN}]{{1,6}})",
    re.IGNORECASE,
)


def _head(rows: list[_Row], lang: Language) -> tuple[str, str, list[_Row]]:
    """The title and author that stand above the poem, and what is left of the rows."""
    title = author = ""
    if found := _HEADING.fullmatch(rows[0].text):
        title, rows = found["title"], rows[1:]
    if rows and lang == "zh" and (found := _BOOK.match(rows[0].text)):
        if found.end() == len(rows[0].text):
            title, author = title or found["title"], (found["before"] or found["after"]).strip(" ：:·—-")
            rows = rows[1:]
        elif not found["before"] and not title:
            cut = rows[0].text.index("》" if "》" in rows[0].text else "〉") + 1
            title, rows = found["title"], [_shortened(rows[0], cut), *rows[1:]]
    if not title and rows:
        if lang == "zh" and _is_marked(rows[0]):
            title, author, rows = _inline(rows, author)
        else:
            title, rows = _untitled(rows, lang)
    if rows and (found := _AUTHOR.fullmatch(rows[0].text)):
        author, rows = author or (found["named"] or found["by"] or found["old"]).strip(), rows[1:]
    elif title and not author and len(rows) > 1 and _looks_like_author(rows, lang):
        author, rows = rows[0].text, rows[1:]
    return title, author, rows


def _shortened(row: _Row, cut: int) -> _Row:
    rest = row.text[cut:]
    return _Row(row.start + cut + len(rest) - len(rest.lstrip()), rest.lstrip(), row.apart)


def _untitled(rows: list[_Row], lang: Language) -> tuple[str, list[_Row]]:
    """The title where nothing but its place and its length tells it, or "" where the first row is verse."""
    first, rest = rows[0], rows[1:]
    if not rest or len(first.text) > 60:
        return "", rows
    if _AUTHOR.fullmatch(rest[0].text):
        return first.text, rest
    alone = rest[0].apart and not all(row.apart for row in rest)
    if lang == "en":
        return (first.text, rest) if alone else ("", rows)
    if alone:
        return first.text, rest
    if all(map(_is_marked, rest)) or (len(rest) > 1 and all(map(_is_marked, rest[1:]))):
        return ("", rows) if _is_verse(first, rest) else (first.text, rest)
    lengths = [len(row.text) for row in rows]
    for skip in (1, 2):
        body = lengths[skip:]
        differs = lengths[0] != lengths[-1] or (len(lengths) % 2 and skip == 1 and lengths[0] in (5, 7))
        if len(body) >= 2 and len(body) % 2 == 0 and len(set(body)) == 1 and differs:
            return first.text, rest
    return "", rows


def _is_verse(first: _Row, rest: list[_Row]) -> bool:
    """Whether a row without marks is as long as the clauses after it, and makes their odd number even."""
    clauses = [len(found["run"]) for row in rest for found in _CLAUSE.finditer(row.text)]
    return len(clauses) % 2 == 1 and len(first.text) == clauses[0]


def _is_marked(row: _Row) -> bool:
    return _MARKED.search(row.text) is not None


def _inline(rows: list[_Row], author: str) -> tuple[str, str, list[_Row]]:
    """A title and an author at the head of the first line, parted by blanks from clauses that end with marks."""
    pieces = rows[0].text.split()
    bare = next((number for number, piece in enumerate(pieces) if _MARKED.search(piece)), 0)
    rest = pieces[bare:]
    if not 1 <= bare <= 2 or not all(piece[-1] in _BREAKS for piece in rest):
        return "", author, rows
    if len(pieces[0]) == len(_MARKED.split(rest[0])[0]):
        return "", author, rows
    cut = rows[0].text.index(rest[0], len(pieces[0]))
    return pieces[0], author or "".join(pieces[1:bare]), [_shortened(rows[0], cut), *rows[1:]]


def _looks_like_author(rows: list[_Row], lang: Language) -> bool:
    first, rest = rows[0], rows[1:]
    if lang == "en":
        return rest[0].apart and not first.apart and len(first.text) <= 40
    if not han(r"[{han}·]{1,6}").fullmatch(first.text):
        return False
    if _is_verse(first, rest):
        return False
    lengths = {len(row.text) for row in rest}
    return all(map(_is_marked, rest)) or (len(lengths) == 1 and len(first.text) not in lengths)


def _english(rows: list[_Row]) -> Iterator[Line]:
    stanza = 0
    for number, row in enumerate(rows):
        stanza += row.apart and number > 0
        yield Line(Span(row.start, row.start + len(row.text)), row.text, (), "", stanza, number)


def _clauses(rows: list[_Row], odd: list[Span]) -> Iterator[Line]:
    stanza = 0
    for number, row in enumerate(rows):
        stanza += row.apart and number > 0
        for found in (_SPACED if _is_spaced(row.text) else _CLAUSE).finditer(row.text):
            run, start = found["run"], row.start + found.start()
            mark = _strongest(found["end"])
            if _PLAIN.fullmatch(run):
                end = start + len(run)
                yield Line(Span(start, end), run, range(start, end), mark, stanza, number)
            elif places := _letters(run, start, odd):
                letters = "".join(run[place - start] for place in places)
                yield Line(Span(places[0], places[-1] + 1), letters, places, mark, stanza, number)


def _is_spaced(text: str) -> bool:
    """Whether each character stands apart, as in 床 前 明 月 光."""
    return " " in text.strip() and max(map(len, _PARTS.split(text))) == 1


def _letters(run: str, start: int, odd: list[Span]) -> list[int]:
    """The places of the characters in a run; what is neither a character nor a quotation mark goes to `odd`."""
    places = []
    for found in _PIECE.finditer(run):
        if found["char"]:
            places.append(start + found.start())
        elif found["note"] or found[0] not in _QUOTES:
            odd.append(Span(start + found.start(), start + found.end()))
    return places


def _strongest(end: str) -> str:
    if not end or end.isspace():
        return ""
    if any(each in _STOPS for each in end):
        return "。"
    if any(each in _COMMAS for each in end):
        return "，"
    return "、" if "、" in end else ""
