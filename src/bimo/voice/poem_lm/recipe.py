"""The recipe of a training run: every number that decides what comes out, read from a TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from bimo.text.errors import InputError


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the verse of one kind is read in a pass: era, forms, poets (empty: all), part of it from 0 to 1."""

    era: str
    forms: tuple[str, ...]
    part: float
    poets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """One training run. `hold` is read until the rate falls, `cooldown` while it falls (the best verse last).

    `width`, `layers`, `heads` and `inner` give the Llama model; `tokens` is the size of a batch with its padding;
    `steps` counts batches. The rate rises for `warmup` steps, stays, and falls to nothing in the last part `falling`.
    """

    seed: int
    threads: int
    width: int
    layers: int
    heads: int
    inner: int
    context: int
    least: int
    untitled: float
    title_last: float
    filling: float
    tokens: int
    steps: int
    warmup: int
    falling: float
    rate: float
    matrix_rate: float
    weight_decay: float
    clip: float
    bfloat16: bool
    save_minutes: float
    valid_poems: int
    hold: tuple[Share, ...]
    cooldown: tuple[Share, ...]

    @property
    def hold_steps(self) -> int:
        """Steps before the rate begins to fall."""
        return round(self.steps * (1 - self.falling))


def read(path: Path) -> Recipe:
    """The recipe in the TOML file `path`. Raises InputError if a name is unknown or missing."""
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {field.name for field in fields(Recipe)}
    wrong = sorted(known ^ set(values))
    if wrong:
        raise InputError("voice.bad_recipe", file=path.name, names=", ".join(wrong))
    for name in ("hold", "cooldown"):
        values[name] = tuple(_share(each) for each in values[name])
    return Recipe(**values)


def _share(table: dict[str, Any]) -> Share:
    return Share(table["era"], tuple(table["forms"]), table["part"], tuple(table.get("poets", ())))
