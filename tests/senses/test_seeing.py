"""Pictures: colours and words that are seen, a vision endpoint over real HTTP, and pictures that are none."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from bimo.senses.seeing import Colour, look, opened, palette
from bimo.text.errors import InputError

Image = pytest.importorskip("PIL.Image")
ImageDraw = pytest.importorskip("PIL.ImageDraw")


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """A dark blue picture with a yellow third and a word."""
    picture = Image.new("RGB", (600, 400), (20, 30, 90))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 270, 600, 400), fill=(250, 220, 60))
    draw.text((60, 60), "LIGHTHOUSE", fill="white", font_size=70)
    picture.save(tmp_path / "night.png")
    return tmp_path / "night.png"


class Vision(HTTPServer):
    """Answers every request with `reply`, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.status, self.reply = 200, json.dumps({"choices": [{"message": {"content": "A lamp\nburns."}}]})
        super().__init__(("127.0.0.1", 0), _Talk)


class _Talk(BaseHTTPRequestHandler):
    server: Vision

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.reply.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Be quiet."""


@pytest.fixture
def vision(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vision]:
    monkeypatch.setenv("NO_PROXY", "*")
    server = Vision()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("BIMO_VISION", f"openai:sees@http://127.0.0.1:{server.server_port}/v1")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_colours_and_what_stays_unseen(night: Path) -> None:
    seen = look(night, "en")
    assert [colour.name("en") for colour in seen.colours][:2] == ["deep blue", "yellow"]
    assert seen.colours[0].share == pytest.approx(0.62, abs=0.08)
    assert not seen.bright
    assert "dark" in seen.told("en")
    assert "深蓝" in seen.told("zh")
    assert seen.unseen[-1].code == "senses.no_vision"


def test_words_are_read(night: Path) -> None:
    pytest.importorskip("rapidocr")
    assert look(night, "en").words == ("LIGHTHOUSE",)


@pytest.mark.parametrize(
    ("code", "en", "zh"),
    [
        ("#ffffff", "white", "白"),
        ("#050505", "black", "黑"),
        ("#808080", "grey", "灰"),
        ("#c81e1e", "red", "红"),
        ("#6b4423", "brown", "棕"),
        ("#f7c6d4", "pale pink", "浅粉"),
        ("#0a3d0a", "deep green", "深绿"),
    ],
)
def test_colours_have_names(code: str, en: str, zh: str) -> None:
    assert Colour(code, 1.0).name("en") == en
    assert Colour(code, 1.0).name("zh") == zh


def test_a_vision_model_describes(night: Path, vision: Vision) -> None:
    seen = look(night, "zh")
    assert seen.description == "A lamp burns."
    assert seen.told("zh").endswith("A lamp burns.")
    ((path, asked),) = vision.asked
    assert path == "/v1/chat/completions"
    assert asked["model"] == "sees"
    text, picture = asked["messages"][0]["content"]
    assert "请用三句话" in text["text"]
    assert picture["image_url"]["url"].startswith("data:image/jpeg;base64,")


@pytest.mark.parametrize(
    ("status", "reply", "told"),
    [
        (401, "", "key"),
        (500, "", "500"),
        (200, "{}", "without a description"),
        (200, "no JSON", "without a description"),
    ],
)
def test_a_vision_model_that_fails_costs_only_its_part(
    status: int, reply: str, told: str, night: Path, vision: Vision
) -> None:
    vision.status, vision.reply = status, reply
    seen = look(night, "en")
    assert seen.colours
    (notice,) = [notice for notice in seen.unseen if notice.code == "senses.scene_unseen"]
    assert told in notice.message("en")


def test_an_endpoint_that_is_none_is_named(night: Path) -> None:
    assert "names no vision model" in look(night, "en", vision="sees").unseen[-1].message("en")


@pytest.mark.parametrize("data", [b"", b"Dear diary", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_what_is_no_picture_is_named(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(data)
    with pytest.raises(InputError, match=r"x\.jpg is no picture"):
        look(tmp_path / "x.jpg", "en")


def test_half_a_picture_is_named(night: Path) -> None:
    night.write_bytes(night.read_bytes()[:700])
    with pytest.raises(InputError, match="damaged"):
        look(night, "en")


def test_a_picture_of_400_megapixels_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    with pytest.raises(InputError, match="more than 100 million pixels"):
        look(tmp_path / "bomb.png", "en")


def test_a_turned_photograph_stands_upright_and_glass_shows_paper(tmp_path: Path) -> None:
    picture = Image.new("RGB", (40, 20))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.jpg", exif=exif)
    assert opened(tmp_path / "turned.jpg").size == (20, 40)
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(tmp_path / "glass.png")
    assert palette(opened(tmp_path / "glass.png"))[0].name("en") == "white"
