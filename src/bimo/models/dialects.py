"""How the servers behind OpenAI's wire format differ, and how one request is put to each. No network here."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from bimo.models.protocol import ModelInfo, Prompt, Sampling, Usage
from bimo.text.errors import InputError

Dialect = Literal["openai", "llama.cpp", "vllm", "ollama"]

# Dialects that read GBNF, count tokens for us, and go on from a begun answer.
ENGINES: frozenset[Dialect] = frozenset({"llama.cpp", "vllm"})

# Windows in tokens where the server does not say; Ollama's is its default, which its wire format cannot change.
WINDOWS: Mapping[Dialect, int] = {"openai": 32768, "llama.cpp": 4096, "vllm": 4096, "ollama": 4096}

_PLAIN = Sampling()
# Options outside OpenAI's format → their name in each dialect that has them.
_EXTRAS: Mapping[str, Mapping[Dialect, str]] = {
    "top_k": {"llama.cpp": "top_k", "vllm": "top_k"},
    "min_p": {"llama.cpp": "min_p", "vllm": "min_p"},
    "repeat_penalty": {"llama.cpp": "repeat_penalty", "vllm": "repetition_penalty"},
    "dry": {"llama.cpp": "dry_multiplier"},
    "xtc_probability": {"llama.cpp": "xtc_probability"},
    "xtc_threshold": {"llama.cpp": "xtc_threshold"},
}
# Options that a server may refuse and a request can do without; most telling first.
_OPTIONAL = (
    "stream_options",
    "response_format",
    "max_tokens",
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "repeat_penalty",
    "repetition_penalty",
    "dry_multiplier",
    "xtc_probability",
    "xtc_threshold",
    "ignore_eos",
    "seed",
    "stop",
    "n",
)
_GO_ON = {
    "zh": "你的回答已经写好了开头，请紧接着往下写，不要重复开头，也不要解释。开头如下：\n{prefix}",
    "en": "Your answer has already begun. Continue exactly after the text below; do not repeat it, do not comment on"
    " it. The text:\n{prefix}",
}
_SCHEMA = {
    "zh": "只输出一个符合以下 JSON schema 的 JSON 对象：\n{schema}",
    "en": "Answer with one JSON object and nothing else, following this JSON schema:\n{schema}",
}


def body(model: str, prompt: Prompt, sampling: Sampling, dialect: Dialect, refused: set[str]) -> dict[str, Any]:
    """The JSON of one request, without the options in `refused`."""
    request: dict[str, Any] = {
        "model": model,
        "messages": messages(prompt, sampling, dialect, refused),
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
    }
    request |= {names[dialect]: getattr(sampling, option) for option, names in _EXTRAS.items() if dialect in names}
    if sampling.n > 1:
        request["n"] = sampling.n
    if sampling.seed is not None:
        request["seed"] = sampling.seed
    if sampling.stop:
        # OpenAI takes four; whatever is not sent, `Answer` still finds.
        request["stop"] = list(sampling.stop if dialect in ENGINES else sampling.stop[:4])
    if dialect in ENGINES and not sampling.end:
        request["ignore_eos"] = True
    if prompt.prefix and dialect == "vllm":
        request |= {"continue_final_message": True, "add_generation_prompt": False}
    request |= _shape(sampling, dialect, refused)
    if "max_tokens" in refused:
        request["max_completion_tokens"] = request["max_tokens"]
    return {name: value for name, value in request.items() if name not in refused}


def _shape(sampling: Sampling, dialect: Dialect, refused: set[str]) -> dict[str, Any]:
    grammar = sampling.grammar
    if grammar is None and sampling.avoid and dialect in ENGINES:
        grammar = f"root ::= [^{sampling.avoid}]*"
    if grammar is not None:
        return {"grammar": grammar} if dialect == "llama.cpp" else {"structured_outputs": {"grammar": grammar}}
    if sampling.schema is None:
        return {}
    if "json_schema" in refused:
        return {"response_format": {"type": "json_object"}}
    schema = {"name": "answer", "strict": True, "schema": dict(sampling.schema)}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}


def messages(prompt: Prompt, sampling: Sampling, dialect: Dialect, refused: set[str]) -> list[dict[str, str]]:
    """The turns as the wire has them; what the dialect cannot be told by options is told in words."""
    turns = [{"role": message.role, "content": message.text} for message in prompt.messages]
    words = []
    lang = "zh" if re.search(r"[\u4e00-\u9fff]", prompt.prefix or turns[-1]["content"]) else "en"
    if sampling.schema is not None and {"json_schema", "response_format"} & refused:
        words.append(_SCHEMA[lang].format(schema=json.dumps(sampling.schema, ensure_ascii=False)))
    if prompt.prefix and dialect not in ENGINES:
        words.append(_GO_ON[lang].format(prefix=prompt.prefix))
    if words:
        turns[-1]["content"] = "\n\n".join([turns[-1]["content"], *words])
    if prompt.prefix and dialect in ENGINES:
        turns.append({"role": "assistant", "content": prompt.prefix})
    return turns


def check(prompt: Prompt, sampling: Sampling, dialect: Dialect, info: ModelInfo) -> None:
    """Raise InputError for what the server could not do at all, or would do wrong in silence."""
    if sampling.grammar is not None and dialect not in ENGINES:
        raise InputError("models.no_grammar", model=info.id)
    if dialect == "ollama":
        # Ollama cuts a long prompt instead of refusing it.
        needed = sum(estimate(message.text) for message in prompt.messages) + estimate(prompt.prefix)
        if needed > info.context:
            raise InputError("models.prompt_too_long", needed=needed, context=info.context, model=info.id)


def ignored(sampling: Sampling, dialect: Dialect) -> list[str]:
    """Options set to something else than the default that this dialect has no name for."""
    names = [
        option
        for option, names in _EXTRAS.items()
        if dialect not in names and getattr(sampling, option) != getattr(_PLAIN, option)
    ]
    if dialect in ENGINES:
        return names
    return names + ["avoid"] * bool(sampling.avoid) + ["end"] * (not sampling.end)


def refused_option(request: Mapping[str, Any], complaint: str) -> str | None:
    """The option of a request that the server's complaint is about, if the request can do without it."""
    for option in _OPTIONAL:
        if option in request and re.search(rf"\b{option}\b", complaint):
            if option == "response_format" and request[option]["type"] == "json_schema":
                return "json_schema"
            return option
    return None


