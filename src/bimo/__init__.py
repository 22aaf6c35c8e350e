"""Bimo 笔墨: a writer's studio where a language model works beside you."""

__version__ = "0.1.0"
