"""Scanning Chinese verse: what it is recognised as, where it breaks the rules, and that no text breaks the scanner."""

from __future__ import annotations

import random
import time
from functools import cache
from itertools import pairwise, product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from bimo.text.errors import InputError
from bimo.text.finding import Severity
from bimo.text.spans import Span, apply_edits
from bimo.verse.chinese.pattern import COUPLETS, Alternative, parse, variants
from bimo.verse.form import all_forms, find_form
from bimo.verse.layout import LIMIT, lay_out
from bimo.verse.readings import book
from bimo.verse.scan import scan
from bimo.verse.scansion import Scan

POEMS = {
    "登鹳雀楼": "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。",
    "登高": "风急天高猿啸哀，渚清沙白鸟飞回。无边落木萧萧下，不尽长江滚滚来。"
    "万里悲秋常作客，百年多病独登台。艰难苦恨繁霜鬓，潦倒新停浊酒杯。",
    "清明": "清明时节雨纷纷，路上行人欲断魂。借问酒家何处有，牧童遥指杏花村。",
    "宿建德江": "移舟泊烟渚，日暮客愁新。野旷天低树，江清月近人。",
    "水调歌头": "明月几时有？把酒问青天。不知天上宫阙，今夕是何年。我欲乘风归去，又恐琼楼玉宇，高处不胜寒。"
    "起舞弄清影，何似在人间？\n转朱阁，低绮户，照无眠。不应有恨，何事长向别时圆？人有悲欢离合，月有阴晴圆缺，"
    "此事古难全。但愿人长久，千里共婵娟。",
    "长恨歌": "汉皇重色思倾国，御宇多年求不得。杨家有女初长成，养在深闺人未识。天生丽质难自弃，一朝选在君王侧。"
    "回眸一笑百媚生，六宫粉黛无颜色。春寒赐浴华清池，温泉水滑洗凝脂。侍儿扶起娇无力，始是新承恩泽时。",
}


def codes(scanned: Scan, least: Severity = Severity.HINT) -> list[str]:
    """The findings without their floor, but for repeats."""
    found = [each.code.removeprefix("verse.") for each in scanned.findings if each.severity >= least]
    return [code for code in found if code != "repeated"]


@pytest.mark.parametrize(
    ("text", "form", "variant"),
    [
        (POEMS["登鹳雀楼"], "wujue", "仄起首句不入韵"),
        (POEMS["登高"], "qilv", "仄起首句入韵"),
        (POEMS["水调歌头"], "水调歌头", None),
        (POEMS["长恨歌"], "gufeng", "七言换韵"),
        ("千山鸟飞绝，万径人踪灭。孤舟蓑笠翁，独钓寒江雪。", "gujue", "五言仄韵"),
        ("海内存知己，天涯若比邻。", "duilian", "5言"),
        ("落叶满空山，松间石上听泉声，月出晚钟前。", "hanpai", "5-7-5"),
        ("再别康桥\n\n轻轻的我走了，\n正如我轻轻的来；\n我轻轻的招手，\n作别西天的云彩。", "xiandai", ""),
    ],
)
def test_a_poem_is_known_by_itself(text: str, form: str, variant: str | None) -> None:
    scanned = scan(text)
    assert (scanned.form, scanned.holds) == (form, True)
    assert variant in (None, scanned.variant)


def test_the_title_decides_between_forms_of_one_shape() -> None:
    plain = "渭城朝雨浥轻尘，客舍青青柳色新。劝君更尽一杯酒，西出阳关无故人。"
    assert scan(plain).form == "qijue"
    titled = scan("阳关曲·送元二使安西\n王维\n" + plain)
    assert (titled.form, titled.holds) == ("阳关曲", True)


def test_a_quatrain_under_the_name_of_a_tune_stays_a_quatrain() -> None:
    scanned = scan("江南春\n杜牧\n千里莺啼绿映红，水村山郭酒旗风。南朝四百八十寺，多少楼台烟雨中。")
    assert (scanned.form, scanned.holds) == ("qijue", True)


def test_a_poem_of_no_form_is_told_the_nearest() -> None:
    scanned = scan("大雪压青松，青松挺且直。要知松高洁，待到雪化时。")
    assert (scanned.form, scanned.holds) == (None, False)
    assert [near.form for near in scanned.near] == ["gujue", "wujue"]
    assert scanned.near[0].findings
    assert "no_form_met" in codes(scanned)


