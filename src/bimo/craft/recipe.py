"""Recipes: a sequence of tools from an idea to an edition, as a TOML file that is checked before any model is loaded.

A file has `title` and `about` in both languages, `[recipe] version = 1`, and one `[[step]]` per step with an `id`, a
`tool` (of the registry, or a registered step such as `publish`) and `[step.options]`, the fields of that tool's
request. `[step.options.zh]` and `[step.options.en]` add or replace options for one writing language. Values may refer
to the idea and to earlier steps: see `template.py`.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from bimo.craft import template
from bimo.craft.events import Event
from bimo.craft.registry import Request, Tool, all_tools
from bimo.models.protocol import Cancel
from bimo.text.errors import InputError, Language

LANGUAGES: tuple[Language, ...] = ("zh", "en")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Words(_Strict):
    """A text in both languages."""

    zh: str
    en: str


class Step(_Strict):
    """One step of a recipe, as the file says it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=40)
    tool: str
    title: Words | None = None
    options: dict[str, Any] = {}

    def options_in(self, lang: Language) -> dict[str, Any]:
        """The options for one writing language."""
        own = {name: value for name, value in self.options.items() if name not in LANGUAGES}
        return own | dict(self.options.get(lang, {}))

    def heading(self, lang: Language) -> str:
        """What to call this step: its own title or the name of its tool."""
        return getattr(self.title, lang) if self.title else find_kind(self.tool).names[lang]


class _Version(_Strict):
    version: Literal[1]


