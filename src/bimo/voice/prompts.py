"""The requests that examples to learn from answer, in the words the studio's tools use as well."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from bimo.text.errors import Language


@cache
def _all() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads((files("bimo.voice") / "prompts.toml").read_text(encoding="utf-8"))


def prompt(task: str, lang: Language, **given: object) -> tuple[str, str]:
    """The system and the user message of a task."""
    words = _all()[task][lang]
    return words["system"], words["user"].format_map(given)
