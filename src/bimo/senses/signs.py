"""The signs that the voices read, as tables."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def signs(table: str) -> Mapping[str, str]:
    """The table of that name in `signs.toml`: what is written → how it sounds."""
    text = (files("bimo.senses") / "signs.toml").read_text(encoding="utf-8")
    return dict(part.split("=") for part in tomllib.loads(text)[table].split())


@cache
def alphabet() -> Mapping[str, int]:
    """Every sign with its number in the alphabet of the model."""
    rows = (files("bimo.senses") / "tables" / "alphabet.tsv").read_text(encoding="utf-8").splitlines()
    return {row[0]: int(row[2:]) for row in rows}
