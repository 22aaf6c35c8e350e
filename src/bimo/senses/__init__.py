"""Seeing and hearing: speech from text, text from speech, and what a picture shows."""