@pytest.mark.parametrize(
    ("text", "form", "expected", "place"),
    [
        ("黄河入海流", "五绝", [], ""),
        ("黄水入海流", "五绝", ["no_alternation"], "水"),
        ("黄河入海湖", "五绝", ["rhyme"], "湖"),
        ("黄河入海", "五绝", ["wrong_length"], "黄河入海"),
    ],
)
def test_a_fault_stands_where_it_is(text: str, form: str, expected: list[str], place: str) -> None:
    poem = POEMS["登鹳雀楼"].replace("黄河入海流", text)
    scanned = scan(poem, form=form)
    assert codes(scanned, Severity.ERROR) == expected
    assert [each.span.of(poem) for each in scanned.findings if each.severity == Severity.ERROR] == [place][
        : len(expected)
    ]


def test_a_line_of_the_wrong_type_is_one_finding() -> None:
    poem = POEMS["登高"].replace("渚清沙白鸟飞回", "渚冷沙明白鸟回")
    assert codes(scan(poem, form="七律"), Severity.ERROR) == ["not_opposed", "not_joined"]


def test_an_off_rhyme_says_what_it_should_rhyme_with() -> None:
    poem = POEMS["登高"].replace("浊酒杯", "浊酒壶")
    (finding,) = [each for each in scan(poem, form="七律").findings if each.severity == Severity.ERROR]
    assert finding.args["expected"] == "上平十灰"
    assert finding.args["found"] == "上平七虞"
    assert [span.of(poem) for span in finding.evidence] == [finding.args["model"]]
    cures = finding.args["cure"].split("、")
    assert len(cures) == 3
    assert set(cures) <= set(book("pingshui").members("上平十灰"))


def test_what_custom_allows_is_a_hint() -> None:
    assert codes(scan(POEMS["清明"])) == ["borrowed_rhyme"]
    assert codes(scan(POEMS["宿建德江"])) == ["rescued"]


def test_a_small_break_is_told_unless_the_next_line_makes_up_for_it() -> None:
    # 王力, 诗词格律: 小拗 at the third place of 仄仄平平仄 may be left alone.
    poem = "孤灯摇夜雨，落木满寒塘。故国三年梦，秋风一雁霜。"
    assert [span.of(poem) for span in _small_breaks(poem)] == []
    broken = poem.replace("三年", "五年")
    assert [span.of(broken) for span in _small_breaks(broken)] == ["五"]
    assert scan(broken, form="五绝").holds
    assert _small_breaks(broken.replace("一雁", "孤雁")) == []


def _small_breaks(poem: str) -> list[Span]:
    found = scan(poem, form="五绝").findings
    return [each.span for each in found if each.code == "verse.small_break"]


def test_a_pause_in_the_wrong_place_has_its_cure() -> None:
    poem = "昨夜雨疏风骤，浓睡不消残酒。试问卷，帘人却道海棠依旧。知否，知否，应是绿肥红瘦。"
    found = [each for each in scan(poem, form="如梦令").findings if each.fixes]
    assert {each.code for each in found} == {"verse.no_pause", "verse.other_pause"}
    cured = apply_edits(poem, [fix for each in found for fix in each.fixes])
    assert "试问卷帘人，却道海棠依旧。" in cured
    assert not [each for each in scan(cured, form="如梦令").findings if each.fixes]


def test_a_neighbouring_rhyme_is_a_warning() -> None:
    scanned = scan("一夜新凉入梦来，窗前桂子几枝开。三更忽听风吹笛，一八年华月满怀。")
    assert scanned.holds
    assert codes(scanned) == ["near_rhyme"]


def test_every_reading_must_fit_where_the_policy_is_strict() -> None:
    poem = POEMS["登鹳雀楼"].replace("黄河", "看河")
    assert scan(poem, form="五绝").holds
    assert codes(scan(poem, form="五绝", policy="strict"), Severity.ERROR) == ["lone_level"]


def test_marks_tell_tone_reading_and_group() -> None:
    scanned = scan(POEMS["登鹳雀楼"])
    line = scanned.lines[1]
    assert "".join(mark.found for mark in line.marks) == "平平仄仄平"
    assert "".join(mark.expected for mark in line.marks) == "平平中仄平"
    assert (line.rhyme, line.group, line.marks[-1].reading) == ("A", "下平十一尤", "下平十一尤")
    assert [line.rhyme for line in scanned.lines] == ["", "A", "", "A"]


def test_a_poem_of_today_is_read_by_modern_rhyme() -> None:
    # 国 and 出 are level today and entering tones (仄) of old.
    poem = "春来万里看中国，日暖千门燕子飞。一路歌声随水去，满天星斗伴人归。"
    scanned = scan(poem, form="七绝", book="pingshui")
    assert scanned.book == "pingshui"
    by_modern = scan("青山隐隐水迢迢，白塔高高倚碧霄。明月有情应识我，清风无处不吹箫。", book="xinyun")
    assert by_modern.book == "xinyun"
    assert by_modern.lines[0].marks[0].reading == "qīng"


