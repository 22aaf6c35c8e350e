"""Ctrl-C, and what a terminal shows."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

PARROT = [sys.executable, str(Path(__file__).parent / "bimo_with_parrot.py")]
LONG = "从前有一座山，山里有一座庙。" * 200


def _start(arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [*PARROT, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment | {"PYTHONFAULTHANDLER": "1"},
        text=True,
    )
    assert started.stderr
    assert "[1/1]" in started.stderr.readline()
    time.sleep(0.4)
    return started


def _ended(running: subprocess.Popen[str]) -> tuple[str, str]:
    """What a program said that was told to end; one that does not says where its threads are."""
    try:
        return running.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGABRT)
        raise AssertionError("".join(running.communicate())) from None


def test_first_ctrl_c_keeps_what_was_written(
    environment: dict[str, str], script: Callable[..., str], tmp_path: Path
) -> None:
    out = tmp_path / "out.txt"
    model = script(LONG, head="delay=0.02")
    running = _start(["parrot", "x", "--model", model, "--out", str(out)], environment)
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    shown, told = _ended(running)
    assert running.returncode == 130
    assert time.monotonic() - began < 2
    assert LONG.startswith(shown.strip())
    assert len(shown) > 10
    assert out.read_text(encoding="utf-8") == shown
    assert "Stopping" in told


def test_json_of_a_stopped_run_is_whole(environment: dict[str, str], script: Callable[..., str]) -> None:
    running = _start(["parrot", "x", "--json", "--model", script(LONG, head="delay=0.02")], environment)
    running.send_signal(signal.SIGINT)
    shown = json.loads(_ended(running)[0])
    assert running.returncode == 130
    assert shown["stopped"] is True
    assert LONG.startswith(shown["alternatives"][0]["text"])


def test_a_tool_that_does_not_listen_is_left_behind(environment: dict[str, str], script: Callable[..., str]) -> None:
    running = _start(["parrot", "x", "--deaf", "--model", script("y")], environment)
    running.send_signal(signal.SIGINT)
    shown, _ = _ended(running)
    assert (running.returncode, shown) == (130, "so far\n")


def test_second_ctrl_c_leaves_at_once(environment: dict[str, str], script: Callable[..., str]) -> None:
    running = _start(["parrot", "x", "--deaf", "--model", script("y")], environment)
    running.send_signal(signal.SIGINT)
    time.sleep(0.2)
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    _ended(running)
    assert running.returncode == 130
    assert time.monotonic() - began < 0.8


def _on_terminal(arguments: list[str], environment: dict[str, str], typed: bytes = b"") -> tuple[int, str]:
    parent, child = pty.openpty()
    running = subprocess.Popen(
        [*PARROT, *arguments], stdin=child, stdout=child, stderr=child, env=environment, close_fds=True
    )
    os.close(child)
    os.write(parent, typed)
    shown = b""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and select.select([parent], [], [], 5)[0]:
        try:
            shown += os.read(parent, 4096)
        except OSError:
            # Linux tells the end of a pseudo-terminal this way.
            break
    status = running.wait(timeout=10)
    os.close(parent)
    return status, shown.decode().replace("\r\n", "\n")


@pytest.fixture
def terminal(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"}


def test_text_streams_to_a_terminal_once(terminal: dict[str, str], script: Callable[..., str]) -> None:
    status, shown = _on_terminal(["parrot", "x", "--seed", "1", "--model", script("从前有一只狐狸。")], terminal)
    assert status == 0
    assert shown.endswith("从前有一只狐狸。\nNothing to correct was found.\n")
    assert shown.count("从前有一只狐狸。") == 1


def test_a_false_start_is_taken_back(terminal: dict[str, str], script: Callable[..., str]) -> None:
    _, shown = _on_terminal(["parrot", "x", "--again", "--model", script("the end")], terminal)
    assert shown.index("a false start") < shown.index("\x1b[J") < shown.index("the end")


def test_the_model_cannot_drive_the_terminal(terminal: dict[str, str], script: Callable[..., str]) -> None:
    _, shown = _on_terminal(["parrot", "x", "--model", script("red \x1b[31m alert \x07")], terminal)
    assert "\x1b[31m" not in shown
    assert "\x07" not in shown


@pytest.mark.parametrize(
    ("typed", "last"), [(b"y\nn\n", "It was the end, 的的."), (b"a\n", "the end, 的."), (b"q\n", "teh end, 的的.")]
)
def test_edits_are_taken_one_by_one(
    terminal: dict[str, str], script: Callable[..., str], typed: bytes, last: str
) -> None:
    status, shown = _on_terminal(["mend", "It was teh end, 的的.", "--model", script("x")], terminal, typed)
    assert status == 0
    assert shown.rstrip().endswith(last)


def test_colours_only_on_terminals_that_want_them(terminal: dict[str, str], script: Callable[..., str]) -> None:
    colourful = {name: value for name, value in terminal.items() if name != "NO_COLOR"}
    arguments = ["mend", "teh", "--apply", "all", "--model", script("x")]
    _, shown = _on_terminal(arguments, colourful)
    assert "\x1b[9;31mteh" in shown
    _, shown = _on_terminal(arguments, terminal)
    assert "[-teh-]" in shown
    assert "31m" not in shown
