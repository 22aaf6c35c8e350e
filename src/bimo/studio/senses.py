"""The voices and the ears of a studio: loaded when they are first wanted, and dropped when nobody uses them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, Generic, TypeVar

from bimo.models.catalog import Asset, assets
from bimo.senses import hearing, speech
from bimo.senses.needs import lacking
from bimo.text.errors import BimoError

T = TypeVar("T")
# The two models together take half a gigabyte; a writer who stopped listening gets it back.
_IDLE: Final = 600.0


class Held(Generic[T]):
    """Something that takes long to load and much room, for one at a time."""

    def __init__(self, load: Callable[[], T], idle: float = _IDLE) -> None:
        self._load = load
        self._idle = idle
        self._lock = threading.Lock()
        self._value: T | None = None
        self._timer: threading.Timer | None = None

    @contextmanager
    def taken(self) -> Iterator[T]:
        """Wait for it and hold it within the block. Raises whatever loading it raises."""
        with self._lock:
            if self._timer:
                self._timer.cancel()
            if self._value is None:
                self._value = self._load()
            try:
                yield self._value
            finally:
                self._timer = threading.Timer(self._idle, self._drop)
                self._timer.daemon = True
                self._timer.start()

    def _drop(self) -> None:
        with self._lock:
            self._value = None


async def apart(act: Callable[[], T]) -> T:
    """Do what takes long and cannot be stopped, in a thread that the end of the studio does not wait for."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(how: Callable[[Any], None], value: object) -> None:
        # Whoever asked may be gone.
        if not done.done():
            how(value)

    def tell(how: Callable[[Any], None], value: object) -> None:
        # The studio may have ended.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, how, value)

    def work() -> None:
        try:
            value = act()
        except Exception as error:  # the boundary of the thread: whoever awaits is told, whatever broke
            tell(done.set_exception, error)
        else:
            tell(done.set_result, value)

    threading.Thread(target=work, name="bimo-senses", daemon=True).start()
    return await done


class Senses:
    """What reads aloud and what listens, for every page of a studio."""

    def __init__(self) -> None:
        # The classes are looked up when they are wanted, so that a stand-in takes their place in tests.
        self.speaker: Held[speech.Speaker] = Held(_speaker)
        # Who waits to hear a sentence waits here, where it can be seen that nobody wants it any more.
        self.turn = asyncio.Lock()
        self.listener: Held[hearing.Listener] = Held(lambda: hearing.Whisper())


def _speaker() -> speech.Speaker:
    from bimo.publish.narration import sweep

    sweep()
    return speech.Kokoro()


def lack_of(sense: str) -> BimoError | None:
    """Why nothing can be read aloud ("aloud") or written down ("dictation"): a package or weights; None if it can."""
    libraries: dict[str, tuple[str, ...]] = {
        "aloud": ("onnxruntime", "numpy", "cn2an", "inflect"),
        "dictation": ("faster_whisper", "av", "numpy"),
    }
    if error := lacking(*libraries[sense], extra="audio"):
        return error
    try:
        weights_of(sense).ready()
    except BimoError as error:
        return error
    return None


def weights_of(sense: str) -> Asset:
    """The weights that a sense works with."""
    return assets()[speech.WEIGHTS if sense == "aloud" else hearing.WEIGHTS]


def as_data(asset: Asset) -> dict[str, Any]:
    """Weights as the page shows them."""
    return {"id": asset.id, "size": asset.size, "licence": asset.licence, "installed": asset.installed}
