"""Training in pieces: stop it at any time, start it again, and it goes on at the same step with the same numbers.

Matrices inside the layers are trained with Muon (K. Jordan, 2024), which learns more from each token at this size,
everything else with AdamW. With `bfloat16` the network computes in bfloat16 while float32 master weights are trained.
"""

from __future__ import annotations

import json
import math
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from bimo.text.errors import ModelError
from bimo.voice.poem_lm import model as networks
from bimo.voice.poem_lm.corpus import Poem
from bimo.voice.poem_lm.recipe import Recipe
from bimo.voice.poem_lm.samples import Batch, batches, pack, plain
from bimo.voice.poem_lm.symbols import BEGIN, END, Symbols

CHECKPOINT = "checkpoint.pt"


def rate(step: int, recipe: Recipe) -> float:
    """The factor on the learning rates at `step`: up, level, then straight down to nothing."""
    up = min(1.0, (step + 1) / max(1, recipe.warmup))
    left = recipe.steps - step
    return min(up, left / max(1, recipe.steps - recipe.hold_steps))


def vocabulary(poems: Sequence[Poem], recipe: Recipe) -> Symbols:
    """The vocabulary of the training part of `poems`."""
    known = [poem for poem in poems if poem.split == "train"]
    return Symbols.of((poem.title + poem.text for poem in known), (poem.rhyme for poem in known), recipe.least)


def course(poems: Sequence[Poem], symbols: Symbols, recipe: Recipe, start: int) -> Iterator[Batch]:
    """The batches from step `start` to the end."""
    training = [poem for poem in poems if poem.split == "train"]
    held = recipe.hold_steps
    if start < held:
        yield from islice(batches(training, recipe.hold, symbols, recipe, "hold"), start, held)
    first = max(0, start - held)
    yield from islice(batches(training, recipe.cooldown, symbols, recipe, "cooldown"), first, recipe.steps - held)


class Trainer:
    """The network, its master weights and the optimisers. `folder` keeps vocabulary, checkpoint and log."""

    def __init__(self, recipe: Recipe, symbols: Symbols, folder: Path) -> None:
        import torch

        torch.set_num_threads(recipe.threads)
        self.recipe, self.symbols, self.folder = recipe, symbols, folder
        self.step = 0
        self.network = networks.fresh(recipe, symbols).train()
        names = [name for name, _ in self.network.named_parameters()]
        self._masters = {name: p.detach().clone() for name, p in self.network.named_parameters()}
        if recipe.bfloat16:
            self.network.to(torch.bfloat16)
        matrices = [self._masters[name] for name in names if "layers." in name and self._masters[name].ndim == 2]
        vectors = [self._masters[name] for name in names if self._masters[name].ndim == 1]
        others = [self._masters[name] for name in names if "layers." not in name and self._masters[name].ndim == 2]
        self._optimisers: list[tuple[float, Any]] = [
            (
                recipe.matrix_rate,
                torch.optim.Muon(matrices, weight_decay=recipe.weight_decay, adjust_lr_fn="match_rms_adamw"),
            ),
            (
                recipe.rate,
                torch.optim.AdamW(
                    [{"params": others, "weight_decay": recipe.weight_decay}, {"params": vectors, "weight_decay": 0.0}],
                    betas=(0.9, 0.98),
                    fused=True,
                ),
            ),
        ]

    def learn(self, batch: Batch) -> float:
        """One step; the mean loss per symbol in nats. Raises ModelError if it is no number."""
        import torch

        lost, _ = networks.losses(self.network, batch)
        targets = batch.tokens - len(batch.rows)
        loss = lost.sum() / targets
        loss.backward()
        value = float(loss.detach())
        for name, parameter in self.network.named_parameters():
            self._masters[name].grad = parameter.grad.float() if parameter.grad is not None else None
            parameter.grad = None
        norm = float(torch.nn.utils.clip_grad_norm_(list(self._masters.values()), self.recipe.clip))
        if not math.isfinite(value) or not math.isfinite(norm):
            raise ModelError("voice.diverged", step=self.step)
        factor = rate(self.step, self.recipe)
        for base, optimiser in self._optimisers:
            for group in optimiser.param_groups:
                group["lr"] = base * factor
            optimiser.step()
        with torch.no_grad():
            for name, parameter in self.network.named_parameters():
                parameter.copy_(self._masters[name])
        self.step += 1
        return value

    def measure(self, held_out: Sequence[Batch]) -> float:
        """The mean loss per symbol over `held_out`, in nats."""
        import torch

        self.network.eval()
        total, count = 0.0, 0
        with torch.no_grad():
            for batch in held_out:
                lost, _ = networks.losses(self.network, batch)
                total += float(lost.sum())
                count += batch.tokens - len(batch.rows)
        self.network.train()
        return total / max(1, count)

    def save(self) -> None:
        """Keep everything, first under another name, so that a stop in between loses nothing."""
        import torch

        part = self.folder / (CHECKPOINT + ".part")
        kept = {
            "step": self.step,
            "network": self._masters,
            "optimisers": [optimiser.state_dict() for _, optimiser in self._optimisers],
        }
        torch.save(kept, part)
        os.replace(part, self.folder / CHECKPOINT)

    def restore(self) -> bool:
        """Go on from the last checkpoint; False if there is none."""
        import torch

        path = self.folder / CHECKPOINT
        if not path.exists():
            return False
        kept = torch.load(path, weights_only=True)
        self.step = kept["step"]
        with torch.no_grad():
            for name, parameter in self.network.named_parameters():
                self._masters[name].copy_(kept["network"][name])
                parameter.copy_(self._masters[name])
        for (_, optimiser), state in zip(self._optimisers, kept["optimisers"], strict=True):
            optimiser.load_state_dict(state)
        return True


