"""The tiny template of recipes: `{idea}`, `{lang}`, `{outline.text}`, `{outline.data.scenes.0.summary}`.

Fields only, no expressions, so a recipe from a stranger can do nothing but name what earlier steps wrote. What is
filled in is never read as a template again. `{{` and `}}` stand for braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_TOKEN = re.compile(r"\{\{|\}\}|\{(?P<field>[\w-]+(?:\.[\w-]+)*)\}|[{}]")


class NoField(LookupError):
    """A reference names a field that is not there. `known` are the names that are."""

    def __init__(self, field: str, known: tuple[str, ...] = ()) -> None:
        super().__init__(field)
        self.field = field
        self.known = known


def whole(value: object) -> str | None:
    """The field that `value` refers to if it is one reference and nothing else; it is filled in as it is."""
    found = _TOKEN.fullmatch(value) if isinstance(value, str) else None
    return found["field"] if found else None


def references(value: object) -> Iterator[str]:
    """Every field named in `value`, also within tables and arrays. Raises ValueError for a stray brace."""
    if isinstance(value, str):
        for token in _TOKEN.finditer(value):
            if token["field"]:
                yield token["field"]
            elif len(token[0]) == 1:
                raise ValueError(value)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from references(part)


def fill(value: object, fields: Mapping[str, object]) -> object:
    """`value` with every reference replaced. Raises NoField, also for a table or an array within a longer text."""
    if isinstance(value, Mapping):
        return {name: fill(part, fields) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [fill(part, fields) for part in value]
    if not isinstance(value, str):
        return value
    if field := whole(value):
        return _find(field, fields)
    return _TOKEN.sub(lambda token: _shown(token[0], token["field"], fields), value)


def _shown(token: str, field: str | None, fields: Mapping[str, object]) -> str:
    if field is None:
        return token[0]
    found = _find(field, fields)
    if isinstance(found, Mapping):
        raise NoField(field, tuple(f"{field}.{name}" for name in found))
    if isinstance(found, list | tuple):
        raise NoField(field, tuple(f"{field}.{place}" for place in range(len(found))))
    return str(found)


def _find(field: str, fields: Mapping[str, object]) -> object:
    here: object = fields
    path = ""
    for name in field.split("."):
        if isinstance(here, list | tuple):
            inside = {str(place): part for place, part in enumerate(here)}
        else:
            inside = dict(here) if isinstance(here, Mapping) else {}
        if name not in inside:
            raise NoField(field, tuple(f"{path}{known}" for known in inside))
        here = inside[name]
        path += f"{name}."
    return here
