"""How many planted mistakes `revise` corrects, and how often it touches what was right.

python bench/revise.py [--model ID_OR_FILE]
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bimo.craft.events import Alternative, result_of
from bimo.craft.registry import Context, find_tool
from bimo.models.protocol import Model
from bimo.models.select import open_model


def revised(model: Model, text: str, lang: str, scope: str) -> Alternative:
    tool = find_tool("revise")
    request = tool.request.model_validate({"text": text, "lang": lang, "scope": scope})
    return result_of(tool.run(request, Context(), model)).alternatives[0]


def language(model: Model, lang: str, data: dict[str, Any]) -> None:
    right = touched = alarms = 0
    for pair in data["planted"]:
        text = revised(model, pair["wrong"], lang, "language").text
        right += text == pair["right"]
        touched += text not in (pair["right"], pair["wrong"])
        if text != pair["right"]:
            print(f"    missed: {pair['wrong']} → {text if text != pair['wrong'] else '(unchanged)'}")
    for sentence in data["clean"]:
        text = revised(model, sentence, lang, "language").text
        alarms += text != sentence
        if text != sentence:
            print(f"    false alarm: {sentence} → {text}")
    planted, clean = len(data["planted"]), len(data["clean"])
    print(
        f"{lang}: corrected {right}/{planted}, changed otherwise {touched}, false alarms {alarms}/{clean}", flush=True
    )


def logic(model: Model, lang: str, holes: Sequence[str], sound: Sequence[str]) -> None:
    def found(text: str) -> bool:
        return bool(revised(model, text, lang, "logic").data["findings"])

    hits, alarms = sum(map(found, holes)), sum(map(found, sound))
    print(f"{lang}: holes found {hits}/{len(holes)}, false alarms {alarms}/{len(sound)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model")
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    model = open_model(parser.parse_args().model)
    try:
        for lang in ("zh", "en"):
            language(model, lang, data[lang])
            logic(model, lang, **data["stories"][lang])
    finally:
        model.close()


if __name__ == "__main__":
    main()
