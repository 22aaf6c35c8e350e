"""Running a recipe, so that nothing finished is ever done twice and nothing written is ever lost.

A run owns a folder. `run.json` says which run it is. Each finished step leaves `NN-id.md` to read and `NN-id.json`,
which is written last and marks the step as done; both appear whole or not at all. While a step runs, its text gathers
in `NN-id.partial.txt`. A process killed at any point is resumed by running the same recipe again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TextIO

from pydantic import BaseModel

from bimo import __version__
from bimo.craft.events import Event, Piece, Result
from bimo.craft.recipe import Place, Recipe, Step, find_kind, request_for
from bimo.craft.registry import Context, Tool
from bimo.models.protocol import Cancel, Model
from bimo.text.errors import BimoError, FileError, InputError, Language, ModelError


@dataclass(frozen=True, slots=True)
class StepStarted:
    """Step `number` of `total` begins, or is found already done."""

    step: Step
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class StepEvent:
    """What the tool of a step reports while it works."""

    step: Step
    event: Event


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step is finished and kept. `resumed` if an earlier run had finished it; `file` is its text to read.

    `request` is what the tool was asked, as plain values.
    """

    step: Step
    text: str
    data: Mapping[str, Any]
    request: Mapping[str, Any]
    file: Path
    resumed: bool


@dataclass(frozen=True, slots=True)
class Stopped:
    """The writer stopped the run within `step`; `partial` holds what had been written, if anything was."""

    step: Step
    partial: Path | None


RecipeEvent = StepStarted | StepEvent | StepDone | Stopped


def default_folder(recipe: Recipe, idea: str, lang: Language, seed: int | None, model_id: str = "") -> Path:
    """The folder of a run when the writer names none: another one for every recipe, idea, language, seed and model."""
    from bimo.models import places

    identity = json.dumps(_identity(recipe, idea, lang, seed, model_id), sort_keys=True)
    return places.state_dir() / "runs" / f"{recipe.name}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"


def run(
    recipe: Recipe,
    idea: str,
    *,
    lang: Language,
    model: Callable[[], Model],
    folder: Path,
    seed: int | None = None,
    model_id: str = "",
    cancel: Cancel | None = None,
) -> Iterator[RecipeEvent]:
    """Run a recipe, or go on with it where it was cut off.

    `model` is called at most once, and only if a step still needs it; the caller closes what it opened. `model_id`
    says which it is, for no run goes on with another one. Ends with `Stopped` after `cancel`. Raises InputError (no
    idea, a folder of another run, an option that earlier steps cannot fill), FileError (the folder cannot be written),
    ModelError (a step wrote nothing), and whatever the tools raise.
    """
    if not idea.strip():
        raise InputError("craft.recipe_no_idea")
    cancel = cancel or Cancel()
    kept = _Kept(folder)
    kept.claim(_identity(recipe, idea, lang, seed, model_id))
    opened = cache(model)
    fields: dict[str, object] = {"idea": idea.strip(), "lang": lang}
    for number, step in enumerate(recipe.steps, 1):
        yield StepStarted(step, number, len(recipe.steps))
        stem = f"{number:02}-{step.id}"
        record = kept.read(stem)
        resumed = record is not None
        if record is None:
            request = request_for(step, fields, lang, seed, recipe.name)
            events = _events(step, request, opened, Place(folder, step.id, lang, cancel))
            result = yield from kept.gather(stem, step, events)
            if result.stopped or cancel.cancelled:
                partial = kept.partial(stem)
                yield Stopped(step, partial if partial.exists() else None)
                return
            if not result.text.strip():
                raise ModelError("craft.step_empty", step=step.id)
            record = kept.finish(stem, step, request, result)
        best = record["alternatives"][0]
        fields[step.id] = {"text": best["text"], "data": best["data"]}
        yield StepDone(step, best["text"], best["data"], record["request"], folder / f"{stem}.md", resumed)


def _events(step: Step, request: BaseModel, model: Callable[[], Model], place: Place) -> Iterator[Event]:
    kind = find_kind(step.tool)
    if isinstance(kind, Tool):
        return kind.run(request, Context(cancel=place.cancel), model())
    return kind.run(request, place)


def _identity(recipe: Recipe, idea: str, lang: Language, seed: int | None, model_id: str) -> dict[str, object]:
    try:
        idea.encode()
    except UnicodeEncodeError:
        raise InputError("craft.recipe_idea_encoding") from None
    return {
        "recipe": recipe.name,
        "recipe_hash": recipe.hash,
        "idea": idea.strip(),
        "lang": lang,
        "seed": seed,
        "model": model_id,
    }


