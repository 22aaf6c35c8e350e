"""Sample poems at random from what the grammar allows, without a model, and let the checker read each.

    python bench/verse_grammar.py --poems 1000 --tunes 100

`--poems` for each form with a file of its own, `--tunes` for each tune of 词. Prints each form with a poem that the
checker does not accept, under `strict` and under `common` readings, then the totals.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter

from bimo.text.finding import Severity
from bimo.verse.chinese.pattern import variants
from bimo.verse.chinese.plan import Plan, Wish, plan
from bimo.verse.form import Form, all_forms
from bimo.verse.scan import scan
from bimo.verse.scansion import Policy
from machine import describe


def written(made: Plan, chance: random.Random) -> str:
    """A poem without sense: at each place any character that the plan allows and the poem does not have yet."""
    used: set[str] = set()
    lines = []
    for number in range(len(made.places)):
        line = ""
        for choice in made.choices(number, without=used):
            left = [char for char in choice if char not in line] or list(choice)
            line += chance.choice(left)
        used |= set(line)
        lines.append(line)
    return made.write(lines)


def faults(form: Form, policy: Policy, count: int) -> Counter[str]:
    """The faults of `count` random poems; "" counts the poems without one."""
    chance = random.Random(f"{form.id} {policy}")
    found: Counter[str] = Counter()
    for _ in range(count):
        made = plan(form, Wish(policy=policy), relevance={}, chance=chance)
        read = scan(written(made, chance), form=form, policy=policy)
        codes = {finding.code for finding in read.findings if finding.severity >= Severity.ERROR}
        found.update(codes or {""})
    return found


def main() -> None:
    """Run over the whole registry of Chinese forms."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--poems", type=int, default=1000)
    parser.add_argument("--tunes", type=int, default=100)
    asked = parser.parse_args()
    print(describe())
    began = time.perf_counter()
    forms = [form for form in all_forms().values() if form.lang == "zh" and variants(form)]
    total: Counter[str] = Counter()
    for form in forms:
        for policy in ("strict", "common"):
            found = faults(form, policy, asked.tunes if form.kind == "ci" else asked.poems)
            total += found
            if set(found) != {""}:
                print(form.id, policy, dict(found))
    poems, right = sum(total.values()), total[""]
    print(f"{len(forms)} forms, {poems} poems, {right} accepted ({right / poems:.3%})")
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
