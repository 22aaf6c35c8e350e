"""What every model must do, whatever is behind it. A backend passes by being a row of the table in test_contract.py."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from bimo.models.protocol import Cancel, Chunk, Model, Prompt, Sampling, collect, write
from bimo.text.errors import InputError

PROMPT = Prompt.of("You are a novelist.", "Tell me about a lighthouse.")
SHORT = Sampling(max_tokens=16, seed=7)
# Long enough to be stopped in the middle with every backend.
LONG = Sampling(max_tokens=900, seed=7, end=False)


def until_text(chunks: Iterator[Chunk]) -> Chunk:
    """Read up to the first piece of text."""
    return next(chunk for chunk in chunks if chunk.text)


class ModelContract:
    """Inherit, and give a fixture `model`."""

    def test_it_streams_pieces_that_make_up_the_text(self, model: Model) -> None:
        chunks = list(model.stream(PROMPT, SHORT, cancel=Cancel()))
        assert len([chunk for chunk in chunks if chunk.text]) > 1
        assert collect(chunks) == ("".join(chunk.text for chunk in chunks),)

    @pytest.mark.parametrize("n", [1, 3])
    def test_each_alternative_ends_with_its_one_finish(self, model: Model, n: int) -> None:
        chunks = list(model.stream(PROMPT, Sampling(max_tokens=8, seed=7, n=n), cancel=Cancel()))
        assert {chunk.index for chunk in chunks} == set(range(n))
        for index in range(n):
            mine = [chunk for chunk in chunks if chunk.index == index]
            assert [chunk.finish for chunk in mine[:-1]] == [None] * (len(mine) - 1)
            assert mine[-1].finish in ("stop", "length")

    def test_max_tokens_bounds_each_alternative(self, model: Model) -> None:
        chunks = list(model.stream(PROMPT, Sampling(max_tokens=5, seed=7, end=False), cancel=Cancel()))
        assert chunks[-1].finish == "length"
        assert chunks[-1].usage is not None
        assert 0 < chunks[-1].usage.written <= 5
        assert chunks[-1].usage.prompt > 0

    def test_the_text_ends_before_a_stop_string(self, model: Model) -> None:
        model.forget()
        (whole,) = write(model, PROMPT, SHORT)
        stop = whole[12:15]
        model.forget()
        chunks = list(model.stream(PROMPT, Sampling(max_tokens=16, seed=7, stop=(stop, "¶")), cancel=Cancel()))
        assert collect(chunks) == (whole[: whole.index(stop)],)
        assert chunks[-1].finish == "stop"

    def test_a_stop_ends_it_within_a_second_and_keeps_what_came(self, model: Model) -> None:
        cancel = Cancel()
        chunks = model.stream(PROMPT, LONG, cancel=cancel)
        before = until_text(chunks)
        since = time.monotonic()
        cancel.cancel()
        after = list(chunks)
        assert time.monotonic() - since < 1
        assert before.text
        assert [chunk.finish for chunk in after if chunk.finish] == ["cancelled"]

    def test_a_stop_ends_every_alternative(self, model: Model) -> None:
        cancel = Cancel()
        cancel.cancel()
        chunks = list(model.stream(PROMPT, Sampling(max_tokens=900, n=2, end=False), cancel=cancel))
        assert sorted((chunk.index, chunk.finish) for chunk in chunks if chunk.finish) == [
            (0, "cancelled"),
            (1, "cancelled"),
        ]

    def test_closing_the_stream_frees_the_model(self, model: Model) -> None:
        chunks = model.stream(PROMPT, LONG, cancel=Cancel())
        until_text(chunks)
        since = time.monotonic()
        chunks.close()  # type: ignore[attr-defined]
        assert write(model, PROMPT, Sampling(max_tokens=2))[0]
        assert time.monotonic() - since < 5

    def test_counts_add_up_more_or_less(self, model: Model) -> None:
        one, other = "The keeper climbed the stair. ", "灯塔看守人爬上楼梯。"
        assert model.count("") == 0
        assert model.count(one) > 0
        assert model.count(other) > 0
        assert abs(model.count(one + other) - model.count(one) - model.count(other)) <= 3

    def test_a_prefix_is_gone_on_from_and_not_repeated(self, model: Model) -> None:
        prefix = "The lamp went out on the"
        (text,) = write(model, Prompt(PROMPT.messages, prefix), SHORT)
        assert text.strip()
        assert not text.lstrip().startswith(prefix)

    def test_a_prompt_longer_than_the_window_is_refused(self, model: Model) -> None:
        prompt = Prompt.of("You are a novelist.", "salt and rope " * model.info.context)
        with pytest.raises(InputError) as raised:
            write(model, prompt, SHORT)
        assert raised.value.code == "models.prompt_too_long"
        assert write(model, PROMPT, Sampling(max_tokens=2))[0]

    def test_the_same_seed_writes_the_same_text(self, model: Model) -> None:
        model.forget()
        first = write(model, PROMPT, SHORT)
        model.forget()
        assert write(model, PROMPT, SHORT) == first

    def test_two_threads_at_once_both_get_their_text(self, model: Model) -> None:
        texts: list[str] = []
        threads = [
            threading.Thread(target=lambda: texts.extend(write(model, PROMPT, Sampling(max_tokens=8, end=False))))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        assert len(texts) == 2
        assert all(texts)

    def test_it_can_forget_and_close_twice(self, model: Model) -> None:
        # Runs last: the fixture's model is closed after it.
        model.forget()
        model.forget()
        model.close()
        model.close()
