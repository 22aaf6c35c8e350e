"""The feelings of a text by its words: valence, arousal and named feelings, for paragraphs and for characters.

A list of words is wrong about many single sentences and sound over some hundred words (Reagan et al. 2016,
arXiv 1606.07772); for short texts there is `emotion_model`. English valence is VADER's (Hutto and Gilbert 2014, MIT);
Chinese words were named by the default model, and both have words written by us.
"""

from __future__ import annotations

import gzip
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from bimo.text.errors import Language
from bimo.text.spans import Span
from bimo.text.words import words

_SCOPE = {"zh": 2, "en": 3}
# A denied feeling is weaker than its opposite: "not happy" is not "sad".
_DENIED = -0.5
# So many neutral witnesses are added to every count, so that one word does not decide alone.
_NEUTRAL = 2.0
_NAMES = {"喜": "joy", "爱": "love", "悲": "sadness", "怒": "anger", "惧": "fear", "厌": "disgust", "惊": "surprise"}


@dataclass(frozen=True, slots=True)
class Word:
    """What one word speaks of: valence -1 to 1, arousal 0 to 1, and the feeling it names, if any."""

    valence: float
    arousal: float
    feeling: str = ""


@dataclass
class Mood:
    """The feelings of some text, summed up; moods add up to the mood of a longer text."""

    sum: float = 0.0
    arousal_sum: float = 0.0
    seen: int = 0
    words: int = 0
    feelings: Counter[str] = field(default_factory=Counter)

    @property
    def valence(self) -> float:
        """From -1, all dark, to 1, all bright; near 0 where little is felt."""
        return self.sum / (self.seen + _NEUTRAL)

    @property
    def arousal(self) -> float:
        """From 0, at rest, to 1, in uproar."""
        return self.arousal_sum / (self.seen + _NEUTRAL)

    def add(self, other: Mood) -> None:
        """Take in the mood of another part of the text."""
        self.sum += other.sum
        self.arousal_sum += other.arousal_sum
        self.seen += other.seen
        self.words += other.words
        self.feelings.update(other.feelings)


@cache
def _own() -> dict[str, dict[str, Any]]:
    return tomllib.loads((files("bimo.critique") / "lists" / "feelings.toml").read_text(encoding="utf-8"))


@cache
def _denials(lang: Language) -> frozenset[str]:
    return frozenset(_own()["negations"][lang].split())


@cache
def lexicon(lang: Language) -> dict[str, Word]:
    """Every word that feels; what we wrote stands above what was counted."""
    own = _own()
    sizes = {name: (float(pair[0]), float(pair[1])) for name, pair in own["feelings"].items()}
    data = (files("bimo.critique") / "tables" / f"feelings.{lang}.tsv.gz").read_bytes()
    found: dict[str, Word] = {}
    for line in gzip.decompress(data).decode("utf-8").splitlines():
        word, *values = line.split("\t")
        found[word] = _named(values, sizes) if lang == "zh" else Word(float(values[0]), min(1.0, abs(float(values[0]))))
    for name, listed in own[lang].items():
        valence, arousal = sizes[name]
        for word in listed.split():
            # VADER's people were asked about each word; a group has only one number for all its words.
            before = found.get(word) if lang == "en" else None
            found[word] = Word(before.valence if before else valence, arousal, name)
    return found


def _named(values: Sequence[str], sizes: dict[str, tuple[float, float]]) -> Word:
    """A Chinese word from lines such as 喜0.80 爱0.15: the mean of its feelings, and the name of the first."""
    pairs = [(_NAMES[value[0]], float(value[1:])) for value in values if value[0] in _NAMES]
    valence = sum(sizes[name][0] * chance for name, chance in pairs)
    arousal = sum(sizes[name][1] * chance for name, chance in pairs)
    return Word(valence, arousal, pairs[0][0] if pairs and pairs[0][1] >= 0.5 else "")


def mood(text: str, lang: Language) -> Mood:
    """The mood of a text, with denied feelings turned round and weakened."""
    known, found = lexicon(lang), Mood()
    told = words(text, lang)
    found.words = len(told)
    denials, scope = _denials(lang), _SCOPE[lang]
    for place, word in enumerate(told):
        felt = known.get(word)
        if felt is None:
            continue
        denied = any(before in denials for before in told[max(0, place - scope) : place])
        found.sum += felt.valence * (_DENIED if denied else 1.0)
        found.arousal_sum += felt.arousal
        found.seen += 1
        if felt.feeling and not denied:
            found.feelings[felt.feeling] += 1
    return found


def moods(text: str, lang: Language, spans: Iterable[Span]) -> list[tuple[Span, Mood]]:
    """The mood of each span of a text, such as its paragraphs."""
    return [(span, mood(span.of(text), lang)) for span in spans]


def of_characters(
    text: str, parts: Iterable[tuple[Span, Mood]], names: Iterable[Sequence[str]]
) -> dict[str, list[tuple[Span, Mood]]]:
    """For each character, given by all its names, the moods of the paragraphs that name it."""
    found: dict[str, list[tuple[Span, Mood]]] = {called[0]: [] for called in names if called}
    listed = [(called[0], tuple(called)) for called in names if called]
    for span, felt in parts:
        part = span.of(text)
        for name, called in listed:
            if any(each in part for each in called):
                found[name].append((span, felt))
    return found


def together(parts: Iterable[Mood]) -> Mood:
    """One mood of many."""
    whole = Mood()
    for part in parts:
        whole.add(part)
    return whole
