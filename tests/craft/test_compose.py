"""Composing: lines of a poem, the chorus of a lyric, a screenplay that the edition can read."""

from __future__ import annotations

import itertools

import pytest

from bimo.craft.compose import ComposeRequest, compose
from bimo.craft.events import Result
from bimo.craft.registry import Context
from bimo.models.protocol import Cancel, Prompt, Sampling
from bimo.models.scripted import ScriptedModel
from bimo.publish.document import Character, Dialogue, SceneHeading
from bimo.publish.fountain import from_fountain
from bimo.text.count import length
from bimo.text.errors import Language

LINES = {
    "zh": ["灯在木桩上歪着", "绳子结了一层冰", "有人数船数到七", "他说再等一班", "雨落在铁皮上", "信封压在碗底"],
    "en": ["A lamp leans over the water", "ice has grown on the rope", "somebody counts to seven", "the boat is late"],
}


def poet(lang: Language) -> ScriptedModel:
    turn = itertools.count()
    return ScriptedModel(default=lambda prompt, sampling: LINES[lang][next(turn) % len(LINES[lang])])


def speaker(lang: Language) -> ScriptedModel:
    """A model with enough whole sentences for any window."""
    turn = itertools.count()
    joint, stop = ("", "。") if lang == "zh" else (" ", ".")

    def reply(prompt: Prompt, sampling: Sampling) -> str:
        start = next(turn)
        return joint.join(LINES[lang][(start + i) % len(LINES[lang])] + stop for i in range(60))

    return ScriptedModel(default=reply)


def run(model: ScriptedModel, cancel: Cancel | None = None, **request: object) -> Result:
    given = {"theme": "码头的灯", "lang": "zh", "seed": 1} | request
    result = list(compose(ComposeRequest.model_validate(given), Context(cancel=cancel or Cancel()), model))[-1]
    assert isinstance(result, Result)
    return result


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("lines", [2, 8])
def test_a_poem_has_the_lines_asked_for(lang: Language, lines: int) -> None:
    text = run(poet(lang), lang=lang, lines=lines).text
    assert len(text.split("\n")) == lines
    assert all(line == line.strip() for line in text.split("\n"))


def test_every_line_goes_on_from_the_lines_before() -> None:
    model = poet("zh")
    text = run(model, lines=3).text
    prefixes = [request.prompt.prefix for request in model.asked]
    assert prefixes[0] == ""
    assert prefixes[-1] == "".join(f"{line}\n" for line in text.split("\n")[:2])


def test_a_poem_does_not_end_on_a_comma() -> None:
    text = run(ScriptedModel(default="ice on the rope,"), lang="en", lines=2).text
    assert text == "Ice on the rope,\nice on the rope"


@pytest.mark.parametrize(("lang", "chorus"), [("zh", "【副歌】"), ("en", "[Chorus]")])
def test_the_chorus_comes_back_word_for_word(lang: Language, chorus: str) -> None:
    parts = run(poet(lang), lang=lang, kind="lyric", lines=8).text.split("\n\n")
    assert len(parts) == 4
    assert parts[1] == parts[3]
    assert parts[1].startswith(chorus)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", ["story", "monologue", "screenplay"])
def test_prose_keeps_its_length(lang: Language, kind: str) -> None:
    text = run(speaker(lang), lang=lang, kind=kind, length=200).text
    assert abs(length(text, lang) - 200) <= 24


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_screenplay_can_be_published(lang: Language) -> None:
    text = run(speaker(lang), lang=lang, kind="screenplay", length=160).text
    blocks = from_fountain(text, title="", lang=lang).blocks
    assert isinstance(blocks[0], SceneHeading)
    assert sum(isinstance(block, Character) for block in blocks) >= 2
    assert any(isinstance(block, Dialogue) for block in blocks)


def test_stopping_keeps_the_lines_there_are() -> None:
    cancel = Cancel()
    lines = iter(LINES["zh"])
    asked = itertools.count()

    def reply(prompt: Prompt, sampling: Sampling) -> str:
        if next(asked) == 8:
            cancel.cancel()
        return next(lines, "船")

    result = run(ScriptedModel(default=reply), cancel, lines=12)
    assert result.stopped
    assert len(result.text.split("\n")) == 2
