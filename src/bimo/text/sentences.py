"""Where the sentences and paragraphs of a text stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bimo.text.errors import Language
from bimo.text.language import detect
from bimo.text.lists import word_list
from bimo.text.spans import Span

_CLOSERS: Final = "\"'”’」』）)】〕\\]"
_END: Final = re.compile(rf"(?P<mark>[。！？!?…．.]+)[{_CLOSERS}]*")
# After these the sentence goes on: marks of a pause, and the end of a title such as 《你好！》.
_GOES_ON: Final = frozenset("，、；：》〉,;:")
_SAID: Final = (
    "said|says|asked|asks|cried|replied|answered|whispered|shouted|murmured|muttered|called|added|snapped|sighed|"
    "growled|hissed|yelled|laughed|screamed|exclaimed|demanded|continued|went on"
)
_SPEAKER: Final = re.compile(rf"(?:\w[\w.'’-]*\s+){{1,3}}?(?:{_SAID})\b")


def sentences(text: str, lang: Language) -> list[Span]:
    """The sentences in order; closing quotes and brackets belong to them, and only white space stands between.

    A remark of who speaks belongs to the speech in English (`"Stop!" he said.`). No sentence reaches past its
    paragraph.
    """
    found: list[Span] = []
    for paragraph in paragraphs(text):
        start = paragraph.start
        for end in _ends(text, paragraph, lang):
            found += _trimmed(text, start, end)
            start = end
        found += _trimmed(text, start, paragraph.end)
    return found


def paragraphs(text: str) -> list[Span]:
    """The paragraphs in order. A blank line ends one, and so does a line break, except in hard-wrapped Latin text."""
    found: list[Span] = []
    for block in re.finditer(r"[^\n]*\S[^\n]*(?:\n[^\S\n]*\S[^\n]*)*", text):
        if _wrapped(block.group()):
            found += _trimmed(text, *block.span())
        else:
            for line in re.finditer(r"[^\n]+", block.group()):
                found += _trimmed(text, block.start() + line.start(), block.start() + line.end())
    return found


def _wrapped(block: str) -> bool:
    """Whether some line break of the block stands inside a sentence."""
    *lines, _ = block.split("\n")
    return any(not re.search(rf"[.!?…:—*][{_CLOSERS}*_]*\s*$", line) for line in lines) and detect(block) == "en"


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    part = text[start:end]
    if part := part.rstrip():
        yield Span(start + len(part) - len(part.lstrip()), start + len(part))


def _ends(text: str, paragraph: Span, lang: Language) -> Iterator[int]:
    for match in _END.finditer(text, paragraph.start, paragraph.end):
        rest = text[match.end() : paragraph.end]
        if not rest or rest[0] in _GOES_ON:
            continue
        wide = set(match["mark"]) & set("。！？．" if lang == "en" else "。！？．!?…")
        if wide or (rest[0].isspace() and _latin_end(text[paragraph.start : match.start()], match, rest.lstrip())):
            yield match.end()


def _latin_end(before: str, match: re.Match[str], after: str) -> bool:
    """Whether a Latin mark with a space after it ends the sentence."""
    if after[:1].islower():
        return False
    if match.group() != match["mark"] and _SPEAKER.match(after):
        return False
    if match.group() != ".":
        return True
    word = re.search(r"[\w.]*$", before)
    last = word.group().lower() if word else ""
    if last in word_list("titles") or (last in word_list("titles_before_number") and after[:1].isdigit()):
        return False
    # One letter is an initial (J. R. R. Tolkien), but "It was I." is an end.
    return not (len(last) == 1 and last.isalpha() and last != "i" and after[:1].isupper())
