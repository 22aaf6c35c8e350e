"""From a plan to a GBNF grammar: whatever a model writes under it has the form."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bimo.verse.chinese.plan import Plan


def line_grammar(choices: Sequence[str], mark: str) -> str:
    """A grammar for one line: a character out of each of `choices`, then the mark.

    The frequent characters stand first: an engine reads a class from its beginning, so they are found soonest.
    """
    return _grammar([(choices, mark)])


def poem_grammar(plan: Plan, *, without: Collection[str] = ()) -> str:
    """A grammar for the whole poem, with the line ends of `Plan.write`."""
    lines = []
    for number, place in enumerate(plan.places):
        end = place.mark
        if number + 1 < len(plan.places):
            end += "\\n" if place.mark == "。" else ""
            end += "\\n" if plan.stanzas[number + 1] != plan.stanzas[number] else ""
        lines.append((plan.choices(number, without=without), end))
    return _grammar(lines)


def _grammar(lines: Sequence[tuple[Sequence[str], str]]) -> str:
    names: dict[str, str] = {}
    root = []
    for choices, end in lines:
        root += [names.setdefault(each, f"c{len(names)}") for each in choices]
        if end:
            root.append(f'"{end}"')
    rules = [f"root ::= {' '.join(root)}", *(f"{name} ::= [{chars}]" for chars, name in names.items())]
    return "\n".join(rules) + "\n"
