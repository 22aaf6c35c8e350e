"""Sketches and grammars for English verse: whatever can be written under them, the checker accepts."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from functools import cache

import pytest

from bimo.text.errors import InputError
from bimo.verse.english.grammar import line_grammar
from bimo.verse.english.rhyme import rhyme, rhyme_class
from bimo.verse.english.sketch import Sketch, Wish, sketch
from bimo.verse.form import Form, all_forms, find_form
from bimo.verse.scan import scan

FORMS = [form.id for form in all_forms().values() if form.lang == "en" and form.kind != "free"]
TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|\[([^\]]*)\](\??)|(\w+)|([|()])')


@cache
def parsed(body: str) -> list[list[tuple[str, str]]]:
    """The ways of a rule of ours, each a row of literals, classes, and names; a group becomes ways of its own."""
    ways: list[list[list[tuple[str, str]]]] = [[[]]]
    stack: list[list[list[list[tuple[str, str]]]]] = []
    for literal, chars, maybe, name, sign in TOKEN.findall(body):
        if sign == "|":
            ways.append([[]])
        elif sign == "(":
            stack.append(ways)
            ways = [[[]]]
        elif sign == ")":
            inner = [row for rows in ways for row in rows]
            ways = stack.pop()
            ways[-1] = [row + more for row in ways[-1] for more in inner]
        else:
            part = (
                ("class" + maybe, chars)
                if chars
                else ("name", name)
                if name
                else ("text", literal.replace("\\n", "\n"))
            )
            ways[-1] = [[*row, part] for row in ways[-1]]
    return [row for rows in ways for row in rows]


def sample(grammar: str, chance: random.Random) -> str:
    """A text of a grammar, every way at a choice as likely as the other."""
    rules = dict(line.split(" ::= ", 1) for line in grammar.splitlines())

    def write(name: str) -> str:
        text = ""
        for kind, value in chance.choice(parsed(rules[name])):
            if kind == "name":
                text += write(value)
            elif kind == "text":
                text += value
            elif kind == "class" or chance.random() < 0.5:
                text += chance.choice(value)
        return text

    return write("root")


def write(made: Sketch, chance: random.Random) -> list[str]:
    lines: list[str] = []
    for number in range(len(made.places)):
        line = made.settled(number, lines)
        if not line:
            grammar = line_grammar(made.rule(number, dict(made.kept) | dict(enumerate(lines))))
            assert grammar is not None
            line = sample(grammar, chance).removesuffix("\n")
        lines.append(line)
    return lines


def sketched(form: str | Form, wish: Wish = Wish(), seed: int = 1) -> Sketch:  # noqa: B008
    return sketch(find_form(form) if isinstance(form, str) else form, wish, chance=random.Random(seed))


def against(made: Sketch, lines: list[str]) -> list[tuple[str, str]]:
    """What the checker has against a poem, with the place."""
    read = scan(made.write(lines), form=made.form, policy="strict")
    return [(finding.code, finding.span.of(read.text)) for finding in read.findings if finding.severity >= 2]


@pytest.mark.parametrize("name", FORMS)
def test_what_the_grammar_can_write_has_the_form(name: str) -> None:
    chance = random.Random(name)
    for seed in range(2):
        made = sketched(name, seed=seed)
        lines = write(made, chance)
        assert against(made, lines) == [], "\n".join(lines)


def test_ends_rhyme_and_differ() -> None:
    made = sketched("villanelle", seed=4)
    lines = write(made, random.Random(4))
    ends = [made.end_of(at, dict(enumerate(lines))) for at in range(19)]
    rhymes = {end for end, place in zip(ends, made.places, strict=True) if place.rhyme == "B"}
    assert len(rhymes) == 6
    assert all(one == two or rhyme(one, two) == "perfect" for one in rhymes for two in rhymes)
    assert lines[0] == lines[5] == lines[11] == lines[17]


def test_the_first_letters_can_be_settled() -> None:
    lines = write(sketched("shakespearean sonnet", Wish(initials="autumn rain")), random.Random(2))
    assert "".join(line[0] for line in lines[:10]) == "AUTUMNRAIN"


def test_a_word_settles_the_first_rhyme() -> None:
    made = sketched("limerick", Wish(rhyme="bread"))
    first = dict(enumerate(write(made, random.Random(1))))
    assert {rhyme_class(made.end_of(at, first)) for at in (0, 1, 4)} == {"EH D"}


def test_end_words_can_be_named() -> None:
    made = sketched("limerick", Wish(feet=("shore", "door")))
    lines = write(made, random.Random(1))
    assert made.end_of(0, dict(enumerate(lines))) == "shore"
    assert made.end_of(1, dict(enumerate(lines))) == "door"
    assert against(made, lines) == []


def test_lines_that_stand_settle_their_rhymes() -> None:
    first = "The rain has closed the shutters of the street"
    made = sketched("heroic couplet", Wish(kept={0: first}))
    lines = write(made, random.Random(1))
    assert lines[0] == first
    assert rhyme_class(made.end_of(1, dict(enumerate(lines)))) == "IY T"
    assert against(made, lines) == []


def test_a_longer_poem_has_room_for_its_acrostic() -> None:
    made = sketched("ballad", Wish(initials="the rain in autumn"))
    assert len(made.places) == 16


def test_end_words_of_a_sestina_come_from_the_theme() -> None:
    made = sketched("sestina", Wish(words=("rain", "autumn", "leaf")))
    assert {"rain", "leaf"} <= set(made.ends.values())
    assert len(set(made.ends.values())) == 6


def test_a_word_of_the_theme_may_be_used() -> None:
    made = sketched("blank verse", Wish(words=("computer", "taxi")))
    plain = line_grammar(sketched("blank verse").rule(1, {})) or ""
    assert '"axi"' in (line_grammar(made.rule(1, {})) or "")
    assert '"axi"' not in plain


def test_no_word_begins_like_an_article_where_an_article_cannot_stand() -> None:
    weak = line_grammar(replace(sketched("blank verse").rule(1, {}), shapes=(("ws", 0),))) or ""
    strong = line_grammar(replace(sketched("blank verse").rule(1, {}), shapes=(("sw", 0),))) or ""
    assert '"A" (' in weak
    assert '"A" (' not in strong


@pytest.mark.parametrize(
    ("form", "wish", "code"),
    [
        ("limerick", Wish(initials="silver"), "verse.heads_long"),
        ("limerick", Wish(initials="a1"), "verse.not_letters"),
        ("villanelle", Wish(initials="autumn"), "verse.heads_refrain"),
        ("limerick", Wish(rhyme="qwrtzk"), "verse.word_unknown"),
        ("limerick", Wish(rhyme="orange"), "verse.rhyme_few"),
        ("limerick", Wish(feet=("shore", "cat")), "verse.ends_apart"),
        ("limerick", Wish(feet=("a",) * 6), "verse.feet_many"),
        ("limerick", Wish(kept={7: "And so it goes"}), "verse.lines_many"),
        ("haiku", Wish(feet=("rain",)), "verse.feet_many"),
    ],
)
def test_wishes_that_contradict_the_form_are_refused(form: str, wish: Wish, code: str) -> None:
    with pytest.raises(InputError) as caught:
        sketched(form, wish)
    assert caught.value.code == code
    assert caught.value.message("en")
    assert caught.value.hint("zh")
