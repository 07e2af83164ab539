"""The full loop on a laptop: a tiny model, its own preference data, DPO, and what that did, language by language.

It shows that the parts fit together and that language confusion, planted here on purpose, falls. It teaches no ability:
the model has seen six questions. `python -m quickstart` runs it.
"""
