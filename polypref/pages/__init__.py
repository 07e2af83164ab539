"""The page on which the pairs of a dataset are read."""
