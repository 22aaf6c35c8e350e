"""Dictation: speech into text with Whisper base (OpenAI, MIT), cut at pauses and heard sentence by sentence."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from bimo.models.catalog import assets
from bimo.models.llama import threads_to_use
from bimo.models.protocol import Cancel
from bimo.senses.needs import needed
from bimo.text.errors import FileError, InputError, Language, ModelError
from bimo.text.language import HAN, detect, han

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    Samples: TypeAlias = NDArray[float32]

# Samples a second of what is heard.
RATE: Final = 16_000
WEIGHTS: Final = "whisper-base"
# A whole clip in both languages lost its last clause; between pauses of so many seconds none did.
_PAUSE: Final = 0.45
# The model hears half a minute at once.
_LONGEST: Final = 28.0
# A pause of so many seconds begins a paragraph.
_PARAGRAPH: Final = 2.0
# Below this share of the two languages together, the guess is a toss-up, and the language goes on.
_SURE: Final = 0.7
_HOURS: Final = 5
# It writes without marks and in either script unless it is shown how.
_MANNER: Final = {"zh": "以下是普通话的句子，使用简体中文和标点符号。", "en": "Here are sentences, with punctuation."}
_WIDE: Final = dict(zip(",?!:;", "，？！：；", strict=True))
_ENDS: Final = tuple("。！？…”’」』）.!?,，、;；:：—")


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said between two pauses: its text, its language, and where it stands, in seconds."""

    text: str
    lang: Language
    start: float
    end: float
    total: float

    def joined(self, before: Heard | None) -> str:
        """The text as it goes on after `before`: a paragraph after a long pause, a space between English sentences."""
        if before is None:
            return self.text
        if self.start - before.end >= _PARAGRAPH:
            return "\n\n" + self.text
        return self.text if self.lang == before.lang == "zh" else " " + self.text


class Listener(Protocol):
    """What can write down a stretch of speech: the model, or a stand-in of tests."""

    def language(self, samples: Samples) -> dict[str, float]:
        """How likely each language is."""
        ...

    def write(self, samples: Samples, lang: Language, names: str) -> str:
        """What is said; `names` are spelled as given where they are heard."""
        ...


def listen(path: Path, *, hours: float = _HOURS) -> Samples:
    """The sound of a file, of whatever kind FFmpeg reads, as one channel. Raises InputError or FileError.

    More than `hours` of it raises InputError `senses.sound_too_long` before the rest is unpacked.
    """
    av = needed("av", extra="audio")
    if not path.is_file():
        raise InputError("text.is_folder" if path.is_dir() else "text.no_file", name=str(path))
    try:
        with av.open(str(path)) as file:
            if not file.streams.audio:
                raise InputError("senses.no_sound", name=path.name)
            return _unpacked(file, path.name, hours)
    except PermissionError as error:
        raise FileError("text.cannot_read", name=str(path), why=error.strerror or str(error)) from error
    except (av.FFmpegError, OSError, IndexError, ValueError) as error:
        raise InputError("senses.no_sound", name=path.name) from error


def dictated(
    samples: Samples, listener: Listener, *, lang: Language | None = None, names: str = "", cancel: Cancel | None = None
) -> Iterator[Heard]:
    """What is said, between one pause and the next; each stretch in its own language unless `lang` names one.

    Raises InputError `senses.no_speech` if nobody speaks.
    """
    found = stretches(samples)
    if not found:
        raise InputError("senses.no_speech")
    usual: Language | None = lang
    for start, end in found:
        if cancel and cancel.cancelled:
            return
        part = samples[start:end]
        spoken = lang or _language(listener.language(part), usual)
        usual = spoken
        if text := listener.write(part, spoken, names).strip():
            yield Heard(_finished(text), detect(text, spoken), start / RATE, end / RATE, len(samples) / RATE)


def stretches(samples: Samples) -> list[tuple[int, int]]:
    """Where somebody speaks, from pause to pause, in samples."""
    vad = needed("faster_whisper.vad", extra="audio")
    options = vad.VadOptions(
        min_silence_duration_ms=round(1000 * _PAUSE), max_speech_duration_s=_LONGEST, speech_pad_ms=200
    )
    return [(int(part["start"]), int(part["end"])) for part in vad.get_speech_timestamps(samples, options)]


