"""A house voice: an adapter on literary prose that goes on with a text and writes from a summary.

It is prepared, trained and judged as the voice of a writer is, and is used as one: `voice:house_en`.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bimo.models.protocol import Cancel
from bimo.text.errors import Language
from bimo.text.words import words
from bimo.voice import dataset as datasets
from bimo.voice.base import require_packages
from bimo.voice.dataset import Example
from bimo.voice.evaluate import evaluate
from bimo.voice.gathering import Document, Gathered
from bimo.voice.home import keep, kept, voice_home
from bimo.voice.own import FIGURES, books
from bimo.voice.prepare import backwards, pieces
from bimo.voice.prompts import prompt
from bimo.voice.recipe import ProseRecipe, Recipe
from bimo.voice.train import train as train_voice
from bimo.voice.watch import Progress

_TELLING = 6


def train(
    recipe: ProseRecipe,
    data: Path,
    folder: Path,
    *,
    report: Callable[[Progress], None] = lambda progress: None,
    cancel: Cancel | None = None,
) -> dict[str, Any]:
    """Make the voice of the books in `data`, or go on; `folder` gets `figures.json`, the voice its home.

    The figures are those of `bimo voice evaluate`. Raises what preparing, training and evaluating a voice raise.
    """
    require_packages(also=("sklearn",))
    lang, cancel = recipe.language, cancel or Cancel()
    home = voice_home(f"{recipe.name}_{lang}", new=True)
    if not kept(home.dataset / "card.json"):
        gathered = Gathered(books.documents(data, lang))

        def more(documents: Sequence[Document], spoken: Language) -> Iterator[Example]:
            return _briefs(documents, recipe, cancel)

        made = datasets.assemble(gathered, home.name, lang=lang, seed=recipe.seed, more=more)
        if cancel.cancelled:
            return {"finished": False}
        datasets.save(made, home)
    known = recipe.model_dump(include=set(Recipe.model_fields))
    card = train_voice(home, Recipe.model_validate(known), report=report, cancel=cancel)
    figures: dict[str, Any] = {"finished": bool(card["finished"]), "validation": card.get("validation", [])}
    figures |= {"voice": home.name, "recipe": recipe.model_dump(mode="json")}
    if figures["finished"]:
        figures |= evaluate(home, samples=recipe.samples, cancel=cancel)
    keep(folder / FIGURES, json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    return figures


def _briefs(documents: Sequence[Document], recipe: ProseRecipe, cancel: Cancel) -> Iterator[Example]:
    lang = recipe.language
    if recipe.model:
        from bimo.models.select import open_model

        model = open_model(recipe.model)
        try:
            yield from backwards(model, documents, lang, recipe.briefs, recipe.seed, lambda done, every: None, cancel)
        finally:
            model.close()
        return
    found = pieces(documents, lang, recipe.briefs, recipe.seed)
    told = [[word.lower() for word in words(piece, lang) if len(word) > 1] for _, piece in found]
    among = Counter(word for each in told for word in set(each))
    joint = "、" if lang == "zh" else ", "
    for (document, piece), each in zip(found, told, strict=True):
        counts = Counter(each)
        value = {word: count * math.log(len(found) / among[word]) for word, count in counts.items()}
        telling = sorted(value, key=lambda word: (-value[word], word))[:_TELLING]
        brief = prompt("telling", lang, words=joint.join(sorted(telling, key=each.index)))[1]
        system, user = prompt("summary", lang, brief=brief)
        yield Example("summary", piece, document.work, document.title, system, user)
