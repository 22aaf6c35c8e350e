"""English verse: pronunciations, rhyme, metre, schemes, and the check of forms."""
