"""Mistakes of language that are certain without a model: doubled words, marks out of place, known misspellings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import regex

from bimo.text.errors import Language
from bimo.text.spans import Edit, Span
from bimo.text.words import tagged

_WIDE = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！", ".": "。"}
_HAN_MARK = regex.compile(r"(?<=[\p{Han}”’》）])([,;:?!]|\.(?![.\w]))(?=[\p{Han}“‘《（”]|\s|$)")
_TWICE_MARK = regex.compile(r"([，、；])\1+|，(?=[。！？])|(?<!。)。。(?!。)")
_TWICE_WORD = regex.compile(
    r"(的)的(?!确)|(我们|他们|她们|你们|已经|因为|所以|但是|如果|虽然|自己|这个|那个|于是|然后)\2"
)
_ADVERB = regex.compile(r"(?:慢慢|轻轻|悄悄|静静|默默|渐渐|缓缓|紧紧|狠狠|偷偷|匆匆|远远|呆呆)的")
_DEGREE = regex.compile(
    r"(?<=[跑走飞睡哭笑疼累热冷饿忙急气吓])的(?=很\p{Han}{1,2}[，。！？；]|满头|满脸|浑身|气喘|上气不接|喘不过|飞快)"
)
_AGAIN = regex.compile(r"(?<=[我你他她它们，。]|^)在(?=也[不没])")
_MUST = regex.compile(r"(?<=必)需(?=[在把去先要得]|马上|立刻|立即)")

_TWICE_ENGLISH = regex.compile(
    r"\b(the|an?|to|of|and|for|he|she|they|we|my|his|our|their|your|with|at|from|by|it|but|or|if|as|into)(\s+)\1\b",
    regex.IGNORECASE,
)
_SPACE_BEFORE = regex.compile(r"(?<=[\p{L}\p{N}”’\"]) +(?=[,;:!?](?:\s|$|[”\"])|\.(?:\s|$|[”\"]))")
_TWICE_COMMA = regex.compile(r",(?:\s*,)+")
_LOWER_I = regex.compile(r"(?<=(?:^|[\s“\"]))i(?=(?:\s+\p{L}|['’](?:m|ll|ve|d)\b))")
# A vowel letter that sounds like a consonant, and an h that is silent.
_AN = regex.compile(
    r"(?<![\p{L}\p{N}'’.-])([Aa])(?= +(?!(?:one|once|ones|ewe|and|an|a|or|on|of|is|it|if|in|are|as|at|am|e|i|o|u)\b"
    r"|eu|one-|uni(?!n|m)|us[aeiu]|ut[ei]|ub[ei]|uk|ur[aei]|ufo|[aeiou]+(?:\b|\.))(?:[aeio]|u[nmplgd])\p{Ll}{2,})"
)
_A = regex.compile(
    r"(?<![\p{L}\p{N}'’.-])([Aa])n(?= +(?!(?:hour|honest|hono|heir|herb|hist|hotel|habit|hallu|hyst|x-|[a-z]\b))"
    r"(?:[bcdfghjklmnpqrstvwyz][aeiouylr]|us[aeu]|uni[cfqtv]|eu)\p{Ll}+)"
)


def slips(text: str, lang: Language) -> list[Edit]:
    """Edits that mend certain mistakes, in the order of the text, none over another; `reason` is a short code."""
    found = sorted((*_known(text, lang), *(_chinese(text) if lang == "zh" else _english(text))))
    apart: list[Edit] = []
    for edit in found:
        if not apart or apart[-1].span.end <= edit.span.start:
            apart.append(edit)
    return apart


def visible(edit: Edit, text: str) -> Edit:
    """The same change with something to point at: what only puts in takes the character beside it along."""
    if len(edit.span) or not text:
        return edit
    span = Span(max(0, edit.span.start - 1), max(1, edit.span.end))
    beside = span.of(text)
    return Edit(span, beside + edit.new if edit.span.start else edit.new + beside, edit.reason)


@cache
def _misspelt() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("bimo.critique") / "lists" / "slips.toml").read_text(encoding="utf-8"))


def _known(text: str, lang: Language) -> Iterator[Edit]:
    wrong = "|".join(regex.escape(each) for each in _misspelt()[lang])
    pattern = rf"\b(?:{wrong})\b" if lang == "en" else wrong
    for match in regex.finditer(pattern, text, regex.IGNORECASE):
        right = _misspelt()[lang][match[0].lower()]
        if match[0][0].isupper():
            right = right[0].upper() + right[1:]
        yield Edit(Span(*match.span()), right, "typo" if lang == "zh" else "spelling")


def _chinese(text: str) -> Iterator[Edit]:
    for match in _HAN_MARK.finditer(text):
        yield Edit(Span(*match.span()), _WIDE[match[0]], "half_width")
    for match in _TWICE_MARK.finditer(text):
        yield Edit(Span(*match.span()), "" if match[0] == "，" else match[0][0], "punctuation")
    for match in _TWICE_WORD.finditer(text):
        yield Edit(Span(*match.span()), match[1] or match[2], "repeated")
    for match in _ADVERB.finditer(text):
        following = tagged(text[match.end() : match.end() + 6])
        if following and following[0][1].startswith("v") and following[0][0] not in ("是", "有"):
            yield Edit(Span(match.end() - 1, match.end()), "地", "particle")
    for match in _DEGREE.finditer(text):
        yield Edit(Span(*match.span()), "得", "particle")
    for pattern, right in ((_AGAIN, "再"), (_MUST, "须")):
        for match in pattern.finditer(text):
            yield Edit(Span(*match.span()), right, "typo")


def _english(text: str) -> Iterator[Edit]:
    for match in _TWICE_ENGLISH.finditer(text):
        yield Edit(Span(*match.span()), match[1], "repeated")
    for match in _SPACE_BEFORE.finditer(text):
        yield Edit(Span(*match.span()), "", "punctuation")
    for match in _TWICE_COMMA.finditer(text):
        yield Edit(Span(*match.span()), ",", "punctuation")
    for match in _LOWER_I.finditer(text):
        yield Edit(Span(*match.span()), "I", "capital")
    for match in _AN.finditer(text):
        yield Edit(Span(*match.span()), match[1] + "n", "article")
    for match in _A.finditer(text):
        yield Edit(Span(*match.span()), match[1], "article")
