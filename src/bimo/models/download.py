"""Fetch weights once, from whichever source answers, and believe nothing but their hash."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bimo.models.catalog import MAGIC, Asset, Source
from bimo.models.part import ConnectionBroke, Part, Progress, SourceFailed, WrongBytes, blocks, megabytes
from bimo.models.protocol import Cancel
from bimo.models.sources import fetch, spare
from bimo.text.errors import DownloadError, FileError, Language, Notice

# Left free on the disk for everybody else, in bytes.
MARGIN = 64 << 20
# A broken connection is taken up again with the same source if it brought at least so many bytes.
WORTH_RETRYING = 1 << 20


def pull(
    entry: Asset,
    *,
    progress: Progress = lambda done, total, source: None,
    cancel: Cancel | None = None,
    notice: Callable[[Notice], None] = lambda notice: None,
) -> Path:
    """Put the weights of `entry` in place and return their path; goes on where an earlier call was stopped.

    `progress` hears bytes done, bytes in all and the source; `notice` hears why a source was dropped. Weights that
    are here already are hashed again, and replaced if damaged. Raises DownloadError (no source, wrong bytes, disk
    full, cancelled; what arrived is kept except for wrong bytes) or FileError (the folder cannot be written).
    """
    cancel = cancel or Cancel()
    with _disk_errors(entry):
        if _is_right(entry, progress, cancel):
            return entry.path
        entry.path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(entry, cancel, notice) as waited:
            if waited and _is_right(entry, progress, cancel):
                return entry.path
            _sweep(entry)
            with Part(_part_path(entry), entry.size, magic=_magic(entry), progress=progress, cancel=cancel) as part:
                _fill(entry, part, notice)
                part.settle()
            os.replace(part.path, entry.path)
    return entry.path


def remove(entry: Asset) -> int:
    """Delete the weights and what an unfinished pull left; returns the bytes freed.

    Raises FileError if they cannot be deleted, or while another process pulls them.
    """
    freed = 0
    if not entry.path.parent.is_dir():
        return 0
    with _disk_errors(entry), _alone(entry, None, lambda notice: None):
        _sweep(entry)
        for path in (entry.path, _part_path(entry)):
            if path.is_file():
                freed += path.stat().st_size
                path.unlink()
    return freed


def _fill(entry: Asset, part: Part, notice: Callable[[Notice], None]) -> None:
    failures: list[SourceFailed] = []
    for source in entry.sources:
        part.source = source.label
        try:
            return _fill_from(source, entry, part)
        except SourceFailed as failure:
            failures.append(failure)
            notice(failure.notice)
    wrong = any(isinstance(failure, WrongBytes) for failure in failures)
    raise DownloadError(
        "models.mismatch" if wrong else "models.no_source",
        id=entry.id,
        reasons_en=_list(failures, "en"),
        reasons_zh=_list(failures, "zh"),
    )


def _fill_from(source: Source, entry: Asset, part: Part) -> None:
    """Complete the part from one source. Bytes of an earlier one are kept unless they turn out to be wrong."""
    own = part.done == 0
    while True:
        start = part.done
        _check_room(source, part)
        try:
            if start < part.size:
                fetch(source, part)
        except ConnectionBroke:
            if part.done - start < WORTH_RETRYING:
                raise
            part.cancel.wait(1)
            continue
        except WrongBytes:
            part.restart()
            raise
        if part.matches(entry.sha256):
            return
        part.restart()
        if own:
            raise WrongBytes("models.source_hash", source=part.source)
        own = True


def _check_room(source: Source, part: Part) -> None:
    needed = part.size - part.done + spare(source, part.size) + MARGIN
    free = shutil.disk_usage(part.path.parent).free
    if free < needed:
        raise DownloadError("models.no_room", folder=part.path.parent, needed=megabytes(needed), free=megabytes(free))


def _is_right(entry: Asset, progress: Progress, cancel: Cancel) -> bool:
    if not entry.installed:
        return False
    digest, done = hashlib.sha256(), 0
    for block in blocks(entry.path):
        if cancel.cancelled:
            raise DownloadError("models.pull_cancelled", done=megabytes(done), size=megabytes(entry.size))
        digest.update(block)
        done += len(block)
        progress(done, entry.size, "")
    return digest.hexdigest() == entry.sha256


@contextmanager
def _alone(entry: Asset, cancel: Cancel | None, notice: Callable[[Notice], None]) -> Iterator[bool]:
    """Hold the lock of these weights, and tell whether another held it before. Without `cancel` nobody waits.

    The system frees the lock when its process dies.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(entry.path.with_name(f".{entry.file}.lock"))
    waiting = False
    while True:
        try:
            lock.acquire(timeout=0)
            break
        except Timeout:
            if cancel is None:
                raise FileError("models.pull_busy", id=entry.id) from None
            if not waiting:
                notice(Notice.of("models.pull_waiting", id=entry.id))
                waiting = True
            if cancel.wait(0.2):
                raise DownloadError("models.pull_cancelled", done=megabytes(0), size=megabytes(entry.size)) from None
    try:
        yield waiting
    finally:
        lock.release()


@contextmanager
def _disk_errors(entry: Asset) -> Iterator[None]:
    """The wall to the disk: what the system says about it, in our words."""
    folder = entry.path.parent
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DownloadError("models.disk_full", folder=folder) from error
        raise FileError("models.folder_unwritable", folder=folder, reason=error.strerror or error) from error


def _sweep(entry: Asset) -> None:
    """Delete what a killed pull left beside its part."""
    for folder in entry.path.parent.glob(f"{_part_path(entry).name}.*"):
        shutil.rmtree(folder, ignore_errors=True)


def _part_path(entry: Asset) -> Path:
    return entry.path.with_name(entry.file + ".part")


def _magic(entry: Asset) -> bytes:
    return MAGIC if entry.file.endswith(".gguf") else b""


def _list(failures: list[SourceFailed], lang: Language) -> str:
    return "".join(f"\n- {failure.notice.message(lang)}" for failure in failures)