class _Kept:
    """The folder of a run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def claim(self, identity: Mapping[str, object]) -> None:
        """Make the folder ours, or see that it is. Never mixes two runs, nor a run with other files."""
        card = self._folder / "run.json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            strangers = [file.name for file in self._folder.iterdir() if not file.name.endswith(".new")]
        except OSError as error:
            raise _failed(self._folder, error) from error
        if not card.exists():
            if strangers:
                raise InputError("craft.run_folder_used", folder=self._folder, file=min(strangers))
            _write(card, _json({**identity, "bimo": __version__}))
            return
        for unfinished in self._folder.glob("*.new"):
            with suppress(OSError):
                unfinished.unlink()
        before = _load(card)
        for name, value in identity.items():
            if before.get(name) != value:
                raise InputError("craft.run_other", folder=self._folder, what=name, idea=before.get("idea"))

    def read(self, stem: str) -> dict[str, Any] | None:
        """The record of a finished step, or None; a step whose published files are gone is not finished."""
        file = self._folder / f"{stem}.json"
        if not file.exists():
            return None
        record = _load(file)
        try:
            best = record["alternatives"][0]
            files = [self._folder / name for name in best["data"].get("files", ())]
            if not isinstance(best["text"], str) or not isinstance(record["request"], dict):
                raise TypeError(record)
        except (LookupError, TypeError, AttributeError) as error:
            raise FileError("craft.run_damaged", file=file) from error
        if not all(file.exists() for file in files):
            return None
        self._drop_partial(stem)
        return record

    def partial(self, stem: str) -> Path:
        """Where the text of a step gathers while it runs."""
        return self._folder / f"{stem}.partial.txt"

    def gather(self, stem: str, step: Step, events: Iterator[Event]) -> Generator[StepEvent, None, Result]:
        """Pass on the events of a step, keeping its text as it comes; returns its result."""
        with ExitStack() as stack:
            if isinstance(events, Generator):
                stack.callback(events.close)
            partial: TextIO | None = None
            try:
                for event in events:
                    if isinstance(event, Piece):
                        partial = partial or stack.enter_context(self._open_partial(stem))
                        _add(partial, f"{_AGAIN}{event.text}" if event.restart else event.text)
                    yield StepEvent(step, event)
                    if isinstance(event, Result):
                        return event
            except BimoError as error:
                # A tool that shows nothing before it is sure still hands over what it had when it failed.
                if error.partial and partial is None:
                    _add(stack.enter_context(self._open_partial(stem)), error.partial)
                raise
        raise RuntimeError(f"the tool of step {step.id!r} ended without a result")

    def _open_partial(self, stem: str) -> TextIO:
        file = self.partial(stem)
        try:
            before = file.exists()
            partial = file.open("a", encoding="utf-8")
        except OSError as error:
            raise _failed(file, error) from error
        if before:
            partial.write(_AGAIN)
        return partial

    def finish(self, stem: str, step: Step, request: BaseModel, result: Result) -> dict[str, Any]:
        """Keep what a step gave, and return it as `read` will."""
        record = {
            "step": step.id,
            "tool": step.tool,
            "request": request.model_dump(mode="json"),
            "alternatives": [
                {"text": one.text, "data": dict(one.data), "measures": [asdict(measure) for measure in one.measures]}
                for one in result.alternatives
            ],
        }
        # Through JSON and back, so that a run cut off and resumed sees the very same values as an undisturbed one.
        text = _json(record)
        _write(self._folder / f"{stem}.md", result.text.rstrip("\n") + "\n")
        _write(self._folder / f"{stem}.json", text)
        self._drop_partial(stem)
        kept: dict[str, Any] = json.loads(text)
        return kept

    def _drop_partial(self, stem: str) -> None:
        with suppress(OSError):
            self.partial(stem).unlink(missing_ok=True)


# Between what was written before and a new attempt, which does not replace it until the step is finished.
_AGAIN = "\n\n* * *\n\n"


def _add(partial: TextIO, text: str) -> None:
    try:
        partial.write(text)
        # To flush is enough to outlive this process; only a power cut could take the last words.
        partial.flush()
    except OSError as error:
        raise _failed(Path(partial.name), error) from error


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=_plain) + "\n"


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def _load(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise _failed(file, error) from error
    except ValueError as error:
        raise FileError("craft.run_damaged", file=file) from error
    if not isinstance(value, dict):
        raise FileError("craft.run_damaged", file=file)
    return value


def _write(file: Path, text: str) -> None:
    """Write a file whole or not at all, also when the process or the machine dies meanwhile."""
    new = file.with_name(f"{file.name}.new")
    try:
        with new.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(file)
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise _failed(file, error) from error


def _failed(path: Path, error: OSError) -> FileError:
    return FileError("craft.run_write", path=path, reason=error.strerror or str(error))
