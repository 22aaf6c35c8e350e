"""Plain text: encodings, hard-wrapped lines, headings and scene breaks that only their words and blank lines show."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Final

from bimo.desk.imports.lines import contents, heading, is_break, numbered
from bimo.desk.imports.plan import Block, Break, Heading, Paragraph, Source
from bimo.text.errors import InputError, Notice
from bimo.text.language import detect
from bimo.text.reading import read_text

# What a text that is not UTF-8 may be in, and how much of it is looked at to tell.
_ENCODINGS: Final = ["gb18030", "big5", "cp950", "utf_16", "cp1252"]
_SAMPLE: Final = 60_000
# Too few bytes for statistics: then the commonest marks and characters tell.
_SHORT: Final = 200
_COMMON: Final = frozenset(
    "，。：“”「」？！、—…的了一是不我他她它在有这這人来來说說个個们們到上下那里裡去也就着著看章第回"
)
# A line that was broken at the margin is about as long as its neighbours, and longer than a line of verse.
_WRAPPED: Final = 50
_FACT: Final = re.compile(
    r"(?i)(?:书名|title)\s*[:：]\s*(?P<title>.+)|(?:作者|著者|author|by)\s*[:：]\s*(?P<author>.+)"
    r"|by (?P<by>[A-Z].{2,40})"
)


def decode(data: bytes, name: str) -> tuple[str, tuple[Notice, ...]]:
    """The text of bytes in UTF-8, UTF-16, GB18030 or Big5, and what was guessed. Raises InputError like `read_text`."""
    try:
        return read_text(data, name=name), ()
    except InputError as error:
        if error.code != "text.not_utf8":
            raise
        encoding = _guessed(data)
        if encoding is None:
            raise
        text = data.decode(encoding, errors="replace")
        lost = text.count("\ufffd")
        notices = [Notice.of("desk.import_encoding", encoding=encoding.upper())]
        if lost:
            notices.append(Notice.of("desk.import_lost", count=lost))
        return read_text(text.encode(), name=name), tuple(notices)


def _guessed(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    # English lines say nothing about how the Chinese ones are written.
    telling = b"\n".join(line for line in data[:2_000_000].split(b"\n") if not line.isascii())
    if len(telling) < _SHORT:
        return max(("gb18030", "big5", "cp1252"), key=lambda encoding: _commonness(telling, encoding))
    best = from_bytes(telling[:_SAMPLE].rpartition(b"\n")[0] or telling[:_SAMPLE], cp_isolation=_ENCODINGS).best()
    return best.encoding if best else None


def _commonness(data: bytes, encoding: str) -> float:
    """How much of the text that the bytes would be is common marks and characters, or -1 if they are none."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return -1
    return sum(sign in _COMMON or sign.isascii() for sign in text) / len(text)


def read(text: str) -> Source:
    """The blocks of a plain text."""
    lines = text.split("\n")
    dropped, numbers, after_gap = contents(lines), numbered(lines), _after_gaps(lines)
    blocks: list[Block] = []
    body: list[str] = []
    for place, line in enumerate(lines):
        if place in dropped:
            continue
        found: Block | None = Heading(line.strip(), 3) if place in numbers else heading(line)
        found = found or (Break() if is_break(line) or place in after_gap else None)
        if found:
            blocks += map(Paragraph, unwrapped(body))
            blocks.append(found)
            body = [line] if place in after_gap and isinstance(found, Break) else []
        else:
            body.append(line)
    blocks += map(Paragraph, unwrapped(body))
    notices = [Notice.of("desk.import_blank_lines", count=len(after_gap))] if after_gap else []
    if dropped:
        notices.append(Notice.of("desk.import_contents", count=len(dropped)))
    return Source(blocks, *_facts(lines), notices=tuple(notices))


def unwrapped(lines: Sequence[str]) -> Iterator[str]:
    """The paragraphs of lines without headings: hard-wrapped lines joined, stanzas with their line ends."""
    for blank, group in groupby(lines, key=lambda line: not line.strip()):
        if not blank:
            yield from _paragraphs(list(group))


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    if len(lines) == 1 or detect(lines[0] + lines[-1]) == "zh" or max(map(len, lines)) > 2 * _WRAPPED + 20:
        yield from (line.strip() for line in lines)
        return
    indented = [place for place, line in enumerate(lines) if line[0].isspace()]
    starts = [0, *(place for place in indented if place)] if len(indented) < len(lines) else [0]
    for start, end in pairwise([*starts, len(lines)]):
        part = [line.strip() for line in lines[start:end]]
        longest = max(map(len, part))
        wrapped = longest >= _WRAPPED and all(len(line) > 0.6 * longest for line in part[:-1])
        yield (" " if wrapped else "\n").join(part)


def _after_gaps(lines: Sequence[str]) -> set[int]:
    """Lines before which more blank lines stand than usual, where seldom, and where no mark parts the scenes."""
    gaps: list[tuple[int, int]] = []
    blank = 0
    for place, line in enumerate(lines):
        if not line.strip():
            blank += 1
            continue
        if is_break(line):
            return set()
        gaps.append((place, blank))
        blank = 0
    if len(gaps) < 2:
        return set()
    usual = Counter(gap for _, gap in gaps[1:]).most_common(1)[0][0]
    wide = {place for place, gap in gaps[1:] if gap > usual + (usual > 0)}
    return wide if len(wide) * 8 <= len(gaps) else set()


def _facts(lines: Sequence[str]) -> tuple[str, str]:
    """Title and author, where the first lines name them."""
    title = author = ""
    for line in lines[:20]:
        found = _FACT.fullmatch(line.strip())
        if found:
            title = title or (found["title"] or "").strip("《》 ")
            author = author or found["author"] or found["by"] or ""
    return title, author
