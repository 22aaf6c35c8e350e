"""What classical verse knows: themes, parallel pairs, and lines that were written before."""

from __future__ import annotations

import random

import pytest

from bimo.verse.lore import is_copied, pairing, related
from bimo.verse.readings import frequent


@pytest.mark.parametrize(
    ("theme", "expected"),
    [
        ("秋夜", "秋夜月凉"),
        ("思乡", "故归"),
        ("送别", "离别"),
        ("雪", "寒梅冰"),
        ("中秋", "月圆"),
        ("離別", "离别"),
        ("咏梅", "香枝"),
    ],
)
def test_a_theme_brings_the_characters_that_poems_on_it_have(theme: str, expected: str) -> None:
    assert set(expected) <= set(related(theme))


def test_weights_of_a_theme_lie_between_nothing_and_one() -> None:
    weights = related("春江花月夜")
    assert weights
    assert all(0 < weight <= 1 + 1e-9 for weight in weights.values())
    assert weights["春"] == 1
    assert any(len(word) == 2 for word in weights)


@pytest.mark.parametrize("theme", ["", "coffee", "咖啡", "，"])
def test_verse_knows_nothing_of_some_themes(theme: str) -> None:
    assert related(theme) == {}


def test_parallel_lines_are_better_than_chance() -> None:
    assert pairing("云", "雨") == pairing("雨", "雲") > 0.5
    assert pairing("风", "风") == 0
    assert pairing("山", "吃") == 0
    assert pairing("白日依山尽", "黄河入海流") > 0.3
    assert pairing("两个黄鹂鸣翠柳", "一行白鹭上青天") > pairing("两个黄鹂鸣翠柳", "窗含西岭千秋雪")
    assert pairing("", "") == 0


@pytest.mark.parametrize("line", ["白日依山尽", "白日依山盡", "疑是地上霜", "明月几时有", "却停车坐爱枫"])
def test_a_known_line_is_found_whole_or_in_part(line: str) -> None:
    assert is_copied(line)


def test_a_line_that_nobody_wrote_is_seldom_taken_for_known() -> None:
    dice = random.Random(1)
    lines = ["".join(dice.choices(frequent()[:2000], k=5)) for _ in range(2000)]
    assert sum(map(is_copied, lines)) < 30
    assert not is_copied("山水")
