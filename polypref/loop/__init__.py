"""The old name of `quickstart`, which is beside the builders in a clone; until polypref 1.0."""
