"""No test touches the writer's folders or is bent by the settings of the machine it runs on."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from weight_server import WeightServer


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


@pytest.fixture(scope="session")
def small_gguf() -> Path:
    """The small real model: `BIMO_TEST_GGUF`, else the one installed here, else one fetched once into the cache.

    Made before any test moves BIMO_HOME, because a session's fixtures come before a test's own.
    """
    if named := os.environ.get("BIMO_TEST_GGUF"):
        return Path(named)
    from platformdirs import user_cache_path

    from bimo.models.catalog import find
    from bimo.models.download import pull
    from bimo.text.errors import BimoError

    entry = find("smollm2-135m")
    if entry.installed:
        return entry.path
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIMO_HOME", str(user_cache_path("bimo-tests")))
        try:
            return entry.path if entry.installed else pull(entry)
        except BimoError as error:
            pytest.fail(f"The small model for tests could not be fetched; set BIMO_TEST_GGUF to a GGUF file. {error}")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeightServer]:
    """A server of tiny weights on this machine, reached without a proxy."""
    from weight_server import WeightServer

    monkeypatch.setenv("NO_PROXY", "*")
    server = WeightServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()
