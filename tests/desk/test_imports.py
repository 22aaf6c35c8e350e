"""Bringing in what was written elsewhere: the tree that comes of it, and what is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from bimo.desk.desk import Desk
from bimo.desk.imports.plan import Plan, Section
from bimo.desk.imports.reader import plan, preview
from bimo.desk.imports.storing import bring_in
from bimo.text.errors import BimoError, InputError


def drawn(found: Plan) -> str:
    """The tree as lines: kind, title, and the beginning of the text."""
    return "\n".join(line for section in found.sections for line in _lines(section, 0))


def _lines(section: Section, depth: int) -> Iterator[str]:
    text = section.text.strip().replace("\n\n", " ¶ ").replace("\n", " / ")
    yield f"{'  ' * depth}{section.kind} {section.title}".rstrip() + (f" | {text}" if text else "")
    for child in section.children:
        yield from _lines(child, depth + 1)


def codes(found: Plan) -> list[str]:
    return [notice.code for notice in found.notices]


CHINESE = """
《雨巷》
作者：沈墨

目录
第一卷 旧城
第一章 雨夜……………1
第二章 来客……………9
尾声

第一卷 旧城

第一章 雨夜

　　雨落在檐上。
　　她没有回头。第一章就这样写完了。

　　＊　＊　＊

　　天亮了。第二节课的铃响了。
第三回合他又输了。

第二章 来客

　　有人敲门。
◇
　　没有人应。
尾声
　　灯灭了。
"""


def test_a_chinese_novel_in_plain_text() -> None:
    found = plan(CHINESE.encode(), "雨巷.txt")
    assert (found.title, found.author, found.lang) == ("雨巷", "沈墨", "zh")
    assert drawn(found) == (
        "part 第一卷 旧城\n"
        "  chapter 第一章 雨夜\n"
        "    scene | 雨落在檐上。 ¶ 她没有回头。第一章就这样写完了。\n"
        "    scene | 天亮了。第二节课的铃响了。 ¶ 第三回合他又输了。\n"
        "  chapter 第二章 来客\n"
        "    scene | 有人敲门。\n"
        "    scene | 没有人应。\n"
        "  chapter 尾声\n"
        "    scene | 灯灭了。"
    )
    assert found.front == "《雨巷》\n作者：沈墨"
    assert codes(found) == ["desk.import_contents", "desk.import_front"]


ENGLISH = """THE LIGHTHOUSE

by Ada Finch

CONTENTS

Prologue
Chapter One: The Letter
Chapter Two

Prologue

The sea was flat that morning, and nobody on the island
spoke of what had been seen from the rocks in the night
before.

Chapter One: The Letter

She read it twice. Part two of the plan was simple.

* * *

"Who wrote this?" she asked.
"You did," he said.

CHAPTER TWO

