"""The prompts of a tool: Markdown files beside it, one a language, cut into named parts by `# name` lines.

`# system` is what the model is told first. `# example.user` and `# example.assistant` are turns of a talk that shows
the manner. Every other part is a Jinja template that the tool fills.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bimo.models.protocol import Message, Role
from bimo.text.errors import Language


@dataclass(frozen=True, slots=True)
class Script:
    """The parts of one prompt file."""

    parts: Mapping[str, str]
    examples: tuple[Message, ...]

    def say(self, part: str, **values: object) -> str:
        """Part `part`, filled in. Raises KeyError for a part, jinja2.UndefinedError for a value that is not there."""
        import jinja2

        environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        return environment.from_string(self.parts[part]).render(values).strip()


@cache
def script(tool: str, lang: Language) -> Script:
    """The prompts of `tool` in `lang`."""
    source = (files("bimo.craft") / "prompts" / f"{tool}.{lang}.md").read_text(encoding="utf-8")
    pieces = re.split(r"^# (\S+)[^\S\n]*\n", source, flags=re.MULTILINE)[1:]
    parts: dict[str, str] = {}
    examples: list[Message] = []
    roles: dict[str, Role] = {"example.user": "user", "example.assistant": "assistant"}
    for name, body in zip(pieces[::2], pieces[1::2], strict=True):
        if name in roles:
            examples.append(Message(roles[name], body.strip()))
        elif name in parts:
            raise ValueError(f"part {name!r} stands twice in the prompts of {tool!r}")
        else:
            parts[name] = body.strip()
    return Script(parts, tuple(examples))
