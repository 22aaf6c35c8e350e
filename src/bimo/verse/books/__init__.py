"""The tables behind readings and rhymes. Derived data: `make tables` writes them anew, nobody edits them.

A rhyme book (`zh/<id>.txt.gz`) is text in three parts with an empty line between them:

- a line a group: id, names, tone (平 or 仄), the part without its tone, the groups that come near; tabs between these,
  spaces inside of them;
- the kinds of reading, `sound:group` (group by its line, from 0), with spaces between them;
- a line for all characters that read alike: the kinds by number, the likeliest first, with their prior in thousandths
  (`12:900 40:100`; a single kind stands alone), a tab, the characters.

`zh/frequency.txt.gz` holds the simplified characters of classical verse, the most frequent first. For `verse.lore`:
`zh/association.txt.gz` has a line a theme (the theme, characters, words of two characters, the closest first),
`zh/pairs.txt.gz` a line a character (its partners in couplets, a grade a column), `zh/grams.bloom` is a Bloom filter.
"""

from __future__ import annotations

import gzip
from importlib.resources import files


def table(name: str) -> str:
    """The text of a table, by its path without the ending: "zh/pingshui"."""
    return gzip.decompress((files(__name__) / f"{name}.txt.gz").read_bytes()).decode("utf-8")
