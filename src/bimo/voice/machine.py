"""What this machine can train with: the device, its numbers, its threads, and whether the memory will do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bimo.models.llama import threads_to_use
from bimo.text.errors import InputError, ModelError
from bimo.voice.home import kept
from bimo.voice.recipe import Recipe

# Models up to this many parameters keep float32 weights; larger ones are held and computed in bfloat16 where that
# is fast (1.4 times as fast at 135 M, 1.8 times at 0.5 B on a processor with avx512_bf16).
SMALL = 300_000_000
# What Python and its libraries take, in bytes.
_PROGRAM = 600_000_000


@dataclass(frozen=True, slots=True)
class Setting:
    """How to compute: on `device`, weights as `dtype` (a name in torch), and whether to compute in bfloat16 anyway."""

    device: str
    dtype: str
    autocast: bool
    threads: int


def setting(recipe: Recipe, parameters: int) -> Setting:
    """What the recipe means on this machine. Raises InputError `voice.no_gpu` where it wants one that is not here."""
    import torch

    there = torch.cuda.is_available()
    if recipe.device == "cuda" and not there:
        raise InputError("voice.no_gpu")
    device = "cuda" if there and recipe.device != "cpu" else "cpu"
    half = recipe.precision == "bfloat16" or (recipe.precision == "auto" and _fast_bfloat16(device))
    # Whoever trains every weight needs the small changes that bfloat16 rounds away.
    held = half and parameters > SMALL and recipe.method == "lora"
    return Setting(device, "bfloat16" if held else "float32", half and not held, recipe.threads or threads_to_use())


def _fast_bfloat16(device: str) -> bool:
    import torch

    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    flags = Path("/proc/cpuinfo")
    try:
        return any(flag in flags.read_text(encoding="utf-8") for flag in ("avx512_bf16", "amx_bf16"))
    except OSError:
        return False


def needed_memory(recipe: Recipe, about: dict[str, Any], parameters: int, weight: int, pieces: int) -> int:
    """About how many bytes a step takes, for weights of `weight` bytes and a batch computed in `pieces`.

    Fitted to runs of 135 M and 0.5 B parameters on processors (docs/lab-notes.md); within a quarter of what they took.
    """
    hidden, inner, layers = about["hidden_size"], about["intermediate_size"], about["num_hidden_layers"]
    tokens = max(1, recipe.batch // pieces) * recipe.block
    per_layer = 16 * hidden + 6 * inner
    activations = tokens * per_layer * weight * (layers if not recipe.checkpointing else layers**0.5)
    logits = 12 * tokens * about["vocab_size"]
    trained = parameters if recipe.method == "full" else 2 * recipe.rank * layers * (6 * hidden + 2 * inner)
    # Weight, gradient and the two averages of AdamW in float32.
    return int(_PROGRAM + parameters * weight + 16 * trained + activations + logits)


def check_memory(recipe: Recipe, base: Path, parameters: int, chosen: Setting) -> None:
    """Raise ModelError `voice.no_memory` with what would fit, before anything is loaded that does not."""
    if chosen.device != "cpu":
        return
    about = kept(base / "config.json")
    free = psutil.virtual_memory().available
    weight = 2 if chosen.dtype == "bfloat16" else 4
    if (needed := needed_memory(recipe, about, parameters, weight, recipe.accumulate)) <= free:
        return
    pieces = recipe.accumulate
    while pieces < recipe.batch and needed_memory(recipe, about, parameters, weight, pieces) > free:
        pieces = min(recipe.batch, 2 * pieces)
    fits = needed_memory(recipe, about, parameters, weight, pieces) <= free
    raise ModelError(
        "voice.no_memory" if fits else "voice.no_memory_at_all",
        needed=f"{needed / 1e9:.1f}",
        free=f"{free / 1e9:.1f}",
        pieces=pieces,
    )
