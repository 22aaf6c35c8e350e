"""Where keys come from, whom they are for, and that they do not show."""

from __future__ import annotations

import copy
import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.backends.null
import pytest

from bimo.models.keys import Secret, drop_key, endpoint_of, find_key, store_key
from bimo.models.places import config_dir
from bimo.text.errors import FileError, InputError

HOST = "https://models.example.org/v1"
VALUE = "sk-secret-0123456789"


class Vault(keyring.backend.KeyringBackend):
    """A working keyring in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Broken(Vault):
    """A keyring that fails in a way of its own, as locked ones do."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("no session bus")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError("no session bus")


@pytest.fixture(autouse=True)
def _no_outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither the machine's keyring nor its variables."""
    for name in ("OPENAI_API_KEY", "DEEPSEEK_API_KEY", "DASHSCOPE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    yield
    keyring.set_keyring(before)


def found(where: str) -> str | None:
    key = find_key(where)
    return key.reveal() if key else None


def test_a_secret_does_not_show() -> None:
    secret = Secret(f" {VALUE}\n")
    assert secret.reveal() == VALUE
    assert {str(secret), repr(secret), f"{secret}", f"{[secret]}", f"{secret!r:>3}"} == {"•••", "[•••]"}
    for leak in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError):
            leak(secret)


@pytest.mark.parametrize("value", ["", "  \n", "two words", "钥匙", "a\nb"])
def test_what_cannot_be_a_key(value: str) -> None:
    with pytest.raises(InputError) as raised:
        Secret(value)
    assert raised.value.code == "models.bad_key"


@pytest.mark.parametrize(
    ("where", "endpoint"),
    [
        ("https://API.example.org/v1/", "api.example.org"),
        ("https://api.example.org:443", "api.example.org"),
        ("https://api.example.org:8443/v1", "api.example.org:8443"),
        ("http://api.example.org/v1", "api.example.org:80"),
        ("http://localhost:11434/v1", "localhost:11434"),
        ("http://[::1]:8000/v1", "[::1]:8000"),
        ("deepseek", "api.deepseek.com"),
    ],
)
def test_what_a_key_is_bound_to(where: str, endpoint: str) -> None:
    assert endpoint_of(where) == endpoint


def test_a_services_variable_is_for_that_service_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-deepseek")
    assert found("https://api.openai.com/v1") == "sk-openai"
    assert found("deepseek") == found("https://api.deepseek.com/v1") == "sk-deepseek"
    # Neither other hosts, nor names that only look alike, nor the same host without encryption.
    for other in (
        HOST,
        "https://api.openai.com.example.org/v1",
        "https://api.openai.com:8443/v1",
        "http://api.openai.com",
    ):
        assert found(other) is None


def test_the_general_variable_is_for_the_endpoint_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIMO_API_KEY", "sk-mine")
    assert found(HOST) == found("http://localhost:8000/v1") == "sk-mine"
    monkeypatch.setenv("BIMO_BASE_URL", HOST)
    assert found(HOST) == "sk-mine"
    assert found("http://localhost:8000/v1") is None


def test_environment_then_keyring_then_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(HOST) is None
    assert store_key(HOST, "sk-in-file") == "file"
    assert found(HOST) == "sk-in-file"
    keyring.set_keyring(Vault())
    assert store_key(HOST, "sk-in-keyring") == "keyring"
    assert found(HOST) == "sk-in-keyring"
    monkeypatch.setenv("BIMO_API_KEY", "sk-in-environment")
    assert found(HOST) == "sk-in-environment"


@pytest.mark.parametrize("backend", [keyring.backends.fail.Keyring, keyring.backends.null.Keyring, Broken])
def test_without_a_keyring_that_keeps_the_file_does(backend: type[keyring.backend.KeyringBackend]) -> None:
    keyring.set_keyring(backend())
    assert store_key(HOST, VALUE) == "file"
    assert found(HOST) == VALUE
    assert drop_key(HOST)
    assert found(HOST) is None
    assert not drop_key(HOST)


def test_a_stored_key_is_for_its_host_alone() -> None:
    store_key(HOST, VALUE)
    store_key("http://localhost:8000/v1", "sk-local")
    assert found("https://models.example.org/other") == VALUE
    assert found("http://models.example.org/v1") is None
    assert found("http://localhost:8001/v1") is None
    assert drop_key(HOST)
    assert found("http://localhost:8000/v1") == "sk-local"


def test_dropping_takes_it_out_of_the_keyring_too() -> None:
    vault = Vault()
    keyring.set_keyring(vault)
    store_key(HOST, VALUE)
    assert drop_key(HOST)
    assert vault.kept == {}


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_only_the_owner_can_read_the_file() -> None:
    store_key(HOST, VALUE)
    path = config_dir() / "keys.json"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(FileError) as raised:
        find_key(HOST)
    assert raised.value.code == "models.key_file_open"
    assert str(path) in raised.value.hint("en")


@pytest.mark.parametrize("content", [b'{"models.example.org": "sk-secret-01', b"\xff\xfe", b"[1]"])
def test_a_damaged_file_is_told_without_what_stands_in_it(content: bytes) -> None:
    store_key(HOST, VALUE)
    path: Path = config_dir() / "keys.json"
    path.write_bytes(content)
    with pytest.raises(FileError) as raised:
        find_key(HOST)
    assert raised.value.code == "models.key_file_broken"
    assert "sk-secret" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_folder_that_takes_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    monkeypatch.setenv("BIMO_HOME", str(tmp_path / "home"))
    with pytest.raises(FileError) as raised:
        store_key(HOST, VALUE)
    assert VALUE not in str(raised.value)
