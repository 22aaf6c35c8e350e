"""The feeling of a short text as a model reads it: one request, and the probabilities of one answer.

The model sees a few examples and answers with one word. What counts is not the word but how likely each was, so that
the result is a number and can rank alternatives.
"""

from __future__ import annotations

import math
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from bimo.models.protocol import Cancel, Message, Model, Prompt, Sampling
from bimo.text.errors import Language

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Read:
    """How likely a text is dark, neutral and bright to its reader; they sum to 1."""

    negative: float
    neutral: float
    positive: float

    @property
    def valence(self) -> float:
        """From -1 to 1."""
        return self.positive - self.negative

    @property
    def label(self) -> int:
        """-1, 0 or 1: whatever is likeliest."""
        return max((self.negative, -1), (self.neutral, 0), (self.positive, 1))[1]


@cache
def _asking(lang: Language) -> dict[str, Any]:
    source = (files("bimo.critique") / "lists" / "reading.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(source)[lang]
    return found


def prompt(text: str, lang: Language) -> Prompt:
    """What the model is asked about a text."""
    asking = _asking(lang)
    turns = [Message("system", str(asking["system"]))]
    for shown, answer in asking["examples"]:
        turns += [Message("user", shown), Message("assistant", answer)]
    return Prompt((*turns, Message("user", " ".join(text.split()))))


def read(text: str, lang: Language, model: Model, *, cancel: Cancel | None = None) -> Read | None:
    """How a model reads a text of some sentences; None if cancelled or the model does not tell probabilities."""
    sampling = Sampling(max_tokens=1, temperature=0.0, logprobs=_SHOWN)
    for chunk in model.stream(prompt(text, lang), sampling, cancel=cancel or Cancel()):
        for token in chunk.tokens:
            chances: dict[str, float] = defaultdict(float)
            for told, log in token.others:
                # "positive", " positive" and "Positive" are tokens of their own that say the same.
                chances[told.strip().lower()] += math.exp(log)
            return weighed(chances, lang)
    return None


def weighed(chances: dict[str, float], lang: Language) -> Read:
    """The three answers among the first tokens, with the weights that were found on the tuning sentences."""
    asking = _asking(lang)
    weights = {name: float(value) for name, value in asking["weights"].items()}
    sums = {
        name: weights[name] * sum(chances.get(word, 0.0) for word in asking["answers"][name]) + 1e-9
        for name in ("negative", "neutral", "positive")
    }
    total = sum(sums.values())
    return Read(sums["negative"] / total, sums["neutral"] / total, sums["positive"] / total)
