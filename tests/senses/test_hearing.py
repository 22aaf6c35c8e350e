"""Dictation: pauses, languages by turns, marks, and recordings that are none."""

from __future__ import annotations

import re
import wave
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from bimo.models.catalog import assets
from bimo.models.protocol import Cancel
from bimo.senses import speech
from bimo.senses.hearing import RATE, Heard, Whisper, dictated, listen
from bimo.senses.sound_files import write_sound
from bimo.senses.sounds import sounds
from bimo.senses.speech import Kokoro, voice_for
from bimo.text.errors import InputError, Language, ModelError

np = pytest.importorskip("numpy")
pytest.importorskip("faster_whisper")


class Ears:
    """Hears what it is told, one reply for each stretch, and keeps what it was asked."""

    def __init__(self, *replies: tuple[str, dict[str, float]]) -> None:
        self.replies = list(replies)
        self.asked: list[Language] = []

    def language(self, samples: object) -> dict[str, float]:
        return self.replies[len(self.asked)][1]

    def write(self, samples: object, lang: Language, names: str) -> str:
        self.asked.append(lang)
        return self.replies[len(self.asked) - 1][0]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> object:
    """A second of sound, a short pause, a second, a long pause, a second."""
    found = [(0, RATE), (int(1.5 * RATE), int(2.5 * RATE)), (5 * RATE, 6 * RATE)]
    monkeypatch.setattr("bimo.senses.hearing.stretches", lambda samples: found)
    return np.zeros(6 * RATE, np.float32)


def text_of(found: list[Heard]) -> str:
    return "".join(each.joined(before) for before, each in zip([None, *found], found, strict=False))


def test_each_stretch_is_heard_in_its_own_language(pauses: object) -> None:
    ears = Ears(
        ("雨停了,走吧", {"zh": 0.9, "en": 0.1}), ("Let us go", {"en": 0.8, "zh": 0.1}), ("好", {"zh": 0.5, "en": 0.4})
    )
    found = list(dictated(pauses, ears))  # type: ignore[arg-type]
    assert ears.asked == ["zh", "en", "en"]  # the last is too close to call
    assert text_of(found) == "雨停了，走吧。 Let us go.\n\n好。"
    assert [(each.start, each.end) for each in found] == [(0, 1), (1.5, 2.5), (5, 6)]


def test_a_named_language_is_not_guessed(pauses: object) -> None:
    ears = Ears(("一", {}), ("", {}), ("二？", {}))
    found = list(dictated(pauses, ears, lang="zh"))  # type: ignore[arg-type]
    assert ears.asked == ["zh"] * 3
    assert text_of(found) == "一。\n\n二？"


def test_what_was_heard_before_a_stop_is_there(pauses: object) -> None:
    cancel = Cancel()
    news = dictated(pauses, Ears(("one", {"en": 1.0})), cancel=cancel)  # type: ignore[arg-type]
    assert next(news).text == "one."
    cancel.cancel()
    assert list(news) == []


def test_silence_is_named() -> None:
    with pytest.raises(InputError, match="Nobody speaks"):
        list(dictated(np.zeros(2 * RATE, np.float32), Ears()))


def test_a_recording_is_brought_to_one_channel(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "stereo.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(np.zeros(2 * 44_100, np.int16).tobytes())
    assert len(listen(tmp_path / "stereo.wav")) == pytest.approx(RATE, abs=50)


@pytest.mark.parametrize("data", [b"", b"Dear diary", b"RIFF\x00\x00\x00\x00WAVE", b"\x89PNG\r\n\x1a\n" + bytes(100)])
def test_what_is_no_sound_is_named(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(data)
    with pytest.raises(InputError, match=r"x\.wav is no file of sound"):
        listen(tmp_path / "x.wav")
    with pytest.raises(InputError, match=r"none\.wav"):
        listen(tmp_path / "none.wav")


def test_missing_weights_are_named() -> None:
    with pytest.raises(ModelError, match="bimo models pull whisper-base"):
        Whisper()


SPOKEN: dict[Language, str] = {
    "en": "She took the lamp from the wall and went down to the harbour.",
    "zh": "她从墙上取下灯，往渡口走去。",
}


@pytest.mark.engine
def test_what_the_real_voices_say_is_written_down(real_models_dir: Path, tmp_path: Path) -> None:
    """A fifth of the words, in Chinese of the syllables, may be wrong: errors of both models together."""
    from pypinyin import lazy_pinyin

    for id in ("kokoro-82m", "whisper-base"):
        asset = assets()[id]
        if not (real_models_dir / asset.file).is_file():
            pytest.skip(f"bimo models pull {id}")
        asset.path.parent.mkdir(parents=True, exist_ok=True)
        asset.path.symlink_to(real_models_dir / asset.file)
    speaker = Kokoro()
    pause = np.zeros(speech.RATE, np.float32)
    said = [speaker.say(sounds(text, lang), voice_for(lang).id, 1.0) for lang, text in SPOKEN.items()]
    clip = (np.concatenate([said[0], pause, said[1], pause]) * 32767).astype(np.int16)
    write_sound(tmp_path / "said.wav", ".wav", [clip], [], {})
    found = list(dictated(listen(tmp_path / "said.wav"), Whisper()))
    assert [each.lang for each in found] == ["en", "zh"]

    def units(text: str) -> list[str]:
        words = re.sub(r"[^\w ]", "", text.lower())
        return words.split() if words.isascii() else lazy_pinyin(words)

    for heard in found:
        wanted, given = units(SPOKEN[heard.lang]), units(heard.text)
        same = sum(block.size for block in SequenceMatcher(None, wanted, given, autojunk=False).get_matching_blocks())
        assert same >= 0.8 * max(len(wanted), len(given)), heard.text
