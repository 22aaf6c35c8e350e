"""A mood as the target of `draft`: what is asked for, what is told, and what is kept.

    nice python bench/moods.py [--lang zh] [--first 4] [--aims bright,dark,calm,tense]

For each brief and target: three drafts without a target, three with it, and the one of these that is kept. `reached` is
the measure that the tool itself ranks by, so the gain from told to kept is there by construction; `read` is what the
model answers when it is asked for the feeling of a text, which ranked nothing (bright and dark only).
"""

from __future__ import annotations

import argparse
import statistics
import tomllib
from collections.abc import Iterator
from pathlib import Path

from bimo.craft.draft import DraftRequest, draft
from bimo.craft.events import result_of
from bimo.craft.moods import LEAST, Aim, reached
from bimo.craft.registry import Context
from bimo.critique.emotion_model import read
from bimo.models.protocol import Model
from bimo.models.select import open_model
from bimo.text.errors import Language
from machine import describe

LENGTH = {"zh": 120, "en": 90}


def drafts(model: Model, lang: Language, theme: str, aim: Aim | None) -> list[str]:
    """Three drafts, the one kept first."""
    request = DraftRequest(theme=theme, lang=lang, length=LENGTH[lang], n=LEAST, seed=20261124, mood=aim)
    return [one.text for one in result_of(draft(request, Context(), model)).alternatives]


def felt(model: Model, text: str, lang: Language, aim: Aim) -> float | None:
    """How much a text is bright or dark to the model that reads it, in percent of the way."""
    found = read(text, lang, model) if aim in ("bright", "dark") else None
    return None if found is None else 50 + 50 * found.valence * (1 if aim == "bright" else -1)


def rows(model: Model, lang: Language, themes: list[str], aims: list[Aim]) -> Iterator[str]:
    free = {theme: drafts(model, lang, theme, None) for theme in themes}
    for aim in aims:
        told = {theme: drafts(model, lang, theme, aim) for theme in themes}
        kept = [texts[0] for texts in told.values()]
        cells = []
        for texts in (
            [t for three in free.values() for t in three],
            [t for three in told.values() for t in three],
            kept,
        ):
            own = statistics.mean(reached(text, lang, aim).value for text in texts)
            seen = [value for text in texts if (value := felt(model, text, lang, aim)) is not None]
            cells.append(f"{own:.0f} ({statistics.mean(seen):.0f})" if seen else f"{own:.0f}")
        yield f"| {lang} | {aim} | " + " | ".join(cells) + f" | {len(themes)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model")
    parser.add_argument("--first", type=int, default=4, help="how many briefs a language")
    parser.add_argument("--lang", default="zh,en")
    parser.add_argument("--aims", default="bright,dark,calm,tense,rise,fall")
    args = parser.parse_args()
    briefs = tomllib.loads((Path(__file__).parent / "data" / "briefs.toml").read_text(encoding="utf-8"))
    model = open_model(args.model)
    print(
        describe(),
        "",
        "| | target | free: reached (read) | told | kept | briefs |",
        "|---|---|--:|--:|--:|--:|",
        sep="\n",
    )
    try:
        for lang in args.lang.split(","):
            themes = [one["theme"] for one in briefs[lang][: args.first]]
            for row in rows(model, lang, themes, args.aims.split(",")):
                print(row, flush=True)
    finally:
        model.close()


if __name__ == "__main__":
    main()
