"""What a voice is worth: foretelling held-out text, samples side by side, manner, slop, copies; told with baselines."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from bimo.models.llama import LlamaModel, threads_to_use
from bimo.models.protocol import Cancel, Prompt, Sampling, write
from bimo.models.select import open_engine
from bimo.models.voices import PREFIX
from bimo.text.errors import InputError, Language
from bimo.text.shelf import Shelf, passages
from bimo.voice import card as cards
from bimo.voice.base import find_base, require_packages
from bimo.voice.dataset import Dataset, Part, load
from bimo.voice.home import Home, keep, kept
from bimo.voice.judging import Classifier, Judged, judge, nearer
from bimo.voice.losses import WAYS, held_out_losses
from bimo.voice.recipe import Recipe
from bimo.voice.train import CARD

# How much of a passage is given to go on from, in characters.
_START = {"zh": 60, "en": 200}
FIGURES = "evaluation.json"


def evaluate(
    home: Home,
    *,
    samples: int = 12,
    tokens: int = 120,
    part: Part = "test",
    stage: Callable[[str], None] = lambda name: None,
    progress: Callable[[int, int], None] = lambda done, every: None,
    cancel: Cancel | None = None,
) -> dict[str, Any]:
    """Judge the voice of `home` on a part it did not learn from, and write figures and scores beside it.

    Raises InputError `voice.not_trained`, and what training and the engine raise.
    """
    require_packages()
    run = kept(home.run / CARD)
    if not run.get("finished") or not home.adapter.exists():
        raise InputError("voice.not_trained", name=home.name)
    data = load(home)
    recipe = Recipe.model_validate(run["recipe"])
    base = find_base(run["base"]["id"])
    shelf = Shelf(passages(data.texts("train"), data.lang), data.lang)
    stage("losses")
    losses = held_out_losses(
        base.folder,
        home.run / "best",
        recipe,
        data.parts[part],
        shelf,
        threads=recipe.threads or threads_to_use(),
        progress=progress,
    )
    stage("samples")
    engine = open_engine(f"{PREFIX}{home.name}")
    try:
        written = _Writing(engine, shelf, tokens, progress, cancel or Cancel())
        found = _samples(data, part, samples, written)
    finally:
        engine.close()
    stage("judging")
    figures = _figures(data, losses, found) | {"part": part, "base": run["base"], "language": data.lang}
    keep(home.root / FIGURES, json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    cards.write(home, base, data, run, scores(figures))
    return figures


def scores(figures: dict[str, Any]) -> dict[str, float]:
    """The figures that the voice's card tells."""
    told = {f"perplexity_{way}": round(value, 3) for way, value in figures["perplexity"].items()}
    for way, each in figures["ways"].items():
        told |= {f"{name}_{way}": round(each[name], 3) for name in ("distance", "author")}
    return told | {"nearer_than_base": figures["nearer"], "longest_copy": figures["ways"]["voice"]["run"]}


class _Writing:
    """Continuations of the engine; the ways differ in the strength of the voice and in a passage before the text."""

    def __init__(
        self, engine: LlamaModel, shelf: Shelf, tokens: int, progress: Callable[[int, int], None], cancel: Cancel
    ) -> None:
        self._engine, self._shelf, self._tokens = engine, shelf, tokens
        self._progress, self._cancel = progress, cancel
        self.done, self.every = 0, 0

    def go_on(self, start: str, way: str, seed: int) -> str:
        """What is written after `start`."""
        joint = "\n" if self._shelf.lang == "zh" else "\n\n"
        found = self._shelf.nearest(start) if way in ("retrieval", "both") else []
        strength = 1.0 if way in ("voice", "both") else 0.0
        sampling = Sampling(max_tokens=self._tokens, temperature=0.8, seed=seed, voice=strength, dry=0.8, end=False)
        prompt = Prompt((), "".join(f"{each}{joint}" for each in found) + start)
        self._progress(self.done, self.every)
        self.done += 1
        return write(self._engine, prompt, sampling, cancel=self._cancel)[0].strip()


def _samples(data: Dataset, part: Part, most: int, writing: _Writing) -> dict[str, Any]:
    lang = data.lang
    held = _evenly(passages(data.texts(part), lang), most)
    learned = _evenly(passages(data.texts("train"), lang), most)
    other = _evenly(passages(data.texts("validation"), lang), most)
    writing.every = 4 * len(held) + len(learned) + len(other)
    starts = [_cut(each, lang) for each in held]
    ways = {way: [writing.go_on(start, way, seed) for seed, (start, _) in enumerate(starts)] for way in WAYS}
    # From its own beginnings a voice recites first.
    recited = [writing.go_on(_cut(each, lang)[0], "voice", seed) for seed, each in enumerate(learned)]
    plain = [writing.go_on(_cut(each, lang)[0], "base", 1000 + seed) for seed, each in enumerate(other)]
    return {"starts": [start for start, _ in starts], "ends": [end for _, end in starts], "ways": ways} | {
        "recited": recited,
        "plain": plain,
    }


def _evenly(found: Sequence[str], most: int) -> list[str]:
    return list(found[:: max(1, -(-len(found) // most))])[:most]


def _cut(passage: str, lang: Language) -> tuple[str, str]:
    """The beginning of a passage, to a word's end, and the rest."""
    at = _START[lang]
    if lang == "en":
        at = passage.rfind(" ", 0, at) if " " in passage[:at] else at
    return passage[:at], passage[at:].strip()


def _figures(data: Dataset, losses: dict[str, float], found: dict[str, Any]) -> dict[str, Any]:
    lang = data.lang
    corpus = "\n\n".join(data.texts("train"))
    classifier = Classifier([_cut(each, lang)[1] for each in passages(data.texts("train"), lang)], found["plain"])
    judged: dict[str, Judged] = {}
    for way, texts in (*found["ways"].items(), ("writer", found["ends"]), ("recited", found["recited"])):
        judged[way] = judge(texts, corpus, lang, classifier.chances(texts))
    human = judged["writer"].run
    return {
        "loss": losses,
        "perplexity": {way: math.exp(loss) for way, loss in losses.items()},
        "ways": {way: asdict(each) for way, each in judged.items()},
        "nearer": nearer(found["ways"]["voice"], found["ways"]["base"], corpus, lang),
        # The writer repeats set phrases as well; only more than that is memory.
        "memorised": max(judged["voice"].run, judged["recited"].run) > max(human, 12 if lang == "zh" else 8),
        "samples": [
            {"start": start, "writer": end} | {way: found["ways"][way][number] for way in WAYS}
            for number, (start, end) in enumerate(zip(found["starts"], found["ends"], strict=True))
        ],
    }
