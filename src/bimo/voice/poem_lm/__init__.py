"""The poem language model: a small character model of classical Chinese verse, trained from scratch.

`corpus` reads and cleans the poems, `rhyme` names their rhyme groups, `symbols` is the vocabulary, `samples` makes
lines of symbols and batches of them, `train` trains, `export` writes the GGUF that the embedded engine runs,
`floor` is the character trigram to compare with, `evaluate` holds both against poets that nobody trained on.
"""
