"""The table of 词 tunes: what it promises, and whether the tunes that everybody knows came out of the poems right."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import pytest

from bimo.verse.chinese.pattern import Unit, Variant, parse, variants
from bimo.verse.form import Form, all_forms, find_form
from bimo.verse.readings import book

TABLE = files("bimo.verse") / "forms" / "zh" / "tunes.jsonl"
TUNES: Mapping[str, Form] = {id: form for id, form in all_forms().items() if form.kind == "ci"}
MARKS = "、，。\n"


def lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in TABLE.read_text("utf-8").splitlines()]


def shape(units: tuple[Unit, ...]) -> str:
    """Lengths, rhymes and marks: "7A。7A。7A。|7，7A。7A。"."""
    found, stanza = "", 0
    for unit in units:
        (place,) = unit.lines
        found += "|" * (unit.stanza - stanza) + f"{place.length}{place.rhyme}{place.mark}"
        stanza = unit.stanza
    return found


def test_there_are_three_hundred_tunes_in_a_small_file() -> None:
    assert len(lines()) >= 300
    assert len(TABLE.read_bytes()) <= 700_000


def test_tunes_stand_by_use_and_variants_too() -> None:
    counts = [line["count"] for line in lines()]
    assert counts == sorted(counts, reverse=True)
    for line in lines():
        used = [variant["count"] for variant in line["variants"]]
        assert used == sorted(used, reverse=True), line["name"]
        assert sum(used) <= line["count"], line["name"]


def test_no_two_tunes_answer_to_one_name() -> None:
    names = [name for line in lines() for name in (line["name"], *line["aliases"])]
    assert sorted({name for name in names if names.count(name) > 1}) == []
    assert [name for name in names if not re.fullmatch("[\u4e00-\u9fff]{1,7}", name)] == []


@pytest.mark.parametrize("id", TUNES)
def test_patterns_are_whole(id: str) -> None:
    patterns = [variant["pattern"] for variant in TUNES[id].rules["variants"]]
    assert len(set(patterns)) == len(patterns) > 0
    for pattern in patterns:
        units = parse(pattern)
        assert pattern.endswith("。")
        letters = [unit.lines[0].rhyme for unit in units if unit.lines[0].rhyme]
        assert len(letters) >= 2
        # A rhyme has two feet at least, and rhymes are lettered in order.
        order = list(dict.fromkeys(letter.upper() for letter in letters))
        assert order == [chr(ord("A") + number) for number in range(len(order))]
        assert all(sum(letter.upper() == each for letter in letters) >= 2 for each in order)


@pytest.mark.parametrize("id", TUNES)
def test_poems_that_hold_fit_a_variant(id: str) -> None:
    form = TUNES[id]
    assert len(form.passes) >= 2
    for example in form.passes:
        assert any(wrong(example.text, variant) == [] for variant in variants(form)), example.text


@pytest.mark.parametrize("id", TUNES)
def test_poems_made_wrong_differ_in_one_character(id: str) -> None:
    form = TUNES[id]
    assert {example.finding for example in form.fails} == {"verse.tone", "verse.rhyme"}
    for example in form.fails:
        fitting = [found for variant in variants(form) if (found := wrong(example.text, variant)) is not None]
        assert fitting
        assert min(map(len, fitting)) == (1 if example.finding == "verse.tone" else 0)


def wrong(text: str, variant: Variant) -> list[str] | None:
    """The characters of a wrong tone by any reading, None where the clauses are not the variant's."""
    clauses = [clause for clause in re.split(f"[{MARKS}]", text) if clause]
    if [len(clause) for clause in clauses] != [place.length for unit in variant.units for place in unit.lines]:
        return None
    known = book("cilin")
    expected = "".join(unit.alternatives[0].tones[0] for unit in variant.units)
    pairs = zip("".join(clauses), expected, strict=True)
    return [char for char, tone in pairs if tone != "中" and not known.fits(char, tone, "any")]


