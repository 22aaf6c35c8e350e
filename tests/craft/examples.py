"""A runnable example of every tool in both languages, on the scripted model."""

from __future__ import annotations

from dataclasses import dataclass, field

from bimo.text.errors import Language


@dataclass(frozen=True, slots=True)
class Example:
    """A request and what the model answers; the last reply repeats for every further question."""

    request: dict[str, object]
    replies: list[str] = field(default_factory=list)


_ZH = "老赵把伞骨一根根排在木箱上，数了两遍。码头的灯灭了一盏。他说：“再等一班。”船没有来。"
_EN = "Marta set the ladder against the post and counted the rungs. The lamp was cold. “One more,” she said."

_POEM = Example(
    {"form": "五绝", "theme": "登楼", "continue_": "白日依山尽，", "feet": "流楼", "tries": 1, "rounds": 0, "seed": 1},
    ["黄河入海流。", "欲穷千里目，", "更上一层楼。"],
)

_LIMERICK = Example(
    {
        "form": "limerick",
        "theme": "a farmer and his bees",
        "continue_": "There once was a farmer named Lee\nWho taught all his bees to make tea.\nWhen the water was hot",
        "tries": 1,
        "rounds": 0,
        "seed": 1,
    },
    ["water, pot, bees, tea", "They would stir up the lot\n", "And then sell it to ships on the sea.\n"],
)

EXAMPLES: dict[str, dict[Language, Example]] = {
    "poem": {"zh": _POEM, "en": _LIMERICK},
    "draft": {
        "zh": Example({"theme": "修伞人在码头等船", "length": 60, "seed": 1}, [_ZH]),
        "en": Example({"theme": "A woman mends the lamp on the pier", "length": 40, "seed": 1}, [_EN]),
    },
    "continue": {
        "zh": Example({"text": "雨刚停，槐树还在滴水。", "length": 40, "seed": 1}, [_ZH]),
        "en": Example({"text": "The lamp had been dark since Tuesday.", "length": 20, "seed": 1}, [_EN]),
    },
    "dialogue": {
        "zh": Example(
            {
                "scene": "夜里的码头值班室",
                "character": ("林晚：拿到钥匙", "小姨：不让她打开；知道：抽屉里是离婚证"),
                "length": 60,
                "seed": 1,
            },
            ["钥匙在你那儿，我看见了。", "你先坐下，喝口热的。", "我只要钥匙。", "柜子潮，打不开了。"],
        ),
        "en": Example(
            {
                "scene": "A night ferry",
                "character": ("Tom: sell the farm", "Will: keep it; knows: the bank has written"),
                "length": 40,
                "seed": 1,
            },
            [
                "You still have the keys.",
                "Mind the step, it is wet.",
                "Give me the keys, Will.",
                "Ask me in the spring.",
            ],
        ),
    },
    "chat": {
        "zh": Example(
            {"say": "抽屉里是什么？", "name": "林晚", "about": "二十岁，直", "knows": "钥匙在小姨那儿", "seed": 1},
            ["林晚：“锁着呢，我打不开。”"],
        ),
        "en": Example(
            {"say": "What is in the drawer?", "name": "Tom", "knows": "Will has the key", "seed": 1},
            ["Ask Will. He has the key."],
        ),
    },
    "translate": {
        "zh": Example({"text": "Amos Bell waited nine days.", "lang": "zh", "seed": 1}, ["阿莫斯·贝尔等了九天。"]),
        "en": Example({"text": "老赵等了九天，没有船。", "seed": 1}, ["Lao Zhao waited nine days; there was no boat."]),
    },
    "turn": {
        "zh": Example({"text": "雨停了。门开着。", "do": "进屋", "length": 30, "choices": 0, "seed": 1}, [_ZH]),
        "en": Example({"text": "The door stood open.", "do": "go in", "length": 30, "choices": 0, "seed": 1}, [_EN]),
    },
    "restyle": {
        "zh": Example(
            {"text": "张三走了十里路，没有看见桥。", "style": "文言文", "seed": 1}, ["张三行十里，未见桥也。"]
        ),
        "en": Example(
            {"text": "Tom walked ten miles and did not see the bridge.", "style": "noir", "seed": 1},
            ["Tom walked ten miles in the rain. He did not see the bridge."],
        ),
    },
    "revise": {
        "zh": Example({"text": "他慢慢的走了。", "seed": 1}, ["他慢慢地走了。"]),
        "en": Example({"text": "He walk to the pier.", "seed": 1}, ["He walked to the pier."]),
    },
    "expand": {
        "zh": Example({"text": "老赵把伞收好。船没有来。", "length": 60, "seed": 1}, [_ZH]),
        "en": Example({"text": "Marta shut the door. Nobody came.", "length": 30, "seed": 1}, [_EN]),
    },
    "condense": {
        "zh": Example({"text": _ZH, "length": 20, "seed": 1}, ["老赵数了两遍伞骨，灯灭了，船没有来。"]),
        "en": Example(
            {"text": _EN, "length": 10, "seed": 1}, ["Marta set the ladder and counted the rungs. “One more.”"]
        ),
    },
    "describe": {
        "zh": Example({"text": "码头的灯", "senses": ("sight", "touch"), "length": 40, "seed": 1}, [_ZH]),
        "en": Example({"text": "a lamp on the pier", "senses": ("sight", "touch"), "length": 30, "seed": 1}, [_EN]),
    },
    "compose": {
        "zh": Example(
            {"theme": "码头的灯", "lines": 4, "seed": 1},
            ["灯在木桩上歪着", "绳子结了一层冰", "有人数船数到七", "他说再等一班", "雨落在铁皮上"],
        ),
        "en": Example(
            {"theme": "The lamp on the pier", "lines": 4, "seed": 1},
            ["A lamp leans over the water", "ice on the rope", "somebody counts to seven", "wait, he says"],
        ),
    },
    "spark": {
        "zh": Example(
            {"text": "母亲的抽屉", "count": 2, "seed": 1},
            [
                "抽屉底下钉着一张没有寄出的汇款单。",
                "舅舅也在找那把铜钥匙，他已经问过两回。",
                "药瓶里装的是邻居的牙齿。",
            ],
        ),
        "en": Example(
            {"text": "grandmother’s kitchen", "count": 2, "seed": 1},
            [
                " the brass key opens a box in the neighbour’s barn.",
                " letter from the bank was baked into a loaf.",
                " seven spoons were borrowed and never given back.",
            ],
        ),
    },
    "outline": {
        "zh": Example({"idea": "守塔人收到一封明天的信。", "scenes": 2, "seed": 1}, [_ZH]),
        "en": Example({"idea": "A keeper finds a letter dated tomorrow.", "scenes": 2, "seed": 1}, [_EN]),
    },
}
