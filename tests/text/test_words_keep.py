from __future__ import annotations

import pytest

from bimo.text.errors import Language
from bimo.text.keep import Lost, facts, lost
from bimo.text.numbers import numbers
from bimo.text.words import names, people_names, words

STORY = "林晚照三十岁那年，离开了上海。她对沈默说：“我不会回来。”约翰·史密斯在长安等了二百五十天。欧阳锋高兴地笑了。"


def test_words_have_no_punctuation() -> None:
    assert words("Don’t STOP, well-known Café!", "en") == ["don't", "stop", "well-known", "café"]
    assert words("我们离开了上海。OK？", "zh") == ["我们", "离开", "了", "上海", "ok"]


def test_jieba_is_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    words("安静", "zh")
    assert capfd.readouterr() == ("", "")


def test_chinese_names() -> None:
    assert names(STORY, "zh") == ["林晚照", "上海", "沈默", "约翰·史密斯", "长安", "欧阳锋"]
    assert names("Kate 和李明去巴黎，白天下雨，马上就停。", "zh") == ["Kate", "李明", "巴黎"]


def test_people_are_found_quickly_as_they_are_found_slowly() -> None:
    assert people_names(STORY) == ["林晚照", "沈默", "欧阳锋"]
    assert people_names("司马懿笑了。小镇上王砚秋和赵二都说没有。") == ["司马懿", "王砚秋", "赵二"]
    assert people_names("") == people_names("没有人。") == []


def test_english_names() -> None:
    text = 'Mary Ann walked to Paris with O’Brien. "Hello, Tom," said Mary. Cold stones. Kate ran. Kate fell Monday.'
    assert names(text, "en") == ["Mary Ann", "Mary", "Paris", "O’Brien", "Tom", "Kate"]


@pytest.mark.parametrize(
    ("text", "lang", "values"),
    [
        ("三十岁", "zh", ["30"]),
        ("二百五十天，一千零一夜，第三次", "zh", ["250", "1001", "3"]),
        ("3万元，1,200人，一九四九年，２０ 12.50", "zh", ["30000", "1200", "20", "12.5", "1949"]),
        ("两万五千里，三亿，廿四桥，十二", "zh", ["25000", "300000000", "24", "12"]),
        ("七八个人，一个人，四面八方，千万别去，十分高兴", "zh", ["7", "8"]),
        ("thirty-two coins, two hundred and five cats, 1,000 dogs, the 3rd", "en", ["1000", "3", "32", "205"]),
        ("one of them, nineteen eighty-four, two million three thousand", "en", ["19", "84", "2003000"]),
    ],
)
def test_numbers_are_values(text: str, lang: Language, values: list[str]) -> None:
    assert numbers(text, lang) == values


def test_negations_are_counted_but_not_in_words_that_deny_nothing() -> None:
    assert facts("他不去，也没有说，非礼勿视，莫愁。不过特别的未来，去不去？", "zh").negations == 5
    assert facts("She didn’t go, never, not without nothing; cannot. A knot.", "en").negations == 6


def test_a_faithful_restyle_loses_nothing() -> None:
    assert lost("林晚照三十岁，没有去上海。", "晚照年三十，未往上海。", lang="zh") == Lost()
    assert not lost("Mary Smith had 30 cats and no dog.", "No dog had Smith, but cats thirty.", lang="en")
    assert not lost("他等了 1 天。", "候之一日。", lang="zh")


def test_what_a_restyle_lost_is_named() -> None:
    assert lost("林晚照三十岁，没有去上海。", "有女年廿九，往沪。", lang="zh") == Lost(("林晚照", "上海"), ("30",), -1)
    assert lost("He met Mary twice in 1999, not once.", "He met her.", lang="en") == Lost(("Mary",), ("1999",), -1)
