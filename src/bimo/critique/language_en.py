"""English as Harper reads it (https://writewithharper.com, Apache-2.0), tuned for fiction.

Left out are rules that judge taste or reject what novels do on purpose, names, and inside of speech everything but
spelling, because people speak as they speak. Rules and limits were chosen on five novels and measured on five others
(`bench/critique.py`).
"""

from __future__ import annotations

import os
import re
import signal
import tomllib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from importlib.resources import files
from itertools import accumulate
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final

from bimo.critique.passage import Passage
from bimo.critique.registry import Knowing, critic
from bimo.text.finding import Finding, Severity
from bimo.text.spans import Edit, Span

if TYPE_CHECKING:
    from harper import Lint, Linter

# Texts from this length on, in code points, are read in several processes, which take a second to start.
_MANUSCRIPT: Final = 300_000
_PROCESSES: Final = 4
# Paragraphs are read together in portions of so many code points: each call costs as much as a sentence.
_PORTION: Final = 4000
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_INSIDE: Final = re.compile(r"(?<=[a-z,;] )[A-Z][^\W\d_]+")


@dataclass(frozen=True, slots=True)
class _Raw:
    """A finding of Harper, with its place in the whole text."""

    kind: str
    span: Span
    why: str
    cures: tuple[Edit, ...]


@cache
def _lists() -> dict[str, Any]:
    return tomllib.loads((files("bimo.critique") / "lists" / "english.toml").read_text(encoding="utf-8"))


@cache
def _kinds(name: str) -> frozenset[str]:
    return frozenset(_lists()["kinds"][name].split())


def dialect(text: str) -> str:
    """AMERICAN or BRITISH, by the spellings that tell them apart; AMERICAN where none does."""
    american, british = (len(_telling(name).findall(text)) for name in ("AMERICAN", "BRITISH"))
    return "BRITISH" if british > american else "AMERICAN"


@cache
def _telling(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_lists()['dialects'][name]})", re.IGNORECASE)


@lru_cache(maxsize=2)
def _whole(text: str) -> tuple[str, frozenset[str]]:
    """The dialect, and the words that stand capitalised inside of sentences: names."""
    return dialect(text), frozenset(match[0].lower() for match in _INSIDE.finditer(text))


def _known_of(passage: Passage) -> str:
    spelling, named = _whole(passage.text)
    return spelling + " ".join(sorted(named))


@critic(
    "language_en",
    en="English",
    zh="英文语言",
    group="language",
    langs=("en",),
    cheap=True,
    scope="paragraph",
    whole=_known_of,
    needs=("harper",),
    version=2,
)
def language_en(passage: Passage, knowing: Knowing) -> Iterator[Finding]:
    """Spelling and grammar. Options: `dialect` (AMERICAN, BRITISH …) and `strict`, which lets matters of taste in."""
    spelling, named = _whole(passage.text)
    spelling = knowing.options.get("dialect", "").upper() or spelling
    strict = bool(knowing.options.get("strict"))
    own = frozenset(word.lower() for name in knowing.bible.names for word in _WORD.findall(name))
    for raw in _read(passage, spelling, strict):
        if not strict and (raw.kind in _kinds("taste") or _on_purpose(raw, passage, named)):
            continue
        if _is_spelling(raw, passage.text) and _words_of(raw.span.of(passage.text)) <= own:
            continue
        yield _finding(raw, passage.text)


def _on_purpose(raw: _Raw, passage: Passage, named: frozenset[str]) -> bool:
    """Whether fiction may do what Harper calls a mistake."""
    text, span = passage.text, raw.span
    if any("*" in cure.new for cure in raw.cures):
        return True
    spoken = passage.spoken(span)
    if not _is_spelling(raw, text):
        return (
            (spoken and raw.kind not in _kinds("speech"))
            or _noisy_capital(raw, text)
            or _is_letter(raw, text)
            or raw.why.endswith("is a mass noun.")
        )
    word = span.of(text)
    # A part of a compound, and what an apostrophe has cut, are no words to look up: good-natured, o’ the.
    if text[max(0, span.start - 1) : span.start] in tuple("-’'‐") or text[span.end : span.end + 1] in tuple("-’'‐"):
        return True
    if not word.isascii() or len(word) < 3 or not raw.cures:
        return True
    if word[0].isupper():
        # Only the first word of a sentence is capitalised without being a name.
        starts = span.start == 0 or bool(
            re.search(r"(?:^|[.!?…]|[.!?…,]?[”\"“])\s*$", text[max(0, span.start - 3) : span.start])
        )
        return not starts or word.isupper() or not _words_of(word).isdisjoint(named) or text.count(word) > 1
    return False


def _noisy_capital(raw: _Raw, text: str) -> bool:
    """A dialect that writes i’ for in."""
    return raw.kind == "Capitalization" and text[raw.span.end : raw.span.end + 1] in tuple("’'")


def _is_letter(raw: _Raw, text: str) -> bool:
    """A letter or note that is taken for an article: the A above middle C."""
    return raw.span.of(text) == "A" and bool(re.search(r"[a-z,;] $", text[: raw.span.start][-2:]))


def _is_spelling(raw: _Raw, text: str) -> bool:
    return raw.kind in ("Spelling", "Typo") and not re.search(r"\s", raw.span.of(text))


def _words_of(text: str) -> frozenset[str]:
    return frozenset(re.sub(r"['’]s$", "", text.lower()).split())


