"""The whole desk, or some works of it, as one zip file that any desk can take in.

`bimo.json` says what it is; each table is a file of JSON lines. Rows keep their ids, so that a work taken in twice is
known; it then comes in as a copy with new ids.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, case, insert, select
from sqlalchemy.exc import SQLAlchemyError

from bimo.desk.schema import VERSION, events, facts, metadata, nodes, revisions, settings, works
from bimo.desk.store import Store, log, new_id, now
from bimo.desk.verify import content_problems
from bimo.text.errors import BimoError, FileError, InputError

_HEAD: Final = "bimo.json"
_FORMAT: Final = "bimo-desk"
# Unpacked, in bytes: far more than a life's work, far less than a bomb.
_LARGEST: Final = 8 << 30
_AT_ONCE: Final = 500
# So that a row comes after those of its own table that it refers to.
_ORDER: Final[dict[str, list[Any]]] = {
    "nodes": [case({"part": 0, "chapter": 1}, value=nodes.c.kind, else_=2), nodes.c.id],
    "revisions": [revisions.c.number, revisions.c.id],
    "facts": [facts.c.created, facts.c.id],
}


def export(store: Store, target: Path, *, only: Iterable[str] | None = None) -> int:
    """Write all works, or those in `only`, to a zip file; returns how many. Raises FileError or InputError."""
    part = target.with_name(f"{target.name}.part")
    try:
        with store.reading() as db, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            ids = sorted(db.scalars(select(works.c.id)))
            wanted = sorted(set(only)) if only is not None else ids
            for id in wanted:
                if id not in ids:
                    raise InputError("desk.no_work", id=id)
            head = {"format": _FORMAT, "schema": VERSION, "made": now(), "works": wanted}
            archive.writestr(_HEAD, json.dumps(head, indent=1))
            for table in metadata.sorted_tables:
                with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as file:
                    for row in _rows(db, table, None if only is None else wanted):
                        file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        part.replace(target)
    except OSError as error:
        raise FileError("desk.unwritable", where=target) from error
    finally:
        part.unlink(missing_ok=True)
    return len(wanted)


def take_in(store: Store, source: Path) -> list[str]:
    """Take in every work of an exported file, all or nothing; returns their ids here.

    A work that is on this desk already comes in as a copy. Raises FileError or InputError `desk.bad_archive`,
    `desk.newer_schema`.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            head = _head(archive, source)
            with store.writing() as db:
                return _take_in(db, archive, head)
    except FileNotFoundError as error:
        raise FileError("desk.no_file", path=source) from error
    except BimoError:
        raise
    except OSError as error:
        raise FileError("desk.unreadable", path=source, reason=error.strerror) from error
    except (zipfile.BadZipFile, SQLAlchemyError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("desk.bad_archive", path=source) from error


def is_archive(path: Path) -> bool:
    """Whether the file looks like an exported desk."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return _HEAD in archive.namelist()


def _rows(db: Connection, table: Table, only: list[str] | None) -> Iterator[dict[str, Any]]:
    wanted = select(table).order_by(*_ORDER.get(table.name, table.primary_key.columns))
    if only is not None and table is settings:
        return
    if only is not None:
        wanted = wanted.where((works.c.id if table is works else table.c.work).in_(only))
    for row in db.execute(wanted, execution_options={"yield_per": _AT_ONCE}):
        yield dict(row._mapping)


def _head(archive: zipfile.ZipFile, source: Path) -> dict[str, Any]:
    if sum(info.file_size for info in archive.infolist()) > _LARGEST:
        raise InputError("desk.bad_archive", path=source)
    head = json.loads(archive.read(_HEAD))
    if head["format"] != _FORMAT:
        raise InputError("desk.bad_archive", path=source)
    if head["schema"] > VERSION:
        raise FileError("desk.newer_schema", where=source, found=head["schema"], known=VERSION)
    return dict(head)


def _take_in(db: Connection, archive: zipfile.ZipFile, head: dict[str, Any]) -> list[str]:
    copied = set(db.scalars(select(works.c.id))) & set(head["works"])
    tables = [table for table in metadata.sorted_tables if table not in (events, settings)]
    renewed = {
        row["id"]: new_id()
        for table in (tables if copied else ())
        for row in _read(archive, table)
        if (row["id"] if table is works else row["work"]) in copied
    }
    known = set(db.scalars(select(settings.c.name)))
    for table in (*tables, events, settings):
        rows = (_renewed(row, renewed) for row in _read(archive, table))
        if table is settings:
            rows = (row for row in rows if row["name"] not in known)
        while some := list(islice(rows, _AT_ONCE)):
            db.execute(insert(table), some)
    ids = [renewed.get(id, id) for id in head["works"]]
    if any(content_problems(db, ids)):
        raise ValueError("the texts are not what their hashes say")
    for id in ids:
        log(db, "work.imported", id, id)
    return ids


def _read(archive: zipfile.ZipFile, table: Table) -> Iterator[dict[str, Any]]:
    # Lines of the log are numbered anew by the desk that takes them in.
    columns = {column.name for column in table.columns} - ({"id"} if table is events else set())
    with archive.open(f"{table.name}.jsonl") as file:
        for line in file:
            row = json.loads(line)
            yield {name: row[name] for name in columns}


def _renewed(row: dict[str, Any], renewed: dict[str, str]) -> dict[str, Any]:
    """The row with the new ids of what it names; texts are no ids, and none of them looks like one."""
    if not renewed:
        return row

    def new(value: Any) -> Any:
        if isinstance(value, str):
            return renewed.get(value, value)
        return {name: new(each) for name, each in value.items()} if isinstance(value, dict) else value

    return {name: new(value) for name, value in row.items()}
