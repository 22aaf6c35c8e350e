"""Readings and rhyme books, asked as the checker and the grammar ask them."""

from __future__ import annotations

import time

import pytest

from bimo.text.errors import InputError
from bimo.verse.readings import BOOKS, Book, book, frequent, simplified
from bimo.verse.scansion import Policy

PINGSHUI, CILIN, XINYUN, TONGYUN = map(book, BOOKS)


def tones(char: str, of: Book = PINGSHUI, policy: Policy = "common") -> str:
    return "".join(sorted(of.tones(char, policy)))


@pytest.mark.parametrize("of", [PINGSHUI, CILIN, XINYUN, TONGYUN], ids=list(BOOKS))
def test_priors_of_a_character_sum_to_one_and_fall(of: Book) -> None:
    for char in frequent():
        priors = [reading.prior for reading in of.readings(char)]
        assert priors == sorted(priors, reverse=True)
        assert not priors or sum(priors) == pytest.approx(1)
        assert all(reading.group in of.groups for reading in of.readings(char))
        assert all(reading.tone == of.groups[reading.group].tone for reading in of.readings(char))


@pytest.mark.parametrize(("id", "count"), [("pingshui", 106), ("cilin", 33), ("xinyun", 28), ("tongyun", 32)])
def test_every_book_has_its_groups(id: str, count: int) -> None:
    assert len(book(id).groups) == count


@pytest.mark.parametrize("char", "白泊十石竹国一不别急")
def test_entering_tones_are_oblique_in_the_old_books_and_often_level_today(char: str) -> None:
    assert tones(char) == "仄"
    assert PINGSHUI.readings(char)[0].sound == "入"


@pytest.mark.parametrize(
    ("char", "group"),
    [("东", "上平一东"), ("東", "上平一东"), ("龙", "上平二冬"), ("江", "上平三江"), ("阳", "下平七阳"),
     ("乡", "下平七阳"), ("人", "上平十一真"), ("青", "下平九青"), ("靑", "下平九青"),
     ("月", "入声六月"), ("酒", "上声二十五有")],
)  # fmt: skip
def test_a_character_stands_in_its_group(char: str, group: str) -> None:
    assert PINGSHUI.rhymes(char, "common") == {group}


@pytest.mark.parametrize(
    ("simple", "meant"), [("后", "后後"), ("云", "云雲"), ("钟", "鍾鐘"), ("发", "發髮"), ("里", "里裏")]
)
def test_a_simplified_character_has_the_readings_of_all_that_it_stands_for(simple: str, meant: str) -> None:
    readings = {reading.group for reading in PINGSHUI.readings(simple)}
    assert readings >= {PINGSHUI.readings(char)[0].group for char in meant}


def test_the_usual_reading_comes_first() -> None:
    assert [PINGSHUI.readings(char)[0].tone for char in "看過教望思"] == ["平", "仄", "平", "仄", "平"]
    assert PINGSHUI.tones("望", "common") == {"仄"}
    assert PINGSHUI.tones("望", "strict") == {"平", "仄"}


def test_policies_differ_only_where_readings_do() -> None:
    assert [PINGSHUI.fits("望", "仄", policy) for policy in ("strict", "common", "any")] == [False, True, True]
    assert [PINGSHUI.fits("望", "平", policy) for policy in ("strict", "common", "any")] == [False, False, True]
    assert all(PINGSHUI.fits("山", "平", policy) for policy in ("strict", "common", "any"))


def test_feet_rhyme_in_the_groups_that_they_share() -> None:
    assert PINGSHUI.common_group("光霜乡", "any") == ("下平七阳",)
    assert PINGSHUI.common_group("航江", "any") == ()
    assert CILIN.common_group("光霜江", "any") == ("第二部平",)
    assert XINYUN.common_group("航江", "strict") == ("十唐平",)
    assert PINGSHUI.common_group("", "any") == ()


