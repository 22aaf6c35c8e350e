"""The wall to the database: connections, short transactions, ids and times, and errors put into the writer's words."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from sqlalchemy import URL, Connection, Engine, Row, Table, create_engine, event, insert, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from bimo.desk.schema import events, kept
from bimo.text.errors import FileError, InputError

_DIGITS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_READING: Final = "bimo_reading"
# The number of the lock by which writers of one PostgreSQL database take turns: "bimo" in ASCII.
_TURN: Final = 0x62696D6F
# How long a writer waits for another process, in seconds.
_PATIENCE: Final = 10

Value = TypeVar("Value")


class BusyDesk(FileError):
    """The database is held by another process or cannot be reached just now."""

    retryable = True


class Store:
    """One database. Every call takes a connection of its own, so any thread may call."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # SQLite lets one writer in and has the others look again at intervals; threads of one process queue here.
        self._turn = threading.Lock()

    @property
    def path(self) -> Path | None:
        """The SQLite file, or None for PostgreSQL."""
        name = self.engine.url.database
        return Path(name) if self.engine.dialect.name == "sqlite" and name else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the database. Raises FileError."""
        with _in_words(self), self.engine.connect() as db:
            # SQLite's transactions see one state anyway.
            level = {} if self.path else {"isolation_level": "REPEATABLE READ"}
            with db.execution_options(**{_READING: True}, **level).begin():
                yield db

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction of the only writer, durable when the block is left. Raises FileError."""
        with _in_words(self), self._turn, self.engine.begin() as db:
            _take_turn(db)
            yield db

    @contextmanager
    def rebuilding(self) -> Iterator[Connection]:
        """Like `writing`, for changes of tables: SQLite replaces a table that others refer to only unguarded."""
        with _in_words(self), self._turn, self.engine.connect() as db:
            if self.path:
                _pragma(db, "foreign_keys = OFF")
            try:
                with db.begin():
                    _take_turn(db)
                    yield db
            finally:
                if self.path:
                    _pragma(db, "foreign_keys = ON")


def connect(where: Path | str) -> Store:
    """A store for a SQLite file or a database URL; nothing is opened yet. Raises InputError for a bad URL."""
    url = URL.create("sqlite", database=str(where)) if isinstance(where, Path) else _url(where)
    try:
        engine = create_engine(url, json_serializer=_json, pool_size=8, max_overflow=24, pool_timeout=_PATIENCE)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise InputError("desk.no_driver", url=url.render_as_string(), reason=str(error)) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _record: _set_up(connection, url.database))
        event.listen(engine, "begin", _begin)
    return Store(engine)


class _Ids:
    """The last number given out, so that ids of one process sort in the order in which they were made."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._last = 0

    def next(self) -> int:
        """A number above every earlier one."""
        with self._turn:
            fresh = time.time_ns() // 1_000_000 << 35 | secrets.randbits(35)
            # Two ids of one millisecond, or a clock that was set back: a step of random size, so none can be guessed.
            self._last = max(fresh, self._last + 1 + secrets.randbits(16))
            return self._last


_IDS: Final = _Ids()


def new_id() -> str:
    """A new id: 16 letters and digits that sort by time, and within one process by the order of making."""
    number = _IDS.next()
    return "".join(_DIGITS[number >> shift & 31] for shift in range(75, -1, -5))


def now() -> str:
    """The time as the desk writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def value_of(kind: type[Value], row: Row[Any]) -> Value:
    """A row as a value whose fields bear the names of the columns."""
    return kind(**row._mapping)


def found(db: Connection, table: Table, id: str, code: str) -> Row[Any]:
    """The row of that id. Raises InputError with `code`."""
    row = db.execute(select(table).where(table.c.id == id)).one_or_none()
    if row is None:
        raise InputError(code, id=id)
    return row


def log(db: Connection, what: str, work: str | None, subject: str | None, who: str = "writer", **data: object) -> None:
    """Add a line to the log within the running transaction."""
    db.execute(insert(events).values(at=now(), who=who, what=what, work=work, subject=subject, data=data))


def private(path: Path) -> Path:
    """The same path, as a file that nobody else can read; SQLite's own files beside it take after it."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    return path


def plain(value: Any) -> dict[str, Any]:
    """A value as a row: its fields by name."""
    return asdict(value)


def _json(value: object) -> str:
    return kept(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _url(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise InputError("desk.bad_url") from error
    return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgresql", "postgres") else url


def _set_up(connection: sqlite3.Connection, where: object) -> None:
    # Python's own handling of transactions would leave changes of tables outside of them; `_begin` begins instead.
    connection.isolation_level = None
    pragmas = (
        f"busy_timeout = {int(_PATIENCE * 1000)}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "cache_size = -32768",
    )
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()
    except sqlite3.Error as error:
        # SQLAlchemy hands on what is raised here as it is.
        raise file_error(str(error), where) or FileError("desk.damaged", where=where) from error


def _take_turn(db: Connection) -> None:
    """Wait for other writers; on SQLite, beginning has done so already. Ids of events become visible in order so."""
    if db.dialect.name == "postgresql":
        db.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TURN})")


def _pragma(db: Connection, pragma: str) -> None:
    """Outside of any transaction, where alone some pragmas have an effect."""
    cast(sqlite3.Connection, db.connection.driver_connection).execute(f"PRAGMA {pragma}").close()


def _begin(db: Connection) -> None:
    # A transaction that reads first and writes later can find the file taken and would have to be given up.
    db.exec_driver_sql("BEGIN" if db.get_execution_options().get(_READING) else "BEGIN IMMEDIATE")


@contextmanager
def _in_words(store: Store) -> Iterator[None]:
    where = store.path or store.engine.url.render_as_string()
    try:
        yield
    except DBAPIError as error:
        if store.path and (told := file_error(str(error.orig), where)):
            raise told from error
        if store.path is None and isinstance(error, OperationalError):
            raise BusyDesk("desk.unreachable", where=where) from error
        raise


def file_error(reason: str, where: object) -> FileError | None:
    """What SQLite says about a file, in words for the writer; None for anything else."""
    if "file is not a database" in reason or "malformed" in reason:
        return FileError("desk.damaged", where=where)
    if "locked" in reason:
        return BusyDesk("desk.locked", where=where)
    if "is full" in reason:
        return FileError("desk.disk_full", where=where)
    if "readonly" in reason or "unable to open" in reason or "disk I/O" in reason:
        return FileError("desk.unwritable", where=where)
    return None
