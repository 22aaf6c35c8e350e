"""Studios for the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("house_of_tests")

from house_of_tests import House, Start, open_house  # noqa: E402  # the line above must come before

# A model that always has something to say.
TALKING = "repeat\n灯塔的灯亮了。海面上起了雾，没有人说话。\n"


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One studio for all tests of a module."""
    folder = tmp_path_factory.mktemp("studio")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIMO_HOME", str(folder / "home"))
        house = open_house(folder, TALKING)
    yield house
    house.close()


@pytest.fixture
def house(shared_house: House) -> House:
    return shared_house


@pytest.fixture
def own_house(tmp_path: Path) -> Iterator[House]:
    """A studio for one test."""
    house = open_house(tmp_path, TALKING)
    yield house
    house.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `bimo studio` on a desk of this test; whatever still runs at its end is killed."""
    (tmp_path / "script.txt").write_text("delay=0.05 repeat\n" + "The fog came in. " * 200, encoding="utf-8")
    started = []

    def start(*options: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "bimo", "studio", "--no-browser", *options]
        environment = os.environ | {"BIMO_MODEL": f"scripted:{tmp_path / 'script.txt'}", "BIMO_LANG": "en"} | more
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env=environment))  # fmt: skip
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()
