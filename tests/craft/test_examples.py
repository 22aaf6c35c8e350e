"""Every registered tool runs its examples in both languages, as a small and as a strong model."""

from __future__ import annotations

import pytest
from examples import EXAMPLES, Example

from bimo.craft.events import Alternative, Result
from bimo.craft.registry import Context, all_tools
from bimo.craft.script import script
from bimo.models.protocol import Cancel
from bimo.models.scripted import ScriptedModel
from bimo.text.errors import Language

CASES = [(tool, lang) for tool in all_tools() for lang in ("zh", "en")]


def run(tool: str, example: Example, *, small: bool = True, cancel: Cancel | None = None, **more: object) -> Result:
    found = all_tools()[tool]
    model = ScriptedModel(example.replies, default=example.replies[-1], small=small)
    request = found.request.model_validate(example.request | more)
    events = list(found.run(request, Context(cancel=cancel or Cancel()), model))
    assert isinstance(events[-1], Result)
    assert sum(isinstance(event, Result) for event in events) == 1
    assert model.asked
    return events[-1]


def test_every_tool_has_its_examples() -> None:
    assert set(EXAMPLES) == set(all_tools())


@pytest.mark.parametrize(("tool", "lang"), CASES)
@pytest.mark.parametrize("small", [True, False])
def test_the_example_gives_a_text(tool: str, lang: Language, small: bool) -> None:
    if not small and tool in {"outline", "revise", "spark"}:
        pytest.skip("asks a strong model for another kind of answer; see the tests of the tool")
    result = run(tool, EXAMPLES[tool][lang], small=small)
    best = result.alternatives[0]
    assert isinstance(best, Alternative)
    assert best.text.strip()
    assert not result.stopped


@pytest.mark.parametrize(("tool", "lang"), CASES)
def test_a_stop_before_the_start_ends_at_once(tool: str, lang: Language) -> None:
    cancel = Cancel()
    cancel.cancel()
    found = all_tools()[tool]
    example = EXAMPLES[tool][lang]
    model = ScriptedModel(example.replies, default=example.replies[-1])
    events = list(found.run(found.request.model_validate(example.request), Context(cancel=cancel), model))
    assert isinstance(events[-1], Result)
    assert events[-1].stopped
    assert len(model.asked) <= 2


@pytest.mark.parametrize(("tool", "lang"), CASES)
def test_prompts_stand_beside_the_tool_in_both_languages(tool: str, lang: Language) -> None:
    assert script(tool, lang).parts
