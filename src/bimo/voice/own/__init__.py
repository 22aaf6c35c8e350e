"""Models of Bimo's own, each trained by a recipe and told beside a simpler baseline: `bimo voice recipe NAME`.

Each has a module of its name with `train(recipe, data, folder, *, report, cancel)`, which goes on where it stopped,
and writes and returns figures; `finished` among them says whether it came to its end.
"""

FIGURES = "figures.json"
