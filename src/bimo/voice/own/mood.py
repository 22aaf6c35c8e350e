"""Prose in a mood and the mood of prose on one backbone: the next token and a head for moods are learned together.

The moods are those of the critic of emotion (a list of words), cut into thirds over the passages to learn from; so the
head is a student of that list. A part of the tags is left out (Ho and Salimans 2022, arXiv 2207.12598), and only there
does the head learn: beside a tag it would only copy.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from bimo.critique.emotion import mood
from bimo.models.protocol import Cancel
from bimo.text.errors import Language
from bimo.voice.base import quiet, require_packages
from bimo.voice.blocks import IGNORED, Block, Collator
from bimo.voice.home import keep
from bimo.voice.own import FIGURES, books
from bimo.voice.own.lora import Lora
from bimo.voice.recipe import MoodRecipe
from bimo.voice.watch import Progress

MOODS: Final = ("dark", "plain", "bright")
_TAGS: Final = {
    "en": {"dark": "[mood: dark]\n", "plain": "[mood: plain]\n", "bright": "[mood: bright]\n"},
    "zh": {"dark": "【情绪：阴郁】\n", "plain": "【情绪：平静】\n", "bright": "【情绪：明朗】\n"},
}
_HEAD: Final = "mood_head"

Told = tuple[str, int]


def train(
    recipe: MoodRecipe,
    data: Path,
    folder: Path,
    *,
    report: Callable[[Progress], None] = lambda progress: None,
    cancel: Cancel | None = None,
) -> dict[str, Any]:
    """Train on the books in `data`, or go on; `folder` gets checkpoints, the adapter, and `figures.json`.

    The figures: accuracy of the head on unseen books beside TF-IDF and the commonest mood, and how often what is
    written under a tag has its mood, beside the bare model. Raises what `Lora` and `books.read` raise.
    """
    require_packages(also=("sklearn",))
    lang = recipe.language
    parts = labelled(books.read(data, lang, recipe.most, recipe.seed), lang)
    with quiet():
        lora = Lora(recipe, lang, folder, heads={_HEAD: len(MOODS)})
        dice = random.Random(recipe.seed)
        learned = [_block(lora.tokenizer, each, lang, recipe, dice) for each in parts["train"]]
        judged = [_block(lora.tokenizer, each, lang, recipe, dice) for each in parts["validation"]]
        loss = partial(_loss, recipe.head)
        told: dict[str, Any] = {"collate": _Collate(lora.pad), "loss": loss, "report": report, "cancel": cancel}
        figures = lora.learn((learned, judged[: recipe.validate_blocks]), **told)
        figures |= {"passages": {part: len(each) for part, each in parts.items()}}
        figures |= {"recipe": recipe.model_dump(mode="json")}
        if figures["finished"]:
            lora.export()
            figures |= evaluate(lora, recipe, parts["train"], parts["test"])
    keep(folder / FIGURES, json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    return figures


def labelled(parts: dict[Any, list[str]], lang: Language) -> dict[str, list[Told]]:
    """Each passage with the number of its mood; the thirds are those of the passages to learn from."""
    values = {part: [mood(each, lang).valence for each in found] for part, found in parts.items()}
    order = sorted(values["train"])
    low, high = order[len(order) // 3], order[2 * len(order) // 3]
    return {
        part: [(text, 0 if value < low else 2 if value > high else 1) for text, value in zip(found, here, strict=True)]
        for part, found, here in ((part, parts[part], values[part]) for part in parts)
    }


def _block(tokenizer: Any, told: Told, lang: Language, recipe: MoodRecipe, dice: random.Random) -> Block:
    text, number = told
    bare = dice.random() < recipe.hidden
    tag = [] if bare else tokenizer(_TAGS[lang][MOODS[number]], add_special_tokens=False)["input_ids"]
    ids = tokenizer(text, add_special_tokens=False)["input_ids"][: recipe.block]
    return {
        "input_ids": [*tag, *ids],
        "labels": [*[IGNORED] * len(tag), *ids],
        "mood": [number if bare else IGNORED],
    }


class _Collate(Collator):
    def __call__(self, blocks: Sequence[Block]) -> dict[str, Any]:
        import torch

        return super().__call__(blocks) | {"mood": torch.tensor([each["mood"][0] for each in blocks])}


def _loss(weight: float, model: Any, inputs: dict[str, Any]) -> tuple[Any, Any]:
    """The loss of the text, and a share of the head's where the mood is not told."""
    import torch

    wanted = inputs.pop("mood")
    outputs = model(**inputs, output_hidden_states=True)
    if not bool((wanted != IGNORED).any()):
        return outputs.loss, outputs
    guessed = _guess(model, outputs.hidden_states[-1], inputs["attention_mask"])
    return outputs.loss + weight * torch.nn.functional.cross_entropy(guessed, wanted, ignore_index=IGNORED), outputs


