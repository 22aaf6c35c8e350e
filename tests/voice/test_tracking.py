"""A training logged to Weights & Biases, without a network and without an account."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pieces import book
from tiny import write_gguf

from bimo.voice.home import voice_home
from bimo.voice.prepare import prepare
from bimo.voice.recipe import read

for name in ("torch", "transformers", "peft", "gguf", "tensorboard", "wandb"):
    pytest.importorskip(name, reason=f"{name} is not installed: pip install 'bimo[voice,track]'")

pytestmark = pytest.mark.filterwarnings("default")

SMALL = {"block": 32, "batch": 4, "rank": 4, "alpha": 8, "threads": 1, "validate_blocks": 4, "steps": 3}


def test_a_run_is_logged_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bimo.voice.train import train

    before = dict(os.environ)
    prepare("mine", book(tmp_path / "in", size=400))
    home = voice_home("mine")
    try:
        card = train(home, read("quick", **SMALL), base=str(write_gguf(tmp_path / "tiny.gguf")), wandb=True)
        import wandb

        wandb.finish()
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]
    assert card["finished"]
    logged = list(home.run.glob("wandb/offline-run-*/*.wandb"))
    assert len(logged) == 1
    assert b"eval/loss" in logged[0].read_bytes()
