"""What looks on while a voice is trained: progress, a stop that loses nothing, the best state, and broken numbers."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bimo.models.protocol import Cancel

BEST = "best"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is. `left` is in seconds, `speed` in tokens a second; `validation` only after an epoch."""

    step: int
    steps: int
    epoch: float
    loss: float
    rate: float
    left: float
    speed: float
    validation: float | None = None


class Watch:
    """Looks on. `folder` gets the best state and `log.jsonl`, `tokens` counts what was read.

    `broken` is the step at which the loss was no number any more, if there was one.
    """

    broken: int | None = None

    def __init__(
        self,
        folder: Path,
        *,
        patience: int,
        report: Callable[[Progress], None],
        cancel: Cancel,
        tokens: Callable[[], int],
    ) -> None:
        self._folder, self._patience = folder, patience
        self._report, self._cancel, self._tokens = report, cancel, tokens
        self._began = time.monotonic()
        self._first = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The clock starts."""
        self._began, self._first = time.monotonic(), state.global_step

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """A stop that was asked for keeps a checkpoint."""
        if self._cancel.cancelled:
            control.should_save = control.should_training_stop = True
        return control

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any], **_: Any) -> Any:
        """Tell how far it is; stop at a number that is none."""
        if "loss" not in logs:
            return control
        told = [float(logs[name]) for name in ("loss", "grad_norm") if name in logs]
        if not all(map(math.isfinite, told)):
            # Weights that a broken gradient has touched must not become a checkpoint.
            self.broken = state.global_step
            control.should_save = control.should_evaluate = False
            control.should_training_stop = True
            return control
        self._tell(state, told[0], float(logs.get("learning_rate", 0)), None)
        return control

    def on_evaluate(self, args: Any, state: Any, control: Any, model: Any, **_: Any) -> Any:
        """Keep the best state; stop once nothing is gained."""
        losses = [each["eval_loss"] for each in state.log_history if "eval_loss" in each]
        if not all(map(math.isfinite, losses)):
            self.broken = state.global_step
            control.should_training_stop = True
            return control
        self._tell(state, math.nan, 0.0, losses[-1])
        # The first is the base itself, which is no voice.
        trained = losses[1:]
        if trained and state.is_world_process_zero:
            best = trained.index(min(trained))
            if best == len(trained) - 1:
                model.save_pretrained(self._folder / BEST)
            if self._patience and len(trained) - 1 - best >= self._patience:
                control.should_training_stop = True
        return control

    def _tell(self, state: Any, loss: float, rate: float, validation: float | None) -> None:
        if not state.is_world_process_zero:
            return
        spent = time.monotonic() - self._began
        done = state.global_step - self._first
        left = spent / done * (state.max_steps - state.global_step) if done else math.nan
        speed = self._tokens() / spent if spent else 0.0
        now = Progress(state.global_step, state.max_steps, state.epoch or 0.0, loss, rate, left, speed, validation)
        with (self._folder / "log.jsonl").open("a", encoding="utf-8") as log:
            known = {name: value for name, value in asdict(now).items() if value == value}
            log.write(json.dumps(known) + "\n")
        self._report(now)


def callback(watch: Watch) -> Any:
    """The watch as a callback of the Trainer; events that it does not know do nothing."""
    from transformers import TrainerCallback

    found = TrainerCallback()
    for name in vars(Watch):
        if name.startswith("on_"):
            setattr(found, name, getattr(watch, name))
    return found
