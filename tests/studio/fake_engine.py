"""A stand-in for the engine's process: the same talk on its pipes and port, without weights.

`python fake_engine.py MODE COUNTER`: `COUNTER` is a file that grows by a line with each start. Modes: `good` writes a
word every 50 ms; `dies` ends before it is ready; `refuses` tells that it has no weights; `once` is refused at the first
start only. A prompt with "die" in it kills the process after a few words.
"""

from __future__ import annotations

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

KEY = "key-of-the-fake-engine"


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._json({"status": "ok"})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Bearer {KEY}":
            self.send_error(401)
        elif self.path == "/apply-template":
            self._json({"prompt": "\n".join(each["content"] for each in asked["messages"])})
        elif self.path == "/tokenize":
            self._json({"tokens": [ord(sign) for sign in asked["content"]]})
        elif self.path == "/v1/completions":
            self._write(asked)
        else:
            self._json({})

    def _json(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _write(self, asked: dict[str, object]) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        for number in range(200):
            if number == 4 and "die" in str(asked["prompt"]):
                os._exit(134)
            word = {"choices": [{"text": f"word{number} ", "index": 0, "finish_reason": None}]}
            self.wfile.write(f"data: {json.dumps(word)}\n\n".encode())
            self.wfile.flush()
            time.sleep(0.05)


def main() -> None:
    mode, counter = sys.argv[1], Path(sys.argv[2])
    with counter.open("a") as file:
        file.write("start\n")
    starts = len(counter.read_text().splitlines())
    sys.stdin.readline()
    if mode == "dies":
        sys.exit(1)
    if mode == "refuses" or (mode == "once" and starts == 1):
        told = {"kind": "ModelError", "code": "models.not_installed", "details": {"id": "fake", "gigabytes": "1.0"}}
        print(json.dumps({"error": told}), flush=True)
        sys.exit(1)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    info = {"id": "fake", "context": 4096, "languages": ["zh", "en"], "abilities": ["bans"], "small": True}
    address = f"http://127.0.0.1:{server.server_address[1]}"
    print(json.dumps({"address": address, "key": KEY, "info": info, "weights": "", "state": None}), flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
