"""Zip files with the same bytes for the same parts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Final

# The oldest time a zip can hold; with the time of making in it, no two editions of one text would be alike.
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_PACKED_ALREADY: Final = (".png", ".jpg", ".mp3")


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """A zip of the parts by their names, in their order. What is packed already, and `mimetype`, stays as it is."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in parts.items():
            kept = name == "mimetype" or name.endswith(_PACKED_ALREADY)
            packing = zipfile.ZIP_STORED if kept else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, _TIME), data, packing)
    return made.getvalue()
