"""Writing around banned phrases, for engines that can go on from any text.

The method is that of antislop and koboldcpp: let the model write; when a phrase is complete, go back to the token it
began with, forbid that token at that place, and sample again. It knows no engine, only how to ask for more text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Generator, Sequence
from contextlib import closing

from bimo.models.bans import Bans, Hit, Stops
from bimo.models.protocol import Cancel, Chunk, Finish, Sampling, Usage
from bimo.text.errors import Notice

# How many ways around a phrase are tried at one place before it is let through with a notice.
_TRIES = 6
# A text may cost this many times its own length in tokens, and be rewound once per token; what is banned after that is
# let through. These two bound the loop whatever the engine answers.
_PATIENCE = 3
# A character has at most four bytes, so more tokens than that without any text are no part of a character.
_BYTES = 4

Ask = Callable[[str, int, Sequence[int], int], Generator[Chunk, None, None]]
"""Go on from a text: `ask(text, room, refused, seed)` streams up to `room` tokens without the tokens `refused`. Each
chunk has the usage so far; the last has `finish`, "length" if the room ran out. Closing it stops the engine."""


class Around:
    """One alternative, written without the phrases of `sampling.bans`.

    `ask` asks the engine, `first_token` gives the first token of a text or None if it has none. What is taken back
    does not count against `sampling.max_tokens`, but it is part of the usage.
    """

    def __init__(
        self,
        ask: Ask,
        first_token: Callable[[str], int | None],
        sampling: Sampling,
        *,
        index: int,
        seed: int,
        cancel: Cancel,
    ) -> None:
        self._ask = ask
        self._first_token = first_token
        self._limit = sampling.max_tokens
        self._index = index
        self._seed = seed
        self._cancel = cancel
        self._draft = _Draft(Bans(sampling.bans), Stops(sampling.stop))
        self._refused: dict[str, list[int]] = {}
        self._asked: Usage | None = None
        self.spent = 0
        self.rewinds = 0

    def write(self) -> Generator[Chunk, None, None]:
        """Stream the text; the last chunk has `finish` and the usage of all requests together."""
        draft = self._draft
        finish: Finish | None = None
        silent = 0
        while finish is None and not self._cancel.cancelled and draft.tokens < self._limit:
            refused = self._refused.get(draft.text, []) if silent <= _BYTES else []
            # Only the next token is refused. It may be a part of a character and show nothing: then ask for one more.
            room = 1 + silent if refused else self._limit
            before = draft.text, self.rewinds
            finish = yield from self._once(min(room, self._limit - draft.tokens), refused)
            silent = silent + 1 if (draft.text, self.rewinds) == before else 0
        finish = "cancelled" if self._cancel.cancelled and finish is None else finish or "length"
        asked = self._asked or Usage(0, 0, 0)
        yield Chunk(draft.rest(), self._index, finish=finish, usage=Usage(asked.prompt, asked.cached, self.spent))

    def _once(self, room: int, refused: Sequence[int]) -> Generator[Chunk, None, Finish | None]:
        """One request; the finish of the whole text, or None if it goes on with another request."""
        draft = self._draft
        start, written = draft.tokens, 0
        with closing(self._ask(draft.text, room, refused, self._seed + self.rewinds)) as chunks:
            for chunk in chunks:
                if chunk.usage is not None:
                    # Before the first token the engine is still counting its prompt.
                    self._asked = self._asked or (chunk.usage if chunk.usage.written else None)
                    self.spent += chunk.usage.written - written
                    written = chunk.usage.written
                draft.add(chunk.text, start + written)
                goes_on = bool(refused) and chunk.finish == "length" and draft.tokens < self._limit
                while (hit := draft.hit(complete=chunk.finish is not None and not goes_on)) is not None:
                    if self._took_back(hit):
                        return None
                    yield Chunk("", self._index, notice=Notice.of("models.ban_given_up", phrase=draft.allow(hit)))
                if fresh := draft.fresh():
                    yield Chunk(fresh, self._index)
                if draft.stopped:
                    return "stop"
                if chunk.finish is not None:
                    return None if goes_on else chunk.finish
        return "cancelled"

    def _took_back(self, hit: Hit) -> bool:
        """Go back before a phrase and refuse its first token there; False if there is no way around it."""
        if self.rewinds >= self._limit or self.spent >= _PATIENCE * self._limit:
            return False
        before, piece = self._draft.token_of(hit)
        token = self._first_token(piece)
        refused = self._refused.setdefault(before, [])
        if token is None or token in refused or len(refused) >= _TRIES:
            return False
        refused.append(token)
        self._draft.rewind(before)
        self.rewinds += 1
        return True


class _Draft:
    """Text written so far, by tokens, of which only what can no longer become a phrase may be shown."""

    def __init__(self, bans: Bans, stops: Stops) -> None:
        self.text = ""
        self.tokens = 0
        self.stopped = False
        self._bans, self._stops = bans, stops
        # Where each piece of text begins, and how many tokens stood before it.
        self._starts: list[int] = []
        self._before: list[int] = []
        self._shown = self._safe = 0
        # Where the searches go on: as the text goes on now, nothing before can become a phrase any more. After a
        # rewind it goes on otherwise, so they begin anew, behind the last phrase that was let through.
        self._from = self._stop_from = self._allowed = 0

    def add(self, piece: str, tokens: int) -> None:
        """Append the text of a token; `tokens` is how many the draft has then."""
        if piece:
            self._starts.append(len(self.text))
            self._before.append(self.tokens)
            self.text += piece
            self.tokens = max(tokens, self.tokens + 1)

    def hit(self, *, complete: bool) -> Hit | None:
        """The first banned phrase that is whole. A stop string before it ends the text instead."""
        complete = complete or self.stopped
        hit = self._bans.find(self.text, self._from, complete=complete)
        stop = self._stops.find(self.text, self._stop_from, complete=complete)
        if stop and stop.whole and not (hit and hit.whole and hit.start < stop.start):
            self.text = self.text[: max(stop.start, self._shown)]
            self.stopped = True
            hit, stop = self._bans.find(self.text, self._from, complete=True), None
        if hit and hit.whole:
            return hit
        self._from = hit.start if hit else len(self.text)
        self._stop_from = stop.start if stop else len(self.text)
        # A whole token is taken back, so what it begins with must not be shown either.
        held = min(self._from, self._stop_from)
        self._safe = held if held == len(self.text) else self._starts[self._piece(held)]
        return None

    def fresh(self) -> str:
        """Text that may now be shown, and was not yet."""
        return self._take(self._safe)

    def rest(self) -> str:
        """What was held back, now that no more will come, up to a banned phrase that nobody went around."""
        hit = self._bans.find(self.text, self._from, complete=True)
        return self._take(hit.start if hit else len(self.text))

    def token_of(self, hit: Hit) -> tuple[str, str]:
        """The text before the token in which a phrase begins, and the text of the token.

        If its beginning has been shown, before the text went another way, it is the first token after that.
        """
        piece = self._piece(max(hit.start, self._shown))
        start, end = self._starts[piece], [*self._starts, len(self.text)][piece + 1]
        return self.text[:start], self.text[start:end]

    def rewind(self, before: str) -> None:
        """Take back everything after `before`, which ends where a token does."""
        piece = self._piece(len(before))
        self.tokens = self._before[piece]
        del self._starts[piece:], self._before[piece:]
        self.text = before
        self.stopped = False
        self._from = self._stop_from = self._allowed = min(self._allowed, len(before))

    def allow(self, hit: Hit) -> str:
        """Let a phrase through; its words."""
        self._from = self._allowed = hit.end
        return self.text[hit.start : hit.end]

    def _piece(self, place: int) -> int:
        return bisect_right(self._starts, place) - 1

    def _take(self, end: int) -> str:
        fresh = self.text[self._shown : end]
        self._shown = max(self._shown, end)
        return fresh
