"""Keys of endpoints: found in the environment, the system's keyring, or a file that only its owner can read.

A key belongs to one endpoint (host and port) and is never sent to another.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from pathlib import Path
from typing import Literal, NoReturn
from urllib.parse import urlsplit

from bimo.text.errors import FileError, InputError

SERVICE = "bimo"
# name → (host, environment variable): services whose own variable may be used, and only for that host.
SERVICES = {
    "openai": ("api.openai.com", "OPENAI_API_KEY"),
    "deepseek": ("api.deepseek.com", "DEEPSEEK_API_KEY"),
    "qwen": ("dashscope.aliyuncs.com", "DASHSCOPE_API_KEY"),
    "qwen-intl": ("dashscope-intl.aliyuncs.com", "DASHSCOPE_API_KEY"),
}


class Secret:
    """A key that cannot be shown by accident: printing, formatting and pickling do not reveal it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        value = value.strip()
        # Anything else would fail deep in the HTTP library, with the key in the error.
        if not value or not all("!" <= char <= "~" for char in value):
            raise InputError("models.bad_key")
        self._value = value

    def reveal(self) -> str:
        """The key itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "•••"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


def endpoint_of(where: str) -> str:
    """What a key is bound to: the host of an address or of a service's name, with its port unless it is https.

    Raises InputError `models.bad_endpoint` for anything that is not an http(s) address without user name.
    """
    if where in SERVICES:
        return SERVICES[where][0]
    try:
        parts = urlsplit(where)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise InputError("models.bad_endpoint") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        # The address is not shown: what stands before an "@" may be a password.
        raise InputError("models.bad_endpoint")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return host if (parts.scheme, port) == ("https", 443) else f"{host}:{port}"


def find_key(where: str) -> Secret | None:
    """The key for an address or a service's name: environment, then keyring, then file; None without one.

    The environment gives a service's own variable to that service alone, and `BIMO_API_KEY` to the endpoint in
    `BIMO_BASE_URL`, or to whichever the writer names if that is not set. Raises FileError if others can read the file.
    """
    endpoint = endpoint_of(where)
    variables = [variable for host, variable in SERVICES.values() if host == endpoint]
    if endpoint_of(os.environ.get("BIMO_BASE_URL") or where) == endpoint:
        variables.append("BIMO_API_KEY")
    for variable in variables:
        if value := os.environ.get(variable, "").strip():
            return Secret(value)
    stored = _from_keyring(endpoint) or _read().get(endpoint)
    return Secret(stored) if stored else None


def store_key(where: str, key: str) -> Literal["keyring", "file"]:
    """Keep a key for an endpoint, in the keyring where there is one, else in the file; says where it went."""
    endpoint, secret = endpoint_of(where), Secret(key)
    if _to_keyring(endpoint, secret):
        return "keyring"
    _write(_read() | {endpoint: secret.reveal()})
    return "file"


def drop_key(where: str) -> bool:
    """Remove the stored key of an endpoint; False if there was none."""
    endpoint = endpoint_of(where)
    dropped = _drop_from_keyring(endpoint)
    kept = _read()
    if kept.pop(endpoint, None) is None:
        return dropped
    _write(kept)
    return True


# The boundary to whatever keyring the system has, or has not: backends raise errors of their own making (D-Bus, a
# locked vault, no desktop), and each means the same here, that the file is used instead.
def _from_keyring(endpoint: str) -> str | None:
    try:
        import keyring

        return keyring.get_password(SERVICE, endpoint)
    except Exception:  # the boundary described above
        return None


def _to_keyring(endpoint: str, secret: Secret) -> bool:
    try:
        import keyring

        keyring.set_password(SERVICE, endpoint, secret.reveal())
        # The null backend takes everything and keeps nothing.
        return keyring.get_password(SERVICE, endpoint) == secret.reveal()
    except Exception:  # the boundary described above
        return False


def _drop_from_keyring(endpoint: str) -> bool:
    try:
        import keyring

        found = keyring.get_password(SERVICE, endpoint) is not None
        keyring.delete_password(SERVICE, endpoint)
        return found
    except Exception:  # the boundary described above
        return False


def _file() -> Path:
    from bimo.models.places import config_dir

    return config_dir() / "keys.json"


def _read() -> dict[str, str]:
    path = _file()
    try:
        with path.open(encoding="utf-8") as source:
            if os.name == "posix" and stat.S_IMODE(os.fstat(source.fileno()).st_mode) & 0o077:
                raise FileError("models.key_file_open", path=str(path))
            return {str(host): str(key) for host, key in dict(json.load(source)).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError):
        # The cause is left out: the error of a broken file quotes its text.
        raise FileError("models.key_file_broken", path=str(path)) from None


def _write(keys: dict[str, str]) -> None:
    path = _file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp makes a file that only its owner can read, from its first moment on.
        descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=".keys-")
        with os.fdopen(descriptor, "w", encoding="utf-8") as target:
            json.dump(keys, target, indent=1)
        os.replace(fresh, path)
    except OSError as error:
        raise FileError("models.key_file_unwritable", path=str(path), reason=error.strerror) from None