class Whisper:
    """The embedded model. Raises ModelError if its weights or the packages of the extra `audio` are not here."""

    def __init__(self, threads: int | None = None) -> None:
        path = assets()[WEIGHTS].ready()
        library = needed("faster_whisper", extra="audio")
        given = {**_small_files(), "model.bin": path.read_bytes()}
        try:
            self._model: Any = library.WhisperModel(
                WEIGHTS, device="cpu", compute_type="int8", cpu_threads=threads or threads_to_use(), files=given
            )
        except (RuntimeError, ValueError) as error:
            raise ModelError("senses.weights_unreadable", id=WEIGHTS, path=path, reason=str(error)[:200]) from error

    def language(self, samples: Samples) -> dict[str, float]:
        """How likely each language is."""
        return dict(self._model.detect_language(samples)[2])

    def write(self, samples: Samples, lang: Language, names: str) -> str:
        """What is said, without what the model makes of noise."""
        parts, _ = self._model.transcribe(
            samples,
            language=lang,
            initial_prompt=_MANNER[lang],
            hotwords=names or None,
            condition_on_previous_text=False,
            beam_size=5,
        )
        text = "".join(part.text for part in parts if part.no_speech_prob < 0.8 or part.avg_logprob > -1)
        return _simplified(text) if lang == "zh" else str(text)


def _unpacked(file: Any, name: str, hours: float) -> Samples:
    """The samples of an opened file. What a file says of its length may be nothing, or wrong, so they are counted."""
    av, np = needed("av", extra="audio"), needed("numpy", extra="audio")
    resampler = av.AudioResampler("s16", "mono", RATE)
    found: list[Any] = []
    count = 0
    # The end of a recording that was cut short is lost, not the whole of it.
    with suppress(av.error.InvalidDataError):
        for frame in chain(file.decode(audio=0), [None]):
            for part in resampler.resample(frame):
                found.append(part.to_ndarray().ravel())
                count += len(found[-1])
            if count > hours * 3600 * RATE:
                raise InputError("senses.sound_too_long", name=name, hours=f"{hours:g}")
    if not count:
        raise InputError("senses.no_sound", name=name)
    samples: Samples = np.concatenate(found).astype(np.float32) / 32768
    return samples


def _language(likely: dict[str, float], usual: Language | None) -> Language:
    """Chinese or English, whichever is likelier; in doubt, as before."""
    zh, en = likely.get("zh", 0.0) + likely.get("yue", 0.0), likely.get("en", 0.0)
    best: Language = "zh" if zh > en else "en"
    return best if usual is None or max(zh, en) >= _SURE * (zh + en) else usual


def _finished(text: str) -> str:
    """The text with the marks of its language and one at its end."""
    text = re.sub(rf"(?<=[{HAN}])[,?!:;](?!\d)", lambda match: _WIDE[match.group()], text)
    if text.endswith(_ENDS):
        return text
    return text + ("。" if han().fullmatch(text[-1]) else ".")


def _simplified(text: str) -> str:
    from opencc import OpenCC

    return str(OpenCC("t2s").convert(text))


@cache
def _small_files() -> dict[str, bytes]:
    """What belongs to the weights: settings, tokenizer, and the vocabulary, which is made of the tokenizer."""
    tables = files("bimo.senses") / "tables"
    tokenizer = gzip.decompress((tables / "whisper.tokenizer.json.gz").read_bytes())
    data = json.loads(tokenizer)
    words = {number: word for word, number in data["model"]["vocab"].items()}
    words |= {each["id"]: each["content"] for each in data["added_tokens"]}
    # The last tokens are times, in fiftieths of a second.
    every = [*(words[number] for number in range(len(words))), *(f"<|{number / 50:.2f}|>" for number in range(1501))]
    return {
        "config.json": (tables / "whisper.config.json").read_bytes(),
        "tokenizer.json": tokenizer,
        "vocabulary.txt": "".join(f"{word}\n" for word in every).encode(),
    }
