"""Bans: finding phrases in growing text, and writing around them, without an engine."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bimo.models.bans import Bans
from bimo.models.protocol import Cancel, Chunk, Sampling, Usage, collect
from bimo.models.rewind import Around


def spans(text: str, *phrases: str, complete: bool = True) -> tuple[str, bool] | None:
    hit = Bans(phrases).find(text, complete=complete)
    return (text[hit.start : hit.end], hit.whole) if hit else None


@pytest.mark.parametrize(
    ("text", "phrase", "found"),
    [
        ("She began to delve deeper.", "delve", "delve"),
        ("DELVE deeper", "delve", "DELVE"),
        ("They delved", "delve", None),
        ("undelve", "delve", None),
        ("a rich\n  tapestry of", "rich tapestry", "rich\n  tapestry"),
        ("She couldn’t help but smile", "couldn't help but", "couldn’t help but"),
        ("It was not a door, but a wall.", "not … but", "not a door, but"),
        ("It was not. But a wall", "not…but", None),
        ("灯塔不是灯，而是眼睛", "不是…而是", "不是灯，而是"),
        ("不是。而是", "不是…而是", None),
        ("不是" + "长" * 16 + "而是", "不是…而是", None),
        ("他仿佛看见了什么", "仿佛", "仿佛"),
        ("说made in china的", "made in china", "made in china"),
        ("anything", "…", None),
        ("anything", "  ", None),
        ("a+b (c)", "(c)", "(c)"),
    ],
)
def test_what_is_a_banned_phrase(text: str, phrase: str, found: str | None) -> None:
    assert spans(text, phrase) == (None if found is None else (found, True))


@pytest.mark.parametrize(
    ("text", "phrase", "held"),
    [
        ("we del", "delve", "del"),
        # Until something follows, `delve` may still become `delved`.
        ("we delve", "delve", "delve"),
        ("a rich ", "rich tapestry", "rich "),
        ("灯塔不是灯", "不是…而是", "不是灯"),
        ("灯塔不是灯。", "不是…而是", None),
        ("we dig", "delve", None),
    ],
)
def test_what_may_still_become_one(text: str, phrase: str, held: str | None) -> None:
    assert spans(text, phrase, complete=False) == (None if held is None else (held, False))


def test_no_phrases_are_no_bans() -> None:
    assert not Bans(["", " … "])
    assert Bans(["x"])
    assert Bans([]).find("text") is None


pieces = st.lists(st.sampled_from(["a", "b", " ", "ab", "甲", "乙", "甲乙", ".", "，"]), max_size=14)
phrases = st.lists(st.sampled_from(["a b", "ab", "b a", "甲乙", "乙甲", "甲…乙", "乙，甲"]), min_size=1, max_size=3)


@given(pieces, phrases)
def test_growing_text_finds_what_whole_text_has_and_warns_before(pieces: list[str], phrases: list[str]) -> None:
    bans = Bans(phrases)
    text = "".join(pieces)
    whole = bans.find(text, complete=True)
    if whole is None:
        return
    for place in range(whole.start + 1, whole.end + 1):
        hit = bans.find(text[:place])
        assert hit is not None
        # A phrase in the gap of another is whole before it.
        assert hit.whole or hit.start <= whole.start


Next = Callable[[str, Sequence[int], int], "str | None"]


class Parrot:
    """An engine of the test: `next_piece(text, refused, seed)` gives the next token's text, None the end."""

    def __init__(self, next_piece: Next) -> None:
        self.next_piece = next_piece
        self.ids: dict[str, int] = {}
        self.asked: list[tuple[str, int, tuple[int, ...], int]] = []
        self.closed = self.written = 0

    def token(self, piece: str) -> int | None:
        return self.ids.setdefault(piece, len(self.ids)) if piece else None

    def ask(self, text: str, room: int, refused: Sequence[int], seed: int) -> Generator[Chunk, None, None]:
        self.asked.append((text, room, tuple(refused), seed))
        assert room > 0
        try:
            for written in range(1, room + 1):
                piece = self.next_piece(text, refused, seed)
                usage = Usage(10, 0, written)
                self.written += 1
                if piece is None:
                    yield Chunk("", finish="stop", usage=usage)
                    return
                text += piece
                yield Chunk(piece, usage=usage)
            yield Chunk("", finish="length", usage=Usage(10, 0, room))
        finally:
            self.closed += 1

    def write(self, cancel: Cancel | None = None, **sampling: object) -> list[Chunk]:
        settings = Sampling(**{"max_tokens": 50, **sampling})  # type: ignore[arg-type]
        return list(self.stream(settings, cancel or Cancel()))

    def stream(self, sampling: Sampling, cancel: Cancel) -> Generator[Chunk, None, None]:
        return Around(self.ask, self.token, sampling, index=0, seed=1, cancel=cancel).write()


