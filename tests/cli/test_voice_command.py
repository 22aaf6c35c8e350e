"""`bimo voice` as a writer types it, up to where training needs its packages."""

from __future__ import annotations

import hashlib
import json
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from bimo.cli.main import main
from bimo.cli.voice import curve
from bimo.desk.desk import Desk
from bimo.models.catalog import default_id, find
from bimo.models.places import voices_dir

STORY = "The miller's daughter number {n} carried {n} lanterns over bridge {n} and said nothing to the {n}th clerk. "


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIMO_LANG", "en")


def bimo(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["bimo", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    for chapter in range(8):
        numbers = range(1000 * chapter, 1000 * chapter + 40)
        (folder / f"{chapter}.txt").write_text("".join(STORY.format(n=n) for n in numbers), encoding="utf-8")
    return folder


def test_a_folder_is_prepared_and_listed(
    texts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (texts / "scan.pdf").write_bytes(b"%PDF-1.4")
    assert bimo(monkeypatch, "voice", "prepare", str(texts), "--name", "mine") == 0
    told = capsys.readouterr()
    assert "left out (1): a scan or PDF: a picture of text: scan.pdf" in told.out
    assert "This is little for a voice" in told.err
    assert bimo(monkeypatch, "voice", "list") == 0
    assert capsys.readouterr().out.startswith("mine · ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["prepare"], "Name a folder, or say --desk, not both."),
        (["prepare", "texts", "--desk"], "Name a folder, or say --desk, not both."),
        (["prepare", "--desk"], "The desk holds no paragraph that you wrote alone."),
        (["train", "nobody"], "There is no prepared voice nobody"),
        (["train", "nobody", "--recipe", "quik"], "the nearest: quick"),
        (["train", "nobody", "--set", "rate"], "rate changes nothing."),
        (["train", "nobody", "--set", "rate=fast"], "rate cannot be used"),
        (["train", "nobody", "--set", "speed=1"], "speed cannot be used"),
        (["use", "nobody"], "There is no trained voice nobody"),
        (["export", "nobody"], "There is no prepared voice nobody"),
    ],
)
def test_slips_are_told_with_what_to_do(
    words: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bimo(monkeypatch, "voice", *words) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.strip().splitlines()) >= 2


@pytest.mark.skipif(find_spec("torch") is not None, reason="the packages of the extra are here")
def test_training_without_its_packages_says_how_to_get_them(
    texts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bimo(monkeypatch, "voice", "prepare", str(texts))
    assert bimo(monkeypatch, "voice", "train", "mine") == 3
    assert "pip install 'bimo[voice]'" in capsys.readouterr().err


def test_a_voice_becomes_the_model_and_is_refused_on_another(
    texts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for id in ("smollm2-135m", "qwen2.5-coder-0.5b"):
        path = find(id).path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(b"GGUF")
            file.truncate(find(id).size)
    folder = voices_dir() / "mine"
    folder.mkdir(parents=True)
    (folder / "adapter.gguf").write_bytes(b"adapter")
    told = {"adapter": "adapter.gguf", "adapter_sha256": hashlib.sha256(b"adapter").hexdigest(), "strength": 1.0}
    told |= {"base": "smollm2-135m", "base_sha256": find("smollm2-135m").sha256}
    card = "".join(f"{name} = {json.dumps(value)}\n" for name, value in told.items())
    (folder / "voice.toml").write_text(card, encoding="utf-8")
    assert bimo(monkeypatch, "voice", "use", "mine", "--strength", "0.7") == 0
    assert "Back: bimo models use qwen2.5-coder-1.5b" in capsys.readouterr().out
    assert default_id() == "voice:mine@0.7"
    assert bimo(monkeypatch, "voice", "use", "mine", "--base", "qwen2.5-coder-0.5b") == 3
    assert "trained on smollm2-135m and does not fit qwen2.5-coder-0.5b" in capsys.readouterr().err
    assert bimo(monkeypatch, "voice", "use", "mine", "--strength", "3") == 2
    assert bimo(monkeypatch, "models", "use", "voice:min") == 2
    assert "there are: mine" in capsys.readouterr().err
    assert default_id() == "voice:mine@0.7"


def test_decisions_are_learned_and_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Desk.open() as desk:
        work = desk.works.add("Novel", lang="en")
        for number in range(3):
            text = STORY.format(n=number)
            made = desk.suggestions.add(work.id, "continue", {}, [{"text": f"{text}A sense of quiet dread."}])
            scene = desk.outline.add(work.id, "scene")
            from bimo.desk.values import Acceptance
            from bimo.text.spans import Span

            taken = Acceptance(made.id, Span(0, len(text.strip())))
            desk.revisions.save(scene.id, text.strip(), based_on=None, accepted=[taken])
    assert bimo(monkeypatch, "voice", "learn", "--pairs", str(tmp_path / "pairs.jsonl")) == 0
    out = capsys.readouterr().out
    assert "3 decisions on texts in words; an order can be learned from 30." in out
    assert "quiet dread" in out
    assert len((tmp_path / "pairs.jsonl").read_text(encoding="utf-8").splitlines()) == 6
    assert bimo(monkeypatch, "voice", "learn", "--forget") == 0


def test_every_knob_is_explained_in_both_languages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for lang, words in (("en", "the highest learning rate"), ("zh", "最高学习率")):
        monkeypatch.setenv("BIMO_LANG", lang)
        assert bimo(monkeypatch, "voice", "knobs", "careful") == 0
        assert f"rate = 0.0005\n    {words}" in capsys.readouterr().out


def test_a_curve_falls() -> None:
    assert curve([4.0, 3.0, 2.0, 1.0]) == "█▆▃▁"
    assert curve([1.0]) == "▄"
    assert len(curve([float(n) for n in range(1000)])) <= 24
