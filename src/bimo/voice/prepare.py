"""From a folder of texts, or the desk, to a prepared voice: `bimo voice prepare`."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bimo.models.protocol import Cancel, Model, Prompt, Sampling, write
from bimo.text.errors import Language
from bimo.text.words import names
from bimo.voice import dataset as datasets
from bimo.voice.dataset import Dataset, Example
from bimo.voice.gathering import Document, from_desk, from_folder
from bimo.voice.home import voice_home
from bimo.voice.prompts import prompt

if TYPE_CHECKING:
    from bimo.desk.desk import Desk

# A passage that a model is asked about, in characters: long enough to hold an event, short enough for an example.
_PASSAGE = {"zh": (80, 300), "en": (250, 900)}
_BACKWARDS = (("summary", "ask_brief", "brief", 60), ("restyle", "ask_plain", "plain", 300))


def prepare(
    name: str,
    source: Path | Desk,
    *,
    works: list[str] | None = None,
    lang: Language | None = None,
    seed: int = 1,
    model: Model | None = None,
    passages: int = 0,
    mask_names: bool = False,
    progress: Callable[[int, int], None] = lambda done, all: None,
    cancel: Cancel | None = None,
) -> Dataset:
    """Make the dataset of the voice `name` out of a folder or a desk, in place of what it had.

    `mask_names` notes the names of people, so that a training can leave them out. With a `model`, `passages` of the
    texts become answers to requests that it invents for them ("back-instruction", Li et al. 2023, arXiv 2308.06259).
    Raises the errors of `gathering` and of `dataset.assemble`.
    """
    home = voice_home(name, new=True)
    gathered = from_folder(source) if isinstance(source, Path) else from_desk(source, works)

    def more(documents: Sequence[Document], spoken: Language) -> Iterator[Example]:
        if model is not None:
            yield from backwards(model, documents, spoken, passages, seed, progress, cancel or Cancel())

    made = datasets.assemble(gathered, name, lang=lang, seed=seed, more=more)
    if mask_names:
        made.card["names"] = _names(made.texts("train"), made.lang)
    datasets.save(made, home)
    return made


def _names(texts: Sequence[str], lang: Language) -> list[str]:
    """Names that stand in the texts at least three times."""
    counts = Counter(name for text in texts for name in names(text, lang))
    return sorted(name for name, count in counts.items() if count >= 3)


def backwards(
    model: Model,
    documents: Sequence[Document],
    lang: Language,
    passages: int,
    seed: int,
    progress: Callable[[int, int], None],
    cancel: Cancel,
) -> Iterator[Example]:
    """Requests that `model` invents for `passages` of the texts, by turns to write from a summary and to restyle."""
    chosen = pieces(documents, lang, passages, seed)
    for number, (document, piece) in enumerate(chosen):
        if cancel.cancelled:
            return
        progress(number, len(chosen))
        task, ask, slot, tokens = _BACKWARDS[number % 2]
        request = Prompt.of(*prompt(ask, lang, text=piece))
        answer = write(model, request, Sampling(max_tokens=tokens, temperature=0.3, seed=seed), cancel=cancel)[0]
        if answer.strip():
            system, user = prompt(task, lang, **{slot: answer.strip()})
            yield Example(task, piece, document.work, document.title, system, user)
    progress(len(chosen), len(chosen))


def pieces(documents: Sequence[Document], lang: Language, most: int, seed: int) -> list[tuple[Document, str]]:
    """Paragraphs of a fitting length with what they stand in, chosen by chance."""
    low, high = _PASSAGE[lang]
    joint = "\n" if lang == "zh" else "\n\n"
    fitting = [
        (document, piece) for document in documents for piece in document.text.split(joint) if low <= len(piece) <= high
    ]
    return random.Random(seed).sample(fitting, min(most, len(fitting)))
