"""A masked model of verse from scratch, small enough for a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pieces import chinese, english

from bimo.models.protocol import Cancel
from bimo.text.errors import BimoError
from bimo.voice.own.verses import Counts, couplets
from bimo.voice.recipe import VerseRecipe, own_recipe

NEEDS = "torch and transformers are not installed: pip install 'bimo[voice]'"


def poems(folder: Path, *, zh: bool, poets: int = 60) -> Path:
    """Poems by so many poets, in either of the two shapes."""
    folder.mkdir()
    rows: list[dict[str, Any]] = []
    for number in range(poets):
        if zh:
            rows.append({"author": f"诗人{number}", "text": chinese(300, seed=number).replace("\n", "")})
        else:
            lines = english(240, seed=number).replace("\n\n", " ").split(". ")
            rows.append({"author": f"Poet {number}", "lines": [[1, at, line] for at, line in enumerate(lines)]})
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / "poems.jsonl").write_text(text, encoding="utf-8")
    return folder


def small(**changed: Any) -> VerseRecipe:
    knobs = {"width": 32, "depth": 1, "heads": 2, "vocabulary": 300, "most": 200, "measured": 40, "ranked": 10}
    knobs |= {"batch": 16, "epochs": 2, "rate": 5e-3, "save_every": 3, "threads": 1}
    found = own_recipe("verse_bert", **knobs | changed)[1]
    assert isinstance(found, VerseRecipe)
    return found


def test_no_poet_is_in_two_parts(tmp_path: Path) -> None:
    parts = couplets(poems(tmp_path / "in", zh=False), 10_000)
    assert all(parts.values())
    assert len(parts["train"]) > len(parts["test"])
    assert parts == couplets(tmp_path / "in", 10_000)


def test_counts_know_what_stands_between() -> None:
    counts = Counts([([1, 2, 3], [4, 5, 6]), ([1, 2, 3], [4, 5, 6]), ([1, 7, 8], [9, 5, 6])])
    assert counts.between(1, 3) == 2
    assert counts.between(None, 6) == 5
    assert counts.between(None, None) == counts.usual()
    assert counts.line([1, 2, 3]) > counts.line([2, 1, 3])
    assert counts.answers([2], [4]) > counts.answers([2], [9])


@pytest.mark.parametrize(
    ("text", "code"), [(None, "no_data"), ("{", "bad_data"), ('{"author": "x", "text": "一，二。"}', "few_verses")]
)
def test_data_that_will_not_do_are_refused(text: str | None, code: str, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason=NEEDS)
    from bimo.voice.own.verse_bert import train

    if text is not None:
        (tmp_path / "poems.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(BimoError) as caught:
        train(small(), tmp_path, tmp_path / "out")
    assert caught.value.code == f"voice.{code}"


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("zh", [True, False])
def test_the_recipe_runs_from_end_to_end(zh: bool, tmp_path: Path) -> None:
    for name in ("torch", "transformers", "accelerate", "tensorboard"):
        pytest.importorskip(name, reason=NEEDS)
    from bimo.voice.own.verse_bert import train

    data, out = poems(tmp_path / "in", zh=zh), tmp_path / "out"
    cancel = Cancel()
    stopped = train(small(), data, out, cancel=cancel, report=lambda now: now.step == 4 and cancel.cancel())
    assert not stopped["finished"]
    figures = train(small(), data, out)
    assert [each["epoch"] for each in figures["epochs"]] == [1, 2]
    assert all(set(each) == {"epoch", "train", "validation", "test"} for each in figures["epochs"])
    losses = [each["train"]["loss"] for each in figures["epochs"]]
    assert losses[1] < losses[0]
    assert set(figures["infilling"]) == {"model", "commonest", "both neighbours", "left neighbour"}
    assert len(figures["samples"]) == 8
    assert (out / "best" / "model.safetensors").exists()
    assert json.loads((out / "figures.json").read_text(encoding="utf-8"))["couplets"]["train"] > 100
