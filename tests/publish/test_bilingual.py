"""Bilingual editions: what stands for what, every paragraph once, facing pages that face."""

from __future__ import annotations

import difflib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_works import SAMPLES
from test_editions import documents

from bimo.publish.bilingual import beside
from bimo.publish.document import Document, Heading, Paragraph, Quote, SceneBreak, Verse
from bimo.publish.epub import to_epub
from bimo.publish.facing import cut
from bimo.publish.formats import find_format
from bimo.publish.html import to_html
from bimo.publish.pdf import data, to_pdf
from bimo.text.errors import InputError

GOLDEN = Path(__file__).parent / "golden"
ZH = Document(
    "雨夜来信",
    (
        Quote((Verse(("君问归期未有期，",)), Paragraph("——李商隐"))),
        Heading("第一章　灯"),
        Paragraph("雨下了一夜。林晚照推开门，看见台阶上放着一封信，信封已经湿了半边，墨迹洇开，像一只没有睁开的眼睛。"),
        Paragraph("“谁送来的？”她问。没有人回答。巷口那盏灯闪了两下，灭了。"),
        SceneBreak(),
        Paragraph("信上只有一行字：别点灯。"),
        Paragraph("她把信折好，放进抽屉最里面，又把抽屉锁上，钥匙挂回脖子。她等着。"),
        Heading("第二章　船"),
        Verse(("雨打在铁皮上，", "数到三十就停了。")),
    ),
    "zh",
    "某人",
)
EN = Document(
    "A Letter in the Rain",
    (
        Quote((Verse(("You ask when I come home: no day is set.",)), Paragraph("— Li Shangyin"))),
        Heading("One: The Lamp"),
        Paragraph(
            "It rained all night. When Lin Wanzhao opened the door a letter lay on the step, one half of it soaked, "
            "the ink spread like an eye that had not opened yet."
        ),
        Paragraph("“Who brought this?” she said."),
        Paragraph("Nobody answered. The lamp at the corner blinked twice and went out."),
        SceneBreak(),
        Paragraph("There was one line in it: do not light the lamp."),
        Paragraph(
            "She folded the letter, laid it at the very back of the drawer, locked the drawer and hung the key round "
            "her neck again. She waited."
        ),
        Heading("Two: The Boat"),
        Verse(("The rain came down on the tin", "and stopped at thirty.")),
    ),
    "en",
    "Translator",
)
BOTH = beside(ZH, EN)
needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="the tools of poppler look into PDF")


def test_a_paragraph_may_stand_for_two() -> None:
    assert [(len(pair.own), len(pair.other)) for pair in BOTH.pairs] == [
        (1, 1), (1, 1), (1, 1), (1, 2), (1, 1), (1, 1), (1, 1), (1, 1), (1, 1),
    ]  # fmt: skip
    assert BOTH.title == "雨夜来信 · A Letter in the Rain"
    assert BOTH.author == "某人 · Translator"
    assert [block.text for block in BOTH.blocks if isinstance(block, Heading)] == [
        "第一章　灯 · One: The Lamp",
        "第二章　船 · Two: The Boat",
    ]
    assert sum(isinstance(block, SceneBreak) for block in BOTH.blocks) == 1


@given(documents, documents)
def test_every_block_is_in_one_pair_and_the_order_stays(document: Document, other: Document) -> None:
    if document.blocks == other.blocks:
        with pytest.raises(InputError, match="same_text"):
            beside(document, other)
        return
    both = beside(document, other)
    assert tuple(block for pair in both.pairs for block in pair.own) == document.blocks
    assert tuple(block for pair in both.pairs for block in pair.other) == other.blocks
    texts = [block for block in both.blocks if isinstance(block, Paragraph)]
    assert sum(isinstance(block, Paragraph) for block in (*document.blocks, *other.blocks)) == len(texts)


def test_translations_of_another_length_are_paired_by_length() -> None:
    own = [Paragraph("字" * (20 + 37 * n % 90)) for n in range(400)]
    other = [Paragraph("w" * 3 * len(block.text)) for block in own]
    # Two of the translation are one, and one is left out.
    other[100:102] = [Paragraph(other[100].text + other[101].text)]
    del other[300]
    pairs = beside(Document("", tuple(own), "zh"), Document("", tuple(other), "en")).pairs
    good = sum(
        len(pair.own) == len(pair.other) == 1 and len(pair.other[0].text) == 3 * len(pair.own[0].text) for pair in pairs
    )  # type: ignore[union-attr]
    assert good >= 390


