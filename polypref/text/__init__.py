"""Texts: cleaned at the door, what of one counts as prose, personal data, placeholders for translation."""

from .cleaning import Uncleanable, clean

__all__ = ["Uncleanable", "clean"]
