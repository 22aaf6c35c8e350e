"""What a model is told of a work at a scene: from the desk, as the tools and the page take it."""

from __future__ import annotations

from typing import Any

from bimo.models.protocol import Model
from bimo.studio.house import Studio
from bimo.studio.work import Place

Known = tuple[tuple[str, str], ...]


def known_as(house: Studio, place: Place, *, before: str = "", after: str = "") -> Known:
    """What the desk knows at a place, the most stable first. Raises InputError for unknown ids."""
    return ()


def background(known: Known) -> Known:
    """The same as the tools take it."""
    return known


def inspected(model: Model, known: Known) -> dict[str, Any]:
    """Every part with its true tokens."""
    parts = [{"name": name, "text": text, "tokens": model.count(text)} for name, text in known]
    return {"parts": parts, "left_out": [], "context": model.info.context}
