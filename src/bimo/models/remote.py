"""The embedded engine in another process of this machine: the same talk as `llama.py`, over its port on loopback."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil

from bimo.models.door import Door, knock
from bimo.models.llama import LlamaModel
from bimo.models.places import run_dir
from bimo.text.errors import BusyError, ModelError

# Seconds within which the engine notices a closed connection, mostly 0.03. Somebody else's answer may be under way.
_NOTICED = 0.15


class RemoteLlama(LlamaModel):
    """The engine behind `door`: phrase bans, grammars, seeds and saved contexts as in one's own process.

    An engine that dies raises BusyError `models.engine_lost`, for whoever started it starts it again.
    """

    def __init__(self, door: Door) -> None:
        self._info = door.info
        self._state = door.state
        self._weights = door.weights
        self._key = door.key
        self._server = door.address
        self._http = knock(door.address, door.key)

    @property
    def address(self) -> str:
        """The loopback address of the engine."""
        return str(self._server)

    @property
    def alive(self) -> bool:
        """Whether the engine answers."""
        try:
            return self._http.get("/health", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def _complete(self, request: dict[str, Any], received: Callable[[dict[str, Any]], bool]) -> None:
        try:
            with self._http.stream("POST", "/v1/completions", json=request) as answer:
                if answer.status_code != 200:
                    answer.read()
                    received(answer.json())
                    return
                for line in answer.iter_lines():
                    kind, _, data = line.partition(": ")
                    if data == "[DONE]":
                        return
                    if kind not in ("data", "error"):
                        continue
                    event = json.loads(data)
                    if received(event if kind == "data" else {"error": event}):
                        break
                else:
                    # An engine that dies may seem to have come to its end.
                    raise self._gone()
            # Leaving the block has closed the connection, at which the engine stops.
            self._settle()
        except httpx.HTTPError as error:
            raise self._gone() from error

    def _settle(self) -> None:
        """Wait until the engine has noticed a stop: only then is what it has read at hand for the next request."""
        until = time.monotonic() + _NOTICED
        while time.monotonic() < until:
            slots = self._http.get("/slots", timeout=2).json()
            if not any(slot["is_processing"] for slot in slots):
                return
            time.sleep(0.005)

    def _gone(self) -> ModelError:
        return BusyError("models.engine_lost", model=self._info.id)


def share(door: Door, id: str, pid: int) -> None:
    """Let other commands of this user go through `door` to the model `id`, as long as process `pid` runs."""
    file = _file()
    # An engine that nobody can share still works for the one who started it.
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as target:
            json.dump({"id": id, "pid": pid, "door": door.to_json()}, target)


def unshare(pid: int) -> None:
    """Take back what `share` told of process `pid`."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        if json.loads(_file().read_text(encoding="utf-8"))["pid"] == pid:
            _file().unlink()


def shared(id: str) -> RemoteLlama | None:
    """The running engine of the model `id`, if another process of this user shares one."""
    try:
        told = json.loads(_file().read_text(encoding="utf-8"))
        if told["id"] != id or not psutil.pid_exists(told["pid"]):
            return None
        model = RemoteLlama(Door.from_json(told["door"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if model.alive:
        return model
    model.close()
    return None


def _file() -> Path:
    return run_dir() / "engine.json"