def reader(*ways: Sequence[str]) -> Parrot:
    """Follows the first of the ways that begins with what is written and goes on with no refused token."""

    def next_piece(text: str, refused: Sequence[int], seed: int) -> str | None:
        for way in ways:
            for count, written in enumerate(accumulate(way, initial="")):
                if written == text:
                    piece = way[count] if count < len(way) else None
                    if piece is None or parrot.token(piece) not in refused:
                        return piece
        return None

    parrot = Parrot(next_piece)
    return parrot


def text_of(chunks: list[Chunk]) -> str:
    (text,) = collect(chunks)
    return text


def test_a_phrase_that_spans_tokens_is_written_around() -> None:
    parrot = reader(
        ["A ", "rich", " tap", "estry", " hung", "."],
        ["A ", "torn", " cloth", " hung", "."],
    )
    chunks = parrot.write(bans=("rich tapestry",))
    assert text_of(chunks) == "A torn cloth hung."
    assert [chunk.finish for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].finish == "stop"
    # The first request and its prompt, and all that was written, taken back or not.
    assert chunks[-1].usage == Usage(10, 0, parrot.written)
    assert parrot.closed == len(parrot.asked)


def test_chinese_with_a_gap_is_written_around() -> None:
    parrot = reader(["那", "不是", "风", "，而是", "海。"], ["那", "是", "海。"])
    assert text_of(parrot.write(bans=("不是…而是",))) == "那是海。"


def test_a_phrase_that_begins_inside_a_token_takes_back_nothing_shown() -> None:
    parrot = reader(["门开", "了，仿", "佛", "在等。"], ["门开", "着。"])
    chunks = parrot.write(bans=("仿佛",))
    assert text_of(chunks) == "门开着。"


def test_a_word_at_the_very_end_counts() -> None:
    parrot = reader(["We ", "delve"], ["We ", "dig"])
    assert text_of(parrot.write(bans=("delve",))) == "We dig"
    at_limit = reader(["We ", "delve", " on"], ["We ", "dig", " on"])
    assert text_of(at_limit.write(bans=("delve",), max_tokens=2)) == "We dig"


def test_a_longer_word_is_shown_after_all() -> None:
    assert text_of(reader(["We ", "delve", "d", "."]).write(bans=("delve",))) == "We delved."


def test_when_there_is_no_way_round_it_says_so_and_goes_on() -> None:
    always = Parrot(lambda text, refused, seed: None if text.count("dark") == 3 else "dark ")
    chunks = always.write(bans=("dark",))
    assert text_of(chunks) == "dark dark dark "
    notices = [chunk.notice for chunk in chunks if chunk.notice]
    assert [notice.code for notice in notices] == ["models.ban_given_up"] * 3
    assert "'dark'" in notices[0].message("en")


def test_six_ways_are_tried_at_one_place() -> None:
    words = [f"dark{i} " for i in range(20)]

    def next_piece(text: str, refused: Sequence[int], seed: int) -> str | None:
        return None if text else next(word for word in words if parrot.token(word) not in refused)

    parrot = Parrot(next_piece)
    chunks = parrot.write(bans=tuple(word.strip() for word in words))
    assert text_of(chunks) == "dark6 "
    assert len([chunk for chunk in chunks if chunk.notice]) == 1


def test_a_stop_string_across_requests_ends_the_text_and_is_never_shown() -> None:
    # After the rewind one token comes alone, and the stop string begins with it.
    parrot = reader(["Rain. ", "dark", " sea"], ["Rain. ", "\n", "\n", "More"])
    chunks = parrot.write(bans=("dark",), stop=("\n\n",))
    assert text_of(chunks) == "Rain. "
    assert chunks[-1].finish == "stop"


