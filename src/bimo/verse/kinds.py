"""The kinds of verse: which module checks the forms of which kind, and what such a module offers."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, cast

from bimo.text.errors import Language
from bimo.text.finding import Finding
from bimo.verse.form import Form
from bimo.verse.layout import Poem
from bimo.verse.scansion import Policy, ScannedLine


@dataclass(frozen=True, slots=True)
class Checked:
    """A poem read as one form. `variant` names the shape of the form that was met, `book` the rhyme book used."""

    form: Form
    variant: str
    book: str
    lines: tuple[ScannedLine, ...]
    findings: tuple[Finding, ...]


class Kind(Protocol):
    """What the module of a kind offers. Both functions take any poem of the language and never raise over its text."""

    def candidates(self, poem: Poem) -> Sequence[Form]:
        """The forms of this kind that the poem may be meant to be, judged by its shape, the most likely first."""

    def check(self, poem: Poem, form: Form, *, book: str | None, policy: Policy) -> Checked:
        """Read the poem as `form`. `book` None takes the form's own book. Raises InputError on no such book."""


_CHINESE: Final[Mapping[str, str]] = {
    "shi": "bimo.verse.chinese.shi",
    "ci": "bimo.verse.chinese.ci",
    "couplet": "bimo.verse.chinese.couplet",
    "old": "bimo.verse.chinese.old",
    "free": "bimo.verse.chinese.free",
}
# One module serves every English kind.
_ENGLISH: Final = "bimo.verse.english.check"


def kind_of(form: Form) -> Kind:
    """The module that checks `form`."""
    return _module(_ENGLISH if form.lang == "en" else _CHINESE[form.kind])


def kinds(lang: Language) -> list[Kind]:
    """Every module for a language, the strictest forms first."""
    return [_module(name) for name in ([_ENGLISH] if lang == "en" else _CHINESE.values())]


def _module(name: str) -> Kind:
    return cast(Kind, importlib.import_module(name))
