"""English verse in exact form: rhymes first, then line by line, each the best of several, then rewriting.

The grammar of a line lets the model choose only words that the metre allows where they stand, and end words that rhyme,
so that the form holds by construction. Which candidate stays is decided by `bimo.verse.english.judge`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace

from bimo.craft.events import Asked, Event, Piece
from bimo.craft.poem_any import write_checked
from bimo.craft.poem_text import PoemRequest, Written
from bimo.craft.session import Session, step
from bimo.models.protocol import Prompt, Sampling, Token
from bimo.text.errors import InputError, ModelError
from bimo.text.finding import Finding, Measure, Severity
from bimo.verse.english.grammar import line_grammar
from bimo.verse.english.judge import Score, is_full, judge
from bimo.verse.english.shapes import syllables
from bimo.verse.english.sketch import Sketch, Wish, sketch
from bimo.verse.form import Form
from bimo.verse.layout import Line, lay_out
from bimo.verse.scan import scan

# Candidates that an engine writes side by side; beyond that it reads the prompt again.
_AT_ONCE = 4
# A line with a lower score is tried again, so many times, every other time from where it goes wrong: at the first token
# with such a logarithm of probability, with so many syllables left to write at the least.
_GOOD_ENOUGH, _AGAIN = -2.5, 3
_LOST, _LEFT = -6.0, 3
_TEMPERATURE = 0.8
# Words of the theme that the model is asked for.
_IMAGES = 24
# What a line needs at most: no syllable is more than three tokens.
_TOKENS = 3


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A line that could stand, its score, and the tokens it was written with."""

    line: str
    score: Score
    tokens: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class _Begun:
    """Words that a line shall begin with, the tokens they were written with, and how the next word shall not begin."""

    words: str = ""
    tokens: tuple[Token, ...] = ()
    barred: str = ""

    @property
    def likely(self) -> float:
        """The logarithm of its probability by syllable."""
        return sum(token.logprob for token in self.tokens) / _syllables(self.words)


_NOTHING = _Begun()


@dataclass
class _Desk:
    """What one poem is written with."""

    session: Session
    request: PoemRequest
    sketch: Sketch
    theme: frozenset[str]
    lines: list[str]
    scores: dict[int, Score]

    def gap(self, number: int) -> str:
        """What stands between line `number` and the one above it."""
        places = self.sketch.places
        if number == 0:
            return ""
        return "\n" if places[number].stanza == places[number - 1].stanza else "\n\n"

    def before(self, number: int, lines: Sequence[str]) -> str:
        """What stands above line `number` in the model's answer."""
        return self.sketch.write(lines[:number]) + self.gap(number)

    def judged(self, line: str, number: int, lines: Sequence[str], tokens: Sequence[Token]) -> Score:
        others = [other for at, other in enumerate(lines) if at != number]
        said = _said(tokens)
        stumbles = sum(token.logprob < _LOST for token in said)
        return judge(line, others, likely=_likely(said, line), stumbles=stumbles, theme=self.theme)

    @property
    def whole(self) -> bool:
        return len(self.lines) == len(self.sketch.places)


def write_english(session: Session, request: PoemRequest, form: Form) -> Generator[Event, None, Written]:
    """Write, finish or mend. Raises InputError where the wishes contradict the form."""
    if form.kind == "free":
        return (yield from write_checked(session, request, form))
    wish = _wish(request, form)
    # What cannot be done is told before the model is asked for anything.
    sketch(form, wish, chance=random.Random(session.seed))
    words = yield from _images(session, request)
    made = sketch(form, replace(wish, words=words), chance=random.Random(session.seed))
    _ask(session, request, made)
    desk = _Desk(session, request, made, frozenset(word.casefold() for word in words), [], {})
    for number in range(len(made.places)):
        yield step("line", number + 1, len(made.places))
        line = made.settled(number, desk.lines)
        if not line:
            best = yield from _line(desk, number)
            line, desk.scores[number] = best.line, best.score
        desk.lines.append(line)
        yield Piece(desk.gap(number) + line)
        if session.stopped:
            break
    for round in range(request.rounds if desk.whole else 0):
        if session.stopped or not desk.scores:
            break
        yield step("rewriting", round + 1, request.rounds)
        yield from _rewrite(desk, round)
    return _written(desk)


def _wish(request: PoemRequest, form: Form) -> Wish:
    given = _lines_of(request.fix or request.continue_)
    kept = {number: line.text for number, line in enumerate(given)}
    if request.fix:
        for finding in scan(request.fix, form=form).findings:
            if finding.severity >= Severity.ERROR:
                kept = {number: text for number, text in kept.items() if not _touches(finding, given[number])}
    return Wish(
        rhyme=request.rhyme.strip(),
        initials=request.acrostic,
        feet=tuple(request.feet.replace(",", " ").split()),
        kept=kept,
        lines=len(given) if request.fix else 0,
    )


