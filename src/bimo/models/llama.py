"""The embedded engine: llama.cpp inside this process, through PyPI `xllamacpp`.

The engine opens an HTTP port on loopback. It is closed to everybody without the random key made here, and used only
for what the in-process calls do not offer: counting tokens, the chat template, saving and restoring contexts.
"""

from __future__ import annotations

import os
import queue
import secrets
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import httpx
import psutil
import regex

from bimo.models import states
from bimo.models.bans import Bans
from bimo.models.door import Door, knock
from bimo.models.protocol import Ability, Cancel, Chunk, Finish, Model, ModelInfo, Prompt, Sampling, Token, Usage
from bimo.models.quicker import quicker
from bimo.models.rewind import Around
from bimo.text.errors import BimoError, InputError, ModelError

# Where the penalty for repeated runs starts anew. Commas and full stops are left out on purpose: with them a whole
# Chinese paragraph came back clause by clause (docs/lab-notes.md).
_BREAKERS = ["\n", '"', "*", "“", "”"]
# The longest run that may come back unpunished. The engine's own 2 forbids common Chinese words and gave “的的”.
_FREE_RUN = 4
# Prompt tokens per step of the engine: small enough that it is free again within a second after a stop, even on one
# thread. A step of 64 reads 8 % faster (docs/lab-notes.md). The same for any number of threads, because the size of
# the steps decides the last bits of what is computed, and the same seed must write the same text.
_STEP = 32
# The shortest run of tokens that a `loose` request takes over from another place.
_RUN = 32
_SLOTS = 4


def threads_to_use() -> int:
    """How many threads the engine gets: `BIMO_THREADS`, else the cores that nobody else keeps busy, at least one.

    As many threads as cores is far slower than one fewer when other work runs, because the engine's threads wait for
    the slowest of them (figures in docs/lab-notes.md).
    """
    chosen = os.environ.get("BIMO_THREADS", "")
    if chosen:
        if not chosen.isdecimal() or int(chosen) < 1:
            raise InputError("models.bad_threads", value=chosen)
        return int(chosen)
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else psutil.cpu_count() or 1
    cores = min(allowed, psutil.cpu_count(logical=False) or allowed)
    busy = psutil.cpu_percent(interval=0.2) / 100 * cores
    return max(1, min(cores, round(cores - busy)))


