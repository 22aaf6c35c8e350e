"""Measure the critics: what they find in faulty text, and what they say of clean text.

    python bench/critique.py english --texts DIR     false alarms on novels, GLEU on JFLEG (test, 747 sentences)
    python bench/critique.py deep --texts DIR        the second pass of the model on the first sentences of JFLEG
    python bench/critique.py chinese --texts DIR     false alarms on fiction and SIGHAN15, errors planted and found
    python bench/critique.py speed --texts DIR       a million characters of each language, and again after one change

DIR holds `prose_en`, `prose_zh` and `jfleg`; `--sighan FILE` is the test of SIGHAN15 that pycorrector ships
(`sighan2015_test.tsv`: sentence, correction). `measures` prints what needs no model of `bench/critique_measures.py`.
"""

from __future__ import annotations

import argparse
import gzip
import random
import re
import time
from bisect import bisect_right
from collections import Counter
from pathlib import Path

from bimo.critique.check import check
from bimo.critique.passage import Passage
from bimo.critique.registry import Knowing, all_critics
from bimo.text.count import length
from bimo.text.errors import Language
from bimo.text.spans import apply_edits
from gleu import gleu

# What others reach, as they report it; no two of them are measured alike.
PEERS = {
    "jfleg": "peers, JFLEG test GLEU: human 62.4, Ge et al. 2018 62.4, Coyne et al. 2023 65.0 (a GPT), source 40.5",
    "sighan": "peers, SIGHAN15 sentence F1 (README of pycorrector): KenLM .315, MacBERT .831, Qwen2.5-1.5B .303",
}
# The rules were chosen on the first five and are measured on the others.
TUNED = (
    "austen_emma",
    "carroll_alice",
    "chesterton_ball_and_cross",
    "dickens_great_expectations",
    "melville_moby_dick",
)


def prose(folder: Path, lang: Language) -> dict[str, str]:
    """The books by file name, without the title and the author in the first two lines."""
    paths = sorted((folder / f"prose_{lang}").glob("*.txt.gz"))
    return {path.name.removesuffix(".txt.gz"): gzip.decompress(path.read_bytes()).decode() for path in paths}


def gleu_of(options: argparse.Namespace) -> None:
    """JFLEG alone."""
    jfleg(options.texts / "jfleg")


