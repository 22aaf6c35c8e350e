"""Certain slips: what is mended, and what must be left alone."""

from __future__ import annotations

import pytest

from bimo.critique.slips import slips
from bimo.text.errors import Language
from bimo.text.spans import apply_edits


@pytest.mark.parametrize(
    ("lang", "wrong", "right"),
    [
        ("zh", "他慢慢的走过来,说:“我我们们”。", "他慢慢地走过来，说：“我我们们”。"),
        ("zh", "他跑的很快，急的满头大汗。", "他跑得很快，急得满头大汗。"),
        ("zh", "我己经走头无路，，在也不去了。", "我已经走投无路，再也不去了。"),
        ("zh", "这是我的的书，我们我们必需在今天还。", "这是我的书，我们必须在今天还。"),
        ("en", "He had an dog and a apple , the the end.", "He had a dog and an apple, the end."),
        ("en", "i should of recieved it,, Thier ship.", "I should have received it, Their ship."),
        ("en", "It is an useful thing at an university.", "It is a useful thing at a university."),
    ],
)
def test_a_slip_is_mended(lang: Language, wrong: str, right: str) -> None:
    assert apply_edits(wrong, slips(wrong, lang)) == right


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("zh", "轻轻的脚步声。他说的很对。的的确确是这样。版本1.2。他不在也没关系。现在也没有人。"),
        ("zh", "“慢，慢——”他说……“空气是生活必需品。”"),
        ("en", "An hour. A one-eyed man. He got an A in math. An umbrella, a European, a unit, an heir, an MP."),
        ("en", "I had had enough. It cost .5 of it ... i.e. nothing. He gave her her book. Is it a? An X-ray."),
    ],
)
def test_what_is_right_is_left_alone(lang: Language, text: str) -> None:
    assert slips(text, lang) == []
