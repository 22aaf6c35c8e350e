from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bimo.text.errors import Language
from bimo.text.sentences import paragraphs, sentences
from bimo.text.spans import Span


@pytest.mark.parametrize(
    ("lang", "parts"),
    [
        ("zh", ["“你来了！”", "他说：“坐吧。”", "真的吗?", "好。", "（他走了。）", "雨……"]),
        ("zh", ["他读《你好！》那本书。", "3.14 是圆周率。", "「停！」"]),
        ("zh", ["“停！”，他喊。"]),
        ("en", ['"Stop!" he said.', "Mr. J. R. Smith paid Mrs. St. Clair $3.14.", "“Why?” John said.", "Really?!"]),
        (
            "en",
            ["“It was I.”", "He left at 5 p.m. with No. 5.", "Yes… no…", "(So it goes.)", "No.", "Well... perhaps."],
        ),
        ("en", ["It was a dark night and the\nrain fell.", "Nobody came."]),
    ],
)
def test_sentences(lang: Language, parts: list[str]) -> None:
    text = ("" if lang == "zh" else " ").join(parts)
    assert [span.of(text) for span in sentences(text, lang)] == parts


def test_chinese_paragraphs_are_lines_and_wrapped_english_is_joined() -> None:
    assert _parts("第一段\n　　第二段。\n\n第三段") == ["第一段", "第二段。", "第三段"]
    assert _parts('The rain\nfell.\n\n"Go."\n"No!"') == ["The rain\nfell.", '"Go."', '"No!"']


def _parts(text: str) -> list[str]:
    return [span.of(text) for span in paragraphs(text)]


prose = st.text(st.sampled_from("ab I.Mr!?…\"'”“。！？，「」（）\n\r 　你好😀é—3\t\x85\u2028")) | st.text()


def _only_blank_between(text: str, spans: list[Span]) -> None:
    place = 0
    for span in spans:
        assert span.start >= place
        assert span.of(text).strip() == span.of(text) != ""
        assert not text[place : span.start].strip()
        place = span.end
    assert not text[place:].strip()


@given(prose, st.sampled_from(["zh", "en"]))
def test_sentences_and_paragraphs_cover_all_that_is_not_blank(text: str, lang: Language) -> None:
    _only_blank_between(text, sentences(text, lang))
    _only_blank_between(text, paragraphs(text))