def test_a_token_that_shows_nothing_is_asked_for_again() -> None:
    """A character of two tokens right after a rewind: the first alone shows nothing."""

    class Bytes(Parrot):
        def ask(self, text: str, room: int, refused: Sequence[int], seed: int) -> Generator[Chunk, None, None]:
            if text == "夜" and refused and room == 1:
                self.asked.append((text, room, tuple(refused), seed))
                yield Chunk("", finish="length", usage=Usage(10, 0, 1))
            elif text == "夜" and refused:
                self.asked.append((text, room, tuple(refused), seed))
                yield Chunk("鸮", usage=Usage(10, 0, 2))
                yield Chunk("", finish="length", usage=Usage(10, 0, 2))
            else:
                yield from super().ask(text, room, refused, seed)

    parrot = Bytes(lambda text, refused, seed: {"": "夜", "夜": "仿佛", "夜鸮": "叫"}.get(text))
    assert text_of(parrot.write(bans=("仿佛",))) == "夜鸮叫"


def test_a_stop_shows_no_banned_phrase() -> None:
    cancel = Cancel()

    def next_piece(text: str, refused: Sequence[int], seed: int) -> str | None:
        if text == "We ":
            cancel.cancel()
        return "delve" if text else "We "

    class Stopping(Parrot):
        def ask(self, text: str, room: int, refused: Sequence[int], seed: int) -> Generator[Chunk, None, None]:
            for chunk in super().ask(text, room, refused, seed):
                yield chunk
                if cancel.cancelled:
                    return

    chunks = Stopping(next_piece).write(cancel, bans=("delve",))
    assert text_of(chunks) == "We "
    assert chunks[-1].finish == "cancelled"


def test_closing_the_stream_closes_the_request() -> None:
    parrot = reader(["Rain ", "on ", "the ", "roof"])
    chunks = parrot.stream(Sampling(bans=("sea",)), Cancel())
    next(chunks)
    chunks.close()
    assert parrot.closed == len(parrot.asked) == 1


class Silent(Parrot):
    """Never shows anything, and never says that it is over."""

    def ask(self, text: str, room: int, refused: Sequence[int], seed: int) -> Generator[Chunk, None, None]:
        if text and not refused:
            yield from super().ask(text, room, refused, seed)
            return
        self.asked.append((text, room, tuple(refused), seed))
        if not text:
            yield Chunk("dark", usage=Usage(10, 0, 1))
            yield Chunk(" ", usage=Usage(10, 0, 2))
        yield Chunk("", finish="length")


def test_an_engine_that_shows_nothing_cannot_hold_it_forever() -> None:
    parrot = Silent(lambda text, refused, seed: None)
    parrot.write(bans=("dark",))
    assert len(parrot.asked) < 20


tokens = st.sampled_from(["a", "b", "c", " ", "ab", "仿", "佛", "仿佛", "。", "x y", ""])


@given(st.randoms(use_true_random=False), st.lists(tokens, min_size=1, max_size=6), phrases, st.integers(1, 12))
def test_whatever_the_engine_does(random: object, vocabulary: list[str], banned: list[str], limit: int) -> None:
    """It ends, keeps to its length, says what it let through, and the pieces make up a text without the rest."""

    def next_piece(text: str, refused: Sequence[int], seed: int) -> str | None:
        left = [piece for piece in vocabulary if parrot.token(piece) not in refused]
        return random.choice([*left, None]) if left else None  # type: ignore[attr-defined]

    parrot = Parrot(next_piece)
    chunks = parrot.write(bans=(*banned, "仿佛"), stop=("。", "c a"), max_tokens=limit)
    text = text_of(chunks)
    allowed = [dict(chunk.notice.details)["phrase"] for chunk in chunks if chunk.notice]
    assert chunks[-1].finish in ("stop", "length")
    assert len(parrot.asked) <= 3 * limit + 6 * 5
    assert parrot.written <= 6 * limit + 40
    assert len(text) <= 3 * limit
    assert "。" not in text
    assert "c a" not in text
    if not allowed:
        assert Bans((*banned, "仿佛")).find(text, complete=True) is None
