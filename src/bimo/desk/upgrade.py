"""Bringing a database to the schema of this version: after a backup, each step whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import inspect, text

from bimo.desk.backup import alone, keep_copy, schema_of
from bimo.desk.schema import VERSION
from bimo.desk.store import Store, private
from bimo.text.errors import FileError

_MIGRATIONS: Final = Path(__file__).with_name("migrations")


def upgrade(store: Store) -> None:
    """Make or upgrade the tables. Raises FileError, `desk.newer_schema` if a later version of Bimo made them."""
    if store.path is None:
        # Writers of PostgreSQL take turns by themselves, and its backups are its administrator's.
        if _schema_of_server(store) != VERSION:
            _migrate(store)
        return
    with alone(store.path):
        schema = schema_of(store.path)
        if schema == VERSION:
            return
        if schema:
            keep_copy(store.path, f"before-{VERSION}")
        else:
            private(store.path)
        _migrate(store)


def _schema_of_server(store: Store) -> str | None:
    where = store.engine.url.render_as_string()
    with store.reading() as db:
        tables = set(inspect(db).get_table_names())
        if tables and "alembic_version" not in tables:
            raise FileError("desk.not_a_desk", where=where)
        schema: str | None = db.scalar(text("SELECT version_num FROM alembic_version")) if tables else None
    if schema and schema > VERSION:
        raise FileError("desk.newer_schema", where=where, found=schema, known=VERSION)
    return schema


def _migrate(store: Store) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with store.rebuilding() as db:
        config.attributes["connection"] = db
        command.upgrade(config, "head")
