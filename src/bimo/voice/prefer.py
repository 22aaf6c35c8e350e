"""A voice changed by the writer's decisions, kept only if it gains on decisions it has not seen.

DPO where one text was preferred to another, KTO where texts were only taken or turned down (`preference`); the
reference is the voice as it was.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from bimo.models.protocol import Cancel
from bimo.text.errors import InputError
from bimo.voice import card as cards
from bimo.voice.adapter import export_adapter
from bimo.voice.base import find_base, quiet, require_packages
from bimo.voice.blocks import IGNORED
from bimo.voice.dataset import load
from bimo.voice.home import Home, keep, kept
from bimo.voice.learn import across
from bimo.voice.losses import block_loss, text_loss
from bimo.voice.machine import setting
from bimo.voice.preference import dpo, end, kto, start
from bimo.voice.recipe import Recipe
from bimo.voice.signals import Pair, Signal, pairs
from bimo.voice.train import CARD
from bimo.voice.watch import BEST

# Fewer decisions than this move an adapter by chance.
LEAST: Final = 200
BEFORE: Final = "before"
# Fewer pairs cannot be split into some to learn from and some to judge by.
_PAIRS: Final = 10
# How much worse the writer's own held-out text may be foretold, as a factor on the loss.
_LOSS: Final = 1.02


@dataclass(frozen=True, slots=True)
class Preferred:
    """The method (dpo, kto); how often unseen pairs are put in the writer's order before and after (0 to 1), the loss
    on held-out text before and after, and whether the changed voice is kept.
    """

    method: str
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
    require_packages(also=("trl",))
    run, data = kept(home.run / CARD), load(home)
    if not run.get("finished"):
        raise InputError("voice.not_trained", name=home.name)
    mine = [each for each in found if each.lang == data.lang]
    told = pairs(mine)
    # Drafts that were only taken or turned down make no pairs; each of these is then held against one of those.
    paired = len(told) >= _PAIRS
    told = told if paired else across(mine, 1)
    if len(mine) < least or len(told) < _PAIRS:
        raise InputError("voice.few_signals", count=len(mine), least=least)
    base = find_base(run["base"]["id"], progress=stage)
    stage("loading")
    with quiet():
        trial = Trial(home.run / BEST, Recipe.model_validate(run["recipe"]), base.folder, run["parameters"])
        groups = sorted({each.group for each in told})
        held = set(groups[::5])
        judged = [each for each in told if each.group in held]
        texts = data.parts["validation"]
        loss_before = text_loss(trial.model, trial.tokenizer, texts, trial.recipe.block)
        before = trial.right(judged)
        stage("training")
        how: dict[str, Any] = {"rate": rate, "epochs": epochs, "clip": trial.recipe.clip, "seed": trial.recipe.seed}
        how["cancel"] = cancel
        if paired:
            learned = [each for each in told if each.group not in held]
            dpo(trial.model, trial.tokenizer, learned, trial.chosen, **how)
        else:
            unpaired = [each for each in mine if each.id not in held]
            kto(trial.model, trial.tokenizer, unpaired, trial.chosen, **how)
        after, loss_after = trial.right(judged), text_loss(trial.model, trial.tokenizer, texts, trial.recipe.block)
    gained = after > before and loss_after <= _LOSS * loss_before
    made = Preferred("dpo" if paired else "kto", len(told), before, after, loss_before, loss_after, gained)
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


class Trial:
    """The adapter in `folder` on a base, while it is changed."""

    def __init__(self, folder: Path, recipe: Recipe, base: Path, parameters: int) -> None:
        import torch
        from peft import PeftModel
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.chosen = setting(recipe, parameters)
        torch.manual_seed(recipe.seed)
        torch.set_num_threads(self.chosen.threads)
        self.recipe = recipe
        self.tokenizer = AutoTokenizer.from_pretrained(base)
        plain = AutoModelForCausalLM.from_pretrained(base, dtype=getattr(torch, self.chosen.dtype))
        self.model = PeftModel.from_pretrained(plain, folder, is_trainable=True).eval()

    def right(self, found: Sequence[Pair]) -> float:
        """How often the better text of a pair is the likelier one, per token."""
        won = [self._mean(each.prompt, each.better) > self._mean(each.prompt, each.worse) for each in found]
        return sum(won) / max(1, len(won))

    def _mean(self, prompt: str, text: str) -> float:
        """The mean logarithm of how likely each token of the text is after its prompt."""
        before = self.tokenizer(end(self.tokenizer, prompt))["input_ids"]
        after = self.tokenizer(start(self.tokenizer, text), add_special_tokens=False)["input_ids"]
        block = {"input_ids": [*before, *after], "labels": [*[IGNORED] * len(before), *after]}
        return -block_loss(self.model, block) / max(1, len(after))
