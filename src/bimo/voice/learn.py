"""Learning from the writer's decisions: an order for alternatives, and bans for what is always deleted.

The order is a logistic regression on differences of simple features (Bradley and Terry 1952), kept only if it foretells
decisions it has not seen better than the order that holds without it.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bimo.craft.taste import Taste, features, place
from bimo.critique.prose import cost, measures
from bimo.text.errors import Language
from bimo.text.words import words
from bimo.voice.home import keep
from bimo.voice.signals import Pair, Signal, deleted, pairs

# Fewer decisions teach chance.
LEAST: Final = 30
_FOLDS: Final = 5
# A phrase is banned when it was deleted so often and never left.
_DELETED: Final = 3
_PHRASE: Final = {"zh": range(2, 7), "en": range(1, 5)}
_JOINT: Final = {"zh": "", "en": " "}
_PULL: Final = 0.05


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of it: how many decisions and pairs there were, how often the old and the new order foretold unseen
    pairs (0 to 1, None without enough), whether the new one is kept, and the phrases to ban.
    """

    signals: int
    pairs: int
    before: float | None
    after: float | None
    kept: bool
    taste: Taste = field(default_factory=Taste)


def learn(found: Sequence[Signal], lang: Language, *, seed: int = 1) -> Learned:
    """What the decisions in one language teach."""
    mine = [each for each in found if each.lang == lang]
    bans = phrases(mine, lang)
    told = pairs(mine) + across(mine, seed)
    if len(mine) < LEAST or len({each.group for each in told}) < _FOLDS:
        return Learned(len(mine), len(told), None, None, False, Taste(bans=bans))
    rows = [_Row(each.group, features(each.better, lang), features(each.worse, lang)) for each in told]
    before = sum(_cost(each.better, lang) < _cost(each.worse, lang) for each in told) / len(told)
    after = _foretold(rows, seed)
    better = after > max(before, 0.5)
    return Learned(len(mine), len(told), before, after, better, Taste(fit(rows) if better else {}, bans))


def store(lang: Language, taste: Taste, others: Mapping[Language, Taste]) -> None:
    """Write the taste of a language beside those of `others`; the tools read it from now on."""
    lines = []
    for each, told in {**others, lang: taste}.items():
        lines += [f"[{each}]", f"bans = {json.dumps(list(told.bans), ensure_ascii=False)}", f"[{each}.weights]"]
        lines += [f"{name} = {json.dumps(list(values))}" for name, values in told.weights.items()]
    keep(place(), "\n".join(lines) + "\n")


def phrases(found: Sequence[Signal], lang: Language) -> tuple[str, ...]:
    """Phrases that were deleted from at least three drafts and stand in no text that was kept; the longest of each."""
    gone: Counter[str] = Counter()
    for each in found:
        gone.update({gram for stretch in deleted(each) for gram in _grams(stretch, lang)})
    kept = "\n".join(each.kept for each in found).lower()
    wanted = [gram for gram, count in gone.items() if count >= _DELETED and gram not in kept]
    longest: list[str] = []
    for gram in sorted(wanted, key=lambda gram: (-len(gram), gram)):
        if not any(gram in other and gone[gram] <= gone[other] for other in longest):
            longest.append(gram)
    return tuple(longest)


def _grams(stretch: str, lang: Language) -> set[str]:
    parts = words(stretch.lower(), lang)
    found = set()
    for count in _PHRASE[lang]:
        for start in range(len(parts) - count + 1):
            gram = _JOINT[lang].join(parts[start : start + count])
            # A phrase is words in a row of the text itself; one common word is none.
            if gram in stretch.lower() and (count > 1 or len(gram) >= (3 if lang == "zh" else 7)):
                found.add(gram)
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    group: str
    better: Mapping[str, float]
    worse: Mapping[str, float]


def across(found: Sequence[Signal], seed: int) -> list[Pair]:
    """Unpaired decisions: each draft that was turned down against one that was taken as it was."""
    taken = [each for each in found if each.kept and each.kept.strip() == each.draft.strip()]
    down = [each for each in found if not each.kept]
    dice = random.Random(seed)
    return [Pair(each.id, each.prompt, dice.choice(taken).kept, each.draft) for each in down] if taken else []


def _cost(text: str, lang: Language) -> float:
    return cost(measures(text, lang))


def fit(rows: Sequence[_Row]) -> dict[str, tuple[float, float, float]]:
    """Mean, deviation and weight of each feature that tells better from worse; gradient descent with a pull to 0."""
    names = sorted(rows[0].better)
    every = [row for pair in rows for row in (pair.better, pair.worse)]
    means = {name: sum(row[name] for row in every) / len(every) for name in names}
    spread = {name: math.sqrt(sum((row[name] - means[name]) ** 2 for row in every) / len(every)) for name in names}
    names = [name for name in names if spread[name] > 1e-9]
    apart = [[(row.better[name] - row.worse[name]) / spread[name] for name in names] for row in rows]
    weights = [0.0] * len(names)
    for _ in range(300):
        slopes = [_PULL * weight for weight in weights]
        for values in apart:
            sum_ = sum(weight * value for weight, value in zip(weights, values, strict=True))
            short = 1 / (1 + math.exp(min(50.0, sum_)))
            for place_, value in enumerate(values):
                slopes[place_] -= short * value / len(apart)
        weights = [weight - 0.5 * slope for weight, slope in zip(weights, slopes, strict=True)]
    return {name: (means[name], spread[name], weight) for name, weight in zip(names, weights, strict=True)}


def _foretold(rows: Sequence[_Row], seed: int) -> float:
    """How often a fit on other decisions puts the better one first; whole decisions are held out."""
    groups = sorted({row.group for row in rows})
    random.Random(seed).shuffle(groups)
    right = 0.0
    for fold in range(_FOLDS):
        held = set(groups[fold::_FOLDS])
        fitted = fit([row for row in rows if row.group not in held])
        for row in rows:
            if row.group in held:
                gap = _score(fitted, row.better) - _score(fitted, row.worse)
                right += 1.0 if gap > 0 else 0.5 if gap == 0 else 0.0
    return right / len(rows)


def _score(fitted: Mapping[str, tuple[float, float, float]], row: Mapping[str, float]) -> float:
    return sum(weight * (row[name] - mean) / deviation for name, (mean, deviation, weight) in fitted.items())
