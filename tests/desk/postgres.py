"""A PostgreSQL of one's own for the tests: the one in BIMO_TEST_DATABASE_URL, else a throw-away cluster."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Taken before any test clears the settings of the machine it runs on.
GIVEN = os.environ.get("BIMO_TEST_DATABASE_URL")


def programs() -> Path | None:
    """The folder of the newest PostgreSQL here."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    return max(found, key=lambda path: int(path.parent.name)) if found else Path(on_path).parent if on_path else None


@contextmanager
def server() -> Iterator[str | None]:
    """The URL of a server with DATABASE for the name of the database; None if there is no PostgreSQL here."""
    if GIVEN:
        yield re.sub(r"^([^?]*/)[^/?]*", r"\1DATABASE", GIVEN)
        return
    folder = programs()
    if folder is None:
        yield None
        return
    place = Path(tempfile.mkdtemp(prefix="bimo-pg-"))
    # The server refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(place, user)

    def run(name: str, *arguments: str) -> None:
        # The output goes to a file, because a server that was started keeps the pipe open.
        with open(place / f"{name}.log", "ab") as output:
            done = subprocess.run(
                [folder / name, *arguments], user=user, cwd=place, stdout=output, stderr=output, check=False
            )
        assert done.returncode == 0, (place / f"{name}.log").read_text()

    data = str(place / "data")
    run("initdb", "-D", data, "-U", "bimo", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    settings = f"-c fsync=off -c listen_addresses= -c unix_socket_directories={place} -c max_connections=40"
    run("pg_ctl", "-D", data, "-w", "-o", settings, "-l", str(place / "server.log"), "start")
    try:
        yield f"postgresql://bimo@/DATABASE?host={place}"
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(place, ignore_errors=True)
