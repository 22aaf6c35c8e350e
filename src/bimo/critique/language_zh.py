"""Chinese marks, spacing, particles, doubled words, miswritten idioms and mixed scripts, by rules that rarely err.

Precision before recall: what a text does everywhere is its manner and no mistake, so that books which write 的 for 地,
or are printed in traditional characters, are left in peace. Spaces beside Latin letters follow autocorrect (MIT) where
the writer asks for matters of taste.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import regex

from bimo.critique.passage import Passage
from bimo.critique.registry import Knowing, critic
from bimo.critique.slips import slips, visible
from bimo.text.finding import Finding, Severity
from bimo.text.sentences import sentences
from bimo.text.spans import Edit, Span
from bimo.text.words import lexicon

if TYPE_CHECKING:
    from opencc import OpenCC

_ADVERBS: Final = regex.compile(r"(\p{Han})\1(的|地)(?=\p{Han})")
_RUN: Final = regex.compile(r"\p{Han}{4,}")
_LATIN: Final = regex.compile(r"[A-Za-z0-9Ａ-Ｚａ-ｚ０-９]")
_GAP: Final = regex.compile(r"(?<=\p{Han}) +(?=[\p{Han}，。！？；：、])")
_MARK: Final = regex.compile(r"[“”‘’「」『』《》（）]")
_PAIRS: Final = {"“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "（": "）"}
# Words of the telling that nobody doubles on purpose.
_TWICE: Final = regex.compile(
    r"(就是|还是|而且|并且|或者|其实|应该|为了|关于|对于|通过|以及|由于|一些|这些|那些|同时|虽说|尽管|即使|只要|只有|无论)\1"
    r"|(?<![\p{Han}]把)(把|被|很|向|与)\2(?=[\p{Han}])(?![守关柄手握玩戏])"
)
# Numbers in an idiom pattern: 一天一夜 is near to too many things.
_COUNTED: Final = frozenset("一二三四五六七八九十百千万两半不无有之")
# Words that the dictionary's makers saw so often are no accident.
_COMMON: Final = 50
# The dictionary holds misspellings, which it saw so many times less often than the right word.
_RARER: Final = 20
# Longer sentences are not aligned letter by letter.
_LONGEST: Final = 2000


@lru_cache(maxsize=4)
def _manner(text: str) -> tuple[str, bool]:
    """The script of the whole text, and whether it writes 地 after adverbs."""
    told = [match[2] for match in _ADVERBS.finditer(text)]
    own = told.count("的") >= 3 and told.count("的") >= 0.25 * len(told)
    return _script(text), not own


def _script(text: str) -> str:
    """simplified or traditional, if nearly all characters that tell are of the one; else neither."""
    seen = Counter(text[:200_000])
    old = sum(count for letter, count in seen.items() if _simple(letter) != letter)
    new = sum(count for letter, count in seen.items() if _simple(letter) == letter and _full(letter) != letter)
    if old + new < 20 or 0.05 * (old + new) < min(old, new):
        return ""
    return "traditional" if old > new else "simplified"


@critic(
    "language_zh",
    en="Chinese",
    zh="中文语言",
    group="language",
    langs=("zh",),
    kinds=("prose", "fountain"),
    cheap=True,
    scope="paragraph",
    whole=lambda passage: repr(_manner(passage.text)),
    needs=("autocorrect_py",),
)
def language_zh(passage: Passage, knowing: Knowing) -> Iterator[Finding]:
    """Certain slips of language. With the option `strict` also spacing that is a matter of taste."""
    script, adverbs = _manner(passage.text)
    strict = bool(knowing.options.get("strict"))
    own = "".join(knowing.bible.names)
    for paragraph in passage.paragraphs:
        text = paragraph.of(passage.text)
        found = [
            *((edit, edit.reason) for edit in slips(text, "zh") if adverbs or edit.reason != "particle"),
            *((edit, "repeated") for edit in _twice(text)),
            *((edit, "idiom") for edit in _miswritten(text)),
            *((edit, "script") for edit in _foreign_script(text, script) if edit.span.of(text) not in own),
            *((edit, "spacing") for edit in _spacing(text, strict)),
        ]
        end = 0
        for edit, kind in sorted(found, key=lambda pair: pair[0].span):
            if edit.span.start >= end:
                yield _finding(edit, kind, text, paragraph.start)
                end = edit.span.end


def _finding(edit: Edit, kind: str, text: str, start: int) -> Finding:
    shown = visible(edit, text)
    place = Span(shown.span.start + start, shown.span.end + start)
    args = {"quote": shown.span.of(text), "cure": shown.new or "–"}
    severity = Severity.HINT if kind == "spacing" else Severity.WARNING
    return Finding(f"critique.chinese_{kind}", place, severity, args, (), (Edit(place, shown.new),))


def _twice(text: str) -> Iterator[Edit]:
    for match in _TWICE.finditer(text):
        yield Edit(Span(*match.span()), match[1] or match[2])


def _miswritten(text: str) -> Iterator[Edit]:
    """Four characters that are one away from an idiom, where the two characters sound or look alike."""
    known = lexicon()
    for run in _RUN.finditer(text):
        for start in range(run.start(), run.end() - 3):
            four = text[start : start + 4]
            for place in range(4):
                right = _idioms().get(four[:place] + "*" + four[place + 1 :])
                if not right or right == four or _RARER * known.get(four, 0) >= known.get(right, 0):
                    continue
                if _alike(four[place], right[place]) and not _crosses(text, start, four):
                    yield Edit(Span(start, start + 4), right)
                    break


def _crosses(text: str, start: int, four: str) -> bool:
    """Whether the four belong to two words that the dictionary knows: 一心一|意思."""
    known = lexicon()
    around = text[max(0, start - 2) : start + 6]
    shift = start - max(0, start - 2)
    for size in (2, 3, 4):
        for left in range(max(0, shift - size + 1), shift + 4):
            right = left + size
            inside = shift <= left and right <= shift + 4
            if not inside and right > shift and right <= len(around) and known.get(around[left:right], 0) > _COMMON:
                return True
    return all(known.get(half, 0) > _COMMON for half in (four[:2], four[2:]))


@cache
def _idioms() -> dict[str, str]:
    """Idioms by three of their characters and a star; where several fit, one that is by far the most usual."""
    known = lexicon()
    fitting: dict[str, list[str]] = {}
    for idiom in _table("idioms"):
        for place in range(4) if len(_COUNTED & set(idiom)) < 2 else ():
            fitting.setdefault(f"{idiom[:place]}*{idiom[place + 1 :]}", []).append(idiom)
    found = {}
    for key, words in fitting.items():
        words.sort(key=lambda word: -known.get(word, 0))
        if len(words) == 1 or known.get(words[0], 0) > _RARER * known.get(words[1], 0):
            found[key] = words[0]
    return found


@cache
def _alike(one: str, two: str) -> bool:
    """Whether two characters sound alike, tones aside, or look alike."""
    from pypinyin import Style, pinyin

    sounds = [set(pinyin(each, style=Style.NORMAL, heteronym=True)[0]) for each in (one, two)]
    return bool(sounds[0] & sounds[1]) or two in alike_in_shape(one)


def alike_in_shape(letter: str) -> frozenset[str]:
    """The characters that look like this one."""
    return _shapes().get(letter, frozenset())


@cache
def _shapes() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for group in _table("shapes"):
        for letter in group[1:]:
            found.setdefault(group[0], set()).add(letter)
            found.setdefault(letter, set()).add(group[0])
    return {letter: frozenset(others) for letter, others in found.items()}


@cache
def _table(name: str) -> list[str]:
    data = (files("bimo.critique") / "tables" / f"{name}.zh.txt.gz").read_bytes()
    return gzip.decompress(data).decode("utf-8").split("\n")


def _foreign_script(text: str, script: str) -> Iterator[Edit]:
    """Single characters of the other script; a sentence that has many is a quotation."""
    if not script:
        return
    turn = _simple if script == "simplified" else _full
    back = _full if script == "simplified" else _simple
    strange = [(place, letter) for place, letter in enumerate(text) if turn(letter) != letter]
    if len(strange) > max(2, len(text) // 50):
        return
    for place, letter in strange:
        # Only where the two scripts answer each other, 后 and 裡 have more than one partner; rare ones are dialect.
        if back(turn(letter)) == letter and lexicon().get(_simple(letter), 0) > _COMMON:
            yield Edit(Span(place, place + 1), turn(letter))


@cache
def _simple(letter: str) -> str:
    return str(_converter("t2s").convert(letter)) if letter > "\u2fff" else letter


@cache
def _full(letter: str) -> str:
    return str(_converter("s2t").convert(letter)) if letter > "\u2fff" else letter


@cache
def _converter(name: str) -> OpenCC:
    from opencc import OpenCC

    return OpenCC(name)


def _spacing(text: str, strict: bool) -> Iterator[Edit]:
    """Spaces between Chinese characters; beside Latin letters and digits what autocorrect changes, if strict."""
    for match in _GAP.finditer(text):
        yield Edit(Span(*match.span()), "")
    if not strict or not _LATIN.search(text):
        return
    from autocorrect_py import format as corrected

    for sentence in sentences(text, "zh"):
        old = sentence.of(text)
        if len(old) > _LONGEST or not _LATIN.search(old):
            continue
        new = corrected(old)
        for tag, one, two, three, four in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag != "equal":
                yield Edit(Span(sentence.start + one, sentence.start + two), new[three:four])


@critic("quotes", en="Quotation marks", zh="引号配对", group="language", langs=("zh",), kinds=("prose",), cheap=True)
def quotes(passage: Passage, knowing: Knowing) -> Iterator[Finding]:
    """Marks that open and never close, or close what was not opened.

    Speech that goes on in the next paragraph opens there anew and closes only at its end.
    """
    paragraphs = passage.paragraphs
    for number, paragraph in enumerate(paragraphs):
        goes_on = number + 1 < len(paragraphs) and passage.text[paragraphs[number + 1].start] in "“「"
        opened: list[tuple[int, str]] = []
        for match in _MARK.finditer(passage.text, paragraph.start, paragraph.end):
            mark = match[0]
            if mark in _PAIRS:
                opened.append((match.start(), mark))
            elif opened and _PAIRS[opened[-1][1]] == mark:
                opened.pop()
            elif mark != "’":
                yield _unpaired(match.start(), mark)
        for place, mark in opened:
            if not (goes_on and mark in "“「"):
                yield _unpaired(place, mark)


def _unpaired(place: int, mark: str) -> Finding:
    partner = _PAIRS.get(mark) or next(one for one, two in _PAIRS.items() if two == mark)
    return _warning("critique.unpaired", Span(place, place + 1), quote=mark, partner=partner)


def _warning(code: str, span: Span, **args: str) -> Finding:
    return Finding(code, span, Severity.WARNING, args)
