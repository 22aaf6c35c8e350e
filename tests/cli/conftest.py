"""Running the command line as a writer does: in a process of its own, with a scripted model."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

PARROT = [sys.executable, str(Path(__file__).parent / "bimo_with_parrot.py")]
BIMO = [sys.executable, "-m", "bimo"]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Nothing of the real machine's choices, keys and models."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BIMO_", "LC_", "LANG"))}
    home = str(tmp_path / "home")
    return kept | {"BIMO_HOME": home, "BIMO_NO_ENGINE": "1", "BIMO_LANG": "en", "COLUMNS": "200", "NO_COLOR": "1"}


@pytest.fixture
def run(environment: dict[str, str], tmp_path: Path) -> Run:
    """Run `bimo` with some arguments; standard input is empty unless given."""

    def run(
        *arguments: str | bytes,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        program: list[str] = PARROT,
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*program, *arguments],
            input=stdin,
            capture_output=True,
            env=environment | dict(env or {}),
            cwd=tmp_path,
            timeout=60,
            check=False,
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., str]:
    """Write a scripted model and return its id."""

    def script(*blocks: str, head: str = "") -> str:
        path = tmp_path / "script.txt"
        path.write_text((f"{head}\n" if head else "") + "\n---\n".join(blocks), encoding="utf-8")
        return f"scripted:{path}"

    return script
