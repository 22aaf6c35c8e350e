"""Where the commands speak: texts to standard output, everything about them to standard error."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from rich.console import Console

from bimo.text.errors import BimoError, Language, Notice

# Rich looks up sys.stdout and sys.stderr at each print, honours NO_COLOR, and colours only terminals.
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def interface_language() -> Language:
    """The language to speak with the writer: `BIMO_LANG`, else the locale; whatever is not Chinese is English."""
    for name in ("BIMO_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def words(code: str, **args: object) -> str:
    """The message `code` in the interface language."""
    return Notice.of(code, **args).message(interface_language())


def say(code: str, **args: object) -> None:
    """Tell the writer something on standard error, in the interface language."""
    err.print(words(code, **args), markup=False)


def complain(error: BimoError) -> None:
    """Print what happened and what to do next, in the interface language, to standard error."""
    lang = interface_language()
    err.print(error.message(lang), style="bold red", markup=False)
    if hint := error.hint(lang):
        err.print(hint, markup=False)


def fail(error: BimoError) -> NoReturn:
    """Complain about `error` and leave with its exit status."""
    complain(error)
    sys.exit(error.exit_status)
