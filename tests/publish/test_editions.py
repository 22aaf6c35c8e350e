from __future__ import annotations

import difflib
import errno
import os
import re
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_works import SAMPLES

from bimo.publish.document import (
    Action,
    Block,
    Character,
    Dialogue,
    Document,
    Heading,
    Paragraph,
    Parenthetical,
    Quote,
    SceneBreak,
    SceneHeading,
    Transition,
    Verse,
    plain,
    verse_line,
)
from bimo.publish.formats import all_formats, file_name, find_format, publish
from bimo.publish.fountain import from_fountain, to_fountain
from bimo.publish.html import to_html
from bimo.publish.inline import stanzas
from bimo.publish.markdown import from_markdown, to_markdown
from bimo.text.errors import FileError, InputError

GOLDEN = Path(__file__).with_name("golden")
VOLATILE = re.compile(r'<meta name="generator".*\n|<style>.*?</style>\n', re.DOTALL)

# Editions

tricky = st.text(
    st.sampled_from("ab 1.)*#>-_+=`~|[]()<>&;!\\$:/\"'@　你好，。“”😀\xa0é\n\t\r\v\x00\x1b\u202e\u2028")
    | st.characters(),
    max_size=30,
) | st.sampled_from(
    [
        "---",
        "* * *",
        "***",
        "# a",
        "## b #",
        "1. x",
        "> q",
        "&lt;b&gt;",
        "&nbsp;",
        "```",
        "~~~",
        "<script>",
        "[a](b)",
        "===",
    ]
)
line = tricky.map(plain).filter(bool)
verse = st.lists(tricky.map(verse_line).filter(str.strip), min_size=1, max_size=3).map(
    lambda lines: Verse(tuple(lines))
)
prose = st.one_of(
    st.builds(Heading, line, st.integers(1, 5)),
    st.builds(Paragraph, line),
    verse,
    st.builds(Quote, st.lists(st.builds(Paragraph, line) | verse, min_size=1, max_size=3).map(tuple)),
    st.just(SceneBreak()),
)
documents = st.builds(
    Document,
    tricky.map(plain),
    st.lists(prose, max_size=6).map(tuple),
    st.sampled_from(["zh", "en"]),
    tricky.map(plain),
)
said = line.filter(lambda text: text[0] not in "(（")
speech = st.tuples(
    # Fountain has no way to say that a caret at the end of a name is part of it.
    line.filter(lambda text: text[0] != "@" and text[-1] != "^").map(Character),
    st.just(Parenthetical("softly")) | said.map(Dialogue),
    said.map(Dialogue),
)
element = st.builds(Action, line) | st.builds(SceneHeading, line.filter(lambda t: t[0] != "."))
element |= st.builds(Transition, line.filter(lambda text: text[-1] != "<"))
scripts = st.lists(speech.map(list) | element.map(lambda e: [e]), max_size=5).map(
    lambda runs: tuple(chain.from_iterable(runs))
)


@given(documents)
def test_a_document_comes_back_from_its_markdown(document: Document) -> None:
    assert from_markdown(to_markdown(document).decode()) == document


@given(scripts)
def test_a_screenplay_comes_back_from_fountain_and_from_markdown(blocks: tuple[Block, ...]) -> None:
    assert from_fountain("\n\n" + to_fountain(blocks)).blocks == blocks
    assert from_markdown(to_markdown(Document("x", blocks, "en")).decode()).blocks == blocks


