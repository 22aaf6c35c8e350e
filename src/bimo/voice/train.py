"""Training a voice: Transformers' Trainer on an adapter of PEFT, from the prepared texts to the exported adapter."""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bimo.models.protocol import Cancel
from bimo.text.errors import FileError, InputError, ModelError
from bimo.voice import card as cards
from bimo.voice.adapter import export_adapter
from bimo.voice.base import Base, find_base, quiet, require_packages
from bimo.voice.blocks import Block, Collator, blocks_of
from bimo.voice.dataset import Dataset, load
from bimo.voice.home import Home, keep, kept
from bimo.voice.machine import Setting, check_memory, setting
from bimo.voice.merge import merge
from bimo.voice.recipe import Recipe
from bimo.voice.training import last_checkpoint, learner
from bimo.voice.watch import BEST, Progress

CARD = "card.json"
# A disk with fewer bytes left than this is full.
_FULL = 50_000_000


def train(
    home: Home,
    recipe: Recipe,
    *,
    base: str | None = None,
    again: bool = False,
    wandb: bool = False,
    report: Callable[[Progress], None] = lambda progress: None,
    stage: Callable[[str], None] = lambda name: None,
    cancel: Cancel | None = None,
) -> dict[str, Any]:
    """Train the voice of `home`, or go on where a training with the same recipe, base and texts stopped.

    Returns the run's card, with `finished` None if `cancel` stopped it. `again` begins anew. The finished adapter is
    exported and `voice.toml` written. Raises ModelError: `voice.no_packages`, `voice.no_wandb`, `voice.no_memory`,
    `voice.diverged` (the last good state stays); InputError `voice.no_gpu`; FileError.
    """
    require_packages(wandb=wandb)
    data = load(home)
    _wait_for_first(home, recipe, data)
    found = find_base(base or recipe.base[data.lang], progress=stage)
    if not found.free:
        stage("licence")
    card = _card(home, recipe, found, data)
    before = kept(home.run / CARD)
    first = _is_first()
    if first and (again or any(before.get(name) != card[name] for name in ("recipe", "base", "dataset"))):
        shutil.rmtree(home.run, ignore_errors=True)
        before = {}
    if before.get("finished"):
        return before
    _check_disk(home)
    card = before or card
    if first:
        keep(home.run / CARD, json.dumps(card, ensure_ascii=False, indent=1) + "\n")
    done = _run(home, recipe, found, data, wandb=wandb, report=report, stage=stage, cancel=cancel or Cancel())
    card |= done
    if not first:
        return card
    keep(home.run / CARD, json.dumps(card, ensure_ascii=False, indent=1) + "\n")
    if card["finished"]:
        stage("exporting")
        if recipe.method == "lora":
            export_adapter(home.run / BEST, found.folder, home.adapter)
            cards.write(home, found, data, card)
    return card


def export(home: Home, *, copy: Path | None = None, merged: Path | None = None, half: bool = False) -> list[Path]:
    """Write the adapter and the card anew from the finished training.

    `copy` gets the adapter as a PEFT folder, `merged` the base with the voice in it as a GGUF file (Q8_0, or F16 for
    `half`). Raises InputError `voice.not_trained`, or `voice.no_gguf` where the base is none.
    """
    card = kept(home.run / CARD)
    if not card.get("finished"):
        raise InputError("voice.not_trained", name=home.name)
    require_packages()
    base = find_base(card["base"]["id"])
    export_adapter(home.run / BEST, base.folder, home.adapter)
    cards.write(home, base, load(home), card)
    written = [home.adapter]
    if copy is not None:
        shutil.copytree(home.run / BEST, copy, dirs_exist_ok=True)
        written.append(copy)
    if merged is not None:
        if base.gguf is None:
            raise InputError("voice.no_gguf", base=base.id)
        merge(base.gguf, home.adapter, merged, kind="F16" if half else "Q8_0")
        written.append(merged)
    return written


def _is_first() -> bool:
    """Whether this is the one process that writes, of all that torchrun started."""
    return os.environ.get("RANK", "0") == "0"


def _wait_for_first(home: Home, recipe: Recipe, data: Dataset) -> None:
    """Until the first process has imported the base and laid out the run; the others only read both."""
    wanted = recipe.model_dump(mode="json"), data.card["sha256"]
    while not _is_first():
        card = kept(home.run / CARD)
        if (card.get("recipe"), card.get("dataset")) == wanted:
            return
        time.sleep(0.2)


