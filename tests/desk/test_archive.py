"""Backup and restore, export and import, and the check of all of it."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bimo.desk.archive import export, is_archive, take_in
from bimo.desk.backup import copy_desk, restore
from bimo.desk.desk import Desk
from bimo.desk.values import Revision
from bimo.desk.verify import problems
from bimo.text.errors import BimoError

FULL = Path(__file__).with_name("fixtures") / "v0001.sql"


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A desk with a bit of everything."""
    path = tmp_path / "full.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(FULL.read_text(encoding="utf-8"))
    Desk.open(path).close()
    return path


def content(archive: Path, *, log: bool = True) -> dict[str, list[Any]]:
    """Everything in an exported file, without what must differ: when it was made, and the numbers of the log."""
    with zipfile.ZipFile(archive) as file:
        tables = {
            name: [json.loads(line) for line in file.read(name).splitlines()]
            for name in file.namelist()
            if name.endswith(".jsonl")
        }
    for event in tables["events.jsonl"]:
        del event["id"]
    tables["events.jsonl"] = [each for each in tables["events.jsonl"] if each["what"] != "work.imported"]
    return tables


def test_what_is_exported_comes_back_equal(full: Path, either: Desk, tmp_path: Path) -> None:
    with Desk.open(full) as desk:
        assert export(desk.store, tmp_path / "one.zip") == 2
    assert is_archive(tmp_path / "one.zip")
    assert len(take_in(either.store, tmp_path / "one.zip")) == 2
    assert problems(either.store) == []
    export(either.store, tmp_path / "two.zip")
    one, two = content(tmp_path / "one.zip"), content(tmp_path / "two.zip")
    assert one.keys() == two.keys()
    for table, rows in one.items():
        assert two[table] == rows, table


def test_a_work_that_is_there_already_comes_in_as_a_copy(full: Path, tmp_path: Path) -> None:
    with Desk.open(full) as desk:
        [zh] = [work for work in desk.works.all() if work.lang == "zh"]
        export(desk.store, tmp_path / "one.zip", only=[zh.id])
        [copy] = take_in(desk.store, tmp_path / "one.zip")
        assert copy != zh.id
        assert problems(desk.store) == []
        assert len(desk.works.all()) == 3
        for here, there in zip(desk.outline.scenes(zh.id), desk.outline.scenes(copy), strict=True):
            assert here.id != there.id
            first, second = desk.revisions.head(here.id), desk.revisions.head(there.id)
            assert first and second and first.text == second.text  # noqa: PT018
            assert there.summarised in {each.id for each in desk.revisions.history(there.id)}
        [made] = desk.suggestions.all(copy)
        assert made.based_on and desk.revisions.get(made.based_on).work == copy  # noqa: PT018
        assert {event.what for event in desk.events.since(work=copy)} > {"scene.saved", "work.imported"}


def rewritten(source: Path, target: Path, name: str, change: Any) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for each in old.namelist():
            new.writestr(each, change(old.read(each).decode()) if each == name else old.read(each))
    return target


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("bimo.json", lambda text: text.replace('"0001"', '"9999"'), "desk.newer_schema"),
        ("bimo.json", lambda text: text.replace("bimo-desk", "shopping"), "desk.bad_archive"),
        ("bimo.json", lambda text: "{", "desk.bad_archive"),
        ("revisions.jsonl", lambda text: text.replace("马灯", "油灯"), "desk.bad_archive"),
        ("revisions.jsonl", lambda text: text[: len(text) // 2], "desk.bad_archive"),
        ("works.jsonl", lambda text: "", "desk.bad_archive"),
        ("works.jsonl", lambda text: text.replace('"title"', '"name"'), "desk.bad_archive"),
        ("works.jsonl", lambda text: "[1, 2]\n", "desk.bad_archive"),
    ],
)
def test_a_damaged_archive_changes_nothing(full: Path, desk: Desk, name: str, change: Any, code: str) -> None:
    good, bad = full.with_name("good.zip"), full.with_name("bad.zip")
    with Desk.open(full) as source:
        export(source.store, good)
    with pytest.raises(BimoError) as refused:
        take_in(desk.store, rewritten(good, bad, name, change))
    assert refused.value.code == code
    assert desk.works.all() == []
    assert desk.events.since() == []


