"""Build the studio's page from `page/` into the package, when it is not built from this very source already.

`python scripts/page.py` builds, `--if-needed` builds only what differs and keeps the old build where Node is missing.
The hash of the source stands beside the build, so that a machine without Node can tell whether the two belong together.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "page"
BUILD = ROOT / "src/bimo/studio/static"
STAMP = BUILD / "source.sha256"
_NOT_SOURCE = {"node_modules", "dist", ".svelte-kit", ".vite"}


def source_hash() -> str:
    """The sha256 over the names and contents of everything that the page is built from."""
    digest = hashlib.sha256()
    for path in sorted(_files(SOURCE), key=lambda path: path.relative_to(SOURCE).as_posix()):
        # A checkout on Windows may have changed the ends of lines.
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(SOURCE).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def built_hash() -> str:
    """The hash of the source that the page was built from; empty without a build."""
    return STAMP.read_text(encoding="ascii").strip() if STAMP.is_file() else ""


def build() -> None:
    """Install what the build needs, as the lock file says, check the types, build, and put the build into the package.

    Raises FileNotFoundError without npm, CalledProcessError if a step fails; then the old build stays as it was.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm is not here; install Node 20 or later")
    for command in (["ci", "--no-audit", "--no-fund"], ["run", "check"], ["run", "build"]):
        subprocess.run([npm, *command], cwd=SOURCE, check=True)
    if BUILD.is_dir():
        shutil.rmtree(BUILD)
    shutil.move(SOURCE / "dist", BUILD)
    STAMP.write_text(source_hash() + "\n", encoding="ascii")


def build_if_needed() -> str | None:
    """Build where that is needed and possible; what went wrong, if the old build has to serve."""
    if not SOURCE.is_dir() or built_hash() == source_hash():
        return None
    try:
        build()
    except (OSError, subprocess.CalledProcessError) as error:
        if not (BUILD / "index.html").is_file():
            raise
        return f"the page was not built anew, the old one is used: {error}"
    return None


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in _NOT_SOURCE:
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


if __name__ == "__main__":
    if "--if-needed" in sys.argv:
        if warning := build_if_needed():
            sys.stderr.write(warning + "\n")
    else:
        build()
