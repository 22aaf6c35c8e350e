"""A document read aloud: its chapters as sentences with pauses, said one by one, kept, and joined into one file."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import wave
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bimo.models.places import state_dir
from bimo.models.protocol import Cancel
from bimo.publish.document import (
    Action,
    Block,
    Character,
    Dialogue,
    Document,
    Heading,
    Paragraph,
    Parenthetical,
    Quote,
    SceneBreak,
    SceneHeading,
    Transition,
    Verse,
)
from bimo.publish.read_along import Spoken, read_along
from bimo.publish.speakers import Line, told, women
from bimo.senses.sound_files import Mark, read_wav, write_sound
from bimo.senses.sounds import sounds
from bimo.senses.sounds_en import from_cmu
from bimo.senses.speech import RATE, Speaker, voice_for, voices
from bimo.text.errors import FileError, InputError, Language
from bimo.text.language import detect
from bimo.text.sentences import paragraphs, sentences
from bimo.text.spans import Span
from bimo.verse.english.sounds import pronounce

if TYPE_CHECKING:
    from bimo.senses.sound_files import Samples

# Pauses after what is said, in seconds.
_SENTENCE, _LINE, _PARAGRAPH, _HEADING, _BREAK = 0.30, 0.45, 0.65, 1.0, 1.4
# Clips that no narration used lately are deleted down to this many bytes.
_KEPT: Final = 1 << 30
# So many sentences at the beginning are cut at their pauses, into pieces of no fewer signs than these.
_EARLY: Final = 4
_PAUSE: Final = re.compile(r"[，、；：,;:—](?!\d)\s*(?=\S{2})")
_WORTH: Final[dict[Language, int]] = {"zh": 6, "en": 20}
# What is said in one breath: up to 160 signs to a pause of the sentence, else to a space, else to wherever it must end.
_BREATH: Final = re.compile(r"\S.{0,159}$|\S.{60,159}[，、；：,;:—](?!\d)|\S.{60,159}(?= )|\S.{0,159}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence to be said: its language, who says it ("" is the narrator), and the pause after it in seconds.

    `block` is the number of the document's block that it stands in; -1 for the title.
    """

    text: str
    lang: Language
    speaker: str = ""
    pause: float = _SENTENCE
    block: int = -1


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter as listeners see it: a title, and what is said in it."""

    title: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """News of a narration: `done` of `total` sentences are said, `made` of them anew; `seconds` of sound so far.

    `path` is the finished file, in the last news only.
    """

    done: int
    total: int
    made: int
    seconds: float
    text: str = ""
    path: Path | None = None


def reading(document: Document, *, speakers: bool = False) -> tuple[Chapter, ...]:
    """The document as chapters; a heading of the highest level begins one. `speakers` finds out who says what.

    Raises InputError `publish.nothing`.
    """
    top = min((block.level for block in document.blocks if isinstance(block, Heading)), default=1)
    paragraphs = [block.text for block in document.blocks if isinstance(block, Paragraph)]
    lines = iter(told(paragraphs, document.lang) if speakers else [[Line(text)] for text in paragraphs])
    found: list[tuple[str, list[Said]]] = [(document.title, [])]
    speaker = ""
    for number, block in enumerate(document.blocks):
        if isinstance(block, Heading) and block.level == top:
            found.append((block.text, []))
        if isinstance(block, Character):
            speaker = block.text.split("(")[0].split("（")[0].strip()
        found[-1][1].extend(replace(said, block=number) for said in _block(block, document.lang, speaker, lines))
    if not any(said for _, said in found):
        raise InputError("publish.nothing")
    if document.title:
        lang = detect(document.title, document.lang)
        first = next(said for _, said in found if said)
        first.insert(0, Said(document.title, lang, pause=_HEADING))
    return tuple(Chapter(title, tuple(said)) for title, said in found if said)


def cast(document: Document, chapters: Iterable[Chapter], narrator: str, given: Mapping[str, str]) -> dict[str, str]:
    """A voice for every speaker: those `given`, else one of the right sex that few others have. "" is the narrator.

    Raises InputError `senses.no_voice`.
    """
    speakers = list(dict.fromkeys(said.speaker for each in chapters for said in each.said if said.speaker))
    texts = [block.text for block in document.blocks if isinstance(block, Paragraph | Action)]
    woman = women(texts, speakers, document.lang)
    chosen = {"": voice_for(document.lang, narrator).id} | {name: voice_for("en", id).id for name, id in given.items()}
    for name in speakers:
        if name not in chosen:
            used = list(chosen.values())
            fit = [each.id for each in voices().values() if each.lang == document.lang and each.woman == woman[name]]
            chosen[name] = min(fit, key=used.count)
    return chosen


def narrate(
    chapters: tuple[Chapter, ...],
    voices_of: Mapping[str, str],
    speaker: Speaker,
    path: Path,
    *,
    speed: float = 1.0,
    tags: Mapping[str, str] | None = None,
    document: Document | None = None,
    cancel: Cancel | None = None,
) -> Iterator[Heard]:
    """Say every sentence and join them in `path`, whose ending names the kind of file; news after each sentence.

    Sentences said before, by an earlier call that was stopped too, are taken as they are. Speakers without a voice in
    `voices_of` are read by the narrator (""). A path ending in .epub makes a book of `document` to read along. The file
    appears whole or not at all. Stops without it once `cancel` is on. Raises FileError `senses.cannot_write` and
    whatever `speaker` raises.
    """
    cancel = cancel or Cancel()
    total = sum(len(chapter.said) for chapter in chapters)
    clips: list[Spoken] = []
    made, samples, marks = 0, 0, []
    try:
        for chapter in chapters:
            start = samples
            for said in chapter.said:
                if cancel.cancelled:
                    return
                clip, fresh = _clip(said, voices_of, speaker, speed)
                made += fresh
                if clip:
                    clips.append(Spoken(clip, said.pause, said.block))
                    samples += _length(clip) + round(said.pause * RATE)
                yield Heard(len(clips), total, made, samples / RATE, said.text)
            marks.append(Mark(chapter.title, start, samples))
        if not clips:
            raise InputError("senses.nothing_to_say")
        if path.suffix.lower() == ".epub" and document:
            book = read_along(document, clips)
            _whole(path, lambda fresh: fresh.write_bytes(book))
        else:
            _join(path, clips, marks if len(marks) > 1 else [], dict(tags or {}))
        _sweep({each.clip for each in clips})
    except OSError as error:
        raise FileError("senses.cannot_write", name=str(path), reason=error.strerror or str(error)) from error
    yield Heard(total, total, made, samples / RATE, path=path)


def _block(block: Block, lang: Language, speaker: str, lines: Iterator[list[Line]]) -> Iterator[Said]:
    match block:
        case Heading():
            yield Said(block.text, detect(block.text, lang), pause=_HEADING)
        case Paragraph():
            yield from _paragraph(next(lines), lang)
        case Verse():
            for place, line in enumerate(block.lines, 1):
                yield Said(line, detect(line, lang), pause=_LINE if place < len(block.lines) else _PARAGRAPH)
        case Quote():
            for inner in block.blocks:
                own = [Line(inner.text)] if isinstance(inner, Paragraph) else []
                yield from _block(inner, lang, speaker, iter([own]))
        case Dialogue():
            yield from _paragraph([Line(block.text, speaker)], lang)
        case SceneHeading() | Action() | Parenthetical() | Transition():
            yield from _paragraph([Line(block.text)], lang)
        case SceneBreak():
            # Nothing is said, so the pause stands on a sentence without sounds.
            yield Said("", lang, pause=_BREAK)


def _paragraph(lines: list[Line], lang: Language) -> Iterator[Said]:
    own = detect(" ".join(line.text for line in lines), lang)
    said = [Said(span.of(line.text), own, line.speaker) for line in lines for span in sentences(line.text, own)]
    yield from said[:-1]
    if said:
        yield replace(said[-1], pause=_PARAGRAPH)


def sounded(word: str) -> str:
    """How an English word that no lexicon of the voices has may sound, by the rules of verse."""
    found = pronounce(word)
    return from_cmu(found[0].phones) if found else ""


def sentences_of(text: str, lang: Language, start: int = 0) -> Iterator[tuple[Span, Said]]:
    """The sentences of a text as it is written, from the one at `start` on, each with its place.

    Those that nobody says in one breath come in pieces, and so do the first, that something be heard soon and the rest
    be made meanwhile.
    """
    begun = 0
    for span, said in _sentences(text, lang):
        if span.end > start:
            begun += 1
            yield from _soon(span, said) if begun <= _EARLY else [(span, said)]


def _soon(span: Span, said: Said) -> Iterator[tuple[Span, Said]]:
    """A sentence cut at the pauses within it, no piece shorter than is worth it."""
    least, place = _WORTH[said.lang], 0
    while (pause := _PAUSE.search(said.text, place + least)) and len(said.text) - pause.end() >= least:
        part = said.text[place : pause.end()]
        yield Span(span.start + place, span.start + pause.end()), replace(said, text=part, pause=0.0)
        place = pause.end()
    yield Span(span.start + place, span.end), replace(said, text=said.text[place:])


def _sentences(text: str, lang: Language) -> Iterator[tuple[Span, Said]]:
    every = [span for span in paragraphs(text) if re.search(r"\w", span.of(text))]
    for number, paragraph in enumerate(every):
        own = detect(paragraph.of(text), lang)
        near = number + 1 < len(every) and text[paragraph.end : every[number + 1].start].count("\n") < 2
        last = _HEADING if text.startswith("#", paragraph.start) else _LINE if near else _PARAGRAPH
        spans = [
            Span(paragraph.start + span.start + piece.start(), paragraph.start + span.start + piece.end())
            for span in sentences(paragraph.of(text), own)
            for piece in _BREATH.finditer(span.of(paragraph.of(text)))
        ]
        for place, span in enumerate(spans, 1):
            yield span, Said(span.of(text), own, pause=last if place == len(spans) else _SENTENCE)


def clip(text: str, lang: Language, voice: str, speaker: Speaker, speed: float = 1.0) -> Path | None:
    """A sentence said by a voice, or by one like it that speaks the language, as a WAV file that is kept.

    None if nothing in it can be said. Raises FileError `senses.cannot_write` and whatever `speaker` raises.
    """
    try:
        return _clip(Said(text, lang), {"": voice}, speaker, speed)[0]
    except OSError as error:
        raise FileError("senses.cannot_write", name=str(_folder()), reason=error.strerror or str(error)) from error


def sweep() -> None:
    """Delete the clips that were used longest ago, down to the room that they may take."""
    _sweep(set())


def _clip(said: Said, voices_of: Mapping[str, str], speaker: Speaker, speed: float) -> tuple[Path | None, bool]:
    """The clip of a sentence, and whether it was made now; None if it has no sounds."""
    heard = sounds(said.text, said.lang, sounded)
    if not heard:
        return None, False
    voice = _voice(said, voices_of)
    key = hashlib.sha256(f"{speaker.name}\n{voice}\n{speed:g}\n{heard}".encode()).hexdigest()
    path = _folder() / f"{key}.wav"
    with suppress(OSError, EOFError, wave.Error):
        if _length(path):
            os.utime(path)
            return path, False
    import numpy as np

    samples = (np.clip(speaker.say(heard, voice, speed), -1, 1) * 32767).astype(np.int16)
    _whole(path, lambda fresh: write_sound(fresh, ".wav", [samples], [], {}))
    return path, True


def _voice(said: Said, voices_of: Mapping[str, str]) -> str:
    """The speaker's voice, or one of the same sex that speaks the language of this sentence."""
    voice = voices()[voices_of.get(said.speaker, voices_of[""])]
    if voice.lang == said.lang:
        return voice.id
    return next(each.id for each in voices().values() if each.lang == said.lang and each.woman == voice.woman)


def _join(path: Path, clips: list[Spoken], marks: list[Mark], tags: dict[str, str]) -> None:
    import numpy as np

    def samples() -> Iterator[Samples]:
        for each in clips:
            yield read_wav(each.clip)
            yield np.zeros(round(each.pause * RATE), np.int16)

    _whole(path, lambda fresh: write_sound(fresh, path.suffix.lower(), samples(), marks, tags))


def _whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let a file appear whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}.new")
    try:
        write(fresh)
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def _length(clip: Path) -> int:
    with wave.open(str(clip), "rb") as file:
        return file.getnframes()


def _folder() -> Path:
    return state_dir() / "clips"


def _sweep(used: set[Path]) -> None:
    """Delete the clips that were used longest ago, those of this narration excepted."""
    others = sorted(
        (path for path in _folder().glob("*.wav") if path not in used), key=lambda path: path.stat().st_mtime
    )
    size = sum(path.stat().st_size for path in others)
    for path in others:
        if size <= _KEPT:
            return
        size -= path.stat().st_size
        path.unlink(missing_ok=True)
