"""A tool and a recipe for the tests of recipes, and, run as a program, a server of runs that can be killed.

As a program it reads one folder per line, runs the recipe there in a process of its own, and prints that process's
id, then its exit status. The model notes each request in the file named by the first argument.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bimo.craft import recipe, runner
from bimo.craft.events import Alternative, Event, Piece, Result
from bimo.craft.registry import Context, Request, Tool
from bimo.models.protocol import Cancel, Chunk, Model, Prompt, Sampling
from bimo.models.scripted import ScriptedModel


class EchoRequest(Request):
    text: str
    length: int = 10
    mood: tuple[str, ...] = ()


def echo(request: EchoRequest, context: Context, model: Model) -> Iterator[Event]:
    text = ""
    for chunk in model.stream(Prompt.of("", request.text), Sampling(seed=request.seed), cancel=context.cancel):
        text += chunk.text
        yield Piece(chunk.text)
        if chunk.finish == "cancelled":
            yield Result((Alternative(text),), stopped=True)
            return
    yield Result((Alternative(text, data={"words": text.split(), "lang": request.lang}),))


ECHO = Tool("echo", {"zh": "回声", "en": "Echo"}, {"zh": "", "en": ""}, EchoRequest, echo, __name__)

RECIPE = """
title = { zh = "三遍", en = "Three times" }
about = { zh = "试", en = "A test" }
[recipe]
version = 1

[[step]]
id = "first"
tool = "echo"
options.text = "{idea}"

[[step]]
id = "second"
tool = "echo"
title = { zh = "第二步", en = "Second step" }
[step.options]
text = "{first.text}, again"
mood = "{first.data.words}"
[step.options.zh]
text = "{first.text}，再来"

[[step]]
id = "third"
tool = "echo"
options.text = "{second.data.words.0} {second.text}"

[[step]]
id = "edition"
tool = "publish"
[step.options]
title = "{idea}"
parts = [{ epigraph = "{first.text}" }, { heading = "2 {{}}", text = "{second.text}" }, { text = "{third.text}" }]
"""


class CountingModel(ScriptedModel):
    """Notes each request in a file, and takes its time."""

    def __init__(self, log: Path) -> None:
        super().__init__(default=lambda prompt, sampling: f"<{prompt.messages[1].text}>")
        self._log = log

    def stream(self, prompt: Prompt, sampling: Sampling, *, cancel: Cancel) -> Iterator[Chunk]:
        with self._log.open("a") as log:
            log.write(prompt.messages[1].text + "\n")
        for chunk in super().stream(prompt, sampling, cancel=cancel):
            time.sleep(0.0005)
            yield chunk


def _serve(log: Path, source: str) -> None:
    import bimo.publish.step  # noqa: F401  # registers the publish step
    from bimo.craft import registry

    registry.all_tools()
    registry._tools["echo"] = ECHO
    loaded = recipe.load(source)
    model = CountingModel(log)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            list(runner.run(loaded, "a <b> idea", lang="en", model=lambda: model, folder=Path(line.strip())))
            os._exit(0)
        print(child, flush=True)
        print(os.waitpid(child, 0)[1], flush=True)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), sys.argv[2])
