"""polypref: multilingual preference datasets, from prompts to a published version."""

__version__ = "0.2.0"
