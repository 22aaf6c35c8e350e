"""`bimo models`, as a writer types it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from weight_server import DATA, WeightServer

TINY = [sys.executable, str(Path(__file__).parent / "bimo_with_tiny_weights.py")]
Bimo = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def home(environment: dict[str, str]) -> Path:
    return Path(environment["BIMO_HOME"])


@pytest.fixture
def bimo(run: Bimo, server: WeightServer) -> Bimo:
    """Run `bimo models` with the tiny weights; `source` is how their server behaves."""

    def bimo(*arguments: str, source: str = "ranges", env: dict[str, str] | None = None) -> CompletedProcess[str]:
        tiny = {"TINY_URL": server.url(source).url}
        return run("models", *arguments, program=TINY, env=tiny | (env or {}))

    return bimo


def test_pull_use_list_remove(bimo: Bimo, home: Path) -> None:
    pulled = bimo("pull", "tiny")
    path = home / "models" / "tiny.gguf"
    assert (pulled.returncode, pulled.stdout) == (0, f"tiny is ready: {path}\n")
    assert "Fetching tiny (3.0 MB)." in pulled.stderr
    assert path.read_bytes() == DATA

    assert bimo("use", "tiny").stdout == "Bimo now uses tiny.\n"
    table = bimo("list").stdout
    assert "installed · default" in next(line for line in table.splitlines() if line.startswith("tiny "))
    assert "not measured by us" in next(line for line in table.splitlines() if line.startswith("qwen3-4b "))
    assert bimo("pull").stdout == pulled.stdout

    assert bimo("remove", "tiny").stdout == "tiny was removed; 3.0 MB are free again.\n"
    assert bimo("remove", "tiny").stdout == "tiny is not on this machine; nothing to remove.\n"
    assert not path.exists()


def test_the_list_in_chinese(bimo: Bimo) -> None:
    table = bimo("list", env={"BIMO_LANG": "zh", "BIMO_MODEL": "/模型/我的.gguf"}).stdout
    assert table.split()[:5] == ["模型", "大小", "语言", "许可证", "状态"]
    assert "未经我们实测" in table
    assert "当前默认使用：/模型/我的.gguf" in table


@pytest.mark.parametrize(("lang", "hint"), [("en", "Nearest: tiny"), ("zh", "相近的有：tiny")])
def test_unknown_weights(bimo: Bimo, lang: str, hint: str) -> None:
    for command in ("pull", "remove", "use"):
        done = bimo(command, "tinyy", env={"BIMO_LANG": lang})
        assert (done.returncode, done.stdout) == (2, "")
        assert hint in done.stderr


def test_a_failed_pull_tells_every_reason(bimo: Bimo) -> None:
    done = bimo("pull", "tiny", source="404")
    assert done.returncode == 6
    assert "answered with status 404" in done.stderr
    assert "bimo models pull tiny" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_not_here_cannot_be_used(bimo: Bimo) -> None:
    done = bimo("use", "tiny")
    assert done.returncode == 3
    assert "bimo models pull tiny" in done.stderr


def test_the_environment_overrules_a_choice_and_says_so(bimo: Bimo) -> None:
    bimo("pull", "tiny")
    done = bimo("use", "tiny", env={"BIMO_MODEL": "qwen3-4b"})
    assert done.returncode == 0
    assert "BIMO_MODEL is set, so qwen3-4b is used" in done.stderr


def test_ctrl_c_stops_at_once_and_keeps_what_arrived(
    server: WeightServer, environment: dict[str, str], home: Path
) -> None:
    process = subprocess.Popen(
        [*TINY, "models", "pull", "tiny"],
        env=environment | {"TINY_URL": server.url("slow").url},
        stderr=subprocess.PIPE,
        text=True,
    )
    part = home / "models" / "tiny.gguf.part"
    while not (part.exists() and part.stat().st_size):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    stopped = time.monotonic()
    errors = process.communicate(timeout=20)[1]
    assert time.monotonic() - stopped < 1
    assert process.returncode == 130
    assert "the same command goes on from there" in errors
    assert part.stat().st_size > 0
