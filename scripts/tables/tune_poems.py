"""The 词 of the npm package chinese-poetry, sorted by tune: the Song, the five dynasties before it, and the Tang.

The collection of the Song names a tune as its author did and, after "・", as the editors know it; so most aliases come
from the collection itself. What it does not say stands in `NAMES`.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from scripts.tables.corpus import HAN, dist
from scripts.tables.glyphs import simplify

# Names of one tune, the usual one first. A name stands in one line only; a name alone in its line is a tune of its own,
# whatever the collection says.
NAMES: Final = """
水调歌头 水调歌 水调 元会曲 凯歌 台城游
念奴娇 百字令 酹江月 大江东去 壶中天 湘月 百字谣 无俗念 大江西上曲 赤壁词 大江词
蝶恋花 鹊踏枝 凤栖梧 黄金缕 卷珠帘 一箩金 明月生南浦 细雨吹池沼 鱼水同欢
忆江南 望江南 江南好 梦江南 梦江口 望江梅 谢秋娘 春去也 安阳好 归塞北 南徐好
采桑子 丑奴儿 罗敷媚 罗敷艳歌 罗敷歌 丑奴儿令
玉楼春 木兰花 木兰花令 玉楼春令 惜春容 归朝欢令 西湖曲
贺新郎 金缕曲 乳燕飞 贺新凉 金缕词 金缕歌 貂裘换酒 风敲竹
摸鱼儿 买陂塘 摸鱼子 迈陂塘 陂塘柳 山鬼谣 双蕖怨
相见欢 上西楼 西楼子 秋夜月 忆真妃 月上瓜洲
如梦令 忆仙姿 宴桃源 古记 比梅 如意令 不见
浣溪沙 浣沙溪 浣溪纱 减字浣溪沙 小庭花 满院春 醉木犀 东风寒
摊破浣溪沙 山花子 添字浣溪沙 摊声浣溪沙 南唐浣溪沙 感恩多令
鹧鸪天 思佳客 思佳客令 半死桐 剪朝霞 醉梅花 骊歌一叠
菩萨蛮 重叠金 子夜歌 花间意 菩萨鬘 菩萨
西江月 白蘋香 江月令 玉炉三涧雪
减字木兰花 减兰 木兰香 天下乐令 木兰花减字 减兰十梅
沁园春 洞庭春色 寿星明 念离群 东仙
点绛唇 点樱桃 南浦月 沙头雨 寻瑶草 十八香
清平乐 忆萝月 醉东风 清平乐令
满庭芳 满庭霜 潇湘夜雨 锁阳台 话桐乡 满庭芳慢
虞美人 一江春水 玉壶冰 忆柳曲 虞美人令 宣州竹
卜算子 缺月挂疏桐 百尺楼 眉峰碧 楚天遥
好事近 钓船笛 倚秋千 翠圆枝
水龙吟 龙吟曲 鼓笛慢 小楼连苑 庄椿岁 丰年瑞 水龙吟令 水龙吟慢
朝中措 照江梅 芙蓉曲 梅月圆
渔家傲 渔家傲引 吴门柳 荆溪咏 绿蓑令
谒金门 空相忆 花自落 垂杨碧 杨花落 不怕醉 醉花春 春早湖山 出塞
踏莎行 蹋莎行 柳长春 踏雪行
南歌子 南柯子 望秦川 风蝶令 水晶帘 碧窗梦 春宵曲 十爱词
柳梢青 陇头月 玉水明沙
蓦山溪 上阳春 心月照云溪 弄珠英
生查子 楚云深 陌上郎 绿罗裙 愁风月 相和柳 梅溪渡
鹊桥仙 鹊桥仙令 忆人人 金风玉露相逢曲 广寒秋 蕙香囊
浪淘沙 浪淘沙令 卖花声 过龙门 曲入冥 炼丹砂
洞仙歌 洞仙歌令 羽仙歌 洞中仙 洞仙词
诉衷情 诉衷情令 一丝风 渔父家风 桃花水
阮郎归 醉桃源 碧桃春 濯缨曲 好溪山
青玉案 横塘路 西湖路
一斛珠 醉落魄 章台月 怨春风 醉落拓
江城子 江神子 村意远
小重山 小重山令 小冲山 柳色新 群玉轩 璧月堂 玉京山
感皇恩 叠萝花 人南渡 感皇恩令
八声甘州 甘州 潇潇雨
长相思 长相思令 吴山青 双红豆 山渐青 越山青 忆多娇
醉蓬莱 雪月交光 冰玉风月
霜天晓角 月当窗 踏月 长桥月
忆秦娥 秦楼月 碧云深 双荷叶 玉交枝
齐天乐 台城路 如此江山 五福降中天
眼儿媚 秋波媚 小阑干
定风波 定风波令 卷春空 醉琼枝
汉宫春 汉宫春慢 庆千秋
声声慢 胜胜慢 寒松叹 凤求凰 人在楼上
祝英台近 祝英台 月底修箫谱 宝钗分 燕莺语 寒食词
夜行船 明月棹孤舟
雨中花慢 雨中花
渔歌子 渔父 渔父词 渔父乐 渔歌
永遇乐 消息
瑞鹧鸪 鹧鸪词 舞春风 吹柳絮
风入松 远山横
一剪梅 腊梅香 玉簟秋
行香子 爇心香
忆王孙 豆叶黄 独脚令 画娥眉 阑干万里心 忆君王
桃源忆故人 虞美人影 醉桃园 转声虞美人 桃园忆故人
唐多令 糖多令 南楼令 箜篌曲
武陵春 武林春 花想容
烛影摇红 忆故人 归去曲 玉珥坠金环
一落索 一落萦 一络索 洛阳春 玉联环 窗下绣
高阳台 庆春泽 庆春泽慢
庆春宫 庆宫春
御街行 孤雁儿 御阶行
恋绣衾 泪珠弹
惜分飞 惜双双 惜双双令 惜芳菲
捣练子 捣练子令 深院月
玉蝴蝶 玉胡蝶 玉蝴蝶慢
桂枝香 疏帘淡月 桂枝香慢
春光好 愁倚阑令 愁倚阑 倚阑令 愁倚栏
解连环 望梅 望梅词 杏梁燕
多丽 绿头鸭 陇头泉
苏幕遮 鬓云松令
满路花 促拍满路花 归去难 一枝花 满园花
贺圣朝影 太平时 添声杨柳枝
钗头凤 撷芳词 撷坊词 折红英 惜分钗 玉珑璁 摘红英
十六字令 归字谣 苍梧谣
金人捧露盘 上西平 上平西 西平曲 铜人捧露盘 天宁乐
渡江云 三犯渡江云 渡江云三犯
疏影 绿意 解佩环
暗香 红情
破阵子 十拍子
法曲献仙音 献仙音 越女镜心
江城梅花引 江梅引 明月引 西湖明月引 摊破江城子
六么令 绿腰 宛溪柳 六幺令
何满子 河满子
过秦楼 选冠子 选官子 惜余春慢 苏武慢
新雁过妆楼 瑶台聚八仙 百宝妆 百宝装 新燕过妆楼
扫花游 扫地游 扫地花
琐窗寒 琐寒窗 锁窗寒 锁寒窗
清商怨 关河令 伤情怨 东阳叹 要销凝 尔汝歌 望西飞
人月圆 人月园 人月圆令 青衫湿
醉太平 四字令 凌波曲 醉思凡
殢人娇 人娇
昭君怨 洛妃怨 宴西园
谢池春 风中柳 风中柳令 玉莲花
连理枝 红娘子 小桃红 灼灼花
夜飞鹊 夜飞鹊慢
长亭怨慢 长亭怨
拜星月慢 拜星月 拜新月
采桑子慢 丑奴儿慢 愁春未醒
燕山亭 宴山亭
石州慢 石州引 石州词 柳色黄
西平乐 西平乐慢
倾杯乐 倾杯 古倾杯
摊破南乡子 促拍丑奴儿 摊破丑奴儿 青杏儿 似娘儿 庆灵椿
凤凰台上忆吹箫 忆吹箫 凤皇台上忆吹箫 凤凰台忆吹箫 忆吹箫慢
芳草 凤箫吟 凤楼吟
月宫春 月中行
天香 伴云来
眉妩 百宜娇
归国遥 归国谣 归平遥
红林檎近 红林擒近
徵招 征招 徵招调中腔
杨柳枝 柳枝
锦堂春慢 锦堂春
木兰花慢
十二时
三台 开元乐
"""
# What stands in the place of a name where there is none, and names of suites with texts of many shapes.
_NO_TUNE: Final = frozenset(
    [
        "失调名",
        "自度曲",
        "百字歌",
        "乐语",
        "花舞",
        "采莲舞",
        "渔夫舞",
        "太清舞",
        "剑舞",
        "柘枝舞",
        "大",
        "小品",
        "法曲",
        "薄媚",
    ]
)
# Slips of the collection.
_SLIPS: Final = ("安庆摸", "不见", "菩萨")

_MARKS: Final = dict(zip("、，,；;：:。.？?！!", "、，，，，，，。。。。。。", strict=True))
_SKIPPED: Final = frozenset("《》“”‘’「」『』 \u3000\n")
# How much of a poem must be the same, place by place, for it to be the same poem in another edition.
_SAME: Final = 0.7


@dataclass(frozen=True, eq=False)
class Poem:
    """A 词: its characters, and in `marks` the pause after the n-th of them, "、", "，" or "。".

    `marked`: a full stop stands where the line rhymes, and only there, as in the collection of the Song. `name` is the
    tune as the poet called it, `editors` as the editors do; `known` tells that it is in 宋词三百首.
    """

    name: str
    editors: str
    author: str
    chars: str
    marks: Mapping[int, str]
    marked: bool = False
    known: bool = False

    @cached_property
    def pauses(self) -> frozenset[int]:
        """The places of all pauses."""
        return frozenset(self.marks)

    @cached_property
    def stops(self) -> frozenset[int]:
        """The places of the full stops."""
        return frozenset(at for at, mark in self.marks.items() if mark == "。")

    @cached_property
    def firm(self) -> frozenset[int]:
        """The places of the pauses that editors agree on: all but the pauses within a clause."""
        return frozenset(at for at, mark in self.marks.items() if mark != "、")


def tunes() -> dict[str, list[Poem]]:
    """Tune → its poems, the tune with the most poems first."""
    sorted_: dict[str, list[Poem]] = defaultdict(list)
    for poem in _unique(_song_and_five_dynasties()):
        sorted_[tune_of(poem)].append(poem)
    sorted_.pop("", None)
    _cast_out(sorted_)
    lengths = {tune: Counter(len(poem.chars) for poem in poems) for tune, poems in sorted_.items()}
    earlier: dict[str, list[Poem]] = defaultdict(list)
    for poem in _tang():
        tune = tune_of(poem)
        if lengths.get(tune, Counter())[len(poem.chars)] > 1:
            earlier[tune].append(poem)
    for tune, poems in earlier.items():
        sorted_[tune] = list(_unique([*sorted_[tune], *poems]))
    return dict(sorted(sorted_.items(), key=lambda item: (-len(item[1]), item[0])))


def aliases(tune: str, poems: Iterable[Poem]) -> list[str]:
    """The other names of a tune: those that poets wrote and those of `NAMES`, the most used first."""
    counted = Counter(poem.name for poem in poems)
    counted.update(dict.fromkeys(_LINES.get(tune, ()), 0))
    return [name for name, _ in counted.most_common() if name not in (tune, *_SLIPS) and _NAMES.get(name, tune) == tune]


_LINES: Final = {line.split()[0]: tuple(line.split()) for line in NAMES.strip().splitlines()}
_NAMES: Final = {name: tune for tune, names in _LINES.items() for name in names}


def tune_of(poem: Poem) -> str:
    """The tune of a poem by the usual name, empty where it has none."""
    name = _NAMES.get(poem.name) or _NAMES.get(poem.editors) or poem.editors
    return "" if name in _NO_TUNE else name


def _cast_out(sorted_: dict[str, list[Poem]]) -> None:
    """Give back their own names to poems whose length is strange to the tune: there the editors confused names."""
    for tune, poems in list(sorted_.items()):
        for name in sorted({poem.name for poem in poems} - {tune, *_LINES.get(tune, ())}):
            own = [poem for poem in poems if poem.name == name]
            others = Counter(len(poem.chars) for poem in poems if poem.name != name)
            length = Counter(len(poem.chars) for poem in own).most_common(1)[0][0]
            if others and others[length] < 0.02 * others.total():
                sorted_[tune] = [poem for poem in sorted_[tune] if poem.name != name]
                sorted_[name].extend(own)


def _unique(poems: Iterable[Poem]) -> Iterator[Poem]:
    """The poems without those that came before, perhaps with other glyphs."""
    seen: dict[tuple[str, int], list[str]] = defaultdict(list)
    for poem in poems:
        before = seen[poem.author, len(poem.chars)]
        if not any(sum(map(str.__eq__, poem.chars, other)) > _SAME * len(other) for other in before):
            before.append(poem.chars)
            yield poem


def _song_and_five_dynasties() -> Iterator[Poem]:
    known = {_opening("".join(item["paragraphs"])) for item in _items(dist() / "songci" / "宋词三百首.json")}
    song = sorted((dist() / "songci").glob("ci.song.*.json"), key=lambda path: (len(path.name), path.name))
    five = sorted((dist() / "wudaishici").glob("huajianji/*juan.json"))
    for path in [*song, *five, dist() / "wudaishici" / "nantang" / "poetrys.json"]:
        for item in _items(path):
            text = "".join(item["paragraphs"])
            yield from poem_of(item["rhythmic"], item["author"], text, path in song, _opening(text) in known)


def _tang() -> Iterator[Poem]:
    for path in sorted((dist() / "quantangshi").glob("poet.tang.*.json"), key=lambda path: (len(path.name), path.name)):
        for item in _items(path):
            yield from poem_of(item["title"], item["author"], "".join(item["paragraphs"]))


def _items(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return found


def _opening(text: str) -> str:
    return re.split("[，。、]", simplify(text), maxsplit=1)[0] + simplify(text)[-6:]


def poem_of(title: str, author: str, text: str, marked: bool = False, known: bool = False) -> Iterator[Poem]:
    """The poem, unless it has gaps or odd signs."""
    names = [name for name in re.split("[・·]", re.sub(r"[（(].*|“.*?”", "", simplify(title)).split(" ")[0]) if name]
    names = [name.replace("翦", "剪").replace("馀", "余") for name in names if "□" not in name]
    chars: list[str] = []
    marks: dict[int, str] = {}
    for char in simplify(text):
        if char in _MARKS:
            if chars and _MARKS[char] >= marks.get(len(chars), ""):
                marks[len(chars)] = _MARKS[char]
        elif HAN.match(char):
            chars.append(char)
        elif char not in _SKIPPED:
            return
    if chars and names:
        marks[len(chars)] = "。"
        yield Poem(names[0], names[-1], simplify(author), "".join(chars), marks, marked, known)
