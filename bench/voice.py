"""Measure training: near-duplicates, import of a base, throughput, two processes, resuming after a kill; and voices.

`python bench/voice.py duplicates --texts FOLDER` needs no torch; the others want `pip install 'bimo[voice]'`:
`import --base ID`, `speed --base ID`, `two`, `kill`, and of a trained voice `logprob --voice NAME` (the engine against
Transformers) and `choice --voice NAME` (judges choose between voice and base).
`--texts` is a folder of prose, plain or gzip.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bimo.text.errors import Language
from bimo.text.language import detect
from machine import describe


def prose(folder: Path) -> dict[Language, str]:
    """The text of every file of the folder, by language."""
    found: dict[Language, list[str]] = {"en": [], "zh": []}
    for path in sorted(folder.rglob("*.txt*")):
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
        found[detect(text)].append(text)
    return {lang: "\n".join(texts) for lang, texts in found.items()}


def duplicates(given: argparse.Namespace) -> None:
    """50,000 passages, a twentieth of them copies of others with every twentieth word or character changed."""
    from bimo.voice.duplicates import clusters

    dice = random.Random(7)
    for lang, text in prose(given.texts).items():
        parts = text.split() if lang == "en" else [sign for sign in text if not sign.isspace()]
        joint, size = (" ", 80) if lang == "en" else ("", 160)
        texts = [joint.join(parts[at : at + size]) for at in range(0, len(parts) - size, size)]
        own = len(texts)
        # Where there is not enough prose, its words in another order stand in for more of it.
        while len(texts) < 47_500:
            start = dice.randrange(len(parts) - 20 * size)
            texts.append(joint.join(dice.sample(parts[start : start + 20 * size], size)))
        kept = len(texts)
        for place in range(50_000 - kept):
            each = parts[place * size : (place + 1) * size] if place < own else texts[place].split(joint or None)
            each = list(each)
            for _ in range(len(each) // 20):
                at, how = dice.randrange(len(each)), dice.random()
                if how < 1 / 3:
                    each[at] = dice.choice(parts)
                elif how < 2 / 3:
                    each.insert(at, dice.choice(parts))
                else:
                    del each[at]
            texts.append(joint.join(each))
        began = time.monotonic()
        groups = clusters(texts, lang)
        seconds = time.monotonic() - began
        pairs = {place: group for group in groups for place in group}
        planted = 50_000 - kept
        right = sum(place in pairs.get(kept + place, []) for place in range(planted))
        wrong = sum(1 for group in groups if all(place < min(own, kept) for place in group))
        print(f"{lang}: 50,000 texts of {size} units ({own:,} of real prose) in {seconds:.1f} s; ", end="")
        print(f"planted found {right}/{planted} = {right / planted:.1%}; groups among the originals alone: {wrong}")


def import_base(given: argparse.Namespace) -> None:
    """Import the weights of the catalogue afresh: time and memory. That the logits are equal is checked inside."""
    from bimo.models.catalog import resolve
    from bimo.voice.base import import_gguf

    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        import_gguf(resolve(given.base).path, Path(folder) / "base")
        seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{given.base}: imported in {seconds:.0f} s, at most {peak:.1f} GB")


def speed(given: argparse.Namespace) -> None:
    """Tokens a second of processor time, which other work does not bend: our training and a bare loop, turn about."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from bimo.models.protocol import Cancel
    from bimo.voice import train as training
    from bimo.voice.base import find_base
    from bimo.voice.blocks import Collator, blocks_of
    from bimo.voice.dataset import Example
    from bimo.voice.home import Home
    from bimo.voice.machine import setting
    from bimo.voice.recipe import read

    lang: Language = "zh" if given.base.startswith("qwen") else "en"
    text = prose(given.texts)[lang][:200_000]
    base = find_base(given.base)
    recipe = read("quick", steps=given.steps, threads=given.threads, save_every=10_000, patience=0, validate_blocks=1)
    tokenizer = AutoTokenizer.from_pretrained(base.folder)
    blocks = blocks_of([Example("continue", text, "", "")], tokenizer, recipe.block, shares=recipe.tasks, seed=1)
    chosen = setting(recipe, training.parameters_of(base.folder))
    torch.set_num_threads(chosen.threads)
    tokens = recipe.batch * recipe.block * given.steps

    def ours() -> float:
        with tempfile.TemporaryDirectory() as folder:
            home = type("Elsewhere", (Home,), {"run": Path(folder)})("bench")
            wide = recipe.model_copy(update={"epochs": 1.0})
            trainer, _ = training._trainer(
                home, wide, base, chosen, (blocks, blocks[:1]), tokenizer, False, lambda now: None, Cancel()
            )
            trainer.args.eval_strategy = "no"
            trainer.args.save_strategy = "no"
            began = time.process_time()
            trainer.train()
            return tokens / (time.process_time() - began)

    def bare() -> float:
        model = AutoModelForCausalLM.from_pretrained(base.folder, dtype=getattr(torch, chosen.dtype))
        model = training.adapted(model, recipe).train()
        optimiser = torch.optim.AdamW([each for each in model.parameters() if each.requires_grad], lr=recipe.rate)
        collate = Collator(0)
        began = time.process_time()
        for step in range(given.steps):
            batch = collate(blocks[step * recipe.batch : (step + 1) * recipe.batch])
            with torch.autocast("cpu", torch.bfloat16, enabled=chosen.autocast):
                loss = model(**batch).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
            optimiser.step()
            optimiser.zero_grad()
        return tokens / (time.process_time() - began)

    for _ in range(given.rounds):
        one, two = bare(), ours()
        print(
            f"{given.base}: bare loop {one:.0f} tokens a CPU-second, ours {two:.0f}, ratio {two / one:.3f}", flush=True
        )


