"""`voice.toml`: what the engine and the studio read of a voice. They know nothing else of this floor."""

from __future__ import annotations

import json
from typing import Any

from bimo.models.catalog import catalog
from bimo.models.voices import PASSAGES
from bimo.text.shelf import passages
from bimo.voice.base import Base
from bimo.voice.dataset import Dataset, file_hash
from bimo.voice.home import Home, keep

# How strongly a voice speaks where nobody says; as trained.
STRENGTH = 1.0


def write(home: Home, base: Base, data: Dataset, run: dict[str, Any], scores: dict[str, float] | None = None) -> None:
    """Write the voice's card, and the passages that the tools show to it. `scores` are figures of an evaluation."""
    licences = {"base": base.licence, "text": "the writer's own"}
    told: dict[str, Any] = {
        "name": home.name,
        "language": data.lang,
        "adapter": home.adapter.name,
        "adapter_sha256": file_hash(home.adapter),
        "base": base.id,
        # Only weights that the catalogue does not know need a path.
        "base_path": str(base.gguf) if base.gguf and base.id not in catalog() else "",
        "base_sha256": base.sha256,
        "strength": STRENGTH,
        "dataset_sha256": data.card["sha256"],
        "made": run["finished"],
        "seed": run["recipe"]["seed"],
        "licences": licences,
        "scores": scores or {},
    }
    pages = passages(data.texts("train"), data.lang)
    keep(home.root / PASSAGES, json.dumps(pages, ensure_ascii=False, indent=0) + "\n")
    keep(home.card, toml(told))


def toml(values: dict[str, Any]) -> str:
    """Plain values and one level of tables as TOML; JSON writes strings and numbers as TOML reads them."""
    lines = [f"{name} = {_value(value)}" for name, value in values.items() if not isinstance(value, dict)]
    for name, table in values.items():
        if isinstance(table, dict):
            lines += ["", f"[{name}]", *(f"{json.dumps(key)} = {_value(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
