"""Work in a process of its own: training takes every core and much memory, and gives both back when it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import bimo.text.errors
from bimo.models.protocol import Cancel
from bimo.studio.jobs import Job, Told
from bimo.studio.words import bug
from bimo.text.errors import BimoError, ModelError

Tell = Callable[[str, dict[str, Any]], None]
# `run(tell, cancel, **given)` in the other process; it must be a function of a module, so that its name finds it there.
Task = Callable[..., None]
# Seconds between two looks at whether the job was stopped.
_LOOK = 0.2


def apart(job: Job, task: Task, **given: Any) -> Iterator[Told]:
    """Run `task` in a process of its own and pass on what it tells; a stop of the job becomes its `cancel`.

    Raises the BimoError that the task raised, or ModelError `studio.task_died` if the process ended without a word.
    """
    context = get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, task, given), name=f"bimo-{job.kind}", daemon=True)
    process.start()
    theirs.close()
    asked = False
    try:
        while True:
            if job.cancel.cancelled and not asked:
                asked = True
                with suppress(OSError):
                    mine.send("stop")
            if not mine.poll(_LOOK):
                continue
            name, data = mine.recv()
            if name == "over":
                return
            if name == "error":
                raise _error(data)
            yield name, data
    except EOFError:
        process.join(1)
        raise ModelError("studio.task_died", status=str(process.exitcode)) from None
    finally:
        # Closing the pipe stops the task as well, wherever it is.
        mine.close()
        process.join(5)
        if process.is_alive():
            process.terminate()


def _work(pipe: Connection, task: Task, given: dict[str, Any]) -> None:
    cancel = Cancel()

    def listen() -> None:
        # A word or the end of the studio: both mean stop.
        with suppress(EOFError, OSError):
            pipe.recv()
        cancel.cancel()

    threading.Thread(target=listen, daemon=True).start()
    with suppress(OSError):
        try:
            task(lambda name, data: pipe.send((name, data)), cancel, **given)
            pipe.send(("over", {}))
        except OSError:
            raise
        except Exception as error:  # the border of the process: the studio tells it
            told = error if isinstance(error, BimoError) else bug(error)
            pipe.send(("error", {"kind": type(told).__name__, "code": told.code, "details": dict(told.details)}))


def _error(told: dict[str, Any]) -> BimoError:
    kind = getattr(bimo.text.errors, told["kind"], ModelError)
    made: BimoError = kind(told["code"], **told["details"])
    return made
