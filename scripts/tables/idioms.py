"""Make `critique/tables/idioms.zh.txt.gz` and `shapes.zh.txt.gz`, which tell a miswritten idiom.

    python -m scripts.tables.idioms --stroke FILE

Idioms are words of four characters of jieba's dictionary (MIT), names left out; it lists some misspellings too, but
rarely saw them. Characters that look
alike are the groups of `same_stroke.txt` of pycorrector 1.1.4 (Apache-2.0), FILE.
"""

from __future__ import annotations

import argparse
import gzip
import re
import warnings
from pathlib import Path

TABLES = Path(__file__).parents[2] / "src" / "bimo" / "critique" / "tables"


# Words seen less often are not known to be right.
LEAST = 3


def idioms() -> list[str]:
    """All idioms in the order of their letters, which packs well."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    found = []
    with jieba.get_dict_file() as lines:
        for line in lines:
            word, seen, kind = line.decode("utf-8").split()
            if (
                not kind.startswith(("nr", "ns", "nt", "nz", "m", "t"))
                and int(seen) >= LEAST
                and re.fullmatch(r"[\u4e00-\u9fff]{4}", word)
            ):
                found.append(word)
    return sorted(set(found))


def main() -> None:
    """Write both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stroke", type=Path, required=True)
    options = parser.parse_args()
    groups = [re.sub(r"\s", "", line) for line in options.stroke.read_text("utf-8").splitlines() if line[:1] != "#"]
    for name, lines in (("idioms", idioms()), ("shapes", [group for group in groups if len(group) > 1])):
        path = TABLES / f"{name}.zh.txt.gz"
        path.write_bytes(gzip.compress("\n".join(lines).encode(), 9, mtime=0))
        print(path.name, len(lines), path.stat().st_size)


if __name__ == "__main__":
    main()
