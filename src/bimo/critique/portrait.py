"""One page about a text: every measure that needs no model, beside its human band, and the curves to draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bimo.critique import originality, structure
from bimo.critique.emotion import Mood, moods, of_characters, together
from bimo.critique.emotion_arc import Arc, arc
from bimo.critique.originality import Band, bands, echoes
from bimo.critique.style import Likeness, drift, likeness, outliers
from bimo.critique.style_register import Register, registers
from bimo.text.count import length
from bimo.text.errors import InputError, Language
from bimo.text.finding import Measure
from bimo.text.sentences import paragraphs
from bimo.text.spans import Span
from bimo.text.words import names, tagged

# Names are looked for in so many letters from the beginning, and the most frequent of them are followed.
_NAMES_IN, _FOLLOWED = 20_000, 6
# The register of a work shows in its first pages.
_REGISTER_IN = 60_000


@dataclass(frozen=True, slots=True)
class Portrait:
    """What was measured of a text. `rhythm` has the mean sentence and `speech` the share of dialogue along it."""

    lang: Language
    count: int
    measures: tuple[Measure, ...]
    bands: dict[str, Band]
    registers: tuple[Register, ...]
    mood: Mood
    arc: Arc
    drift: tuple[tuple[Span, float], ...]
    strange: tuple[tuple[Span, float], ...]
    rhythm: tuple[tuple[Span, float], ...]
    speech: tuple[tuple[Span, float], ...]
    characters: dict[str, tuple[tuple[Span, Mood], ...]]
    echoes: tuple[tuple[str, int], ...]
    likeness: Likeness | None = None


def portrait(
    text: str, lang: Language, *, like: str = "", progress: Callable[[int, int], None] = lambda step, steps: None
) -> Portrait:
    """Measure a text; `like` is prose of an author to compare it with. `progress` is told step and steps.

    Raises InputError `critique.nothing_to_measure` for a text without a letter of its language.
    """
    if not length(text, lang):
        raise InputError("critique.nothing_to_measure")
    steps = 6
    progress(0, steps)
    parts = [piece for span in paragraphs(text) for piece in _pieces(span)]
    felt = moods(text, lang, parts)
    progress(1, steps)
    curve = drift(text, lang, like)
    progress(2, steps)
    found = (*structure.measures(text, lang), *originality.measures(text, lang))
    progress(3, steps)
    walks = _along(text, lang)
    progress(4, steps)
    followed = _followed(text, lang)
    people = {name: tuple(seen) for name, seen in of_characters(text, felt, [(name,) for name in followed]).items()}
    progress(5, steps)
    made = Portrait(
        lang,
        length(text, lang),
        found,
        bands(lang),
        tuple(registers(text[:_REGISTER_IN], lang)),
        together(mood for _, mood in felt),
        arc(felt, lang),
        tuple(curve),
        tuple(outliers(curve)),
        tuple((span, measured[0]) for span, measured in walks),
        tuple((span, measured[1]) for span, measured in walks),
        people,
        tuple(echoes(text, lang)),
        likeness(text, like, lang) if like else None,
    )
    progress(steps, steps)
    return made


def _pieces(span: Span, most: int = 2000) -> list[Span]:
    """A paragraph, or one that is a whole book cut into pieces that can be drawn."""
    return [Span(start, min(start + most, span.end)) for start in range(span.start, span.end, most)]


def _along(text: str, lang: Language) -> list[tuple[Span, tuple[float, float]]]:
    """Mean sentence and share of dialogue in some forty stretches."""
    from bimo.critique.style import stretches

    size = max(300, length(text, lang) // 40)
    found = []
    for span in stretches(text, lang, size):
        part = span.of(text)
        lengths = structure.sentence_lengths(part, lang)
        spoken = sum(map(len, structure.speech(part))) / max(1, len(part))
        found.append((span, (sum(lengths) / len(lengths) if lengths else 0.0, spoken)))
    return found


def _followed(text: str, lang: Language) -> Sequence[str]:
    counted = sorted(((text.count(name), name) for name in names(text[:_NAMES_IN], lang)), reverse=True)
    kept: list[str] = []
    for count, name in counted:
        if (
            count >= 3
            and _named(name, lang)
            and len(kept) < _FOLLOWED
            and not any(name in other or other in name for other in kept)
        ):
            kept.append(name)
    return kept


def _named(name: str, lang: Language) -> bool:
    """Whether it may be a person: no emphasis in capitals, no common noun or place that the dictionary knows."""
    if lang == "en":
        return len(name) > 2 and not name.isupper()
    pieces = tagged(name)
    return len(pieces) > 1 or pieces[0][1].startswith("nr")
