"""Finishing: what a model's answer goes through before a writer sees it. Only safe repairs; no word is invented."""

from __future__ import annotations

import regex

from bimo.text.errors import Language
from bimo.text.sentences import sentences

_OPENERS = {
    "zh": r"^(?:好的|当然可以|当然|没问题|以下是|下面是|这是|根据您?的|正文)[^\n。？]{0,40}(?:[：:]\s*\n*|\n+)",
    "en": r"^(?:sure|certainly|of course|okay|ok|here(?:'s| is| are)|absolutely)\b[^\n]{0,120}?(?::\s*\n*|\n+)",
}
_CLOSERS = {
    "zh": r"\n+[（(]?(?:希望(?:您|你|这)|以上(?:是|就是)|全文完|完[）)]|注：|说明：|如果(?:您|你)需要|"
    r"这(?:段|个)(?:文字|故事|改写|版本))[^\n]*\s*$",
    "en": r"\n+[(\[]?(?:I hope|Hope this|Let me know|Note:|The end\.?|"
    r"This (?:version|passage|rewrite|story)|Feel free)[^\n]*\s*$",
}
# A count of its own words, which a model copies from the request.
_COUNTED = regex.compile(r"(?<=^|[.!?”\n])\s*[(\[]?\d+ words[)\].]*|[（(]?(?:约|共)?\d+字[）)]?[。]?(?=\n|$)")
_FENCE = regex.compile(r"^\s*```[\w-]*\s*\n(.*?)\n?```\s*$", regex.DOTALL)
_WIDE = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}
_ENDS = {"zh": "。！？…”』」）》—", "en": '.!?…"”’)—'}


def finish(text: str, lang: Language, *, whole: bool = True) -> str:
    """Clean a model's prose: no talk around it, no Markdown, one punctuation style, closed quotes.

    With `whole`, half a sentence at the end is dropped, unless nothing else is there.
    """
    text = unwrap(text, lang)
    text = regex.sub(r"^#{1,6}\s+.*\n+|\*\*|__|^[>*]\s+", "", text, flags=regex.MULTILINE)
    text = _COUNTED.sub("", text)
    text = punctuate(text, lang)
    if whole:
        text = whole_sentences(text, lang)
    return close_quotes(text, lang)


def unwrap(text: str, lang: Language) -> str:
    """Drop talk before and after the answer, and a code fence around it."""
    text = text.strip()
    if fenced := _FENCE.match(text):
        text = fenced.group(1).strip()
    shorter = regex.sub(_OPENERS[lang], "", text, count=1, flags=regex.IGNORECASE).strip()
    text = shorter or text
    shorter = regex.sub(_CLOSERS[lang], "", text, flags=regex.IGNORECASE).strip()
    return shorter or text


def punctuate(text: str, lang: Language) -> str:
    """One punctuation style: full-width marks and “” in Chinese, half-width marks and curly quotes in English."""
    text = regex.sub(r"[^\S\n]+(?=\n|$)", "", text)
    text = regex.sub(r"\n{3,}", "\n\n", text)
    if lang == "zh":
        text = regex.sub(r"(?<=[\p{Han}”’』」》）])[,;:?!]|[,;:?!](?=[\p{Han}“‘『「《（])", lambda m: _WIDE[m[0]], text)
        text = regex.sub(r"(?<=[\p{Han}”’』」》）])\.(?!\.|\w)", "。", text)
        text = regex.sub(r"\.{3,}|。{3,}|…+", "……", text)
        text = regex.sub(r"(?<=\p{Han})(?:--+|—+)", "——", text)
        text = regex.sub(r"(?<=[\p{Han}，。！？；：、“”]) +(?=[\p{Han}，。！？；：、“”])", "", text)
        return _curl(text)
    text = regex.sub(r"(?<=\w)，\s*", ", ", text)
    text = regex.sub(r"(?<=\w)。\s*", ". ", text)
    text = regex.sub(r"\.{3,}", "…", text)
    text = regex.sub(r"\s*--+\s*", "—", text)
    text = regex.sub(r"(?<=[\p{L}\p{N}])'(?=\p{L})", "’", text)
    text = regex.sub(r"[^\S\n]{2,}", " ", text)
    return _curl(text).strip()


def _curl(text: str) -> str:
    """Straight double quotes become “ and ” by turns within a paragraph."""

    def one(paragraph: str) -> str:
        inside = False
        letters = []
        for letter in paragraph:
            if letter == "“":
                inside = True
            elif letter == "”":
                inside = False
            elif letter == '"':
                letter = "”" if inside else "“"
                inside = not inside
            letters.append(letter)
        return "".join(letters)

    return "\n".join(one(paragraph) for paragraph in text.split("\n"))


def whole_sentences(text: str, lang: Language) -> str:
    """Drop half a sentence at the end, unless nothing else is there."""
    text = text.rstrip()
    if not text or text[-1] in _ENDS[lang]:
        return text
    spans = sentences(text, lang)
    if len(spans) < 2:
        return text.rstrip("，、；：,;:") + ("。" if lang == "zh" else ".")
    return text[: spans[-2].end].rstrip()


def close_quotes(text: str, lang: Language) -> str:
    """Close what was left open at the end of a paragraph, and drop what closes nothing."""
    done = []
    for paragraph in text.split("\n"):
        depth = 0
        letters = []
        for letter in paragraph:
            if letter == "“":
                depth += 1
            elif letter == "”":
                if depth == 0:
                    continue
                depth -= 1
            letters.append(letter)
        done.append("".join(letters) + "”" * min(depth, 1))
    return "\n".join(done)
