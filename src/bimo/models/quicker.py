"""A quicker way to hold the embedded engine to a row of letters.

The engine tries a GBNF grammar on every token of its vocabulary, one letter of a class after the other, which takes
longer than the model itself where classes have a thousand letters. The matcher `llguidance`, built into the wheels of
`xllamacpp`, walks a tree of the vocabulary instead: a line of Chinese verse took less than half the time
(docs/lab-notes.md). It reads another notation, so what is a plain row is put into it, and the rest stays as it is.
"""

from __future__ import annotations

import mmap
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_CLASS: Final = re.compile(r"(\w+) ::= \[([^\[\]\\/^&~]+)\]")
_ROW: Final = re.compile(r'root ::= ((?:\w+|"[^"]*")(?: (?:\w+|"[^"]*"))*)')
_NAME: Final = re.compile(r'"[^"]*"|\w+')


def quicker(grammar: str) -> str:
    """A GBNF grammar that is one row of classes and literals, in the notation of the quicker matcher; others as given.

    Also as given where the engine was built without that matcher, which would end the process.
    """
    first, *rest = grammar.strip().splitlines()
    row = _ROW.fullmatch(first)
    classes = [_CLASS.fullmatch(line) for line in rest]
    if not row or not rest or not all(classes) or not _is_built_in():
        return grammar
    start = _NAME.sub(lambda found: found[0] if found[0].startswith('"') else found[0].upper(), row[1])
    terminals = [f"{found[1].upper()}: /[{found[2]}]/" for found in classes if found]
    return "\n".join(["%llguidance {}", f"start: {start}", *terminals]) + "\n"


@cache
def _is_built_in() -> bool:
    """Whether the engine's library holds the matcher; it has no other way to tell."""
    found = find_spec("xllamacpp")
    if found is None or found.origin is None:
        return False
    for path in sorted(Path(found.origin).parent.iterdir()):
        if path.suffix in (".so", ".pyd"):
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
                if held.find(b"toktrie") >= 0:
                    return True
    return False
