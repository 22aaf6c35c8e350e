"""`bimo narrate` and `bimo dictate` as a writer types them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("av")
pytest.importorskip("cn2an")

Run = Callable[..., Any]
WEIGHTS = ("kokoro-v1.0.int8.onnx", "whisper-base.bin")


def test_what_cannot_be_read_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "story.md").write_text("# 雨\n\n雨停了。\n", encoding="utf-8")
    for words, told, status in [
        (("narrate", "nobody's work"), "no file and no work", 2),
        (("narrate",), "FILE|WORK", 2),
        (("narrate", "story.md", "-o", "story.doc"), ".m4b", 2),
        (("narrate", "story.md", "--voice", "alto"), "zf_xiaoxiao", 2),
        (("narrate", "story.md", "--as", "Ann"), "NAME=ID", 2),
        (("narrate", "story.md"), "bimo models pull kokoro-82m", 3),
        (("dictate", "story.md"), "no file of sound", 2),
        (("dictate", "none.wav"), "none.wav", 2),
    ]:
        done = run(*words)
        assert told in done.stderr
        assert done.returncode == status, done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["story.md"]


def test_the_voices_are_listed(run: Run, tmp_path: Path) -> None:
    done = run("narrate", "--voices")
    assert "zf_xiaoxiao   zh   woman" in done.stdout
    assert len(done.stdout.splitlines()) == 16


@pytest.mark.engine
def test_what_is_read_aloud_can_be_dictated(run: Run, tmp_path: Path, real_models_dir: Path) -> None:
    if not all((real_models_dir / name).is_file() for name in WEIGHTS):
        pytest.skip("bimo models pull kokoro-82m; bimo models pull whisper-base")
    (tmp_path / "home" / "models").mkdir(parents=True)
    for name in WEIGHTS:
        (tmp_path / "home" / "models" / name).symlink_to(real_models_dir / name)
    (tmp_path / "story.md").write_text("The keeper found a letter.\n\n我们走吧。\n", encoding="utf-8")
    assert run("narrate", "story.md", "-o", "story.mp3").returncode == 0
    done = run("dictate", "story.mp3", "-o", "said.txt")
    assert "The keeper found a letter." in done.stdout
    assert "我们走吧" in (tmp_path / "said.txt").read_text(encoding="utf-8")


def test_a_picture_inspires(run: Run, script: Callable[..., str], tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    image.new("RGB", (60, 40), (20, 30, 90)).save(tmp_path / "night.png")
    model = script("a letter lies under the lamp.", head="repeat")
    done = run("spark", "--image", "night.png", "--count", "1", "--show-prompt", "--model", model)
    assert done.returncode == 0, done.stderr
    assert "A picture, dark and cool, in deep blue 100%." in done.stderr
    assert "BIMO_VISION" in done.stderr
    done = run("spark", "--image", "none.png", "--model", model)
    assert "none.png" in done.stderr
    assert done.returncode == 2
