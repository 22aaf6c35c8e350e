"""Bringing in what was written elsewhere: one file a format; each gives headings, paragraphs and scene breaks."""
