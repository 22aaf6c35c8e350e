"""How texts sound: words, figures and marks of both languages, in the signs that the voices read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bimo.senses.signs import alphabet
from bimo.senses.sounds import sounds
from bimo.senses.sounds_en import from_cmu, sounds_en, spelled_en
from bimo.senses.sounds_zh import sounds_zh, spelled_zh, syllable
from bimo.text.errors import Language

pytest.importorskip("cn2an")
pytest.importorskip("inflect")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026年11月3日", "二零二六年十一月三日"),
        ("2个人等了3.5小时", "两个人等了三点五小时"),
        ("约50%", "约百分之五十"),
        ("电话13800138000", "电话一三八零零一三八零零零"),
        ("没有数字", "没有数字"),
        ("10:30出发，12：00到", "十点三十分出发，十二点整到"),
        ("第3-5章", "第三至五章"),
        ("2026-11-24", "二零二六年十一月二十四日"),
    ],
)
def test_chinese_figures_are_read(text: str, said: str) -> None:
    assert spelled_zh(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("in 1984", "in nineteen eighty-four"),
        ("in 1905", "in nineteen oh five"),
        ("the 1920s", "the nineteen twenties"),
        ("$5.50 or £1", "five dollars fifty or one pound"),
        ("the 3rd of May", "the third of May"),
        ("1,200 men, 5%", "one thousand, two hundred men, five percent"),
        ("at 10:30 or 11:00", "at ten thirty or eleven o'clock"),
        ("pages 12-14, No. 7, -5 degrees", "pages twelve to fourteen, number seven, minus five degrees"),
        ("Dr. Smith and Mrs. Fenn.", "Dr Smith and Mrs Fenn."),
    ],
)
def test_english_figures_are_read(text: str, said: str) -> None:
    assert spelled_en(text) == said


@pytest.mark.parametrize(
    ("pinyin", "said"), [("zhong1", "ꭧʊ→ŋ"), ("shi4", "ʂɨ↘"), ("nü3", "ny↓"), ("er2", "ɚ↗"), ("de5", "tɤ"), ("?", "")]
)
def test_a_syllable_sounds(pinyin: str, said: str) -> None:
    assert syllable(pinyin) == said


def test_words_are_read_as_words() -> None:
    assert sounds_zh("重要，重新") == "ꭧʊ↘ŋjau↘ ꭧʰʊ↗ŋɕi→n"


def test_small_words_lean_on_the_next() -> None:
    assert sounds_en("the apple to eat, the pear to peel").split()[::2] == ["ði", "tʊ", "ðə", "tə"]


def test_what_no_lexicon_has_is_guessed_or_spelled() -> None:
    assert sounds_en("Zorvath", lambda word: f"<{word}>") == "<zorvath>"
    assert sounds_en("Zorvath").startswith("zˈi")
    assert sounds_en("dog's").endswith("z")
    assert sounds_en("café") == sounds_en("cafe") != ""
    assert from_cmu(("HH", "AH0", "L", "OW1")) == "həlˈO"


def test_both_languages_in_one_sentence() -> None:
    said = sounds("她说：“Hello，世界！”", "zh")
    assert said == "tʰa→ ʂwo→: “həlˈO, ʂɨ↘ʨje↘!”"


@pytest.mark.parametrize("lang", ["zh", "en"])
@given(text=st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_every_sign_is_known_to_the_model(lang: Language, text: str) -> None:
    assert set(sounds(text, lang)) <= set(alphabet())


@pytest.mark.parametrize("text", ["……", "😀", "", "* * *"])
def test_where_nothing_can_be_said_nothing_is(text: str) -> None:
    assert sounds(text, "zh") == ""
