"""Verse: readings and rhyme books, forms as data, scanning, grammars, and writing in exact form."""
