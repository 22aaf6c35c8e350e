"""Voice: training on a writer's own text, and the small models that Bimo makes itself."""