def test_what_is_no_archive_is_refused(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "story.txt").write_text("雨")
    assert not is_archive(tmp_path / "story.txt")
    for name, code in (("story.txt", "desk.bad_archive"), ("nothing.zip", "desk.no_file")):
        with pytest.raises(BimoError) as refused:
            take_in(desk.store, tmp_path / name)
        assert refused.value.code == code
    with pytest.raises(BimoError) as refused:
        export(desk.store, tmp_path / "out.zip", only=["nothing"])
    assert refused.value.code == "desk.no_work"
    assert not list(tmp_path.glob("out*"))


def test_a_backup_made_in_use_can_be_restored(full: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    with Desk.open(full) as desk:
        scene = desk.outline.scenes(desk.works.all()[0].id)[0].id
        before = desk.revisions.head(scene)
        assert before
        copy_desk(full, backup)
        after = desk.revisions.save(scene, "全都重写了。", based_on=before.id)
        assert isinstance(after, Revision)
        with pytest.raises(BimoError) as refused:
            restore(full, backup)
        assert refused.value.code == "desk.locked"
        assert desk.revisions.head(scene) == after
    kept = restore(full, backup)
    with Desk.open(full) as desk:
        assert desk.revisions.head(scene) == before
    assert kept
    with Desk.open(kept) as desk:
        assert desk.revisions.head(scene) == after


def test_a_damaged_desk_is_replaced_and_kept(full: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    copy_desk(full, backup)
    full.write_bytes(b"no database at all" * 1000)
    kept = restore(full, backup)
    assert kept
    assert kept.read_bytes().startswith(b"no database")
    with Desk.open(full) as desk:
        assert len(desk.works.all()) == 2


def test_only_a_sound_desk_is_restored(full: Path, tmp_path: Path) -> None:
    before = full.read_bytes()
    torn = bytearray(before)
    torn[8192:40960] = bytes(32768)
    cases = {"torn.db": (bytes(torn), "desk.damaged"), "text.db": (b"text" * 999, "desk.damaged")}
    cases["empty.db"] = b"", "desk.not_a_desk"
    for name, (content_, code) in cases.items():
        (tmp_path / name).write_bytes(content_)
        with pytest.raises(BimoError) as refused:
            restore(full, tmp_path / name)
        assert refused.value.code == code, name
    assert full.read_bytes() == before


DAMAGES = {
    "desk.bad_hash": "UPDATE revisions SET text = replace(text, '马灯', '油灯')",
    "desk.bad_tiling": "UPDATE revisions SET authorship = 'w1' WHERE number = 1",
    "desk.bad_parent": "UPDATE revisions SET number = 0 WHERE number = 2",
    "desk.bad_choice": "UPDATE branches SET chosen = 0",
    "desk.bad_branch": "INSERT INTO branches SELECT 'x', work, scene, '', 0, created, NULL FROM branches LIMIT 1",
    "desk.bad_node": "UPDATE nodes SET parent = id WHERE kind = 'scene'",
    "desk.bad_reference": "UPDATE notes SET scene = 'gone'",
}


@pytest.mark.parametrize("code", DAMAGES)
def test_verify_finds_each_kind_of_damage(full: Path, code: str) -> None:
    with closing(sqlite3.connect(full)) as db:
        db.executescript("DROP TRIGGER revisions_no_update; PRAGMA foreign_keys = OFF;" + DAMAGES[code])
    with Desk.open(full) as desk:
        assert code in {notice.code for notice in problems(desk.store)}


def test_a_backup_is_for_its_owner_alone(full: Path, tmp_path: Path) -> None:
    copy_desk(full, copy := tmp_path / "copy.db")
    assert copy.stat().st_mode & 0o077 == 0
