"""Upright PDF: the same columns for the same text, every word on a page, no column that begins with a closing mark."""

from __future__ import annotations

import difflib
import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_works import POEMS, SAMPLES

from bimo.publish.document import Document, Heading, Mark, Paragraph, Quote, SceneBreak, Verse
from bimo.publish.pdf import data, lacks, to_pdf
from bimo.publish.upright import COLUMNS, ROWS, is_upright
from bimo.publish.vertical import cells, columns, height
from bimo.text.spans import Span

GOLDEN = Path(__file__).parent / "golden"
BOOK = replace(SAMPLES["prose.zh"], vertical=True)


def test_golden_columns() -> None:
    made = json.dumps(data(BOOK), ensure_ascii=False, indent=None).replace('{"kind"', '\n{"kind"') + "\n"
    path = GOLDEN / "prose.zh-upright.pdf.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8")
    kept = path.read_text(encoding="utf-8")
    assert made == kept, "\n".join(difflib.unified_diff(kept.split("\n"), made.split("\n"), lineterm=""))


@given(st.text(st.sampled_from("雨夜，。“”——…《》 ab1é　😀"), max_size=200), st.integers(4, 40))
def test_columns_lose_nothing_and_fit(text: str, longest: int) -> None:
    found = list(columns(cells(text), longest))
    assert "".join(cell for column in found for cell in column) == re.sub(r"[^\S\u3000]", "", text.strip())
    assert all(height(column) <= longest for column in found)
    for before, column in pairwise(found):
        # Where nothing but marks follow each other, one must begin a column.
        assert not column or column[0] not in set("，。”》") or len(before) == 1


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="the tools of poppler look into PDF")
def test_every_character_is_on_a_page(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    path = tmp_path / "x.pdf"
    more = (Heading("第三章"), Heading("一", 2), *(Paragraph(f"第{n}段：" + "雨下了一夜。" * 40) for n in range(30)))
    document = replace(BOOK, blocks=(*BOOK.blocks, *more))
    path.write_bytes(to_pdf(document))
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout.decode()
    assert text.count("雨") >= 1200
    for block in document.blocks:
        for line in block.lines if isinstance(block, Verse) else [getattr(block, "text", "")]:
            assert set(re.sub(r"\s", "", line)) <= set(text), line
    about = subprocess.run(["pdfinfo", path], capture_output=True, check=True).stdout.decode()
    assert re.search(r"Tagged: +yes", about)
    marks = subprocess.run(
        ["pdftohtml", "-xml", "-i", "-stdout", path], capture_output=True, check=True
    ).stdout.decode()
    assert [mark for mark in re.findall(r"<item page=\"\d+\">(.*?)</item>", marks) if "章" in mark] == [
        "第一章　灯",
        "第二章　船",
        "第三章",
    ]


def test_pages_are_full_and_no_fuller() -> None:
    made = data(replace(BOOK, blocks=(Heading("一"), *[Paragraph("雨" * 500)] * 9)))["pages"]
    assert all(len(page) <= COLUMNS for page in made)
    assert all(len(page) == COLUMNS for page in made[:-1])
    texts = [column for page in made for column in page if column["kind"] == "text"]
    assert all(height(column["cells"]) + column["indent"] <= ROWS for column in texts)


def test_what_cannot_stand_upright_says_so() -> None:
    assert [notice.code for notice in lacks(BOOK)] == []
    for other in (SAMPLES["prose.en"], SAMPLES["script.zh"]):
        document = replace(other, vertical=True)
        assert not is_upright(document)
        assert [notice.code for notice in lacks(document)] == ["publish.pdf_horizontal"]
    marked = replace(BOOK, blocks=(Paragraph("雨夜", (Mark(Span(0, 1), "emphasis"),)),))
    assert [notice.code for notice in lacks(marked)] == ["publish.upright_plain"]


def test_strange_text_stops_no_page() -> None:
    pytest.importorskip("typst")
    strange = '#x[] $a$ \\ "] 👩‍👩‍👧 \U00020000 𠮷 e\u0301 \U0010fffd ' + "w" * 300
    blocks = (
        Quote((Paragraph("只有引文"),)),
        Heading("#panic() <b>"),
        Heading("x", 5),
        Paragraph(strange * 3),
        Verse(("", "\xa0\xa0x", strange)),
        SceneBreak(),
        Heading("。" * 90),
        Paragraph("。" * 200),
    )
    for title in ("", "长" * 60, strange):
        assert to_pdf(Document(title, blocks, "zh", strange, vertical=True)).startswith(b"%PDF")
    assert to_pdf(replace(POEMS["poem.zh"], vertical=True)).startswith(b"%PDF")
