"""EPUB with media overlays: a book that is read aloud while its words are marked; https://www.w3.org/TR/epub-33/."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bimo.publish.document import Document
from bimo.publish.epub import to_epub
from bimo.senses.sound_files import read_wav, write_sound
from bimo.senses.speech import RATE

if TYPE_CHECKING:
    from bimo.senses.sound_files import Samples

_XHTML: Final = "{http://www.w3.org/1999/xhtml}"
_OPF: Final = "{http://www.idpf.org/2007/opf}"
_SMIL: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<smil xmlns="http://www.w3.org/ns/SMIL" '
    'xmlns:epub="http://www.idpf.org/2007/ops" version="3.0">\n<body>\n'
    '<seq id="all" epub:textref="{page}">\n{parts}\n</seq>\n</body>\n</smil>\n'
)
_CSS: Final = "\n.bimo-reading { background-color: rgb(255 224 130 / 45%); }\n"


class Spoken(NamedTuple):
    """A clip, the pause after it in seconds, and the block of the document that it says a part of; -1 for none."""

    clip: Path
    pause: float
    block: int


class _Time(NamedTuple):
    block: int
    start: int
    end: int


def read_along(document: Document, spoken: Sequence[Spoken]) -> bytes:
    """The EPUB edition with sound: each paragraph, heading and stanza is marked while it is read. Raises OSError."""
    from lxml import etree

    with zipfile.ZipFile(io.BytesIO(to_epub(document))) as book:
        files = {info.filename: book.read(info) for info in book.infolist()}
    package = etree.fromstring(files["EPUB/package.opf"])
    by_block: dict[int, list[Spoken]] = {}
    for each in spoken:
        by_block.setdefault(each.block, []).append(each)
    place, total = 0, 0
    for name in sorted(name for name in files if name.startswith("EPUB/text")):
        page = etree.fromstring(files[name])
        elements = list(_elements(page.find(f"{_XHTML}body")))
        numbers = range(place, place := place + len(elements))
        own = [each for number in numbers for each in by_block.get(number, ())]
        if not own:
            continue
        for number, element in zip(numbers, elements, strict=True):
            element.set("id", f"b{number}")
        stem = name.removeprefix("EPUB/").removesuffix(".xhtml")
        files[f"EPUB/{stem}.mp3"], times = _sound(own)
        files[f"EPUB/{stem}.smil"] = _overlay(stem, times).encode()
        files[name] = etree.tostring(page, xml_declaration=True, encoding="UTF-8", doctype="<!DOCTYPE html>")
        _declare(package, stem, times[-1].end)
        total += times[-1].end
    _meta(package, "media:duration", _clock(total))
    _meta(package, "media:active-class", "bimo-reading")
    files["EPUB/package.opf"] = etree.tostring(package, xml_declaration=True, encoding="UTF-8")
    files["EPUB/style.css"] += _CSS.encode()
    return _zipped(files)


def _elements(body: Any) -> Iterator[Any]:
    """The elements of a page, one for each block; sections only keep some of them together."""
    for element in body:
        yield from element if element.tag == f"{_XHTML}section" else (element,)


def _sound(spoken: Sequence[Spoken]) -> tuple[bytes, list[_Time]]:
    """The sound of a page as MP3, and when each block is said."""
    import numpy as np

    times: list[_Time] = []

    def samples() -> Iterator[Samples]:
        now = 0
        for each in spoken:
            clip = read_wav(each.clip)
            start = times.pop().start if times and times[-1].block == each.block else now
            yield clip
            yield np.zeros(round(each.pause * RATE), np.int16)
            now += len(clip) + round(each.pause * RATE)
            times.append(_Time(each.block, start, now))

    with TemporaryDirectory() as folder:
        path = Path(folder) / "page.mp3"
        write_sound(path, ".mp3", samples(), [], {})
        return path.read_bytes(), times


def _overlay(stem: str, times: Sequence[_Time]) -> str:
    parts = [
        f'<par id="p{time.block}"><text src="{stem}.xhtml#b{time.block}"/>'
        f'<audio src="{stem}.mp3" clipBegin="{_clock(time.start)}" clipEnd="{_clock(time.end)}"/></par>'
        for time in times
    ]
    return _SMIL.format(page=f"{stem}.xhtml", parts="\n".join(parts))


def _declare(package: Any, stem: str, end: int) -> None:
    """Name sound and overlay of a page in the package file."""
    manifest = package.find(f"{_OPF}manifest")
    page = next(item for item in manifest if item.get("href") == f"{stem}.xhtml")
    page.set("media-overlay", f"{stem}-overlay")
    for id, suffix, kind in (("sound", "mp3", "audio/mpeg"), ("overlay", "smil", "application/smil+xml")):
        item = manifest.makeelement(
            f"{_OPF}item", {"id": f"{stem}-{id}", "href": f"{stem}.{suffix}", "media-type": kind}
        )
        manifest.append(item)
    _meta(package, "media:duration", _clock(end), refines=f"#{stem}-overlay")


def _meta(package: Any, name: str, value: str, **more: str) -> None:
    metadata = package.find(f"{_OPF}metadata")
    meta = metadata.makeelement(f"{_OPF}meta", {"property": name, **more})
    meta.text = value
    metadata.append(meta)


def _clock(samples: int) -> str:
    minutes, seconds = divmod(samples / RATE, 60)
    return f"{int(minutes) // 60}:{int(minutes) % 60:02d}:{seconds:06.3f}"


def _zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as book:
        for name, data in files.items():
            stored = name == "mimetype" or name.endswith((".mp3", ".png"))
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            book.writestr(info, data, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    return made.getvalue()
