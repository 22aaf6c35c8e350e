"""Covers painted by an endpoint over real HTTP: what it is told, what comes of its picture, and what may go wrong."""

from __future__ import annotations

import base64
import io
import json
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from sample_works import SAMPLES

from bimo.publish.cover import drawn_cover
from bimo.publish.painting import painted_cover
from bimo.text.errors import BimoError, InputError

pytest.importorskip("typst")
image = pytest.importorskip("PIL.Image")


class Painter(HTTPServer):
    """Answers every request with a picture, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        made = io.BytesIO()
        image.new("RGB", (200, 200), (200, 80, 40)).save(made, "JPEG")
        self.status, self.reply = 200, json.dumps({"data": [{"b64_json": base64.b64encode(made.getvalue()).decode()}]})
        self.knows_format = True
        super().__init__(("127.0.0.1", 0), _Talk)


class _Talk(BaseHTTPRequestHandler):
    server: Painter

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked)
        refused = "response_format" in asked and not self.server.knows_format
        self.send_response(400 if refused else self.server.status)
        self.end_headers()
        self.wfile.write(b"Unknown parameter: 'response_format'." if refused else self.server.reply.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Be quiet."""


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Painter]:
    monkeypatch.setenv("NO_PROXY", "*")
    server = Painter()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("BIMO_IMAGES", f"paints@http://127.0.0.1:{server.server_port}/v1")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_picture_fills_the_cover_and_no_text_is_sent(painter: Painter) -> None:
    document = SAMPLES["prose.en"]
    made = painted_cover(document, "rain", ("#112233",))
    assert struct.unpack(">II", made[16:24]) == (1600, 2560)
    with image.open(io.BytesIO(made)) as shown:
        red, green, blue = shown.convert("RGB").getpixel((20, 2540))
    assert (red > 180, green < 110, blue < 80) == (True, True, True)
    (asked,) = painter.asked
    assert asked["model"] == "paints"
    assert document.title in asked["prompt"]
    assert "rain" in asked["prompt"]
    assert "#112233" in asked["prompt"]
    assert "envelope" not in json.dumps(asked)


def test_an_endpoint_that_does_not_know_the_format_is_asked_again(painter: Painter) -> None:
    painter.knows_format = False
    assert painted_cover(SAMPLES["prose.zh"]).startswith(b"\x89PNG")
    assert [("response_format" in asked) for asked in painter.asked] == [True, False]


@pytest.mark.parametrize(
    ("status", "reply", "code"),
    [
        (200, "{}", "publish.not_painted"),
        (200, "no json", "publish.not_painted"),
        (200, '{"data": [{"url": "http://elsewhere.example/x.png"}]}', "publish.not_painted"),
        (200, '{"data": [{"b64_json": "bm8gcGljdHVyZQ=="}]}', "senses.no_picture"),
        (401, "", "models.key_refused"),
        (500, "", "models.server_failed"),
    ],
)
def test_what_goes_wrong_is_told(painter: Painter, status: int, reply: str, code: str) -> None:
    painter.status, painter.reply = status, reply
    with pytest.raises(BimoError) as caught:
        painted_cover(SAMPLES["prose.zh"])
    assert caught.value.code == code


def test_without_an_endpoint_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BIMO_IMAGES", raising=False)
    with pytest.raises(InputError, match="no_painter"):
        painted_cover(SAMPLES["prose.zh"])
    assert drawn_cover(SAMPLES["prose.zh"])
