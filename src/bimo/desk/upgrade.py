"""Bringing a database to the schema of this version: after a backup, each step whole or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from bimo.desk.schema import VERSION
from bimo.desk.store import BusyDesk, Store
from bimo.text.errors import FileError

_MIGRATIONS: Final = Path(__file__).with_name("migrations")
# Backups that upgrades left beside the file; older ones are deleted.
_KEPT: Final = 3
# How long to wait for another process that upgrades, in seconds.
_PATIENCE: Final = 60


def upgrade(store: Store) -> None:
    """Make or upgrade the tables. Raises FileError, `desk.newer_schema` if a later version of Bimo made them."""
    with _alone(store):
        with store.reading() as db:
            version = _version(db, store)
        if version == VERSION:
            return
        if version and store.path:
            keep_copy(store.path, f"before-{VERSION}")
        _migrate(store)


def keep_copy(path: Path, why: str) -> Path:
    """Copy a SQLite desk beside itself while it may be in use; the last three of one `why` are kept."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    copy = path.with_name(f"{path.stem}.{why}.{stamp}{path.suffix}")
    copy_database(path, copy)
    for old in sorted(path.parent.glob(f"{path.stem}.{why}.*{path.suffix}"))[:-_KEPT]:
        old.unlink()
    return copy


def copy_database(source: Path, target: Path) -> None:
    """Copy a SQLite database as it stands at one moment. Raises FileError."""
    part = target.with_name(target.name + ".part")
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old, closing(sqlite3.connect(part)) as new:
            old.backup(new)
            # A copy is one file: what it is copied from may have its newest pages in a second one.
            new.execute("PRAGMA journal_mode = DELETE")
        part.replace(target)
    except sqlite3.DatabaseError as error:
        raise FileError("desk.damaged", where=str(source)) from error
    finally:
        part.unlink(missing_ok=True)


def _alone(store: Store) -> AbstractContextManager[object]:
    """Two servers that start at once do not both upgrade. PostgreSQL's writers take turns by themselves."""
    if store.path is None:
        return nullcontext()
    from filelock import FileLock, Timeout

    try:
        store.path.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(store.path.with_name(store.path.name + ".lock"), timeout=_PATIENCE).acquire()
    except Timeout as error:
        raise BusyDesk("desk.locked", where=str(store.path)) from error
    except OSError as error:
        raise FileError("desk.unwritable", where=str(store.path)) from error


def _version(db: Connection, store: Store) -> str | None:
    where = str(store.path or store.engine.url.render_as_string())
    tables = set(inspect(db).get_table_names())
    if "alembic_version" not in tables:
        if tables:
            raise FileError("desk.not_a_desk", where=where)
        return None
    version: str | None = db.scalar(text("SELECT version_num FROM alembic_version"))
    if version is not None and version > VERSION:
        raise FileError("desk.newer_schema", where=where, found=version, known=VERSION)
    return version


def _migrate(store: Store) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with store.rebuilding() as db:
        config.attributes["connection"] = db
        command.upgrade(config, "head")
