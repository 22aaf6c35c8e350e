"""Learning from what a writer took, changed and turned down."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from pieces import chinese, english

from bimo.craft.events import Result
from bimo.craft.registry import Context, all_tools
from bimo.craft.taste import Taste, place, taste
from bimo.desk.desk import Desk
from bimo.desk.values import Acceptance
from bimo.models.scripted import ScriptedModel
from bimo.text.count import length
from bimo.text.errors import Language, ModelError
from bimo.text.spans import Span
from bimo.voice.learn import learn, phrases, store
from bimo.voice.signals import Signal, as_lines, deleted, pairs, signals


def short(lang: Language, seed: int) -> str:
    return "He came. It rained. Nobody spoke." if lang == "en" else f"他来了。下着雨。没人说话。{seed}"


def long(lang: Language, seed: int) -> str:
    return english(60, seed=seed) if lang == "en" else chinese(110, seed=seed)


def decisions(count: int, lang: Language, *, honest: bool = True) -> list[Signal]:
    """A writer who takes the short one, or one who tosses a coin."""
    dice = random.Random(3)
    found = []
    for number in range(count):
        two = [short(lang, number), long(lang, number)]
        if not honest:
            dice.shuffle(two)
        found.append(Signal(str(number), lang, "go on", two[0], two[0], (two[1],)))
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_thirty_decisions_teach_an_order(lang: Language) -> None:
    made = learn(decisions(30, lang), lang)
    assert made.after == 1.0
    assert made.kept == (made.before is not None and made.before < 1.0)
    liked = learn(decisions(30, lang), lang).taste
    if made.kept:
        assert liked.liking(short(lang, 99), lang) > liked.liking(long(lang, 99), lang)


def test_few_decisions_and_a_tossed_coin_teach_nothing() -> None:
    assert learn(decisions(29, "en"), "en").after is None
    tossed = learn(decisions(60, "en", honest=False), "en")
    assert not tossed.kept
    assert tossed.taste.weights == {}
    assert learn([], "zh").signals == 0


def test_a_phrase_that_is_always_deleted_is_banned() -> None:
    drafts = [f"{english(20, seed=n)} A sense of unease hung in the air." for n in range(4)]
    found = [
        Signal(str(n), "en", "", draft, draft.replace(" A sense of unease hung in the air.", ""), ())
        for n, draft in enumerate(drafts)
    ]
    assert phrases(found[:2], "en") == ()
    banned = phrases(found, "en")
    assert any("sense of unease" in phrase for phrase in banned)
    kept = Signal("k", "en", "", "A sense of unease hung in the air.", "A sense of unease hung in the air.", ())
    assert not any("unease" in phrase for phrase in phrases([*found, kept], "en"))
    zh = [
        Signal(str(n), "zh", "", f"{chinese(60, seed=n)}仿佛在诉说着什么。", chinese(60, seed=n), ()) for n in range(3)
    ]
    assert any("诉说" in phrase for phrase in phrases(zh, "zh"))


def test_the_desk_tells_its_decisions(tmp_path: Path) -> None:
    with Desk.open(tmp_path / "desk.db") as desk:
        work = desk.works.add("Novel", lang="en")
        scene = desk.outline.add(work.id, "scene")
        made = desk.suggestions.add(work.id, "continue", {}, [{"text": "One draft."}, {"text": "Two."}], prompt="p")
        desk.revisions.save(scene.id, "One text.", based_on=None, accepted=[Acceptance(made.id, Span(0, 9))])
        refused = desk.suggestions.add(work.id, "continue", {}, [{"text": "Three."}])
        desk.suggestions.reject(refused.id)
        desk.suggestions.add(work.id, "continue", {}, [{"text": "Open."}])
        found = signals(desk)
    assert [(each.draft, each.kept, each.others) for each in found] == [
        ("One draft.", "One text.", ("Two.",)),
        ("Three.", "", ()),
    ]
    assert [(each.better, each.worse) for each in pairs(found)] == [("One text.", "One draft."), ("One text.", "Two.")]
    assert deleted(found[0])
    lines = [json.loads(line) for line in as_lines(found).splitlines()]
    assert [set(line) for line in lines] == [{"prompt", "chosen", "rejected"}] * 2 + [
        {"prompt", "completion", "label"}
    ] * 2


def test_what_was_learned_reaches_the_tools_and_can_be_taken_back() -> None:
    assert taste("en") == Taste()
    store(
        "en", Taste({"units": (20.0, 10.0, -1.0)}, ("sense of unease", 'a "quoted" one')), {"zh": Taste(bans=("诉说",))}
    )
    assert taste("en").bans == ("sense of unease", 'a "quoted" one')
    assert taste("zh").bans == ("诉说",)
    assert taste("en").liking("Short.", "en") > taste("en").liking(english(60), "en")
    place().write_text("[en\nbroken", encoding="utf-8")
    assert taste("en") == Taste()


@pytest.mark.parametrize("liked", [-1.0, 1.0])
def test_alternatives_come_in_the_writers_order(liked: float) -> None:
    store("en", Taste({"units": (20.0, 10.0, liked)}, ("sense of unease",)), {})
    model = ScriptedModel([english(60 + 30 * number, seed=number) for number in range(40)])
    tool = all_tools()["continue"]
    request = tool.request(text="The old house stood at the end of the lane.", n=3, lang="en", seed=1)
    result = [event for event in tool.run(request, Context(), model) if isinstance(event, Result)][-1]
    lengths = [length(each.text, "en") for each in result.alternatives]
    assert lengths == sorted(lengths, reverse=liked > 0)
    assert len(set(lengths)) > 1
    assert all("sense of unease" in asked.sampling.bans for asked in model.asked)


def test_logging_elsewhere_without_the_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from bimo.voice.base import require_packages

    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError) as caught:
        require_packages(wandb=True)
    assert caught.value.code == "voice.no_wandb"
