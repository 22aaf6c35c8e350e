"""What jobs do: run a tool for a scene and keep what it proposed, go on at the cursor, run a recipe."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from bimo.craft import recipe as recipes
from bimo.craft import runner
from bimo.craft.continue_ import ContinueRequest
from bimo.craft.events import Asked, Result
from bimo.craft.registry import Context, Request, Tool, find_tool
from bimo.craft.session import Session
from bimo.desk.values import Revision
from bimo.models.protocol import Cancel, Model, Prompt, Sampling
from bimo.studio import shapes
from bimo.studio.contexts import Cursor, shown, works_on
from bimo.studio.house import Studio
from bimo.studio.jobs import Job, Told
from bimo.studio.places import Places
from bimo.text.errors import BimoError, Language
from bimo.text.sentences import sentences
from bimo.text.spans import Span

# The text before the cursor that a ghost goes on from, in code points: 600 to 800 tokens, half a minute of reading on
# two cores when a scene is opened. Its beginning moves in steps, so that the engine has read nearly all of it already
# when the writer pauses again.
_BEFORE, _STEPS = {"zh": 1200, "en": 3000}, 3
# Where it may begin: a word after a mark or a line's end, which every tokenizer cuts there. Cut elsewhere, the first
# token would be another one, and the engine would find nothing of what it has read.
_FRESH = re.compile(r"(?<=[.!?;:,。！？…；：，、])(?= ?[^\W\d])|(?<=\n)(?=\w)")
# Prompts kept with a suggestion; beyond it, the last ones.
_PROMPT = 200_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a work a tool was asked: about a span of a saved revision, or about a work as a whole."""

    work: str | None = None
    scene: str | None = None
    based_on: Revision | None = None
    span: Span | None = None


@dataclass
class ToolRun:
    """One run of a writing tool. Called by the job's thread."""

    studio: Studio
    tool: Tool
    request: Request
    place: Place
    cursor: Cursor | None = None
    prompts: list[str] = field(default_factory=list)
    model: str = ""

    def __call__(self, job: Job) -> Iterator[Told]:
        """Run the tool, and keep what it proposed with the request that made it."""
        places = Places(str(getattr(self.request, self.request.main)))
        kept = False
        try:
            model = self.studio.model(job.page)
            self.model = self.studio.model_id
            context = Context(job.cancel)
            if self.cursor is not None:
                seen = self.cursor.seen(self.studio.desk, model)
                yield "seen", shown(seen, job.lang)
                text = not works_on(seen, str(getattr(self.request, self.request.main)))
                context = seen.context(job.cancel, text=text)
            for event in self.tool.run(self.request, context, model):
                if isinstance(event, Asked):
                    self.prompts.append(event.text)
                name, data = shapes.event(event, job.lang, places)
                if isinstance(event, Result):
                    kept = True
                    data = dict(data) | {"suggestion": self._keep(list(data["alternatives"]))}
                yield name, data
        finally:
            # What was written before it failed or was stopped is the writer's to take all the same.
            if not kept and job.text.strip():
                self.keep_unfinished(job)

    def keep_unfinished(self, job: Job) -> None:
        """Keep what a job has written so far as a suggestion of its work, and tell so."""
        unfinished = {"text": job.text, "measures": [], "data": {"unfinished": True}}
        job.tell("kept", {"suggestion": self._keep([unfinished])})

    def call(self) -> dict[str, Any]:
        """What was asked, as plain values from which `rescue` makes this run again."""
        place = self.place
        return {
            "request": self.request.model_dump(mode="json"),
            "model": self.studio.model_id,
            "based_on": place.based_on.id if place.based_on else None,
            "span": [place.span.start, place.span.end] if place.span else None,
        }

    def _keep(self, alternatives: list[dict[str, Any]]) -> str | None:
        place = self.place
        if place.work is None or not any(each["text"].strip() or each["data"] for each in alternatives):
            return None
        kept = self.studio.desk.suggestions.add(
            place.work,
            self.tool.id,
            self.request.model_dump(mode="json"),
            alternatives,
            scene=place.scene,
            model=self.model,
            seed=self.request.seed,
            prompt="\n\n\n".join(self.prompts)[-_PROMPT:],
            based_on=place.based_on.id if place.based_on else None,
            asked=place.span,
        )
        return kept.id


def rescue(studio: Studio, job: Job) -> None:
    """Keep what a tool had written when the server was killed, if nobody has kept it yet."""
    if "request" not in job.call or not job.text.strip() or {"result", "kept"} & {name for name, _ in job.events}:
        return
    # The work, the revision or the tool may be gone; then the text is in the job alone.
    with suppress(BimoError, ValidationError):
        tool, call = find_tool(job.kind), job.call
        based_on = studio.desk.revisions.get(call["based_on"]) if call["based_on"] else None
        span = Span(*call["span"]) if call["span"] else None
        place = Place(job.about.get("work"), job.about.get("scene"), based_on, span)
        prompts = [str(data["text"]) for name, data in job.events if name == "asked"]
        run = ToolRun(studio, tool, tool.request.model_validate(call["request"]), place, None, prompts, call["model"])
        run.keep_unfinished(job)


