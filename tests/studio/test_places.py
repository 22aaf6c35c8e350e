"""Places at the border: what the page counts and what everything inside counts are one place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bimo.studio.places import Places
from bimo.text.spans import Span

TEXTS = st.text(alphabet=st.sampled_from("a字\n😀𠀀é👩‍👩‍👧\u0301") | st.characters(codec="utf-8"))


def units(text: str) -> int:
    """Length as a browser counts."""
    return len(text.encode("utf-16-le")) // 2


@given(TEXTS)
def test_every_place_goes_out_and_comes_back(text: str) -> None:
    places = Places(text)
    for point in range(len(text) + 1):
        assert places.outside(point) == units(text[:point])
        assert places.inside(places.outside(point)) == point


@given(TEXTS, st.integers(-5, 200), st.integers(-5, 200))
def test_whatever_a_page_says_becomes_a_span_of_the_text(text: str, start: int, end: int) -> None:
    span = Places(text).span_inside(start, end)
    assert 0 <= span.start <= span.end <= len(text)


def test_a_place_within_a_sign_is_the_one_before_it() -> None:
    assert Places("a😀b").inside(2) == 1
    assert Places("a😀b").span_outside(Span(1, 2)) == {"start": 1, "end": 3}
