"""The quicker notation says the same as GBNF, and is used only for what it can say."""

from __future__ import annotations

import pytest

from bimo.models import quicker as module
from bimo.models.quicker import quicker
from bimo.verse.chinese.grammar import line_grammar


def test_a_line_of_verse_is_put_into_the_other_notation() -> None:
    assert quicker(line_grammar(["山水", "花", "山水"], "，")) == (
        '%llguidance {}\nstart: C0 C1 C0 "，"\nC0: /[山水]/\nC1: /[花]/\n'
    )


@pytest.mark.parametrize(
    "grammar",
    [
        'root ::= "yes" | "no"',
        "root ::= [^A-Z]*",
        'root ::= a "x"\na ::= [a-z]{3}\n',
        "root ::= a\na ::= [\\]x]\n",
        'root ::= a "\\""\na ::= [xy]\n',
        "root ::= (",
    ],
)
def test_whatever_else_stays_as_it_is(grammar: str) -> None:
    assert quicker(grammar) == grammar


def test_an_engine_without_the_matcher_gets_the_grammar_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    grammar = line_grammar(["山水", "花草"], "。")
    monkeypatch.setattr(module, "_is_built_in", lambda: False)
    assert quicker(grammar) == grammar
