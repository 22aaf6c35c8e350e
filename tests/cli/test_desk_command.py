"""`bimo desk` as a writer uses it: each command in a process of its own."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bimo.desk.desk import Desk

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def fill(tmp_path: Path) -> Path:
    path = tmp_path / "home" / "desk.db"
    with Desk.open(path) as desk:
        desk.add_sample("zh")
    return path


def test_a_desk_is_backed_up_restored_and_checked(run: Run, tmp_path: Path) -> None:
    path = fill(tmp_path)
    where = run("desk", "where")
    assert where.stdout.splitlines()[0] == str(path)
    assert "青石渡 · 1482 characters" in where.stdout
    assert run("desk", "backup", "copy.db").returncode == 0
    assert run("desk", "backup", "copy.db").returncode == 2
    assert "desk.backup." in run("desk", "backup").stdout

    with closing(sqlite3.connect(path)) as db:
        db.executescript("DROP TRIGGER revisions_no_update; UPDATE revisions SET text = text || '。'")
    bad = run("desk", "verify", env={"BIMO_LANG": "zh"})
    assert (bad.returncode, bad.stderr.count("与保存时的文字不符")) == (5, 4)
    restored = run("desk", "restore", "copy.db")
    assert "before-restore" in restored.stderr
    assert run("desk", "verify").stdout.startswith("The desk is sound")


def test_works_go_to_another_desk(run: Run, tmp_path: Path) -> None:
    fill(tmp_path)
    assert "Works written" in run("desk", "export", "all.zip").stdout
    other = {"BIMO_HOME": str(tmp_path / "elsewhere"), "BIMO_LANG": "zh"}
    assert "已导入：青石渡" in run("desk", "import", "all.zip", env=other).stdout
    assert "青石渡 · 1482 字" in run("desk", "where", env=other).stdout
    assert run("desk", "export", "one.zip", "--work", "nothing").returncode == 2


def test_a_desk_on_a_server_has_no_file(run: Run) -> None:
    done = run("desk", "backup", env={"BIMO_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/desk"})
    assert done.returncode == 2
    assert "bimo desk export" in done.stderr


def test_a_book_is_looked_at_and_brought_in(run: Run, tmp_path: Path) -> None:
    (tmp_path / "book.md").write_text(
        "# 长夜\n\n## 第一章\n\n雨落在檐上。\n\n## 第二章\n\n她没有回头。\n", encoding="utf-8"
    )
    preview = run("desk", "import", "book.md", "--preview", "--lang", "zh")
    assert "第一章 · 6 characters" in preview.stdout
    assert "长夜" not in run("desk", "where").stdout
    assert "Taken in: 长夜" in run("desk", "import", "book.md").stdout
    assert "长夜 · 12 characters" in run("desk", "where").stdout
    assert run("desk", "import", "book.md", "--lang", "fr").returncode == 2
    assert run("desk", "import", "nothing.md").returncode == 2
