from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bimo.text.diff import diff, shown
from bimo.text.errors import Language
from bimo.text.spans import apply_edits

prose = st.text(st.sampled_from("ab cd.!?。！，你好天气😀\n\r\t’é\u0301")) | st.text()


@settings(deadline=None)  # The first call loads the dictionary.
@given(prose, prose, st.sampled_from(["zh", "en"]))
def test_the_edits_make_the_new_text(old: str, new: str, lang: Language) -> None:
    edits = diff(old, new, lang)
    assert apply_edits(old, edits) == new
    assert edits == sorted(edits)
    pieces = shown(old, edits)
    assert "".join(text for kind, text in pieces if kind != "ins") == old
    assert "".join(text for kind, text in pieces if kind != "del") == new


def test_equal_texts_have_no_edits() -> None:
    assert diff("雨下了一夜。", "雨下了一夜。", "zh") == []


def test_changes_are_whole_words() -> None:
    old, new = "He has went home. The end.", "He has gone home. The end."
    assert shown(old, diff(old, new, "en")) == [
        ("same", "He has "),
        ("del", "went"),
        ("ins", "gone"),
        ("same", " home. The end."),
    ]
    old, new = "天气很好。他在跑步。", "天气很糟。他在跑步。"
    assert shown(old, diff(old, new, "zh")) == [
        ("same", "天气"),
        ("del", "很好"),
        ("ins", "很糟"),
        ("same", "。他在跑步。"),
    ]


def test_a_long_text_is_compared_quickly() -> None:
    old = "".join(f"第{n}句话在这里。" for n in range(5000))
    assert len(diff(old, old.replace("第2500句", "第二千五百句"), "zh")) == 1
