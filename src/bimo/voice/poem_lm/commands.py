"""The command line for developers: train, evaluate, export, sample."""

from __future__ import annotations

import argparse
import json
import sys
from importlib.resources import files
from pathlib import Path

from bimo.models.llama import LlamaModel
from bimo.models.protocol import Cancel, Prompt, Sampling
from bimo.voice.poem_lm import corpus
from bimo.voice.poem_lm import recipe as recipes
from bimo.voice.poem_lm.recipe import Recipe
from bimo.voice.poem_lm.symbols import Symbols, prompt

CACHE = Path(".cache")


def main() -> None:
    """Read the command line and do it."""
    given = _parser().parse_args()
    {"train": _train, "evaluate": _evaluate, "export": _export, "sample": _sample}[given.what](given)


def read_poems(cache: Path) -> list[corpus.Poem]:
    """The cleaned poems, made from the packages in `cache` the first time."""
    return corpus.load(cache / "chinese-poetry-2.0.1/package", cache / "poem-lm/poems.jsonl")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bimo.voice.poem_lm", description=__doc__)
    tasks = parser.add_subparsers(dest="what", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--recipe", type=Path, default=Path(str(files("bimo.voice") / "recipes/poem_lm.toml")))
    common.add_argument("--cache", type=Path, default=CACHE, help="where the fetched packages lie")
    common.add_argument("--run", type=Path, default=CACHE / "poem-lm/run", help="checkpoint, vocabulary and log")
    common.add_argument("--gguf", type=Path, default=CACHE / "poem-lm/poem_lm.gguf", help="the exported model")
    task = tasks.add_parser("train", parents=[common], help="train, or go on training")
    task.add_argument("--until", type=int, help="stop at this step")
    task = tasks.add_parser("evaluate", parents=[common], help="perplexity beside the floor, and parity of the export")
    task.add_argument("--split", choices=["valid", "test"], default="valid")
    task.add_argument("--most", type=int, default=2000, help="at most so many poems")
    task = tasks.add_parser("export", parents=[common], help="write the GGUF")
    task.add_argument("--float16", action="store_true", help="without quantising")
    task = tasks.add_parser("sample", parents=[common], help="write poems with the embedded engine")
    task.add_argument("--era", choices=corpus.ERAS, default="唐")
    task.add_argument("--form", choices=corpus.FORMS, default="七绝")
    task.add_argument("--title", default="")
    task.add_argument("--rhyme", default="")
    task.add_argument("--grammar", type=Path, help="a file with a GBNF grammar")
    task.add_argument("--temperature", type=float, default=0.8)
    task.add_argument("--seed", type=int, default=1)
    task.add_argument("-n", type=int, default=5)
    return parser


def _train(given: argparse.Namespace) -> None:
    from bimo.voice.poem_lm.train import train

    def report(line: dict[str, float]) -> None:
        sys.stderr.write(json.dumps(line) + "\n")

    train(recipes.read(given.recipe), read_poems(given.cache), given.run, until=given.until, report=report)


def _evaluate(given: argparse.Namespace) -> None:
    import torch

    from bimo.voice.poem_lm.evaluate import compare, copied, parity, part_of, written
    from bimo.voice.poem_lm.model import trained

    recipe: Recipe = recipes.read(given.recipe)
    torch.set_num_threads(recipe.threads)
    symbols = Symbols.load(given.run / "symbols.json")
    network = trained(given.run, recipe, symbols)
    poems = read_poems(given.cache)
    figures: dict[str, object] = {given.split: compare(network, poems, symbols, given.split, given.most)}
    if given.gguf.exists():
        held_out, read = part_of(poems, given.split)[:1000], part_of(poems, "train")
        figures["parity"] = parity(network, given.gguf, held_out, symbols)
        figures["copied by the model"] = copied(written(given.gguf, held_out[:200]), read)
        figures["copied by the poets"] = copied([poem.text for poem in held_out[:200]], read)
    sys.stdout.write(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")


def _export(given: argparse.Namespace) -> None:
    from bimo.voice.poem_lm.export import export

    export(given.run, recipes.read(given.recipe), given.gguf, quantise=not given.float16)


def _sample(given: argparse.Namespace) -> None:
    engine = LlamaModel(given.gguf, id="poem-lm", context=1024, threads=1, drafting=False)
    grammar = given.grammar.read_text(encoding="utf-8") if given.grammar else None
    sampling = Sampling(
        max_tokens=160,
        temperature=given.temperature,
        top_k=0,
        top_p=0.95,
        min_p=0.02,
        seed=given.seed,
        n=given.n,
        grammar=grammar,
        # Without a grammar the marks of another kind of sample might come.
        avoid="<>",
    )
    start = prompt(given.era, given.form, given.title, given.rhyme)
    texts = [""] * given.n
    try:
        for chunk in engine.stream(Prompt((), start), sampling, cancel=Cancel()):
            texts[chunk.index] += chunk.text
    finally:
        engine.close()
    sys.stdout.writelines(f"{text.strip()}\n" for text in texts)
