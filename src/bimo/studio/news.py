"""What every open page is told at once: jobs that begin or end, the state of the engine, texts saved elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from bimo.studio.jobs import PULSE
from bimo.studio.stream import Sent

# A page that does not read for so long has to look for itself.
_MOST = 256


class News:
    """Broadcasts to the pages. `tell` may be called from any thread, also when nobody listens."""

    def __init__(self) -> None:
        self._readers: dict[asyncio.Queue[Sent | None], asyncio.AbstractEventLoop] = {}
        self._closed = False

    def tell(self, name: str, data: Mapping[str, Any]) -> None:
        """Send an event to every reader."""
        for queue, loop in list(self._readers.items()):
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._put, queue, (None, name, data))

    def close(self) -> None:
        """Let every reader end."""
        self._closed = True
        for queue, loop in list(self._readers.items()):
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._put, queue, None)

    async def read(self) -> AsyncGenerator[Sent | None, None]:
        """Everything that is told from now on; None now and then while nothing is."""
        queue: asyncio.Queue[Sent | None] = asyncio.Queue(_MOST)
        self._readers[queue] = asyncio.get_running_loop()
        try:
            while not self._closed:
                try:
                    sent = await asyncio.wait_for(queue.get(), PULSE)
                except TimeoutError:
                    sent = None
                if not self._closed:
                    yield sent
        finally:
            self._readers.pop(queue, None)

    @staticmethod
    def _put(queue: asyncio.Queue[Sent | None], sent: Sent | None) -> None:
        if queue.full():
            queue.get_nowait()
        queue.put_nowait(sent)
