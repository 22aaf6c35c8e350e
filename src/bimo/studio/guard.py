"""The door of the studio: who may talk to it, how much they may send, and what a browser may do with the answers.

Plain ASGI, in front of everything. A page of another site must not be able to read or change anything here, even if it
reaches this port: by its Host (DNS rebinding), by its Origin, and for want of the session's cookie.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bimo.studio.session import Sessions
from bimo.studio.words import Refused, answer_to, bug, reader_of
from bimo.text.errors import Language

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# What under /api is for whoever has no session yet.
_OPEN = frozenset({("POST", "/api/session"), ("POST", "/api/login"), ("GET", "/api/health")})
KILOBYTE, MEGABYTE = 1 << 10, 1 << 20
# What a request may carry, by the beginning of its path; the first that fits. A scene has two million signs at most.
LIMITS: Mapping[str, int] = {
    "/api/session": 4 * KILOBYTE,
    "/api/login": 4 * KILOBYTE,
    "/api/imports": 64 * MEGABYTE,
    "/api": 16 * MEGABYTE,
    "": 0,
}
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
}


@dataclass(frozen=True, slots=True)
class Doorplate:
    """Under which names the studio may be called. `wide` is a studio that other machines reach.

    A wide one answers to any address in numbers, which no name server can bend, and to the names in `names`.
    """

    port: int
    wide: bool = False
    names: Sequence[str] = field(default=())

    def knows(self, host: str) -> bool:
        """Whether a Host header names this studio."""
        try:
            parts = urlsplit(f"//{host}")
            name, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        if "@" in host or (port or 80) != self.port:
            return False
        return f"[{name}]" in _LOOPBACK or name in (*_LOOPBACK, *self.names) or (self.wide and _is_address(name))

    def owns(self, origin: str, host: str) -> bool:
        """Whether an Origin header is the very address that the request was sent to."""
        return origin == f"http://{host}"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """Refuses what must not come in, bounds what may, and puts the rules for browsers on every answer."""

    def __init__(
        self, app: ASGIApp, plate: Doorplate, sessions: Sessions, language: Callable[[], Language | None]
    ) -> None:
        self._app = app
        self._plate = plate
        self._sessions = sessions
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            # There are no web sockets here; closing before the handshake is answered with 403.
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {}).update(nonce=nonce, language=self._language())
        guarded = _Guarded(send, nonce, private=scope["path"].startswith("/api"))
        refused = self._refused(scope, headers)
        bound = next(limit for start, limit in LIMITS.items() if scope["path"].startswith(start))
        length = headers.get("content-length", "")
        if refused is None and length.isdecimal() and int(length) > bound:
            refused = _too_large(bound)
        if refused is not None:
            await answer_to(refused, reader_of(scope))(scope, receive, guarded)
            return
        try:
            await self._app(scope, _Bounded(receive, bound), guarded)
        except Exception as error:  # the boundary of the server, which would log texts and keys with the trace
            if not scope["state"].get("told"):
                fault = bug(error)
                if not guarded.begun:
                    await answer_to(fault, reader_of(scope))(scope, receive, guarded)

    def _refused(self, scope: Scope, headers: Headers) -> Refused | None:
        """Why a request may not come in, or None."""
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or not self._plate.knows(host):
            return Refused(400, "studio.wrong_host", host=host[:80])
        origin = headers.get("origin")
        inside = scope["path"].startswith("/api")
        if origin is not None and (inside or scope["method"] not in _SAFE) and not self._plate.owns(origin, host):
            return Refused(403, "studio.wrong_origin")
        # A link may lead to the page from anywhere; the interface is for the page alone.
        if inside and headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return Refused(403, "studio.wrong_origin")
        if not inside or (scope["method"], scope["path"]) in _OPEN:
            return None
        session = self._sessions.of(
            cookie_parser(headers.get("cookie", "")).get(self._sessions.cookie), headers.get("authorization")
        )
        if session is None:
            return Refused(401, "studio.no_session")
        scope["state"]["session"] = session
        return None


class _Bounded:
    """What a client sends, up to a number of bytes, however it was announced.

    Beyond it raises the framework's own error, which alone it lets pass while it reads a body.
    """

    def __init__(self, receive: Receive, bound: int) -> None:
        self._receive = receive
        self._bound = bound
        self._taken = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        if self._taken > self._bound:
            raise HTTPException(413, f"{self._bound / MEGABYTE:.3g}")
        return message


class _Guarded:
    """Adds the rules for browsers to every answer."""

    def __init__(self, send: Send, nonce: str, *, private: bool) -> None:
        self._send = send
        self._nonce = nonce
        self._private = private
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("Content-Security-Policy", _POLICY.format(nonce=self._nonce))
            if self._private:
                headers["Cache-Control"] = "no-store"
        await self._send(message)


def _too_large(bound: int) -> Refused:
    return Refused(413, "studio.too_large", megabytes=f"{bound / MEGABYTE:.3g}")
