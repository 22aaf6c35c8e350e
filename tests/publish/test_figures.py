"""Figures: an arc and a map of people in every format that can show them, in words where it cannot."""

from __future__ import annotations

import difflib
import io
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from sample_works import SAMPLES

from bimo.desk.desk import Desk
from bimo.publish.document import Document, Figure, Heading, Paragraph
from bimo.publish.docx import to_docx
from bimo.publish.figures import arc_figure, people_of, with_figures
from bimo.publish.formats import all_formats, find_format
from bimo.publish.manuscript import document_of
from bimo.publish.pdf import to_pdf

GOLDEN = Path(__file__).parent / "golden"
GLAD, SAD = "她高兴地笑了，阳光很好，大家都很快乐。", "他悲伤地哭了，绝望和恐惧压着他，大家都很痛苦。"
LONG = Document(
    "起落",
    tuple(
        block
        for number in range(12)
        for block in (Heading(f"第{number + 1}章 <&>"), *[Paragraph((GLAD if number < 6 else SAD) * 9)] * 3)
    ),
    "zh",
)


def figures(document: Document) -> list[Figure]:
    return [block for block in document.blocks if isinstance(block, Figure)]


def golden(name: str, made: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8")
    kept = path.read_text(encoding="utf-8")
    assert made == kept, "\n".join(difflib.unified_diff(kept.split("\n"), made.split("\n"), lineterm=""))


def test_golden_figures() -> None:
    found = [*figures(with_figures(LONG)), *figures(with_figures(SAMPLES["script.zh"]))]
    golden("figures.svg.txt", "\n".join(each.text + "\n" + each.svg.replace("><", ">\n<") for each in found) + "\n")
    for each in found:
        assert ET.fromstring(each.svg).get("viewBox")


def test_an_arc_has_the_shape_of_its_text() -> None:
    found = arc_figure(LONG)
    assert found
    assert "一路下沉" in found.text
    turned = replace(LONG, blocks=LONG.blocks[24:] + LONG.blocks[:24])
    assert "一路上扬" in (arc_figure(turned) or found).text
    assert arc_figure(SAMPLES["prose.zh"]) is None
    assert with_figures(SAMPLES["prose.zh"]) == SAMPLES["prose.zh"]


def test_the_people_of_a_work(tmp_path: Path) -> None:
    with Desk.open(tmp_path / "desk.db") as desk:
        work = desk.works.add("渡轮", lang="zh").id
        one = desk.bible.add(work, "character", "林晚照")
        two = desk.bible.add(work, "character", "沈默")
        desk.bible.add(work, "character", "阿福")
        desk.bible.relate(one.id, two.id, "兄妹")
        texts = ["林晚照看着沈默。", "沈默走了。林晚照没有动。", "阿福来了，林晚照开门。"]
        for text in texts:
            scene = desk.outline.add(work, "scene", "")
            desk.revisions.save(scene.id, text, based_on=None)
        people = people_of(desk, work, texts)
        assert people.scenes == {"林晚照": 3, "沈默": 2, "阿福": 1}
        assert people.together == {("林晚照", "沈默"): 2, ("林晚照", "阿福"): 1}
        (figure,) = figures(document_of(desk, work, figures=True))
        assert "林晚照–沈默 2" in figure.text
        assert ">兄妹</text>" in figure.svg
        assert not figures(document_of(desk, work))


@pytest.mark.parametrize("format", [id for id in all_formats() if not id.startswith("broadside")])
def test_every_format_shows_figures_or_says_them(format: str) -> None:
    if format in ("pdf", "docx"):
        pytest.importorskip("typst")
    document = with_figures(SAMPLES["script.zh"])
    (figure,) = figures(document)
    data = find_format(format).write(document)
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"".join(archive.read(name) for name in archive.namelist())
    if format != "pdf":
        assert figure.text in data.decode(errors="ignore")


def test_figures_are_pictures_in_word() -> None:
    pytest.importorskip("typst")
    book = docx.Document(io.BytesIO(to_docx(with_figures(SAMPLES["script.en"]))))
    assert len(book.inline_shapes) == 1


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="the tools of poppler look into PDF")
def test_figures_in_pdf_are_described(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    path = tmp_path / "x.pdf"
    path.write_bytes(to_pdf(with_figures(LONG)))
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout.decode()
    assert "一路下沉" in text.replace("\n", "")
