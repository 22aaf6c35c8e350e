"""Chinese verse in exact form: shape and rhyme first, then line by line, each the best of several, then rewriting.

The grammar of a line lets the model choose only characters that the form allows there, so that length, tones and rhyme
hold by construction. Which candidate stays is decided by `bimo.verse.chinese.judge`.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace

from bimo.craft.events import Asked, Event, Piece
from bimo.craft.poem_any import write_checked
from bimo.craft.poem_text import PoemRequest, Written
from bimo.craft.session import Session, step
from bimo.models.protocol import Message, Prompt, Sampling, Token
from bimo.text.errors import InputError, ModelError
from bimo.text.finding import Measure
from bimo.verse.chinese.grammar import line_grammar
from bimo.verse.chinese.judge import Score, flaw, judge
from bimo.verse.chinese.mend import answering, mending
from bimo.verse.chinese.pattern import variants
from bimo.verse.chinese.plan import Plan, Wish, plan
from bimo.verse.form import Form
from bimo.verse.layout import lay_out
from bimo.verse.lore import related

# A character is one token, seldom two or three; the mark is one more.
_TOKENS = 3
# Candidates that an engine writes side by side; beyond that it reads the prompt again.
_AT_ONCE = 4


@dataclass
class _Desk:
    """What one poem is written with."""

    session: Session
    request: PoemRequest
    plan: Plan
    relevance: Mapping[str, float]
    lines: list[str]
    scores: list[Score]

    def before(self, number: int, lines: Sequence[str]) -> str:
        """What stands above line `number` in the model's answer."""
        text = f"《{self.request.theme}》\n" if self.request.theme and not self.request.answer else ""
        body = self.plan.write(lines[:number])
        if number and self.plan.places[number - 1].mark == "。":
            body += "\n"
        return text + body

    def parallel(self, number: int) -> str:
        """The line that line `number` should stand in parallel to: in a couplet, and in the middle of a 律诗."""
        kind, count = self.plan.form.kind, len(self.plan.places)
        inner = kind == "shi" and count >= 8 and 2 <= number < count - 2
        return self.lines[number - 1] if number % 2 and (inner or kind == "couplet") else ""

    def judged(self, line: str, number: int, likely: float) -> Score:
        others = [other for at, other in enumerate(self.lines) if at != number]
        return judge(line, others, likely=likely, relevance=self.relevance, parallel=self.parallel(number))


def write_chinese(session: Session, request: PoemRequest, form: Form) -> Generator[Event, None, Written]:
    """Write, finish, mend or answer. Raises InputError where the wishes contradict the form.

    Free verse has no pattern to hold to, so it is written at one go and only checked.
    """
    if not variants(form):
        session.turns[:] = [Message("system", session.script.say("modern"))]
        return (yield from write_checked(session, request, form))
    chance = random.Random(session.seed)
    relevance = related(" ".join((request.theme, request.mood, request.answer)))
    made = _planned(request, form, relevance, chance)
    _ask(session, request, made, relevance)
    desk = _Desk(session, request, made, relevance, [], [])
    for number in range(len(made.places)):
        yield step("line", number + 1, len(made.places))
        line, score = yield from _line(desk, number)
        desk.lines.append(line)
        desk.scores.append(score)
        yield Piece(_shown(made, number, line))
        if session.stopped:
            break
    for round in range(request.rounds if len(desk.lines) == len(made.places) else 0):
        if session.stopped:
            break
        yield step("rewriting", round + 1, request.rounds)
        yield from _rewrite(desk, round)
    return _written(desk)


def _planned(request: PoemRequest, form: Form, relevance: Mapping[str, float], chance: random.Random) -> Plan:
    if request.answer:
        upper = "".join(filter(str.isalnum, request.answer))
        if not upper:
            raise InputError("text.empty")
        return answering(upper, book_id=request.book, policy=request.readings)
    if request.fix:
        return mending(form, _lines_of(request.fix), book_id=request.book, policy=request.readings)
    wish = Wish(
        rhyme=request.rhyme,
        heads="".join(request.acrostic.split()),
        feet="".join(request.feet.split()),
        lines=tuple(_lines_of(request.continue_)),
        book=request.book,
        policy=request.readings,
    )
    return plan(form, wish, relevance=relevance, chance=chance)


