"""No test touches the writer's folders or is bent by the settings of the machine it runs on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("BIMO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BIMO_HOME", str(tmp_path / "bimo-home"))


@pytest.fixture(scope="session")
def real_models_dir() -> Path:
    """Where the weights of this machine lie; only for tests marked `engine`, and only to read."""
    from bimo.models.places import models_dir

    # Session fixtures are made before `_own_home` moves BIMO_HOME for the first test that asks.
    return models_dir()