@dataclass(frozen=True, slots=True)
class Ghost:
    """A few words at the cursor: the shortest way from the text to the model. `n` alternatives, each after `begin`."""

    studio: Studio
    before: str
    lang: Language
    tokens: int = 24
    n: int = 1
    cursor: Cursor | None = None
    begin: str = ""

    def __call__(self, job: Job) -> Iterator[Told]:
        """Write, show each word as it comes, and end with the alternatives."""
        model = self.studio.model(job.page, urgent=True)
        known = self.cursor.at_once(self.studio.desk, model) if self.cursor else ()
        session, prefix = begin(model, self.before, self.lang, known, job.cancel, self.begin)
        sampling = replace(session.prose(max_tokens=self.tokens, n=self.n, names=(self.before,)), loose=True)
        texts = [self.begin] * self.n
        if self.begin:
            yield "piece", {"text": self.begin, "restart": False}
        prompt = Prompt(tuple(session.turns), prefix)
        for chunk in model.stream(prompt, sampling, cancel=job.cancel):
            before = len(texts[chunk.index])
            texts[chunk.index] += chunk.text
            if chunk.index == 0 and chunk.text:
                first = _first_sentence(texts[0], self.lang)
                if fresh := (texts[0] if first is None else first)[before:]:
                    yield "piece", {"text": fresh, "restart": False}
                if first is not None and self.n == 1:
                    # Leaving the loop ends the request, so that the engine is free again.
                    break
        cut = list(dict.fromkeys(filter(str.strip, (_short(text, self.lang) for text in texts))))
        alternatives = [{"text": text, "measures": [], "data": {}} for text in cut]
        yield "result", {"alternatives": alternatives, "stopped": job.cancel.cancelled, "suggestion": None}


def considered(
    model: Model, before: str, lang: Language, count: int, background: tuple[tuple[str, str], ...]
) -> list[dict[str, Any]]:
    """What the model thinks of writing next after `before`: tokens with their probabilities, the likeliest first."""
    cancel = Cancel()
    session, prefix = begin(model, before, lang, background, cancel)
    sampling = Sampling(max_tokens=1, temperature=0.0, logprobs=count, loose=True)
    found: list[dict[str, Any]] = []
    for chunk in model.stream(Prompt(tuple(session.turns), prefix), sampling, cancel=cancel):
        for token in chunk.tokens[:1]:
            # A token may be part of a character only; it cannot be shown or chosen.
            whole = [(text, logprob) for text, logprob in token.others if text.strip() and "\ufffd" not in text]
            found = [{"text": text, "probability": math.exp(logprob)} for text, logprob in whole]
    return found


def begin(
    model: Model, before: str, lang: Language, background: tuple[tuple[str, str], ...], cancel: Cancel, more: str = ""
) -> tuple[Session, str]:
    """The talk in which the text before the cursor, and `more` behind it, is the model's own answer so far."""
    session = Session.begin("continue", ContinueRequest(text=before), Context(cancel), model, lang)
    known = "\n\n".join(f"{name}\n{text}" for name, text in background)
    session.say("ask", hint="", background=known)
    step = _BEFORE[lang] // _STEPS
    start = max(0, math.ceil(len(before) / step) - _STEPS) * step
    if start and (fresh := _FRESH.search(before, start, start + step)):
        start = fresh.start()
    return session, before[start:] + more if more else before[start:].rstrip(" \t")


def _first_sentence(text: str, lang: Language) -> str | None:
    """The first sentence, once another begins or the line ends; None before."""
    line, broken, _ = text.partition("\n")
    spans = sentences(line, lang)
    if len(spans) > 1:
        return line[: spans[0].end]
    return line if broken and line.strip() else None


def _short(text: str, lang: Language) -> str:
    """The first sentence; of an unfinished one no more than whole words."""
    first = _first_sentence(text, lang)
    if first is not None:
        return first
    if lang == "en" and text[-1:].isalpha() and " " in text.strip():
        return text[: text.rfind(" ")]
    return text.rstrip("\n")


@dataclass(frozen=True, slots=True)
class RecipeRun:
    """One run of a shipped recipe in a folder of its own; the same recipe, idea and model go on where they stopped."""

    studio: Studio
    recipe: recipes.Recipe
    idea: str
    lang: Language
    seed: int | None = None

    def __call__(self, job: Job) -> Iterator[Told]:
        """Run the recipe and tell of each step."""
        id = self.studio.model_id
        folder = runner.default_folder(self.recipe, self.idea, self.lang, self.seed, id)
        told = runner.run(
            self.recipe,
            self.idea,
            lang=self.lang,
            model=lambda: self.studio.model(job.page),
            folder=folder,
            seed=self.seed,
            model_id=id,
            cancel=job.cancel,
        )
        done: list[dict[str, Any]] = []
        for event in told:
            if isinstance(event, runner.StepStarted):
                heading = event.step.heading(job.lang)
                step = {"id": event.step.id, "title": heading, "number": event.number, "total": event.total}
                yield "step", step
                yield "piece", {"text": "", "restart": True}
            elif isinstance(event, runner.StepEvent):
                name, data = shapes.event(event.event, job.lang, Places(""))
                if name != "result":
                    yield name, data
            elif isinstance(event, runner.StepDone):
                files = [str(name) for name in event.data.get("files", ())]
                done.append({"id": event.step.id, "text": event.text, "files": files, "resumed": event.resumed})
                yield "step_done", done[-1]
        yield "result", {"alternatives": [], "steps": done, "run": folder.name, "stopped": job.cancel.cancelled}