def test_a_poem_of_unknown_characters_does_not_hold() -> None:
    rows = ["".join(chr(0x20000 + 5 * row + at) for at in range(5)) for row in range(4)]
    scanned = scan("{}，{}。{}，{}。".format(*rows), form="五绝")
    assert not scanned.holds
    assert "verse.unknown_character" in {each.code for each in scanned.findings}


def test_an_unknown_character_is_never_passed_over() -> None:
    scanned = scan("移舟泊□渚，日暮客愁新。野旷天低树，江清月近人。")
    assert scanned.form == "wujue"
    assert [each.args["char"] for each in scanned.findings if each.code == "verse.unknown_character"] == ["□"]
    assert scanned.lines[0].marks[3].found == ""


def test_letters_beside_characters_do_not_take_these_away() -> None:
    read = scan("床前明月光，hello疑是地上霜。举头望明月，低头思故乡。")
    assert [len(line.marks) for line in read.lines] == [5, 5, 5, 5]
    assert [each.args["text"] for each in read.findings if each.code == "verse.left_out"] == ["hello"]


def test_signs_and_notes_are_left_out_and_said_so() -> None:
    scanned = scan("白日😀依山尽，黄河（一作水）入海流。欲穷千里目，更上一层楼。")
    assert (scanned.form, scanned.holds) == ("wujue", True)
    assert [each.args["text"] for each in scanned.findings] == ["😀", "（一作水）"]


@pytest.mark.parametrize("text", ["", "  \n\t", "\ufeff\n"])
def test_nothing_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        scan(text)
    assert caught.value.code == "text.empty"


def test_a_megabyte_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        scan("春" * 1_000_000)
    assert caught.value.code == "verse.too_long"


@pytest.mark.parametrize(
    "piece", ["春", "春\n", "李白，", "白日依山尽，", "（", "《", "春 ", "a春", "——", "床前明月光。\n\n"]
)
def test_the_longest_text_takes_bounded_time(piece: str) -> None:
    text = (piece * LIMIT)[:LIMIT]
    begin = time.process_time()
    scan(text, lang="zh")
    assert time.process_time() - begin < 6


@pytest.mark.parametrize("text", ["Shall I compare thee to a summer's day?", "😀😀", "12345", "。。。"])
@pytest.mark.parametrize("form", ["七律", "浣溪沙", "古风", "对联", "汉俳", "现代诗"])
def test_a_text_without_characters_is_told_so(text: str, form: str) -> None:
    scanned = scan(text, form=form)
    assert "no_characters" in codes(scanned)
    assert not scanned.holds


def test_prose_is_no_verse() -> None:
    scanned = scan(
        "春天来了，小草从地里钻出来，嫩嫩的，绿绿的。园子里，田野里，瞧去，一大片一大片满是的。坐着，躺着，打两个滚，踢几脚球。"
    )
    assert scanned.form is None
    assert codes(scanned) == ["no_form_met"]


def test_a_named_tune_says_which_clause_is_too_short() -> None:
    poem = POEMS["水调歌头"].replace("把酒问青天", "把酒问天")
    scanned = scan("水调歌头\n" + poem)
    assert scanned.form == "水调歌头"
    assert codes(scanned, Severity.ERROR) == ["wrong_length"]


# --- whatever the layout, the verdict is the same


def verdict(scanned: Scan) -> tuple[object, ...]:
    """What must not change; a simplified character that merges several may have more readings."""
    lines = tuple((line.rhyme, line.group, "".join(mark.expected for mark in line.marks)) for line in scanned.lines)
    return scanned.form, scanned.variant, lines, sorted(codes(scanned, Severity.WARNING))


@cache
def traditional(text: str) -> str:
    return str(OpenCC("s2t").convert(text))


FORMED = [
    (form.id, each.text) for form in all_forms().values() if form.kind == "shi" for each in form.passes + form.fails
]
MARKS = {"，": ["，", ",", "， ", ";", "、", "\n"], "。": ["。", ".", "。\n", "！", "?", "。”\n", "\r\n", "。\n\n"]}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_layout_and_script_do_not_change_the_verdict(data: st.DataObject) -> None:
    form, text = data.draw(st.sampled_from(FORMED))
    script = data.draw(st.sampled_from(["none", "s2t"]))
    head = data.draw(st.sampled_from(["", "\ufeff", "# 题目\n\n", "《题》\n", "题目\n【唐】无名氏\n"]))
    shown = traditional(text) if script == "s2t" else text
    marks = {mark: data.draw(st.sampled_from(kinds)) for mark, kinds in MARKS.items()}
    pasted = head + "".join(marks.get(char, char) for char in shown)
    if "wrong" in str(codes(scan(text, form=form))):
        return
    assert verdict(scan(pasted, form=form)) == verdict(scan(text, form=form))


