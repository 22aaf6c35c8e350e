"""Pages of the writer's own before the eyes of a voice: an adapter knows the manner, a page near the task shows it.

In the literature retrieval gives most of the gain, and both together the most (LaMP: Salemi et al. 2023, arXiv
2304.11406); `bimo voice evaluate` prints all four.
"""

from __future__ import annotations

from functools import lru_cache

from bimo.craft.registry import Request
from bimo.craft.script import script
from bimo.critique.originality import copied
from bimo.models.protocol import Model
from bimo.models.voices import is_voice, own_passages
from bimo.text.errors import Language
from bimo.text.shelf import Shelf

# Tools that write prose in the writer's name; a character who talks knows nothing of other pages.
_TOOLS = frozenset({"compose", "continue", "describe", "draft", "dialogue", "expand", "restyle", "revise"})
# A page near the task is found by the end of what the writer gave.
_NEAR = 1500


def own_pages(tool: str, request: Request, model: Model, lang: Language) -> str:
    """What the model is told of the writer's own pages; empty unless it is a voice whose pages share the task's words.

    A small model is shown one passage, for its window is narrow. What the request holds already is never shown again.
    """
    if tool not in _TOOLS or not is_voice(model.info.id):
        return ""
    given = "\n".join(value for value in request.model_dump().values() if isinstance(value, str))
    shelf = _shelf(own_passages(model.info.id), lang)
    found = [each for each in shelf.nearest(given[-_NEAR:], 6) if each not in given]
    kept = found[: 1 if model.info.small else 2]
    return script("_manner", lang).say("show", passages=kept) if kept else ""


def recited(text: str, pages: str, lang: Language) -> str:
    """The longest run of 13 字 or 8 words that `text` took from the pages it was shown; empty if there is none."""
    found = copied(text, pages, lang) if pages else []
    return found[0].here.of(text) if found else ""


@lru_cache(maxsize=2)
def _shelf(kept: tuple[str, ...], lang: Language) -> Shelf:
    return Shelf(kept, lang)
