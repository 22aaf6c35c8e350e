"""What a picture shows: its colours, the words on it, and what a vision model behind an endpoint says of it."""

from __future__ import annotations

import base64
import colorsys
import io
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bimo.models.failures import Failed
from bimo.models.keys import endpoint_of, find_key
from bimo.senses.needs import needed
from bimo.text.errors import BimoError, FileError, InputError, Language, ModelError, Notice

if TYPE_CHECKING:
    from PIL.Image import Image

# A picture of more pixels takes gigabytes of memory to unpack, and may be made for that.
LARGEST: Final = 100_000_000
# Longer sides are scaled down to this many pixels: for colours, for words, for the endpoint.
_COLOURS, _WORDS, _SENT = 200, 2000, 1024
# And to this many for everything else: what is made of a picture takes several times its room.
_KEPT: Final = 4000
_SHADES: Final = 8
# Other kinds are unpacked by programs that were made for documents, or by code that nobody looks at.
_KINDS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
# A colour of less of the picture is not told.
_LEAST: Final = 0.04
_SURE: Final = 0.6
_TIMEOUT: Final = 120.0
# The hues around the circle, each up to its number of degrees.
_HUES: Final = (
    (15, "red", "红"),
    (40, "orange", "橙"),
    (68, "yellow", "黄"),
    (165, "green", "绿"),
    (195, "teal", "青"),
    (255, "blue", "蓝"),
    (290, "violet", "紫"),
    (345, "pink", "粉"),
    (361, "red", "红"),
)
_ASK: Final = {
    "en": "Describe this picture for a fiction writer in three sentences: what is seen, the light and mood, one telling"
    " detail. Say only what is there.",
    "zh": "请用三句话为小说作者描述这幅画面：看得见的人与物、光线与气氛、一个耐人寻味的细节。只说画面里有的。",
}


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour as `#rrggbb` and the share of the picture that it covers."""

    code: str
    share: float

    def name(self, lang: Language) -> str:
        """What a writer would call it, such as deep blue or 深蓝."""
        red, green, blue = (int(self.code[place : place + 2], 16) / 255 for place in (1, 3, 5))
        hue, light, colourful = colorsys.rgb_to_hls(red, green, blue)
        if light < 0.1 or light > 0.93 or colourful * min(light, 1 - light) < 0.04:
            steps = (
                (0.12, "black", "黑"),
                (0.35, "dark grey", "深灰"),
                (0.7, "grey", "灰"),
                (0.9, "pale grey", "浅灰"),
            )
            _, en, zh = next((step for step in steps if light < step[0]), (1, "white", "白"))
            return zh if lang == "zh" else en
        _, en, zh = next(each for each in _HUES if hue * 360 < each[0])
        if en in ("orange", "yellow", "red") and light < 0.4 and colourful < 0.65:
            return "棕" if lang == "zh" else "brown"
        if en == "red" and light > 0.72:
            en, zh = "pink", "粉"
        shade = ("deep ", "深") if light < 0.35 else ("pale ", "浅") if light > 0.72 else ("", "")
        return shade[1] + zh if lang == "zh" else shade[0] + en


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a picture; `unseen` tells what could not be, and why."""

    colours: tuple[Colour, ...]
    bright: bool
    warm: bool
    words: tuple[str, ...] = ()
    description: str = ""
    unseen: tuple[Notice, ...] = ()

    def told(self, lang: Language) -> str:
        """All of it as a few lines of text, to write from."""
        names: dict[str, float] = {}
        for colour in self.colours:
            names[colour.name(lang)] = names.get(colour.name(lang), 0) + colour.share
        shares = [f"{name} {share:.0%}" for name, share in sorted(names.items(), key=lambda each: -each[1])]
        tone = "bright" if self.bright else "dark", "warm" if self.warm else "cool"
        if lang == "zh":
            tone = "明亮" if self.bright else "幽暗", "偏暖" if self.warm else "偏冷"
            lines = [f"一幅画面，{tone[0]}{tone[1]}，颜色：{'、'.join(shares)}。"]
            lines += [f"画面上的字：“{' / '.join(self.words)}”"] if self.words else []
        else:
            lines = [f"A picture, {tone[0]} and {tone[1]}, in {', '.join(shares)}."]
            lines += [f"Words on it: “{' / '.join(self.words)}”"] if self.words else []
        return "\n".join([*lines, self.description] if self.description else lines)


def look(path: Path, lang: Language, *, vision: str | None = None, name: str = "") -> Seen:
    """What a picture shows. `vision` (`NAME@URL`, by default `BIMO_VISION`) names a model that can describe it.

    `name` is what the writer calls the file, if that is not what it is called here.

    Raises InputError `senses.no_picture`, `senses.picture_too_large` or `senses.picture_damaged`, FileError, and
    ModelError if the packages of the extra `ocr` are not here. What else fails becomes a notice in `unseen`.
    """
    picture = opened(path, name)
    colours = palette(picture)
    light = sum(_lightness(each) * each.share for each in colours)
    warmth = sum(_warmth(each) * each.share for each in colours)
    unseen: list[Notice] = []
    words = _tried(lambda: read_words(picture), (), "senses.words_unseen", unseen)
    vision = vision or os.environ.get("BIMO_VISION", "")
    if vision:
        description = _tried(lambda: describe(picture, lang, vision), "", "senses.scene_unseen", unseen)
    else:
        description = ""
        unseen.append(Notice.of("senses.no_vision"))
    return Seen(colours, light > 0.5, warmth > 0, tuple(words), description, tuple(unseen))


