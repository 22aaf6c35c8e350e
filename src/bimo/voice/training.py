"""The one way in which this floor trains: Transformers' Trainer, watched, stopped and gone on with."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from bimo.models.protocol import Cancel
from bimo.voice.blocks import Block
from bimo.voice.machine import Setting
from bimo.voice.recipe import Recipe
from bimo.voice.watch import Progress, Watch, callback

_OPTIMISERS = {"adamw": "adamw_torch", "lion": "adamw_torch"}


def learner(
    model: Any,
    folder: Path,
    recipe: Recipe,
    chosen: Setting,
    blocks: tuple[Sequence[Block], Sequence[Block]],
    collate: Callable[[Any], dict[str, Any]],
    *,
    wandb: bool = False,
    report: Callable[[Progress], None] = lambda progress: None,
    cancel: Cancel | None = None,
    loss: Callable[[Any, dict[str, Any]], tuple[Any, Any]] | None = None,
) -> tuple[Any, Watch]:
    """A Trainer of `model` on the first of `blocks`, judged on the second after every epoch, and what looks on.

    `folder` gets checkpoints, log and the best state; `collate` makes a batch of blocks, of which `loss` makes what is
    to be made small, and the model's output (by default the model's own).
    """
    from transformers import PrinterCallback, ProgressCallback, Trainer

    class Learner(Trainer):  # type: ignore[misc]
        def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, **more: Any) -> Any:
            if loss is None:
                return super().compute_loss(model, inputs, return_outputs, **more)
            found, outputs = loss(model, inputs)
            return (found, outputs) if return_outputs else found

    read = [0]

    def counted(batch: Any) -> dict[str, Any]:
        if model.training:
            read[0] += sum(len(each["input_ids"]) for each in batch)
        return collate(batch)

    told: dict[str, Any] = {"report": report, "cancel": cancel or Cancel(), "tokens": lambda: read[0]}
    watch = Watch(folder, patience=recipe.patience, **told)
    trainer = Learner(
        model=model,
        args=arguments(folder, recipe, chosen, wandb),
        train_dataset=_Blocks(blocks[0]),
        eval_dataset=_Blocks(blocks[1]),
        data_collator=counted,
        callbacks=[callback(watch)],
        optimizer_cls_and_kwargs=_lion(recipe) if recipe.optimiser == "lion" else None,
    )
    for each in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(each)
    return trainer, watch


class _Blocks(list[Block]):
    """A list that the Trainer takes for a dataset."""


def arguments(folder: Path, recipe: Recipe, chosen: Setting, wandb: bool) -> Any:
    """What the Trainer is told of the recipe."""
    from transformers import TrainingArguments

    world = int(os.environ.get("WORLD_SIZE", "1"))
    os.environ["TENSORBOARD_LOGGING_DIR"] = str(folder / "tensorboard")
    os.environ |= {"WANDB_DIR": str(folder)} if wandb else {}
    os.environ.setdefault("WANDB_MODE", "offline")
    return TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=max(1, recipe.batch // (recipe.accumulate * world)),
        per_device_eval_batch_size=max(1, recipe.batch // recipe.accumulate),
        gradient_accumulation_steps=recipe.accumulate,
        num_train_epochs=recipe.epochs,
        max_steps=recipe.steps or -1,
        learning_rate=recipe.rate,
        lr_scheduler_type=recipe.schedule,
        warmup_steps=recipe.warmup,
        weight_decay=recipe.weight_decay,
        max_grad_norm=recipe.clip,
        optim=_OPTIMISERS.get(recipe.optimiser, recipe.optimiser),
        gradient_checkpointing=recipe.checkpointing,
        bf16=chosen.autocast,
        use_cpu=chosen.device == "cpu",
        ddp_backend="gloo" if chosen.device == "cpu" and world > 1 else None,
        seed=recipe.seed,
        eval_strategy="epoch",
        save_strategy="steps",
        save_steps=recipe.save_every,
        save_total_limit=2,
        logging_steps=1,
        logging_nan_inf_filter=False,
        dataloader_pin_memory=chosen.device != "cpu",
        report_to=["tensorboard", *(["wandb"] if wandb else [])],
        disable_tqdm=True,
        remove_unused_columns=False,
    )


def _lion(recipe: Recipe) -> tuple[Any, dict[str, Any]]:
    from bimo.voice.lion import lion

    return lion(), {"lr": recipe.rate, "weight_decay": recipe.weight_decay}


def last_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end: its state file comes last."""
    for each in sorted(folder.glob("checkpoint-*"), key=lambda path: -int(path.name.rpartition("-")[2])):
        with suppress(OSError, ValueError):
            json.loads((each / "trainer_state.json").read_text(encoding="utf-8"))
            return each
    return None
