from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from recipe_tools import ECHO, RECIPE

import bimo.publish.step  # noqa: F401  # registers the publish step
from bimo.craft import recipe, registry, runner
from bimo.craft.events import Piece
from bimo.models.protocol import Cancel, Model
from bimo.models.scripted import ScriptedModel
from bimo.text.errors import BimoError, BusyError, FileError, InputError, Language, ModelError


@pytest.fixture(autouse=True)
def echo_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    registry.all_tools()
    monkeypatch.setattr(registry, "_tools", {**registry._tools, "echo": ECHO})


@pytest.fixture
def three(tmp_path: Path) -> recipe.Recipe:
    (tmp_path / "three.toml").write_text(RECIPE, encoding="utf-8")
    return recipe.load(str(tmp_path / "three.toml"))


def echoing() -> ScriptedModel:
    return ScriptedModel(default=lambda prompt, sampling: f"<{prompt.messages[1].text}>")


def run(
    loaded: recipe.Recipe, folder: Path, model: Model | Callable[[], Model] | None = None, **options: object
) -> list[runner.RecipeEvent]:
    opened = model if callable(model) else lambda: model or echoing()
    given: dict[str, object] = {"lang": "en", **options}
    return list(runner.run(loaded, str(given.pop("idea", "An idea")), model=opened, folder=folder, **given))  # type: ignore[arg-type]


def refuse() -> Model:
    raise AssertionError("the model was opened although no step needs it")


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_each_step_is_kept_and_feeds_the_next(three: recipe.Recipe, tmp_path: Path) -> None:
    model = echoing()
    events = run(three, tmp_path / "run", model, seed=5)
    assert [asked.prompt.messages[1].text for asked in model.asked] == [
        "An idea", "<An idea>, again", "<<An <<An idea>, again>",
    ]  # fmt: skip
    assert {asked.sampling.seed for asked in model.asked} == {5}
    assert [event.step.id for event in events if isinstance(event, runner.StepDone)] == [
        "first",
        "second",
        "third",
        "edition",
    ]
    kept = contents(tmp_path / "run")
    assert kept["02-second.md"] == b"<<An idea>, again>\n"
    assert json.loads(kept["02-second.json"])["request"]["mood"] == ["<An", "idea>"]
    card = json.loads(kept["run.json"])
    assert (card["idea"], card["lang"], card["seed"], card["recipe_hash"]) == ("An idea", "en", 5, three.hash)
    assert not [name for name in kept if "partial" in name or name.endswith(".new")]


@pytest.mark.parametrize(("lang", "second"), [("zh", "<<怀表>，再来>"), ("en", "<<怀表>, again>")])
def test_both_languages(three: recipe.Recipe, tmp_path: Path, lang: Language, second: str) -> None:
    run(three, tmp_path / "run", idea="怀表", lang=lang)
    record = json.loads((tmp_path / "run/02-second.json").read_text(encoding="utf-8"))
    assert record["alternatives"][0]["text"] == second
    assert record["request"]["lang"] == lang


def test_a_finished_run_asks_for_no_model_and_changes_nothing(three: recipe.Recipe, tmp_path: Path) -> None:
    run(three, tmp_path / "run")
    before = contents(tmp_path / "run")
    events = run(three, tmp_path / "run", refuse)
    assert all(event.resumed for event in events if isinstance(event, runner.StepDone))
    assert contents(tmp_path / "run") == before


def test_an_edition_that_was_removed_is_made_again(three: recipe.Recipe, tmp_path: Path) -> None:
    run(three, tmp_path / "run")
    before = contents(tmp_path / "run")
    (tmp_path / "run/edition.html").unlink()
    run(three, tmp_path / "run", refuse)
    assert contents(tmp_path / "run") == before