def train(
    recipe: Recipe,
    poems: Sequence[Poem],
    folder: Path,
    *,
    until: int | None = None,
    report: Callable[[dict[str, float]], None] = lambda _: None,
) -> Trainer:
    """Train from the last checkpoint in `folder`, or from the start, to step `until` (None: the recipe's last).

    `report` gets step, loss, speed in symbols a second and, at every checkpoint, the loss on held-out poets; the same
    is appended to `log.jsonl`. Raises ModelError if the loss is no number; the last checkpoint then still stands.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = folder / "symbols.json"
    if not names.exists():
        vocabulary(poems, recipe).save(names)
    symbols = Symbols.load(names)
    trainer = Trainer(recipe, symbols, folder)
    trainer.restore()
    held_out = validation(poems, symbols, recipe)
    last = recipe.steps if until is None else min(until, recipe.steps)
    saved = told = time.monotonic()
    seen, sums = 0, 0.0
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        for batch in islice(course(poems, symbols, recipe, trainer.step), max(0, last - trainer.step)):
            count = batch.tokens - len(batch.rows)
            sums += trainer.learn(batch) * count
            seen += count
            now = time.monotonic()
            due = now - saved > recipe.save_minutes * 60 or trainer.step == last
            if due or now - told > 30:
                line = {"step": trainer.step, "loss": sums / seen, "speed": seen / (now - told), "time": time.time()}
                if due:
                    line["valid"] = trainer.measure(held_out)
                    trainer.save()
                    saved = time.monotonic()
                report(line)
                log.write(json.dumps(line) + "\n")
                log.flush()
                told, seen, sums = time.monotonic(), 0, 0.0
    return trainer


def validation(poems: Sequence[Poem], symbols: Symbols, recipe: Recipe) -> list[Batch]:
    """The first `valid_poems` of the shuffled held-out poems, without variations, in batches."""
    held_out = [poem for poem in poems if poem.split == "valid"]
    random.Random(recipe.seed).shuffle(held_out)
    rows = [(BEGIN, *symbols.encode(plain(each, each.title)), END) for each in held_out[: recipe.valid_poems]]
    return pack(rows, recipe.tokens)
