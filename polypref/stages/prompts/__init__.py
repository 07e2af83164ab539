"""Prompts against each other and against evaluation sets: near-duplicates, overlap, the index."""