class LlamaModel(Model):
    """A GGUF file in the embedded engine.

    `context` is the window in tokens, shared by alternatives; `threads` None measures what is free. `state` names a
    folder in which `save` keeps evaluated contexts, so that a later process goes on without reading them again.
    `drafting` guesses that a run of words goes on as it did before, and checks several words in one step. `voice` is
    an adapter with its strength; a request may ask for another strength.
    Raises ModelError if the file cannot be loaded.
    """

    def __init__(
        self,
        path: Path,
        *,
        id: str,
        context: int = 8192,
        threads: int | None = None,
        small: bool = True,
        languages: tuple[str, ...] = ("zh", "en"),
        state: Path | None = None,
        drafting: bool = True,
        voice: tuple[Path, float] | None = None,
    ) -> None:
        able: set[Ability] = {"grammar", "schema", "prefix", "bans", "alternatives", "exact_count", "logprobs"}
        self._info = ModelInfo(
            id=id,
            context=context,
            languages=languages,
            abilities=frozenset(able | {"voice"} if voice else able),
            small=small,
        )
        self.threads = threads or threads_to_use()
        self._state = state
        about = path.stat() if path.exists() else None
        # Contexts fit only the very file they were made with.
        self._weights = f"{about.st_size:x}-{about.st_mtime_ns:x}" if about else ""
        key = secrets.token_urlsafe(32)
        self._server: Any = _open(path, context, self.threads, key, state, drafting, voice)
        self._key = key
        self._http = knock(self.address, key)

    def door(self) -> Door:
        """What another process of this user needs to talk to the engine. It holds the key: never show or log it."""
        return Door(self.address, self._key, self._info, self._weights, self._state)

    @property
    def address(self) -> str:
        """The loopback address of the engine's own HTTP port."""
        return str(self._server.listening_address)

    @property
    def info(self) -> ModelInfo:
        """Facts about the model."""
        return self._info

    def count(self, text: str) -> int:
        """Tokens of `text`, by the model's own tokenizer."""
        return len(self._tokens(text))

    def stream(self, prompt: Prompt, sampling: Sampling, *, cancel: Cancel) -> Iterator[Chunk]:
        """Write. Alternatives without bans are written together and share the prompt; with bans one by one."""
        rendered = self.render(prompt)
        needed = self.count(rendered) + 1
        if needed >= self._info.context:
            raise InputError("models.prompt_too_long", needed=needed, context=self._info.context, model=self._info.id)
        room = self._info.context - needed
        voice = sampling.voice if "voice" in self._info.abilities else None
        sampling = replace(sampling, max_tokens=min(sampling.max_tokens, room), voice=voice)
        seed = sampling.seed if sampling.seed is not None else secrets.randbelow(2**31)
        if Bans(sampling.bans) and not (sampling.grammar or sampling.schema):
            for index in range(sampling.n):
                yield from self._around(rendered, sampling, index, seed + index, cancel)
            return
        # Alternatives share the window, and each needs a slot.
        at_once = max(1, min(_SLOTS, room // max(1, sampling.max_tokens)))
        for first in range(0, sampling.n, at_once):
            count = min(at_once, sampling.n - first)
            for chunk in self._together(rendered, replace(sampling, n=count), seed + first, cancel):
                yield replace(chunk, index=first + chunk.index)

    def render(self, prompt: Prompt) -> str:
        """The exact text the engine reads: the messages in the model's own chat template, then the prefix."""
        if not prompt.messages:
            return prompt.prefix
        messages = [{"role": message.role, "content": _plain(message.text)} for message in prompt.messages]
        answer = self._post("/apply-template", {"messages": messages})
        return str(answer["prompt"]) + _plain(prompt.prefix)

    def forget(self) -> None:
        """Drop every evaluated context."""
        if self._server is None:
            return
        for slot in range(_SLOTS):
            self._post(f"/slots/{slot}?action=erase", {})

    def save(self) -> None:
        """Keep the evaluated contexts on disk. Raises ValueError if no `state` folder was given.

        Nothing is kept of a voice, whose contexts fit one strength alone.
        """
        if "voice" in self._info.abilities:
            return
        if self._state is None:
            raise ValueError("no state folder was given")
        for slot, file in enumerate(files := self._state_files()):
            self._post(f"/slots/{slot}?action=save", {"filename": states.part(file)})
        states.settle(self._state, files)

    def restore(self) -> bool:
        """Take back what `save` kept for this model; False if there is nothing or it does not fit."""
        found = False
        for slot, file in enumerate(self._state_files() if self._state is not None else ()):
            # A file that is missing or does not fit is refused; then the context is read again, and nothing is lost.
            answer = self._http.post(f"/slots/{slot}?action=restore", json={"filename": file})
            found = found or (answer.status_code == 200 and answer.json().get("n_restored", 0) > 0)
        return found

    def close(self) -> None:
        """Free the engine."""
        self._http.close()
        self._server = None

    def _state_files(self) -> list[str]:
        return [states.name(self._info.id, self._weights, self._info.context, slot) for slot in range(_SLOTS)]

    def _together(self, rendered: str, sampling: Sampling, seed: int, cancel: Cancel) -> Iterator[Chunk]:
        request = _request(rendered, sampling, seed) | {"n": sampling.n}
        finished: set[int] = set()
        with closing(self._events(request, cancel)) as events:
            for chunk in map(_chunk, events):
                if chunk.finish:
                    finished.add(chunk.index)
                if chunk.text or chunk.finish or chunk.tokens:
                    yield chunk
        for index in range(sampling.n):
            if index not in finished:
                yield Chunk("", index, finish="cancelled")

    def _around(
        self, rendered: str, sampling: Sampling, index: int, seed: int, cancel: Cancel
    ) -> Generator[Chunk, None, None]:
        def ask(text: str, room: int, refused: Sequence[int], seed: int) -> Generator[Chunk, None, None]:
            request = _request(rendered + text, replace(sampling, max_tokens=room), seed)
            request["timings_per_token"] = True
            request["logit_bias"] = [[token, False] for token in refused]
            with closing(self._events(request, cancel)) as events:
                yield from map(_chunk, events)

        def first_token(text: str) -> int | None:
            return next(iter(self._tokens(text)), None)

        return Around(ask, first_token, sampling, index=index, seed=seed, cancel=cancel).write()

    def _events(self, request: dict[str, Any], cancel: Cancel) -> Generator[dict[str, Any], None, None]:
        """Stream the engine's events. The engine works in a thread of its own, so a stop never waits for it."""
        events: queue.Queue[dict[str, Any] | BimoError | None] = queue.Queue()
        stop = threading.Event()
        if self._server is None:
            raise ModelError("models.closed", model=self._info.id)

        def received(event: dict[str, Any]) -> bool:
            events.put(event)
            return stop.is_set()

        def work() -> None:
            try:
                self._complete(request, received)
            except BimoError as error:
                events.put(error)
            except Exception as error:  # the wall to the engine: whatever it throws is told to the one who waits
                events.put({"error": {"message": str(error)}})
            finally:
                events.put(None)

        worker = threading.Thread(target=work, daemon=True, name="bimo-engine")
        worker.start()
        try:
            while not cancel.cancelled:
                try:
                    event = events.get(timeout=0.1)
                except queue.Empty:
                    continue
                if event is None:
                    return
                if isinstance(event, BimoError):
                    raise event
                if "error" in event:
                    raise _translate(event["error"], self._info)
                yield event
        finally:
            stop.set()
            # Wait for the engine, so that the next request finds it free; a step lasts well under a second.
            worker.join(timeout=0.9)

    def _complete(self, request: dict[str, Any], received: Callable[[dict[str, Any]], bool]) -> None:
        """Hand each event of one completion to `received`, until it is over or `received` says that it is enough."""
        self._server.handle_completions(request, received)

    def _tokens(self, text: str) -> list[int]:
        return list(self._post("/tokenize", {"content": text, "parse_special": True})["tokens"])

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if self._server is None:
            raise ModelError("models.closed", model=self._info.id)
        try:
            answer = self._http.post(path, json=body)
        except httpx.HTTPError as error:
            raise self._gone() from error
        if answer.status_code != 200:
            raise _translate(answer.json().get("error", {}), self._info)
        return dict(answer.json())

    def _gone(self) -> ModelError:
        """The error for an engine that no longer answers."""
        return ModelError("models.engine_gone", model=self._info.id)


def _open(
    path: Path,
    context: int,
    threads: int,
    key: str,
    state: Path | None,
    drafting: bool,
    voice: tuple[Path, float] | None,
) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    if voice:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(voice[0]), voice[1])]
    params.n_ctx = context
    params.n_parallel = _SLOTS
    params.kv_unified = True
    params.n_batch = params.n_ubatch = _STEP
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    # Contexts live in the slots alone: a hidden second cache would make the same seed give another text.
    params.cache_ram_mib = 0
    params.cache_idle_slots = False
    # Takes effect for a request that does not say 0 itself; the engine obeys no other number in a request.
    params.n_cache_reuse = _RUN
    params.api_keys = [key]
    params.cors_origins = ""
    params.ui = False
    params.warmup = False
    params.verbosity = 0
    # Each answer under way holds one of them; a stop or a count must never wait for an answer.
    params.n_threads_http = 8
    if drafting:
        params.speculative.types = [xllamacpp.common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE]
        # A request cannot switch drafting off, so it must be harmless where nothing is copied: a run of five tokens
        # seldom comes again in prose. Six drafts, because a step of eight tokens costs half as much again per token.
        params.speculative.ngram_simple.size_n, params.speculative.ngram_simple.size_m = 5, 6
    if state is not None:
        states.prepare(state)
    # Without a folder the engine refuses every slot action, erasing included; nothing is written unless `save` runs.
    params.slot_save_path = f"{state or gettempdir()}{os.sep}"
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise ModelError("models.cannot_load", path=str(path)) from error


