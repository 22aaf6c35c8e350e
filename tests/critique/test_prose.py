"""The measures find what they are for, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bimo.critique import prose
from bimo.text.errors import Language


def value(text: str, lang: Language, name: str, **more: object) -> float:
    return next(one.value for one in prose.measures(text, lang, **more) if one.name == name)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lang", "bad", "good"),
    [
        ("zh", "他的眼中闪烁着希望的光芒，心中充满了勇气。", "他把伞骨排在木箱上，数了两遍。"),
        ("en", "A sense of peace filled the air, a testament to hope.", "He laid the ribs on the crate and counted."),
    ],
)
def test_slop_and_morals(lang: Language, bad: str, good: str) -> None:
    assert value(bad, lang, "slop") > 50
    assert value(bad, lang, "ending") >= 1
    assert value(good, lang, "slop") == value(good, lang, "ending") == 0


@pytest.mark.parametrize(("lang", "text"), [("zh", "她感到难过。"), ("en", "She felt a deep sorrow.")])
def test_named_feelings(lang: Language, text: str) -> None:
    assert value(text, lang, "telling") > 0


def test_the_longest_repeat_is_shown() -> None:
    assert prose.longest_repeat("船来了又走了。天黑。船来了又走了。", "zh") == (6, "船来了又走了")
    assert prose.longest_repeat("the lamp went out and then the lamp went out again", "en") == (4, "the lamp went out")
    assert prose.longest_repeat("", "en") == (0, "")


def test_missing_elements_and_their_other_names() -> None:
    assert prose.missing("The torch fell.", ["torch|flashlight", "rope"]) == ["rope"]


def test_length_is_measured_against_the_target() -> None:
    assert value("一二三四五六七八九十", "zh", "length", target=8) == 25


@given(st.text(max_size=200), st.sampled_from(["zh", "en"]))
def test_any_text_can_be_measured(text: str, lang: Language) -> None:
    assert 0 <= prose.distinct(text, lang) <= 1
    assert prose.longest_repeat(text, lang)[0] <= len(text) // 2 + 1
    prose.cost(prose.measures(text, lang, target=10, elements=["a"]))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_lists_are_of_their_language(lang: Language) -> None:
    for words in (prose.lists(lang).bans, prose.lists(lang).slop):
        assert words
        assert all(any("一" <= letter <= "鿿" for letter in word) == (lang == "zh") for word in words)
