"""Which of the changes between a sentence and its corrected version are corrections, and of what kind."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from itertools import accumulate, pairwise

import regex

from bimo.text.diff import diff
from bimo.text.errors import Language
from bimo.text.keep import lost
from bimo.text.spans import Edit, Span
from bimo.text.words import segments

# A sentence less like the old one than this was written anew, not corrected.
_LIKE = 0.75
_PARTICLES = set("的地得")
_PLURAL, _PAST = r"(?:ies|es|s|y)$", r"(?:ied|ed|ing|es|s|e|d|y)$"


@cache
def _groups() -> tuple[dict[str, set[str]], list[set[str]], list[set[str]]]:
    """Words by grammatical kind, forms of one word, and characters that sound or look alike."""
    found = tomllib.loads((files("bimo.critique") / "lists" / "corrections.toml").read_text(encoding="utf-8"))
    kinds = {kind: set(words.split()) for kind, words in found["kinds"].items()}
    forms = [set(forms.split("/")) for forms in found["forms"]["en"].split()]
    return kinds, forms, [set(group) for group in found["alike"]["zh"].split()]


def corrections(old: str, new: str, lang: Language) -> tuple[list[Edit], int]:
    """The changes from one sentence to another that mend a mistake, each with its kind, and how many are dropped.

    Dropped are rewriting, a change of names, numbers or negations, and one word for another that is no likelier.
    """
    edits = diff(old, new, lang)
    if SequenceMatcher(None, old, new, autojunk=False).ratio() < _LIKE:
        return [], len(edits)
    gone = lost(old, new, lang=lang)
    if gone.names or gone.numbers or gone.negations:
        return [], len(edits)
    kept = []
    for edit in edits:
        kind = _kind(old, new, edit, lang)
        if kind:
            kept.append(replace(_trimmed(old, edit) if lang == "zh" else edit, reason=kind))
    return kept, len(edits) - len(kept)


def _trimmed(old: str, edit: Edit) -> Edit:
    """The edit without what it leaves as it is on both sides."""
    before, after = edit.span.of(old), edit.new
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    return Edit(Span(edit.span.start + head, edit.span.end - tail), after[head : len(after) - tail])


def _common(one: str, two: str) -> int:
    """How many letters two texts have in common at the beginning."""
    return next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))


def _kind(old: str, new: str, edit: Edit, lang: Language) -> str:
    """What an edit mends, or nothing if it is a matter of taste."""
    before, after = edit.span.of(old).strip(), edit.new.strip()
    if not regex.search(r"[\p{L}\p{N}]", before + after):
        # Which quotation marks or dashes a writer uses, and where a comma gives a breath, is no mistake.
        marks = set(before + after)
        return "" if marks & set('“”"‘’—–…-') or marks <= set(",，、") else "punctuation"
    if lang == "zh":
        return _chinese(old, new, before, after)
    return _english(before, after)


def _chinese(old: str, new: str, before: str, after: str) -> str:
    if _PARTICLES & set(before) and _PARTICLES & set(after) and _bare(before, "的地得") == _bare(after, "的地得"):
        return "particle"
    if len(before) == len(after):
        changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
        alike = all(any(a in group and b in group for group in _groups()[2]) for a, b in changed)
        return "typo" if alike or (len(changed) == 1 and _makes_words(old, new, before, after)) else ""
    shorter, longer = sorted((before, after), key=len)
    if len(longer) - len(shorter) > 2 or not _inside(shorter, longer):
        return ""
    if longer == before:
        return "repeated" if regex.search(r"(.{1,2})\1", before) else ""
    return "missing" if set(longer) - set(shorter) <= set("把被在到是") else ""


def _bare(text: str, letters: str) -> str:
    return regex.sub(f"[{letters}]", "", text)


def _inside(shorter: str, longer: str) -> bool:
    """Whether the letters of the one stand in the other in their order."""
    rest = iter(longer)
    return all(letter in rest for letter in shorter)


def _makes_words(old: str, new: str, before: str, after: str) -> bool:
    """Whether the new characters belong to a word of two or more where the old ones fell apart."""
    cuts = [set(accumulate(map(len, segments(text)), initial=0)) for text in (old, new)]
    return len(before) > 1 and len(cuts[1]) < len(cuts[0]) and after in "".join(segments(new))


def _english(before: str, after: str) -> str:
    one, two = before.lower().replace("’", "'").split(), after.lower().replace("’", "'").split()
    if len(one) > 3 or len(two) > 3:
        return ""
    if not one or not two or len(one) != len(two):
        return _added_or_dropped(one, two)
    kinds = [_word_kind(a, b) for a, b in zip(one, two, strict=True) if a != b]
    return kinds[0] if kinds and all(kinds) else ("capital" if not kinds and before != after else "")


def _added_or_dropped(one: Sequence[str], two: Sequence[str]) -> str:
    few, many = sorted((list(one), list(two)), key=len)
    added = [word for word in many if word not in few]
    if [word for word in many if word in few] != few and len(added) == len(many) - len(few):
        return ""
    if many == list(one) and any(a == b for a, b in pairwise(many)):
        return "repeated"
    for kind in ("article", "preposition", "agreement"):
        if added and all(word in _groups()[0][kind] for word in added) and len(many) - len(few) == len(added):
            return kind if kind == "article" else "missing" if many == list(two) else kind
    return "spelling" if "".join(few) == "".join(many) else ""


def _word_kind(one: str, two: str) -> str:
    """Why a word stands for another: its grammar, or its spelling."""
    for kind, words in _groups()[0].items():
        if one in words and two in words:
            return kind
    if any(one in forms and two in forms for forms in _groups()[1]):
        return "tense"
    stems = [regex.sub(ending, "", word) for ending in (_PLURAL, _PAST) for word in (one, two)]
    if stems[0] == stems[1]:
        return "agreement"
    if stems[2] == stems[3]:
        return "tense"
    return "spelling" if SequenceMatcher(None, one, two).ratio() >= 0.72 else ""
