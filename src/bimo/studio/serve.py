"""Running the studio: one at a time for each desk, found again by a second start, gone within two seconds of a stop."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from urllib.parse import quote

import httpx
import uvicorn

from bimo.desk.desk import Desk
from bimo.models.places import run_dir
from bimo.studio.app import application
from bimo.studio.guard import Doorplate
from bimo.studio.house import Launch, Studio
from bimo.studio.session import Password, Sessions
from bimo.text.errors import InputError

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
# The port that is tried first, so that a bookmark goes on working.
PORT = 8731
_SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Address:
    """Where a studio listens; `names` are further names that it may be called by.

    Raises InputError `studio.password_needed` if others can reach it without a password.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    password: str | None = field(default=None, repr=False)
    names: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.wide and len(self.password or "") < _SHORTEST:
            raise InputError("studio.password_needed", count=_SHORTEST)

    @property
    def wide(self) -> bool:
        """Whether other machines can reach it."""
        return self.host not in _LOOPBACK


class StudioServer(uvicorn.Server):
    """uvicorn that lets open streams end as soon as it is told to stop, so that it need not wait for them."""

    def __init__(self, config: uvicorn.Config, studio: Studio) -> None:
        super().__init__(config)
        self.studio = studio

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at the first signal, at once at a second Ctrl-C; the signal is not raised again afterwards."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.stop()

    def stop(self) -> None:
        """Begin to stop; from any thread."""
        self.studio.news.close()
        self.studio.jobs.stop_all(closing=True)
        self.should_exit = True


Told = Callable[[str, str], None]
"""Called with the address of the studio, and with one that is good once, for starting a browser."""


def serve(address: Address, launch: Launch, desk: Desk, *, ready: Told, found: Told) -> None:
    """Run a studio until it is stopped; `ready` is called once it listens.

    If a studio of this desk runs already, `found` is called instead, and nothing is started. Raises InputError
    `studio.port_taken`.
    """
    if running := running_studio(desk):
        url, token = running
        found(_address(url, token, launch.work), _address(url, _ticket(url, token), launch.work))
        return
    bound = bind(address)
    port = bound.getsockname()[1]
    server = make_server(address, port, launch, desk)
    shown = "127.0.0.1" if address.host in ("0.0.0.0", "::") else address.host
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"
    sessions = server.studio.sessions
    _remember(desk, url, sessions.token)
    # From here on a browser that is early waits in the socket's queue.
    bound.listen()
    try:
        ready(_address(url, sessions.token, launch.work), _address(url, sessions.ticket(), launch.work))
        server.run(sockets=[bound])
    finally:
        _forget()
        bound.close()


def make_server(address: Address, port: int, launch: Launch, desk: Desk) -> StudioServer:
    """A server for a socket that is bound to `port`."""
    sessions = Sessions(port, Password(address.password) if address.password else None)
    studio = Studio(desk, sessions, launch)
    app = application(studio, Doorplate(port, address.wide, tuple(address.names)))
    config = uvicorn.Config(
        app,
        # Addresses, cookies and texts do not belong into a log.
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=1,
    )
    return StudioServer(config, studio)


def running_studio(desk: Desk) -> tuple[str, str] | None:
    """The address and the token of the studio that this user runs for this desk, if it answers."""
    try:
        told = json.loads(_file().read_text(encoding="utf-8"))
        url, token, place = str(told["url"]), str(told["token"]), str(told["desk"])
        answers = httpx.get(f"{url}api/health", timeout=2, trust_env=False).json()["name"] == "bimo"
    except (OSError, ValueError, KeyError, TypeError, httpx.HTTPError):
        return None
    return (url, token) if answers and place == _place(desk) else None


def _ticket(url: str, token: str) -> str:
    """A ticket of a running studio, else its token."""
    try:
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.post(f"{url}api/tickets", headers=headers, timeout=2, trust_env=False)
        return str(answer.json()["token"])
    except (ValueError, KeyError, TypeError, httpx.HTTPError):
        return token


def bind(address: Address) -> socket.socket:
    """A socket at the address; without a port, at the usual one or else any. Raises InputError `studio.port_taken`."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    ports = [address.port] if address.port is not None else [PORT, 0]
    for port in ports:
        # Named as TCP, because the event loop sends small answers at once (TCP_NODELAY) only on sockets that are; else
        # each waits 40 ms for the other side's acknowledgement.
        bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((address.host, port))
        except OSError:
            bound.close()
            continue
        bound.set_inheritable(False)
        return bound
    raise InputError("studio.port_taken", port=ports[0])


def _address(url: str, token: str, work: str | None) -> str:
    return f"{url}#token={token}" + (f"&work={quote(work)}" if work else "")


def _place(desk: Desk) -> str:
    return str(desk.store.engine.url.render_as_string())


def _remember(desk: Desk, url: str, token: str) -> None:
    # A second start that cannot be told opens a studio of its own; nothing worse.
    with suppress(OSError):
        _file().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _file().unlink(missing_ok=True)
        descriptor = os.open(_file(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as target:
            json.dump({"url": url, "token": token, "desk": _place(desk), "pid": os.getpid()}, target)


def _forget() -> None:
    with suppress(OSError, ValueError, KeyError):
        if json.loads(_file().read_text(encoding="utf-8"))["pid"] == os.getpid():
            _file().unlink()


def _file() -> Path:
    return run_dir() / "open-studio.json"
