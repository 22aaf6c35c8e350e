"""Broadsides: the same data for the same poem, every word on the sheet, upright Chinese, pictures of the right size."""

from __future__ import annotations

import difflib
import json
import os
import re
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from sample_works import POEMS, SAMPLES

from bimo.publish.broadside import data, lacks, lacks_of_picture, poems, to_broadside, to_picture
from bimo.publish.document import Document, Heading, Paragraph, Verse
from bimo.publish.formats import all_formats, publish
from bimo.publish.placing import format_of, place
from bimo.text.errors import InputError

pytest.importorskip("typst")
GOLDEN = Path(__file__).parent / "golden"
needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="the tools of poppler look into PDF")


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("name", POEMS)
def test_golden_data_of_the_sheets(name: str) -> None:
    sheets = {way: data(replace(POEMS[name], vertical=way == "upright"))[0] for way in ("lying", "upright")}
    made = json.dumps(sheets, ensure_ascii=False, indent=1) + "\n"
    path = GOLDEN / f"{name}-broadside.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8")
    kept = path.read_text(encoding="utf-8")
    assert made == kept, "\n".join(difflib.unified_diff(kept.split("\n"), made.split("\n"), lineterm=""))


@needs_poppler
@pytest.mark.parametrize("vertical", [False, True])
@pytest.mark.parametrize("name", POEMS)
def test_every_word_is_on_a_sheet(name: str, vertical: bool, tmp_path: Path) -> None:
    document = replace(POEMS[name], vertical=vertical)
    path = publish(document, "broadside", tmp_path)
    assert path.name.endswith("-broadside.pdf")
    text = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, check=True).stdout.decode()
    for poem in poems(document):
        for line in (poem.title, *(line for stanza in poem.stanzas for line in stanza)):
            # Signs that lie on their side are told as they lie.
            assert all(sign in text for sign in squeezed(line)), line
    about = subprocess.run(["pdfinfo", path], capture_output=True, check=True).stdout.decode()
    assert re.search(rf"Pages: +{len(poems(document))}\n", about)
    assert re.search(r"Tagged: +yes", about)
    upright = vertical and document.lang == "zh"
    assert re.search(r"Page size: +(\d+)", about)[1] == ("841" if upright else "595")  # type: ignore[index]


@pytest.mark.parametrize("vertical", [False, True])
def test_a_picture_of_the_first_poem(vertical: bool) -> None:
    picture = to_picture(replace(POEMS["poem.zh"], vertical=vertical))
    assert picture.startswith(b"\x89PNG")
    assert sorted(struct.unpack(">II", picture[16:24])) == [1654, 2339]
    assert picture == to_picture(replace(POEMS["poem.zh"], vertical=vertical))
    assert [notice.code for notice in lacks_of_picture(POEMS["poem.zh"])] == ["publish.one_sheet"]


def test_columns_begin_with_no_closing_mark() -> None:
    line = "字" * 26 + "，" + "字" * 30 + "。"
    (sheet,) = data(Document("x", (Verse((line,)),), "zh", vertical=True))[0]["sheets"]
    columns = sheet["stanzas"][0]
    assert "".join(sign for column in columns for sign in column) == line
    assert all(len(column) <= 26 and column[0] not in "，。" for column in columns)


def test_short_paragraphs_are_lines_and_prose_is_no_poem() -> None:
    assert poems(Document("夜", (Paragraph("一行"), Paragraph("又一行")), "zh"))[0].stanzas == (("一行", "又一行"),)
    with pytest.raises(InputError, match="no_poem"):
        to_broadside(Document("x", (Heading("y"), Paragraph("word " * 40)), "en"))
    assert [notice.code for notice in lacks(replace(POEMS["poem.en"], vertical=True))] == [
        "publish.broadside_horizontal"
    ]


def test_strange_text_stops_no_sheet() -> None:
    lines = ('#x[] $a$ \\ "] 👩‍👩‍👧', "\U00020000 𠮷 e\u0301 \U0010fffd", "", "\xa0\xa0x", "长" * 300, "w" * 300)
    strange = Document("A/B “<i>” #", (Verse(lines), Verse(("字",) * 120)), "zh", "#panic()", vertical=True)
    for document in (strange, replace(strange, vertical=False), replace(strange, title="")):
        assert to_broadside(document).startswith(b"%PDF")
        assert to_picture(document).startswith(b"\x89PNG")


def test_files_with_an_ending_in_common_have_names_of_their_own(tmp_path: Path) -> None:
    kinds = all_formats()
    names = [place("雨", kind, tmp_path).name for kind in kinds.values()]
    assert len(set(names)) == len(names)
    assert format_of(Path("x.pdf")) is kinds["pdf"]
    assert format_of(Path("x.PNG")) is kinds["broadside-png"]
    assert place("雨", kinds["broadside"], tmp_path / "x.pdf") == tmp_path / "x.pdf"
    with pytest.raises(InputError, match="other_ending"):
        place("雨", kinds["broadside"], tmp_path / "x.epub")


def test_works_without_poems_say_so() -> None:
    with pytest.raises(InputError, match="no_poem"):
        data(SAMPLES["script.en"])
