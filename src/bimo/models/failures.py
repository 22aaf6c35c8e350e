"""What can go wrong with a server, as the errors that a writer may see."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bimo.models.keys import Secret
from bimo.text.errors import BimoError, BusyError, InputError, ModelError

_TOO_LONG = re.compile(
    r"exceed_context_size|context_length_exceeded|maximum context length|context (size|window|length)"
    r"|prompt is too long|range of input length",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Failed:
    """Makes the errors of one endpoint and model. `timeout` is in seconds; `key` is taken out of what is quoted."""

    endpoint: str
    model: str
    timeout: float
    key: Secret | None = None

    def status(self, status: int, said: str, code: str, headers: Mapping[str, str]) -> BimoError:
        """The error for an HTTP status and what the server said with it; a redirect counts as one."""
        if status in (401, 403):
            return ModelError("models.key_refused", endpoint=self.endpoint)
        if status == 402 or "insufficient_quota" in code:
            return ModelError("models.no_credit", endpoint=self.endpoint)
        if found := too_long(said):
            needed, window = found
            return InputError("models.prompt_too_long", needed=needed or "?", context=window or "?", model=self.model)
        if status == 404:
            return ModelError("models.unknown_model", endpoint=self.endpoint, model=self.model)
        if status == 429:
            return BusyError("models.rate_limited", endpoint=self.endpoint, after=round(retry_after(headers)) or 30)
        if status >= 500:
            return BusyError("models.server_failed", endpoint=self.endpoint, status=status)
        if 300 <= status < 400:
            return ModelError("models.moved", endpoint=self.endpoint)
        reason = said.replace(self.key.reveal(), repr(self.key)) if self.key else said
        return ModelError("models.refused", endpoint=self.endpoint, reason=reason[:300])

    def unreachable(self) -> BusyError:
        """Nobody listens there, or the name is unknown."""
        return BusyError("models.unreachable", endpoint=self.endpoint)

    def timed_out(self) -> BusyError:
        """The server was silent for too long."""
        return BusyError("models.timed_out", endpoint=self.endpoint, seconds=round(self.timeout))

    def broken_off(self) -> BusyError:
        """The connection ended before the answer did."""
        return BusyError("models.broken_off", endpoint=self.endpoint)

    def not_understood(self) -> ModelError:
        """What answers there is no server of this kind."""
        return ModelError("models.not_understood", endpoint=self.endpoint)


def too_long(complaint: str) -> tuple[int | None, int | None] | None:
    """(tokens needed, tokens of the window) if a complaint says that the prompt does not fit, as far as it tells."""
    if not _TOO_LONG.search(complaint):
        return None
    needed = re.search(r"(\d+) tokens\)|n_prompt_tokens\D+(\d+)|requested (?:about )?(\d+) tokens", complaint)
    window = re.search(r"n_ctx\D+(\d+)|maximum context length is (\d+)", complaint)
    numbers = [
        next((int(group) for group in found.groups() if group), None) if found else None for found in (needed, window)
    ]
    return numbers[0], numbers[1]


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that the server asks to wait; 0 if it does not say, or says it as a date."""
    try:
        return float(headers.get("retry-after", 0))
    except ValueError:
        return 0.0


def complaint_of(error: Exception) -> str:
    """Everything the server said; some name the option or the numbers only beside their message."""
    return f"{getattr(error, 'message', error)} {getattr(error, 'body', '') or ''}"
