"""What a tool is told at a place: what is in force there, in a settled order, within true tokens, all on record."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bimo.desk.context import Part, Seen, see
from bimo.desk.desk import Desk
from bimo.desk.values import Brief, Entry, Knower, Name, Node, Revision, Work
from bimo.models.scripted import ScriptedModel

count = ScriptedModel().count


def write(desk: Desk, scene: Node, text: str) -> Revision:
    saved = desk.revisions.save(scene.id, text, based_on=None)
    assert isinstance(saved, Revision)
    return saved


def shown(seen: Seen) -> list[str]:
    return [f"{name}: {text}".replace("\n", " / ") for name, text in seen.context().background]


def part(seen: Seen, kind: str, subject: str | None = None) -> Part:
    return next(each for each in seen.parts if each.kind == kind and subject in (None, each.subject))


class Story:
    """A work of four scenes in which a secret comes out in the third."""

    def __init__(self, desk: Desk) -> None:
        self.work: Work = desk.works.add("雨巷", lang="zh", brief=Brief(premise="守渡人回乡", style="白描"))
        chapter = desk.outline.add(self.work.id, "chapter", "第一章")
        self.scenes = [desk.outline.add(self.work.id, "scene", f"第{n}场", parent=chapter.id) for n in "一二三四"]
        names = (Name("沈宁"), Name("阿宁", role="alias"), Name("Shen Ning", "en"))
        self.ning: Entry = desk.bible.add(
            self.work.id, "character", *names, description="测绘员。", private="不写明。", exclusions=["安宁"]
        )
        self.wang: Entry = desk.bible.add(self.work.id, "character", "王守田", description="帮工。")
        self.ferry: Entry = desk.bible.add(self.work.id, "place", "青石渡", description="老渡口。", tracking="always")
        self.bell: Entry = desk.bible.add(self.work.id, "thing", "铜铃", description="铃。", tracking="manual")
        self.ghost: Entry = desk.bible.add(self.work.id, "note", "账本", description="不给模型看。", tracking="never")
        desk.bible.relate(self.wang.id, self.ning.id, "老友")
        young = desk.bible.state(self.ning.id, "三十四岁")
        desk.bible.state(self.ning.id, "三十五岁", from_scene=self.scenes[2].id, replaces=young.id)
        desk.bible.state(
            self.wang.id,
            "他藏了一封信",
            from_scene=self.scenes[1].id,
            secret=True,
            knowers=[Knower(self.wang.id), Knower(self.ning.id, self.scenes[2].id)],
        )
        write(desk, self.scenes[0], "雨落了一夜。王守田没有来。船停在岸边。")
        desk.outline.change(self.scenes[1].id, summary="沈宁翻开账本。")
        write(desk, self.scenes[1], "她翻开账本。里面什么也没有。")
        desk.outline.set_beats(self.scenes[2].id, ["王守田摇铃", "沈宁过江"])


@pytest.fixture
def story(desk: Desk) -> Story:
    return Story(desk)


def test_the_order_and_the_words(desk: Desk, story: Story) -> None:
    seen = see(desk, story.scenes[2].id, count, budget=4000, text="天亮了。王守田来了。他走了。", cursor=10)
    assert shown(seen) == [
        "创作意图: 书名：雨巷 / 故事：守渡人回乡 / 文风：白描",
        "设定：沈宁: 沈宁（阿宁） / 测绘员。 / - 三十五岁 / - 王守田是沈宁的老友",
        "设定：王守田: 帮工。 / - 他藏了一封信（秘密，只有这些人知道：王守田, 沈宁） / - 王守田是沈宁的老友",
        "设定：青石渡: 老渡口。",
        "前情: 第一场：雨落了一夜。 … 船停在岸边。 / 第二场：沈宁翻开账本。",
        "本场: 第一章 · 第三场 / - 王守田摇铃 / - 沈宁过江",
        "上一场的结尾: 她翻开账本。里面什么也没有。",
        "光标之后的文字: 他走了。",
        "此前的正文: 天亮了。王守田来了。",
    ]
    assert seen.before == "天亮了。王守田来了。"
    assert [name for name, _ in seen.context(text=False).background][-1] == "光标之后的文字"


def test_only_what_holds_here_is_shown(desk: Desk, story: Story) -> None:
    first = see(desk, story.scenes[0].id, count, budget=4000, text="沈宁和王守田。")
    told = "\n".join(shown(first))
    assert "三十四岁" in told
    for hidden in ("三十五岁", "藏了一封信", "不写明", "账本", "前情", "Shen Ning"):
        assert hidden not in told


def test_a_character_is_told_what_it_knows(desk: Desk, story: Story) -> None:
    def told(scene: int, who: Entry) -> bool:
        seen = see(desk, story.scenes[scene].id, count, budget=4000, text="王守田。", known_to=who.id)
        return "藏了一封信" in "\n".join(shown(seen))

    assert [told(scene, story.ning) for scene in (0, 1, 2, 3)] == [False, False, True, True]
    assert [told(scene, story.wang) for scene in (0, 1)] == [False, True]


def test_names_in_longer_words_call_nobody(desk: Desk, story: Story) -> None:
    seen = see(desk, story.scenes[3].id, count, budget=4000, text="夜里一片安宁。")
    assert [each.subject for each in seen.parts if each.kind == "entry"] == [story.ferry.id]


def test_the_writer_ties_entries_by_hand(desk: Desk, story: Story) -> None:
    scene = story.scenes[3].id
    mentioned = see(desk, scene, count, budget=4000, text="铜铃响了。")
    assert part(mentioned, "entry", story.bell.id).reason
    assert not part(mentioned, "entry", story.bell.id).kept
    desk.outline.set_entries(scene, [story.bell.id])
    assert part(see(desk, scene, count, budget=4000, text=""), "entry", story.bell.id).text == "铃。"


def test_the_saved_text_is_the_text(desk: Desk, story: Story) -> None:
    assert see(desk, story.scenes[0].id, count, budget=4000).before == "雨落了一夜。王守田没有来。船停在岸边。"
    assert see(desk, story.scenes[0].id, count, budget=4000, cursor=6).before == "雨落了一夜。"
    assert see(desk, story.scenes[3].id, count, budget=4000).before == ""


def test_the_window_is_kept_and_what_is_missing_is_told(desk: Desk, story: Story) -> None:
    long = "".join(f"第{number}次，王守田没有来。" for number in range(400))
    seen = see(desk, story.scenes[2].id, count, budget=300, text=long)
    assert seen.tokens <= 300
    assert long.endswith(seen.before)
    assert seen.before.startswith("第")
    reason = part(seen, "before").reason
    assert reason
    assert reason.message("zh") == f"离光标更远的 {len(long) - len(seen.before)} 个字符没有放入。"
    assert reason.message("en") != reason.message("zh")


def test_the_nearest_scenes_are_told_first(desk: Desk) -> None:
    work = desk.works.add("Long", lang="en")
    scenes = [desk.outline.add(work.id, "scene", f"Scene {number}") for number in range(60)]
    for number, scene in enumerate(scenes):
        desk.outline.change(scene.id, summary=f"What happened in scene {number} is told here at some length.")
    seen = see(desk, scenes[-1].id, count, budget=1000)
    told = part(seen, "earlier")
    assert told.text.endswith("Scene 58: What happened in scene 58 is told here at some length.")
    lines = told.text.count("\n") + 1
    assert told.reason
    assert dict(told.reason.details)["count"] == 59 - lines > 0
    assert seen.tokens <= 1000


def test_what_is_shown_first_stays_as_the_text_grows(desk: Desk, story: Story) -> None:
    """Or the engine would read everything again at every pause."""
    scene = story.scenes[2].id
    texts = ["王守田来了。", "王守田来了。他坐下。", "王守田来了。他坐下。沈宁笑了。王守田也笑了。"]
    heads = [shown(see(desk, scene, count, budget=4000, text=text))[:-1] for text in texts]
    assert heads[0] == heads[1] == heads[2]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(budget=st.integers(0, 600), text=st.text("王守田宁。她\n ab.", max_size=300), cursor=st.integers(0, 320))
def test_no_window_overflows(desk: Desk, budget: int, text: str, cursor: int) -> None:
    work = desk.works.all() or [Story(desk).work]
    scene = desk.outline.scenes(work[0].id)[2].id
    seen = see(desk, scene, count, budget=budget, text=text, cursor=cursor)
    assert seen.tokens <= budget
    assert text[: min(cursor, len(text))].endswith(seen.before)
    assert sum(count(f"{name}\n{told}\n\n") for name, told in seen.context().background) == seen.tokens