def estimate(text: str) -> int:
    """Tokens of `text` where nobody can count them, rather too many than too few.

    A Chinese, Japanese or Korean character counts 1.25 tokens, three Latin letters or spaces one, anything else one
    for every two bytes of its UTF-8. Current vocabularies need 0.6 to 1.2 for a Chinese character and one token for
    four English letters.
    """
    cjk = re.findall(r"[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uff00-\uffef]", text)
    latin = re.findall(r"[A-Za-z\s]", text)
    others = len(text.encode(errors="replace")) - 3 * len(cjk) - len("".join(latin).encode())
    return math.ceil(len(cjk) * 1.25 + len(latin) / 3 + others / 2)


def choices_of(event: object) -> Iterator[tuple[int, str, str]]:
    """(index, text, reason to finish or "") of each alternative that an event tells of; another shape has none."""
    choices = event.get("choices") if isinstance(event, dict) else None
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict):
            index, delta, reason = choice.get("index"), choice.get("delta"), choice.get("finish_reason")
            piece = delta.get("content") if isinstance(delta, dict) else ""
            yield index if isinstance(index, int) else 0, piece if isinstance(piece, str) else "", str(reason or "")


def usage_of(event: object) -> Usage | None:
    """The tokens used, from the event that tells them."""
    used = event.get("usage") if isinstance(event, dict) else None
    if not isinstance(used, dict):
        return None
    details = used.get("prompt_tokens_details") or {}
    # DeepSeek has a name of its own for what came from the cache.
    cached = details.get("cached_tokens") or used.get("prompt_cache_hit_tokens") or 0
    return Usage(used.get("prompt_tokens") or 0, cached, used.get("completion_tokens") or 0)


class Answer:
    """One alternative as it arrives: cut at a stop string, without a repeated prefix.

    Servers differ in how many stop strings they take and whether they honour them at all, so that the text is cut
    here in any case; `cut` says that it was. `prefix` is set where the server was asked in words to go on from it.
    """

    def __init__(self, stops: Iterable[str], prefix: str = "") -> None:
        self.text = ""
        self.prefix = prefix
        self.begun = False
        self.cut = False
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""

    def add(self, piece: str) -> str:
        """Take a piece from the wire; the text that may now be shown."""
        self.begun = True
        if self.cut:
            return ""
        self._held += piece
        if self.prefix:
            if self._held.strip() in self.prefix:
                return ""
            self._held = _joined(self.prefix, self._held)
            self.prefix = ""
        return self._cut() or self._show(len(self._held) - self._may_stop())

    def rest(self) -> str:
        """What was held back, when nothing more comes."""
        if self.prefix:
            self._held = _joined(self.prefix, self._held)
            self.prefix = ""
        return self._cut() or self._show(len(self._held))

    def _cut(self) -> str:
        places = [place for stop in self._stops if (place := self._held.find(stop)) >= 0]
        if not places:
            return ""
        self._held = self._held[: min(places)]
        self.cut = True
        return self._show(len(self._held))

    def _show(self, end: int) -> str:
        fresh, self._held = self._held[:end], self._held[end:]
        self.text += fresh
        return fresh

    def _may_stop(self) -> int:
        """Length of the longest end of the held text that a stop string begins with."""
        longest = max(map(len, self._stops), default=0)
        for size in range(min(longest - 1, len(self._held)), 0, -1):
            if self._held.endswith(tuple(stop[:size] for stop in self._stops if len(stop) > size)):
                return size
        return 0


def _joined(prefix: str, answer: str) -> str:
    """The answer without the part of the prefix it repeats, and apart from the prefix where two words would meet."""
    begun = answer.lstrip()
    # A shorter overlap is more likely chance than repetition.
    shortest = min(len(prefix), 8)
    for size in range(min(len(prefix), len(begun)), shortest - 1, -1):
        if begun.startswith(prefix[-size:]):
            return begun[size:]
    meet = re.search(r"[A-Za-z,;]$", prefix) and re.match(r"[A-Za-z]", answer)
    return f" {answer}" if meet else answer