def opened(path: Path, name: str = "") -> Image:
    """The picture in a file, upright, its first frame if it moves. Raises like `look`."""
    name = name or path.name
    pillow, exif = needed("PIL.Image", extra="ocr"), needed("PIL.ImageOps", extra="ocr")
    if not path.is_file():
        raise InputError("text.is_folder" if path.is_dir() else "text.no_file", name=str(path))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pillow.open(path, formats=_KINDS) as picture:
                if picture.width * picture.height > LARGEST:
                    raise pillow.DecompressionBombError
                # A large photograph is unpacked at a fraction of its size where its format allows.
                picture.draft("RGB", (_KEPT, _KEPT))
                picture.thumbnail((_KEPT, _KEPT))
                upright: Image = exif.exif_transpose(picture).convert("RGBA")
    except pillow.DecompressionBombError as error:
        raise InputError("senses.picture_too_large", name=name, limit=LARGEST // 1_000_000) from error
    except pillow.UnidentifiedImageError as error:
        raise InputError("senses.no_picture", name=name) from error
    except PermissionError as error:
        raise FileError("text.cannot_read", name=str(path), why=error.strerror or str(error)) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise InputError("senses.picture_damaged", name=name) from error
    # What is transparent shows the paper.
    paper = pillow.new("RGBA", upright.size, "white")
    paper.alpha_composite(upright)
    flat: Image = paper.convert("RGB")
    return flat


def palette(picture: Image) -> tuple[Colour, ...]:
    """The main colours, the largest first."""
    small = _scaled(picture, _COLOURS)
    few = small.quantize(_SHADES)
    shades = few.getpalette() or []
    total = small.width * small.height
    counted = sorted(few.getcolors() or [], reverse=True)
    found = [
        Colour("#{:02x}{:02x}{:02x}".format(*shades[3 * place : 3 * place + 3]), count / total)
        for count, place in counted
        if isinstance(place, int)
    ]
    return tuple(each for each in found if each.share >= _LEAST) or tuple(found[:1])


def read_words(picture: Image) -> tuple[str, ...]:
    """The lines of text on a picture. Raises ModelError if the packages of the extra `ocr` are not here."""
    np, library = needed("numpy", extra="ocr"), needed("rapidocr", extra="ocr")
    engine = library.RapidOCR(params={"Global.log_level": "critical"})
    found = engine(np.asarray(_scaled(picture, _WORDS))[:, :, ::-1])
    pairs = zip(found.txts or (), found.scores or (), strict=True)
    return tuple(text for text, score in pairs if score >= _SURE and any(map(str.isalnum, text)))


def describe(picture: Image, lang: Language, vision: str) -> str:
    """What a vision model behind an OpenAI-compatible endpoint says of the picture; only this sends the picture.

    `vision` is `NAME@URL`, with or without `openai:` before it. Raises InputError, ModelError or BusyError.
    """
    import httpx

    name, _, url = vision.removeprefix("openai:").partition("@")
    if not name or not url:
        raise InputError("senses.bad_vision", vision=vision)
    key = find_key(url)
    failed = Failed(endpoint_of(url), name, _TIMEOUT, key)
    packed = io.BytesIO()
    _scaled(picture, _SENT).save(packed, "JPEG", quality=85)
    data = "data:image/jpeg;base64," + base64.b64encode(packed.getvalue()).decode()
    content = [{"type": "text", "text": _ASK[lang]}, {"type": "image_url", "image_url": {"url": data}}]
    asked = {"model": name, "max_tokens": 400, "messages": [{"role": "user", "content": content}]}
    headers = {"Authorization": f"Bearer {key.reveal()}"} if key else {}
    try:
        answer = httpx.post(f"{url.rstrip('/')}/chat/completions", json=asked, headers=headers, timeout=_TIMEOUT)
    except httpx.HTTPError as error:
        raise failed.unreachable() from error
    if answer.status_code != 200:
        raise failed.status(answer.status_code, answer.text, "", dict(answer.headers))
    try:
        said = answer.json()["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError) as error:
        raise ModelError("senses.vision_answer", endpoint=endpoint_of(url)) from error
    return " ".join(str(said or "").split())


def _tried(work: Callable[[], Any], without: Any, code: str, unseen: list[Notice]) -> Any:
    try:
        return work()
    except BimoError as error:
        unseen.append(Notice.of(code, reason_en=error.message("en"), reason_zh=error.message("zh")))
        return without


def _scaled(picture: Image, longest: int) -> Image:
    small = picture.copy()
    small.thumbnail((longest, longest))
    return small


def _lightness(colour: Colour) -> float:
    red, green, blue = (int(colour.code[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _warmth(colour: Colour) -> float:
    return int(colour.code[1:3], 16) - int(colour.code[5:7], 16)
