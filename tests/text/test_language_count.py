from __future__ import annotations

import pytest

from bimo.text.count import length, unit
from bimo.text.errors import Language
from bimo.text.language import detect


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("雨下了一夜。", "zh"),
        ("我喜欢 The Great Gatsby。", "zh"),
        ("He wrote the word 笔墨 on the wall and went home.", "en"),
        ("Café déjà vu", "en"),
        ("𠀀𠀁", "zh"),
    ],
)
def test_the_language_is_the_one_most_letters_speak(text: str, lang: Language) -> None:
    assert detect(text) == lang


def test_a_text_without_letters_has_the_default_language() -> None:
    assert detect("123 ……") == "en"
    assert detect("", "zh") == "zh"


@pytest.mark.parametrize(
    ("text", "lang", "count"),
    [
        ("你好，世界！", "zh", 6),
        ("“走吧。”——他说……", "zh", 11),
        ("用 Visual Studio 写了 3.14 行 it’s OK", "zh", 9),
        ("  \n\n", "zh", 0),
        ("𠀀〇々", "zh", 3),
        ("It’s a well-known fact—truly.", "en", 5),
        ("1,000 dogs, 3.14 cats -- and e\u0301lan", "en", 6),
        ("She said “笔墨”.", "en", 4),
    ],
)
def test_length_counts_as_an_editor_counts(text: str, lang: Language, count: int) -> None:
    assert length(text, lang) == count


def test_units() -> None:
    assert (unit("zh"), unit("en")) == ("字", "words")
