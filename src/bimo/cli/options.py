"""Flags made from the fields of a request, and a request made from flags."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import typer
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from bimo.cli.console import words
from bimo.cli.files import names_file
from bimo.cli.help import half, nearest
from bimo.text.errors import InputError
from bimo.text.reading import read_text

_BOUNDS = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}"}


def flag_of(name: str) -> str:
    """The flag of a field: `max_words` → `--max-words`, `n` → `-n`, `continue_` → `--continue`."""
    return f"-{name}" if len(name) == 1 else f"--{name.rstrip('_').replace('_', '-')}"


def parameter(name: str, annotation: Any, option: Any) -> inspect.Parameter:
    """A keyword of a generated command; None unless the writer gives it."""
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[annotation, option]
    )


def parameters(request: type[BaseModel], main: str) -> Iterator[inspect.Parameter]:
    """One keyword for each field but `main`. All are texts or switches: the request itself checks them."""
    for name, field in request.model_fields.items():
        if name == main:
            continue
        kind = _kind(field)
        shown = half(field.description)
        if kind is bool:
            flag = flag_of(name) if not field.default else f"{flag_of(name)}/--no-{name.replace('_', '-')}"
            yield parameter(name, bool | None, typer.Option(flag, help=shown))
        else:
            many = get_origin(kind) is tuple
            help = f"{shown} ({_notes(field, many=many)})" if _notes(field, many=many) else shown
            option = typer.Option(flag_of(name), metavar=_metavar(kind), help=help)
            yield parameter(name, list[str] | None if many else str | None, option)


Asked = TypeVar("Asked", bound=BaseModel)


def build(request: type[Asked], values: Mapping[str, Any]) -> Asked:
    """The request. Raises InputError naming the flag, the value and what is allowed."""
    try:
        return request.model_validate({name: _read(request, name, value) for name, value in values.items()})
    except ValidationError as error:
        raise _translate(request, error) from error


def _read(request: type[BaseModel], name: str, value: Any) -> Any:
    """The value, or what stands in the file it names if the field may be a file."""
    extra = request.model_fields[name].json_schema_extra if name in request.model_fields else None
    if isinstance(extra, dict) and extra.get("file") and isinstance(value, str) and names_file(value):
        return read_text(value)
    return value


def _translate(request: type[BaseModel], error: ValidationError) -> InputError:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    if name not in request.model_fields:
        return InputError("cli.bad_request", reason=first["msg"])
    field = request.model_fields[name]
    main = getattr(request, "main", None)
    option = half(field.description) if name == main else flag_of(name)
    if first["type"] == "missing":
        return InputError("cli.missing_option", option=option, meaning=half(field.description))
    value = first["input"]
    choices = get_args(_kind(field)) if get_origin(_kind(field)) is Literal else ()
    if choices and isinstance(value, str):
        near = nearest(value, list(choices))
        return InputError("cli.bad_choice", option=option, value=value, near=near, allowed=", ".join(choices))
    allowed = first["msg"] if first["type"] == "value_error" else _allowed(field)
    return InputError("cli.bad_option", option=option, value=_short(value), allowed=allowed)


def _short(value: object) -> object:
    return value[:60] + "…" if isinstance(value, str) and len(value) > 60 else value


def _kind(field: FieldInfo) -> Any:
    """The type of a field without the None that says "not given"."""
    kind = field.annotation
    if get_origin(kind) in (Union, UnionType):
        kinds = [each for each in get_args(kind) if each is not type(None)]
        return kinds[0] if len(kinds) == 1 else str
    return kind


def _metavar(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "|".join(get_args(kind))
    return words("cli.help_number") if kind in (int, float) else words("cli.help_text")


def _notes(field: FieldInfo, *, many: bool) -> str:
    bounds = _bounds(field)
    if many:
        bounds.append(words("cli.help_repeat"))
    if field.is_required():
        bounds.append(words("cli.help_required"))
    elif field.default not in (None, "", ()):
        bounds.append(words("cli.help_default", value=field.default))
    return ", ".join(bounds)


def _bounds(field: FieldInfo) -> list[str]:
    return [
        shape.format(getattr(rule, key))
        for rule in field.metadata
        for key, shape in _BOUNDS.items()
        if hasattr(rule, key)
    ]


def _allowed(field: FieldInfo) -> str:
    kind = _kind(field)
    name = {int: "cli.kind_int", float: "cli.kind_float", bool: "cli.kind_bool"}.get(kind, "cli.kind_text")
    return ", ".join([words(name), *_bounds(field), *_sizes(field)])


def _sizes(field: FieldInfo) -> list[str]:
    keys = {"min_length": "cli.at_least", "max_length": "cli.at_most"}
    return [
        words(code, count=getattr(rule, key))
        for rule in field.metadata
        for key, code in keys.items()
        if getattr(rule, key, None) is not None
    ]
