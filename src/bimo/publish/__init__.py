"""Editions: one intermediate document, one file per format."""
