"""polypref: multilingual preference datasets, from prompts to a published version."""

from . import _moved

__version__ = "0.2.0"

_moved.install()
