"""Typst, the typesetter of PDF editions and covers: https://typst.app/docs. Texts reach it as JSON, never as markup."""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

from bimo.senses.needs import needed
from bimo.text.errors import FileError

# The sign that Chinese printers put where a piece of type is lacking.
GETA: Final = "〓"
_LACKING: Final = re.compile(r'the text `"(.+?)"` could not be displayed')
_CODE: Final = re.compile(r"\\u\{([0-9a-f]+)\}")
# Every one of these is in the fonts, so that most texts need no look into them.
_COMMON: Final = re.compile(r"[\s!-~¡-ÿ‘’“”–—…、。〈-】〓！-～]+")


def typeset(
    template: str,
    work: Mapping[str, Any],
    *,
    format: Literal["pdf", "png"] = "pdf",
    rare: bool = False,
    ppi: float = 150,
) -> bytes:
    """The pages that a template in `templates/` makes of `work`; of PNG the first page only.

    PDF follows PDF/UA-1 (ISO 14289-1). `rare` lets fonts of this machine help out. Raises ModelError
    `senses.no_library` without the extra `print`, FileError `publish.not_typeset`.
    """
    typst = needed("typst", extra="print")
    folder = files("bimo.publish").joinpath("templates")
    parts = {each.name: each.read_bytes() for each in folder.iterdir() if each.name.endswith(".typ")}
    parts["work.json"] = json.dumps(work, ensure_ascii=False).encode()
    compiler = typst.Compiler(
        {"main": parts[f"{template}.typ"], **parts}, font_paths=_fonts(), ignore_system_fonts=not rare
    )
    standards = ["ua-1"] if format == "pdf" else []
    try:
        made, _ = compiler.compile_with_warnings(format=format, pdf_standards=standards, ppi=ppi)
    except typst.TypstError as error:
        raise FileError("publish.not_typeset", why=error.message) from error
    first: bytes = made[0] if isinstance(made, list) else made
    return first


def drawn(png: bytes) -> str:
    """A picture as SVG for a template, which can read nothing but text; it fills whatever it is drawn into."""
    width, height = struct.unpack(">II", png[16:24])
    data = base64.b64encode(png).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/></svg>'
    )


def lacking(text: str, *, rare: bool = False) -> set[str]:
    """The characters of the text that no font has; `rare` asks the fonts of this machine too."""
    asked = frozenset(_COMMON.sub("", "".join(set(text))))
    return set(_lacking(asked, rare)) if asked else set()


@cache
def _lacking(asked: frozenset[str], rare: bool) -> frozenset[str]:
    typst = needed("typst", extra="print")
    # A page that must be accessible may have no empty boxes on it, so Typst names every character it cannot show.
    page = '#set document(title: "x")\n#set text(font: ("Libertinus Serif", "Noto Serif SC"))\n'
    page += '#for each in json("work.json") { par(each) }'
    parts = {"main": page.encode(), "work.json": json.dumps(sorted(asked), ensure_ascii=False).encode()}
    try:
        typst.Compiler(parts, font_paths=_fonts(), ignore_system_fonts=not rare).compile_with_warnings(
            format="pdf", pdf_standards=["ua-1"]
        )
    except typst.TypstError as error:
        named = _LACKING.findall(error.diagnostic)
        return frozenset(asked & set("".join(_CODE.sub(lambda code: chr(int(code[1], 16)), each) for each in named)))
    return frozenset()


@cache
def _fonts() -> list[str]:
    return [str(Path(needed("pylopdf_fonts_zh_cn", extra="print").__file__).parent)]
