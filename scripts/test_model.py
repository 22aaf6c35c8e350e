"""Fetch the small model that the tests use, once, to where they look for it."""

from __future__ import annotations

import os

from platformdirs import user_cache_path

from bimo.cli.console import fail
from bimo.cli.models import pull_with_bar
from bimo.models.catalog import find
from bimo.text.errors import BimoError


def main() -> None:
    """Nothing to do where a file is named or the model is here, in Bimo's own folder or in the tests'."""
    if os.environ.get("BIMO_TEST_GGUF") or find("smollm2-135m").installed:
        return
    os.environ["BIMO_HOME"] = str(user_cache_path("bimo-tests"))
    if not find("smollm2-135m").installed:
        try:
            pull_with_bar(find("smollm2-135m"))
        except BimoError as error:
            fail(error)


if __name__ == "__main__":
    main()
