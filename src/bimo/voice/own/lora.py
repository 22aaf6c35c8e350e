"""An adapter on a base while a recipe makes it: learned, stopped and gone on with, and made to write."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from bimo.models.protocol import Cancel
from bimo.text.errors import Language, ModelError
from bimo.voice.adapter import export_adapter
from bimo.voice.base import find_base, require_packages
from bimo.voice.blocks import Block, Collator
from bimo.voice.home import keep
from bimo.voice.machine import check_memory, setting
from bimo.voice.recipe import Recipe
from bimo.voice.train import adapted, parameters_of
from bimo.voice.training import last_checkpoint, learner
from bimo.voice.watch import BEST, Progress

ADAPTER = "adapter.gguf"


class Lora:
    """A fresh adapter on the recipe's base for `lang`; `folder` gets checkpoints, the best state, and the export.

    `heads` are linear layers over the width of the base, name → number of kinds, which are trained with it.
    Raises what finding a base and checking the memory raise.
    """

    def __init__(self, recipe: Recipe, lang: Language, folder: Path, heads: Mapping[str, int] | None = None) -> None:
        require_packages()
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

        self.recipe, self.folder = recipe, folder
        self.base = find_base(recipe.base[lang])
        parameters = parameters_of(self.base.folder)
        self.chosen = setting(recipe, parameters)
        check_memory(recipe, self.base.folder, parameters, self.chosen)
        folder.mkdir(parents=True, exist_ok=True)
        set_seed(recipe.seed)
        torch.set_num_threads(self.chosen.threads)
        self.tokenizer = AutoTokenizer.from_pretrained(self.base.folder)
        pad = self.tokenizer.pad_token_id
        self.pad = pad if pad is not None else self.tokenizer.eos_token_id
        plain = AutoModelForCausalLM.from_pretrained(self.base.folder, dtype=getattr(torch, self.chosen.dtype))
        plain.config.use_cache = False
        for name, kinds in (heads or {}).items():
            setattr(plain, name, torch.nn.Linear(plain.config.hidden_size, kinds))
        self.model = adapted(plain, recipe, also=tuple(heads or ()))

    def learn(
        self,
        blocks: tuple[Sequence[Block], Sequence[Block]],
        *,
        collate: Callable[[Any], dict[str, Any]] | None = None,
        loss: Callable[[Any, dict[str, Any]], tuple[Any, Any]] | None = None,
        report: Callable[[Progress], None] = lambda progress: None,
        cancel: Cancel | None = None,
    ) -> dict[str, Any]:
        """Learn the first blocks, judged on the second after every pass, and hold the best state.

        Returns `finished`, and the validation losses, the first of which is the bare base's. `loss` is what to learn
        in place of the next token. Raises ModelError `voice.diverged`.
        """
        from transformers import TrainerState

        told: dict[str, Any] = {"report": report, "cancel": cancel, "loss": loss}
        collate = collate or Collator(self.pad)
        trainer, watch = learner(self.model, self.folder, self.recipe, self.chosen, blocks, collate, **told)
        last = last_checkpoint(self.folder)
        trainer.args.eval_on_start = last is None
        state = TrainerState.load_from_json(str(last / "trainer_state.json")) if last else None
        # The Trainer would go on by one step from the checkpoint of a training that came to its end.
        if state is None or state.global_step < state.max_steps:
            trainer.train(resume_from_checkpoint=str(last) if last else None)
            state = trainer.state
        if watch.broken is not None:
            raise ModelError("voice.diverged", step=watch.broken)
        losses = [[round(each["epoch"], 3), each["eval_loss"]] for each in state.log_history if "eval_loss" in each]
        finished = state.global_step >= state.max_steps
        if finished:
            self._best()
        return {"finished": finished, "steps": state.global_step, "validation": losses}

    def _best(self) -> None:
        if not (self.folder / BEST).exists():
            self.model.save_pretrained(self.folder / BEST)
        self.take(BEST)

    def take(self, name: str) -> None:
        """Hold the state that was saved under `name`."""
        from peft import set_peft_model_state_dict
        from safetensors.torch import load_file

        set_peft_model_state_dict(self.model, load_file(self.folder / name / "adapter_model.safetensors"))

    def write(
        self,
        requests: Sequence[Sequence[int]],
        tokens: int,
        *,
        temperature: float = 0.0,
        bare: bool = False,
        seed: int = 1,
        batch: int = 16,
    ) -> list[str]:
        """What is answered to each request (as tokens), in at most `tokens`; `bare` leaves the adapter out.

        A temperature of 0 takes the likeliest token each time. A space at the beginning stays: it ends the word before.
        """
        import torch

        self.model.eval()
        torch.manual_seed(seed)
        found = [""] * len(requests)
        order = sorted(range(len(requests)), key=lambda place: len(requests[place]))
        chance = {"do_sample": True, "temperature": temperature} if temperature else {"do_sample": False}
        chance |= {"top_k": 0, "top_p": 1.0} if temperature else {}
        for at in range(0, len(order), batch):
            places = order[at : at + batch]
            longest = max(len(requests[place]) for place in places)
            short = [longest - len(requests[place]) for place in places]
            ids = [[*[self.pad] * gap, *requests[place]] for place, gap in zip(places, short, strict=True)]
            there = [[0] * gap + [1] * (longest - gap) for gap in short]
            with torch.no_grad(), self.model.disable_adapter() if bare else nullcontext():
                made = self.model.generate(
                    input_ids=torch.tensor(ids, device=self.model.device),
                    attention_mask=torch.tensor(there, device=self.model.device),
                    max_new_tokens=tokens,
                    pad_token_id=self.pad,
                    use_cache=True,
                    **chance,
                )
            for place, row in zip(places, made, strict=True):
                found[place] = self.tokenizer.decode(row[longest:], skip_special_tokens=True).rstrip()
        return found

    def export(self) -> Path:
        """The best state as the engine reads it, without heads."""
        from safetensors.torch import load_file, save_file

        config = json.loads((self.folder / BEST / "adapter_config.json").read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory() as plain:
            weights = load_file(self.folder / BEST / "adapter_model.safetensors")
            kept = {name: each for name, each in weights.items() if ".lora_" in name}
            save_file(kept, Path(plain) / "adapter_model.safetensors")
            keep(Path(plain) / "adapter_config.json", json.dumps(config | {"modules_to_save": None}))
            export_adapter(Path(plain), self.base.folder, self.folder / ADAPTER)
        return self.folder / ADAPTER