def _card(home: Home, recipe: Recipe, base: Base, data: Dataset) -> dict[str, Any]:
    from importlib.metadata import version

    names = ("torch", "transformers", "peft", "accelerate", "bimo")
    return {
        "voice": home.name,
        "recipe": recipe.model_dump(mode="json"),
        "base": {"id": base.name, "sha256": base.sha256, "licence": base.licence},
        "dataset": data.card["sha256"],
        "language": data.lang,
        "versions": {name: version(name) for name in names},
        "started": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}",
        "finished": None,
    }


def _run(
    home: Home,
    recipe: Recipe,
    base: Base,
    data: Dataset,
    *,
    wandb: bool,
    report: Callable[[Progress], None],
    stage: Callable[[str], None],
    cancel: Cancel,
) -> dict[str, Any]:
    import torch
    from transformers import AutoTokenizer

    parameters = parameters_of(base.folder)
    chosen = setting(recipe, parameters)
    check_memory(recipe, base.folder, parameters, chosen)
    torch.set_num_threads(chosen.threads)
    stage("loading")
    with quiet():
        tokenizer = AutoTokenizer.from_pretrained(base.folder)
        names = data.card.get("names", []) if recipe.mask_names else []
        told = {"tokenizer": tokenizer, "size": recipe.block, "seed": recipe.seed}
        learn = blocks_of(data.parts["train"], shares=recipe.tasks, names=names, **told)
        running = any(each.task == "continue" for each in data.parts["validation"])
        judge = blocks_of(data.parts["validation"], shares={"continue": 1.0} if running else recipe.tasks, **told)
        # Evenly over the part, so that no single chapter decides.
        judge = judge[:: max(1, math.ceil(len(judge) / recipe.validate_blocks))]
        trainer, watch = _trainer(home, recipe, base, chosen, (learn, judge), tokenizer, wandb, report, cancel)
        last = last_checkpoint(home.run)
        trainer.args.eval_on_start = last is None
        began = time.monotonic()
        stage("training")
        try:
            trainer.train(resume_from_checkpoint=str(last) if last else None)
        except Exception as error:  # the wall to the libraries: each has an error of its own for a full disk
            if shutil.disk_usage(home.root).free > _FULL:
                raise
            raise FileError("voice.disk_full", path=str(home.run)) from error
    if watch.broken is not None:
        raise ModelError("voice.diverged", step=watch.broken)
    state = trainer.state
    stopped = cancel.cancelled and state.global_step < state.max_steps
    if not stopped and not (home.run / BEST).exists():
        trainer.model.save_pretrained(home.run / BEST)
    losses = [[round(each["epoch"], 3), each["eval_loss"]] for each in state.log_history if "eval_loss" in each]
    return {
        "finished": None if stopped else f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}",
        "step": state.global_step,
        "steps": state.max_steps,
        "seconds": round(kept(home.run / CARD).get("seconds", 0) + time.monotonic() - began, 1),
        "blocks": len(learn),
        "tokens": sum(len(each["input_ids"]) for each in learn),
        "setting": asdict(chosen),
        "parameters": parameters,
        "validation": losses,
    }


def _trainer(
    home: Home,
    recipe: Recipe,
    base: Base,
    chosen: Setting,
    blocks: tuple[list[Block], list[Block]],
    tokenizer: Any,
    wandb: bool,
    report: Callable[[Progress], None],
    cancel: Cancel,
) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, set_seed

    set_seed(recipe.seed)
    model = AutoModelForCausalLM.from_pretrained(base.folder, dtype=getattr(torch, chosen.dtype))
    model.config.use_cache = False
    if recipe.checkpointing:
        model.enable_input_require_grads()
    if recipe.method == "lora":
        model = adapted(model, recipe)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    return learner(model, home.run, recipe, chosen, blocks, Collator(pad), wandb=wandb, report=report, cancel=cancel)


def adapted(model: Any, recipe: Recipe, also: Sequence[str] = ()) -> Any:
    """The model with a fresh adapter on the layers that the recipe names; modules `also` are trained whole."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        use_rslora=recipe.rank_stabilised,
        target_modules=list(recipe.layers),
        modules_to_save=list(also) or None,
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config)


def parameters_of(folder: Path) -> int:
    """How many numbers the weights of a folder hold, from the heads of its files."""
    total = 0
    for path in folder.glob("*.safetensors"):
        with path.open("rb") as file:
            head = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        total += sum(math.prod(each["shape"]) for name, each in head.items() if name != "__metadata__")
    return total


def _check_disk(home: Home) -> None:
    from bimo.voice.base import check_room

    # Two checkpoints and the adapter; the largest adapter of the recipes has 150 MB, its optimiser twice that.
    check_room(home.root, 1_000_000_000)