# The usual variant of the tunes that are written most, as 龙榆生, 唐宋词格律, and 钦定词谱 have it.
USUAL = {
    "浣溪沙": "7A。7A。7A。|7，7A。7A。",
    "鹧鸪天": "7A。7A。7，7A。|3，3A。7A。7，7A。",
    "菩萨蛮": "7a。7a。5B。5B。|5c。5c。5D。5D。",
    "满江红": "4，3、4a。3、4，4a。7，7a。3、5，3a。|3，3a。3，3a。5，4a。7，7a。3、5，3a。",
    "临江仙": "7，6A。7A。5，5A。|7，6A。7A。5，5A。",
    "西江月": "6，6A。7A。6a。|6，6A。7A。6a。",
    "念奴娇": "4，5，4a。7，6a。4，4，5a。4，6a。|6，4，5a。7，6a。4，4，5a。4，6a。",
    "蝶恋花": "7a。4，5a。7a。7a。|7a。4，5a。7a。7a。",
    "减字木兰花": "4a。7a。4B。7B。|4c。7c。4D。7D。",
    "沁园春": "4，4，4A。5，4，4，4A。4，4，7A。3，5，4A。|6A。8A。5，4，4，4A。4，4，7A。3，5，4A。",
    "点绛唇": "4，7a。4a。5a。|4，5a。3a。4a。5a。",
    "贺新郎": "5a。3、4，4a。7，6a。3、4a。7，3、5a。3，3a。|7a。3、4，4a。7，6a。3、4a。7，3、5a。3，3a。",
    "清平乐": "4a。5a。7a。6a。|6B。6B。6，6B。",
    "虞美人": "7a。5a。7B。6、3B。|7c。5c。7D。6、3D。",
    "南乡子": "5A。7A。7，2A。7A。|5A。7A。7，2A。7A。",
    "卜算子": "5，5a。7，5a。|5，5a。7，5a。",
    "玉楼春": "7a。7a。7，7a。|7a。7a。7，7a。",
    "如梦令": "6a。6a。5，6a。2a。2a。6a。",
    "忆秦娥": "3a。7a。3a。4，4a。|7a。7a。3a。4，4a。",
    "定风波": "7A。7A。7b。2b。7A。|7c。2c。7A。7d。2d。7A。",
    "相见欢": "6A。3A。6、3A。|3b。3b。3A。6、3A。",
    "诉衷情": "7A。5A。6，5A。|3，3A。3A。4，4，4A。",
    "长相思": "3A。3A。7A。5A。|3A。3A。7A。5A。",
    "鹊桥仙": "4，4，6a。7，3、4a。|4，4，6a。7，3、4a。",
    "踏莎行": "4，4a。7a。7，7a。|4，4a。7a。7，7a。",
    "江城子": "7A。3A。3A。4，5A。7，3，3A。|7A。3A。3A。4，5A。7，3，3A。",
    "渔家傲": "7a。7a。7a。3a。7a。|7a。7a。7a。3a。7a。",
    "扬州慢": "4，4，6A。5，5A。3、4，4，4A。3、4，4A。|4，3、4A。5，4，4A。6，3、4A。5，6A。",
    "渔歌子": "7A。7A。3，3A。7A。",
}


@pytest.mark.parametrize("name", USUAL)
def test_the_usual_variant_is_the_one_of_the_books(name: str) -> None:
    assert shape(variants(find_form(name, "zh"))[0].units) == USUAL[name]


# Characters in the first stanza, by the number of characters of the tune.
STANZAS = {
    ("水调歌头", 95): 48,
    ("满庭芳", 95): 48,
    ("水龙吟", 102): 52,
    ("摸鱼儿", 116): 57,
    ("八声甘州", 97): 46,
    ("声声慢", 97): 49,
    ("齐天乐", 102): 51,
    ("永遇乐", 104): 52,
    ("望海潮", 107): 53,
    ("桂枝香", 101): 49,
    ("祝英台近", 77): 37,
    ("洞仙歌", 83): 34,
    ("高阳台", 100): 49,
    ("暗香", 97): 49,
    ("疏影", 110): 54,
    ("风流子", 110): 59,
    ("江城梅花引", 87): 38,
    ("最高楼", 81): 36,
    ("一萼红", 108): 54,
    ("忆江南", 27): 27,
    ("忆王孙", 31): 31,
    ("捣练子", 27): 27,
    ("八六子", 88): 30,
    ("六州歌头", 143): 71,
    ("法曲献仙音", 92): 39,
    ("哨遍", 203): 87,
    ("宝鼎现", 157): 53,
    ("兰陵王", 130): 48,
    ("莺啼序", 240): 49,
    ("大酺", 133): 68,
}


@pytest.mark.parametrize(("name", "length"), STANZAS)
def test_stanzas_end_where_the_books_end_them(name: str, length: int) -> None:
    found = next(each for each in variants(find_form(name, "zh")) if sum(each.lengths) == length)
    first = sum(place.length for unit in found.units if unit.stanza == 0 for place in unit.lines)
    assert first == STANZAS[name, length]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("八六子", ["无端天与"]),
        ("六州歌头", ["念腰间箭"]),
        ("法曲献仙音", ["耿无语。"]),
        ("宝鼎现", ["父老犹记", "肠断竹马"]),
        ("兰陵王", ["闲寻旧踪", "凄恻。恨"]),
        ("莺啼序", ["十载西湖", "幽兰旋老", "危亭望极"]),
    ],
)
def test_later_stanzas_begin_where_editions_begin_them(name: str, words: list[str]) -> None:
    poems = [[stanza[:4] for stanza in each.text.split("\n")[1:]] for each in find_form(name, "zh").passes]
    assert words in poems


@pytest.mark.parametrize(
    ("alias", "name"),
    [("大江东去", "念奴娇"), ("鹊踏枝", "蝶恋花"), ("望江南", "忆江南"), ("木兰花", "玉楼春"), ("金缕曲", "贺新郎"),
     ("丑奴儿", "采桑子"), ("买陂塘", "摸鱼儿"), ("醉落魄", "一斛珠"), ("江神子", "江城子"), ("减兰", "减字木兰花")],
)  # fmt: skip
def test_tunes_answer_to_their_other_names(alias: str, name: str) -> None:
    assert find_form(alias, "zh").names["zh"] == name


@pytest.mark.parametrize("name", ["声声慢", "忆秦娥", "柳梢青", "霜天晓角"])
def test_a_tune_may_have_level_and_oblique_rhymes(name: str) -> None:
    feet = {unit.lines[0].rhyme for variant in variants(find_form(name, "zh")) for unit in variant.units}
    assert {"A", "a"} <= feet
