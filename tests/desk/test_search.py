"""Search: everything that is on the desk is found, and nothing that is not, whatever happened to the index."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bimo.desk.desk import Desk
from bimo.desk.grams import folded, grams, terms
from bimo.desk.search import Hits, Search
from bimo.desk.values import Brief, Node, Revision, Work


@pytest.fixture
def search(either: Desk) -> Iterator[Search]:
    search = Search(either.store)
    yield search
    search.close()


@pytest.fixture
def work(either: Desk) -> Work:
    return either.works.add("雨巷", lang="zh")


def write(desk: Desk, scene: Node, text: str, after: Revision | None = None) -> Revision:
    saved = desk.revisions.save(scene.id, text, based_on=after and after.id)
    assert isinstance(saved, Revision)
    return saved


def shown(hits: Hits) -> list[tuple[str, str, list[str]]]:
    return [(hit.kind, hit.snippet, [mark.of(hit.snippet) for mark in hit.marks]) for hit in hits.hits]


def test_a_scene_is_found_by_one_character_and_by_many(either: Desk, work: Work, search: Search) -> None:
    scene = either.outline.add(work.id, "scene")
    write(either, scene, "😀第一行\n红豆生南国，春来发几枝。\n最后一行")
    for query in ("红", "国", "红豆", "豆生", "生南国", "红豆生南国", "枝"):
        [hit] = search.find(query).hits
        assert (hit.kind, hit.id, hit.work) == ("scene", scene.id, work.id)
        assert hit.snippet == "红豆生南国，春来发几枝。"
        assert [mark.of(hit.snippet) for mark in hit.marks] == [query]
        assert hit.spans[0].of("😀第一行\n红豆生南国，春来发几枝。\n最后一行") == query
    assert search.find("国，春").total == search.find("国。春").total == 1
    assert search.find("国春").total == 0
    assert search.find("豆南").total == 0


def test_simplified_finds_traditional_and_the_other_way(either: Desk, work: Work, search: Search) -> None:
    scene = either.outline.add(work.id, "scene")
    write(either, scene, "😀劉備說：「雲長後來去了裡面。」刘封没有去。")
    for query, marked in (("刘备", ["劉備"]), ("劉", ["劉", "刘"]), ("云长后来", ["雲長後來"]), ("里面", ["裡面"])):
        [hit] = search.find(query).hits
        assert [mark.of(hit.snippet) for mark in hit.marks] == marked


def test_the_index_is_for_its_owner_alone(tmp_path: Path) -> None:
    old = tmp_path / "desk.search.db"
    old.touch(mode=0o644)
    with Desk.open(tmp_path / "desk.db") as desk:
        desk.works.add("雨巷", lang="zh")
        search = Search(desk.store)
        search.refresh()
        files = {file.name: file.stat().st_mode & 0o077 for file in tmp_path.glob("desk*.db*") if file.stat().st_size}
        search.close()
    assert set(files) >= {"desk.db", "desk.search.db"}
    assert not any(files.values()), files


def test_words_in_letters(either: Desk, work: Work, search: Search) -> None:
    scene = either.outline.add(work.id, "scene")
    write(either, scene, "The Café was closed. “Don’t,” said Zoe\u0308, lighting the red lanterns of ＡＢＣ.")
    for query in ("cafe", "CAFÉ", "lant", "don't", "zoë", "ZOE", "abc", "red lan", '"red lanterns"', "closed don't"):
        assert search.find(query).total == 1, query
    for query in ("afe", "anterns", '"red lantern"', '"lanterns red"', "cafe tea"):
        assert search.find(query).total == 0, query
    [hit] = search.find("zoë said").hits
    assert [mark.of(hit.snippet) for mark in hit.marks] == ["said", "Zoe\u0308"]


def test_everything_is_found(either: Desk, work: Work, search: Search) -> None:
    either.works.change(work.id, brief=Brief(premise="一座会记事的灯塔"))
    part = either.outline.add(work.id, "part", "灯塔之卷")
    scene = either.outline.add(work.id, "scene", "灯塔下", parent=part.id)
    either.outline.change(scene.id, summary="她在灯塔里找到信。")
    either.outline.set_beats(scene.id, ["走进灯塔"])
    entry = either.bible.add(work.id, "place", "老灯塔", description="灯塔建于光绪年间。")
    either.bible.state(entry.id, "灯塔熄灭了", from_scene=scene.id)
    either.notes.add(work.id, "灯塔的高度要查")
    write(either, scene, "灯塔亮了。")
    kinds = sorted(hit.kind for hit in search.find("灯塔").hits)
    assert kinds == ["beat", "brief", "entry", "fact", "note", "scene", "summary", "title", "title"]
    assert [hit.id for hit in search.find("灯塔", kinds=["entry"]).hits] == [entry.id]
    assert len(search.find("灯塔", limit=3).hits) == 3
    assert search.find("灯塔", limit=3).total == 9
    assert search.find("灯塔", work="another").total == 0


def test_a_search_sees_what_was_just_saved(either: Desk, work: Work, search: Search) -> None:
    scene = either.outline.add(work.id, "scene", "一")
    first = write(either, scene, "雨停了。")
    assert search.find("雨停").total == 1
    second = write(either, scene, "雪停了。", first)
    assert search.find("雨停").total == 0
    assert search.find("雪停").total == 1
    either.revisions.restore(first.id, based_on=second.id)
    assert search.find("雨停").total == 1
    either.outline.trash(scene.id)
    assert search.find("雨停").total == 0
    either.outline.restore(scene.id)
    assert search.find("雨停").total == 1
    either.works.trash(work.id)
    assert search.find("雨停").total == 0


def test_what_lies_under_something_in_the_trash_is_not_found(either: Desk, work: Work, search: Search) -> None:
    chapter = either.outline.add(work.id, "chapter", "第一章")
    write(either, either.outline.add(work.id, "scene", parent=chapter.id), "雨停了。")
    either.outline.trash(chapter.id)
    assert search.find("雨停").total == 0


def test_marks_alone_find_nothing(either: Desk, work: Work, search: Search) -> None:
    write(either, either.outline.add(work.id, "scene"), "“……”")
    for query in ("", " ", "……", '""', "*", "' OR 1", 'NEAR("'):
        assert search.find(query).total == 0


def test_the_index_outlives_the_desk_and_its_own_loss(desk: Desk) -> None:
    work = desk.works.add("雨巷", lang="zh")
    scene = desk.outline.add(work.id, "scene")
    write(desk, scene, "红豆生南国")
    assert desk.store.path is not None
    index = desk.store.path.with_name("desk.search.db")
    for spoil in (lambda: None, index.unlink, lambda: index.write_bytes(b"no database at all" * 1000)):
        spoil()
        search = Search(desk.store)
        assert search.find("红豆").total == 1
        search.close()


def test_an_index_of_another_log_is_made_anew(desk: Desk) -> None:
    """As after an older copy of the desk was put in place of the newer one."""
    work = desk.works.add("雨巷", lang="zh")
    search = Search(desk.store)
    search.refresh()
    search._index.execute("UPDATE seen SET at = 'never'")
    search._index.execute("UPDATE docs SET text = '别处' WHERE kind = 'title'")
    search._index.execute(
        "INSERT INTO docs (work, kind, id, revision, text) VALUES ('gone', 'title', 'gone', '', '旧')"
    )
    assert search.find("雨巷", work=work.id).total == 1
    assert search._works() == [work.id]
    search.close()


def test_two_may_search_at_once(desk: Desk) -> None:
    one, other = Search(desk.store), Search(desk.store)
    work = desk.works.add("雨巷", lang="zh")
    for number in range(5):
        write(desk, desk.outline.add(work.id, "scene"), f"红豆{number}")
        assert one.find("红豆").total == other.find("红豆").total == number + 1
    one.close()
    other.close()


LETTERS = "红豆生南国春 \n，。“”aAbBéE\u0301ＡzZ09ß'😀の"


def naive(query: str, text: str) -> bool:
    """Whether some word of the text begins with the query, or its characters hold it."""

    def flat(part: str) -> str:
        apart = unicodedata.normalize("NFKD", part)
        return "".join(sign for sign in apart if not unicodedata.combining(sign)).lower()

    query, text = flat(query), flat(text)
    if query.isascii():
        return re.search(rf"(?<![0-9a-zß]){re.escape(query)}", text) is not None
    return query in text


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(LETTERS, max_size=30), min_size=1, max_size=4),
    queries=st.lists(
        st.text("红豆生南国春", min_size=1, max_size=4) | st.text("aAbBéz09", min_size=1, max_size=3), min_size=1
    ),
)
def test_recall_is_full(desk: Desk, texts: list[str], queries: list[str]) -> None:
    work = desk.works.add("", lang="zh")
    for text in texts:
        write(desk, desk.outline.add(work.id, "scene"), text)
    search = Search(desk.store)
    for query in queries:
        assert search.find(query, work=work.id).total == sum(naive(query, text) for text in texts), query
    search.close()


@given(st.text(LETTERS, max_size=40), st.text(LETTERS, min_size=1, max_size=6))
def test_what_the_index_finds_has_places(text: str, query: str) -> None:
    import sqlite3

    index = sqlite3.connect(":memory:")
    index.execute("CREATE VIRTUAL TABLE grams USING fts5 (words, tokenize = 'ascii')")
    index.execute("INSERT INTO grams VALUES (?)", [grams(folded(text))])
    for term in terms(query):
        found = index.execute("SELECT count(*) FROM grams WHERE grams MATCH ?", [term.match]).fetchone()[0]
        places = list(term.places(text))
        assert bool(places) == bool(found)
        assert all(0 <= place.start < place.end <= len(text) for place in places)
    index.close()
