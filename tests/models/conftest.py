"""What the tests of models share: the small real model, and the contract's readable failures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.register_assert_rewrite("contract")


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