class _Seen(HTMLParser):
    """The tags of a page, and the text that a reader sees."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.shown = False
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.shown = self.shown or tag == "body"

    def handle_data(self, data: str) -> None:
        self.text += data if self.shown else ""


def _texts(blocks: tuple[Block, ...]) -> str:
    found = ""
    for block in blocks:
        match block:
            case Verse():
                found += "".join(block.lines)
            case Quote():
                found += _texts(block.blocks)
            case SceneBreak():
                pass
            case Parenthetical():
                found += f"({block.text})"
            case _:
                found += block.text
    return found


@given(documents, scripts)
def test_html_shows_the_text_and_nothing_in_it_can_run(document: Document, script: tuple[Block, ...]) -> None:
    document = Document(document.title, document.blocks + script, document.lang, document.author)
    seen = _Seen(to_html(document))
    shown = re.sub(r"\s", "", seen.text.replace("（softly）", "(softly)"))
    assert shown == re.sub(r"\s", "", document.title + document.author + _texts(document.blocks))
    for tag, attrs in seen.tags:
        assert tag not in {"script", "a", "img", "iframe", "link", "object", "base", "form", "svg"}
        assert set(attrs) <= {"class", "lang", "charset", "name", "content", "http-equiv"}


@given(st.text(st.characters()))
def test_any_text_is_a_manuscript(text: str) -> None:
    document = from_markdown(text)
    assert from_markdown(to_markdown(document).decode()) == document
    _Seen(to_html(document))


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("format", ["markdown", "html", "fountain", "text", "fdx"])
def test_golden_editions(name: str, format: str, tmp_path: Path) -> None:
    kind = find_format(format)
    path = GOLDEN / f"{name}{kind.suffix}"
    made = VOLATILE.sub("", publish(SAMPLES[name], format, tmp_path / "new").read_text(encoding="utf-8"))
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8")
    kept = path.read_text(encoding="utf-8")
    assert made == kept, "\n".join(
        difflib.unified_diff(kept.split("\n"), made.split("\n"), "kept", "made", lineterm="")
    )


def test_every_format_has_a_golden_edition_and_names_in_both_languages() -> None:
    for kind in all_formats().values():
        # The sheets of a poem are of the same data in each of their formats.
        assert list(GOLDEN.glob(f"*{kind.suffix.removesuffix(kind.ending) or kind.suffix}*"))
        assert all(kind.names[lang] for lang in ("zh", "en"))


def test_a_page_needs_nothing_from_outside() -> None:
    page = to_html(SAMPLES["prose.zh"]).decode()
    assert "default-src 'none'; img-src data:;" in page
    assert not re.search(r"url\(|@import|https?:", page)


# Reading manuscripts


def test_the_only_first_heading_is_the_title() -> None:
    document = from_markdown("# 雨夜\n\n## 一\n\n　　第一段。\n第二段。\n\n***\n\n> 题记\n> ——某人\n")
    assert document == Document(
        "雨夜",
        (
            Heading("一"),
            Paragraph("第一段。"),
            Paragraph("第二段。"),
            SceneBreak(),
            Quote((Paragraph("题记"), Paragraph("——某人"))),
        ),
        "zh",
    )


def test_chapters_of_the_first_level_are_no_title() -> None:
    document = from_markdown(
        "# One\n\nIt rained\nall night.\n\n# Two\n\nLine one,  \nline two.", title="Rain", lang="en"
    )
    assert document.title == "Rain"
    assert document.blocks == (
        Heading("One"),
        Paragraph("It rained all night."),
        Heading("Two"),
        Verse(("Line one,", "line two.")),
    )


def test_what_a_manuscript_does_not_use_stays_literal() -> None:
    text = "- a *b* [c](d) <i>e</i>\n\n    code\n\n```python\nx = 1\n```\n\n| a | b |"
    shown = [block.text for block in from_markdown(text).blocks if isinstance(block, Paragraph)]
    assert shown == ["- a b [c](d) <i>e</i>", "code", "```python", "x = 1", "```", "| a | b |"]


def test_front_matter_gives_the_facts() -> None:
    document = from_markdown('---\ntitle: "雨"\nauthor: 某人\nlang: zh-CN\n---\nRain.')
    assert (document.title, document.author, document.lang) == ("雨", "某人", "zh")


def test_stanzas_keep_their_lines_and_indents() -> None:
    assert stanzas("a\n  b\n\n\nc\n") == (Verse(("a", "\xa0\xa0b")), Verse(("c",)))


def test_fountain_is_read_as_screenwriters_write_it() -> None:
    text = "Title: The Ferry\nAuthor: O’Hara\n\nINT. FERRY - NIGHT\n\nRain.\n\nMARA (O.S.)\n(low)\nGo.\n\nCUT TO:"
    assert from_fountain(text) == Document(
        "The Ferry",
        (
            SceneHeading("INT. FERRY - NIGHT"),
            Action("Rain."),
            Character("MARA (O.S.)"),
            Parenthetical("low"),
            Dialogue("Go."),
            Transition("CUT TO:"),
        ),
        "en",
        "O’Hara",
    )


def test_chinese_speeches_on_one_line() -> None:
    text = "第一场 内景 渡轮 夜\n\n时间：深夜\n沈默：（低声）别点灯。\n林晚照：为什么？"
    assert from_fountain(text).blocks == (
        SceneHeading("第一场 内景 渡轮 夜"),
        Action("时间：深夜"),
        Character("沈默"),
        Parenthetical("低声"),
        Dialogue("别点灯。"),
        Character("林晚照"),
        Dialogue("为什么？"),
    )


# Writing files


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("雨夜来信", "雨夜来信"),
        ("《雨/夜》：“来信”", "雨-夜-来信"),
        ("../../etc/passwd", "etc-passwd"),
        ("<b>Don’t</b> stop 😀?", "b-Dont-b-stop"),
        ("😀…", "untitled"),
        ("con", "con-"),
        ("长" * 300, "长" * 40),
    ],
)
def test_file_names_are_safe(title: str, name: str) -> None:
    assert file_name(title) == name


@given(st.text(st.characters()))
def test_any_title_makes_a_file_name(title: str) -> None:
    assert re.fullmatch(r"[\w\u0300-\u036f-]{1,125}", file_name(title.encode(errors="ignore").decode()))


def test_an_edition_goes_into_a_folder_under_its_title(tmp_path: Path) -> None:
    path = publish(SAMPLES["prose.zh"], "html", tmp_path)
    assert path == tmp_path / "雨夜来信.html"
    assert publish(SAMPLES["prose.zh"], "markdown", tmp_path / "a" / "b.md").is_file()


def test_a_failed_write_leaves_the_old_edition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = publish(SAMPLES["prose.en"], "html", tmp_path / "x.html")
    old = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match=r"cannot_write.*No space left"):
        publish(SAMPLES["prose.zh"], "html", path)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileError, match="cannot_write"):
        publish(SAMPLES["prose.zh"], "html", tmp_path / "file" / "x.html")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(FileError, match="cannot_write"):
        publish(SAMPLES["prose.zh"], "html", tmp_path)
    tmp_path.chmod(0o700)


def test_an_unknown_format_offers_near_names() -> None:
    with pytest.raises(InputError) as caught:
        find_format("htm")
    assert "html" in caught.value.hint("zh")