def english(options: argparse.Namespace) -> None:
    """False alarms per 1,000 words of novels, then JFLEG with every first cure taken, fiction tuning on and off."""
    sums: dict[bool, list[int]] = {True: [0, 0], False: [0, 0]}
    for name, text in prose(options.texts, "en").items():
        if options.held_out and name in TUNED:
            continue
        start = time.perf_counter()
        report = check(Passage.of(text, "en", "prose"), only=["language_en"])
        words = length(text, "en")
        told = Counter(each.finding.code.removeprefix("critique.english_") for each in report.findings)
        part = name in TUNED
        sums[part] = [sums[part][0] + len(report.findings), sums[part][1] + words]
        rate = 1000 * len(report.findings) / words
        print(
            f"{name:32} {'tuned' if part else 'held out':8} {words:7,} words {rate:5.2f} findings per 1,000 words "
            f"{time.perf_counter() - start:5.1f} s  {dict(told.most_common(8))}",
            flush=True,
        )
        if options.show and not part:
            for each in report.findings[:: max(1, len(report.findings) // options.show)]:
                span = each.finding.span
                around = text[max(0, span.start - 30) : span.end + 30].replace("\n", " ")
                print("    ", each.finding.code[17:], dict(each.finding.args), "…", around)
    for part, (found, words) in sums.items():
        if not words:
            continue
        print(f"{'tuned' if part else 'held out'}: {1000 * found / words:.2f} per 1,000 words (n = {words:,} words)")
    jfleg(options.texts / "jfleg")


def jfleg(folder: Path) -> None:
    """GLEU of the source, and of the text with the first cure of each finding."""
    sources = (folder / "test.src").read_text("utf-8").splitlines()
    references = [(folder / f"test.ref{n}").read_text("utf-8").splitlines() for n in range(4)]
    print(f"JFLEG test, n = {len(sources)}: source {gleu(sources, references, sources):.2f}", flush=True)
    kept = [tokens(running(source)) for source in sources]
    print(f"  set as running text and cut again: {gleu(sources, references, kept):.2f}")
    for name, settings in (("as for fiction", {}), ("strict", {"strict": "yes"})):
        cured = [tokens(mended(running(source), Knowing(options=settings))) for source in sources]
        changed = sum(one != two for one, two in zip(sources, cured, strict=True))
        print(f"  {name}: {gleu(sources, references, cured):.2f} ({changed} sentences changed)", flush=True)
    print(PEERS["jfleg"])


def second_pass(options: argparse.Namespace) -> None:
    """GLEU on the first sentences: source, Harper, the default model, and the model on what Harper has mended."""
    from bimo.models.select import open_model

    folder = options.texts / "jfleg"
    sources = (folder / "test.src").read_text("utf-8").splitlines()[: options.sentences]
    references = [(folder / f"test.ref{n}").read_text("utf-8").splitlines()[: options.sentences] for n in range(4)]
    knowing = Knowing(model=open_model(options.model))
    first = [mended(running(source), Knowing()) for source in sources]
    ways = {"source": sources, "Harper": [tokens(text) for text in first]}
    for name, texts in (("the model", list(map(running, sources))), ("Harper, then the model", first)):
        start = time.perf_counter()
        ways[name] = [tokens(mended(text, knowing, only=("proofread",))) for text in texts]
        print(f"{name}: {(time.perf_counter() - start) / len(sources):.2f} s a sentence", flush=True)
    for name, texts in ways.items():
        print(f"JFLEG test, first {len(sources)}: {name} {gleu(sources, references, texts):.2f}", flush=True)


def running(sentence: str) -> str:
    """A sentence of JFLEG, whose tokens stand apart, as one would type it."""
    text = re.sub(r"`` ?", "“", sentence)
    text = re.sub(r" ?''", "”", text)
    text = re.sub(r" (?=[,.;:!?)%]|n't\b|'(?:s|m|re|ve|ll|d)\b)", "", text)
    return re.sub(r"(?<=[($]) ", "", text).strip()


def tokens(text: str) -> str:
    """Running text cut into the tokens of JFLEG."""
    text = re.sub(r"“", "`` ", text)
    text = re.sub(r"”", " ''", text)
    text = re.sub(r"(?<=\w)(n't\b)", r" \1", text)
    text = re.sub(r"(?<=\w)('(?:s|m|re|ve|ll|d)\b)", r" \1", text)
    text = re.sub(r"([,;:!?()%$]|(?<!\.)\.+(?=\s*(?:''\s*)?$))(?![\d])", r" \1 ", text)
    return " ".join(text.split())


def mended(text: str, knowing: Knowing, lang: Language = "en", only: tuple[str, ...] = ("language",)) -> str:
    """The text with the first cure of every finding that has one; of two that overlap the first."""
    report = check(Passage.of(text, lang, "prose"), knowing, only=only)
    edits, place = [], 0
    for each in report.findings:
        for fix in sorted(each.finding.fixes):
            if fix.span.start >= place:
                edits.append(fix)
                place = fix.span.end
    return apply_edits(text, edits)


# Books of modern Chinese that no rule was looked at with; the older two were used while the rules were made.
CLEAN = ("luxun_nahan", "luxun_gushi_xinbian")
SENTENCES = 2000


def chinese(options: argparse.Namespace) -> None:
    """Sentences of fiction that are touched though nothing is wrong; SIGHAN15 by sentence, if its file is given."""
    books = prose(options.texts, "zh")
    for name, names in (("held out", CLEAN), ("looked at", tuple(sorted(set(books) - set(CLEAN))))):
        touched, total = 0, 0
        for book in names:
            passage = Passage.of(books[book], "zh", "prose")
            spans = passage.sentences
            chosen = set(random.Random(15).sample(range(len(spans)), min(len(spans), SENTENCES // len(names))))
            report = check(passage, only=["language"])
            hit: dict[int, list[str]] = {}
            starts = [span.start for span in spans]
            for each in report.findings:
                place = bisect_right(starts, each.finding.span.start) - 1
                if place in chosen:
                    hit.setdefault(place, []).append(each.finding.code.removeprefix("critique."))
            codes = Counter(code for found in hit.values() for code in found)
            print(f"  {book}: {len(hit)} of {len(chosen)} sentences, {dict(codes)}", flush=True)
            for place in list(hit)[: options.show]:
                print("     ", hit[place], spans[place].of(books[book])[:100].replace("\n", " "))
            touched, total = touched + len(hit), total + len(chosen)
        print(f"fiction, {name}: {100 * touched / total:.2f} % of {total} clean sentences touched", flush=True)
    if options.sighan:
        sighan(options)


def sighan(options: argparse.Namespace) -> None:
    """SIGHAN15 by sentence: false alarms on clean ones; detection and correction as in the shared task."""
    rows = [line.split("\t") for line in options.sighan.read_text("utf-8").splitlines() if "\t" in line]
    told = [(old, new, mended(old, Knowing(), "zh")) for old, new in rows]
    clean = [(old, out) for old, new, out in told if old == new]
    wrong = [each for each in told if each[0] != each[1]]
    false = [(old, out) for old, out in clean if old != out]
    right = sum(new == out for _, new, out in wrong)
    changed = sum(old != out for old, _, out in told)
    precision, recall = right / max(1, changed), right / len(wrong)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    print(
        f"SIGHAN15: {len(false)} of {len(clean)} clean sentences changed ({100 * len(false) / len(clean):.2f} %); "
        f"{right} of {len(wrong)} wrong ones made right, {changed} changed: "
        f"P {precision:.3f} R {recall:.3f} F1 {f1:.3f}"
    )
    for old, out in false[: options.show]:
        print("     ", old, "→", out)
    print(PEERS["sighan"])


def measures(options: argparse.Namespace) -> None:
    """Feelings by the word list alone, against labelled lines, and the speed of `bimo measure`."""
    import critique_measures as parts

    parts.judge("words, poems", parts.poems(options.texts), parts.by_words("en"))
    parts.judge("words, zh", parts.labelled(parts.HERE / "data" / "feelings.zh.tsv", "test"), parts.by_words("zh"))
    parts.speed(options.texts)


def speed(options: argparse.Namespace) -> None:
    """A million characters of each language, all critics that need no model; then again with one paragraph changed."""
    for lang in ("zh", "en"):
        whole = "\n\n".join(prose(options.texts, lang).values())
        text = (whole * 3)[:1_000_000]
        knowing = Knowing()
        for name in ("first", "again, one paragraph changed"):
            start = time.perf_counter()
            report = check(Passage.of(text, lang, "prose"), knowing)
            spent = time.perf_counter() - start
            print(
                f"{lang} {len(text):,} characters, {name}: {spent:.1f} s, {len(report.findings)} findings", flush=True
            )
            place = text.index("\n", 500_000)
            text = text[:place] + (" 他走了。" if lang == "zh" else " He went away.") + text[place:]
        for each in all_critics().values():
            if lang in each.langs and not each.deep:
                start = time.perf_counter()
                check(Passage.of(text, lang, "prose"), only=[each.id])
                print(f"   {each.id:16} {time.perf_counter() - start:5.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("english", "jfleg", "deep", "chinese", "measures", "speed"))
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--sighan", type=Path)
    parser.add_argument("--held-out", action="store_true", help="only the novels that no rule was chosen on")
    parser.add_argument("--sentences", type=int, default=100, help="how many sentences of JFLEG the model reads")
    parser.add_argument("--model", help="the model that reads them; the default one unless told")
    parser.add_argument("--show", type=int, default=0, help="findings of each clean text to print")
    options = parser.parse_args()
    {
        "english": english,
        "jfleg": gleu_of,
        "deep": second_pass,
        "chinese": chinese,
        "measures": measures,
        "speed": speed,
    }[options.what](options)


if __name__ == "__main__":
    main()
