"""The one way to talk to a language model: a prompt goes in, chunks of text come out, and it can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from bimo.text.errors import Notice

Role = Literal["system", "user", "assistant"]
Finish = Literal["stop", "length", "cancelled"]
Ability = Literal["grammar", "schema", "prefix", "bans", "alternatives", "exact_count", "logprobs", "voice"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of the talk with the model."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is asked. `prefix` is the beginning of its answer, which it goes on from.

    Without messages the prefix alone is what the model reads, as plain text to go on from.
    """

    messages: tuple[Message, ...]
    prefix: str = ""

    @classmethod
    def of(cls, system: str, user: str, *, prefix: str = "") -> Prompt:
        """A prompt of one system and one user message."""
        return cls((Message("system", system), Message("user", user)), prefix)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next words are chosen. A backend ignores what it cannot do and says so with one notice.

    `max_tokens` bounds each alternative. `seed` None means a fresh random one. `bans` are phrases that must not
    appear; the backend rewinds to the start of a phrase and goes another way. `avoid` is the inside of a character
    class, such as `A-Za-z#`, that no letter of the answer may be in. `grammar` is GBNF, `schema` a JSON schema; at most
    one of the three. `copies_prompt` says that much of the answer will repeat the prompt, so that a
    backend may draft from it. `end` False forbids the model to end its answer before `max_tokens`. `logprobs` asks how
    likely each token was, and for that many of the likeliest in its place; 0 asks nothing. `voice` is how strongly the
    trained voice speaks, 0 to 2; None means as strongly as it was opened. `loose` lets a backend take words that it
    read at another place for read here: far quicker where the beginning of a text has moved, and no longer the same
    text for the same seed.
    """

    max_tokens: int = 512
    temperature: float = 0.8
    top_p: float = 0.95
    top_k: int = 40
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    dry: float = 0.0
    xtc_probability: float = 0.0
    xtc_threshold: float = 0.1
    seed: int | None = None
    n: int = 1
    stop: tuple[str, ...] = ()
    bans: tuple[str, ...] = ()
    avoid: str = ""
    grammar: str | None = None
    schema: Mapping[str, object] | None = None
    copies_prompt: bool = False
    end: bool = True
    logprobs: int = 0
    voice: float | None = None
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the model saw it: its natural logarithm of probability before any sampling or grammar had a say.

    `others` are the likeliest tokens in its place with theirs, the likeliest first; the token itself may be among them.
    """

    text: str
    logprob: float
    others: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """True tokens of one request: of the prompt, of these taken from the cache, and written."""

    prompt: int
    cached: int
    written: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of alternative `index`. The last chunk of each alternative has `finish`, and may have `usage`."""

    text: str
    index: int = 0
    finish: Finish | None = None
    usage: Usage | None = None
    notice: Notice | None = None
    tokens: tuple[Token, ...] = ()


class Cancel:
    """A switch shared by the one who waits and the one who works. Once on, it stays on."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked the work to stop."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep up to `seconds`; True as soon as the switch is on."""
        return self._event.wait(seconds)


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Facts about a model. `context` is its window in tokens. `small` asks the tools for their careful technique."""

    id: str
    context: int
    languages: tuple[str, ...] = ("zh", "en")
    abilities: frozenset[Ability] = field(default_factory=frozenset)
    small: bool = False


@runtime_checkable
class Model(Protocol):
    """A language model. Synchronous; one streaming method; safe to call from several threads."""

    @property
    def info(self) -> ModelInfo:
        """Facts about the model."""

    def stream(self, prompt: Prompt, sampling: Sampling, *, cancel: Cancel) -> Iterator[Chunk]:
        """Write. Ends within a second after `cancel`, with `finish="cancelled"`; closing the iterator cancels too.

        Raises InputError (prompt longer than the window), ModelError, or BusyError; what arrived is in `partial`.
        """

    def count(self, text: str) -> int:
        """Tokens of `text` for this model."""

    def forget(self) -> None:
        """Drop every cached context, so that what follows depends on the request alone."""

    def close(self) -> None:
        """Free the engine or the connection. May be called twice."""


def write(model: Model, prompt: Prompt, sampling: Sampling, *, cancel: Cancel | None = None) -> tuple[str, ...]:
    """The whole text of every alternative, without streaming."""
    return collect(model.stream(prompt, sampling, cancel=cancel or Cancel()))


def collect(chunks: Iterable[Chunk]) -> tuple[str, ...]:
    """Join streamed chunks into one text per alternative, in the order of their index."""
    texts: dict[int, list[str]] = {}
    for chunk in chunks:
        texts.setdefault(chunk.index, []).append(chunk.text)
    return tuple("".join(texts[index]) for index in sorted(texts))
