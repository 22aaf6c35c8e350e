"""The way into an engine that runs in another process: where it listens, and the key that opens it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx

from bimo.models.protocol import ModelInfo


@dataclass(frozen=True, slots=True)
class Door:
    """Where an engine listens, its key, and the facts about what runs behind it.

    `weights` names the very file, `state` the folder of its saved contexts. Never show or log it: it holds the key.
    """

    address: str
    key: str = field(repr=False)
    info: ModelInfo
    weights: str
    state: Path | None

    def to_json(self) -> str:
        """One line, for a pipe or a file that only its owner can read."""
        return json.dumps(asdict(self), default=lambda each: sorted(each) if isinstance(each, frozenset) else str(each))

    @classmethod
    def from_json(cls, line: str) -> Door:
        """What `to_json` wrote. Raises ValueError, KeyError or TypeError for anything else."""
        told = json.loads(line)
        facts = told["info"]
        facts |= {"languages": tuple(facts["languages"]), "abilities": frozenset(facts["abilities"])}
        state = Path(told["state"]) if told["state"] else None
        return cls(told["address"], told["key"], ModelInfo(**facts), told["weights"], state)


def knock(address: str, key: str) -> httpx.Client:
    """A connection to an engine's port on loopback."""
    # Neither a proxy of the environment nor a .netrc file has a part in talking to oneself.
    return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=60, trust_env=False)
