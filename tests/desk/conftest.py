"""A desk for each test: on a SQLite file and, where there is one, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import postgres
import pytest

from bimo.desk.desk import Desk
from bimo.desk.values import Node, Work


@pytest.fixture(scope="session")
def server() -> Iterator[str | None]:
    """The URL of a PostgreSQL with %s for the name of the database, or None."""
    with postgres.server() as url:
        yield url


@pytest.fixture
def database(server: str | None) -> str:
    """The URL of an empty PostgreSQL database."""
    if server is None:
        pytest.skip("no PostgreSQL: set BIMO_TEST_DATABASE_URL or install the package postgresql")
    import psycopg

    with psycopg.connect(server % "postgres", autocommit=True) as root:
        root.execute("DROP DATABASE IF EXISTS bimo_test WITH (FORCE)")
        root.execute("CREATE DATABASE bimo_test")
    return server % "bimo_test"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An empty desk on a SQLite file."""
    with Desk.open(tmp_path / "desk.db") as desk:
        yield desk


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """An empty desk, once on each kind of database."""
    where = tmp_path / "desk.db" if request.param == "sqlite" else request.getfixturevalue("database")
    with Desk.open(where) as desk:
        yield desk


@pytest.fixture
def work(desk: Desk) -> Work:
    """A novel in Chinese."""
    return desk.works.add("雨巷", lang="zh")


@pytest.fixture
def scene(desk: Desk, work: Work) -> Node:
    """A scene of it, without text."""
    return desk.outline.add(work.id, "scene", "第一场")
