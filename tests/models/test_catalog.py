"""The catalogue itself, and the way from a name to a file that can be loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bimo.models import catalog as module
from bimo.models.catalog import (
    DEFAULT,
    Entry,
    HuggingFace,
    Url,
    Weights,
    Wheels,
    catalog,
    default_id,
    find,
    installed,
    resolve,
    use,
)
from bimo.models.places import config_dir, models_dir, state_dir
from bimo.models.protocol import Sampling
from bimo.text.errors import FileError, InputError, ModelError, messages
from weight_server import DATA, entry_for

NOWHERE = Url("url", "http://127.0.0.1:9/tiny.gguf")


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Entry:
    """The only entry of the catalogue; three megabytes."""
    entry = entry_for(NOWHERE)
    monkeypatch.setattr(module, "catalog", lambda: {entry.id: entry})
    models_dir().mkdir(parents=True)
    return entry


def test_the_catalogue_ships_these_weights() -> None:
    assert list(catalog()) == ["qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b", "smollm2-135m", "qwen2.5-1.5b", "qwen3-4b"]
    assert [entry.id for entry in catalog().values() if not entry.measured] == ["qwen2.5-1.5b", "qwen3-4b"]
    assert DEFAULT in catalog()
    kinds = {id: [type(source) for source in entry.sources] for id, entry in catalog().items()}
    assert kinds["qwen2.5-coder-1.5b"] == kinds["qwen2.5-coder-0.5b"] == [HuggingFace, Wheels]
    assert kinds["smollm2-135m"] == [Wheels]


def test_no_two_entries_share_a_file() -> None:
    assert len({entry.file.lower() for entry in catalog().values()}) == len(catalog())


@pytest.mark.parametrize("entry", catalog().values(), ids=lambda entry: entry.id)
def test_presets_are_sampling(entry: Entry) -> None:
    for lang in entry.languages:
        assert isinstance(entry.preset(lang), Sampling)


def test_a_preset_changes_only_what_it_names() -> None:
    entry = replace(entry_for(NOWHERE), sampling={"zh": {"temperature": 0.6}})
    base = Sampling(seed=3, temperature=1.0)
    assert entry.preset("zh", base) == replace(base, temperature=0.6)
    assert entry.preset("en", base) == base


@pytest.mark.parametrize(
    "change",
    [{"sampling": {"zh": {"warmth": 1}}}, {"sources": (Wheels("wheels", "x-{n}", "1", "*.bin", 3, 1_000),)}],
)
def test_an_entry_that_contradicts_itself_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="tiny: "):
        replace(entry_for(NOWHERE), **change)  # type: ignore[arg-type]


def test_unknown_weights_offer_the_nearest() -> None:
    with pytest.raises(InputError, match="Nearest: qwen3-4b") as caught:
        find("qwen3-4")
    assert "qwen3-4b" in caught.value.hint("zh")


def test_everything_lies_under_bimo_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIMO_HOME", str(tmp_path))
    assert [models_dir(), state_dir(), config_dir()] == [tmp_path / name for name in ("models", "state", "config")]
    assert list(tmp_path.iterdir()) == []
    monkeypatch.delenv("BIMO_HOME")
    assert models_dir().is_absolute()
    assert not models_dir().is_relative_to(tmp_path)


def test_resolve_finds_installed_weights(tiny: Entry) -> None:
    assert not tiny.installed
    tiny.path.write_bytes(DATA)
    assert tiny.installed
    assert installed() == (tiny,)
    assert resolve("tiny") == Weights(tiny.path, tiny)


def test_resolve_takes_any_local_gguf(tiny: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "我的模型.gguf").write_bytes(b"GGUF....")
    assert resolve(str(tmp_path / "我的模型.gguf")) == Weights(tmp_path / "我的模型.gguf")
    monkeypatch.chdir(tmp_path)
    assert resolve("我的模型.gguf") == Weights(tmp_path / "我的模型.gguf")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve("~/我的模型.gguf") == Weights(tmp_path / "我的模型.gguf")


def test_resolve_says_what_is_wrong(tiny: Entry, tmp_path: Path) -> None:
    (tmp_path / "novel.gguf").write_text("It was a dark and stormy night.", encoding="utf-8")
    (tmp_path / "empty.gguf").touch()
    wrong = {
        "tinny": (InputError, "models.unknown_weights"),
        "tiny": (ModelError, "models.not_installed"),
        "absent.gguf": (InputError, "models.no_file"),
        str(tmp_path / "absent"): (InputError, "models.no_file"),
        str(tmp_path): (InputError, "models.no_file"),
        str(tmp_path / "novel.gguf"): (ModelError, "models.not_gguf"),
        str(tmp_path / "empty.gguf"): (ModelError, "models.not_gguf"),
    }
    for name, (kind, code) in wrong.items():
        with pytest.raises(kind) as caught:
            resolve(name)
        assert caught.value.code == code, name


def test_resolve_notices_truncated_and_replaced_weights(tiny: Entry) -> None:
    tiny.path.write_bytes(DATA[:-1])
    with pytest.raises(ModelError, match="bimo models pull tiny") as caught:
        resolve("tiny")
    assert caught.value.code == "models.truncated"
    tiny.path.write_bytes(b"?" * len(DATA))
    with pytest.raises(ModelError, match="not_gguf"):
        resolve("tiny")


def test_the_default_is_the_environment_then_the_choice_then_ours(
    tiny: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert default_id() == DEFAULT
    tiny.path.write_bytes(DATA)
    assert use("tiny") == default_id() == "tiny"
    (tmp_path / "mine.gguf").write_bytes(b"GGUF")
    monkeypatch.chdir(tmp_path)
    assert use("mine.gguf") == default_id() == str(tmp_path / "mine.gguf")
    assert use("openai:qwen3@http://127.0.0.1:8080/v1") == default_id()
    monkeypatch.setenv("BIMO_MODEL", "qwen3-4b")
    assert default_id() == "qwen3-4b"


def test_a_choice_that_cannot_be_used_changes_nothing(tiny: Entry) -> None:
    with pytest.raises(ModelError, match="not_installed"):
        use("tiny")
    assert default_id() == DEFAULT


def test_a_choice_that_cannot_be_stored_or_read(tiny: Entry) -> None:
    tiny.path.write_bytes(DATA)
    config_dir().write_text("in the way")
    with pytest.raises(FileError, match="folder_unwritable"):
        use("tiny")
    assert default_id() == DEFAULT
    config_dir().unlink()
    config_dir().mkdir()
    (config_dir() / "default-model").write_bytes(b"\xff\xfe")
    with pytest.raises(FileError, match="choice_unreadable"):
        default_id()


def test_every_message_of_this_floor_speaks_both_languages() -> None:
    for name, words in messages("models").items():
        assert set(words) == {"en", "zh"}, name
        assert set(words["en"]) == set(words["zh"]), name
