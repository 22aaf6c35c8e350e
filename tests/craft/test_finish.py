"""Finishing: what is dropped, what is repaired, and that nothing is invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bimo.craft.finish import close_quotes, finish, punctuate, unwrap, whole_sentences
from bimo.text.errors import Language


@pytest.mark.parametrize(
    ("lang", "raw", "clean"),
    [
        ("zh", "好的，以下是为您写的开头：\n\n雨停了。", "雨停了。"),
        ("zh", "当然可以！以下是改写后的版本：\n雨停了。\n\n希望您喜欢这个故事！", "雨停了。"),
        ("zh", "```\n雨停了。\n```", "雨停了。"),
        ("zh", "雨停了。\n\n注：这是改写。", "雨停了。"),
        ("en", "Sure, here is your story:\n\nThe rain stopped.", "The rain stopped."),
        ("en", "The rain stopped.\n\nI hope you like it!", "The rain stopped."),
        ("en", "Sure of himself, he sat down.", "Sure of himself, he sat down."),
        ("zh", "好的伞都卖完了。", "好的伞都卖完了。"),
    ],
)
def test_talk_around_the_answer_is_dropped(lang: Language, raw: str, clean: str) -> None:
    assert unwrap(raw, lang) == clean


@pytest.mark.parametrize(
    ("lang", "raw", "clean"),
    [
        ("zh", '他说:"走吧..."', "他说：“走吧……”"),
        ("zh", "雨停了,风也停了.", "雨停了，风也停了。"),
        ("zh", "价格是3.5元,不贵。", "价格是3.5元，不贵。"),
        ("zh", "她 说 ，走", "她说，走"),
        ("en", 'He said, "Go on..."', "He said, “Go on…”"),
        ("en", "It's late -- go home", "It’s late—go home"),
    ],
)
def test_one_punctuation_style(lang: Language, raw: str, clean: str) -> None:
    assert punctuate(raw, lang) == clean


@pytest.mark.parametrize(
    ("lang", "raw", "clean"),
    [
        ("zh", "雨停了。他走到门", "雨停了。"),
        ("zh", "他走到门", "他走到门。"),
        ("en", "The rain stopped. He went to the", "The rain stopped."),
        ("en", "He went out,", "He went out."),
        ("en", "Done.", "Done."),
    ],
)
def test_no_half_sentence_at_the_end(lang: Language, raw: str, clean: str) -> None:
    assert whole_sentences(raw, lang) == clean


@pytest.mark.parametrize(
    ("lang", "raw", "clean"),
    [
        ("en", "She sat down. 11 words. The radio played.", "She sat down. The radio played."),
        ("en", "He wrote 11 words. Then he left.", "He wrote 11 words. Then he left."),
        ("zh", "船没有来。（约60字）", "船没有来。"),
        ("zh", "信上只有60字。船没有来。", "信上只有60字。船没有来。"),
    ],
)
def test_a_count_of_its_own_words_is_dropped(lang: Language, raw: str, clean: str) -> None:
    assert finish(raw, lang) == clean


def test_quotes_are_closed_and_strays_dropped() -> None:
    assert close_quotes("“走吧。", "zh") == "“走吧。”"
    assert close_quotes("走吧。”", "zh") == "走吧。"


@given(st.text(alphabet='雨停了他说走吧“”"，。！,.?: \nabc*#`-', max_size=80), st.sampled_from(["zh", "en"]))
def test_finishing_invents_no_letter_and_closes_nothing_twice(text: str, lang: Language) -> None:
    once = finish(text, lang)
    rest = iter(text)
    assert all(letter in rest for letter in once if letter.isalpha())
    for paragraph in once.split("\n"):
        depth = 0
        for letter in paragraph:
            depth += (letter == "“") - (letter == "”")
            assert depth >= 0
