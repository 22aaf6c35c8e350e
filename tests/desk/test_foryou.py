"""For you: what is offered follows what was taken, fades, is varied, gives its reason, and can be forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bimo.desk.desk import Desk
from bimo.desk.foryou import HALF, WEIGHTS, Deed, Item, likeness, liking, offers
from bimo.desk.foryou_desk import Pages, deeds, dismiss, for_you, open_item, reset, shipped
from bimo.desk.values import Acceptance, Revision
from bimo.text.errors import Language
from bimo.text.spans import Span

ITEMS = [
    Item(f"{kind}{number}", "prompt", f"{kind} {number}", {f"{kind}{number}": 1.0, kind: 1.0})
    for kind in ("sea", "city", "war")
    for number in range(4)
]
KNOWN = {item.id: item for item in ITEMS}


def deed(id: str, how: str = "accepted", at: float = 0.0) -> Deed:
    return Deed(id, how, at, KNOWN[id].features, KNOWN[id].title)


def ids(*given: Deed, now: float = 5.0, count: int = 4, **more: Any) -> list[str]:
    return [offer.item.id for offer in offers(ITEMS, given, now=now, count=count, explore=0.0, **more)]


def test_what_is_like_the_taken_comes_first() -> None:
    assert ids(deed("sea1"))[0].startswith("sea")
    assert not any(id.startswith("war") for id in ids(deed("sea1"), deed("city1"), deed("war1", "rejected"))[:2])


def test_the_newer_taste_wins() -> None:
    assert ids(deed("sea1", at=0), deed("city1", at=2 * HALF), now=2 * HALF + 9)[0].startswith("city")


def test_offers_are_varied() -> None:
    assert len({id[:3] for id in ids(deed("sea1"), deed("city1", at=-1))}) >= 2


def test_what_was_used_just_now_rests() -> None:
    assert ids(deed("sea1", at=5))[0] != "sea1"
    assert "sea1" in ids(deed("sea1", at=-60))[:2]


def test_dismissed_is_never_offered() -> None:
    assert "sea1" not in ids(deed("sea1"), deed("sea2"), deed("sea1", "dismissed"), count=12)


def test_each_offer_has_its_reason() -> None:
    first = offers(ITEMS, [deed("sea1"), deed("war2")], now=5, count=1, explore=0.0)[0]
    assert first.because
    assert first.because.title in ("sea 1", "war 2")
    assert likeness(first.because.features, first.item.features) > 0
    assert offers(ITEMS, [], now=0, count=1, explore=0.0)[0].because is None


def test_one_in_ten_was_never_tried() -> None:
    found = [offers(ITEMS, [deed("sea1")], now=5, count=3, seed=seed) for seed in range(400)]
    share = sum(offer.explored for each in found for offer in each) / 1200
    assert 0.07 < share < 0.13
    assert all(offer.item.id != "sea1" for each in found for offer in each if offer.explored)


@given(
    done=st.lists(st.tuples(st.sampled_from(sorted(KNOWN)), st.sampled_from(sorted(WEIGHTS)), st.floats(-400, 5))),
    seed=st.integers(0, 99),
    count=st.integers(1, 20),
)
def test_offers_are_whole(done: list[tuple[str, str, float]], seed: int, count: int) -> None:
    given = [deed(*each) for each in done]
    found = offers(ITEMS, given, now=5, count=count, seed=seed)
    assert found == offers(ITEMS, given, now=5, count=count, seed=seed)
    gone = {each.item for each in given if each.how == "dismissed"}
    assert len({offer.item.id for offer in found}) == len(found) == min(count, len(ITEMS) - len(gone))
    size = sum(value**2 for value in liking(given, 5).values())
    assert size == 0 or size == pytest.approx(1)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_everything_shipped_can_be_run(lang: Language) -> None:
    items = shipped(lang)
    assert {item.kind for item in items} == {"prompt", "form", "tool"}
    assert len({item.id for item in items}) == len(items)
    assert all(item.command.startswith("bimo ") and item.title for item in items)


def test_the_log_of_the_desk_is_learned_from_and_forgotten(desk: Desk) -> None:
    work = desk.works.add("诗", kind="poems", lang="zh")
    scene = desk.outline.add(work.id, "scene", "秋")
    made = desk.suggestions.add(work.id, "poem", {"form": "qijue"}, [{"text": "孤帆远影碧空尽"}], scene=scene.id)
    taken = Acceptance(made.id, Span(0, 7), 0)
    saved = desk.revisions.save(scene.id, "孤帆远影碧空尽", based_on=None, accepted=[taken])
    assert isinstance(saved, Revision)
    turned = desk.suggestions.add(
        work.id, "spark", {"kind": "plot"}, [{"text": "-", "data": {"ideas": [{"lens": "秘密"}]}}]
    )
    desk.suggestions.reject(turned.id)
    open_item(desk, "form:wulv")
    dismiss(desk, "form:duilian")

    known = {item.id: item for item in shipped("zh")}
    done = {(each.item, each.how) for each in deeds(desk, known, Pages.read(desk, "zh"))}
    assert done == {
        ("form:qijue", "accepted"),
        ("prompt:plot/秘密", "rejected"),
        ("form:wulv", "opened"),
        ("form:duilian", "dismissed"),
    }
    offered = for_you(desk, "zh", count=8)
    assert any(offer.because and offer.item.kind == "form" for offer in offered)
    # Saved a moment ago, it rests; there it is, and without the rest it would be offered.
    (own,) = Pages.read(desk, "zh").items()
    assert own.id == f"scene:{scene.id}"
    reset(desk)
    assert deeds(desk, known, Pages.read(desk, "zh")) == []


def test_words_that_few_scenes_have_say_most(desk: Desk) -> None:
    work = desk.works.add("Anthology", lang="en").id
    texts = {
        "harbour": "People walked slowly. The lighthouse keeper polished the lantern.",
        "kitchen": "People walked slowly. The cook kneaded dough beside the stove.",
        "road": "People walked slowly. Wagons rolled across the prairie.",
    }
    for title, text in texts.items():
        desk.revisions.save(desk.outline.add(work, "scene", title).id, text, based_on=None)
    pages = Pages.read(desk, "en")
    taken = Deed(
        "tool:continue", "accepted", 0, pages.words("People walked slowly to the lighthouse; a lantern shone.")
    )
    first = offers(pages.items(), [taken], now=1, count=1, explore=0.0)[0]
    assert first.item.title == "Anthology · harbour"
    assert first.shared[:2] == ("lantern", "lighthouse")
