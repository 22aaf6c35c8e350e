"""A text as critics read it: language, kind, paragraphs, sentences, speech and scenes, each found once."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from bimo.text.errors import Language
from bimo.text.language import HAN, detect
from bimo.text.sentences import paragraphs, sentences
from bimo.text.spans import Span

Kind = Literal["prose", "verse", "fountain"]
KINDS: Final = ("prose", "verse", "fountain")

_CAPITAL: Final = r"[^\W\d_a-z]"
_FOUNTAIN_HEAD: Final = re.compile(r"(?m)^(?:(?:INT|EXT|EST|INT\./EXT|I/E)[. ]|\.\w|(?:内景|外景|内外景)[.。\s·])")
# What is no running text: headings, scene breaks, tables, fences, comments, pictures.
_MARKDOWN: Final = re.compile(r"[ \t]*(?:#{1,6}(?=\s|$)|(?:[*_-][ \t]*){3,}$|\||```|~~~|<!--|!\[)")
_BREAK: Final = re.compile(r"[ \t]*(?:(?:[*_-][ \t]*){3,}|[※◇◆○●□■＊*⁂]{1,5}|#)[ \t]*$")
_HEADING: Final = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]+\S|第[\d〇零一二三四五六七八九十百千两]+[章回节卷部幕场]|(?:CHAPTER|Chapter)\b)"
)
_QUOTES: Final = re.compile(r"[“”„‟\"「」『』«»]")
# Letters of other scripts: kana and hangul, Cyrillic, Greek, Hebrew, Arabic, those of India and its neighbours.
_OTHER_LETTERS: Final = re.compile("[\u0370-\u1cff\u3040-\u30ff\uac00-\ud7a3]")
_COMMON: Final = re.compile(
    r"\b(?:the|of|and|to|a|in|he|she|it|i|that|is|you|his|her|with|for|on|as|at|had|but|my|not|be|they|we|was|by|this|"
    r"from|have|were|are|what|which|him|me|so|there|said|no|all|their|if|would|one|out|up|been|when|who|your)\b"
)
_SAMPLE: Final = 20_000
_LONG: Final = 8000
_SENTENCE_END: Final = re.compile(r"[.!?][”’\"')]*\s+(?=[A-Z“‘\"])|[。！？…]+[”’」』]*")
_OPENERS: Final = {"“": "”", "「": "」", "『": "』", "«": "»", "„": "”"}


@dataclass(frozen=True)
class Passage:
    """A text with what critics ask about it again and again. All offsets count code points of `text`.

    `kind` says how its lines are to be read, `foreign` that it is in neither of the two languages. Everything is
    computed at most once, when it is first asked for.
    """

    text: str
    lang: Language
    kind: Kind = "prose"
    foreign: bool = False

    @classmethod
    def of(cls, text: str, lang: Language | None = None, kind: Kind | None = None) -> Passage:
        """A passage whose language and kind are found by itself where they are not given."""
        return cls(text, lang or detect(text), kind or kind_of(text), foreign=lang is None and foreign(text))

    @cached_property
    def paragraphs(self) -> tuple[Span, ...]:
        """The paragraphs of running text; headings, scene breaks, cues and slug lines are left out."""
        found = [each for each in paragraphs(self.text) if not _MARKDOWN.match(self.text, each.start, each.end)]
        if self.kind != "fountain":
            return tuple(each for each in found if not _BREAK.match(self.text, each.start, each.end))
        return tuple(each for each, spoken in self._screenplay if spoken is not None)

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """The sentences of the paragraphs, in order."""
        return tuple(
            Span(paragraph.start + each.start, paragraph.start + each.end)
            for whole in self.paragraphs
            for paragraph in _portions(self.text, whole)
            for each in sentences(paragraph.of(self.text), self.lang)
        )

    def sentences_of(self, paragraph: Span) -> tuple[Span, ...]:
        """The sentences of one of the paragraphs."""
        first = bisect_left(self._sentence_starts, paragraph.start)
        return self.sentences[first : bisect_left(self._sentence_starts, paragraph.end)]

    @cached_property
    def dialogue(self) -> tuple[Span, ...]:
        """What is spoken, with its quotation marks; in a screenplay the lines under a cue.

        A mark that is not closed reaches to the end of its paragraph.
        """
        if self.kind == "fountain":
            return tuple(each for each, spoken in self._screenplay if spoken)
        return tuple(each for paragraph in self.paragraphs for each in _spoken(self.text, paragraph))

    @cached_property
    def scenes(self) -> tuple[Span, ...]:
        """The stretches between headings, slug lines and scene breaks; the whole text if there are none."""
        cuts = [0]
        for line in re.finditer(r"[^\n]+", self.text):
            slug = self.kind == "fountain" and _FOUNTAIN_HEAD.match(line[0])
            if slug or _HEADING.match(line[0]) or _BREAK.match(line[0]):
                cuts.append(line.start())
        spans = [Span(start, end) for start, end in zip(cuts, [*cuts[1:], len(self.text)], strict=True)]
        first = [each.start for each in self.paragraphs]
        return tuple(each for each in spans if bisect_right(first, each.end - 1) > bisect_right(first, each.start - 1))

    def within(self, paragraphs: tuple[Span, ...]) -> Passage:
        """The same text with only some of its paragraphs to look at; offsets stay those of the whole."""
        view = Passage(self.text, self.lang, self.kind)
        view.__dict__.update(paragraphs=paragraphs, dialogue=self.dialogue)
        return view

    def spoken(self, span: Span) -> bool:
        """Whether the span begins inside of dialogue."""
        place = bisect_right(self._dialogue_starts, span.start) - 1
        return place >= 0 and span.start < self.dialogue[place].end

    def paragraph_at(self, offset: int) -> Span | None:
        """The paragraph that an offset stands in."""
        place = bisect_right(self._paragraph_starts, offset) - 1
        found = self.paragraphs[place] if place >= 0 else None
        return found if found and offset < found.end else None

    def line_column(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1; the column counts code points."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [each.start for each in self.sentences]

    @cached_property
    def _dialogue_starts(self) -> list[int]:
        return [each.start for each in self.dialogue]

    @cached_property
    def _paragraph_starts(self) -> list[int]:
        return [each.start for each in self.paragraphs]

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    @cached_property
    def _screenplay(self) -> tuple[tuple[Span, bool | None], ...]:
        """Lines of a screenplay: spoken, action (False), or neither (None: slug lines, cues, remarks)."""
        found: list[tuple[Span, bool | None]] = []
        speaking = False
        blank = True
        for line in re.finditer(r"[^\n]*", self.text):
            words = line[0].strip()
            if not words:
                speaking, blank = False, line.start() == line.end() or blank
                continue
            span = Span(line.start() + len(line[0]) - len(line[0].lstrip()), line.start() + len(line[0].rstrip()))
            if not speaking and blank and self._goes_on(line.end()) and _is_cue(words):
                speaking = True
                found.append((span, None))
            elif speaking:
                found.append((span, None if re.fullmatch(r"[(（].*[)）]", words) else True))
            else:
                found.append((span, None if _is_direction(words) else False))
            blank = False
        return tuple(found)

    def _goes_on(self, end: int) -> bool:
        """Whether the line after the one that ends at `end` says something."""
        after = self.text.find("\n", end + 1)
        return bool(self.text[end + 1 : after if after >= 0 else None].strip())


def _is_cue(line: str) -> bool:
    bare = re.sub(r"[(（].*?[)）]|\^", "", line).strip()
    if line.startswith("@"):
        return True
    if not bare or _is_direction(line):
        return False
    return bool(re.fullmatch(rf"{_CAPITAL}[^a-z]*", bare)) and bool(re.search(rf"[A-Z]|^[{HAN}·]{{1,8}}$", bare))


def _is_direction(line: str) -> bool:
    return bool(_FOUNTAIN_HEAD.match(line) or re.match(r"[#=>~]|/\*|\[\[|[A-Z ]+TO:$|[A-Z][\w ]*:\s", line))


def _spoken(text: str, paragraph: Span) -> Iterator[Span]:
    """Speech between quotation marks. A straight mark opens and closes in turn."""
    start, closer = -1, ""
    for mark in _QUOTES.finditer(text, paragraph.start, paragraph.end):
        if start < 0:
            closer = _OPENERS.get(mark[0], '"' if mark[0] == '"' else "")
            start = mark.start() if closer else -1
        elif mark[0] == closer:
            yield Span(start, mark.end())
            start = -1
    if start >= 0:
        yield Span(start, paragraph.end)


def _portions(text: str, paragraph: Span) -> Iterator[Span]:
    """A paragraph, cut after sentences where it is longer than any that people read: cutting it takes its square."""
    start = paragraph.start
    while paragraph.end - start > _LONG and (end := _SENTENCE_END.search(text, start + _LONG // 2, paragraph.end)):
        yield Span(start, end.end())
        start = end.end()
    yield Span(start, paragraph.end)


def foreign(text: str) -> bool:
    """Whether a text is in neither Chinese nor English: by its letters, and by how many of its words are common ones.

    Every third word of English prose is one of the list, every twentieth of its neighbours. Too few words say nothing.
    """
    part = text[:_SAMPLE]
    letters = sum(map(str.isalpha, part))
    if len(_OTHER_LETTERS.findall(part)) > 0.2 * letters:
        return True
    words = len(re.findall(r"[^\W\d_]+", part))
    if detect(part) == "zh" or words < 30:
        return False
    return len(_COMMON.findall(part.lower())) < 0.15 * words


def kind_of(text: str) -> Kind:
    """Whether a text looks like a screenplay, like verse, or like prose."""
    if len(_FOUNTAIN_HEAD.findall(text)) and "\n\n" in text:
        return "fountain"
    lines = [line.strip() for line in text[:20_000].split("\n") if line.strip() and not _HEADING.match(line)]
    if len(lines) < 4:
        return "prose"
    limit = 18 if detect(text) == "zh" else 60
    short = sum(len(line) <= limit for line in lines)
    ended = sum(bool(re.search(r"[.。！？!?”\"’]$", line)) for line in lines)
    return "verse" if short >= 0.9 * len(lines) and ended <= 0.7 * len(lines) else "prose"
