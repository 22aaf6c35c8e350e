"""How a text is built: speech, action and description, the rhythm of its sentences, and how hard it is to read.

Sentences are cut by their marks alone, in one pass, because a novel of a million characters must be measured in
seconds; the careful cutting of `text.sentences` is for findings.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import regex

from bimo.critique.prose import hits
from bimo.text.count import length
from bimo.text.errors import Language
from bimo.text.finding import Measure
from bimo.text.spans import Span

_SPEECH = regex.compile(
    r"“[^”\n]*(?:”|(?=\n)|$)|「[^」\n]*(?:」|(?=\n)|$)|『[^』\n]*』|\"[^\"\n]*(?:\"|(?=\n)|$)"
    # British single quotes: an apostrophe opens nothing, and what closes stands after a mark.
    r"|(?<=^|\s)['‘](?=\p{Lu})[^\n]*?[,.!?—-]['’](?!\w)",
    regex.MULTILINE,
)
_SENTENCE = regex.compile(r"[^。！？!?…\n.]+(?:\.(?=[^\s”\"])[^。！？!?…\n.]*)*[。！？!?….]*[”’」』\"]*")
_TITLE = regex.compile(r"\b(Mr|Mrs|Ms|Dr|St|Prof|Capt|Col|Rev|Hon)\.")
_VOWELS = regex.compile(r"[aeiouy]+")


@dataclass(frozen=True, slots=True)
class Shares:
    """What a text spends its letters on; the four sum to 1. `other` is telling that is neither."""

    dialogue: float
    action: float
    description: float
    other: float


@cache
def _lists(lang: Language) -> dict[str, tuple[str, ...]]:
    source = (files("bimo.critique") / "lists" / "structure.toml").read_text(encoding="utf-8")
    return {name: tuple(words.split("|")) for name, words in tomllib.loads(source)[lang].items()}


def speech(text: str) -> list[Span]:
    """What stands in quotation marks; a mark that is not closed reaches to the end of its line."""
    return [Span(*match.span()) for match in _SPEECH.finditer(text)]


def narration(text: str) -> str:
    """The text without what is spoken."""
    return _SPEECH.sub(" ", text)


def sentence_lengths(text: str, lang: Language) -> list[int]:
    """The lengths of the sentences in order, in 字 or words."""
    flat = _TITLE.sub(r"\1", text)
    return [count for match in _SENTENCE.finditer(flat) if (count := length(match[0], lang))]


def shares(text: str, lang: Language) -> Shares:
    """Speech by its marks; sentences of the rest are action or description by the words that prevail in them."""
    spoken = sum(map(len, speech(text)))
    told = {"action": 0, "description": 0, "other": 0}
    for match in _SENTENCE.finditer(narration(text)):
        size = len(match[0].strip())
        acts, shows = (len(hits(match[0], _lists(lang)[name], lang)) for name in ("action", "description"))
        told["action" if acts > shows else "description" if shows > acts else "other"] += size
    total = spoken + sum(told.values())
    if not total:
        return Shares(0, 0, 0, 0)
    return Shares(spoken / total, *(told[name] / total for name in ("action", "description", "other")))


def readability(text: str, lang: Language) -> Measure:
    """English: Flesch reading ease (1948), from 100, easy, down; syllables are runs of vowels without a silent e.

    Chinese: the mean number of 字 between two marks of any kind, for which no agreed scale exists.
    """
    if lang == "zh":
        clauses = [length(part, lang) for part in regex.split(r"[，。！？；：、…—\n]+", text)]
        return Measure("clause", _mean([count for count in clauses if count]), "字")
    words = regex.findall(r"[a-z]+", text.lower())
    count = len(sentence_lengths(text, lang))
    if not words or not count:
        return Measure("ease", 0.0)
    syllables = sum(max(1, len(_VOWELS.findall(word.removesuffix("e") or word))) for word in words)
    return Measure("ease", 206.835 - 1.015 * len(words) / count - 84.6 * syllables / len(words), "", 1)


def measures(text: str, lang: Language) -> tuple[Measure, ...]:
    """Shares of speech, action and description, the rhythm of sentences, and readability."""
    parts, lengths = shares(text, lang), sentence_lengths(text, lang)
    mean = _mean(lengths)
    spread = math.sqrt(_mean([(each - mean) ** 2 for each in lengths]))
    unit = "字" if lang == "zh" else "words"
    return (
        Measure("dialogue", 100 * parts.dialogue, "%"),
        Measure("action", 100 * parts.action, "%"),
        Measure("description", 100 * parts.description, "%"),
        Measure("sentence", mean, unit),
        # As a share of the mean: 0 is a march, human prose has .5 and more.
        Measure("rhythm", 100 * spread / mean if mean else 0.0, "%"),
        readability(text, lang),
    )


def _mean(values: list[float] | list[int]) -> float:
    return sum(values) / len(values) if values else 0.0
