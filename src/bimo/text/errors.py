"""The one hierarchy of errors that a writer may see.

An error is a code plus arguments. It is put into words at the edge, in the reader's language, from
`messages.toml` of the floor that the code names: `models.no_model` stands in `bimo/models/messages.toml`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import ClassVar, Literal

Language = Literal["zh", "en"]


class BimoError(Exception):
    """Something the writer can be told about: what happened, and what to do next.

    `code` is `<floor>.<name>`; `args` fill the message. `partial` holds text that arrived before the failure.
    """

    retryable: ClassVar[bool] = False
    exit_status: ClassVar[int] = 1

    def __init__(self, code: str, *, partial: str = "", **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
        self.partial = partial

    def message(self, lang: Language) -> str:
        """What happened, in `lang`."""
        return _words(self.code, lang, "text").format_map(_Shown(self.details))

    def hint(self, lang: Language) -> str:
        """What to do next, in `lang`."""
        return _words(self.code, lang, "hint").format_map(_Shown(self.details))

    def __str__(self) -> str:
        return f"{self.code}: {self.message('en')} {self.hint('en')}".rstrip()


class InputError(BimoError):
    """What the writer gave cannot be used: an option, a file, a recipe."""

    exit_status = 2


class ModelError(BimoError):
    """The model or its engine failed."""

    exit_status = 3


class BusyError(ModelError):
    """The model failed in a way that may pass: a limit, a hang, a lost connection."""

    retryable = True
    exit_status = 4


class FileError(BimoError):
    """Reading or writing on disk failed; what stood there before still stands."""

    exit_status = 5


class DownloadError(BimoError):
    """Weights could not be fetched or are not what they claim to be."""

    retryable = True
    exit_status = 6


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth telling that is no failure, put into words like an error."""

    code: str
    details: tuple[tuple[str, object], ...] = ()

    @classmethod
    def of(cls, code: str, **details: object) -> Notice:
        """Make a notice from keyword arguments."""
        return cls(code, tuple(details.items()))

    def message(self, lang: Language) -> str:
        """The notice in `lang`."""
        return _words(self.code, lang, "text").format_map(_Shown(dict(self.details)))


class _Shown(dict[str, object]):
    """Arguments of a message; a missing one shows as its name instead of hiding the whole message."""

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def messages(floor: str) -> dict[str, dict[str, dict[str, str]]]:
    """All messages of a floor: name → language → {text, hint}."""
    return _messages(floor)


@cache
def _messages(floor: str) -> dict[str, dict[str, dict[str, str]]]:
    source = files("bimo") / floor / "messages.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _words(code: str, lang: Language, part: str) -> str:
    floor, _, name = code.partition(".")
    return _messages(floor)[name][lang].get(part, "")
