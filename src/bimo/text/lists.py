"""The word lists of this floor."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def word_list(name: str) -> frozenset[str]:
    """The words under `name` in `lists.toml`."""
    return frozenset(tomllib.loads(files("bimo.text").joinpath("lists.toml").read_text(encoding="utf-8"))[name].split())
