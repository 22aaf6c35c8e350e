"""Libraries that come with an extra, asked for where they are needed."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

from bimo.text.errors import ModelError


def needed(module: str, *, extra: str) -> Any:
    """The module. Raises ModelError `senses.no_library` naming the extra that brings it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ModelError("senses.no_library", library=module, extra=extra) from error


def lacking(*modules: str, extra: str) -> ModelError | None:
    """What `needed` would raise for the first of these modules that is not here; imports none of them."""
    for module in modules:
        if find_spec(module) is None:
            return ModelError("senses.no_library", library=module, extra=extra)
    return None
