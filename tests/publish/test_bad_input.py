"""What goes wrong at a writer's: full and read-only disks, pictures that are none, missing fonts, strange texts."""

from __future__ import annotations

import importlib
import io
import os
import re
import struct
import subprocess
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sample_works import POEMS, SAMPLES

from bimo.publish.cover import colours_from, picture
from bimo.publish.document import Document, Heading, Paragraph, Verse
from bimo.publish.formats import all_formats, find_format, publish
from bimo.publish.placing import place
from bimo.text.errors import FileError, InputError, ModelError

TYPESET = frozenset({"pdf", "broadside", "broadside-png"})
OTHERS = [id for id in all_formats() if id not in TYPESET]


def shown(data: bytes) -> str:
    """Everything in the bytes of an edition, unpacked."""
    if not data.startswith(b"PK"):
        return data.decode()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return "".join(archive.read(name).decode(errors="ignore") for name in archive.namelist())


# Disks


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """A small file system in memory; the test is skipped where none may be mounted."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("format", ["epub", "html", "site", "text", "docx"])
def test_a_full_disk_keeps_the_old_edition(format: str, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk") as disk:
        path = publish(SAMPLES["script.en"], "text", disk / "edition")
        old = path.read_bytes()
        with (disk / "ballast").open("wb") as ballast:
            ballast.write(os.urandom(48 << 10))
        noise = tuple(Paragraph(os.urandom(600).hex()) for _ in range(100))
        with pytest.raises(FileError, match=r"cannot_write.*No space left"):
            publish(Document("x", noise, "en"), format, path)
        assert path.read_bytes() == old
        assert sorted(each.name for each in disk.iterdir()) == ["ballast", "edition"]


def test_a_read_only_disk_keeps_the_old_edition(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk") as disk:
        path = publish(SAMPLES["prose.en"], "html", disk)
        old = path.read_bytes()
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for document in (SAMPLES["prose.en"], SAMPLES["prose.zh"]):
            with pytest.raises(FileError, match=r"cannot_write.*[Rr]ead-only"):
                publish(document, "html", disk)
        assert [each.name for each in disk.iterdir()] == [path.name]
        assert path.read_bytes() == old


# Pictures


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A picture of one bit a pixel; all white if no data is given."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = data or zlib.compress((b"\x00" + b"\xff" * ((width + 7) // 8)) * height, 9)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("text.png", b"not a picture", "senses.no_picture"),
        ("empty.jpg", b"", "senses.no_picture"),
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "senses.no_picture"),
        ("book.png", b"PK\x03\x04" + b"\0" * 60, "senses.no_picture"),
        ("cut.png", png(64, 64, zlib.compress(os.urandom(576)))[:300], "senses.picture_damaged"),
        ("huge.png", png(20_000, 20_000), "senses.picture_too_large"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_pictures_that_are_none_are_told(name: str, data: bytes, code: str, tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    path = tmp_path / name
    path.write_bytes(data)
    begin = time.process_time()
    for use in (picture, lambda path: colours_from(str(path))):
        with pytest.raises(InputError) as caught:
            use(path)
        assert caught.value.code == code
        assert caught.value.hint("zh")
    # Of a picture of 400 megapixels nothing but its first bytes is read.
    assert time.process_time() - begin < 2


def test_a_large_picture_becomes_a_cover_of_sensible_size(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    (tmp_path / "large.png").write_bytes(png(6000, 9000))
    made = picture(tmp_path / "large.png")
    assert max(struct.unpack(">II", made[16:24])) <= 2560


def test_a_folder_and_nothing_are_no_pictures(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    for path in (tmp_path, tmp_path / "missing.png"):
        with pytest.raises(InputError):
            picture(path)


# Fonts


@pytest.mark.parametrize("library", ["typst", "pylopdf_fonts_zh_cn"])
@pytest.mark.parametrize("format", sorted(TYPESET))
def test_without_fonts_the_writer_learns_how_to_get_them(
    library: str, format: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from bimo.publish import typesetting

    asked = importlib.import_module

    def missing(name: str, package: str | None = None) -> Any:
        if name == library:
            raise ImportError(name)
        return asked(name, package)

    monkeypatch.setattr(importlib, "import_module", missing)
    typesetting._fonts.cache_clear()
    if library != "typst":
        pytest.importorskip("typst")
    with pytest.raises(ModelError, match=r"no_library") as caught:
        publish(POEMS["poem.zh"], format, tmp_path)
    assert "bimo[print]" in caught.value.hint("en")
    assert "bimo[print]" in caught.value.hint("zh")
    assert list(tmp_path.iterdir()) == []
    typesetting._fonts.cache_clear()


# Texts

RARE = "👩‍👩‍👧 😀 𠮷 \U00020000 \U0002a6d6 \U0002b740 㐀 é ﷽"


@pytest.mark.parametrize("format", OTHERS)
def test_emoji_and_rare_characters_stay(format: str) -> None:
    document = Document(RARE, (Heading(RARE), Paragraph(RARE), Verse((RARE, RARE))), "zh", RARE)
    text = shown(find_format(format).write(document))
    for sign in RARE.split():
        assert text.count(sign) >= 5


@pytest.mark.parametrize("format", OTHERS)
def test_ten_thousand_chapters(format: str) -> None:
    blocks = tuple(each for n in range(10_000) for each in (Heading(f"第{n}章"), Paragraph("雨下了一夜。")))
    begin = time.process_time()
    data = find_format(format).write(Document("长", blocks, "zh"))
    assert time.process_time() - begin < 30
    text = shown(data)
    assert "第0章" in text
    assert "第9999章" in text


TITLES = [
    "a/b\\c",
    "../../etc/passwd",
    "/etc/passwd",
    "C:\\x",
    '"quotes" ‘’ “”',
    "<b>&amp;</b> ]]> <!--",
    "#panic() \\u{41} *x* _y_ [z](w)",
    "a\nb\tc\x00d",
    ".",
    "..",
    "con",
    "   ",
    "\u202egnp.exe",
    "😀",
    "长" * 500,
    "---\ntitle: x\n---",
]


@pytest.mark.parametrize("title", TITLES)
def test_no_title_leads_out_of_the_folder_or_breaks_an_edition(title: str, tmp_path: Path) -> None:
    folder = tmp_path / "books"
    folder.mkdir()
    document = Document(title, SAMPLES["prose.en"].blocks, "en", title)
    for id in OTHERS:
        kind = find_format(id)
        path = place(title, kind, folder)
        assert path.resolve().parent == folder
        assert publish(document, id, path) == path
        assert "envelope" in shown(path.read_bytes())
    assert len(list(folder.iterdir())) == len(OTHERS)
    assert list(tmp_path.iterdir()) == [folder]


def test_no_title_breaks_what_is_typeset(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    for title in TITLES:
        document = Document(title, POEMS["poem.en"].blocks, "en", title)
        for id in ("pdf", "broadside"):
            assert re.match(b"%PDF", find_format(id).write(document))
