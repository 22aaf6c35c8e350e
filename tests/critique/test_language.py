"""What the critics of language find, and what they leave in peace."""

from __future__ import annotations

import pytest

from bimo.critique import language_en
from bimo.critique.bible import Bible, Entry
from bimo.critique.check import check
from bimo.critique.passage import Passage
from bimo.critique.registry import Knowing
from bimo.text.errors import Language


def told(text: str, lang: Language, knowing: Knowing | None = None) -> list[tuple[str, str, str]]:
    """Code, quote and first cure of each finding of the critics of language."""
    report = check(Passage.of(text, lang, "prose"), knowing, only=["language"])
    assert not report.gaps
    return [
        (
            each.finding.code.removeprefix("critique."),
            each.finding.span.of(text),
            each.finding.fixes[0].new if each.finding.fixes else "",
        )
        for each in report.findings
    ]


# Enough of one script and of one manner that the exception shows.
FILLER = "这个时候大家都说着话，门开了，没有人应声，见他来这里的人们很惊讶。" * 3


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("他来了,没有说话。", ("chinese_half_width", ",", "，")),
        ("他来了，，没有说话。", ("chinese_punctuation", "，，", "，")),
        ("她慢慢的走过来。", ("chinese_particle", "的", "地")),
        ("他一股作气跑上山去。", ("chinese_typo", "一股作气", "一鼓作气")),
        ("屋里鸦雀无生，他也不动。", ("chinese_idiom", "鸦雀无生", "鸦雀无声")),
        ("我就是就是不明白。", ("chinese_repeated", "就是就是", "就是")),
        ("他把把门关上了。", ("chinese_repeated", "把把", "把")),
        ("他 走了。", ("chinese_spacing", " ", "")),
        ("“走吧。他说。", ("unpaired", "“", "")),
        ("走吧。”他说。", ("unpaired", "”", "")),
        (FILLER + "他說要走。", ("chinese_script", "說", "说")),
    ],
)
def test_chinese_slips_are_found(text: str, found: tuple[str, str, str]) -> None:
    assert found in told(text, "zh")
    assert len(told(text, "zh")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "“走吧，”他说，“天要黑了。”她没有应声，慢慢地站起来。",
        "他从从容容地走进来，把把守的人叫到一边，现在在家的只有三个人。",
        "“我先说一件事。\n\n“再说另一件。”他坐下了。",
        "他的确是一心一意的人，一天到晚忙个不停……",
        # A book that writes 的 throughout has its own manner.
        "她慢慢的走过来，轻轻的说，静静的坐着，悄悄的看他，默默的笑了。",
        "買賣說話東門開關，見面時這個國家的後來。" * 3,
        "他用 iPhone 打了12个电话，花了3.5元。",
        "",
    ],
)
def test_good_chinese_is_left_in_peace(text: str) -> None:
    assert told(text, "zh") == []


def test_spaces_beside_latin_letters_are_a_matter_of_taste() -> None:
    text = "他用iPhone打了电话。"
    assert told(text, "zh") == []
    found = told(text, "zh", Knowing(options={"strict": "yes"}))
    assert [code for code, _, _ in found] == ["chinese_spacing", "chinese_spacing"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("She did recieve it.", ("english_spelling", "recieve", "receive")),
        ("They saw the the house.", ("english_repetition", "the the", "the")),
        ("It was a apple of gold.", ("english_grammar", "a", "an")),
    ],
)
def test_english_slips_are_found(text: str, found: tuple[str, str, str]) -> None:
    assert found in told(text, "en")


@pytest.mark.parametrize(
    "text",
    [
        "“I ain’t done nothing,” he said. “Them dogs was here.”",
        "They rode to Khazgard, where Ulfnir waited. In Khazgard the snow lay deep.",
        "The colour of the harbour was grey, and his neighbour’s favour was honoured.",
        "",
    ],
)
def test_good_english_is_left_in_peace(text: str) -> None:
    assert told(text, "en") == []


def test_names_of_the_bible_are_words() -> None:
    text = "then the zorvaths came down to the river."
    assert told(text, "en")
    assert told(text, "en", Knowing(Bible((Entry("Zorvaths"),)))) == []


def test_matters_of_taste_are_told_when_asked_for() -> None:
    text = "He went to the store to buy bread.  It rained because of the fact that it was autumn."
    assert len(told(text, "en", Knowing(options={"strict": "yes"}))) > len(told(text, "en"))


def test_a_manuscript_is_read_in_several_processes_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n\n".join(f"She did recieve {n} the the letters 🙂." for n in ("one", "two", "three"))
    alone = told(text, "en")
    monkeypatch.setattr(language_en, "_MANUSCRIPT", 0)
    monkeypatch.setattr(language_en, "_PORTION", 10)
    assert told(text, "en") == alone
    assert len(alone) == 6
    if language_en._pool.cache_info().currsize:
        language_en._pool().shutdown()
        language_en._pool.cache_clear()


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    told("He looked forward to a reward. Your labour shall not go without its reward.", "en")
    assert capfd.readouterr().out == ""
