"""What a writer likes, learned from what was taken and what was not: an order of alternatives, phrases to keep out.

`bimo voice learn` writes the file `taste.toml` beside the writer's other choices; where there is none, nothing changes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bimo.critique.prose import measures
from bimo.models.places import config_dir
from bimo.text.count import length
from bimo.text.errors import Language
from bimo.text.sentences import sentences

_MARKS = {"zh": "，、；：", "en": ",;:"}
_QUOTES = '“”"「」'


@dataclass(frozen=True, slots=True)
class Taste:
    """`weights` maps a feature to (mean, deviation, weight); `bans` are phrases that the writer always deletes."""

    weights: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    bans: tuple[str, ...] = ()

    def liking(self, text: str, lang: Language) -> float:
        """How much the writer would like a text beside others of the same request; 0 where nothing was learned."""
        if not self.weights:
            return 0.0
        found = features(text, lang)
        return sum(
            weight * (found[name] - mean) / deviation
            for name, (mean, deviation, weight) in self.weights.items()
            if name in found
        )


def features(text: str, lang: Language) -> dict[str, float]:
    """Simple numbers of a passage: the measures of prose, and how it is built."""
    count = max(1, length(text, lang))
    spans = sentences(text, lang)
    found = {measure.name: measure.value for measure in measures(text, lang)}
    return found | {
        "units": float(count),
        "sentence": count / max(1, len(spans)),
        "marks": 100 * sum(text.count(mark) for mark in _MARKS[lang]) / count,
        "speech": 100 * sum(text.count(mark) for mark in _QUOTES) / count,
        "paragraphs": 100 * (text.strip().count("\n") + 1) / count,
    }


def place() -> Path:
    """Where the taste is kept."""
    return config_dir() / "taste.toml"


def taste(lang: Language) -> Taste:
    """What was learned for a language; nothing if there is no file, or none that can be read."""
    try:
        told: dict[str, Any] = tomllib.loads(place().read_text(encoding="utf-8")).get(lang, {})
        weights = {name: (float(a), float(b), float(c)) for name, (a, b, c) in told.get("weights", {}).items()}
        return Taste(weights, tuple(map(str, told.get("bans", ()))))
    except (OSError, ValueError, TypeError, AttributeError):
        return Taste()
