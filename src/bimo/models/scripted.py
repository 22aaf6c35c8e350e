"""A model that replays queued replies and records what it was asked: for tests, demos and examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bimo.models.protocol import Cancel, Chunk, Finish, Model, ModelInfo, Prompt, Sampling, Usage
from bimo.text.errors import InputError, ModelError

Reply = str | Exception | Callable[[Prompt, Sampling], str]


@dataclass(frozen=True, slots=True)
class Asked:
    """One recorded request."""

    prompt: Prompt
    sampling: Sampling


class ScriptedModel(Model):
    """Answers each request with the next queued reply, one alternative per reply.

    A reply is a text, an exception to raise, or a function of the request. `default` answers when the queue is
    empty; without it an unexpected request raises `models.script_ended`, so that no test passes by accident.
    Stop strings, `max_tokens` and the window hold as with every other model; a token is two characters.
    """

    def __init__(
        self, replies: Iterable[Reply] = (), *, default: Reply | None = None, context: int = 8192, small: bool = True
    ) -> None:
        self.replies = list(replies)
        self.default = default
        self.asked: list[Asked] = []
        self.forgotten = 0
        self._info = ModelInfo(
            id="scripted",
            context=context,
            abilities=frozenset({"grammar", "schema", "prefix", "bans", "alternatives", "exact_count"}),
            small=small,
        )

    @property
    def info(self) -> ModelInfo:
        """Facts about the model."""
        return self._info

    def stream(self, prompt: Prompt, sampling: Sampling, *, cancel: Cancel) -> Iterator[Chunk]:
        """Replay one reply per alternative, a few characters at a time."""
        self.asked.append(Asked(prompt, sampling))
        needed = self._needed(prompt)
        if needed > self._info.context:
            raise InputError("models.prompt_too_long", needed=needed, context=self._info.context, model=self._info.id)
        for index in range(sampling.n):
            yield from self._replay(self._next(), index, prompt, sampling, cancel)

    def _next(self) -> Reply:
        if self.replies:
            return self.replies.pop(0)
        if self.default is None:
            raise ModelError("models.script_ended")
        return self.default

    def _replay(self, reply: Reply, index: int, prompt: Prompt, sampling: Sampling, cancel: Cancel) -> Iterator[Chunk]:
        if isinstance(reply, Exception):
            raise reply
        whole = reply(prompt, sampling) if callable(reply) else reply
        text = whole[: min((place for stop in sampling.stop if (place := whole.find(stop)) >= 0), default=len(whole))]
        finish: Finish = "stop" if self.count(text) <= sampling.max_tokens else "length"
        text = text[: 2 * sampling.max_tokens]
        for start in range(0, len(text), 4):
            if cancel.cancelled:
                yield Chunk("", index, finish="cancelled")
                return
            yield Chunk(text[start : start + 4], index)
        yield Chunk("", index, finish=finish, usage=Usage(self._needed(prompt), 0, self.count(text)))

    def _needed(self, prompt: Prompt) -> int:
        return sum(self.count(message.text) for message in prompt.messages) + self.count(prompt.prefix)

    def count(self, text: str) -> int:
        """One token per two characters, rounded up."""
        return (len(text) + 1) // 2

    def forget(self) -> None:
        """Count the calls."""
        self.forgotten += 1

    def close(self) -> None:
        """Nothing to free."""
