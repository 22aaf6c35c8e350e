"""How well the model foretells poets it never read, beside the trigram floor; and whether the export says the same."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import regex

from bimo.models.llama import LlamaModel
from bimo.models.protocol import Cancel, Prompt, Sampling, Token
from bimo.voice.poem_lm.corpus import Poem, Split, clauses
from bimo.voice.poem_lm.floor import Floor
from bimo.voice.poem_lm.model import losses
from bimo.voice.poem_lm.rhyme import NO_RHYME
from bimo.voice.poem_lm.samples import Batch, pack, plain
from bimo.voice.poem_lm.symbols import BEGIN, END, Symbols

_HAN = regex.compile(r"\p{Han}")


def part_of(poems: Sequence[Poem], split: Split) -> list[Poem]:
    """The poems of that part of the data."""
    return [poem for poem in poems if poem.split == split]


def known_characters(symbols: Symbols) -> frozenset[str]:
    """The Chinese characters of the vocabulary; both models are measured on these."""
    return frozenset(character for character in symbols.characters if _HAN.match(character))


def perplexity(network: Any, poems: Sequence[Poem], symbols: Symbols) -> float:
    """The network's perplexity per known Chinese character of the poems, titles and marks not counted."""
    import torch

    known = torch.zeros(len(symbols), dtype=torch.bool)
    known[[symbols.encode(character)[0] for character in known_characters(symbols)]] = True
    starts = {symbols.encode(f"<{poem.rhyme}>")[0] for poem in poems}
    rows = [(BEGIN, *symbols.encode(plain(poem, poem.title)), END) for poem in poems]
    total, count = 0.0, 0
    with torch.no_grad():
        for batch in pack(rows, 8192):
            lost, targets = losses(network, batch)
            lost = lost * (known[targets.clamp(min=0)] & _inside(batch, starts).reshape(-1))
            total += float(lost.sum())
            count += int((lost > 0).sum())
    return math.exp(total / count) if count else math.nan


def _inside(batch: Batch, starts: set[int]) -> Any:
    """(rows, longest - 1): whether a target stands after the rhyme mark, that is, in the poem."""
    import torch

    longest = max(map(len, batch.rows))
    mask = torch.zeros(len(batch.rows), longest - 1, dtype=torch.bool)
    for number, row in enumerate(batch.rows):
        place = next(index for index, each in enumerate(row) if each in starts)
        mask[number, place : len(row) - 1] = True
    return mask


def compare(network: Any, poems: Sequence[Poem], symbols: Symbols, split: Split, most: int) -> dict[str, float]:
    """Perplexity per Chinese character on `split`: the floor, and the network told less and more about the poem.

    At most `most` poems, spread evenly over the part, so that no single poet decides.
    """
    held_out = part_of(poems, split)
    held_out = held_out[:: max(1, len(held_out) // most)]
    floor = Floor(poem.text for poem in part_of(poems, "train"))
    free = [replace(poem, title="", rhyme=NO_RHYME) for poem in held_out]
    untitled = [replace(poem, title="") for poem in held_out]
    figures = {
        "poems": float(len(held_out)),
        "floor": floor.perplexity((poem.text for poem in held_out), known_characters(symbols)),
        "form": perplexity(network, free, symbols),
        "form, rhyme": perplexity(network, untitled, symbols),
        "form, rhyme, title": perplexity(network, held_out, symbols),
    }
    for form in sorted({poem.form for poem in held_out}):
        some = [poem for poem in held_out if poem.form == form]
        figures[form] = perplexity(network, some, symbols)
    return figures


def written(gguf: Path, poems: Sequence[Poem]) -> list[str]:
    """One poem of the exported model for each of these, with its form, title and rhyme, and lines of its lengths."""
    engine = LlamaModel(gguf, id="poem-lm", context=1024, threads=1, drafting=False)
    texts = []
    try:
        for number, poem in enumerate(poems):
            lines = " ".join(f'[^<>，。？！、]{{{len(line) - 1}}} "{line[-1]}"' for line in clauses(poem.text))
            sampling = Sampling(max_tokens=200, top_k=0, min_p=0.02, seed=number, grammar=f"root ::= {lines}")
            start = plain(replace(poem, text=""), poem.title)
            texts.append("".join(chunk.text for chunk in engine.stream(Prompt((), start), sampling, cancel=Cancel())))
    finally:
        engine.close()
    return texts


def copied(texts: Sequence[str], poems: Sequence[Poem]) -> dict[str, float]:
    """The shares of 5-grams (inside a line) and of whole lines of `texts` that stand in `poems`."""
    lines = [line[:-1] for text in texts for line in clauses(text)]
    grams = [line[start : start + 5] for line in lines for start in range(len(line) - 4)]
    wanted, found = {*grams, *lines}, set[str]()
    for poem in poems:
        for line in clauses(poem.text):
            sizes = {5, len(line) - 1}
            found |= wanted & {line[at : at + size] for size in sizes for at in range(len(line) - size)}
    return {
        "5-grams": sum(gram in found for gram in grams) / max(1, len(grams)),
        "lines": sum(line in found for line in lines) / max(1, len(lines)),
    }


def spoken(engine: LlamaModel, start: str, text: str) -> list[Token]:
    """What the engine thinks of `text` after `start`: a grammar forces it, the probabilities are the model's own."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    sampling = Sampling(max_tokens=256, temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, logprobs=1, seed=1)
    sampling = replace(sampling, grammar=f'root ::= "{escaped}"')
    chunks = engine.stream(Prompt((), start), sampling, cancel=Cancel())
    return [token for chunk in chunks for token in chunk.tokens]


def parity(network: Any, gguf: Path, poems: Sequence[Poem], symbols: Symbols) -> dict[str, float]:
    """How far engine and network lie apart over `poems`.

    `cut`: the share of poems that both cut into the same number of symbols. `mean`, `worst`: the difference of
    log-probability of a symbol, in nats, over the first 20 poems without rare characters.
    """
    import torch

    known = known_characters(symbols)
    engine = LlamaModel(gguf, id="poem-lm", context=1024, threads=1, drafting=False)
    try:
        same = [engine.count(plain(poem, poem.title)) == len(symbols.encode(plain(poem, poem.title))) for poem in poems]
        apart: list[float] = []
        for poem in [each for each in poems if known >= set(_HAN.findall(each.text))][:20]:
            start = plain(replace(poem, text=""), poem.title)
            told = [token.logprob for token in spoken(engine, start, poem.text)][: len(poem.text)]
            with torch.no_grad():
                lost, _ = losses(network, Batch(((BEGIN, *symbols.encode(start + poem.text)),)))
            ours = [-float(each) for each in lost[-len(told) :]]
            apart += [abs(one - other) for one, other in zip(told, ours, strict=True)]
    finally:
        engine.close()
    return {"cut": statistics.fmean(same), "mean": statistics.fmean(apart), "worst": max(apart)}
