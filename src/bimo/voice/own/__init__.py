"""Models of Bimo's own, each trained by a recipe and told beside a simpler baseline: `bimo voice recipe NAME`."""