def _touches(finding: Finding, line: Line) -> bool:
    return line.span.start <= finding.span.start < line.span.end


def _lines_of(text: str) -> Sequence[Line]:
    return lay_out(text, "en").lines if text else ()


def _images(session: Session, request: PoemRequest) -> Generator[Event, None, tuple[str, ...]]:
    """Words that go with the theme: the writer's own, then those that the model names."""
    theme = request.theme or request.continue_ or request.fix
    own = [
        word for word in re.findall(r"[A-Za-z']+", " ".join((request.theme, request.mood))) if is_full(word.casefold())
    ]
    session.say("images", theme=theme, mood=request.mood, count=_IMAGES)
    grammar = f'root ::= word (", " word){{{_IMAGES - 1}}} "\\n"\nword ::= [a-z]{{3,12}}\n'
    sampling = replace(_exact(session), grammar=grammar, temperature=0.6, max_tokens=5 * _IMAGES)
    answer = yield from session.answer(sampling)
    session.answered(answer.strip())
    named = re.findall(r"[a-z]{3,}", answer.casefold())
    return tuple(dict.fromkeys([*own, *named]))


def _exact(session: Session) -> Sampling:
    """Sampling under a grammar: nothing else may forbid a word."""
    return replace(session.prose("verse"), bans=(), avoid="")


def _ask(session: Session, request: PoemRequest, made: Sketch) -> None:
    form = made.form
    session.show_manner()
    session.say(
        "ask",
        theme=request.theme or request.continue_ or request.fix,
        form=form.names["en"],
        about=form.about["en"],
        mood=request.mood,
        style=request.style,
        words="",
    )


def _line(desk: _Desk, number: int) -> Generator[Event, None, _Candidate]:
    """The best of several candidates for a line; where none reads well, of more, some of which begin like the best."""
    found: list[_Candidate] = []
    begun = _NOTHING
    for again in range(1 + _AGAIN):
        found += yield from _candidates(desk, number, desk.lines, again=again, begun=begun)
        if desk.session.stopped or max((each.score.total for each in found), default=-99.0) >= _GOOD_ENOUGH:
            break
        begun = _NOTHING if begun.words else _beginning(found)
    if not found:
        raise ModelError("craft.no_line", line=number + 1, model=desk.session.model.info.id)
    return max(found, key=lambda each: each.score.total)


def _beginning(found: Sequence[_Candidate]) -> _Begun:
    """The likeliest beginning of a candidate, up to where it goes wrong.

    A grammar allows words letter by letter, so a model that wants to write "the " where only a stressed word may stand
    has written "the" before it learns that it must go on with "rapy". What it wanted is barred there.
    """
    begun = [each for candidate in found if (each := _sound(candidate)).words]
    return max(begun, key=lambda each: each.likely, default=_NOTHING)


def _sound(candidate: _Candidate) -> _Begun:
    """What stands before the first token that is hardly likely, and before the last syllables at any rate."""
    tokens = candidate.tokens
    lost = next((at for at, token in enumerate(tokens) if token.logprob < _LOST), len(tokens))
    starts = [at for at, token in enumerate(tokens) if at and token.text[:1] in " ,"]
    for at in reversed([at for at in starts if at <= lost]):
        words = "".join(token.text for token in tokens[:at])
        if _syllables(candidate.line) - _syllables(words) >= _LEFT:
            barred = re.sub("[^a-z']", "", tokens[at].text.casefold())
            return _Begun(words, tuple(tokens[:at]), barred)
    return _NOTHING


def _candidates(
    desk: _Desk, number: int, lines: Sequence[str], *, again: int, begun: _Begun = _NOTHING
) -> Generator[Event, None, list[_Candidate]]:
    """Candidates for a line that hold the form, those of one call all beginning alike; others if it is tried `again`.

    Raises InputError where there can be none.
    """
    others = {at: line for at, line in enumerate(lines) if at != number} | dict(desk.sketch.kept)
    grammar = line_grammar(desk.sketch.rule(number, others, begun.words, begun.barred))
    if grammar is None and begun.words:
        begun, grammar = _NOTHING, line_grammar(desk.sketch.rule(number, others))
    if grammar is None:
        raise InputError("verse.no_such_line", line=number + 1, form=desk.sketch.form.names["en"])
    found: dict[str, _Candidate] = {}
    count = desk.request.tries
    for first in range(0, count, _AT_ONCE):
        seed = (desk.session.seed + 104729 * (64 * number + first + 1009 * again)) % 2**32
        many = min(_AT_ONCE, count - first)
        written = yield from _write(desk, number, lines, grammar, n=many, seed=seed, begun=begun.words)
        for text, tokens in written:
            line = (begun.words + text).removesuffix("\n").rstrip()
            if line not in found and "\n" not in line and desk.sketch.holds(number, line, others):
                said = (*begun.tokens, *tokens)
                found[line] = _Candidate(line, desk.judged(line, number, lines, said), said)
    return list(found.values())


