"""One tool at work: the talk with the model so far, what may be sampled, and what is told to the writer meanwhile."""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from bimo.craft.events import Asked, Event, Piece, Progress, Warned
from bimo.craft.manner import own_pages
from bimo.craft.registry import Context, Request
from bimo.craft.script import Script, script
from bimo.craft.taste import taste
from bimo.critique.prose import lists
from bimo.models.protocol import Message, Model, Prompt, Sampling
from bimo.text.errors import InputError, Language, Notice
from bimo.text.language import detect
from bimo.text.sentences import sentences

Kind = Literal["prose", "ideas", "verse", "exact"]

# Letters that have no place in a paragraph of prose: marks of code and Markdown, line ends, and the other script.
_AVOID = {"zh": r"A-Za-z`*#<>{}_=\[\]\n", "en": r"一-鿿`*#<>{}_=\[\]\n"}
# More text than this is work for a night; a chapter is a better portion.
LONGEST = 200_000


@cache
def _presets() -> dict[str, dict[str, dict[str, Any]]]:
    return tomllib.loads((files("bimo.craft") / "presets.toml").read_text(encoding="utf-8"))


def preset(lang: Language, kind: Kind) -> Sampling:
    """The sampling chosen by experiment for this language and kind of work."""
    return Sampling(**_presets()[lang][kind])


def language_of(request: Request, *texts: str) -> Language:
    """The language to write in: the one asked for, else that of the writer's own words."""
    return request.lang or detect("\n".join(texts))


def required(text: str) -> str:
    """The writer's text, without blank edges. Raises InputError if nothing is left or it is too much for one run."""
    if not text.strip():
        raise InputError("text.empty")
    if len(text) > LONGEST:
        raise InputError("craft.too_long", length=len(text), limit=LONGEST)
    return text.strip()


@dataclass
class Session:
    """The talk of one run of a tool with the model.

    `turns` are the messages so far; a tool appends to them, so that each request begins like the one before it and
    the engine reads only what is new. `pages` are the writer's own that the model was shown.
    """

    model: Model
    context: Context
    lang: Language
    script: Script
    seed: int
    turns: list[Message]
    pages: str = ""

    @classmethod
    def begin(cls, tool: str, request: Request, context: Context, model: Model, lang: Language) -> Session:
        """Open the talk with the tool's system part, and pages of the writer's own if the model is a voice.

        With a seed, the model forgets what it knew.
        """
        if request.seed is not None:
            model.forget()
        words = script(tool, lang)
        seed = request.seed if request.seed is not None else secrets.randbelow(2**31)
        pages = own_pages(tool, request, model, lang)
        system = "\n\n".join(filter(None, (words.say("system") if "system" in words.parts else "", pages)))
        turns = [Message("system", system)] if system else []
        return cls(model, context, lang, words, seed, turns, pages)

    @property
    def stopped(self) -> bool:
        """Whether the writer asked to stop."""
        return self.context.cancel.cancelled

    def again(self, number: int) -> Session:
        """The same talk for alternative `number`, with seeds of its own."""
        return replace(self, seed=(self.seed + 7919 * number) % 2**32, turns=list(self.turns))

    def show_manner(self) -> None:
        """Add the example turns, if the model is small enough to need them."""
        if self.model.info.small:
            self.turns += self.script.examples

    def say(self, part: str, **values: object) -> None:
        """Add a part of the script as the writer's turn."""
        self.turns.append(Message("user", self.script.say(part, **values)))

    def answered(self, text: str) -> None:
        """Add what the model is held to have answered."""
        self.turns.append(Message("assistant", text))

    def prose(self, kind: Kind = "prose", *, names: Sequence[str] = (), **changes: Any) -> Sampling:
        """Sampling for one paragraph of prose, without set phrases, code marks or letters of the other script.

        Phrases that occur in `names` (the writer's own words) are not banned.
        """
        own = "\n".join(names)
        borrowed = self.script.parts.get("example.names", "").split()
        bans = tuple(
            phrase for phrase in (*lists(self.lang).bans, *taste(self.lang).bans, *borrowed) if phrase not in own
        )
        avoid = _AVOID[self.lang]
        if self.lang == "zh" and any(letter.isascii() and letter.isalpha() for letter in own):
            avoid = avoid.replace("A-Za-z", "")
        return replace(replace(preset(self.lang, kind), bans=bans, avoid=avoid), **changes)

    def ask(
        self, sampling: Sampling, *, prefix: str = "", offset: int = 0, show: bool = False
    ) -> Generator[Event | str, None, None]:
        """Ask with the turns so far: events for the writer, and the pieces of the answer as strings.

        `offset` tells requests of one run apart, each with a seed of its own. With `show`, pieces are shown as they
        come.
        """
        prompt = Prompt(tuple(self.turns), prefix)
        text = "\n\n".join(f"[{turn.role}]\n{turn.text}" for turn in prompt.messages)
        yield Asked(f"{text}\n\n[assistant]\n{prefix}" if prefix else text, self.model.count(text + prefix))
        seeded = replace(sampling, seed=(self.seed + 104729 * offset) % 2**32)
        for chunk in self.model.stream(prompt, seeded, cancel=self.context.cancel):
            if chunk.notice is not None:
                yield Warned(chunk.notice)
            if chunk.text:
                yield chunk.text
                if show:
                    yield Piece(chunk.text)

    def answer(
        self, sampling: Sampling, *, prefix: str = "", offset: int = 0, show: bool = False
    ) -> Generator[Event, None, str]:
        """Like `ask`, with the whole answer as the value of `yield from`."""
        pieces: list[str] = []
        for event in self.ask(sampling, prefix=prefix, offset=offset, show=show):
            if isinstance(event, str):
                pieces.append(event)
            else:
                yield event
        return "".join(pieces)

    def room(self, wanted: int) -> int:
        """Tokens left for text when `wanted` are kept for the answer and the turns so far stay."""
        used = sum(self.model.count(turn.text) + 8 for turn in self.turns)
        return self.model.info.context - used - wanted - 64

    def background(self, wanted: int) -> Generator[Event, None, str]:
        """What the context knows, the most stable first, as far as there is room; tells what is dropped."""
        room = self.room(wanted)
        kept = []
        for name, text in self.context.background:
            tokens = self.model.count(text)
            if tokens <= room:
                kept.append(f"{name}\n{text}")
                room -= tokens
            else:
                yield Warned(Notice.of("craft.dropped", name=name, tokens=tokens))
        return "\n\n".join(kept)

    def tail(self, text: str, tokens: int) -> Generator[Event, None, str]:
        """The last whole sentences of `text` that fit into `tokens`; tells how much was left out."""
        # A token is seldom more than eight letters, so what stands before cannot fit; this spares counting 2 MB.
        near = text[-8 * max(tokens, 1) :]
        if len(near) == len(text) and self.model.count(text) <= tokens:
            return text
        spans = sentences(near, self.lang)
        low, high = 0, len(spans) - 1
        while low < high:
            middle = (low + high) // 2
            if self.model.count(near[spans[middle].start :]) <= tokens:
                high = middle
            else:
                low = middle + 1
        kept = near[spans[low].start :] if spans else near
        yield Warned(Notice.of("craft.left_out", characters=len(text) - len(kept), kept=len(kept)))
        return kept


def step(code: str, number: int = 0, total: int = 0, **details: object) -> Progress:
    """A progress event with its message."""
    return Progress(Notice.of(f"craft.{code}", **details), number, total)
