"""The voices, the pieces of long sentences, and the real model where its weights are."""

from __future__ import annotations

from pathlib import Path

import pytest

from bimo.models.catalog import assets
from bimo.senses.needs import needed
from bimo.senses.sounds import sounds
from bimo.senses.speech import LONGEST, RATE, Kokoro, pieces_of, voice_for, voices
from bimo.text.errors import InputError, Language, ModelError

np = pytest.importorskip("numpy")


def test_each_language_has_voices_of_women_and_men() -> None:
    kinds = {(voice.lang, voice.woman) for voice in voices().values()}
    assert len(kinds) == 4
    assert voice_for("zh").id == "zf_xiaoxiao"
    assert voice_for("en").id == "af_heart"
    with pytest.raises(InputError, match="zf_xiaoxiao"):
        voice_for("zh", "nobody")


def test_long_sentences_are_cut_at_pauses() -> None:
    clause = "tʰa→ ʂwo→ ljau↘ xən↓ two→, "
    pieces = list(pieces_of(clause * 20))
    assert max(map(len, pieces)) <= LONGEST
    assert all(piece.endswith(",") for piece in pieces)
    assert "".join(pieces).replace(" ", "") == (clause * 20).replace(" ", "")
    assert [len(piece) for piece in pieces_of("a" * 700)] == [LONGEST, LONGEST, 700 - 2 * LONGEST]


def test_missing_weights_and_libraries_are_named() -> None:
    with pytest.raises(ModelError, match="bimo models pull kokoro-82m"):
        Kokoro()
    with pytest.raises(ModelError, match=r"bimo\[audio\]"):
        needed("no_such_library", extra="audio")


def test_damaged_weights_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxruntime")
    path = assets()["kokoro-82m"].path
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(assets()["kokoro-82m"].size)
    with pytest.raises(ModelError, match="models remove kokoro-82m"):
        Kokoro(threads=1)


@pytest.mark.engine
@pytest.mark.parametrize(("text", "lang"), [("雨已经停了。", "zh"), ("The rain has stopped.", "en")])
def test_the_real_model_speaks(text: str, lang: Language, real_models_dir: Path) -> None:
    asset = assets()["kokoro-82m"]
    if not (real_models_dir / asset.file).is_file():
        pytest.skip("bimo models pull kokoro-82m")
    pytest.importorskip("onnxruntime")
    asset.path.parent.mkdir(parents=True)
    asset.path.symlink_to(real_models_dir / asset.file)
    said = Kokoro(threads=1).say(sounds(text, lang), voice_for(lang).id, 1.0)
    assert 0.7 < len(said) / RATE < 3
    assert 0.05 < np.abs(said).max() <= 1