def _finding(raw: _Raw, text: str) -> Finding:
    quote = raw.span.of(text)
    args = {"quote": quote, "cures": " / ".join(_read_after(cure, text) for cure in raw.cures[:3]), "why": raw.why}
    severity = Severity.WARNING if raw.cures and raw.kind not in _kinds("taste") else Severity.HINT
    code = _code(raw.kind) if raw.cures else "uncured"
    return Finding(f"critique.english_{code}", raw.span, severity, args, (), raw.cures[:1])


def _read_after(cure: Edit, text: str) -> str:
    """What stands there after a cure, with its neighbours where it takes away or puts in."""
    start, end = cure.span.start, cure.span.end
    if len(cure.span) and cure.new.strip():
        return cure.new.strip()
    before = re.search(r"\S*\s*$", text[max(0, start - 40) : start])
    after = re.match(r"\s*\S*", text[end : end + 40])
    joined = f"{before[0] if before else ''}{cure.new}{after[0] if after else ''}"
    return " ".join(joined.split())


def _code(kind: str) -> str:
    """Harper's kinds, put together to those that have words here."""
    if kind in ("Agreement", "Capitalization", "Punctuation", "Repetition"):
        return kind.lower()
    found = {"spelling": _kinds("speech"), "word": _kinds("word"), "style": _kinds("taste")}
    return next((name for name, kinds in found.items() if kind in kinds), "grammar")


def _read(passage: Passage, spelling: str, strict: bool) -> Iterator[_Raw]:
    """What Harper says of the paragraphs, in portions. It holds the interpreter, so threads would win nothing."""
    portions = list(_portions(passage.paragraphs))
    joints = ["\n\n".join(span.of(passage.text) for span in spans) for spans in portions]
    lint = partial(_lints, spelling=spelling, strict=strict)
    several = len(passage.text) >= _MANUSCRIPT and len(portions) > 1 and (os.cpu_count() or 1) > 1
    for spans, found in zip(portions, _in_processes(lint, joints) if several else map(lint, joints), strict=True):
        yield from _placed(found, spans)


def _in_processes(lint: Callable[[str], list[_Raw]], joints: list[str]) -> list[list[_Raw]]:
    """The same in as many processes as there are cores, or here where there can be none."""
    try:
        return list(_pool().map(lint, joints))
    except (BrokenExecutor, OSError):
        return list(map(lint, joints))


@cache
def _pool() -> ProcessPoolExecutor:
    # Not forked: the studio and the tests have threads, which a fork would leave half alive. Ctrl-C is for the parent.
    return ProcessPoolExecutor(
        min(_PROCESSES, os.cpu_count() or 1),
        mp_context=get_context("spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )


def _portions(paragraphs: Iterable[Span]) -> Iterator[list[Span]]:
    portion: list[Span] = []
    for span in paragraphs:
        portion.append(span)
        if sum(map(len, portion)) > _PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


def _lints(joint: str, spelling: str, strict: bool) -> list[_Raw]:
    """What Harper says of a portion, with places in the portion."""
    with _linter(spelling, strict) as linter:
        return [_raw(lint) for lint in linter.lint(joint, language="plaintext") if lint.span.end > lint.span.start]


def _raw(lint: Lint) -> _Raw:
    span = Span(lint.span.start, lint.span.end)
    cures = []
    for suggestion in lint.suggestions:
        inserts = suggestion.kind.name == "INSERT_AFTER"
        place = Span(span.end, span.end) if inserts else span
        cures.append(Edit(place, "" if suggestion.kind.name == "REMOVE" else suggestion.replacement_text))
    return _Raw(lint.lint_kind, span, lint.message, tuple(cures))


def _placed(found: list[_Raw], spans: list[Span]) -> Iterator[_Raw]:
    """The same with their places in the whole text; what reaches from one paragraph into the next is left out."""
    starts = list(accumulate((len(span) + 2 for span in spans), initial=0))
    for raw in sorted(found, key=lambda each: each.span):
        place = bisect_right(starts, raw.span.start) - 1
        shift = spans[place].start - starts[place]
        if raw.span.end <= starts[place] + len(spans[place]):
            cures = tuple(Edit(_moved(cure.span, shift), cure.new) for cure in raw.cures)
            yield _Raw(raw.kind, _moved(raw.span, shift), raw.why, cures)


def _moved(span: Span, shift: int) -> Span:
    return Span(span.start + shift, span.end + shift)


_free: defaultdict[tuple[str, bool], list[Linter]] = defaultdict(list)


@contextmanager
def _linter(spelling: str, strict: bool) -> Iterator[Linter]:
    """A linter that nobody else uses meanwhile, because one is not for two threads. Making one takes half a second."""
    from harper import Dialect, Linter

    try:
        linter = _free[spelling, strict].pop()
    except IndexError:
        linter = Linter(getattr(Dialect, spelling, Dialect.AMERICAN))
        taste = frozenset() if strict else frozenset(_rules_of_taste(linter)) - set(_lists()["kept"].split())
        off = taste | {*_lists()["noisy"].split(), *_lists()["loud"].split()}
        linter.set_lint_config({**linter.get_lint_config(), **dict.fromkeys(off, False)})
    yield linter
    _free[spelling, strict].append(linter)


def _rules_of_taste(linter: Linter) -> Iterator[str]:
    """The rules of whole groups that fiction does without; each rule costs its share of the time."""
    for setting in linter.get_structured_lint_config()["settings"]:
        group = setting.get("Group", {})
        if group.get("label") in _lists()["groups"]:
            yield from (rule["Bool"]["name"] for rule in group["child"]["settings"] if "Bool" in rule)
