"""Saving, conflicts, branches and history of a scene's text, on both kinds of database."""

from __future__ import annotations

import pytest

from bimo.desk.desk import Desk
from bimo.desk.values import Acceptance, Conflict, Node, Revision
from bimo.text.authorship import Run
from bimo.text.errors import InputError
from bimo.text.spans import Span


@pytest.fixture
def scene(either: Desk) -> Node:
    work = either.works.add("雨巷", lang="zh")
    return either.outline.add(work.id, "scene", "第一场")


def save(desk: Desk, scene: Node, text: str, after: Revision | None = None) -> Revision:
    saved = desk.revisions.save(scene.id, text, based_on=after and after.id)
    assert isinstance(saved, Revision)
    return saved


def test_what_was_saved_is_there(either: Desk, scene: Node) -> None:
    assert either.revisions.head(scene.id) is None
    first = save(either, scene, "雨落在檐上。😀\r\n她没有回头。\r")
    assert first.text == "雨落在檐上。😀\n她没有回头。\n"
    assert first.length == 12
    assert either.revisions.get(first.id) == first == either.revisions.head(scene.id)
    assert either.outline.get(scene.id).status == "draft"


def test_signs_that_no_database_holds_are_replaced(either: Desk, scene: Node) -> None:
    assert save(either, scene, "甲\0乙\ud800丙").text == "甲\ufffd乙\ufffd丙"


def test_history_goes_back_over_every_save(either: Desk, scene: Node) -> None:
    texts = [("雨落在檐上。" * 40) + "她走了。" * count for count in range(30)]
    last = None
    for text in texts:
        last = save(either, scene, text, last)
    history = either.revisions.history(scene.id)
    assert [each.number for each in history] == list(range(30, 0, -1))
    assert [either.revisions.get(each.id).text for each in reversed(history)] == texts
    assert [each.parent for each in history] == [each.id for each in history[1:]] + [None]


def test_saving_again_changes_nothing(either: Desk, scene: Node) -> None:
    first = save(either, scene, "甲")
    second = save(either, scene, "甲乙", first)
    assert save(either, scene, "甲乙", first) == second
    assert save(either, scene, "甲乙", second) == second
    assert len(either.revisions.history(scene.id)) == 2


def test_a_conflict_keeps_both_texts(either: Desk, scene: Node) -> None:
    first = save(either, scene, "甲")
    theirs = save(either, scene, "甲乙", first)
    met = either.revisions.save(scene.id, "甲丙", based_on=first.id)
    assert isinstance(met, Conflict)
    assert (met.stored, met.yours.text, met.yours.parent) == (theirs, "甲丙", first.id)
    assert either.revisions.head(scene.id) == theirs
    assert met.error().details == {"stored": "甲乙", "yours": "甲丙"}

    # The same save again, as after a lost answer, makes no second branch; going on stays on the branch.
    assert either.revisions.save(scene.id, "甲丙", based_on=first.id) == met
    more = save(either, scene, "甲丙丁", met.yours)
    assert more.branch == met.yours.branch != theirs.branch
    assert len(either.revisions.branches(scene.id)) == 2


def test_a_page_that_changed_nothing_is_shown_the_newer_text(either: Desk, scene: Node) -> None:
    first = save(either, scene, "甲")
    second = save(either, scene, "甲乙", first)
    assert either.revisions.save(scene.id, "甲", based_on=first.id) == Conflict(second, first)
    assert len(either.revisions.branches(scene.id)) == 1


def test_a_text_from_nowhere_does_not_replace_what_is_there(either: Desk, scene: Node) -> None:
    first = save(either, scene, "甲")
    met = either.revisions.save(scene.id, "乙", based_on=None)
    assert isinstance(met, Conflict)
    assert either.revisions.head(scene.id) == first


def test_another_branch_can_be_chosen(either: Desk, scene: Node) -> None:
    first = save(either, scene, "甲")
    forked = either.revisions.fork(first.id, "另一种结局")
    other = save(either, scene, "甲乙丙", forked)
    assert either.revisions.lengths(scene.work) == {scene.id: 1}
    either.revisions.choose(other.branch)
    assert either.revisions.head(scene.id) == other
    assert either.revisions.lengths(scene.work) == {scene.id: 3}
    chosen, beside = either.revisions.branches(scene.id)
    assert (chosen.name, chosen.head, beside.head) == ("另一种结局", other.id, first.id)
    either.revisions.close(beside.id)
    assert either.revisions.branches(scene.id)[1].closed
    with pytest.raises(InputError) as refused:
        either.revisions.close(chosen.id)
    assert refused.value.code == "desk.branch_chosen"


def test_restoring_is_a_new_revision(either: Desk, scene: Node) -> None:
    first = save(either, scene, "甲")
    second = save(either, scene, "乙", first)
    back = either.revisions.restore(first.id, based_on=second.id)
    assert isinstance(back, Revision)
    assert (back.text, back.number, back.cause) == ("甲", 3, "restore")


def test_an_accepted_suggestion_is_the_models_and_says_where_it_went(either: Desk, scene: Node) -> None:
    first = save(either, scene, "雨停了。")
    made = either.suggestions.add(
        scene.work, "continue", {"text": "雨停了。"}, [{"text": "她收起伞。"}], scene=scene.id, model="m", seed=7,
        prompt="续写：雨停了。", based_on=first.id, asked=Span(4, 4),
    )  # fmt: skip
    assert either.suggestions.all(scene.work, state="open") == [made]
    saved = either.revisions.save(
        scene.id, "雨停了。她收起伞。", based_on=first.id, accepted=[Acceptance(made.id, Span(4, 9))]
    )
    assert isinstance(saved, Revision)
    assert saved.authorship == (Run("writer", 4), Run("model", 5))
    now = either.suggestions.get(made.id)
    assert (now.state, now.revision, now.placed, now.chosen) == ("accepted", saved.id, Span(4, 9), 0)
    assert now.prompt == "续写：雨停了。"

    edited = save(either, scene, "雨停了。她慢慢收起伞。", saved)
    assert edited.authorship == (Run("writer", 4), Run("model", 1), Run("model_edited", 2), Run("model", 4))


@pytest.mark.parametrize("based_on", ["nothing", None])
def test_what_is_not_there_is_named(either: Desk, scene: Node, based_on: str | None) -> None:
    code = "desk.no_revision" if based_on else "desk.no_scene"
    with pytest.raises(InputError) as refused:
        either.revisions.save(scene.id if based_on else "no scene", "甲", based_on=based_on)
    assert refused.value.code == code


def test_authorship_must_tile_the_text(either: Desk, scene: Node) -> None:
    with pytest.raises(InputError) as refused:
        either.revisions.save(scene.id, "甲乙", based_on=None, authorship=(Run("model", 3),))
    assert refused.value.code == "desk.bad_authorship"
