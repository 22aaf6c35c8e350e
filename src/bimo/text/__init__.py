"""Pure values and functions on text: spans, findings, counting, sentences, languages, errors."""
