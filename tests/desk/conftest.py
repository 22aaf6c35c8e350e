"""A desk for each test: on a SQLite file and, where there is one, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import postgres
import pytest
from sqlalchemy import inspect

from bimo.desk.desk import Desk
from bimo.desk.values import Node, Work


@pytest.fixture(scope="session")
def server() -> Iterator[str | None]:
    """The URL of a PostgreSQL with DATABASE for the name of the database, or None."""
    with postgres.server() as url:
        yield url


@pytest.fixture
def database(server: str | None) -> str:
    """The URL of an empty PostgreSQL database."""
    return _new_database(server, "bimo_test")


def _new_database(server: str | None, name: str) -> str:
    if server is None:
        pytest.skip("no PostgreSQL: set BIMO_TEST_DATABASE_URL or install the package postgresql")
    import psycopg

    with psycopg.connect(server.replace("DATABASE", "postgres"), autocommit=True) as root:
        root.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        root.execute(f"CREATE DATABASE {name}".encode())
    return server.replace("DATABASE", name)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An empty desk on a SQLite file."""
    with Desk.open(tmp_path / "desk.db") as desk:
        yield desk


@pytest.fixture(scope="session")
def shared(server: str | None) -> Iterator[Desk]:
    """One desk on PostgreSQL for all tests: emptying its tables is much quicker than making them."""
    with Desk.open(_new_database(server, "bimo_shared")) as desk:
        yield desk


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Desk:
    """An empty desk, once on each kind of database."""
    if request.param == "sqlite":
        return request.getfixturevalue("desk")  # type: ignore[no-any-return]
    desk: Desk = request.getfixturevalue("shared")
    with desk.store.rebuilding() as db:
        names = ", ".join(name for name in inspect(db).get_table_names() if name != "alembic_version")
        db.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY")
    return desk


@pytest.fixture
def work(desk: Desk) -> Work:
    """A novel in Chinese."""
    return desk.works.add("雨巷", lang="zh")


@pytest.fixture
def scene(desk: Desk, work: Work) -> Node:
    """A scene of it, without text."""
    return desk.outline.add(work.id, "scene", "第一场")
