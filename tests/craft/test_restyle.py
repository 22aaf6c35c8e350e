"""Restyling: styles, facts, candidates, portions, and going on after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bimo.craft.events import Asked, Event, Piece, Result, Warned
from bimo.craft.registry import Context
from bimo.craft.restyle import RestyleRequest, restyle
from bimo.craft.styles import find_style, style_names
from bimo.models.places import state_dir
from bimo.models.protocol import Cancel, Prompt, Sampling
from bimo.models.scripted import ScriptedModel
from bimo.text.errors import BimoError, InputError, Language, ModelError

_ZH = "张三走了十里路，没有看见桥。"
_EN = "Tom walked ten miles and did not see the bridge."


def run(model: ScriptedModel, context: Context | None = None, **request: object) -> tuple[Result, list[Event]]:
    events = list(restyle(RestyleRequest.model_validate(request), context or Context(), model))
    assert isinstance(events[-1], Result)
    return events[-1], events


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_style_is_found_by_its_name_and_far_from_its_own_plain_examples(lang: Language) -> None:
    assert len(style_names(lang)) >= 6
    for name in style_names(lang):
        style = find_style(name, lang)
        plain = " ".join(pair[0] for pair in style.examples)
        styled = " ".join(pair[1] for pair in style.examples)
        assert style.distance(styled, lang) < style.distance(plain, lang)
        assert not set(style.letters) & set(styled)


@pytest.mark.parametrize(
    ("text", "style", "near"),
    [(_ZH, "文言", ""), (_ZH, "武侠小", "武侠"), (_EN, "Victoran", "Victorian"), (_EN, "武侠", "Noir")],
)
def test_an_unknown_style_gets_the_nearest_names(text: str, style: str, near: str) -> None:
    if not near:
        assert run(ScriptedModel(default="张三行十里，未见桥也。"), text=text, style=style)[0].text
        return
    with pytest.raises(InputError) as caught:
        run(ScriptedModel(), text=text, style=style)
    assert caught.value.code == "craft.no_style"
    assert near in caught.value.hint("en")


def test_without_style_and_sample_the_styles_are_named() -> None:
    with pytest.raises(InputError, match="no_style_given"):
        run(ScriptedModel(), text=_EN)


def test_a_candidate_with_all_facts_is_taken_before_a_prettier_one() -> None:
    model = ScriptedModel(["客行于野，终不见桥也。", "张三行十里，未见桥也。"])
    result, events = run(model, text=_ZH, style="文言文", seed=1)
    assert result.text == "张三行十里，未见桥也。"
    assert result.alternatives[0].data["lost"] == {"names": [], "numbers": [], "negations": 0}
    assert not [event for event in events if isinstance(event, Warned)]
    assert "了" in model.asked[0].sampling.avoid


def test_what_is_lost_in_every_candidate_is_reported() -> None:
    result, events = run(ScriptedModel(default="Tom walked in the rain."), text=_EN, style="noir", seed=1)
    assert result.alternatives[0].data["lost"] == {"names": [], "numbers": ["10"], "negations": -1}
    warned = [event.notice.message("en") for event in events if isinstance(event, Warned)]
    assert any("10" in text for text in warned)


def test_an_unchanged_text_loses_against_a_restyled_one() -> None:
    model = ScriptedModel([_EN, "Rain. Tom walked ten miles of it, cheap hat dripping, and did not see the bridge."])
    assert run(model, text=_EN, style="noir", seed=1)[0].text.startswith("Rain.")


def test_the_layout_stays_and_a_sample_shows_the_manner() -> None:
    model = ScriptedModel(default="雨停了三天，船还没有来。")
    text = "雨停了三天，船没来。\n\n　　他还在等，没有走。"
    result, _ = run(model, text=text, sample="柳下系舟，一夜听雨。")
    assert result.text.count("\n\n　　") == 1
    assert any(turn.text == "柳下系舟，一夜听雨。" for turn in model.asked[0].prompt.messages)


def test_a_strong_model_gets_one_question_without_examples() -> None:
    model = ScriptedModel(["张三行十里，未见桥也。"], small=False)
    result, events = run(model, text=_ZH, style="文言文", seed=1)
    assert result.text == "张三行十里，未见桥也。"
    assert len(model.asked[0].prompt.messages) == 2
    assert "".join(event.text for event in events if isinstance(event, Piece)) == result.text


def _three() -> str:
    return "\n".join(f"Tom waited {number} hours and did not go." for number in ("two", "three", "four"))


def _answer(prompt: Prompt, sampling: Sampling) -> str:
    told = prompt.messages[-1].text.rpartition(": ")[2]
    return told.replace("waited", "stood in the cold rain, waiting")


def test_work_goes_on_after_a_failure_and_the_notes_are_thrown_away_at_the_end() -> None:
    failing = ScriptedModel([_answer, _answer, ModelError("models.script_ended")])
    with pytest.raises(BimoError):
        run(failing, text=_three(), style="noir")
    assert list((state_dir() / "restyle").iterdir())
    model = ScriptedModel(default=_answer)
    result, events = run(model, text=_three(), style="noir")
    whole, _ = run(ScriptedModel(default=_answer), text=_three(), style="noir")
    assert result.text == whole.text
    assert any(isinstance(e, Warned) and e.notice.code == "craft.resumed" for e in events)
    assert not [
        1 for asked in model.asked if asked.prompt.messages[-1].text.count("two hours") and len(model.asked) > 4
    ]
    assert not list((state_dir() / "restyle").iterdir())


def test_another_request_starts_anew() -> None:
    with pytest.raises(BimoError):
        run(ScriptedModel([_answer, _answer, ModelError("models.script_ended")]), text=_three(), style="noir", seed=1)
    _, events = run(ScriptedModel(default=_answer), text=_three(), style="noir", seed=2)
    assert not [event for event in events if isinstance(event, Warned) and event.notice.code == "craft.resumed"]


def test_stopping_keeps_what_is_written() -> None:
    cancel = Cancel()
    events: list[Event] = []
    for event in restyle(RestyleRequest(text=_three(), style="noir"), Context(cancel), ScriptedModel(default=_answer)):
        events.append(event)
        if isinstance(event, Piece):
            cancel.cancel()
    result = events[-1]
    assert isinstance(result, Result)
    assert result.stopped
    assert result.text.startswith("Tom stood in the cold rain, waiting two hours")


_CHILD = """
import sys, time
from bimo.craft.events import Piece
from bimo.craft.registry import Context
from bimo.craft.restyle import RestyleRequest, restyle
from bimo.models.scripted import ScriptedModel
sys.path.insert(0, sys.argv[1])
from test_restyle import _answer, _three
for event in restyle(RestyleRequest(text=_three(), style="noir"), Context(), ScriptedModel(default=_answer)):
    if isinstance(event, Piece):
        print("piece", flush=True)
        time.sleep(float(sys.argv[2]))
"""


def test_a_killed_run_loses_no_finished_part() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(Path(__file__).parent), "0.2"], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    with child, child.stdout:
        # The first part is kept before the second is shown.
        assert [child.stdout.readline() for _ in range(2)] == ["piece\n", "piece\n"]
        child.send_signal(signal.SIGKILL)
    model = ScriptedModel(default=_answer)
    started = time.monotonic()
    result, events = run(model, text=_three(), style="noir")
    assert time.monotonic() - started < 30
    assert next(event.notice.code for event in events if isinstance(event, Warned)) == "craft.resumed"
    assert len(result.text.split("\n")) == 3
    assert not any("two hours" in event.text.rpartition("[user]")[2] for event in events if isinstance(event, Asked))
