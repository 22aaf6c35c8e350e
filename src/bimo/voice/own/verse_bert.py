"""A masked language model of verse: it fills gaps, chooses and writes second lines, and scores (Devlin et al. 2019).

It does not write freely; every figure stands beside one of counts (`verses.Counts`).
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bimo.models.protocol import Cancel
from bimo.text.errors import InputError, ModelError
from bimo.voice.base import quiet, require_packages
from bimo.voice.blocks import IGNORED, Block
from bimo.voice.dataset import PARTS
from bimo.voice.home import keep
from bimo.voice.machine import setting
from bimo.voice.own import FIGURES
from bimo.voice.own.verses import Counts, Couplet, couplets
from bimo.voice.recipe import VerseRecipe
from bimo.voice.training import last_checkpoint, learner
from bimo.voice.watch import BEST, Progress

_EPOCHS = "epochs.jsonl"
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_RIVALS = 9
_LONGEST = 48


def train(
    recipe: VerseRecipe,
    data: Path,
    folder: Path,
    *,
    report: Callable[[Progress], None] = lambda progress: None,
    cancel: Cancel | None = None,
) -> dict[str, Any]:
    """Train on the poems in `data`, or go on; `folder` gets checkpoints, the model in `best`, and `figures.json`.

    The figures: loss and accuracy of every part for each epoch, infilling, choice and order beside the counts, and
    lines that were filled in; only those of the epochs where `cancel` stopped it. Raises ModelError
    `voice.no_packages` or `voice.diverged`; FileError `voice.no_data`; InputError `voice.few_verses`.
    """
    require_packages()
    import torch
    from transformers import TrainerCallback, set_seed

    parts = couplets(data, recipe.most, recipe.seed)
    if min(map(len, parts.values())) < 2 * _RIVALS:
        raise InputError("voice.few_verses", count=len(parts["train"]), folder=str(data))
    folder.mkdir(parents=True, exist_ok=True)
    set_seed(recipe.seed)
    torch.set_num_threads(recipe.threads or 1)
    with quiet():
        tokens = _tokens(folder, parts["train"], recipe.vocabulary)
        model = _network(recipe, tokens)
        rows = {part: [row for each in parts[part] if (row := _row(tokens, *each))] for part in PARTS}
        hide = Hiding(tokens, recipe.masked, recipe.whole)
        size = sum(each.numel() for each in model.parameters())
        told: dict[str, Any] = {"report": report, "cancel": cancel}
        judged = rows["validation"][: recipe.validate_blocks * recipe.batch]
        trainer, watch = learner(model, folder, recipe, setting(recipe, size), (rows["train"], judged), hide, **told)

        class Measuring(TrainerCallback):  # type: ignore[misc]
            def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                # A stop in the middle of an epoch ends it as well.
                if abs(state.epoch - round(state.epoch)) > 1e-6:
                    return
                found = {part: measure(model, hide, rows[part][: recipe.measured]) for part in PARTS}
                with (folder / _EPOCHS).open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps({"epoch": round(state.epoch, 2), **found}) + "\n")

        trainer.add_callback(Measuring())
        trainer.train(resume_from_checkpoint=str(last) if (last := last_checkpoint(folder)) else None)
        if watch.broken is not None:
            raise ModelError("voice.diverged", step=watch.broken)
        figures: dict[str, Any] = {"parameters": size, "couplets": {part: len(each) for part, each in rows.items()}}
        figures |= {"recipe": recipe.model_dump(mode="json"), "epochs": _epochs(folder)}
        figures["finished"] = trainer.state.global_step >= trainer.state.max_steps
        if figures["finished"]:
            model.save_pretrained(folder / BEST)
            tokens.save_pretrained(folder / BEST)
            figures |= evaluate(model, tokens, recipe, rows["train"], rows["test"])
    keep(folder / FIGURES, json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    return figures


def evaluate(
    model: Any, tokens: Any, recipe: VerseRecipe, learned: Sequence[Block], judged: Sequence[Block]
) -> dict[str, Any]:
    """Infilling, choice of the second line among ten, and right order against swapped neighbours; with the counts."""
    lines = [_lines(row) for row in learned]
    counts = Counts(lines[:100_000])
    hide = Hiding(tokens, recipe.masked, 0.0)
    own = measure(model, hide, judged[: recipe.measured])
    plain = _filled(counts, hide, judged[: recipe.measured])
    dice = random.Random(recipe.seed)
    chosen = {"model": 0, "counts": 0}
    ordered = {"model": 0, "counts": 0}
    some = judged[: recipe.ranked]
    for row in some:
        one, two = _lines(row)
        fitting = [line for each in judged if len(line := _lines(each)[1]) == len(two) and line != two]
        rivals = [two, *dice.sample(fitting, min(_RIVALS, len(fitting)))]
        values = [score(model, tokens, one, each) for each in rivals]
        bare = [score(model, tokens, None, each) for each in rivals]
        gains = [value - alone for value, alone in zip(values, bare, strict=True)]
        chosen["model"] += gains.index(max(gains)) == 0
        found = [counts.answers(one, each) for each in rivals]
        chosen["counts"] += found.index(max(found)) == 0
        at = dice.randrange(len(two) - 1) if len(two) > 1 else 0
        swapped = [*two[:at], *reversed(two[at : at + 2]), *two[at + 2 :]]
        ordered["model"] += swapped == two or values[0] > score(model, tokens, one, swapped)
        ordered["counts"] += swapped == two or counts.line(two) > counts.line(swapped)
    return {
        "infilling": {"model": own, **plain},
        "second line of ten": {name: each / len(some) for name, each in chosen.items()} | {"chance": 0.1},
        "right order": {name: each / len(some) for name, each in ordered.items()} | {"chance": 0.5},
        "tested": len(some),
        "samples": [_sample(model, tokens, row) for row in some[:8]],
    }


class Hiding:
    """Makes a batch of couplets and hides tokens: a `share` of them, or with the chance `whole` the second line."""

    def __init__(self, tokens: Any, share: float, whole: float) -> None:
        self._share, self._whole = share, whole
        self._mask, self._pad = tokens.mask_token_id, tokens.pad_token_id
        self._special = tokens.all_special_ids

    def __call__(self, rows: Sequence[Block], dice: Any = None) -> dict[str, Any]:
        """Tensors of (couplets, longest); `labels` holds what was hidden. `dice` is a generator of torch."""
        import torch

        longest = max(len(row["input_ids"]) for row in rows)

        def padded(name: str, with_: int) -> Any:
            return torch.tensor([[*row[name], *[with_] * (longest - len(row[name]))] for row in rows])

        ids, sides = padded("input_ids", self._pad), padded("token_type_ids", 0)
        there = padded("attention_mask", 0)
        real = ~torch.isin(ids, torch.tensor(self._special))
        hidden = torch.rand(ids.shape, generator=dice) < self._share
        whole = torch.rand((len(rows), 1), generator=dice) < self._whole
        hidden = torch.where(whole, sides == 1, hidden) & real
        labels = torch.where(hidden, ids, IGNORED)
        ids = torch.where(hidden, self._mask, ids)
        return {"input_ids": ids, "attention_mask": there, "token_type_ids": sides, "labels": labels}


def measure(model: Any, hide: Hiding, rows: Sequence[Block], size: int = 64) -> dict[str, float]:
    """Loss in nats and accuracy over hidden tokens, the same ones at each call."""
    import torch

    dice, before = torch.Generator().manual_seed(0), model.training
    model.eval()
    lost, right, count = 0.0, 0, 0
    with torch.no_grad():
        for at in range(0, len(rows), size):
            batch = hide(rows[at : at + size], dice)
            labels = batch.pop("labels")
            wanted = labels != IGNORED
            logits = model(**batch).logits[wanted].float()
            lost += float(torch.nn.functional.cross_entropy(logits, labels[wanted], reduction="sum"))
            right += int((logits.argmax(-1) == labels[wanted]).sum())
            count += int(wanted.sum())
    model.train(before)
    return {"loss": round(lost / max(1, count), 4), "accuracy": round(right / max(1, count), 4)}


def score(model: Any, tokens: Any, one: Sequence[int] | None, two: Sequence[int]) -> float:
    """How likely the second line is: each token hidden in turn (Salazar et al. 2020, arXiv 1910.14659), summed.

    Without a first line, one that is hidden altogether stands before it.
    """
    import torch

    first = list(one) if one is not None else [tokens.mask_token_id] * len(two)
    row = _joined(tokens, first, list(two))
    start = len(first) + 2
    ids = torch.tensor([row["input_ids"]] * len(two))
    places = torch.arange(len(two))
    ids[places, start + places] = tokens.mask_token_id
    sides = torch.tensor([row["token_type_ids"]] * len(two))
    model.eval()
    with torch.no_grad():
        chances = model(input_ids=ids, token_type_ids=sides).logits.float().log_softmax(-1)
    return float(chances[places, start + places, torch.tensor(list(two))].sum())


def complete(model: Any, tokens: Any, one: Sequence[int], length: int) -> list[int]:
    """A second line of so many tokens: what is surest is filled in first (Ghazvininejad et al. 2019)."""
    import torch

    row = _joined(tokens, list(one), [tokens.mask_token_id] * length)
    ids, sides = (torch.tensor([row[name]]) for name in ("input_ids", "token_type_ids"))
    start = len(one) + 2
    model.eval()
    for _ in range(length):
        with torch.no_grad():
            chances = model(input_ids=ids, token_type_ids=sides).logits[0].softmax(-1)
        chances[:, [*tokens.all_special_ids, *one]] = 0
        best, which = chances[start : start + length].max(-1)
        best[ids[0, start : start + length] != tokens.mask_token_id] = -1
        place = int(best.argmax())
        ids[0, start + place] = which[place]
    return [int(each) for each in ids[0, start : start + length]]


def _filled(counts: Counts, hide: Hiding, rows: Sequence[Block], size: int = 64) -> dict[str, dict[str, float]]:
    """What the counts make of the gaps that `measure` leaves."""
    import torch

    dice = torch.Generator().manual_seed(0)
    usual, between, lost, count = 0, 0, 0.0, 0
    for at in range(0, len(rows), size):
        batch = hide(rows[at : at + size], dice)
        special = {hide._mask, *hide._special}
        for ids, labels in zip(batch["input_ids"].tolist(), batch["labels"].tolist(), strict=True):
            for place, wanted in enumerate(labels):
                if wanted != IGNORED:
                    near = (ids[place - 1], ids[place + 1])
                    left, right = (each if each not in special else None for each in near)
                    between += counts.between(left, right) == wanted
                    usual += counts.usual() == wanted
                    lost -= counts.follows(left, wanted) if left is not None else counts.alone(wanted)
                    count += 1
    told = {"commonest": usual, "both neighbours": between}
    found = {name: {"accuracy": round(each / max(1, count), 4)} for name, each in told.items()}
    return found | {"left neighbour": {"loss": round(lost / max(1, count), 4)}}


def _tokens(folder: Path, learned: Sequence[Couplet], size: int) -> Any:
    """The pieces of words, or signs, of the couplets to learn from; as `folder` has them already, if it has."""
    from tokenizers import BertWordPieceTokenizer
    from transformers import PreTrainedTokenizerFast

    kept = folder / "tokenizer.json"
    if not kept.exists():
        made = BertWordPieceTokenizer(lowercase=True)
        lines = (line for pair in learned for line in pair)
        # Without a limit of its own the alphabet ends at 1,000 signs, and most of a Chinese poem is unknown.
        known = {"vocab_size": size, "limit_alphabet": size, "special_tokens": list(_SPECIAL)}
        made.train_from_iterator(lines, show_progress=False, **known)
        made.save(str(kept))
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    return PreTrainedTokenizerFast(tokenizer_file=str(kept), **dict(zip(names, _SPECIAL, strict=True)))


def _network(recipe: VerseRecipe, tokens: Any) -> Any:
    from transformers import BertConfig, BertForMaskedLM

    return BertForMaskedLM(
        BertConfig(
            vocab_size=len(tokens),
            hidden_size=recipe.width,
            num_hidden_layers=recipe.depth,
            num_attention_heads=recipe.heads,
            intermediate_size=4 * recipe.width,
            max_position_embeddings=64,
            hidden_dropout_prob=recipe.dropout,
            attention_probs_dropout_prob=recipe.dropout,
            pad_token_id=tokens.pad_token_id,
        )
    )


def _row(tokens: Any, one: str, two: str) -> Block | None:
    first, second = (tokens(line, add_special_tokens=False)["input_ids"] for line in (one, two))
    return _joined(tokens, first, second) if first and second and len(first) + len(second) <= _LONGEST else None


def _joined(tokens: Any, one: list[int], two: list[int]) -> Block:
    ids = [tokens.cls_token_id, *one, tokens.sep_token_id, *two, tokens.sep_token_id]
    sides = [0] * (len(one) + 2) + [1] * (len(two) + 1)
    return {"input_ids": ids, "token_type_ids": sides, "attention_mask": [1] * len(ids)}


def _lines(row: Block) -> tuple[list[int], list[int]]:
    """The two lines of a couplet, without the marks around them."""
    at = row["token_type_ids"].index(1)
    return row["input_ids"][1 : at - 1], row["input_ids"][at:-1]


def _sample(model: Any, tokens: Any, row: Block) -> dict[str, str]:
    one, two = _lines(row)
    told = {"first": one, "poet": two, "model": complete(model, tokens, one, len(two))}
    return {name: tokens.decode(ids) for name, ids in told.items()}


def _epochs(folder: Path) -> list[dict[str, Any]]:
    """The figures of each epoch; of one that was run twice after a kill, the later ones."""
    path = folder / _EPOCHS
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines()) if path.exists() else ()
    return list({each["epoch"]: each for each in lines}.values())
