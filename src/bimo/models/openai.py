"""Any server that speaks OpenAI's chat format: Ollama, vLLM, llama.cpp's own, DeepSeek, Qwen, OpenAI.

Requests run on an event loop in a thread of the model's own, because only there can a request be ended at any moment:
while it connects, while the server reads the prompt in silence, or between two words.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bimo.models.bans import Bans
from bimo.models.dialects import (
    ENGINES,
    WINDOWS,
    Answer,
    Dialect,
    body,
    check,
    choices_of,
    estimate,
    ignored,
    refused_option,
    usage_of,
)
from bimo.models.failures import Failed, complaint_of, retry_after, too_long
from bimo.models.keys import SERVICES, Secret, endpoint_of
from bimo.models.loop import Loop
from bimo.models.probe import count, probe
from bimo.models.protocol import Ability, Cancel, Chunk, Finish, Model, ModelInfo, Prompt, Sampling, Usage
from bimo.text.errors import BimoError, ModelError, Notice

if TYPE_CHECKING:
    import openai

# Seconds that a server may ask to wait before the library tries again; a longer wait is for the writer to decide.
_PATIENCE = 5.0
_PROBE_SECONDS = 3.0
# All other headers are taken out: they tell about this machine, or come from variables meant for another host.
_HEADERS = {"accept", "accept-encoding", "connection", "content-length", "content-type", "host", "user-agent"}
# What crosses from the wire's thread to the caller's: chunks, at most one error, and None at the end.
_Queue = queue.Queue[Chunk | Exception | None]


@dataclass(frozen=True, slots=True)
class _Job:
    """What one request is about: the alternatives it writes, and where to."""

    prompt: Prompt
    sampling: Sampling
    dialect: Dialect
    answers: dict[int, Answer]
    arriving: _Queue

    def say(self, code: str, index: int = 0, **details: object) -> None:
        self.arriving.put(Chunk("", index, notice=Notice.of(code, **details)))


class OpenAIModel(Model):
    """The model `model` behind `base_url`, which usually ends in `/v1`.

    `dialect` and `context` None ask the server. `timeout` is how many seconds it may be silent; `retries` how often a
    request that failed before its first byte is sent again. The key goes to the host of `base_url` only; redirects
    are not followed. Raises InputError if `base_url` is no http(s) address.
    """

    def __init__(
        self,
        model: str,
        base_url: str,
        *,
        key: Secret | str | None,
        context: int | None = None,
        small: bool = False,
        languages: tuple[str, ...] = ("zh", "en"),
        dialect: Dialect | None = None,
        timeout: float = 120.0,
        retries: int = 2,
    ) -> None:
        self._endpoint = endpoint_of(base_url)
        self._url = base_url.rstrip("/")
        self._key = Secret(key) if isinstance(key, str) else key
        self._given = dialect, context
        self._base = ModelInfo(model, context or 0, languages, small=small)
        self._facts: tuple[Dialect, ModelInfo] | None = None
        self._failed = Failed(self._endpoint, model, timeout, self._key)
        self._retries = retries
        self._refused: set[str] = set()
        self._told: set[str] = set()
        self._lock = threading.Lock()
        self._wire: _Wire | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"OpenAIModel({self._base.id!r}, {self._url!r})"

    @property
    def info(self) -> ModelInfo:
        """Facts about the model. The first call asks the server; one that does not answer is taken for the plainest."""
        return self._open().loop.run(self._learn())[1]

    def stream(self, prompt: Prompt, sampling: Sampling, *, cancel: Cancel) -> Iterator[Chunk]:
        """Write. What the server cannot do is left out with one notice."""
        answers = {index: Answer(sampling.stop) for index in range(sampling.n)}
        arriving: _Queue = queue.Queue()
        task = self._open().loop.start(self._talk(prompt, sampling, answers, arriving))
        ended: set[int] = set()
        left: list[Chunk] | None = None
        try:
            while not cancel.cancelled:
                try:
                    item = arriving.get(timeout=0.05)
                except queue.Empty:
                    continue
                if item is None:
                    left = []
                    break
                if isinstance(item, Exception):
                    if isinstance(item, BimoError):
                        item.partial = answers[0].text + answers[0].rest()
                    raise item
                if item.finish:
                    ended.add(item.index)
                yield item
        finally:
            if left is None:
                task.cancel()
                left = _rest_of(arriving)
        yield from left
        ended.update(chunk.index for chunk in left if chunk.finish)
        for index in answers.keys() - ended:
            yield Chunk(answers[index].rest(), index, finish="cancelled")

    def count(self, text: str) -> int:
        """Tokens of `text`: by the server where it tells (`exact_count`), else by `dialects.estimate`."""
        return self._open().loop.run(self._count(text))

    def forget(self) -> None:
        """Nothing: what a server keeps between requests is its own."""

    def close(self) -> None:
        """End what is under way and close the connections."""
        with self._lock:
            self._closed = True
            wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def _open(self) -> _Wire:
        with self._lock:
            if self._closed:
                raise ModelError("models.closed", model=self._base.id)
            if self._wire is None:
                self._wire = _Wire(self._url, self._failed, self._retries)
            return self._wire

    async def _learn(self) -> tuple[Dialect, ModelInfo]:
        """Which dialect the server speaks, and the facts that follow; kept once the server has answered."""
        if self._facts is not None:
            return self._facts
        dialect, context = self._given
        answered = True
        if (dialect is None or context is None) and self._endpoint not in {host for host, _ in SERVICES.values()}:
            answered, found, window = await probe(self._open().ask, self._url, self._base.id)
            dialect, context = dialect or found, context or window
        dialect = dialect or "openai"
        abilities: frozenset[Ability] = frozenset({"schema", "alternatives"})
        if dialect in ENGINES:
            abilities |= {"grammar", "prefix", "exact_count"}
        info = replace(self._base, context=context or WINDOWS[dialect], abilities=abilities)
        if answered:
            self._facts = dialect, info
        return dialect, info

    async def _count(self, text: str) -> int:
        dialect, info = await self._learn()
        found = await count(self._open().ask, self._url, info.id, dialect, text) if dialect in ENGINES else None
        return estimate(text) if found is None else found

    async def _talk(self, prompt: Prompt, sampling: Sampling, answers: dict[int, Answer], arriving: _Queue) -> None:
        """Write every alternative into `arriving`, the errors too, because they belong to the caller's thread."""
        try:
            dialect, info = await self._learn()
            check(prompt, sampling, dialect, info)
            job = _Job(prompt, sampling, dialect, answers, arriving)
            self._tell(job, ignored(sampling, dialect))
            if dialect not in ENGINES:
                for answer in answers.values():
                    answer.prefix = prompt.prefix
            missing = list(answers)
            if sampling.n == 1 or "n" not in self._refused:
                missing = await self._write(job)
            if missing:
                self._refused.add("n")
                await self._write_apart(job, missing)
        except Exception as error:  # the thread's edge: `stream` raises it again
            arriving.put(error.exceptions[0] if isinstance(error, ExceptionGroup) else error)
        finally:
            arriving.put(None)

    def _tell(self, job: _Job, options: list[str]) -> None:
        """One notice for options that are left out, once for each option."""
        shapes = {"json_schema", "response_format"}
        fresh = [option for option in options if option not in self._told]
        self._told.update(shapes if shapes & set(fresh) else fresh)
        if shapes & set(fresh):
            job.say("models.schema_in_words", model=self._base.id)
        elif fresh:
            job.say("models.option_ignored", model=self._base.id, options=", ".join(fresh))

    async def _write_apart(self, job: _Job, missing: list[int]) -> None:
        """Write alternatives by one request each."""
        # One after the other on a machine at home, where waiting in its queue would look like a hang.
        room = asyncio.Semaphore(1 if job.dialect in ("llama.cpp", "ollama") else 8)

        async def alone(index: int) -> None:
            seed = None if job.sampling.seed is None else job.sampling.seed + index
            sampling = replace(job.sampling, n=1, seed=seed)
            async with room:
                await self._write(replace(job, sampling=sampling, answers={index: job.answers[index]}))

        async with asyncio.TaskGroup() as group:
            for index in missing:
                group.create_task(alone(index))

    async def _write(self, job: _Job) -> list[int]:
        """One request for all alternatives of the job; the indexes of those that the server left out."""
        import openai

        stream = await self._begin(job)
        order = list(job.answers)
        finishes: dict[int, Finish] = {}
        usage: Usage | None = None
        try:
            async with stream:
                async for event in stream:
                    usage = usage_of(event) or usage
                    for at, piece, reason in choices_of(event):
                        if at < len(order):
                            self._take(job, order[at], piece, reason, finishes)
                    cut = [index for index in order if job.answers[index].cut and index not in finishes]
                    if cut and len(cut) + len(finishes) == len(order):
                        break
        except openai.OpenAIError as error:
            raise self._translate(error) from None
        except ValueError:
            raise self._failed.not_understood() from None
        missing = [index for index in order if not job.answers[index].begun]
        if len(missing) == len(order):
            began = "text/event-stream" in stream.response.headers.get("content-type", "")
            raise self._failed.broken_off() if began else self._failed.not_understood()
        for index in order:
            if index not in missing:
                self._end(job, index, finishes.get(index), usage)
                usage = None
        return missing

    async def _begin(self, job: _Job) -> openai.AsyncStream[object]:
        """Send the request, again without an option that the server refuses, until it begins to answer."""
        import openai

        while True:
            request = body(self._base.id, job.prompt, job.sampling, job.dialect, self._refused)
            try:
                # The library's own limit counts anew for every retry.
                async with asyncio.timeout(self._failed.timeout):
                    return await self._open().stream(request)
            except TimeoutError:
                raise self._failed.timed_out() from None
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                complaint = complaint_of(error)
                option = None if too_long(complaint) else refused_option(request, complaint)
                if option is None:
                    raise self._translate(error) from None
                self._refused.add(option)
                # The others have a way round that serves as well.
                if option not in ("stream_options", "n", "max_tokens"):
                    self._tell(job, [option])
            except openai.OpenAIError as error:
                raise self._translate(error) from None

    @staticmethod
    def _take(job: _Job, index: int, piece: str, reason: str, finishes: dict[int, Finish]) -> None:
        if fresh := job.answers[index].add(piece):
            job.arriving.put(Chunk(fresh, index))
        if reason:
            finishes[index] = "length" if reason == "length" else "stop"
        if reason == "content_filter":
            job.say("models.filtered", index)

    def _end(self, job: _Job, index: int, finish: Finish | None, usage: Usage | None) -> None:
        answer = job.answers[index]
        rest = answer.rest()
        if finish is None and not answer.cut:
            raise self._failed.broken_off()
        found = Bans(job.sampling.bans).find(answer.text, complete=True)
        if found is not None:
            place = answer.text[found.start :][:20]
            job.say("models.ban_unsupported", index, model=self._base.id, place=place)
        job.arriving.put(Chunk(rest, index, finish="stop" if answer.cut else finish, usage=usage))

    def _translate(self, error: openai.OpenAIError) -> BimoError:
        """The library's error as one of ours. The key never stands in it."""
        import openai

        failed, said = self._failed, complaint_of(error)
        if isinstance(error, openai.APIStatusError):
            return failed.status(error.status_code, said, error.code or "", error.response.headers)
        if isinstance(error, openai.APIConnectionError):
            # The HTTP library has had two names, so its errors are known by theirs.
            cause = type(error.__cause__).__name__
            if cause.startswith("Connect"):
                return failed.unreachable()
            return failed.timed_out() if isinstance(error, openai.APITimeoutError) else failed.broken_off()
        # An error told inside the stream: its code is an HTTP status with some servers, a word with others.
        code = getattr(error, "code", None) or ""
        return failed.status(int(code) if code.isdecimal() else 500, said, code, {})


