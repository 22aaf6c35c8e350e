"""From documents to a set of texts to learn from: near-duplicates out, whole units held out, tasks, and a card."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from bimo.critique.emotion import mood
from bimo.critique.style_register import registers
from bimo.text.count import length
from bimo.text.errors import InputError, Language
from bimo.voice.duplicates import clusters
from bimo.voice.gathering import Document, Dropped, Gathered
from bimo.voice.home import Home, keep, kept

Part = Literal["train", "validation", "test"]
PARTS: Final[tuple[Part, ...]] = ("train", "validation", "test")
# Under the first nothing can be learned and held out as well; under the second a voice stays thin.
LEAST: Final = {"zh": 3_000, "en": 2_000}
PLENTY: Final = {"zh": 60_000, "en": 40_000}
# How much of the text is held out for choosing, and again for the last judgement.
_HELD = 0.1
# So many units are needed to hold whole ones out.
_UNITS = 6
# A paragraph this long that stands twice is a copy; a shorter one may be a refrain. In characters.
_COPY = 80
_STRETCH = {"zh": 1_500, "en": 5_000}
# An example to fill in has its paragraph of so many characters, and as much of the text around it on both sides.
_GAP = {"zh": (40, 250), "en": (120, 700)}
_AROUND = {"zh": 150, "en": 450}


@dataclass(frozen=True, slots=True)
class Example:
    """Something to learn from: a text to go on with, or an answer to a prompt (its `system` and `user` messages)."""

    task: str
    text: str
    work: str
    title: str
    system: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """The examples of each part, the language, and the card that tells how they came about."""

    lang: Language
    parts: dict[Part, list[Example]]
    card: dict[str, Any]

    def texts(self, part: Part) -> list[str]:
        """The running texts of a part."""
        return [each.text for each in self.parts[part] if each.task == "continue"]


def assemble(
    gathered: Gathered,
    name: str,
    *,
    lang: Language | None = None,
    seed: int = 1,
    more: Callable[[Sequence[Document], Language], Iterable[Example]] | None = None,
) -> Dataset:
    """The dataset of what was gathered; `more` may make further examples of the training documents.

    Raises InputError `voice.too_little` with what is left and what is needed.
    """
    spoken = lang or _language(gathered.documents)
    documents, dropped = _of_language(gathered.documents, spoken)
    documents, copies = _without_copies(documents, spoken)
    amount = sum(length(each.text, spoken) for each in documents)
    if amount < LEAST[spoken]:
        code = "voice.too_little" if not copies else "voice.too_little_unique"
        raise InputError(code, count=f"{amount:,}", least=f"{LEAST[spoken]:,}", plenty=f"{PLENTY[spoken]:,}")
    dropped = [*gathered.dropped, *dropped, *copies]
    by, parts = held_out(documents, spoken, seed)
    dice = random.Random(seed)
    examples = {part: [_running(each) for each in parts[part]] + _gaps(parts[part], spoken, dice) for part in PARTS}
    if more:
        examples["train"] += more(parts["train"], spoken)
    card = _card(name, spoken, by, parts, examples)
    card |= {"seed": seed, "sources": gathered.sources, "dropped": [asdict(each) for each in dropped]}
    if amount < PLENTY[spoken]:
        card["warnings"].append("voice.little")
    if any(each.why == "voice.drop_language" for each in dropped):
        card["warnings"].append("voice.mixed")
    return Dataset(spoken, examples, card)


def save(dataset: Dataset, home: Home) -> None:
    """Write the parts and the card. Raises FileError `voice.cannot_write`."""
    for part, examples in dataset.parts.items():
        lines = "".join(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in examples)
        keep(home.dataset / f"{part}.jsonl", lines)
    keep(home.dataset / "card.json", json.dumps(dataset.card, ensure_ascii=False, indent=1) + "\n")


def load(home: Home) -> Dataset:
    """What `save` wrote. Raises InputError `voice.changed_dataset` if a file is not as the card says."""
    card = kept(home.dataset / "card.json")
    parts: dict[Part, list[Example]] = {}
    for part in PARTS:
        path = home.dataset / f"{part}.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        parts[part] = [Example(**json.loads(line)) for line in lines]
    if not card or card["sha256"] != _hash(parts):
        raise InputError("voice.changed_dataset", folder=str(home.dataset), name=home.name)
    return Dataset(card["language"], parts, card)


def held_out(documents: Sequence[Document], lang: Language, seed: int) -> tuple[str, dict[Part, list[Document]]]:
    """Which documents are in which part, and what was held out whole: works, chapters, or stretches where there are
    too few of both.
    """
    works: dict[str, list[Document]] = {}
    for each in documents:
        works.setdefault(each.work, []).append(each)
    by, units = "work", list(works.values())
    if len(units) < _UNITS:
        by, units = "chapter", [[each] for each in documents]
    if len(units) < _UNITS:
        by, units = "stretch", [[piece] for each in documents for piece in _stretches(each, _STRETCH[lang])]
    order = {id(unit): place for place, unit in enumerate(units)}
    random.Random(seed).shuffle(units)
    whole = sum(map(_size, units))
    parts: dict[Part, list[Document]] = {part: [] for part in PARTS}
    for part in ("test", "validation"):
        while _size(parts[part]) < 0.8 * _HELD * whole and len(units) > 1:
            # A unit that holds much more than is wanted would leave too little to learn from.
            fitting = next((unit for unit in units if _size(unit) <= 1.6 * _HELD * whole), None)
            unit = fitting or min(units, key=_size)
            units.remove(unit)
            parts[part] += unit
    parts["train"] = [each for unit in sorted(units, key=lambda unit: order[id(unit)]) for each in unit]
    return by, parts


def _size(documents: Sequence[Document]) -> int:
    return sum(len(each.text) for each in documents)


def _stretches(document: Document, size: int) -> list[Document]:
    pieces: list[list[str]] = [[]]
    joint = "\n" if document.lang == "zh" else "\n\n"
    for paragraph in document.text.split(joint):
        if sum(map(len, pieces[-1])) >= size:
            pieces.append([])
        pieces[-1].append(paragraph)
    return [
        replace(document, title=f"{document.title} {n}", text=joint.join(piece)) for n, piece in enumerate(pieces, 1)
    ]


def _language(documents: Sequence[Document]) -> Language:
    sizes: Counter[Language] = Counter()
    for each in documents:
        # A Chinese character says about as much as three Latin letters.
        sizes[each.lang] += len(each.text) * (3 if each.lang == "zh" else 1)
    return sizes.most_common(1)[0][0]


def _of_language(documents: Sequence[Document], lang: Language) -> tuple[list[Document], list[Dropped]]:
    other = [each for each in documents if each.lang != lang]
    dropped = [Dropped(_named(each), "voice.drop_language", len(each.text)) for each in other]
    return [each for each in documents if each.lang == lang], dropped


def _without_copies(documents: Sequence[Document], lang: Language) -> tuple[list[Document], list[Dropped]]:
    """Of chapters that are alike the longest stays, of long paragraphs that are alike the first."""
    dropped: list[Dropped] = []
    gone: set[int] = set()
    for group in clusters([each.text for each in documents], lang):
        best = max(group, key=lambda place: (len(documents[place].text), place))
        gone |= set(group) - {best}
    for place in sorted(gone):
        dropped.append(Dropped(_named(documents[place]), "voice.drop_copy", len(documents[place].text)))
    left = [each for place, each in enumerate(documents) if place not in gone]
    joint = "\n" if lang == "zh" else "\n\n"
    pieces = [(place, piece) for place, each in enumerate(left) for piece in each.text.split(joint)]
    long = [number for number, (_, piece) in enumerate(pieces) if len(piece) >= _COPY]
    again = {long[number] for group in clusters([pieces[n][1] for n in long], lang) for number in group[1:]}
    lines: dict[int, list[str]] = {}
    lost: Counter[int] = Counter()
    for number, (place, piece) in enumerate(pieces):
        if number in again:
            lost[place] += len(piece)
        else:
            lines.setdefault(place, []).append(piece)
    dropped += [Dropped(_named(left[place]), "voice.drop_paragraphs", count) for place, count in lost.items()]
    return [replace(left[place], text=joint.join(lines[place])) for place in sorted(lines)], dropped


def _named(document: Document) -> str:
    return f"{document.work}: {document.title}" if document.title not in ("", document.work) else document.work


def _running(document: Document) -> Example:
    return Example("continue", document.text, document.work, document.title)


def _gaps(documents: Sequence[Document], lang: Language, dice: random.Random) -> list[Example]:
    """Paragraphs to fill in between what stands around them, about every sixth that is of a fitting length."""
    from bimo.voice.prompts import prompt

    found: list[Example] = []
    low, high = _GAP[lang]
    around = _AROUND[lang]
    for document in documents:
        pieces = document.text.split("\n" if lang == "zh" else "\n\n")
        for place in range(1, len(pieces) - 1):
            if low <= len(pieces[place]) <= high and dice.random() < 1 / 6:
                before, after = pieces[place - 1][-around:], pieces[place + 1][:around]
                system, user = prompt("infill", lang, before=before, after=after)
                found.append(Example("infill", pieces[place], document.work, document.title, system, user))
    return found


def _card(
    name: str, lang: Language, by: str, documents: dict[Part, list[Document]], examples: dict[Part, list[Example]]
) -> dict[str, Any]:
    return {
        "name": name,
        "language": lang,
        "made": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}",
        "held_out_by": by,
        "parts": {
            part: {
                "documents": len(documents[part]),
                "units": sum(length(each.text, lang) for each in documents[part]),
                "characters": _size(documents[part]),
                "titles": [_named(each) for each in documents[part]],
                "labels": [_labels(each) for each in documents[part]],
                "tasks": dict(Counter(each.task for each in examples[part])),
            }
            for part in PARTS
        },
        "sha256": _hash(examples),
        "warnings": ["voice.held_inside"] if by == "stretch" else [],
    }


def _labels(document: Document) -> dict[str, Any]:
    """What the critics say of a document: its register, how bright and how calm it is, the strongest feeling."""
    told = mood(document.text, document.lang)
    found = registers(document.text, document.lang)
    return {
        "register": found[0].name if found else None,
        "valence": round(told.valence, 3),
        "arousal": round(told.arousal, 3),
        "feeling": next((name for name, _ in told.feelings.most_common(1)), None),
    }


def _hash(parts: dict[Part, list[Example]]) -> str:
    whole = [[asdict(each) for each in parts[part]] for part in PARTS]
    return hashlib.sha256(json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def file_hash(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