def _write(
    desk: _Desk, number: int, lines: Sequence[str], grammar: str, *, n: int = 1, seed: int = 0, begun: str = ""
) -> Generator[Event, None, list[tuple[str, list[Token]]]]:
    """What the model writes as line `number` under a grammar, with its tokens."""
    session = desk.session
    prompt = Prompt(tuple(session.turns), desk.before(number, lines) + begun)
    metre, count = desk.sketch.places[number].metre, desk.sketch.places[number].syllables
    longest = count or (len(metre.pattern) if metre else 12)
    sampling = replace(
        _exact(session),
        temperature=_TEMPERATURE,
        grammar=grammar,
        logprobs=1,
        n=n,
        seed=seed,
        max_tokens=_TOKENS * longest + 4,
    )
    yield Asked(f"{prompt.messages[-1].text}\n{prompt.prefix}", session.model.count(prompt.prefix))
    texts: dict[int, str] = {}
    tokens: dict[int, list[Token]] = {}
    for chunk in session.model.stream(prompt, sampling, cancel=session.context.cancel):
        texts[chunk.index] = texts.get(chunk.index, "") + chunk.text
        tokens.setdefault(chunk.index, []).extend(chunk.tokens)
    return [(texts[index], tokens[index]) for index in texts]


def _syllables(text: str) -> int:
    return max(1, sum(syllables(word) for word in re.findall(r"[A-Za-z'’]+", text)))


def _said(tokens: Sequence[Token]) -> list[Token]:
    """The tokens up to the line end; what follows is only the engine's own end."""
    last = next((at for at, token in enumerate(tokens) if "\n" in token.text), len(tokens) - 1)
    return list(tokens[: last + 1])


def _likely(said: Sequence[Token], line: str) -> float:
    """The logarithm of probability by syllable."""
    return sum(token.logprob for token in said) / _syllables(line)


def _rewrite(desk: _Desk, round: int) -> Generator[Event, None, None]:
    """Try the weakest line anew; it stays new only if it and the line after it are likelier together than before."""
    order = sorted((at for at in desk.scores if not _comes_back(desk, at)), key=lambda at: desk.scores[at].total)
    if not order:
        return
    number = order[round % len(order)]
    found = yield from _candidates(desk, number, desk.lines, again=_AGAIN + 1 + round)
    if not found:
        return
    best = max(found, key=lambda each: each.score.total)
    line, score = best.line, best.score
    gain = score.total - desk.scores[number].total
    if gain <= 0:
        return
    changed = [*desk.lines[:number], line, *desk.lines[number + 1 :]]
    after = number + 1
    if after in desk.scores:
        follows = replace(desk.scores[after], likely=(yield from _weigh(desk, changed, after)))
        if gain + follows.total - desk.scores[after].total <= 0:
            return
        desk.scores[after] = follows
    desk.lines, desk.scores[number] = changed, score
    yield Piece(desk.sketch.write(changed), restart=True)


def _comes_back(desk: _Desk, number: int) -> bool:
    return bool(desk.sketch.places[number].refrain)


def _weigh(desk: _Desk, lines: Sequence[str], number: int) -> Generator[Event, None, float]:
    """How likely a line that is given is by syllable, under other lines before it."""
    grammar = f'root ::= "{lines[number]}\\n"\n'
    written = yield from _write(desk, number, lines, grammar)
    return _likely(_said(written[0][1]), lines[number]) if written else 0.0


def _written(desk: _Desk) -> Written:
    scores: Mapping[int, Score] = desk.scores or {0: Score(0.0)}
    count = len(scores)
    measures = (
        Measure("likely", sum(each.likely for each in scores.values()) / count, good=1),
        Measure("stumbles", float(sum(each.stumbles for each in scores.values())), good=-1),
        Measure("relevance", sum(each.relevance for each in scores.values()) / count, good=1),
        Measure("repeats", float(sum(each.repeats for each in scores.values())), good=-1),
        Measure("echoes", float(sum(each.echoes for each in scores.values())), good=-1),
    )
    total = sum(each.total for each in scores.values()) / count
    return Written(desk.sketch.write(desk.lines), desk.sketch.form.id, total, measures)
