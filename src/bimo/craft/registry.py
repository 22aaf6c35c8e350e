"""The list of writing tools. A tool registers itself by its decorator; everything else reads this list."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from bimo.craft.events import Event
from bimo.models.protocol import Cancel, Model
from bimo.text.errors import InputError, Language


class Request(BaseModel):
    """What every tool can be asked. Flags, API schema and page forms are made from the fields of its subclasses.

    `main` names the field that the command line fills from its arguments, a file or standard input. `lang` is the
    language to write in, whatever language the interface speaks; None finds it from the main text. Fields are
    plain: str, int, float, bool, a Literal of strings, or a tuple of strings. Descriptions are "English | 中文".
    """

    main: ClassVar[str] = "text"
    model_config = ConfigDict(extra="forbid", frozen=True)

    lang: Literal["zh", "en"] | None = Field(None, description="language to write in | 写作语言")
    n: int = Field(1, ge=1, le=8, description="how many alternatives | 候选数量")
    seed: int | None = Field(None, ge=0, lt=2**32, description="same seed, same text | 相同种子得到相同文字")


@dataclass(frozen=True, slots=True)
class Context:
    """What surrounds a request: a switch to stop it, and facts that the store knows and the request does not say.

    `background` are named texts, the most stable first (brief, entries, summaries, text before); the tool fits them
    to the model's window and reports what it dropped.
    """

    cancel: Cancel = field(default_factory=Cancel)
    background: tuple[tuple[str, str], ...] = ()


Run = Callable[[Any, Context, Model], Iterator[Event]]


@dataclass(frozen=True, slots=True)
class Tool:
    """One writing ability: its id, its names, its request model, and the function that does it."""

    id: str
    names: Mapping[Language, str]
    help: Mapping[Language, str]
    request: type[Request]
    run: Run
    module: str


_tools: dict[str, Tool] = {}


def tool(id: str, *, request: type[Request], zh: tuple[str, str], en: tuple[str, str]) -> Callable[[Run], Run]:
    """Register a writing tool. `zh` and `en` are (name, one line of help). Raises ValueError on a second claim."""
    if not re.fullmatch(r"[a-z]+(-[a-z]+)*", id):
        raise ValueError(f"not a tool id: {id!r}")

    def register(run: Run) -> Run:
        if id in _tools:
            raise ValueError(f"tool {id!r} is claimed by {_tools[id].module} and by {run.__module__}")
        _tools[id] = Tool(id, {"zh": zh[0], "en": en[0]}, {"zh": zh[1], "en": en[1]}, request, run, run.__module__)
        return run

    return register


@cache
def _load() -> None:
    package = importlib.import_module("bimo.craft")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"bimo.craft.{module.name}")


def all_tools() -> dict[str, Tool]:
    """Every tool by id, in alphabetical order."""
    _load()
    return dict(sorted(_tools.items()))


def find_tool(id: str) -> Tool:
    """The tool of that id. Raises InputError with the nearest names."""
    tools = all_tools()
    if id not in tools:
        near = get_close_matches(id, tools, n=3, cutoff=0.4) or list(tools)
        raise InputError("craft.no_tool", id=id, near=", ".join(near))
    return tools[id]
