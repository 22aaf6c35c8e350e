"""The model to train: weights of the catalogue made trainable once, or any Transformers folder.

The engine keeps running the GGUF file. Transformers reads and dequantises it; what it makes of it is saved as an
ordinary folder, kept under the hash of the file.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bimo.models.catalog import resolve
from bimo.models.places import state_dir
from bimo.text.errors import FileError, InputError, ModelError
from bimo.voice.dataset import file_hash
from bimo.voice.home import kept

# What llama.cpp and the export of adapters know as well.
ARCHITECTURES = {"llama": "llama", "mistral": "llama", "qwen2": "qwen2", "qwen3": "qwen3", "gemma3_text": "gemma3"}
# Output and input embeddings this alike are one matrix stored at two precisions.
_TIED = 0.99
# Licences under which a changed model may be made and used for any work.
_FREE = ("apache-2.0", "mit", "bsd", "cc0", "public domain")
_VERSION = 1
# A file larger than this, in bytes, is read as bfloat16, because as float32 it would take more memory than most have.
_LARGE = 600_000_000


@dataclass(frozen=True, slots=True)
class Base:
    """A trainable model. `name` finds it again, `id` is what it is called.

    `folder` is read by Transformers, `gguf` by the engine; None where there is none. `sha256` is the hash of the GGUF,
    or of the weights in the folder; `free` False: the licence may forbid something.
    """

    name: str
    id: str
    folder: Path
    sha256: str
    gguf: Path | None
    licence: str
    free: bool


def find_base(id: str, *, progress: Callable[[str], None] = lambda step: None) -> Base:
    """The base that `id` names: a catalogue id, a GGUF file, or a Transformers folder; imported if it has to be.

    Raises InputError, ModelError or FileError as `catalog.resolve` does, ModelError `voice.no_packages` or
    `voice.unknown_architecture`, and FileError `voice.no_room`.
    """
    folder = Path(id).expanduser()
    if (folder / "config.json").is_file():
        weights = sorted(folder.glob("*.safetensors"))
        if not weights:
            raise InputError("voice.no_weights", folder=str(folder))
        config = kept(folder / "config.json")
        _check_architecture(config.get("model_type", "?"))
        return Base(str(folder.absolute()), folder.name, folder, file_hash(weights[0]), None, "?", False)
    found = resolve(id)
    licence = found.entry.licence if found.entry else "?"
    sha = found.entry.sha256 if found.entry else file_hash(found.path)
    name = found.entry.id if found.entry else found.path.stem
    target = state_dir() / "bases" / f"{name}-{sha[:12]}"
    if kept(target / "base.json").get("version") != _VERSION:
        import_gguf(found.path, target, progress=progress)
    where = found.entry.id if found.entry else str(found.path)
    return Base(where, name, target, sha, found.path, licence, licence.lower().startswith(_FREE))


def import_gguf(gguf: Path, target: Path, *, progress: Callable[[str], None] = lambda step: None) -> None:
    """Make a trainable folder of a GGUF file. Raises ModelError `voice.unknown_architecture`, FileError."""
    require_packages()
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers import __version__ as version

    # The largest files of the catalogue grow about eightfold as plain numbers.
    check_room(target, 8 * gguf.stat().st_size)
    with quiet():
        progress("tokenizer")
        tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
        progress("weights")
        dtype = torch.bfloat16 if gguf.stat().st_size > _LARGE else torch.float32
        model = AutoModelForCausalLM.from_pretrained(str(gguf.parent), gguf_file=gguf.name, dtype=dtype)
        _check_architecture(model.config.model_type)
        _tie(model)
        # A model read from a GGUF is marked as quantised, which it is no longer, and as such refuses to be saved or
        # trained (transformers 5.23).
        model.hf_quantizer, model.is_quantized = None, False
        for thing, name in ((model.config, "quantization_config"), (model, "quantization_method")):
            if name in vars(thing):
                delattr(thing, name)
        size = sum(each.numel() for each in model.parameters())
        if size > 3e8:
            # These are trained as bfloat16 anyway, and take half the room. The buffers must stay as they are: angles of
            # the rotary embedding are ruined by it.
            for each in model.parameters():
                each.data = each.data.to(torch.bfloat16)
        progress("saving")
        part = target.with_name(target.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        try:
            part.mkdir(parents=True)
            model.save_pretrained(part)
            tokenizer.save_pretrained(part)
            told = {"version": _VERSION, "gguf": gguf.name, "parameters": size, "transformers": version}
            (part / "base.json").write_text(json.dumps(told) + "\n", encoding="utf-8")
            progress("checking")
            _check_same(part, model, tokenizer)
            shutil.rmtree(target, ignore_errors=True)
            os.replace(part, target)
        except OSError as error:
            raise FileError("voice.cannot_write", path=str(target), reason=error.strerror or str(error)) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)


def require_packages(*, wandb: bool = False, also: tuple[str, ...] = ()) -> None:
    """Raise ModelError `voice.no_packages` unless the extra `voice` is installed; `voice.no_wandb` for `wandb`.

    `also` are modules of that extra that not every training needs.
    """
    from importlib.util import find_spec

    if wandb and find_spec("wandb") is None:
        raise ModelError("voice.no_wandb")
    if missing := [name for name in ("torch", "transformers", "peft", "gguf", *also) if find_spec(name) is None]:
        raise ModelError("voice.no_packages", packages=", ".join(missing))
    # The libraries talk to the terminal and to a hub of their own accord; nothing here is on a hub.
    os.environ |= {"TQDM_DISABLE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_OFFLINE": "1"}
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def _tie(model: Any) -> None:
    """Make input and output embeddings one, where the file holds one matrix twice; the finer copy is the output's."""
    import torch

    emb, head = model.get_input_embeddings().weight, model.get_output_embeddings().weight
    if emb is head or emb.data_ptr() == head.data_ptr() or emb.shape != head.shape:
        return
    with torch.no_grad():
        if torch.nn.functional.cosine_similarity(emb[:2000], head[:2000], dim=1).mean() > _TIED:
            emb.copy_(head)
            model.config.tie_word_embeddings = True
            model.tie_weights()


def _check_same(folder: Path, model: Any, tokenizer: Any) -> None:
    """What was saved must say what was read."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    text = "The old house stood at the end of the lane. 老屋在巷子尽头。"
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    again = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")["input_ids"]
    fresh = AutoModelForCausalLM.from_pretrained(folder, dtype=model.dtype)
    with torch.no_grad():
        same = torch.equal(ids, again) and torch.equal(model(ids).logits, fresh(ids).logits)
    if not same:
        raise ModelError("voice.import_differs", folder=str(folder))


def _check_architecture(kind: str) -> None:
    if kind not in ARCHITECTURES:
        raise ModelError("voice.unknown_architecture", kind=kind, known=", ".join(ARCHITECTURES))


def check_room(target: Path, needed: int) -> None:
    """Raise FileError `voice.no_room` unless the disk of `target` has `needed` bytes free."""
    above = next(each for each in target.parents if each.exists())
    if (free := shutil.disk_usage(above).free) < needed:
        raise FileError("voice.no_room", path=str(target), needed=f"{needed / 1e9:.1f}", free=f"{free / 1e9:.1f}")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the warnings and bars of the libraries from the writer's terminal."""
    import warnings

    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(before)
