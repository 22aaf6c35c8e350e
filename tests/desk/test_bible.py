"""Works, the bible, notes, goals, jobs, settings, suggestions and the log, on both kinds of database."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from bimo.desk.bible import in_force
from bimo.desk.desk import Desk
from bimo.desk.store import new_id
from bimo.desk.values import Brief, Knower, Name, Revision, Work
from bimo.desk.verify import problems
from bimo.text.errors import InputError


@pytest.fixture
def book(either: Desk) -> Work:
    return either.works.add("长夜", lang="zh", brief=Brief(premise="一夜无眠"))


def test_a_work_and_its_brief(either: Desk, book: Work) -> None:
    assert either.works.get(book.id) == book
    changed = either.works.change(book.id, title="长夜将尽", brief=Brief(premise="天亮了", tense="过去"))
    assert (changed.title, changed.brief.tense, changed.kind) == ("长夜将尽", "过去", "novel")
    assert either.works.trash(book.id).trashed
    assert (either.works.all(), len(either.works.all(trashed=True))) == ([], 1)
    assert either.works.restore(book.id).trashed is None
    assert [event.what for event in either.events.since(work=book.id)] == [
        "work.added", "work.changed", "work.trashed", "work.restored",
    ]  # fmt: skip


def test_an_entry_has_names_in_both_languages(either: Desk, book: Work) -> None:
    entry = either.bible.add(
        book.id, "character", "王宁", Name("老王", role="title"), Name("Wang Ning", "en"), exclusions=["安宁"]
    )
    assert (entry.name, entry.names[2].lang) == ("王宁", "en")
    assert either.bible.get(entry.id) == entry
    changed = either.bible.change(entry.id, names=["王安"], exclusions=[], tracking="always", private="凶手")
    assert (changed.name, changed.exclusions, changed.tracking) == ("王安", (), "always")
    either.bible.trash(entry.id)
    assert (either.bible.all(book.id), len(either.bible.all(book.id, trashed=True))) == ([], 1)
    assert either.bible.restore(entry.id) == either.bible.all(book.id)[0]
    for names in ([], ["  "]):
        with pytest.raises(InputError) as refused:
            either.bible.change(entry.id, names=names)
        assert refused.value.code == "desk.no_name"


def test_signs_that_no_database_holds_hurt_nobody(either: Desk, book: Work) -> None:
    strange = "甲\0乙\ud800丙"
    either.works.change(book.id, title=strange, brief=Brief(premise=strange))
    entry = either.bible.add(book.id, "note", strange, description=strange)
    made = either.suggestions.add(book.id, "spark", {"theme": strange}, [{"text": strange}], prompt=strange)
    assert either.works.get(book.id).title == "甲\ufffd乙\ufffd丙" == either.bible.get(entry.id).description
    assert "\ud800" not in either.works.get(book.id).brief.premise + either.suggestions.get(made.id).prompt


def test_relations(either: Desk, book: Work) -> None:
    one, two = (either.bible.add(book.id, "character", name) for name in ("王宁", "林晚"))
    made = either.bible.relate(one.id, two.id, "兄妹", note="同父异母")
    assert either.bible.relations(book.id) == [made]
    either.bible.unrelate(made.id)
    assert either.bible.relations(book.id) == []
    other = either.bible.add(either.works.add("别处", lang="zh").id, "character", "丙")
    with pytest.raises(InputError) as refused:
        either.bible.relate(one.id, other.id, "路人")
    assert refused.value.code == "desk.no_entry"


def test_facts_hold_from_a_scene_on_and_secrets_are_kept(either: Desk, book: Work) -> None:
    first, second, third = (either.outline.add(book.id, "scene").id for _ in range(3))
    wang, lin = (either.bible.add(book.id, "character", name).id for name in ("王宁", "林晚"))
    alive = either.bible.state(wang, "活着")
    dead = either.bible.state(wang, "死了", from_scene=second, replaces=alive.id)
    guilt = either.bible.state(lin, "是凶手", secret=True, knowers=[Knower(lin), Knower(wang, third)])
    facts = either.bible.facts(book.id)
    assert facts == [alive, dead, guilt]
    assert either.bible.facts(book.id, entry=lin) == [guilt]

    assert in_force(facts, [first]) == [alive, guilt]
    assert in_force(facts, [first, second]) == [dead, guilt]
    assert in_force(facts, [first], known_to=lin) == [alive, guilt]
    assert in_force(facts, [first, second], known_to=wang) == [dead]
    assert in_force(facts, [first, second, third], known_to=wang) == [dead, guilt]

    everybody = either.bible.change_fact(guilt.id, text="是凶手，人人知道", secret=False, knowers=[])
    assert in_force([everybody], [first], known_to=wang) == [everybody]
    assert either.bible.change_fact(dead.id, from_scene="").from_scene is None
    either.bible.retract(dead.id)
    assert in_force(either.bible.facts(book.id), [first, second]) == [alive, everybody]


def test_notes_to_a_place_in_the_text(either: Desk, book: Work) -> None:
    scene = either.outline.add(book.id, "scene").id
    note = either.notes.add(book.id, "查一下潮汐时间", scene=scene, quote="退潮", start=12)
    assert either.notes.all(book.id) == either.notes.all(book.id, scene=scene) == [note]
    assert either.notes.change(note.id, done=True, start=20).done
    either.notes.trash(note.id)
    assert (either.notes.all(book.id), len(either.notes.all(book.id, trashed=True))) == ([], 1)
    assert either.notes.restore(note.id).text == note.text


def test_goals_and_what_was_written_each_day(either: Desk, book: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = either.outline.add(book.id, "scene").id
    either.goals.set(book.id, 500, period="day")
    either.goals.set(book.id, 800, period="day")
    either.goals.set(book.id, 3000, scene=scene)
    assert sorted(goal.amount for goal in either.goals.all(book.id)) == [800, 3000]
    assert either.goals.set(book.id, 0, period="day") is None
    assert [goal.scene for goal in either.goals.all(book.id)] == [scene]

    other = either.outline.add(book.id, "scene").id
    for day, where, text in [
        ("01", scene, "一二三"),
        ("01", scene, "一二三四五"),
        ("03", scene, "一二"),
        ("03", other, "六"),
    ]:
        monkeypatch.setattr("bimo.desk.revisions.today", lambda day=day: f"2026-11-{day}")
        head = either.revisions.head(where)
        either.revisions.save(where, text, based_on=head.id if head else None)
    assert either.goals.written(book.id) == {"2026-11-01": 5, "2026-11-03": -2}


def test_a_job_is_found_again(either: Desk, book: Work) -> None:
    job = either.jobs.add("recipe", {"recipe": "short-story"}, work=book.id)
    either.jobs.update(job.id, state="running", progress={"step": 2})
    done = either.jobs.update(job.id, state="done", result={"works": [book.id]})
    assert (done.progress, done.result) == ({"step": 2}, {"works": [book.id]})
    assert either.jobs.all(state="done") == either.jobs.all(work=book.id) == [done] == [either.jobs.get(job.id)]
    assert either.jobs.all(state="running") == []


def test_settings(either: Desk) -> None:
    assert either.settings.get("ai", True) is True
    either.settings.set("ai", False)
    either.settings.set("ai", {"off": ["长夜"]})
    assert either.settings.get("ai") == {"off": ["长夜"]}


def test_a_suggestion_is_rejected_and_opened_again(either: Desk, book: Work) -> None:
    made = either.suggestions.add(book.id, "spark", {"theme": "雨"}, [{"text": "一"}], model="m", prompt="雨\n" * 99)
    assert either.suggestions.extend(made.id, [{"text": "二"}]).alternatives == ({"text": "一"}, {"text": "二"})
    assert either.suggestions.reject(made.id).state == "rejected"
    assert either.suggestions.all(book.id, state="open") == []
    again = either.suggestions.reopen(made.id)
    assert (again.state, again.decided, again.prompt) == ("open", None, "雨\n" * 99)
    assert [event.who for event in either.events.since(subject=made.id)] == ["model", "model", "writer", "writer"]


Desks = Callable[[Desk], object]
MISSING: list[Desks] = [
    lambda desk: desk.works.get("x"),
    lambda desk: desk.works.trash("x"),
    lambda desk: desk.outline.tree("x"),
    lambda desk: desk.outline.get("x"),
    lambda desk: desk.outline.set_beats("x", []),
    lambda desk: desk.bible.get("x"),
    lambda desk: desk.bible.unrelate("x"),
    lambda desk: desk.bible.retract("x"),
    lambda desk: desk.notes.trash("x"),
    lambda desk: desk.jobs.get("x"),
    lambda desk: desk.revisions.get("x"),
    lambda desk: desk.revisions.choose("x"),
    lambda desk: desk.suggestions.get("x"),
]


@pytest.mark.parametrize("call", MISSING)
def test_what_is_not_there_is_said(desk: Desk, call: Desks) -> None:
    with pytest.raises(InputError, match=r"desk\.no_"):
        call(desk)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sample_work_is_whole(either: Desk, lang: str) -> None:
    work = either.add_sample(lang)  # type: ignore[arg-type]
    scenes = either.outline.scenes(work.id)
    assert (len(either.outline.tree(work.id)), len(scenes)) == (6, 4)
    lengths = either.revisions.lengths(work.id)
    assert all(250 <= lengths[scene.id] <= 400 for scene in scenes)
    assert all(scene.summary and scene.pov and len(either.outline.beats(scene.id)) == 3 for scene in scenes)
    assert 4 <= len(either.bible.all(work.id)) <= 6
    facts = either.bible.facts(work.id)
    secret = next(fact for fact in facts if fact.secret)
    read = [scene.id for scene in scenes]
    learned = [len(in_force(facts, read[: place + 1], known_to=scenes[0].pov)) for place in range(4)]
    assert secret in in_force(facts, read, known_to=scenes[0].pov)
    assert learned[-1] > learned[0]
    [note] = either.notes.all(work.id)
    head = either.revisions.head(note.scene or "")
    assert head
    assert note.quote in head.text
    assert problems(either.store) == []


def test_many_threads_write_at_once(either: Desk, book: Work) -> None:
    scenes = [either.outline.add(book.id, "scene").id for _ in range(8)]
    failed: list[BaseException] = []

    def write(scene: str) -> None:
        try:
            head = None
            for count in range(1, 11):
                saved = either.revisions.save(scene, "雨" * count, based_on=head)
                assert isinstance(saved, Revision)
                head = saved.id
                either.outline.tree(book.id)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(scene,)) for scene in scenes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert either.revisions.lengths(book.id) == dict.fromkeys(scenes, 10)
    ids = [event.id for event in either.events.since()]
    assert ids == sorted(set(ids))
    assert either.events.last() == ids[-1]


def test_a_call_that_fails_half_way_leaves_nothing(either: Desk, book: Work) -> None:
    scene = either.outline.add(book.id, "scene").id
    before = either.events.last()
    with pytest.raises(InputError):
        either.outline.set_entries(scene, ["nobody"])
    assert either.events.last() == before


def test_ids_sort_in_the_order_of_making() -> None:
    made = [new_id() for _ in range(5000)]
    assert made == sorted(set(made))
    assert {len(each) for each in made} == {16}