class _Wire:
    """The connections to one endpoint, and the loop they live on."""

    def __init__(self, url: str, facts: Failed, retries: int) -> None:
        self.loop = Loop("bimo-wire")
        self._client = self.loop.run(self._connect(url, facts, retries))

    async def _connect(self, url: str, facts: Failed, retries: int) -> openai.AsyncOpenAI:
        import openai

        async def guard(request: Any) -> None:
            for name in [name for name in request.headers if name.lower() not in _HEADERS]:
                del request.headers[name]
            if facts.key is not None and endpoint_of(str(request.url)) == facts.endpoint:
                request.headers["Authorization"] = f"Bearer {facts.key.reveal()}"

        async def hurry(response: Any) -> None:
            if retry_after(response.headers) > _PATIENCE:
                response.headers["x-should-retry"] = "false"

        http = openai.DefaultAsyncHttpxClient(
            timeout=openai.Timeout(facts.timeout, connect=10.0),
            follow_redirects=False,
            # A proxy set for the internet must not see what is said to this machine.
            trust_env=urlsplit(url).hostname not in ("localhost", "127.0.0.1", "::1"),
            # Loading the certificates takes a tenth of a second, and only https needs them.
            verify=url.startswith("https:"),
            event_hooks={"request": [guard], "response": [hurry]},
        )
        # The library is never given the key, so that it cannot show it.
        return openai.AsyncOpenAI(api_key="none", base_url=url, http_client=http, max_retries=retries)

    async def stream(self, request: dict[str, Any]) -> openai.AsyncStream[object]:
        """Send a chat request; its events as plain JSON."""
        import openai

        return await self._client.post(
            "/chat/completions", body=request, cast_to=object, stream=True, stream_cls=openai.AsyncStream[object]
        )

    async def ask(self, url: str, request: dict[str, object] | None = None) -> dict[str, Any] | None:
        """A small question to the server: a POST with `request`, else a GET; {} if it refuses, None if unreachable."""
        import openai

        client = self._client.with_options(timeout=_PROBE_SECONDS, max_retries=0)
        try:
            answer = await (
                client.get(url, cast_to=object) if request is None else client.post(url, body=request, cast_to=object)
            )
        except openai.APIConnectionError:
            return None
        except (openai.APIStatusError, ValueError):
            return {}
        return answer if isinstance(answer, dict) else {}

    def close(self) -> None:
        """End every request and the loop."""
        self.loop.close(self._client.close)


def _rest_of(arriving: _Queue) -> list[Chunk]:
    """What had arrived when the request was stopped; waits for its end, so that the connection is closed."""
    left: list[Chunk] = []
    until = time.monotonic() + 0.8
    while (seconds := until - time.monotonic()) > 0:
        try:
            item = arriving.get(timeout=seconds)
        except queue.Empty:
            break
        if item is None:
            break
        if isinstance(item, Chunk):
            left.append(item)
    return left
