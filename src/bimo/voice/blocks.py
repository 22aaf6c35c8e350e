"""Examples as numbers: running text in blocks, and answers whose requests are not learned."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import regex

from bimo.voice.dataset import Example

# A block shorter than this teaches little and would be mostly padding.
_LEAST = 24
# Not counted by the loss.
IGNORED = -100

Block = dict[str, list[int]]


def blocks_of(
    examples: Sequence[Example],
    tokenizer: Any,
    size: int,
    *,
    shares: Mapping[str, float],
    seed: int,
    names: Sequence[str] = (),
) -> list[Block]:
    """Blocks of at most `size` tokens (answers: twice that), with `labels` for what is to be learned.

    `shares` says which part of the examples of a task is used; a task that it does not name is left out. Tokens of
    `names` are read and not learned.
    """
    dice = random.Random(seed)
    found: list[Block] = []
    for example in examples:
        share = shares.get(example.task, 0.0)
        if example.task == "continue":
            pieces = _running(example.text, tokenizer, size, names)
            found += pieces if share >= 1 else [piece for piece in pieces if dice.random() < share]
        elif dice.random() < share and (block := _answer(example, tokenizer, 2 * size)):
            found.append(block)
    return found


def _running(text: str, tokenizer: Any, size: int, names: Sequence[str]) -> list[Block]:
    told = tokenizer(text, return_offsets_mapping=bool(names), verbose=False)
    ids = list(told["input_ids"])
    labels = list(ids)
    if names:
        pattern = regex.compile("|".join(map(regex.escape, sorted(names, key=len, reverse=True))))
        hidden = [match.span() for match in pattern.finditer(text)]
        place = 0
        for number, (start, end) in enumerate(told["offset_mapping"]):
            while place < len(hidden) and hidden[place][1] <= start:
                place += 1
            if place < len(hidden) and hidden[place][0] < end:
                labels[number] = IGNORED
    cut = range(0, len(ids), size)
    return [_block(ids[at : at + size], labels[at : at + size]) for at in cut if len(ids) - at >= _LEAST]


def request(tokenizer: Any, system: str, user: str, shown: Sequence[tuple[str, str]] = ()) -> list[int]:
    """The tokens of a request up to where its answer begins; `shown` are requests with their answers before it."""
    messages = [{"role": "system", "content": system}]
    for asked, answered in shown:
        messages += [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]
    messages.append({"role": "user", "content": user})
    if tokenizer.chat_template:
        text = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    else:
        text = "".join(f"{each['content']}\n\n" for each in messages)
    return list(tokenizer(text, add_special_tokens=not tokenizer.chat_template)["input_ids"])


def _answer(example: Example, tokenizer: Any, most: int) -> Block | None:
    before = request(tokenizer, example.system, example.user)
    answer = [*tokenizer(example.text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    if len(before) + len(answer) > most:
        return None
    return _block(before + answer, [IGNORED] * len(before) + answer)


def _block(ids: list[int], labels: list[int]) -> Block:
    return {"input_ids": ids, "labels": labels}


class Collator:
    """Makes a batch of blocks: shorter ones are padded at the end with `pad`, which is neither read nor learned."""

    def __init__(self, pad: int) -> None:
        self._pad = pad

    def __call__(self, blocks: Sequence[Block]) -> dict[str, Any]:
        """Tensors of (blocks, longest)."""
        import torch

        longest = max(len(each["input_ids"]) for each in blocks)

        def padded(rows: Sequence[Sequence[int]], with_: int) -> Any:
            return torch.tensor([[*row, *[with_] * (longest - len(row))] for row in rows])

        ids = [each["input_ids"] for each in blocks]
        return {
            "input_ids": padded(ids, self._pad),
            "attention_mask": padded([[1] * len(row) for row in ids], 0),
            "labels": padded([each["labels"] for each in blocks], IGNORED),
        }
