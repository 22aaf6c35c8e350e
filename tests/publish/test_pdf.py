"""PDF editions: the same data for the same work, every word in the file, fonts inside, nothing that stops them."""

from __future__ import annotations

import difflib
import importlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sample_works import SAMPLES

from bimo.publish.document import (
    Action,
    Character,
    Dialogue,
    Document,
    Heading,
    Mark,
    Paragraph,
    Parenthetical,
    Quote,
    SceneBreak,
    SceneHeading,
    Verse,
)
from bimo.publish.pdf import data, lacks, to_pdf
from bimo.publish.typesetting import lacking
from bimo.text.errors import ModelError
from bimo.text.spans import Span

pytest.importorskip("typst")
GOLDEN = Path(__file__).parent / "golden"
needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="the tools of poppler look into PDF")


def told(program: str, path: Path, *options: str) -> str:
    to = ["-"] if program == "pdftotext" else []
    done = subprocess.run([program, *options, str(path), *to], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def squeezed(text: str) -> str:
    """Without what setting adds: spaces, line ends, hyphens."""
    return re.sub(r"[\s-]", "", text)


@pytest.mark.parametrize("name", SAMPLES)
def test_golden_data_of_the_templates(name: str) -> None:
    made = json.dumps(data(SAMPLES[name]), ensure_ascii=False, indent=1) + "\n"
    path = GOLDEN / f"{name}.pdf.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8")
    kept = path.read_text(encoding="utf-8")
    assert made == kept, "\n".join(
        difflib.unified_diff(kept.split("\n"), made.split("\n"), "kept", "made", lineterm="")
    )


@needs_poppler
@pytest.mark.parametrize("name", SAMPLES)
def test_the_text_comes_back_and_every_font_is_inside(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(to_pdf(SAMPLES[name]))
    text = squeezed(told("pdftotext", path))
    place = 0
    for block in SAMPLES[name].blocks:
        for line in block.lines if isinstance(block, Verse) else [getattr(block, "text", "")]:
            words = squeezed(line)
            # Names of scenes are set in capitals where there are any.
            place = max(text.find(words, place), text.find(words.upper(), place))
            assert place >= 0, line
    fonts = told("pdffonts", path).splitlines()[2:]
    assert all(" yes yes yes " in line for line in fonts), fonts
    assert any("NotoSerifSC" in line for line in fonts) or name == "script.en"
    about = told("pdfinfo", path)
    assert re.search(r"Tagged: +yes", about)
    assert SAMPLES[name].title in about


@needs_poppler
def test_headings_become_bookmarks(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(to_pdf(SAMPLES["prose.zh"]))
    marks = re.findall(r"<item page=\"\d+\">(.*?)</item>", told("pdftohtml", path, "-xml", "-i", "-stdout"))
    assert [mark for mark in marks if "章" in mark] == ["第一章　灯", "第二章　船"]


NASTY = Document(
    'A/B: “<i>&amp;” #x[] *a* $b$ \\u{41} \x07 "',
    (
        Heading("“&” <b> #pagebreak()", 3),
        Quote((Paragraph("Only a quotation"),)),
        Paragraph('"] } #panic() \\ emoji 👩‍👩‍👧 ❤️ \U00020000 𠮷 e\u0301 \x00\x0b\ufffe \u202eabc done'),
        Heading(""),
        Heading("deep", 5),
        Verse(("　一行很长的诗" * 9, "", "\xa0\xa0x")),
        SceneBreak(),
        Paragraph("他说**不**，而且 very strong。", (Mark(Span(0, 3), "emphasis"), Mark(Span(3, 16), "strong"))),
        SceneHeading("INT. X", "12A"),
        Character("ANN"),
        Dialogue("Yes."),
        Character("BOB", dual=True),
        Parenthetical("low"),
        Dialogue("No."),
        Character("NOBODY", dual=True),
        Action("THE END", centred=True),
    ),
    "zh",
    'A. "Nobody" <O’Hara>',
    vertical=True,
)


@needs_poppler
def test_no_text_stops_the_typesetter_or_means_anything_to_it(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    for blocks in (NASTY.blocks, tuple(block for block in NASTY.blocks if not isinstance(block, Paragraph | Verse))):
        path.write_bytes(to_pdf(Document(NASTY.title, blocks, "zh", NASTY.author)))
        text = told("pdftotext", path)
        assert "#pagebreak()" in text
        assert "#x[] *a* $b$ \\u{41}" in text
        assert "deep" in text


def test_what_no_font_has_is_told() -> None:
    assert lacking("雨 rain “” 龘 ß ①") == set()
    assert lacking("\U00020000\U0010fffd") >= {"\U0010fffd"}
    codes = [notice.code for notice in lacks(NASTY)]
    assert codes[0] == "publish.pdf_horizontal"
    rare = Document("x", (Paragraph("雨\U0010fffd"),), "zh")
    assert [notice.code for notice in lacks(rare)] == ["publish.no_glyph"]
    assert "\U0010fffd" in next(iter(lacks(rare))).message("en")
    assert data(rare, {"\U0010fffd"})["blocks"][0]["text"] == "雨〓"
    assert list(lacks(SAMPLES["prose.zh"])) == []


@needs_poppler
def test_a_cover_fills_the_first_page(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    image.new("RGB", (60, 90), (20, 30, 90)).save(tmp_path / "c.png")
    document = SAMPLES["prose.en"]
    covered = Document(document.title, document.blocks, "en", cover=(tmp_path / "c.png").read_bytes())
    path = tmp_path / "x.pdf"
    path.write_bytes(to_pdf(covered))
    subprocess.run(["pdftoppm", "-r", "20", "-png", "-f", "1", "-l", "1", path, tmp_path / "page"], check=True)
    (page,) = tmp_path.glob("page*.png")
    with image.open(page) as shown:
        assert {shown.getpixel((x, y)) for x in (3, 100) for y in (3, 150)} == {(20, 30, 90)}


def test_poems_stand_on_pages_of_their_own() -> None:
    poems = Document("诗", (Heading("一"), Verse(("雨",)), Heading("二"), Verse(("夜",))), "zh")
    made = data(poems)
    assert made["kind"] == "poems"
    assert [block["page"] for block in made["blocks"] if block["kind"] == "heading"] == [True, True]
    assert to_pdf(poems)


def test_without_the_extra_the_writer_learns_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = importlib.import_module

    def missing(name: str, package: str | None = None) -> Any:
        if name == "typst":
            raise ImportError(name)
        return asked(name, package)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ModelError) as caught:
        to_pdf(SAMPLES["prose.zh"])
    assert "pip install 'bimo[print]'" in caught.value.hint("en")
