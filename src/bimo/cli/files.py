"""The writer's files: read with care, and written so that nothing is ever lost."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
from datetime import datetime
from pathlib import Path

from bimo.cli.console import say, words
from bimo.text.errors import FileError, InputError
from bimo.text.reading import read_text


def main_text(arguments: list[str], file: str | None, *, required: bool) -> str | None:
    """The text to work on: from a file, the arguments, or standard input when something is piped in.

    One argument that names a file is read as that file; `-` means standard input. None if nothing was given and
    nothing is `required`. Raises what `read_text` raises, and InputError if both are given.
    """
    if file and arguments:
        raise InputError("cli.two_texts", argument=arguments[0][:40], file=file)
    if file:
        return read_text(file)
    if len(arguments) == 1 and names_file(arguments[0]):
        return read_text(arguments[0])
    if arguments and arguments != ["-"]:
        # Bytes that are not UTF-8 come from the shell as lone surrogates; encoded again, they are found out.
        return read_text(os.fsencode(" ".join(arguments)), name=words("cli.the_argument"))
    if not arguments and (sys.stdin is None or sys.stdin.isatty()):
        data = b""
    else:
        if sys.stdin.isatty():
            say("cli.waiting")
        data = sys.stdin.buffer.read()
    if not data.strip() and not required and not arguments:
        return None
    return read_text(data, name=words("cli.standard_input"))


def names_file(argument: str) -> bool:
    """Whether an argument is a file, or so clearly the name of one that a missing file must be a slip."""
    if re.fullmatch(r"\S+\.(txt|md|markdown)", argument):
        return True
    try:
        return Path(argument).is_file()
    except (OSError, ValueError):
        # A long text is no valid file name, and that is all we asked.
        return False


class OutFile:
    """A file to write at the end. Refused before the work begins if it could not be written.

    What stood there stays beside it as `NAME~`. Raises FileError if the folder cannot be written, and on `write` if
    somebody else changed the file meanwhile.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._before = self._now()
        if path.is_dir():
            raise FileError("cli.cannot_write", path=str(path), reason=os.strerror(errno.EISDIR))
        self._beside("").unlink()

    def write(self, text: str) -> None:
        """Put `text`, ending with a newline, in place at once."""
        if self._now() != self._before:
            raise FileError("cli.changed_elsewhere", path=str(self.path))
        fresh = self._beside(text if text.endswith("\n") else text + "\n")
        try:
            if self._before is not None:
                shutil.copymode(self.path, fresh)
                shutil.copy2(self.path, f"{self.path}~")
            os.replace(fresh, self.path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise self._failed(error) from error

    def _now(self) -> bytes | None:
        try:
            return self.path.read_bytes() if self.path.is_file() else None
        except OSError as error:
            raise self._failed(error) from error

    def _beside(self, text: str) -> Path:
        path = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            with path.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._failed(error) from error
        return path

    def _failed(self, error: OSError) -> FileError:
        return FileError("cli.cannot_write", path=str(self.path), reason=error.strerror or str(error))


def rescue(text: str) -> None:
    """Keep a text that would be lost in a file of its own, and say where."""
    if not text.strip():
        return
    from bimo.models.places import state_dir

    path = state_dir() / "rescued" / f"{datetime.now():%Y%m%d-%H%M%S-%f}.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        say("cli.not_rescued", path=str(path), reason=error.strerror or str(error))
    else:
        say("cli.rescued", path=str(path))
