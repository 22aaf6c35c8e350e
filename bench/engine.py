"""What the embedded engine gives and costs: every figure in one run, as medians over rounds.

    python bench/engine.py [--model ID_OR_FILE] [--rounds 3] [--threads N] [--only a,d] [--quick]

a  tokens/s through `models` against the engine called directly     e  corrections with and without drafting
b  time to the first token, cold and with an unchanged context      f  the cost of 100 phrase bans
c  the same after a restart from the saved state                    g  one thread against two, alone and beside work
d  four alternatives against one

What is compared alternates within each round, so that a change of the machine's load falls on both. On a machine that
does other work the clock says little; the same ratio by processor time stands beside it and is disturbed less.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bimo.critique.prose import lists
from bimo.models import llama
from bimo.models.catalog import default_id, resolve
from bimo.models.llama import LlamaModel
from bimo.models.protocol import Cancel, Chunk, Prompt, Sampling, collect
from bimo.text.errors import Language
from machine import describe

TEXTS: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
LANGUAGES: tuple[Language, ...] = ("en", "zh")
PROSE = Sampling(temperature=0.9, min_p=0.05, dry=0.8, end=False)


@dataclass(frozen=True)
class Setting:
    path: Path
    rounds: int
    threads: int
    quick: bool

    def open(self, **options: Any) -> LlamaModel:
        return LlamaModel(self.path, id="bench", **{"context": 4096, "threads": self.threads, **options})

    def size(self, full: int) -> int:
        return full // 4 if self.quick else full


@dataclass(frozen=True)
class Run:
    seconds: float
    processor: float
    first: float
    text: str
    chunks: list[Chunk]

    @property
    def written(self) -> int:
        return sum(chunk.usage.written for chunk in self.chunks if chunk.finish and chunk.usage)


def run(model: LlamaModel, prompt: Prompt, sampling: Sampling) -> Run:
    since, processor = time.perf_counter(), time.process_time()
    first = 0.0
    chunks = []
    for chunk in model.stream(prompt, sampling, cancel=Cancel()):
        chunks.append(chunk)
        first = first or (time.perf_counter() - since if chunk.text else 0.0)
    seconds, processor = time.perf_counter() - since, time.process_time() - processor
    return Run(seconds, processor, first, collect(chunks)[0], chunks)


def story(lang: str) -> Prompt:
    return Prompt.of(TEXTS[lang]["system"], TEXTS[lang]["write"])


def correction(lang: str) -> Prompt:
    text = TEXTS[lang]
    return Prompt.of(text["correct_system"], text["correct"] + text["paragraph"])


def long_prompt(model: LlamaModel, tokens: int) -> Prompt:
    """A prompt of about `tokens` tokens: a chapter so far, and what to do with it."""
    sentences = TEXTS["en"]["paragraph"].split(". ")
    text, day = "", 0
    while model.count(text) < tokens - 60:
        day += 1
        text += f"On day {day}, {sentences[day % len(sentences)]}. "
    return Prompt.of(TEXTS["en"]["system"], f"Go on with this story.\n\n{text}")


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def ratios(of: Sequence[float], to: Sequence[float]) -> float:
    return median([one / other for one, other in zip(of, to, strict=True)])


def verdict(name: str, value: str, goal: str, reached: bool, processor: str = "") -> None:
    also = f"; by processor time {processor}" if processor else ""
    print(f"   → {name}: {value} (goal {goal}: {'reached' if reached else 'MISSED'}){also}", flush=True)


def through_models(setting: Setting) -> None:
    """One engine, the same request, once through `models` and once past it."""
    model = setting.open()
    sampling = replace(PROSE, max_tokens=setting.size(160), seed=1)
    request = llama._request(model.render(story("en")), sampling, 1)
    ours, direct = [], []

    def past_it() -> Run:
        since, processor = time.perf_counter(), time.process_time()
        model._server.handle_completions(request, lambda event: False)
        return Run(time.perf_counter() - since, time.process_time() - processor, 0, "", [])

    run(model, story("en"), replace(sampling, max_tokens=4))
    for _ in range(setting.rounds):
        ours.append(run(model, story("en"), sampling))
        direct.append(past_it())
    model.close()
    ratio = ratios([one.seconds for one in direct], [one.seconds for one in ours])
    processor = ratios([one.processor for one in direct], [one.processor for one in ours])
    rates = [sampling.max_tokens / median([one.seconds for one in runs]) for runs in (ours, direct)]
    print(f"   through models {rates[0]:.1f} tokens/s, directly {rates[1]:.1f}")
    verdict("through models against directly", f"{ratio:.3f}", "≥ 0.97", ratio >= 0.97, f"{processor:.3f}")


def first_token(setting: Setting) -> None:
    model = setting.open()
    prompt = long_prompt(model, setting.size(800))
    sampling = Sampling(max_tokens=2, seed=1)
    cold, warm = [], []
    for _ in range(setting.rounds):
        model.forget()
        cold.append(run(model, prompt, sampling).first)
        warm.append(run(model, prompt, sampling).first)
    tokens = model.count(model.render(prompt))
    model.close()
    print(f"   {tokens} tokens of prompt: cold {median(cold):.2f} s ({tokens / median(cold):.0f} tokens/s), "
          f"unchanged {median(warm):.3f} s")  # fmt: skip
    ratio = median(cold) / median(warm)
    verdict("cold against unchanged", f"{ratio:.0f} ×", "≥ 20 ×", ratio >= 20)


def after_restart(setting: Setting) -> None:
    cold, warm, restored, sizes = [], [], [], []
    for _ in range(setting.rounds):
        with TemporaryDirectory() as folder:
            model = setting.open(state=Path(folder))
            prompt = long_prompt(model, setting.size(800))
            cold.append(run(model, prompt, Sampling(max_tokens=2, seed=1)).first)
            model.save()
            model.close()
            sizes.append(sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6)
            model = setting.open(state=Path(folder))
            since = time.perf_counter()
            assert model.restore()
            restored.append(time.perf_counter() - since)
            warm.append(restored[-1] + run(model, prompt, Sampling(max_tokens=2, seed=1)).first)
            model.close()
    print(f"   cold {median(cold):.2f} s, restored {median(warm):.3f} s, of which restoring {median(restored):.3f} s; "
          f"{median(sizes):.1f} MB on disk")  # fmt: skip
    ratio = median(cold) / median(warm)
    verdict("cold against restored", f"{ratio:.0f} ×", "≥ 20 ×", ratio >= 20)


def alternatives(setting: Setting) -> None:
    model = setting.open()
    prompt = long_prompt(model, setting.size(400))
    one = replace(PROSE, max_tokens=setting.size(100), seed=1)
    tokens = model.count(model.render(prompt))
    for name, fresh in ((f"fresh prompt of {tokens} tokens", True), ("warm prompt", False)):
        runs: dict[int, list[Run]] = {1: [], 4: []}
        if not fresh:
            run(model, prompt, replace(one, max_tokens=2))
        for _ in range(setting.rounds):
            for n, done in runs.items():
                if fresh:
                    model.forget()
                done.append(run(model, prompt, replace(one, n=n)))
        times = {n: [one.seconds for one in done] for n, done in runs.items()}
        ratio = ratios(times[4], times[1])
        processor = ratios([four.processor for four in runs[4]], [one.processor for one in runs[1]])
        print(f"   {name}, {one.max_tokens} tokens each: 1 in {median(times[1]):.1f} s, 4 in {median(times[4]):.1f} s")
        verdict(f"4 alternatives against 1, {name}", f"{ratio:.2f} ×", "≤ 2.2 ×", ratio <= 2.2, f"{processor:.2f} ×")
    model.close()


def drafting(setting: Setting) -> None:
    plain, drafts = setting.open(drafting=False), setting.open()
    cases: list[tuple[str, Prompt, Sampling]] = [
        *((f"correction {lang}", correction(lang), Sampling(max_tokens=400, temperature=0)) for lang in LANGUAGES),
        *((f"prose {lang}", story(lang), replace(PROSE, max_tokens=setting.size(160), seed=1)) for lang in LANGUAGES),
    ]
    for name, prompt, sampling in cases:
        rates: dict[int, list[float]] = {0: [], 1: []}
        work: dict[int, list[float]] = {0: [], 1: []}
        texts = {}
        for model in (plain, drafts):
            run(model, prompt, replace(sampling, max_tokens=1))
        for _ in range(setting.rounds):
            for index, model in enumerate((plain, drafts)):
                done = run(model, prompt, sampling)
                rates[index].append(done.written / (done.seconds - done.first))
                work[index].append(done.processor / done.written)
                texts[index] = done.text
        ratio = ratios(rates[1], rates[0])
        print(f"   {name}: {median(rates[0]):.1f} tokens/s without drafting, {median(rates[1]):.1f} with; "
              f"{'the same text' if texts[0] == texts[1] else 'another text'}")  # fmt: skip
        goal, reached = ("≥ 1.25 ×", ratio >= 1.25) if "correction" in name else ("no slower: ≥ 0.97 ×", ratio >= 0.97)
        verdict(f"drafting, {name}", f"{ratio:.2f} ×", goal, reached, f"{ratios(work[0], work[1]):.2f} ×")
    plain.close()
    drafts.close()


def bans(setting: Setting) -> None:
    model = setting.open()
    requests: list[dict[str, Any]] = []
    events = model._events
    model._events = lambda request, cancel: (requests.append(request), events(request, cancel))[1]  # type: ignore
    for lang in LANGUAGES:
        phrases = lists(lang).bans[:100]
        costs, work, rewinds, tokens, let_through = [], [], 0, 0, 0
        run(model, story(lang), replace(PROSE, max_tokens=2))
        for seed in range(max(4, setting.rounds)):
            free = replace(PROSE, max_tokens=setting.size(200), seed=seed)
            without = run(model, story(lang), free)
            requests.clear()
            banned = run(model, story(lang), replace(free, bans=phrases))
            rewinds += sum(bool(request["logit_bias"]) for request in requests)
            kept = model.count(banned.text)
            tokens += kept
            let_through += sum(chunk.notice is not None for chunk in banned.chunks)
            share = model.count(without.text) / kept
            costs.append(share * banned.seconds / without.seconds - 1)
            work.append(share * banned.processor / without.processor - 1)
        each = ", ".join(f"{cost:+.0%}" for cost in costs)
        often = 100 * rewinds / tokens
        print(f"   {lang}: {often:.1f} rewinds per 100 tokens, {let_through} let through; each {each}")
        cost = median(costs)
        verdict(
            f"{len(phrases)} bans, {lang}, time per token kept",
            f"{cost:+.0%}",
            "≤ +15 %",
            cost <= 0.15,
            f"{median(work):+.0%}",
        )
    model.close()


@contextmanager
def beside_work() -> Iterator[None]:
    """One core kept busy by another process."""
    worker = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        worker.kill()
        worker.wait()


@contextmanager
def alone() -> Iterator[None]:
    yield


def threads(setting: Setting) -> None:
    models = {count: setting.open(threads=count) for count in (1, 2)}
    sampling = replace(PROSE, max_tokens=setting.size(48), seed=1)
    for name, around in (("alone", alone), ("one core busy", beside_work)):
        rates: dict[int, list[tuple[float, float]]] = {count: [] for count in models}
        with around():
            for _ in range(setting.rounds):
                for count, model in models.items():
                    model.forget()
                    done = run(model, correction("en"), sampling)
                    prompt = model.count(model.render(correction("en")))
                    rates[count].append((prompt / done.first, done.written / (done.seconds - done.first)))
            chosen = llama.threads_to_use()
        for count, found in rates.items():
            read, wrote = median([pair[0] for pair in found]), median([pair[1] for pair in found])
            print(f"   {name}, {count} thread{'s'[: count - 1]}: reads {read:.0f} tokens/s, writes {wrote:.1f}")
        print(f"   → {name}: threads_to_use() chooses {chosen}", flush=True)
    for model in models.values():
        model.close()


MEASURES: dict[str, Callable[[Setting], None]] = {
    "a": through_models,
    "b": first_token,
    "c": after_restart,
    "d": alternatives,
    "e": drafting,
    "f": bans,
    "g": threads,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=default_id())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--only", default="".join(MEASURES), help="letters of the figures to measure")
    parser.add_argument("--quick", action="store_true", help="one short round, to try the program out")
    options = parser.parse_args()
    weights = resolve(options.model)
    count = options.threads or llama.threads_to_use()
    setting = Setting(weights.path, 1 if options.quick else options.rounds, count, options.quick)
    print(describe())
    print(f"model: {weights.path.name}; {count} threads; {setting.rounds} rounds{', quick' if options.quick else ''}")
    for letter, measure in MEASURES.items():
        if letter in options.only:
            print(f"{letter}  {measure.__name__.replace('_', ' ')}", flush=True)
            measure(setting)
    print(describe().splitlines()[1])


if __name__ == "__main__":
    main()
