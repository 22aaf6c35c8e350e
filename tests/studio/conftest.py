"""Studios for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("house_of_tests")

from house_of_tests import House, open_house  # noqa: E402  # the line above must come before

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
