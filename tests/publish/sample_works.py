"""Works that the golden editions are made of."""

from __future__ import annotations

from bimo.publish.document import (
    Action,
    Character,
    Dialogue,
    Document,
    Heading,
    Paragraph,
    Parenthetical,
    Quote,
    SceneBreak,
    SceneHeading,
    Transition,
    Verse,
)

ZH = Document(
    "雨夜来信",
    (
        Quote((Verse(("君问归期未有期，", "巴山夜雨涨秋池。")), Paragraph("——李商隐《夜雨寄北》"))),
        Heading("第一章　灯"),
        Paragraph("雨下了一夜。林晚照推开门，看见台阶上放着一封信，信封已经湿了半边，墨迹洇开，像一只没有睁开的眼睛。"),
        Paragraph("“谁送来的？”她问。没有人回答。巷口那盏灯闪了两下，灭了。"),
        SceneBreak(),
        Paragraph("信上只有一行字：别点灯。 <script>alert('信')</script> & *不是强调*，1. 也不是列表。"),
        Heading("第二章　船"),
        Paragraph("三十年前，沈默坐的是最后一班渡轮 Star Ferry。他带了 2 件行李，没有带伞。"),
        Verse(("雨打在铁皮上，", "　像有人数钱，", "数到三十就停了。")),
        Verse(("再数一遍。",)),
        Paragraph("He never came back."),
    ),
    "zh",
    "某人",
)
EN = Document(
    "The Lamp & the <Letter>",
    (
        Quote((Paragraph("Water, water, every where, nor any drop to drink."), Paragraph("— S. T. Coleridge"))),
        Heading("One"),
        Paragraph(
            "It rained all night. When Mara opened the door there was a letter on the step, one half of it soaked, the "
            "ink spread like an eye that had not opened yet."
        ),
        Paragraph("“Who brought this?” she said. Nobody answered. The lamp at the corner blinked twice and went out."),
        SceneBreak(),
        Paragraph("# Not a heading, *not* [a link](javascript:alert(1)), & not <b onclick=x>bold</b>."),
        Paragraph("1. Not a list. It cost $5 at https://example.com/."),
        Paragraph("---"),
        Verse(("The rain came down on the roof of tin", "\xa0\xa0like somebody counting change,")),
        Verse(("and stopped at thirty.",)),
        Heading("A note", 2),
        Paragraph("The word on the envelope was 别点灯."),
    ),
    "en",
    "A. “Nobody” O’Hara",
)
SCRIPT_ZH = Document(
    "渡轮",
    (
        SceneHeading("内景 渡轮 夜"),
        Action("雨打在铁皮上。林晚照坐在窗边，手里是一封湿了半边的信。"),
        Character("沈默"),
        Parenthetical("低声"),
        Dialogue("别点灯。"),
        Character("林晚照"),
        Dialogue("你怎么知道信上写了什么？"),
        Action("沈默没有回答。"),
        Transition("切至："),
        SceneHeading("外景 码头 晨"),
        Action("空无一人。"),
    ),
    "zh",
    "某人",
)
SCRIPT_EN = Document(
    "The Ferry",
    (
        SceneHeading("INT. FERRY - NIGHT"),
        Action("Rain on the tin roof. MARA at the window, a wet letter in her hand."),
        Character("MARA"),
        Parenthetical("not turning"),
        Dialogue("You wrote it."),
        Character("O’Hara"),
        Dialogue("I can’t write. Ask anyone."),
        Transition("CUT TO:"),
        SceneHeading("EXT. PIER - DAWN"),
        Action("Nobody."),
    ),
    "en",
)
SAMPLES = {"prose.zh": ZH, "prose.en": EN, "script.zh": SCRIPT_ZH, "script.en": SCRIPT_EN}
POEM_ZH = Document(
    "雨夜集",
    (
        Heading("夜雨"),
        Verse(("雨打在铁皮上，", "　像有人数钱——", "数到 30 就停了。")),
        Verse(("“再数一遍。”", "船名 Star Ferry，泊在《岸》边，一动不动地等着一个没有名字也没有行李的人从雨里走来。")),
        Heading("灯"),
        Verse(("巷口那盏灯", "闪了两下")),
    ),
    "zh",
    "某人",
)
POEM_EN = Document(
    "The Rain & <Change>",
    (
        Verse(("The rain came down on the roof of tin", "\xa0\xa0like somebody counting change,")),
        Verse(("and stopped at thirty.",)),
    ),
    "en",
    "A. “Nobody” O’Hara",
)
POEMS = {"poem.zh": POEM_ZH, "poem.en": POEM_EN}