def test_as_many_paragraphs_need_not_stand_for_each_other() -> None:
    own = [Paragraph("字" * size) for size in (300, 40, 40, 310, 50)]
    other = [Paragraph("w" * size) for size in (450, 450, 240, 930, 150)]
    pairs = beside(Document("", tuple(own), "zh"), Document("", tuple(other), "en")).pairs
    assert [(len(pair.own), len(pair.other)) for pair in pairs] == [(1, 2), (2, 1), (1, 1), (1, 1)]


@given(st.integers(1, 40), st.integers(1, 400))
def test_works_of_very_unlike_numbers_of_paragraphs_stop_nothing(count: int, others: int) -> None:
    own, other = (Paragraph("字"),) * count, (Paragraph("word"),) * others
    pairs = beside(Document("", own, "zh"), Document("", other, "en")).pairs
    assert sum(len(pair.own) for pair in pairs) == count
    assert sum(len(pair.other) for pair in pairs) == others


def test_screenplays_join_their_names_and_keep_their_speeches() -> None:
    both = beside(SAMPLES["script.zh"], SAMPLES["script.en"])
    text = find_format("text").write(both).decode()
    assert "内景 渡轮 夜 · INT. FERRY - NIGHT" in text
    assert "沈默 · MARA\n（低声 · not turning）\n别点灯。\nYou wrote it." in text


def golden(name: str, made: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8")
    kept = path.read_text(encoding="utf-8")
    assert made == kept, "\n".join(difflib.unified_diff(kept.split("\n"), made.split("\n"), lineterm=""))


def test_golden_bilingual_editions() -> None:
    golden("bilingual.txt", find_format("text").write(BOTH).decode())
    golden("bilingual.pdf.json", json.dumps(data(BOTH), ensure_ascii=False, indent=1) + "\n")
    body = to_html(BOTH).decode()
    golden("bilingual.html", body[body.index("<body>") :])


def test_each_paragraph_says_its_language() -> None:
    page = to_html(BOTH).decode()
    assert '<p lang="en">It rained all night.' in page
    assert '<html lang="zh-Hans" class="beside">' in page
    assert to_epub(BOTH)


def test_long_paragraphs_are_cut_with_their_translations() -> None:
    own, other = Paragraph("雨下了一夜。" * 200), Paragraph("It rained all night. " * 200)
    both = beside(Document("", (own,), "zh"), Document("", (other,), "en"))
    parts = list(cut(both.pairs, "zh", "en"))
    assert 3 < len(parts) < 8
    assert "".join(block.text for pair in parts for block in pair.own if isinstance(block, Paragraph)) == own.text
    assert all(pair.own and pair.other for pair in parts)


@needs_poppler
def test_facing_pages_face(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    path = tmp_path / "x.pdf"
    paragraphs = tuple(Paragraph(f"第{n}段。" + "雨下了一夜。" * (n % 9 * 9)) for n in range(60))
    others = tuple(Paragraph(f"Paragraph {n}. " + "It rained all night. " * (n % 9 * 9)) for n in range(60))
    document = beside(
        Document("雨", (*BOTH.pairs[1].own, *paragraphs), "zh"), Document("Rain", (*BOTH.pairs[1].other, *others), "en")
    )
    path.write_bytes(to_pdf(document))
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True).stdout.decode()
    pages = text.split("\f")
    seen = 0
    for left, right in zip(pages[1::2], pages[2::2], strict=False):
        own, other = re.findall(r"第\s*(\d+)\s*段", left), re.findall(r"Paragraph (\d+)\.", right)
        assert own == other
        assert "Paragraph" not in left
        assert "段" not in right
        seen += len(own)
    assert seen == 60
    about = subprocess.run(["pdfinfo", path], capture_output=True, check=True).stdout.decode()
    assert re.search(r"Tagged: +yes", about)


def test_figures_and_a_colophon_have_no_translation() -> None:
    added = (Heading("图"), Paragraph("一幅。"), Heading("版本说明"), Paragraph("作者写了全部。"))
    with_more = Document(ZH.title, (*ZH.blocks, *added), "zh")
    pairs = beside(with_more, EN).pairs
    assert pairs[:9] == BOTH.pairs
    assert [pair.own[0] for pair in pairs[9:]] == list(added)
    assert not any(pair.other for pair in pairs[9:])