def _guess(model: Any, states: Any, there: Any) -> Any:
    """What the head says of the mean of the last states: (texts, moods)."""
    mask = there.unsqueeze(-1).float()
    mean = (states.float() * mask).sum(1) / mask.sum(1)
    return getattr(model.base_model.model, _HEAD)(mean)


def read_moods(lora: Lora, texts: Sequence[str], size: int, batch: int = 16) -> list[int]:
    """The number of the mood that the head reads in each text, of which it sees `size` tokens."""
    import torch

    lora.model.eval()
    collate, found = Collator(lora.pad), []
    for at in range(0, len(texts), batch):
        ids = [lora.tokenizer(each, add_special_tokens=False)["input_ids"][:size] for each in texts[at : at + batch]]
        rows = collate([{"input_ids": each, "labels": each} for each in ids])
        there = rows["attention_mask"].to(lora.model.device)
        with torch.no_grad():
            told = {"input_ids": rows["input_ids"].to(lora.model.device), "attention_mask": there}
            states = lora.model(**told, output_hidden_states=True).hidden_states[-1]
            found += _guess(lora.model, states, there).argmax(-1).tolist()
    return found


def evaluate(lora: Lora, recipe: MoodRecipe, learned: Sequence[Told], tested: Sequence[Told]) -> dict[str, Any]:
    """Reading: accuracy on passages of unseen books. Writing: how often the mood of the tag is met, by two judges.

    The list of words made the labels, and TF-IDF learned from them, so neither is independent of the training.
    """
    lang = recipe.language
    wanted = [number for _, number in tested]
    plain = _baseline(learned)
    guessed = {
        "head": read_moods(lora, [text for text, _ in tested], recipe.block),
        "TF-IDF": [int(each) for each in plain.predict([text for text, _ in tested])],
        "commonest": [max(range(len(MOODS)), key=[number for _, number in learned].count)] * len(tested),
    }
    reading = {name: _share(each, wanted) for name, each in guessed.items()}
    starts = [books.cut(text, lang)[0] for text, _ in tested[: recipe.judged]]
    writing: dict[str, dict[str, Any]] = {}
    samples = []
    for way, bare in (("adapter", False), ("bare model", True)):
        for name in MOODS:
            asked = [lora.tokenizer(_TAGS[lang][name] + each)["input_ids"] for each in starts]
            texts = lora.write(asked, recipe.tokens, temperature=0.8, bare=bare, seed=recipe.seed)
            felt = [mood(each, lang).valence for each in texts]
            # An empty text says nothing, and TF-IDF would read a mood in it.
            said = [int(each) for each in plain.predict([each.strip() or "-" for each in texts])]
            share = _share(said, [MOODS.index(name)] * len(said))
            writing.setdefault(way, {})[name] = {"valence": round(sum(felt) / len(felt), 3), "TF-IDF": share}
            samples += [{"way": way, "mood": name, "text": each} for each in texts[:2]]
    for told in writing.values():
        told["bright less dark"] = round(told["bright"]["valence"] - told["dark"]["valence"], 3)
    return {"reading": reading, "writing": writing, "judged": len(tested), "written": len(starts), "samples": samples}


def _baseline(learned: Sequence[Told]) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    grams = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), min_df=2, max_features=50_000, sublinear_tf=True)
    model = make_pipeline(grams, LogisticRegression(max_iter=1000, class_weight="balanced"))
    return model.fit([text for text, _ in learned], [number for _, number in learned])


def _share(one: Sequence[int], two: Sequence[int]) -> float:
    return round(sum(a == b for a, b in zip(one, two, strict=True)) / max(1, len(two)), 4)
