"""A studio on loopback for the tests: a real server, in a thread or a process, a real desk, a scripted model."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from bimo.desk.desk import Desk
from bimo.studio.house import Launch, Studio
from bimo.studio.serve import Address, StudioServer, bind, make_server

Start = Callable[..., subprocess.Popen[str]]
"""Starts `bimo studio` with options and environment variables."""


@dataclass
class House:
    """A running studio. `client` has come in by the token."""

    server: StudioServer
    thread: threading.Thread
    port: int
    client: httpx.Client = field(init=False)
    clients: list[httpx.Client] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = self.stranger()
        assert self.client.post("/api/session", json={"token": self.studio.sessions.token}).status_code == 204

    @property
    def studio(self) -> Studio:
        return self.server.studio

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stranger(self, **headers: str) -> httpx.Client:
        """Somebody without a session."""
        self.clients.append(httpx.Client(base_url=self.origin, trust_env=False, timeout=20, headers=headers))
        return self.clients[-1]

    def get(self, path: str, status: int = 200, **more: Any) -> Any:
        return self.ask("GET", path, status, **more)

    def post(self, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        return self.ask("POST", path, status, json=body if body is not None else {}, **more)

    def ask(self, method: str, path: str, status: int, **more: Any) -> Any:
        answer = self.client.request(method, f"/api{path}", **more)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def run(self, path: str, body: Any, **more: Any) -> list[tuple[str, dict[str, Any]]]:
        """The events of a job, to its end."""
        with self.client.stream("POST", f"/api{path}", json=body, **more) as answer:
            assert answer.status_code == 200, answer.read()
            return [(name, data) for _, name, data in events(answer.iter_lines())]

    def close(self) -> float:
        """Stop the server; how long that took."""
        began = time.monotonic()
        for client in self.clients:
            client.close()
        self.server.stop()
        self.thread.join(timeout=10)
        assert not self.thread.is_alive()
        return time.monotonic() - began


def open_house(folder: Path, script: str, *, password: str | None = None, model: str | None = None) -> House:
    """A studio with a scripted model that reads `script`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "script.txt").write_text(script, encoding="utf-8")
    address = Address(port=0, password=password)
    bound = bind(address)
    port = bound.getsockname()[1]
    launch = Launch(model=model or f"scripted:{folder / 'script.txt'}")
    desk = Desk.open(folder / "desk.db")
    server = make_server(address, port, launch, desk)

    def work() -> None:
        server.run(sockets=[bound])
        desk.close()

    thread = threading.Thread(target=work, name="studio", daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < until
        time.sleep(0.01)
    return House(server, thread, port)


def events(lines: Iterator[str]) -> Iterator[tuple[int | None, str, dict[str, Any]]]:
    """Server-sent events as (id, name, data)."""
    now: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            now[name] = value
        elif now:
            yield int(now["id"]) if "id" in now else None, now["event"], json.loads(now["data"])
            now = {}


def until(true: Any, seconds: float = 5.0) -> float:
    """Wait until `true()`; how long it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "it never came true"
        time.sleep(0.01)
    return time.monotonic() - began


def address(process: subprocess.Popen[str]) -> tuple[str, str, str]:
    """The address that was printed, its token and its work."""
    assert process.stdout
    parts = urlsplit(process.stdout.readline().strip())
    told = parse_qs(parts.fragment)
    return f"http://{parts.netloc}", told["token"][0], told.get("work", [""])[0]


@contextmanager
def entered(process: subprocess.Popen[str]) -> Iterator[httpx.Client]:
    url, token, _ = address(process)
    with httpx.Client(base_url=url, trust_env=False, timeout=20) as client:
        assert client.post("/api/session", json={"token": token}).status_code == 204
        yield client
