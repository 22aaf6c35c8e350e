"""Servers that speak OpenAI's chat format over real HTTP, some of them badly."""

from __future__ import annotations

import json
import random
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WORDS = ["lamp", "sea", "night", "keeper", "stair", "salt", "gull", "rope", "window", "storm", "oil", "glass"]


@dataclass
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class Talk(BaseHTTPRequestHandler):
    """One request. Behaviours get it as their only argument and answer with its methods."""

    server: FakeServer
    body: dict[str, Any]

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: dict[str, Any]) -> None:
        self.body = body
        self.server.asked.append(Asked(self.command, self.path, dict(self.headers), body))
        if self.path.endswith("/chat/completions"):
            self.server.behave(self)
        elif self.path in self.server.facts:
            self.json(200, self.server.facts[self.path])
        else:
            self.json(404, {"error": {"message": "File Not Found"}})

    def json(self, status: int, body: object, **headers: str) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(text)

    def begin(self, *, chunked: bool = False) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.chunked = chunked

    def event(self, data: object) -> None:
        line = f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line) if self.chunked else line)
        self.wfile.flush()

    def say(self, text: str, index: int = 0, finish: str | None = None) -> None:
        self.event({"choices": [{"index": index, "delta": {"content": text}, "finish_reason": finish}]})

    def hang(self) -> None:
        """Be silent until the client hangs up or the test ends."""
        while not self.server.stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.02)
            if readable and self.connection.recv(1, socket.MSG_PEEK) == b"":
                self.server.hung_up.set()
                return

    def log_message(self, format: str, *args: object) -> None:
        pass


Behaviour = Callable[[Talk], None]


@dataclass
class Polite:
    """A well-behaved server whose model says words that follow from the seed and the messages; a word is a token.

    `refuses` maps options to the complaint of a 400; `ignores` are options it takes no notice of.
    """

    context: int = 2000
    pause: float = 0.002
    refuses: Mapping[str, str] = field(default_factory=dict)
    ignores: tuple[str, ...] = ()

    def __call__(self, talk: Talk) -> None:
        body = {name: value for name, value in talk.body.items() if name not in self.ignores}
        for option, complaint in self.refuses.items():
            if option in body:
                return talk.json(400, {"error": {"message": complaint, "type": "invalid_request_error"}})
        size = sum(len(message["content"].split()) for message in body["messages"])
        if size > self.context:
            message = (
                f"This model's maximum context length is {self.context} tokens. However, you requested {size} tokens"
            )
            return talk.json(400, {"error": {"message": message, "code": "context_length_exceeded"}})
        talk.begin()
        count = body.get("n", 1)
        for index in range(count):
            self._write(talk, body, index)
        if body.get("stream_options", {}).get("include_usage"):
            used = {"prompt_tokens": size, "completion_tokens": body["max_tokens"], "prompt_tokens_details": None}
            talk.event({"choices": [], "usage": used})
        return talk.event("[DONE]")

    def _write(self, talk: Talk, body: dict[str, Any], index: int) -> None:
        chance = random.Random(f"{body.get('seed', random.random())} {index} {body['messages']}")
        text = ""
        for _ in range(body["max_tokens"]):
            word = f"{chance.choice(WORDS)} "
            text += word
            if any(stop in text for stop in body.get("stop", ())):
                return talk.say("", index, "stop")
            talk.say(word, index)
            time.sleep(self.pause)
        return talk.say("", index, "length")


class FakeServer(ThreadingHTTPServer):
    """A server on loopback. `facts` are answers to other paths than the chat's; `asked` records every request."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, behave: Behaviour, facts: Mapping[str, object] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.behave = behave
        self.facts = facts or {}
        self.asked: list[Asked] = []
        self.stopping = threading.Event()
        self.hung_up = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def chats(self) -> list[dict[str, Any]]:
        """The bodies of the chat requests, in order."""
        return [asked.body for asked in self.asked if asked.path.endswith("/chat/completions")]

    def handle_error(self, request: object, client_address: object) -> None:
        # Clients that hang up are what these tests are about.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving(behave: Behaviour, facts: Mapping[str, object] | None = None) -> Iterator[FakeServer]:
    server = FakeServer(behave, facts)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()