def _request(rendered: str, sampling: Sampling, seed: int) -> dict[str, Any]:
    request: dict[str, Any] = {
        "prompt": rendered,
        "stream": True,
        "cache_prompt": True,
        "return_progress": True,
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "min_p": sampling.min_p,
        "repeat_penalty": sampling.repeat_penalty,
        "repeat_last_n": 256,
        "dry_multiplier": sampling.dry,
        "dry_allowed_length": _FREE_RUN,
        "dry_sequence_breakers": _BREAKERS,
        "dry_penalty_last_n": 1024,
        "xtc_probability": sampling.xtc_probability,
        "xtc_threshold": sampling.xtc_threshold,
        # The largest 32-bit number would mean a random seed.
        "seed": seed % (2**32 - 1),
        "stop": list(sampling.stop),
        "ignore_eos": not sampling.end,
    }
    if sampling.grammar is not None:
        request["grammar"] = quicker(sampling.grammar)
    elif sampling.avoid:
        # One state only, so that writing may go on from any place after a rewind.
        request["grammar"] = f"root ::= [^{sampling.avoid}]*"
    if not sampling.loose:
        request["n_cache_reuse"] = 0
    if sampling.logprobs:
        request["logprobs"] = sampling.logprobs
    if sampling.voice is not None:
        request["lora"] = [{"id": 0, "scale": sampling.voice}]
    if sampling.schema is not None:
        request["json_schema"] = dict(sampling.schema)
    return request


