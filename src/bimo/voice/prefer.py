"""A voice changed by the writer's decisions: DPO on the adapter, kept only if it gains on decisions it has not seen.

Rafailov et al. 2023, arXiv 2305.18290, equation 7. The reference is the voice as it was. TRL's trainer would take the
bare base for it where an adapter is trained, and so unlearn the voice.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from bimo.models.protocol import Cancel
from bimo.text.errors import InputError
from bimo.voice import card as cards
from bimo.voice.adapter import export_adapter
from bimo.voice.base import find_base, quiet, require_packages
from bimo.voice.blocks import IGNORED, Collator
from bimo.voice.dataset import load
from bimo.voice.home import Home, keep, kept
from bimo.voice.losses import text_loss
from bimo.voice.machine import setting
from bimo.voice.recipe import Recipe
from bimo.voice.signals import Pair, Signal, pairs
from bimo.voice.train import CARD
from bimo.voice.watch import BEST

# Fewer decisions than this move an adapter by chance.
LEAST: Final = 200
BEFORE: Final = "before"
_BETA: Final = 0.1
# How much worse the writer's own held-out text may be foretold, as a factor on the loss.
_LOSS: Final = 1.02
_LONGEST: Final = 384


@dataclass(frozen=True, slots=True)
class Preferred:
    """How often unseen pairs are put in the writer's order before and after (0 to 1), the loss on held-out text before
    and after, and whether the changed voice is kept.
    """

    pairs: int
    before: float
    after: float
    loss_before: float
    loss_after: float
    kept: bool


def prefer(
    home: Home,
    found: Sequence[Signal],
    *,
    least: int = LEAST,
    epochs: int = 1,
    rate: float = 5e-5,
    stage: Callable[[str], None] = lambda name: None,
    cancel: Cancel | None = None,
) -> Preferred:
    """Train the voice of `home` on the decisions in its language.

    Raises InputError `voice.not_trained`, `voice.few_signals`, and what importing a base raises.
    """
    require_packages()
    run, data = kept(home.run / CARD), load(home)
    if not run.get("finished"):
        raise InputError("voice.not_trained", name=home.name)
    mine = [each for each in found if each.lang == data.lang]
    told = pairs(mine)
    if len(mine) < least or len(told) < 10:
        raise InputError("voice.few_signals", count=len(mine), least=least)
    base = find_base(run["base"]["id"], progress=stage)
    stage("loading")
    with quiet():
        trial = _Trial(home, Recipe.model_validate(run["recipe"]), base.folder, run["parameters"])
        groups = sorted({each.group for each in told})
        held = set(groups[::5])
        judged = trial.rows([each for each in told if each.group in held])
        learned = trial.rows([each for each in told if each.group not in held])
        texts = data.parts["validation"]
        loss_before = text_loss(trial.model, trial.tokenizer, texts, trial.recipe.block)
        before = trial.right(judged)
        stage("training")
        trial.learn(learned, epochs, rate, cancel or Cancel())
        after, loss_after = trial.right(judged), text_loss(trial.model, trial.tokenizer, texts, trial.recipe.block)
    gained = after > before and loss_after <= _LOSS * loss_before
    made = Preferred(len(told), before, after, loss_before, loss_after, gained)
    keep(home.root / "preferred.json", json.dumps(asdict(made)) + "\n")
    if gained:
        if not (home.run / BEFORE).exists():
            shutil.copytree(home.run / BEST, home.run / BEFORE)
        trial.model.save_pretrained(home.run / BEST)
        export_adapter(home.run / BEST, base.folder, home.adapter)
        cards.write(home, base, data, run)
    return made


def undo(home: Home) -> bool:
    """Bring back the voice as it was before any preference; False if there is nothing to undo."""
    if not (home.run / BEFORE).is_dir():
        return False
    run = kept(home.run / CARD)
    base = find_base(run["base"]["id"])
    shutil.rmtree(home.run / BEST)
    (home.run / BEFORE).rename(home.run / BEST)
    export_adapter(home.run / BEST, base.folder, home.adapter)
    cards.write(home, base, load(home), run)
    return True


@dataclass(frozen=True, slots=True)
class _Row:
    """A pair as numbers, with what the voice thought of either text before."""

    better: dict[str, list[int]]
    worse: dict[str, list[int]]
    was: float


class _Trial:
    """The voice while it is changed."""

    def __init__(self, home: Home, recipe: Recipe, base: Any, parameters: int) -> None:
        import torch
        from peft import PeftModel
        from transformers import AutoModelForCausalLM, AutoTokenizer

        chosen = setting(recipe, parameters)
        torch.manual_seed(recipe.seed)
        torch.set_num_threads(chosen.threads)
        self.recipe = recipe
        self.tokenizer = AutoTokenizer.from_pretrained(base)
        plain = AutoModelForCausalLM.from_pretrained(base, dtype=getattr(torch, chosen.dtype))
        self.model = PeftModel.from_pretrained(plain, home.run / BEST, is_trainable=True).eval()

    def rows(self, found: Sequence[Pair]) -> list[_Row]:
        """The pairs as numbers, the ends of long prompts and the beginnings of long texts."""
        import torch

        made = []
        for each in found:
            better, worse = self._block(each.prompt, each.better), self._block(each.prompt, each.worse)
            with torch.no_grad():
                was = float(self._chance(better) - self._chance(worse))
            made.append(_Row(better, worse, was))
        return made

    def right(self, rows: Sequence[_Row]) -> float:
        """How often the better text of a pair is the likelier one, per token."""
        import torch

        with torch.no_grad():
            won = [self._mean(row.better) > self._mean(row.worse) for row in rows]
        return sum(won) / max(1, len(won))

    def learn(self, rows: Sequence[_Row], epochs: int, rate: float, cancel: Cancel) -> None:
        """One pair a step, in an order that the seed decides."""
        import torch

        weights = [each for each in self.model.parameters() if each.requires_grad]
        optimiser = torch.optim.AdamW(weights, lr=rate, weight_decay=0.0)
        for _ in range(epochs):
            for place in torch.randperm(len(rows)).tolist():
                if cancel.cancelled:
                    return
                row = rows[place]
                margin = self._chance(row.better) - self._chance(row.worse) - row.was
                loss = -torch.nn.functional.logsigmoid(_BETA * margin)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(weights, self.recipe.clip)
                optimiser.step()
                optimiser.zero_grad()

    def _block(self, prompt: str, text: str) -> dict[str, list[int]]:
        before = self.tokenizer(prompt)["input_ids"][-_LONGEST:] or [self.tokenizer.eos_token_id]
        after = self.tokenizer(text, add_special_tokens=False)["input_ids"][:_LONGEST]
        return {"input_ids": [*before, *after], "labels": [*[IGNORED] * len(before), *after]}

    def _mean(self, block: dict[str, list[int]]) -> float:
        return float(self._chance(block)) / max(1, sum(label != IGNORED for label in block["labels"]))

    def _chance(self, block: dict[str, list[int]]) -> Any:
        """The logarithm of how likely the text is after its prompt."""
        import torch

        batch = Collator(0)([block])
        logits = self.model(input_ids=batch["input_ids"]).logits[0, :-1].float()
        labels = batch["labels"][0, 1:]
        return -torch.nn.functional.cross_entropy(logits, labels, ignore_index=IGNORED, reduction="sum")
