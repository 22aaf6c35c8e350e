"""Files of sound: WAV by the standard library, MP3 and M4B with chapters by PyAV (FFmpeg)."""

from __future__ import annotations

import wave
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from bimo.senses.needs import needed
from bimo.senses.speech import RATE
from bimo.text.errors import InputError

if TYPE_CHECKING:
    from numpy import int16
    from numpy.typing import NDArray

    Samples: TypeAlias = NDArray[int16]

# The ending of a file, the container and the encoder that make it, and its bits a second.
_MADE: Final = {
    ".mp3": ("mp3", "libmp3lame", 64_000),
    ".m4b": ("ipod", "aac", 64_000),
    ".m4a": ("ipod", "aac", 64_000),
    ".ogg": ("ogg", "libopus", 32_000),
    ".flac": ("flac", "flac", None),
}
KINDS: Final = (".wav", *_MADE)


class Mark(NamedTuple):
    """A chapter: its title, and where it begins and ends in samples."""

    title: str
    start: int
    end: int


def check_kind(path: Path) -> None:
    """Raise InputError `senses.sound_kind` for an ending that names no kind of sound file, or one that needs PyAV."""
    if path.suffix.lower() not in KINDS:
        raise InputError("senses.sound_kind", name=path.name, kinds=", ".join((*KINDS, ".epub")))
    if path.suffix.lower() != ".wav":
        needed("av", extra="audio")


def write_sound(path: Path, kind: str, clips: Iterable[Samples], marks: Sequence[Mark], tags: dict[str, str]) -> None:
    """Write clips one after another as a file of `kind` (an ending such as .mp3), with chapters where it has them.

    One channel of 16 bits, `RATE` samples a second. Raises OSError.
    """
    if kind == ".wav":
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            for clip in clips:
                file.writeframesraw(clip.tobytes())
        return
    _encode(path, kind, clips, marks, tags)


def read_wav(path: Path) -> Samples:
    """The samples of a WAV file that `write_sound` wrote. Raises wave.Error, EOFError or OSError."""
    import numpy as np

    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def _encode(path: Path, kind: str, clips: Iterable[Samples], marks: Sequence[Mark], tags: dict[str, str]) -> None:
    av = needed("av", extra="audio")
    container, codec, bits = _MADE[kind]
    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream(codec, rate=RATE, layout="mono")
        if bits:
            stream.bit_rate = bits
        file.metadata.update(tags)
        if marks and kind != ".ogg":
            file.set_chapters([_chapter(number, mark) for number, mark in enumerate(marks)])
        # The encoder takes frames of its own size in its own form of numbers.
        resampler = av.AudioResampler(stream.format.name, "mono", stream.rate, stream.frame_size or 4096)
        place = 0
        for clip in clips:
            if not len(clip):
                continue
            frame = av.AudioFrame.from_ndarray(clip.reshape(1, -1), format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, place, Fraction(1, RATE)
            place += len(clip)
            _send(file, stream, resampler.resample(frame))
        _send(file, stream, resampler.resample(None))
        file.mux(stream.encode(None))


def _send(file: Any, stream: Any, frames: Iterable[Any]) -> None:
    for frame in frames:
        file.mux(stream.encode(frame))


def _chapter(number: int, mark: Mark) -> dict[str, object]:
    # Chapters in milliseconds: MP3 stores no finer ones.
    start, end = (round(1000 * place / RATE) for place in (mark.start, mark.end))
    return {"id": number, "start": start, "end": end, "time_base": Fraction(1, 1000), "metadata": {"title": mark.title}}
