"""How texts and queries are cut for search: characters in pairs, so that every Chinese word is found; words in letters.

A run of characters 红豆生 becomes 红豆 豆生 生, so a query of two characters or more is a phrase of pairs, and one
character is the beginning of a pair. Capitals, accents and full width do not count; neither do marks between words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

from bimo.text.language import HAN
from bimo.text.spans import Span

# Kana and hangul have no spaces between their words either.
_SIGN: Final = f"{HAN}\u3040-\u30ff\uac00-\ud7a3"
_LETTER: Final = rf"[^\W_{_SIGN}]"
_RUN: Final = re.compile(f"[{_SIGN}]+|{_LETTER}+")
_QUOTED: Final = re.compile(r"\"([^\"]*)\"|“([^”]*)”|「([^」]*)」|(\S+)")


class _Folding(dict[int, int | None]):
    """Each sign to the one it is searched as, or to nothing if it only marks the one before it."""

    def __missing__(self, code: int) -> int | None:
        sign = chr(code)
        parts = [part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part)]
        lower = "".join(parts).lower()
        self[code] = ord(lower) if len(lower) == 1 else None if not parts else code
        return self[code]


_FOLDING: Final = _Folding()
# What folding may change: to look at every sign of a Chinese text takes ten times as long.
_FOLDABLE: Final = re.compile("[^\0-@\\[-\x7f\u2010-\u2027\u3000-\u303f\u4e00-\u9fff，。！？：；（）]+")


@cache
def _simpler() -> tuple[re.Pattern[str], dict[str, str]]:
    """The traditional characters, and each with its simplified one."""
    from opencc import OpenCC

    signs = [chr(code) for code in range(0x3400, 0xA000)]
    # A line each, so that none is converted as a part of a word; a few become two characters and stay as they are.
    pairs = zip(signs, OpenCC("t2s").convert("\n".join(signs)).split("\n"), strict=True)
    table = {sign: simple for sign, simple in pairs if simple != sign and len(simple) == 1}
    return re.compile(f"[{''.join(table)}]+"), table


def simplified(text: str) -> str:
    """The text in simplified characters, sign for sign, so that 刘 finds 劉 and every place stays."""
    traditional, table = _simpler()
    return traditional.sub(lambda found: "".join(map(table.__getitem__, found.group())), text)


def folded(text: str) -> str:
    """The text as it is searched."""
    return simplified(_FOLDABLE.sub(lambda found: found.group().translate(_FOLDING), text))


def grams(text: str) -> str:
    """The words and pairs of characters of a folded text, with spaces between them."""
    return " ".join(gram for run in _RUN.findall(text) for gram in _grams(run, whole=True))


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that is searched for: as FTS5 takes it, and as a pattern of a folded text."""

    match: str
    pattern: re.Pattern[str]

    def places(self, text: str) -> Iterator[Span]:
        """Where it stands in a text that is not folded."""
        flat = folded(text)
        back = [*_origins(text), len(text)] if len(flat) != len(text) else None
        for found in self.pattern.finditer(flat):
            start, end = found.span()
            yield Span(start, end) if back is None else Span(back[start], back[end])


def terms(query: str) -> list[Term]:
    """The terms of a query; what stands in quotation marks is one, of whole words. Marks alone are none."""
    found = []
    for match in _QUOTED.finditer(query):
        runs = _RUN.findall(folded(match.group()))
        if runs:
            found.append(Term(_match(runs, quoted=match[4] is None), _pattern(runs, quoted=match[4] is None)))
    return found


def _grams(run: str, *, whole: bool) -> list[str]:
    if not _is_signs(run):
        return [run]
    pairs = [run[place : place + 2] for place in range(len(run) - 1)]
    return [*pairs, run[-1]] if whole or not pairs else pairs


def _is_signs(run: str) -> bool:
    return bool(re.match(f"[{_SIGN}]", run))


def _match(runs: Sequence[str], *, quoted: bool) -> str:
    *firsts, last = runs
    phrase = [gram for run in firsts for gram in _grams(run, whole=True)] + _grams(last, whole=False)
    begun = len(last) == 1 if _is_signs(last) else not quoted
    return f'"{" ".join(phrase)}"' + (" *" if begun else "")


def _pattern(runs: Sequence[str], *, quoted: bool) -> re.Pattern[str]:
    pattern = re.escape(runs[0])
    for before, run in pairwise(runs):
        pattern += (r"[\W_]+" if _is_signs(before) == _is_signs(run) else r"[\W_]*") + re.escape(run)
    start = "" if _is_signs(runs[0]) else f"(?<!{_LETTER})"
    end = f"(?!{_LETTER})" if quoted and not _is_signs(runs[-1]) else ""
    return re.compile(start + pattern + end)


def _origins(text: str) -> list[int]:
    """For each sign of the folded text its place in the text."""
    return [place for place, sign in enumerate(text) if _FOLDING[ord(sign)] is not None]
