"""The routes of reading aloud and dictation; the models of speech are stand-ins, as in the tests of the senses."""

from __future__ import annotations

import io
import struct
import time
import wave
from contextlib import suppress
from threading import Thread
from typing import Any

import httpx
import pytest
from house_of_tests import House, events

from bimo.models.catalog import assets
from bimo.senses.speech import RATE
from bimo.text.errors import Language

np = pytest.importorskip("numpy")
pytest.importorskip("av")
pytest.importorskip("faster_whisper")


class Tone:
    """Says everything as a tone of a tenth of a second."""

    name = "tone"

    def say(self, sounds: str, voice: str, speed: float) -> Any:
        return np.sin(np.arange(int(RATE / 10 / speed)) / 10).astype(np.float32) / 2


class Ears:
    """Hears the same in every stretch."""

    def language(self, samples: object) -> dict[str, float]:
        return {"zh": 1.0}

    def write(self, samples: object, lang: Language, names: str) -> str:
        return f"雨停了 {names}".strip()


@pytest.fixture
def hearing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that seem to be here, a voice of tones, and ears that hear two sentences."""
    monkeypatch.setattr("bimo.studio.routes.senses.lack_of", lambda sense: None)
    monkeypatch.setattr("bimo.senses.speech.Kokoro", Tone)
    monkeypatch.setattr("bimo.senses.hearing.Whisper", Ears)
    found = [(0, 8000), (10_000, 16_000)]
    monkeypatch.setattr("bimo.senses.hearing.stretches", lambda samples: found)


def recording(seconds: float = 1.0) -> bytes:
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(int(seconds * 32_000)))
    return kept.getvalue()


def dictation(house: House, data: bytes, query: str = "") -> list[tuple[str, dict[str, Any]]]:
    with house.client.stream("POST", f"/api/dictation{query}", content=data) as answer:
        assert answer.status_code == 200, answer.read()
        return [(name, told) for _, name, told in events(answer.iter_lines())]


def test_sentences_are_told_from_the_cursor_on(house: House) -> None:
    text = "# 雨\n\n😀她走了。他没有动。\n\nThe lamp went out."
    start = text.index("他") + 1  # the page counts the face as two
    found = house.post("/aloud", {"text": text, "start": start, "lang": "zh"})
    assert [(each["text"], each["lang"]) for each in found] == [("他没有动。", "zh"), ("The lamp went out.", "en")]
    assert found[0]["start"] == start
    assert found[0]["pause"] > 0.3
    assert house.post("/aloud", {"text": "* * *\n\n——\n"}) == []


def test_the_first_sentences_are_cut_so_that_they_are_heard_soon(house: House) -> None:
    text = "雨停。沈宁下车的时候，雨刚停，天还没亮。他看看表，走了。" + "他一直没有说话，也没有再回头看一眼。" * 4
    found = house.post("/aloud", {"text": text, "start": 5, "lang": "zh"})
    assert [each["text"] for each in found] == [
        "沈宁下车的时候，", "雨刚停，天还没亮。", "他看看表，走了。",
        "他一直没有说话，", "也没有再回头看一眼。", "他一直没有说话，", "也没有再回头看一眼。",
        "他一直没有说话，也没有再回头看一眼。", "他一直没有说话，也没有再回头看一眼。",
    ]  # fmt: skip
    assert [each["pause"] for each in found[:2]] == [0, 0.3]
    assert all(text[each["start"] : each["end"]] == each["text"] for each in found)


def test_a_breathless_sentence_is_said_in_pieces(house: House) -> None:
    text = "一个非常长的句子，" * 60 + "x" * 500
    found = house.post("/aloud", {"text": text, "lang": "zh"})
    assert "".join(each["text"] for each in found) == text
    assert max(len(each["text"]) for each in found) <= 160


def test_a_sentence_comes_as_sound_and_is_kept(house: House, hearing: None) -> None:
    for _ in range(2):
        answer = house.client.post("/api/aloud/clip", json={"text": "雨停了。", "lang": "zh", "speed": 2})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "audio/wav"
        assert answer.headers["cache-control"] == "no-store"
        with wave.open(io.BytesIO(answer.content)) as file:
            assert file.getnframes() == RATE // 20
    assert house.client.post("/api/aloud/clip", json={"text": "***"}).status_code == 204
    wrong = house.post("/aloud/clip", {"text": "雨", "voice": "nobody"}, 422)
    assert wrong["error"]["code"] == "senses.no_voice"


def test_what_is_missing_is_told_in_both_languages(house: House) -> None:
    for lang in ("en", "zh"):
        told = house.get("/senses", headers={"Accept-Language": lang})
        assert told["aloud"]["missing"]["code"] == "models.not_installed"
        assert "bimo models pull kokoro-82m" in told["aloud"]["missing"]["hint"]
        assert told["dictation"]["weights"] == {
            "id": "whisper-base", "size": assets()["whisper-base"].size, "licence": "MIT", "installed": False,
        }  # fmt: skip
    assert {each["lang"] for each in told["voices"]} == {"zh", "en"}
    assert house.post("/aloud/clip", {"text": "Rain."}, 502)["error"]["code"] == "models.not_installed"


def test_a_missing_package_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bimo.senses.needs.find_spec", lambda module: None)
    told = house.get("/senses")
    assert "pip install 'bimo[audio]'" in told["dictation"]["missing"]["hint"]
    assert told["voices"] == []


def test_a_recording_is_written_down(house: House, hearing: None) -> None:
    work = house.post("/works", {"title": "渡口", "lang": "zh"}, 201)["id"]
    house.post(f"/works/{work}/bible", {"kind": "character", "names": [{"text": "沈宁"}]}, 201)
    told = dictation(house, recording(), f"?work={work}")
    assert [data["text"] for name, data in told if name == "piece"] == ["雨停了 沈宁。", "雨停了 沈宁。"]
    result = dict(told)["result"]
    assert result["alternatives"][0]["text"] == "雨停了 沈宁。雨停了 沈宁。"
    # What the writer said is the writer's own.
    assert result["suggestion"] is None
    assert house.get(f"/works/{work}/suggestions") == []


@pytest.mark.parametrize("data", [b"", b"Dear diary", b"\x1aE\xdf\xa3" + bytes(40)])
def test_what_is_no_recording_is_told(house: House, hearing: None, data: bytes) -> None:
    failed = dict(dictation(house, data))["failed"]
    assert failed["code"] == "senses.no_sound"


def test_a_recording_that_unpacks_to_days_is_refused(house: House, hearing: None) -> None:
    # A file may say of itself what it likes: here some hours of silence in few bytes.
    flac = io.BytesIO()
    import av

    with av.open(flac, "w", format="flac") as file:
        stream = file.add_stream("flac", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000 * 600), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        for number in range(7):
            frame.pts = number * 8000 * 600
            for packet in stream.encode(frame):
                file.mux(packet)
        file.mux(stream.encode(None))
    assert len(flac.getvalue()) < 1_000_000
    assert dict(dictation(house, flac.getvalue()))["failed"]["code"] == "senses.sound_too_long"


def test_more_than_is_taken_is_refused(house: House) -> None:
    answer = house.client.post("/api/dictation", content=struct.pack("x") * (17 << 20))
    assert answer.status_code == 413


def test_only_the_studio_may_use_the_microphone(house: House) -> None:
    policy = house.client.get("/api/health").headers["permissions-policy"]
    assert "microphone=(self)" in policy
    assert "camera=()" in policy


def test_weights_are_fetched_as_a_job(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def pull(asset: Any, *, progress: Any, cancel: Any) -> None:
        for done in (0, asset.size // 2, asset.size // 2 + 1, asset.size):
            progress(done, asset.size, "somewhere")

    monkeypatch.setattr("bimo.models.download.pull", pull)
    told = house.run("/senses/weights/whisper-base", {})
    size = assets()["whisper-base"].size
    assert [data["step"] for name, data in told if name == "progress"] == [0, size // 2, size]
    assert told[-1] == ("ended", {"state": "done"})
    assert house.post("/senses/weights/nothing", {}, 404)["error"]["code"] == "studio.not_found"


def picture(size: tuple[int, int] = (300, 200), mode: str = "RGB", kind: str = "PNG") -> bytes:
    image = pytest.importorskip("PIL.Image")
    kept = io.BytesIO()
    image.new(mode, size, 0 if mode == "1" else (20, 30, 90)).save(kept, kind)
    return kept.getvalue()


def test_a_picture_is_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bimo.senses.seeing.read_words", lambda picture: ("LIGHTHOUSE",))
    answer = house.ask("POST", "/pictures?name=night.png&language=zh", 200, content=picture())
    assert answer["colours"] == [{"code": "#141e5a", "share": 1.0, "name": "deep blue"}]
    assert answer["words"] == ["LIGHTHOUSE"]
    assert "深蓝" in answer["told"]
    assert answer["unseen"][-1]["code"] == "senses.no_vision"


def test_what_is_no_picture_is_told_and_a_bomb_refused_at_once(house: House) -> None:
    for data in (b"", b"Dear diary", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"):
        refused = house.ask("POST", "/pictures?name=x.jpg", 422, content=data)["error"]
        assert refused["code"] == "senses.no_picture"
        assert "x.jpg" in refused["message"]
    gif = b"GIF89a" + struct.pack("<HH", 20_000, 20_000) + b"\x80\0\0" + bytes(6) + b","
    for bomb in (picture((20_000, 20_000), "1"), gif + struct.pack("<HHHH", 0, 0, 20_000, 20_000) + bytes(20)):
        began = time.monotonic()
        refused = house.ask("POST", "/pictures?name=bomb", 422, content=bomb)["error"]
        assert refused["code"] == "senses.picture_too_large"
        assert time.monotonic() - began < 2


def test_offers_have_reasons_and_are_learned_from(house: House) -> None:
    work = house.post("/works", {"title": "渡口", "lang": "zh"}, 201)["id"]
    scene = house.post(f"/works/{work}/outline", {"kind": "scene", "title": "雨夜"}, 201)["id"]
    house.ask("PUT", f"/scenes/{scene}", 200, json={"text": "渡口的灯还亮着，渡船没有回来。", "based_on": None})
    found = house.get("/foryou?language=zh&count=50")
    assert all(each["title"] and each["why"] for each in found)
    kinds = {each["kind"]: each for each in found}
    assert kinds["form"]["start"]["tool"] == "poem"
    assert kinds["prompt"]["start"]["given"]["kind"]
    assert kinds["tool"]["start"]["tool"] == kinds["tool"]["id"].removeprefix("tool:")
    assert any(each["start"] == {"work": work, "scene": scene} for each in found)
    form = kinds["form"]["id"]
    house.post("/foryou/dismissed", {"item": form}, 204)
    assert form not in {each["id"] for each in house.get("/foryou?language=zh&count=50")}
    house.post("/foryou/opened", {"item": kinds["tool"]["id"]}, 204)
    assert any("worked on" in each["why"] for each in house.get("/foryou?language=zh&count=50"))
    house.post("/foryou/reset", {}, 204)
    assert not any("worked on" in each["why"] for each in house.get("/foryou?language=zh&count=50"))


def test_a_sentence_that_nobody_waits_for_is_not_made(own_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    class Slow(Tone):
        def say(self, sounds: str, voice: str, speed: float) -> Any:
            said.append(sounds)
            time.sleep(0.4)
            return super().say(sounds, voice, speed)

    monkeypatch.setattr("bimo.studio.routes.senses.lack_of", lambda sense: None)
    monkeypatch.setattr("bimo.senses.speech.Kokoro", Slow)
    texts = ["One and one.", "Two and two.", "Three and three.", "Four and four."]

    def ask(text: str, patience: float) -> None:
        with suppress(httpx.TimeoutException):
            own_house.client.post("/api/aloud/clip", json={"text": text}, timeout=patience)

    threads = [Thread(target=ask, args=(text, 10.0 if text is texts[0] else 0.2)) for text in texts[:3]]
    for thread in threads:
        thread.start()
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    ask(texts[3], 10.0)
    assert len(said) == 2
