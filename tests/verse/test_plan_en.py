"""Sketches and grammars for English verse: whatever can be written under them, the checker accepts."""

from __future__ import annotations

import random
import re
from functools import cache

import pytest

from bimo.verse.english.grammar import line_grammar
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
    for seed in range(6):
        made = sketched(name, seed=seed)
        lines = write(made, chance)
        assert against(made, lines) == [], "\n".join(lines)
