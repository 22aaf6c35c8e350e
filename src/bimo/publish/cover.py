"""The picture on the cover."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

from bimo.senses.seeing import opened

# Wide enough for any reader's screen, and what shops ask for.
_WIDEST: Final = (1600, 2560)


def picture(path: Path) -> bytes:
    """The picture in a file as PNG, upright and no larger than a cover needs. Raises what `opened` raises."""
    found = opened(path)
    found.thumbnail(_WIDEST)
    made = io.BytesIO()
    found.save(made, "PNG")
    return made.getvalue()