def _lines_of(text: str) -> list[str]:
    return [line.text for line in lay_out(text, "zh").lines] if text else []


def _ask(session: Session, request: PoemRequest, made: Plan, relevance: Mapping[str, float]) -> None:
    form = made.form
    if request.answer:
        session.say("answer", theme=request.answer, mood=request.mood, style=request.style)
        return
    words = sorted(relevance, key=lambda char: -relevance[char])[:8]
    session.say(
        "ask",
        theme=request.theme or "无题",
        form=form.names["zh"],
        about=form.about["zh"],
        mood=request.mood,
        style=request.style,
        words="、".join(words),
    )


def _shown(made: Plan, number: int, line: str) -> str:
    """A line as it is shown while the poem grows."""
    new_stanza = number and made.stanzas[number] != made.stanzas[number - 1]
    new_row = number and made.places[number - 1].mark == "。"
    return ("\n" if new_row else "") + ("\n" if new_stanza else "") + line + made.places[number].mark


def _line(desk: _Desk, number: int) -> Generator[Event, None, tuple[str, Score]]:
    """The best of several candidates for a line; what is settled wholly is taken as it is."""
    made = desk.plan
    length = made.places[number].length
    settled = [made.fixed.get((number, at), "") for at in range(length)]
    if all(settled):
        return "".join(settled), Score(0.0)
    best = yield from _best(desk, number)
    if best is None:
        raise ModelError("craft.no_line", line=number + 1, model=desk.session.model.info.id)
    return best


def _best(desk: _Desk, number: int, offset: int = 0) -> Generator[Event, None, tuple[str, Score] | None]:
    """The best of the candidates for a line, written anew from where it repeats a character or an old poem."""
    found = yield from _candidates(desk, number, desk.request.tries, offset)
    best = max(found, key=lambda pair: pair[1].total, default=None)
    while best and not desk.session.stopped:
        at = flaw(best[0])
        if at is None or (number, at) in desk.plan.fixed:
            break
        found = yield from _candidates(desk, number, 1, offset, begun=best)
        if not found or (flaw(found[0][0]) or at + 1) <= at:
            break
        best = found[0]
    return best


def _candidates(
    desk: _Desk, number: int, count: int, offset: int = 0, begun: tuple[str, Score] | None = None
) -> Generator[Event, None, list[tuple[str, Score]]]:
    """Candidates for a line that fit their places, each with its score.

    With `begun` they have its characters up to its flaw, and none of those after that again.
    """
    made, session = desk.plan, desk.session
    at = (flaw(begun[0]) or 0) if begun else 0
    start, barred = (begun[0][:at], begun[0][: at + 1]) if begun else ("", "")
    used = {char for other, line in enumerate(desk.lines) if other != number for char in line}
    used |= {*made.fixed.values(), *barred}
    choices = made.choices(number, without=used)
    mark = made.places[number].mark
    prompt = Prompt(tuple(session.turns), desk.before(number, desk.lines) + start)
    sampling = _under(session, choices[at:], mark)
    yield Asked(f"{prompt.messages[-1].text}\n{prompt.prefix}", session.model.count(prompt.prefix))
    texts: dict[int, str] = {}
    tokens: dict[int, list[Token]] = {}
    for first in range(0, count, _AT_ONCE):
        many = min(_AT_ONCE, count - first)
        seed = (session.seed + 104729 * (64 * number + first + 1009 * offset) + at) % 2**32
        for chunk in session.model.stream(prompt, replace(sampling, n=many, seed=seed), cancel=session.context.cancel):
            index = first + chunk.index
            texts[index] = texts.get(index, "") + chunk.text
            tokens.setdefault(index, []).extend(chunk.tokens)
    found = {}
    for index, text in texts.items():
        line = start + text.strip().removesuffix(mark)
        if len(line) == len(choices) and all(map(str.__contains__, choices[at:], line[at:])):
            # What stands before the flaw is taken to be as likely as the line that it was part of.
            likely = (begun[1].likely if begun else 0.0) * at / len(line) + _likely(tokens[index], len(line), mark)
            found[line] = desk.judged(line, number, likely)
    return list(found.items())


