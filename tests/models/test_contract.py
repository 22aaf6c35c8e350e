"""Every backend against the one contract. A new backend is one function with one mark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from contract import ModelContract
from servers import Polite, serving

from bimo.models.openai import OpenAIModel
from bimo.models.protocol import Model
from bimo.models.scripted import ScriptedModel

Backend = Callable[[pytest.FixtureRequest], Any]


@contextmanager
def scripted(request: pytest.FixtureRequest) -> Iterator[Model]:
    yield ScriptedModel(default="The keeper climbed the stair, and the lamp was out. " * 50, context=500)


@contextmanager
def plain_server(request: pytest.FixtureRequest) -> Iterator[Model]:
    with serving(Polite()) as server:
        yield OpenAIModel("fake", server.url, key=None, context=2000)


@contextmanager
def server_of_one(request: pytest.FixtureRequest) -> Iterator[Model]:
    """A server that knows neither alternatives, nor stop strings, nor usage options beyond the first refusal."""
    with serving(Polite(ignores=("n", "stop"))) as server:
        yield OpenAIModel("fake", server.url, key=None, context=2000)


@contextmanager
def llama_server(request: pytest.FixtureRequest) -> Iterator[Model]:
    """llama.cpp's own server, which xllamacpp brings."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(request.getfixturevalue("small_gguf"))
    params.n_ctx, params.n_parallel, params.kv_unified = 1024, 4, True
    params.n_batch = params.n_ubatch = 32
    params.cpuparams.n_threads = 1
    params.api_keys = ["a-key-for-this-test"]
    params.cache_ram_mib, params.warmup, params.verbosity = 0, False, 0
    server = xllamacpp.Server(params)
    yield OpenAIModel("smol", f"{server.listening_address}/v1", key="a-key-for-this-test")


@contextmanager
def embedded(request: pytest.FixtureRequest) -> Iterator[Model]:
    from bimo.models.llama import LlamaModel

    yield LlamaModel(request.getfixturevalue("small_gguf"), id="smollm2-135m", context=1024, threads=1)


@pytest.fixture(
    scope="class",
    params=[
        scripted,
        plain_server,
        server_of_one,
        pytest.param(llama_server, marks=pytest.mark.engine),
        pytest.param(embedded, marks=pytest.mark.engine),
    ],
    ids=lambda backend: backend.__name__,
)
def model(request: pytest.FixtureRequest) -> Iterator[Model]:
    with request.param(request) as model:
        yield model
        model.close()


class TestContract(ModelContract):
    pass
