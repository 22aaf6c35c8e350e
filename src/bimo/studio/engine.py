"""The engine in a child process, started again whenever it dies, so that no fault of it takes the studio along."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal

import bimo.text.errors
from bimo.models.door import Door
from bimo.models.places import state_dir
from bimo.models.protocol import Cancel, Chunk, Model, ModelInfo, Prompt, Sampling
from bimo.models.remote import RemoteLlama, share, unshare
from bimo.text.errors import BimoError, BusyError, ModelError

State = Literal["starting", "ready", "restarting", "failed", "closed"]

SERVE = (sys.executable, "-m", "bimo.models.serve")
# Seconds to wait before the first, second, … start in a row after a death; the last one holds from then on.
PAUSES = (0.1, 1.0, 3.0, 10.0, 30.0)
# An engine that lived this long was sound, and the pauses begin anew.
_SOUND = 60.0
# Loading a large model from a slow disk takes minutes; nobody is served by giving up before.
_PATIENCE = 180.0
# How often a silent engine is asked whether it lives, and how often in a row it may fail to answer.
_PULSE, _MISSES = 5.0, 4
# Deaths in a row before the engine was ready, after which requests are told instead of left waiting.
_UNBORN = 3
# Seconds for keeping contexts when the studio ends.
_LAST = 0.6
# Contexts are kept on disk once nobody has written for so long, and no more often than that: each time is some 50 MB.
_IDLE, _BETWEEN = 8.0, 120.0


class ChildEngine(Model):
    """The model `id` in a process of its own.

    A request meets a starting engine by waiting, and a dying one with BusyError `models.engine_lost`; the next request
    waits for the new one. What can never start (no such weights) is raised to every request, and tried again with
    each. `command` is what to start; `shared` lets the command line use it too; `changed` is called, from a thread,
    when `state` is another.
    """

    def __init__(
        self,
        id: str,
        *,
        command: Sequence[str] = SERVE,
        state: Path | None = None,
        shared: bool = True,
        pauses: Sequence[float] = PAUSES,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.id = id
        self._command = list(command)
        self._folder = state
        self._shared = shared
        self._pauses = list(pauses)
        self._tell = changed
        self._changed = threading.Condition()
        self._state: State = "starting"
        self._error: BimoError | None = None
        self._model: RemoteLlama | None = None
        self._process: subprocess.Popen[str] | None = None
        self._starts = 0
        self._busy = 0
        self._last = 0.0
        self._saved = -_BETWEEN
        self._unsaved = False
        # The kernel ends the child with the thread that started it, so one thread starts every child and stays.
        self._thread = threading.Thread(target=self._supervise, name="bimo-engine-keeper", daemon=True)
        self._thread.start()

    @property
    def state(self) -> State:
        """How the engine is; never waits."""
        return self._state

    @property
    def error(self) -> BimoError | None:
        """Why it failed to start, if it did."""
        return self._error

    @property
    def starts(self) -> int:
        """How often an engine was started."""
        return self._starts

    @property
    def pid(self) -> int | None:
        """The process of the engine, while one runs."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    @property
    def info(self) -> ModelInfo:
        """Facts about the model; waits for the engine. Raises what keeps it from starting."""
        return self._ready(Cancel()).info

    def stream(self, prompt: Prompt, sampling: Sampling, *, cancel: Cancel) -> Iterator[Chunk]:
        """Write, once the engine is there."""
        try:
            model = self._ready(cancel)
        except _Stopped:
            for index in range(sampling.n):
                yield Chunk("", index, finish="cancelled")
            return
        with self._changed:
            self._busy += 1
        try:
            yield from model.stream(prompt, sampling, cancel=cancel)
        except BusyError:
            # Its connections end a little before a process does; the next request must not meet the dead one.
            with suppress(subprocess.TimeoutExpired):
                if self._process:
                    self._process.wait(timeout=0.5)
            raise
        finally:
            with self._changed:
                self._busy -= 1
                self._last, self._unsaved = time.monotonic(), True

    def count(self, text: str) -> int:
        """Tokens of `text`."""
        return self._ready(Cancel()).count(text)

    def forget(self) -> None:
        """Drop every cached context."""
        self._ready(Cancel()).forget()

    def close(self) -> None:
        """End the engine, within a second and a half; what it has read lately is kept on disk first."""
        self._keep_contexts()
        with self._changed:
            self._state = "closed"
            self._changed.notify_all()
        process = self._process
        if process is not None:
            _end(process)
        self._thread.join(timeout=1)

    @property
    def _dead(self) -> bool:
        """Whether the engine has died and its keeper has yet to notice."""
        return self._state == "ready" and self._process is not None and self._process.poll() is not None

    def _ready(self, cancel: Cancel) -> RemoteLlama:
        until = time.monotonic() + _PATIENCE
        with self._changed:
            if self._state == "failed":
                # The cause may be gone: the weights were fetched, memory is free again.
                self._state = "starting"
                self._changed.notify_all()
            while self._state in ("starting", "restarting") or self._dead:
                if cancel.cancelled:
                    raise _Stopped
                if time.monotonic() > until:
                    raise BusyError("studio.engine_slow", model=self.id)
                self._changed.wait(0.1)
            if self._state == "closed" or self._model is None:
                raise self._error or ModelError("models.closed", model=self.id)
            return self._model

    def _supervise(self) -> None:
        deaths = unborn = 0
        while self.state != "closed":
            began = time.monotonic()
            if born := self._start():
                self._watch()
            self._forget_child()
            deaths = 0 if time.monotonic() - began > _SOUND else deaths + 1
            unborn = 0 if born or self._state == "failed" else unborn + 1
            if unborn == _UNBORN:
                unborn = 0
                self._become("failed", error=ModelError("studio.engine_dies", model=self.id, log=_log_file()))
            with self._changed:
                if self._state == "failed":
                    self._changed.wait_for(lambda: self._state != "failed")
                elif self._state != "closed":
                    self._state = "restarting"
                    self._tell()
                    pause = self._pauses[min(deaths, len(self._pauses)) - 1] if deaths else 0
                    self._changed.wait_for(lambda: self._state == "closed", pause)

    def _start(self) -> bool:
        """Start a child and wait until it tells where it is; False if it died or could not."""
        with _log() as log:
            process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8"
            )
        with self._changed:
            self._process, self._starts = process, self._starts + 1
            if self._state == "closed":
                return False
        assert process.stdin
        assert process.stdout
        told = ""
        with suppress(OSError):
            process.stdin.write(json.dumps({"model": self.id, "state": str(self._folder or "") or None}) + "\n")
            process.stdin.flush()
            told = process.stdout.readline()
        if error := _error_in(told):
            self._become("failed", error=error)
            return False
        try:
            model = RemoteLlama(Door.from_json(told))
        except (ValueError, KeyError, TypeError):
            return False
        if self._folder is not None:
            with suppress(BimoError):
                model.restore()
        if self._shared:
            share(Door.from_json(told), self.id, process.pid)
        self._become("ready", model)
        return True

    def _watch(self) -> None:
        """Return when the child is dead; kill it if it lives but no longer answers."""
        process, model = self._process, self._model
        assert process
        assert model
        misses = 0
        while misses < _MISSES:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=_PULSE)
                return
            misses = 0 if model.alive else misses + 1
            rested = time.monotonic() - self._last > _IDLE and time.monotonic() - self._saved > _BETWEEN
            if self._unsaved and not self._busy and rested:
                self._save(model)
        process.kill()
        process.wait()

    def _keep_contexts(self) -> None:
        model = self._model
        if self._unsaved and not self._busy and model is not None:
            saving = threading.Thread(target=self._save, args=(model,), daemon=True)
            saving.start()
            saving.join(timeout=_LAST)

    def _save(self, model: RemoteLlama) -> None:
        self._unsaved, self._saved = False, time.monotonic()
        if self._folder is not None:
            # What is not kept is read again, a little later.
            with suppress(BimoError):
                model.save()

    def _become(self, state: State, model: RemoteLlama | None = None, error: BimoError | None = None) -> None:
        with self._changed:
            if self._state != "closed":
                self._state = state
            self._model, self._error = model, error
            self._changed.notify_all()
        self._tell()

    def _forget_child(self) -> None:
        process = self._process
        with self._changed:
            model, self._model = self._model, None
        if model is not None:
            model.close()
        if process is not None:
            _end(process)
            if process.stdout:
                process.stdout.close()
            if self._shared:
                unshare(process.pid)


class _Stopped(Exception):
    """The one who waited no longer wants to."""


def _end(process: subprocess.Popen[str]) -> None:
    """End a child that ends with its standard input; kill it if it does not."""
    # Its standard output is left alone: whoever waits for a line of it holds its lock.
    with suppress(OSError, ValueError):
        if process.stdin:
            process.stdin.close()
    try:
        process.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _error_in(line: str) -> BimoError | None:
    """The error that a child told instead of its door."""
    try:
        told = json.loads(line)["error"]
        kind = getattr(bimo.text.errors, told["kind"], ModelError)
    except (ValueError, KeyError, TypeError):
        return None
    error: BimoError = kind(told["code"], **told["details"])
    return error


def _log() -> IO[bytes]:
    """Where the engine complains; it is begun anew with each start, and holds nothing of the writer's text."""
    try:
        _log_file().parent.mkdir(parents=True, exist_ok=True)
        return _log_file().open("wb")
    except OSError:
        return open(os.devnull, "wb")


def _log_file() -> Path:
    return state_dir() / "engine.log"
