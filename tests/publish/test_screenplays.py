"""Screenplays in Fountain and Final Draft, read back by the desk and by a program of somebody else: nothing is lost."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from sample_works import SAMPLES
from test_editions import line, scripts

from bimo.desk.imports.reader import plan
from bimo.publish.document import (
    Action,
    Block,
    Character,
    Dialogue,
    Document,
    Heading,
    Mark,
    Parenthetical,
    SceneBreak,
    SceneHeading,
    Transition,
)
from bimo.publish.fdx import from_fdx, to_fdx
from bimo.publish.formats import find_format
from bimo.publish.fountain import from_fountain
from bimo.text.errors import InputError
from bimo.text.spans import Span

RICH = Document(
    "The Crossing 渡",
    (
        Heading("ACT ONE"),
        SceneHeading("INT./EXT. FERRY - NIGHT", "12A"),
        Action("THE LAMP goes out. 3 * 4 = 12, & <b>."),
        Action("A bell, very far away.", (Mark(Span(2, 6), "emphasis"), Mark(Span(8, 12), "strong"))),
        Character("MARA (O.S.)"),
        Parenthetical("low"),
        Dialogue("Go. 走吧。", (Mark(Span(0, 2), "strong"),)),
        Parenthetical("压低声音"),
        Dialogue("Now."),
        Character("沈默", dual=True),
        Dialogue("不。"),
        Action("THE END", centred=True),
        SceneBreak(),
        SceneHeading("第二场 外景 码头 晨", "2"),
        Action("空无一人。"),
        Character("é"),
        Dialogue("!"),
        Transition("叠化："),
        Transition("FADE OUT."),
    ),
    "en",
    "A. Nobody",
)
SCRIPTS = {"script.zh": SAMPLES["script.zh"], "script.en": SAMPLES["script.en"], "rich": RICH}


def told(blocks: Iterable[Block]) -> list[tuple[str, str]]:
    """What each element is and what it says; capitals are a matter of layout."""
    return [
        (type(block).__name__, getattr(block, "text", "").upper())
        for block in blocks
        if not isinstance(block, SceneBreak | Heading)
    ]


def seen_by_screenplain(text: str) -> tuple[object, list[tuple[str, str]]]:
    types = pytest.importorskip("screenplain.types")
    parse = pytest.importorskip("screenplain.parsers.fountain").parse

    def elements(paragraphs: Iterable[object]) -> Iterator[tuple[str, str]]:
        for each in paragraphs:
            match each:
                case types.Slug():
                    yield "SceneHeading", str(each.line)
                case types.Action():
                    yield from (("Action", str(line)) for line in each.lines)
                case types.Transition():
                    yield "Transition", str(each.line)
                case types.DualDialog():
                    yield from elements((each.left, each.right))
                case types.Dialog():
                    yield "Character", str(each.character)
                    for how, words in each.blocks:
                        yield ("Parenthetical", str(words)[1:-1]) if how else ("Dialogue", str(words))

    play = parse(io.StringIO(text))
    return play, [(kind, words.upper()) for kind, words in elements(play)]


@pytest.mark.parametrize("name", SCRIPTS)
def test_screenplain_finds_every_element_of_the_fountain_edition(name: str) -> None:
    document = SCRIPTS[name]
    play, found = seen_by_screenplain(find_format("fountain").write(document).decode())
    assert found == told(document.blocks)
    assert play.title_page["Title"] == [document.title]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_screenplain_writes_for_final_draft_comes_back(name: str) -> None:
    document = SCRIPTS[name]
    play, _ = seen_by_screenplain(find_format("fountain").write(document).decode())
    written = io.StringIO()
    pytest.importorskip("screenplain.export.fdx").to_fdx(play, written)
    found = from_fdx(written.getvalue().encode())
    assert told(found.blocks) == told(document.blocks)
    assert [each.dual for each in found.blocks if isinstance(each, Character)] == [
        each.dual for each in document.blocks if isinstance(each, Character)
    ]


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("format", ["fountain", "fdx"])
def test_a_screenplay_comes_back_whole(name: str, format: str) -> None:
    document = SCRIPTS[name]
    data = find_format(format).write(document)
    found = from_fdx(data) if format == "fdx" else from_fountain(data.decode())
    assert (found.title, found.author, found.blocks) == (document.title, document.author, document.blocks)


@given(scripts, line)
def test_any_screenplay_comes_back_from_final_draft(blocks: tuple[Block, ...], title: str) -> None:
    assert from_fdx(to_fdx(Document(title, blocks, "en"))).blocks == blocks


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_desk_takes_final_draft_files(name: str) -> None:
    document = SCRIPTS[name]
    found = plan(to_fdx(document), f"{name}.fdx")
    assert (found.kind, found.title, found.author) == ("screenplay", document.title, document.author)
    text = "\n\n".join(scene.text for scene in found.scenes())
    assert told(from_fountain(text).blocks) == told(document.blocks)


@pytest.mark.parametrize("data", [b"", b"<x/>", b"<FinalDraft/>", b"PK\x03\x04", b"<FinalDraft><Content>"])
def test_what_is_no_screenplay_is_told(data: bytes) -> None:
    if data.endswith(b"<Content>"):
        # A file that was cut off: what is there is read.
        assert from_fdx(data).blocks == ()
        return
    with pytest.raises(InputError, match="damaged"):
        from_fdx(data)


def test_nothing_outside_the_file_is_read() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><FinalDraft><Content><Paragraph Type="Action">'
    bomb += b"<Text>a&e;b</Text></Paragraph></Content></FinalDraft>"
    assert "root" not in "".join(str(block) for block in from_fdx(bomb).blocks)
