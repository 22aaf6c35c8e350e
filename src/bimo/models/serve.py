"""An engine as a process of its own: `python -m bimo.models.serve`.

The parent writes one line of JSON, `{"model": ID, "state": FOLDER or null}`, to standard input and keeps it open; when
it ends, so does the engine, however deep in a call it is. The engine answers with one line on standard output: its door
(`bimo.models.door`), or `{"error": {"kind", "code", "details"}}`. The key passes through this pipe alone.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from pathlib import Path

from bimo.models.select import open_engine
from bimo.text.errors import BimoError


def main() -> None:
    """Open the model, say where, and stay until standard input ends."""
    _die_with_parent()
    # What it keeps on disk holds what the writer wrote.
    os.umask(0o077)
    # A library that prints must not write into the talk with the parent.
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # Ctrl-C in a terminal reaches the whole group; the parent decides when the engine ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wanted = json.loads(sys.stdin.readline() or "{}")
    try:
        model = open_engine(wanted["model"], state=Path(wanted["state"]) if wanted["state"] else None)
    except BimoError as error:
        told = {"kind": type(error).__name__, "code": error.code}
        told["details"] = {name: str(value) for name, value in error.details.items()}  # type: ignore[assignment]
        pipe.write(json.dumps({"error": told}) + "\n")
        pipe.flush()
        os._exit(1)
    pipe.write(model.door().to_json() + "\n")
    pipe.flush()
    sys.stdin.read()
    os._exit(0)


def _die_with_parent() -> None:
    """Ask Linux to kill this process when its parent dies; elsewhere the end of standard input tells."""
    if sys.platform == "linux":
        death_signal = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>
        ctypes.CDLL(None).prctl(death_signal, signal.SIGKILL)


if __name__ == "__main__":
    main()
