"""From the name of a model to the model: a catalogue id, a GGUF file, an endpoint, or a script."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bimo.models.protocol import Cancel, Chunk, Model, Prompt, Sampling
from bimo.models.scripted import Reply, ScriptedModel
from bimo.text.errors import InputError, ModelError

if TYPE_CHECKING:
    from bimo.models.llama import LlamaModel


def open_model(id: str | None = None) -> Model:
    """Open the model that `id` names; None means the default one.

    `openai:NAME` uses the endpoint in `BIMO_BASE_URL`, `openai:NAME@https://host/v1` names its own, `scripted:FILE`
    replays a file (see `scripted_from`), `voice:NAME@0.7` is a trained voice (see `voices`), and anything else is a
    catalogue id or the path of a GGUF file; the engine of an open studio is used where it runs this model.
    Raises InputError, ModelError, FileError; with `BIMO_NO_ENGINE=1` every model but a scripted one is refused.
    """
    from bimo.models.catalog import default_id

    id = id or default_id()
    kind, _, rest = id.partition(":")
    if kind == "scripted":
        return scripted_from(Path(rest))
    if os.environ.get("BIMO_NO_ENGINE") == "1":
        raise ModelError("models.engine_refused", id=id)
    return _endpoint(rest) if kind == "openai" else _shared(id) or open_engine(id)


def _endpoint(rest: str) -> Model:
    from bimo.models.keys import find_key
    from bimo.models.openai import OpenAIModel

    name, _, url = rest.partition("@")
    url = url or os.environ.get("BIMO_BASE_URL", "")
    if not name or not url:
        raise InputError("models.no_endpoint")
    return OpenAIModel(name, url, key=find_key(url))


def _shared(id: str) -> Model | None:
    """The engine of an open studio: loading the same weights a second time would take their memory twice."""
    from bimo.models.places import run_dir

    if not (run_dir() / "engine.json").exists():
        return None
    from bimo.models.remote import shared

    return shared(id)


def open_engine(id: str, state: Path | None = None) -> LlamaModel:
    """Load a catalogue id, a GGUF file or a voice into the engine of this process; `state` keeps its contexts.

    Raises InputError, ModelError, FileError.
    """
    from bimo.models.catalog import resolve
    from bimo.models.llama import LlamaModel
    from bimo.models.voices import PREFIX, find_voice, is_voice

    found = find_voice(id) if is_voice(id) else None
    weights = found.weights if found else resolve(id)
    voice = (found.adapter, found.strength) if found else None
    entry = weights.entry
    name = f"{PREFIX}{found.name}" if found else entry.id if entry else weights.path.stem
    if entry is None:
        return LlamaModel(weights.path, id=name, state=state, voice=voice)
    return LlamaModel(
        weights.path,
        id=name,
        # A window as large as some models allow would cost gigabytes of memory; no tool asks for more than this.
        context=min(entry.context, 8192),
        small=entry.small,
        languages=entry.languages,
        state=state,
        voice=voice,
    )


class _Slow(ScriptedModel):
    """A scripted model that takes its time: `delay` seconds before each piece."""

    delay = 0.0

    def stream(self, prompt: Prompt, sampling: Sampling, *, cancel: Cancel) -> Iterator[Chunk]:
        for chunk in super().stream(prompt, sampling, cancel=cancel):
            cancel.wait(self.delay)
            yield chunk


def scripted_from(path: Path) -> ScriptedModel:
    """A scripted model that replays the blocks of a text file, which are separated by lines of `---`.

    A first line `delay=0.05` makes it wait so many seconds before each piece, and `repeat` (there too) lets the last
    block answer every further request. Raises InputError or FileError if the file cannot be read.
    """
    from bimo.text.reading import read_text

    text = read_text(path)
    head = re.match(r"(?:delay=(?P<delay>[\d.]+))?[ ]?(?P<repeat>repeat)?\n", text)
    given = head.groupdict() if head and head[0].strip() else {}
    body = text[head.end() :] if head and given else text
    blocks: list[Reply] = [block.strip("\n") for block in re.split(r"(?m)^---[ ]*$", body)]
    model = _Slow(blocks, default=blocks[-1] if given.get("repeat") else None)
    model.delay = float(given.get("delay") or 0)
    return model