def _chunk(event: dict[str, Any]) -> Chunk:
    choices = event.get("choices") or [{"text": "", "index": 0, "finish_reason": None}]
    choice = choices[0]
    reason = choice.get("finish_reason")
    usage = None
    if timings := event.get("timings"):
        cached = timings["cache_n"]
        usage = Usage(cached + timings["prompt_n"], cached, timings["predicted_n"])
    finish: Finish | None = None if reason is None else ("length" if reason == "length" else "stop")
    told = (choice.get("logprobs") or {}).get("content") or ()
    return Chunk(
        choice.get("text") or "", choice.get("index", 0), finish=finish, usage=usage, tokens=tuple(map(_token, told))
    )


def _token(told: dict[str, Any]) -> Token:
    others = tuple((str(each["token"]), float(each["logprob"])) for each in told["top_logprobs"])
    return Token(str(told["token"]), float(told["logprob"]), others)


def _plain(text: str) -> str:
    """Text in which nothing can be read as one of the engine's control marks, such as `<|im_end|>`."""
    return regex.sub(r"<([|｜][^|｜<>\n]{1,40}[|｜]|(?:start|end)_of_turn)>", r"< \1 >", text)


def _translate(error: dict[str, Any], info: ModelInfo) -> ModelError | InputError:
    kind = error.get("type", "")
    reason = str(error.get("message", ""))
    if kind == "exceed_context_size_error":
        needed = error.get("n_prompt_tokens", "?")
        return InputError("models.prompt_too_long", needed=needed, context=info.context, model=info.id)
    if "grammar" in reason:
        return InputError("models.bad_grammar", reason=reason)
    return ModelError("models.engine_failed", model=info.id, reason=reason)
