"""Sessions: the token of a launch, the cookie it becomes, and the password of a studio that other machines reach."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

from bimo.studio.words import Refused

# scrypt's cost for a password typed by a person: about 50 ms and 16 MB here, which OWASP's cheat sheet names as one of
# its equivalent choices (N = 2^14, r = 8, p = 5).
_COST = {"n": 1 << 14, "r": 8, "p": 5, "maxmem": 64 << 20}
# Free tries before a wait, which doubles with each further one, up to the longest.
_TRIES, _LONGEST = 5, 300.0
_MOST = 64
# Seconds that a browser has for its start and the first request.
_SOON = 120.0


class Password:
    """A password that is kept only as its scrypt hash. Wrong tries make everybody wait, for there is one writer."""

    def __init__(self, password: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._salt = secrets.token_bytes(16)
        self._hash = self._hashed(password)
        self._clock = clock
        self._failures = 0
        self._until = 0.0

    def __repr__(self) -> str:
        return "•••"

    def check(self, password: str) -> None:
        """Raises Refused: 401 `studio.wrong_password`, or 429 `studio.too_many_tries`."""
        if (wait := self._until - self._clock()) > 0:
            raise Refused(429, "studio.too_many_tries", seconds=int(wait) + 1)
        if not hmac.compare_digest(self._hashed(password), self._hash):
            self._failures += 1
            if self._failures >= _TRIES:
                self._until = self._clock() + min(_LONGEST, 2.0 ** (self._failures - _TRIES + 1))
            raise Refused(401, "studio.wrong_password")
        self._failures = 0

    def _hashed(self, password: str) -> bytes:
        return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=self._salt, **_COST)


class Sessions:
    """Who has come in since the launch. `token` opens the door; it never leaves this machine but in the address."""

    def __init__(
        self, port: int, password: Password | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.token = secrets.token_urlsafe(32)
        self.password = password
        # A browser gives a cookie to every port of a host, so each studio has a name of its own.
        self.cookie = f"bimo-{port}"
        self._open: dict[str, None] = {}
        self._tickets: dict[str, float] = {}
        self._clock = clock

    def __repr__(self) -> str:
        return f"Sessions(cookie={self.cookie!r})"

    def ticket(self) -> str:
        """A token that opens the door once and soon.

        The address that starts a browser can be read by others on this machine as long as the browser runs.
        """
        ticket = secrets.token_urlsafe(32)
        self._tickets[ticket] = self._clock() + _SOON
        return ticket

    def enter(self, token: str) -> str:
        """A new session for the token of the launch or a ticket. Raises Refused 403 `studio.wrong_token`."""
        if not _same(token, self.token) and self._tickets.pop(token, 0.0) < self._clock():
            raise Refused(403, "studio.wrong_token")
        return self._begin()

    def log_in(self, password: str) -> str:
        """A new session for the password. Raises Refused."""
        if self.password is None:
            raise Refused(403, "studio.no_password")
        self.password.check(password)
        return self._begin()

    def of(self, cookie: str | None, authorization: str | None) -> str | None:
        """The session that a request belongs to: by its cookie, or the command line's by the token itself."""
        if authorization is not None:
            kind, _, value = authorization.partition(" ")
            return "bearer" if kind.lower() == "bearer" and _same(value.strip(), self.token) else None
        return cookie if cookie is not None and cookie in self._open else None

    def leave(self, session: str) -> None:
        """End a session."""
        self._open.pop(session, None)

    def _begin(self) -> str:
        session = secrets.token_urlsafe(32)
        self._open[session] = None
        while len(self._open) > _MOST:
            self._open.pop(next(iter(self._open)))
        return session


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), known.encode())
