"""Who may use the one engine next: a queue that is fair between the pages of the studio."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import count

from bimo.models.protocol import Cancel, Chunk, Model, ModelInfo, Prompt, Sampling


@dataclass(frozen=True, slots=True, eq=False)
class _Ticket:
    """One request that waits. `owner` is the page it came from; `urgent` ones go first."""

    number: int
    owner: str
    urgent: bool


class Turns:
    """Lets one request at a time to the engine.

    Urgent ones (text at the cursor, for which a writer sits and waits) go first; then the owner who waited longest
    since the last turn; then the order of arrival. Long work such as a recipe is many requests, so it never holds the
    engine for longer than one.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[_Ticket] = []
        self._holder: _Ticket | None = None
        self._served: dict[str, int] = {}
        self._numbers = count(1)

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        with self._changed:
            return len(self._waiting)

    @property
    def free(self) -> bool:
        """Whether nobody uses the engine."""
        with self._changed:
            return self._holder is None

    @contextmanager
    def taken(self, owner: str, cancel: Cancel, *, urgent: bool = False) -> Iterator[bool]:
        """Wait for the engine and hold it within the block; False if `cancel` came first."""
        ticket = _Ticket(next(self._numbers), owner, urgent)
        with self._changed:
            self._waiting.append(ticket)
            while self._holder is not None or self._next() is not ticket:
                if cancel.cancelled:
                    break
                # `cancel` cannot ring here, so it is looked at now and then.
                self._changed.wait(0.1)
            self._waiting.remove(ticket)
            held = not cancel.cancelled
            if held:
                self._holder = ticket
                self._served[owner] = ticket.number
            self._changed.notify_all()
        try:
            yield held
        finally:
            if held:
                with self._changed:
                    self._holder = None
                    self._changed.notify_all()

    def _next(self) -> _Ticket:
        return min(
            self._waiting,
            key=lambda each: (not each.urgent, self._served.get(each.owner, 0), each.number),
        )


class TakingTurns(Model):
    """A model as one owner sees it: each request waits for its turn. `voice` is how strongly a voice speaks in each."""

    def __init__(
        self, model: Model, turns: Turns, owner: str, *, urgent: bool = False, voice: float | None = None
    ) -> None:
        self._model = model
        self._turns = turns
        self._owner = owner
        self._urgent = urgent
        self._voice = voice

    @property
    def info(self) -> ModelInfo:
        """Facts about the model."""
        return self._model.info

    def stream(self, prompt: Prompt, sampling: Sampling, *, cancel: Cancel) -> Generator[Chunk, None, None]:
        """Write when it is this owner's turn."""
        if self._voice is not None and sampling.voice is None:
            sampling = replace(sampling, voice=self._voice)
        with self._turns.taken(self._owner, cancel, urgent=self._urgent) as mine:
            if not mine:
                for index in range(sampling.n):
                    yield Chunk("", index, finish="cancelled")
                return
            chunks = self._model.stream(prompt, sampling, cancel=cancel)
            with closing(chunks) if isinstance(chunks, Generator) else _nothing():
                yield from chunks

    def count(self, text: str) -> int:
        """Tokens of `text`; waits for nobody."""
        return self._model.count(text)

    def forget(self) -> None:
        """Drop every cached context, once the engine is free."""
        with self._turns.taken(self._owner, Cancel()):
            self._model.forget()

    def close(self) -> None:
        """Nothing: the model belongs to the studio."""


@contextmanager
def _nothing() -> Iterator[None]:
    yield
