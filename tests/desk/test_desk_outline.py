"""The outline as a tree that is moved about, and the desk as a whole against a simple model of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from bimo.desk.desk import Desk
from bimo.desk.values import Conflict, Node, NodeKind, Work
from bimo.desk.verify import problems
from bimo.text.authorship import total
from bimo.text.errors import InputError


def titles(desk: Desk, work: str) -> list[str]:
    return [node.title for node in desk.outline.tree(work)]


@pytest.fixture
def book(either: Desk) -> Work:
    work = either.works.add("长夜", lang="zh")
    part = either.outline.add(work.id, "part", "上部")
    for chapter in "甲", "乙":
        above = either.outline.add(work.id, "chapter", chapter, parent=part.id)
        for scene in "1", "2":
            either.outline.add(work.id, "scene", chapter + scene, parent=above.id)
    return work


def named(desk: Desk, work: Work, title: str) -> Node:
    return next(node for node in desk.outline.tree(work.id) if node.title == title)


def test_the_tree_is_in_reading_order(either: Desk, book: Work) -> None:
    assert titles(either, book.id) == ["上部", "甲", "甲1", "甲2", "乙", "乙1", "乙2"]
    first = either.outline.add(book.id, "scene", "楔子", at=0)
    assert (first.position, titles(either, book.id)[0]) == (0, "楔子")


def test_a_scene_moves_to_another_chapter(either: Desk, book: Work) -> None:
    moved = either.outline.move(named(either, book, "甲1").id, parent=named(either, book, "乙").id, at=1)
    assert moved.position == 1
    assert titles(either, book.id) == ["上部", "甲", "甲2", "乙", "乙1", "甲1", "乙2"]
    either.outline.move(moved.id, parent=None, at=0)
    assert titles(either, book.id)[:2] == ["甲1", "上部"]


def test_what_comes_back_from_the_trash_stands_where_it_stood(either: Desk, book: Work) -> None:
    before = titles(either, book.id)
    chapter = named(either, book, "甲")
    either.outline.trash(chapter.id)
    assert titles(either, book.id) == ["上部", "乙", "乙1", "乙2"]
    assert [node.title for node in either.outline.trashed(book.id)] == ["甲"]
    either.outline.restore(chapter.id)
    assert titles(either, book.id) == before


def test_a_scene_of_a_trashed_chapter_can_come_back_alone(either: Desk, book: Work) -> None:
    scene, chapter = named(either, book, "甲1"), named(either, book, "甲")
    either.outline.trash(scene.id)
    either.outline.trash(chapter.id)
    assert either.outline.restore(scene.id).parent is None
    assert titles(either, book.id) == ["上部", "乙", "乙1", "乙2", "甲1"]


@pytest.mark.parametrize(("moved", "parent"), [("上部", "甲"), ("甲", "乙"), ("甲1", "乙1"), ("甲", "甲")])
def test_what_cannot_stand_there_is_refused(either: Desk, book: Work, moved: str, parent: str) -> None:
    with pytest.raises(InputError) as refused:
        either.outline.move(named(either, book, moved).id, parent=named(either, book, parent).id)
    assert refused.value.code == "desk.wrong_place"


def test_nothing_moves_into_the_trash_or_another_work(either: Desk, book: Work) -> None:
    scene, chapter = named(either, book, "甲1"), named(either, book, "乙")
    other = either.outline.add(either.works.add("别处", lang="zh").id, "chapter", "丙")
    either.outline.trash(chapter.id)
    for place in chapter, other:
        with pytest.raises(InputError) as refused:
            either.outline.move(scene.id, parent=place.id)
        assert refused.value.code == "desk.no_node"


def test_beats_keep_their_ids_when_they_change_places(either: Desk, book: Work) -> None:
    scene = named(either, book, "甲1").id
    one, two = either.outline.set_beats(scene, ["下雨", "停电"])
    again = either.outline.set_beats(scene, [two, "敲门", one])
    assert [beat.text for beat in again] == ["停电", "敲门", "下雨"]
    assert (again[0].id, again[2].id) == (two.id, one.id)
    assert either.outline.beats(scene) == again


def test_entries_and_point_of_view_of_a_scene(either: Desk, book: Work) -> None:
    scene = named(either, book, "甲1").id
    who = either.bible.add(book.id, "character", "王宁")
    assert either.outline.set_entries(scene, [who.id, who.id]) == [who.id] == either.outline.entries(scene)
    assert either.outline.change(scene, pov=who.id, summary="她来了。").pov == who.id
    assert either.outline.change(scene, pov="").pov is None
    with pytest.raises(InputError) as refused:
        either.outline.set_entries(scene, ["nobody"])
    assert refused.value.code == "desk.no_entry"
    assert either.outline.entries(scene) == [who.id]


TEXTS = st.text(alphabet="雨落在檐上。她没有回头\nab 😀\r", max_size=40)


class DeskMachine(RuleBasedStateMachine):
    """Moves in the outline and saves in any order leave a sound desk that agrees with a model of a few lines."""

    nodes = Bundle("nodes")
    saved = Bundle("saved")

    @initialize(target=nodes)
    def begin(self) -> object:
        self.folder = tempfile.TemporaryDirectory()
        self.desk = Desk.open(Path(self.folder.name) / "desk.db")
        self.work = self.desk.works.add("长夜", lang="zh").id
        self.children: dict[str | None, list[str]] = {None: []}
        self.trash: set[str] = set()
        self.texts: dict[str, str] = {}
        return multiple()

    @rule(
        target=nodes, kind=st.sampled_from(["part", "chapter", "scene"]), parent=st.none() | nodes, at=st.integers(0, 4)
    )
    def add(self, kind: NodeKind, parent: str | None, at: int) -> object:
        try:
            node = self.desk.outline.add(self.work, kind, parent=parent, at=at)
        except InputError:
            return multiple()
        self.children[node.id] = []
        self._put(node.id, parent, at)
        return node.id

    @rule(node=nodes, parent=st.none() | nodes, at=st.none() | st.integers(0, 4))
    def move(self, node: str, parent: str | None, at: int | None) -> None:
        if node in self.trash:
            return
        try:
            self.desk.outline.move(node, parent=parent, at=at)
        except InputError:
            return
        self._take(node)
        self._put(node, parent, at)

    @rule(node=nodes)
    def throw_away(self, node: str) -> None:
        self.desk.outline.trash(node)
        if node not in self.trash:
            self.trash.add(node)
            self._take(node)

    @rule(node=consumes(nodes), target=nodes)
    def bring_back(self, node: str) -> str:
        back = self.desk.outline.restore(node)
        if node in self.trash:
            self.trash.remove(node)
            self._put(node, back.parent, back.position)
        return node

    @rule(target=saved, node=nodes, text=TEXTS, data=st.data())
    def save(self, node: str, text: str, data: st.DataObject) -> object:
        past = [None, *(each.id for each in self.desk.revisions.history(node))]
        based_on = data.draw(st.sampled_from(past))
        if self.desk.outline.get(node).kind != "scene":
            with pytest.raises(InputError):
                self.desk.revisions.save(node, text, based_on=based_on)
            return multiple()
        met = self.desk.revisions.save(node, text, based_on=based_on)
        mine = met.yours if isinstance(met, Conflict) else met
        self.texts[mine.id] = text.replace("\r\n", "\n").replace("\r", "\n")
        return mine.id

    @rule(revision=saved)
    def choose(self, revision: str) -> None:
        branch = self.desk.revisions.get(revision).branch
        self.desk.revisions.choose(branch)
        head = self.desk.revisions.head(self.desk.revisions.get(revision).scene)
        assert head
        assert head.branch == branch

    @invariant()
    def nothing_is_lost(self) -> None:
        for id, text in getattr(self, "texts", {}).items():
            kept = self.desk.revisions.get(id)
            assert (kept.text, total(kept.authorship)) == (text, len(text))

    @invariant()
    def the_tree_is_as_the_model(self) -> None:
        if not hasattr(self, "children"):
            return
        found = [node.id for node in self.desk.outline.tree(self.work)]
        assert found == self._reading_order(None)

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            assert problems(self.desk.store) == []
            self.desk.close()
            self.folder.cleanup()

    def _reading_order(self, parent: str | None) -> list[str]:
        return [id for node in self.children[parent] for id in (node, *self._reading_order(node))]

    def _put(self, node: str, parent: str | None, at: int | None) -> None:
        siblings = self.children[parent]
        siblings.insert(len(siblings) if at is None else at, node)

    def _take(self, node: str) -> None:
        for siblings in self.children.values():
            if node in siblings:
                siblings.remove(node)


TestDesk = DeskMachine.TestCase
TestDesk.settings = settings(
    max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
