"""Let the small poem model write under the grammar and the ranking of `poem`, beside poems that are kept already.

    python bench/verse_poem_lm.py --poem-model poem-lm.gguf --form 七绝 --themes 20 --keep build/poems.jsonl

Adds poems of the way `poem-lm` to the file of `bench/verse_compose.py`: same plans, same readings, same ranking, with
16 candidates a line. With `--picks` the default model chooses among the best six of them by the same ranking with its
own probabilities (way `picks`). Judge with `bench/verse_outside.py`, but not by its perplexity, which is this model's.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bimo.craft.script import script
from bimo.models.llama import LlamaModel
from bimo.models.protocol import Cancel, Model, Prompt, Sampling, Token
from bimo.models.select import open_model
from bimo.verse.chinese.grammar import line_grammar
from bimo.verse.chinese.judge import judge
from bimo.verse.chinese.plan import Plan, Wish, plan
from bimo.verse.form import find_form
from bimo.verse.lore import related
from bimo.voice.poem_lm.rhyme import short_name
from bimo.voice.poem_lm.symbols import prompt
from machine import describe
from verse_compose import THEMES, measure

_CANDIDATES, _PICKS = 16, 6


def candidates(engine: LlamaModel, made: Plan, theme: str, lines: list[str], seed: int) -> dict[str, float]:
    """What the poem model proposes for the next line, and its score."""
    number = len(lines)
    mark = made.places[number].mark
    choices = made.choices(number, without={char for line in lines for char in line})
    start = prompt("唐", made.form.names["zh"], theme, short_name(next(iter(made.groups.values()))))
    start += "".join(text + place.mark for text, place in zip(lines, made.places, strict=False))
    sampling = Sampling(
        max_tokens=len(choices) + 1, temperature=0.9, top_k=0, min_p=0.03, seed=seed, n=_CANDIDATES, logprobs=1,
        grammar=line_grammar(choices, mark),
    )  # fmt: skip
    texts, tokens = [""] * _CANDIDATES, [list[Token]() for _ in range(_CANDIDATES)]
    for chunk in engine.stream(Prompt((), start), sampling, cancel=Cancel()):
        texts[chunk.index] += chunk.text
        tokens[chunk.index] += chunk.tokens
    found = {text.removesuffix(mark): told for text, told in zip(texts, tokens, strict=True)}
    return {
        text: scored(text, lines, theme, told)
        for text, told in found.items()
        if len(text) == len(choices) and all(map(str.__contains__, choices, text))
    }


def scored(line: str, lines: list[str], theme: str, tokens: list[Token]) -> float:
    likely = sum(token.logprob for token in tokens) / len(line)
    return judge(line, lines, likely=likely, relevance=related(theme)).total


def picked(model: Model, made: Plan, theme: str, lines: list[str], proposed: dict[str, float]) -> dict[str, float]:
    """The best of what was proposed, with scores by the other model's probabilities."""
    words = script("poem", "zh")
    form = made.form
    goes = "、".join(sorted(related(theme), key=lambda char: -related(theme)[char])[:8])
    ask = words.say(
        "ask", theme=theme, form=form.names["zh"], about=form.about["zh"], mood="", style="", words=goes
    )  # fmt: skip
    before = made.write(lines)
    if lines and made.places[len(lines) - 1].mark == "。":
        before += "\n"
    asked = Prompt.of(words.parts["system"], ask, prefix=f"《{theme}》\n{before}")
    mark = made.places[len(lines)].mark

    def weighed(line: str) -> float:
        sampling = Sampling(max_tokens=30, logprobs=1, grammar=line_grammar(tuple(line), mark))
        chunks = model.stream(asked, sampling, cancel=Cancel())
        return scored(line, lines, theme, [token for chunk in chunks for token in chunk.tokens])

    best = sorted(proposed, key=lambda each: -proposed[each])[:_PICKS]
    with ThreadPoolExecutor(3) as pool:
        return dict(zip(best, pool.map(weighed, best), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--poem-model", type=Path, required=True)
    parser.add_argument("--form", default="七绝")
    parser.add_argument("--themes", type=int, default=len(THEMES))
    parser.add_argument("--picks", action="store_true", help="the default model chooses among what the other proposes")
    parser.add_argument("--keep", type=Path, default=Path("build/poems.jsonl"))
    asked = parser.parse_args()
    print(describe())
    engine = LlamaModel(asked.poem_model, id="poem-lm", context=4096, threads=1, drafting=False)
    model = open_model() if asked.picks else None
    way = "picks" if asked.picks else "poem-lm"
    for theme in THEMES[: asked.themes]:
        began = time.perf_counter()
        form = find_form(asked.form)
        made = plan(form, Wish(policy="strict"), relevance=related(theme), chance=random.Random(1))
        lines: list[str] = []
        for number in range(len(made.places)):
            found = candidates(engine, made, theme, lines, 1 + 104729 * number)
            if model:
                found = picked(model, made, theme, lines, found)
            lines.append(max(found, key=lambda each: found[each]))
        text, seconds = made.write(lines), time.perf_counter() - began
        row = {"form": asked.form, "arm": way, "theme": theme, "seed": 1, "seconds": seconds, "text": text}
        with asked.keep.open("a", encoding="utf-8") as kept:
            kept.write(json.dumps(row | measure(text, theme, asked.form), ensure_ascii=False) + "\n")
    engine.close()


if __name__ == "__main__":
    main()