_RUN = """
import json, sys
from bimo.voice.home import voice_home
from bimo.voice.recipe import read
from bimo.voice.train import train
card = train(voice_home("bench"), read("quick", **json.loads(sys.argv[1])), base=sys.argv[2], again="again" in sys.argv,
             report=lambda now: print(now.step, now.loss, now.validation, flush=True))
"""


def _prepared(given: argparse.Namespace, home: Path, units: int) -> None:
    """A small prepared voice of real prose in a home of its own, with the bases and models of this machine."""
    from bimo.models.places import models_dir, state_dir

    models, bases = models_dir(), state_dir() / "bases"
    os.environ["BIMO_HOME"] = str(home)
    (home / "state").mkdir(parents=True)
    (home / "models").symlink_to(models)
    bases.mkdir(parents=True, exist_ok=True)
    (home / "state" / "bases").symlink_to(bases)
    folder = home / "texts"
    folder.mkdir()
    text = prose(given.texts)["en"][: 6 * units]
    for number in range(8):
        (folder / f"{number}.txt").write_text(text[number * len(text) // 8 : (number + 1) * len(text) // 8], "utf-8")
    from bimo.voice.prepare import prepare

    prepare("bench", folder)


def _train(values: dict[str, Any], base: str, *more: str, launcher: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    script = Path(os.environ["BIMO_HOME"]) / "run.py"
    script.write_text(_RUN, encoding="utf-8")
    command = [*(launcher or (sys.executable,)), str(script), json.dumps(values), base, *more]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)


def two(given: argparse.Namespace) -> None:
    """One process against two of the same global batch, one thread each: losses and time."""
    home = Path(tempfile.mkdtemp())
    try:
        _prepared(given, home, 6000)
        values = {"steps": given.steps, "threads": 1, "batch": 4, "block": 128, "validate_blocks": 4, "seed": 1}
        told = []
        torchrun = (str(Path(sys.executable).with_name("torchrun")), "--nproc_per_node=2", "--master_port=29533")
        for launcher in ((), torchrun):
            shutil.rmtree(home / "voices" / "bench" / "run", ignore_errors=True)
            child = _train(values, given.base, launcher=launcher)
            stamps, losses = [], []
            assert child.stdout
            for line in child.stdout:
                _, loss, validation = line.split()
                if validation == "None":
                    stamps.append(time.monotonic())
                    losses.append(float(loss))
            child.wait()
            told.append((losses, stamps[-1] - stamps[0]))
            print(f"{len(told)} processes: {stamps[-1] - stamps[0]:.1f} s after the first step, losses ", end="")
            print(" ".join(f"{loss:.4f}" for loss in losses), flush=True)
        apart = max(abs(one - other) for one, other in zip(told[0][0], told[1][0], strict=True))
        print(f"largest difference {apart:.4f}; {told[0][1] / told[1][1]:.2f} times as fast")
    finally:
        shutil.rmtree(home)


def kill(given: argparse.Namespace) -> None:
    """Kill a training at a random moment ten times; the last losses must be those of one that ran through."""
    home = Path(tempfile.mkdtemp())
    try:
        _prepared(given, home, 6000)
        values = {"steps": given.steps, "threads": 1, "batch": 2, "block": 64, "validate_blocks": 2, "save_every": 2}
        card = home / "voices" / "bench" / "run" / "card.json"
        _train(values, given.base).communicate()
        straight = json.loads(card.read_text(encoding="utf-8"))["validation"]
        shutil.rmtree(card.parent)
        dice, kills = random.Random(given.seed), 0
        while kills < 10:
            child = _train(values, given.base)
            assert child.stdout
            for _ in range(dice.randint(1, 3)):
                child.stdout.readline()
            time.sleep(dice.random())
            child.send_signal(signal.SIGKILL)
            child.wait()
            kills += 1
        _train(values, given.base).communicate()
        again = json.loads(card.read_text(encoding="utf-8"))
        same = again["validation"] == straight
        print(
            f"{kills} kills, finished {bool(again['finished'])}; validation losses {again['validation']}; same: {same}"
        )
    finally:
        shutil.rmtree(home)


def logprob(given: argparse.Namespace) -> None:
    """The engine with the adapter against Transformers with it: the 20 likeliest next tokens after held-out text."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from bimo.models.protocol import Cancel, Prompt, Sampling
    from bimo.models.select import open_engine
    from bimo.text.shelf import passages
    from bimo.voice.base import find_base, quiet
    from bimo.voice.dataset import load
    from bimo.voice.home import kept, voice_home
    from bimo.voice.train import CARD

    home = voice_home(given.voice)
    data, base = load(home), find_base(kept(home.run / CARD)["base"]["id"]).folder
    torch.set_num_threads(given.threads)
    texts = [each[: len(each) // 2] for each in passages(data.texts("test"), data.lang)[: given.count]]
    with quiet():
        tokenizer = AutoTokenizer.from_pretrained(base)
        model = PeftModel.from_pretrained(
            AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), home.run / "best"
        )
    engine = open_engine(f"voice:{given.voice}")
    apart: dict[str, list[float]] = {"with the adapter": [], "against the bare model": []}
    try:
        for text in texts:
            ids = tokenizer(text, return_tensors="pt")["input_ids"]
            with torch.no_grad():
                voiced = model(ids).logits[0, -1].log_softmax(-1)
                with model.disable_adapter():
                    bare = model(ids).logits[0, -1].log_softmax(-1)
            sampling = Sampling(max_tokens=1, temperature=0, logprobs=20, voice=1.0)
            chunks = engine.stream(Prompt((), text), sampling, cancel=Cancel())
            told = next((each.tokens[0].others for each in chunks if each.tokens), ())
            for token, value in told:
                # A token that is a part of a character, or that a text splits otherwise, cannot be looked up.
                number = tokenizer(token, add_special_tokens=False)["input_ids"]
                if len(number) == 1:
                    apart["with the adapter"].append(abs(value - float(voiced[number[0]])))
                    apart["against the bare model"].append(abs(value - float(bare[number[0]])))
    finally:
        engine.close()
    for name, values in apart.items():
        mean = sum(values) / max(1, len(values))
        print(f"{given.voice}: engine with the adapter, Transformers {name}: mean difference {mean:.3f} ", end="")
        print(f"over {len(values)} tokens after {len(texts)} texts (bar 0.1)")


def choice(given: argparse.Namespace) -> None:
    """Whom two judges that had no part in training take for the writer: the voice or the base, text by text."""
    from bimo.critique.style import delta, manner
    from bimo.text.shelf import passages
    from bimo.voice.dataset import load
    from bimo.voice.evaluate import FIGURES, evaluate
    from bimo.voice.home import kept, voice_home
    from bimo.voice.judging import Classifier

    home = voice_home(given.voice)
    data = load(home)
    figures = kept(home.root / FIGURES) if given.kept else evaluate(home, samples=given.count)
    told = figures["samples"]
    target = manner("\n\n".join(data.texts("train")), data.lang)
    by_manner = [
        delta(manner(each["voice"], data.lang), target) < delta(manner(each["base"], data.lang), target)
        for each in told
    ]
    # Each text is judged by a classifier that has read neither it nor its rival.
    learned = passages(data.texts("train"), data.lang)
    by_words = []
    for number, each in enumerate(told):
        others = [one["base"] for place, one in enumerate(told) if place != number]
        one, two = Classifier(learned, others).chances([each["voice"], each["base"]])
        by_words.append(one > two)
    for name, won in (("Cosine-Delta", by_manner), ("TF-IDF, trained on the others", by_words)):
        low, high = _wilson(sum(won), len(won))
        print(
            f"{given.voice}, {name}: the voice chosen in {sum(won)} of {len(won)} = {sum(won) / len(won):.0%} ", end=""
        )
        print(f"(95 %: {low:.0%} to {high:.0%}; bar 65 %)")


def _wilson(won: int, count: int) -> tuple[float, float]:
    """The interval of Wilson (1927) for a share, at 95 %."""
    z, share = 1.96, won / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    wide = z * (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5 / (1 + z * z / count)
    return middle - wide, middle + wide


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tasks = {"duplicates": duplicates, "import": import_base, "speed": speed, "two": two, "kill": kill}
    tasks |= {"logprob": logprob, "choice": choice}
    parser.add_argument("what", choices=tasks)
    parser.add_argument("--texts", type=Path, default=Path("texts"), help="a folder of prose, .txt or .txt.gz")
    parser.add_argument("--base", default="smollm2-135m")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--voice", default="mine", help="a trained voice, for logprob and choice")
    parser.add_argument("--count", type=int, default=24, help="texts for logprob and choice")
    parser.add_argument("--kept", action="store_true", help="judge the samples of the last evaluation again")
    given = parser.parse_args()
    print(describe())
    tasks[given.what](given)


if __name__ == "__main__":
    main()
