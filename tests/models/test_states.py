"""Kept contexts as files: private, of one making, bounded."""

from __future__ import annotations

import os
from pathlib import Path

from bimo.models import states


def written(folder: Path, name: str, size: int = 10, age: int = 0) -> Path:
    file = folder / name
    file.write_bytes(b"x" * size)
    os.utime(file, ns=(10**18 - age, 10**18 - age))
    return file


def test_files_come_into_place_whole_and_for_their_owner_alone(tmp_path: Path) -> None:
    states.prepare(folder := tmp_path / "contexts")
    name = states.name("qwen", "w", 4096, 0)
    written(folder, states.part(name)).chmod(0o644)
    states.settle(folder, [name])
    assert [file.name for file in folder.iterdir()] == [name]
    assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_name_tells_models_weights_windows_and_slots_apart() -> None:
    made = [
        ("a", "w", 1, 0),
        ("b", "w", 1, 0),
        ("a", "v", 1, 0),
        ("a", "w", 2, 0),
        ("a", "w", 1, 1),
        ("../a", "w", 1, 0),
    ]
    names = {states.name(*each) for each in made}
    assert len(names) == len(made)
    assert all("/" not in name for name in names)


def test_what_other_weights_of_this_model_left_is_dropped(tmp_path: Path) -> None:
    new, old, other = (states.name(*each, 4096, 0) for each in (("a", "new"), ("a", "old"), ("a-b", "old")))
    for name in (states.part(new), old, other, states.part(other)):
        written(tmp_path, name)
    states.settle(tmp_path, [new])
    assert {file.name for file in tmp_path.iterdir()} == {new, other}


def test_beyond_the_limit_the_oldest_goes_first_and_the_new_stays(tmp_path: Path) -> None:
    new = states.name("new", "w", 1, 0)
    written(tmp_path, states.part(new), 60, age=9)
    for age, id in enumerate(("b", "c", "d")):
        written(tmp_path, states.name(id, "w", 1, 0), 20, age=age)
    states.settle(tmp_path, [new], limit=100)
    assert {file.name.split("-")[0] for file in tmp_path.iterdir()} == {"new", "b", "c"}
