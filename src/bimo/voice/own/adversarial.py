"""Against human text: rounds in which a model unlearns its own samples, and a discriminator that takes one of several.

A round is SPIN's (Chen et al. 2024, arXiv 2401.01335): the human text before the model's own, by DPO, the model as it
was for reference. Everything stands beside plain likelihood training at several temperatures, because that beats
adversarial training of text over the whole plane of quality and variety (Caccia et al. 2020, arXiv 1811.02549).
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bimo.critique.originality import slop, variety
from bimo.models.protocol import Cancel
from bimo.text.errors import Language
from bimo.voice.base import quiet, require_packages
from bimo.voice.blocks import Block
from bimo.voice.home import keep
from bimo.voice.judging import Classifier
from bimo.voice.own import FIGURES, books
from bimo.voice.own.lora import Lora
from bimo.voice.preference import dpo
from bimo.voice.recipe import AdversarialRecipe
from bimo.voice.signals import Pair
from bimo.voice.watch import BEST, Progress

Cut = tuple[str, str]


def train(
    recipe: AdversarialRecipe,
    data: Path,
    folder: Path,
    *,
    report: Callable[[Progress], None] = lambda progress: None,
    cancel: Cancel | None = None,
) -> dict[str, Any]:
    """Train on the books in `data`, or go on; `folder` gets the likelihood's adapter, each round's, and `figures.json`.

    Raises what `Lora` and `books.read` raise.
    """
    require_packages(also=("sklearn", "trl"))
    lang = recipe.language
    parts = books.read(data, lang, recipe.most, recipe.seed)
    with quiet():
        lora = Lora(recipe, lang, folder)
        blocks = [[_block(lora.tokenizer, each, recipe.block) for each in parts[part]] for part in parts]
        told: dict[str, Any] = {"report": report, "cancel": cancel}
        figures = lora.learn((blocks[0], blocks[1][: recipe.validate_blocks]), **told)
        if figures["finished"]:
            ways = _rounds(lora, recipe, parts["train"], cancel or Cancel())
            figures["finished"] = len(ways) == recipe.rounds + 1
        if figures["finished"]:
            lora.export()
            figures |= evaluate(lora, recipe, parts["validation"], parts["test"], ways)
    figures |= {"recipe": recipe.model_dump(mode="json")}
    keep(folder / FIGURES, json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    return figures


def _block(tokenizer: Any, text: str, size: int) -> Block:
    ids = tokenizer(text)["input_ids"][:size]
    return {"input_ids": ids, "labels": list(ids)}


def _rounds(lora: Lora, recipe: AdversarialRecipe, learned: Sequence[str], cancel: Cancel) -> dict[str, str]:
    """Each way with the name of its state; rounds that were done before are not done again."""
    dice = random.Random(recipe.seed)
    ways = {"likelihood": BEST}
    for number in range(1, recipe.rounds + 1):
        name = f"round-{number}"
        cuts = [books.cut(each, recipe.language) for each in dice.sample(learned, min(recipe.pairs, len(learned)))]
        if not (lora.folder / name / "adapter_model.safetensors").exists():
            lora.take(list(ways.values())[-1])
            said = _write(lora, cuts, recipe, 1.0, seed=number)
            told = zip(cuts, said, strict=True)
            pairs = [
                Pair(str(at), start, _short(lora, end, recipe), mine)
                for at, ((start, end), mine) in enumerate(told)
                if end.strip() and mine.strip()
            ]
            how: dict[str, Any] = {"rate": recipe.round_rate, "clip": recipe.clip, "seed": recipe.seed}
            dpo(lora.model, lora.tokenizer, pairs, lora.chosen, cancel=cancel, **how)
            if cancel.cancelled:
                break
            lora.model.save_pretrained(lora.folder / name)
        ways[f"SPIN, round {number}"] = name
    return ways


def _write(lora: Lora, cuts: Sequence[Cut], recipe: AdversarialRecipe, temperature: float, seed: int = 1) -> list[str]:
    asked = [lora.tokenizer(start)["input_ids"] for start, _ in cuts]
    return lora.write(asked, recipe.tokens, temperature=temperature, seed=seed)


def _short(lora: Lora, text: str, recipe: AdversarialRecipe) -> str:
    """As much of a human text as a sample has tokens, so that length gives nobody away."""
    ids = lora.tokenizer(text, add_special_tokens=False)["input_ids"][: recipe.tokens]
    return str(lora.tokenizer.decode(ids))


def evaluate(
    lora: Lora, recipe: AdversarialRecipe, chosen: Sequence[str], tested: Sequence[str], ways: dict[str, str]
) -> dict[str, Any]:
    """Each way at each temperature, and the best of several: how human it seems to a judge, variety, set phrases.

    Two classifiers (TF-IDF) learn from different books to choose by: one takes the best of several, the other judges.
    """
    lang = recipe.language
    halves = [[books.cut(each, lang) for each in chosen[half::2]] for half in (0, 1)]
    lora.take(BEST)
    taker, judge = (
        Classifier(_told([_short(lora, end, recipe) for _, end in half]), _told(_write(lora, half, recipe, 1)))
        for half in halves
    )
    cuts = [books.cut(each, lang) for each in tested[: recipe.judged]]
    table = [_row("the writers", None, [_short(lora, end, recipe) for _, end in cuts], judge, lang)]
    samples = []
    for way, name in ways.items():
        lora.take(name)
        for temperature in recipe.temperatures:
            said = _write(lora, cuts, recipe, temperature)
            table.append(_row(way, temperature, said, judge, lang))
            samples += [{"way": way, "temperature": temperature, "text": each} for each in said[:1]]
    lora.take(BEST)
    tries = [_write(lora, cuts, recipe, 1.0, seed=seed) for seed in range(1, recipe.best_of + 1)]
    taken = [max(each, key=lambda text: taker.chances(_told([text]))[0]) for each in zip(*tries, strict=True)]
    table.append(_row(f"likelihood, best of {recipe.best_of}", 1.0, taken, judge, lang))
    return {"table": table, "judged": len(cuts), "samples": samples}


def _told(texts: Sequence[str]) -> list[str]:
    """Texts as a classifier reads them: an empty one is a dash."""
    return [each.strip() or "-" for each in texts]


def _row(way: str, temperature: float | None, said: Sequence[str], judge: Classifier, lang: Language) -> dict[str, Any]:
    chances, whole = judge.chances(_told(said)), "\n\n".join(said)
    return {
        "way": way,
        "temperature": temperature,
        "human": round(sum(chances) / len(chances), 3),
        "distinct pairs, %": round(variety(whole, lang)[1].value, 1),
        "slop, ‰": round(slop(whole, lang).value, 2),
    }
