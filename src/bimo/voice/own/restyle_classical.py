"""Classical Chinese into modern and back: one adapter, judged on books that it has not seen beside the bare model.

The pairs are JSON lines with `book`, `classical` and `modern`; files named `dev*` hold the books to judge by.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from bimo.models.protocol import Cancel
from bimo.text.errors import InputError
from bimo.voice.base import quiet, require_packages
from bimo.voice.blocks import blocks_of, request
from bimo.voice.dataset import Example
from bimo.voice.home import keep
from bimo.voice.own import FIGURES
from bimo.voice.own.lora import Lora
from bimo.voice.own.verses import lines_of
from bimo.voice.prompts import prompt
from bimo.voice.recipe import RestyleRecipe
from bimo.voice.watch import Progress

# Direction → what it reads and what it writes.
WAYS: Final = {"to_modern": ("classical", "modern"), "to_classical": ("modern", "classical")}
_SHOWN: Final = 3
_FEWEST: Final = 20

Pair = dict[str, str]


def train(
    recipe: RestyleRecipe,
    data: Path,
    folder: Path,
    *,
    report: Callable[[Progress], None] = lambda progress: None,
    cancel: Cancel | None = None,
) -> dict[str, Any]:
    """Train on the pairs in `data`, or go on; `folder` gets checkpoints, the adapter, and `figures.json`.

    The figures: validation losses, and BLEU and chrF (sacreBLEU) of both directions for the source itself, the bare
    model asked plainly and asked with three examples, and the adapter. Raises ModelError `voice.no_packages` or
    `voice.diverged`; FileError `voice.no_data`; InputError `voice.few_pairs`.
    """
    require_packages(also=("sacrebleu",))
    learned, judged, tested = pairs(data, recipe)
    if min(len(learned), len(tested)) < _FEWEST or not judged:
        raise InputError("voice.few_pairs", count=len(learned), folder=str(data))
    with quiet():
        lora = Lora(recipe, "zh", folder)
        told: dict[str, Any] = {"tokenizer": lora.tokenizer, "size": recipe.block, "seed": recipe.seed}
        blocks = [blocks_of(_examples(part), shares=recipe.tasks, **told) for part in (learned, judged)]
        blocks[1] = blocks[1][: recipe.validate_blocks]
        random.Random(recipe.seed).shuffle(blocks[0])
        figures = lora.learn((blocks[0], blocks[1]), report=report, cancel=cancel)
        figures |= {"pairs": {"train": len(learned), "test": len(tested)}, "recipe": recipe.model_dump(mode="json")}
        if figures["finished"]:
            lora.export()
            figures |= evaluate(lora, recipe, learned, tested)
    keep(folder / FIGURES, json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    return figures


def pairs(data: Path, recipe: RestyleRecipe) -> tuple[list[Pair], list[Pair], list[Pair]]:
    """Pairs to learn from, pairs of other books to choose by, and those of the `dev` files to judge by.

    A twentieth of the books is held out for choosing. Of the books to judge by each gives about as many pairs.
    """
    dice = random.Random(recipe.seed)
    dev = list(lines_of(data, "dev*.jsonl*"))
    books = {each["book"] for each in dev}
    rest = [each for each in lines_of(data) if each["book"] not in books]
    held = [each for each in rest if hashlib.sha256(each["book"].encode()).digest()[0] < 13]
    chosen = {id(each) for each in held}
    learned = [each for each in rest if id(each) not in chosen]
    for part in (learned, held, dev):
        dice.shuffle(part)
    by_book = {book: [each for each in dev if each["book"] == book] for book in sorted(books)}
    share = max(1, recipe.judged // max(1, len(books)))
    return learned[: recipe.most], held, [each for found in by_book.values() for each in found[:share]]


def _examples(found: Sequence[Pair]) -> list[Example]:
    """Both directions of each pair."""
    made = []
    for each in found:
        for way, (read, write) in WAYS.items():
            system, user = prompt(way, "zh", text=each[read])
            made.append(Example(way, each[write], each["book"], "", system, user))
    return made


def evaluate(lora: Lora, recipe: RestyleRecipe, learned: Sequence[Pair], tested: Sequence[Pair]) -> dict[str, Any]:
    """BLEU (characters of Chinese as words) and chrF of each way to translate, and some translations side by side."""
    found: dict[str, Any] = {}
    samples = [{"book": each["book"], "classical": each["classical"], "modern": each["modern"]} for each in tested[:12]]
    for way, (read, write) in WAYS.items():
        asked = [prompt(way, "zh", text=each[read]) for each in tested]
        shown = [(prompt(way, "zh", text=each[read])[1], each[write]) for each in learned[:_SHOWN]]
        plain = [request(lora.tokenizer, *each) for each in asked]
        helped = [request(lora.tokenizer, *each, shown) for each in asked]
        said = {
            "the source itself": [each[read] for each in tested],
            "bare model": lora.write(plain, recipe.tokens, bare=True),
            "bare model, three examples": lora.write(helped, recipe.tokens, bare=True),
            "adapter": lora.write(plain, recipe.tokens),
        }
        wanted = [each[write] for each in tested]
        found[way] = {name: scores(texts, wanted) for name, texts in said.items()}
        for number, sample in enumerate(samples):
            sample |= {f"{way}, {name}": texts[number] for name, texts in said.items() if name != "the source itself"}
    return {**found, "judged": len(tested), "books": sorted({each["book"] for each in tested}), "samples": samples}


def scores(said: Sequence[str], wanted: Sequence[str]) -> dict[str, float]:
    """BLEU and chrF, 0 to 100 (Papineni et al. 2002; Popović 2015), as sacreBLEU computes them (Post 2018)."""
    from sacrebleu.metrics import BLEU, CHRF

    bleu, chrf = BLEU(tokenize="zh"), CHRF()
    return {
        "BLEU": round(bleu.corpus_score(list(said), [list(wanted)]).score, 2),
        "chrF": round(chrf.corpus_score(list(said), [list(wanted)]).score, 2),
    }
