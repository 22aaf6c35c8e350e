"""Nothing acknowledged is ever lost: processes are killed in the midst of saves, and every word is compared."""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
import saver

from bimo.desk.desk import Desk
from bimo.desk.values import Node, Suggestion, Work
from bimo.desk.verify import problems

KILLS = 100


@pytest.fixture(autouse=True)
def _quick_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fork server finds what it imports beforehand, and its children do not import pytest."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    monkeypatch.delattr(sys.modules["__main__"], "__file__")


def start(path: Path, scene: Node) -> tuple[Any, Connection]:
    """A process that saves, which is up; the fork server has everything imported already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["warmed"])
    safe, end = context.Pipe(duplex=False)
    process = context.Process(target=saver.save_on, args=(path, scene.id, end))
    process.start()
    end.close()
    assert safe.poll(30)
    safe.recv()
    return process, safe


def received(safe: Connection, count: int | None = None) -> list[Any]:
    """The next things that were acknowledged, or all up to the end of the process; the last may be cut off."""
    found: list[Any] = []
    try:
        while len(found) != count:
            found.append(safe.recv())
    except (EOFError, OSError):
        pass
    return found


def test_a_kill_at_any_moment_loses_nothing(desk: Desk, work: Work, scene: Node, tmp_path: Path) -> None:
    chance = random.Random(11)
    safe: list[Any] = []
    for _ in range(KILLS):
        process, pipe = start(tmp_path / "desk.db", scene)
        with pipe:
            safe += received(pipe, chance.randint(0, 5))
            time.sleep(chance.uniform(0, 0.015))
            process.kill()
            safe += received(pipe)
        process.join()
        assert process.exitcode == -9
    saves = [each for each in safe if isinstance(each, tuple)]
    made = [each for each in safe if isinstance(each, Suggestion)]
    assert len(saves) >= KILLS // 2

    for revision, suggestion in saves:
        assert desk.revisions.get(revision.id) == revision
        assert desk.suggestions.get(suggestion).revision == revision.id
    for each in made:
        assert desk.suggestions.get(each.id).prompt == each.prompt
    assert problems(desk.store) == []
    # Each kill may have cut off one answer, never a text.
    assert len(saves) <= len(desk.revisions.history(scene.id)) <= len(saves) + KILLS


def test_two_servers_on_one_file_lose_nothing(desk: Desk, work: Work, tmp_path: Path) -> None:
    scene = desk.outline.add(work.id, "scene")
    servers = [start(tmp_path / "desk.db", scene) for _ in range(2)]
    safe = [each for _ in range(5) for _, pipe in servers for each in received(pipe, 2)]
    for process, pipe in servers:
        process.kill()
        with pipe:
            safe += received(pipe)
        process.join()
    saves = [each for each in safe if isinstance(each, tuple)]
    assert len({revision.branch for revision, _ in saves}) == 2
    for revision, _ in saves:
        assert desk.revisions.get(revision.id) == revision
    assert problems(desk.store) == []
