"""Opening a zip file from a stranger: bounded before anything is unpacked, and never written to disk."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Final

from bimo.text.errors import InputError

if TYPE_CHECKING:
    from lxml.etree import _Element

# Unpacked, in bytes, of all members together; how often one may be larger than packed; how many there may be.
LARGEST: Final = 200_000_000
RATIO: Final = 200
MEMBERS: Final = 10_000
# Small members may be packed as tightly as they like.
_SMALL: Final = 1_000_000


@contextmanager
def unpacking(data: bytes, name: str) -> Iterator[zipfile.ZipFile]:
    """The archive in `data`. What it claims to unpack to bounds what is read: zipfile reads no further.

    Raises InputError `desk.import_bomb` or `desk.import_damaged`; the latter also for what fails inside the block.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            swollen = any(one.file_size > max(_SMALL, RATIO * one.compress_size) for one in members)
            if swollen or len(members) > MEMBERS or sum(one.file_size for one in members) > LARGEST:
                raise InputError("desk.import_bomb", name=name, limit=LARGEST // 1_000_000)
            yield archive
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        NotImplementedError,
        RuntimeError,
        EOFError,
        SyntaxError,
    ) as error:
        raise InputError("desk.import_damaged", name=name) from error


def xml(data: bytes) -> _Element:
    """The root of an XML document; entities stay unread and nothing is fetched. Raises KeyError if there is none."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    root = etree.fromstring(data, parser)
    if root is None:
        raise KeyError("no element")
    return root
