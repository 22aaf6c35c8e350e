"""Work in a thread of its own, so that Ctrl-C is heard at once even inside a long call of the engine."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FrameType
from typing import Generic, NoReturn, TypeVar

from bimo.cli.console import say
from bimo.models.protocol import Cancel

# A tool ends within a second of a stop; one that does not is left behind, and what was shown is what there is.
PATIENCE = 1.5


Item = TypeVar("Item")


class Background(Generic[Item]):
    """Iterates over `work()` in a worker thread; `stopped` tells that the writer pressed Ctrl-C.

    The first Ctrl-C asks the work to stop and waits for its last words, the second leaves the program.
    """

    def __init__(self, work: Callable[[], Iterator[Item]], cancel: Cancel) -> None:
        self._work = work
        self._cancel = cancel
        # Not SimpleQueue: a signal at the end of its wait makes it wait for ever (CPython 3.11).
        self._items: queue.Queue[tuple[str, Item | BaseException | None]] = queue.Queue()
        self._deadline: float | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="tool")

    @property
    def stopped(self) -> bool:
        """Whether the writer asked to stop."""
        return self._deadline is not None

    @property
    def stuck(self) -> bool:
        """Whether the worker still runs, so that the interpreter cannot end in the ordinary way."""
        return self._thread.is_alive()

    def __iter__(self) -> Iterator[Item]:
        main = threading.current_thread() is threading.main_thread()
        before = signal.signal(signal.SIGINT, self._interrupt) if main else None
        self._thread.start()
        try:
            yield from self._take()
        finally:
            self._cancel.cancel()
            if main:
                signal.signal(signal.SIGINT, before)

    def _take(self) -> Iterator[Item]:
        told = False
        while self._deadline is None or time.monotonic() < self._deadline:
            if self.stopped and not told:
                say("cli.stopping")
                told = True
            try:
                # A short wait, because Windows hears Ctrl-C only between waits.
                kind, item = self._items.get(timeout=0.1)
            except queue.Empty:
                continue
            if kind == "end":
                self._thread.join(PATIENCE)
                return
            if isinstance(item, BaseException):
                self._thread.join(PATIENCE)
                raise item
            yield item  # type: ignore[misc]  # "item" always carries an Item

    def _run(self) -> None:
        try:
            for item in self._work():
                self._items.put(("item", item))
            self._items.put(("end", None))
        except BaseException as error:  # the boundary of the thread: the main thread raises it again
            self._items.put(("error", error))

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.stopped:
            leave(130)
        self._deadline = time.monotonic() + PATIENCE
        self._cancel.cancel()


def leave(status: int) -> NoReturn:
    """End the program at once, whatever other threads do."""
    # A signal may have come in the middle of a write, which then cannot be flushed.
    with suppress(RuntimeError, OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)