def _under(session: Session, choices: Sequence[str], mark: str) -> Sampling:
    """Sampling of one line. The mark that the grammar asks for ends it, which spares the engine two steps."""
    return replace(
        session.prose("verse"),
        bans=(),
        avoid="",
        dry=0.0,
        grammar=line_grammar(choices, mark),
        logprobs=1,
        stop=(mark,),
        max_tokens=_TOKENS * (len(choices) + 1),
    )


def _likely(tokens: Sequence[Token], characters: int, mark: str) -> float:
    """The mean logarithm of probability of the characters that were written, without the mark and what follows it."""
    return sum(token.logprob for token in tokens if token.text and token.text != mark) / characters


def _rewrite(desk: _Desk, round: int) -> Generator[Event, None, None]:
    """Try the weakest line anew; it stays new only if it and the line after it are likelier together than before."""
    free = [number for number, line in enumerate(desk.lines) if _is_free(desk.plan, number)]
    if not free:
        return
    order = sorted(free, key=lambda number: desk.scores[number].total)
    number = order[round % len(order)]
    best = yield from _best(desk, number, offset=round + 1)
    if best is None or best[1].total <= desk.scores[number].total:
        return
    line, score = best
    changed = [*desk.lines[:number], line, *desk.lines[number + 1 :]]
    after = number + 1
    gain = score.total - desk.scores[number].total
    if after < len(desk.lines):
        likely = yield from _weigh(desk, changed, after)
        follows = replace(desk.scores[after], likely=likely)
        if gain + follows.total - desk.scores[after].total <= 0:
            return
        desk.scores[after] = follows
    desk.lines, desk.scores[number] = changed, score
    yield Piece(desk.plan.write(changed), restart=True)


def _is_free(made: Plan, number: int) -> bool:
    return all((number, at) not in made.fixed for at in range(1, made.places[number].length))


def _weigh(desk: _Desk, lines: Sequence[str], number: int) -> Generator[Event, None, float]:
    """The mean logarithm of probability of a line that is given, under other lines before it."""
    session, line = desk.session, lines[number]
    prompt = Prompt(tuple(session.turns), desk.before(number, lines))
    mark = desk.plan.places[number].mark
    sampling = _under(session, tuple(line), mark)
    yield Asked(f"{prompt.messages[-1].text}\n{prompt.prefix}", session.model.count(prompt.prefix))
    tokens: list[Token] = []
    for chunk in session.model.stream(prompt, sampling, cancel=session.context.cancel):
        tokens.extend(chunk.tokens)
    return _likely(tokens, len(line), mark)


def _marked(line: str, like: str) -> str:
    """An answer with the marks inside it at the places where the line that it answers has them."""
    chars = iter(line)
    text = "".join(next(chars, "") if char.isalnum() else char for char in like.strip())
    return text[: text.rindex(line[-1]) + 1] if line else ""


def _written(desk: _Desk) -> Written:
    free = [score for number, score in enumerate(desk.scores) if _is_free(desk.plan, number)] or [Score(0.0)]
    count = len(free)
    measures = (
        Measure("likely", sum(each.likely for each in free) / count, good=1),
        Measure("relevance", sum(each.relevance for each in free) / count, good=1),
        Measure("repeats", float(sum(each.repeats for each in free)), good=-1),
        Measure("copied", float(sum(each.copied for each in free)), good=-1),
    )
    text = desk.plan.write(desk.lines)
    if desk.request.answer:
        text = _marked(desk.lines[-1], desk.request.answer) if len(desk.lines) > 1 else ""
    form = "" if desk.request.answer else desk.plan.form.id
    return Written(text, form, sum(each.total for each in free) / count, measures)
