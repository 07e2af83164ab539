"""Texts: cleaned at the door, what of one counts as prose, personal data, placeholders for translation."""

from .cleaning import Uncleanable, clean_text

__all__ = ["Uncleanable", "clean_text"]
