"""How well text is foretold: by the base, with a passage of the writer before it, by the adapter, and by both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from bimo.text.shelf import Shelf
from bimo.voice.base import quiet
from bimo.voice.blocks import IGNORED, Block, Collator, blocks_of
from bimo.voice.dataset import Example
from bimo.voice.recipe import Recipe

WAYS = ("base", "retrieval", "voice", "both")


def held_out_losses(
    base: Path,
    adapter: Path,
    recipe: Recipe,
    examples: Sequence[Example],
    shelf: Shelf,
    *,
    most: int = 48,
    threads: int = 1,
    progress: Callable[[int, int], None] = lambda done, every: None,
) -> dict[str, float]:
    """The mean loss per token, in nats, of each of the four ways, over the same tokens.

    At most `most` blocks, spread evenly. What retrieval puts before a block was found by the block before it, never by
    the block itself.
    """
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(threads)
    with quiet():
        tokenizer = AutoTokenizer.from_pretrained(base)
        model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, dtype="auto"), adapter).eval()
    pairs = _pairs(examples, tokenizer, recipe.block)
    pairs = pairs[:: max(1, -(-len(pairs) // most))]
    sums = dict.fromkeys(WAYS, 0.0)
    count = 0
    for number, (before, block) in enumerate(pairs):
        progress(number, len(pairs))
        found = shelf.nearest(tokenizer.decode(before["input_ids"]))
        helped = _helped(block, tokenizer(f"{found[0]}\n\n")["input_ids"]) if found else block
        count += len(block["input_ids"]) - 1
        for way, given in (("base", block), ("retrieval", helped), ("voice", block), ("both", helped)):
            if way in ("base", "retrieval"):
                with model.disable_adapter():
                    sums[way] += block_loss(model, given)
            else:
                sums[way] += block_loss(model, given)
    progress(len(pairs), len(pairs))
    return {way: total / max(1, count) for way, total in sums.items()}


def text_loss(model: Any, tokenizer: Any, examples: Sequence[Example], size: int, *, most: int = 32) -> float:
    """The mean loss per token of running text, in nats, over at most `most` blocks spread evenly."""
    blocks = blocks_of(examples, tokenizer, size, shares={"continue": 1.0}, seed=0)
    blocks = blocks[:: max(1, -(-len(blocks) // most))]
    count = sum(len(each["input_ids"]) - 1 for each in blocks)
    return sum(block_loss(model, each) for each in blocks) / max(1, count)


def _pairs(examples: Sequence[Example], tokenizer: Any, size: int) -> list[tuple[Block, Block]]:
    found = []
    for example in examples:
        blocks = blocks_of([example], tokenizer, size, shares={"continue": 1.0}, seed=0)
        found += list(pairwise(blocks))
    return found


def _helped(block: Block, before: Sequence[int]) -> Block:
    # The first token of a bare block is not foretold either.
    labels = [*[IGNORED] * (len(before) + 1), *block["labels"][1:]]
    return {"input_ids": [*before, *block["input_ids"]], "labels": labels}


def block_loss(model: Any, block: Block) -> float:
    """The sum of the losses of the tokens to be foretold."""
    import torch

    batch = Collator(0)([block])
    with torch.no_grad():
        logits = model(input_ids=batch["input_ids"]).logits[0, :-1].float()
    labels = batch["labels"][0, 1:]
    return float(torch.nn.functional.cross_entropy(logits, labels, ignore_index=IGNORED, reduction="sum"))
