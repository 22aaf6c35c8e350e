"""The desk: works, bible, outline, scenes and their revisions, kept so that nothing is lost."""
