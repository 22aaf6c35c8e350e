"""Preferences put into an adapter by TRL: DPO for this rather than that, KTO for taken or not.

Rafailov et al. 2023, arXiv 2305.18290; Ethayarajh et al. 2024, arXiv 2402.01306. TRL keeps a frozen copy of the
adapter as it was for reference, and drops into no network.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any, Final

from bimo.models.protocol import Cancel
from bimo.voice.base import require_packages
from bimo.voice.machine import Setting
from bimo.voice.signals import Pair, Signal

# Longest prompt and longest text, in tokens.
LONGEST: Final = 384
_BETA: Final = 0.1


def dpo(model: Any, tokenizer: Any, found: Sequence[Pair], chosen: Setting, **told: Any) -> None:
    """Learn the pairs; one a step. `told` is what `_learn` is told besides.

    Raises ModelError `voice.no_packages`.
    """
    require_packages(also=("trl",))
    from trl import DPOConfig, DPOTrainer

    rows = [
        {
            "prompt": end(tokenizer, each.prompt),
            "chosen": start(tokenizer, each.better),
            "rejected": start(tokenizer, each.worse),
        }
        for each in found
    ]
    _learn(DPOTrainer, DPOConfig, model, tokenizer, rows, chosen, size=1, **told)


def kto(model: Any, tokenizer: Any, found: Sequence[Signal], chosen: Setting, **told: Any) -> None:
    """Learn what was taken and what was turned down, unpaired; as `dpo`, four a step."""
    require_packages(also=("trl",))
    from trl import KTOConfig, KTOTrainer

    rows = [
        {
            "prompt": end(tokenizer, each.prompt),
            "completion": start(tokenizer, each.kept or each.draft),
            "label": bool(each.kept),
        }
        for each in found
    ]
    _learn(KTOTrainer, KTOConfig, model, tokenizer, rows, chosen, size=4, **told)


def end(tokenizer: Any, prompt: str) -> str:
    """The end of a long prompt; TRL would keep its beginning. An empty one is the mark between texts."""
    ids = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    return tokenizer.decode(ids[-LONGEST:]) if len(ids) > LONGEST else prompt or tokenizer.eos_token


def start(tokenizer: Any, text: str) -> str:
    """The beginning of a long text."""
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    return tokenizer.decode(ids[:LONGEST]) if len(ids) > LONGEST else text


def _learn(
    trainer: Any,
    config: Any,
    model: Any,
    tokenizer: Any,
    rows: Sequence[dict[str, Any]],
    chosen: Setting,
    *,
    size: int,
    rate: float,
    epochs: int = 1,
    clip: float = 1.0,
    seed: int = 1,
    cancel: Cancel | None = None,
) -> None:
    from datasets import Dataset
    from transformers import PrinterCallback, ProgressCallback, TrainerCallback

    class Stop(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            control.should_training_stop = bool(cancel and cancel.cancelled)

    with tempfile.TemporaryDirectory() as folder:
        told = config(
            output_dir=folder,
            beta=_BETA,
            per_device_train_batch_size=size,
            num_train_epochs=epochs,
            learning_rate=rate,
            lr_scheduler_type="constant",
            weight_decay=0.0,
            max_grad_norm=clip,
            max_length=None,
            gradient_checkpointing=False,
            bf16=chosen.autocast,
            use_cpu=chosen.device == "cpu",
            dataloader_pin_memory=chosen.device != "cpu",
            save_strategy="no",
            report_to=[],
            seed=seed,
            disable_tqdm=True,
        )
        made = trainer(
            model=model,
            args=told,
            train_dataset=Dataset.from_list(list(rows)),
            processing_class=tokenizer,
            callbacks=[Stop()],
        )
        for each in (PrinterCallback, ProgressCallback):
            made.remove_callback(each)
        made.train()
    # The reference has done its work, and would be saved beside the adapter.
    model.delete_adapter("ref")
    model.eval()