def test_a_failure_keeps_what_came_and_the_next_run_goes_on(three: recipe.Recipe, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with pytest.raises(BusyError):
        run(three, folder, ScriptedModel(["one", BusyError("models.script_ended", partial="half a")]))
    assert (folder / "02-second.partial.txt").read_text() == "half a"
    model = ScriptedModel(["two", "three"])
    run(three, folder, model)
    assert len(model.asked) == 2
    assert (folder / "01-first.md").read_text() == "one\n"
    assert not (folder / "02-second.partial.txt").exists()


def test_stopping_keeps_the_text_so_far(three: recipe.Recipe, tmp_path: Path) -> None:
    cancel, model = Cancel(), ScriptedModel(["one", "a longer second text"])
    events: list[runner.RecipeEvent] = []
    for event in runner.run(three, "x", lang="en", model=lambda: model, folder=tmp_path / "run", cancel=cancel):
        events.append(event)
        if isinstance(event, runner.StepEvent) and event.step.id == "second" and isinstance(event.event, Piece):
            cancel.cancel()
    partial = tmp_path / "run/02-second.partial.txt"
    assert events[-1] == runner.Stopped(three.steps[1], partial)
    assert partial.read_text() == "a lo"
    assert not (tmp_path / "run/02-second.json").exists()


def test_a_second_attempt_does_not_overwrite_the_first(three: recipe.Recipe, tmp_path: Path) -> None:
    for _ in range(2):
        steps = runner.run(
            three, "x", lang="en", model=lambda: ScriptedModel(["a longer text"]), folder=tmp_path / "run"
        )
        next(event for event in steps if isinstance(event, runner.StepEvent))
        steps.close()  # type: ignore[attr-defined]
    assert (tmp_path / "run/01-first.partial.txt").read_text() == "a lo\n\n* * *\n\na lo"


@pytest.mark.parametrize("changed", [{"idea": "Another"}, {"lang": "zh"}, {"seed": 7}, {"model_id": "other"}])
def test_another_run_is_not_mixed_in(three: recipe.Recipe, tmp_path: Path, changed: dict[str, object]) -> None:
    run(three, tmp_path / "run")
    before = contents(tmp_path / "run")
    with pytest.raises(InputError, match=r"craft\.run_other.*An idea"):
        run(three, tmp_path / "run", refuse, **changed)
    assert contents(tmp_path / "run") == before
    given: dict[str, object] = {"idea": "An idea", "lang": "en", "seed": None, **changed}
    assert runner.default_folder(three, **given) != runner.default_folder(three, "An idea", "en", None)  # type: ignore[arg-type]


def test_a_folder_with_other_files_is_left_alone(three: recipe.Recipe, tmp_path: Path) -> None:
    (tmp_path / "novel.md").write_text("mine")
    with pytest.raises(InputError, match="run_folder_used"):
        run(three, tmp_path, refuse)


def test_an_idea_must_be_there(three: recipe.Recipe, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="recipe_no_idea"):
        run(three, tmp_path / "run", refuse, idea=" \n　")
    with pytest.raises(InputError, match="recipe_idea_encoding"):
        run(three, tmp_path / "run", refuse, idea="\udcff")


def test_a_folder_that_cannot_be_written(three: recipe.Recipe, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="run_write"):
        run(three, tmp_path / "file/run", refuse)


def test_a_disk_that_fails_later_costs_one_step_at_most(three: recipe.Recipe, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    (folder / "02-second.md.new").mkdir(parents=True)
    with pytest.raises(FileError, match=r"02-second\.md"):
        run(three, folder)
    assert (folder / "02-second.partial.txt").read_text() == "<<An idea>, again>"
    (folder / "02-second.md.new").rmdir()
    model = echoing()
    run(three, folder, model)
    assert len(model.asked) == 2


def test_a_step_without_text(three: recipe.Recipe, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="step_empty"):
        run(three, tmp_path / "run", ScriptedModel([""]))


@pytest.mark.parametrize("damage", ["", "[]", "{}", '{"alternatives": []}'])
def test_a_damaged_record_is_not_believed(three: recipe.Recipe, tmp_path: Path, damage: str) -> None:
    run(three, tmp_path / "run")
    (tmp_path / "run/01-first.json").write_text(damage)
    with pytest.raises(FileError, match="run_damaged"):
        run(three, tmp_path / "run", refuse)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("{first.text}, again", "{first.data.wrods.0}", "recipe_no_field"),
        ("{first.data.words}", "{first.text}", "recipe_type"),
    ],
)
def test_what_an_earlier_step_does_not_give(tmp_path: Path, old: str, new: str, code: str) -> None:
    (tmp_path / "r.toml").write_text(RECIPE.replace(old, new), encoding="utf-8")
    with pytest.raises(BimoError, match=rf"craft\.{code}.*second"):
        run(recipe.load(str(tmp_path / "r.toml")), tmp_path / "run")
    assert (tmp_path / "run/01-first.json").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_moment_it_goes_on_and_gives_the_same_edition(tmp_path: Path) -> None:
    log, source = tmp_path / "asked.log", tmp_path / "three.toml"
    source.write_text(RECIPE, encoding="utf-8")
    command = [sys.executable, str(Path(__file__).with_name("recipe_tools.py")), str(log), str(source)]
    dice = random.Random(1)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as server:

        def attempt(folder: Path, kill_after: float | None = None) -> bool:
            """Whether the run came to its end; `log` then names what was asked."""
            assert server.stdin
            assert server.stdout
            log.write_text("")
            server.stdin.write(f"{folder}\n")
            child = int(server.stdout.readline())
            if kill_after is not None:
                time.sleep(kill_after)
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            return server.stdout.readline() == "0\n"

        attempt(tmp_path / "warm")
        began = time.monotonic()
        assert attempt(tmp_path / "calm")
        took = time.monotonic() - began
        calm, requests = contents(tmp_path / "calm"), log.read_text().splitlines()
        kills = runs = 0
        while kills < 20:
            runs += 1
            folder = tmp_path / f"run{runs}"
            ended = False
            while not ended:
                finished = len(list(folder.glob("??-*.json")))
                ended = attempt(folder, dice.uniform(0, took))
                kills += not ended
                asked = log.read_text().splitlines()
                assert asked == requests[finished:][: len(asked)], "a finished step was asked again"
                for file in folder.glob("*.json"):
                    json.loads(file.read_text(encoding="utf-8"))
            assert contents(folder) == calm
        assert server.stdin
        server.stdin.close()
