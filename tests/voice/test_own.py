"""Recipes of Bimo's own that put an adapter on a base, each from end to end on a tiny one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pieces import chinese
from tiny import write_gguf

from bimo.models.protocol import Cancel
from bimo.text.errors import BimoError, InputError
from bimo.voice.recipe import OWN, own_recipe

NEEDS = "torch, transformers and peft are not installed: pip install 'bimo[voice]'"
for name in ("torch", "transformers", "peft", "gguf", "tensorboard", "sacrebleu", "sklearn"):
    pytest.importorskip(name, reason=NEEDS)

pytestmark = pytest.mark.filterwarnings("default")

SMALL = {"block": 128, "batch": 4, "accumulate": 1, "rank": 4, "alpha": 8, "threads": 1, "steps": 6, "rate": 0.01}
SMALL |= {"save_every": 2, "validate_blocks": 4, "epochs": 1.0}


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("base") / "tiny.gguf")


@pytest.fixture(autouse=True)
def _one_import(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path_factory.getbasetemp() / "bases-of-own"
    monkeypatch.setattr("bimo.voice.base.state_dir", lambda: kept)


def small(name: str, gguf: Path, **changed: Any) -> Any:
    return own_recipe(name, **SMALL | {"base": {"zh": str(gguf), "en": str(gguf)}} | changed)[1]


def write_pairs(folder: Path) -> Path:
    """Pairs of a made-up old language and a new one: clauses without and with a particle."""
    folder.mkdir()
    for name, books in (("train", range(60)), ("dev", range(100, 104))):
        rows = []
        for book in books:
            for number in range(8):
                new = chinese(20, seed=100 * book + number).split("，")[0]
                rows.append({"book": f"书{book}", "classical": new[2:], "modern": f"{new}了"})
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return folder


def test_a_translation_is_learned_stopped_gone_on_with_and_judged(gguf: Path, tmp_path: Path) -> None:
    from bimo.voice.own.restyle_classical import WAYS, pairs, train

    data, out = write_pairs(tmp_path / "in"), tmp_path / "out"
    recipe = small("restyle_classical", gguf, most=60, judged=20, tokens=12)
    learned, held, tested = pairs(data, recipe)
    books = [{each["book"] for each in part} for part in (learned, held, tested)]
    assert all(books)
    assert not books[0] & books[1] | books[0] & books[2] | books[1] & books[2]
    cancel = Cancel()
    stopped = train(recipe, data, out, cancel=cancel, report=lambda now: now.step == 3 and cancel.cancel())
    assert not stopped["finished"]
    figures = train(recipe, data, out)
    assert (figures["finished"], figures["steps"], figures["judged"]) == (True, 6, 20)
    for way in WAYS:
        assert set(figures[way]) == {"the source itself", "bare model", "bare model, three examples", "adapter"}
    assert figures["to_modern"]["the source itself"]["chrF"] > 50
    assert (out / "adapter.gguf").stat().st_size > 1000
    assert json.loads((out / "figures.json").read_text(encoding="utf-8")) == figures


def test_pairs_of_one_book_are_too_few(gguf: Path, tmp_path: Path) -> None:
    from bimo.voice.own.restyle_classical import train

    (tmp_path / "dev.jsonl").write_text('{"book": "一", "classical": "甲", "modern": "乙"}', encoding="utf-8")
    with pytest.raises(BimoError) as caught:
        train(small("restyle_classical", gguf), tmp_path, tmp_path / "out")
    assert caught.value.code == "voice.few_pairs"


def test_a_recipe_of_ones_own_says_what_it_trains(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('train = "verse_bert"\nwidth = 64\n', encoding="utf-8")
    kind, recipe = own_recipe(str(mine), depth=2)
    assert (kind, recipe.model_dump()["width"], recipe.model_dump()["depth"]) == ("verse_bert", 64, 2)
    mine.write_text('train = "poetry"\n', encoding="utf-8")
    for name, code in ((str(mine), "bad_value"), ("restyle", "no_recipe")):
        with pytest.raises(InputError) as caught:
            own_recipe(name)
        assert caught.value.code == f"voice.{code}"


@pytest.mark.parametrize("name", OWN)
def test_every_recipe_can_be_read(name: str) -> None:
    kind, recipe = own_recipe(name)
    assert kind == name
    assert isinstance(recipe, OWN[name])


def write_books(folder: Path, lang: str) -> Path:
    """Books of chapters, in which some passages are glad and some are sad."""
    from pieces import english

    folder.mkdir()
    glad, sad = ("他高兴地笑了。", "她悲伤地哭了。") if lang == "zh" else ("He was happy.", "She was sad and cried.")
    for number in range(8):
        write, size, joint = (chinese, 3000, "\n") if lang == "zh" else (english, 1300, "\n\n")
        pieces = write(size, seed=number).split("\n\n")
        told = joint.join(f"{piece} {(glad, '', sad)[at % 3]}" for at, piece in enumerate(pieces))
        (folder / f"book{number}.txt").write_text(told, encoding="utf-8")
    return folder


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_mood_is_written_and_read_on_one_backbone(lang: str, gguf: Path, tmp_path: Path) -> None:
    from bimo.voice.own.mood import MOODS, train

    data, out = write_books(tmp_path / "in", lang), tmp_path / "out"
    recipe = small("mood", gguf, language=lang, most=60, judged=3, tokens=8, hidden=0.5)
    figures = train(recipe, data, out)
    assert (figures["finished"], figures["written"]) == (True, 3)
    assert set(figures["reading"]) == {"head", "TF-IDF", "commonest"}
    for way in ("adapter", "bare model"):
        assert set(figures["writing"][way]) == {*MOODS, "bright less dark"}
    assert figures["validation"][-1][1] < figures["validation"][0][1]
    assert (out / "adapter.gguf").exists()


def test_rounds_against_human_text_stand_beside_likelihood(gguf: Path, tmp_path: Path) -> None:
    pytest.importorskip("trl", reason=NEEDS)
    from bimo.voice.own.adversarial import train

    data, out = write_books(tmp_path / "in", "en"), tmp_path / "out"
    small_sizes = {"most": 40, "pairs": 6, "judged": 4, "tokens": 12, "best_of": 2, "temperatures": (0.7, 1.0)}
    figures = train(small("adversarial", gguf, **small_sizes), data, out)
    assert figures["finished"]
    ways = [(row["way"], row["temperature"]) for row in figures["table"]]
    assert ways[0] == ("the writers", None)
    for way in ("likelihood", "SPIN, round 1", "SPIN, round 2"):
        assert [(way, 0.7), (way, 1.0)] == [each for each in ways if each[0] == way]
    assert ways[-1] == ("likelihood, best of 2", 1.0)
    assert all(0 <= row["human"] <= 1 for row in figures["table"])
    again = train(small("adversarial", gguf, **small_sizes), data, out)
    assert (again["steps"], again["table"]) == (6, figures["table"])


def test_one_short_book_is_too_little_to_hold_some_out(gguf: Path, tmp_path: Path) -> None:
    from bimo.voice.own.mood import train

    (tmp_path / "one.txt").write_text("The old house stood at the end of the lane. " * 8, encoding="utf-8")
    for folder, code in ((tmp_path, "few_passages"), (tmp_path / "none", "no_data")):
        with pytest.raises(BimoError) as caught:
            train(small("mood", gguf), folder, tmp_path / "out")
        assert caught.value.code == f"voice.{code}"
    (tmp_path / "bad.txt.gz").write_bytes(b"\x1f\x8b no gzip")
    with pytest.raises(BimoError) as caught:
        train(small("mood", gguf), tmp_path, tmp_path / "out")
    assert caught.value.code == "voice.bad_data"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_house_voice_is_made_of_books(lang: str, gguf: Path, tmp_path: Path) -> None:
    from bimo.models.voices import find_voice
    from bimo.voice.dataset import load
    from bimo.voice.home import voice_home
    from bimo.voice.own.prose import train

    data = write_books(tmp_path / "in", lang)
    recipe = small("prose", gguf, language=lang, briefs=20, samples=2, rank=2, block=32, checkpointing=False)
    figures = train(recipe, data, tmp_path / "out")
    assert (figures["finished"], figures["voice"]) == (True, f"house_{lang}")
    assert set(figures["perplexity"]) == {"base", "retrieval", "voice", "both"}
    assert find_voice(f"voice:house_{lang}")
    tasks = {each.task for each in load(voice_home(f"house_{lang}")).parts["train"]}
    assert tasks >= {"continue", "summary"}
