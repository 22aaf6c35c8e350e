"""Trained voices as the engine sees them: an adapter, and a card `voice.toml` that says which weights it belongs to.

A voice is chosen like a model, as `voice:NAME` or `voice:NAME@0.7`; the number is how strongly it speaks.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from bimo.models.catalog import Weights, resolve
from bimo.models.places import voices_dir
from bimo.text.errors import InputError, ModelError

PREFIX = "voice:"
# The file that a voice tells about itself in; put together, because the words look like the code of a message.
CARD = Path("voice").with_suffix(".toml")
# The writer's own passages, which are shown to the voice when it writes.
PASSAGES = "passages.json"
# Twice as trained is the most that still writes sentences.
STRONGEST = 2.0


@dataclass(frozen=True, slots=True)
class Voice:
    """An adapter with the weights it was trained on; `strength` 0 is the bare weights, 1 as trained."""

    name: str
    adapter: Path
    weights: Weights
    strength: float


def is_voice(id: str) -> bool:
    """Whether the name of a model names a voice."""
    return id.startswith(PREFIX)


def find_voice(id: str, *, base: str | None = None) -> Voice:
    """The voice that `voice:NAME` or `voice:NAME@STRENGTH` names, its adapter and its weights checked.

    `base` asks for other weights than its own, which is refused. Raises InputError `models.voice_unknown` or
    `models.voice_strength`, ModelError `models.voice_damaged` or `models.voice_other_base`, and what `resolve` raises.
    """
    name, _, wanted = id.removeprefix(PREFIX).partition("@")
    card = voices_dir() / name / CARD
    if "/" in name or not card.is_file():
        near = get_close_matches(name, trained(), n=3, cutoff=0.3) or trained()
        raise InputError("models.voice_unknown", name=name, near=", ".join(near) or "–")
    try:
        told = tomllib.loads(card.read_text(encoding="utf-8"))
        adapter = card.with_name(told["adapter"])
        strength, own, sha = float(told["strength"]), str(told["base"]), str(told["base_sha256"])
        whole = hashlib.sha256(adapter.read_bytes()).hexdigest() == told["adapter_sha256"]
    except (OSError, ValueError, KeyError) as error:
        raise ModelError("models.voice_damaged", name=name, path=str(card)) from error
    if not whole:
        raise ModelError("models.voice_damaged", name=name, path=str(adapter))
    weights = resolve(base or str(told.get("base_path") or own))
    if _hash(weights) != sha:
        other = weights.entry.id if weights.entry else weights.path.name
        raise ModelError("models.voice_other_base", name=name, base=own, other=other)
    return Voice(name, adapter, weights, _strength(wanted, strength))


def own_passages(id: str) -> tuple[str, ...]:
    """The writer's own passages that lie beside the voice `id`; none if there is no file or none that can be read."""
    name = id.removeprefix(PREFIX).partition("@")[0]
    try:
        return tuple(map(str, json.loads((voices_dir() / name / PASSAGES).read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError):
        return ()


def trained() -> list[str]:
    """The names of the voices that can be used."""
    return sorted(card.parent.name for card in voices_dir().glob(f"*/{CARD}"))


def _strength(wanted: str, usual: float) -> float:
    if not wanted:
        return usual
    try:
        number = float(wanted)
    except ValueError:
        number = -1.0
    if not 0 <= number <= STRONGEST:
        raise InputError("models.voice_strength", value=wanted, most=f"{STRONGEST:g}")
    return number


def _hash(weights: Weights) -> str:
    if weights.entry:
        return weights.entry.sha256
    with weights.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
