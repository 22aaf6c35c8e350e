"""How English words sound: the dictionary, the rules of verse, and the spelling of unknown words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bimo.verse.english.dictionary import frequencies
from bimo.verse.english.sounds import pronounce

RULES = {
    "despis'd": "D IH0 S P AY1 Z D",
    "belovèd": "B IH0 L AH1 V IH0 D",
    "learnèd": "L ER1 N IH0 D",
    "heav'n": "HH EH1 V N",
    "Heav’n": "HH EH1 V N",
    "pow'r": "P AW1 R",
    "ev'ry": "EH1 V R IY0",
    "wand'ring": "W AA1 N D R IH0 NG",
    "'gainst": "G EH1 N S T",
    "th'eternal": "DH IH0 T ER1 N AH0 L",
    "whene'er": "W EH0 N EH1 R",
    "feel'st": "F IY1 L S T",
    "viewest": "V Y UW1 AH0 S T",
    "buriest": "B ER1 IY0 AH0 S T",
    "loveth": "L AH1 V IH0 TH",
    "tost": "T AO1 S T",
    "stirr'd": "S T ER1 D",
    "thou'lt": "DH AW1 L T",
    "beauty's": "B Y UW1 T IY0 Z",
    "sunbeams": "S AH1 N B IY2 M Z",
    "rose-bud": "R OW1 Z B AH1 D",
    "favoured": "F EY1 V ER0 D",
    "sepulchres": "S EH1 P AH0 L K ER0 Z",
    "tarries": "T EH1 R IY0 Z",
    "stilly": "S T IH1 L IY0",
    "unremembered": "AH0 N R IH0 M EH1 M B ER0 D",
    "noiselessly": "N OY1 Z L AH0 S L IY0",
}


@pytest.mark.parametrize("word", RULES)
def test_the_forms_of_verse_are_derived(word: str) -> None:
    first = pronounce(word)[0]
    assert (" ".join(first.phones), first.source) == (RULES[word], "rule")


@pytest.mark.parametrize(
    ("word", "phones"),
    [("o'er", "AO1 R"), ("e'en", "IY1 N"), ("'Tis", "T IH1 Z"), ("'twas", "T W AH1 Z"), ("THEE", "DH IY1")],
)
def test_words_of_verse_stand_in_the_dictionary(word: str, phones: str) -> None:
    assert (" ".join(pronounce(word)[0].phones), pronounce(word)[0].source) == (phones, "dictionary")


def test_one_word_may_sound_in_several_ways() -> None:
    assert {" ".join(sound.phones) for sound in pronounce("wind")} == {"W AY1 N D", "W IH1 N D"}


def test_an_unknown_word_is_read_from_its_spelling() -> None:
    (sound,) = pronounce("Thalmorian")
    assert sound.source == "spelling"
    assert len(sound.stress) == 4
    assert sound.stress.count("1") == 1


def test_what_is_no_word_has_no_sound() -> None:
    assert [pronounce(text) for text in ("", "...", "笔墨", "'", "—")] == [()] * 5


@given(st.text(max_size=30))
def test_any_text_is_pronounced_without_failing(text: str) -> None:
    for sound in pronounce(text):
        assert sound.phones
        assert sound.stress.strip("012") == ""


def test_the_words_of_verse_are_known_and_in_order() -> None:
    words = frequencies()
    assert len(words) == 15_000
    assert list(words)[:3] == ["the", "and", "of"]
    assert list(words.values()) == sorted(words.values(), reverse=True)
    assert all(pronounce(word)[0].source != "spelling" for word in list(words)[::50])


def test_looking_up_is_quick() -> None:
    words = list(frequencies())[:2000]
    for word in words:
        pronounce(word)
    start = time.perf_counter()
    for word in words:
        pronounce(word)
    assert (time.perf_counter() - start) / len(words) < 50e-6
