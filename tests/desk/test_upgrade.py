"""Opening a desk: of every schema ever released, of none, of a later one; and what keeps the log unchanged."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from bimo.desk import upgrade
from bimo.desk.desk import Desk
from bimo.desk.schema import events, metadata, revisions
from bimo.desk.verify import problems
from bimo.text.errors import BimoError, FileError, InputError

FIXTURES = Path(__file__).with_name("fixtures")


def run(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)


@pytest.mark.parametrize("released", sorted(FIXTURES.glob("v*.sql")), ids=lambda path: path.stem)
def test_every_released_schema_still_opens(released: Path, tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    run(path, released.read_text(encoding="utf-8"))
    with Desk.open(path) as desk:
        assert problems(desk.store) == []
        zh, en = sorted(desk.works.all(), key=lambda work: work.lang, reverse=True)
        assert (zh.title, en.title) == ("青石渡", "Leave the A")
        assert [node.title for node in desk.outline.scenes(zh.id)] == ["接灯", "第一船", "账本", "过渡"]
        scene = desk.outline.scenes(zh.id)[0].id
        head = desk.revisions.head(scene)
        assert head
        assert head.text.endswith("油是满的。\n雨又下了起来。")
        assert [len(run_.author) and run_.length for run_ in head.authorship][-1] == 7
        assert [branch.name for branch in desk.revisions.branches(scene)] == ["", "", "没有雨"]
        assert desk.suggestions.all(zh.id)[0].state == "accepted"
        assert desk.settings.get("theme") == "dark"
        saved = desk.revisions.save(scene, head.text + "完", based_on=head.id)
        assert saved == desk.revisions.head(scene)


def test_the_migrations_make_the_tables_that_the_code_names(either: Desk) -> None:
    with either.store.reading() as db:
        context = MigrationContext.configure(db)
        found = compare_metadata(context, metadata)
    # Indexes that other modules keep beside the tables are theirs to check.
    assert [each for each in found if each[0] != "remove_table"] == []


def test_a_later_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    Desk.open(path).close()
    run(path, "UPDATE alembic_version SET version_num = '9999'; PRAGMA journal_mode = DELETE")
    before = path.read_bytes()
    with pytest.raises(FileError) as refused:
        Desk.open(path)
    assert refused.value.code == "desk.newer_schema"
    assert "9999" in refused.value.message("zh")
    assert path.read_bytes() == before


def test_an_upgrade_is_whole_or_not_at_all_and_keeps_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "desk.db"
    with Desk.open(path) as desk:
        desk.works.add("雨巷", lang="zh")
    migrations = tmp_path / "migrations"
    shutil.copytree(upgrade._MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    last = migrations / "versions" / "last.py"
    step = "from alembic import op\nrevision = '9999'\ndown_revision = {!r}\ndef upgrade():\n    op.execute('{}')\n"
    monkeypatch.setattr(upgrade, "_MIGRATIONS", migrations)
    versions = {module: module.VERSION for module in (upgrade,)}
    head = versions[upgrade]
    for name in ("bimo.desk.upgrade", "bimo.desk.backup"):
        monkeypatch.setattr(f"{name}.VERSION", "9999")

    for _ in range(5):
        last.write_text(step.format(head, "CREATE TABLE half (id INT)") + "    op.execute('no such words')\n")
        with pytest.raises(DBAPIError):
            Desk.open(path)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
        assert db.execute("SELECT version_num FROM alembic_version").fetchone() == (head,)
    assert len(list(tmp_path.glob("desk.before-9999.*.db"))) == 3

    last.write_text(step.format(head, "ALTER TABLE works ADD COLUMN subtitle TEXT"))
    with Desk.open(path) as desk:
        assert [work.title for work in desk.works.all()] == ["雨巷"]


def test_the_log_and_the_texts_refuse_to_be_changed(either: Desk) -> None:
    work = either.works.add("雨巷", lang="zh")
    scene = either.outline.add(work.id, "scene")
    either.revisions.save(scene.id, "雨。", based_on=None)
    for change in (
        update(events).values(who="model"),
        delete(events),
        update(revisions).values(length=0),
        delete(revisions),
    ):
        with pytest.raises(DBAPIError, match="only ever added"), either.store.writing() as db:
            db.execute(change)
    assert [event.what for event in either.events.since()] == ["work.added", "outline.added", "scene.saved"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"These are the notes of a writer. " * 200, "desk.damaged"),
        (b"SQLite format 3\0" + b"\xff" * 5000, "desk.damaged"),
    ],
)
def test_what_is_no_desk_is_refused(content: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    path.write_bytes(content)
    with pytest.raises(FileError) as refused:
        Desk.open(path)
    assert refused.value.code == code
    assert path.read_bytes() == content


def test_the_database_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    run(path, "CREATE TABLE recipes (id INT)")
    before = path.read_bytes()
    with pytest.raises(FileError) as refused:
        Desk.open(path)
    assert refused.value.code == "desk.not_a_desk"
    assert path.read_bytes() == before


def test_the_database_of_something_else_is_refused_on_a_server(database: str) -> None:
    import psycopg

    with psycopg.connect(database, autocommit=True) as db:
        db.execute("CREATE TABLE recipes (id INT)")
    with pytest.raises(FileError) as refused:
        Desk.open(database)
    assert refused.value.code == "desk.not_a_desk"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://nobody@127.0.0.1:1/desk?connect_timeout=2", "desk.unreachable"),
        ("oracle://host/desk", "desk.no_driver"),
        ("no://driver/like/this", "desk.no_driver"),
        ("://", "desk.bad_url"),
    ],
)
def test_a_database_out_of_reach_is_named(url: str, code: str) -> None:
    with pytest.raises(BimoError) as refused:
        Desk.open(url)
    assert refused.value.code == code
    assert isinstance(refused.value, FileError | InputError)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError) as refused:
        Desk.open(tmp_path / "file" / "desk.db")
    assert refused.value.code == "desk.unwritable"


def test_a_desk_that_another_program_holds_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bimo.desk.store._PATIENCE", 0.05)
    path = tmp_path / "a name? 50 %.db"
    with Desk.open(path) as desk, closing(sqlite3.connect(path, isolation_level=None)) as other:
        assert path.stat().st_mode & 0o077 == 0
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(FileError) as refused:
            desk.works.add("雨巷", lang="zh")
        assert (refused.value.code, refused.value.retryable) == ("desk.locked", True)
        other.execute("ROLLBACK")
        assert desk.works.add("雨巷", lang="zh").title == "雨巷"


def test_the_desk_of_the_writer_is_beside_the_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Desk.open() as desk:
        assert desk.store.path == tmp_path / "bimo-home" / "desk.db"
    monkeypatch.setenv("BIMO_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    with Desk.open() as desk:
        assert desk.store.path == tmp_path / "other.db"