CHINESE = st.text(st.sampled_from("春江花月夜白日依山尽看過爲□，。、；\n 　“”（）《》·#a1😀\u200b\ufeff"), max_size=120)


@settings(max_examples=200, deadline=None)
@given(
    CHINESE | st.text(max_size=60), st.sampled_from([None, "七绝", "五律", "古风", "对联", "汉俳", "现代诗", "西江月"])
)
@example("《", None)
@example("春\n\n\n", None)
@example("# \n春", "七绝")
def test_no_text_breaks_the_scanner_and_every_span_is_true(text: str, form: str | None) -> None:
    if not text.strip("\ufeff \n\u3000\t\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0"):
        return
    scanned = scan(text, form=form, lang="zh")
    assert scanned.text == text
    for line in scanned.lines:
        for mark in line.marks:
            assert mark.span.of(text) == mark.text
    for finding in scanned.findings:
        assert finding.span.end <= len(text)
        assert all(span.end <= len(text) for span in finding.evidence)


@settings(max_examples=200, deadline=None)
@given(CHINESE)
def test_no_character_is_lost_or_read_twice(text: str) -> None:
    try:
        poem = lay_out(text, "zh")
    except InputError:
        return
    places = [at for line in poem.lines for at in line.places]
    assert places == sorted(set(places))
    assert "".join(text[at] for at in places) == "".join(line.text for line in poem.lines)


# --- the patterns are the rules


def lawful(tones: str) -> bool:
    """The rules for a line of five on its own, as the handbooks put them (王力, 诗词格律)."""
    if tones == "平平仄平仄":
        return True
    if tones[1] == tones[3] or tones[2:] == "平平平":
        return False
    return not (tones.endswith("平") and tones[:4].count("平") < 2 and tones[1] == "平")


def expanded(tones: str) -> set[str]:
    return {"".join(each) for each in product(*("平仄" if tone == "中" else tone for tone in tones))}


def test_the_alternatives_are_just_the_lawful_lines() -> None:
    allowed = {
        line
        for alternatives in COUPLETS.values()
        for upper, lower, rule in alternatives
        if rule != "对句相救"
        for tones in (upper, lower)
        for line in expanded(tones)
    }
    assert allowed == {line for line in map("".join, product("平仄", repeat=5)) if lawful(line)}


@pytest.mark.parametrize("id", ["wujue", "qijue", "wulv", "qilv", "wupai", "qipai"])
def test_couplets_are_opposed_inside_and_joined_outside(id: str) -> None:
    found = variants(find_form(id))
    assert len({variant.name for variant in found}) == 4
    for variant in found:
        plain = [unit.alternatives[0].tones for unit in variant.units]
        for upper, lower in plain:
            assert {upper[1], lower[1]} == {upper[3], lower[3]} == {"平", "仄"}
        for (_, lower), (upper, _) in pairwise(plain):
            assert (lower[1], lower[3]) == (upper[1], upper[3])


@cache
def alphabet(tone: str) -> str:
    return book("pingshui").alphabet(tone, size=3000)


def written(alternative: Alternative, rhymes: tuple[str, ...], feet: str, rng: random.Random) -> list[str]:
    """Lines of random characters that have just these tones, with these feet at the rhymes."""
    lines = []
    for tones, rhyme in zip(alternative.tones, rhymes, strict=True):
        chars = [rng.choice(alphabet(rng.choice("平仄") if tone == "中" else tone)) for tone in tones]
        if rhyme:
            chars[-1] = feet[rng.randrange(len(feet))]
        lines.append("".join(chars))
    return lines


@pytest.mark.parametrize("id", ["wujue", "qijue", "wulv", "qilv"])
def test_what_the_patterns_allow_the_checker_accepts(id: str) -> None:
    rng = random.Random(id)
    form = find_form(id)
    feet = list(book("pingshui").members("下平七阳"))
    for _ in range(40):
        rng.shuffle(feet)
        variant = rng.choice(variants(form))
        lines: list[str] = []
        for number, unit in enumerate(variant.units):
            own = "".join(feet[number * 2 : number * 2 + 1])
            pair = written(rng.choice(unit.alternatives), tuple(place.rhyme for place in unit.lines), own, rng)
            if unit.lines[0].rhyme:
                pair[0] = pair[0][:-1] + feet[-1]
            lines += pair
        text = "，".join(lines)
        scanned = scan(text, form=form, policy="strict", book="pingshui")
        assert codes(scanned, Severity.ERROR) == [], (variant.name, text)


def test_a_pattern_with_rubbish_in_it_is_refused() -> None:
    for pattern in ("", "平仄", "平仄。x", "平仄A。|仄ab。"):
        with pytest.raises(ValueError, match="not a pattern"):
            parse(pattern)
