"""Reading aloud: the voices, and the model Kokoro-82M (hexgrad, Apache-2.0) that speaks with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from bimo.models.catalog import assets
from bimo.models.llama import threads_to_use
from bimo.senses.needs import needed
from bimo.senses.signs import alphabet
from bimo.text.errors import InputError, Language, ModelError

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    Sound: TypeAlias = NDArray[float32]

# Samples a second of everything that is said.
RATE: Final = 24_000
# The model takes no more sounds at once, and a voice has no colour for more.
LONGEST: Final = 290
# The file of the weights names the model: a clip made by another is another clip.
WEIGHTS: Final = "kokoro-82m"
# Kept before and after what is heard of a sentence, in seconds.
_MARGIN: Final = 0.04
_SILENT: Final = 0.008


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice: its id, whose language it speaks, and whether it is a woman's or a man's."""

    id: str
    lang: Language
    woman: bool


class Speaker(Protocol):
    """What can say sounds: the model, or a stand-in of tests."""

    name: str

    def say(self, sounds: str, voice: str, speed: float) -> Sound:
        """The samples of what is said, -1 to 1, `RATE` a second."""
        ...


@cache
def voices() -> Mapping[str, Voice]:
    """Every voice by id; the first of a language reads where none was chosen."""
    found: dict[str, Voice] = {}
    for id in sorted(_colours(), key=lambda id: (id not in ("zf_xiaoxiao", "af_heart"), id)):
        found[id] = Voice(id, "zh" if id[0] == "z" else "en", id[1] == "f")
    return found


def voice_for(lang: Language, id: str | None = None) -> Voice:
    """The voice of that id, or the usual one of the language. Raises InputError `senses.no_voice`."""
    if id is None:
        return next(voice for voice in voices().values() if voice.lang == lang)
    if id not in voices():
        raise InputError("senses.no_voice", voice=id, voices=", ".join(voices()))
    return voices()[id]


class Kokoro:
    """The embedded model. Raises ModelError if its weights or the packages of the extra `audio` are not here."""

    name = WEIGHTS

    def __init__(self, threads: int | None = None) -> None:
        path = assets()[WEIGHTS].ready()
        onnxruntime = needed("onnxruntime", extra="audio")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or threads_to_use()
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the wall to the library, whose errors share no class of their own
            raise ModelError("senses.weights_unreadable", id=WEIGHTS, path=path, reason=str(error)[:200]) from error

    def say(self, sounds: str, voice: str, speed: float) -> Sound:
        """What is said, with the silence around it cut; long sentences are said in pieces."""
        import numpy as np

        pieces = [self._say(piece, voice, speed) for piece in pieces_of(sounds)]
        return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)

    def _say(self, sounds: str, voice: str, speed: float) -> Sound:
        import numpy as np

        known = alphabet()
        tokens = [known[sign] for sign in sounds if sign in known]
        colours = _colours()[voice]
        given = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": colours[min(len(tokens), len(colours)) - 1].astype(np.float32).reshape(1, -1),
            "speed": np.array([speed], np.float32),
        }
        said: Sound = np.asarray(self._session.run(None, given)[0], np.float32).ravel()
        heard = np.flatnonzero(np.abs(said) > _SILENT)
        if not len(heard):
            return said[:0]
        margin = int(_MARGIN * RATE)
        return said[max(0, heard[0] - margin) : heard[-1] + margin]


def pieces_of(sounds: str, longest: int = LONGEST) -> Iterator[str]:
    """The sounds in pieces of at most `longest` signs, cut after a pause, else between words, else anywhere."""
    while len(sounds) > longest:
        head = sounds[:longest]
        cut = max((match.end() for match in re.finditer(r"[,.!?:;—…](?=\s)", head)), default=0)
        cut = cut or head.rfind(" ") + 1 or longest
        yield sounds[:cut].strip()
        sounds = sounds[cut:]
    if sounds.strip():
        yield sounds.strip()


@cache
def _colours() -> Mapping[str, NDArray[float32]]:
    np = needed("numpy", extra="audio")
    with (files("bimo.senses") / "tables" / "voices.npz").open("rb") as file, np.load(file) as packed:
        return {name: packed[name] for name in packed.files}