class _File(_Strict):
    recipe: _Version
    title: Words
    about: Words
    step: tuple[Step, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A checked recipe. `hash` changes with everything in the file but comments and layout."""

    name: str
    title: Mapping[Language, str]
    about: Mapping[Language, str]
    steps: tuple[Step, ...]
    hash: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a registered step writes its files (`folder`, names beginning with `stem`), and in which language."""

    folder: Path
    stem: str
    lang: Language
    cancel: Cancel


@dataclass(frozen=True, slots=True)
class StepKind:
    """A step that is no writing tool and needs no model, registered by a floor above this one."""

    id: str
    names: Mapping[Language, str]
    request: type[BaseModel]
    run: Callable[[Any, Place], Iterator[Event]]


_kinds: dict[str, StepKind] = {}


def register_step(kind: StepKind) -> None:
    """Let recipes use a step. Raises ValueError on a second claim."""
    if kind.id in _kinds:
        raise ValueError(f"step {kind.id!r} is claimed twice")
    _kinds[kind.id] = kind


def find_kind(id: str) -> Tool | StepKind:
    """The tool or registered step of that id. Raises InputError with the nearest names."""
    kinds: dict[str, Tool | StepKind] = {**all_tools(), **_kinds}
    if id not in kinds:
        raise InputError("craft.no_tool", id=id, near=_nearest(id, kinds))
    return kinds[id]


def shipped() -> tuple[str, ...]:
    """The names of the recipes that come with Bimo."""
    return tuple(sorted(file.name.removesuffix(".toml") for file in (files("bimo.craft") / "recipes").iterdir()))


def load(name: str) -> Recipe:
    """Read and check a recipe: a shipped name or the path of a TOML file.

    Raises InputError that names the file, the step, the option, and what was expected.
    """
    if name in shipped():
        source = (files("bimo.craft") / "recipes" / f"{name}.toml").read_bytes()
    else:
        try:
            source = Path(name).read_bytes()
        except FileNotFoundError:
            raise InputError("craft.no_recipe", name=name, near=_nearest(name, shipped())) from None
        except (OSError, ValueError) as error:
            raise InputError("craft.recipe_unreadable", file=name, reason=str(error)) from error
    try:
        table = tomllib.loads(source.decode("utf-8-sig"))
        # The detour over JSON lets pydantic be strict about types and yet take an array for a tuple.
        canonical = json.dumps(table, ensure_ascii=False, sort_keys=True, default=str)
    except ValueError as error:
        raise InputError("craft.recipe_unreadable", file=name, reason=str(error)) from error
    try:
        file = _File.model_validate_json(canonical)
    except ValidationError as error:
        raise _trouble(error.errors()[0], _File, name, _step_names(table)) from None
    _check(file.step, name)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    title, about = file.title, file.about
    return Recipe(Path(name).stem, _both(title), _both(about), file.step, digest)


def request_for(step: Step, fields: Mapping[str, object], lang: Language, seed: int | None, file: str) -> BaseModel:
    """The request of a step, with its references filled in from `fields`.

    Raises InputError where an earlier step did not give what the recipe asks for, or gave it in another shape.
    """
    kind = find_kind(step.tool)
    try:
        options = template.fill(step.options_in(lang), fields)
    except template.NoField as error:
        near = _nearest(error.field, error.known)
        raise InputError("craft.recipe_no_field", file=file, step=step.id, field=error.field, near=near) from None
    assert isinstance(options, dict)
    if issubclass(kind.request, Request):
        options = {"lang": lang, "seed": seed} | options
    try:
        return kind.request.model_validate(options)
    except ValidationError as error:
        raise _trouble(error.errors()[0], kind.request, file, (), f"{step.id}.options") from None


def _check(steps: Iterable[Step], file: str) -> None:
    """Check everything that the file alone can tell."""
    earlier: list[str] = []
    later = [step.id for step in steps]
    for step in steps:
        later.pop(0)
        if step.id in (*earlier, "idea", "lang"):
            raise InputError("craft.recipe_same_id", file=file, step=step.id)
        try:
            kind = find_kind(step.tool)
        except InputError as error:
            near = error.details["near"]
            raise InputError("craft.recipe_no_tool", file=file, step=step.id, tool=step.tool, near=near) from None
        for lang in LANGUAGES:
            if not isinstance(step.options.get(lang, {}), dict):
                place = f"{step.id}.options.{lang}"
                value = repr(step.options[lang])
                raise InputError("craft.recipe_type", file=file, place=place, value=value, expected=_EXPECTED["dict"])
            options = step.options_in(lang)
            _check_references(options, step.id, file, earlier, later)
            _check_options(options, step.id, file, kind.request)
        earlier.append(step.id)


def _check_references(options: object, step: str, file: str, earlier: list[str], later: list[str]) -> None:
    known = ["idea", "lang", *(f"{id}.text" for id in earlier), *(f"{id}.data" for id in earlier)]
    try:
        fields = list(template.references(options))
    except ValueError as error:
        raise InputError("craft.recipe_braces", file=file, step=step, value=str(error)) from None
    for field in fields:
        head = ".".join(field.split(".")[:2])
        if head in known and (field == head or head.endswith(".data")):
            continue
        if field.split(".")[0] in (step, *later):
            raise InputError("craft.recipe_too_early", file=file, step=step, field=field)
        raise InputError("craft.recipe_reference", file=file, step=step, field=field, near=_nearest(field, known))


def _check_options(options: dict[str, Any], step: str, file: str, request: type[BaseModel]) -> None:
    try:
        request.model_validate_json(json.dumps(options, default=str), strict=True)
    except ValidationError as errors:
        for error in errors.errors():
            # What a reference brings is known only when the earlier step has run; request_for checks it then.
            if template.whole(error["input"]) is None:
                raise _trouble(error, request, file, (), f"{step}.options") from None


def _trouble(
    error: ErrorDetails, model: type[BaseModel], file: str, steps: tuple[str, ...], place: str = ""
) -> InputError:
    """Put what pydantic found into one of our errors."""
    loc = [str(part) for part in error["loc"]]
    if loc[:1] == ["step"] and len(loc) > 1 and loc[1].isdigit() and int(loc[1]) < len(steps):
        loc[:2] = [steps[int(loc[1])]]
    where = ".".join(filter(None, [place, *loc]))
    if error["type"] == "extra_forbidden":
        near = _nearest(loc[-1], _names_at(model, error["loc"][:-1]))
        return InputError("craft.recipe_unknown", file=file, place=where, near=near)
    if error["type"] == "missing":
        return InputError("craft.recipe_missing", file=file, place=where)
    value = json.dumps(error["input"], ensure_ascii=False, default=str)
    shown = value if len(value) < 60 else f"{value[:57]}…"
    return InputError("craft.recipe_type", file=file, place=where, value=shown, expected=_expected(error))


# What was expected, in the words of TOML, which read the same in both languages.
_EXPECTED = {
    "int": "integer: 300",
    "float": "float: 0.5",
    "string": 'string: "…"',
    "bool": "boolean: true | false",
    "tuple": 'array: ["…", "…"]',
    "list": 'array: ["…", "…"]',
    "dict": "table: { … }",
    "model": "table: { … }",
    "literal": "{expected}",
    "greater_than": "> {gt}",
    "greater_than_equal": ">= {ge}",
    "less_than": "< {lt}",
    "less_than_equal": "<= {le}",
    "too_short": ">= {min_length} × …",
    "too_long": "<= {max_length} × …",
    "string_pattern_mismatch": "{pattern}",
}


def _expected(error: ErrorDetails) -> str:
    kind = error["type"]
    for name in (kind, kind.split("_")[0]):
        if name in _EXPECTED:
            return _EXPECTED[name].format_map(error.get("ctx", {}))
    return error["msg"]


def _names_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The fields that may stand at a place within `model`."""
    for part in loc:
        if isinstance(part, str) and part in model.model_fields:
            model = next(_models_in(model.model_fields[part].annotation), model)
    return list(model.model_fields)


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _step_names(table: dict[str, Any]) -> tuple[str, ...]:
    steps = table.get("step")
    if not isinstance(steps, list):
        return ()
    return tuple(
        str(step["id"]) if isinstance(step, dict) and "id" in step else f"step.{number}"
        for number, step in enumerate(steps, 1)
    )


def _nearest(name: str, names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(get_close_matches(name, names, n=3, cutoff=0.4) or names[:12])


def _both(words: Words) -> dict[Language, str]:
    return {"zh": words.zh, "en": words.en}
