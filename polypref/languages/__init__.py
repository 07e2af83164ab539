"""The languages polypref knows, and how a text's language is told."""

from .facts import (
    AnswerIn,
    CloseLanguages,
    DetectorCodes,
    Language,
    Phrase,
    SheetWords,
    StyleCues,
    TaskWords,
    TranscriptLabels,
)
from .registry import AYA_23, find, get, known, nearest, register, resolve, resolve_at

__all__ = [
    "AYA_23",
    "AnswerIn",
    "CloseLanguages",
    "DetectorCodes",
    "Language",
    "Phrase",
    "SheetWords",
    "StyleCues",
    "TaskWords",
    "TranscriptLabels",
    "find",
    "get",
    "known",
    "nearest",
    "register",
    "resolve",
    "resolve_at",
]
