"""Rhyme in English: grades, classes, and the scheme of a stanza from its end words."""

from __future__ import annotations

import pytest

from bimo.verse.english.lexicon import classes, rhymes_of
from bimo.verse.english.rhyme import rhyme, rhyme_class
from bimo.verse.english.scheme import letters, poem_scheme, scheme

GRADES = {
    "perfect": "night light, flower hour, fire higher, pleasure treasure, rehearsal universal, memory thee, "
    "o'er before, heav'n seven, moonlight delight, wind behind, singing bringing, ended befriended, despis'd surprised",
    "identical": "leave believe, night night, knight night, part apart",
    "eye": "love prove, eternity sky, join line, come home, war far, blood good, obey tea, heaven even",
    "family": "time thine, back cat, singing women",
    "slant": "bridge grudge, beat bit, minute it",
    "": "night day, love hate, window table, beautiful wonderful, the 笔",
}


@pytest.mark.parametrize(("grade", "pair"), [(grade, pair) for grade in GRADES for pair in GRADES[grade].split(", ")])
def test_how_well_two_words_rhyme(grade: str, pair: str) -> None:
    first, second = pair.split()
    assert rhyme(first, second) == grade
    assert rhyme(second.upper(), first) == grade


def test_a_class_holds_for_all_its_words() -> None:
    assert rhyme_class("night") == rhyme_class("Delight") == "AY T"
    assert rhyme_class("...") == ""


def test_rhymes_come_by_frequency_and_rhyme() -> None:
    found = rhymes_of("day", 6)
    assert found[:3] == ["they", "may", "away"]
    assert all(rhyme("day", word) == "perfect" for word in rhymes_of("day", 100))
    assert "way" not in rhymes_of("day", 6, frozenset({"way"}))
    assert rhymes_of("orange") == []


def test_there_are_many_classes_to_choose_from() -> None:
    assert len(list(classes())) > 1800
    assert all(len(words) >= 20 for _, words in classes(20))


SCHEMES = {
    "increase die decease memory eyes fuel lies cruel ornament spring content niggarding be thee": "ABABCDCDEFEFGG",
    "spent wide hide bent present chide denied prevent need best state speed rest wait": "ABBAABBACDECDE",
    "Lynn thin essayed lemonade in": "AABBA",
    "free way sea day": "ABAB",
    "sang stone water day": "----",
    "ship sea trip me": "ABAB",
    "alone bird grass stone": "A--A",
}


@pytest.mark.parametrize("words", SCHEMES)
def test_a_stanza_shows_its_scheme(words: str) -> None:
    assert "".join(letter or "-" for letter in letters(scheme(words.split()))) == SCHEMES[words]


def test_a_rhyme_goes_on_from_stanza_to_stanza() -> None:
    stanzas = [["being", "dead", "fleeing"], ["red", "thou", "bed"], ["low", "blow", "slow"]]
    assert letters(poem_scheme(stanzas))[:6] == ["A", "B", "A", "B", "", "B"]


def test_letters_go_on_after_z() -> None:
    assert letters([0, 25, 26, -1]) == ["A", "Z", "A2", ""]
    assert scheme([]) == []