Roses are red
Violets are blue
And so it goes on
"""


def test_an_english_novel_in_plain_text() -> None:
    found = plan(ENGLISH.encode(), "lighthouse.txt")
    assert (found.title, found.author, found.lang) == ("THE LIGHTHOUSE", "Ada Finch", "en")
    assert drawn(found) == (
        "chapter Prologue\n"
        "  scene | The sea was flat that morning, and nobody on the island spoke of what had been seen from the rocks "
        "in the night before.\n"
        "chapter Chapter One: The Letter\n"
        "  scene | She read it twice. Part two of the plan was simple.\n"
        '  scene | "Who wrote this?" she asked. / "You did," he said.\n'
        "chapter CHAPTER TWO\n"
        "  scene | Roses are red / Violets are blue / And so it goes on"
    )


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("第一章", "chapter"),
        ("第十二章 风起", "chapter"),
        ("第12章：风起", "chapter"),
        ("第一百二十三回　贾雨村风尘怀闺秀，甄士隐梦幻识通灵", "chapter"),
        ("第三部分", "part"),
        ("卷二 江湖", "part"),
        ("下卷", "part"),
        ("第四节 灯", "scene"),
        ("楔子", "chapter"),
        ("番外一 旧事", "chapter"),
        ("序章：雪", "chapter"),
        ("Chapter 12", "chapter"),
        ("CHAPTER TWENTY-ONE", "chapter"),
        ("Chapter XIV. In Which It Rains", "chapter"),
        ("Part the Second", "part"),
        ("PART TWO", "part"),
        ("Book III: The Return", "part"),
        ("Epilogue", "chapter"),
        ("第一章写完了。", None),
        ("第三回合", None),
        ("第二节课开始了", None),
        ("第一次见到他", None),
        ("第五部电影上映了", None),
        ("序幕拉开了", None),
        ("Part of me wanted to go", None),
        ("Chapter after chapter of it", None),
        ("Book one of the rooms now", None),
        ("Introductions were made.", None),
        ("Part two of the plan was simple.", None),
        ("第一章 风起……………12", None),
    ],
)
def test_which_lines_are_headings(line: str, kind: str | None) -> None:
    from bimo.desk.imports.lines import heading

    found = heading(line)
    assert (found.kind if found else None) == kind


@pytest.mark.parametrize("mark", ["***", "* * *", "＊＊＊", "———", "#", "---", "~", "◇◇◇", "⁂", "- * -", "===", "•"])
def test_marks_between_scenes(mark: str) -> None:
    assert drawn(plan(f"前一场。\n\n{mark}\n\n后一场。".encode(), "a.txt")) == "scene | 前一场。\nscene | 后一场。"


@pytest.mark.parametrize("line", ["……", "“——”", "-", "1", "？"])
def test_lines_that_part_nothing(line: str) -> None:
    assert drawn(plan(f"前一场。\n\n{line}\n\n后一场。".encode(), "a.txt")) == f"scene | 前一场。 ¶ {line} ¶ 后一场。"


def test_bare_numbers_count_chapters() -> None:
    text = "I\n\nIt rained.\n\nII\n\nIt rained again, for 3 days.\n\n12\n\nIII\n\nIt stopped."
    assert drawn(plan(text.encode(), "a.txt")) == (
        "chapter I\n  scene | It rained.\nchapter II\n  scene | It rained again, for 3 days. ¶ 12\n"
        "chapter III\n  scene | It stopped."
    )


def test_wide_gaps_part_scenes_where_nothing_else_does() -> None:
    text = "\n\n".join(f"第{number}段话。" for number in "甲乙丙丁戊己庚辛壬癸") + "\n\n\n\n后来。"
    found = plan(text.encode(), "a.txt")
    assert [scene.text.count("段话") for scene in found.scenes()] == [10, 0]
    assert codes(found) == ["desk.import_blank_lines"]


def test_markdown_levels() -> None:
    text = (
        "---\ntitle: 雨巷\nauthor: 沈墨\n---\n# 第一部\n\n## 雨\n\n雨落了。*很轻*。\n\n* * *\n\n停了。\n\n"
        "```\n# 不是标题\n```\n\n## 雪 ##\n\n### 夜\n\n雪。\n\n#### 深\n\n更深。\n"
    )
    found = plan(text.encode(), "a.md")
    assert (found.title, found.author) == ("雨巷", "沈墨")
    assert drawn(found) == (
        "part 第一部\n  chapter 雨\n    scene | 雨落了。*很轻*。\n    scene | 停了。 ¶ ``` / # 不是标题 / ```\n"
        "  chapter 雪\n    scene 夜 | 雪。 ¶ #### 深 ¶ 更深。"
    )


def test_the_only_heading_of_the_first_level_is_the_title() -> None:
    found = plan(b"The Tower\n=========\n\nOne\n---\n\nText.\n\n## Two\n\nMore.", "a.md")
    assert found.title == "The Tower"
    assert drawn(found) == "chapter One\n  scene | Text.\nchapter Two\n  scene | More."


def test_fountain() -> None:
    text = (
        "Title: 雨巷\nAuthor: 沈墨\n\n# 第一幕\n\n内景 茶馆 - 夜\n\n雨声。\n\n@沈默\n别点灯。\n\n"
        "INT. TEA HOUSE - NIGHT\n\nHe leaves.\n\n.ROOF\n\nRain."
    )
    found = plan(text.encode(), "a.fountain")
    assert (found.title, found.author, found.kind) == ("雨巷", "沈墨", "screenplay")
    assert drawn(found) == (
        "chapter 第一幕\n  scene 内景 茶馆 - 夜 | 内景 茶馆 - 夜 ¶ 雨声。 ¶ @沈默 / 别点灯。\n"
        "  scene INT. TEA HOUSE - NIGHT | INT. TEA HOUSE - NIGHT ¶ He leaves.\n  scene ROOF | .ROOF ¶ Rain."
    )


def docx(make: object) -> bytes:
    document = Document()
    make(document)  # type: ignore[operator]
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_word_with_styles() -> None:
    def make(document: object) -> None:
        document.core_properties.author = "沈墨"  # type: ignore[attr-defined]
        add = document.add_paragraph  # type: ignore[attr-defined]
        document.add_heading("雨巷", 0)  # type: ignore[attr-defined]
        document.add_heading("第一章", 1)  # type: ignore[attr-defined]
        line = add("她说")
        line.add_run("很轻").italic = True
        line.add_run("的话。")
        add("* * *")
        add("天亮了。\n灯灭了。")
        document.add_heading("第二章", 1)  # type: ignore[attr-defined]
        table = document.add_table(1, 2)  # type: ignore[attr-defined]
        table.cell(0, 0).text, table.cell(0, 1).text = "甲", "乙"

    found = plan(docx(make), "a.docx")
    assert (found.title, found.author) == ("雨巷", "沈墨")
    assert drawn(found) == (
        "chapter 第一章\n  scene | 她说*很轻*的话。\n  scene | 天亮了。 / 灯灭了。\nchapter 第二章\n  scene | 甲 | 乙"
    )


def test_word_without_styles() -> None:
    def make(document: object) -> None:
        for line in ("雨巷", "第一章 雨", "雨落了。", "第二章 雪", "雪落了。"):
            document.add_paragraph(line)  # type: ignore[attr-defined]

    found = plan(docx(make), "a.docx")
    assert found.title == "雨巷"
    assert drawn(found) == "chapter 第一章 雨\n  scene | 雨落了。\nchapter 第二章 雪\n  scene | 雪落了。"


CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="o/b.opf"/>'
    "</rootfiles></container>"
)


def epub(pages: dict[str, str], *, ncx: str = "", extra: dict[str, str] | None = None) -> bytes:
    items = "".join(f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in pages)
    spine = "".join(f'<itemref idref="{name}"/>' for name in pages)
    toc = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>' if ncx else ""
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        f"<dc:title>雨巷</dc:title><dc:creator>沈墨</dc:creator></metadata><manifest>{items}{toc}</manifest><spine>{spine}</spine></package>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("o/b.opf", opf)
        for name, body in pages.items():
            page = f'<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{body}</body></html>'
            archive.writestr(f"o/{name}", page)
        if ncx:
            archive.writestr("o/toc.ncx", ncx)
        for name, text in (extra or {}).items():
            archive.writestr(name, text)
    return out.getvalue()


def test_an_epub_with_headings() -> None:
    pages = {
        "t.xhtml": "<h1>雨巷</h1>",
        "toc.xhtml": '<p>目录</p><p><a href="1.xhtml">第一章</a></p><p><a href="2.xhtml">第二章</a></p>',
        "1.xhtml": (
            "<h2>第一章<br/>雨</h2><p>她说 <em>很轻</em>的话。<script>alert(1)</script></p><hr/><p>天<br/>亮</p>"
            "<div>散<b>字</b></div>"
        ),
        "2.xhtml": "<div><h2>第二章</h2><blockquote><p>信。</p></blockquote><p onclick='x()'>&lt;b&gt;</p></div>",
    }
    found = plan(epub(pages), "a.epub")
    assert (found.title, found.author) == ("雨巷", "沈墨")
    assert drawn(found) == (
        "chapter 第一章 雨\n  scene | 她说 *很轻*的话。\n  scene | 天 / 亮 ¶ 散**字**\n"
        "chapter 第二章\n  scene | 信。 ¶ <b>"
    )


def test_an_epub_whose_chapters_only_its_contents_name() -> None:
    ncx = (
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>'
        '<navPoint><navLabel><text>Rain</text></navLabel><content src="1.xhtml"/></navPoint>'
        '<navPoint><navLabel><text>Snow</text></navLabel><content src="2.xhtml#a"/></navPoint></navMap></ncx>'
    )
    found = plan(epub({"1.xhtml": "<p>It rained.</p>", "2.xhtml": "<p>It snowed.</p>"}, ncx=ncx), "a.epub")
    assert drawn(found) == "chapter Rain\n  scene | It rained.\nchapter Snow\n  scene | It snowed."


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "上部").mkdir()
    (tmp_path / "第10章 雪.txt").write_text("雪落了。", encoding="utf-8")
    (tmp_path / "第2章 雨.txt").write_text("雨落了。", encoding="gb18030")
    (tmp_path / "03 - 风.md").write_text("风起了。\n\n***\n\n风停了。", encoding="utf-8")
    (tmp_path / "上部" / "一.md").write_text("# 甲\n\n甲文。\n\n# 乙\n\n乙文。", encoding="utf-8")
    (tmp_path / "cover.jpg").write_bytes(b"\xff\xd8")
    (tmp_path / ".hidden.txt").write_text("藏", encoding="utf-8")
    (tmp_path / "link.txt").symlink_to(tmp_path / "03 - 风.md")
    found = preview(tmp_path)
    assert found.title == tmp_path.name
    assert drawn(found) == (
        "chapter 风\n  scene | 风起了。\n  scene | 风停了。\nchapter 第2章 雨\n  scene | 雨落了。\n"
        "chapter 第10章 雪\n  scene | 雪落了。\n"
        "part 上部\n  chapter 甲\n    scene | 甲文。\n  chapter 乙\n    scene | 乙文。"
    )
    assert codes(found) == ["desk.import_files_left_out", "desk.import_encoding"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5"])
def test_encodings(encoding: str) -> None:
    text = "第一章 夜雨\n\n她推開門，院子裡只有雨聲。\n\n" + "English lines say nothing.\n" * 50
    found = plan(text.encode(encoding), "a.txt")
    assert drawn(found).startswith("chapter 第一章 夜雨\n  scene | 她推開門，院子裡只有雨聲。")


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b']><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>%s</w:t></w:r></w:p></w:body></w:document>'
)
OUTSIDE = LAUGHS.replace(b'<!ENTITY a "ha">', b'<!ENTITY j SYSTEM "file:///etc/passwd">')


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.txt", b"", "text.empty"),
        ("a.txt", b" \n\n ", "text.empty"),
        ("a.md", b"# Only a heading\n", "text.empty"),
        ("a.txt", b"\x7fELF\x00\x00", "text.binary_file"),
        ("a.txt", b"PK\x03\x04 no zip", "desk.import_damaged"),
        ("a.docx", b"plain words", "desk.import_damaged"),
        ("a.docx", zipped(**{"word/document.xml": b""}), "desk.import_damaged"),
        ("a.docx", zipped(**{"word/document.xml": b"<x/>"}), "desk.import_damaged"),
        ("a.docx", zipped(**{"other": b"x"}), "desk.import_foreign"),
        ("a.docx", zipped(**{"word/document.xml": b" " * 50_000_000}), "desk.import_bomb"),
        ("a.docx", zipped(**{f"{number}": b"" for number in range(10_001)}), "desk.import_bomb"),
        ("a.docx", zipped(**{"word/document.xml": LAUGHS % b"&j;"}), "text.empty"),
        ("a.docx", zipped(**{"word/document.xml": OUTSIDE % b"&j;"}), "text.empty"),
        ("a.epub", zipped(**{"META-INF/container.xml": b"<x/>"}), "desk.import_damaged"),
        ("a.pdf", b"%PDF-1.7", "desk.import_foreign"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1", "desk.import_foreign"),
    ],
)
def test_what_cannot_be_taken_in_says_so(name: str, data: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        plan(data, name)
    assert caught.value.code == code
    assert caught.value.message("zh") != caught.value.message("en")


def test_a_locked_epub_is_named() -> None:
    locked = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData><CipherData>'
        '<CipherReference URI="o/1.xhtml"/></CipherData></EncryptedData></encryption>'
    )
    with pytest.raises(InputError, match=r"desk\.import_locked"):
        plan(epub({"1.xhtml": "<p>x</p>"}, extra={"META-INF/encryption.xml": locked}), "a.epub")


def test_files_that_are_too_large_or_missing(tmp_path: Path) -> None:
    big = tmp_path / "a.txt"
    big.write_bytes(b"word " * 10_000_000)
    with pytest.raises(InputError, match=r"text\.too_long_file"):
        preview(big)
    with pytest.raises(InputError, match=r"text\.no_file"):
        preview(tmp_path / "none.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"desk\.import_no_files"):
        preview(tmp_path / "empty")


def test_a_plan_becomes_a_work(either: Desk) -> None:
    work = bring_in(either.store, plan(CHINESE.encode(), "雨巷.txt"))
    assert [(node.kind, node.title) for node in either.outline.tree(work.id)][:3] == [
        ("part", "第一卷 旧城"),
        ("chapter", "第一章 雨夜"),
        ("scene", ""),
    ]
    scenes = either.outline.scenes(work.id)
    head = either.revisions.head(scenes[0].id)
    assert head
    assert head.text == "雨落在檐上。\n\n她没有回头。第一章就这样写完了。\n"
    assert (head.length, head.cause) == (22, "import")
    assert [note.text for note in either.notes.all(work.id)] == ["沈墨\n《雨巷》\n作者：沈墨"]
    # It can be written on like any other scene.
    saved = either.revisions.save(scenes[0].id, head.text + "雨停了。", based_on=head.id)
    assert saved == either.revisions.head(scenes[0].id)


def test_a_scene_that_is_too_long_brings_nothing_in(desk: Desk) -> None:
    found = plan("雨。".encode() * 10, "a.txt")
    long = Plan("a", "zh", sections=(*found.sections, Section("scene", text="雨" * 2_000_001)))
    with pytest.raises(InputError, match=r"desk\.too_long"):
        bring_in(desk.store, long)
    assert desk.works.all() == []


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.sampled_from(["雨落了。", "第一章", "第二章 雪", "* * *", "", "# 夜", "她说：“走。”", "1", "目录", "卷一"]),
        max_size=14,
    )
)
def test_no_word_is_lost(lines: list[str]) -> None:
    try:
        found = plan("\n".join(lines).encode(), "a.txt")
    except BimoError:
        return
    kept = drawn(found)
    assert kept.count("雨落了。") + found.front.count("雨落了。") == lines.count("雨落了。")
    assert kept.count("她说") == lines.count("她说：“走。”")


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200), st.sampled_from(["a.txt", "a.md", "a.docx", "a.epub", "a.fountain", "a.fdx"]))
def test_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    with suppress(BimoError):
        plan(data, name)
