"""Choose how prose is sampled: every setting writes the same paragraphs, and the measures say which does it best.

    python bench/presets.py [--seeds 2] [--themes 3] [--lang zh] [--only "t 0.9 dry 0.8"]

One candidate a paragraph, three paragraphs a text, as `draft` writes them. Settings and figures go to
docs/lab-notes.md by hand; the choice stands in src/bimo/craft/presets.toml. Themes are not those of bench/writing.py.
"""

from __future__ import annotations

import argparse
import statistics
import tomllib
from dataclasses import replace
from pathlib import Path

from bimo.craft.draft import DraftRequest, cards
from bimo.craft.filling import Window, paragraph
from bimo.craft.registry import Context
from bimo.craft.session import Session
from bimo.critique.prose import cost, measures
from bimo.models.protocol import Model, Sampling
from bimo.models.select import open_model
from bimo.text.errors import Language
from machine import describe
from writing import figures

HERE = Path(__file__).parent
BASE = Sampling(temperature=0.9, min_p=0.08, top_p=0.95, dry=0.8)
SETTINGS = {
    "engine's own": Sampling(),
    "t 0.7 dry 0.8": replace(BASE, temperature=0.7),
    "t 0.9 dry 0.8": BASE,
    "t 0.9 no dry": replace(BASE, dry=0.0),
    "t 1.1 min-p 0.12": replace(BASE, temperature=1.1, min_p=0.12),
    "t 1.0 xtc 0.3": replace(BASE, temperature=1.0, xtc_probability=0.3),
}
NAMES = ("slop", "telling", "ending", "repeat", "echo", "distinct")


def text_with(model: Model, lang: Language, theme: str, sampling: Sampling, seed: int) -> str:
    request = DraftRequest(theme=theme, lang=lang, seed=seed)
    session = Session.begin("draft", request, Context(), model, lang)
    session.show_manner()
    about = session.script.say("about", theme=theme, plot="", style="", characters=(), background="")
    chosen = session.prose(names=(theme,))
    own = replace(sampling, bans=chosen.bans, avoid=chosen.avoid)
    deck = cards(lang)
    plan = [deck["opening"][0], deck["turn"][seed % len(deck["turn"])], deck["ending"][0]]
    aim = 65 if lang == "zh" else 50
    done: list[str] = []
    for number, card in enumerate(plan):
        session.say("next" if number else "first", about=about, card=card, include=(), aim=aim)
        steps = paragraph(
            session, own, Window(aim // 2, aim, aim * 3 // 2), before="\n\n".join(done), tries=1, offset=number
        )
        while True:
            try:
                next(steps)
            except StopIteration as ended:
                done.append(str(ended.value))
                break
    return "\n\n".join(done)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--themes", type=int, default=3)
    parser.add_argument("--lang", choices=("zh", "en"), nargs="*", default=["zh", "en"])
    parser.add_argument("--only", nargs="*", help="settings by name")
    options = parser.parse_args()
    model = open_model(options.model)
    themes = tomllib.loads((HERE / "data/briefs.toml").read_text(encoding="utf-8"))
    print(describe())
    print(f"model: {model.info.id}")
    for lang in options.lang:
        print(f"| {lang} | {' | '.join(NAMES)} | cost |\n|---|{'---:|' * (len(NAMES) + 1)}")
        for name, sampling in SETTINGS.items():
            if options.only and name not in options.only:
                continue
            texts = [
                text_with(model, lang, theme, sampling, seed)
                for theme in themes[f"mine_{lang}"][: options.themes]
                for seed in range(options.seeds)
            ]
            found = [figures(text, lang, (), 200) for text in texts]
            costs = [cost(measures(text, lang)) for text in texts]
            row = [f"{statistics.mean(one[measure] for one in found):.1f}" for measure in NAMES]
            print(f"| {name} | {' | '.join(row)} | {statistics.mean(costs):.2f} |", flush=True)
    model.close()


if __name__ == "__main__":
    main()
