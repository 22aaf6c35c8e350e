"""What a server tells about itself: which one it is, its window, and how many tokens a text has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bimo.models.dialects import Dialect

# A GET, or a POST of the given JSON: {} if the server refuses, None if it cannot be reached.
Ask = Callable[..., Awaitable[dict[str, Any] | None]]


async def probe(ask: Ask, url: str, model: str) -> tuple[bool, Dialect | None, int | None]:
    """Whether the server answered, its dialect if it is one we know, and its window in tokens if it says."""
    root = url.removesuffix("/v1")
    props = await ask(f"{root}/props")
    if props is None:
        return False, None, None
    if isinstance(facts := props.get("default_generation_settings"), dict):
        return True, "llama.cpp", facts.get("n_ctx")
    if "version" in (await ask(f"{root}/api/version") or {}):
        return True, "ollama", None
    if "version" not in (await ask(f"{root}/version") or {}):
        return True, None, None
    listed = (await ask(f"{url}/models") or {}).get("data") or ()
    return True, "vllm", next((entry.get("max_model_len") for entry in listed if entry.get("id") == model), None)


async def count(ask: Ask, url: str, model: str, dialect: Dialect, text: str) -> int | None:
    """Tokens of `text` by the tokenizer of llama.cpp's server or vLLM; None if it does not answer."""
    request: dict[str, object] = {"content": text}
    if dialect == "vllm":
        request = {"model": model, "prompt": text, "add_special_tokens": False}
    tokens = (await ask(f"{url.removesuffix('/v1')}/tokenize", request) or {}).get("tokens")
    return len(tokens) if isinstance(tokens, list) else None
