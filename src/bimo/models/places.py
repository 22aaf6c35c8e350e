"""Where Bimo keeps things on this machine. `BIMO_HOME` moves all of them; nothing is created by asking."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import PlatformDirs

_system = PlatformDirs("bimo", appauthor=False)


def models_dir() -> Path:
    """The folder of downloaded weights."""
    return _under_home("models") or _system.user_data_path / "models"


def voices_dir() -> Path:
    """The folder of trained voices, one folder each."""
    return _under_home("voices") or _system.user_data_path / "voices"


def state_dir() -> Path:
    """The folder of what can be made again: saved engine contexts, and the folders of recipe runs."""
    return _under_home("state") or _system.user_state_path


def config_dir() -> Path:
    """The folder of the writer's choices, such as the default model."""
    return _under_home("config") or _system.user_config_path


def run_dir() -> Path:
    """The folder of what is true only while a studio or an engine runs: addresses and keys, for their owner alone."""
    # The system's own folder for this may be one that others can write to, where there is no login session.
    return _under_home("run") or _system.user_state_path / "run"


def _under_home(part: str) -> Path | None:
    home = os.environ.get("BIMO_HOME")
    return Path(home).expanduser().absolute() / part if home else None
