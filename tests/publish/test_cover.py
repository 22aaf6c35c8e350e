"""Drawn covers: the same for the same work, another for another, legible letters, colours that are asked for."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_works import POEMS, SAMPLES

from bimo.publish.art import ARTS, WIDTH, Colours, drawing, lightness
from bimo.publish.cover import _ink, _shades, colours_from, drawn_cover, find_mood, mood_of, moods
from bimo.publish.document import Document, Heading, Paragraph
from bimo.publish.epub import to_epub
from bimo.text.errors import InputError

GOLDEN = Path(__file__).parent / "golden"
colour = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def test_golden_drawings() -> None:
    """The drawings themselves, by their sums; their looks are for eyes."""
    found = {
        id: hashlib.sha256(drawing(mood.art, mood.colours, 7).encode()).hexdigest()[:16] for id, mood in moods().items()
    }
    path = GOLDEN / "covers.json"
    made = json.dumps(found, indent=1) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8")
    assert {mood.art for mood in moods().values()} == set(ARTS)


@given(st.sampled_from(sorted(ARTS)), st.tuples(*[colour] * 5), st.integers(0, 2**64 - 1))
def test_every_drawing_is_svg_and_follows_from_its_numbers(art: str, colours: tuple[str, ...], seed: int) -> None:
    made = drawing(art, Colours(*colours), seed)
    assert ET.fromstring(made).get("viewBox") == f"0 0 {WIDTH} 1600"
    assert made == drawing(art, Colours(*colours), seed)
    assert len(made) < 200_000


@given(st.sampled_from(sorted(moods())), st.lists(colour, min_size=1, max_size=8))
def test_letters_stand_out_from_any_sky(mood: str, colours: list[str]) -> None:
    above = _shades(moods()[mood], colours).above
    dark, light = sorted((lightness(above), lightness(_ink(above))))
    # WCAG 2.2 asks large letters for 3 to 1.
    assert (light + 0.05) / (dark + 0.05) >= 3


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("雨下了一夜，她撑着伞站在檐下。雨没有停。", "rain"),
        ("The waves broke on the shore and the boat did not come back from the sea.", "sea"),
        ("雪下了三天，冰封住了河。", "snow"),
        ("She took the train across the city to the office; the streets were empty.", "city"),
        ("1234", "calm"),
    ],
)
def test_the_words_of_a_text_tell_its_mood(text: str, mood: str) -> None:
    assert mood_of(Document("", (Paragraph(text),), "zh")).id == mood


def test_moods_and_colours_by_name() -> None:
    assert find_mood("雨") is find_mood("Rain")
    with pytest.raises(InputError, match="no_mood"):
        find_mood("sorrow")
    assert colours_from("27323D，#e8b56a") == ("#27323d", "#e8b56a")
    for told in ("#12", "red", "#27323d,x"):
        with pytest.raises(InputError, match="no_colours"):
            colours_from(told)
    with pytest.raises(InputError, match="no_file"):
        colours_from("missing.png")


def test_a_cover_is_the_same_for_the_same_work_and_another_for_another() -> None:
    pytest.importorskip("typst")
    one = drawn_cover(SAMPLES["prose.zh"])
    assert one == drawn_cover(SAMPLES["prose.zh"])
    assert struct.unpack(">II", one[16:24]) == (1600, 2560)
    assert one != drawn_cover(replace(SAMPLES["prose.zh"], title="另一本"))
    assert one != drawn_cover(SAMPLES["prose.zh"], "雪")
    assert one != drawn_cover(SAMPLES["prose.zh"], colours=("#884422", "#ddeeff"))
    assert b"cover.png" in to_epub(replace(POEMS["poem.en"], cover=one))


def test_strange_titles_stop_no_cover() -> None:
    pytest.importorskip("typst")
    for title in ("", "长" * 200, "w" * 200, '#x[] "] \\ <b> 👩‍👩‍👧 \U0010fffd', "一：二", "Ａ"):
        for lang in ("zh", "en"):
            made = drawn_cover(Document(title, (Heading("x"),), lang, "#panic() 某" * 9))  # type: ignore[arg-type]
            assert made.startswith(b"\x89PNG")
