"""The languages polypref knows, and how a text's language is told."""

from .registry import AYA_23, DetectorCodes, Language, get, known, register, resolve

__all__ = ["AYA_23", "DetectorCodes", "Language", "get", "known", "register", "resolve"]
