"""Copies of a SQLite desk: made while it is in use, and put back when nobody uses it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bimo.desk.schema import VERSION
from bimo.desk.store import BusyDesk, file_error, private
from bimo.text.errors import FileError

# Copies that are kept beside the file of those made by themselves; older ones are deleted.
_KEPT: Final = 3
# How long to wait for another process that upgrades or restores, in seconds.
_PATIENCE: Final = 60


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the right to upgrade or replace the file; who opens a desk waits here. Raises FileError."""
    from filelock import FileLock, Timeout

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_name(f"{path.name}.lock"), timeout=_PATIENCE)
        lock.acquire()
    except Timeout as error:
        raise BusyDesk("desk.locked", where=path) from error
    except OSError as error:
        raise FileError("desk.unwritable", where=path) from error
    try:
        yield
    finally:
        lock.release()


def keep_copy(path: Path, why: str) -> Path:
    """Copy a desk beside itself; the last three copies of one `why` are kept. Raises FileError."""
    copy = beside(path, why)
    copy_desk(path, copy)
    for old in sorted(path.parent.glob(f"{path.stem}.{why}.*{path.suffix}"))[:-_KEPT]:
        old.unlink()
    return copy


def beside(path: Path, why: str) -> Path:
    """A name for a copy made now: `desk.backup.20261123-214455-042303.db`."""
    return path.with_name(f"{path.stem}.{why}.{datetime.now(UTC):%Y%m%d-%H%M%S-%f}{path.suffix}")


def copy_desk(source: Path, target: Path) -> None:
    """Copy a desk as it stands at one moment, whether or not it is in use. Raises FileError."""
    part = target.with_name(f"{target.name}.part")
    if not source.is_file():
        raise FileError("desk.no_file", path=source)
    try:
        with closing(_read_only(source)) as old, closing(sqlite3.connect(private(part))) as new:
            old.backup(new)
            # A copy is one file, while its original may have its newest pages in a second one.
            new.execute("PRAGMA journal_mode = DELETE")
        part.replace(target)
    except sqlite3.DatabaseError as error:
        where = target if isinstance(error, sqlite3.OperationalError) else source
        raise file_error(str(error), where) or FileError("desk.damaged", where=where) from error
    except OSError as error:
        raise FileError("desk.unwritable", where=target) from error
    finally:
        part.unlink(missing_ok=True)


def restore(path: Path, source: Path) -> Path | None:
    """Put the copy `source` in the place of the desk `path`; returns where the desk that stood there is kept.

    Nothing is changed if the copy is damaged, no desk or too new, or if anybody has the desk open. Raises FileError.
    """
    if not source.is_file():
        raise FileError("desk.no_file", path=source)
    if schema_of(source, thorough=True) is None:
        raise FileError("desk.not_a_desk", where=source)
    with alone(path):
        before = None
        if path.exists():
            before = beside(path, "before-restore")
            if _released(path):
                copy_desk(path, before)
            else:
                # A damaged file is not copied page by page, but kept as it is.
                path.rename(before)
        copy_desk(source, path)
        for suffix in ("-wal", "-shm"):
            # What belongs to the file that stood here would be read into the new one.
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    return before


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def schema_of(path: Path, *, thorough: bool = False) -> str | None:
    """The schema of a desk that this version can open; None if the file is empty or not there. Nothing is changed.

    With `thorough`, every page is read. Raises FileError: `desk.not_a_desk`, `desk.newer_schema`, `desk.damaged`,
    `desk.unwritable`.
    """
    if not path.exists():
        return None
    try:
        with closing(_read_only(path)) as db:
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if tables and "alembic_version" not in tables:
                raise FileError("desk.not_a_desk", where=path)
            if thorough and db.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise FileError("desk.damaged", where=path)
            row = db.execute("SELECT version_num FROM alembic_version").fetchone() if tables else None
    except sqlite3.DatabaseError as error:
        raise file_error(str(error), path) or FileError("desk.damaged", where=path) from error
    if row and row[0] > VERSION:
        raise FileError("desk.newer_schema", where=path, found=row[0], known=VERSION)
    return row[0] if row else None


def _released(path: Path) -> bool:
    """Whether the file is sound; SQLite leaves WAL mode only for somebody who has the file alone.

    Raises BusyDesk if others have it open.
    """
    try:
        with closing(sqlite3.connect(path, timeout=0)) as db:
            db.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        raise BusyDesk("desk.locked", where=path) from error
    except sqlite3.DatabaseError:
        return False
    return True
