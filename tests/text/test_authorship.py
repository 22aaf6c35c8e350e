"""Who wrote what: lengths tile the text whatever is edited, and the writer's words are never called the model's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bimo.text.authorship import (
    Author,
    Authorship,
    Run,
    after,
    by,
    changes,
    combined,
    derived,
    marked,
    merged,
    packed,
    part,
    shares,
    spans,
    total,
    unchanged,
    unpacked,
)
from bimo.text.diff import diff
from bimo.text.spans import Edit, Span, apply_edits

TEXTS = st.text(alphabet="雨落在檐上。她没有回头\nab 😀", max_size=30)
AUTHORS = st.sampled_from(["writer", "model", "model_edited"])
RUNS = st.lists(st.builds(Run, AUTHORS, st.integers(0, 9)), max_size=8).map(merged)


def letters(authorship: Authorship) -> str:
    """One letter for each code point."""
    return "".join({"writer": "w", "model": "m", "model_edited": "e"}[run.author] * run.length for run in authorship)


@st.composite
def edited(draw: st.DrawFn) -> tuple[Authorship, list[Edit]]:
    runs = draw(RUNS)
    cuts = sorted(draw(st.sets(st.integers(0, total(runs)), max_size=6)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return runs, [Edit(Span(start, end), draw(TEXTS)) for start, end in pairs]


@given(edited(), AUTHORS)
def test_lengths_always_tile_the_text(case: tuple[Authorship, list[Edit]], author: Author) -> None:
    runs, edits = case
    made = after(runs, edits, author)
    text = apply_edits(letters(runs), edits)
    assert total(made) == len(text)
    assert made == merged(made)
    # What was not touched keeps its author.
    kept = apply_edits(letters(runs), [Edit(edit.span, "?" * len(edit.new)) for edit in edits])
    assert all(old in ("?", new) for old, new in zip(kept, letters(made), strict=True))


@given(edited())
def test_the_writers_words_are_never_the_models(case: tuple[Authorship, list[Edit]]) -> None:
    runs, edits = case
    gone = sum(shares(part(runs, edit.span))["model"] for edit in edits)
    assert shares(after(runs, edits))["model"] == shares(runs)["model"] - gone


@given(TEXTS, TEXTS, st.data())
def test_a_comparison_tiles_too(old: str, new: str, data: st.DataObject) -> None:
    marks = data.draw(st.lists(AUTHORS, min_size=len(old), max_size=len(old)))
    runs = merged(Run(author, 1) for author in marks)
    assert apply_edits(old, changes(old, new, "zh")) == new
    assert total(derived(old, runs, new, "zh")) == len(new)
    assert derived(old, runs, old, "zh") == runs


@given(RUNS, AUTHORS, st.data())
def test_marking_and_parts(runs: Authorship, author: Author, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, total(runs)))
    end = data.draw(st.integers(start, total(runs)))
    made = marked(runs, Span(start, end), author)
    assert part(made, Span(start, end)) == by(author, end - start)
    assert letters(part(runs, Span(start, end))) == letters(runs)[start:end]
    assert total(made) == total(runs)


@given(RUNS)
def test_packing_round_trips(runs: Authorship) -> None:
    assert unpacked(packed(runs)) == runs
    assert [len(span) for span, _ in spans(runs)] == [run.length for run in runs]


@pytest.mark.parametrize("short", ["w0", "x3", "w", "3", "w-1", "w01", "w3 "])
def test_what_is_no_packed_authorship_is_refused(short: str) -> None:
    with pytest.raises(ValueError, match="not packed"):
        unpacked(short)


@given(TEXTS, TEXTS)
def test_common_ends_do_not_overlap(old: str, new: str) -> None:
    start, rest = unchanged(old, new)
    assert start + rest <= min(len(old), len(new))
    assert old[:start] == new[:start]
    assert old[len(old) - rest :] == new[len(new) - rest :]


@pytest.mark.parametrize(
    ("edit", "made"),
    [
        (Edit(Span(4, 5), "XX"), "wwwmeemmwww"),
        (Edit(Span(5, 5), "X"), "wwwmmemmwww"),
        (Edit(Span(3, 3), "X"), "wwwwmmmmwww"),
        (Edit(Span(7, 7), "X"), "wwwmmmmwwww"),
        (Edit(Span(2, 4), "X"), "wwwmmmwww"),
        (Edit(Span(5, 5), "X\n"), "wwwmmwwmmwww"),
        (Edit(Span(4, 6), ""), "wwwmmwww"),
    ],
)
def test_a_change_inside_the_models_words_is_told_apart(edit: Edit, made: str) -> None:
    runs = (Run("writer", 3), Run("model", 4), Run("writer", 3))
    assert letters(after(runs, [edit])) == made


def test_edits_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlaps"):
        after(by("model", 5), [Edit(Span(0, 3), ""), Edit(Span(2, 4), "")])


@given(TEXTS, TEXTS, st.data())
def test_what_comes_from_another_text_keeps_its_author(old: str, new: str, data: st.DataObject) -> None:
    edits = diff(old, new, "zh")
    chosen = data.draw(st.sets(st.integers(0, max(0, len(edits) - 1))))
    mine, theirs = by("writer", len(old)), by("model", len(new))
    made = combined(mine, theirs, edits, chosen)
    taken = [edit for number, edit in enumerate(edits) if number in chosen]
    assert total(made) == len(apply_edits(old, taken))
    assert shares(made)["model"] == sum(len(edit.new) for edit in taken)