def test_modern_books_go_by_the_sound_of_today() -> None:
    assert XINYUN.readings("诗")[0].group == "十三支平"
    assert TONGYUN.readings("诗")[0].group == "四衣平"
    assert XINYUN.readings("儿")[0].group == "十二齐平"
    assert TONGYUN.readings("儿")[0].group == "十六儿平"
    assert [TONGYUN.readings(char)[0].group for char in "月雄翁鱼水"] == [
        "三鹅仄", "十五雍平", "十四英平", "六迂平", "八欸仄"]  # fmt: skip
    assert XINYUN.readings("白")[0].sound == "bái"


@pytest.mark.parametrize("name", ["下平七阳", "七阳", "阳", "七陽", "下平声七阳", "阳韵", " 七阳 "])
def test_a_group_has_many_names(name: str) -> None:
    assert PINGSHUI.find_group(name).id == "下平七阳"


@pytest.mark.parametrize("of", [PINGSHUI, CILIN, XINYUN, TONGYUN], ids=list(BOOKS))
def test_every_name_leads_to_its_group(of: Book) -> None:
    for id, group in of.groups.items():
        assert {of.find_group(name).id for name in (id, *group.names)} == {id}


def test_a_simplified_character_knows_the_usual_readings_of_its_traditional_form() -> None:
    for traditional in "長風萬裏雲鄉歸鳥飛禽獸龍鳳書畫聲聽見開關門東車馬魚":
        short = simplified(traditional)
        assert PINGSHUI.rhymes(traditional, "common") <= PINGSHUI.rhymes(short, "any"), traditional
        assert PINGSHUI.readings(traditional)[0].tone == PINGSHUI.readings(short)[0].tone, traditional


def test_the_name_of_a_part_means_its_level_half() -> None:
    assert CILIN.find_group("第二部").id == "第二部平"
    assert CILIN.find_group("第十五部").id == "第十五部入"
    assert XINYUN.find_group("唐").id == "十唐平"
    assert XINYUN.find_group("十唐仄").id == "十唐仄"


def test_an_unknown_group_or_book_is_told_with_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        PINGSHUI.find_group("八阳")
    assert "七阳" in caught.value.hint("zh")
    with pytest.raises(InputError) as caught:
        book("guangyun")
    assert "pingshui" in caught.value.hint("en")


def test_what_no_book_knows_has_no_reading() -> None:
    for of in (PINGSHUI, CILIN, XINYUN, TONGYUN):
        assert of.readings("a") == of.readings("，") == of.readings("") == ()
        assert not of.fits("a", "平", "any")


def test_letters_for_a_grammar_fit_their_place_and_are_simplified() -> None:
    level, oblique = PINGSHUI.alphabet("平"), PINGSHUI.alphabet("仄")
    assert not set(level) & set(oblique)
    assert len(level) > 1500
    assert len(oblique) > 1500
    assert set("山人天云") <= set(level[:100])
    assert "雲" not in level
    assert PINGSHUI.alphabet("平", size=100) == "".join(char for char in level if char in frequent()[:100])
    assert set("光霜") <= set(PINGSHUI.members("下平七阳"))
    assert set("光霜乡") <= set(PINGSHUI.members("下平七阳", "common"))
    assert len(PINGSHUI.members("上平三江")) >= 10


def test_neighbours_have_the_same_tone() -> None:
    assert PINGSHUI.neighbours("上平一东") == {"上平二冬"}
    for of in (PINGSHUI, CILIN, XINYUN, TONGYUN):
        for id, group in of.groups.items():
            assert {of.groups[other].tone for other in of.neighbours(id)} <= {group.tone}
            assert id not in of.neighbours(id)


def test_a_book_loads_fast_and_a_character_is_found_fast() -> None:
    """Bounds with slack for a busy machine; a quiet one needs about a third."""
    from bimo.verse.books import table

    begun = time.perf_counter()
    fresh = Book("pingshui", BOOKS["pingshui"], table("zh/pingshui"))
    assert time.perf_counter() - begun < 0.5
    chars = frequent()[:4000]
    for char in chars:
        fresh.tones(char, "any")
    begun = time.perf_counter()
    for char in chars:
        fresh.tones(char, "any")
    assert (time.perf_counter() - begun) / len(chars) < 20e-6
