"""Word editions: real styles, fonts for both scripts, every word, and files that open again."""

from __future__ import annotations

import difflib
import io
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from lxml import etree
from sample_works import SAMPLES

from bimo.desk.imports.reader import preview
from bimo.publish.document import Document, Heading, Mark, Paragraph, Quote, SceneBreak, SceneHeading, Verse
from bimo.publish.docx import to_docx
from bimo.publish.docx_styles import styles
from bimo.publish.formats import publish
from bimo.text.spans import Span

GOLDEN = Path(__file__).parent / "golden"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


def opened(data: bytes) -> docx.document.Document:
    return docx.Document(io.BytesIO(data))


def readable(data: bytes, part: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = etree.fromstring(archive.read(part))
    etree.indent(root)
    return re.sub(r' xmlns:\w+="[^"]*"', "", etree.tostring(root, encoding="unicode"))


@pytest.mark.parametrize("name", SAMPLES)
def test_golden_word_editions(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    data = to_docx(SAMPLES[name])
    made = (
        "\n".join(f"==> {part}\n{readable(data, part)}" for part in ("docProps/core.xml", "word/document.xml")) + "\n"
    )
    path = GOLDEN / f"{name}.docx.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8")
    kept = path.read_text(encoding="utf-8")
    assert made == kept, "\n".join(
        difflib.unified_diff(kept.split("\n"), made.split("\n"), "kept", "made", lineterm="")
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_every_paragraph_has_a_style_of_its_own(name: str) -> None:
    document = SAMPLES[name]
    book = opened(to_docx(document))
    assert book.core_properties.title == document.title
    told = [(each.style.name, each.text) for each in book.paragraphs if each.style]
    assert told[0] == ("Title", document.title)
    known = {each.name for each in styles(document.lang, script=False, pages=False)}
    assert {style for style, _ in told} <= known
    for block in document.blocks:
        if isinstance(block, Heading):
            assert (f"Heading {block.level}", block.text) in told
        elif isinstance(block, Verse):
            assert ("Verse", "\n".join(block.lines)) in told
        elif isinstance(block, SceneHeading):
            assert ("Scene Heading", block.text) in told
        elif not isinstance(block, Quote | SceneBreak):
            assert any(block.text in text for _, text in told)
    normal = book.styles["Normal"].element.rPr.rFonts
    assert normal.get(qn("w:eastAsia")) == "SimSun"


def test_the_desk_reads_what_was_published(tmp_path: Path) -> None:
    path = publish(SAMPLES["prose.zh"], "docx", tmp_path)
    plan = preview(path)
    assert (plan.title, plan.lang) == ("雨夜来信", "zh")
    assert [section.title for section in plan.sections][-2:] == ["第一章 灯", "第二章 船"]


def test_emphasis_is_of_the_script_and_quotation_marks_are_wide_in_chinese() -> None:
    marks = (Mark(Span(0, 2), "emphasis"), Mark(Span(2, 4), "strong"))
    blocks = (Paragraph("“夜雨涨秋池”", marks), Paragraph("“Rain” all night", marks))
    chinese, english = opened(to_docx(Document("x", blocks, "zh"))).paragraphs[1:]
    assert chinese.runs[0]._r.rPr.find(qn("w:em")).get(qn("w:val")) == "dot"
    assert chinese.runs[0]._r.rPr.rFonts.get(qn("w:hint")) == "eastAsia"
    assert chinese.runs[1].bold
    assert english.runs[0].italic
    assert english.runs[0]._r.rPr.rFonts is None


def test_strange_text_vertical_lines_and_a_cover(tmp_path: Path) -> None:
    blocks = (
        Heading("“&” <b>"),
        Paragraph("emoji 👩‍👩‍👧 \U00020000 𠮷 e\u0301 \x00\x0b\ufffe ]]> \t", (Mark(Span(0, 30), "strong"),)),
        Heading(""),
        Verse(("", "\xa0\xa0x")),
    )
    path = tmp_path / "x.docx"
    path.write_bytes(to_docx(Document('A/B: “<i>&" \x07', blocks, "zh", "O’Hara <x>", vertical=True, cover=PIXEL)))
    book = docx.Document(str(path))
    assert book.sections[0]._sectPr.find(qn("w:textDirection")).get(qn("w:val")) == "tbRl"
    assert len(book.inline_shapes) == 1
    assert "👩‍👩‍👧 \U00020000 𠮷" in "".join(each.text for each in book.paragraphs)
    if program := shutil.which("soffice") or shutil.which("libreoffice"):
        command = [
            program,
            f"-env:UserInstallation={(tmp_path / 'lo').as_uri()}",
            "--headless",
            "--convert-to",
            "txt:Text",
        ]
        subprocess.run([*command, "--outdir", tmp_path, path], check=True, capture_output=True, timeout=120)
        assert "emoji" in (tmp_path / "x.txt").read_text(encoding="utf-8")
